//! What can happen to the console.

use std::path::PathBuf;
use std::time::Duration;

use super::columns::Col;
use super::command::CommandId;
use super::keymap::Key;
use super::model::here::Workplace;
use super::model::{
    Diff, Here, ListId, Outage, ProfileRow, Replica, ReqId, Session, Sources, Told, Viewports,
};
use crate::api::orchestration::Approval;
use crate::api::{
    Delivery, DeliveryPage, Diagnosis, DryRun, EventPage, Job, LogLine, Me, Preview, Problem,
    RowsFrame, Sequence, SourcePage, Thread, ThreadId, Token, Undo, WatchingDocument,
};
use crate::base::Timestamp;
use crate::console::model::export::Exported;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key.
    Key(Key),
    /// Text from the clipboard: never keys.
    Paste(String),
    /// The mouse, while it is reported.
    Mouse(Mouse),
    /// The size of the terminal.
    Resize(u16, u16),
    /// How many rows each list shows, as the view measures.
    Viewports(Viewports),
    /// A timer went off.
    Timer(Timer),
    /// A command, without a key.
    Command(CommandId),
    /// A command with what is said behind it: `theme`, `light`.
    CommandWith(CommandId, String),
    /// The theme that was asked for is in use.
    Themed {
        /// Its name.
        theme: String,
        /// With ASCII only.
        ascii: bool,
    },
    /// A view to open, as `yl` copies it.
    OpenLink(String),
    /// From the feed of changed rows.
    Feed(Feed),
    /// An answer to a request.
    Reply(ReqId, Result<Answer, Failure>),
    /// Another thread filtered and sorted a list.
    Sifted(Sifted),
    /// The rows as they were when the console ended last, and when that was.
    Stored(Box<Replica>, Timestamp),
    /// The screen as it was arranged when the console ended last.
    Layout(super::model::Layout),
    /// Nothing is kept of a start before this one, and newcomers are expected.
    FirstStart,
    /// The operator's editor on a document ended.
    FileEdited(Result<PathBuf, String>),
    /// The operator's editor ended.
    Edited(Result<Edited, EditFailure>),
    /// The console is at another server now, which may have to be started.
    Switched(Box<Session>, bool),
    /// The file for a bug report was written here, with names in it or without; or not, and why.
    Reported(Result<(String, bool), String>),
    /// Something to say that has no other place: where a dump was written, what could not be copied.
    Notice {
        /// It failed.
        failed: bool,
        /// The sentence.
        text: String,
    },
}

/// The mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// A click on a row of a list: its place among the rows shown.
    Row(ListId, usize),
    /// The wheel over a list.
    Wheel(ListId, i32),
    /// A click on the heading of a column.
    Heading(ListId, Col),
    /// The split was dragged to this percentage.
    Split(u16),
}

/// Timers. Arming one that is armed sets it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The shared minute tick.
    Minute,
    /// The countdown, while something is waited for.
    Second,
    /// A chord waited long enough.
    WhichKey,
    /// Keys count again.
    Guard,
    /// A toast goes.
    Toast(u64),
    /// Flashes end.
    Flash,
    /// More of the log of a run that goes on.
    Log,
    /// What does not come with the feed is asked for again.
    Live,
    /// A lost answer is asked for again.
    Again(ReqId),
    /// A form's text rested: what follows from it is asked.
    FormHint,
}

