//! Events of a job: itself, its steps, its spaces.

use super::super::event::{Event, Payload, Queued};
use super::super::id::JobId;
use super::super::kind::{JobStatus, SpaceStatus, StepStatus};
use super::super::limits::LEASE_LOST;
use super::super::row::{JobFailure, JobRow, JobSpaceRow, Key, StepState};
use super::{FoldError, RowOp, Rows, misfit, need};
use crate::base::Timestamp;

pub(super) fn queue(event: &Event, id: JobId, queued: &Queued) -> Vec<RowOp> {
    let mut ops = vec![RowOp::Put(Box::new(
        JobRow {
            org_id: event.org,
            id,
            kind: queued.kind,
            status: JobStatus::Queued,
            source_id: queued.source_id,
            integration_id: queued.integration_id,
            event_jrn: queued.event_jrn.clone(),
            branch: queued.branch.clone(),
            head_sha: queued.head_sha.clone(),
            before_sha: queued.base_sha.clone(),
            forced: queued.forced,
            occurrence: queued.occurrence,
            generation: queued.generation,
            base_sha: None,
            base_reason: None,
            rebaseline: queued.rebaseline,
            moves_cursor: queued.moves_cursor,
            affected_space_ids: queued.affected_space_ids.clone(),
            attempt: 0,
            max_attempts: queued.max_attempts,
            lost_leases: 0,
            runner: None,
            epoch: None,
            steps: Vec::new(),
            superseded_by: None,
            error: None,
            delivery_id: queued.delivery_id.clone(),
            runtime_mode: queued.runtime_mode,
            agent_turn: queued.agent_turn.clone(),
            created_at: event.occurred_at,
            updated_at: event.recorded_at,
            started_at: None,
            finished_at: None,
            next_attempt_at: Some(event.occurred_at),
            version: 1,
        }
        .into(),
    ))];
    ops.extend(queued.affected_space_ids.iter().map(|space| {
        RowOp::Put(Box::new(
            JobSpaceRow {
                org_id: event.org,
                job_id: id,
                space_id: *space,
                source_id: queued.source_id,
                status: SpaceStatus::Queued,
                phase: None,
                impacted_docs: Vec::new(),
                updated_docs: Vec::new(),
                error: None,
                thread_id: (queued.agent_turn.as_ref()).map(|turn| turn.thread_id.to_string()),
                attempt: 0,
                started_at: None,
                finished_at: None,
            }
            .into(),
        ))
    }));
    ops
}

