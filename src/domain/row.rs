//! Rows: what is. Each is a fold of exactly one stream (engine.md: one fold), except leases and secrets, which are side
//! state. Field names are column names; conversions to the wire live in the server.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attention::{AttentionRule, Diagnostic};
use super::id::{DeliveryId, IntegrationId, JobId, LeaseEpoch, OrgId, SourceId, SpaceId, TokenId};
use super::kind::{
    BaseReason, DeliveryStatus, IntegrationStatus, JobKind, JobStatus, Provider, Role, SourceKind,
    SourceType, SpaceStatus, StepName, StepStatus,
};
use crate::base::Timestamp;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgRow {
    /// Itself; here so that every row says its org in the same column.
    pub org_id: OrgId,
    /// Its slug, as in JRNs.
    pub slug: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its id.
    pub id: TokenId,
    /// Its name: the actor in the log.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Hex SHA-256 of the whole token.
    pub hash: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A linked provider account or repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its id.
    pub id: IntegrationId,
    /// Whose webhooks.
    pub provider: Provider,
    /// Its name.
    pub name: String,
    /// `host/owner/repo`, when it is one repository.
    pub repo: Option<String>,
    /// `host/owner`, when it is an account.
    pub account: Option<String>,
    /// `repo` or `account` as matched: case folded where the host folds it.
    pub match_key: String,
    /// Its health.
    pub status: IntegrationStatus,
    /// What the health is about.
    pub status_detail: Option<String>,
    /// When its access was last checked.
    pub last_checked_at: Option<Timestamp>,
    /// The webhook secrets that are valid, newest first; the material is in the secrets table.
    pub secrets: Vec<SecretRef>,
    /// Bumped by every change of configuration.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Points to a secret without holding it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// Its name in the secrets table.
    pub name: String,
    /// First 8 hex digits of its SHA-256, for people.
    pub fingerprint: String,
    /// Until when it is accepted; `None`: until it is rotated.
    pub valid_until: Option<Timestamp>,
}

/// A webhook as received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// Its org.
    pub org_id: OrgId,
    /// Our id of it.
    pub id: DeliveryId,
    /// The integration it came for.
    pub integration_id: IntegrationId,
    /// Whose webhook.
    pub provider: Provider,
    /// The provider's word for it.
    pub event: String,
    /// The provider's id of it.
    pub delivery_id: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// Why, as a reason code.
    pub reason: String,
    /// The repository it names, in canonical form.
    pub repo: Option<String>,
    /// The full ref.
    pub git_ref: Option<String>,
    /// The commit before.
    pub before_sha: Option<String>,
    /// The commit after.
    pub after_sha: Option<String>,
    /// The jobs it queued.
    pub job_ids: Vec<JobId>,
    /// The delivery it repeats.
    pub duplicate_of: Option<String>,
    /// Its headers, signatures left out.
    pub headers: Value,
    /// Its body, content-addressed: hex SHA-256.
    pub body_blob: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its id.
    pub id: SourceId,
    /// Unique per org.
    pub name: String,
    /// What it is read from.
    #[serde(rename = "type")]
    pub source_type: SourceType,
    /// `host/owner/repo`.
    pub repo: Option<String>,
    /// The same as matched: case folded where the host folds it.
    pub repo_key: Option<String>,
    /// The branch it follows.
    pub branch: Option<String>,
    /// What makes it true.
    pub integration_id: Option<IntegrationId>,
    /// Off: it queues nothing.
    pub enabled: bool,
    /// How far it was processed.
    pub cursor: Option<CursorValue>,
    /// Bumped by cursor events only.
    pub cursor_version: i64,
    /// The run that last moved it.
    pub cursor_job_id: Option<JobId>,
    /// Raised by a clear or an operator's replay.
    pub generation: i64,
    /// The newest head seen of its branch.
    pub head_sha: Option<String>,
    /// When it was seen.
    pub head_at: Option<Timestamp>,
    /// When the oldest head was seen that is not processed.
    pub pending_since: Option<Timestamp>,
    /// Commits between cursor and head, as the last clone knew.
    pub commits_behind: Option<i64>,
    /// Pending heads at the last ten evaluations, oldest first.
    pub history: Vec<u32>,
    /// Bumped by every change of configuration.
    pub version: i64,
    /// Who created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl SourceRow {
    /// True once linked (seed 004: lifecycle).
    pub fn kind(&self) -> SourceKind {
        if self.integration_id.is_some() {
            SourceKind::True
        } else {
            SourceKind::Virtual
        }
    }

    /// Whether a head was seen that the cursor has not reached.
    pub fn is_pending(&self) -> bool {
        self.pending_since.is_some()
    }
}

