//! Patterns over JRNs and branches: what a binding's `jrnPattern` and a source's `branch` may say.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::parse::is_v3;
use super::segments::{Segment, matches};

/// A JRN with whole-segment wildcards, for JRNs of its own version only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JrnPattern {
    text: String,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    V2 {
        workspace: Workspace,
        /// None is any.
        service: Option<String>,
        path: Vec<Segment>,
    },
    V3 {
        /// None is any, the empty one included.
        controlling_path: Option<String>,
        path: Vec<Segment>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Workspace {
    Any,
    /// `org/space`, each with None for any.
    Parts(Option<String>, Option<String>),
    Exact(String),
}

/// Why a pattern is refused when it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not a usable JRN pattern: {problem}. Write one like jrn:*:path:/home/*/sources/github/org/repo/**"
)]
pub struct PatternError {
    text: String,
    problem: &'static str,
}

impl JrnPattern {
    /// Parses a pattern of either version.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let error = |problem| PatternError {
            text: text.to_owned(),
            problem,
        };
        let rest = text
            .strip_prefix("jrn:")
            .ok_or_else(|| error("it does not start with \"jrn:\""))?;
        if text.chars().any(char::is_control) {
            return Err(error("it contains a control character"));
        }
        let form = if is_v3(text) {
            let mut parts = rest.splitn(3, ':');
            let controlling_path = parts.next().unwrap_or_default();
            let path = parts
                .nth(1)
                .ok_or_else(|| error("nothing follows \"path\""))?;
            Form::V3 {
                controlling_path: unless_star(controlling_path),
                path: v3_segments(path),
            }
        } else {
            v2_form(rest)
        };
        Ok(Self {
            text: text.to_owned(),
            form,
        })
    }

    /// Parses the filter of a binding, which has to be able to match the JRN of a push: anything else
    /// would be stored and silently never fire (seed 004: jrnPattern).
    pub fn parse_event_filter(text: &str) -> Result<Self, PatternError> {
        let pattern = Self::parse(text)?;
        let refuse = |problem| {
            Err(PatternError {
                text: text.to_owned(),
                problem,
            })
        };
        let Form::V3 {
            controlling_path,
            path,
        } = &pattern.form
        else {
            return refuse("it is a version 2 pattern, and events have version 3 names");
        };
        if !controlling_path.as_deref().unwrap_or_default().is_empty() {
            return refuse(
                "an event's controlling path is empty, so the first part must be empty or \"*\"",
            );
        }
        if path.is_empty() {
            return refuse("it has no path");
        }
        let partial = |s: &Segment| matches!(s, Segment::Literal(text) if text.contains('*'));
        if path.iter().any(partial) {
            return refuse("a wildcard stands for whole segments, so \"*\" cannot be part of one");
        }
        let open = path.iter().position(|s| *s == Segment::Any);
        for (index, expected) in [(0, "home"), (2, "sources")] {
            if open.is_some_and(|open| open <= index) {
                break;
            }
            match path.get(index) {
                Some(Segment::Literal(text)) if text != expected => {
                    return refuse(
                        "an event's path is /home/{org}/sources/{provider}/{owner}/{repo}/{branch}",
                    );
                }
                _ => {}
            }
        }
        if open.is_none() && path.len() < 7 {
            return refuse(
                "it is too short for an event's path, /home/{org}/sources/{provider}/{owner}/{repo}/{branch}",
            );
        }
        Ok(pattern)
    }

    /// Whether a JRN matches. A pattern of one version never matches a JRN of the other.
    pub fn matches(&self, jrn: &str) -> bool {
        let Some(rest) = jrn.strip_prefix("jrn:") else {
            return false;
        };
        match &self.form {
            Form::V3 {
                controlling_path,
                path,
            } => {
                let mut parts = rest.splitn(3, ':');
                let (Some(ctrl), Some("path"), Some(tail)) =
                    (parts.next(), parts.next(), parts.next())
                else {
                    return false;
                };
                let segments: Vec<&str> = tail.split('/').filter(|s| !s.is_empty()).collect();
                controlling_path.as_deref().is_none_or(|c| c == ctrl) && matches(path, &segments)
            }
            Form::V2 {
                workspace,
                service,
                path,
            } => {
                let mut parts = rest.splitn(3, ':');
                let (Some(named), Some(kind)) = (parts.next(), parts.next()) else {
                    return false;
                };
                if is_v3(jrn) {
                    return false;
                }
                let tail = parts.next().unwrap_or_default();
                let segments: Vec<&str> = tail.split('/').collect();
                workspace.admits(named)
                    && service.as_deref().is_none_or(|s| s == kind)
                    && matches(path, &segments)
            }
        }
    }
}

