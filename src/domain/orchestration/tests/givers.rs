//! Who may give which command.

use serde_json::json;

use super::threads::every_thread_command;
use super::world::*;
use crate::domain::code::Code;
use crate::domain::id::LeaseEpoch;
use crate::domain::job::RunFence;
use crate::domain::orchestration::{Command, Dispatch, Origin};

#[test]
fn a_client_does_not_speak_as_the_run() {
    let mut world = World::with_thread();
    let mut refused = 0;
    for (kind, fields) in every_thread_command(THREAD) {
        let command = world.command(kind, fields);
        if command.origin() == Origin::Run {
            let why = world.run(&Dispatch::by_client(command)).unwrap_err();
            assert_eq!(why.code, Code::Forbidden, "{kind}");
            assert!(why.message.contains("not for clients"), "{}", why.message);
            refused += 1;
        }
    }
    assert_eq!(refused, 6);
}

#[test]
fn a_run_begins_its_own_thread_and_does_nothing_else_that_is_for_people() {
    let by_run = |command: Command| Dispatch::by_run(command, fence());
    let mut world = World::empty();
    let project = json!({ "projectId": PROJECT, "title": "Docs", "workspaceRoot": "/d", "defaultModel": null });
    for (kind, fields) in [
        ("project.create", project),
        ("thread.create", thread(THREAD, PROJECT)),
        ("thread.turn.start", start("u1")),
    ] {
        let command = world.command(kind, fields);
        world.run(&by_run(command)).unwrap();
    }
    for (kind, fields) in every_thread_command(THREAD) {
        let command = world.command(kind, fields);
        if command.origin() == Origin::Client && kind != "thread.turn.start" {
            let why = world.run(&by_run(command)).unwrap_err();
            assert_eq!(why.code, Code::Forbidden, "{kind}");
            assert!(why.message.contains("is for people"), "{}", why.message);
        }
    }
}

#[test]
fn a_run_touches_threads_of_its_own_spaces_only() {
    let mut world = World::with_thread();
    world.accept("thread.create", thread("job-1-space-10", PROJECT));
    let delta = json!({ "threadId": "job-1-space-10", "messageId": "m", "delta": "d" });
    for (kind, fields) in [
        ("thread.message.assistant.delta", delta),
        ("thread.create", thread("job-1-space-4", PROJECT)),
        // Its thread, but in the project of another space.
        ("thread.create", thread(THREAD, "space-4")),
    ] {
        let command = world.command(kind, fields);
        let why = world.run(&Dispatch::by_run(command, fence())).unwrap_err();
        assert_eq!(why.code, Code::Forbidden, "{}", why.message);
        assert!(why.message.contains("not of run #1"), "{}", why.message);
    }
}

#[test]
fn a_run_that_lost_its_lease_writes_nothing() {
    let mut world = World::with_thread();
    let command = world.command(
        "thread.session.set",
        json!({ "session": session(at(0), "ready", None) }),
    );
    let old = RunFence {
        epoch: LeaseEpoch(0),
        ..fence()
    };
    let why = world.run(&Dispatch::by_run(command, old)).unwrap_err();
    assert_eq!(why.code, Code::StaleWriter);
}

#[test]
fn a_commands_name_and_stream_are_those_of_its_json() {
    let world = World::empty();
    for (kind, fields) in every_thread_command(THREAD) {
        let command = world.command(kind, fields);
        assert_eq!(
            serde_json::to_value(&command).unwrap()["type"],
            command.kind()
        );
        assert_eq!(command.stream().id(), THREAD);
    }
}
