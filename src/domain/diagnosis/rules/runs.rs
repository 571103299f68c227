//! Rules about what the runs of a source did.

use serde_json::json;

use super::super::super::call::Call;
use super::super::super::kind::{
    JobKind, JobStatus, RebaselineMode, Role, Severity, StepName, StepStatus,
};
use super::super::super::row::JobRow;
use super::super::Facts;
use super::super::report::{DiagnosisFinding, Evidence, EvidenceLink};
use super::super::state::REWRITTEN;
use super::{action, catch_up, destructive, evidence, finding, remote, retry};

pub(super) fn cursor_unreachable(facts: &Facts) -> Option<DiagnosisFinding> {
    let job = facts.newest_job()?;
    let error = job
        .error
        .as_ref()
        .filter(|e| REWRITTEN.contains(&e.code.as_str()))?;
    if job.status == JobStatus::Succeeded {
        return None;
    }
    let mut found = finding(
        "D-20",
        "cursor_unreachable",
        Severity::Error,
        facts.source.pending_since.or(job.finished_at),
        "the cursor is not part of the branch's history any more".to_owned(),
    );
    found.evidence.push(evidence(
        job.finished_at.or(Some(job.updated_at)),
        format!(
            "run #{}  attempt {}  {}",
            job.id, job.attempt, error.message
        ),
        Some(EvidenceLink::Job(job.id)),
    ));
    let start = |label: &str, mode: RebaselineMode| {
        destructive(action(
            label,
            "rebaseline",
            Some(
                Call::new("POST", format!("/sources/{}/rebaseline", facts.source.id))
                    .with(json!({ "mode": mode })),
            ),
            Role::Operator,
        ))
    };
    found.next_action = Some(start(
        "Start again where the histories part",
        RebaselineMode::MergeBase,
    ));
    found.other_actions.push(start(
        "Start again at the head; what changed before it is left out",
        RebaselineMode::Head,
    ));
    found.other_actions.push(start(
        "Start again over everything",
        RebaselineMode::FullScan,
    ));
    found
        .other_actions
        .push(retry(job, "Try the run again, if the history was put back"));
    Some(found)
}

pub(super) fn space_failed(facts: &Facts) -> Option<DiagnosisFinding> {
    let (job, failed) = facts.failed_spaces()?;
    let rows: Vec<_> = facts.spaces_of(job).collect();
    let done = rows.len() - failed.len();
    let names: Vec<&str> = failed
        .iter()
        .map(|s| facts.space_name(s.space_id))
        .collect();
    let mut found = finding(
        "D-17",
        "space_failed",
        Severity::Error,
        facts.source.pending_since.or(job.started_at),
        format!(
            "{done} of {} spaces done; {} failed",
            rows.len(),
            names.join(", ")
        ),
    );
    for space in &failed {
        let at_phase = space
            .phase
            .as_deref()
            .map(|p| format!(" at {p}"))
            .unwrap_or_default();
        found.evidence.push(evidence(
            space.finished_at,
            format!(
                "run #{}  space {}  ✗ failed{at_phase}  attempt {} of {}: {}",
                job.id,
                facts.space_name(space.space_id),
                space.attempt,
                job.max_attempts,
                space.error.as_deref().unwrap_or("no reason was given"),
            ),
            Some(EvidenceLink::Job(job.id)),
        ));
    }
    for space in rows
        .iter()
        .filter(|s| !failed.iter().any(|f| f.space_id == s.space_id))
    {
        found.evidence.push(evidence(
            space.finished_at,
            format!(
                "run #{}  space {}  {}",
                job.id,
                facts.space_name(space.space_id),
                space.status
            ),
            Some(EvidenceLink::Job(job.id)),
        ));
    }
    found.evidence.push(queued_by(job));
    found.next_action = Some(retry(
        job,
        if failed.len() == 1 {
            "Retry the failed space"
        } else {
            "Retry the failed spaces"
        },
    ));
    for space in &failed {
        found.other_actions.push(destructive(action(
            format!("Skip {} for this event", facts.space_name(space.space_id)),
            "space-skip",
            Some(
                Call::new(
                    "POST",
                    format!("/jobs/{}/spaces/{}/skip", job.id, space.space_id),
                )
                .with(json!({})),
            ),
            Role::Operator,
        )));
    }
    Some(found)
}

pub(super) fn queued_by(job: &JobRow) -> Evidence {
    let how = match (&job.delivery_id, job.kind) {
        (Some(delivery), _) => format!("by delivery {delivery}"),
        (None, JobKind::CatchUp) => "as a catch-up".to_owned(),
        (None, _) => "by an operator".to_owned(),
    };
    evidence(
        Some(job.created_at),
        format!("run #{} was queued {how}", job.id),
        Some(EvidenceLink::Job(job.id)),
    )
}

fn failed_at(job: &JobRow, step: StepName) -> bool {
    job.steps
        .iter()
        .any(|s| s.name == step && s.status == StepStatus::Failed)
}

