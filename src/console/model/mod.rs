//! Everything the console knows, as plain data: no terminal, no network, no clock. `update` changes it, `view` draws it.

pub mod about;
pub mod admin;
pub mod bulk;
mod called;
pub mod chooser;
pub mod connection;
pub mod diff;
pub mod difference;
pub mod entries;
pub mod entry;
pub mod export;
pub mod field;
pub(in crate::console) mod flow;
pub mod form;
mod former;
pub mod frozen;
pub mod here;
pub mod jump;
pub mod link;
pub mod list;
pub mod load;
pub mod names;
pub mod packed;
pub mod page;
pub mod past;
pub mod popup;
pub mod profiles;
pub mod pulse;
pub mod reach;
pub mod replica;
mod reversed;
pub mod revert;
pub mod session;
pub mod sources;
pub mod table;
pub mod taste;
pub mod thread;
pub mod timeline;
pub mod tour;
pub mod ui;
pub mod views;
pub mod work;
pub mod writing;
pub mod xray;

pub use about::{About, InfoView, OwnLogView};
pub use admin::{IntegrationView, SecretShown, SecretText, TokensView};
pub use bulk::{Act, Bulk, BulkItem, Outcome, Tally};
pub use chooser::ColumnPicker;
pub use connection::{Connection, Outage};
pub use diff::{Diff, DiffRow, LineKind};
pub use difference::{Difference, What};
pub use entry::{Entry, EntryKind, EntryState};
pub use export::{DumpPicker, ExportForm, TakeAway};
pub use field::TextField;
pub use form::{Check, Form, FormField, FormKind, FormStep};
pub use former::Former;
pub use frozen::Frozen;
pub use jump::Jump;
pub use link::DeepLink;
pub use list::{Filter, ListState, LongText, Sort, SortBy, Viewports};
pub use load::{Load, LoadState};
pub use names::Names;
pub use page::{
    ConflictsView, DeliveriesView, DeliveryView, EventsView, Here, Narrow, Page, RunView,
    SourceView, WhyView,
};
pub use past::{Compare, Moment, Past, Told};
pub use popup::{
    BindPicker, CommandList, CommandRow, Danger, DangerMany, DangerRow, GoTo, LinkChoice, LinkItem,
    LinkStep, LinkWizard, ModePicker, Popup, SignIn,
};
pub use profiles::{ProfileChange, ProfilePicker, ProfileRow, SignOut};
pub use reach::{Loaded, Reach};
pub use replica::{Counts, Replica};
pub use revert::{Gone, Revert};
pub use session::Session;
pub use sources::Sources;
pub use table::Table;
pub use taste::Taste;
pub use thread::{ApprovalsView, Question, ThreadLine, ThreadView};
pub use ui::{Layout, ListLayout, Ui};
pub use views::{SavedView, ViewList};
pub use work::{History, Message, Note, Pending, ReqId, Toast, ToastKind, UndoEntry, Work};
pub use writing::{Part, TextBox, Writing};

pub use super::ids::{Area, ListId, RowKey};

use crate::api::{AgentTurn, Binding, Finding, Job, JobId, Role, Source, SourceId};
use crate::base::Timestamp;
use crate::console::keymap::Keymap;

/// The whole state of the console.
#[derive(Clone, Debug)]
pub struct Model {
    /// Who looks, and at what.
    pub session: Session,
    /// How fresh the data is.
    pub connection: Connection,
    /// When the rows were last known to be current; `None`: they are now, or nothing was ever loaded.
    pub data_as_of: Option<Timestamp>,
    /// When the last change was seen: what row 1 shows at its right end.
    pub last_change: Option<Timestamp>,
    /// The rows that are shown: in the past, those of then.
    pub replica: Replica,
    /// Another moment is looked at.
    pub past: Option<Box<Past>>,
    /// What is shown stands still; what changes waits here.
    pub frozen: Option<Box<Frozen>>,
    /// The counts of row 1, kept with the replica.
    pub counts: Counts,
    /// What it was started with.
    pub about: About,
    /// Where the operator is.
    pub ui: Ui,
    /// What is under way.
    pub work: Work,
    /// Which key does what.
    pub keymap: Keymap,
    /// How it is drawn, and how it could be.
    pub taste: Taste,
    /// The present moment, as of the last message. Ages on the screen are counted from it.
    pub now: Timestamp,
    /// Zone for times on the screen.
    pub zone: jiff::tz::TimeZone,
    /// Something on the screen may have changed since the last frame.
    pub dirty: bool,
    /// The console ends.
    pub quit: bool,
    /// What `update` remembers between messages and no view shows.
    pub(in crate::console) flow: flow::Flow,
}

