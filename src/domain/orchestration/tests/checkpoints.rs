//! Checkpoints, and going back to one.

use serde_json::{Value, json};

use super::world::*;
use crate::domain::code::Code;
use crate::domain::kind::{CheckpointStatus, TurnStatus};
use crate::domain::row::{
    ActivityRow, ApprovalRow, CheckpointRow, DiffBlobRow, Key, MessageRow, TurnRow,
};

const COMPLETE: &str = "thread.turn.diff.complete";
const REVERT: &str = "thread.checkpoint.revert";
const REVERTED: &str = "thread.revert.complete";

fn turn(world: &World, id: &str) -> TurnRow {
    world.row(&Key::ProjectionThreadTurns(
        thread_id(),
        id.parse().unwrap(),
    ))
}

fn ranges(world: &World) -> Vec<(i64, i64)> {
    let blobs = world.all::<DiffBlobRow>();
    blobs
        .into_iter()
        .map(|b| (b.from_turn_count, b.to_turn_count))
        .collect()
}

fn revert(world: &mut World, to: i64) {
    world.accept(REVERT, json!({ "turnCount": to }));
    world.accept(REVERTED, json!({ "turnCount": to }));
}

/// Scenario 55.
#[test]
fn a_checkpoint_without_files_is_one() {
    let mut world = World::with_thread();
    let id = world.running();
    let mut fields = checkpoint(world.now, &id, 1);
    fields["files"] = json!([]);
    world.accept(COMPLETE, fields);
    let row: CheckpointRow = world.row(&Key::ProjectionCheckpoints(thread_id(), 1));
    assert_eq!(
        (row.files.len(), row.assistant_message_id, row.status),
        (0, None, CheckpointStatus::Ready)
    );
    assert_eq!(turn(&world, &id).status, TurnStatus::Completed);
    assert_eq!(world.thread_row().checkpoint_turn_count, 1);
}

/// Scenario 22.
#[test]
fn checkpoints_are_numbered_without_a_gap() {
    let mut world = World::with_checkpoints(1);
    let id = world.running();
    for number in [0, 1, 3] {
        let fields = checkpoint(world.now, &id, number);
        let why = world.refuse(COMPLETE, fields);
        assert_eq!(why.code, Code::Conflict);
        assert!(
            why.message.contains("checkpointTurnCount must be 2"),
            "{}",
            why.message
        );
    }
    world.checkpoint(&id);
    let fields = checkpoint(world.now, &id, 3);
    let why = world.refuse(COMPLETE, fields);
    assert!(
        why.message.contains("has checkpoint 2 already"),
        "{}",
        why.message
    );
}

#[test]
fn a_checkpoint_is_of_a_turn_that_has_begun() {
    let mut world = World::with_thread();
    let fields = checkpoint(world.now, "unknown", 1);
    assert_eq!(world.refuse(COMPLETE, fields).code, Code::NotFound);
    let id = world.start();
    let fields = checkpoint(world.now, &id, 1);
    let why = world.refuse(COMPLETE, fields);
    assert!(why.message.contains("has not begun"), "{}", why.message);
}

/// Scenario 74.
#[test]
fn a_turn_that_was_interrupted_has_a_number_and_no_checkpoint() {
    let mut world = World::with_thread();
    let interrupted = world.running();
    world.session("interrupted", None);
    let done = world.whole_turn();
    let (a, b) = (turn(&world, &interrupted), turn(&world, &done));
    assert_eq!((a.turn_count, a.checkpoint_turn_count), (1, None));
    assert_eq!((b.turn_count, b.checkpoint_turn_count), (2, Some(1)));
}

#[test]
fn a_turn_that_failed_leaves_a_checkpoint_that_is_not_gone_back_to() {
    let mut world = World::with_thread();
    let id = world.running();
    let mut fields = checkpoint(world.now, &id, 1);
    fields["status"] = "error".into();
    fields["diffs"] = json!([]);
    world.accept(COMPLETE, fields);
    assert_eq!(turn(&world, &id).status, TurnStatus::Error);
    world.session("ready", None);
    world.whole_turn();
    let why = world.refuse(REVERT, json!({ "turnCount": 1 }));
    assert!(
        why.message
            .contains("Checkpoint ref for turn 1 is unavailable in read model."),
        "{}",
        why.message
    );
    world.accept(REVERT, json!({ "turnCount": 0 }));
}

