//! Documents in and out (sources.md §10).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/sync/pull`, header `X-Jolli-Space: <slug>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PullRequest {
    /// 0 asks for every live document.
    #[serde(default)]
    pub since_cursor: i64,
}

/// What changed since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PullReply {
    /// Ask from here next time.
    pub new_cursor: i64,
    /// The newest state of each document that changed.
    pub changes: Vec<PullChange>,
}

/// One document as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PullChange {
    /// Its id: the `jrn` of its frontmatter, or its path.
    pub file_id: String,
    /// Where it stands in the space.
    pub server_path: String,
    /// Its version.
    pub version: i64,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `sha256:<hex>` of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
}

/// `POST /v1/sync/push`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PushRequest {
    /// The idempotency key.
    pub client_changeset_id: String,
    /// `main`.
    pub target_branch: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For an agent that merges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_prompt: Option<String>,
    /// What to do, in order.
    #[serde(deserialize_with = "super::mutation::objects")]
    pub ops: Vec<PushOp>,
}

/// One operation of a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PushOp {
    /// What to do.
    #[serde(rename = "type")]
    pub op: PushOpKind,
    /// The document's id.
    pub file_id: String,
    /// Where it stands.
    pub server_path: String,
    /// The version it was made from; 0: it is new.
    pub base_version: i64,
    /// Its text, with `upsert`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `sha256:<hex>` of the text; another prefix is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PushOpKind {
    /// Writes the document.
    Upsert,
    /// Deletes it.
    Delete,
}

/// What came of a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PushReply {
    /// One result for each operation, in order.
    pub results: Vec<PushResult>,
    /// Ask from here next time.
    pub new_cursor: i64,
}

/// What came of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PushResult {
    /// The document's id.
    pub file_id: String,
    /// What came of it.
    pub status: PushStatus,
    /// Its version now, when `ok`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_version: Option<i64>,
    /// The version that the server has, when `conflict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<i64>,
}

/// What came of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PushStatus {
    /// Done.
    Ok,
    /// The server has another version than the operation was made from.
    Conflict,
    /// The text does not have the hash that came with it.
    BadHash,
    /// Nothing stands in its way; another operation of a push that is taken whole or not at all was refused.
    Held,
}
