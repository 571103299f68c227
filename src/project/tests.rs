//! What was done on the server is taken back when a later step fails; what cannot be is named.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Add, ProjectError, Workspace, add};
use crate::api::IntegrationId;
use crate::client::Client;
use crate::git::Git;
use crate::local::Project;

const AT: &str = "2026-11-21T14:02:11.000Z";

/// What a server would say to a call; `None`: it refuses.
fn said(line: &str) -> Option<(StatusCode, Value, &'static str)> {
    let ok = StatusCode::OK;
    Some(match line {
        "GET /api/spaces/slug/docs" => {
            let space = json!({
                "id": 3, "name": "Docs", "slug": "docs", "createdAt": AT, "updatedAt": AT, "version": 1, "documents": 0,
            });
            (ok, space, "")
        }
        "GET /api/sources?name=backend" | "GET /api/spaces/3/sources?sourceId=7" => {
            (ok, json!([]), "")
        }
        "POST /api/sources" => {
            let source = json!({
                "id": 7, "name": "backend", "type": "git", "enabled": true, "createdAt": AT, "updatedAt": AT,
                "kind": "true", "version": 1, "cursorVersion": 0, "generation": 0, "state": "unknown", "history": [],
            });
            let undo = r#"{"label":"creation","calls":[{"method":"DELETE","path":"/sources/7"}]}"#;
            (StatusCode::CREATED, source, undo)
        }
        "DELETE /api/sources/7" => (StatusCode::NO_CONTENT, Value::Null, ""),
        _ => return None,
    })
}

/// A server that refuses some calls, and the calls that it got.
fn server(refused: &'static [&'static str]) -> (Client, Arc<Mutex<Vec<String>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&calls);
    let router = Router::new().fallback(move |request: Request| {
        let line = format!("{} {}", request.method(), request.uri());
        let answer = said(&line).filter(|_| !refused.contains(&line.as_str()));
        heard.lock().unwrap().push(line);
        async move {
            let (status, body, undo) = answer.unwrap_or_else(|| {
                let problem = json!({
                    "type": "about:blank", "title": "Conflict", "status": 409, "detail": "It cannot be.", "code": "conflict",
                    "error": "It cannot be.",
                });
                (StatusCode::CONFLICT, problem, "")
            });
            let mut response = Response::builder().status(status);
            if !undo.is_empty() {
                response = response.header("jolli-undo", undo);
            }
            let body = if body.is_null() { String::new() } else { body.to_string() };
            response.body(axum::body::Body::from(body)).unwrap()
        }
    });
    (Client::local(router, None), calls)
}

fn git(root: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(args)
        .current_dir(root)
        .status()
        .unwrap();
    assert!(status.success());
}

/// Adds a true source `backend`; what went wrong, and the changes that the server was asked for.
async fn added(refused: &'static [&'static str]) -> (ProjectError, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q"]);
    let (client, calls) = server(refused);
    let workspace = Workspace {
        project: Project::at(dir.path()),
        git: Git::new(false),
        now: AT.parse().unwrap(),
        client: Some(client),
        space: Some("docs".to_owned()),
    };
    let ask = Add {
        name: "backend".to_owned(),
        mount: dir.path().to_owned(),
        repo: None,
        branch: None,
        integration: Some(IntegrationId(1)),
    };
    let error = add(&workspace, ask).await.unwrap_err();
    assert!(!workspace.sources_file().path().exists());
    let changes = calls.lock().unwrap().clone();
    let changes = changes.into_iter().filter(|line| !line.starts_with("GET"));
    (error, changes.collect())
}

#[tokio::test]
async fn a_source_that_cannot_be_bound_is_deleted_again() {
    let (error, changes) = added(&[]).await;
    assert!(matches!(error, ProjectError::Client(_)), "{error}");
    assert_eq!(
        changes,
        [
            "POST /api/sources",
            "POST /api/spaces/3/sources",
            "DELETE /api/sources/7"
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_named() {
    let (error, changes) = added(&["DELETE /api/sources/7"]).await;
    assert_eq!(changes.len(), 3);
    let told = error.to_string();
    assert!(told.contains("this remains: source backend"), "{told}");
}
