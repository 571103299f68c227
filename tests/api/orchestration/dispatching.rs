//! Commands: one outcome per id, refusals in the contract's words, two sets of givers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jolli::api::{Code, Command, ReplayRequest, Role, Sequence, SessionStatus, SnapshotRequest};
use jolli::client::CallOptions;
use serde_json::{Value, json};

use super::super::{World, call, code, refused};
use super::{archive, at, project, rename, running, session, thread, turn};

const DISPATCH: &str = "/orchestration/dispatchCommand";

/// Scenario 37. Scenario 38. Scenario 43.
#[tokio::test]
async fn commands_become_events_in_order_and_their_effect_is_read_at_once() {
    let world = World::with_a_thread().await;
    world.give("away", &[archive("t1")]).await;
    assert!(world.one("t1").await.archived_at.is_some());
    let unarchive = Command::ThreadUnarchive {
        thread_id: "t1".parse().unwrap(),
    };
    world.give("back", &[unarchive]).await;
    assert_eq!(world.one("t1").await.archived_at, None);
    let delete = Command::ThreadDelete {
        thread_id: "t1".parse().unwrap(),
    };
    let last = world.give("gone", &[delete]).await;
    let page = world.admin.replay_events(Sequence(0), None).await.unwrap();
    let types: Vec<&str> = page
        .events
        .iter()
        .map(|event| event.event_type.as_str())
        .filter(|kind| !kind.starts_with("org."))
        .collect();
    assert_eq!(
        types,
        [
            "project.created",
            "thread.created",
            "thread.archived",
            "thread.unarchived",
            "thread.deleted"
        ]
    );
    assert_eq!(page.events.last().unwrap().sequence, Sequence(last));
    assert_eq!(page.next_sequence, None);
}

/// Scenario 41. Scenario 44. Scenario 45. Scenario 46.
#[tokio::test]
async fn an_id_has_one_outcome_whatever_becomes_possible_since() {
    let world = World::with_a_thread().await;
    let first = world
        .admin
        .dispatch("c1", &rename("t1", "A"))
        .await
        .unwrap();
    let again = world
        .admin
        .dispatch("c1", &rename("t1", "A"))
        .await
        .unwrap();
    assert_eq!(first, again);
    let head = world
        .read(&SnapshotRequest::default())
        .await
        .snapshot_sequence;
    assert_eq!(head, first.sequence, "nothing was appended again");

    let other = refused(world.admin.dispatch("c1", &rename("t1", "B")).await);
    assert_eq!((other.code, other.status), (Code::IdReused, 422));
    assert!(other.detail.contains("c1"), "{}", other.detail);
    world.give("second", &[thread("t2", "p1")]).await;
    let elsewhere = world.admin.dispatch("c1", &rename("t2", "A")).await;
    assert_eq!(code(elsewhere), Code::IdReused);

    let missing = refused(world.admin.dispatch("c2", &archive("t9")).await);
    assert_eq!(missing.code, Code::NotFound);
    world.give("late", &[thread("t9", "p1")]).await;
    let still = refused(world.admin.dispatch("c2", &archive("t9")).await);
    assert_eq!(still.code, Code::NotFound);
    assert_eq!(
        still.detail,
        format!("Command previously rejected (c2): {}", missing.detail)
    );
    assert_eq!(still.error, still.detail);
    assert!(world.admin.dispatch("c3", &archive("t9")).await.is_ok());
}

/// Scenario 42.
#[tokio::test]
async fn ten_who_give_the_same_command_at_once_get_one_effect() {
    let world = World::with_a_thread().await;
    let rename = rename("t1", "Once");
    let all = (0..10).map(|_| world.admin.dispatch("same", &rename));
    let answers: Vec<Sequence> = futures_util::future::join_all(all)
        .await
        .into_iter()
        .map(|answer| answer.unwrap().sequence)
        .collect();
    assert!(answers.iter().all(|at| *at == answers[0]), "{answers:?}");
    let head = world
        .read(&SnapshotRequest::default())
        .await
        .snapshot_sequence;
    assert_eq!(head, answers[0]);
}

/// Scenario 51. Scenario 52. Scenario 57.
#[tokio::test]
async fn refusals_are_in_the_contracts_words() {
    let world = World::with_a_thread().await;
    let missing = refused(
        world
            .admin
            .dispatch("c1", &turn("thread-missing", "m1"))
            .await,
    );
    assert_eq!(missing.code, Code::NotFound);
    assert!(
        missing.detail.starts_with(
            "Orchestration command invariant failed (thread.turn.start): Thread 'thread-missing' does not exist"
        ),
        "{}",
        missing.detail
    );
    let twice = refused(world.admin.dispatch("c2", &thread("t1", "p1")).await);
    assert_eq!(twice.code, Code::Conflict);
    assert!(twice.detail.contains("already exists"), "{}", twice.detail);
    let nothing = Command::ProjectMetaUpdate {
        project_id: "p1".parse().unwrap(),
        title: None,
        workspace_root: None,
        default_model: None,
        scripts: None,
    };
    for _ in 0..2 {
        let none = refused(world.admin.dispatch("c3", &nothing).await);
        assert!(
            none.detail.contains("Command produced no events."),
            "{}",
            none.detail
        );
    }
}

