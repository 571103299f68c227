//! Rules about who could run what waits.

use serde_json::json;

use super::super::super::call::Call;
use super::super::super::job::LEASE_SECONDS;
use super::super::super::kind::{JobStatus, Role, Severity};
use super::super::super::row::{JobRow, Pause, RunnerRow};
use super::super::Facts;
use super::super::report::{DiagnosisFinding, EvidenceLink};
use super::super::state::integration_works;
use super::runs::queued_by;
use super::{action, evidence, finding};

/// For so long a job may wait to be taken: a worker may be about to ask.
const UNTAKEN_SECONDS: u64 = 120;

/// The job that waits for a worker: now, or for its next try.
fn waiting(facts: &Facts) -> Option<&JobRow> {
    facts.open_job().filter(|job| {
        matches!(job.status, JobStatus::Queued | JobStatus::Retrying) && integration_works(facts)
    })
}

pub(super) fn no_workers(facts: &Facts) -> Option<DiagnosisFinding> {
    let job = waiting(facts)
        .filter(|job| job.status == JobStatus::Queued && facts.held_back(job).is_none())?;
    if facts.runners_alive()? > 0 {
        return None;
    }
    let runners = facts.runners.as_ref()?;
    let last = runners.iter().max_by_key(|runner| runner.seen_at);
    let mut found = finding(
        "D-12",
        "no_workers",
        Severity::Error,
        last.map(|runner| runner.seen_at).or(Some(job.created_at)),
        format!("run #{} waits, and no worker is there", job.id),
    );
    found.evidence.push(match last {
        Some(RunnerRow {
            name,
            version,
            seen_at,
            ..
        }) => evidence(
            Some(*seen_at),
            format!("worker {name} (jolli {version}) was the last to ask for work"),
            None,
        ),
        None => evidence(None, "no worker ever asked for work", None),
    });
    found.evidence.push(queued_by(job));
    Some(found)
}

pub(super) fn queue_backlog(facts: &Facts) -> Option<DiagnosisFinding> {
    if let Some(pause) = &facts.source.paused {
        return Some(held(facts, pause));
    }
    let job = waiting(facts)?;
    if let Some(pause) = facts.held_back(job) {
        return Some(queue_held(job, pause));
    }
    let waited = facts.now.since(job.updated_at).as_secs();
    // Nobody there is another finding, and so is a job that failed.
    if job.status != JobStatus::Queued
        || waited < UNTAKEN_SECONDS
        || facts.runners_alive() == Some(0)
    {
        return None;
    }
    let mut found = finding(
        "D-11",
        "queue_backlog",
        Severity::Warning,
        Some(job.updated_at),
        format!("run #{} waits and no worker has taken it", job.id),
    );
    found.evidence.push(queued_by(job));
    Some(found)
}

fn said(what: &str, pause: &Pause) -> String {
    let reason = pause.reason.as_deref();
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    format!("{what} was paused by {}{reason}", pause.by)
}

fn held(facts: &Facts, pause: &Pause) -> DiagnosisFinding {
    let mut found = finding(
        "D-11",
        "queue_backlog",
        Severity::Warning,
        Some(pause.since),
        "the source is paused: its runs wait".to_owned(),
    );
    found
        .evidence
        .push(evidence(Some(pause.since), said("the source", pause), None));
    if let Some(job) = facts.open_job() {
        found.evidence.push(queued_by(job));
    }
    found.next_action = Some(action(
        "Resume it",
        "source-pause",
        Some(Call::new("POST", format!("/sources/{}/resume", facts.source.id)).with(json!({}))),
        Role::Operator,
    ));
    found
}

fn queue_held(job: &JobRow, pause: &Pause) -> DiagnosisFinding {
    let mut found = finding(
        "D-11",
        "queue_backlog",
        Severity::Warning,
        Some(pause.since),
        format!("every {} is paused: run #{} waits", job.kind, job.id),
    );
    found.evidence.push(evidence(
        Some(pause.since),
        said(&format!("the queue {}", job.kind), pause),
        Some(EvidenceLink::Job(job.id)),
    ));
    found.next_action = Some(action(
        format!("Resume the queue {}", job.kind),
        "queue-resume",
        Some(Call::new("POST", format!("/queues/{}/resume", job.kind)).with(json!({}))),
        Role::Admin,
    ));
    found
}

/// A clock that is off by more than a quarter of a lease. Nothing rests on it but the times in logs.
pub(super) fn clock_skew(facts: &Facts) -> Option<DiagnosisFinding> {
    let allowed = LEASE_SECONDS * 1_000 / 4;
    let runner = facts
        .runners
        .as_ref()?
        .iter()
        .find(|runner| runner.skew_ms.is_some_and(|skew| skew.abs() > allowed))?;
    let skew = runner.skew_ms?;
    let mut found = finding(
        "D-28",
        "clock_skew",
        Severity::Warning,
        Some(runner.seen_at),
        format!("the clock of worker {} is off", runner.name),
    );
    found.evidence.push(evidence(
        Some(runner.seen_at),
        format!(
            "it is {:.1} s {} the server's",
            skew.abs() as f64 / 1e3,
            if skew > 0 { "ahead of" } else { "behind" }
        ),
        None,
    ));
    Some(found)
}
