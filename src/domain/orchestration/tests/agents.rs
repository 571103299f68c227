//! What agents say, and what their adapters remember.

use serde_json::{Value, json};

use super::world::*;
use crate::domain::code::Code;
use crate::domain::kind::{RuntimeMode, RuntimeStatus};
use crate::domain::orchestration::KeepSession;
use crate::domain::row::{Key, MessageRow, SessionRuntimeRow};

const DELTA: &str = "thread.message.assistant.delta";
const COMPLETE: &str = "thread.message.assistant.complete";

fn message(world: &World, id: &str) -> MessageRow {
    world.row(&Key::ProjectionThreadMessages(
        thread_id(),
        id.parse().unwrap(),
    ))
}

/// Scenario 60, 63.
#[test]
fn segments_follow_one_another_and_the_end_keeps_what_was_said() {
    let mut world = World::with_thread();
    let begun = world.now;
    for text in ["Hello", " world"] {
        world.accept(DELTA, json!({ "messageId": "a", "delta": text }));
    }
    let row = message(&world, "a");
    assert_eq!((row.text.as_str(), row.is_streaming), ("Hello world", true));
    let ended = world.now;
    world.accept(COMPLETE, json!({ "messageId": "a" }));
    let row = message(&world, "a");
    assert_eq!(
        (row.text.as_str(), row.is_streaming),
        ("Hello world", false)
    );
    assert_eq!((row.created_at, row.updated_at), (begun, ended));
}

/// Scenario 64, 65, 66.
#[test]
fn attachments_stay_unless_others_are_given() {
    let mut world = World::with_thread();
    let image = json!({ "type": "image", "id": "i", "name": "n", "mimeType": "image/png", "sizeBytes": 3, "x": [null] });
    let mut fields = start("u1");
    fields["message"]["attachments"] = json!([image]);
    let mut event = world.accept("thread.turn.start", fields).remove(0);
    assert_eq!(message(&world, "u1").attachments, Some(vec![image.clone()]));
    let other = json!({ "id": "other" });
    for (given, kept) in [
        (None, Some(vec![image])),
        (Some(vec![other.clone()]), Some(vec![other])),
        (Some(Vec::new()), None),
    ] {
        let (event_type, mut payload) = event.payload.to_parts();
        payload.as_object_mut().unwrap().remove("attachments");
        if let Some(given) = given {
            payload["attachments"] = Value::Array(given);
        }
        payload["text"] = "Changed.".into();
        event.payload = crate::domain::event::Payload::from_parts(&event_type, 1, payload).unwrap();
        world.fold(&event).unwrap();
        let row = message(&world, "u1");
        assert_eq!((row.attachments, row.text.as_str()), (kept, "Changed."));
    }
}

#[test]
fn an_agent_ends_what_it_began_and_adds_nothing_to_what_others_said() {
    let mut world = World::with_thread();
    let turn = world.running();
    let why = world.refuse(COMPLETE, json!({ "messageId": "a" }));
    assert_eq!(why.code, Code::NotFound);
    let why = world.refuse(DELTA, json!({ "messageId": "u1", "delta": "and more" }));
    assert!(why.message.contains("is of the user"), "{}", why.message);
    world.accept(
        DELTA,
        json!({ "messageId": "a", "delta": "x", "turnId": turn }),
    );
    world.session("running", Some("theirs"));
    let why = world.refuse(
        DELTA,
        json!({ "messageId": "a", "delta": "x", "turnId": "theirs" }),
    );
    assert!(
        why.message.contains(&format!("belongs to turn '{turn}'")),
        "{}",
        why.message
    );
    let why = world.refuse(
        DELTA,
        json!({ "messageId": "b", "delta": "x", "turnId": "unknown" }),
    );
    assert!(
        why.message
            .contains("Turn 'unknown' does not exist on thread"),
        "{}",
        why.message
    );
    world.accept(COMPLETE, json!({ "messageId": "a" }));
    let why = world.refuse(COMPLETE, json!({ "messageId": "a" }));
    assert!(
        why.message.contains("is complete already"),
        "{}",
        why.message
    );
}