#[tokio::test]
async fn a_body_that_is_no_command_is_refused_by_field_and_leaves_no_receipt() {
    let world = World::with_a_thread().await;
    let bad =
        json!({"type": "thread.archive", "commandId": "c1", "threadId": "t1", "why": "because"});
    let problem = refused(world.call("POST", DISPATCH, bad).await);
    assert_eq!(
        (problem.code, problem.errors[0].pointer.as_str()),
        (Code::Invalid, "/why")
    );
    assert!(
        problem
            .detail
            .starts_with("Invalid orchestration command payload: ")
    );
    // The id is still free.
    assert!(world.admin.dispatch("c1", &archive("t1")).await.is_ok());
}

#[tokio::test]
async fn the_command_id_is_the_idempotency_key() {
    let world = World::with_a_thread().await;
    let body = json!({"type": "thread.archive", "commandId": "c1", "threadId": "t1"});
    let options = CallOptions {
        idempotency_key: Some("c2".into()),
        ..CallOptions::default()
    };
    let give = call("POST", DISPATCH, body);
    let two_ids = refused(world.admin.call(&give, &options).await);
    assert_eq!(two_ids.errors[0].pointer, "/commandId");
    let reply = world
        .admin
        .call(&give, &CallOptions::default())
        .await
        .unwrap();
    let sequence = reply.sequence.unwrap();
    assert_eq!(reply.body, json!({"sequence": sequence}));
    assert!(!reply.replayed);
    let again = world
        .admin
        .call(&give, &CallOptions::default())
        .await
        .unwrap();
    assert!(again.replayed);
    assert_eq!(again.body, reply.body);
}

#[tokio::test]
async fn a_dry_run_decides_and_writes_nothing() {
    let world = World::with_a_thread().await;
    let head = world
        .read(&SnapshotRequest::default())
        .await
        .snapshot_sequence;
    let body = json!({"type": "thread.archive", "commandId": "c1", "threadId": "t1"});
    let options = CallOptions {
        dry_run: true,
        ..CallOptions::default()
    };
    let reply = world
        .admin
        .call(&call("POST", DISPATCH, body), &options)
        .await
        .unwrap();
    assert_eq!(reply.body["after"]["sequence"], json!(head.0 + 1));
    let model = world.read(&SnapshotRequest::default()).await;
    assert_eq!(model.snapshot_sequence, head);
    assert!(world.admin.dispatch("c1", &archive("t1")).await.is_ok());
}

#[tokio::test]
async fn a_picture_is_kept_beside_the_log_and_the_message_names_it() {
    let world = World::with_a_thread().await;
    let url = format!("data:image/png;base64,{}", STANDARD.encode([7_u8; 5_000]));
    let body = json!({"type": "thread.turn.start", "commandId": "c1", "threadId": "t1", "createdAt": at(2),
        "message": {"messageId": "m1", "text": "See", "attachments": [
            {"type": "image", "name": "../a.png", "mimeType": "image/png", "sizeBytes": 5000, "dataUrl": url}]}});
    let first = world.call("POST", DISPATCH, body.clone()).await.unwrap();
    let again = world.call("POST", DISPATCH, body).await.unwrap();
    assert_eq!(first.body, again.body);
    let messages = world.one("t1").await.messages.unwrap();
    let kept = &messages[0].attachments.as_ref().unwrap()[0];
    assert_eq!(kept["name"], "../a.png");
    assert_eq!(kept["sizeBytes"], 5000);
    assert_eq!(kept["blob"].as_str().unwrap().len(), 64);
    let log = world.admin.replay_events(Sequence(0), None).await.unwrap();
    assert!(!serde_json::to_string(&log).unwrap().contains("base64"));
}

/// Scenario 70.
#[tokio::test]
async fn a_thread_that_is_called_like_a_directory_reaches_no_file() {
    let world = World::with_a_thread().await;
    world.give("odd", &[thread("..", "p1")]).await;
    let url = format!("data:image/png;base64,{}", STANDARD.encode([7_u8; 50]));
    let body = json!({"type": "thread.turn.start", "commandId": "c1", "threadId": "..", "createdAt": at(2),
        "message": {"messageId": "..", "text": "See", "attachments": [
            {"type": "image", "name": "../jolli.db", "mimeType": "image/png", "sizeBytes": 50, "dataUrl": url}]}});
    world.call("POST", DISPATCH, body).await.unwrap();
    let delete = Command::ThreadDelete {
        thread_id: "..".parse().unwrap(),
    };
    world.give("gone", &[delete]).await;
    let odd = world.one("..").await;
    assert!(odd.deleted_at.is_some());
    let messages = odd.messages.unwrap();
    let kept = &messages[0].attachments.as_ref().unwrap()[0];
    assert_eq!(kept["blob"].as_str().unwrap().len(), 64);
    // The database stands where it stood.
    world.give("on", &[rename("t1", "Goes on")]).await;
    assert_eq!(world.one("t1").await.title, "Goes on");
}

