//! The paths of attention rules: our dialect of globs, its limits, and how one compiles (sources.md §3).
//!
//! `*`, `?`, `**` as a whole segment, `[…]` with `!`/`^`, nested `{a,b}`, a trailing `/` for everything below; all else is
//! literal. Several documents' globs are matched together by `set`.

mod parse;
mod pattern;
mod set;
#[cfg(test)]
mod tests;

pub(super) use set::PatternSet;

use pattern::Alternative;

use super::path::{OutsideRepository, normalize};

/// More alternatives than any rule needs; `{a,b}` sixteen times would be 65 536.
const MAX_ALTERNATIVES: usize = 1_000;

/// Longer than any path that git can check out.
const MAX_LENGTH: usize = 4_096;

/// Characters of all alternatives together: what a rule costs in memory.
const MAX_EXPANDED: usize = 65_536;

/// The path of one rule, ready to be matched.
#[derive(Clone, Debug)]
pub struct RulePath {
    written: String,
    normal: String,
    shown: String,
    alternatives: Vec<Alternative>,
}

/// Why a path cannot be matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulePathError {
    #[error("its `..` leaves the repository")]
    Outside,
    #[error("it names the repository itself")]
    Repository,
    #[error("the character class that opens at character {column} {problem}")]
    Class {
        column: usize,
        problem: &'static str,
    },
    #[error(
        "it expands to more than {MAX_ALTERNATIVES} alternatives or {MAX_EXPANDED} characters, or is longer than {MAX_LENGTH} characters"
    )]
    TooManyAlternatives,
}

impl RulePathError {
    /// Whether the rule still matches the file that is named exactly so: a real path may look like a broken glob.
    pub fn keeps_literal(self) -> bool {
        matches!(self, Self::Class { .. } | Self::TooManyAlternatives)
    }

    /// What to write instead.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Outside => {
                "write a path inside the repository; name another repository with `source`"
            }
            Self::Repository => "write `**` to watch everything",
            Self::Class { .. } => {
                "close it as in `[abc]` or `[a-z]`; write `[[]` for a literal bracket"
            }
            Self::TooManyAlternatives => "split the rule into several, or use `*`",
        }
    }
}

impl From<OutsideRepository> for RulePathError {
    fn from(_: OutsideRepository) -> Self {
        Self::Outside
    }
}

impl RulePath {
    /// Parses a path as a rule states it.
    pub fn parse(written: &str) -> Result<Self, RulePathError> {
        let written = written.trim();
        let normal = normalize(written)?;
        if normal.is_empty() {
            return Err(RulePathError::Repository);
        }
        if written.len() > MAX_LENGTH {
            return Err(RulePathError::TooManyAlternatives);
        }
        // Seen before normalising: it is what says "everything below".
        let below = written.ends_with(['/', '\\']);
        let is_glob = below || normal.contains(['*', '?', '[', ']', '{', '}']);
        let alternatives = if is_glob {
            parse::alternatives(&normal, below)?
        } else {
            Vec::new()
        };
        let shown = format!("{normal}{}", if below { "/" } else { "" });
        Ok(Self {
            written: written.to_owned(),
            normal,
            shown,
            alternatives,
        })
    }

    /// The rule that a broken glob still is: the file of exactly that name.
    pub fn literal(written: &str) -> Self {
        let written = written.trim().to_owned();
        Self {
            normal: written.clone(),
            shown: written.clone(),
            written,
            alternatives: Vec::new(),
        }
    }

    /// The rule as evidence shows it: normalised.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The names that match because they equal the rule.
    pub fn exact_names(&self) -> impl Iterator<Item = &str> {
        let written = Some(&*self.written).filter(|written| *written != self.normal);
        std::iter::once(&*self.normal).chain(written)
    }

    pub(super) fn alternatives(&self) -> &[Alternative] {
        &self.alternatives
    }

    /// How a changed path matches this rule alone.
    pub fn matches(&self, path: &str) -> Option<MatchType> {
        if self.alternatives.iter().any(|a| a.matches(path)) {
            Some(MatchType::Glob)
        } else if self.exact_names().any(|name| name == path) {
            Some(MatchType::Exact)
        } else {
            None
        }
    }
}

/// Whether a path equals a rule or is described by it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum MatchType {
    Exact,
    Glob,
}
