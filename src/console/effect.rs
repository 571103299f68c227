//! What the console wants done.

use std::path::PathBuf;
use std::time::Duration;

use super::model::{ProfileChange, ReqId, SortBy};
use super::msg::Timer;
use super::query::Query;
use crate::api::{Call, DeliveryId, JobId, Sequence, SourceId, SpaceId, ThreadId};
use crate::base::Timestamp;
use crate::console::model::export::Export;
use crate::console::model::{ListId, Replica};
use crate::console::shot::Kind;
use crate::domain::id::ActivityId;

/// One thing to do; its outcome comes back as a message.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Ask the server.
    Ask(ReqId, Ask),
    /// Nobody waits for this any more.
    Cancel(ReqId),
    /// Filter and sort on another thread. Only the newest question for a list counts.
    Sift(Box<Sift>),
    /// Try the feed again now.
    Reconnect,
    /// Go to the server of this profile.
    Switch(String),
    /// Open this address in a browser, or hand it over.
    Browse(String),
    /// Set a timer.
    Arm(Timer, Duration),
    /// Take it back.
    Disarm(Timer),
    /// Put this on the clipboard.
    Copy(String),
    /// Keep the layout for the next start.
    Persist,
    /// Report the mouse, or not.
    Mouse(bool),
    /// Draw with this theme from now on.
    Theme {
        /// Its name.
        theme: String,
        /// With ASCII only.
        ascii: bool,
    },
    /// Stop like any job on Ctrl-Z.
    Suspend,
    /// Lend the terminal to the operator's editor, with this text in a file of its own.
    Edit {
        /// The text.
        text: String,
        /// How the name of the file ends, for the editor to know what it is.
        suffix: &'static str,
    },
    /// Lend the terminal to the operator's editor, with a document of the docs project.
    EditFile {
        /// Its path within the project or its docs folder.
        path: String,
        /// The line to begin at.
        line: u32,
    },
    /// What came from the editor was taken over: its file is of no more use.
    ForgetEdited(PathBuf),
    /// Write the screen to a file, in this format.
    ScreenDump(Kind),
    /// Write a file for a bug report; with the names that the screen and the log show, or without.
    BugReport {
        /// With them.
        names: bool,
    },
    /// End.
    Quit,
}

/// A question to the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A change. The same key gets the same outcome.
    Change {
        /// The call.
        call: Call,
        /// `Idempotency-Key`.
        key: String,
    },
    /// What a change would do.
    Effect(Call),
    /// A source's page.
    SourcePage(SourceId),
    /// Why its cursor stands.
    Diagnosis(SourceId),
    /// A run.
    Job(JobId),
    /// Lines of its log after this one.
    RunLog(JobId, i64),
    /// A thread in full.
    Thread(ThreadId),
    /// What a thread changed between these checkpoints.
    TurnDiff(ThreadId, i64, i64),
    /// All that came of a tool.
    Output(ThreadId, ActivityId),
    /// Everything that waits for a person.
    Questions,
    /// What came and ran in this window, and what waits.
    Pulse(crate::console::model::pulse::PulseWindow),
    /// The documents of a space with rules on a source.
    Documents(SpaceId, SourceId),
    /// In which of so many threads of a run a person is waited for.
    Waits(JobId, u32),
    /// A delivery's headers and body.
    Delivery(DeliveryId),
    /// What it would do now.
    Preview(DeliveryId),
    /// Tokens.
    Tokens,
    /// Events after this position.
    Events(Sequence, u32),
    /// A part of the log, newest first.
    Log(LogQuery),
    /// The rows as they were at this position, and what happened around it.
    Moment(Sequence),
    /// Strict findings, with what the docs project adds that the console was started in.
    Conflicts,
    /// What the docs project's file adds to the sources.
    LocalRows,
    /// Runs or deliveries older than those that are here.
    Older(Older),
    /// Rows as text, to a file or for the clipboard; the server is not asked.
    Export(Box<Export>),
    /// The profiles of this user.
    Profiles,
    /// A change of them; answered as they are then.
    ProfileChange(ProfileChange),
    /// Where the token in use is kept.
    Kept,
    /// The last lines of the console's own log.
    OwnLog,
    /// Forget the token in use.
    SignOut,
    /// Use this token from now on.
    SignIn(String),
}

/// A page of runs or deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Older {
    /// Deliveries, rather than runs.
    pub deliveries: bool,
    /// Only of this source.
    pub source: Option<SourceId>,
    /// Where the page before ended.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Which events of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Only what came before this position; 0: from the newest back.
    pub before: Sequence,
    /// At most so many.
    pub limit: u32,
    /// Only of these types; a trailing `.` takes all that start so.
    pub types: Vec<String>,
    /// Only of this thing: its kind and id.
    pub stream: Option<(String, String)>,
    /// Only by this actor.
    pub actor: Option<String>,
}

/// What a list is made of.
#[derive(Clone, Debug)]
pub struct Sift {
    /// Which.
    pub list: ListId,
    /// Of which question.
    pub generation: u64,
    /// The rows; cloning them is cheap.
    pub replica: Replica,
    /// Only what belongs to this source.
    pub source: Option<SourceId>,
    /// Texts that belong to sources besides their own: words are looked for there as well.
    pub texts: std::collections::BTreeMap<SourceId, Vec<String>>,
    /// What is shown.
    pub query: Query,
    /// In what order.
    pub by: SortBy,
    /// The other way round.
    pub reversed: bool,
    /// Ages are counted from here.
    pub now: Timestamp,
}
