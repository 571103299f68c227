//! Webhook intake: proof, dedupe, reasons, and that what was answered is there (sources.md §8). Signatures come from
//! `openssl` or from published examples, never from our own signer.

use std::io::Write as _;
use std::process::{Command, Stdio};

use bytes::Bytes;
use futures_util::StreamExt as _;
use jolli::api::{Code, Delivery, DeliveryStatus, IntegrationId, Provider, Role};
use jolli::base::Clock as _;
use jolli::client::{CallOptions, Client, ClientError, Query, Reply};
use serde_json::{Value, json};

use super::{SECRET, World, call, code, refused};

pub const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const ZERO: &str = "0000000000000000000000000000000000000000";

/// HMAC-SHA256 by openssl, as GitHub writes it.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut child = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    format!("sha256={}", text.trim().rsplit(' ').next().unwrap())
}

pub fn push(repo: &str, git_ref: &str, before: &str, after: &str) -> Bytes {
    let body = json!({
        "ref": git_ref, "before": before, "after": after, "forced": false,
        "repository": {"full_name": repo, "html_url": format!("https://github.com/{repo}"), "default_branch": "main"},
    });
    Bytes::from(body.to_string())
}

pub async fn send(world: &World, id: &str, body: &Bytes) -> Result<Reply, ClientError> {
    send_signed(world, id, body, &sign(SECRET, body)).await
}

async fn send_signed(
    world: &World,
    id: &str,
    body: &Bytes,
    signature: &str,
) -> Result<Reply, ClientError> {
    deliver(&world.server.client(None), id, body, signature).await
}

/// The same to any server, signed with this secret.
pub async fn send_to(
    client: &Client,
    id: &str,
    body: &Bytes,
    secret: &str,
) -> Result<Reply, ClientError> {
    deliver(client, id, body, &sign(secret, body)).await
}

async fn deliver(
    client: &Client,
    id: &str,
    body: &Bytes,
    signature: &str,
) -> Result<Reply, ClientError> {
    let headers = [
        ("x-github-event", "push"),
        ("x-github-delivery", id),
        ("x-hub-signature-256", signature),
        ("content-type", "application/json"),
    ];
    client
        .post_webhook(
            Provider::GitHub,
            Some(IntegrationId(1)),
            &headers,
            body.clone(),
        )
        .await
}

async fn deliveries(world: &World) -> Vec<Delivery> {
    world.admin.deliveries(&Query::new()).await.unwrap().items
}

#[tokio::test]
async fn the_published_vector_opens_the_door() {
    let world = World::new().await;
    world.integration().await;
    let headers = [
        ("x-github-event", "push"),
        ("x-github-delivery", "d-1"),
        (
            "x-hub-signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        ),
    ];
    let reply = world
        .server
        .client(None)
        .post_webhook(
            Provider::GitHub,
            Some(IntegrationId(1)),
            &headers,
            Bytes::from_static(b"Hello, World!"),
        )
        .await
        .unwrap();
    // Signed well, and no payload: kept, and never a reason for the provider to stop sending.
    assert_eq!(
        (reply.status, reply.body["reason"].as_str()),
        (200, Some("quarantined:payload"))
    );
    assert_eq!(
        deliveries(&world).await[0].status,
        DeliveryStatus::Quarantined
    );
}

#[tokio::test]
async fn a_push_queues_one_job_for_its_source_with_every_bound_space() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    let second = world.space("SDK").await;
    world.bind(second.id, source.id).await;
    let body = push("acme/backend", "refs/heads/main", A, B);
    let reply = send(&world, "d-1", &body).await.unwrap();
    assert_eq!(reply.status, 202);
    assert_eq!(reply.body["reason"], "queued");
    assert!(reply.sequence.is_some());
    let jobs = world.admin.jobs(&Query::new()).await.unwrap().items;
    assert_eq!(jobs.len(), 1);
    let job = &jobs[0];
    assert_eq!(job.affected_space_ids, [space.id, second.id]);
    assert_eq!(job.head_sha.as_deref(), Some(B));
    assert_eq!(
        job.event_jrn,
        "jrn::path:/home/default/sources/github/acme/backend/main"
    );
    assert_eq!(reply.body["jobs"], json!([job.id]));
    let delivery = world
        .admin
        .delivery(deliveries(&world).await[0].id)
        .await
        .unwrap();
    assert_eq!(
        delivery.body.as_deref(),
        Some(std::str::from_utf8(&body).unwrap())
    );
    assert!(!delivery.headers.contains_key("x-hub-signature-256"));
    let source = world.admin.source(source.id).await.unwrap();
    assert_eq!(source.source.head.unwrap().sha, B);
}

