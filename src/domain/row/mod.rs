//! Rows: what is. Each is a fold of exactly one stream (engine.md: one fold), except those of the tables that are side
//! state. Field names are column names; conversions to the wire live in the server.

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod job;
mod orchestration;
mod remote;

pub use job::{
    AgentTurn, DocumentRef, JobFailure, JobRow, JobSpaceRow, LeaseRow, RunnerRow, StepState,
};
pub use orchestration::{
    ActivityRow, ApprovalRow, CheckpointRow, DiffBlobRow, MessageRow, ProjectRow, SessionRow,
    SessionRuntimeRow, ThreadRow, TurnRow,
};
pub use remote::{LookRow, Pause, QueuePause, Trouble};

use super::attention::{AttentionRule, Diagnostic};
use super::event::Stream;
use super::id::{
    ActivityId, DeliveryId, IntegrationId, JobId, MessageId, OrgId, ProjectId, RequestId, SourceId,
    SpaceId, ThreadId, TokenId, TurnId,
};
use super::kind::{
    DeliveryStatus, IntegrationStatus, Provider, Role, RuntimeMode, Sandbox, SourceKind, SourceType,
};
use super::scalar::Scalar;
use crate::base::Timestamp;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgRow {
    /// Itself; here so that every row says its org in the same column.
    pub org_id: OrgId,
    /// Its slug, as in JRNs.
    pub slug: String,
    /// The kinds of jobs that nobody may claim for now.
    #[serde(default)]
    pub paused_queues: Vec<QueuePause>,
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
    /// What its repositories are cloned with; `None`: as the operator's own git settings say.
    pub credential: Option<CredentialRef>,
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

/// A user name, and how its secret is recognised; the material is in the secrets table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialRef {
    /// The user name that goes with it.
    pub user: String,
    /// First 8 hex digits of its SHA-256, for people.
    pub fingerprint: String,
    /// Since when.
    pub set_at: Timestamp,
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

/// What was uploaded to a source, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilesHead {
    /// The name of its commit.
    pub version: String,
    /// How many files there are.
    pub count: i64,
    /// All of them, path by path: a blob.
    pub manifest: String,
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
    /// Set while its jobs are queued and wait.
    pub paused: Option<Pause>,
    /// What was uploaded to it, where it has no repository.
    pub files: Option<FilesHead>,
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
    /// The head that it was linked at, until the cursor first moves: what came before is nobody's work.
    pub baseline_sha: Option<String>,
    /// When looking found a head that no delivery had told of; none was told of since.
    pub missed_at: Option<Timestamp>,
    /// What looking found wrong with its remote.
    pub trouble: Option<Trouble>,
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
    /// What an agent may do there without asking.
    pub runtime_mode: RuntimeMode,
    /// Where its agents run; none: where the worker has them.
    pub sandbox: Option<Sandbox>,
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
    Orgs: OrgRow = "orgs", key(org_id: OrgId), json("paused_queues");
    /// Access tokens.
    Tokens: TokenRow = "tokens", key(id: TokenId), json();
    /// Integrations.
    Integrations: IntegrationRow = "integrations", key(id: IntegrationId), json("secrets", "credential");
    /// Deliveries.
    Deliveries: DeliveryRow = "deliveries", key(id: DeliveryId), json("job_ids", "headers");
    /// Sources (seed 004).
    Sources: SourceRow = "sources", key(id: SourceId), json("paused", "files", "cursor", "trouble", "history");
    /// Spaces.
    Spaces: SpaceRow = "spaces", key(id: SpaceId), json();
    /// Bindings (seed 004).
    SpaceSources: BindingRow = "space_sources", key(space_id: SpaceId, source_id: SourceId), json();
    /// Documents.
    Documents: DocumentRow = "documents", key(space_id: SpaceId, file_id: String), json("rules", "diagnostics");
    /// Jobs.
    Jobs: JobRow = "jobs", key(id: JobId), json("affected_space_ids", "steps", "error", "agent_turn");
    /// Spaces of jobs.
    JobSpaces: JobSpaceRow = "job_spaces", key(job_id: JobId, space_id: SpaceId), json("impacted_docs", "updated_docs");
    /// Projects (seed 003).
    ProjectionProjects: ProjectRow = "projection_projects", key(project_id: ProjectId), json("scripts_json");
    /// Threads.
    ProjectionThreads: ThreadRow = "projection_threads", key(thread_id: ThreadId), json();
    /// Messages of threads.
    ProjectionThreadMessages: MessageRow = "projection_thread_messages", key(thread_id: ThreadId, message_id: MessageId), json("attachments_json");
    /// Activities of threads.
    ProjectionThreadActivities: ActivityRow = "projection_thread_activities", key(thread_id: ThreadId, activity_id: ActivityId), json("payload_json");
    /// Sessions of threads.
    ProjectionThreadSessions: SessionRow = "projection_thread_sessions", key(thread_id: ThreadId), json();
    /// Turns of threads.
    ProjectionThreadTurns: TurnRow = "projection_thread_turns", key(thread_id: ThreadId, turn_id: TurnId), json();
    /// Checkpoints of threads.
    ProjectionCheckpoints: CheckpointRow = "projection_checkpoints", key(thread_id: ThreadId, checkpoint_turn_count: i64), json("files_json");
    /// Questions that wait for a person, and those that waited.
    ProjectionPendingApprovals: ApprovalRow = "projection_pending_approvals", key(thread_id: ThreadId, request_id: RequestId), json();
    /// Diffs between checkpoints: side state.
    CheckpointDiffBlobs: DiffBlobRow = "checkpoint_diff_blobs", key(thread_id: ThreadId, from_turn_count: i64, to_turn_count: i64), json();
    /// Sessions as their adapters keep them: side state.
    ProviderSessionRuntime: SessionRuntimeRow = "provider_session_runtime", key(thread_id: ThreadId), json("resume_cursor_json", "runtime_payload_json");
    /// Leases: side state.
    Leases: LeaseRow = "leases", key(source_id: SourceId, branch: String), json();
    /// Sealed secrets: side state.
    Secrets: SecretRow = "secrets", key(name: String), json();
    /// When remotes are looked at: side state.
    Looks: LookRow = "looks", key(source_id: SourceId), json();
    /// Runners that were heard of: side state.
    Runners: RunnerRow = "runners", key(name: String), json("kinds");
}

