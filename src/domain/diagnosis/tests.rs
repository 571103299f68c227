//! Each state and rule by facts that make it hold, and the quiet case.

mod looked;
mod waiting;
mod writing;

use serde_json::json;

use super::super::id::{DeliveryId, IntegrationId, JobId, LeaseEpoch, OrgId, SourceId, SpaceId};
use super::super::kind::{
    CursorState, DeliveryStatus, IntegrationStatus, JobKind, JobStatus, Provider, RuntimeMode,
    Severity, SourceType, SpaceStatus, StepName, StepStatus,
};
use super::super::row::{
    BindingRow, CursorValue, DeliveryRow, IntegrationRow, JobFailure, JobRow, JobSpaceRow,
    LeaseRow, RunnerRow, SourceRow, SpaceRow, StepState,
};
use super::{Facts, conditions, diagnose, primary};
use crate::base::Timestamp;

const ORG: OrgId = OrgId(1);

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000).plus_seconds(minutes * 60)
}

fn quiet() -> Facts {
    Facts {
        source: SourceRow {
            org_id: ORG,
            id: SourceId(7),
            name: "frontend".into(),
            source_type: SourceType::Git,
            repo: Some("github.com/acme/frontend".into()),
            repo_key: Some("github.com/acme/frontend".into()),
            branch: Some("main".into()),
            integration_id: Some(IntegrationId(12)),
            enabled: true,
            files: None,
            paused: None,
            cursor: Some(CursorValue {
                value: "8be01aa".into(),
                updated_at: at(-2),
            }),
            cursor_version: 3,
            cursor_job_id: Some(JobId(90)),
            generation: 0,
            head_sha: Some("8be01aa".into()),
            head_at: Some(at(-3)),
            pending_since: None,
            baseline_sha: None,
            missed_at: None,
            trouble: None,
            commits_behind: None,
            history: vec![0],
            version: 1,
            created_by: "ana".into(),
            created_at: at(-100),
            updated_at: at(-2),
        },
        integration: Some(IntegrationRow {
            org_id: ORG,
            id: IntegrationId(12),
            provider: Provider::GitHub,
            name: "acme-github".into(),
            repo: None,
            account: Some("github.com/acme".into()),
            match_key: "github.com/acme".into(),
            status: IntegrationStatus::Active,
            status_detail: None,
            last_checked_at: Some(at(-4)),
            secrets: Vec::new(),
            credential: None,
            version: 1,
            created_at: at(-100),
            updated_at: at(-4),
        }),
        bindings: vec![(
            BindingRow {
                org_id: ORG,
                space_id: SpaceId(3),
                source_id: SourceId(7),
                jrn_pattern: None,
                enabled: true,
                version: 1,
                created_at: at(-100),
                updated_at: at(-100),
            },
            SpaceRow {
                org_id: ORG,
                id: SpaceId(3),
                name: "Internal".into(),
                slug: "internal".into(),
                description: None,
                runtime_mode: RuntimeMode::FullAccess,
                sandbox: None,
                sync_cursor: 0,
                documents: 3,
                version: 1,
                created_at: at(-100),
                updated_at: at(-100),
            },
        )],
        jobs: Vec::new(),
        spaces: Vec::new(),
        lease: None,
        deliveries: std::sync::Arc::default(),
        looked: Some(Some(at(-5))),
        runners: Some(vec![runner("w-1", at(0))].into()),
        queues: Vec::new(),
        now: at(0),
    }
}

/// A runner as it was last heard of.
fn runner(name: &str, seen_at: Timestamp) -> RunnerRow {
    RunnerRow {
        org_id: ORG,
        name: name.into(),
        version: "1.2.0".into(),
        kinds: JobKind::ALL.to_vec(),
        provider: "none".into(),
        first_seen_at: at(-100),
        seen_at,
        skew_ms: None,
    }
}

