//! What an agent asks for: permissions, and files. A person is asked where one has to be.

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::pin::pin;

use agent_client_protocol::v1::{Responder, schema};
use agent_client_protocol::{Error, RequestCancellation};
use schema::{
    PermissionOptionKind, ReadTextFileRequest, ReadTextFileResponse, RequestPermissionResponse,
    ToolCallUpdateFields, WriteTextFileRequest, WriteTextFileResponse,
};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::super::files::{FileError, Files};
use super::super::link::Request;
use super::super::{Diff, Question, Tool, ToolStatus, question};
use super::{Halt, LAST_WORDS, Talk};
use crate::agent::AgentError;
use crate::domain::kind::{ApprovalDecision, RuntimeMode};

/// Uses of tools whose permissions are remembered.
const PERMISSIONS: usize = 1_000;

/// What a person allowed.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    /// Kinds of tools, for all of the session.
    kinds: HashSet<&'static str>,
    /// Drafts, for all of the session.
    drafts: HashSet<String>,
    /// Drafts while one tool is used, by its id.
    once: VecDeque<(String, Vec<String>)>,
}

impl Allowed {
    /// The use of a tool is over.
    pub(super) fn forget(&mut self, tool: &str) {
        self.once.retain(|(id, _)| id != tool);
    }

    fn may_write(&self, draft: &str) -> bool {
        let mut once = self.once.iter().flat_map(|(_, drafts)| drafts);
        self.kinds.contains("edit") || self.drafts.contains(draft) || once.any(|it| it == draft)
    }
}

