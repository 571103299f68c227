//! What a diagnosis says: state, findings, evidence, and what to do (sources.md §9: diagnosis).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::call::Call;
use crate::base::Timestamp;
use crate::domain::id::{DeliveryId, IntegrationId, JobId, Sequence, SourceId, SpaceId};
use crate::domain::kind::{CursorState, Role, Severity};

/// The diagnosis of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// The source.
    pub source_id: SourceId,
    /// Its name.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// The state of its cursor.
    pub state: CursorState,
    /// Since when, where that is known.
    #[schema(value_type = Option<String>)]
    pub since: Option<Timestamp>,
    /// What the state means, in a sentence: `Runs are tried and none completes.`
    pub summary: String,
    /// What last moved the cursor.
    pub moved: Option<CursorMove>,
    /// What would move it next, in a sentence.
    pub moves_next: String,
    /// Everything that holds, the primary first.
    pub findings: Vec<DiagnosisFinding>,
    /// How many rules were evaluated and do not hold.
    pub clear: u32,
    /// Rules that could not be evaluated, and why.
    pub not_evaluated: Vec<String>,
}

/// One rule that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiagnosisFinding {
    /// `D-17`.
    pub code: String,
    /// `space_failed`.
    pub name: String,
    /// How bad.
    pub severity: Severity,
    /// Since when, where that is known.
    #[schema(value_type = Option<String>)]
    pub since: Option<Timestamp>,
    /// One sentence.
    pub summary: String,
    /// What it rests on, newest first.
    pub evidence: Vec<Evidence>,
    /// The one thing that would move it; `null`: nothing to do.
    pub next_action: Option<Action>,
    /// Other things that would.
    pub other_actions: Vec<Action>,
}

/// One thing that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// When.
    #[schema(value_type = Option<String>)]
    pub at: Option<Timestamp>,
    /// What.
    pub text: String,
    /// What it opens.
    pub link: Option<EvidenceLink>,
}

/// What a line of evidence opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "kind", content = "id")]
pub enum EvidenceLink {
    /// A run.
    Job(JobId),
    /// A delivery.
    Delivery(DeliveryId),
    /// An integration.
    Integration(IntegrationId),
    /// A space.
    Space(SpaceId),
    /// An entry of the event log.
    Event(Sequence),
}

/// What an operator may do about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// A few words: `Retry the failed space`.
    pub label: String,
    /// The console's command: `run-retry`.
    pub command: String,
    /// The call; with `?dryRun=true` it tells its effect. `null`: the console's command asks for more first.
    pub call: Option<Call>,
    /// The least role.
    pub role: Role,
    /// Whether it cannot be taken back.
    pub destructive: bool,
}

/// Something that holds or does not, by type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// `Ready`, `Reachable`, `Delivering`.
    #[serde(rename = "type")]
    pub condition_type: String,
    /// `yes`, `no`, `unknown`.
    pub status: String,
    /// One word: `SpaceFailed`.
    pub reason: String,
    /// One sentence.
    pub message: String,
    /// When it last changed.
    #[schema(value_type = Option<String>)]
    pub last_transition_time: Option<Timestamp>,
}

/// What moved a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CursorMove {
    /// The run that moved it.
    pub job_id: Option<JobId>,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// The finding that names why a cursor stands where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrimaryFinding {
    /// `D-17`.
    pub code: String,
    /// `space_failed`.
    pub name: String,
}
