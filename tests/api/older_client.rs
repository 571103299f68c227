//! The existing TypeScript command line speaks to this server: what it sends, call by call, and what it reads of the answers
//! (requests.md; its own paths begin with `/api/v1`).

use jolli::client::CallOptions;
use serde_json::{Value, json};

use super::{World, call};

/// Of an answer, the members that this client reads.
fn only(body: &Value, members: &[&str]) -> Value {
    members
        .iter()
        .map(|member| ((*member).to_owned(), body[member].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

const SOURCE: [&str; 8] = [
    "id",
    "name",
    "type",
    "repo",
    "branch",
    "integrationId",
    "enabled",
    "cursor",
];

#[tokio::test]
async fn its_source_commands_find_what_they_expect() {
    let world = World::new().await;
    let space = world.space("Docs").await.id.0;
    let get = async |path: String| world.call("GET", &path, Value::Null).await.unwrap().body;

    // auth space
    let spaces = get("/spaces".into()).await;
    assert_eq!(
        only(&spaces[0], &["id", "name", "slug"]),
        json!({"id": space, "name": "Docs", "slug": "docs"})
    );
    // source add backend --path …
    let found = get("/spaces/slug/docs".into()).await;
    assert_eq!(found["id"], space);
    assert_eq!(get("/v1/sources".into()).await, json!([]));
    let body = json!({"name": "backend", "type": "git"});
    let made = world.call("POST", "/v1/sources", body).await.unwrap();
    assert_eq!(made.status, 201);
    let id = made.body["id"].as_i64().unwrap();
    let source = json!({
        "id": id, "name": "backend", "type": "git", "repo": null, "branch": null, "integrationId": null, "enabled": true,
        "cursor": null,
    });
    assert_eq!(only(&made.body, &SOURCE), source);
    assert!(made.body["createdAt"].as_str().unwrap().ends_with('Z'));
    let bound = format!("/v1/spaces/{space}/sources");
    assert_eq!(get(bound.clone()).await, json!([]));
    let made = world
        .call("POST", &bound, json!({"sourceId": id}))
        .await
        .unwrap();
    assert_eq!(made.status, 201);
    let binding = json!({"spaceId": space, "sourceId": id, "jrnPattern": null, "enabled": true});
    let members = ["spaceId", "sourceId", "jrnPattern", "enabled"];
    assert_eq!(only(&made.body, &members), binding);
    // source list
    let listed = get(bound.clone()).await;
    assert_eq!(only(&listed[0], &SOURCE), source);
    assert_eq!(only(&listed[0]["binding"], &members), binding);
    // Adding it again finds it by name; creating it again is refused, with a text in `error`.
    let body = json!({"name": "backend", "type": "git"});
    let refused = super::refused(world.call("POST", "/v1/sources", body).await);
    assert_eq!(refused.status, 409);
    assert!(!refused.error.is_empty());
    // source remove backend
    let one = format!("{bound}/{id}");
    assert_eq!(
        world
            .call("DELETE", &one, Value::Null)
            .await
            .unwrap()
            .status,
        204
    );
    assert_eq!(get(bound).await, json!([]));
    assert_eq!(get("/v1/sources".into()).await[0]["id"], id);
}

#[tokio::test]
async fn its_sync_pushes_and_pulls() {
    let world = World::new().await;
    world.space("Docs").await;
    let options = CallOptions {
        space: Some("docs".into()),
        ..CallOptions::default()
    };
    let post =
        async |path: &str, body: Value| world.admin.call(&call("POST", path, body), &options).await;
    let op = |base: i64, text: &str| {
        json!({"type": "upsert", "fileId": "K3X9", "serverPath": "docs/a.md", "baseVersion": base, "content": text,
               "contentHash": "5d41402abc4b2a76"})
    };
    let push = |id: &str, op: Value| json!({"clientChangesetId": id, "targetBranch": "main", "message": "m", "mergePrompt": "p", "ops": [op]});
    let text = "---\njrn: K3X9\n---\n# A\n";
    let pushed = post("/v1/sync/push", push("one", op(0, text)))
        .await
        .unwrap()
        .body;
    assert_eq!(
        pushed["results"],
        json!([{"fileId": "K3X9", "status": "ok", "newVersion": 1}])
    );
    let cursor = pushed["newCursor"].as_i64().unwrap();
    // The same changeset again gets the same answer.
    let again = post("/v1/sync/push", push("one", op(0, text)))
        .await
        .unwrap()
        .body;
    assert_eq!(again["results"], pushed["results"]);
    let pulled = post("/v1/sync/pull", json!({"sinceCursor": 0}))
        .await
        .unwrap()
        .body;
    assert_eq!(pulled["newCursor"], cursor);
    let members = ["fileId", "serverPath", "version", "deleted", "content"];
    assert_eq!(
        only(&pulled["changes"][0], &members),
        json!({"fileId": "K3X9", "serverPath": "docs/a.md", "version": 1, "deleted": false, "content": text})
    );
    let none = post("/v1/sync/pull", json!({"sinceCursor": cursor}))
        .await
        .unwrap()
        .body;
    assert_eq!(none["changes"], json!([]));
    // Made from a version that is not the last one: a conflict, and which version there is.
    let stale = post("/v1/sync/push", push("two", op(0, "x")))
        .await
        .unwrap()
        .body;
    assert_eq!(
        stale["results"],
        json!([{"fileId": "K3X9", "status": "conflict", "serverVersion": 1}])
    );
}
