//! What a request may not say, and that a refusal names it: bodies, paths, headers, filters, and who sees what.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use jolli::api::{Code, NewToken, Role};
use jolli::client::{CallOptions, Query};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{World, call, code, refused};

const PATIENCE: Duration = Duration::from_secs(90);

/// A request as bytes on the wire would have it, past what the client would send.
async fn raw(
    world: &World,
    target: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, String, String) {
    let new = NewToken {
        name: format!(
            "raw {}",
            world.admin.tokens(&Query::new()).await.unwrap().items.len()
        ),
        role: Role::Viewer,
        expires_in: None,
    };
    let token = world.admin.create_token(&new).await.unwrap().token;
    let mut request = Request::get(target).header(header::AUTHORIZATION, format!("Bearer {token}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = world.server.router().oneshot(request).await.unwrap();
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .map_or("", |value| value.to_str().unwrap())
        .to_owned();
    let status = response.status();
    let body = tokio::time::timeout(PATIENCE, to_bytes(response.into_body(), 1 << 16))
        .await
        .expect("the answer ends")
        .expect("the answer is short");
    (status, kind, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_feed_from_beyond_the_head_says_resync_once_and_ends() {
    let world = World::new().await;
    let events = [("accept", "text/event-stream")];
    let seen = [
        ("accept", "text/event-stream"),
        ("last-event-id", "1000000"),
    ];
    for (target, headers) in [
        ("/api/events?after=1000000", &events[..]),
        ("/api/events?rows=1&after=1000000", &[][..]),
        ("/api/events", &seen[..]),
    ] {
        let (status, _, text) = raw(&world, target, headers).await;
        assert_eq!(status, 200, "{target}");
        assert_eq!(text.matches("event: resync").count(), 1, "{target}: {text}");
    }
}

#[tokio::test]
async fn an_array_is_no_object_whatever_its_order() {
    let world = World::new().await;
    let before = world.admin.tokens(&Query::new()).await.unwrap().items.len();
    let problem = refused(
        world
            .call("POST", "/tokens", json!(["evil", "admin"]))
            .await,
    );
    assert_eq!(problem.code, Code::Invalid);
    assert!(problem.detail.contains("expected an object"), "{problem:?}");
    let after = world.admin.tokens(&Query::new()).await.unwrap().items.len();
    assert_eq!(before, after);

    let push = json!({
        "clientChangesetId": "c1", "targetBranch": "main",
        "ops": [["upsert", "a", "a.md", 0, "text", null]],
    });
    assert_eq!(push_refused(&world, push).await.1, "/ops/0");
}

/// The sentence and the place of a refused push.
async fn push_refused(world: &World, body: Value) -> (String, String) {
    let options = CallOptions {
        space: Some("docs".into()),
        ..CallOptions::default()
    };
    let result = world
        .admin
        .call(&call("POST", "/sync/push", body), &options)
        .await;
    let problem = refused(result);
    assert_eq!(problem.code, Code::Invalid, "{problem:?}");
    (problem.detail, problem.errors[0].pointer.clone())
}

fn upsert(path: &str) -> Value {
    json!({"type": "upsert", "fileId": path, "serverPath": path, "baseVersion": 0, "content": "x"})
}

#[tokio::test]
async fn a_push_writes_nowhere_that_belongs_to_git_or_to_jolli() {
    let world = World::new().await;
    let space = world.space("Docs").await;
    for path in [
        ".git/hooks/post-checkout",
        "docs/.GIT/config",
        ".jolli/sources.json",
        "a/.Jolli",
    ] {
        let push = json!({
            "clientChangesetId": "c1", "targetBranch": "main", "ops": [upsert("a.md"), upsert(path)],
        });
        let (detail, pointer) = push_refused(&world, push).await;
        assert_eq!(pointer, "/ops/1/serverPath", "{path}");
        assert!(detail.contains("op 1") && detail.contains(path), "{detail}");
    }
    assert_eq!(world.admin.space(space.id).await.unwrap().documents, 0);
}

#[tokio::test]
async fn fields_that_a_push_or_a_pull_does_not_know_are_named() {
    let world = World::new().await;
    world.space("Docs").await;
    let mut op = upsert("a.md");
    op["sha"] = json!("x");
    let push = json!({"clientChangesetId": "c1", "targetBranch": "main", "ops": [op]});
    assert_eq!(push_refused(&world, push).await.1, "/ops/0/sha");
    let push = json!({
        "clientChangesetId": "c1", "targetBranch": "main", "force": true, "ops": [upsert("a.md")],
    });
    assert_eq!(push_refused(&world, push).await.1, "/force");
    let pull = world.call("POST", "/sync/pull", json!({"since": 3})).await;
    assert_eq!(refused(pull).errors[0].pointer, "/since");
}

#[tokio::test]
async fn an_operator_checks_an_integration_and_frees_a_lease() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let operator = world.client(Role::Operator).await;
    for path in [
        "/integrations/1/check",
        &format!("/sources/{}/lease/release", source.id),
    ] {
        let result = operator
            .call(&call("POST", path, Value::Null), &CallOptions::default())
            .await;
        if let Err(jolli::client::ClientError::Problem(problem)) = result {
            assert_ne!(problem.code, Code::Forbidden, "{path}");
        }
    }
}

#[tokio::test]
async fn what_a_precondition_shows_is_the_resource_as_it_is_read() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    let bound = format!("/spaces/{}/sources/{}", space.id, source.id);
    for path in [
        format!("/sources/{}", source.id),
        format!("/spaces/{}", space.id),
        "/integrations/1".to_owned(),
        bound.clone(),
    ] {
        let options = CallOptions {
            if_match: Some("\"77\"".into()),
            idempotency_key: Some(path.clone()),
            ..CallOptions::default()
        };
        let list = format!("/spaces/{}/sources", space.id);
        let mut read = if path == bound {
            world.call("GET", &list, Value::Null).await.unwrap().body[0]["binding"].take()
        } else {
            world.call("GET", &path, Value::Null).await.unwrap().body
        };
        for own_page in ["conditions", "lease", "lookedAt"] {
            read.as_object_mut().unwrap().remove(own_page);
        }
        // The second answer comes from the receipt of the first.
        for _ in 0..2 {
            let result = world
                .admin
                .call(&call("PATCH", &path, json!({})), &options)
                .await;
            let problem = refused(result);
            assert_eq!(problem.status, 412);
            assert_eq!(problem.current.as_ref(), Some(&read), "{path}");
        }
    }
}

#[tokio::test]
async fn null_is_no_value_for_what_cannot_be_empty() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    let (source, space) = (
        format!("/sources/{}", source.id),
        format!("/spaces/{}", space.id),
    );
    let binding = format!("{space}{source}");
    for (path, field) in [
        (source.as_str(), "name"),
        (&source, "type"),
        (&source, "enabled"),
        (&space, "name"),
        (&binding, "enabled"),
        ("/integrations/1", "name"),
        ("/integrations/1", "status"),
    ] {
        let problem = refused(world.call("PATCH", path, json!({field: null})).await);
        assert_eq!(problem.code, Code::Invalid, "{path} {field}");
        assert_eq!(problem.errors[0].pointer, format!("/{field}"), "{path}");
    }
    world
        .call("PATCH", &source, json!({"branch": null}))
        .await
        .unwrap();
}

#[tokio::test]
async fn running_again_honours_the_version_that_was_looked_at() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let job = world
        .admin
        .catch_up(source.id, &jolli::api::CatchUp::default())
        .await
        .unwrap();
    let rerun = call("POST", &format!("/jobs/{}/rerun", job.id), Value::Null);
    let expecting = |tag: String| CallOptions {
        if_match: Some(tag),
        ..CallOptions::default()
    };
    let stale = refused(world.admin.call(&rerun, &expecting("\"77\"".into())).await);
    assert_eq!(stale.code, Code::Precondition);
    assert_eq!(stale.current.unwrap()["id"], json!(job.id));
    let version = format!("\"{}\"", job.version);
    // A catch-up has no event to run again, which is looked at only for the version that was meant.
    assert_eq!(
        code(world.admin.call(&rerun, &expecting(version)).await),
        Code::Conflict
    );
}

