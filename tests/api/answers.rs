//! What every answer has, and what is not taken in: headers, lengths, bodies that are not what they seem.

use bytes::Bytes;
use jolli::api::{IntegrationId, OrgId, Provider, Role};
use jolli::server::table;
use serde_json::{Value, json};

use super::webhooks::sign;
use super::{SECRET, World, ask};

/// The path of an endpoint with something in the place of its parameters.
fn address(path: &str) -> String {
    let path = path
        .replace("{provider}", "github")
        .replace("{slug}", "none")
        .replace("{kind}", "catch-up");
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "999" } else { part });
    let path = parts.collect::<Vec<_>>().join("/");
    match path.strip_prefix("//") {
        Some(root) => format!("/{root}"),
        None => format!("/api{path}"),
    }
}

fn bearer(world: &World, role: Role) -> String {
    let token = world.server.mint(OrgId(1), "test", role);
    format!("Bearer {}", token.expose())
}

/// Tokens and secrets are answered once: what keeps them on the way would show them again.
#[tokio::test]
async fn no_answer_is_kept_on_its_way_or_taken_for_another_kind() {
    let world = World::new().await;
    let admin = bearer(&world, Role::Admin);
    let mut targets: Vec<(String, String)> = table()
        .iter()
        .map(|it| (it.method.to_string(), address(it.path)))
        .collect();
    targets.push(("GET".into(), "/api/nothing-here".into()));
    targets.push(("PUT".into(), "/api/sources".into()));
    for (method, target) in targets {
        for token in [None, Some(admin.as_str())] {
            let headers: Vec<_> = token.map(|it| ("authorization", it)).into_iter().collect();
            let (status, got, _) = ask(&world.server, &method, &target, &headers, "{}").await;
            for (name, value) in [
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
            ] {
                let got: Vec<_> = got.get_all(name).iter().collect();
                assert_eq!(got, [value], "{name} of {method} {target} ({status})");
            }
            assert!(!got.contains_key("set-cookie"), "{method} {target}");
            let open = got.contains_key("access-control-allow-origin");
            assert!(!open, "no other site's page reads {method} {target}");
        }
    }
}

/// What says that it is compressed is taken as it is: nothing is unpacked, so that nothing can grow.
#[tokio::test]
async fn a_compressed_body_is_not_unpacked() {
    let world = World::new().await;
    world.watched().await;
    let bearer = bearer(&world, Role::Admin);
    let inside = json!({ "name": "a".repeat(64 << 20) }).to_string();
    let bomb = zstd::bulk::compress(inside.as_bytes(), 1).unwrap();
    assert!(bomb.len() < 64 << 10, "{}", bomb.len());
    for encoding in ["zstd", "gzip", "deflate", "br"] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-encoding", encoding),
            ("content-type", "application/json"),
        ];
        let sent = ask(
            &world.server,
            "POST",
            "/api/sources",
            &headers,
            bomb.clone(),
        );
        let (status, _, answer) = sent.await;
        assert_eq!(status, 400, "{encoding}: {answer}");
        assert!(answer.contains("not JSON"), "{encoding}: {answer}");
    }
    let headers = [
        ("x-github-event", "push"),
        ("x-github-delivery", "d-1"),
        ("x-hub-signature-256", &sign(SECRET, &bomb)),
        ("content-encoding", "zstd"),
    ];
    let sender = world.server.client(None);
    let id = Some(IntegrationId(1));
    let reply = sender
        .post_webhook(Provider::GitHub, id, &headers, Bytes::from(bomb))
        .await
        .unwrap();
    assert_eq!(reply.body["reason"], "quarantined:payload");
}

/// Each endpoint says what it takes at most, and takes no more, whether the length is told before or not.
#[tokio::test]
async fn no_endpoint_takes_more_than_it_says() {
    let world = World::new().await;
    let admin = bearer(&world, Role::Admin);
    let run = bearer(&world, Role::Runner);
    let signature = sign("any", b"");
    let mut checked = 0;
    for endpoint in table().iter().filter(|it| it.mutates()) {
        let target = address(endpoint.path);
        let length = (endpoint.largest_body + 1).to_string();
        let token = if endpoint.access.allows(Role::Admin, false) {
            &admin
        } else {
            &run
        };
        let headers = [
            ("authorization", token.as_str()),
            ("jolli-run", "none"),
            ("x-jolli-space", "none"),
            ("content-length", length.as_str()),
            ("x-hub-signature-256", &signature),
        ];
        let method = endpoint.method.as_str();
        let (status, _, answer) = ask(&world.server, method, &target, &headers, "{}").await;
        let problem: Value = serde_json::from_str(&answer).unwrap();
        // What is not there may be said first: neither reads the body.
        let refused = status == 413 || problem["code"] == "not-found";
        assert!(refused, "{method} {target}: {status} {answer}");
        checked += usize::from(status == 413);
    }
    assert!(checked > 30, "{checked}");
}
