//! One exchange: a call as data, what goes with it, and what came back.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ClientError;
use super::header;
use super::query::{Page, Query, next_of};
use super::token::AccessToken;
use super::transport::{Incoming, Outgoing, Transport};
use crate::api::{Call, Problem, Sequence, Undo};

/// How long the head of an answer, and each piece of its body, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// An answer beyond this is not read to its end: no honest one is that long.
const LONGEST_ANSWER: usize = 1 << 30;
const LONGEST_PROBLEM: usize = 1 << 20;

/// A client of one server, with one token.
#[derive(Clone)]
pub struct Client {
    pub(super) transport: Arc<Transport>,
    token: Option<AccessToken>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.address())
    }
}

/// What may go with a call.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// The same key gets the same outcome; give it to retry safely.
    pub idempotency_key: Option<String>,
    /// Asks what the call would do.
    pub dry_run: bool,
    /// The version it expects; without it, the one in the call.
    pub if_match: Option<String>,
    /// The run that it belongs to.
    pub run_token: Option<AccessToken>,
    /// The space whose documents it is about, by slug.
    pub space: Option<String>,
    /// How long to wait for the answer; without it 15 s.
    pub patience: Option<Duration>,
}

impl CallOptions {
    /// With a key of its own, so that a broken connection can be tried again.
    pub fn once() -> Self {
        Self {
            idempotency_key: Some(uuid::Uuid::now_v7().to_string()),
            ..Self::default()
        }
    }
}

/// What came back from an accepted call.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status, below 300.
    pub status: u16,
    /// Its JSON; `null` when there was none.
    pub body: Value,
    /// How to take it back, where it can be.
    pub undo: Option<Undo>,
    /// The log position from which its effect is visible.
    pub sequence: Option<Sequence>,
    /// The version of the resource.
    pub etag: Option<String>,
    /// Whether this answer was given to the same request before.
    pub replayed: bool,
}

