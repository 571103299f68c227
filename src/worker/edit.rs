//! Having the documents of a space edited, and pushing what came of it (sources.md §9: providers).

use std::fmt::Write as _;

use tokio_util::sync::CancellationToken;

use super::agent::{self, Conversing, Provider};
use super::checkpoint::Changed;
use super::host::InThread;
use super::instruction::Instruction;
use super::space::{Document, Edited, LISTED, SpaceFault, Visit, count, doc_ref};
use super::thread::{Place, SpaceThread};
use crate::agent::{AgentError, Draft, Program, keeps_its_frontmatter, printable};
use crate::agent::{End, Task};
use crate::api::{
    DocRef, PushOp, PushOpKind, PushRequest, PushStatus, SessionStatus, Space, SpaceId, SpacePush,
    SpaceReport,
};
use crate::client::ClientError;
use crate::impact::index::Impact;

/// How often a document that somebody else changes meanwhile is edited anew.
const ROUNDS: usize = 3;

/// A document as it shall be.
struct Edit {
    document: DocRef,
    op: PushOp,
    changed: Changed,
}

impl Visit<'_> {
    /// Has the impacted documents edited, in a turn of the space's thread.
    pub(super) async fn update(
        &self,
        space: &Space,
        phase: &mut &'static str,
        documents: Vec<Document>,
        impacts: Vec<Impact>,
        report: &SpaceReport,
    ) -> Result<Edited, SpaceFault> {
        let head = self.head();
        let place = Place {
            job: self.job,
            run: self.run,
            epoch: self.epoch,
            space,
            provider: self.provider.name(),
            title: format!("{} {head}", self.source_name),
            mode: self.mode.unwrap_or(space.runtime_mode),
            instruction: self.instruction,
        };
        let request = match self.instruction {
            Some(instruction) => instruction.text.clone(),
            None => self.request(head, &impacts),
        };
        let mut thread = SpaceThread::begin(self.reporter, &place, &request).await?;
        let edited = self
            .rounds(space, phase, documents, impacts, report, &mut thread)
            .await;
        match &edited {
            // Its turn ended with the push; or nobody listens to this run any more, and whoever ended it ended its turns.
            Ok(Edited::Pushed) | Err(SpaceFault::Run(_)) => {}
            Ok(Edited::Nothing) => thread.end(SessionStatus::Ready, None).await?,
            Err(SpaceFault::Space(why)) => thread.end(SessionStatus::Error, Some(why)).await?,
            Err(SpaceFault::Stopped(why)) => {
                thread.end(SessionStatus::Interrupted, Some(why)).await?;
            }
        }
        edited
    }

    /// The commit that is processed, as people read it.
    fn head(&self) -> &str {
        let head = self.code.compared.head.unwrap_or_default();
        head.get(..7).unwrap_or(head)
    }

    /// What the agent is asked, in words.
    fn request(&self, head: &str, impacts: &[Impact]) -> String {
        let base = self
            .code
            .compared
            .base
            .map_or("the beginning", |base| base.get(..7).unwrap_or(base));
        let mut text = format!(
            "{} changed from {base} to {head}, and {} of this space watch what changed. Bring up to date what the change makes untrue:",
            self.source_name,
            count(impacts.len(), "document")
        );
        for impact in impacts.iter().take(LISTED) {
            let files = impact.matches.len() + impact.more;
            let _ = write!(text, "\n- {} ({})", impact.doc_path, count(files, "match"));
        }
        if impacts.len() > LISTED {
            let _ = write!(text, "\n- and {} more", impacts.len() - LISTED);
        }
        text
    }

    /// Has the impacted documents edited, and pushes them in one changeset, which is taken whole or not at all. Those that
    /// somebody else changed meanwhile are looked at again as they are now.
    async fn rounds(
        &self,
        space: &Space,
        phase: &mut &'static str,
        mut documents: Vec<Document>,
        mut open: Vec<Impact>,
        report: &SpaceReport,
        thread: &mut SpaceThread<'_>,
    ) -> Result<Edited, SpaceFault> {
        let mut edits: Vec<Edit> = Vec::new();
        for round in 1..=ROUNDS {
            if round > 1 {
                self.at(space.id, phase, "agent").await?;
            }
            edits.extend(self.turn(space, &documents, &open, thread).await?);
            if edits.is_empty() {
                return Ok(Edited::Nothing);
            }
            self.at(space.id, phase, "push").await?;
            let behind = self.push(space, round, &edits, report, thread).await?;
            if behind.is_empty() {
                return Ok(Edited::Pushed);
            }
            // What was changed, moved or deleted meanwhile is judged anew; the other edits wait for it.
            edits.retain(|edit| !behind.contains(&edit.op.file_id));
            (_, documents) = self.pull(space).await?;
            open = self.impacts(&documents);
            open.retain(|impact| {
                let mut documents = documents.iter();
                let document = documents.find(|it| it.path == impact.doc_path);
                document.is_some_and(|it| behind.contains(&it.file_id))
            });
        }
        let left: Vec<String> = open.into_iter().map(|impact| impact.doc_path).collect();
        Err(SpaceFault::Space(format!(
            "{} kept changing while the agent edited; the next attempt looks again",
            left.join(", ")
        )))
    }

    /// What the agent makes of the documents.
    async fn turn(
        &self,
        space: &Space,
        documents: &[Document],
        open: &[Impact],
        thread: &mut SpaceThread<'_>,
    ) -> Result<Vec<Edit>, SpaceFault> {
        let mut edits = Vec::new();
        let provider = self.provider.within(space, self.job);
        match &provider.map_err(|error| SpaceFault::Space(error.to_string()))? {
            Provider::None => {}
            Provider::Command(program) => {
                for impact in open {
                    let document = documents.iter().find(|it| it.path == impact.doc_path);
                    let Some(document) = document else { continue };
                    let path = &document.path;
                    thread.looks_at(path).await?;
                    let (edit, printed) = self.edited(space.id, program, impact, document).await?;
                    let changed = edit.as_ref().map(|edit| &edit.changed.patch);
                    thread.looked_at(path, &printed, changed).await?;
                    edits.extend(edit);
                }
            }
            Provider::Acp(agent) => {
                return self
                    .conversation(space, agent, documents, open, thread)
                    .await;
            }
        }
        Ok(edits)
    }

    /// What an agent makes of all the documents, in one conversation.
    async fn conversation(
        &self,
        space: &Space,
        agent: &Conversing,
        documents: &[Document],
        open: &[Impact],
        thread: &mut SpaceThread<'_>,
    ) -> Result<Vec<Edit>, SpaceFault> {
        let failed = |error: AgentError| match error {
            // The server's own words, such as that this run is over.
            AgentError::Host(error) => match error.downcast::<ClientError>() {
                Ok(error) => SpaceFault::from(*error),
                Err(error) => SpaceFault::Space(error.to_string()),
            },
            error => SpaceFault::Space(error.to_string()),
        };
        let (report, unseen) = agent::report(self.code, open).await.map_err(failed)?;
        if unseen > 0 {
            let files = count(unseen, "file");
            self.log(
                space.id,
                format!("the agent is not shown what changed in {files}: it is too much"),
            );
        }
        let mut drafts = Vec::new();
        let mut asked = Vec::new();
        for impact in open {
            let document = documents.iter().find(|it| it.path == impact.doc_path);
            if let Some(document) = document {
                drafts.push(Draft {
                    path: document.path.clone(),
                    text: document.text.clone(),
                });
                asked.push((impact, document));
            }
        }
        let home = thread.home(self.sessions).await?;
        let before = self.instruction.map(Instruction::handed_over);
        let interrupt = CancellationToken::new();
        let _watch = thread.watch(interrupt.clone());
        let asked_for = match self.instruction {
            Some(instruction) => instruction.text.clone(),
            None => self.request(self.head(), open),
        };
        let prompt = format!("{asked_for}\n\n{}", agent::MANNERS);
        let task = Task {
            prompt: &prompt,
            report: &report,
            drafts: &drafts,
            readable: &[self.code.compared.work_tree.to_owned()],
            mode: thread.mode(),
            session: home.session.as_deref(),
            before: before.as_deref(),
            folder: Some(&home.folder),
            interrupt: &interrupt,
        };
        let mut host = InThread::new(thread, self.reporter, space.id, agent.patience);
        let done = agent.agent.turn(&task, &mut host).await;
        // Where the server has no ear for it any more, what follows says so.
        let rests = thread.rests().await;
        let done = done.map_err(failed)?;
        rests?;
        for left_out in done.turn.left_out.iter().take(LISTED) {
            self.log(
                space.id,
                format!("{left_out}, which is none of the documents, is not taken over"),
            );
        }
        match done.end {
            End::Finished => {}
            End::Limit(what) => {
                return Err(SpaceFault::Space(format!(
                    "the agent came to its own limit: {what}"
                )));
            }
            End::Refused => {
                return Err(SpaceFault::Stopped("the agent refuses to do it".to_owned()));
            }
            End::Interrupted => {
                return Err(SpaceFault::Stopped(
                    "the agent was stopped before it was through".to_owned(),
                ));
            }
        }
        let mut edits = Vec::new();
        for (impact, document) in asked {
            let edited = done.turn.edits.iter().find(|it| it.path == document.path);
            match edited {
                Some(edit) => {
                    edits.push(self.taken_over(space.id, impact, document, edit.text.clone())?);
                }
                None => self.log(
                    space.id,
                    format!("{}: the agent leaves it as it is", document.path),
                ),
            }
        }
        Ok(edits)
    }

    /// What a program makes of a document (`None`: it leaves it as it is), and what it printed.
    async fn edited(
        &self,
        space: SpaceId,
        program: &Program,
        impact: &Impact,
        document: &Document,
    ) -> Result<(Option<Edit>, String), SpaceFault> {
        let path = &document.path;
        let failed = |why: String| SpaceFault::Space(format!("{path}: {why}"));
        let wanted = self.instruction.map(|it| agent::Instruction {
            text: &it.text,
            before: &it.before,
        });
        let (done, unseen) = agent::turn(program, self.code, impact, &document.text, wanted)
            .await
            .map_err(|error| failed(error.to_string()))?;
        if unseen > 0 {
            let files = count(unseen, "file");
            self.log(
                space,
                format!("{path}: the agent is not shown what changed in {files}: it is too much"),
            );
        }
        let said: Vec<&str> = done
            .reasoning
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        for line in &said[said.len().saturating_sub(LISTED)..] {
            self.log(space, format!("agent: {}", printable(line)));
        }
        for left_out in done.left_out.iter().take(LISTED) {
            self.log(
                space,
                format!("{left_out}, which the agent wrote besides {path}, is not taken over"),
            );
        }
        let Some(edit) = done.edits.into_iter().next() else {
            self.log(space, format!("{path}: the agent leaves it as it is"));
            return Ok((None, done.reasoning));
        };
        let edit = self.taken_over(space, impact, document, edit.text)?;
        Ok((Some(edit), done.reasoning))
    }

    /// An edit of a document, once it is one that may be.
    fn taken_over(
        &self,
        space: SpaceId,
        impact: &Impact,
        document: &Document,
        text: String,
    ) -> Result<Edit, SpaceFault> {
        let path = &document.path;
        keeps_its_frontmatter(&document.text, &text)
            .map_err(|why| SpaceFault::Space(format!("{path}: {why}")))?;
        self.log(space, format!("{path}: edited"));
        Ok(Edit {
            document: doc_ref(impact),
            changed: Changed::new(&document.file_id, path, &document.text, &text),
            op: PushOp {
                op: PushOpKind::Upsert,
                file_id: document.file_id.clone(),
                server_path: path.clone(),
                base_version: document.version,
                content: Some(text),
                content_hash: None,
            },
        })
    }

    /// Pushes the edits, and is done with the space; else the ids of those documents that it has in another version by now,
    /// and nothing is written.
    async fn push(
        &self,
        space: &Space,
        round: usize,
        edits: &[Edit],
        report: &SpaceReport,
        thread: &mut SpaceThread<'_>,
    ) -> Result<Vec<String>, SpaceFault> {
        let changed: Vec<Changed> = edits.iter().map(|edit| edit.changed.clone()).collect();
        let push = SpacePush {
            push: PushRequest {
                client_changeset_id: format!("{}-{}-{round}", self.run, space.id),
                target_branch: "main".to_owned(),
                message: Some(match self.instruction {
                    Some(instruction) => format!("instruction in {}", instruction.thread),
                    None => format!("{} changed", self.source_name),
                }),
                merge_prompt: None,
                ops: edits.iter().map(|edit| edit.op.clone()).collect(),
            },
            impacted_docs: report.impacted_docs.clone(),
            updated_docs: edits.iter().map(|edit| edit.document.clone()).collect(),
            told: thread.checkpoint(&changed).await?,
        };
        let reply = self.reporter.push(space.id, &push).await?;
        if reply.results.len() != edits.len() {
            return Err(SpaceFault::Space(format!(
                "the server answered {} of {} operations; the next attempt looks again",
                reply.results.len(),
                edits.len()
            )));
        }
        let mut behind = Vec::new();
        for (Edit { op: edit, .. }, result) in edits.iter().zip(&reply.results) {
            match result.status {
                PushStatus::Ok | PushStatus::Held => {}
                PushStatus::Conflict => {
                    self.log(
                        space.id,
                        format!("{} was changed meanwhile; once more", edit.server_path),
                    );
                    behind.push(edit.file_id.clone());
                }
                PushStatus::BadHash => {
                    return Err(SpaceFault::Space(format!(
                        "{} did not arrive as it was sent; the next attempt sends it again",
                        edit.server_path
                    )));
                }
            }
        }
        if behind.is_empty() {
            let line = format!(
                "pushed {}, version {}",
                count(edits.len(), "document"),
                reply.new_cursor
            );
            self.log(space.id, line);
        }
        Ok(behind)
    }
}
