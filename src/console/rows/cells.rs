//! What each column takes of each kind of row.

use super::{changed_words, words};
use crate::api::{Binding, Delivery, Event, Integration, Job};
use crate::base::Timestamp;
use crate::console::columns::{Col, Value};
use crate::console::model::here::is_local;
use crate::console::model::packed::SourceRef;
use crate::console::model::{ListId, Replica};

/// A row of one of the lists.
#[derive(Clone, Copy, Debug)]
pub enum RowRef<'a> {
    /// A source, or its cursor.
    Source(SourceRef<'a>),
    /// A binding.
    Binding(&'a Binding),
    /// A run.
    Job(&'a Job),
    /// A delivery.
    Delivery(&'a Delivery),
    /// An integration.
    Integration(&'a Integration),
    /// An entry of the event log.
    Event(&'a Event),
}

/// A row that can be listed.
pub trait Listed {
    /// The row as one of the lists'.
    fn listed(&self) -> RowRef<'_>;
}

macro_rules! listed {
    ($($row:ident),+) => {$(
        impl Listed for $row {
            fn listed(&self) -> RowRef<'_> { RowRef::$row(self) }
        }
    )+};
}
listed!(Binding, Job, Delivery, Integration, Event);

/// The row in a slot of a list that shows a table of the replica.
pub fn row_at(replica: &Replica, list: ListId, slot: u32) -> Option<RowRef<'_>> {
    Some(match list {
        ListId::Sources | ListId::Cursors => RowRef::Source(replica.sources.row(slot)?),
        ListId::Bindings => RowRef::Binding(replica.bindings.at(slot)?),
        ListId::Runs => RowRef::Job(replica.jobs.at(slot)?),
        ListId::Deliveries => RowRef::Delivery(replica.deliveries.at(slot)?),
        ListId::Integrations => RowRef::Integration(replica.integrations.at(slot)?),
        _ => return None,
    })
}

impl RowRef<'_> {
    /// What stands in a column of this row; columns of other rows hold nothing.
    pub fn value(self, replica: &Replica, col: Col, now: Timestamp) -> Value {
        match self {
            Self::Source(row) => source(replica, &row, col),
            Self::Binding(row) => binding(replica, row, col),
            Self::Job(row) => job(replica, row, col, now),
            Self::Delivery(row) => delivery(replica, row, col),
            Self::Integration(row) => integration(row, col),
            Self::Event(row) => event(replica, row, col),
        }
    }

    /// All of it, as the API tells it.
    pub fn json(self) -> serde_json::Value {
        match self {
            Self::Source(row) => serde_json::to_value(row.to_source()),
            Self::Binding(row) => serde_json::to_value(row),
            Self::Job(row) => serde_json::to_value(row),
            Self::Delivery(row) => serde_json::to_value(row),
            Self::Integration(row) => serde_json::to_value(row),
            Self::Event(row) => serde_json::to_value(row),
        }
        .expect("rows came as JSON")
    }
}

fn named(replica: &Replica, id: Option<crate::api::IntegrationId>) -> Value {
    id.map_or(Value::Nothing, |id| {
        Value::Text(replica.integration_label(id))
    })
}

fn source(replica: &Replica, row: &SourceRef<'_>, col: Col) -> Value {
    match col {
        Col::Name => Value::Text(row.name.to_owned()),
        Col::Kind if is_local(row.id) => Value::Text(tr!("virtual (local)").to_owned()),
        Col::Kind => Value::Text(row.kind.to_string()),
        Col::Mount => Value::Text(replica.mount_words(row.id)),
        Col::Type => Value::Text(row.source_type.as_str().to_owned()),
        Col::Repo => Value::path(row.repo),
        Col::State => Value::Text(row.state.to_string()),
        Col::Lag => Value::time(row.pending_since),
        Col::Behind => row.commits_behind.map_or(Value::Nothing, Value::Count),
        Col::Branch => Value::text(row.branch),
        Col::Integration => named(replica, row.integration_id),
        Col::Spaces => Value::Count(replica.spaces_of(row.id).len() as i64),
        Col::LastRun => replica
            .last_run(row.id)
            .map_or(Value::Nothing, |job| Value::Number('#', job.id.0)),
        Col::Changed => Value::Time(row.updated_at),
        Col::Since => Value::time(row.state_since),
        Col::Finding => row.primary.map_or(Value::Nothing, |(code, name)| {
            Value::Text(format!("{code} {name}"))
        }),
        Col::Cursor => row
            .cursor
            .map_or(Value::Nothing, |(commit, _)| Value::Sha(commit.to_string())),
        Col::Head => row
            .head
            .map_or(Value::Nothing, |(commit, _)| Value::Sha(commit.to_string())),
        Col::Moved => Value::time(row.moved.map(|(_, at)| at)),
        Col::MovedBy => row
            .moved
            .and_then(|(job, _)| job)
            .map_or(Value::Nothing, |job| Value::Number('#', job.0)),
        Col::Paused => row
            .paused
            .map_or(Value::Nothing, |(_, by, _)| Value::Text(by.to_owned())),
        Col::Enabled => Value::yes(row.enabled),
        Col::Version => Value::Count(row.version),
        Col::CursorVersion => Value::Count(row.cursor_version),
        Col::Generation => Value::Count(row.generation),
        Col::Created => Value::Time(row.created_at),
        Col::By => Value::text(row.created_by),
        Col::Id => Value::Count(row.id.0),
        _ => Value::Nothing,
    }
}

fn binding(replica: &Replica, row: &Binding, col: Col) -> Value {
    match col {
        Col::Space => Value::Text(replica.space_name(row.space_id)),
        Col::Source => Value::Text(replica.source_name(row.source_id)),
        Col::Watches => Value::Path(words::watched(row)),
        Col::Pattern => Value::path(row.jrn_pattern.as_deref()),
        Col::Documents => Value::Count(row.documents),
        Col::Last => Value::Text(
            row.last_outcome
                .map_or(tr!("never ran"), |it| it.as_str())
                .to_owned(),
        ),
        Col::LastAt => Value::time(row.last_outcome_at),
        Col::Enabled => Value::yes(row.enabled),
        Col::Changed => Value::Time(row.updated_at),
        Col::Version => Value::Count(row.version),
        Col::Created => Value::Time(row.created_at),
        _ => Value::Nothing,
    }
}

fn job(replica: &Replica, row: &Job, col: Col, now: Timestamp) -> Value {
    match col {
        Col::Run => Value::Number('#', row.id.0),
        Col::Source => Value::Text(replica.source_of(row)),
        Col::Commit => Value::sha(row.head_sha.as_deref()),
        Col::State => Value::Text(row.status.to_string()),
        Col::Progress => words::progress(row).map_or(Value::Nothing, Value::Text),
        Col::Took => words::length(now, row).map_or(Value::Nothing, Value::Length),
        Col::Changed => Value::Time(row.updated_at),
        Col::Kind => Value::Text(row.kind.as_str().to_owned()),
        Col::Branch => Value::text(row.branch.as_deref()),
        Col::Base => Value::sha(row.base_sha.as_deref()),
        Col::Attempt => Value::Count(row.attempt),
        Col::Runner => Value::text(row.runner.as_deref()),
        Col::Error => row
            .error
            .as_ref()
            .map_or(Value::Nothing, |it| Value::Text(it.message.clone())),
        Col::Delivery => Value::text(row.delivery_id.as_deref()),
        Col::Integration => named(replica, row.integration_id),
        Col::Created => Value::Time(row.created_at),
        Col::Version => Value::Count(row.version),
        _ => Value::Nothing,
    }
}

fn delivery(replica: &Replica, row: &Delivery, col: Col) -> Value {
    match col {
        Col::Id => Value::Text(row.delivery_id.clone()),
        Col::Received => Value::Time(row.received_at),
        Col::Event => Value::Text(row.event.clone()),
        Col::Ref => row.git_ref.as_deref().map_or(Value::Nothing, |full| {
            Value::Text(words::short_ref(full).to_owned())
        }),
        Col::Result => Value::Text(words::result(row)),
        Col::State => Value::Text(row.status.as_str().to_owned()),
        Col::Provider => Value::Text(row.provider.as_str().to_owned()),
        Col::Integration => named(replica, Some(row.integration_id)),
        Col::Runs if row.job_ids.is_empty() => Value::Nothing,
        Col::Runs => Value::Text(words::runs(row)),
        Col::Before => Value::sha(row.before.as_deref()),
        Col::After => Value::sha(row.after.as_deref()),
        _ => Value::Nothing,
    }
}

fn integration(row: &Integration, col: Col) -> Value {
    match col {
        Col::Name => Value::Text(row.name.clone()),
        Col::Provider => Value::Text(row.provider.as_str().to_owned()),
        Col::Covers => Value::path(words::covers(row).map(String::as_str)),
        Col::State => Value::Text(row.status.as_str().to_owned()),
        Col::Detail => Value::text(row.status_detail.as_deref()),
        Col::Checked => Value::time(row.last_checked_at),
        Col::Sources => Value::Count(row.source_ids.len() as i64),
        Col::Refused => Value::Count(row.refused_signatures),
        Col::Webhook => Value::Path(row.webhook_url.clone()),
        Col::Changed => Value::Time(row.updated_at),
        Col::Created => Value::Time(row.created_at),
        Col::Version => Value::Count(row.version),
        Col::Id => Value::Count(row.id.0),
        _ => Value::Nothing,
    }
}

fn event(replica: &Replica, row: &Event, col: Col) -> Value {
    match col {
        Col::Seq => Value::Number('@', row.sequence.0),
        Col::When => Value::Time(row.occurred_at),
        Col::Actor => Value::Text(format!("{} {}", row.actor.kind, row.actor.id)),
        Col::Stream => Value::Text(words::stream(replica, row)),
        Col::Type => Value::Text(row.event_type.clone()),
        Col::What => Value::Text(changed_words(replica, row)),
        Col::Correlation => Value::text(row.correlation_id.as_deref()),
        _ => Value::Nothing,
    }
}
