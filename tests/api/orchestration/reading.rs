//! The read model: whole, of one moment, in its order; lists without bodies; pages that lose nothing.

use jolli::api::orchestration::ThreadActivity;
use jolli::api::{
    ActivityTone, Code, Command, ReadModel, Sequence, SessionStatus, SnapshotRequest, ThreadId,
    TurnStatus,
};
use jolli::domain::event::Activity;
use serde_json::json;

use super::super::{World, refused};
use super::{archive, at, project, running, session, thread, turn};

fn ids(model: &ReadModel) -> Vec<&str> {
    model
        .threads
        .iter()
        .map(|thread| thread.id.as_str())
        .collect()
}

fn shell() -> SnapshotRequest {
    SnapshotRequest {
        shell: true,
        ..SnapshotRequest::default()
    }
}

fn archived() -> SnapshotRequest {
    SnapshotRequest {
        archived: true,
        ..SnapshotRequest::default()
    }
}

/// Scenario 36. Scenario 93.
#[tokio::test]
async fn the_model_is_whole_and_reading_it_again_gives_the_same() {
    let world = World::with_a_thread().await;
    let last = world.give("turn", &[turn("t1", "m1")]).await;
    let model = world.read(&SnapshotRequest::default()).await;
    assert_eq!(model, world.read(&SnapshotRequest::default()).await);
    assert_eq!(model.snapshot_sequence, Sequence(last));
    assert_eq!(model.next_thread, None);
    assert!(model.updated_at >= at(2));
    let json = serde_json::to_value(&model).unwrap();
    assert_eq!(
        json["projects"],
        json!([{"id": "p1", "title": "Project p1", "workspaceRoot": "/srv/p1", "defaultModel": null, "scripts": [],
            "createdAt": at(0), "updatedAt": at(0), "deletedAt": null}])
    );
    // It is the latest once a session runs it.
    let turn = json!({"turnId": "turn of m1", "turnCount": 1, "checkpointTurnCount": null, "state": "pending",
        "userMessageId": "m1", "assistantMessageId": null, "requestedAt": at(2), "startedAt": null,
        "completedAt": null});
    assert_eq!(
        json["threads"],
        json!([{"id": "t1", "projectId": "p1", "title": "Thread t1", "model": "a-model", "runtimeMode": "full-access",
            "branch": null, "worktreePath": null, "latestTurn": null, "turnCount": 1, "checkpointTurnCount": 0,
            "revertTurnCount": null, "latestUserMessageAt": at(2), "hasPendingApprovals": false,
            "hasPendingUserInput": false, "createdAt": at(1), "updatedAt": at(2), "archivedAt": null, "deletedAt": null,
            "session": null, "activities": [], "checkpoints": [], "approvals": [], "turns": [turn],
            "messages": [{"id": "m1", "role": "user", "text": "Bring the guide up to date",
                "turnId": "turn of m1", "streaming": false, "createdAt": at(2), "updatedAt": at(2)}]}])
    );
}

/// Scenario 94: a log without projects and threads has a position all the same, for one read transaction covers every table.
#[tokio::test]
async fn an_empty_model_still_says_where_to_follow_from() {
    let world = World::new().await;
    let model = world.read(&SnapshotRequest::default()).await;
    assert!(model.projects.is_empty() && model.threads.is_empty());
    let head = world.admin.snapshot(None).await.unwrap().snapshot_sequence;
    assert_eq!(model.snapshot_sequence, head);
}

/// Scenario 95. Scenario 96.
#[tokio::test]
async fn lists_show_what_is_live_and_the_whole_model_keeps_tombstones() {
    let world = World::new().await;
    let delete_thread = Command::ThreadDelete {
        thread_id: "gone".parse().unwrap(),
    };
    let delete_project = Command::ProjectDelete {
        project_id: "p2".parse().unwrap(),
        force: true,
    };
    world
        .give(
            "many",
            &[
                project("p1"),
                project("p2"),
                thread("live", "p1"),
                thread("away", "p1"),
                thread("gone", "p1"),
                thread("with-project", "p2"),
                archive("away"),
                delete_thread,
                delete_project,
            ],
        )
        .await;
    let live = world.read(&shell()).await;
    assert_eq!(ids(&live), ["live"]);
    assert_eq!(live.projects.len(), 1);
    assert_eq!(live.threads[0].messages, None, "no bodies");
    assert_eq!(ids(&world.read(&archived()).await), ["away"]);
    let whole = world.read(&SnapshotRequest::default()).await;
    assert_eq!(ids(&whole), ["away", "gone", "live", "with-project"]);
    assert!(
        whole
            .projects
            .iter()
            .any(|project| project.deleted_at.is_some())
    );
    let deleted = |thread: &jolli::api::Thread| thread.deleted_at.is_some();
    assert_eq!(
        whole
            .threads
            .iter()
            .filter(|thread| deleted(thread))
            .count(),
        2
    );
    assert!(deleted(&world.one("gone").await), "a tombstone can be read");
}

