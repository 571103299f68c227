//! Threads.

use serde_json::{Value, json};

use super::world::*;
use crate::domain::code::Code;
use crate::domain::event::{NewEvent, Orchestration, Payload, Session, Stream};
use crate::domain::kind::{ApprovalStatus, RuntimeMode, SessionStatus, TurnStatus};
use crate::domain::row::{ApprovalRow, Key, MessageRow, SessionRow, ThreadRow, TurnRow};

/// One of every command of a thread, of a thread with that id.
pub fn every_thread_command(id: &str) -> Vec<(&'static str, Value)> {
    let mut of_session = session(at(0), "ready", None);
    of_session["threadId"] = id.into();
    let mut commands = vec![
        ("thread.delete", json!({})),
        ("thread.archive", json!({})),
        ("thread.unarchive", json!({})),
        ("thread.meta.update", json!({ "title": "t" })),
        (
            "thread.runtime-mode.set",
            json!({ "runtimeMode": "full-access" }),
        ),
        ("thread.turn.start", start("u9")),
        ("thread.turn.interrupt", json!({})),
        (
            "thread.approval.respond",
            json!({ "requestId": "r", "decision": "accept" }),
        ),
        (
            "thread.user-input.respond",
            json!({ "requestId": "r", "answers": {} }),
        ),
        ("thread.checkpoint.revert", json!({ "turnCount": 0 })),
        ("thread.session.stop", json!({})),
        ("thread.session.set", json!({ "session": of_session })),
        (
            "thread.message.assistant.delta",
            json!({ "messageId": "a", "delta": "d" }),
        ),
        (
            "thread.message.assistant.complete",
            json!({ "messageId": "a" }),
        ),
        ("thread.turn.diff.complete", checkpoint(at(0), "t", 1)),
        (
            "thread.activity.append",
            json!({ "activity": activity(at(0), "e", "tool.started", None, json!({})) }),
        ),
        ("thread.revert.complete", json!({ "turnCount": 0 })),
    ];
    for (_, fields) in &mut commands {
        fields["threadId"] = id.into();
    }
    commands
}

/// Scenario 80.
#[test]
fn a_new_thread_has_full_access_and_nothing_in_it() {
    let mut world = World::with_project();
    let mut fields = thread(THREAD, PROJECT);
    fields["createdAt"] = json!(at(-9));
    let events = world.accept("thread.create", fields);
    assert_eq!((events.len(), events[0].occurred_at), (1, at(-9)));
    let row = world.thread_row();
    assert_eq!(row.runtime_mode, RuntimeMode::FullAccess);
    assert_eq!((row.created_at, row.updated_at), (at(-9), at(-9)));
    assert_eq!(
        (
            row.latest_turn_id,
            row.turn_count,
            row.checkpoint_turn_count
        ),
        (None, 0, 0)
    );
    assert_eq!(
        (row.pending_approval_count, row.pending_user_input_count),
        (0, 0)
    );
}

/// Scenario 15, 51.
#[test]
fn every_command_of_a_thread_that_is_not_there_names_it_and_itself() {
    let mut world = World::with_thread();
    // The run works on space 4 too, so that its commands come as far as asking for the thread.
    world.works_on(&[1, 4]);
    for (kind, fields) in every_thread_command("job-1-space-4") {
        let why = world.refuse(kind, fields);
        assert_eq!(why.code, Code::NotFound, "{kind}: {}", why.message);
        assert_eq!(
            why.message,
            format!(
                "Orchestration command invariant failed ({kind}): Thread 'job-1-space-4' does not exist for command '{kind}'."
            )
        );
    }
}

/// Scenario 16, 52.
#[test]
fn a_thread_cannot_be_created_twice() {
    let mut world = World::with_thread();
    let why = world.refuse("thread.create", thread(THREAD, PROJECT));
    assert!(
        why.message
            .ends_with("Thread 'job-1-space-1' already exists and cannot be created twice.")
    );
    world.accept("thread.delete", json!({}));
    let why = world.refuse("thread.create", thread(THREAD, PROJECT));
    assert!(why.message.contains("is deleted") && why.message.contains("another id"));
}

