//! Rules about leases: who may write for a branch, and who tried and might not.

use serde_json::json;

use super::super::super::call::Call;
use super::super::super::code::Code;
use super::super::super::job::LEASE_SECONDS;
use super::super::super::kind::{JobStatus, Role, Severity, StepStatus};
use super::super::Facts;
use super::super::report::{DiagnosisFinding, EvidenceLink};
use super::{action, destructive, evidence, finding};
use crate::base::Timestamp;

/// Refused writes are of interest for so long.
const REFUSED_SECONDS: i64 = 600;
/// A step that takes longer than this hangs, though its worker lives.
const LONG_STEP_SECONDS: u64 = 1_800;
/// So many leases lost by the runs of one job are no accident.
const THRASHES: i64 = 3;

pub(super) fn lease_held_dead_worker(facts: &Facts) -> Option<DiagnosisFinding> {
    let lease = facts.lease.as_ref()?;
    let job_id = lease.job_id?;
    let expires = lease.expires_at?;
    // Renewals come every third of the lease: less than half of it left means that one was missed.
    if expires > facts.now.plus_seconds(LEASE_SECONDS / 2) {
        return None;
    }
    let runner = lease.runner.as_deref().unwrap_or("unknown");
    let mut found = finding(
        "D-13",
        "lease_held_dead_worker",
        Severity::Warning,
        Some(expires.plus_seconds(-LEASE_SECONDS)),
        format!("runner {runner} holds the lease and does not renew it"),
    );
    found.evidence.push(evidence(
        Some(expires),
        format!("epoch {} ends by itself", lease.epoch.0),
        Some(EvidenceLink::Job(job_id)),
    ));
    found.next_action = Some(destructive(action(
        format!("Release the lease (fences epoch {})", lease.epoch.0),
        "lease-release",
        Some(
            Call::new(
                "POST",
                format!("/sources/{}/lease/release", facts.source.id),
            )
            .with(json!({})),
        ),
        Role::Operator,
    )));
    Some(found)
}

pub(super) fn lease_held_alive_long(facts: &Facts) -> Option<DiagnosisFinding> {
    let job = facts
        .open_job()
        .filter(|job| job.status == JobStatus::Running)?;
    let step = job
        .steps
        .iter()
        .rfind(|step| step.status == StepStatus::Running)?;
    // A space that was reported since is progress within the step.
    let told = facts.spaces_of(job).filter_map(|space| space.finished_at);
    let since = told.max().unwrap_or(step.started_at).max(step.started_at);
    if facts.now.since(since).as_secs() < LONG_STEP_SECONDS {
        return None;
    }
    let runner = job.runner.as_deref().unwrap_or("unknown");
    let mut found = finding(
        "D-13b",
        "lease_held_alive_long",
        Severity::Warning,
        Some(since),
        format!(
            "run #{} is at {} for long, and its worker lives",
            job.id, step.name
        ),
    );
    found.evidence.push(evidence(
        Some(since),
        format!("runner {runner} renews the lease, and reports nothing"),
        Some(EvidenceLink::Job(job.id)),
    ));
    found.next_action = Some(destructive(action(
        "Cancel the run",
        "run-cancel",
        Some(Call::new("POST", format!("/jobs/{}/cancel", job.id)).with(json!({}))),
        Role::Operator,
    )));
    Some(found)
}

pub(super) fn lease_thrash(facts: &Facts) -> Option<DiagnosisFinding> {
    let job = facts.newest_job()?;
    if job.lost_leases < THRASHES || job.status == JobStatus::Succeeded {
        return None;
    }
    let mut found = finding(
        "D-14",
        "lease_thrash",
        Severity::Warning,
        Some(job.updated_at),
        format!(
            "{} runs of #{} stopped renewing their lease",
            job.lost_leases, job.id
        ),
    );
    found.evidence.push(evidence(
        Some(job.updated_at),
        format!(
            "runner {} was the last; out of memory, killed, or cut off from the server",
            job.runner.as_deref().unwrap_or("unknown")
        ),
        Some(EvidenceLink::Job(job.id)),
    ));
    Some(found)
}

/// A refusal that is not long ago: when, and of what.
fn refused(facts: &Facts, code: Code) -> Option<(Timestamp, &str)> {
    let lease = facts.lease.as_ref()?;
    let (at, what) = lease.refused_at.zip(lease.refused.as_deref())?;
    let lately = at >= facts.now.plus_seconds(-REFUSED_SECONDS);
    (lately && what.starts_with(code.as_str())).then_some((at, what))
}

pub(super) fn stale_writer_fenced(facts: &Facts) -> Option<DiagnosisFinding> {
    let (at, what) = refused(facts, Code::StaleWriter)?;
    let mut found = finding(
        "D-19",
        "stale_writer_fenced",
        Severity::Error,
        Some(at),
        "a worker that lost its lease goes on writing, and is refused".to_owned(),
    );
    found
        .evidence
        .push(evidence(Some(at), format!("refused: {what}"), None));
    Some(found)
}

pub(super) fn cas_conflict(facts: &Facts) -> Option<DiagnosisFinding> {
    let (at, what) = refused(facts, Code::CursorConflict)?;
    let mut found = finding(
        "D-18",
        "cas_conflict",
        Severity::Warning,
        Some(at),
        "two tried to move the cursor; one was refused".to_owned(),
    );
    found
        .evidence
        .push(evidence(Some(at), format!("refused: {what}"), None));
    if let Some(moved) = facts.moved() {
        found.evidence.push(evidence(
            Some(moved.at),
            moved.job_id.map_or_else(
                || "an operator moved it".to_owned(),
                |job| format!("run #{job} moved it"),
            ),
            moved.job_id.map(EvidenceLink::Job),
        ));
    }
    Some(found)
}