impl Model {
    /// An empty console, at this moment.
    pub fn new(session: Session, keymap: Keymap, zone: jiff::tz::TimeZone, now: Timestamp) -> Self {
        Self {
            session,
            connection: Connection::default(),
            data_as_of: None,
            last_change: None,
            replica: Replica::default(),
            past: None,
            frozen: None,
            counts: Counts::default(),
            about: About::default(),
            ui: Ui::default(),
            work: Work::default(),
            keymap,
            taste: Taste::default(),
            now,
            zone,
            dirty: true,
            quit: false,
            flow: flow::Flow::default(),
        }
    }

    /// The rows of now, whatever is shown.
    pub fn present(&self) -> &Replica {
        match (&self.past, &self.frozen) {
            (Some(past), _) => &past.now,
            (None, Some(frozen)) => &frozen.now,
            (None, None) => &self.replica,
        }
    }

    /// The same, to keep them current.
    pub fn present_mut(&mut self) -> &mut Replica {
        match (&mut self.past, &mut self.frozen) {
            (Some(past), _) => &mut past.now,
            (None, Some(frozen)) => &mut frozen.now,
            (None, None) => &mut self.replica,
        }
    }

    /// The moment that ages are counted from: now, or that of the past.
    pub fn moment(&self) -> Timestamp {
        let then = self.past.as_ref().and_then(|past| past.time());
        then.unwrap_or(self.now)
    }

    /// What row `n` (a slot or a place, as in [`ListState::rows`]) of a list is.
    pub fn key_at(&self, list: ListId, n: u32) -> Option<RowKey> {
        Some(match list {
            ListId::Sources | ListId::Cursors | ListId::LinkedSources => {
                RowKey::Source(self.replica.sources.at(n)?.id)
            }
            ListId::Bindings => {
                let binding = self.replica.bindings.at(n)?;
                RowKey::Binding(binding.space_id, binding.source_id)
            }
            ListId::Runs => RowKey::Job(self.replica.jobs.at(n)?.id),
            ListId::Deliveries | ListId::ItsDeliveries => {
                RowKey::Delivery(self.replica.deliveries.at(n)?.id)
            }
            ListId::Integrations => RowKey::Integration(self.replica.integrations.at(n)?.id),
            ListId::Events => match self.ui.page() {
                Page::Events(view) => RowKey::Event(view.events.get(n as usize)?.sequence),
                _ => return None,
            },
            ListId::Thread => match self.ui.page() {
                Page::Thread(view) => view.key_at(n as usize)?,
                _ => return None,
            },
            ListId::Approvals => match self.ui.page() {
                Page::Approvals(view) => {
                    RowKey::Approval(view.questions.value.as_ref()?.get(n as usize)?.number)
                }
                _ => return None,
            },
            ListId::Xray => match self.ui.page() {
                Page::Xray(view) => view.nodes.get(n as usize)?.key(),
                _ => return None,
            },
            ListId::Timeline => match self.ui.page() {
                Page::Pulse(view) => view.timeline.lanes.get(n as usize)?.key(),
                _ => return None,
            },
            ListId::Tokens => match self.ui.page() {
                Page::Tokens(view) => {
                    RowKey::Token(view.tokens.value.as_ref()?.get(n as usize)?.id)
                }
                _ => return None,
            },
            ListId::RunSpaces => {
                let job = self.shown_job()?;
                RowKey::JobSpace(job.id, job.spaces.get(n as usize)?.space_id)
            }
            _ => RowKey::Place(n),
        })
    }

    /// The selected row of a list.
    pub fn selected(&self, list: ListId) -> Option<RowKey> {
        self.ui.list(list).selected
    }

    /// What strict mode finds: on its page with what the docs project here adds.
    pub fn conflicts(&self) -> &[Finding] {
        let here = match self.ui.page() {
            Page::Conflicts(view) => view.here.as_ref().and_then(|here| here.value.as_ref()),
            _ => None,
        };
        here.map_or(&self.replica.conflicts, |here| &here.findings)
    }

