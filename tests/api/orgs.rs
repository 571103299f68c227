//! Two orgs on one server: whatever one asks for, by whatever endpoint, what belongs to the other is not there
//! (reliability.md: no org sees another).

use std::sync::Arc;

use jolli::api::{
    CatchUp, ClaimRequest, NewCredential, NewToken, OrgId, PushOp, PushOpKind, PushRequest, Role,
    Sequence,
};
use jolli::base::SystemRandom;
use jolli::client::{AccessToken, Client};
use jolli::domain::event::Actor;
use jolli::domain::org::Bootstrap;
use jolli::engine::{Command, Engine, new_token};
use jolli::server::{Access, Endpoint, table};
use jolli::store::Outcome;
use serde_json::{Value, json};

use super::orchestration::{project, thread};
use super::webhooks::{A, B, push, send};
use super::{World, ask, binding, new_source};

/// Stands in everything that belongs to the first org, and in nothing of the other.
const MARK: &str = "marmot";

/// What there is of the first org.
struct Things {
    source: i64,
    space: i64,
    integration: i64,
    job: i64,
    delivery: i64,
    token: i64,
    run_token: String,
    thread: String,
}

async fn fill(world: &World) -> Things {
    let admin = &world.admin;
    let created = world.integration().await;
    let integration = created.integration.id;
    let name = json!({ "name": format!("{MARK} on GitHub") });
    let path = format!("/integrations/{integration}");
    world.call("PATCH", &path, name).await.unwrap();
    let secret = NewCredential {
        user: None,
        secret: format!("{MARK}-secret"),
    };
    admin.set_credential(integration, &secret).await.unwrap();
    let source = admin.create_source(&new_source(MARK)).await.unwrap();
    admin.link_source(source.id, integration).await.unwrap();
    let space = world.space(MARK).await;
    admin.bind(space.id, &binding(source.id)).await.unwrap();
    let document = PushOp {
        op: PushOpKind::Upsert,
        file_id: format!("{MARK}.md"),
        server_path: format!("{MARK}.md"),
        base_version: 0,
        content: Some(format!("# {MARK}\n")),
        content_hash: None,
    };
    let document = PushRequest {
        client_changeset_id: MARK.to_owned(),
        target_branch: "main".to_owned(),
        message: None,
        merge_prompt: None,
        ops: vec![document],
    };
    admin.push(&space.slug, &document).await.unwrap();
    let id = format!("{MARK}-thread");
    let told = [project(MARK), thread(&id, MARK)];
    world.give(MARK, &told).await;
    let body = push(&format!("acme/{MARK}"), "refs/heads/main", A, B);
    let sent = send(world, &format!("{MARK}-1"), &body).await.unwrap();
    assert_eq!(sent.body["reason"], "queued");
    let runner = world.server.worker(OrgId(1), MARK);
    let request = ClaimRequest {
        runner: MARK.to_owned(),
        ..ClaimRequest::default()
    };
    let claim = runner.claim(&request).await.unwrap().expect("a job waits");
    let token = NewToken {
        name: format!("{MARK} operator"),
        role: Role::Operator,
        expires_in: None,
    };
    Things {
        source: source.id.0,
        space: space.id.0,
        integration: integration.0,
        job: claim.job.id.0,
        delivery: 1,
        token: admin.create_token(&token).await.unwrap().record.id.0,
        run_token: claim.run_token,
        thread: id,
    }
}

/// The token of the admin of a second org.
async fn second(world: &World) -> String {
    let random = Arc::new(SystemRandom::new());
    let engine = Engine::new(Arc::clone(&world.store), world.clock.clone(), random);
    let secret = new_token(&engine);
    let make = Bootstrap {
        slug: "other".to_owned(),
        token_name: "theirs".to_owned(),
        token: secret.sealed(),
    };
    let command = Command::by(Actor::system());
    let made = engine.dispatch(OrgId(2), command, make).await.unwrap();
    let Outcome::Accepted(made) = made else {
        panic!("{made:?}");
    };
    let id = made.reply["token"].as_i64().unwrap();
    secret.text(jolli::api::TokenId(id))
}