#[tokio::test]
async fn pages_of_threads_are_the_whole_and_each_says_where_the_next_begins() {
    let world = World::new().await;
    let mut commands = vec![project("p1")];
    commands.extend((0..7).map(|n| thread(&format!("t{n}"), "p1")));
    world.give("many", &commands).await;
    for base in [SnapshotRequest::default(), shell()] {
        let mut after: Option<ThreadId> = None;
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let request = SnapshotRequest {
                after: after.clone(),
                limit: Some(3),
                ..base.clone()
            };
            let page = world.read(&request).await;
            assert!(page.threads.len() <= 3);
            assert_eq!(page.projects.len(), 1);
            pages += 1;
            seen.extend(ids(&page).iter().map(ToString::to_string));
            match page.next_thread {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(pages, 3);
        assert_eq!(seen, ["t0", "t1", "t2", "t3", "t4", "t5", "t6"]);
    }
    assert_eq!(
        world.read(&shell()).await.threads.len(),
        7,
        "a list without a limit is whole"
    );
}

/// Scenario 98.
#[tokio::test]
async fn activities_come_by_place_and_what_has_none_comes_first() {
    let it = running().await;
    let append = |id: &str, sequence: Option<i64>, second: i64| Command::ActivityAppend {
        thread_id: it.thread.clone(),
        activity: Activity {
            id: id.parse().unwrap(),
            tone: ActivityTone::Tool,
            kind: "tool.completed".into(),
            summary: "Read a file".into(),
            payload: json!({"path": "a.md"}),
            turn_id: Some(it.turn.clone()),
            sequence,
            created_at: at(second),
        },
        created_at: at(second),
    };
    for (n, command) in [
        append("second", Some(2), 10),
        append("first", Some(1), 11),
        append("unplaced", None, 12),
        append("unplaced-b", None, 12),
    ]
    .iter()
    .enumerate()
    {
        it.run.dispatch(&format!("a{n}"), command).await.unwrap();
    }
    let order = |activities: Option<Vec<ThreadActivity>>| -> Vec<String> {
        activities
            .unwrap()
            .iter()
            .map(|activity| activity.id.to_string())
            .collect()
    };
    let expected = ["unplaced", "unplaced-b", "first", "second"];
    let detail = it.world.one(it.thread.as_str()).await;
    let json = serde_json::to_value(&detail).unwrap();
    assert!(json["activities"][0].get("sequence").is_none(), "{json}");
    assert_eq!(order(detail.activities), expected);
    let whole = it.world.read(&SnapshotRequest::default()).await;
    assert_eq!(order(whole.threads[0].activities.clone()), expected);
}

/// Scenario 99.
#[tokio::test]
async fn the_last_turn_is_the_threads_own_in_every_list() {
    let it = running().await;
    let one = it.world.one(it.thread.as_str()).await;
    let latest = one.latest_turn.clone().unwrap();
    assert_eq!(
        (latest.turn_id, latest.state),
        (it.turn.clone(), TurnStatus::Running)
    );
    let listed = it.world.read(&shell()).await;
    assert_eq!(listed.threads[0].latest_turn, one.latest_turn);
    assert_eq!(listed.threads[0].session, one.session);
    let whole = it.world.read(&SnapshotRequest::default()).await;
    assert_eq!(whole.threads[0], one);
    // The provider's own ids are for the server's routing alone.
    assert!(!serde_json::to_string(&whole).unwrap().contains("its own"));
    it.run
        .dispatch("ready", &session(&it.thread, SessionStatus::Ready, None))
        .await
        .unwrap();
    let settled = it.world.one(it.thread.as_str()).await;
    assert_eq!(settled.latest_turn.unwrap().state, TurnStatus::Completed);
}

/// Scenario 100.
#[tokio::test]
async fn one_thread_comes_without_the_others() {
    let world = World::with_a_thread().await;
    world
        .give(
            "others",
            &[
                thread("t2", "p1"),
                project("p2"),
                thread("t3", "p2"),
                turn("t1", "m1"),
                turn("t2", "m2"),
            ],
        )
        .await;
    let request = SnapshotRequest {
        thread_id: Some("t1".parse().unwrap()),
        ..SnapshotRequest::default()
    };
    let model = world.read(&request).await;
    assert_eq!(ids(&model), ["t1"]);
    assert_eq!(model.next_thread, None);
    assert_eq!(model.projects.len(), 1);
    assert_eq!(model.projects[0].id.as_str(), "p1");
    let messages = model.threads[0].messages.as_ref().unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].id.as_str(), "m1");
}

#[tokio::test]
async fn an_unknown_thread_and_an_unknown_part_are_refused() {
    let world = World::with_a_thread().await;
    let path = "/orchestration/getSnapshot";
    let unknown = refused(world.call("POST", path, json!({"threadId": "t9"})).await);
    assert_eq!(
        (unknown.code, unknown.detail.as_str()),
        (Code::NotFound, "Thread 't9' not found.")
    );
    let field = refused(world.call("POST", path, json!({"deep": true})).await);
    assert_eq!(field.errors[0].pointer, "/deep");
    let both = refused(
        world
            .call("POST", path, json!({"shell": true, "archived": true}))
            .await,
    );
    assert_eq!(both.errors[0].pointer, "/archived");
}