/// Scenario 30.
#[tokio::test]
async fn who_acted_is_what_the_entrance_says_whatever_the_command_is_called() {
    let it = running().await;
    let acted = async |sequence: Sequence| {
        let after = Sequence(sequence.0 - 1);
        let page = it.world.admin.replay_events(after, None).await.unwrap();
        page.events[0].actor.kind.as_str()
    };
    for id in ["provider:1", "server:1", "runner:1", "system:1", "plain"] {
        let given = rename(it.thread.as_str(), id);
        let done = it.world.admin.dispatch(id, &given).await.unwrap();
        assert_eq!(acted(done.sequence).await, "user", "{id}");
    }
    let ready = session(&it.thread, SessionStatus::Ready, None);
    let done = it.run.dispatch("user:1", &ready).await.unwrap();
    assert_eq!(acted(done.sequence).await, "runner");
}

#[tokio::test]
async fn people_and_runs_do_not_give_each_others_commands() {
    let it = running().await;
    let stop = session(&it.thread, SessionStatus::Stopped, None);
    let person = refused(it.world.admin.dispatch("c1", &stop).await);
    assert_eq!(person.code, Code::Forbidden);
    assert!(
        person.detail.contains("thread.session.set"),
        "{}",
        person.detail
    );
    let own = archive(it.thread.as_str());
    assert_eq!(code(it.run.dispatch("c2", &own).await), Code::Forbidden);
    // Not kept: under the right hands the same id may still be used.
    assert!(it.run.dispatch("c1", &stop).await.is_ok());
    assert!(it.world.admin.dispatch("c2", &own).await.is_ok());
    // A runner without a run, and a viewer, give nothing.
    assert_eq!(code(it.runner.dispatch("c3", &stop).await), Code::Forbidden);
    let viewer = it.world.client(Role::Viewer).await;
    assert_eq!(
        code(viewer.dispatch("c4", &project("p9")).await),
        Code::Forbidden
    );
    let operator = it.world.client(Role::Operator).await;
    assert!(operator.dispatch("c4", &project("p9")).await.is_ok());
}

#[tokio::test]
async fn a_run_works_in_its_own_threads_and_only_while_it_holds_its_lease() {
    let it = running().await;
    it.world
        .give("other", &[project("p1"), thread("t1", "p1")])
        .await;
    let elsewhere = session(&"t1".parse().unwrap(), SessionStatus::Ready, None);
    assert_eq!(
        code(it.run.dispatch("c1", &elsewhere).await),
        Code::Forbidden
    );
    let foreign = format!("job-{}-space-{}", it.claim.job.id.0 + 1, it.space);
    let foreign = session(&foreign.parse().unwrap(), SessionStatus::Ready, None);
    assert_eq!(code(it.run.dispatch("c2", &foreign).await), Code::Forbidden);

    assert!(it.run.thread(&it.thread).await.unwrap().is_some());
    assert_eq!(
        code(it.run.thread(&"t1".parse().unwrap()).await),
        Code::Forbidden
    );
    for (path, body) in [
        ("/orchestration/getSnapshot", json!({})),
        (
            "/orchestration/replayEvents",
            json!(ReplayRequest::default()),
        ),
        (
            "/orchestration/getTurnDiff",
            json!({"threadId": "t1", "fromTurnCount": 0, "toTurnCount": 0}),
        ),
    ] {
        let options = CallOptions {
            run_token: Some(jolli::client::AccessToken::new(&it.claim.run_token)),
            ..CallOptions::default()
        };
        let answer = it.runner.call(&call("POST", path, body), &options).await;
        assert_eq!(code(answer), Code::Forbidden, "{path}");
    }

    it.world.admin.cancel_job(it.claim.job.id).await.unwrap();
    let ready = session(&it.thread, SessionStatus::Ready, None);
    assert_eq!(code(it.run.dispatch("c3", &ready).await), Code::StaleWriter);
}

#[tokio::test]
async fn another_orgs_things_are_not_there() {
    let world = World::with_a_thread().await;
    let stranger = World::new().await;
    let none: Value = json!({"threadId": "t1"});
    let problem = refused(
        stranger
            .call("POST", "/orchestration/getSnapshot", none)
            .await,
    );
    assert_eq!(problem.detail, "Thread 't1' not found.");
    assert_eq!(world.one("t1").await.title, "Thread t1");
}
