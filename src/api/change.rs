//! The feed of changed rows, which a console's replica follows (engine.md: live feed).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Binding, Delivery, Finding, Integration, Job, Source, Space};
use crate::domain::id::Sequence;

/// One frame of `GET /events?rows=1`: current rows of what changed up to `sequence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowsFrame {
    /// The rows are at least as new as this position; ask again from here after a break.
    pub sequence: Sequence,
    /// The head of the log when the frame was made; larger than `sequence` while catching up.
    pub head: Sequence,
    /// What changed.
    pub changes: Vec<RowChange>,
}

/// A row that is new or changed, or one that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "op")]
pub enum RowChange {
    /// The row as it is now.
    Put {
        /// The row.
        #[serde(flatten)]
        row: Row,
    },
    /// It is gone.
    Gone {
        /// `source`, `space`, `binding`, `integration`, `job`, `delivery`.
        kind: String,
        /// Its id; of a binding `spaceId/sourceId`.
        id: String,
    },
}

/// A row of the replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "kind", content = "row")]
pub enum Row {
    /// A source.
    Source(Box<Source>),
    /// A space.
    Space(Space),
    /// A binding.
    Binding(Binding),
    /// An integration.
    Integration(Integration),
    /// A job.
    Job(Box<Job>),
    /// A delivery.
    Delivery(Delivery),
    /// All conflicts, as they are now.
    Conflicts(Vec<Finding>),
}