/// The opaque checkpoint of a source (seed 004).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CursorValue {
    /// A commit for `git`.
    pub value: String,
    /// When it moved there.
    pub updated_at: Timestamp,
}

/// A space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its id.
    pub id: SpaceId,
    /// Its name.
    pub name: String,
    /// Unique per org.
    pub slug: String,
    /// What it is for.
    pub description: Option<String>,
    /// Bumped by every accepted push; what `sync pull` counts in.
    pub sync_cursor: i64,
    /// Live documents.
    pub documents: i64,
    /// Bumped by every change of configuration.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// This space watches this source (table `space_sources`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingRow {
    /// Its org.
    pub org_id: OrgId,
    /// The space.
    pub space_id: SpaceId,
    /// The source.
    pub source_id: SourceId,
    /// Narrows which events reach the space.
    pub jrn_pattern: Option<String>,
    /// Off: nothing of the source reaches the space.
    pub enabled: bool,
    /// Bumped by every change.
    pub version: i64,
    /// When it was bound.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A document as the server has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its space.
    pub space_id: SpaceId,
    /// The id that clients know it by: its `jrn`, or its path.
    pub file_id: String,
    /// Where it stands.
    pub path: String,
    /// Grows by one with every change.
    pub version: i64,
    /// Its text, content-addressed: hex SHA-256.
    pub blob: Option<String>,
    /// Deleted, and kept so that a pull can say so.
    pub deleted: bool,
    /// The space's sync cursor at its last change.
    pub changed_at: i64,
    /// Its attention rules.
    pub rules: Vec<AttentionRule>,
    /// What could not be read of its frontmatter.
    pub diagnostics: Vec<Diagnostic>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// Where it stands.
    pub status: JobStatus,
    /// The source it concerns.
    pub source_id: SourceId,
    /// Where its credentials come from.
    pub integration_id: Option<IntegrationId>,
    /// What the event was about.
    pub event_jrn: String,
    /// The branch of the event; with the source, what its lease is about.
    pub branch: String,
    /// The commit to process; `None`: the branch's head when the run looks.
    pub head_sha: Option<String>,
    /// The event's own `before`.
    pub before_sha: Option<String>,
    /// History was rewritten.
    pub forced: bool,
    /// Which time this pair of commits comes up (sources.md §8: idempotency).
    pub occurrence: i64,
    /// The source's generation when it was queued.
    pub generation: i64,
    /// Where the change set starts.
    pub base_sha: Option<String>,
    /// Why there.
    pub base_reason: Option<BaseReason>,
    /// The event is of the source's own branch.
    pub moves_cursor: bool,
    /// The spaces it reached at intake.
    pub affected_space_ids: Vec<SpaceId>,
    /// From 1; 0 while it never started.
    pub attempt: i64,
    /// After how many it is given up.
    pub max_attempts: i64,
    /// Who runs it.
    pub runner: Option<String>,
    /// The epoch of its lease.
    pub epoch: Option<LeaseEpoch>,
    /// Its steps, in order.
    pub steps: Vec<StepState>,
    /// The run that made it unnecessary.
    pub superseded_by: Option<JobId>,
    /// Why it ended as it did, or why it waits.
    pub error: Option<JobFailure>,
    /// The provider's id of the delivery that queued it.
    pub delivery_id: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When its first attempt started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When it may be claimed; set while it waits.
    pub next_attempt_at: Option<Timestamp>,
    /// Bumped by every event.
    pub version: i64,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepState {
    /// Which.
    pub name: StepName,
    /// Where it stands.
    pub status: StepStatus,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What came of it.
    pub detail: Option<String>,
}

