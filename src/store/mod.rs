//! The store: SQL, migrations, rows; alone knows the databases. Its face has no connection, SQL or transaction in it
//! (engine.md: writing), so the memory store, SQLite and PostgreSQL stand behind it alike.

mod archive;
mod codec;
mod command;
mod log;
pub mod memory;
mod migrations;
mod pack;
mod past;
pub mod postgres;
mod projector;
mod pulse;
mod queue;
mod refold;
mod retain;
mod rows;
mod schema;
mod sql;
pub mod sqlite;

#[cfg(test)]
mod conformance;

pub use pack::NewBlob;
pub use pulse::{Pulse, Window};
pub use retain::{Retention, Swept};

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use crate::base::Timestamp;
use crate::domain::event::{Actor, Event, Stream};
use crate::domain::id::{JobId, LeaseEpoch, OrgId, Sequence, SourceId, SpaceId};
use crate::domain::kind::{LogLevel, StepName};
use crate::domain::row::{JobSpaceRow, Key, Row};
use crate::domain::view::{Consequence, Decider, Need, Rejection, Stop, Undo, View};

/// How often, at most, the use of a token is written down.
const USED_EVERY_SECONDS: i64 = 60;

/// What is to be known next, as far as something is known; nothing more where it is empty.
pub type Next<'n> = dyn FnMut(&View) -> Vec<Need> + Send + 'n;

/// A command on its way in.
#[derive(Debug)]
pub struct Submit {
    /// The org it concerns.
    pub org: OrgId,
    /// One outcome per id; also what event ids derive from.
    pub command_id: String,
    /// Whether a receipt is kept: only for ids that a client gave or that are deterministic.
    pub keep_receipt: bool,
    /// Hash of method, path, canonical body and precondition: the same id with another hash is refused.
    pub request_hash: String,
    /// Who.
    pub actor: Actor,
    /// When it was given: `occurred_at` of its events.
    pub now: Timestamp,
    /// Runner and lease writes go first, so that a flood of webhooks expires no lease.
    pub lane: Lane,
    /// Decide and fold, answer, write nothing.
    pub dry_run: bool,
    /// The event that caused it, and what it belongs to.
    pub causation_event_id: Option<String>,
    /// What it belongs to; the command id when absent.
    pub correlation_id: Option<String>,
    /// What its events refer to, kept in the same step with them; nothing is kept where it appends none.
    pub blobs: Vec<NewBlob>,
    /// The command.
    pub decider: Box<dyn Decider>,
}

/// Which queue a command waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Runners and leases.
    Urgent,
    /// Everything else.
    Normal,
}

/// What came of a command.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Accepted and durable (or, in a dry run, what it would be).
    Accepted(Accepted),
    /// The same id and request came before: the stored answer.
    Replayed {
        /// What the first caller was told.
        stored: StoredOutcome,
    },
    /// Refused by a rule.
    Rejected(Rejection),
    /// The same id came before with another request.
    IdReused,
}

/// What an accepted command did.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// From here on its effect is visible.
    pub sequence: Sequence,
    /// Its events as recorded.
    pub events: Vec<Event>,
    /// What to tell the caller: a row's columns, or a value.
    pub reply: Value,
    /// The row of a `Reply::Row` before the command; `Null` otherwise.
    pub before: Value,
    /// How to take it back.
    pub undo: Option<Undo>,
    /// Until when, or why not.
    pub undo_note: String,
    /// What follows.
    pub consequences: Vec<Consequence>,
}

/// What a receipt keeps.
#[derive(Debug, Clone)]
pub enum StoredOutcome {
    /// It was accepted.
    Accepted {
        /// From here on its effect is visible.
        sequence: Sequence,
        /// What the caller was told.
        reply: Value,
    },
    /// It was refused.
    Rejected(Rejection),
}

/// A lease to renew.
#[derive(Debug, Clone)]
pub struct Beat {
    /// The org.
    pub org: OrgId,
    /// The lease.
    pub source: SourceId,
    /// The lease.
    pub branch: String,
    /// Whose it must be.
    pub job: JobId,
    /// The epoch it must have.
    pub epoch: LeaseEpoch,
    /// Hex SHA-256 of the run token it must have.
    pub run_token_hash: String,
    /// The present.
    pub now: Timestamp,
    /// Until when it then lasts.
    pub expires_at: Timestamp,
}

/// A line of a run's log on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// When.
    pub at: Timestamp,
    /// How much it matters.
    pub level: LogLevel,
    /// During which step.
    pub step: Option<StepName>,
    /// For which space.
    pub space_id: Option<SpaceId>,
    /// What happened.
    pub message: String,
}

/// A line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLine {
    /// Its place in the job's log, from 1, without gaps.
    pub seq: i64,
    /// The line.
    pub line: NewLine,
}

/// Whose rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One org's.
    Org(OrgId),
    /// Every org's: for signing in, and for finding the integration that a webhook is for.
    Everyone,
}

/// Asks a view for rows until it has them all, as a decider does.
pub type Question = Box<dyn Fn(&View) -> Result<(), Stop> + Send + Sync>;

/// Which events are asked for; what is empty does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// One org's.
    pub org: Option<OrgId>,
    /// Of this stream.
    pub stream: Option<Stream>,
    /// Of these types; a trailing `.` takes all types that start so.
    pub types: Vec<String>,
    /// By this actor.
    pub actor: Option<String>,
    /// Newest first, going back from `after` (or from the head when it is 0).
    pub backwards: bool,
}