/// Scenario 18.
#[test]
fn a_deleted_thread_takes_no_command() {
    let mut world = World::with_thread();
    world.accept("thread.delete", json!({}));
    for (kind, fields) in every_thread_command(THREAD) {
        let why = world.refuse(kind, fields);
        assert_eq!(why.code, Code::Conflict, "{kind}");
        assert!(
            why.message.contains(&format!(
                "Thread '{THREAD}' is deleted and cannot handle command '{kind}'."
            )),
            "{}",
            why.message
        );
    }
}

/// Scenario 69.
#[test]
fn nothing_of_a_deleted_thread_goes_on() {
    let mut world = World::with_thread();
    let turn = world.running();
    world.activity(
        "e",
        "approval.requested",
        Some(&turn),
        json!({ "requestId": "r", "requestKind": "command" }),
    );
    let deleted_at = world.now;
    world.accept("thread.delete", json!({}));
    let turn: TurnRow = world.row(&Key::ProjectionThreadTurns(
        thread_id(),
        turn.parse().unwrap(),
    ));
    assert_eq!(
        (turn.status, turn.completed_at),
        (TurnStatus::Interrupted, Some(deleted_at))
    );
    let session: SessionRow = world.row(&Key::ProjectionThreadSessions(thread_id()));
    assert_eq!(
        (session.status, session.active_turn_id),
        (SessionStatus::Stopped, None)
    );
    let asked: Vec<ApprovalRow> = world.all();
    assert_eq!(asked[0].status, ApprovalStatus::Stale);
    let thread = world.thread_row();
    assert_eq!(
        (thread.pending_approval_count, thread.deleted_at),
        (0, Some(deleted_at))
    );
    assert_eq!(world.all::<MessageRow>().len(), 1, "what was said stays");
}

/// Scenario 69. Ours: attachments stay with what was said.
#[test]
fn deleting_a_thread_leaves_one_of_a_similar_name_alone() {
    let mut world = World::with_thread();
    let similar = format!("{THREAD}0");
    world.accept("thread.create", thread(&similar, PROJECT));
    for id in [THREAD, similar.as_str()] {
        let mut fields = start("u1");
        fields["threadId"] = id.into();
        fields["message"]["attachments"] = json!([{ "id": "a" }]);
        world.accept("thread.turn.start", fields);
    }
    let rows = |world: &World| -> (ThreadRow, Vec<TurnRow>, Vec<MessageRow>) {
        let id = similar.parse().unwrap();
        (
            world.row(&Key::ProjectionThreads(id)),
            world.all(),
            world.all(),
        )
    };
    let (similar_before, _, said_before) = rows(&world);
    world.accept("thread.delete", json!({}));
    let (similar_after, turns, said_after) = rows(&world);
    assert_eq!(similar_after, similar_before);
    assert_eq!(said_after, said_before, "what was said stays");
    let ended: Vec<bool> = turns.iter().map(|t| t.completed_at.is_some()).collect();
    assert_eq!(ended, [true, false]);
}

/// Scenario 37, 85.
#[test]
fn archiving_is_done_once_and_undone_once() {
    let mut world = World::with_thread();
    let why = world.refuse("thread.unarchive", json!({}));
    assert!(
        why.message
            .ends_with("Thread 'job-1-space-1' is not archived for command 'thread.unarchive'.")
    );
    let when = world.now;
    world.accept("thread.archive", json!({}));
    assert_eq!(world.thread_row().archived_at, Some(when));
    for (kind, fields) in [
        ("thread.archive", json!({})),
        ("thread.turn.start", start("u")),
        ("thread.checkpoint.revert", json!({ "turnCount": 0 })),
    ] {
        let why = world.refuse(kind, fields);
        assert!(
            why.message.ends_with(&format!(
                "Thread 'job-1-space-1' is already archived and cannot handle command '{kind}'."
            )),
            "{}",
            why.message
        );
    }
    world.accept("thread.unarchive", json!({}));
    assert_eq!(world.thread_row().archived_at, None);
    world.accept("thread.turn.start", start("u"));
}

/// Scenario 7.
#[test]
fn the_mode_is_set_at_the_servers_time() {
    let mut world = World::with_thread();
    let now = world.now;
    let events = world.accept(
        "thread.runtime-mode.set",
        json!({ "runtimeMode": "approval-required", "createdAt": at(-1) }),
    );
    let expected = Orchestration::RuntimeModeSet {
        thread_id: thread_id(),
        runtime_mode: RuntimeMode::ApprovalRequired,
        updated_at: now,
    };
    assert_eq!(events[0].payload, Payload::from(expected));
    assert_eq!(
        world.thread_row().runtime_mode,
        RuntimeMode::ApprovalRequired
    );
}