/// Why a job ended, or waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFailure {
    /// Stable code.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// One space of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSpaceRow {
    /// Its org.
    pub org_id: OrgId,
    /// The job.
    pub job_id: JobId,
    /// The space.
    pub space_id: SpaceId,
    /// The job's source.
    pub source_id: SourceId,
    /// Where it stands.
    pub status: SpaceStatus,
    /// What it is at while it runs.
    pub phase: Option<String>,
    /// Documents that the change concerns.
    pub impacted_docs: Vec<DocumentRef>,
    /// Documents that were changed.
    pub updated_docs: Vec<DocumentRef>,
    /// Why it failed or was skipped.
    pub error: Option<String>,
    /// The thread of its work.
    pub thread_id: Option<String>,
    /// Which attempt touched it last.
    pub attempt: i64,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A document, by its id and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentRef {
    /// Its `jrn`, where it has one.
    pub doc_id: Option<String>,
    /// Its path.
    pub path: String,
}

/// The lease of a `(source, branch)`: side state, never deleted (engine.md: state that is not events).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRow {
    /// Its org.
    pub org_id: OrgId,
    /// The source.
    pub source_id: SourceId,
    /// The branch.
    pub branch: String,
    /// The job that holds it; `None`: free.
    pub job_id: Option<JobId>,
    /// The last epoch given; only grows.
    pub epoch: LeaseEpoch,
    /// Hex SHA-256 of the run's token.
    pub run_token_hash: Option<String>,
    /// Who holds it.
    pub runner: Option<String>,
    /// When it ends unless renewed.
    pub expires_at: Option<Timestamp>,
}

impl LeaseRow {
    /// Whether somebody holds it at `now`.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.job_id.is_some() && self.expires_at.is_some_and(|at| at > now)
    }
}

/// A sealed secret: side state. The material is encrypted before it comes here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its name: `integration/12/webhook/1`.
    pub name: String,
    /// Which master key sealed it.
    pub key_id: String,
    /// Hex nonce.
    pub nonce: String,
    /// Hex ciphertext with its tag.
    pub ciphertext: String,
    /// When it was written.
    pub created_at: Timestamp,
}

macro_rules! tables {
    ($($(#[$doc:meta])* $variant:ident: $row:ident = $table:literal, key($($key:ident: $kty:ty),+), json($($json:literal),*);)+) => {
        /// The tables of rows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $variant),+ }

        impl Table {
            /// Every table.
            pub const ALL: &'static [Table] = &[$(Table::$variant),+];
            /// Its name in the databases.
            pub const fn name(self) -> &'static str { match self { $(Table::$variant => $table),+ } }
            /// The columns of its key besides `org_id`, in order.
            pub const fn key_columns(self) -> &'static [&'static str] {
                match self { $(Table::$variant => &[$(stringify!($key)),+]),+ }
            }
            /// The columns that hold JSON.
            pub const fn json_columns(self) -> &'static [&'static str] { match self { $(Table::$variant => &[$($json),*]),+ } }
        }

        /// A row of any table.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Row { $($(#[$doc])* $variant($row)),+ }

        impl Row {
            /// Its table.
            pub const fn table(&self) -> Table { match self { $(Row::$variant(_) => Table::$variant),+ } }
            /// Its org.
            pub const fn org(&self) -> OrgId { match self { $(Row::$variant(row) => row.org_id),+ } }
            /// Its key.
            pub fn key(&self) -> Key { match self { $(Row::$variant(row) => Key::$variant($(row.$key.clone()),+)),+ } }
            /// Its columns by name.
            pub fn to_value(&self) -> Value {
                match self { $(Row::$variant(row) => serde_json::to_value(row)),+ }.expect("rows are plain data")
            }
            /// The row of `table` with these columns.
            pub fn from_value(table: Table, value: Value) -> Result<Self, serde_json::Error> {
                Ok(match table { $(Table::$variant => Row::$variant(serde_json::from_value(value)?)),+ })
            }
        }

        /// Which row, within its org.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Key { $($(#[$doc])* $variant($($kty),+)),+ }

        impl Key {
            /// Its table.
            pub const fn table(&self) -> Table { match self { $(Key::$variant(..) => Table::$variant),+ } }
        }

        $(
            impl From<$row> for Row { fn from(row: $row) -> Self { Row::$variant(row) } }
            impl Record for $row {
                const TABLE: Table = Table::$variant;
                fn from_row(row: Row) -> Option<Self> { match row { Row::$variant(row) => Some(row), _ => None } }
                fn of(row: &Row) -> Option<&Self> { match row { Row::$variant(row) => Some(row), _ => None } }
            }
        )+
    };
}