fn job(id: i64, status: JobStatus) -> JobRow {
    JobRow {
        org_id: ORG,
        id: JobId(id),
        kind: JobKind::CliImpact,
        status,
        source_id: SourceId(7),
        integration_id: Some(IntegrationId(12)),
        event_jrn: "jrn::path:/home/acme/sources/github/acme/frontend/main".into(),
        branch: "main".into(),
        head_sha: Some("9c00000".into()),
        before_sha: Some("8be01aa".into()),
        forced: false,
        occurrence: 0,
        generation: 0,
        base_sha: None,
        base_reason: None,
        rebaseline: None,
        runtime_mode: None,
        agent_turn: None,
        moves_cursor: true,
        affected_space_ids: vec![SpaceId(3)],
        attempt: 1,
        max_attempts: 8,
        lost_leases: 0,
        runner: Some("w-2".into()),
        epoch: Some(LeaseEpoch(118)),
        steps: Vec::new(),
        superseded_by: None,
        error: None,
        delivery_id: Some("72d3f1aa".into()),
        created_at: at(-30),
        updated_at: at(-20),
        started_at: Some(at(-30)),
        finished_at: status.is_terminal().then(|| at(-20)),
        next_attempt_at: None,
        version: 4,
    }
}

/// A delivery that names no repository.
fn delivery(id: i64, status: DeliveryStatus, received_at: Timestamp) -> DeliveryRow {
    let reason = match status {
        DeliveryStatus::Rejected => "rejected:signature",
        _ => status.as_str(),
    };
    DeliveryRow {
        org_id: ORG,
        id: DeliveryId(id),
        integration_id: IntegrationId(12),
        provider: Provider::GitHub,
        event: "push".into(),
        delivery_id: format!("d{id}"),
        status,
        reason: reason.into(),
        repo: None,
        git_ref: None,
        before_sha: None,
        after_sha: None,
        job_ids: Vec::new(),
        duplicate_of: None,
        headers: json!({}),
        body_blob: None,
        received_at,
    }
}

fn pending(mut facts: Facts, job: JobRow) -> Facts {
    facts.source.head_sha = Some("9c00000".into());
    facts.source.pending_since = Some(at(-30));
    facts.jobs = vec![job];
    facts
}

fn failed_space(job_id: i64) -> JobSpaceRow {
    JobSpaceRow {
        org_id: ORG,
        job_id: JobId(job_id),
        space_id: SpaceId(3),
        source_id: SourceId(7),
        status: SpaceStatus::Failed,
        phase: Some("impact".into()),
        impacted_docs: Vec::new(),
        updated_docs: Vec::new(),
        error: Some("gitlab.com/acme/design cannot be cloned".into()),
        thread_id: None,
        attempt: 8,
        started_at: Some(at(-21)),
        finished_at: Some(at(-20)),
    }
}

fn failure(code: &str) -> JobFailure {
    JobFailure {
        code: code.into(),
        message: "it did not work".into(),
    }
}

fn codes(facts: &Facts) -> Vec<String> {
    diagnose(facts)
        .findings
        .into_iter()
        .map(|f| f.code)
        .collect()
}

#[test]
fn nothing_is_wrong_is_said_explicitly() {
    let diagnosis = diagnose(&quiet());
    assert_eq!(diagnosis.state, CursorState::Ok);
    assert_eq!(
        diagnosis.summary,
        "Nothing is wrong. Cursor equals head 8be01aa."
    );
    assert_eq!(diagnosis.moves_next, "The next push to main moves it.");
    assert!(diagnosis.findings.is_empty());
    assert!(diagnosis.not_evaluated.is_empty());
    assert_eq!(diagnosis.moved.and_then(|m| m.job_id), Some(JobId(90)));
    assert!(primary(&quiet()).is_none());
}

#[test]
fn d_01_virtual_never_triggers() {
    let mut facts = quiet();
    facts.source.integration_id = None;
    facts.integration = None;
    assert_eq!(diagnose(&facts).state, CursorState::NotTracked);
    assert_eq!(codes(&facts), ["D-01"]);
}

