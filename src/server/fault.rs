//! Refusals on their way out: every one is a problem document (design.md §5: errors), whoever says no.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

use crate::api::{Code, FieldError, Problem};
use crate::domain::view::{Rejection, TABLE_MARK};
use crate::store::StoreError;

/// Why a request is not answered as it wished.
#[derive(Debug, Clone)]
pub struct Fault(pub Box<Problem>);

impl Fault {
    /// A refusal with its sentence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem::new(code, detail)))
    }

    /// `invalid`, at a field.
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut problem = Problem::new(Code::Invalid, message.clone());
        problem.errors.push(FieldError {
            pointer: pointer.into(),
            message,
        });
        Self(Box::new(problem))
    }

    /// `not-found`; another org's things are not found either (engine.md: identity).
    pub fn missing(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("{what} {id} not found"))
    }

    /// The status, where it is not the code's own.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status.as_u16();
        self
    }

    /// Names the command that helps.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// The answer.
    pub fn into_response(self) -> Response<Body> {
        let problem = *self.0;
        let body = serde_json::to_vec(&problem).expect("a problem is plain data");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match problem.code {
            Code::Overloaded | Code::Unavailable => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Code::Unauthenticated => {
                headers.insert("www-authenticate", HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        let mut problem = Problem::new(rejection.code, rejection.message);
        if let Some(pointer) = rejection.pointer {
            problem.errors.push(FieldError {
                pointer,
                message: problem.detail.clone(),
            });
        }
        problem.current = rejection.current.map(camel_keys);
        Self(Box::new(problem))
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::new(
                Code::Unavailable,
                "The database cannot be reached now; nothing was written. Try again.",
            ),
            StoreError::Unknown(_) => Self::new(
                Code::Unavailable,
                "Whether it was written is not known. Ask again with the same Idempotency-Key.",
            ),
            StoreError::Internal(reason) | StoreError::Refused(reason) => {
                // The reason may quote what is stored; it is for the server's own log.
                tracing::error!(%reason, "the database refused");
                Self::internal()
            }
        }
    }
}

impl Fault {
    /// A fault of ours; what it was stands in the server's log.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "A fault of the server; its log tells more. The same request may be tried again.",
        )
    }
}

/// Rows have column names, the wire has camelCase.
pub fn camel_keys(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, _)| key != "org_id" && key != TABLE_MARK)
            .map(|(key, value)| (camel(&key), camel_keys(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(camel_keys).collect(),
        other => other,
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_names_become_camel_case_and_the_org_stays_inside() {
        let row = serde_json::json!({"org_id": 1, "cursor_version": 3, "cursor": {"value": "a"}});
        assert_eq!(
            camel_keys(row),
            serde_json::json!({"cursorVersion": 3, "cursor": {"value": "a"}})
        );
    }

    #[test]
    fn what_the_database_said_does_not_reach_the_caller() {
        let fault = Fault::from(StoreError::Internal("column canary".into()));
        assert!(!format!("{fault:?}").contains("canary"));
    }
}
