//! The org's read model in one answer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Binding, Delivery, Finding, Integration, Job, Source, Space};
use crate::domain::id::{OrgId, Sequence};

/// Everything that a console shows, as of one position of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The position; follow the feed from here.
    pub snapshot_sequence: Sequence,
    /// The org.
    pub org: Org,
    /// All sources.
    pub sources: Vec<Source>,
    /// All spaces.
    pub spaces: Vec<Space>,
    /// All bindings.
    pub bindings: Vec<Binding>,
    /// All integrations.
    pub integrations: Vec<Integration>,
    /// The newest jobs (200), newest first.
    pub jobs: Vec<Job>,
    /// The newest deliveries (200), newest first.
    pub deliveries: Vec<Delivery>,
    /// What strict mode finds among what the server knows.
    pub conflicts: Vec<Finding>,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// Its slug, as in JRNs.
    pub slug: String,
}
