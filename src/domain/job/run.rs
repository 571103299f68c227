//! What the run of a job reports: steps, spaces, the end.

use serde_json::json;

use super::super::event::{NewEvent, Payload, Stream};
use super::super::id::{JobId, SpaceId};
use super::super::kind::{BaseReason, SpaceStatus, StepName, StepStatus};
use super::super::orchestration::{Dispatch, Settled, settle};
use super::super::row::{DocumentRef, JobFailure, JobRow, JobSpaceRow, Key, SourceRow, Table};
use super::super::source::{is_commit, look_soon, open_jobs, target};
use super::super::space::PushDocs;
use super::super::view::{
    Decider, Decision, Find, Reply, Stop, Test, View, conflict, invalid, not_found,
};
use super::lease::{RunFence, free};
use super::{next_attempt, retry};

/// A step began or ended.
#[derive(Debug)]
pub struct ReportStep {
    /// The run.
    pub fence: RunFence,
    /// Which step.
    pub step: StepName,
    /// Where it stands.
    pub status: StepStatus,
    /// What came of it.
    pub detail: Option<String>,
    /// Where the change set starts, and why, once that is known.
    pub base: Option<(Option<String>, BaseReason)>,
    /// Commits between the cursor and the head, where the clone counted them.
    pub commits_behind: Option<i64>,
    /// The commit that is processed. A job that names none keeps to the first: its spaces are done one by one, and all of
    /// them up to the same commit.
    pub head: Option<String>,
}

impl Decider for ReportStep {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job = self.fence.check(view)?;
        if let Some(head) = self.head.as_deref().filter(|head| !is_commit(head)) {
            return Err(invalid(
                "/headSha",
                format!("`{head}` is no commit; send the full hexadecimal id."),
            ));
        }
        let payload = match self.status {
            StepStatus::Running => Payload::StepStarted {
                step: self.step,
                detail: self.detail.clone(),
            },
            status => Payload::StepFinished {
                step: self.step,
                status,
                detail: self.detail.clone(),
                base_sha: self.base.as_ref().and_then(|(sha, _)| sha.clone()),
                base_reason: self.base.as_ref().map(|(_, reason)| *reason),
                head_sha: self.head.clone().filter(|_| job.head_sha.is_none()),
            },
        };
        let mut events = vec![NewEvent::new(Stream::Job(job.id), payload)];
        if let Some(commits) = self.commits_behind.filter(|_| job.moves_cursor) {
            let measured = Payload::LagMeasured { commits };
            events.push(NewEvent::new(Stream::Source(job.source_id), measured));
        }
        Ok(Decision {
            events,
            reply: Reply::Done,
            ..Decision::default()
        })
    }
}

/// A space is being worked on, or is done with.
#[derive(Debug)]
pub struct ReportSpace {
    /// The run.
    pub fence: RunFence,
    /// Which space.
    pub space_id: SpaceId,
    /// Where it stands.
    pub status: SpaceStatus,
    /// What it is at.
    pub phase: Option<String>,
    /// Documents that the change concerns.
    pub impacted_docs: Vec<DocumentRef>,
    /// Documents that were changed.
    pub updated_docs: Vec<DocumentRef>,
    /// Why it failed or was skipped.
    pub error: Option<String>,
}

impl Decider for ReportSpace {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job = self.fence.check(view)?;
        refuse_done(view, job.id, self.space_id)?;
        let payload = match self.status {
            SpaceStatus::Queued => {
                return Err(invalid(
                    "/status",
                    "A run reports running, updated, unchanged, failed or skipped.",
                ));
            }
            SpaceStatus::Running => Payload::SpaceStarted {
                space_id: self.space_id,
                phase: self.phase.clone(),
            },
            status => Payload::SpaceFinished {
                space_id: self.space_id,
                status,
                impacted_docs: self.impacted_docs.clone(),
                updated_docs: self.updated_docs.clone(),
                error: self.error.clone(),
            },
        };
        Ok(Decision {
            events: vec![NewEvent::new(Stream::Job(job.id), payload)],
            reply: Reply::Done,
            ..Decision::default()
        })
    }
}

/// Refuses unless something is left to do in a space of a job.
fn refuse_done(view: &View, job: JobId, space: SpaceId) -> Result<(), Stop> {
    let row: &JobSpaceRow = view
        .row(Key::JobSpaces(job, space))?
        .ok_or_else(|| not_found(&format!("Space of run #{job}"), space))?;
    match row.status {
        SpaceStatus::Updated | SpaceStatus::Unchanged | SpaceStatus::Skipped => {
            Err(conflict(format!(
                "Space {space} of run #{job} is {} already; a space succeeds once.",
                row.status
            )))
        }
        SpaceStatus::Queued | SpaceStatus::Running | SpaceStatus::Failed => Ok(()),
    }
}

/// Writes what a run made of a space's documents, and is done with the space: both at once or neither, so that no run that
/// dies in between leaves its work to be done twice (sources.md §9: step 4).
#[derive(Debug)]
pub struct PushSpace {
    /// What is written, under the run's lease.
    pub push: PushDocs,
    /// The same lease.
    pub fence: RunFence,
    /// Documents that the change concerns.
    pub impacted_docs: Vec<DocumentRef>,
    /// Documents that are written.
    pub updated_docs: Vec<DocumentRef>,
    /// What the thread of the space is told with it: its checkpoint, the end of its turn.
    pub told: Vec<Dispatch>,
}

