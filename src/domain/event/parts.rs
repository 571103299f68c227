//! What events of sources, integrations, jobs and spaces carry.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::attention::{AttentionRule, Diagnostic};
use crate::domain::id::{DeliveryId, IntegrationId, JobId, SourceId, SpaceId};
use crate::domain::kind::{DeliveryStatus, JobKind, Provider, RebaselineMode, RuntimeMode};
use crate::domain::row::AgentTurn;

/// A repository with the key it is matched by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Repo {
    /// `host/owner/repo`.
    pub repo: String,
    /// Case folded where the host folds it.
    pub key: String,
}

/// A webhook as received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// Our id of it.
    pub id: DeliveryId,
    /// Whose webhook.
    pub provider: Provider,
    /// The provider's word for it.
    pub event: String,
    /// The provider's id of it.
    pub delivery_id: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// Why.
    pub reason: String,
    /// The repository it names.
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
    /// Its body.
    pub body_blob: Option<String>,
}

/// A job as queued: the payload contract of seed 002, and what a real history needs besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queued {
    /// What it does.
    pub kind: JobKind,
    /// The source.
    pub source_id: SourceId,
    /// Where its credentials come from.
    pub integration_id: Option<IntegrationId>,
    /// What the event was about.
    pub event_jrn: String,
    /// The event's branch.
    pub branch: String,
    /// The commit to process.
    pub head_sha: Option<String>,
    /// The event's `before`.
    pub base_sha: Option<String>,
    /// History was rewritten.
    pub forced: bool,
    /// Which time this pair comes up.
    pub occurrence: i64,
    /// The source's generation.
    pub generation: i64,
    /// It re-baselines its source, and where it then starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebaseline: Option<RebaselineMode>,
    /// The event is of the source's own branch.
    pub moves_cursor: bool,
    /// The spaces bound to the source when the event came.
    pub affected_space_ids: Vec<SpaceId>,
    /// After how many attempts it is given up.
    pub max_attempts: i64,
    /// The provider's id of the delivery.
    pub delivery_id: Option<String>,
    /// What its agents may do without asking, whatever its spaces say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_mode: Option<RuntimeMode>,
    /// The turn of a thread that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_turn: Option<AgentTurn>,
}

/// Files as uploaded, as the commit that they make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Uploaded {
    /// The name of the commit.
    pub version: String,
    /// The upload before.
    pub parent: Option<String>,
    /// The time that stands in it, in seconds since 1970.
    pub committed_at: i64,
    /// What it is about.
    pub message: String,
    /// How many files there are now.
    pub count: i64,
    /// All of them, path by path: a blob.
    pub manifest: String,
    /// What changed.
    pub files: Vec<UploadedFile>,
}

/// A file as uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadedFile {
    /// Where it stands.
    pub path: String,
    /// Its content; `None`: it is gone.
    pub blob: Option<String>,
}

/// A document as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushedDocument {
    /// Its id.
    pub file_id: String,
    /// Where it stands.
    pub path: String,
    /// Its new version.
    pub version: i64,
    /// Its text; `None`: deleted.
    pub blob: Option<String>,
    /// Its attention rules.
    pub rules: Vec<AttentionRule>,
    /// What could not be read of its frontmatter.
    pub diagnostics: Vec<Diagnostic>,
}

/// A field that is there, be it `null`; with `#[serde(default)]` an absent one is told from it.
pub(in crate::domain) fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Whether a flag says nothing and is left out. By reference, as serde gives it.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}
