//! What a claim does not take: kinds that the runner does not take, queues and sources that are held back.

use super::*;
use crate::domain::code::Code;
use crate::domain::id::SourceId;
use crate::domain::org::{PauseQueue, ResumeQueue};
use crate::domain::source::{PauseSource, ResumeSource};

/// Held back by Ana since now.
fn pause() -> Value {
    json!({ "since": NOW, "by": "ana", "reason": "the branch is broken" })
}

fn org(held: &[JobKind]) -> Row {
    let queue = |kind: &JobKind| {
        let mut queue = pause();
        queue["kind"] = json!(kind);
        queue
    };
    let queues: Vec<Value> = held.iter().map(queue).collect();
    row(
        Table::Orgs,
        json!({ "slug": "acme", "paused_queues": queues }),
    )
}

/// A push, #9, and a catch-up, #10, that wait.
fn two_kinds() -> Vec<Row> {
    let catch_up = json!({ "kind": "catch-up", "head_sha": null });
    world(
        "active",
        vec![
            job(9, "queued", Some("c0"), "c1"),
            job_with(10, "queued", None, "c1", catch_up),
        ],
    )
}

fn taken(rows: &[Row], kinds: &[JobKind]) -> Option<JobId> {
    offer(&claim_of(rows, kinds)).map(|offered| offered.job_id)
}

fn refusal(rows: &[Row], decider: &dyn Decider) -> Rejection {
    match decide(rows, decider) {
        Ok(decision) => panic!("{decision:?}"),
        Err(rejection) => rejection,
    }
}

#[test]
fn a_runner_gets_only_the_kinds_that_it_takes() {
    let rows = two_kinds();
    assert_eq!(taken(&rows, JobKind::ALL), Some(JobId(9)));
    assert_eq!(taken(&rows, &[JobKind::CliImpact]), Some(JobId(9)));
    assert_eq!(taken(&rows, &[JobKind::CatchUp]), Some(JobId(10)));
    assert_eq!(taken(&rows, &[JobKind::AgentTurn]), None);
    assert_eq!(taken(&rows, &[]), None);
}

#[test]
fn a_queue_that_is_paused_holds_its_kind_back_and_no_other() {
    for (held, next) in [
        (&[][..], Some(JobId(9))),
        (&[JobKind::AgentTurn][..], Some(JobId(9))),
        (&[JobKind::CliImpact][..], Some(JobId(10))),
        (&[JobKind::CatchUp, JobKind::CliImpact][..], None),
    ] {
        let mut rows = two_kinds();
        rows.push(org(held));
        assert_eq!(taken(&rows, JobKind::ALL), next, "{held:?}");
    }
    let mut rows = two_kinds();
    rows.push(org(&[JobKind::CatchUp]));
    assert_eq!(taken(&rows, &[JobKind::CatchUp]), None);
}

#[test]
fn jobs_of_a_paused_source_wait_and_those_of_others_do_not() {
    let mut rows = two_kinds();
    rows[0] = with(&rows[0], json!({ "paused": pause() }));
    assert_eq!(taken(&rows, JobKind::ALL), None);
    rows.push(source(8, None));
    let other = json!({ "source_id": 8 });
    rows.push(job_with(11, "queued", Some("c0"), "c1", other));
    assert_eq!(taken(&rows, JobKind::ALL), Some(JobId(11)));
}

#[test]
fn pausing_a_source_says_what_waits_and_how_to_resume_it() {
    let mut rows = two_kinds();
    rows[4] = with(&rows[4], json!({ "status": "running" }));
    let pause_it = PauseSource {
        id: SourceId(7),
        expected: Some(1),
        reason: Some("the branch is broken".to_owned()),
    };
    let decision = decide(&rows, &pause_it).unwrap();
    let reason = Some("the branch is broken".to_owned());
    let events: Vec<Payload> = decision.events.into_iter().map(|e| e.payload).collect();
    assert_eq!(events, [Payload::SourcePaused { reason }]);
    let follows: Vec<&str> = decision
        .consequences
        .iter()
        .map(|it| it.text.as_str())
        .collect();
    assert_eq!(
        follows,
        [
            "Run #9 goes on to its end.",
            "Run #10 waits.",
            "Pushes are taken in, and wait."
        ]
    );
    let undo = decision.undo.unwrap().calls.remove(0);
    assert_eq!(
        (undo.method, undo.path.as_str()),
        ("POST", "/sources/7/resume")
    );
    assert_eq!(undo.if_match, Some(2));

    let late = PauseSource {
        expected: Some(3),
        ..pause_it
    };
    assert_eq!(refusal(&rows, &late).code, Code::Precondition);
}

#[test]
fn a_source_is_paused_once_and_only_where_something_of_it_could_run() {
    let pause_it = PauseSource {
        id: SourceId(7),
        expected: None,
        reason: None,
    };
    let held = with(&source(7, None), json!({ "paused": pause() }));
    let refused = refusal(&[held], &pause_it);
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.contains("by ana"), "{}", refused.message);
    let unlinked = with(&source(7, None), json!({ "integration_id": null }));
    let refused = refusal(&[unlinked], &pause_it);
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.contains("virtual"), "{}", refused.message);
    assert_eq!(refusal(&[], &pause_it).code, Code::NotFound);
}

#[test]
fn a_source_is_resumed_once_and_may_be_paused_again_for_the_same_reason() {
    let resume = ResumeSource {
        id: SourceId(7),
        expected: None,
    };
    let rows = two_kinds();
    assert_eq!(refusal(&rows, &resume).code, Code::Conflict);

    let mut rows = two_kinds();
    rows[0] = with(&rows[0], json!({ "paused": pause() }));
    let decision = decide(&rows, &resume).unwrap();
    assert_eq!(decision.events[0].payload, Payload::SourceResumed {});
    assert_eq!(decision.consequences[0].text, "Run #9 may be taken.");
    let undo = decision.undo.unwrap().calls.remove(0);
    assert_eq!(undo.path, "/sources/7/pause");
    assert_eq!(undo.body, json!({ "reason": "the branch is broken" }));
}

#[test]
fn a_queue_is_paused_and_resumed_once_each() {
    let kind = JobKind::CatchUp;
    let pause_it = PauseQueue { kind, reason: None };
    let resume = ResumeQueue { kind };
    // Another queue that is held back is another matter.
    let open = [org(&[JobKind::CliImpact])];
    let held = [org(&[JobKind::CliImpact, kind])];

    let decision = decide(&open, &pause_it).unwrap();
    let paused = Payload::QueuePaused { kind, reason: None };
    assert_eq!(decision.events[0].payload, paused);
    let undo = decision.undo.unwrap().calls.remove(0);
    assert_eq!(undo.path, "/queues/catch-up/resume");
    let refused = refusal(&held, &pause_it);
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.contains("by ana"), "{}", refused.message);

    let decision = decide(&held, &resume).unwrap();
    let resumed = Payload::QueueResumed { kind };
    assert_eq!(decision.events[0].payload, resumed);
    let undo = decision.undo.unwrap().calls.remove(0);
    assert_eq!(undo.path, "/queues/catch-up/pause");
    assert_eq!(undo.body, json!({ "reason": "the branch is broken" }));
    assert_eq!(refusal(&open, &resume).code, Code::Conflict);
}
