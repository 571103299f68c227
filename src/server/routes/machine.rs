//! For machines that look after the server, and for whoever writes a client.

use std::future::ready;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, Response};
use serde_json::json;

use crate::api::Code;
use crate::domain::diagnosis::RUNNER_SILENCE_SECONDS;
use crate::domain::row::{JobRow, RunnerRow, Table};
use crate::domain::source::open_statuses;
use crate::domain::view::{Find, Need, Test};
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::metrics;
use crate::server::openapi;
use crate::server::reply::Answer;
use crate::store::{Scope, StoreError};

/// A probe that waits longer than this has its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The rows of the table; `//` stands outside of `/api`.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "//healthz",
            Access::Public,
            "The process answers.",
            |_| Box::pin(ready(Ok(healthz()))),
        )
        .answers(200),
        Endpoint::new(
            Method::GET,
            "//readyz",
            Access::Public,
            "The database answers, and the server is not shutting down.",
            |c| Box::pin(readyz(c)),
        )
        .answers(200),
        Endpoint::new(
            Method::GET,
            "//metrics",
            Access::Public,
            "Gives what the server counts, for Prometheus; numbers only, nothing of any org.",
            |c| Box::pin(async move { metrics(&c).await }),
        )
        .answers(200),
        Endpoint::new(
            Method::GET,
            "/openapi.json",
            Access::Public,
            "Gives this document.",
            |_| Box::pin(ready(Ok(document()))),
        )
        .answers(200),
    ]
}

fn healthz() -> Answer {
    Answer::ok(&json!({ "status": "ok" }))
}

async fn readyz(c: Context) -> Result<Answer, Fault> {
    if c.app.stop.is_cancelled() {
        return Err(Fault::new(
            Code::Unavailable,
            "The server is shutting down.",
        ));
    }
    c.app.store.health(PATIENCE).await?;
    Ok(Answer::ok(&json!({ "status": "ok" })))
}

async fn metrics(c: &Context) -> Result<Answer, Fault> {
    let head = *c.app.store.head().borrow();
    if let Err(error) = look_at_work(c).await {
        // What this server counts itself is told all the same.
        tracing::warn!(%error, "the metrics of jobs are as they were");
    }
    let text = c.app.metrics.published(head)?;
    let mut response = Response::new(Body::from(text));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT));
    Ok(Answer::raw(response))
}

/// Counts what waits, runs, and could run it, in the whole database.
async fn look_at_work(c: &Context) -> Result<(), StoreError> {
    let jobs = Find::all(Table::Jobs).test("status", Test::In(open_statuses()));
    let since = c.app.now().plus_seconds(-RUNNER_SILENCE_SECONDS);
    let before = since.plus_millis(-1).to_string();
    let runners = Find::all(Table::Runners).test("seen_at", Test::Above(before.into()));
    let needs = vec![Need::Find(jobs.clone()), Need::Find(runners.clone())];
    let (view, _) = c.app.store.read(Scope::Everyone, needs).await?;
    if let (Ok(jobs), Ok(runners)) = (view.find::<JobRow>(jobs), view.find::<RunnerRow>(runners)) {
        c.app.metrics.saw(&jobs, runners.len());
    }
    Ok(())
}

fn document() -> Answer {
    Answer::ok(&openapi::document(&super::table()))
}
