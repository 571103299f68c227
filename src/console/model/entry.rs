//! Something that happened in a thread: what kind of thing it is, where it stands, where the whole of it is found.

use crate::base::Timestamp;

/// What a row of a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A turn; what happened in it follows.
    Turn,
    /// A person wrote, or the run did.
    User,
    /// The agent wrote.
    Agent,
    /// Neither of them.
    System,
    /// The agent used a tool.
    Tool,
    /// What the agent means to do.
    Plan,
    /// A person was asked.
    Asks,
    /// Something worth knowing.
    Info,
    /// Something went wrong.
    Error,
}

/// Where what a row tells of stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// Nothing is to be said of it.
    Plain,
    /// Not begun.
    Queued,
    /// Under way.
    Running,
    /// A person is waited for.
    Waits,
    /// Done.
    Done,
    /// Went wrong.
    Failed,
    /// Ended before it was done.
    Stopped,
}

/// Where the whole of an entry is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntrySource {
    /// A turn, by its place.
    Turn(usize),
    /// A message, by its place.
    Message(usize),
    /// Activities that tell of one thing, by their places, oldest first.
    Activities(Vec<usize>),
}

/// Something in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number among the names of the page.
    pub key: u32,
    /// The turn that it is of, by its place; `None`: of none.
    pub turn: Option<usize>,
    /// What it is.
    pub kind: EntryKind,
    /// Where it stands.
    pub state: EntryState,
    /// When it happened last.
    pub at: Timestamp,
    /// In one line.
    pub text: String,
    /// Where the whole of it is.
    pub source: EntrySource,
}
