//! The rules, one function each: `setup` about how a source is set up and what it receives, `runs` about what its runs
//! did, `remote` about what looking at its repository found, `phases` about where spaces fail, `leases` about who may write, `workers` about who could run what waits. All that hold are
//! reported, errors before warnings before what is by design.

mod leases;
mod phases;
mod remote;
mod runs;
mod setup;
mod workers;

use serde_json::json;

use super::super::call::Call;
use super::super::kind::{CursorState, Role, Severity, SourceKind};
use super::super::row::JobRow;
use super::Facts;
use super::report::{Action, DiagnosisFinding, Evidence, EvidenceLink};
use crate::base::Timestamp;

/// Refused signatures in a row that make a finding.
pub const REFUSALS: usize = 3;

/// A remote that was not looked at for so long may have moved unseen.
const LOOK_SILENCE_SECONDS: i64 = 3_600;

/// Rules whose facts are not known now, and why.
pub fn not_evaluated(facts: &Facts) -> Vec<String> {
    let mut left = Vec::new();
    if facts.source.kind() == SourceKind::Virtual || !facts.source.enabled {
        return left;
    }
    match facts.looked {
        Some(None) => left.push("D-06: its remote was not looked at yet".to_owned()),
        Some(Some(at)) if at < facts.now.plus_seconds(-LOOK_SILENCE_SECONDS) => {
            let hours = facts.now.since(at).as_secs() / 3_600;
            left.push(format!("D-06: no look at its remote for {hours} h"));
        }
        Some(Some(_)) | None => {}
    }
    if facts.runners.is_none() {
        left.push("D-12: which workers there were is not known".to_owned());
    }
    left
}

type Rule = fn(&Facts) -> Option<DiagnosisFinding>;

const RULES: &[Rule] = &[
    setup::virtual_source,
    setup::source_disabled,
    setup::integration_revoked,
    runs::cursor_unreachable,
    runs::space_failed,
    phases::impact_failing,
    phases::agent_failing,
    phases::sync_back_failing,
    runs::poison_event,
    runs::clone_failing,
    runs::job_failing,
    remote::branch_gone,
    workers::no_workers,
    setup::signature_failing,
    setup::no_spaces_bound,
    setup::all_bindings_disabled,
    remote::repo_moved,
    remote::provider_throttled,
    leases::stale_writer_fenced,
    leases::cas_conflict,
    leases::lease_held_dead_worker,
    leases::lease_held_alive_long,
    leases::lease_thrash,
    workers::clock_skew,
    workers::queue_backlog,
    remote::webhook_not_delivering,
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