#[test]
fn d_02_a_source_that_is_off_offers_to_turn_it_on() {
    let mut facts = quiet();
    facts.source.enabled = false;
    let diagnosis = diagnose(&facts);
    assert_eq!(diagnosis.state, CursorState::Disabled);
    let action = diagnosis.findings[0].next_action.clone().unwrap();
    assert_eq!(action.call.unwrap().body, json!({ "enabled": true }));
}

#[test]
fn d_03_a_suspended_integration_stops_what_is_queued() {
    let mut facts = pending(quiet(), job(87, JobStatus::Queued));
    facts.integration.as_mut().unwrap().status = IntegrationStatus::Suspended;
    let diagnosis = diagnose(&facts);
    assert_eq!(diagnosis.state, CursorState::Stopped);
    assert_eq!(diagnosis.findings[0].code, "D-03");
    assert_eq!(
        diagnosis.findings[0].next_action.as_ref().unwrap().command,
        "integration-check"
    );
}

#[test]
fn d_04_and_d_05_nobody_listens() {
    let mut facts = quiet();
    facts.bindings[0].0.enabled = false;
    assert_eq!(codes(&facts), ["D-05"]);
    facts.bindings.clear();
    assert_eq!(codes(&facts), ["D-04"]);
}

#[test]
fn d_07_three_refused_signatures_in_a_row() {
    let mut facts = quiet();
    let refused = |id| delivery(id, DeliveryStatus::Rejected, at(-1));
    facts.deliveries = [refused(3), refused(2)].into();
    assert!(codes(&facts).is_empty(), "two may be a typing error");
    facts.deliveries = [refused(3), refused(2), refused(1)].into();
    assert_eq!(codes(&facts), ["D-07"]);
    assert_eq!(
        conditions(&facts)[2].status,
        "unknown",
        "none of them was about this repository"
    );
}

#[test]
fn d_09_a_superseded_run_is_by_design() {
    let mut facts = quiet();
    let mut skipped = job(83, JobStatus::Skipped);
    skipped.superseded_by = Some(JobId(84));
    facts.jobs = vec![job(84, JobStatus::Succeeded), skipped];
    let found = diagnose(&facts).findings;
    let superseded = found.iter().find(|f| f.code == "D-09").unwrap();
    assert_eq!(superseded.severity, Severity::Info);
    assert_eq!(superseded.summary, "#83 superseded by #84: by design");
}

#[test]
fn d_11_a_job_that_nobody_takes() {
    let facts = pending(quiet(), job(91, JobStatus::Queued));
    assert_eq!(diagnose(&facts).state, CursorState::Stopped);
    assert_eq!(codes(&facts), ["D-11"]);
}

#[test]
fn d_13_a_lease_whose_holder_is_silent() {
    let mut facts = pending(quiet(), job(91, JobStatus::Running));
    facts.lease = Some(LeaseRow {
        org_id: ORG,
        source_id: SourceId(7),
        branch: "main".into(),
        job_id: Some(JobId(91)),
        epoch: LeaseEpoch(119),
        run_token_hash: Some(String::new()),
        runner: Some("w-2".into()),
        expires_at: Some(at(0).plus_seconds(3)),
        refused_at: None,
        refused: None,
    });
    assert_eq!(codes(&facts), ["D-13"]);
    facts.lease.as_mut().unwrap().expires_at = Some(at(0).plus_seconds(14));
    assert!(
        codes(&facts).is_empty(),
        "a holder that renewed a second ago is alive"
    );
}

#[test]
fn d_15_and_d_23_the_same_failure_again_and_again() {
    let mut failing = job(88, JobStatus::Retrying);
    failing.attempt = 3;
    failing.error = Some(failure("clone-failed"));
    failing.steps = vec![StepState {
        name: StepName::Checkout,
        status: StepStatus::Failed,
        started_at: at(-20),
        finished_at: Some(at(-20)),
        detail: None,
    }];
    let facts = pending(quiet(), failing);
    assert_eq!(diagnose(&facts).state, CursorState::Lagging);
    assert_eq!(codes(&facts), ["D-23", "D-15"]);
}