/// Scenario 84. Ours: nothing is capped.
#[test]
fn a_long_thread_keeps_everything() {
    let mut world = World::with_thread();
    for n in 0..2_100 {
        world.accept(DELTA, json!({ "messageId": format!("m{n}"), "delta": "x" }));
    }
    assert_eq!(world.all::<MessageRow>().len(), 2_100);
}

fn keep(provider: &str) -> KeepSession {
    KeepSession {
        thread_id: thread_id(),
        provider_name: provider.to_owned(),
        adapter_key: None,
        runtime_mode: None,
        status: None,
        resume_cursor: None,
        runtime_payload: None,
        run: fence(),
    }
}

fn kept(world: &World) -> SessionRuntimeRow {
    world.row(&Key::ProviderSessionRuntime(thread_id()))
}

/// Scenario 115.
#[test]
fn what_an_adapter_remembers_is_merged_key_by_key() {
    let mut world = World::with_thread();
    world
        .run(&KeepSession {
            resume_cursor: Some(Some(json!({ "at": 1 }))),
            runtime_payload: Some(Some(json!({ "cwd": "/w", "model": "m" }))),
            ..keep("codex")
        })
        .unwrap();
    let row = kept(&world);
    assert_eq!(
        (row.status, row.runtime_mode),
        (RuntimeStatus::Starting, RuntimeMode::FullAccess)
    );
    assert_eq!(
        (row.adapter_key.as_str(), row.lease_token.as_deref()),
        ("codex", Some("token 1"))
    );
    let seen = world.now;
    world
        .run(&KeepSession {
            status: Some(RuntimeStatus::Running),
            runtime_mode: Some(RuntimeMode::ApprovalRequired),
            adapter_key: Some("codex-2".to_owned()),
            runtime_payload: Some(Some(json!({ "activeTurnId": "t" }))),
            ..keep("codex")
        })
        .unwrap();
    world.run(&keep("codex")).unwrap();
    let row = kept(&world);
    assert_eq!(
        (row.status, row.runtime_mode),
        (RuntimeStatus::Running, RuntimeMode::ApprovalRequired)
    );
    assert_eq!(row.resume_cursor, Some(json!({ "at": 1 })));
    assert_eq!(
        row.runtime_payload,
        Some(json!({ "cwd": "/w", "model": "m", "activeTurnId": "t" }))
    );
    assert_eq!(
        (row.adapter_key.as_str(), row.last_seen_at > seen),
        ("codex-2", true)
    );
    world
        .run(&KeepSession {
            resume_cursor: Some(None),
            runtime_payload: Some(Some(json!("opaque"))),
            ..keep("codex")
        })
        .unwrap();
    let row = kept(&world);
    assert_eq!(
        (row.resume_cursor, row.runtime_payload),
        (None, Some(json!("opaque")))
    );
}

/// Scenario 117.
#[test]
fn another_provider_begins_without_what_the_one_before_remembered() {
    let mut world = World::with_thread();
    world
        .run(&KeepSession {
            adapter_key: Some("special".to_owned()),
            resume_cursor: Some(Some(json!(1))),
            runtime_payload: Some(Some(json!({ "a": 1 }))),
            ..keep("codex")
        })
        .unwrap();
    world.run(&keep("claude")).unwrap();
    let row = kept(&world);
    assert_eq!(
        (row.provider_name.as_str(), row.adapter_key.as_str()),
        ("claude", "claude")
    );
    assert_eq!((row.resume_cursor, row.runtime_payload), (None, None));
}

#[test]
fn only_the_run_that_drives_the_thread_writes_what_its_adapter_remembers() {
    let mut world = World::with_thread();
    world.accept("thread.create", thread("job-1-space-4", PROJECT));
    let of_other = KeepSession {
        thread_id: "job-1-space-4".parse().unwrap(),
        ..keep("codex")
    };
    assert_eq!(world.run(&of_other).unwrap_err().code, Code::Forbidden);
    let mut old = keep("codex");
    old.run.run_token_hash = "another".to_owned();
    assert_eq!(world.run(&old).unwrap_err().code, Code::StaleWriter);
    world.accept("thread.delete", json!({}));
    let why = world.run(&keep("codex")).unwrap_err();
    assert!(why.message.contains("is deleted"), "{}", why.message);
}
