//! Files of sources without a repository (sources.md §8: file sources).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::Timestamp;
use crate::domain::id::JobId;

/// `POST /sources/:id/files`: the upload is the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilesUpload {
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// These are all the files: what is not among them is gone.
    #[serde(default)]
    pub replace: bool,
    /// What is written and what is removed.
    #[serde(deserialize_with = "super::mutation::objects")]
    pub files: Vec<FileChange>,
}

/// One file of an upload: `content`, `base64` or `delete`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileChange {
    /// Its path, relative, with `/`.
    pub path: String,
    /// Its content, where that is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Its content in base 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// It is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delete: bool,
}

/// What came of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilesUploaded {
    /// The name of the commit that the files make; `null`: there is none yet.
    pub version: Option<String>,
    /// How many files there are now.
    pub files: i64,
    /// How many of them changed.
    pub changed: i64,
    /// The run that it queued.
    pub jobs: Vec<JobId>,
    /// Why it queued none.
    pub reason: Option<String>,
}

/// One upload of the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// The name of its commit.
    pub version: String,
    /// The one before.
    pub parent: Option<String>,
    /// What it is about.
    pub message: String,
    /// How many files there were then.
    pub files: i64,
    /// How many of them it changed.
    pub changed: i64,
    /// Who uploaded it.
    pub by: String,
    /// When.
    #[schema(value_type = String)]
    pub uploaded_at: Timestamp,
}
