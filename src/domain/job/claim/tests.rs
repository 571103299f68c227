mod bases;
mod held;

use serde_json::{Value, json};

use super::super::super::event::Actor;
use super::super::super::id::OrgId;
use super::super::super::view::{Known, Rejection};
use super::*;
use crate::base::Timestamp;

const NOW: &str = "2026-11-21T14:02:11.000Z";

fn row(table: Table, columns: Value) -> Row {
    let mut all = json!({
        "org_id": 1, "created_at": NOW, "updated_at": NOW, "version": 1,
    });
    for (name, value) in columns.as_object().unwrap() {
        all[name] = value.clone();
    }
    Row::from_value(table, all).unwrap()
}

/// A row with some of its columns changed.
fn with(row: &Row, more: Value) -> Row {
    let mut columns = row.to_value();
    for (name, value) in more.as_object().unwrap() {
        columns[name] = value.clone();
    }
    Row::from_value(row.table(), columns).unwrap()
}

fn source(id: i64, cursor: Option<&str>) -> Row {
    let cursor = cursor.map(|value| json!({ "value": value, "updatedAt": NOW }));
    row(
        Table::Sources,
        json!({
            "id": id, "name": "backend", "type": "git", "repo": "github.com/acme/backend", "repo_key": null,
            "branch": "main", "integration_id": 1, "enabled": true, "cursor": cursor, "cursor_version": 3,
            "cursor_job_id": null, "generation": 0, "head_sha": null, "head_at": null, "pending_since": null,
            "commits_behind": null, "history": [], "created_by": "ada",
        }),
    )
}

fn integration(status: &str) -> Row {
    row(
        Table::Integrations,
        json!({
            "id": 1, "provider": "github", "name": "acme-github", "repo": null, "account": "github.com/acme",
            "match_key": "github.com/acme", "status": status, "status_detail": null, "last_checked_at": null,
            "secrets": [], "credential": null,
        }),
    )
}

/// A job of source 7 over `before..head` that reached space 3.
fn job(id: i64, status: &str, before: Option<&str>, head: &str) -> Row {
    job_with(id, status, before, head, json!({}))
}

fn job_with(id: i64, status: &str, before: Option<&str>, head: &str, more: Value) -> Row {
    let mut columns = json!({
        "id": id, "kind": "cli-impact", "status": status, "source_id": 7, "integration_id": 1,
        "event_jrn": "jrn::path:/home/acme/sources/github/acme/backend/main", "branch": "main",
        "head_sha": head, "before_sha": before, "forced": false, "occurrence": 0, "generation": 0,
        "base_sha": null, "base_reason": null, "moves_cursor": true, "affected_space_ids": [3], "attempt": 0,
        "max_attempts": 8, "runner": null, "epoch": null, "steps": [], "superseded_by": null, "error": null,
        "delivery_id": null, "started_at": null, "finished_at": null, "next_attempt_at": NOW,
    });
    for (name, value) in more.as_object().unwrap() {
        columns[name] = value.clone();
    }
    row(Table::Jobs, columns)
}

fn binding(enabled: bool) -> Row {
    row(
        Table::SpaceSources,
        json!({ "space_id": 3, "source_id": 7, "jrn_pattern": null, "enabled": enabled }),
    )
}

fn space() -> Row {
    row(
        Table::Spaces,
        json!({ "id": 3, "name": "Docs", "slug": "docs", "description": null, "runtime_mode": "full-access", "sync_cursor": 0, "documents": 0 }),
    )
}

fn job_space(job: i64) -> Row {
    row(
        Table::JobSpaces,
        json!({
            "job_id": job, "space_id": 3, "source_id": 7, "status": "queued", "phase": null, "impacted_docs": [],
            "updated_docs": [], "error": null, "thread_id": null, "attempt": 0, "started_at": null,
            "finished_at": null,
        }),
    )
}

/// A claim against these rows, by a runner that takes every kind of job.
fn claim(rows: &[Row]) -> Decision {
    claim_of(rows, JobKind::ALL)
}

fn claim_of(rows: &[Row], kinds: &[JobKind]) -> Decision {
    let claim = Claim {
        runner: "w-1".to_owned(),
        kinds: kinds.to_vec(),
        run_token_hash: "ab".to_owned(),
    };
    decide(rows, &claim).unwrap_or_else(|rejection| panic!("{rejection:?}"))
}

/// A claim, and how often it asked for rows.
fn counted(rows: &[Row]) -> (Decision, usize) {
    let claim = Claim {
        runner: "w-1".to_owned(),
        kinds: JobKind::ALL.to_vec(),
        run_token_hash: "ab".to_owned(),
    };
    let (decision, rounds) = decide_in_rounds(rows, &claim);
    (decision.unwrap_or_else(|it| panic!("{it:?}")), rounds)
}

