//! Queues, one for each kind of job, and the runners that take from them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Pause;
use crate::base::Timestamp;
use crate::domain::kind::JobKind;

/// The jobs of one kind that wait and run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// Which kind.
    pub kind: JobKind,
    /// How many wait: to be taken, for their time, or for their integration.
    pub waiting: u64,
    /// How many run.
    pub running: u64,
    /// Set while they are held back.
    pub paused: Option<Pause>,
}

/// A runner that was heard of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Runner {
    /// How it calls itself.
    pub name: String,
    /// Which jolli it is.
    pub version: String,
    /// The kinds of jobs that it takes.
    pub kinds: Vec<JobKind>,
    /// Who edits documents there: `none`, `command`.
    pub provider: String,
    /// Whether it was heard of lately.
    pub alive: bool,
    /// When it was first heard of.
    #[schema(value_type = String)]
    pub first_seen_at: Timestamp,
    /// When it was last heard of.
    #[schema(value_type = String)]
    pub seen_at: Timestamp,
}
