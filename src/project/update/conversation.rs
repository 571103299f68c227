//! A conversation about one document, with an agent that tells what it does and asks before it acts: told to whoever watches,
//! and written down, while it happens (sources.md §6: agent run).

use std::fmt::Write as _;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::audit::{Audit, Step};
use super::{Doing, Fault, Run, UpdateError, Watcher};
use crate::agent::{
    Acp, AgentError, Brief, Draft, End, Host, PlanEntry, Question, RULES, Task, Tool, ToolStatus,
    Turn, Why, patch, printable,
};
use crate::domain::kind::{ApprovalDecision, RuntimeMode};

/// Files that a request names; the report names more.
const NAMED: usize = 20;
/// Bytes of a diff that are written down with a question.
const NOTED: usize = 64 << 10;

/// Who ended a conversation before it was through. What the agent left is not taken over.
pub(super) enum Stop {
    /// A person.
    Person,
    /// The agent: why.
    Agent(String),
}

impl Run<'_> {
    /// Has the agent edit one document.
    pub(super) async fn converse(
        &mut self,
        agent: &Acp,
        mode: RuntimeMode,
        brief: &Brief<'_>,
        draft: Draft,
    ) -> Result<(Turn, Option<Stop>), Fault> {
        let work_trees = brief.sources.iter().map(|source| &source.work_tree);
        let readable: Vec<PathBuf> = work_trees.map(PathBuf::from).collect();
        // Whoever interrupts the run drops this, and the agent with it.
        let interrupt = CancellationToken::new();
        let path = draft.path.clone();
        let task = Task {
            prompt: &request(&path, brief.evidence),
            report: &brief.to_json(),
            drafts: &[draft],
            readable: &readable,
            mode,
            session: None,
            before: None,
            folder: None,
            interrupt: &interrupt,
        };
        let mut host = Overheard {
            audit: self.audit.as_mut(),
            watcher: &mut *self.watcher,
            path: &path,
            mode,
            open: None,
            cancelled: false,
        };
        let done = agent.turn(&task, &mut host).await;
        host.settle().map_err(Fault::Run)?;
        let done = match done {
            Ok(done) => done,
            Err(AgentError::Host(error)) => {
                return Err(match error.downcast::<UpdateError>() {
                    Ok(error) => Fault::Run(*error),
                    Err(error) => Fault::Document(error.to_string()),
                });
            }
            Err(error) => return Err(Fault::Document(error.to_string())),
        };
        let stop = match done.end {
            End::Finished => None,
            End::Limit(what) => Some(Stop::Agent(format!(
                "the agent came to its own limit: {what}"
            ))),
            End::Refused => Some(Stop::Agent("the agent refuses to do it".to_owned())),
            End::Interrupted if host.cancelled => Some(Stop::Person),
            End::Interrupted => Some(Stop::Agent(
                "the agent stopped before it was through".to_owned(),
            )),
        };
        Ok((done.turn, stop))
    }
}

/// What the agent is asked, in words.
fn request(path: &str, why: &[Why]) -> String {
    let path = printable(path);
    let mut text = format!("{path} watches what changed. Bring it up to date:");
    for why in why.iter().take(NAMED) {
        let _ = write!(text, "\n- {}", printable(&why.file()));
    }
    if let more @ 1.. = why.len().saturating_sub(NAMED) {
        let _ = write!(text, "\n- and {more} more");
    }
    let _ = write!(
        text,
        "\n\nThe report that comes with this (JSON) has what changed and why the document is looked at; `sources` in it says where the code can be read. {RULES}"
    );
    text
}

/// Whoever watches and the audit file, as an agent is heard by them.
struct Overheard<'a> {
    audit: Option<&'a mut Audit>,
    watcher: &'a mut dyn Watcher,
    path: &'a str,
    mode: RuntimeMode,
    /// The question that waits.
    open: Option<String>,
    /// A person ended it.
    cancelled: bool,
}