/// A page of events.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events, in the order asked for.
    pub events: Vec<Event>,
    /// Where to go on; `None` when there is no more now.
    pub next: Option<Sequence>,
    /// The head of the log when it was read.
    pub head: Sequence,
}

/// What waits for time to pass.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// Leases whose time is over and that still name a job: `(org, source, branch, job)`.
    pub expired_leases: Vec<(OrgId, SourceId, String, JobId)>,
    /// When to look again, where something is known to come due.
    pub next_at: Option<Timestamp>,
}

/// What `verify` compares and finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Events folded.
    pub events: u64,
    /// Rows compared.
    pub rows: u64,
    /// Rows that differ from the fold, are missing, or should not be there: table, key, what.
    pub differences: Vec<String>,
}

/// The store did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached or is busy; nothing was written, and trying again may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// It may or may not have been written; ask again with the same id.
    #[error("the outcome of the commit is not known: {0}")]
    Unknown(String),
    /// A fault.
    #[error("the database refused: {0}")]
    Internal(String),
    /// The file was written by something that this jolli does not know, or is locked by another server.
    #[error("{0}")]
    Refused(String),
}

/// A database that a server may be using, over connections that write nothing.
#[async_trait]
pub trait Look: Send + Sync {
    /// Events after `after`, in order, at most `limit`.
    async fn events(
        &self,
        filter: EventFilter,
        after: Sequence,
        limit: NonZeroU32,
    ) -> Result<EventPage, StoreError>;

    /// Compares every row with the fold of the log, as of one moment.
    async fn verify(&self) -> Result<Drift, StoreError>;
}

/// A store. One conformance suite holds for every implementation.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Decides, folds and writes a command: atomic, durable before it answers, batched with what else waits.
    async fn execute(&self, command: Submit) -> Result<Outcome, StoreError>;

    /// Renews leases; no event, no head lock. Answers in order whether each is still held by that run.
    async fn renew(&self, beats: Vec<Beat>) -> Result<Vec<bool>, StoreError>;

    /// Appends lines to a job's log; answers the last line's place.
    async fn append_log(
        &self,
        org: OrgId,
        job: JobId,
        lines: Vec<NewLine>,
    ) -> Result<i64, StoreError>;

    /// Lines of a job's log after `after`, at most `limit`.
    async fn log(
        &self,
        org: OrgId,
        job: JobId,
        after: i64,
        limit: NonZeroU32,
    ) -> Result<Vec<StoredLine>, StoreError>;

    /// Keeps bytes under their SHA-256 (hex), before the command that refers to them and may come much later; what comes
    /// with the command is a part of it (`Submit`).
    async fn put_blob(&self, org: OrgId, bytes: Bytes) -> Result<String, StoreError>;

    /// The bytes of that SHA-256.
    async fn blob(&self, org: OrgId, sha256: &str) -> Result<Option<Bytes>, StoreError>;

    /// Asks `next` what it needs to know, and answers that, until it needs nothing more; everything is of one moment, and the
    /// view says as of which position.
    async fn converse(
        &self,
        scope: Scope,
        next: &mut Next<'_>,
    ) -> Result<(View, Sequence), StoreError>;

    /// Answers needs, all of one moment.
    async fn read(&self, scope: Scope, needs: Vec<Need>) -> Result<(View, Sequence), StoreError> {
        let mut needs = Some(needs);
        self.converse(scope, &mut |_| needs.take().unwrap_or_default())
            .await
    }

    /// Answers a question with the org's rows as they were at `at` (engine.md: looking back); `None` when the log does not
    /// reach there. Only rows that are folded from the log have a past.
    async fn past(
        &self,
        org: OrgId,
        at: Sequence,
        question: Question,
    ) -> Result<Option<View>, StoreError>;

    /// A row of any org, by key: for tokens and integrations, which come before the org is known.
    async fn locate(&self, key: Key) -> Result<Option<Row>, StoreError>;

    /// The newest finished or running outcome of every `(source, space)` of the org.
    async fn latest_outcomes(&self, org: OrgId) -> Result<Vec<JobSpaceRow>, StoreError>;

    /// What came and what ran in a window of time, counted, as of one moment.
    async fn pulse(&self, org: OrgId, window: Window) -> Result<Pulse, StoreError>;

    /// Events after `after`, in order, at most `limit`.
    async fn events(
        &self,
        filter: &EventFilter,
        after: Sequence,
        limit: NonZeroU32,
    ) -> Result<EventPage, StoreError>;

    /// The head of the log as a hint; `events` is the truth.
    fn head(&self) -> watch::Receiver<Sequence>;

    /// What waits for time to pass.
    async fn due(&self, now: Timestamp) -> Result<Due, StoreError>;

    /// Notes that a token was used; written at most once a minute for each.
    async fn token_used(
        &self,
        org: OrgId,
        token: crate::domain::id::TokenId,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// When tokens of the org were last used.
    async fn tokens_used(
        &self,
        org: OrgId,
    ) -> Result<Vec<(crate::domain::id::TokenId, Timestamp)>, StoreError>;

    /// Compares every row with a fold of the log.
    async fn verify(&self) -> Result<Drift, StoreError>;

    /// Folds every row anew from the log and mends what differs, in one step for those who read; says what differed.
    async fn rebuild(&self) -> Result<Drift, StoreError>;

    /// Removes what has aged by `now`; events never do.
    async fn retain(&self, policy: &Retention, now: Timestamp) -> Result<Swept, StoreError>;

    /// Whether it answers, within `patience`.
    async fn health(&self, patience: Duration) -> Result<(), StoreError>;

    /// Waits for what is queued to be written, then closes.
    async fn close(&self);
}
