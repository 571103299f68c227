//! Provider `acp`: agents that speak the Agent Client Protocol over their standard input and output. They work on copies of
//! their documents as other agents do, and tell what they do while they do it; a person may be asked first.

mod files;
mod link;
mod question;
mod talk;
mod tool;

#[cfg(test)]
mod double;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::sandbox::{Place, Sandboxes};
use super::{AgentError, Draft, Turn};
use crate::domain::kind::{ApprovalDecision, RequestKind, RuntimeMode};

/// How long an agent that is interrupted may take to say so before it is stopped.
const GRACE: Duration = Duration::from_secs(10);

/// An agent that speaks the Agent Client Protocol over its standard input and output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acp {
    command: String,
    deadline: Duration,
    grace: Duration,
    sandboxes: Sandboxes,
}

/// What an agent is to do.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// In words.
    pub prompt: &'a str,
    /// What changed, as JSON; it comes with the prompt.
    pub report: &'a [u8],
    /// The documents that it may edit.
    pub drafts: &'a [Draft],
    /// Folders that it may read besides: the work trees of the code. Links in them are not followed.
    pub readable: &'a [PathBuf],
    /// Whether a person is asked before it acts.
    pub mode: RuntimeMode,
    /// The session to take up again.
    pub session: Option<&'a str>,
    /// What an agent is told first that remembers nothing: where there is no such session, or it cannot be taken up again.
    pub before: Option<&'a str>,
    /// A folder that stays: its documents and its home lie there, so that it finds its session again. None: one that goes
    /// with the turn.
    pub folder: Option<&'a Path>,
    /// Stops it, when cancelled.
    pub interrupt: &'a CancellationToken,
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What it left in its documents; the reasoning is the end of what it said.
    pub turn: Turn,
    /// Its session; empty where it was interrupted before there was one.
    pub session: String,
    /// The session is the one that was to be taken up again.
    pub resumed: bool,
    /// How it ended.
    pub end: End,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The agent is through.
    Finished,
    /// It was stopped by a limit of its own: on what.
    Limit(&'static str),
    /// It does not want to.
    Refused,
    /// Somebody stopped it. What it left may be half-done.
    Interrupted,
}

/// Who listens to an agent and answers for a person. An error of any of these ends the turn.
#[async_trait::async_trait]
pub trait Host: Send {
    /// There is a session; `agent` is what the agent calls itself.
    async fn began(&mut self, session: &str, agent: Option<&str>) -> Result<(), AgentError>;
    /// The agent said some more: a few words, seldom a whole sentence.
    async fn said(&mut self, text: &str) -> Result<(), AgentError>;
    /// It began to use a tool, or got further with it.
    async fn tool(&mut self, tool: &Tool) -> Result<(), AgentError>;
    /// What it means to do: all of it, each time.
    async fn plan(&mut self, entries: &[PlanEntry]) -> Result<(), AgentError>;
    /// Something is odd, and the turn goes on.
    async fn note(&mut self, text: &str) -> Result<(), AgentError>;
    /// It may go on when a person says so; the time that this takes is not the agent's. Dropped before its end, the question
    /// is void: the agent is gone, or was interrupted, or does not want to know any more.
    async fn ask(&mut self, question: &Question) -> Result<ApprovalDecision, AgentError>;
}

/// A tool that an agent uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// What the agent knows this use by; unique within the session where the agent keeps to the protocol.
    pub id: String,
    /// What it is, in words.
    pub title: String,
    /// What it does, in a word: `read`, `edit`, `delete`, `move`, `search`, `execute`, `think`, `fetch`, `switch_mode`, `other`.
    pub kind: &'static str,
    /// How far it is.
    pub status: ToolStatus,
    /// The files that it is about, relative to the documents where they lie there.
    pub paths: Vec<String>,
    /// What came of it so far: at most the first 64 KiB.
    pub output: String,
    /// What it changes.
    pub diffs: Vec<Diff>,
}

/// How far a tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolStatus {
    /// It was not heard of before.
    Started,
    /// It got further.
    Updated,
    /// It did what it was to do.
    Completed,
    /// It could not.
    Failed,
}

/// A change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The file, relative to the documents where it lies there.
    pub path: String,
    /// What it said; none: it is new.
    pub old: Option<String>,
    /// What it is to say.
    pub new: String,
    /// The texts are longer than is shown.
    pub cut: bool,
}

/// A step of what an agent means to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanEntry {
    /// In words.
    pub content: String,
    /// `high`, `medium` or `low`.
    pub priority: &'static str,
    /// `pending`, `in_progress` or `completed`.
    pub status: &'static str,
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its id; no two questions have the same.
    pub id: String,
    /// What it is about.
    pub kind: RequestKind,
    /// In words.
    pub detail: String,
    /// The tool that the agent wants to use.
    pub tool: Option<Tool>,
    /// The answers that there are.
    pub offers: Vec<ApprovalDecision>,
}

impl Acp {
    /// A line for the shell, and how long a task may take, without the time that a person takes to answer.
    pub fn new(command: &str, deadline: Duration) -> Self {
        Self {
            command: command.to_owned(),
            deadline,
            grace: GRACE,
            sandboxes: Sandboxes::default(),
        }
    }

    /// Has it run there.
    #[must_use]
    pub fn placed(mut self, sandboxes: Sandboxes) -> Self {
        self.sandboxes = sandboxes;
        self
    }

    /// Where it runs.
    pub const fn sandboxes(&self) -> &Sandboxes {
        &self.sandboxes
    }

    /// Has it do a task with copies of the drafts, and tells the host what it does.
    pub async fn turn(&self, task: &Task<'_>, host: &mut dyn Host) -> Result<Done, AgentError> {
        let report = self.sandboxes.shown(task.report);
        let task = &Task {
            report: &report,
            // What it remembers is on this machine.
            session: task.session.filter(|_| !self.sandboxes.is_away()),
            ..*task
        };
        let place = (self.sandboxes)
            .open(task.folder, task.readable, task.report, task.drafts)
            .await?;
        let done = self.talk(task, host, &place).await;
        place.end().await;
        done
    }

    async fn talk(
        &self,
        task: &Task<'_>,
        host: &mut dyn Host,
        place: &Place,
    ) -> Result<Done, AgentError> {
        let link = link::Link::open(place.start(&self.command, true).await?).await?;
        let times = talk::Times {
            deadline: self.deadline,
            grace: self.grace,
        };
        let ended = talk::Talk::new(link, host, task, place, times)
            .run()
            .await?;
        let turn = match (place.turn(task.drafts, ended.said).await, ended.end) {
            (Ok(turn), _) => turn,
            // It was stopped in the midst of something: nobody meant that.
            (Err(_), End::Interrupted) => Turn::default(),
            (Err(error), _) => return Err(error),
        };
        Ok(Done {
            turn,
            session: ended.session,
            resumed: ended.resumed,
            end: ended.end,
        })
    }
}
