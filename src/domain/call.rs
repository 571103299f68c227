//! A call of the API as data: what undo, remedies and next actions are made of.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// One call of the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// `POST`, `PATCH`, `DELETE`.
    pub method: String,
    /// Path below `/api`, such as `/sources/7/link`.
    pub path: String,
    /// JSON body; `null` sends none.
    #[serde(default)]
    pub body: Value,
    /// The version that the call expects, for `If-Match`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<String>,
}

impl Call {
    /// A call without a body.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            body: Value::Null,
            if_match: None,
        }
    }
    /// With a body.
    pub fn with(mut self, body: Value) -> Self {
        self.body = body;
        self
    }
}
