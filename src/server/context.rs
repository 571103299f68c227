//! A request as handlers see it: who asks, for what, and the strict reading of ids, queries, preconditions and bodies.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, IF_MATCH};
use axum::http::{HeaderMap, Method, StatusCode};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::app::App;
use super::auth::Caller;
use super::fault::Fault;
use crate::api::mutation::Object;
use crate::api::{Code, FieldError, Problem};
use crate::client::header;

/// A body must have come whole by then.
const SLOWEST_BODY: Duration = Duration::from_secs(30);

/// A request whose sender is known and may make it.
pub struct Context {
    /// The server.
    pub app: Arc<App>,
    /// Who asks.
    pub caller: Caller,
    /// Method.
    pub method: Method,
    /// Path below `/api`, without its query.
    pub path: String,
    /// Its query.
    pub query: QueryMap,
    /// Its headers.
    pub headers: HeaderMap,
    pub(super) params: HashMap<String, String>,
    /// Behind a lock only because a body alone may not be looked at from two threads.
    pub(super) body: Mutex<Option<Body>>,
    pub(super) largest_body: usize,
}

impl Context {
    /// A parameter of the path.
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// An id of the path; anything but a whole number from 1 is refused (sources.md §7: strict ids).
    pub fn id<T>(&self, name: &str) -> Result<T, Fault>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.param(name)
            .parse()
            .map_err(|e: T::Err| Fault::field(format!("/{name}"), e.to_string()))
    }

    /// Whether only the effect is asked for.
    pub fn dry_run(&self) -> Result<bool, Fault> {
        Ok(self.query.get::<bool>("dryRun")?.unwrap_or(false))
    }

    /// The version that the caller expects (`If-Match`); weak tags, lists and `*` are refused.
    pub fn expected_version(&self) -> Result<Option<i64>, Fault> {
        let Some(value) = self.headers.get(IF_MATCH) else {
            return Ok(None);
        };
        let version = value.to_str().ok().and_then(|text| {
            text.trim()
                .strip_prefix('"')?
                .strip_suffix('"')?
                .parse()
                .ok()
        });
        match version {
            Some(version) => Ok(Some(version)),
            None => Err(Fault::new(
                Code::Invalid,
                "If-Match takes one strong tag as ETag gave it, such as \"3\"",
            )),
        }
    }

    /// The client's own id of the command.
    pub fn idempotency_key(&self) -> Result<Option<String>, Fault> {
        let Some(value) = self.headers.get(header::IDEMPOTENCY_KEY) else {
            return Ok(None);
        };
        match value.to_str() {
            Ok(key) if !key.is_empty() && key.len() <= 255 => Ok(Some(key.to_owned())),
            _ => Err(Fault::new(
                Code::Invalid,
                "Idempotency-Key takes 1 to 255 visible ASCII characters",
            )),
        }
    }

    /// The run token that came along.
    pub fn run_token(&self) -> Result<&str, Fault> {
        self.headers
            .get(header::RUN)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| {
                Fault::new(
                    Code::Unauthenticated,
                    "This call belongs to the run of a claimed job: send its run token in the header Jolli-Run",
                )
            })
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body's bytes, as far as the endpoint takes them.
    pub async fn bytes(&mut self) -> Result<Bytes, Fault> {
        let body = self
            .body
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(body) = body else {
            return Ok(Bytes::new());
        };
        read_body(&self.headers, body, self.largest_body).await
    }

    /// The body as `T`, with unknown fields named.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<(T, Bytes), Fault> {
        let bytes = self.bytes().await?;
        if bytes.is_empty() {
            return Err(Fault::field("", "a JSON body is needed, and none came"));
        }
        Ok((parse_json(&bytes)?, bytes))
    }

    /// The body as `T`; no body is the default.
    pub async fn json_or_default<T: DeserializeOwned + Default>(
        &mut self,
    ) -> Result<(T, Bytes), Fault> {
        let bytes = self.bytes().await?;
        if bytes.is_empty() {
            return Ok((T::default(), bytes));
        }
        Ok((parse_json(&bytes)?, bytes))
    }
}

/// Reads a body that may not be longer than `largest`, nor slower than half a minute (reliability.md: bodies are bounded).
pub async fn read_body(headers: &HeaderMap, body: Body, largest: usize) -> Result<Bytes, Fault> {
    read_within(SLOWEST_BODY, headers, body, largest).await
}

