//! Sources, spaces, bindings, integrations and tokens: what they look like, and what is refused (seed 004).

use jolli::api::{BindingPatch, Code, NewBinding, Role, SourceId, SourceKind, SourcePatch};
use jolli::client::{CallOptions, Query};
use serde_json::{Value, json};

use super::{World, binding, call, code, new_source, refused};

#[tokio::test]
async fn a_source_has_the_fields_of_its_contract_and_nulls_where_nothing_is_set() {
    let world = World::new().await;
    let reply = world
        .call("POST", "/sources", json!({"name": "backend"}))
        .await
        .unwrap();
    assert_eq!(reply.status, 201);
    assert_eq!(reply.etag.as_deref(), Some("\"1\""));
    let mut body = reply.body;
    for time in ["createdAt", "updatedAt"] {
        let text = body[time].as_str().unwrap();
        assert_eq!(text.len(), "2026-11-21T14:02:11.000Z".len(), "{text}");
        body[time] = Value::Null;
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap());
}

#[tokio::test]
async fn a_coordinate_is_stored_in_its_one_form_whatever_form_it_came_in() {
    let world = World::new().await;
    let source = world.source("backend").await;
    assert_eq!(source.repo.as_deref(), Some("github.com/acme/backend"));
    assert_eq!(source.kind, SourceKind::Virtual);
    let bad = refused(
        world
            .call(
                "POST",
                "/sources",
                json!({"name": "x", "repo": "acme/backend"}),
            )
            .await,
    );
    assert_eq!(
        (bad.code, bad.errors[0].pointer.as_str()),
        (Code::Invalid, "/repo")
    );
}

#[tokio::test]
async fn a_write_is_read_strictly() {
    let world = World::new().await;
    for (body, pointer) in [
        (json!({"name": "a", "cursor": {"value": "x"}}), "/cursor"),
        (json!({"name": "a", "mountPath": "/home/me"}), "/mountPath"),
        (json!({"name": "a", "enabled": "no"}), "/enabled"),
        (json!({"name": "  "}), "/name"),
        (json!({"name": "local"}), "/name"),
        (json!({"repo": "github.com/a/b"}), "/name"),
        (json!({"name": "a", "integrationId": 99}), "/integrationId"),
    ] {
        let problem = refused(world.call("POST", "/sources", body.clone()).await);
        assert_eq!(problem.code, Code::Invalid, "{body}");
        assert_eq!(problem.errors[0].pointer, pointer, "{body}");
    }
    let missing = refused(world.call("POST", "/sources", Value::Null).await);
    assert_eq!(missing.status, 400);
}

