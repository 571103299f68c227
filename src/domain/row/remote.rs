//! What is known of remotes without a webhook, and what operators hold back.

use serde::{Deserialize, Serialize};

use crate::base::Timestamp;
use crate::domain::id::{OrgId, SourceId};
use crate::domain::kind::{JobKind, TroubleKind};

/// When the remote of a source is looked at, and what the last look left open: side state, for it changes with every look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookRow {
    /// Its org.
    pub org_id: OrgId,
    /// The source.
    pub source_id: SourceId,
    /// When it is looked at next; `None`: not again by itself.
    pub due_at: Option<Timestamp>,
    /// When it was looked at last, whatever that told.
    pub looked_at: Option<Timestamp>,
    /// When something was first seen that a webhook may still tell.
    pub suspected_since: Option<Timestamp>,
    /// Looks in a row that found trouble.
    pub failures: i64,
}

/// What is wrong with a remote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What kind.
    pub kind: TroubleKind,
    /// In words; of a repository that moved: where it is now.
    pub detail: String,
    /// When it was found.
    pub since: Timestamp,
}

/// Who holds something back, since when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pause {
    /// Since when.
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// Who.
    pub by: String,
    /// Why, where that was said.
    pub reason: Option<String>,
}

/// A kind of jobs that nobody may claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuePause {
    /// Which.
    pub kind: JobKind,
    /// Who holds it back.
    #[serde(flatten)]
    pub pause: Pause,
}