/// What a command comes to against these rows, as a store answers its needs.
fn decide(rows: &[Row], decider: &dyn Decider) -> Result<Decision, Rejection> {
    decide_in_rounds(rows, decider).0
}

fn decide_in_rounds(rows: &[Row], decider: &dyn Decider) -> (Result<Decision, Rejection>, usize) {
    let now: Timestamp = NOW.parse().unwrap();
    let mut view = View::new(OrgId(1), now, Actor::system());
    let mut rounds = 0;
    loop {
        rounds += 1;
        let needs = match decider.decide(&view) {
            Ok(decision) => return (Ok(decision), rounds),
            Err(Stop::Need(needs)) => needs,
            Err(Stop::Reject(rejection)) => return (Err(*rejection), rounds),
        };
        for need in needs {
            let known = match &need {
                Need::Row(key) => Known::Row(rows.iter().find(|r| r.key() == *key).cloned()),
                Need::Find(find) => {
                    let matching = rows
                        .iter()
                        .filter(|r| r.table() == find.table && find.matches(&r.to_value()));
                    let limit = find.limit.map_or(usize::MAX, |n| n as usize);
                    Known::Rows(matching.take(limit).cloned().collect())
                }
                Need::NextId(..) => panic!("nothing new is made here"),
            };
            view.learn(need, known);
        }
    }
}

fn offer(decision: &Decision) -> Option<ClaimOffer> {
    match &decision.reply {
        Reply::Value(value) => serde_json::from_value(value.clone()).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn world(integration_status: &str, jobs: Vec<Row>) -> Vec<Row> {
    let mut rows = vec![
        source(7, Some("c0")),
        integration(integration_status),
        binding(true),
        space(),
    ];
    rows.extend(jobs);
    rows
}

#[test]
fn jobs_of_a_suspended_or_removed_integration_wait() {
    for (status, runs) in [
        ("active", true),
        ("needs-access", true),
        ("error", true),
        ("suspended", false),
        ("removed", false),
    ] {
        let decision = claim(&world(status, vec![job(9, "queued", Some("c0"), "c1")]));
        assert_eq!(offer(&decision).is_some(), runs, "{status}");
        assert_eq!(decision.events.is_empty(), !runs, "{status}");
    }
}

#[test]
fn jobs_that_may_not_run_do_not_starve_those_behind_them() {
    let mut rows = world("active", Vec::new());
    for id in 1..=400 {
        // Source 8 does not exist any more.
        rows.push(job_with(
            id,
            "queued",
            None,
            "c1",
            json!({ "source_id": 8 }),
        ));
    }
    rows.push(job(401, "queued", Some("c0"), "c1"));
    assert_eq!(offer(&claim(&rows)).unwrap().job_id, JobId(401));
}

#[test]
fn an_event_run_again_is_told_from_its_first_run() {
    let first = job(9, "succeeded", Some("a"), "c0");
    let again = job_with(12, "queued", Some("a"), "c0", json!({ "generation": 1 }));
    let decision = claim(&world("active", vec![first, again]));
    assert!(offer(&decision).unwrap().replay);
    let decision = claim(&world("active", vec![job(9, "queued", Some("c0"), "c1")]));
    assert!(!offer(&decision).unwrap().replay);
}

#[test]
fn spaces_that_are_gone_at_the_start_are_skipped() {
    let job = || job(9, "queued", Some("c0"), "c1");
    let skipped = |rows: &[Row]| {
        let events = claim(rows).events;
        events.into_iter().skip(1).find_map(|e| match e.payload {
            Payload::SpaceFinished { status, error, .. } => Some((status, error.unwrap())),
            _ => None,
        })
    };
    let mut rows = world("active", vec![job(), job_space(9)]);
    assert_eq!(skipped(&rows), None);
    rows[2] = binding(false);
    let (status, why) = skipped(&rows).unwrap();
    assert_eq!(status, SpaceStatus::Skipped);
    assert!(why.contains("turned off"), "{why}");
    rows.remove(2);
    assert!(skipped(&rows).unwrap().1.contains("unbound"));
    rows.remove(2);
    assert!(skipped(&rows).unwrap().1.contains("deleted"));
}

#[test]
fn seed_000_the_newest_pending_event_of_the_chain_supersedes_and_a_forced_push_does_not() {
    let rows = |forced: bool| {
        world(
            "active",
            vec![
                job(9, "queued", Some("c0"), "c1"),
                job(10, "queued", Some("c1"), "c2"),
                job_with(11, "queued", Some("c2"), "c3", json!({ "forced": forced })),
            ],
        )
    };
    let superseded = |forced| offer(&claim(&rows(forced))).unwrap().superseded_by;
    assert_eq!(superseded(false), Some(JobId(11)));
    assert_eq!(superseded(true), Some(JobId(10)));
}