impl Decider for PushSpace {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job = self.fence.check(view)?;
        let space_id = self.push.space_id;
        refuse_done(view, job.id, space_id)?;
        let mut decision = self.push.decide(view)?;
        let Reply::Value(reply) = &mut decision.reply else {
            return Ok(decision);
        };
        let results = reply["results"].as_array_mut();
        let mut results: Vec<_> = results.into_iter().flatten().collect();
        if results.iter().all(|result| result["status"] == "ok") {
            let done = Payload::SpaceFinished {
                space_id,
                status: SpaceStatus::Updated,
                impacted_docs: self.impacted_docs.clone(),
                updated_docs: self.updated_docs.clone(),
                error: None,
            };
            decision
                .events
                .push(NewEvent::new(Stream::Job(job.id), done));
            for command in &self.told {
                let told = command.decide(view)?;
                decision.events.extend(told.events);
                decision.side.extend(told.side);
                decision.side_gone.extend(told.side_gone);
            }
            return Ok(decision);
        }
        for result in results.iter_mut().filter(|result| result["status"] == "ok") {
            **result = json!({ "fileId": result["fileId"], "status": "held" });
        }
        decision.events.clear();
        Ok(decision)
    }
}

/// How a run ends.
#[derive(Debug, Clone)]
pub enum Ending {
    /// Everything is done.
    Succeeded,
    /// It failed; tried again until attempts are used up, unless trying again cannot help.
    Failed {
        /// Why.
        error: JobFailure,
        /// Whether it may succeed later by itself.
        retryable: bool,
    },
    /// It was not needed.
    Skipped {
        /// The run that made it unnecessary.
        superseded_by: Option<JobId>,
        /// Why.
        reason: String,
    },
    /// The runner hands it back unharmed, as when it shuts down.
    HandBack,
}

/// A run ends, and frees its lease.
#[derive(Debug)]
pub struct FinishJob {
    /// The run.
    pub fence: RunFence,
    /// How.
    pub ending: Ending,
    /// Random in 0..1: spreads retries.
    pub jitter: f64,
}

impl Decider for FinishJob {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job = self.fence.check(view)?;
        let stream = Stream::Job(job.id);
        let event = match &self.ending {
            Ending::Succeeded => {
                let open: Vec<&JobSpaceRow> = view.find(
                    Find::all(Table::JobSpaces).is("job_id", job.id.0).test(
                        "status",
                        Test::In(
                            [
                                SpaceStatus::Queued,
                                SpaceStatus::Running,
                                SpaceStatus::Failed,
                            ]
                            .map(|s| s.as_str().into())
                            .to_vec(),
                        ),
                    ),
                )?;
                if let Some(space) = open.first() {
                    return Err(conflict(format!(
                        "Space {} of run #{} is {}: a run succeeds when every space is done.",
                        space.space_id, job.id, space.status
                    )));
                }
                NewEvent::new(stream, Payload::JobSucceeded {})
            }
            Ending::Failed { error, retryable }
                if !retryable || job.attempt >= job.max_attempts =>
            {
                NewEvent::new(
                    stream,
                    Payload::JobFailed {
                        error: error.clone(),
                    },
                )
            }
            Ending::Failed { error, .. } => retry(
                job.id,
                next_attempt(view.now(), job.attempt, self.jitter),
                Some(error.clone()),
                false,
            ),
            Ending::Skipped {
                superseded_by,
                reason,
            } => NewEvent::new(
                stream,
                Payload::JobSkipped {
                    superseded_by: *superseded_by,
                    reason: reason.clone(),
                },
            ),
            Ending::HandBack => {
                let error = JobFailure {
                    code: "handed-back".to_owned(),
                    message: "the runner stopped and handed the job back".to_owned(),
                };
                retry(job.id, view.now(), Some(error), false)
            }
        };
        let mut decision = Decision {
            events: vec![event],
            side: free(view, job)?.into_iter().collect(),
            reply: Reply::Value(json!({ "id": job.id })),
            ..Decision::default()
        };
        let again = matches!(decision.events[0].payload, Payload::RetryScheduled { .. });
        let settled = if again { Settled::Again } else { Settled::Over };
        let ended = settle(view, job, settled, "its run ended")?;
        decision.events.extend(ended);
        if matches!(self.ending, Ending::Skipped { .. }) {
            settle_head(view, job, &mut decision)?;
        }
        Ok(decision)
    }
}

/// A head whose run was not needed waits for nobody: a late delivery told of it after what follows it was processed, or
/// the branch has lost it. Where the branch is by now, a look tells.
fn settle_head(view: &View, job: &JobRow, decision: &mut Decision) -> Result<(), Stop> {
    let source: Option<&SourceRow> = view.row(Key::Sources(job.source_id))?;
    let waits = |source: &&SourceRow| {
        job.moves_cursor && source.is_pending() && source.head_sha == job.head_sha
    };
    let Some(source) = source.filter(waits) else {
        return Ok(());
    };
    if open_jobs(view, source.id)?
        .iter()
        .any(|other| other.id != job.id && other.moves_cursor)
    {
        return Ok(());
    }
    let cursor = source.cursor.as_ref().map(|cursor| cursor.value.clone());
    if let Some(sha) = cursor.or_else(|| source.head_sha.clone()) {
        let observed = Payload::HeadObserved {
            sha,
            pending: false,
            baseline: false,
            missed: false,
        };
        decision
            .events
            .push(NewEvent::new(Stream::Source(source.id), observed));
        if target(source).is_some() {
            decision
                .side
                .push(look_soon(view.org(), source.id, view.now()));
        }
    }
    Ok(())
}
