//! Why a document is looked at.

use serde::Serialize;

use crate::domain::id::SourceId;
use crate::impact::glob::MatchType;
use crate::impact::report::{Evidence, EvidenceKind, LOCAL};

/// One changed file, and the rule that watches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// The file.
    pub changed_file: String,
    /// The rule; for an exact match the file.
    pub pattern: String,
    /// How it matches.
    pub match_type: MatchType,
    /// Where the file is; `<local>` for the project's own repository.
    pub source: String,
    /// What that is.
    pub source_kind: EvidenceKind,
    /// Its id on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
}

impl Why {
    /// Of what an impact run found.
    pub fn of(evidence: &Evidence<'_>) -> Self {
        Self {
            changed_file: evidence.changed_file.to_owned(),
            pattern: evidence.pattern.to_owned(),
            match_type: evidence.match_type,
            source: evidence.source.name.clone(),
            source_kind: evidence.source.kind,
            source_id: evidence.source.source_id,
        }
    }

    /// The file, behind `name:` where it is one of another source.
    pub fn file(&self) -> String {
        if self.source == LOCAL {
            self.changed_file.clone()
        } else {
            format!("{}:{}", self.source, self.changed_file)
        }
    }
}