impl Talk<'_> {
    /// Does what it asks for, or says why not.
    pub(super) async fn serve(&mut self, request: Request) -> Result<(), Halt> {
        match request.method.as_str() {
            "session/request_permission" => self.permit(request).await,
            "fs/write_text_file" if self.files.are_here() => self.write(request).await,
            _ => {
                serve_without_host(&self.files, self.session.as_deref(), request).await;
                Ok(())
            }
        }
    }

    async fn permit(&mut self, request: Request) -> Result<(), Halt> {
        let responder = request.responder;
        let Ok(asked) = question::parse(request.params) else {
            refuse(responder, Error::invalid_params());
            return Ok(());
        };
        if self.session.as_deref() != Some(&*asked.session_id.0) {
            refuse(
                responder,
                schema::Error::session_not_found(asked.session_id).into(),
            );
            return Ok(());
        }
        let has_news = asked.tool_call.fields != ToolCallUpdateFields::default();
        let one = self.tools.update(asked.tool_call, &self.files);
        if has_news || one.tool.status == ToolStatus::Started {
            self.tell(&one).await?;
        }
        let is_allowed =
            self.task.mode == RuntimeMode::FullAccess || self.allowed.kinds.contains(one.tool.kind);
        let decision = if is_allowed {
            ApprovalDecision::Accept
        } else {
            let question = question::about(&one, &asked.options);
            self.ask(&question, Some(responder.cancellation())).await?
        };
        // Somebody may have stopped it meanwhile.
        let decision = match self.stopping {
            Some(_) => ApprovalDecision::Cancel,
            None => decision,
        };
        let chosen = question::chosen(&asked.options, decision).or_else(|| match decision {
            ApprovalDecision::Cancel => None,
            _ => question::chosen(&asked.options, ApprovalDecision::Decline),
        });
        if let Some(PermissionOptionKind::AllowOnce | PermissionOptionKind::AllowAlways) =
            chosen.map(|option| option.kind)
        {
            let drafts = one.named().filter_map(|path| self.files.draft(path));
            let drafts = drafts.map(str::to_owned);
            if decision == ApprovalDecision::AcceptForSession {
                self.allowed.drafts.extend(drafts);
                // It will ask again.
                if chosen.is_some_and(|option| option.kind == PermissionOptionKind::AllowOnce) {
                    self.allowed.kinds.insert(one.tool.kind);
                }
            } else {
                let drafts = drafts.collect();
                self.allowed.once.push_back((one.tool.id.clone(), drafts));
                if self.allowed.once.len() > PERMISSIONS {
                    self.allowed.once.pop_front();
                }
            }
        }
        answer(
            responder,
            &RequestPermissionResponse::new(question::outcome(chosen)),
        );
        Ok(())
    }

    async fn write(&mut self, request: Request) -> Result<(), Halt> {
        let responder = request.responder;
        let Ok(asked) = serde_json::from_value::<WriteTextFileRequest>(request.params) else {
            refuse(responder, Error::invalid_params());
            return Ok(());
        };
        if self.session.as_deref() != Some(&*asked.session_id.0) {
            refuse(
                responder,
                schema::Error::session_not_found(asked.session_id).into(),
            );
            return Ok(());
        }
        let Some(draft) = self.files.draft(&asked.path).map(str::to_owned) else {
            let why = FileError::Forbidden("only the documents of this task may be written");
            refuse(responder, file_error(&asked.path, &why));
            return Ok(());
        };
        let must_ask = self.task.mode != RuntimeMode::FullAccess && !self.allowed.may_write(&draft);
        let decision = if must_ask {
            let question = match self.files.current(&draft).await {
                Ok(old) => question::to_write(writing(&draft, old, &asked.content)),
                Err(why) => {
                    refuse(responder, file_error(&asked.path, &why));
                    return Ok(());
                }
            };
            self.ask(&question, Some(responder.cancellation())).await?
        } else {
            ApprovalDecision::Accept
        };
        if self.stopping.is_some() {
            refuse(responder, Error::request_cancelled());
            return Ok(());
        }
        match decision {
            ApprovalDecision::Accept => {}
            ApprovalDecision::AcceptForSession => {
                self.allowed.kinds.insert("edit");
            }
            ApprovalDecision::Decline | ApprovalDecision::Cancel => {
                let why = FileError::Forbidden("the user does not want this file to be written");
                refuse(responder, file_error(&asked.path, &why));
                return Ok(());
            }
        }
        match self.files.write(&draft, asked.content).await {
            Ok(()) => answer(responder, &WriteTextFileResponse::new()),
            Err(why) => refuse(responder, file_error(&asked.path, &why)),
        }
        Ok(())
    }

    /// Asks a person, who may take any time. Without an answer, as when the agent is gone, nothing is allowed.
    async fn ask(
        &mut self,
        question: &Question,
        withdrawal: Option<RequestCancellation>,
    ) -> Result<ApprovalDecision, Halt> {
        enum Reply {
            Answer(Result<ApprovalDecision, AgentError>),
            Interrupted,
            Withdrawn,
            Exited,
            Closed,
        }
        if self.stopping.is_some() {
            return Ok(ApprovalDecision::Cancel);
        }
        let began = Instant::now();
        let withdrawn = async {
            match &withdrawal {
                Some(withdrawal) => withdrawal.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let mut withdrawn = pin!(withdrawn);
        let connection = self.link.connection.clone();
        let mut closed = pin!(connection.incoming_closed());
        let reply = {
            let mut asking = self.host.ask(question);
            loop {
                tokio::select! {
                    biased;
                    () = self.task.interrupt.cancelled() => break Reply::Interrupted,
                    answer = &mut asking => break Reply::Answer(answer),
                    _ = self.link.child.wait(), if self.gone.is_none() => break Reply::Exited,
                    () = &mut closed => break Reply::Closed,
                    () = &mut withdrawn => break Reply::Withdrawn,
                    // What nobody need be asked is done meanwhile.
                    Some(request) = self.link.requests.recv() => match request.method.as_str() {
                        "session/request_permission" | "fs/write_text_file" => {
                            self.later.push_back(request);
                        }
                        _ => {
                            let session = self.session.as_deref();
                            serve_without_host(&self.files, session, request).await;
                        }
                    },
                }
            }
        };
        self.until += began.elapsed();
        match reply {
            Reply::Answer(answer) => {
                let decision = answer?;
                if decision == ApprovalDecision::Cancel {
                    self.cancel()?;
                }
                return Ok(decision);
            }
            Reply::Interrupted => self.cancel()?,
            Reply::Withdrawn => self.odd("the agent withdrew its question").await?,
            Reply::Exited => self.gone = Some(Instant::now() + LAST_WORDS),
            Reply::Closed => return Err(Halt::Gone),
        }
        Ok(ApprovalDecision::Cancel)
    }
}

/// Answers a request that nobody need be asked about.
async fn serve_without_host(files: &Files, session: Option<&str>, request: Request) {
    let responder = request.responder;
    if request.method != "fs/read_text_file" || !files.are_here() {
        refuse(responder, Error::method_not_found().data(request.method));
        return;
    }
    let Ok(asked) = serde_json::from_value::<ReadTextFileRequest>(request.params) else {
        refuse(responder, Error::invalid_params());
        return;
    };
    if session != Some(&*asked.session_id.0) {
        refuse(
            responder,
            schema::Error::session_not_found(asked.session_id).into(),
        );
        return;
    }
    match files.read(&asked.path, asked.line, asked.limit).await {
        Ok(text) => answer(responder, &ReadTextFileResponse::new(text)),
        Err(why) => refuse(responder, file_error(&asked.path, &why)),
    }
}

/// An agent that is gone hears no answer; that it is gone is seen elsewhere.
fn answer(responder: Responder<Value>, answer: &impl Serialize) {
    let answer = serde_json::to_value(answer).map_err(Error::into_internal_error);
    let _ = responder.respond_with_result(answer);
}

fn refuse(responder: Responder<Value>, error: Error) {
    let _ = responder.respond_with_error(error);
}

fn file_error(path: &Path, why: &FileError) -> Error {
    let path = path.display().to_string();
    match why {
        FileError::Missing => schema::Error::resource_not_found(Some(path)).into(),
        FileError::Forbidden(reason) => {
            Error::invalid_params().data(serde_json::json!({"path": path, "reason": reason}))
        }
        FileError::Io(error) => Error::internal_error()
            .data(serde_json::json!({"path": path, "reason": error.to_string()})),
    }
}

/// A document that is to be written, as a tool that a person may allow.
fn writing(draft: &str, old: Option<String>, new: &str) -> Tool {
    Tool {
        id: String::new(),
        title: format!("Write {draft}"),
        kind: "edit",
        status: ToolStatus::Started,
        paths: vec![draft.to_owned()],
        output: String::new(),
        diffs: vec![Diff {
            path: draft.to_owned(),
            old,
            new: new.to_owned(),
            cut: false,
        }],
    }
}
