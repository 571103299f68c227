//! Why a cursor stands where it stands: the state, and every rule that holds, decided in one place from rows alone
//! (sources.md §9: diagnosis; rules D-01…). Pure: the same facts give the same words in API, command line and console.

mod conditions;
mod facts;
mod report;
mod rules;
mod state;
#[cfg(test)]
mod tests;

pub use conditions::conditions;
pub use facts::{Facts, RUNNER_SILENCE_SECONDS, needs};
pub use report::{
    Action, Condition, CursorMove, Diagnosis, DiagnosisFinding, Evidence, EvidenceLink,
    PrimaryFinding,
};
pub use state::{state, summary};

use super::kind::CursorState;

/// The whole diagnosis of a source.
pub fn diagnose(facts: &Facts) -> Diagnosis {
    let (state, since) = state(facts);
    let (findings, clear) = rules::evaluate(facts, state);
    let moved = facts.moved();
    Diagnosis {
        source_id: facts.source.id,
        name: facts.source.name.clone(),
        branch: facts.source.branch.clone(),
        state,
        since,
        summary: summary(facts, state),
        moves_next: moves_next(facts, state, &findings),
        moved,
        findings,
        clear,
        not_evaluated: rules::not_evaluated(facts),
    }
}

/// The finding that a list shows beside the state.
pub fn primary(facts: &Facts) -> Option<PrimaryFinding> {
    let (state, _) = state(facts);
    if matches!(state, CursorState::Ok | CursorState::NotTracked) {
        return None;
    }
    let (findings, _) = rules::evaluate(facts, state);
    findings.into_iter().next().map(|f| PrimaryFinding {
        code: f.code,
        name: f.name,
    })
}

fn moves_next(facts: &Facts, state: CursorState, findings: &[DiagnosisFinding]) -> String {
    let source = &facts.source;
    let branch = source.branch.as_deref().unwrap_or("its default branch");
    match state {
        CursorState::NotTracked => "Linking it to an integration lets it move.".to_owned(),
        CursorState::Disabled => "Turning it on lets the next push move it.".to_owned(),
        CursorState::Unknown => format!("The first push to {branch} moves it, or a catch-up."),
        CursorState::Ok if facts.open_job().is_none() => {
            format!("The next push to {branch} moves it.")
        }
        _ => {
            if let Some((job, failed)) = facts.failed_spaces() {
                let names: Vec<&str> = failed
                    .iter()
                    .map(|s| facts.space_name(s.space_id))
                    .collect();
                return format!(
                    "Moves next when space {} of run #{} succeeds or is skipped.",
                    names.join(", "),
                    job.id
                );
            }
            match (
                facts.open_job(),
                findings.first().and_then(|f| f.next_action.as_ref()),
            ) {
                // What waits behind a fault that a person must mend does not move by itself.
                (_, Some(action)) if state.is_stuck() => {
                    format!("Moves next after this: {}.", lower_first(&action.label))
                }
                (Some(job), _) => format!("Moves next when run #{} succeeds.", job.id),
                (None, _) => format!("The next push to {branch} moves it, or a catch-up."),
            }
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