#[tokio::test]
async fn ids_are_strict_and_what_is_not_there_is_404() {
    let world = World::new().await;
    for id in ["1abc", "0", "-1", "1.9", "01", "99999999999999999999"] {
        let problem = refused(
            world
                .call("GET", &format!("/sources/{id}"), Value::Null)
                .await,
        );
        assert_eq!(problem.status, 400, "{id}");
        assert_eq!(problem.errors[0].pointer, "/id");
    }
    for (method, path) in [
        ("GET", "/sources/9"),
        ("PATCH", "/sources/9"),
        ("DELETE", "/sources/9"),
        ("GET", "/spaces/9/sources"),
        ("DELETE", "/spaces/9/sources/9"),
        ("GET", "/spaces/slug/none"),
        ("GET", "/jobs/9/log"),
        ("GET", "/deliveries/9"),
        ("GET", "/integrations/9"),
        ("GET", "/sources/9/diagnosis"),
    ] {
        let body = if method == "PATCH" {
            json!({})
        } else {
            Value::Null
        };
        assert_eq!(
            code(world.call(method, path, body).await),
            Code::NotFound,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_an_empty_one_nothing() {
    let world = World::new().await;
    let source = world.source("backend").await;
    let same = world
        .admin
        .update_source(source.id, &SourcePatch::default())
        .await
        .unwrap();
    assert_eq!(same, source);
    let patch = SourcePatch {
        branch: Some(None),
        enabled: Some(false),
        ..SourcePatch::default()
    };
    let changed = world.admin.update_source(source.id, &patch).await.unwrap();
    assert_eq!((changed.branch, changed.enabled), (None, false));
    assert_eq!(changed.name, source.name);
    assert!(changed.version > source.version);
}

#[tokio::test]
async fn names_are_unique() {
    let world = World::new().await;
    world.source("backend").await;
    assert_eq!(
        code(world.admin.create_source(&new_source("backend")).await),
        Code::Conflict
    );
}

#[tokio::test]
async fn deleting_is_done_once() {
    let world = World::new().await;
    let source = world.source("backend").await;
    world.admin.delete_source(source.id).await.unwrap();
    assert_eq!(
        code(world.admin.delete_source(source.id).await),
        Code::NotFound
    );
    assert_eq!(code(world.admin.source(source.id).await), Code::NotFound);
}

#[tokio::test]
async fn a_space_lists_the_sources_it_watches_each_with_its_binding() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    let bound = world
        .admin
        .space_sources(space.id, &Query::new())
        .await
        .unwrap()
        .items;
    assert_eq!(bound.len(), 1);
    assert_eq!(
        (bound[0].source.id, bound[0].binding.space_id),
        (source.id, space.id)
    );
    assert!(bound[0].binding.enabled);
    assert_eq!(bound[0].source.kind, SourceKind::True);
    assert_eq!(
        world.admin.space_by_slug("docs").await.unwrap().id,
        space.id
    );
}

#[tokio::test]
async fn binding_again_keeps_what_is_not_given() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    let off = BindingPatch {
        enabled: Some(false),
        ..BindingPatch::default()
    };
    world
        .admin
        .update_binding(space.id, source.id, &off)
        .await
        .unwrap();
    let again = world
        .admin
        .bind(space.id, &binding(source.id))
        .await
        .unwrap();
    assert!(!again.enabled);
    let bad = NewBinding {
        jrn_pattern: Some(Some("jrn:::::".into())),
        ..binding(source.id)
    };
    let problem = refused(world.admin.bind(space.id, &bad).await);
    assert_eq!(problem.errors[0].pointer, "/jrnPattern");
    world.admin.unbind(space.id, source.id).await.unwrap();
    assert_eq!(
        code(world.admin.unbind(space.id, source.id).await),
        Code::NotFound
    );
    let nobody = binding(SourceId(99));
    assert_eq!(
        code(world.admin.bind(space.id, &nobody).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn linking_makes_a_source_true_and_tells_how_to_take_it_back() {
    let world = World::new().await;
    let integration = world.integration().await.integration;
    let source = world.source("backend").await;
    let link = call(
        "POST",
        &format!("/sources/{}/link", source.id),
        json!({"integrationId": integration.id}),
    );
    let reply = world
        .admin
        .call(&link, &CallOptions::default())
        .await
        .unwrap();
    assert_eq!(reply.body["kind"], "true");
    assert_eq!(reply.body["repo"], "github.com/acme/backend");
    let undo = reply.undo.expect("linking can be taken back");
    for call in &undo.calls {
        world
            .admin
            .call(call, &CallOptions::default())
            .await
            .unwrap();
    }
    let back = world.admin.source(source.id).await.unwrap();
    assert_eq!(back.source.kind, SourceKind::Virtual);
}

#[tokio::test]
async fn who_deletes_an_integration_that_nothing_uses_reads_what_follows_all_the_same() {
    let world = World::new().await;
    world.integration().await;
    let path = "/integrations/1?dryRun=true";
    let told = world.call("DELETE", path, Value::Null).await.unwrap();
    let texts: Vec<&str> = told.body["consequences"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["text"].as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "No source uses it.",
            "Its webhook address stops answering: what the provider still sends there is lost.",
        ]
    );
    assert!(
        world
            .call("GET", "/integrations/1", Value::Null)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_secret_and_a_token_are_shown_once() {
    let world = World::new().await;
    let created = world.integration().await;
    assert_eq!(created.webhook_secret, super::SECRET);
    let shown = world
        .call("GET", "/integrations/1", Value::Null)
        .await
        .unwrap()
        .body;
    assert!(!shown.to_string().contains("Secret to"), "{shown}");
    assert_eq!(
        shown["webhookUrl"],
        "https://jolli.example/api/webhooks/github/1"
    );
    let rotated = world
        .admin
        .rotate_secret(created.integration.id)
        .await
        .unwrap();
    assert_ne!(rotated.webhook_secret, super::SECRET);
    world.client(Role::Viewer).await;
    let tokens = world
        .call("GET", "/tokens", Value::Null)
        .await
        .unwrap()
        .body;
    assert_eq!(tokens.as_array().unwrap().len(), 2);
    assert!(
        tokens[0].get("token").is_none() && tokens[0].get("hash").is_none(),
        "{tokens}"
    );
    let log = world
        .call("GET", "/events", Value::Null)
        .await
        .unwrap()
        .body
        .to_string();
    assert!(!log.contains("Secret to") && !log.contains(&rotated.webhook_secret));
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let world = World::new().await;
    let viewer = world.client(Role::Viewer).await;
    let id = viewer.me().await.unwrap().token_id.unwrap();
    world.admin.revoke_token(id).await.unwrap();
    assert_eq!(code(viewer.me().await), Code::Unauthenticated);
    let own = world.admin.me().await.unwrap().token_id.unwrap();
    assert_eq!(code(world.admin.revoke_token(own).await), Code::Conflict);
}
