//! Questions that wait for a person.

use serde_json::{Value, json};

use super::world::*;
use crate::domain::code::Code;
use crate::domain::kind::{ApprovalDecision, ApprovalStatus, RequestKind};
use crate::domain::row::{ActivityRow, ApprovalRow, Key};

fn asks(world: &mut World, id: &str) {
    world.activity(
        &format!("ask-{id}"),
        "approval.requested",
        None,
        json!({ "requestId": id, "requestKind": "file-change", "detail": "Write a.md" }),
    );
}

fn asks_for_input(world: &mut World, id: &str) {
    world.activity(
        &format!("ask-{id}"),
        "user-input.requested",
        None,
        json!({ "requestId": id }),
    );
}

fn row(world: &World, id: &str) -> ApprovalRow {
    world.row(&Key::ProjectionPendingApprovals(
        thread_id(),
        id.parse().unwrap(),
    ))
}

fn counts(world: &World) -> (i64, i64) {
    let thread = world.thread_row();
    (
        thread.pending_approval_count,
        thread.pending_user_input_count,
    )
}

fn accept(id: &str) -> Value {
    json!({ "requestId": id, "decision": "accept" })
}

/// Scenario 152, as far as it is decided here.
#[test]
fn a_question_is_asked_answered_and_resolved_by_the_acknowledgement() {
    let mut world = World::with_thread();
    let asked_at = world.now;
    asks(&mut world, "r");
    let asked = row(&world, "r");
    assert_eq!(
        (asked.status, asked.decision, asked.created_at),
        (ApprovalStatus::Pending, None, asked_at)
    );
    assert_eq!(
        (asked.request_kind, asked.detail.as_deref()),
        (RequestKind::FileChange, Some("Write a.md"))
    );
    assert_eq!(counts(&world), (1, 0));

    let events = world.accept("thread.approval.respond", accept("r"));
    assert_eq!(events[0].metadata, json!({ "requestId": "r" }));
    let answered = row(&world, "r");
    assert_eq!(
        (answered.status, answered.decision),
        (ApprovalStatus::Responding, Some(ApprovalDecision::Accept))
    );
    assert_eq!(
        (answered.resolved_at, counts(&world)),
        (None, (1, 0)),
        "it is not settled yet"
    );

    let settled_at = world.now;
    world.activity(
        "ack",
        "approval.resolved",
        None,
        json!({ "requestId": "r" }),
    );
    let settled = row(&world, "r");
    assert_eq!(
        (settled.status, settled.decision, settled.resolved_at),
        (
            ApprovalStatus::Resolved,
            Some(ApprovalDecision::Accept),
            Some(settled_at)
        )
    );
    assert_eq!(counts(&world), (0, 0));
    assert_eq!(
        world.log.last().unwrap().metadata,
        json!({ "requestId": "r" })
    );
}

/// Scenario 19.
#[test]
fn only_a_question_that_waits_is_answered() {
    let mut world = World::with_thread();
    let why = world.refuse("thread.approval.respond", accept("r"));
    assert_eq!(why.code, Code::NotFound);
    assert!(
        why.message
            .ends_with("Request 'r' does not exist on thread 'job-1-space-1'.")
    );
    asks(&mut world, "r");
    world.accept("thread.approval.respond", accept("r"));
    let why = world.refuse("thread.approval.respond", accept("r"));
    assert!(
        why.message.contains("is answered already"),
        "{}",
        why.message
    );
    world.activity(
        "ack",
        "approval.resolved",
        None,
        json!({ "requestId": "r", "decision": "decline" }),
    );
    assert_eq!(
        row(&world, "r").decision,
        Some(ApprovalDecision::Decline),
        "the provider's word counts"
    );
    let why = world.refuse("thread.approval.respond", accept("r"));
    assert_eq!(why.code, Code::Conflict);
    assert!(
        why.message.contains("is resolved already"),
        "{}",
        why.message
    );
}

#[test]
fn each_sort_of_question_has_its_own_answer() {
    let mut world = World::with_thread();
    asks(&mut world, "a");
    asks_for_input(&mut world, "i");
    assert_eq!(counts(&world), (1, 1));
    let why = world.refuse("thread.approval.respond", accept("i"));
    assert!(
        why.message.contains("thread.user-input.respond"),
        "{}",
        why.message
    );
    let answers = |id: &str| json!({ "requestId": id, "answers": { "q": "yes" } });
    let why = world.refuse("thread.user-input.respond", answers("a"));
    assert!(
        why.message.contains("thread.approval.respond"),
        "{}",
        why.message
    );
    let why = world.refuse(
        "thread.user-input.respond",
        json!({ "requestId": "i", "answers": ["yes"] }),
    );
    assert_eq!(why.pointer.as_deref(), Some("/answers"));
    let events = world.accept("thread.user-input.respond", answers("i"));
    assert_eq!(events[0].metadata, json!({ "requestId": "i" }));
    // An acknowledgement of the other sort is none.
    world.activity("x", "approval.resolved", None, json!({ "requestId": "i" }));
    assert_eq!(row(&world, "i").status, ApprovalStatus::Responding);
    world.activity(
        "y",
        "user-input.resolved",
        None,
        json!({ "requestId": "i" }),
    );
    assert_eq!(
        (row(&world, "i").status, counts(&world)),
        (ApprovalStatus::Resolved, (1, 0))
    );
}

