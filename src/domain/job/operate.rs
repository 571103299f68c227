//! What operators do to jobs: retry, run again, cancel, skip a space.

use serde_json::json;

use super::super::event::{NewEvent, Payload, Queued, Stream};
use super::super::id::{JobId, SpaceId};
use super::super::kind::{JobKind, JobStatus, RuntimeMode, SpaceStatus};
use super::super::orchestration::{Settled, instructed, settle};
use super::super::row::{JobRow, JobSpaceRow, Key, Table};
use super::super::source;
use super::super::view::{
    Decider, Decision, Find, IdKind, Reply, Stop, Undo, UndoCall, View, check_version, conflict,
    not_found,
};
use super::lease::free;
use super::{MAX_ATTEMPTS, find, retry};

fn cancel_while_waiting(job: JobId, version: i64, label: String) -> Undo {
    Undo {
        label,
        calls: vec![UndoCall {
            method: "POST",
            path: format!("/jobs/{job}/cancel"),
            body: json!({}),
            if_match: Some(version),
        }],
    }
}

fn spaces(view: &View, job: JobId) -> Result<Vec<&JobSpaceRow>, Stop> {
    view.find(Find::all(Table::JobSpaces).is("job_id", job.0))
}

/// Lets a job go again at once, for the spaces that are not done.
#[derive(Debug)]
pub struct RetryJob {
    /// Which.
    pub id: JobId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for RetryJob {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job = find(view, self.id)?;
        check_version(self.expected, job.version, &job.clone().into())?;
        match job.status {
            JobStatus::Running => return Err(conflict("Run is still running.")),
            JobStatus::Queued => return Err(conflict("Run waits already.")),
            JobStatus::Succeeded => return Err(conflict("No space failed.")),
            JobStatus::Skipped | JobStatus::Cancelled => {
                return Err(conflict(format!(
                    "Run #{} was {}. Run it again from its event instead.",
                    self.id, job.status
                )));
            }
            JobStatus::Failed | JobStatus::Retrying | JobStatus::Suspended => {}
        }
        let rows = spaces(view, self.id)?;
        let open = rows.iter().filter(|s| {
            !matches!(
                s.status,
                SpaceStatus::Updated | SpaceStatus::Unchanged | SpaceStatus::Skipped
            )
        });
        // Both would work in one thread, and the end of one ends what the other is at.
        if let Some(other) = instructed(view, job, open.clone().map(|space| space.space_id))? {
            return Err(conflict(format!(
                "Run #{} is {} with an instruction in a thread of run #{}. Retry when it is done, or cancel it.",
                other.id, other.status, self.id
            )));
        }
        let open = open.count();
        let decision = Decision::of(retry(self.id, view.now(), None, true), Key::Jobs(self.id))
            .follows(
                "job",
                format!(
                    "run #{} goes again for {open} of {} spaces",
                    self.id,
                    rows.len()
                ),
            );
        let decision = match (&job.head_sha, job.moves_cursor) {
            (Some(head), true) => {
                let row = source::find(view, job.source_id)?;
                let from = row
                    .cursor
                    .as_ref()
                    .map_or_else(|| "none".to_owned(), |c| short(&c.value).to_owned());
                decision.follows(
                    "cursor",
                    format!("on success the cursor moves {from} → {}", short(head)),
                )
            }
            _ => decision,
        };
        Ok(decision.undo(
            cancel_while_waiting(self.id, job.version + 1, format!("retry of #{}", self.id)),
            "while it waits",
        ))
    }
}

fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

/// Runs a job's event again, as a new job of a new generation.
#[derive(Debug)]
pub struct RerunJob {
    /// Which.
    pub id: JobId,
    /// `If-Match`.
    pub expected: Option<i64>,
    /// What its agents may do without asking; absent: as before.
    pub runtime_mode: Option<RuntimeMode>,
}