#[test]
fn d_16_attempts_are_used_up() {
    let mut failed = job(91, JobStatus::Failed);
    failed.attempt = 8;
    failed.error = Some(failure("agent-failed"));
    let facts = pending(quiet(), failed);
    assert_eq!(diagnose(&facts).state, CursorState::Stalled);
    assert_eq!(codes(&facts), ["D-16"]);
}

#[test]
fn d_17_a_failed_space_holds_the_cursor_and_can_be_retried_or_skipped() {
    let mut failed = job(91, JobStatus::Failed);
    failed.attempt = 8;
    failed.error = Some(failure("space-failed"));
    let mut facts = pending(quiet(), failed);
    facts.spaces = vec![failed_space(91)];
    let diagnosis = diagnose(&facts);
    assert_eq!(diagnosis.state, CursorState::Stalled);
    assert_eq!(diagnosis.since, Some(at(-30)));
    assert_eq!(
        diagnosis.moves_next,
        "Moves next when space Internal of run #91 succeeds or is skipped."
    );
    let found = &diagnosis.findings[0];
    assert_eq!(
        (found.code.as_str(), found.summary.as_str()),
        ("D-17", "0 of 1 spaces done; Internal failed")
    );
    assert!(
        found.evidence[0]
            .text
            .contains("gitlab.com/acme/design cannot be cloned")
    );
    assert_eq!(
        found
            .next_action
            .as_ref()
            .unwrap()
            .call
            .as_ref()
            .unwrap()
            .path,
        "/jobs/91/retry"
    );
    assert!(found.other_actions[0].destructive);
    assert_eq!(primary(&facts).unwrap().name, "space_failed");
    assert_eq!(conditions(&facts)[0].reason, "SpaceFailed");
}

#[test]
fn d_20_rewritten_history_is_a_rewind_whatever_else_holds() {
    let mut failed = job(80, JobStatus::Failed);
    failed.attempt = 8;
    failed.error = Some(failure("history-rewritten"));
    let facts = pending(quiet(), failed);
    let diagnosis = diagnose(&facts);
    assert_eq!(diagnosis.state, CursorState::Rewind);
    assert_eq!(codes(&facts), ["D-20"]);
    // Where to start again is for a person to say; the best guess comes first.
    let found = &diagnosis.findings[0];
    let offered = found.next_action.iter().chain(&found.other_actions);
    let calls: Vec<_> = offered
        .map(|action| (action.destructive, action.call.clone().unwrap()))
        .map(|(destructive, call)| (destructive, call.path, call.body))
        .collect();
    let start = |mode: &str| {
        let path = "/sources/7/rebaseline".to_owned();
        (true, path, json!({ "mode": mode }))
    };
    let again = (false, "/jobs/80/retry".to_owned(), json!({}));
    assert_eq!(
        calls,
        [
            start("merge-base"),
            start("head"),
            start("full-scan"),
            again
        ]
    );
}

#[test]
fn unknown_until_a_head_was_seen() {
    let mut facts = quiet();
    facts.source.head_sha = None;
    facts.source.cursor = None;
    assert_eq!(diagnose(&facts).state, CursorState::Unknown);
}

#[test]
fn a_run_that_just_began_is_no_lag() {
    let mut running = job(90, JobStatus::Running);
    running.updated_at = at(0);
    let mut facts = pending(quiet(), running);
    facts.source.pending_since = Some(at(-1));
    assert_eq!(diagnose(&facts).state, CursorState::Ok);
    assert_eq!(
        diagnose(&facts).summary,
        "Nothing is wrong. A run is on its way."
    );
    facts.source.pending_since = Some(at(-3));
    assert_eq!(diagnose(&facts).state, CursorState::Lagging);
}

#[test]
fn a_run_that_still_tries_counts_even_where_a_newer_one_ended() {
    let mut retrying = job(92, JobStatus::Retrying);
    retrying.attempt = 2;
    let mut facts = pending(quiet(), job(93, JobStatus::Succeeded));
    facts.jobs.push(retrying);
    assert_eq!(diagnose(&facts).state, CursorState::Lagging);
    assert_eq!(
        diagnose(&facts).moves_next,
        "Moves next when run #92 succeeds."
    );
}
