//! Rows of jobs, their spaces, and the leases that they hold.

use serde::{Deserialize, Serialize};

use crate::base::Timestamp;
use crate::domain::id::{
    IntegrationId, JobId, LeaseEpoch, OrgId, SourceId, SpaceId, ThreadId, TurnId,
};
use crate::domain::kind::{
    BaseReason, JobKind, JobStatus, RebaselineMode, RuntimeMode, SpaceStatus, StepName, StepStatus,
};

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// Where it stands.
    pub status: JobStatus,
    /// The source it concerns.
    pub source_id: SourceId,
    /// Where its credentials come from.
    pub integration_id: Option<IntegrationId>,
    /// What the event was about.
    pub event_jrn: String,
    /// The branch of the event; with the source, what its lease is about.
    pub branch: String,
    /// The commit to process; `None`: the branch's head when the run looks.
    pub head_sha: Option<String>,
    /// The event's own `before`.
    pub before_sha: Option<String>,
    /// History was rewritten.
    pub forced: bool,
    /// Which time this pair of commits comes up (sources.md §8: idempotency).
    pub occurrence: i64,
    /// The source's generation when it was queued.
    pub generation: i64,
    /// Where the change set starts.
    pub base_sha: Option<String>,
    /// Why there.
    pub base_reason: Option<BaseReason>,
    /// It re-baselines its source: where it starts, whatever the cursor says.
    pub rebaseline: Option<RebaselineMode>,
    /// The event is of the source's own branch.
    pub moves_cursor: bool,
    /// The spaces it reached at intake.
    pub affected_space_ids: Vec<SpaceId>,
    /// From 1; 0 while it never started.
    pub attempt: i64,
    /// After how many it is given up.
    pub max_attempts: i64,
    /// How many of its runs stopped renewing their lease.
    #[serde(default)]
    pub lost_leases: i64,
    /// Who runs it.
    pub runner: Option<String>,
    /// The epoch of its lease.
    pub epoch: Option<LeaseEpoch>,
    /// Its steps, in order.
    pub steps: Vec<StepState>,
    /// The run that made it unnecessary.
    pub superseded_by: Option<JobId>,
    /// Why it ended as it did, or why it waits.
    pub error: Option<JobFailure>,
    /// The provider's id of the delivery that queued it.
    pub delivery_id: Option<String>,
    /// What its agents may do without asking, where whoever queued it said so; otherwise each space says it.
    pub runtime_mode: Option<RuntimeMode>,
    /// What an operator wants of a thread: a job of kind `agent-turn` has it, and no other.
    pub agent_turn: Option<AgentTurn>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When its first attempt started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When it may be claimed; set while it waits.
    pub next_attempt_at: Option<Timestamp>,
    /// Bumped by every event.
    pub version: i64,
}

impl JobRow {
    /// The thread in which the run works on a space.
    pub fn thread_of(&self, space: SpaceId) -> ThreadId {
        match &self.agent_turn {
            Some(turn) => turn.thread_id.clone(),
            None => ThreadId::of_run(self.id, space),
        }
    }

    /// Whether the run drives this thread.
    pub fn works_on(&self, thread: &ThreadId) -> bool {
        let mut spaces = self.affected_space_ids.iter();
        spaces.any(|space| self.thread_of(*space) == *thread)
    }
}

/// A turn of a thread that goes on after its run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentTurn {
    /// The thread.
    #[schema(value_type = String)]
    pub thread_id: ThreadId,
    /// The turn that waits for the run. A later attempt is another turn, with the same words.
    #[schema(value_type = String)]
    pub turn_id: TurnId,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepState {
    /// Which.
    pub name: StepName,
    /// Where it stands.
    pub status: StepStatus,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What came of it.
    pub detail: Option<String>,
}

/// Why a job ended, or waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFailure {
    /// Stable code.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// One space of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSpaceRow {
    /// Its org.
    pub org_id: OrgId,
    /// The job.
    pub job_id: JobId,
    /// The space.
    pub space_id: SpaceId,
    /// The job's source.
    pub source_id: SourceId,
    /// Where it stands.
    pub status: SpaceStatus,
    /// What it is at while it runs.
    pub phase: Option<String>,
    /// Documents that the change concerns.
    pub impacted_docs: Vec<DocumentRef>,
    /// Documents that were changed.
    pub updated_docs: Vec<DocumentRef>,
    /// Why it failed or was skipped.
    pub error: Option<String>,
    /// The thread of its work.
    pub thread_id: Option<String>,
    /// Which attempt touched it last.
    pub attempt: i64,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A document, by its id and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentRef {
    /// Its `jrn`, where it has one.
    pub doc_id: Option<String>,
    /// Its path.
    pub path: String,
}

/// The lease of a `(source, branch)`: side state, never deleted (engine.md: state that is not events).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRow {
    /// Its org.
    pub org_id: OrgId,
    /// The source.
    pub source_id: SourceId,
    /// The branch.
    pub branch: String,
    /// The job that holds it; `None`: free.
    pub job_id: Option<JobId>,
    /// The last epoch given; only grows.
    pub epoch: LeaseEpoch,
    /// Hex SHA-256 of the run's token.
    pub run_token_hash: Option<String>,
    /// Who holds it.
    pub runner: Option<String>,
    /// When it ends unless renewed.
    pub expires_at: Option<Timestamp>,
    /// When a write under it was last refused.
    pub refused_at: Option<Timestamp>,
    /// What was refused last: a code of the API, and by whom it was tried.
    pub refused: Option<String>,
}

impl LeaseRow {
    /// Whether somebody holds it at `now`.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.job_id.is_some() && self.expires_at.is_some_and(|at| at > now)
    }
}

/// A runner as it was last heard of: side state, written at most every few seconds (engine.md: state that is not events).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerRow {
    /// Its org.
    pub org_id: OrgId,
    /// How it calls itself.
    pub name: String,
    /// Which jolli it is.
    pub version: String,
    /// The kinds of jobs that it takes.
    pub kinds: Vec<JobKind>,
    /// Who edits documents there: `none`, `command`.
    pub provider: String,
    /// When it was first heard of.
    pub first_seen_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// By how much its clock is ahead of the server's, in milliseconds, where it said what time it has.
    #[serde(default)]
    pub skew_ms: Option<i64>,
}
