//! Taking back an event of the log, whoever did it (engine.md: Undo).

use jolli::api::{Code, Role, Sequence};
use jolli::client::{CallOptions, Client, Reply};
use serde_json::{Value, json};

use super::{World, call, code, refused};

const PATTERN: &str = "jrn:*:path:/home/*/sources/github/acme/backend/**";

/// The position of the newest event of a type.
async fn newest(client: &Client, of: &str) -> i64 {
    let page = client.events(Sequence(0), 5_000).await.unwrap();
    let mut events = page.events.iter().rev();
    events.find(|it| it.event_type == of).unwrap().sequence.0
}

async fn undo(client: &Client, at: i64) -> Result<Reply, jolli::client::ClientError> {
    let call = call("POST", &format!("/events/{at}/undo"), Value::Null);
    client.call(&call, &CallOptions::default()).await
}

/// A space with a source bound to it; where their binding is.
async fn bound(world: &World) -> String {
    let source = world.source("backend").await;
    let space = world.space("docs").await;
    let body = json!({"sourceId": source.id});
    let path = format!("/spaces/{}/sources", space.id);
    world.call("POST", &path, body).await.unwrap();
    format!("{path}/{}", source.id)
}

#[tokio::test]
async fn what_somebody_else_did_is_undone_and_the_new_event_names_its_cause() {
    let world = World::new().await;
    let binding = bound(&world).await;
    let off = json!({"enabled": false, "reason": "noise in freeze"});
    world.call("PATCH", &binding, off).await.unwrap();
    let at = newest(&world.admin, "space.binding-updated").await;
    let operator = world.client(Role::Operator).await;

    let reply = undo(&operator, at).await.unwrap();
    assert_eq!(reply.body["enabled"], true);
    assert!(reply.undo.is_some(), "it can be done again");
    let page = world.admin.events(Sequence(at - 1), 500).await.unwrap();
    let (first, last) = (&page.events[0], page.events.last().unwrap());
    assert_eq!(last.event_type, "space.binding-updated");
    assert_eq!(
        last.causation_event_id.as_deref(),
        Some(first.event_id.as_str())
    );
    assert_eq!(last.metadata["undoes"], at);
    // Once is enough.
    let again = refused(undo(&operator, at).await);
    assert_eq!(again.code, Code::Conflict);
    assert!(
        again.detail.contains("undid it already"),
        "{}",
        again.detail
    );
}

#[tokio::test]
async fn a_dry_run_tells_and_writes_nothing() {
    let world = World::new().await;
    let binding = bound(&world).await;
    world
        .call("PATCH", &binding, json!({"enabled": false}))
        .await
        .unwrap();
    let at = newest(&world.admin, "space.binding-updated").await;
    let path = format!("/events/{at}/undo?dryRun=true");
    let told = world.call("POST", &path, Value::Null).await.unwrap();
    assert_eq!(told.body["before"]["enabled"], false);
    assert_eq!(told.body["after"]["enabled"], true);
    assert_eq!(newest(&world.admin, "space.binding-updated").await, at);
}

#[tokio::test]
async fn something_newer_that_depends_on_it_is_named() {
    let world = World::new().await;
    let binding = bound(&world).await;
    for body in [json!({"enabled": false}), json!({"jrnPattern": PATTERN})] {
        world.call("PATCH", &binding, body).await.unwrap();
    }
    let newer = newest(&world.admin, "space.binding-updated").await;
    let problem = refused(undo(&world.admin, newer - 1).await);
    assert_eq!(problem.code, Code::Conflict);
    let words = format!("edited its pattern since, @{newer}.");
    assert!(problem.detail.ends_with(&words), "{}", problem.detail);
    // The binding of another source is none of its business.
    let other = world.source("frontend").await;
    let (path, _) = binding.rsplit_once('/').unwrap();
    let body = json!({"sourceId": other.id});
    world.call("POST", path, body).await.unwrap();
    let reply = undo(&world.admin, newer).await.unwrap();
    assert_eq!(reply.body["jrnPattern"], Value::Null);
}

