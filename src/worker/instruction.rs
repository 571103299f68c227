//! What an operator wrote in a thread, and what an agent is told of the thread that remembers nothing of it
//! (orchestration.md: runs).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fault::Fault;
use super::report::persist;
use crate::api::orchestration::{Message, Turn};
use crate::api::{AgentTurn, MessageRole, Thread, ThreadId, TurnId, TurnStatus};
use crate::client::Run;

/// Of what was said before, in bytes; the end of it is what counts.
const HANDED_OVER: usize = 32 << 10;

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Where it was written.
    pub thread: ThreadId,
    /// What it says.
    pub text: String,
    /// The turn that waits for it; none: that one ended, and another one begins with the same words.
    pub turn: Option<TurnId>,
    /// What was said before it, for an agent that was not there.
    pub before: String,
    /// The documents that the thread changed, by their ids in the space.
    pub documents: BTreeSet<String>,
}

impl Instruction {
    /// Reads it.
    pub async fn read(run: &Run, wanted: &AgentTurn) -> Result<Self, Fault> {
        let thread = persist(|| run.thread(&wanted.thread_id)).await?;
        let thread = thread.ok_or_else(|| gone("the thread was deleted"))?;
        Self::of(thread, &wanted.turn_id)
    }

    /// What was said before, as an agent is told that does not remember it.
    pub fn handed_over(&self) -> String {
        format!(
            "You take over a conversation about these documents. The documents are as it left them, or as others changed them since. What was said in it:\n\n{}What follows is new.",
            self.before
        )
    }

    fn of(thread: Thread, wanted: &TurnId) -> Result<Self, Fault> {
        if thread.deleted_at.is_some() {
            return Err(gone("the thread was deleted"));
        }
        let turns = thread.turns.unwrap_or_default();
        let messages = thread.messages.unwrap_or_default();
        let turn = turns.iter().find(|turn| turn.turn_id == *wanted);
        let turn = turn.ok_or_else(|| gone("the thread went back to before the instruction"))?;
        let waits = turn.state == TurnStatus::Pending;
        if turn.state == TurnStatus::Interrupted && turn.started_at.is_none() {
            return Err(gone("the instruction was taken back before anybody began"));
        }
        let asked = |message: &&Message| {
            message.role == MessageRole::User && message.turn_id.as_ref() == Some(wanted)
        };
        let text = messages.iter().find(asked).map(|it| it.text.clone());
        let text = text.ok_or_else(|| gone("the instruction is not in the thread any more"))?;
        let files = thread.checkpoints.into_iter().flatten();
        Ok(Self {
            text,
            turn: waits.then(|| wanted.clone()),
            before: said_before(&turns, &messages, turn),
            documents: files
                .flat_map(|checkpoint| checkpoint.files)
                .filter_map(|file| file.file_id)
                .collect(),
            thread: thread.id,
        })
    }
}

fn gone(why: &str) -> Fault {
    Fault::Skipped {
        superseded_by: None,
        reason: why.to_owned(),
    }
}

/// What was said in the turns before, oldest first.
fn said_before(turns: &[Turn], messages: &[Message], until: &Turn) -> String {
    let mut text = String::new();
    for turn in turns.iter().filter(|it| it.turn_count < until.turn_count) {
        for message in messages {
            if message.turn_id.as_ref() != Some(&turn.turn_id) || message.text.trim().is_empty() {
                continue;
            }
            let who = match message.role {
                MessageRole::User => "asked",
                _ => "answered",
            };
            let _ = write!(text, "## {who}\n\n{}\n\n", message.text.trim());
        }
        let _ = write!(text, "(that turn: {})\n\n", turn.state);
    }
    let mut start = text.len().saturating_sub(HANDED_OVER);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    if start > 0 {
        format!("(what came before is left out)\n{}", &text[start..])
    } else {
        text
    }
}
