//! The router, made from the endpoint table: finds the endpoint, asks who calls, checks the role, and turns whatever
//! happens into an answer.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::middleware::map_response;
use axum::response::IntoResponse as _;
use axum::routing::{MethodFilter, MethodRouter, on};
use futures_util::FutureExt as _;
use serde_json::Value;

use super::app::App;
use super::auth::{self, Caller};
use super::context::{Context, QueryMap, read_body};
use super::endpoint::{Access, Endpoint};
use super::fault::Fault;
use crate::api::{Code, Role};
use crate::client::header;

/// Both answer the same: existing clients use the second (design.md §5).
const PREFIXES: [&str; 2] = ["/api", "/api/v1"];

/// The router over the table.
pub fn router(app: &Arc<App>, table: &[Endpoint]) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter> = BTreeMap::new();
    for endpoint in table {
        let filter = MethodFilter::try_from(endpoint.method.clone())
            .expect("the table has methods of the router only");
        let (app, own) = (Arc::clone(app), Arc::new(endpoint.clone()));
        let handler = move |params: Result<RawPathParams, RawPathParamsRejection>,
                            request: Request| {
            let (app, own) = (Arc::clone(&app), Arc::clone(&own));
            async move {
                match params {
                    Ok(params) => serve(app, &own, &params, request).await,
                    Err(_) => Fault::new(
                        Code::Invalid,
                        "A segment of the path is not UTF-8 once its escapes are read",
                    )
                    .into_response(),
                }
            }
        };
        let methods = paths.remove(endpoint.path).unwrap_or_default();
        paths.insert(endpoint.path, methods.merge(on(filter, handler)));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        let methods = methods.fallback(wrong_method);
        if let Some(root) = path.strip_prefix("//") {
            // Probes of the machine room stand outside of the API.
            router = router.route(&format!("/{root}"), methods);
            continue;
        }
        for prefix in PREFIXES {
            router = router.route(&format!("{prefix}{path}"), methods.clone());
        }
    }
    router
        .fallback(no_route)
        .layer(map_response(kept_by_nobody))
}

/// What is answered is for whoever asked, tokens and secrets among it: no cache on the way keeps it, and no browser takes it
/// for a page (reliability.md: secrets stay secret).
async fn kept_by_nobody(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn no_route(request: Request) -> Response<Body> {
    Fault::new(
        Code::NotFound,
        format!(
            "There is no {} here; /api/openapi.json lists what there is.",
            request.uri().path()
        ),
    )
    .into_response()
}

async fn wrong_method(request: Request) -> Response<Body> {
    Fault::new(
        Code::Invalid,
        format!(
            "{} does not take {}; /api/openapi.json lists what it takes.",
            request.uri().path(),
            request.method()
        ),
    )
    .with_status(StatusCode::METHOD_NOT_ALLOWED)
    .into_response()
}

async fn serve(
    app: Arc<App>,
    endpoint: &Endpoint,
    params: &RawPathParams,
    request: Request,
) -> Response<Body> {
    let began = Instant::now();
    let response = guarded(Arc::clone(&app), endpoint, params, request).await;
    let status = response.status();
    // As it is asked for, not as the table marks it.
    let path = endpoint
        .path
        .strip_prefix('/')
        .filter(|rest| rest.starts_with('/'));
    app.metrics.answered(
        &endpoint.method,
        path.unwrap_or(endpoint.path),
        status,
        began.elapsed(),
    );
    response
}

async fn guarded(
    app: Arc<App>,
    endpoint: &Endpoint,
    params: &RawPathParams,
    request: Request,
) -> Response<Body> {
    // A fault in one request must not take the server with it (reliability.md: bad input never panics).
    match AssertUnwindSafe(answer(app, endpoint, params, request))
        .catch_unwind()
        .await
    {
        Ok(Ok(response)) => response,
        Ok(Err(fault)) => fault.into_response(),
        Err(_) => {
            tracing::error!(path = endpoint.path, "a handler panicked");
            Fault::internal().into_response()
        }
    }
}

/// Endpoints without a request take nothing; `{}` and `null` say nothing.
fn refuse_content(bytes: &[u8]) -> Result<(), Fault> {
    let nothing = bytes.is_empty()
        || match serde_json::from_slice(bytes) {
            Ok(Value::Null) => true,
            Ok(Value::Object(members)) => members.is_empty(),
            _ => false,
        };
    if nothing {
        return Ok(());
    }
    Err(Fault::field(
        "",
        "this endpoint takes no body; leave it out, or send {}",
    ))
}

async fn answer(
    app: Arc<App>,
    endpoint: &Endpoint,
    params: &RawPathParams,
    request: Request,
) -> Result<Response<Body>, Fault> {
    let (head, body) = request.into_parts();
    let caller = match endpoint.access {
        Access::Public => Caller::nobody(),
        access => {
            let caller = auth::authenticate(&app, &head.headers).await?;
            let run = head.headers.contains_key(header::RUN);
            if !access.allows(caller.role, run) {
                return Err(Fault::new(
                    Code::Forbidden,
                    format!(
                        "This takes {}; the token `{}` has the role {}.",
                        access.words(),
                        caller.name,
                        caller.role
                    ),
                ));
            }
            caller
        }
    };
    let entered = (caller.role != Role::Runner).then(|| app.activity.enter());
    let query = QueryMap::parse(head.uri.query()).ok_or_else(|| {
        Fault::new(
            Code::Invalid,
            "The query has broken escapes, or the character U+0000",
        )
    })?;
    query.only(endpoint.query)?;
    let path = head.uri.path();
    let path = path
        .strip_prefix("/api/v1/")
        .or_else(|| path.strip_prefix("/api/"))
        .map_or_else(|| path.to_owned(), |rest| format!("/{rest}"));
    // A webhook's body is its provider's business; anything else that goes unread would only seem to have an effect.
    let body =
        if endpoint.mutates() && endpoint.request.is_none() && endpoint.access != Access::Public {
            let bytes = read_body(&head.headers, body, endpoint.largest_body).await?;
            refuse_content(&bytes)?;
            Body::from(bytes)
        } else {
            body
        };
    let context = Context {
        app,
        caller,
        method: head.method,
        path,
        query,
        headers: head.headers,
        params: params
            .iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
        body: Some(body).into(),
        largest_body: endpoint.largest_body,
    };
    let answered = (endpoint.handler)(context).await;
    drop(entered);
    answered.map(|answer| answer.into_response().into_response())
}
