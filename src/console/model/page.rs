//! The pages, what each of them loaded, and which part of it has the focus.

use std::collections::BTreeSet;

use crate::api::{
    DeliveryId, DeliveryPage, Diagnosis, DryRun, Event, Finding, JobId, LogLevel, LogLine, Preview,
    Sequence, SourceId, SourcePage,
};
use crate::console::ids::{Area, ListId, RowKey};
use crate::impact::strict::LocalView;

use super::about::{InfoView, OwnLogView};
use super::admin::{IntegrationView, TokensView};
use super::load::Load;
use super::pulse::PulseView;
use super::thread::{ApprovalsView, ThreadView};
use super::xray::XrayView;

/// A page; the lowest of the stack is always [`Page::Main`].
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// The four panes.
    Main,
    /// A source.
    Source(Box<SourceView>),
    /// Why a cursor stands.
    Why(Box<WhyView>),
    /// Strict conflicts.
    Conflicts(ConflictsView),
    /// A run.
    Run(Box<RunView>),
    /// What an agent does for a space of a run.
    Thread(Box<ThreadView>),
    /// Everything that waits for a person.
    Approvals(ApprovalsView),
    /// What depends on what.
    Xray(Box<XrayView>),
    /// The pulse of the org.
    Pulse(Box<PulseView>),
    /// What webhooks brought.
    Deliveries(DeliveriesView),
    /// Headers and body of one.
    Delivery(Box<DeliveryView>),
    /// Integrations.
    Integrations,
    /// An integration.
    Integration(IntegrationView),
    /// Tokens.
    Tokens(TokensView),
    /// The event log.
    Events(EventsView),
    /// Messages of this session.
    Messages,
    /// What this console is.
    Info(InfoView),
    /// Its own log.
    OwnLog(OwnLogView),
}

/// A source's page.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceView {
    /// Which.
    pub source: SourceId,
    /// What only its page shows: conditions and lease. The source itself is in the replica.
    pub page: Load<SourcePage>,
}

/// Why a cursor stands.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyView {
    /// Which source.
    pub source: SourceId,
    /// The answer.
    pub diagnosis: Load<Diagnosis>,
    /// Which part has the focus: findings, evidence or actions.
    pub focus: Area,
    /// The chosen remedy (place among those of the finding) and its effect, asked with `dryRun`.
    pub effect: Option<(usize, Load<DryRun>)>,
}

/// Strict conflicts.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictsView {
    /// Which part has the focus: the matrix, the documents or the remedies.
    pub focus: Area,
    /// With the `.jolli` of the docs project that the console was started in; `None`: it was started in none.
    pub here: Option<Load<Here>>,
    /// The chosen remedy, and what it would do.
    pub effect: Option<(usize, Load<DryRun>)>,
}

/// What a docs project adds to the server's findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Here {
    /// Its mounts and virtual sources.
    pub local: LocalView,
    /// All findings: those of the server first.
    pub findings: Vec<Finding>,
    /// How many of them are only here.
    pub more: usize,
}

/// A run's page.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    /// Which.
    pub job: JobId,
    /// Which part has the focus: steps, spaces or the log.
    pub focus: Area,
    /// Its log.
    pub log: Load<Vec<LogLine>>,
    /// Whether the log stays at its end.
    pub follow: bool,
    /// The least level shown.
    pub level: LogLevel,
    /// Whether long lines are wrapped.
    pub wrap: bool,
    /// The search of `/`, and what `n` and `N` go through.
    pub search: String,
    /// The run itself, when it is older than what the replica holds.
    pub older: Load<crate::api::Job>,
    /// Its threads in which a person is waited for.
    pub waits: BTreeSet<String>,
}

/// Deliveries, with the preview of the selected one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeliveriesView {
    /// `p`: what the delivery would do if it came now.
    pub preview: Option<(DeliveryId, Load<Preview>)>,
}

/// Headers and body of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryView {
    /// Which.
    pub delivery: DeliveryId,
    /// The answer.
    pub page: Load<DeliveryPage>,
    /// Header lines, an empty one, and the body's lines, as shown.
    pub lines: Vec<String>,
}

