//! What strict mode finds: one type for the command line, the API and the console (sources.md §6).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id::{SourceId, SpaceId};
use super::kind::{Severity, SourceKind};

/// One finding of strict mode.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Which rule found it.
    pub code: FindingCode,
    /// Errors make `--strict` exit 3; warnings do not.
    pub severity: Severity,
    /// One sentence: what is so, and what it means.
    pub message: String,
    /// The space it concerns; `null` when it concerns the whole org.
    pub space_id: Option<SpaceId>,
    /// The name that the rules use, where the finding is about a name.
    pub source_name: Option<String>,
    /// The source of that name, where there is one.
    pub source_id: Option<SourceId>,
    /// Kind of that source.
    pub source_kind: Option<SourceKind>,
    /// Documents and lines concerned, ordered by path and line.
    pub places: Vec<Place>,
    /// Names that the operator may have meant, nearest first.
    pub near_names: Vec<String>,
    /// What to do about it: exact commands.
    pub remedies: Vec<Remedy>,
}

/// The rules of strict mode.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FindingCode {
    /// A rule names a source that resolves to nothing.
    UnresolvedSource,
    /// Two sources answer to what a rule names, or two sources share repo and branch.
    AmbiguousSource,
    /// A referenced source has no usable mount.
    InvalidMount,
    /// The change set of a referenced source cannot be computed.
    GitFailure,
    /// A rule cannot be read.
    InvalidRule,
    /// Two documents carry one `jrn`.
    DuplicateDocId,
    /// A rule names a source that is disabled, or whose binding is.
    DisabledSource,
    /// A rule names a source that is not bound to the document's space.
    UnboundSource,
}

impl FindingCode {
    /// Every code, in the order of declaration.
    pub const ALL: [Self; 8] = [
        Self::UnresolvedSource,
        Self::AmbiguousSource,
        Self::InvalidMount,
        Self::GitFailure,
        Self::InvalidRule,
        Self::DuplicateDocId,
        Self::DisabledSource,
        Self::UnboundSource,
    ];

    /// What it finds, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::UnresolvedSource => "A rule names a source that resolves to nothing.",
            Self::AmbiguousSource => {
                "Two sources answer to what a rule names, or two sources share repository and branch."
            }
            Self::InvalidMount => "A source that rules name has no usable mount.",
            Self::GitFailure => "The change set of a source that rules name cannot be computed.",
            Self::InvalidRule => "A rule cannot be read.",
            Self::DuplicateDocId => "Two documents carry one jrn.",
            Self::DisabledSource => "A rule names a source that is disabled, or whose binding is.",
            Self::UnboundSource => "A rule names a source that is not bound to the space.",
        }
    }

    /// The code as written in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnresolvedSource => "unresolved-source",
            Self::AmbiguousSource => "ambiguous-source",
            Self::InvalidMount => "invalid-mount",
            Self::GitFailure => "git-failure",
            Self::InvalidRule => "invalid-rule",
            Self::DuplicateDocId => "duplicate-doc-id",
            Self::DisabledSource => "disabled-source",
            Self::UnboundSource => "unbound-source",
        }
    }
}

/// Where a finding points to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Path of the document within its space.
    pub doc_path: String,
    /// Line of the rule, from 1.
    pub line: u32,
    /// The rule's pattern; empty where the place is no rule.
    pub pattern: String,
}

/// One way to end a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remedy {
    /// What it does, in a few words.
    pub label: String,
    /// The exact command line.
    pub command: String,
    /// The console's command for it, where there is one (`link`, `source-toggle`, `bind`).
    pub action: Option<String>,
}
