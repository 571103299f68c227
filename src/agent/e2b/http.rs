//! Requests to E2B's API and to a sandbox: each has so much time, reads so much of an answer, and is made again only where
//! twice is as good as once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::connect::enveloped;
use super::{E2b, E2bError};
use crate::agent::printable;
use crate::client::install_crypto;

const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take, and the head of one that is a stream.
pub(super) const ANSWER: Duration = Duration::from_mins(1);
/// Before a request is made again.
const AGAIN: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// Bytes of an answer that is no file.
pub(super) const SHORT: usize = 1 << 20;
/// The port of a sandbox at which files and processes are served.
const PORT: &str = "49983";
/// Who everything in a sandbox is done as.
pub(super) const USER: &str = "user";
/// How often a stream says that it is there, in seconds.
pub(super) const KEEPALIVE: u64 = 50;

/// How often a request may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tries {
    /// Twice would do it twice.
    Once,
    /// The second does what the first may not have done.
    Some,
}

/// An answer: its status, and all of it.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

impl Answer {
    /// What it says, where it is what was asked for.
    pub(super) fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, E2bError> {
        serde_json::from_slice(&self.body).map_err(|error| E2bError::Odd {
            what,
            why: error.to_string(),
        })
    }

    /// Why it is none that was asked for, in its own words.
    pub(super) fn said(&self) -> String {
        #[derive(Deserialize)]
        struct Said {
            message: String,
        }
        match serde_json::from_slice(&self.body) {
            Ok(Said { message }) => printable(&message),
            Err(_) => printable(&String::from_utf8_lossy(&self.body)),
        }
    }

    /// The word that a procedure gives for what is wrong.
    pub(super) fn code(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Code {
            code: String,
        }
        let code: Result<Code, _> = serde_json::from_slice(&self.body);
        code.ok().map(|it| it.code)
    }
}

/// The client of both.
pub(super) fn client() -> Result<reqwest::Client, E2bError> {
    install_crypto();
    reqwest::Client::builder()
        .connect_timeout(CONNECT)
        // A redirect would carry the key to where nobody chose to send it.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("jolli/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| E2bError::Unreachable {
            what: "speak to it",
            why: error.to_string(),
        })
}

/// Sends, and reads the answer: at most `limit` bytes of it.
pub(super) async fn send(
    request: RequestBuilder,
    what: &'static str,
    limit: usize,
    tries: Tries,
) -> Result<Answer, E2bError> {
    let mut waits = AGAIN.into_iter();
    loop {
        let again = request.try_clone().filter(|_| tries == Tries::Some);
        let Some(this) = again else {
            return once(request, what, limit).await;
        };
        let is_passing = |done: &Result<Answer, E2bError>| match done {
            Ok(answer) => is_passing(answer.status),
            Err(error) => error.is_passing(),
        };
        let done = once(this, what, limit).await;
        match waits.next().filter(|_| is_passing(&done)) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return done,
        }
    }
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

async fn once(
    request: RequestBuilder,
    what: &'static str,
    limit: usize,
) -> Result<Answer, E2bError> {
    let request = request.timeout(ANSWER);
    let response = request.send().await.map_err(|e| unreachable(what, &e))?;
    whole(response, what, limit).await
}

/// All of an answer.
pub(super) async fn whole(
    mut response: Response,
    what: &'static str,
    limit: usize,
) -> Result<Answer, E2bError> {
    let status = response.status();
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|e| unreachable(what, &e))? {
        if body.len() + piece.len() > limit {
            return Err(E2bError::TooMuch {
                what: what.to_owned(),
                limit,
            });
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, body })
}

/// Why there is no answer. The address is left out: a sandbox's id is in it.
pub(super) fn unreachable(what: &'static str, error: &reqwest::Error) -> E2bError {
    let mut why = if error.is_timeout() {
        "there was no answer in time".to_owned()
    } else if error.is_connect() {
        "there is no connection".to_owned()
    } else {
        "the connection broke".to_owned()
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        source = cause.source();
        if source.is_none() {
            why = format!("{why}: {cause}");
        }
    }
    E2bError::Unreachable { what, why }
}

/// The control plane: sandboxes are made and ended here.
#[derive(Clone)]
pub(super) struct Api {
    pub http: reqwest::Client,
    base: String,
    key: String,
}

impl Api {
    pub(super) fn new(http: reqwest::Client, e2b: &E2b) -> Result<Self, E2bError> {
        let is_one = Url::parse(&e2b.api)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_one {
            return Err(E2bError::Address(e2b.api.clone()));
        }
        Ok(Self {
            http,
            base: e2b.api.clone(),
            key: e2b.key.clone(),
        })
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.header("X-API-Key", &self.key)
    }

    /// What an answer says that is none of those that were hoped for.
    pub(super) fn refused(what: &'static str, answer: &Answer) -> E2bError {
        let said = answer.said();
        match answer.status.as_u16() {
            401 | 403 => E2bError::Key { said },
            429 => E2bError::Limit { said },
            status => E2bError::Refused { what, status, said },
        }
    }
}

/// What is served in a sandbox: its files and its processes.
#[derive(Clone)]
pub(super) struct Envd {
    http: reqwest::Client,
    base: Url,
    id: String,
    token: Option<String>,
}

impl Envd {
    pub(super) fn new(
        http: reqwest::Client,
        e2b: &E2b,
        id: &str,
        domain: Option<&str>,
        token: Option<String>,
    ) -> Result<Self, E2bError> {
        let base = match &e2b.sandboxes {
            Some(base) => base.clone(),
            None => format!("https://{PORT}-{id}.{}", domain.unwrap_or(&e2b.domain)),
        };
        match Url::parse(&base) {
            Ok(url) if url.has_host() => Ok(Self {
                http,
                base: url,
                id: id.to_owned(),
                token,
            }),
            _ => Err(E2bError::Address(base)),
        }
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self
            .http
            .request(method, url)
            .header("E2b-Sandbox-Id", &self.id)
            .header("E2b-Sandbox-Port", PORT);
        match &self.token {
            Some(token) => request.header("X-Access-Token", token),
            None => request,
        }
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url
    }

    /// A request about a file.
    pub(super) fn file(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = self.at("/files");
        url.query_pairs_mut()
            .append_pair("path", path)
            .append_pair("username", USER);
        self.request(method, url)
    }

    fn procedure(&self, name: &str) -> RequestBuilder {
        self.request(Method::POST, self.at(name))
            // Who it is, and no password.
            .header(
                "Authorization",
                format!("Basic {}", STANDARD.encode(format!("{USER}:"))),
            )
            .header("Connect-Protocol-Version", "1")
    }

    /// A procedure with one answer.
    pub(super) fn call(&self, name: &str, message: &Value) -> RequestBuilder {
        self.procedure(name)
            .header("Content-Type", "application/json")
            .body(message.to_string())
    }

    /// A procedure that answers with a stream.
    pub(super) fn stream(&self, name: &str, message: &Value) -> RequestBuilder {
        self.procedure(name)
            .header("Content-Type", "application/connect+json")
            .header("Keepalive-Ping-Interval", KEEPALIVE.to_string())
            .body(enveloped(message))
    }

    /// What an answer says that is none of those that were hoped for.
    pub(super) fn refused(what: &'static str, answer: &Answer) -> E2bError {
        let said = answer.said();
        match answer.status.as_u16() {
            // What stands before the sandboxes knows this one no more.
            502 => E2bError::Gone(said),
            status => E2bError::Refused { what, status, said },
        }
    }
}
