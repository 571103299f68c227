//! Jobs: what one event of a source makes run, step by step and space by space (sources.md §9).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::Timestamp;
use crate::domain::id::{IntegrationId, JobId, LeaseEpoch, SourceId, SpaceId};
pub use crate::domain::job::BaseCandidate;
use crate::domain::kind::{
    BaseReason, JobKind, JobStatus, LogLevel, RebaselineMode, RuntimeMode, SpaceStatus, StepName,
    StepStatus,
};
pub use crate::domain::row::AgentTurn;

/// A job. The screen calls a run of it `#91`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// Where it stands.
    pub status: JobStatus,
    /// The source it concerns.
    pub source_id: SourceId,
    /// The integration that its credentials come from.
    pub integration_id: Option<IntegrationId>,
    /// What the event was about.
    pub event_jrn: String,
    /// The branch of the event.
    pub branch: Option<String>,
    /// The commit to process.
    pub head_sha: Option<String>,
    /// The commit that the change set starts from.
    pub base_sha: Option<String>,
    /// Why it starts there.
    pub base_reason: Option<BaseReason>,
    /// The spaces that the event reached at intake; never grows.
    pub affected_space_ids: Vec<SpaceId>,
    /// Which attempt this is, from 1; 0 while it never started.
    pub attempt: i64,
    /// After how many it is given up.
    pub max_attempts: i64,
    /// Who runs it.
    pub runner: Option<String>,
    /// The epoch of its lease.
    pub epoch: Option<LeaseEpoch>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Its spaces, in the order of their ids.
    pub spaces: Vec<JobSpace>,
    /// The run that made this one unnecessary.
    pub superseded_by: Option<JobId>,
    /// Why it ended as it did, or why it waits.
    pub error: Option<JobError>,
    /// The delivery that queued it, by the provider's id.
    pub delivery_id: Option<String>,
    /// What its agents may do without asking, where whoever queued it said so; otherwise each space says it.
    #[serde(default)]
    pub runtime_mode: Option<RuntimeMode>,
    /// What an operator wants of a thread: what a run of kind `agent-turn` does.
    #[serde(default)]
    pub agent_turn: Option<AgentTurn>,
    /// When it was queued.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// When its first attempt started.
    #[schema(value_type = Option<String>)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>)]
    pub finished_at: Option<Timestamp>,
    /// When it is tried again.
    #[schema(value_type = Option<String>)]
    pub next_attempt_at: Option<Timestamp>,
    /// Version: the `ETag`.
    pub version: i64,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Which.
    pub name: StepName,
    /// Where it stands.
    pub status: StepStatus,
    /// When it started.
    #[schema(value_type = String)]
    pub started_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>)]
    pub finished_at: Option<Timestamp>,
    /// What came of it, in a few words.
    pub detail: Option<String>,
}

/// One space of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobSpace {
    /// The space.
    pub space_id: SpaceId,
    /// Where it stands.
    pub status: SpaceStatus,
    /// What it is at while it runs: `pull`, `impact`, `agent`, `push`.
    pub phase: Option<String>,
    /// Documents that the change concerns.
    pub impacted_docs: Vec<DocRef>,
    /// Documents that were changed for it.
    pub updated_docs: Vec<DocRef>,
    /// Why it failed or was skipped.
    pub error: Option<String>,
    /// The thread of its work.
    pub thread_id: Option<String>,
    /// Which attempt of the job touched it last.
    pub attempt: i64,
    /// When it started.
    #[schema(value_type = Option<String>)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>)]
    pub finished_at: Option<Timestamp>,
}

/// A document, by its id and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocRef {
    /// Its `jrn`, where it has one.
    pub doc_id: Option<String>,
    /// Its path within the space.
    pub path: String,
}

/// Why a job ended, or waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobError {
    /// Stable code: `clone-failed`, `space-failed`, `lease-lost`.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// The lease of a `(source, branch)`, as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaseView {
    /// The job that holds it; `null`: it is free.
    pub job_id: Option<JobId>,
    /// The last epoch given.
    pub epoch: LeaseEpoch,
    /// Who holds it.
    pub runner: Option<String>,
    /// When it ends unless renewed.
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Timestamp>,
}

/// `POST /jobs/claim`, by a runner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimRequest {
    /// How the runner calls itself.
    pub runner: String,
    /// How many seconds to wait for one; 0 answers at once, at most 30.
    #[serde(default)]
    pub wait_seconds: u32,
    /// Which jolli the runner is.
    #[serde(default)]
    pub version: Option<String>,
    /// The kinds of jobs that it takes; absent: those that every runner takes.
    #[serde(default)]
    pub kinds: Option<Vec<JobKind>>,
    /// Who edits documents there: `none`, `command`.
    #[serde(default)]
    pub provider: Option<String>,
    /// What time the runner has.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub now: Option<Timestamp>,
}

