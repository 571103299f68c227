//! Projects.

use serde_json::{Value, json};

use super::world::*;
use crate::domain::code::Code;
use crate::domain::event::Payload;
use crate::domain::row::{Key, ProjectRow, ThreadRow};

fn types(events: &[crate::domain::event::Event]) -> Vec<String> {
    events.iter().map(|e| e.payload.to_parts().0).collect()
}

fn row(world: &World, id: &str) -> ProjectRow {
    world.row(&Key::ProjectionProjects(id.parse().unwrap()))
}

/// Scenario 1, 61.
#[test]
fn a_new_project_is_one_event_without_scripts_at_the_time_of_its_command() {
    let mut world = World::empty();
    let mut fields = project("p", "/srv/project");
    fields["createdAt"] = json!(at(-500));
    let events = world.accept("project.create", fields);
    assert_eq!(types(&events), ["project.created"]);
    assert_eq!(events[0].occurred_at, at(-500));
    let row = row(&world, "p");
    assert_eq!(row.scripts, Vec::<Value>::new());
    assert_eq!((row.created_at, row.updated_at), (at(-500), at(-500)));
}

/// Scenario 2, 62.
#[test]
fn an_edit_carries_what_was_given_and_nothing_else() {
    let mut world = World::with_project();
    let script = json!({ "id": "s", "name": "Test", "command": "make", "icon": "test", "runOnWorktreeCreate": false });
    let events = world.accept(
        "project.meta.update",
        json!({ "projectId": PROJECT, "scripts": [script] }),
    );
    let (_, payload) = events[0].payload.to_parts();
    assert_eq!(
        payload,
        json!({ "projectId": PROJECT, "scripts": [script], "updatedAt": events[0].occurred_at })
    );
    world.accept(
        "project.meta.update",
        json!({ "projectId": PROJECT, "defaultModel": "m2" }),
    );
    let after = row(&world, PROJECT);
    assert_eq!(
        (after.scripts, after.title.as_str()),
        (vec![script], "Docs")
    );
    assert_eq!(after.default_model.as_deref(), Some("m2"));
    world.accept(
        "project.meta.update",
        json!({ "projectId": PROJECT, "defaultModel": null }),
    );
    assert_eq!(row(&world, PROJECT).default_model, None);
}

/// Scenario 57.
#[test]
fn an_edit_of_nothing_is_refused() {
    let mut world = World::with_thread();
    let why = world.refuse("project.meta.update", json!({ "projectId": PROJECT }));
    assert_eq!(why.code, Code::Invalid);
    assert_eq!(
        why.message,
        "Orchestration command invariant failed (project.meta.update): Command produced no events."
    );
    let why = world.refuse("thread.meta.update", json!({}));
    assert!(why.message.ends_with("Command produced no events."));
}

/// Scenario 3.
#[test]
fn a_workspace_belongs_to_one_live_project_however_it_is_written() {
    let mut world = World::empty();
    world.accept("project.create", project("a", "/srv/project"));
    for same in [
        "/srv/project/",
        "/srv/./project",
        "//srv//project/.",
        " /srv/project ",
    ] {
        let why = world.refuse("project.create", project("b", same));
        assert_eq!(
            why.message,
            "Orchestration command invariant failed (project.create): Active project 'a' already exists for workspace root '/srv/project'."
        );
    }
    let why = world.refuse("project.create", project("b", "/srv/x/../project"));
    assert_eq!(
        (why.code, why.pointer.as_deref()),
        (Code::Invalid, Some("/workspaceRoot"))
    );
    world.accept("project.create", project("b", "/srv/project2"));
    world.accept("project.create", project("c", "/"));
    assert_eq!(row(&world, "c").workspace_root, "/");
}

/// Scenario 4.
#[test]
fn an_edit_takes_no_other_projects_workspace_but_may_name_its_own() {
    let mut world = World::empty();
    world.accept("project.create", project("a", "/a"));
    world.accept("project.create", project("b", "/b"));
    let why = world.refuse(
        "project.meta.update",
        json!({ "projectId": "b", "workspaceRoot": "/a/" }),
    );
    assert!(why.message.contains("Active project 'a' already exists"));
    world.accept(
        "project.meta.update",
        json!({ "projectId": "b", "workspaceRoot": "/b/" }),
    );
}

/// Scenario 5.
#[test]
fn the_workspace_of_a_deleted_project_is_free() {
    let mut world = World::empty();
    world.accept("project.create", project("a", "/a"));
    world.accept("project.delete", json!({ "projectId": "a" }));
    world.accept("project.create", project("b", "/a"));
}