impl Overheard<'_> {
    fn note(&mut self, step: &Step<'_>) -> Result<(), UpdateError> {
        match &mut self.audit {
            Some(audit) => audit.add(step),
            None => Ok(()),
        }
    }

    /// A question that was dropped has no answer.
    fn settle(&mut self) -> Result<(), UpdateError> {
        let Some(request) = self.open.take() else {
            return Ok(());
        };
        self.note(&Step::Answered {
            path: self.path,
            request: &request,
            decision: "void",
        })
    }

    fn tell(&mut self, doing: Doing<'_>) -> Result<(), UpdateError> {
        let told = self.watcher.sees(doing);
        told.map_err(|error| UpdateError::Telling(self.path.to_owned(), error))
    }

    /// Something happened: written down first, then told.
    fn happened(&mut self, step: Option<Step<'_>>, doing: Doing<'_>) -> Result<(), AgentError> {
        let mut all = || {
            self.settle()?;
            if let Some(step) = &step {
                self.note(step)?;
            }
            self.tell(doing)
        };
        all().map_err(host)
    }
}

fn host(error: UpdateError) -> AgentError {
    AgentError::Host(Box::new(error))
}

/// What a tool changes, as a unified diff.
fn changes(tool: Option<&Tool>) -> String {
    let diffs = tool.map(|tool| tool.diffs.as_slice()).unwrap_or_default();
    diffs
        .iter()
        .map(|diff| {
            patch(
                &diff.path,
                diff.old.as_deref().unwrap_or_default(),
                &diff.new,
            )
            .text
        })
        .collect()
}

#[async_trait::async_trait]
impl Host for Overheard<'_> {
    async fn began(&mut self, session: &str, agent: Option<&str>) -> Result<(), AgentError> {
        let step = Step::Session {
            path: self.path,
            session: printable(session),
            agent: agent.map(printable),
            mode: self.mode,
        };
        self.happened(Some(step), Doing::Begins(agent, session))
    }

    async fn said(&mut self, text: &str) -> Result<(), AgentError> {
        // It stands with the document, as its reasoning.
        self.happened(None, Doing::Says(text))
    }

    async fn tool(&mut self, tool: &Tool) -> Result<(), AgentError> {
        let state = match tool.status {
            ToolStatus::Started => Some("started"),
            // Many say so for every line of their output.
            ToolStatus::Updated => None,
            ToolStatus::Completed => Some("completed"),
            ToolStatus::Failed => Some("failed"),
        };
        let step = state.map(|state| Step::Tool {
            path: self.path,
            tool: &tool.id,
            title: &tool.title,
            kind: tool.kind,
            state,
            files: &tool.paths,
        });
        self.happened(step, Doing::Uses(tool))
    }

    async fn plan(&mut self, entries: &[PlanEntry]) -> Result<(), AgentError> {
        self.happened(None, Doing::Plans(entries))
    }

    async fn note(&mut self, text: &str) -> Result<(), AgentError> {
        let step = Step::Note {
            path: self.path,
            text,
        };
        self.happened(Some(step), Doing::Odd(text))
    }

    async fn ask(&mut self, question: &Question) -> Result<ApprovalDecision, AgentError> {
        self.settle().map_err(host)?;
        let diff = changes(question.tool.as_ref());
        let noted = &diff[..diff.floor_char_boundary(NOTED)];
        let is_short = |tool: &Tool| tool.diffs.iter().any(|diff| diff.cut);
        let step = Step::Asked {
            path: self.path,
            request: &question.id,
            kind: question.kind,
            detail: &question.detail,
            diff: noted,
            is_cut: noted.len() < diff.len() || question.tool.as_ref().is_some_and(is_short),
        };
        self.note(&step).map_err(host)?;
        self.open = Some(question.id.clone());
        let answer = self.watcher.allows(question, &diff).await;
        let asking = |error| UpdateError::Asking(printable(&question.detail), error);
        let decision = answer.map_err(|error| host(asking(error)))?;
        self.open = None;
        self.note(&Step::Answered {
            path: self.path,
            request: &question.id,
            decision: decision.as_str(),
        })
        .map_err(host)?;
        self.cancelled |= decision == ApprovalDecision::Cancel;
        Ok(decision)
    }
}
