//! The client against small routers: what it sends, and how it tells failures apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::*;
use crate::api::{Call, Code, Problem, Sequence};

fn answering(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: String,
) -> Client {
    let router = Router::new().fallback(move |_: Request<Body>| {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(Body::from(body.clone())).unwrap();
        async move { response }
    });
    Client::local(router, Some(AccessToken::new("jolli_1_x")))
}

fn post(path: &str) -> Call {
    Call {
        method: "POST".into(),
        path: path.into(),
        body: json!({"name": "backend"}),
        if_match: Some("\"3\"".into()),
    }
}

#[tokio::test]
async fn a_call_carries_its_options_and_gives_what_came_back() {
    let router = Router::new().fallback(|request: Request<Body>| async move {
        let seen: Vec<Value> = request
            .headers()
            .iter()
            .map(|(k, v)| json!([k.as_str(), v.to_str().unwrap()]))
            .collect();
        Response::builder()
            .status(201)
            .header("etag", "\"1\"")
            .header("jolli-sequence", "42")
            .header(
                "jolli-undo",
                "{\"label\":\"delete \\u00e4 again\",\"calls\":[]}",
            )
            .body(Body::from(
                json!({"target": request.uri().to_string(), "headers": seen}).to_string(),
            ))
            .unwrap()
    });
    let client = Client::local(router, Some(AccessToken::new("jolli_1_x")));
    let options = CallOptions {
        idempotency_key: Some("k".into()),
        dry_run: true,
        run_token: Some(AccessToken::new("r")),
        ..CallOptions::default()
    };
    let reply = client.call(&post("/sources"), &options).await.unwrap();
    assert_eq!(reply.status, 201);
    assert_eq!(reply.sequence, Some(Sequence(42)));
    assert_eq!(reply.etag.as_deref(), Some("\"1\""));
    assert_eq!(reply.undo.unwrap().label, "delete ä again");
    insta::assert_snapshot!(reply.body, @r#"{"target":"/api/sources?dryRun=true","headers":[["accept","application/json"],["content-type","application/json"],["authorization","Bearer jolli_1_x"],["idempotency-key","k"],["if-match","\"3\""],["jolli-run","r"]]}"#);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let problem =
        serde_json::to_string(&Problem::new(Code::Conflict, "The name is taken.")).unwrap();
    let error = answering(409, &[], problem).me().await.unwrap_err();
    assert_eq!(error.code(), Some(Code::Conflict));
    assert_eq!(error.to_string(), "The name is taken.");

    let problem =
        serde_json::to_string(&Problem::new(Code::Overloaded, "Too much at once.")).unwrap();
    let error = answering(429, &[("retry-after", "7")], problem)
        .me()
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "Too much at once. Try again in 7 s.");

    let error = answering(502, &[], "<html>".into()).me().await.unwrap_err();
    assert!(matches!(error, ClientError::Protocol { .. }), "{error}");
}

#[tokio::test]
async fn a_port_where_nothing_listens_refuses() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = Client::remote(&format!("http://{address}"), None).unwrap();
    let error = client.me().await.unwrap_err();
    assert!(matches!(error, ClientError::Refused { .. }), "{error:?}");
    assert!(!error.outcome_unknown());
}

/// Accepts connections, reads the request, and closes without an answer; counts them.
async fn hangs_up() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await;
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, seen)
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_only_where_that_is_safe() {
    let (address, seen) = hangs_up().await;
    let client = Client::remote(&address, None).unwrap();
    let error = client
        .call(&post("/sources"), &CallOptions::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ClientError::Interrupted { .. }),
        "{error:?}"
    );
    assert!(error.outcome_unknown());
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    let error = client
        .call(&post("/sources"), &CallOptions::once())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ClientError::Interrupted { .. }),
        "{error:?}"
    );
    assert_eq!(seen.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn the_feed_gives_frames_and_then_says_how_it_ended() {
    let text = ": hello\n\nid: 5\nevent: rows\ndata: {\"sequence\":5,\"head\":5,\"changes\":[{\"op\":\"gone\",\"kind\":\"source\",\"id\":\"7\"}]}\n\n";
    let client = answering(200, &[("content-type", "text/event-stream")], text.into());
    let mut frames = client.follow_rows(Sequence(4));
    let frame = frames.next().await.unwrap().unwrap();
    assert_eq!(frame.sequence, Sequence(5));
    assert!(matches!(
        frames.next().await,
        Some(Err(ClientError::Interrupted { .. }))
    ));
    assert!(frames.next().await.is_none());

    let client = answering(200, &[], "event: resync\ndata: {}\n\n".into());
    let first = client.follow_rows(Sequence(4)).next().await.unwrap();
    assert!(matches!(first, Err(ClientError::Resync)));
}

#[tokio::test]
async fn a_webhook_goes_out_byte_for_byte_without_a_token() {
    let router = Router::new().fallback(|request: Request<Body>| async move {
        assert!(!request.headers().contains_key("authorization"));
        let target = request.uri().to_string();
        let body = axum::body::to_bytes(request.into_body(), 1 << 20)
            .await
            .unwrap();
        Response::new(Body::from(
            json!({"target": target, "length": body.len()}).to_string(),
        ))
    });
    let client = Client::local(router, Some(AccessToken::new("jolli_1_x")));
    let reply = client
        .post_webhook(
            crate::api::Provider::GitHub,
            None,
            &[("x-github-event", "push")],
            Bytes::from_static(b"{ \"a\": 1 }"),
        )
        .await
        .unwrap();
    assert_eq!(
        reply.body,
        json!({"target": "/api/webhooks/github", "length": 10})
    );
}