    /// The source that commands and panes 2 to 4 are about: that of the page, else the selected one.
    pub fn current_source(&self) -> Option<Source> {
        let id = match self.ui.page() {
            Page::Source(view) => Some(view.source),
            Page::Why(view) => Some(view.source),
            Page::Run(_) | Page::Thread(_) => self.shown_job().map(|job| job.source_id),
            Page::Xray(_) => match self.selected(ListId::Xray)? {
                RowKey::Source(id) | RowKey::Binding(_, id) | RowKey::Document(_, id, _) => {
                    Some(id)
                }
                _ => None,
            },
            Page::Pulse(view) if view.focus == ListId::Timeline => {
                self.charted_lane().map(|lane| lane.source)
            }
            _ => self.current_source_of_panes(),
        };
        self.replica.sources.get(id?)
    }

    fn current_source_of_panes(&self) -> Option<SourceId> {
        let of = |list| match self.selected(list) {
            Some(RowKey::Source(id) | RowKey::Binding(_, id)) => Some(id),
            Some(RowKey::Job(id)) => self.replica.jobs.get(id).map(|job| job.source_id),
            _ => None,
        };
        // An unpinned pane that has the focus speaks for itself.
        let pane = self.ui.pane;
        if matches!(self.ui.page(), Page::Main)
            && matches!(pane, ListId::Bindings | ListId::Cursors)
            && !self.ui.is_pinned(pane)
        {
            return of(pane);
        }
        of(ListId::Sources)
    }

    /// The source that panes 2 to 4 follow.
    pub fn pinned_source(&self) -> Option<SourceId> {
        match self.ui.page() {
            Page::Source(view) => Some(view.source),
            _ => match self.selected(ListId::Sources) {
                Some(RowKey::Source(id)) => Some(id),
                _ => None,
            },
        }
    }

    /// The selected binding, where bindings have the focus.
    pub fn current_binding(&self) -> Option<&Binding> {
        match self.selected(ListId::Bindings)? {
            RowKey::Binding(space, source) => self.replica.bindings.get((space, source)),
            _ => None,
        }
    }

    /// The run of the page in front, from the replica or, when it is older, as it was asked for.
    pub fn shown_job(&self) -> Option<&Job> {
        match self.ui.page() {
            Page::Run(view) => self
                .replica
                .jobs
                .get(view.job)
                .or(view.older.value.as_ref()),
            Page::Thread(view) => self.replica.jobs.get(view.about?.0),
            _ => None,
        }
    }

    /// The job that goes on with a thread, where it is among the rows and not over.
    pub fn job_of_turn(&self, view: &ThreadView) -> Option<&Job> {
        let names = |job: &Job| {
            let of_it = |turn: &AgentTurn| turn.thread_id == view.thread_id;
            !job.status.is_terminal() && job.agent_turn.as_ref().is_some_and(of_it)
        };
        let jobs = self.replica.jobs.iter().map(|(_, job)| job);
        jobs.filter(|job| names(job)).max_by_key(|job| job.id)
    }

    /// The selected line of the timeline.
    fn charted_lane(&self) -> Option<&timeline::Lane> {
        let Page::Pulse(view) = self.ui.page() else {
            return None;
        };
        let place = view.timeline.place_of(self.selected(ListId::Timeline)?)?;
        view.timeline.lanes.get(place)
    }

    /// The run that is chosen on the timeline, where it has the focus.
    pub fn charted_run(&self) -> Option<JobId> {
        match self.ui.page() {
            Page::Pulse(view) if view.focus == ListId::Timeline => {
                Some(view.timeline.chosen(self.charted_lane()?)?.job)
            }
            _ => None,
        }
    }

    /// The run that commands are about: that of the page, else the selected one.
    pub fn current_job(&self) -> Option<&Job> {
        if let Page::Run(_) | Page::Thread(_) = self.ui.page() {
            return self.shown_job();
        }
        if let Page::Pulse(_) = self.ui.page() {
            return self.replica.jobs.get(self.charted_run()?);
        }
        match self.selected(ListId::Runs)? {
            RowKey::Job(id) => self.replica.jobs.get(id),
            _ => None,
        }
    }

    /// How old the data is, where it is not live.
    pub fn data_age(&self) -> Option<std::time::Duration> {
        if self.connection.is_live() {
            return None;
        }
        Some(self.now.since(self.data_as_of?))
    }

    /// What this session knows that a profile may do at its server.
    pub fn role_at(&self, profile: &str) -> Option<Role> {
        if profile == self.session.profile {
            return self.session.role();
        }
        self.flow.roles.get(profile).copied()
    }

    /// Whether a server answered yet with the token that is used, so that its role is known.
    pub fn is_known(&self) -> bool {
        self.session.me.is_some()
    }
}