pub(super) fn poison_event(facts: &Facts) -> Option<DiagnosisFinding> {
    let job = facts.newest_job()?;
    if job.status != JobStatus::Failed || job.attempt < job.max_attempts {
        return None;
    }
    // A space that failed, or a history that was rewritten, says more than that attempts are used up.
    if facts.failed_spaces().is_some()
        || job
            .error
            .as_ref()
            .is_some_and(|e| REWRITTEN.contains(&e.code.as_str()))
    {
        return None;
    }
    let error = job.error.as_ref();
    let mut found = finding(
        "D-16",
        "poison_event",
        Severity::Error,
        job.finished_at,
        format!("run #{} used up its {} attempts", job.id, job.max_attempts),
    );
    found.evidence.push(evidence(
        job.finished_at,
        format!(
            "run #{}  attempt {} of {}: {}",
            job.id,
            job.attempt,
            job.max_attempts,
            error.map_or("no reason was given", |e| e.message.as_str())
        ),
        Some(EvidenceLink::Job(job.id)),
    ));
    found.evidence.push(queued_by(job));
    found.next_action = Some(retry(job, "Retry the run"));
    found.other_actions.push(catch_up(facts));
    Some(found)
}

pub(super) fn clone_failing(facts: &Facts) -> Option<DiagnosisFinding> {
    by_run(facts).or_else(|| remote::unreachable(facts))
}

fn by_run(facts: &Facts) -> Option<DiagnosisFinding> {
    let job = facts.newest_job()?;
    let error = job.error.as_ref()?;
    let cloning = failed_at(job, StepName::Checkout) || failed_at(job, StepName::Resolve);
    if !cloning
        || REWRITTEN.contains(&error.code.as_str())
        || !matches!(
            job.status,
            JobStatus::Retrying | JobStatus::Failed | JobStatus::Suspended
        )
    {
        return None;
    }
    let mut found = finding(
        "D-23",
        "clone_failing",
        Severity::Error,
        facts.source.pending_since.or(job.started_at),
        format!(
            "{} cannot be checked out",
            facts.source.repo.as_deref().unwrap_or("its repository")
        ),
    );
    found.evidence.push(evidence(
        Some(job.updated_at),
        format!(
            "run #{}  attempt {} of {}: {}",
            job.id, job.attempt, job.max_attempts, error.message
        ),
        Some(EvidenceLink::Job(job.id)),
    ));
    if let Some(at) = job.next_attempt_at {
        found.evidence.push(evidence(
            Some(at),
            format!("run #{} is tried again", job.id),
            Some(EvidenceLink::Job(job.id)),
        ));
    }
    found.next_action = Some(retry(job, "Retry the run now"));
    if let Some(integration) = &facts.integration {
        found.other_actions.push(action(
            format!("Check the access of {}", integration.name),
            "integration-check",
            Some(
                Call::new("POST", format!("/integrations/{}/check", integration.id))
                    .with(json!({})),
            ),
            Role::Operator,
        ));
    }
    Some(found)
}

pub(super) fn job_failing(facts: &Facts) -> Option<DiagnosisFinding> {
    let job = facts.newest_job()?;
    if job.status != JobStatus::Retrying || job.attempt < 3 {
        return None;
    }
    let error = job.error.as_ref()?;
    let mut found = finding(
        "D-15",
        "job_failing",
        Severity::Error,
        job.started_at,
        format!("run #{} failed {} times the same way", job.id, job.attempt),
    );
    found.evidence.push(evidence(
        Some(job.updated_at),
        format!(
            "run #{}  attempt {} of {}: {}",
            job.id, job.attempt, job.max_attempts, error.message
        ),
        Some(EvidenceLink::Job(job.id)),
    ));
    found.next_action = Some(retry(job, "Retry the run now"));
    Some(found)
}

pub(super) fn stale_skipped(facts: &Facts) -> Option<DiagnosisFinding> {
    let skipped: Vec<&JobRow> = facts
        .jobs
        .iter()
        .filter(|j| j.status == JobStatus::Skipped && j.superseded_by.is_some())
        .take(5)
        .collect();
    let newest = skipped.first()?;
    let by = newest.superseded_by?;
    let mut found = finding(
        "D-09",
        "stale_skipped",
        Severity::Info,
        newest.finished_at,
        format!("#{} superseded by #{by}: by design", newest.id),
    );
    found.evidence.extend(skipped.iter().filter_map(|job| {
        let by = job.superseded_by?;
        Some(evidence(
            job.finished_at,
            format!(
                "run #{} gave way to #{by}, which does its commits too",
                job.id
            ),
            Some(EvidenceLink::Job(by)),
        ))
    }));
    Some(found)
}

pub(super) fn no_attention_match(facts: &Facts) -> Option<DiagnosisFinding> {
    let job = facts
        .newest_job()
        .filter(|j| j.status == JobStatus::Succeeded)?;
    let rows: Vec<_> = facts.spaces_of(job).collect();
    if rows.is_empty() || rows.iter().any(|s| !s.impacted_docs.is_empty()) {
        return None;
    }
    let mut found = finding(
        "D-29",
        "no_attention_match",
        Severity::Info,
        job.finished_at,
        format!("run #{} changed nothing that a document watches", job.id),
    );
    found.evidence.push(evidence(
        job.finished_at,
        format!(
            "run #{}: no document in {} spaces concerned",
            job.id,
            rows.len()
        ),
        Some(EvidenceLink::Job(job.id)),
    ));
    Some(found)
}
