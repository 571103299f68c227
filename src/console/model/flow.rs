//! What `update` remembers between messages: what it waits for, what it put aside. The runtime gives it its key; nothing
//! else looks at it.

use std::collections::{BTreeMap, BTreeSet};

use super::form::Form;
use super::pulse::PulseWindow;
use super::work::{Pending, ReqId, Work};
use super::writing::Writing;
use crate::api::{Call, DeliveryId, JobId, Role, Sequence, SourceId, SpaceId};
use crate::console::ids::{ListId, RowKey};

/// What `update` remembers between messages.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// What each reply is for.
    pub waiting: BTreeMap<ReqId, Waiting>,
    /// Lists whose rows changed while another thread worked on them.
    pub again: BTreeSet<ListId>,
    /// Whether the operator's filter is the cause of the work under way.
    pub causes: BTreeMap<ListId, bool>,
    /// First part of every idempotency key: unique to this session.
    pub session_key: String,
    /// Changes that wait for a sign-in; they go out with the same key.
    pub parked: Vec<Pending>,
    /// A page's data changed while it was being asked for: ask once more.
    pub page_again: bool,
    /// What a link named that is not there yet.
    pub seek: Option<Seek>,
    /// The view to open once the rows are there.
    pub open: Option<String>,
    /// The row that the danger popup is about.
    pub danger_row: Option<RowKey>,
    /// Forms that were closed with changes in them; the same form opens with its text again.
    pub drafts: Vec<Form>,
    /// What was written to agents and not sent; it is there when it is written to them again.
    pub writings: Vec<Writing>,
    /// What takes a change back whose answer says nothing of it, by the change's key.
    pub backs: BTreeMap<String, Call>,
    /// The which-key timer is armed.
    pub chord_waits: bool,
    /// The countdown runs.
    pub counting: bool,
    /// The timer runs before whose end what does not come with the feed is not asked for again.
    pub live_waits: bool,
    /// The feed moved meanwhile.
    pub live_moved: bool,
    /// Pages of older rows that were asked for because too few matched the filter.
    pub looks: BTreeMap<ListId, u32>,
    /// What belongs to profiles that the console is not at.
    pub stashes: BTreeMap<String, Stash>,
    /// What was seen that profiles may do.
    pub roles: BTreeMap<String, Role>,
    /// Threads that were opened.
    pub threads: u32,
}

/// What a reply is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A change: its details are in `work.pending`.
    Change,
    SourcePage(SourceId),
    Diagnosis(SourceId),
    /// The effect of the remedy chosen on the page of a diagnosis.
    RemedyEffect(SourceId, usize),
    Job(JobId),
    Log(JobId),
    /// The thread of the page with this number.
    Thread(u32),
    /// The diff of a turn of that page.
    TurnDiff(u32, u32),
    /// The diff of the whole thread of that page.
    FullDiff(u32),
    /// All that came of the tool of an entry, on that page.
    Output(u32, u32),
    /// What the preview of that page with this number would change.
    RevertDiff(u32, u32),
    Questions,
    /// What the pulse of this window counts.
    Pulse(PulseWindow),
    /// The documents of a space with rules on a source.
    Documents(SpaceId, SourceId),
    Waits(JobId),
    Tokens,
    Delivery(DeliveryId),
    Preview(DeliveryId),
    OlderEvents,
    NewerEvents,
    /// What the docs project adds to the strict findings.
    Conflicts,
    /// What the docs project's file adds.
    LocalRows,
    /// The rows at this position of the log.
    Moment(Sequence),
    /// What happened to this source, for the slider.
    Marks(SourceId),
    /// What happened around all sources, for the slider.
    MarksAround,
    /// The effect of the remedy chosen on the page of strict conflicts.
    ConflictEffect(usize),
    DangerEffect,
    /// The same for one of several rows.
    DangerRow(RowKey),
    FormEffect,
    LinkPreview(SourceId),
    SignIn,
    Export,
    /// Older rows of a list, of one source or of all.
    Older(ListId, Option<SourceId>),
    SignOut,
    Kept,
    OwnLog,
    /// The profiles of this user.
    Profiles,
}

/// What a link asks for that only an answer of the server brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seek {
    /// This finding of a diagnosis.
    Finding(String),
    /// This turn of a thread.
    Turn(i64),
}

/// What belongs to a profile that the console is not at.
#[derive(Clone, Debug, Default)]
pub struct Stash {
    pub work: Work,
    pub drafts: Vec<Form>,
    pub writings: Vec<Writing>,
    pub backs: BTreeMap<String, Call>,
}