#[tokio::test]
async fn a_delivery_that_comes_again_queues_nothing_and_one_with_another_body_is_refused() {
    let world = World::new().await;
    world.watched().await;
    let body = push("acme/backend", "refs/heads/main", A, B);
    send(&world, "d-1", &body).await.unwrap();
    let again = send(&world, "d-1", &body).await.unwrap();
    assert_eq!(
        (again.status, again.body["reason"].as_str()),
        (200, Some("duplicate"))
    );
    let forged = push("acme/backend", "refs/heads/main", B, A);
    assert_eq!(code(send(&world, "d-1", &forged).await), Code::Conflict);
    // Another delivery of the same commits is the same event (seed 000: idempotency).
    let twin = send(&world, "d-2", &body).await.unwrap();
    assert_eq!(twin.body["reason"], "duplicate");
    assert_eq!(
        world.admin.jobs(&Query::new()).await.unwrap().items.len(),
        1
    );
}

#[tokio::test]
async fn every_delivery_ends_with_a_reason() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    world.source("virtual").await;
    for (n, (repo, git_ref, after, reason)) in [
        (
            "acme/backend",
            "refs/heads/other",
            B,
            "ignored:other-branch",
        ),
        ("acme/backend", "refs/tags/v1", B, "ignored:tag"),
        ("acme/backend", "refs/heads/main", ZERO, "ignored:deletion"),
        ("acme/elsewhere", "refs/heads/main", B, "ignored:no-source"),
        ("acme/virtual", "refs/heads/main", B, "ignored:no-source"),
        (
            "stranger/backend",
            "refs/heads/main",
            B,
            "ignored:no-source",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = send(&world, &format!("d-{n}"), &push(repo, git_ref, A, after))
            .await
            .unwrap();
        assert_eq!(
            (reply.status, reply.body["reason"].as_str()),
            (200, Some(reason)),
            "{repo} {git_ref}"
        );
    }
    world.admin.unbind(space.id, source.id).await.unwrap();
    let reply = send(
        &world,
        "d-9",
        &push("acme/backend", "refs/heads/main", A, B),
    )
    .await
    .unwrap();
    assert_eq!(reply.body["reason"], "ignored:no-bindings");
    assert!(
        world
            .admin
            .jobs(&Query::new())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(deliveries(&world).await.len(), 7);
}

#[tokio::test]
async fn who_cannot_sign_is_refused_before_anything_is_read() {
    let world = World::new().await;
    world.watched().await;
    let body = push("acme/backend", "refs/heads/main", A, B);
    for bad in ["sha1=00", "sha256=zz", ""] {
        assert_eq!(
            code(send_signed(&world, "d-1", &body, bad).await),
            Code::Unauthenticated,
            "{bad}"
        );
    }
    assert!(deliveries(&world).await.is_empty());
    let wrong = sign("another secret", &body);
    assert_eq!(
        code(send_signed(&world, "d-1", &body, &wrong).await),
        Code::Unauthenticated
    );
    // A wrong signature is shown, so that an operator sees why nothing arrives; it takes no delivery id.
    assert_eq!(deliveries(&world).await[0].reason, "rejected:signature");
    let refused = world
        .admin
        .integration(IntegrationId(1))
        .await
        .unwrap()
        .refused_signatures;
    assert!(refused >= 1);
    assert_eq!(send(&world, "d-1", &body).await.unwrap().status, 202);
    assert_eq!(
        world
            .admin
            .integration(IntegrationId(1))
            .await
            .unwrap()
            .refused_signatures,
        0
    );
}

#[tokio::test]
async fn both_secrets_are_good_while_one_is_rotated() {
    let world = World::new().await;
    world.watched().await;
    let rotated = world.admin.rotate_secret(IntegrationId(1)).await.unwrap();
    let first = push("acme/backend", "refs/heads/main", A, B);
    assert_eq!(send(&world, "d-1", &first).await.unwrap().status, 202);
    let second = push("acme/backend", "refs/heads/main", B, A);
    let signature = sign(&rotated.webhook_secret, &second);
    assert_eq!(
        send_signed(&world, "d-2", &second, &signature)
            .await
            .unwrap()
            .status,
        202
    );
}

/// For a day both count, so that the provider can be told; not for longer.
#[tokio::test]
async fn a_day_after_it_was_rotated_the_old_secret_is_worth_nothing() {
    const DAY: i64 = 24 * 3600;
    let world = World::new().await;
    world.watched().await;
    let began = world.clock.now();
    let rotated = world.admin.rotate_secret(IntegrationId(1)).await.unwrap();
    world.clock.freeze(began.plus_seconds(DAY - 60));
    let first = push("acme/backend", "refs/heads/main", A, B);
    assert_eq!(send(&world, "d-1", &first).await.unwrap().status, 202);
    world.clock.freeze(began.plus_seconds(DAY + 60));
    let late = push("acme/backend", "refs/heads/main", B, A);
    assert_eq!(
        code(send(&world, "d-2", &late).await),
        Code::Unauthenticated
    );
    let signature = sign(&rotated.webhook_secret, &late);
    let sent = send_signed(&world, "d-2", &late, &signature).await;
    assert_eq!(sent.unwrap().status, 202);
}

#[tokio::test]
async fn an_address_without_an_integration_finds_it_by_the_repository() {
    let world = World::new().await;
    world.watched().await;
    let body = push("acme/backend", "refs/heads/main", A, B);
    let signature = sign(SECRET, &body);
    let headers = [
        ("x-github-event", "push"),
        ("x-github-delivery", "d-1"),
        ("x-hub-signature-256", signature.as_str()),
    ];
    let sender = world.server.client(None);
    let reply = sender
        .post_webhook(Provider::GitHub, None, &headers, body.clone())
        .await
        .unwrap();
    assert_eq!(reply.status, 202);
    let stranger = push("other/backend", "refs/heads/main", A, B);
    let signature = sign(SECRET, &stranger);
    let headers = [
        ("x-github-event", "push"),
        ("x-github-delivery", "d-2"),
        ("x-hub-signature-256", signature.as_str()),
    ];
    let result = sender
        .post_webhook(Provider::GitHub, None, &headers, stranger)
        .await;
    assert_eq!(code(result), Code::Unauthenticated);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_by_its_length() {
    let world = World::new().await;
    world.watched().await;
    let headers = [
        ("x-github-event", "push"),
        (
            "x-hub-signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        ),
        ("content-length", "26214401"),
    ];
    let result = world
        .server
        .client(None)
        .post_webhook(
            Provider::GitHub,
            Some(IntegrationId(1)),
            &headers,
            Bytes::from_static(b"{}"),
        )
        .await;
    assert_eq!(refused(result).status, 413);
    let long = Bytes::from(vec![b' '; (25 << 20) + 1]);
    assert_eq!(
        refused(send_signed(&world, "d-1", &long, &sign(SECRET, b"")).await).status,
        413
    );
}

#[tokio::test]
async fn sent_again_by_an_operator_it_runs_again() {
    let world = World::new().await;
    world.watched().await;
    let body = push("acme/backend", "refs/heads/main", A, B);
    send(&world, "d-1", &body).await.unwrap();
    let delivery = deliveries(&world).await.remove(0);
    let again = world.admin.redeliver(delivery.id).await.unwrap();
    assert_eq!(again.status, DeliveryStatus::Queued);
    assert_ne!(again.job_ids, delivery.job_ids);
    assert_eq!(
        world.admin.jobs(&Query::new()).await.unwrap().items.len(),
        2
    );
    // Until a worker takes it, it can be taken back.
    let path = format!("/deliveries/{}/redeliver", delivery.id);
    let reply = world.call("POST", &path, Value::Null).await.unwrap();
    let cancel = &reply.undo.unwrap().calls[0];
    let cancelled = world.admin.call(cancel, &CallOptions::default()).await;
    assert_eq!(cancelled.unwrap().body["status"], "cancelled");
}

#[tokio::test]
async fn a_preview_says_what_the_webhook_would_do_and_writes_nothing() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    let ask =
        |git_ref: &str| json!({"repo": "github.com/acme/backend", "ref": git_ref, "after": B});
    let preview = world.admin.preview_webhook(&ask("main")).await.unwrap();
    assert_eq!((preview.reason.as_str(), preview.jobs), ("queued", 1));
    assert_eq!(preview.sources[0].source_id, source.id);
    assert!(
        preview.sources[0]
            .spaces
            .iter()
            .any(|s| s.space_id == space.id && s.runs)
    );
    let other = world
        .admin
        .preview_webhook(&ask("refs/heads/dev"))
        .await
        .unwrap();
    assert_eq!(
        (other.reason.as_str(), other.jobs),
        ("ignored:other-branch", 0)
    );
    assert!(!other.sources[0].matches);
    assert!(deliveries(&world).await.is_empty());
    let unknown = world
        .call(
            "POST",
            "/webhooks/preview",
            json!({"repo": "x", "ref": "main"}),
        )
        .await;
    assert_eq!(code(unknown), Code::Invalid);
    let strange = world.call("POST", "/webhooks/nobody", Value::Null).await;
    assert_eq!(code(strange), Code::NotFound);
}

#[tokio::test]
async fn a_push_back_to_where_the_cursor_stands_leaves_nothing_to_wait_for() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    // Given: a run moved the cursor to B.
    send(&world, "d1", &push("acme/backend", "refs/heads/main", A, B))
        .await
        .unwrap();
    let runner = world.server.worker(jolli::api::OrgId(1), "test");
    super::runs::finish_one(&world, &runner, B).await;
    // When the branch moves on and is forced back.
    send(&world, "d2", &push("acme/backend", "refs/heads/main", B, A))
        .await
        .unwrap();
    let waiting = world.admin.source(source.id).await.unwrap().source;
    assert!(waiting.pending_since.is_some());
    send(&world, "d3", &push("acme/backend", "refs/heads/main", A, B))
        .await
        .unwrap();
    // Then nothing waits any more.
    let now = world.admin.source(source.id).await.unwrap().source;
    assert_eq!(now.head.unwrap().sha, B);
    assert_eq!(now.pending_since, None);
}

#[tokio::test]
async fn a_viewer_sees_what_became_of_a_delivery_and_not_what_it_said() {
    let world = World::new().await;
    world.watched().await;
    let body = push("acme/backend", "refs/heads/main", A, B);
    send(&world, "d-1", &body).await.unwrap();
    let page = call("GET", "/deliveries/1", Value::Null);
    let seen_by = |client: Client| {
        let page = page.clone();
        async move {
            client
                .call(&page, &CallOptions::default())
                .await
                .unwrap()
                .body
        }
    };
    let whole = seen_by(world.client(Role::Operator).await).await;
    assert_eq!(whole["headers"]["x-github-event"], "push");
    assert!(whole["body"].as_str().unwrap().contains("acme/backend"));
    let mut part = seen_by(world.client(Role::Viewer).await).await;
    assert_eq!(
        (&part["headers"], &part["body"]),
        (&json!({}), &Value::Null)
    );
    for own in ["headers", "body"] {
        part[own] = whole[own].clone();
    }
    assert_eq!(part, whole);
}

/// The log tells nobody over the API what a delivery tells operators alone, nor the hash of a token.
#[tokio::test]
async fn the_log_tells_neither_what_a_webhook_said_nor_the_hash_of_a_token() {
    let world = World::new().await;
    world.watched().await;
    let body = push("acme/backend", "refs/heads/main", A, B);
    send(&world, "d-1", &body).await.unwrap();
    let body_hash = jolli::base::sha256_hex(&body);
    for role in [Role::Viewer, Role::Admin] {
        let client = world.client(role).await;
        let page = client.events_page(&Query::new()).await.unwrap();
        let replayed = client
            .replay_events(jolli::api::Sequence(0), None)
            .await
            .unwrap();
        let followed = client
            .follow_events(jolli::api::Sequence(0), None)
            .take(page.events.len())
            .map(Result::unwrap);
        let followed: Vec<jolli::api::Event> = followed.collect().await;
        for events in [&page.events, &replayed.events, &followed] {
            let of = |kind: &str| {
                let mut of = events.iter().filter(|it| it.event_type == kind);
                of.next().unwrap().payload.clone()
            };
            let received = of("integration.delivery-received");
            assert_eq!(received["deliveryId"], "d-1");
            let token = of("org.token-created");
            assert!(token["name"].is_string());
            for hidden in ["headers", "bodyBlob", "hash"] {
                assert!(received.get(hidden).is_none() && token.get(hidden).is_none());
            }
            assert!(!json!(events).to_string().contains(&body_hash));
        }
    }
}

#[tokio::test]
async fn refusals_are_counted_for_integrations_that_there_are() {
    let world = World::new().await;
    world.watched().await;
    let knock = async |id: i64| {
        let headers = [("x-github-event", "push")];
        let body = Bytes::from_static(b"{}");
        let client = world.server.client(None);
        let reply = client
            .post_webhook(Provider::GitHub, Some(IntegrationId(id)), &headers, body)
            .await;
        assert_eq!(code(reply), Code::Unauthenticated);
    };
    for id in [2, 1, 1] {
        knock(id).await;
    }
    let counted = async |id: i64| {
        let row = world.admin.integration(IntegrationId(id)).await.unwrap();
        row.refused_signatures
    };
    assert_eq!(counted(1).await, 2);
    // Nothing was counted for what was made up: it begins at none when it comes to be.
    let second = jolli::api::NewIntegration {
        provider: Provider::GitHub,
        name: "others on GitHub".into(),
        repo: None,
        account: Some("github.com/others".into()),
        secret: Some(SECRET.into()),
    };
    let made = world.admin.create_integration(&second).await.unwrap();
    assert_eq!(made.integration.id, IntegrationId(2));
    assert_eq!(counted(2).await, 0);
}

#[tokio::test]
async fn an_event_of_no_concern_has_a_reason_of_the_closed_set() {
    let world = World::new().await;
    world.integration().await;
    let body = Bytes::from_static(b"{}");
    let signature = sign(SECRET, &body);
    let headers = [
        ("x-github-event", "no:such,event"),
        ("x-github-delivery", "d-1"),
        ("x-hub-signature-256", signature.as_str()),
    ];
    let client = world.server.client(None);
    let reply = client
        .post_webhook(Provider::GitHub, Some(IntegrationId(1)), &headers, body)
        .await
        .unwrap();
    assert_eq!(reply.body["reason"], "ignored:event");
    assert_eq!(deliveries(&world).await[0].event, "no:such,event");
}
