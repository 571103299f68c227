//! Attention rules as documents state them, and what is wrong with the ones that cannot be read (sources.md §3).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kind::Severity;

/// One rule of a document: which code it watches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttentionRule {
    /// The name of a source; `null` is the project's own repository.
    #[serde(default)]
    pub source: Option<String>,
    /// As written, trimmed: a path in the repository, or a glob.
    pub path: String,
    /// Kept for the reader; matching never uses them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Line of the rule in its document, from 1.
    #[serde(default)]
    pub line: u32,
}

/// Something in a document that cannot be read as it was meant. A warning normally, a failure in strict mode.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    pub code: DiagnosticCode,
    pub severity: Severity,
    /// One sentence: what is so, and what it means.
    pub message: String,
    /// Line in the document, from 1.
    pub line: u32,
    /// The rule's pattern; empty where no rule is concerned.
    #[serde(default)]
    pub pattern: String,
    /// What to write instead.
    pub remedy: String,
}

/// What can be wrong with the rules of a document.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DiagnosticCode {
    /// The document looks as if it had frontmatter, but has none by the rules.
    UnreadFrontmatter,
    /// The document is not UTF-8.
    NotText,
    /// The frontmatter is no valid YAML.
    InvalidYaml,
    /// A key occurs twice in one mapping.
    DuplicateKey,
    /// Rules, but no `jrn` to know the document by.
    MissingJrn,
    /// A `jrn` that is no text.
    InvalidJrn,
    /// `attention` is no list.
    InvalidAttention,
    /// An entry of `attention` is no mapping.
    InvalidRule,
    /// An `op` other than `file`.
    UnknownOp,
    /// `source` is no text.
    InvalidSource,
    /// `path` is missing, empty or no text.
    InvalidPath,
    /// `path` leaves the repository.
    PathOutsideRepository,
    /// The glob is invalid or expands to too much.
    InvalidGlob,
}

/// What a document says about itself: its id, its rules, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParsedDocument {
    /// The document's id.
    pub jrn: Option<String>,
    /// Empty without a `jrn`: such a document cannot be reported.
    pub rules: Vec<AttentionRule>,
    pub diagnostics: Vec<Diagnostic>,
}
