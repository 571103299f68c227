//! Turns, and the session that begins and ends them.

use serde_json::{Value, json};

use super::world::*;
use crate::domain::code::Code;
use crate::domain::event::{Event, Orchestration, Payload};
use crate::domain::kind::{MessageRole, RuntimeMode, SessionStatus, TurnStatus};
use crate::domain::row::{Key, MessageRow, SessionRow, TurnRow};

fn turn(world: &World, id: &str) -> TurnRow {
    world.row(&Key::ProjectionThreadTurns(
        thread_id(),
        id.parse().unwrap(),
    ))
}

fn what(event: &Event) -> &Orchestration {
    match &event.payload {
        Payload::Orchestration(what) => what,
        other => panic!("{other:?}"),
    }
}

/// Scenario 6. Ours: the message carries the id of its turn.
#[test]
fn a_turn_begins_with_a_message_that_causes_the_request_and_says_its_turn() {
    let mut world = World::with_thread();
    let mut fields = start("u1");
    fields["createdAt"] = json!(at(-7));
    let events = world.accept("thread.turn.start", fields);
    let [sent, requested] = &events[..] else {
        panic!("{events:?}")
    };
    let Orchestration::MessageSent {
        role,
        streaming,
        turn_id,
        text,
        ..
    } = what(sent)
    else {
        panic!("{sent:?}")
    };
    assert_eq!(
        (*role, *streaming, text.as_str()),
        (MessageRole::User, false, "Please.")
    );
    assert_eq!(turn_id.as_ref().unwrap().as_str(), "job-1-space-1-turn-1");
    let Orchestration::TurnStartRequested {
        turn_id: requested_turn,
        message_id,
        ..
    } = what(requested)
    else {
        panic!("{requested:?}")
    };
    assert_eq!(
        (Some(requested_turn), message_id.as_str()),
        (turn_id.as_ref(), "u1")
    );
    assert_eq!(requested.causation_event_id.as_ref(), Some(&sent.event_id));
    assert_eq!(sent.causation_event_id, None);
    assert!(
        events
            .iter()
            .all(|e| e.correlation_id.as_ref() == Some(&e.command_id))
    );
    assert!(events.iter().all(|e| e.occurred_at == at(-7)));
    let row = turn(&world, "job-1-space-1-turn-1");
    assert_eq!(
        (row.status, row.turn_count, row.started_at),
        (TurnStatus::Pending, 1, None)
    );
    assert_eq!(world.thread_row().latest_user_message_at, Some(at(-7)));
}

/// Scenario 9.
#[test]
fn the_threads_mode_wins_over_the_commands() {
    let mut world = World::with_thread();
    world.accept(
        "thread.runtime-mode.set",
        json!({ "runtimeMode": "approval-required" }),
    );
    let mut fields = start("u1");
    fields["runtimeMode"] = "full-access".into();
    let events = world.accept("thread.turn.start", fields);
    assert!(matches!(
        what(&events[1]),
        Orchestration::TurnStartRequested {
            runtime_mode: RuntimeMode::ApprovalRequired,
            ..
        }
    ));
}

#[test]
fn one_turn_at_a_time_asked_for_running_or_not_let_go_of() {
    let mut world = World::with_thread();
    let id = world.start();
    let busy = |world: &mut World| {
        let why = world.refuse("thread.turn.start", start("again"));
        assert_eq!(why.code, Code::Conflict);
        assert!(
            why.message.contains(&format!("has turn '{id}' under way")),
            "{}",
            why.message
        );
    };
    busy(&mut world);
    world.session("running", Some(&id));
    busy(&mut world);
    world.accept("thread.turn.interrupt", json!({}));
    assert_eq!(turn(&world, &id).status, TurnStatus::Interrupted);
    // The provider still works on it.
    busy(&mut world);
    world.session("ready", None);
    assert_eq!(
        turn(&world, &id).status,
        TurnStatus::Interrupted,
        "what ended stays ended"
    );
    world.accept("thread.turn.start", start("again"));
}

#[test]
fn a_message_id_is_used_once_in_its_thread() {
    let mut world = World::with_checkpoints(1);
    let why = world.refuse("thread.turn.start", start("u1"));
    assert!(
        why.message
            .contains("Message 'u1' already exists on thread 'job-1-space-1'")
    );
}