/// An accepted answer before its body is understood.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Client {
    /// A client of the server at `base`, such as `https://jolli.example`.
    pub fn remote(base: &str, token: Option<AccessToken>) -> Result<Self, ClientError> {
        Ok(Self {
            transport: Arc::new(Transport::remote(base)?),
            token,
        })
    }

    /// A client of a router in this process.
    pub fn local(router: axum::Router, token: Option<AccessToken>) -> Self {
        Self {
            transport: Arc::new(Transport::Local(router)),
            token,
        }
    }

    /// The same server, spoken to with another token, or with none.
    pub fn with_token(&self, token: Option<AccessToken>) -> Self {
        Self {
            transport: Arc::clone(&self.transport),
            token,
        }
    }

    /// Whether requests go out with a token.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Where the server is, for people.
    pub fn address(&self) -> &str {
        self.transport.address()
    }

    /// Makes any call of the API.
    pub async fn call(&self, call: &Call, options: &CallOptions) -> Result<Reply, ClientError> {
        let method = Method::from_bytes(call.method.as_bytes())
            .map_err(|_| self.protocol(format!("`{}` is not a method", call.method)))?;
        let body = if call.body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(call.body.to_string())
        };
        let mut options = options.clone();
        if options.if_match.is_none() {
            options.if_match.clone_from(&call.if_match);
        }
        let answer = self.ask(method, &call.path, body, &options).await?;
        self.reply(answer)
    }

    pub(super) fn reply(&self, answer: Answer) -> Result<Reply, ClientError> {
        let text = |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok());
        let body = if answer.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&answer.body).map_err(|e| self.protocol(e.to_string()))?
        };
        let undo = text(header::UNDO)
            .map(|json| serde_json::from_str(json).map_err(|e| self.protocol(e.to_string())))
            .transpose()?;
        Ok(Reply {
            status: answer.status.as_u16(),
            body,
            undo,
            sequence: text(header::SEQUENCE)
                .and_then(|v| v.parse().ok())
                .map(Sequence),
            etag: text(ETAG.as_str()).map(str::to_owned),
            replayed: text(header::IDEMPOTENCY_REPLAYED) == Some("true"),
        })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let answer = self
            .ask(Method::GET, path, Bytes::new(), &CallOptions::default())
            .await?;
        self.parse(&answer.body)
    }

    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &Query,
    ) -> Result<Page<T>, ClientError> {
        let target = format!("{path}{}", query.suffix());
        let answer = self
            .ask(Method::GET, &target, Bytes::new(), &CallOptions::default())
            .await?;
        Ok(Page {
            items: self.parse(&answer.body)?,
            next: next_of(&answer.headers),
        })
    }

    pub(super) async fn send<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &B,
        options: &CallOptions,
    ) -> Result<T, ClientError> {
        let answer = self.ask(method, path, self.json(body)?, options).await?;
        self.parse(&answer.body)
    }

    pub(super) async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, ClientError> {
        self.send(Method::POST, path, body, &CallOptions::once())
            .await
    }

    pub(super) async fn patch<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, ClientError> {
        self.send(Method::PATCH, path, body, &CallOptions::once())
            .await
    }

    /// For a mutation whose answer has no body.
    pub(super) async fn act(&self, method: Method, path: &str) -> Result<(), ClientError> {
        self.ask(method, path, Bytes::new(), &CallOptions::once())
            .await?;
        Ok(())
    }

    pub(super) fn json<B: Serialize + ?Sized>(&self, body: &B) -> Result<Bytes, ClientError> {
        serde_json::to_vec(body)
            .map(Bytes::from)
            .map_err(|e| self.protocol(e.to_string()))
    }

    pub(super) fn parse<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, ClientError> {
        // 204 and an absent body read as JSON `null`, so that `Option` and `()` can say "nothing".
        let body = if body.is_empty() { b"null" } else { body };
        serde_json::from_slice(body).map_err(|e| self.protocol(e.to_string()))
    }

    pub(super) fn protocol(&self, reason: String) -> ClientError {
        ClientError::Protocol {
            address: self.address().to_owned(),
            reason,
        }
    }

    /// Sends one request below `/api` and reads its answer. A broken connection is tried once more where that is safe:
    /// reads, and mutations that carry a key.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        let first = self
            .exchange(method.clone(), path, body.clone(), options)
            .await;
        let safe = method == Method::GET || options.idempotency_key.is_some();
        match first {
            Err(lost @ ClientError::Interrupted { .. }) if safe => {
                match self.exchange(method, path, body, options).await {
                    // The first one may have been carried out: "refused" would deny that.
                    Err(again) if again.is_offline() => Err(lost),
                    other => other,
                }
            }
            other => other,
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        self.authorise(&mut headers)?;
        self.put(
            &mut headers,
            header::IDEMPOTENCY_KEY,
            options.idempotency_key.as_deref(),
        )?;
        self.put(&mut headers, IF_MATCH.as_str(), options.if_match.as_deref())?;
        self.put(
            &mut headers,
            header::RUN,
            options.run_token.as_ref().map(AccessToken::expose),
        )?;
        self.put(&mut headers, header::SPACE, options.space.as_deref())?;
        let mut target = format!("/api{path}");
        if options.dry_run {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str("dryRun=true");
        }
        let out = Outgoing {
            method,
            target,
            headers,
            body,
        };
        let incoming = self
            .transport
            .send(out, options.patience.unwrap_or(PATIENCE))
            .await?;
        self.finish(incoming).await
    }

    pub(super) fn authorise(&self, headers: &mut HeaderMap) -> Result<(), ClientError> {
        let bearer = self
            .token
            .as_ref()
            .map(|t| format!("Bearer {}", t.expose()));
        self.put(headers, AUTHORIZATION.as_str(), bearer.as_deref())?;
        if let Some(value) = headers.get_mut(AUTHORIZATION) {
            value.set_sensitive(true);
        }
        Ok(())
    }

    fn put(
        &self,
        headers: &mut HeaderMap,
        name: &'static str,
        value: Option<&str>,
    ) -> Result<(), ClientError> {
        if let Some(value) = value {
            let value = HeaderValue::from_str(value)
                .map_err(|_| self.protocol(format!("the value for the header {name} cannot be sent: it has characters that no header may have")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(())
    }

    /// Reads the body and tells a refusal from an answer.
    pub(super) async fn finish(&self, mut incoming: Incoming) -> Result<Answer, ClientError> {
        let longest = if incoming.status.is_success() {
            LONGEST_ANSWER
        } else {
            LONGEST_PROBLEM
        };
        let mut body = BytesMut::new();
        while let Some(piece) = incoming.body.next().await {
            let piece = piece?;
            if body.len() + piece.len() > longest {
                return Err(self.protocol(format!("its answer is longer than {longest} bytes")));
            }
            body.extend_from_slice(&piece);
        }
        let answer = Answer {
            status: incoming.status,
            headers: incoming.headers,
            body: body.freeze(),
        };
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(self.refusal(&answer))
        }
    }

    fn refusal(&self, answer: &Answer) -> ClientError {
        let Ok(problem) = serde_json::from_slice::<Problem>(&answer.body) else {
            return self.protocol(format!(
                "status {} without a problem document",
                answer.status
            ));
        };
        if matches!(
            answer.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            let seconds = answer
                .headers
                .get(RETRY_AFTER)
                .and_then(|v| v.to_str().ok())
                .and_then(|v| v.parse().ok())
                .unwrap_or(1);
            return ClientError::Busy {
                status: answer.status.as_u16(),
                retry_after: Duration::from_secs(seconds),
                detail: problem.detail,
            };
        }
        ClientError::Problem(Box::new(problem))
    }
}
