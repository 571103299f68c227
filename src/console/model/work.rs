//! What is under way or can be taken back: pending changes, undo and redo, toasts, flashes, messages.

use std::collections::{BTreeMap, VecDeque};

use crate::api::{ApprovalDecision, Call};
use crate::base::Timestamp;
use crate::console::command::CommandId;

use super::bulk::Bulk;
use super::names::Names;
use crate::console::ids::RowKey;

/// Names one request; never used twice in a session, so that a late reply finds nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReqId(pub u64);

/// A change that was sent and is not confirmed: the row shows `◌` and these words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The row.
    pub row: RowKey,
    /// `saving on`, `linking`.
    pub words: String,
    /// `Saving: binding Handbook × frontend on. Not yet confirmed.`
    pub message: String,
    /// What is sent, also when it is sent again.
    pub call: Call,
    /// The same with every attempt (`Idempotency-Key`).
    pub key: String,
    /// The command it came from.
    pub command: CommandId,
    /// What to say once it is done.
    pub done: String,
    /// What to say first if it is refused: `Not linked`.
    pub refused: String,
    /// What it is to the undo history.
    pub history: History,
    /// The answer to the first attempt was lost; it is asked again with the same key.
    pub unsure: bool,
    /// The server asked to wait before it took it: it goes out again, with the same key.
    pub waits: bool,
    /// Several calls of one undo go out one after the other: those that remain.
    pub rest: Vec<Call>,
    /// `SDK Reference off`: what the footer calls it afterwards.
    pub label: String,
    /// What is so once it is taken back.
    pub back: String,
    /// Changes of one bulk command share it.
    pub group: u64,
}

/// What a mutation is to the undo history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum History {
    /// A change of its own: its compensation goes onto the undo stack, the redo stack ends.
    Do,
    /// Takes an entry back: its compensation goes onto the redo stack.
    Undo(Box<UndoEntry>),
    /// Does an undone entry again: its compensation goes onto the undo stack, the redo stack stays.
    Redo(Box<UndoEntry>),
    /// Cannot be taken back: the top of the stack says so.
    Final,
}

/// Something that can be taken back, or says why it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoEntry {
    /// `SDK Reference × frontend off`: what was done.
    pub label: String,
    /// The rows concerned.
    pub row: RowKey,
    /// What takes it back; empty: it was destructive.
    pub calls: Vec<Call>,
    /// Position of the log that it was done at.
    pub sequence: i64,
    /// Several entries of one bulk command are undone together.
    pub group: u64,
    /// What is so once it is taken back: `SDK Reference × frontend is on`.
    pub back: String,
    /// The command that it came from.
    pub command: CommandId,
}

/// How a toast looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// `✓`.
    Done,
    /// `✗`: stays until a key.
    Failed,
    /// `◌`.
    Progress,
    /// Nothing but words.
    Info,
}

/// A message at the bottom right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Tells it from others.
    pub id: u64,
    /// How it looks.
    pub kind: ToastKind,
    /// What happened. What it means. What to do.
    pub text: String,
    /// Right end: `u undo`.
    pub hint: String,
    /// The command whose change it tells: it goes when that is taken back.
    pub group: Option<u64>,
    /// When it came.
    pub at: Timestamp,
    /// When it goes; `None`: at the next key, or when what it tells is over.
    pub until: Option<Timestamp>,
}

/// The row above the footer, while no banner is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Says why not, rather than what is.
    pub refusal: bool,
    /// Answers the key just pressed, and goes before a banner.
    pub answer: bool,
    /// The sentence.
    pub text: String,
}

/// One line of `gl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// How it looked.
    pub kind: ToastKind,
    /// What it said.
    pub text: String,
}

/// What is under way or can be taken back.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Changes that are not confirmed, by request.
    pub pending: BTreeMap<ReqId, Pending>,
    /// What `u` takes back, newest last.
    pub undo: Vec<UndoEntry>,
    /// What `U` does again, newest last.
    pub redo: Vec<UndoEntry>,
    /// At most three are shown; newest last.
    pub toasts: Vec<Toast>,
    /// The row above the footer.
    pub message: Option<Message>,
    /// A change was not taken because the server failed; the banner says so until it serves again.
    pub not_taken: bool,
    /// Everything said in this session, oldest first, at most [`NOTES`].
    pub notes: VecDeque<Note>,
    /// Rows that changed just now, and until when they flash.
    pub flashes: BTreeMap<RowKey, Timestamp>,
    /// Undo goes step by step: entries still to be taken back after the one under way.
    pub undoing: Vec<UndoEntry>,
    /// Commands on many rows: those under way, and the last ones that are over.
    pub bulks: Vec<Bulk>,
    /// Numbers of questions that were seen.
    pub names: Names,
    /// What this session answered, by those numbers.
    pub answers: BTreeMap<u32, ApprovalDecision>,
    pub(in crate::console) undone_of_group: usize,
    pub(in crate::console) last_request: u64,
    pub(in crate::console) last_toast: u64,
    pub(in crate::console) last_group: u64,
}

/// How many messages are remembered.
pub const NOTES: usize = 500;

impl Work {
    /// The change under way for a row.
    pub fn pending_for(&self, row: RowKey) -> Option<&Pending> {
        self.pending.values().find(|pending| pending.row == row)
    }

    /// A number for the next request.
    pub fn next_request(&mut self) -> ReqId {
        self.last_request += 1;
        ReqId(self.last_request)
    }
}