#[test]
fn a_message_says_something_and_not_too_much() {
    let mut world = World::with_thread();
    let long = "x".repeat(120_001);
    let attachments: Vec<Value> = (0..9).map(|id| json!({ "id": id })).collect();
    for (message, pointer) in [
        (json!({ "messageId": "u", "text": " " }), "/message/text"),
        (json!({ "messageId": "u", "text": long }), "/message/text"),
        (
            json!({ "messageId": "u", "text": "t", "attachments": attachments }),
            "/message/attachments",
        ),
    ] {
        let why = world.refuse("thread.turn.start", json!({ "message": message }));
        assert_eq!(
            (why.code, why.pointer.as_deref()),
            (Code::Invalid, Some(pointer))
        );
    }
    let only_attached = json!({ "messageId": "u", "text": "", "attachments": [{ "id": "a" }] });
    world.accept("thread.turn.start", json!({ "message": only_attached }));
    let message: MessageRow = world.all().remove(0);
    assert_eq!(message.attachments, Some(vec![json!({ "id": "a" })]));
}

#[test]
fn a_turns_id_may_be_given_but_none_that_was_or_will_be_made_here() {
    let mut world = World::with_thread();
    let with_id = |message: &str, id: &str| {
        let mut fields = start(message);
        fields["turnId"] = id.into();
        fields
    };
    world.accept("thread.turn.start", with_id("u1", "mine"));
    world.session("running", Some("mine"));
    world.session("ready", None);
    for taken in ["mine", "job-1-space-1-turn-1", "job-1-space-1-turn-9"] {
        let why = world.refuse("thread.turn.start", with_id("u2", taken));
        assert!(
            why.message.contains(&format!("Turn '{taken}'")),
            "{}",
            why.message
        );
    }
    world.accept("thread.turn.start", with_id("u2", "job-1-space-1-turn-2"));
    assert_eq!(turn(&world, "job-1-space-1-turn-2").turn_count, 2);
}

/// Scenario 71.
#[test]
fn a_turn_starts_as_of_its_request_and_keeps_its_message() {
    let mut world = World::with_thread();
    let requested_at = world.now;
    let id = world.start();
    world.session("starting", None);
    world.session("running", Some(&id));
    let row = turn(&world, &id);
    assert_eq!(
        (row.status, row.started_at),
        (TurnStatus::Running, Some(requested_at))
    );
    assert_eq!(row.user_message_id.unwrap().as_str(), "u1");
    assert_eq!(world.thread_row().latest_turn_id.unwrap().as_str(), id);
}

/// Scenario 72, 83.
#[test]
fn an_interim_message_does_not_end_a_turn_and_the_session_does() {
    let mut world = World::with_thread();
    let id = world.running();
    for (kind, fields) in [
        (
            "thread.message.assistant.delta",
            json!({ "messageId": "a", "delta": "Hm.", "turnId": id }),
        ),
        (
            "thread.message.assistant.complete",
            json!({ "messageId": "a", "turnId": id }),
        ),
    ] {
        world.accept(kind, fields);
    }
    let row = turn(&world, &id);
    assert_eq!((row.status, row.completed_at), (TurnStatus::Running, None));
    assert_eq!(row.assistant_message_id.unwrap().as_str(), "a");
    let ended_at = world.now;
    world.session("ready", None);
    let row = turn(&world, &id);
    assert_eq!(
        (row.status, row.completed_at),
        (TurnStatus::Completed, Some(ended_at))
    );
    assert_eq!(world.thread_row().latest_turn_id.unwrap().as_str(), id);
}

#[test]
fn a_session_that_leaves_running_settles_its_turn_by_its_own_state() {
    for (status, end) in [
        ("idle", TurnStatus::Completed),
        ("ready", TurnStatus::Completed),
        ("error", TurnStatus::Error),
        ("interrupted", TurnStatus::Interrupted),
        ("stopped", TurnStatus::Interrupted),
    ] {
        let mut world = World::with_thread();
        let id = world.running();
        world.session("starting", Some(&id));
        assert_eq!(
            turn(&world, &id).status,
            TurnStatus::Running,
            "it begins again with it"
        );
        world.session(status, None);
        assert_eq!(turn(&world, &id).status, end, "{status}");
        world.session("running", Some(&id));
        assert_eq!(turn(&world, &id).status, end, "settled stays settled");
    }
}

/// Scenario 73.
#[test]
fn another_turn_of_the_provider_ends_the_one_before_and_gets_the_next_number() {
    let mut world = World::with_thread();
    let first = world.running();
    let switched_at = world.now;
    world.session("running", Some("theirs"));
    let row = turn(&world, &first);
    assert_eq!(
        (row.status, row.completed_at),
        (TurnStatus::Completed, Some(switched_at))
    );
    let row = turn(&world, "theirs");
    assert_eq!((row.status, row.turn_count), (TurnStatus::Running, 2));
    assert_eq!(
        (row.requested_at, row.started_at),
        (switched_at, Some(switched_at))
    );
    assert_eq!(world.thread_row().turn_count, 2);
    world.session("ready", None);
    assert_eq!(world.next_turn(), "job-1-space-1-turn-3");
}