/// Scenario 75. Ours: stale, not resolved, for nobody heard the answer.
#[test]
fn a_question_that_the_provider_no_longer_knows_is_stale() {
    for detail in [
        "Unknown pending permission request",
        "Stale pending approval request: r",
    ] {
        let mut world = World::with_thread();
        asks(&mut world, "r");
        world.accept("thread.approval.respond", accept("r"));
        let at = world.now;
        world.activity(
            "f",
            "provider.approval.respond.failed",
            None,
            json!({ "requestId": "r", "detail": detail }),
        );
        let stale = row(&world, "r");
        assert_eq!(
            (stale.status, stale.resolved_at),
            (ApprovalStatus::Stale, Some(at))
        );
        assert_eq!(
            stale.decision,
            Some(ApprovalDecision::Accept),
            "what was answered is kept"
        );
        assert_eq!(counts(&world), (0, 0));
        let why = world.refuse("thread.approval.respond", accept("r"));
        assert!(why.message.contains("is stale"), "{}", why.message);
    }
}

/// Scenario 76.
#[test]
fn an_answer_that_was_not_delivered_may_be_given_again_and_opens_nothing() {
    let mut world = World::with_thread();
    asks(&mut world, "r");
    let asked = row(&world, "r");
    let fails = |world: &mut World, activity: &str, id: &str| {
        let payload = json!({ "requestId": id, "detail": "timed out" });
        world.activity(activity, "provider.approval.respond.failed", None, payload);
    };
    fails(&mut world, "f1", "r");
    assert_eq!(row(&world, "r"), asked);
    world.accept("thread.approval.respond", accept("r"));
    fails(&mut world, "f2", "r");
    assert_eq!(row(&world, "r"), asked);
    fails(&mut world, "f3", "unknown");
    assert_eq!(
        (world.all::<ApprovalRow>().len(), counts(&world)),
        (1, (1, 0))
    );
    world.accept("thread.approval.respond", accept("r"));
}

/// Scenario 77.
#[test]
fn a_request_for_input_goes_stale_like_an_approval() {
    let mut world = World::with_thread();
    asks_for_input(&mut world, "r");
    world.activity(
        "f",
        "provider.user-input.respond.failed",
        None,
        json!({ "requestId": "r", "detail": "Stale pending user-input request: r" }),
    );
    assert_eq!(
        (row(&world, "r").status, counts(&world)),
        (ApprovalStatus::Stale, (0, 0))
    );
}

#[test]
fn every_open_question_is_stale_once_its_session_ended() {
    for status in ["stopped", "error", "interrupted"] {
        let mut world = World::with_thread();
        asks(&mut world, "open");
        asks(&mut world, "answered");
        asks(&mut world, "settled");
        asks_for_input(&mut world, "input");
        world.accept("thread.approval.respond", accept("answered"));
        world.activity(
            "ack",
            "approval.resolved",
            None,
            json!({ "requestId": "settled" }),
        );
        world.session("ready", None);
        assert_eq!(counts(&world), (2, 1), "a turn that ends settles nothing");
        let ended_at = world.now;
        world.session(status, None);
        assert_eq!(counts(&world), (0, 0));
        for id in ["open", "answered", "input"] {
            let stale = row(&world, id);
            assert_eq!(
                (stale.status, stale.resolved_at),
                (ApprovalStatus::Stale, Some(ended_at))
            );
        }
        assert_eq!(row(&world, "settled").status, ApprovalStatus::Resolved);
    }
}

#[test]
fn a_question_is_asked_once_and_only_by_its_kinds() {
    let mut world = World::with_thread();
    world.activity("tool", "tool.started", None, json!({ "requestId": "r" }));
    assert_eq!(world.all::<ApprovalRow>().len(), 0);
    asks(&mut world, "r");
    world.activity(
        "ack",
        "approval.resolved",
        None,
        json!({ "requestId": "r" }),
    );
    let again = activity(
        at(0),
        "again",
        "approval.requested",
        None,
        json!({ "requestId": "r", "requestKind": "command" }),
    );
    let why = world.refuse("thread.activity.append", json!({ "activity": again }));
    assert!(
        why.message.contains("is never opened again"),
        "{}",
        why.message
    );
    for payload in [
        json!({}),
        json!({ "requestId": "x" }),
        json!({ "requestId": "x", "requestKind": "user-input" }),
        json!({ "requestId": "", "requestKind": "command" }),
    ] {
        let lacking = activity(at(0), "lacking", "approval.requested", None, payload);
        let why = world.refuse("thread.activity.append", json!({ "activity": lacking }));
        assert_eq!(
            (why.code, why.pointer.as_deref()),
            (Code::Invalid, Some("/activity/payload"))
        );
    }
}

#[test]
fn an_activity_is_appended_once_and_names_a_turn_that_is_there() {
    let mut world = World::with_thread();
    world.activity("e", "tool.started", None, json!({ "a": 1 }));
    let again = activity(at(0), "e", "tool.completed", None, json!({}));
    let why = world.refuse("thread.activity.append", json!({ "activity": again }));
    assert!(
        why.message
            .contains("Activity 'e' already exists on thread"),
        "{}",
        why.message
    );
    let rows: Vec<ActivityRow> = world.all();
    assert_eq!(
        (rows[0].kind.as_str(), &rows[0].payload),
        ("tool.started", &json!({ "a": 1 }))
    );
    let elsewhere = activity(at(0), "f", "tool.started", Some("unknown"), json!({}));
    let why = world.refuse("thread.activity.append", json!({ "activity": elsewhere }));
    assert_eq!(why.code, Code::NotFound);
}