#[tokio::test]
async fn every_setting_goes_back_to_what_it_was() {
    let world = World::new().await;
    let binding = bound(&world).await;
    let (path, source) = binding.rsplit_once('/').unwrap();
    let space = path.trim_end_matches("/sources");
    let source = format!("/sources/{source}");
    let cases = [
        (
            "PATCH",
            source.as_str(),
            json!({"enabled": false}),
            "source.disabled",
        ),
        (
            "PATCH",
            source.as_str(),
            json!({"name": "other", "branch": "dev"}),
            "source.updated",
        ),
        (
            "PATCH",
            space,
            json!({"name": "Other", "description": "d"}),
            "space.updated",
        ),
        (
            "PATCH",
            binding.as_str(),
            json!({"jrnPattern": PATTERN}),
            "space.binding-updated",
        ),
        (
            "DELETE",
            binding.as_str(),
            Value::Null,
            "space.source-unbound",
        ),
    ];
    let read = async |world: &World| {
        let mut rows = Vec::new();
        for path in [&source, &space.to_owned(), &path.to_owned()] {
            let mut row = world.call("GET", path, Value::Null).await.unwrap().body;
            if let Some(list) = row.as_array_mut() {
                row = list[0].take();
            }
            let fields = ["name", "enabled", "branch", "description", "jrnPattern"];
            rows.push(fields.map(|field| row[field].clone()));
        }
        rows
    };
    for (method, path, body, event) in cases {
        let before = read(&world).await;
        world.call(method, path, body).await.unwrap();
        let at = newest(&world.admin, event).await;
        undo(&world.admin, at)
            .await
            .unwrap_or_else(|error| panic!("{event}: {error}"));
        assert_eq!(read(&world).await, before, "{event}");
    }
}

#[tokio::test]
async fn what_was_added_goes_again_unless_something_came_of_it() {
    let world = World::new().await;
    let operator = world.client(Role::Operator).await;
    world.space("empty").await;
    let at = newest(&world.admin, "space.created").await;
    undo(&operator, at).await.unwrap();
    let all = world.call("GET", "/spaces", Value::Null).await.unwrap();
    assert_eq!(all.body, json!([]));
    world.source("lonely").await;
    let at = newest(&world.admin, "source.created").await;
    undo(&operator, at).await.unwrap();
    let all = world.call("GET", "/sources", Value::Null).await.unwrap();
    assert_eq!(all.body, json!([]));
    bound(&world).await;
    let at = newest(&world.admin, "source.created").await;
    let problem = refused(undo(&operator, at).await);
    assert!(
        problem.detail.starts_with("A space is bound"),
        "{}",
        problem.detail
    );
    let at = newest(&world.admin, "space.created").await;
    let problem = refused(undo(&operator, at).await);
    assert!(
        problem.detail.contains("bound it since, @"),
        "{}",
        problem.detail
    );
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer() {
    let world = World::new().await;
    let binding = bound(&world).await;
    world
        .call("PATCH", &binding, json!({"enabled": false}))
        .await
        .unwrap();
    let at = newest(&world.admin, "space.binding-updated").await;
    let call = call("POST", &format!("/events/{at}/undo"), Value::Null);
    let options = CallOptions {
        idempotency_key: Some("one".into()),
        ..CallOptions::default()
    };
    let first = world.admin.call(&call, &options).await.unwrap();
    let second = world.admin.call(&call, &options).await.unwrap();
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.body, second.body);
    assert_eq!(
        newest(&world.admin, "space.binding-updated").await,
        first.sequence.unwrap().0
    );
}

#[tokio::test]
async fn facts_and_what_was_destructive_are_refused_with_the_reason() {
    let world = World::new().await;
    world.integration().await;
    let at = newest(&world.admin, "integration.created").await;
    let problem = refused(undo(&world.admin, at).await);
    assert_eq!(problem.code, Code::Conflict);
    assert!(
        problem
            .detail
            .starts_with(&format!("integration.created, @{at}, cannot be undone.")),
        "{}",
        problem.detail
    );
    assert_eq!(code(undo(&world.admin, 99_999).await), Code::NotFound);
    assert_eq!(code(undo(&world.admin, 0).await), Code::Invalid);
    let viewer = world.client(Role::Viewer).await;
    assert_eq!(code(undo(&viewer, at).await), Code::Forbidden);
}
