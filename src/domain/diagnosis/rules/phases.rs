//! Rules about where the spaces of a run fail.

use super::super::super::kind::Severity;
use super::super::Facts;
use super::super::report::{DiagnosisFinding, EvidenceLink};
use super::{evidence, finding, retry};

/// The failed spaces that hold the cursor and that failed in one of these phases.
fn failed_at(
    facts: &Facts,
    phases: &[&str],
    code: &str,
    name: &str,
    what: &str,
) -> Option<DiagnosisFinding> {
    let (job, failed) = facts.failed_spaces()?;
    let mine: Vec<_> = failed
        .into_iter()
        .filter(|space| (space.phase.as_deref()).is_some_and(|phase| phases.contains(&phase)))
        .collect();
    let first = mine.first()?;
    let names: Vec<&str> = mine
        .iter()
        .map(|space| facts.space_name(space.space_id))
        .collect();
    let mut found = finding(
        code,
        name,
        Severity::Error,
        first.finished_at,
        format!("{}: {what}", names.join(", ")),
    );
    for space in &mine {
        found.evidence.push(evidence(
            space.finished_at,
            format!(
                "run #{}  space {}: {}",
                job.id,
                facts.space_name(space.space_id),
                space.error.as_deref().unwrap_or("no reason was given"),
            ),
            Some(EvidenceLink::Job(job.id)),
        ));
    }
    found.next_action = Some(retry(job, "Retry the run, once that is mended"));
    Some(found)
}

pub(super) fn impact_failing(facts: &Facts) -> Option<DiagnosisFinding> {
    failed_at(
        facts,
        &["impact"],
        "D-24",
        "impact_failing",
        "what the change concerns is not known",
    )
}

pub(super) fn agent_failing(facts: &Facts) -> Option<DiagnosisFinding> {
    failed_at(
        facts,
        &["agent"],
        "D-25",
        "agent_failing",
        "the agent failed",
    )
}

pub(super) fn sync_back_failing(facts: &Facts) -> Option<DiagnosisFinding> {
    failed_at(
        facts,
        &["pull", "push"],
        "D-26",
        "sync_back_failing",
        "documents do not get through",
    )
}