/// What the server narrows the log by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Only of these types; a trailing `.` takes all that start so.
    pub types: Vec<String>,
    /// Only of this thing: its kind and id.
    pub stream: Option<(String, String)>,
    /// Only by this actor.
    pub actor: Option<String>,
}

impl Narrow {
    /// Whether an event is among what is left.
    pub fn admits(&self, event: &Event) -> bool {
        let of = |word: &String| {
            *word == event.event_type || (word.ends_with('.') && event.event_type.starts_with(word))
        };
        let stream =
            |(kind, id): &(String, String)| *kind == event.aggregate_kind && *id == event.stream_id;
        (self.types.is_empty() || self.types.iter().any(of))
            && self.stream.as_ref().is_none_or(stream)
            && self.actor.as_ref().is_none_or(|it| *it == event.actor.id)
    }
}

/// The event log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventsView {
    /// Only what concerns this row.
    pub about: Option<RowKey>,
    /// The events that are loaded, newest first.
    pub events: Vec<Event>,
    /// Where older ones are asked for; `None`: the beginning is reached.
    pub older: Option<Sequence>,
    /// What came up to here was asked for.
    pub newest: Sequence,
    /// What the server narrows them by.
    pub narrow: Narrow,
    /// Who was seen to act.
    pub actors: BTreeSet<String>,
    /// Where the newest attempt stands.
    pub state: super::load::LoadState,
    /// Select this one once it is loaded.
    pub seek: Option<Sequence>,
}

impl Page {
    /// The list that has the focus on this page; `main` is that of the main screen.
    pub fn focus(&self, main: ListId) -> ListId {
        match self {
            Self::Main => main,
            Self::Source(_) => ListId::Bindings,
            Self::Why(view) => view.focus,
            Self::Conflicts(view) => view.focus,
            Self::Run(view) => view.focus,
            Self::Thread(view) => view.focus,
            Self::Approvals(_) => ListId::Approvals,
            Self::Xray(_) => ListId::Xray,
            Self::Pulse(view) => view.focus,
            Self::Deliveries(_) => ListId::Deliveries,
            Self::Delivery(_) => ListId::DeliveryText,
            Self::Integrations => ListId::Integrations,
            Self::Integration(view) => view.focus,
            Self::Tokens(_) => ListId::Tokens,
            Self::Events(_) => ListId::Events,
            Self::Messages => ListId::Messages,
            Self::Info(_) | Self::OwnLog(_) => ListId::Own,
        }
    }

    /// The areas that `Tab` walks through, in order.
    pub fn areas(&self) -> &'static [Area] {
        match self {
            Self::Main => &[
                ListId::Sources,
                ListId::Bindings,
                ListId::Cursors,
                ListId::Runs,
            ],
            Self::Source(_) => &[ListId::Bindings],
            Self::Why(_) => &[ListId::Findings, ListId::Evidence, ListId::Actions],
            Self::Conflicts(_) => &[ListId::Conflicts, ListId::Places, ListId::Remedies],
            Self::Run(_) => &[ListId::Steps, ListId::RunSpaces, ListId::RunLog],
            Self::Thread(view) if view.question.is_some() && view.revert.is_none() => {
                &[ListId::Thread, ListId::Diff, ListId::Approval]
            }
            Self::Thread(_) => &[ListId::Thread, ListId::Diff],
            Self::Approvals(_) => &[ListId::Approvals],
            Self::Xray(_) => &[ListId::Xray],
            Self::Pulse(_) => &[ListId::Pulse, ListId::Timeline],
            Self::Deliveries(_) => &[ListId::Deliveries],
            Self::Delivery(_) => &[ListId::DeliveryText],
            Self::Integrations => &[ListId::Integrations],
            Self::Integration(_) => &[ListId::LinkedSources, ListId::ItsDeliveries],
            Self::Tokens(_) => &[ListId::Tokens],
            Self::Events(_) => &[ListId::Events],
            Self::Messages => &[ListId::Messages],
            Self::Info(_) | Self::OwnLog(_) => &[ListId::Own],
        }
    }
}