impl Decider for RerunJob {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job = find(view, self.id)?;
        check_version(self.expected, job.version, &job.clone().into())?;
        match job.kind {
            JobKind::CliImpact => {}
            JobKind::CatchUp => {
                return Err(conflict(
                    "It has no event: it was a catch-up. Queue another catch-up instead.",
                ));
            }
            JobKind::AgentTurn => {
                return Err(conflict(
                    "It has no event: it was an instruction in a thread. Write it there again instead.",
                ));
            }
        }
        let row = source::find(view, job.source_id)?;
        if row.integration_id.is_none() || !row.enabled {
            return Err(conflict(format!(
                "{} is virtual or off, so nothing of it runs.",
                row.name
            )));
        }
        let affected: Vec<SpaceId> = source::bindings(view, job.source_id)?
            .iter()
            .filter(|(b, _)| b.enabled)
            .map(|(b, _)| b.space_id)
            .collect();
        if affected.is_empty() {
            return Err(conflict(format!(
                "No space is bound to {} and on. Bind one first.",
                row.name
            )));
        }
        let id = JobId(view.next_id(IdKind::Job, 0)?);
        let generation = row.generation + 1;
        let queued = Queued {
            kind: job.kind,
            source_id: job.source_id,
            integration_id: row.integration_id,
            event_jrn: job.event_jrn.clone(),
            branch: job.branch.clone(),
            head_sha: job.head_sha.clone(),
            base_sha: job.before_sha.clone(),
            forced: job.forced,
            occurrence: job.occurrence,
            generation,
            rebaseline: None,
            runtime_mode: self.runtime_mode.or(job.runtime_mode),
            agent_turn: None,
            moves_cursor: job.moves_cursor,
            affected_space_ids: affected,
            max_attempts: MAX_ATTEMPTS,
            delivery_id: job.delivery_id.clone(),
        };
        Ok(Decision {
            events: vec![
                NewEvent::new(
                    Stream::Source(job.source_id),
                    Payload::GenerationRaised { generation },
                ),
                NewEvent::new(Stream::Job(id), Payload::JobQueued(Box::new(queued))),
            ],
            reply: Reply::Row(Key::Jobs(id)),
            ..Decision::default()
        }
        .follows(
            "job",
            format!(
                "run #{id} does the event of #{} again, as generation {generation}",
                self.id
            ),
        )
        .undo(
            cancel_while_waiting(id, 1, format!("run #{id}")),
            "while it waits",
        ))
    }
}

/// A job that is over before its end, with what its sessions were at.
pub fn cancelled(view: &View, job: &JobRow, reason: String) -> Result<Vec<NewEvent>, Stop> {
    let ended = settle(view, job, Settled::Over, "the run was cancelled")?;
    let event = NewEvent::new(Stream::Job(job.id), Payload::JobCancelled { reason });
    Ok(std::iter::once(event).chain(ended).collect())
}

/// Stops a job. A run under way is fenced: its lease is free at once, and its next write is refused.
#[derive(Debug)]
pub struct CancelJob {
    /// Which.
    pub id: JobId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for CancelJob {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job = find(view, self.id)?;
        check_version(self.expected, job.version, &job.clone().into())?;
        if job.status.is_terminal() {
            return Err(conflict(format!(
                "Run #{} is finished ({}).",
                self.id, job.status
            )));
        }
        let mut decision = Decision {
            events: cancelled(view, job, format!("cancelled by {}", view.actor().id))?,
            reply: Reply::Row(Key::Jobs(self.id)),
            ..Decision::default()
        };
        decision.side.extend(free(view, job)?);
        Ok(decision
            .follows("cursor", "The cursor stays where it is.")
            .no_undo("A cancelled run stays cancelled; it can be run again from its event."))
    }
}

/// Leaves one failed space out of a job, so that the source can go on.
#[derive(Debug)]
pub struct SkipSpace {
    /// Which job.
    pub id: JobId,
    /// Which space.
    pub space_id: SpaceId,
}

impl Decider for SkipSpace {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job = find(view, self.id)?;
        let rows = spaces(view, self.id)?;
        let row = rows
            .iter()
            .find(|s| s.space_id == self.space_id)
            .ok_or_else(|| not_found(&format!("Space of run #{}", self.id), self.space_id))?;
        if row.status != SpaceStatus::Failed {
            return Err(conflict(format!(
                "Space {} of run #{} is {}, not failed.",
                self.space_id, self.id, row.status
            )));
        }
        if job.status == JobStatus::Running {
            return Err(conflict("Run is still running."));
        }
        let mut decision = Decision::of(
            NewEvent::new(
                Stream::Job(self.id),
                Payload::SpaceFinished {
                    space_id: self.space_id,
                    status: SpaceStatus::Skipped,
                    impacted_docs: row.impacted_docs.clone(),
                    updated_docs: row.updated_docs.clone(),
                    error: Some(format!("skipped for this event by {}", view.actor().id)),
                },
            ),
            Key::Jobs(self.id),
        );
        let others_failed = rows
            .iter()
            .any(|s| s.space_id != self.space_id && s.status == SpaceStatus::Failed);
        if !others_failed && matches!(job.status, JobStatus::Failed | JobStatus::Retrying) {
            decision.events.push(retry(self.id, view.now(), None, true));
            decision = decision.follows(
                "cursor",
                "Nothing else failed: the run goes on and moves the cursor.",
            );
        }
        Ok(decision
            .follows(
                "event",
                "What this event changed is never shown to that space.",
            )
            .no_undo("The space was left out for this event."))
    }
}