async fn read_within(
    slowest: Duration,
    headers: &HeaderMap,
    body: Body,
    largest: usize,
) -> Result<Bytes, Fault> {
    let too_large = || {
        Fault::new(
            Code::TooLarge,
            format!("The body is larger than {largest} bytes, which is what this endpoint takes"),
        )
    };
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<usize>().ok());
    if announced.is_some_and(|length| length > largest) {
        return Err(too_large());
    }
    let mut pieces = body.into_data_stream();
    let read = async {
        let mut bytes = BytesMut::with_capacity(announced.unwrap_or(0).min(64 << 10));
        while let Some(piece) = pieces.next().await {
            let piece = piece
                .map_err(|_| Fault::new(Code::Invalid, "The body broke off before its end"))?;
            if bytes.len() + piece.len() > largest {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    };
    tokio::time::timeout(slowest, read)
        .await
        .unwrap_or_else(|_| {
            Err(Fault::new(
                Code::Invalid,
                format!("The body did not come whole within {} s", slowest.as_secs()),
            )
            .with_status(StatusCode::REQUEST_TIMEOUT))
        })
}

/// Parses one object strictly; a refusal points to the field.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    refuse_nul(bytes)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer_of(error.path());
        let inner = error.into_inner();
        // An enum meets another kind of value as a fault of syntax, though the body is JSON.
        let json = || serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
        if (inner.is_syntax() || inner.is_eof()) && !json() {
            Fault::field("", format!("the body is not JSON: {inner}"))
        } else {
            named(pointer, &inner.to_string())
        }
    })?;
    json.end()
        .map_err(|e| Fault::field("", format!("the body is not one JSON value: {e}")))?;
    Ok(value)
}

/// Refuses JSON with a NUL character in a text: not every database keeps one.
pub fn refuse_nul(json: &[u8]) -> Result<(), Fault> {
    const ESCAPED: &[u8] = br"\u0000";
    let backslashes = |at: usize| json[..at].iter().rev().take_while(|b| **b == b'\\').count();
    // After an odd number of backslashes this one is a backslash itself, and the rest are letters and digits.
    let holds_one = json
        .windows(ESCAPED.len())
        .enumerate()
        .any(|(at, piece)| piece == ESCAPED && backslashes(at).is_multiple_of(2));
    if holds_one {
        return Err(Fault::field(
            "",
            "a text holds the character U+0000, which cannot be stored; leave it out",
        ));
    }
    Ok(())
}