/// A claimed job, with what its run may use. Answered 204 when there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The job.
    pub job: Job,
    /// Goes into the header `Jolli-Run` of every later call of the run.
    pub run_token: String,
    /// The epoch of the lease.
    pub epoch: LeaseEpoch,
    /// The lease ends this many seconds after its last renewal.
    pub lease_seconds: u32,
    /// The source's coordinate.
    pub repo: Option<String>,
    /// The newest upload to the source, where it has files instead of a repository.
    #[serde(default)]
    pub files: Option<String>,
    /// The source's name.
    pub source_name: String,
    /// The name of the integration that its events come from.
    pub integration_name: Option<String>,
    /// The cursor when the job was claimed.
    pub cursor: Option<String>,
    /// Its version: what the run must expect when it advances.
    pub cursor_version: i64,
    /// Whether this run moves the cursor: the event is of the source's own branch.
    pub moves_cursor: bool,
    /// The run that moved the cursor to where it is.
    pub cursor_job_id: Option<JobId>,
    /// The event said that history was rewritten.
    pub forced: bool,
    /// An operator says where the run starts, whatever the cursor says.
    #[serde(default)]
    pub rebaseline: Option<RebaselineMode>,
    /// An operator runs an event again: it is processed although the cursor may be past it, and the cursor stays then.
    pub replay: bool,
    /// A newer event of the provider's own chain makes this run unnecessary: it finishes `skipped`.
    pub superseded_by: Option<JobId>,
    /// Where the change set may start, best first; what cannot be reached is passed over.
    pub bases: Vec<BaseCandidate>,
    /// Every space of the job with its slug, in order.
    pub spaces: Vec<super::Space>,
    /// The sources of the org that have a repository, true or virtual: what rules of documents may name (seed 002).
    pub known_sources: Vec<KnownSource>,
}

/// A source that a run may clone because a rule names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownSource {
    /// As rules name it.
    pub name: String,
    /// Its coordinate: `host/owner/repo`.
    pub repo: String,
    /// The branch it follows; `null`: the provider's default.
    pub branch: Option<String>,
}

/// `POST /jobs/:id/rerun`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rerun {
    /// What agents of the run may do without asking; absent: as in the run before, else as each space says.
    #[serde(default)]
    pub runtime_mode: Option<RuntimeMode>,
}

/// `POST /jobs/:id/spaces/:spaceId/push`: writes the documents of a space and is done with it, both at once or neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpacePush {
    /// What is written; one operation that is refused holds back all.
    pub push: super::PushRequest,
    /// Documents that the change concerns.
    #[serde(default)]
    pub impacted_docs: Vec<DocRef>,
    /// Documents that are written.
    #[serde(default)]
    pub updated_docs: Vec<DocRef>,
    /// Commands to the thread of the space, as `dispatchCommand` takes them: its checkpoint, the end of its turn.
    #[serde(default)]
    pub told: Vec<super::DispatchRequest>,
}

/// `POST /jobs/:id/heartbeat`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Heartbeat {
    /// New lines of the run's log.
    #[serde(default, deserialize_with = "super::mutation::objects")]
    pub log: Vec<NewLogLine>,
}

/// The answer to a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeartbeatReply {
    /// An operator cancelled the job: stop.
    pub cancelled: bool,
    /// When the lease ends unless renewed.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
}

/// `POST /jobs/:id/steps`: a step started or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepReport {
    /// Which.
    pub name: StepName,
    /// Where it stands.
    pub status: StepStatus,
    /// What came of it.
    #[serde(default)]
    pub detail: Option<String>,
    /// With `resolve` or `checkout`: where the change set starts, and why.
    #[serde(default)]
    pub base_sha: Option<String>,
    /// Why there.
    #[serde(default)]
    pub base_reason: Option<BaseReason>,
    /// Commits between the cursor and the head, where the clone knows.
    #[serde(default)]
    pub commits_behind: Option<i64>,
    /// The commit that is processed; a job that names none keeps to it, however often it is tried.
    #[serde(default)]
    pub head_sha: Option<String>,
}

/// `POST /jobs/:id/spaces/:spaceId`: what came of one space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpaceReport {
    /// Where it stands.
    pub status: SpaceStatus,
    /// What it is at.
    #[serde(default)]
    pub phase: Option<String>,
    /// Documents that the change concerns.
    #[serde(default, deserialize_with = "super::mutation::objects")]
    pub impacted_docs: Vec<DocRef>,
    /// Documents that were changed.
    #[serde(default, deserialize_with = "super::mutation::objects")]
    pub updated_docs: Vec<DocRef>,
    /// Why it failed or was skipped.
    #[serde(default)]
    pub error: Option<String>,
}

/// `POST /jobs/:id/finish`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinishRequest {
    /// `succeeded`, `failed`, `skipped`, or `retrying` to hand it back.
    pub status: JobStatus,
    /// Why, unless it succeeded.
    #[serde(default, deserialize_with = "super::mutation::object")]
    pub error: Option<JobError>,
    /// With `skipped`: the run that made this one unnecessary.
    #[serde(default)]
    pub superseded_by: Option<JobId>,
    /// With `failed`: whether trying again may help by itself. `false` ends the job at once.
    #[serde(default = "yes")]
    pub retryable: bool,
}

const fn yes() -> bool {
    true
}

/// A line of a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// Its place, from 1, without gaps.
    pub seq: i64,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// How much it matters.
    pub level: LogLevel,
    /// During which step.
    pub step: Option<StepName>,
    /// For which space.
    pub space_id: Option<SpaceId>,
    /// What happened.
    pub message: String,
}

/// A new line of a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLogLine {
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// How much it matters.
    pub level: LogLevel,
    /// During which step.
    #[serde(default)]
    pub step: Option<StepName>,
    /// For which space.
    #[serde(default)]
    pub space_id: Option<SpaceId>,
    /// What happened.
    pub message: String,
}