#[test]
fn the_id_of_a_deleted_project_is_not_given_twice_and_the_refusal_says_so() {
    let mut world = World::empty();
    world.accept("project.create", project("a", "/a"));
    let why = world.refuse("project.create", project("a", "/other"));
    assert!(
        why.message
            .contains("Project 'a' already exists and cannot be created twice.")
    );
    world.accept("project.delete", json!({ "projectId": "a" }));
    let why = world.refuse("project.create", project("a", "/a"));
    assert_eq!(why.code, Code::Conflict);
    assert!(why.message.contains("is deleted") && why.message.contains("another id"));
    for (kind, fields) in [
        ("project.delete", json!({ "projectId": "a" })),
        (
            "project.meta.update",
            json!({ "projectId": "a", "title": "t" }),
        ),
        ("thread.create", thread("t", "a")),
    ] {
        let why = world.refuse(kind, fields);
        assert!(
            why.message.contains("Project 'a' is deleted"),
            "{}",
            why.message
        );
    }
}

/// Scenario 10.
#[test]
fn a_project_with_threads_is_not_deleted_by_accident() {
    let mut world = World::with_thread();
    world.accept("thread.create", thread("t2", PROJECT));
    world.accept("thread.archive", json!({ "threadId": "t2" }));
    let why = world.refuse("project.delete", json!({ "projectId": PROJECT }));
    assert!(
        why.message
            .contains("Project 'space-1' is not empty and cannot be deleted without force=true.")
            && why.message.contains("2, of them archived: 1"),
        "{}",
        why.message
    );
}

/// Scenario 97.
#[test]
fn deleted_threads_do_not_count() {
    let mut world = World::with_thread();
    world.accept("thread.create", thread("t2", PROJECT));
    world.accept("thread.delete", json!({ "threadId": "t2" }));
    let why = world.refuse("project.delete", json!({ "projectId": PROJECT }));
    assert!(
        why.message
            .ends_with("Threads in it: 1, of them archived: 0."),
        "{}",
        why.message
    );
    world.accept("thread.delete", json!({}));
    let events = world.accept("project.delete", json!({ "projectId": PROJECT }));
    assert_eq!(types(&events), ["project.deleted"]);
}

/// Scenario 11, 14.
#[test]
fn a_forced_delete_is_what_the_single_deletes_would_be_and_touches_no_other_project() {
    let with_two = || {
        let mut world = World::with_thread();
        world.accept("thread.create", thread("t2", PROJECT));
        world.accept("project.create", project("other", "/other"));
        world.accept("thread.create", thread("t3", "other"));
        world
    };
    let mut forced = with_two();
    let events = forced.accept(
        "project.delete",
        json!({ "projectId": PROJECT, "force": true }),
    );
    assert_eq!(
        types(&events),
        ["thread.deleted", "thread.deleted", "project.deleted"]
    );
    assert!(events.iter().all(|e| e.command_id == events[0].command_id));

    let mut single = with_two();
    let now = single.now;
    let mut one_by_one = Vec::new();
    for (kind, fields) in [
        ("thread.delete", json!({ "threadId": THREAD })),
        ("thread.delete", json!({ "threadId": "t2" })),
        ("project.delete", json!({ "projectId": PROJECT })),
    ] {
        single.now = now;
        one_by_one.extend(single.accept(kind, fields));
    }
    let payloads = |events: &[crate::domain::event::Event]| -> Vec<Payload> {
        events.iter().map(|e| e.payload.clone()).collect()
    };
    assert_eq!(payloads(&events), payloads(&one_by_one));
    let live: Vec<String> = forced
        .all::<ThreadRow>()
        .into_iter()
        .filter(|t| t.deleted_at.is_none())
        .map(|t| t.thread_id.to_string())
        .collect();
    assert_eq!(live, ["t3"]);
}

#[test]
fn a_project_that_is_not_there_is_named_with_the_command() {
    let mut world = World::empty();
    let why = world.refuse("thread.create", thread("t", "nowhere"));
    assert_eq!(why.code, Code::NotFound);
    assert_eq!(
        why.message,
        "Orchestration command invariant failed (thread.create): Project 'nowhere' does not exist for command 'thread.create'."
    );
}

#[test]
fn blank_and_unreadable_titles_are_refused_with_their_field() {
    let mut world = World::empty();
    let mut fields = project("p", "/p");
    fields["title"] = json!("  ");
    let why = world.refuse("project.create", fields);
    assert_eq!(
        (why.code, why.pointer.as_deref()),
        (Code::Invalid, Some("/title"))
    );
}