/// Scenario 40.
#[test]
fn a_branch_that_was_renamed_meanwhile_keeps_its_name() {
    let mut world = World::with_thread();
    let rename = |expected: Option<&str>| json!({ "branch": "tmp", "worktreePath": "/w", "expectedBranch": expected });
    world.accept("thread.meta.update", rename(Some("another")));
    let row = world.thread_row();
    assert_eq!(
        (row.branch.as_deref(), row.worktree_path.as_deref()),
        (Some("main"), Some("/w"))
    );
    world.accept("thread.meta.update", rename(Some("main")));
    assert_eq!(world.thread_row().branch.as_deref(), Some("tmp"));
    world.accept(
        "thread.meta.update",
        json!({ "branch": null, "title": "T" }),
    );
    let row = world.thread_row();
    assert_eq!((row.branch, row.title.as_str()), (None, "T"));
}

/// Scenario 23.
#[test]
fn the_same_command_on_the_same_state_is_decided_alike() {
    let world = World::with_thread();
    let decide = || {
        world
            .decide(&world.dispatch("thread.turn.start", start("u")))
            .unwrap()
    };
    assert_eq!(decide().events, decide().events);
}

/// Scenario 92.
#[test]
fn an_event_of_a_thread_that_is_not_there_does_not_fit_instead_of_passing_silently() {
    let mut world = World::with_project();
    let session: Session = serde_json::from_value(session(at(0), "ready", None)).unwrap();
    let what = Orchestration::SessionSet {
        thread_id: thread_id(),
        session,
    };
    let event = world.recorded("c", 0, NewEvent::new(Stream::Thread(thread_id()), what));
    let why = world.fold(&event).unwrap_err().to_string();
    assert!(
        why.contains("thread.session-set on thread job-1-space-1") && why.contains("no row"),
        "{why}"
    );
}

/// Scenario 81, 82.
#[test]
fn a_payload_that_lacks_a_field_and_a_type_that_is_unknown_are_named() {
    for event_type in ["thread.created", "thread.danced"] {
        let why = Payload::from_parts(event_type, 1, json!({ "threadId": "t" })).unwrap_err();
        assert!(why.to_string().contains(event_type), "{why}");
    }
}

/// Scenario 31.
#[test]
fn a_payload_is_not_taken_under_the_name_of_another_type() {
    let mut world = World::with_project();
    let mut events = world.accept("thread.create", thread(THREAD, PROJECT));
    events.extend(world.accept("thread.turn.start", start("u1")));
    events.extend(world.session("ready", None));
    assert_eq!(events.len(), 4);
    for (place, event) in events.iter().enumerate() {
        for (other, name) in events.iter().enumerate() {
            let (_, payload) = event.payload.to_parts();
            let (event_type, _) = name.payload.to_parts();
            let read = Payload::from_parts(&event_type, 1, payload);
            assert_eq!(read.is_ok(), place == other, "{event_type}: {read:?}");
        }
    }
}

/// Scenario 91.
#[test]
fn threads_may_have_messages_of_the_same_id() {
    let mut world = World::with_thread();
    world.accept("thread.create", thread("t2", PROJECT));
    world.accept("thread.turn.start", start("same"));
    let mut other = start("same");
    other["threadId"] = "t2".into();
    other["message"]["text"] = "Another.".into();
    world.accept("thread.turn.start", other);
    let texts: Vec<String> = world
        .all::<MessageRow>()
        .into_iter()
        .map(|m| m.text)
        .collect();
    assert_eq!(texts, ["Please.", "Another."]);
}

#[test]
fn what_is_shown_as_the_last_change_never_goes_back() {
    let mut world = World::with_thread();
    world.now = at(100);
    world.accept("thread.meta.update", json!({ "title": "T" }));
    let mut early = start("u");
    early["createdAt"] = json!(at(50));
    world.accept("thread.turn.start", early);
    let row: ThreadRow = world.thread_row();
    assert_eq!(
        (row.updated_at, row.latest_user_message_at),
        (at(100), Some(at(50)))
    );
}
