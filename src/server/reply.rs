//! Accepted answers on their way out: JSON, and the headers that tell version, position and undo (design.md §5: mutations).

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, LINK};
use axum::http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::api::{Call, Sequence, Undo};
use crate::client::header;
use crate::domain::view;

/// An answer.
pub struct Answer(Response<Body>);

impl Answer {
    /// JSON.
    pub fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Self {
        let body = serde_json::to_vec(value).expect("wire types are plain data");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self(response)
    }

    /// 200 with JSON.
    pub fn ok<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// 204.
    pub fn empty() -> Self {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Self(response)
    }

    /// A response made elsewhere: a stream, plain text.
    pub const fn raw(response: Response<Body>) -> Self {
        Self(response)
    }

    /// With the version of the resource.
    pub fn version(self, version: i64) -> Self {
        self.header(ETAG.as_str(), &format!("\"{version}\""))
    }

    /// With the log position from which the effect is visible.
    pub fn sequence(self, sequence: Sequence) -> Self {
        self.header(header::SEQUENCE, &sequence.to_string())
    }

    /// With how to take it back.
    pub fn undo(self, undo: Option<&Undo>) -> Self {
        match undo {
            Some(undo) => {
                let json = serde_json::to_string(undo).expect("an undo is plain data");
                self.header(header::UNDO, &header::ascii_json(&json))
            }
            None => self,
        }
    }

    /// Marks an answer that was given before.
    pub fn replayed(self) -> Self {
        self.header(header::IDEMPOTENCY_REPLAYED, "true")
    }

    /// With the address of the next page.
    pub fn next_page(self, target: &str) -> Self {
        self.header(LINK.as_str(), &format!("<{target}>; rel=\"next\""))
    }

    /// With any header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        // A value that no header may carry is left out rather than breaking the answer.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers_mut().insert(name, value);
        }
        self
    }

    /// The response.
    pub fn into_response(self) -> Response<Body> {
        self.0
    }
}

/// An undo as the wire says it.
pub fn undo_on_the_wire(undo: &view::Undo) -> Undo {
    Undo {
        label: undo.label.clone(),
        calls: undo
            .calls
            .iter()
            .map(|call| Call {
                method: call.method.to_owned(),
                path: call.path.clone(),
                body: call.body.clone(),
                if_match: call.if_match.map(|version| format!("\"{version}\"")),
            })
            .collect(),
    }
}
