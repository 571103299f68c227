//! The rules, one function each: `setup` about how a source is set up and what it receives, `runs` about what its runs
//! did. All that hold are reported, errors before warnings before what is by design.

mod runs;
mod setup;

use serde_json::json;

use super::super::call::Call;
use super::super::kind::{CursorState, Role, Severity};
use super::super::row::JobRow;
use super::Facts;
use super::report::{Action, DiagnosisFinding, Evidence, EvidenceLink};
use crate::base::Timestamp;

/// Refused signatures in a row that make a finding.
pub const REFUSALS: usize = 3;

/// Rules whose facts this server does not gather yet, and why.
pub const NOT_EVALUATED: &[&str] = &[
    "D-06: remotes are not polled",
    "D-12: workers do not register",
];

type Rule = fn(&Facts) -> Option<DiagnosisFinding>;

const RULES: &[Rule] = &[
    setup::virtual_source,
    setup::source_disabled,
    setup::integration_revoked,
    runs::cursor_unreachable,
    runs::space_failed,
    runs::poison_event,
    runs::clone_failing,
    runs::job_failing,
    setup::signature_failing,
    setup::no_spaces_bound,
    setup::all_bindings_disabled,
    runs::lease_held_dead_worker,
    runs::queue_backlog,
    setup::events_other_ref,
    runs::stale_skipped,
    setup::duplicate_only,
    runs::no_attention_match,
];

/// Every rule that holds, worst first, and how many do not.
pub fn evaluate(facts: &Facts, state: CursorState) -> (Vec<DiagnosisFinding>, u32) {
    let mut findings: Vec<DiagnosisFinding> = RULES.iter().filter_map(|rule| rule(facts)).collect();
    if state == CursorState::NotTracked {
        findings.truncate(1);
    }
    let clear = u32::try_from(RULES.len() - findings.len()).unwrap_or(0);
    findings.sort_by_key(|f| f.severity);
    (findings, clear)
}

fn finding(
    code: &str,
    name: &str,
    severity: Severity,
    since: Option<Timestamp>,
    summary: String,
) -> DiagnosisFinding {
    DiagnosisFinding {
        code: code.to_owned(),
        name: name.to_owned(),
        severity,
        since,
        summary,
        evidence: Vec::new(),
        next_action: None,
        other_actions: Vec::new(),
    }
}

fn evidence(
    at: Option<Timestamp>,
    text: impl Into<String>,
    link: Option<EvidenceLink>,
) -> Evidence {
    Evidence {
        at,
        text: text.into(),
        link,
    }
}

fn action(label: impl Into<String>, command: &str, call: Option<Call>, role: Role) -> Action {
    Action {
        label: label.into(),
        command: command.to_owned(),
        call,
        role,
        destructive: false,
    }
}

fn destructive(mut action: Action) -> Action {
    action.destructive = true;
    action
}

fn catch_up(facts: &Facts) -> Action {
    action(
        "Catch up now",
        "catch-up",
        Some(Call::new("POST", format!("/sources/{}/catch-up", facts.source.id)).with(json!({}))),
        Role::Operator,
    )
}

fn retry(job: &JobRow, label: &str) -> Action {
    action(
        label,
        "run-retry",
        Some(Call::new("POST", format!("/jobs/{}/retry", job.id)).with(json!({}))),
        Role::Operator,
    )
}
