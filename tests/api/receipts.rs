//! One outcome per key, expected versions, and dry runs that write nothing.

use jolli::api::Code;
use jolli::client::{CallOptions, Query};
use serde_json::{Value, json};

use super::{World, call, code, refused};

fn keyed(key: &str) -> CallOptions {
    CallOptions {
        idempotency_key: Some(key.into()),
        ..CallOptions::default()
    }
}

#[tokio::test]
async fn the_same_key_gets_the_same_outcome_and_another_request_with_it_is_refused() {
    let world = World::new().await;
    let create = call(
        "POST",
        "/sources",
        json!({"name": "backend", "branch": "main"}),
    );
    let first = world.admin.call(&create, &keyed("k1")).await.unwrap();
    // The same JSON, its keys in another order.
    let same = call(
        "POST",
        "/sources",
        json!({"branch": "main", "name": "backend"}),
    );
    let again = world.admin.call(&same, &keyed("k1")).await.unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(again.status, 201);
    assert_eq!(again.body["id"], first.body["id"]);
    assert_eq!(
        world
            .admin
            .sources(&Query::new())
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    let other = call("POST", "/sources", json!({"name": "frontend"}));
    let problem = refused(world.admin.call(&other, &keyed("k1")).await);
    assert_eq!((problem.code, problem.status), (Code::IdReused, 422));
}

#[tokio::test]
async fn a_refusal_by_rule_is_kept_too() {
    let world = World::new().await;
    let source = world.source("backend").await;
    let create = call("POST", "/sources", json!({"name": "backend"}));
    assert_eq!(
        code(world.admin.call(&create, &keyed("k2")).await),
        Code::Conflict
    );
    world.admin.delete_source(source.id).await.unwrap();
    assert_eq!(
        code(world.admin.call(&create, &keyed("k2")).await),
        Code::Conflict
    );
    assert!(world.admin.call(&create, &keyed("k3")).await.is_ok());
}

#[tokio::test]
async fn a_replay_does_not_tell_a_secret_again() {
    let world = World::new().await;
    let create = call("POST", "/tokens", json!({"name": "ci", "role": "viewer"}));
    let first = world.admin.call(&create, &keyed("t")).await.unwrap();
    let again = world.admin.call(&create, &keyed("t")).await.unwrap();
    assert!(first.body["token"].as_str().unwrap().starts_with("jolli_"));
    assert_eq!(again.body["token"], "secret-already-shown");
    assert_eq!(again.body["id"], first.body["id"]);
}

#[tokio::test]
async fn an_expected_version_that_is_old_is_answered_with_what_is() {
    let world = World::new().await;
    let source = world.source("backend").await;
    let mut patch = call(
        "PATCH",
        &format!("/sources/{}", source.id),
        json!({"branch": "next"}),
    );
    patch.if_match = Some("\"1\"".into());
    let changed = world
        .admin
        .call(&patch, &CallOptions::default())
        .await
        .unwrap();
    assert_eq!(changed.etag.as_deref(), Some("\"2\""));
    patch.body = json!({"branch": "other"});
    let problem = refused(world.admin.call(&patch, &CallOptions::default()).await);
    assert_eq!((problem.code, problem.status), (Code::Precondition, 412));
    assert_eq!(problem.current.unwrap()["branch"], "next");
    for bad in ["*", "W/\"2\"", "2", "\"2\", \"3\""] {
        patch.if_match = Some(bad.into());
        assert_eq!(
            code(world.admin.call(&patch, &CallOptions::default()).await),
            Code::Invalid,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_dry_run_tells_the_effect_and_writes_nothing() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    let head = world.admin.snapshot(None).await.unwrap().snapshot_sequence;
    let dry = CallOptions {
        dry_run: true,
        ..CallOptions::default()
    };
    let delete = call("DELETE", &format!("/sources/{}", source.id), Value::Null);
    let reply = world.admin.call(&delete, &dry).await.unwrap();
    assert_eq!(reply.body["before"]["name"], "backend");
    assert_eq!(reply.body["after"], Value::Null);
    assert_eq!(reply.body["undo"], Value::Null);
    let said = reply.body["consequences"].to_string();
    assert!(said.contains(&space.name), "{said}");
    let create = call("POST", "/sources", json!({"name": "new"}));
    let reply = world.admin.call(&create, &dry).await.unwrap();
    assert_eq!(reply.body["before"], Value::Null);
    assert_eq!(reply.body["after"]["name"], "new");
    assert_eq!(
        world.admin.snapshot(None).await.unwrap().snapshot_sequence,
        head
    );
}