/// From the feed.
#[derive(Clone, Debug)]
pub enum Feed {
    /// The embedded server is being started.
    Starting,
    /// Who the token is; the server answers.
    Me(Box<Me>),
    /// So many sources came so far, while nothing is there yet.
    Loading(Sources),
    /// The whole read model.
    Snapshot(Box<Replica>),
    /// The feed goes on from what is here.
    Following,
    /// Changed rows.
    Frame(Box<RowsFrame>),
    /// There is no feed now.
    Down {
        /// Why.
        failure: Failure,
        /// When it is tried again.
        retry_in: Duration,
        /// How many times it was tried.
        attempt: u32,
    },
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To a change.
    Done(Box<Done>),
    /// To a change asked with `dryRun`.
    Effect(Box<DryRun>),
    /// A source's page.
    SourcePage(Box<SourcePage>),
    /// A diagnosis.
    Diagnosis(Box<Diagnosis>),
    /// A run.
    Job(Box<Job>),
    /// Lines of a run's log.
    Log(Vec<LogLine>),
    /// A thread in full.
    Thread(Box<Thread>),
    /// What a turn changed.
    TurnDiff(Box<Diff>),
    /// All that came of a tool.
    Output(String),
    /// Everything that waits for a person, newest last.
    Questions(Vec<Asked>),
    /// What came and ran in a window, and what waits.
    Pulse(Box<super::model::pulse::PulseData>),
    /// The documents of a space with rules on a source, by path.
    Documents(Vec<WatchingDocument>),
    /// The threads of a run in which a person is waited for.
    Waits(Vec<ThreadId>),
    /// Headers and body.
    Delivery(Box<DeliveryPage>),
    /// What an event would do.
    Preview(Box<Preview>),
    /// Tokens.
    Tokens(Vec<Token>),
    /// A page of the event log.
    Events(Box<EventPage>),
    /// Another moment.
    Moment(Box<Told>),
    /// Strict findings, with what the docs project adds.
    Conflicts(Box<Here>),
    /// The docs project's own sources and mounts.
    LocalRows(Box<Workplace>),
    /// Older runs, newest first, and where the server goes on.
    OlderRuns(Vec<Job>, Option<String>),
    /// The same of deliveries.
    OlderDeliveries(Vec<Delivery>, Option<String>),
    /// Rows were taken away.
    Exported(Exported),
    /// The profiles of this user.
    Profiles(Vec<ProfileRow>),
    /// Where the token in use is kept.
    Kept(String),
    /// Lines of the console's own log, newest first.
    OwnLog(Vec<String>),
    /// The token is forgotten.
    SignedOut,
    /// Who the new token is.
    SignedIn(Box<Me>),
}

/// A question that waits for a person, and where it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The thread.
    pub thread: ThreadId,
    /// Its title.
    pub title: String,
    /// The number of the turn.
    pub turn: Option<i64>,
    /// What is asked.
    pub approval: Approval,
}

/// What came back from the operator's editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The text.
    pub text: String,
    /// The file that it stands in, which stays until it is forgotten.
    pub path: PathBuf,
}

/// Why nothing came back from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditFailure {
    /// What happened, and what to do.
    pub text: String,
    /// Where what was written is kept.
    pub path: Option<PathBuf>,
}

/// An accepted change.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// The resource as it is now.
    pub body: serde_json::Value,
    /// How to take it back.
    pub undo: Option<Undo>,
    /// Its position in the log.
    pub sequence: Option<Sequence>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Of what kind.
    pub kind: FailureKind,
    /// What it is about, in words for the operator.
    pub text: String,
    /// The request may have taken effect.
    pub unsure: bool,
}

/// Kinds of failures that are told apart.
#[derive(Clone, Debug, PartialEq)]
pub enum FailureKind {
    /// The server cannot be reached, or not to the end.
    Outage(Outage),
    /// The embedded server does not start: the server at this address has its data.
    InUse(String),
    /// The token is not accepted.
    SignedOut,
    /// There is none, and the server lets nobody in without one.
    NoToken,
    /// Asked to wait.
    Busy(Duration),
    /// The server failed, with this status.
    Server(u16),
    /// The server said no.
    Refused(Box<Problem>),
    /// What came is not what the API says.
    Protocol,
}

/// A list, filtered and sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sifted {
    /// Which.
    pub list: ListId,
    /// Of which question.
    pub generation: u64,
    /// What is shown.
    pub rows: Vec<u32>,
    /// How many there are without the filter.
    pub total: usize,
}
