//! The pulse of an org: what came and what ran in a window of time, in slices.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::Timestamp;
use crate::domain::id::{SourceId, SpaceId};
use crate::domain::kind::{DeliveryStatus, JobStatus};

/// What came and what ran between two moments. Counts are those of the rows as they are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pulse {
    /// Where the window begins.
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// The moment behind its end.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// How long a slice is.
    pub slice_seconds: i64,
    /// Webhooks by what became of them, by when they were received: every status, also those of which none came.
    pub deliveries: Vec<DeliveryCounts>,
    /// Runs that ended, by how, by when they ended: every status that ends a run.
    pub runs: Vec<RunCounts>,
    /// Sources with runs that ended as failed in the window, and with spaces that failed.
    pub failures: Vec<SourceFailures>,
    /// Approvals that wait now.
    pub approvals: ApprovalsWaiting,
}

/// Deliveries of one status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryCounts {
    /// What became of them.
    pub status: DeliveryStatus,
    /// How many in each slice, oldest first.
    pub counts: Vec<u64>,
}

/// Runs that ended in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunCounts {
    /// How they ended.
    pub status: JobStatus,
    /// How many in each slice, oldest first.
    pub counts: Vec<u64>,
}

/// What failed of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceFailures {
    /// The source.
    pub source_id: SourceId,
    /// Its runs that failed.
    pub runs: u64,
    /// Spaces that failed in runs of it.
    pub spaces: Vec<SpaceFailures>,
}

/// How often one space failed in runs of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpaceFailures {
    /// The space.
    pub space_id: SpaceId,
    /// In how many runs.
    pub runs: u64,
}

/// Approvals that wait for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalsWaiting {
    /// How many.
    pub count: u64,
    /// When the first of them was asked for.
    #[schema(value_type = Option<String>)]
    pub oldest: Option<Timestamp>,
}

impl DeliveryCounts {
    /// In the whole window.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl RunCounts {
    /// In the whole window.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}