/// `unknown field` and `missing field` name a field that is not part of the path yet.
fn named(mut pointer: String, message: &str) -> Fault {
    let sentence = message
        .rsplit_once(" at line ")
        .map_or(message, |(head, _)| head);
    let quoted = |text: &str| text.split('`').nth(1).map(str::to_owned);
    let names_one =
        sentence.starts_with("unknown field ") || sentence.starts_with("missing field ");
    if names_one
        && let Some(field) = quoted(sentence)
        && !pointer.ends_with(&format!("/{field}"))
    {
        pointer = format!("{pointer}/{}", escape(&field));
    }
    let shown = if pointer.is_empty() {
        "the body"
    } else {
        &pointer
    };
    let mut problem = Problem::new(Code::Invalid, format!("{shown}: {sentence}"));
    problem.errors.push(FieldError {
        pointer,
        message: sentence.to_owned(),
    });
    Fault(Box::new(problem))
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The query of a request. A parameter may come once.
#[derive(Clone, Debug, Default)]
pub struct QueryMap(Vec<(String, String)>);

impl QueryMap {
    /// Reads a query; `None`: its escapes are broken, or stand for the character U+0000, which no text of ours holds.
    pub fn parse(query: Option<&str>) -> Option<Self> {
        let pairs = crate::client::query::pairs(query.unwrap_or_default())?;
        let clean = |text: &String| !text.contains('\0');
        pairs
            .iter()
            .all(|(name, value)| clean(name) && clean(value))
            .then_some(Self(pairs))
    }

    /// A parameter's text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter, parsed.
    pub fn get<T>(&self, name: &str) -> Result<Option<T>, Fault>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.text(name)
            .map(|text| {
                text.parse()
                    .map_err(|e: T::Err| Fault::new(Code::Invalid, format!("?{name}={text}: {e}")))
            })
            .transpose()
    }

    /// Refuses parameters that the endpoint does not understand: a filter without effect would lie.
    pub fn only(&self, known: &[(&str, &str)]) -> Result<(), Fault> {
        for (n, (key, _)) in self.0.iter().enumerate() {
            if key != "dryRun" && !known.iter().any(|(name, _)| name == key) {
                let known: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                return Err(Fault::new(
                    Code::Invalid,
                    format!(
                        "?{key} is not understood here; there is: {}",
                        known.join(", ")
                    ),
                ));
            }
            if self.0[..n].iter().any(|(earlier, _)| earlier == key) {
                return Err(Fault::new(Code::Invalid, format!("?{key} came twice")));
            }
        }
        Ok(())
    }

    /// The same query with `after` set, for the link to the next page.
    pub fn with_after(&self, after: &str) -> String {
        let mut query = crate::client::Query::new();
        for (key, value) in self.0.iter().filter(|(key, _)| key != "after") {
            query = query.filter(key, value);
        }
        query.after(after).suffix()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{NewSource, SourcePatch};

    fn refusal<T: DeserializeOwned>(json: &str) -> (String, String) {
        let problem = *parse_json::<T>(json.as_bytes()).err().expect("refused").0;
        let pointer = problem.errors[0].pointer.clone();
        (pointer, problem.detail)
    }

    #[test]
    fn a_refused_body_points_to_its_field() {
        assert_eq!(
            refusal::<NewSource>(r#"{"name":"a","cursor":1}"#).0,
            "/cursor"
        );
        assert_eq!(refusal::<NewSource>(r#"{"type":"git"}"#).0, "/name");
        assert_eq!(
            refusal::<SourcePatch>(r#"{"enabled":"no"}"#),
            (
                "/enabled".into(),
                "/enabled: invalid type: string \"no\", expected a boolean".into()
            )
        );
        assert_eq!(
            refusal::<NewSource>(r#"{"name":"a","type":"svn"}"#).0,
            "/type"
        );
        let (pointer, detail) = refusal::<NewSource>(r#"{"name":"#);
        assert_eq!(pointer, "");
        assert!(detail.starts_with("the body is not JSON"), "{detail}");
        assert_eq!(refusal::<NewSource>(r#"{"name":"a"} x"#).0, "");
    }

    #[test]
    fn a_text_with_a_nul_character_is_refused_and_one_that_writes_about_it_is_not() {
        let (pointer, detail) = refusal::<NewSource>(r#"{"name":"a\u0000"}"#);
        assert_eq!(pointer, "");
        assert!(detail.contains("U+0000"), "{detail}");
        assert!(refuse_nul(br#"{"name":"\\\u0000"}"#).is_err());
        assert!(refuse_nul(br#"{"name":"\\u0000 and \u00001"}"#).is_err());
        assert!(refuse_nul(br#"{"name":"\\u0000"}"#).is_ok());
        assert!(QueryMap::parse(Some("name=%00")).is_none());
    }

    #[test]
    fn a_parameter_that_would_have_no_effect_is_refused() {
        let query = QueryMap::parse(Some("limit=2&naem=a")).unwrap();
        assert!(query.only(&[("limit", ""), ("name", "")]).is_err());
        assert!(
            QueryMap::parse(Some("limit=1&limit=2"))
                .unwrap()
                .only(&[("limit", "")])
                .is_err()
        );
        assert!(QueryMap::parse(Some("name=%f")).is_none());
    }

    /// A body that brings these pieces, and then nothing for ever.
    fn dripping(pieces: &'static [&'static str]) -> Body {
        let pieces = futures_util::stream::iter(pieces);
        let pieces = pieces.map(|piece| Ok::<_, std::convert::Infallible>(Bytes::from(*piece)));
        Body::from_stream(pieces.chain(futures_util::stream::pending()))
    }

    #[tokio::test]
    async fn a_body_that_comes_too_slowly_or_grows_too_long_is_not_waited_for() {
        let headers = HeaderMap::new();
        let short = Duration::from_millis(50);
        let slow = read_within(short, &headers, dripping(&["{"]), 10).await;
        assert_eq!(slow.unwrap_err().0.status, 408);
        // Nothing says how long it is; it is cut off as soon as it is too long, and not at its end.
        let long = read_within(
            Duration::from_hours(1),
            &headers,
            dripping(&["12345", "678901"]),
            10,
        );
        assert_eq!(long.await.unwrap_err().0.status, 413);
        let whole = read_within(short, &headers, Body::from("0123456789"), 10).await;
        assert_eq!(whole.unwrap(), "0123456789");
    }
}
