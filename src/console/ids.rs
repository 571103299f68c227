//! What lists and rows are known by: selection, marks, flashes and pending changes are kept by key, never by place.

use crate::api::{DeliveryId, IntegrationId, JobId, Sequence, SourceId, SpaceId, TokenId};

/// The identity of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// A source, and its cursor.
    Source(SourceId),
    /// A binding.
    Binding(SpaceId, SourceId),
    /// A run.
    Job(JobId),
    /// One space of a run.
    JobSpace(JobId, SpaceId),
    /// A delivery.
    Delivery(DeliveryId),
    /// An integration.
    Integration(IntegrationId),
    /// A space.
    Space(SpaceId),
    /// A token.
    Token(TokenId),
    /// An entry of the event log.
    Event(Sequence),
    /// A line of a thread: the number of its entry, and which of the entry's lines.
    Line(u32, u16),
    /// A question to a person, by its number among those of this session.
    Approval(u32),
    /// A thread, by its number among the names of this session.
    Thread(u32),
    /// A document as a source sees it, by its number among the names of this session.
    Document(SpaceId, SourceId, u32),
    /// A row that has no identity but its place: a finding, a remedy, a line of a log.
    Place(u32),
}

/// A list that can be walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListId {
    /// Pane 1.
    Sources,
    /// Pane 2, also on a source's page.
    Bindings,
    /// Pane 3.
    Cursors,
    /// Pane 4.
    Runs,
    /// Findings of why stuck.
    Findings,
    /// Evidence of the chosen finding.
    Evidence,
    /// What to do about it.
    Actions,
    /// Names × where they are defined.
    Conflicts,
    /// Documents and lines of the chosen conflict.
    Places,
    /// Remedies of the chosen conflict.
    Remedies,
    /// Steps of a run.
    Steps,
    /// Spaces of a run.
    RunSpaces,
    /// Log lines of a run.
    RunLog,
    /// Received webhooks.
    Deliveries,
    /// Headers and body of one.
    DeliveryText,
    /// Integrations.
    Integrations,
    /// Sources linked to an integration.
    LinkedSources,
    /// What an integration brought.
    ItsDeliveries,
    /// Tokens.
    Tokens,
    /// The event log.
    Events,
    /// Messages of this session.
    Messages,
    /// What the console tells of itself.
    Own,
    /// Turns of a thread and what happened in them.
    Thread,
    /// What the chosen turn changed.
    Diff,
    /// The question that a thread waits with; it has no rows.
    Approval,
    /// Everything that waits for a person.
    Approvals,
    /// What the pulse counts.
    Pulse,
    /// Runs over time, below them.
    Timeline,
    /// What depends on what.
    Xray,
    /// What is different now from the past that is looked at.
    Compare,
    /// The list of the popup in front.
    Popup,
}

impl ListId {
    /// Every list.
    pub const ALL: [ListId; 31] = [
        Self::Sources,
        Self::Bindings,
        Self::Cursors,
        Self::Runs,
        Self::Findings,
        Self::Evidence,
        Self::Actions,
        Self::Conflicts,
        Self::Places,
        Self::Remedies,
        Self::Steps,
        Self::RunSpaces,
        Self::RunLog,
        Self::Deliveries,
        Self::DeliveryText,
        Self::Integrations,
        Self::LinkedSources,
        Self::ItsDeliveries,
        Self::Tokens,
        Self::Events,
        Self::Messages,
        Self::Own,
        Self::Thread,
        Self::Diff,
        Self::Approval,
        Self::Approvals,
        Self::Pulse,
        Self::Timeline,
        Self::Xray,
        Self::Compare,
        Self::Popup,
    ];
}

/// A part of a page that can have the focus.
pub type Area = ListId;
