//! Leases: who may write for a `(source, branch)`, and how that ends.

use super::super::code::Code;
use super::super::id::{JobId, LeaseEpoch, SourceId};
use super::super::kind::JobStatus;
use super::super::limits::LEASE_LOST;
use super::super::orchestration::{Settled, settle};
use super::super::row::{JobFailure, JobRow, Key, LeaseRow, Row};
use super::super::source::{self, link::freed};
use super::super::view::{Decider, Decision, Rejection, Stop, View, conflict};
use super::{find, next_attempt, retry};

/// Proof of being the run that holds a job's lease.
#[derive(Clone, PartialEq, Eq)]
pub struct RunFence {
    /// The job.
    pub job_id: JobId,
    /// The epoch of its lease.
    pub epoch: LeaseEpoch,
    /// Hex SHA-256 of the run's token.
    pub run_token_hash: String,
}

impl std::fmt::Debug for RunFence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RunFence(#{}, epoch {})", self.job_id, self.epoch.0)
    }
}

impl RunFence {
    /// The job, if this run still holds its lease; `stale-writer` otherwise. A lease past its end that nobody took over
    /// still counts: fencing is by epoch and token, time only decides who may take over.
    pub fn check<'v>(&self, view: &'v View) -> Result<&'v JobRow, Stop> {
        let job = find(view, self.job_id)?;
        let lease: Option<&LeaseRow> = view.row(Key::Leases(job.source_id, job.branch.clone()))?;
        let holds = job.status == JobStatus::Running
            && lease.is_some_and(|l| {
                l.job_id == Some(self.job_id)
                    && l.epoch == self.epoch
                    && l.run_token_hash.as_deref() == Some(self.run_token_hash.as_str())
            });
        if holds {
            Ok(job)
        } else {
            Err(Rejection::new(
                Code::StaleWriter,
                format!(
                    "Run #{} no longer holds the lease of its source (epoch {} was given since). Stop: nothing was written.",
                    self.job_id,
                    lease.map_or(0, |l| l.epoch.0)
                ),
            )
            .into())
        }
    }
}

/// The lease of a job, freed; the side row that a finishing run writes.
pub fn free(view: &View, job: &JobRow) -> Result<Option<Row>, Stop> {
    let lease: Option<&LeaseRow> = view.row(Key::Leases(job.source_id, job.branch.clone()))?;
    Ok(lease
        .filter(|l| l.job_id == Some(job.id))
        .map(|l| Row::Leases(freed(l))))
}

/// Ends a lease whose time is over: its holder is fenced, its job goes back to wait.
#[derive(Debug)]
pub struct ExpireLease {
    /// The lease.
    pub source_id: SourceId,
    /// The lease.
    pub branch: String,
    /// The job that held it when it was seen to be over.
    pub job_id: JobId,
}

impl Decider for ExpireLease {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let lease: Option<&LeaseRow> =
            view.row(Key::Leases(self.source_id, self.branch.clone()))?;
        let Some(lease) = lease.filter(|l| l.job_id == Some(self.job_id) && !l.is_held(view.now()))
        else {
            return Ok(Decision::default());
        };
        let mut decision = Decision {
            side: vec![Row::Leases(freed(lease))],
            ..Decision::default()
        };
        let job: Option<&JobRow> = view.row(Key::Jobs(self.job_id))?;
        if let Some(job) = job.filter(|job| job.status == JobStatus::Running) {
            let error = JobFailure {
                code: LEASE_LOST.to_owned(),
                message: format!(
                    "runner {} stopped renewing its lease",
                    job.runner.as_deref().unwrap_or("unknown")
                ),
            };
            let again = job.attempt < job.max_attempts;
            let settled = if again { Settled::Again } else { Settled::Over };
            let ended = settle(view, job, settled, &error.message)?;
            decision.events.extend(ended);
            decision.events.push(if again {
                retry(job.id, view.now(), Some(error), false)
            } else {
                super::super::event::NewEvent::new(
                    super::super::event::Stream::Job(job.id),
                    super::super::event::Payload::JobFailed { error },
                )
            });
        }
        Ok(decision)
    }
}

/// Takes a lease from a holder that is gone, before its time is over; the holder is fenced.
#[derive(Debug)]
pub struct ReleaseLease {
    /// The source.
    pub source_id: SourceId,
}

impl Decider for ReleaseLease {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = source::find(view, self.source_id)?;
        let branch = row
            .branch
            .clone()
            .unwrap_or_else(|| source::DEFAULT_BRANCH.to_owned());
        let lease: Option<&LeaseRow> = view.row(Key::Leases(self.source_id, branch))?;
        let Some((lease, job_id)) = lease.and_then(|l| l.job_id.map(|job| (l, job))) else {
            return Err(conflict("Lease is free."));
        };
        // Renewals come every 5 s of 15: more than half the time left means that the holder spoke lately.
        let alive = lease
            .expires_at
            .is_some_and(|at| at > view.now().plus_seconds(super::LEASE_SECONDS / 2));
        if alive {
            return Err(conflict(format!(
                "The holder is alive. Cancel run #{job_id} to stop it."
            )));
        }
        let mut decision = Decision {
            side: vec![Row::Leases(freed(lease))],
            ..Decision::default()
        };
        let job: Option<&JobRow> = view.row(Key::Jobs(job_id))?;
        if let Some(job) = job.filter(|job| job.status == JobStatus::Running) {
            let error = JobFailure {
                code: "lease-released".to_owned(),
                message: format!("released by {}", view.actor().id),
            };
            let ended = settle(view, job, Settled::Again, &error.message)?;
            decision.events.extend(ended);
            decision.events.push(retry(
                job.id,
                next_attempt(view.now(), 1, 0.0),
                Some(error),
                false,
            ));
        }
        Ok(decision.no_undo("The holder is fenced for good."))
    }
}