/// The endpoint with the ids of the first org's things.
fn address(path: &str, things: &Things) -> String {
    let family = path.trim_start_matches('/').split('/').next().unwrap();
    let id = match family {
        "sources" => things.source,
        "spaces" => things.space,
        "integrations" => things.integration,
        "deliveries" => things.delivery,
        "jobs" => things.job,
        "tokens" => things.token,
        _ => 1,
    };
    let path = path
        .replace("{id}", &id.to_string())
        .replace("{sourceId}", &things.source.to_string())
        .replace("{spaceId}", &things.space.to_string())
        .replace("{slug}", MARK)
        .replace("{kind}", "catch-up")
        .replace("{version}", A)
        .replace("{sequence}", "5");
    match path.strip_prefix("//") {
        Some(root) => format!("/{root}"),
        None => format!("/api{path}"),
    }
}

/// What the endpoint takes, about the first org's things.
fn body(endpoint: &Endpoint, things: &Things) -> Value {
    let thread = &things.thread;
    let changeset = json!({"clientChangesetId": "c", "targetBranch": "main", "ops": []});
    match (endpoint.method.as_str(), endpoint.path) {
        ("POST", "/sources") => {
            json!({"name": "own", "type": "git", "repo": "github.com/acme/own", "branch": "main", "integrationId": things.integration})
        }
        ("PATCH", "/sources/{id}" | "/spaces/{id}/sources/{sourceId}") => json!({"enabled": false}),
        ("POST", "/sources/{id}/link") => json!({"integrationId": things.integration}),
        ("POST", "/sources/{id}/rebaseline") => json!({"mode": "head"}),
        ("POST", "/sources/{id}/files") => json!({"files": [{"path": "a", "content": "b"}]}),
        ("PATCH", "/sources/{id}/cursor") => {
            json!({"value": A, "expectedVersion": 0, "epoch": 1, "runToken": things.run_token, "jobId": things.job})
        }
        ("PATCH", "/spaces/{id}" | "/integrations/{id}") | ("POST", "/spaces") => {
            json!({"name": "own"})
        }
        ("POST", "/spaces/{id}/sources") => json!({"sourceId": things.source}),
        ("PUT", "/integrations/{id}/credential") => json!({"secret": "own"}),
        ("POST", "/webhooks/preview") => {
            json!({"repo": format!("github.com/acme/{MARK}"), "ref": "main", "after": B})
        }
        ("POST", "/jobs/claim") => json!({"runner": "own", "waitSeconds": 0}),
        ("POST", "/jobs/{id}/steps") => json!({"name": "checkout", "status": "running"}),
        ("POST", "/jobs/{id}/spaces/{spaceId}") => json!({"status": "unchanged"}),
        ("POST", "/jobs/{id}/spaces/{spaceId}/push") => json!({"push": changeset}),
        ("POST", "/jobs/{id}/finish") => json!({"status": "succeeded"}),
        ("POST", "/sync/push") => changeset,
        ("POST", "/orchestration/dispatchCommand") => {
            json!({"type": "thread.delete", "commandId": "own", "threadId": thread})
        }
        ("POST", "/orchestration/getSnapshot" | "/orchestration/getSession") => {
            json!({"threadId": thread})
        }
        ("POST", "/orchestration/keepSession") => {
            json!({"threadId": thread, "providerName": "own"})
        }
        ("POST", "/orchestration/getTurnDiff") => {
            json!({"threadId": thread, "fromTurnCount": 0, "toTurnCount": 0})
        }
        ("POST", "/orchestration/getFullThreadDiff") => {
            json!({"threadId": thread, "toTurnCount": 0})
        }
        ("POST", "/orchestration/getCheckpoint") => json!({"threadId": thread, "turnCount": 0}),
        ("POST", "/orchestration/getActivityOutput") => {
            json!({"threadId": thread, "activityId": "a"})
        }
        ("POST", "/orchestration/replayEvents") => json!({"fromSequenceExclusive": 0}),
        ("POST", "/strict") => json!({"rules": []}),
        ("POST", "/tokens") => json!({"name": "own", "role": "viewer"}),
        _ => json!({}),
    }
}