#[tokio::test]
async fn a_body_where_none_is_taken_is_refused_unless_it_says_nothing() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let path = format!("/sources/{}/unlink", source.id);
    for body in [json!({"onlyIfIdle": true}), json!([]), json!("x")] {
        let problem = refused(world.call("POST", &path, body.clone()).await);
        assert_eq!(problem.code, Code::Invalid, "{body}");
        assert!(problem.detail.contains("takes no body"), "{problem:?}");
    }
    let page = world.admin.source(source.id).await.unwrap();
    assert!(page.source.integration_id.is_some());
    world.call("POST", &path, json!({})).await.unwrap();
}

#[tokio::test]
async fn a_path_that_is_not_text_and_a_position_that_is_none_are_problems() {
    let world = World::new().await;
    for (target, headers) in [
        ("/api/sources/%F0", &[][..]),
        ("/api/v1/spaces/slug/%ff", &[][..]),
        ("/api/events", &[("last-event-id", "abc")][..]),
    ] {
        let (status, kind, text) = raw(&world, target, headers).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{target}: {text}");
        assert_eq!(kind, "application/problem+json", "{target}");
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["code"], "invalid", "{target}");
    }
}

#[tokio::test]
async fn a_word_that_a_filter_does_not_know_is_refused_with_those_it_knows() {
    let world = World::new().await;
    for (path, known) in [
        ("/jobs?status=bogus", "succeeded"),
        ("/jobs?status=queued,bogus", "succeeded"),
        ("/deliveries?status=bogus", "quarantined"),
        ("/integrations?status=bogus", "suspended"),
        ("/sources?type=bogus", "file"),
    ] {
        let problem = refused(world.call("GET", path, Value::Null).await);
        assert_eq!(problem.code, Code::Invalid, "{path}");
        assert!(
            problem.detail.contains("bogus") && problem.detail.contains(known),
            "{problem:?}"
        );
    }
    world
        .call("GET", "/jobs?status=queued,failed", Value::Null)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_document_offers_what_there_is() {
    let world = World::new().await;
    let document = world
        .call("GET", "/openapi.json", Value::Null)
        .await
        .unwrap()
        .body;
    let paths = &document["paths"];
    assert!(paths["/openapi.json"]["get"]["responses"]["200"].is_object());
    let offers = |method: &str, path: &str, name: &str| {
        let parameters = paths[path][method]["parameters"].as_array().unwrap();
        parameters.iter().find(|p| p["name"] == name).cloned()
    };
    let dry = offers("post", "/sources", "dryRun").unwrap();
    assert_eq!(dry["schema"]["type"], "boolean");
    for (method, path, honoured) in [
        ("post", "/sources", false),
        ("post", "/spaces", false),
        ("post", "/integrations", false),
        ("post", "/tokens", false),
        ("post", "/spaces/{id}/sources", false),
        ("patch", "/sources/{id}", true),
        ("delete", "/spaces/{id}", true),
        ("post", "/jobs/{id}/rerun", true),
    ] {
        assert_eq!(
            offers(method, path, "If-Match").is_some(),
            honoured,
            "{method} {path}"
        );
    }
}