pub(super) fn fold_job(
    event: &Event,
    rows: &mut dyn Rows,
    id: JobId,
    payload: &Payload,
) -> Result<Vec<RowOp>, FoldError> {
    let mut job: JobRow = need(event, rows, &Key::Jobs(id))?;
    let now = event.occurred_at;
    let mut ops = Vec::new();
    match payload {
        Payload::JobStarted {
            attempt,
            runner,
            epoch,
        } => {
            job.status = JobStatus::Running;
            job.attempt = *attempt;
            job.runner = Some(runner.clone());
            job.epoch = Some(*epoch);
            job.started_at.get_or_insert(now);
            job.finished_at = None;
            job.next_attempt_at = None;
            job.error = None;
            job.steps.clear();
        }
        Payload::StepStarted { step, detail } => {
            let running = |s: &&mut StepState| s.name == *step && s.status == StepStatus::Running;
            if let Some(state) = job.steps.iter_mut().find(running) {
                // It says how far it is.
                state.detail.clone_from(detail);
            } else {
                job.steps.retain(|s| s.name != *step);
                job.steps.push(StepState {
                    name: *step,
                    status: StepStatus::Running,
                    started_at: now,
                    finished_at: None,
                    detail: detail.clone(),
                });
            }
        }
        Payload::StepFinished {
            step,
            status,
            detail,
            base_sha,
            base_reason,
            head_sha,
        } => {
            if job.head_sha.is_none() {
                job.head_sha.clone_from(head_sha);
            }
            match job.steps.iter_mut().find(|s| s.name == *step) {
                Some(state) => {
                    state.status = *status;
                    state.finished_at = Some(now);
                    if detail.is_some() {
                        state.detail.clone_from(detail);
                    }
                }
                None => job.steps.push(StepState {
                    name: *step,
                    status: *status,
                    started_at: now,
                    finished_at: Some(now),
                    detail: detail.clone(),
                }),
            }
            if base_reason.is_some() {
                job.base_sha.clone_from(base_sha);
                job.base_reason = *base_reason;
            }
        }
        Payload::SpaceStarted { space_id, phase } => {
            let mut space: JobSpaceRow = need(event, rows, &Key::JobSpaces(id, *space_id))?;
            space.status = SpaceStatus::Running;
            space.phase.clone_from(phase);
            space.attempt = job.attempt;
            if space.finished_at.is_some() || space.started_at.is_none() {
                space.started_at = Some(now);
            }
            space.finished_at = None;
            space.error = None;
            ops.push(RowOp::Put(Box::new(space.into())));
        }
        Payload::SpaceThreadOpened {
            space_id,
            thread_id,
        } => {
            let mut space: JobSpaceRow = need(event, rows, &Key::JobSpaces(id, *space_id))?;
            space.thread_id = Some(thread_id.to_string());
            ops.push(RowOp::Put(Box::new(space.into())));
        }
        Payload::SpaceFinished {
            space_id,
            status,
            impacted_docs,
            updated_docs,
            error,
        } => {
            let mut space: JobSpaceRow = need(event, rows, &Key::JobSpaces(id, *space_id))?;
            space.status = *status;
            // The phase stays with a failure: it says where.
            if *status != SpaceStatus::Failed {
                space.phase = None;
            }
            space.impacted_docs.clone_from(impacted_docs);
            space.updated_docs.clone_from(updated_docs);
            space.error.clone_from(error);
            space.attempt = job.attempt;
            space.finished_at = Some(now);
            ops.push(RowOp::Put(Box::new(space.into())));
        }
        Payload::JobSucceeded {} => end(&mut job, JobStatus::Succeeded, now),
        Payload::JobFailed { error } => {
            job.error = Some(error.clone());
            end(&mut job, JobStatus::Failed, now);
        }
        Payload::RetryScheduled {
            at,
            error,
            by_operator,
        } => {
            // An operator's retry starts the count again; the policy's own goes on counting.
            if *by_operator {
                job.attempt = 0;
                job.status = JobStatus::Queued;
            } else {
                job.status = JobStatus::Retrying;
            }
            if error.as_ref().is_some_and(|error| error.code == LEASE_LOST) {
                job.lost_leases += 1;
            }
            job.error.clone_from(error);
            job.next_attempt_at = Some(*at);
            job.finished_at = None;
            close_steps(&mut job, now);
        }
        Payload::JobSkipped {
            superseded_by,
            reason,
        } => {
            job.superseded_by = *superseded_by;
            job.error = Some(JobFailure {
                code: "skipped".into(),
                message: reason.clone(),
            });
            end(&mut job, JobStatus::Skipped, now);
        }
        Payload::JobCancelled { reason } => {
            job.error = Some(JobFailure {
                code: "cancelled".into(),
                message: reason.clone(),
            });
            end(&mut job, JobStatus::Cancelled, now);
        }
        _ => return misfit(event),
    }
    job.version += 1;
    job.updated_at = event.recorded_at;
    ops.insert(0, RowOp::Put(Box::new(job.into())));
    Ok(ops)
}

fn end(job: &mut JobRow, status: JobStatus, now: Timestamp) {
    job.status = status;
    job.finished_at = Some(now);
    job.next_attempt_at = None;
    close_steps(job, now);
}

fn close_steps(job: &mut JobRow, now: Timestamp) {
    for step in &mut job.steps {
        if step.status == StepStatus::Running {
            step.status = StepStatus::Failed;
            step.finished_at = Some(now);
        }
    }
}