/// What the first org's admin sees of it.
async fn picture(admin: &Client) -> (String, usize) {
    let now = admin.snapshot(None).await.unwrap();
    let events = admin.events(Sequence(0), 1000).await.unwrap().events;
    let own = events
        .iter()
        .filter(|it| !it.event_type.starts_with("runner."));
    let rows = json!([
        now.sources,
        now.spaces,
        now.bindings,
        now.integrations,
        now.jobs
    ]);
    (rows.to_string(), own.count())
}

#[tokio::test]
async fn whatever_another_org_asks_for_nothing_of_the_first_is_there() {
    let world = World::new().await;
    let things = fill(&world).await;
    let admin = format!("Bearer {}", second(&world).await);
    let runner = world.server.mint(OrgId(2), "theirs", Role::Runner);
    let runner = format!("Bearer {}", runner.expose());
    let before = picture(&world.admin).await;
    assert!(before.0.contains(MARK));

    let mut refused = 0;
    for endpoint in table() {
        if endpoint.access == Access::Public {
            continue;
        }
        let method = endpoint.method.as_str();
        let target = address(endpoint.path, &things);
        let is_named = endpoint.path.contains('{') && !endpoint.path.contains("{kind}");
        for (who, token) in [("admin", &admin), ("runner", &runner)] {
            let role = if who == "admin" {
                Role::Admin
            } else {
                Role::Runner
            };
            if !endpoint.access.allows(role, true) {
                continue;
            }
            let mut headers = vec![("authorization", token.as_str()), ("x-jolli-space", MARK)];
            // Even with the token of the run that the first org's worker is at.
            headers.extend((who == "runner").then_some(("jolli-run", things.run_token.as_str())));
            let sent = if endpoint.mutates() {
                body(&endpoint, &things).to_string()
            } else {
                String::new()
            };
            let (status, got, answer) = ask(&world.server, method, &target, &headers, sent).await;
            let what = format!("{who}: {method} {target} answered {status} {answer}");
            let echoes = target.contains(MARK) || answer.contains("\"code\"");
            assert!(echoes || !answer.contains(MARK), "{what}");
            assert!(!format!("{got:?}").contains(MARK), "{what}");
            if is_named {
                let code: Value = serde_json::from_str(&answer).unwrap_or_default();
                let code = code["code"].as_str().unwrap_or_default();
                let no = ["not-found", "stale-writer"].contains(&code);
                assert!(no, "{what}");
                refused += 1;
            }
        }
    }
    assert!(refused > 45, "{refused}");
    assert_eq!(picture(&world.admin).await, before);
    let catch_up = CatchUp::default();
    let source = jolli::api::SourceId(things.source);
    world.admin.catch_up(source, &catch_up).await.unwrap();
}

/// The other org's own things are there, and only they: the test above would pass where nothing works.
#[tokio::test]
async fn each_org_has_its_own_things_of_the_same_names() {
    let world = World::new().await;
    fill(&world).await;
    let token = AccessToken::new(&second(&world).await);
    let other = world.server.client(Some(token));
    assert_eq!(other.me().await.unwrap().org.slug, "other");
    let source = other.create_source(&new_source(MARK)).await.unwrap();
    let now = other.snapshot(None).await.unwrap();
    assert_eq!(now.sources.len(), 1);
    assert_eq!(now.sources[0].id, source.id);
    let first = world.admin.snapshot(None).await.unwrap();
    assert_eq!(first.sources.len(), 1);
    assert_ne!(first.sources[0].id, source.id);
    let events = other.events(Sequence(0), 1000).await.unwrap().events;
    let kinds: Vec<&str> = events.iter().map(|it| it.event_type.as_str()).collect();
    assert_eq!(
        kinds,
        ["org.created", "org.token-created", "source.created"]
    );
}
