//! One command on many rows: what it does to each, and what came of it.

use std::fmt::Write as _;

use crate::api::SpaceId;
use crate::console::command::CommandId;

use crate::console::ids::RowKey;

/// What came of one row of a command on many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Not sent.
    #[default]
    NotSent,
    /// Sent, no answer yet.
    Sent,
    /// Done, at this position of the log; what the server made of it.
    Done(i64, String),
    /// Done and taken back, at this position of the log.
    Undone(i64),
    /// Refused or lost, with the reason.
    Failed(String),
    /// Never sent: there was nothing to do, for this reason.
    LeftOut(String),
}

/// A command, and what it makes of every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// Which.
    pub command: CommandId,
    /// What a switch is turned to: on, paused.
    pub on: Option<bool>,
    /// The space that sources are bound to.
    pub space: Option<SpaceId>,
}

impl Act {
    /// A command that needs nothing more to be known.
    pub const fn of(command: CommandId) -> Self {
        Self {
            command,
            on: None,
            space: None,
        }
    }

    /// What a row is once it is done: `off`, `linked`.
    pub fn done_word(self) -> &'static str {
        use CommandId as C;
        match (self.command, self.on) {
            (C::SourceToggle | C::BindingToggle, Some(false)) => tr!("off"),
            (C::SourceToggle | C::BindingToggle, _) => tr!("on"),
            (C::SourcePause, Some(false)) => tr!("resumed"),
            (C::SourcePause, _) => tr!("paused"),
            (C::Bind, _) => tr!("bound"),
            (C::Unbind, _) => tr!("unbound"),
            (C::CatchUp | C::RunAgain | C::Rebaseline, _) => tr!("queued"),
            (C::RunRetry, _) => tr!("retried"),
            (C::Redeliver, _) => tr!("redelivered"),
            (C::IntegrationCheck, _) => tr!("checked"),
            (C::Unlink, _) => tr!("unlinked"),
            (C::SourceDelete, _) => tr!("deleted"),
            (C::CursorClear, _) => tr!("cleared"),
            (C::LeaseRelease, _) => tr!("released"),
            (C::RunCancel, _) => tr!("cancelled"),
            _ => tr!("done"),
        }
    }
}

/// A command on many rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// What its changes share in the undo history.
    pub group: u64,
    /// What is done.
    pub act: Act,
    /// `Turn off 3 bindings`.
    pub title: String,
    /// The rows, in the order in which they go out.
    pub items: Vec<BulkItem>,
    /// The toast that tells how far it is while the table is closed.
    pub toast: Option<u64>,
}

/// One of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkItem {
    /// The row.
    pub row: RowKey,
    /// What it was called when it began; it may be gone by now.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// How many rows came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Done, and not taken back.
    pub done: usize,
    /// Taken back.
    pub undone: usize,
    /// Refused or lost.
    pub failed: usize,
    /// Nothing to do.
    pub left_out: usize,
    /// Not answered yet.
    pub to_go: usize,
}

impl Tally {
    /// Counts outcomes.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            *match outcome {
                Outcome::NotSent | Outcome::Sent => &mut tally.to_go,
                Outcome::Done(..) => &mut tally.done,
                Outcome::Undone(_) => &mut tally.undone,
                Outcome::Failed(_) => &mut tally.failed,
                Outcome::LeftOut(_) => &mut tally.left_out,
            } += 1;
        }
        tally
    }

    /// `done: 2 linked, 1 failed`, or how far it is; `word` is what a done one is.
    pub fn words(&self, word: &str) -> String {
        if self.to_go > 0 {
            let over = self.done + self.undone + self.failed + self.left_out;
            return tr!("{over} done, {to_go} to go", over, to_go = self.to_go);
        }
        let mut words = tr!(
            "done: {done} {word}, {failed} failed",
            done = self.done,
            word,
            failed = self.failed
        );
        for (count, word) in [
            (self.undone, tr!("undone")),
            (self.left_out, tr!("left out")),
        ] {
            if count > 0 {
                // Writing to a String cannot fail.
                let _ = write!(words, ", {count} {word}");
            }
        }
        words
    }
}

impl Bulk {
    /// How many rows came out how.
    pub fn tally(&self) -> Tally {
        Tally::of(self.items.iter().map(|it| &it.outcome))
    }
}
