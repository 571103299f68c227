//! Sources and their cursors (seed 004).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::domain::diagnosis::{CursorMove, PrimaryFinding};

use super::{Binding, Condition};
use crate::base::Timestamp;
use crate::domain::id::{IntegrationId, JobId, LeaseEpoch, SourceId};
use crate::domain::kind::{CursorState, RebaselineMode, RuntimeMode, SourceKind, SourceType};
pub use crate::domain::row::Pause;

/// A source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its name, unique per org.
    pub name: String,
    /// What it is read from.
    #[serde(rename = "type")]
    pub source_type: SourceType,
    /// `host/owner/repo`.
    pub repo: Option<String>,
    /// The branch it follows; `null` follows the provider's default.
    pub branch: Option<String>,
    /// The integration that makes it true.
    pub integration_id: Option<IntegrationId>,
    /// Off: no event of it queues anything.
    pub enabled: bool,
    /// Set while its jobs are held back: who did that, since when, and why.
    #[serde(default)]
    pub paused: Option<Pause>,
    /// How far it has been processed.
    pub cursor: Option<Cursor>,
    /// When it was created.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// Whether it is linked.
    pub kind: SourceKind,
    /// Version of its configuration: the `ETag`.
    pub version: i64,
    /// Version of its cursor: what compare-and-swap compares.
    pub cursor_version: i64,
    /// Raised by a cursor clear or an operator's replay (sources.md §8).
    pub generation: i64,
    /// The state of its cursor.
    pub state: CursorState,
    /// Since when, where that is known.
    #[schema(value_type = Option<String>)]
    pub state_since: Option<Timestamp>,
    /// Code of the primary finding, such as `D-17`, and its name, while there is one.
    pub primary: Option<PrimaryFinding>,
    /// The newest head seen of its branch.
    pub head: Option<Head>,
    /// When the oldest head was seen that has not been processed; lag counts from it.
    #[schema(value_type = Option<String>)]
    pub pending_since: Option<Timestamp>,
    /// Commits between cursor and head, where a clone knows.
    pub commits_behind: Option<i64>,
    /// Pending events at the last evaluations (at most 10), oldest first.
    pub history: Vec<u32>,
    /// What last moved the cursor.
    pub moved: Option<CursorMove>,
    /// Who created it.
    pub created_by: Option<String>,
}

/// The opaque checkpoint of a source (seed 004: source cursor).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// A commit for `git`.
    pub value: String,
    /// When it moved there.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

/// A head of a branch as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The commit.
    pub sha: String,
    /// When it was seen.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// A source with what only its own page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourcePage {
    /// The source.
    #[serde(flatten)]
    pub source: Source,
    /// What holds of it, by type.
    pub conditions: Vec<Condition>,
    /// The lease of its branch: free, or who holds it.
    pub lease: Option<super::job::LeaseView>,
    /// When its remote was looked at last, besides what webhooks told.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub looked_at: Option<Timestamp>,
}

/// A source as one space sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpaceSource {
    /// The source.
    #[serde(flatten)]
    pub source: Source,
    /// How the space is bound to it.
    pub binding: Binding,
}

/// `POST /sources`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSource {
    /// Unique per org.
    pub name: String,
    /// `git` or `file`.
    #[serde(rename = "type", default = "git")]
    pub source_type: SourceType,
    /// Any accepted form of a coordinate; stored as `host/owner/repo`.
    #[serde(default)]
    pub repo: Option<String>,
    /// The branch to follow.
    #[serde(default)]
    pub branch: Option<String>,
    /// Makes it true from the start.
    #[serde(default)]
    pub integration_id: Option<IntegrationId>,
    /// On unless `false`.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn git() -> SourceType {
    SourceType::Git
}
const fn yes() -> bool {
    true
}

/// `PATCH /sources/:id`: a field that is absent stays; `null` empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourcePatch {
    /// A new name.
    #[serde(
        default,
        deserialize_with = "super::mutation::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// Another type.
    #[serde(
        rename = "type",
        default,
        deserialize_with = "super::mutation::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub source_type: Option<SourceType>,
    /// Another repository; resets the cursor.
    #[serde(
        default,
        deserialize_with = "super::mutation::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub repo: Option<Option<String>>,
    /// Another branch; resets the cursor.
    #[serde(
        default,
        deserialize_with = "super::mutation::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub branch: Option<Option<String>>,
    /// Another integration; resets the cursor. `null` unlinks.
    #[serde(
        default,
        deserialize_with = "super::mutation::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub integration_id: Option<Option<IntegrationId>>,
    /// On or off.
    #[serde(
        default,
        deserialize_with = "super::mutation::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub enabled: Option<bool>,
}

/// `POST /sources/:id/link`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkRequest {
    /// The integration that will deliver its events.
    pub integration_id: IntegrationId,
}

/// `POST /sources/:id/catch-up`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CatchUp {
    /// Why, for the record.
    #[serde(default)]
    pub reason: Option<String>,
    /// What agents of the run may do without asking; absent: as each space says.
    #[serde(default)]
    pub runtime_mode: Option<RuntimeMode>,
}

/// `POST /sources/:id/rebaseline`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rebaseline {
    /// Where the run starts: where the histories of cursor and head part, at the head (nothing is looked at), or nowhere
    /// (everything counts as changed).
    pub mode: RebaselineMode,
    /// Why, for the record.
    #[serde(default)]
    pub reason: Option<String>,
}

/// `POST /sources/:id/pause` and `POST /queues/:kind/pause`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PauseRequest {
    /// Why, for the record.
    #[serde(default)]
    pub reason: Option<String>,
}

/// `PATCH /sources/:id/cursor`, by the runner that holds the lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CursorAdvance {
    /// The commit that was processed.
    pub value: String,
    /// The cursor version that the run started from; another one is answered 412.
    pub expected_version: i64,
    /// The epoch of the run's lease.
    pub epoch: LeaseEpoch,
    /// The run's token.
    pub run_token: String,
    /// The job that moves it.
    pub job_id: JobId,
}