impl fmt::Display for JrnPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn unless_star(text: &str) -> Option<String> {
    (text != "*").then(|| text.to_owned())
}

/// The path of a version 3 pattern. The existing system named every event's org `global`, so stored
/// patterns say it: it stands for any org.
fn v3_segments(path: &str) -> Vec<Segment> {
    let mut segments: Vec<Segment> = path
        .split('/')
        .filter(|s| !s.is_empty())
        .map(Segment::parse)
        .collect();
    let literal = |text: &str| Segment::Literal(text.to_owned());
    if segments.first() == Some(&literal("home")) && segments.get(1) == Some(&literal("global")) {
        segments[1] = Segment::One;
    }
    segments
}

/// Missing or empty parts of a version 2 pattern stand for anything.
fn v2_form(rest: &str) -> Form {
    let mut parts = rest
        .splitn(3, ':')
        .map(|part| Some(part).filter(|p| !p.is_empty()));
    let workspace = match parts.next().flatten() {
        None | Some("*" | "**") => Workspace::Any,
        Some(text) => match text.split_once('/') {
            Some((org, space)) if !space.contains('/') => {
                Workspace::Parts(unless_star(org), unless_star(space))
            }
            _ => Workspace::Exact(text.to_owned()),
        },
    };
    let service = parts.next().flatten().and_then(unless_star);
    let path = parts.next().flatten().unwrap_or("**");
    Form::V2 {
        workspace,
        service,
        path: path.split('/').map(Segment::parse).collect(),
    }
}

impl Workspace {
    fn admits(&self, workspace: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(text) => text == workspace,
            Self::Parts(org, space) => workspace.split_once('/').is_some_and(|(o, s)| {
                !s.contains('/')
                    && org.as_deref().is_none_or(|org| org == o)
                    && space.as_deref().is_none_or(|space| space == s)
            }),
        }
    }
}

/// What a source's `branch` says: a name, or one with whole-segment wildcards (`release/*`, `feature/**`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BranchPattern {
    text: String,
    segments: Vec<Segment>,
}

/// Why a text is neither a branch nor a pattern of branches.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not a branch: {problem}. Write a name such as main, or whole-segment wildcards such as release/* or feature/**"
)]
pub struct BranchPatternError {
    text: String,
    problem: &'static str,
}

impl BranchPattern {
    pub fn parse(text: &str) -> Result<Self, BranchPatternError> {
        let problem = branch_problem(text);
        match problem {
            Some(problem) => Err(BranchPatternError {
                text: text.escape_debug().collect(),
                problem,
            }),
            None => Ok(Self {
                text: text.to_owned(),
                segments: text.split('/').map(Segment::parse).collect(),
            }),
        }
    }

    /// The branch itself, where the pattern has no wildcard.
    pub fn literal(&self) -> Option<&str> {
        let plain = |s: &Segment| matches!(s, Segment::Literal(_));
        self.segments.iter().all(plain).then_some(&*self.text)
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn matches(&self, branch: &str) -> bool {
        let segments: Vec<&str> = branch.split('/').collect();
        matches(&self.segments, &segments)
    }

    /// Whether a source watches a branch; a source without a pattern watches all.
    pub fn admits(pattern: Option<&Self>, branch: &str) -> bool {
        pattern.is_none_or(|pattern| pattern.matches(branch))
    }
}

impl fmt::Display for BranchPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for BranchPattern {
    type Error = BranchPatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<BranchPattern> for String {
    fn from(pattern: BranchPattern) -> Self {
        pattern.text
    }
}

/// The rules of `git check-ref-format`, with `*` and `**` allowed as segments.
fn branch_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > 255 {
        return Some("it is longer than 255 bytes");
    }
    if text.starts_with("refs/") {
        return Some("it is a full ref; leave \"refs/heads/\" out");
    }
    if text.starts_with('-') || text.ends_with('.') || text == "@" {
        return Some("git refuses such names");
    }
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "~^:?[\\".contains(c);
    if text.chars().any(forbidden) || text.contains("..") || text.contains("@{") {
        return Some("it contains characters git refuses in a branch name");
    }
    for segment in text.split('/') {
        if segment.is_empty() {
            return Some("a part between slashes is empty");
        }
        if segment.starts_with('.')
            || segment
                .rsplit_once('.')
                .is_some_and(|(_, end)| end == "lock")
        {
            return Some("git refuses such names");
        }
        if segment.contains('*') && segment != "*" && segment != "**" {
            return Some("a wildcard stands for a whole part between slashes");
        }
    }
    None
}
