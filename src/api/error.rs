//! Errors on the wire: RFC 9457 problems with a stable code (engine.md: errors).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use crate::domain::code::Code;

/// An error as sent: `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A URI that names the code.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// A few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, and the remedy.
    pub detail: String,
    /// The stable code.
    pub code: Code,
    /// Which fields, where it is about fields.
    #[serde(default)]
    pub errors: Vec<FieldError>,
    /// Equal to `detail`, for older clients.
    pub error: String,
    /// Whether the same request may succeed later.
    #[serde(default)]
    pub retryable: bool,
    /// The resource as it is, where that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Value>,
    /// What to do, as a command, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// JSON pointer to it: `/repo`.
    pub pointer: String,
    /// What is wrong, and what is expected.
    pub message: String,
}

impl Problem {
    /// The problem of `code` with its sentence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            problem_type: format!("https://jolli.dev/problems/{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            error: detail.clone(),
            detail,
            code,
            errors: Vec::new(),
            retryable: code.retryable(),
            current: None,
            remedy: None,
        }
    }
}