/// A row type, tied to its table.
pub trait Record: Into<Row> + Sized {
    /// Its table.
    const TABLE: Table;
    /// Out of a row of that table.
    fn from_row(row: Row) -> Option<Self>;
    /// Borrowed out of a row of that table.
    fn of(row: &Row) -> Option<&Self>;
}

tables! {
    /// Organisations.
    Orgs: OrgRow = "orgs", key(org_id: OrgId), json();
    /// Access tokens.
    Tokens: TokenRow = "tokens", key(id: TokenId), json();
    /// Integrations.
    Integrations: IntegrationRow = "integrations", key(id: IntegrationId), json("secrets");
    /// Deliveries.
    Deliveries: DeliveryRow = "deliveries", key(id: DeliveryId), json("job_ids", "headers");
    /// Sources (seed 004).
    Sources: SourceRow = "sources", key(id: SourceId), json("cursor", "history");
    /// Spaces.
    Spaces: SpaceRow = "spaces", key(id: SpaceId), json();
    /// Bindings (seed 004).
    SpaceSources: BindingRow = "space_sources", key(space_id: SpaceId, source_id: SourceId), json();
    /// Documents.
    Documents: DocumentRow = "documents", key(space_id: SpaceId, file_id: String), json("rules", "diagnostics");
    /// Jobs.
    Jobs: JobRow = "jobs", key(id: JobId), json("affected_space_ids", "steps", "error");
    /// Spaces of jobs.
    JobSpaces: JobSpaceRow = "job_spaces", key(job_id: JobId, space_id: SpaceId), json("impacted_docs", "updated_docs");
    /// Leases: side state.
    Leases: LeaseRow = "leases", key(source_id: SourceId, branch: String), json();
    /// Sealed secrets: side state.
    Secrets: SecretRow = "secrets", key(name: String), json();
}

impl Key {
    /// The values of the key's columns, in their order.
    pub fn values(&self) -> Vec<super::scalar::Scalar> {
        match self {
            Key::Orgs(id) => vec![id.0.into()],
            Key::Tokens(id) => vec![id.0.into()],
            Key::Integrations(id) => vec![id.0.into()],
            Key::Deliveries(id) => vec![id.0.into()],
            Key::Sources(id) => vec![id.0.into()],
            Key::Spaces(id) => vec![id.0.into()],
            Key::SpaceSources(space, source) => vec![space.0.into(), source.0.into()],
            Key::Documents(space, file) => vec![space.0.into(), file.clone().into()],
            Key::Jobs(id) => vec![id.0.into()],
            Key::JobSpaces(job, space) => vec![job.0.into(), space.0.into()],
            Key::Leases(source, branch) => vec![source.0.into(), branch.clone().into()],
            Key::Secrets(name) => vec![name.clone().into()],
        }
    }
}