#[test]
fn every_range_that_ends_at_a_checkpoint_comes_with_it_once() {
    let mut world = World::with_checkpoints(2);
    let id = world.running();
    let hash = "a".repeat(64);
    let range = |from: i64, blob: &str| json!({ "fromTurnCount": from, "blob": blob });
    for diffs in [
        vec![],
        vec![range(0, &hash), range(1, &hash)],
        vec![range(0, &hash), range(1, &hash), range(1, &hash)],
        vec![
            range(0, &hash),
            range(1, &hash),
            range(2, &hash),
            range(2, &hash),
        ],
        vec![range(0, &hash), range(1, &hash), range(3, &hash)],
        vec![range(0, &hash), range(1, &hash), range(2, "deadbeef")],
        vec![range(0, &hash), range(1, &hash), range(2, &"A".repeat(64))],
    ] {
        let mut fields = checkpoint(world.now, &id, 3);
        fields["diffs"] = Value::Array(diffs);
        let why = world.refuse(COMPLETE, fields);
        assert_eq!(
            (why.code, why.pointer.as_deref()),
            (Code::Invalid, Some("/diffs"))
        );
    }
    let completed_at = world.now;
    world.checkpoint(&id);
    assert_eq!(
        ranges(&world),
        [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    );
    let last = world.all::<DiffBlobRow>().pop().unwrap();
    assert_eq!(
        (last.diff, last.created_at),
        (format!("{:064x}", 302), completed_at)
    );
}

#[test]
fn what_is_told_of_a_changed_file_makes_sense() {
    let mut world = World::with_thread();
    let id = world.running();
    for (file, field) in [
        (
            json!({ "path": "", "kind": "added", "additions": 0, "deletions": 0 }),
            "path",
        ),
        (
            json!({ "path": "a", "kind": "eaten", "additions": 0, "deletions": 0 }),
            "kind",
        ),
        (
            json!({ "path": "a", "kind": "added", "additions": -1, "deletions": 0 }),
            "additions",
        ),
    ] {
        let mut fields = checkpoint(world.now, &id, 1);
        fields["files"] = json!([file]);
        let why = world.refuse(COMPLETE, fields);
        assert_eq!(why.pointer, Some(format!("/files/0/{field}")));
    }
}

/// Scenario 17, 20.
#[test]
fn one_goes_back_to_a_checkpoint_before_the_current_one() {
    let mut world = World::with_checkpoints(2);
    let why = world.refuse(REVERT, json!({ "turnCount": -1 }));
    assert_eq!(why.code, Code::Invalid);
    assert!(
        why.message
            .ends_with("turnCount must be an integer greater than or equal to 0.")
    );
    let why = world.refuse(REVERT, json!({ "turnCount": 3 }));
    assert!(
        why.message
            .ends_with("Checkpoint turn count 3 exceeds current turn count 2.")
    );
    let why = world.refuse(REVERT, json!({ "turnCount": 2 }));
    assert!(
        why.message
            .contains("Checkpoint turn count 2 is the current turn count")
    );
    let half = json!({ "type": REVERT, "command": { "threadId": THREAD, "turnCount": 1.5, "createdAt": at(0) } });
    assert!(serde_json::from_value::<crate::domain::orchestration::Command>(half).is_err());
    world.accept(REVERT, json!({ "turnCount": 0 }));
}

/// Scenario 21.
#[test]
fn nothing_else_goes_on_while_one_goes_back() {
    let mut world = World::with_checkpoints(2);
    let id = world.start();
    let busy = |world: &mut World| {
        let why = world.refuse(REVERT, json!({ "turnCount": 1 }));
        assert!(
            why.message.contains(&format!("has turn '{id}' under way")),
            "{}",
            why.message
        );
    };
    busy(&mut world);
    world.session("running", Some(&id));
    busy(&mut world);
    world.session("interrupted", None);
    world.accept(REVERT, json!({ "turnCount": 1 }));
    let next = world.thread_row().checkpoint_turn_count + 1;
    let now = world.now;
    for (kind, fields) in [
        (REVERT, json!({ "turnCount": 0 })),
        ("thread.turn.start", start("u9")),
        (COMPLETE, checkpoint(now, &id, next)),
        (
            "thread.session.set",
            json!({ "session": session(now, "running", Some("theirs")) }),
        ),
    ] {
        let why = world.refuse(kind, fields);
        assert!(
            why.message.contains("is going back to checkpoint 1"),
            "{}",
            why.message
        );
    }
    let why = world.refuse(REVERTED, json!({ "turnCount": 0 }));
    assert!(
        why.message.contains("to checkpoint 1, not to 0"),
        "{}",
        why.message
    );
    world.accept(REVERTED, json!({ "turnCount": 1 }));
    let why = world.refuse(REVERTED, json!({ "turnCount": 1 }));
    assert!(why.message.contains("is not going back"), "{}", why.message);
}

#[test]
fn a_revert_that_failed_is_over() {
    let mut world = World::with_checkpoints(2);
    world.accept(REVERT, json!({ "turnCount": 1 }));
    world.activity(
        "f",
        "checkpoint.revert.failed",
        None,
        json!({ "detail": "no" }),
    );
    assert_eq!(world.thread_row().revert_turn_count, None);
    world.accept(REVERT, json!({ "turnCount": 1 }));
}

/// Scenario 68, 78, 79, 110.
#[test]
fn a_revert_takes_exactly_what_came_after_the_checkpoint() {
    let mut world = World::with_thread();
    let first = world.whole_turn();
    let kept: (Vec<MessageRow>, Vec<ActivityRow>) = (world.all(), world.all());
    let latest = world.thread_row().latest_user_message_at;
    // Of the second turn: everything; of an interrupted one after it, too.
    let second = world.running();
    world.activity(
        "ask",
        "approval.requested",
        Some(&second),
        json!({ "requestId": "r", "requestKind": "command" }),
    );
    world.session("ready", None);
    world.checkpoint(&second);
    world.running();
    world.session("ready", None);
    assert_eq!(world.thread_row().pending_approval_count, 1);
    // Of no turn: stays.
    world.accept(
        "thread.message.assistant.delta",
        json!({ "messageId": "note", "delta": "x" }),
    );

    revert(&mut world, 1);
    let messages: Vec<MessageRow> = world.all();
    assert_eq!(
        messages
            .iter()
            .filter(|m| m.message_id.as_str() != "note")
            .cloned()
            .collect::<Vec<_>>(),
        kept.0
    );
    assert_eq!(messages.len(), kept.0.len() + 1);
    assert_eq!(world.all::<ActivityRow>(), kept.1);
    let turns: Vec<String> = world
        .all::<TurnRow>()
        .iter()
        .map(|t| t.turn_id.to_string())
        .collect();
    assert_eq!(turns, std::slice::from_ref(&first));
    let checkpoints: Vec<i64> = world
        .all::<CheckpointRow>()
        .iter()
        .map(|c| c.checkpoint_turn_count)
        .collect();
    assert_eq!(checkpoints, [1]);
    assert_eq!(world.all::<ApprovalRow>(), []);
    assert_eq!(
        ranges(&world),
        [(0, 1)],
        "no diff of what is gone is ever answered"
    );
    let thread = world.thread_row();
    assert_eq!(thread.latest_turn_id.unwrap().as_str(), first);
    assert_eq!(
        (thread.checkpoint_turn_count, thread.revert_turn_count),
        (1, None)
    );
    assert_eq!(
        (thread.latest_user_message_at, thread.pending_approval_count),
        (latest, 0)
    );
    assert_eq!(thread.turn_count, 3, "numbers are not given twice");
    assert_eq!(world.whole_turn(), "job-1-space-1-turn-4");
    assert_eq!(ranges(&world), [(0, 1), (0, 2), (1, 2)]);
}

/// Scenario 68.
#[test]
fn a_revert_takes_the_attachments_of_removed_turns_only() {
    let mut world = World::with_thread();
    for number in 1..=2 {
        let turn = world.next_turn();
        let mut fields = start(&format!("u{number}"));
        fields["message"]["attachments"] = json!([{ "id": format!("of turn {number}") }]);
        world.accept("thread.turn.start", fields);
        world.session("running", Some(&turn));
        world.session("ready", None);
        world.checkpoint(&turn);
    }
    assert_eq!(world.all::<MessageRow>().len(), 2);
    revert(&mut world, 1);
    let kept: Vec<Option<Vec<Value>>> = world
        .all::<MessageRow>()
        .into_iter()
        .map(|m| m.attachments)
        .collect();
    assert_eq!(kept, [Some(vec![json!({ "id": "of turn 1" })])]);
}

/// Scenario 149.
#[test]
fn one_can_go_back_again_as_far_as_the_beginning() {
    let mut world = World::with_checkpoints(2);
    revert(&mut world, 1);
    revert(&mut world, 0);
    assert_eq!(
        (
            world.all::<TurnRow>().len(),
            world.all::<MessageRow>().len()
        ),
        (0, 0)
    );
    let thread = world.thread_row();
    assert_eq!(
        (thread.latest_turn_id, thread.latest_user_message_at),
        (None, None)
    );
    assert_eq!((thread.checkpoint_turn_count, thread.turn_count), (0, 2));
}

#[test]
fn an_interrupted_turn_before_the_checkpoint_stays() {
    let mut world = World::with_thread();
    let interrupted = world.running();
    world.session("interrupted", None);
    let done = world.whole_turn();
    world.whole_turn();
    revert(&mut world, 1);
    let turns: Vec<String> = world
        .all::<TurnRow>()
        .iter()
        .map(|t| t.turn_id.to_string())
        .collect();
    assert_eq!(turns, [interrupted, done]);
}

#[test]
fn what_is_late_for_a_turn_that_was_taken_back_is_refused() {
    let mut world = World::with_checkpoints(2);
    revert(&mut world, 1);
    let gone = "job-1-space-1-turn-2";
    let late = activity(at(0), "late", "tool.completed", Some(gone), json!({}));
    let now = world.now;
    for (kind, fields) in [
        ("thread.activity.append", json!({ "activity": late })),
        (
            "thread.message.assistant.delta",
            json!({ "messageId": "a2", "delta": "x", "turnId": gone }),
        ),
        (
            "thread.session.set",
            json!({ "session": session(now, "running", Some(gone)) }),
        ),
        (COMPLETE, checkpoint(now, gone, 2)),
    ] {
        let why = world.refuse(kind, fields);
        assert_eq!(why.code, Code::NotFound, "{kind}: {}", why.message);
    }
}