#[test]
fn a_turn_that_was_asked_for_does_not_wait_for_a_session_that_broke() {
    let ends = |steps: &[&str]| {
        let mut world = World::with_thread();
        world.session(steps[0], None);
        let id = world.start();
        for status in &steps[1..] {
            world.session(status, None);
        }
        turn(&world, &id).status
    };
    assert_eq!(ends(&["ready", "starting", "error"]), TurnStatus::Error);
    assert_eq!(
        ends(&["ready", "starting", "stopped"]),
        TurnStatus::Interrupted
    );
    // One that was idle is put to sleep, and wakes up for it.
    assert_eq!(ends(&["ready", "stopped"]), TurnStatus::Pending);
    assert_eq!(ends(&["idle", "starting", "ready"]), TurnStatus::Pending);
}

#[test]
fn a_turn_that_could_not_begin_ends_as_an_error() {
    let mut world = World::with_thread();
    let id = world.start();
    world.activity(
        "e",
        "provider.turn.start.failed",
        None,
        json!({ "detail": "no binary" }),
    );
    assert_eq!(turn(&world, &id).status, TurnStatus::Error);
    world.accept("thread.turn.start", start("again"));
}

#[test]
fn only_the_turn_under_way_is_interrupted() {
    let mut world = World::with_checkpoints(1);
    let why = world.refuse("thread.turn.interrupt", json!({}));
    assert!(
        why.message
            .ends_with("Thread 'job-1-space-1' has no turn under way.")
    );
    let id = world.running();
    let why = world.refuse(
        "thread.turn.interrupt",
        json!({ "turnId": "job-1-space-1-turn-1" }),
    );
    assert!(
        why.message.contains(&format!("'{id}' is")),
        "{}",
        why.message
    );
    let events = world.accept("thread.turn.interrupt", json!({}));
    let Orchestration::TurnInterruptRequested { turn_id, .. } = what(&events[0]) else {
        panic!("{events:?}")
    };
    assert_eq!(
        turn_id.as_ref().unwrap().as_str(),
        id,
        "the event says which"
    );
}

#[test]
fn a_session_says_one_thing() {
    let mut world = World::with_thread();
    let set = |session: Value| json!({ "session": session });
    let mut other = session(at(0), "ready", None);
    other["threadId"] = "other".into();
    let why = world.refuse("thread.session.set", set(other));
    assert_eq!(why.pointer.as_deref(), Some("/session/threadId"));
    let why = world.refuse(
        "thread.session.set",
        set(session(at(0), "ready", Some("t"))),
    );
    assert_eq!(why.pointer.as_deref(), Some("/session/activeTurnId"));
    // The id of a turn of ours that was never asked for, or was taken back.
    let why = world.refuse(
        "thread.session.set",
        set(session(at(0), "running", Some("job-1-space-1-turn-1"))),
    );
    assert!(
        why.message.contains("does not exist on thread"),
        "{}",
        why.message
    );
    let events = world.session("ready", None);
    assert_eq!(events[0].metadata, json!({ "providerSessionId": "ps" }));
}

/// Scenario 127, as far as it is decided here.
#[test]
fn a_session_is_asked_to_stop_once_it_is_there_until_it_stopped() {
    let mut world = World::with_thread();
    let nothing = |world: &mut World| {
        let why = world.refuse("thread.session.stop", json!({}));
        assert!(
            why.message
                .ends_with("Thread 'job-1-space-1' has no session to stop.")
        );
    };
    nothing(&mut world);
    world.session("ready", None);
    let asked_at = world.now;
    world.accept("thread.session.stop", json!({}));
    world.accept("thread.session.stop", json!({}));
    let row =
        |world: &World| -> SessionRow { world.row(&Key::ProjectionThreadSessions(thread_id())) };
    assert_eq!(row(&world).stop_requested_at, Some(asked_at));
    world.session("ready", None);
    assert_eq!(
        row(&world).stop_requested_at,
        Some(asked_at),
        "it has not stopped yet"
    );
    world.session("stopped", None);
    let stopped = row(&world);
    assert_eq!(
        (stopped.status, stopped.stop_requested_at),
        (SessionStatus::Stopped, None)
    );
    nothing(&mut world);
}
