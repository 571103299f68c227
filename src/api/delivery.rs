//! Webhook deliveries as received, and what became of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::Timestamp;
use crate::domain::id::{DeliveryId, IntegrationId, JobId, SourceId, SpaceId};
use crate::domain::kind::{DeliveryStatus, Provider};

/// One webhook request as received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Our id of it.
    pub id: DeliveryId,
    /// The integration it came for.
    pub integration_id: IntegrationId,
    /// Whose webhook.
    pub provider: Provider,
    /// The provider's word for it: `push`, `ping`.
    pub event: String,
    /// The provider's id of it; the same id again is the same delivery.
    pub delivery_id: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// The reason a person can read: `queued`, `ignored:other-branch`, `rejected:signature`.
    pub reason: String,
    /// The full ref it was about.
    #[serde(rename = "ref")]
    pub git_ref: Option<String>,
    /// The commit before.
    pub before: Option<String>,
    /// The commit after.
    pub after: Option<String>,
    /// The jobs it queued.
    pub job_ids: Vec<JobId>,
    /// The delivery that this one repeats, where it does.
    pub duplicate_of: Option<String>,
    /// When it came.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
}

/// A delivery with what only its own page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryPage {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// The headers that came with it, signatures left out; none for viewers.
    pub headers: BTreeMap<String, String>,
    /// Its body; `null` once it is no longer kept, and for viewers.
    pub body: Option<String>,
}

/// The answer to a webhook that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// It is on disk.
    pub received: bool,
    /// The provider's id of it.
    pub delivery_id: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// Why, as a reason code.
    pub reason: String,
    /// The jobs it queued.
    pub jobs: Vec<JobId>,
}

/// `POST /webhooks/preview`: an event that might come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewRequest {
    /// Whose webhook; absent: as the repository's host tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// Any accepted form of a coordinate.
    pub repo: String,
    /// The full ref, or the name of a branch.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// The commit before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The commit after; absent: one that never came before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The answer to `POST /webhooks/preview`: what this event would touch, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// What would become of it, as a reason code.
    pub reason: String,
    /// Sources whose repository is the event's.
    pub sources: Vec<PreviewSource>,
    /// How many jobs it would queue.
    pub jobs: u32,
}

/// What a previewed event does to one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewSource {
    /// The source.
    pub source_id: SourceId,
    /// Its name.
    pub name: String,
    /// Whether it matches.
    pub matches: bool,
    /// Why, or why not, in a sentence.
    pub why: String,
    /// Its spaces.
    pub spaces: Vec<PreviewSpace>,
}

/// What a previewed event does to one space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewSpace {
    /// The space.
    pub space_id: SpaceId,
    /// Its name.
    pub name: String,
    /// Whether it would run.
    pub runs: bool,
    /// Why, or why not.
    pub why: String,
}