impl Key {
    /// The values of the key's columns, in their order.
    pub fn values(&self) -> Vec<Scalar> {
        match self {
            Key::ProjectionProjects(id) => vec![id.as_str().into()],
            Key::ProjectionThreads(id)
            | Key::ProjectionThreadSessions(id)
            | Key::ProviderSessionRuntime(id) => vec![id.as_str().into()],
            Key::ProjectionThreadMessages(thread, id) => {
                vec![thread.as_str().into(), id.as_str().into()]
            }
            Key::ProjectionThreadActivities(thread, id) => {
                vec![thread.as_str().into(), id.as_str().into()]
            }
            Key::ProjectionThreadTurns(thread, id) => {
                vec![thread.as_str().into(), id.as_str().into()]
            }
            Key::ProjectionPendingApprovals(thread, id) => {
                vec![thread.as_str().into(), id.as_str().into()]
            }
            Key::ProjectionCheckpoints(thread, count) => {
                vec![thread.as_str().into(), (*count).into()]
            }
            Key::CheckpointDiffBlobs(thread, from, to) => {
                vec![thread.as_str().into(), (*from).into(), (*to).into()]
            }
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
            Key::Looks(source) => vec![source.0.into()],
            Key::Secrets(name) | Key::Runners(name) => vec![name.clone().into()],
        }
    }
}

impl Table {
    /// Whether it stands beside the log instead of being folded from it (engine.md: state that is not events).
    pub const fn is_side(self) -> bool {
        matches!(
            self,
            Self::Leases
                | Self::Secrets
                | Self::Looks
                | Self::Runners
                | Self::CheckpointDiffBlobs
                | Self::ProviderSessionRuntime
        )
    }

    /// The column that says which stream a row is of, in tables that hold many rows of one stream and lead their key
    /// with it.
    pub const fn stream_column(self) -> Option<&'static str> {
        match self {
            Self::SpaceSources | Self::Documents => Some("space_id"),
            Self::JobSpaces => Some("job_id"),
            Self::ProjectionThreadMessages
            | Self::ProjectionThreadActivities
            | Self::ProjectionThreadTurns
            | Self::ProjectionCheckpoints
            | Self::ProjectionPendingApprovals
            | Self::CheckpointDiffBlobs => Some("thread_id"),
            _ => None,
        }
    }
}

impl Stream {
    /// Its id, as the columns of its rows hold it.
    pub fn scalar(&self) -> Scalar {
        match self {
            Self::Org(id) => id.0.into(),
            Self::Integration(id) => id.0.into(),
            Self::Source(id) => id.0.into(),
            Self::Space(id) => id.0.into(),
            Self::Job(id) => id.0.into(),
            Self::Project(id) => id.as_str().into(),
            Self::Thread(id) => id.as_str().into(),
        }
    }
}
