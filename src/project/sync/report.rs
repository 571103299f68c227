//! What came of bringing documents in step.

use serde::Serialize;

/// Of a document that an editor wrote while a run was at it.
pub(super) const CHANGED_MEANWHILE: &str =
    "was changed while it was brought in step; run `jolli sync` again";

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Synced {
    /// The space.
    pub space: String,
    /// Changes of the space up to here have been taken over.
    pub cursor: i64,
    /// What changed here, by path.
    pub pulled: Vec<Step>,
    /// What changed in the space, by path.
    pub pushed: Vec<Step>,
    /// What went out, in order: one for each push.
    pub changesets: Vec<Changeset>,
    /// What somebody has to look at, by path.
    pub problems: Vec<Problem>,
}

/// One document that changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Where it stands.
    pub path: String,
    /// What the space knows it by.
    pub doc_id: String,
    /// What became of it.
    pub what: What,
    /// Where it stood before, where it moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It was not there before.
    New,
    /// Its text changed.
    Updated,
    /// It only moved.
    Moved,
    /// Both sides had changed it, in different places.
    Merged,
    /// Both sides had changed the same place; markers show where.
    Conflict,
    /// It is gone; here, a copy is in the trash.
    Deleted,
    /// It was deleted here, and has changed in the space since: it is back.
    Restored,
    /// It was deleted in the space, and has changed here since: it stays.
    Kept,
}

impl What {
    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Updated => "updated",
            Self::Moved => "moved",
            Self::Merged => "merged",
            Self::Conflict => "conflict",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::Kept => "kept",
        }
    }
}

/// A push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changeset {
    /// Its id: the same one takes effect once.
    pub id: String,
    /// Whether it is one that an earlier run sent and got no answer to.
    pub again: bool,
}

/// What somebody has to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The document.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Problem {
    pub(super) fn new(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            message: message.into(),
        }
    }
}
