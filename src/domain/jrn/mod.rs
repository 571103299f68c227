//! JRNs, the names of things in events and triggers (sources.md §2): version 3, the legacy version 2,
//! conversion between them, and the patterns that bindings filter events with.
//!
//! Pure text: nothing here knows whether the named thing exists.

mod convert;
mod parse;
mod pattern;
mod resource;
mod segments;

pub use convert::{convert, to_v2, to_v3};
pub use parse::{JrnError, JrnV2, JrnV3, is_v3, parse_v2, parse_v3};
pub use pattern::{BranchPattern, BranchPatternError, JrnPattern, PatternError};
pub use resource::{Item, Repository, Resource};

use serde::Serialize;

use crate::domain::coordinate::RepoCoordinate;
use crate::domain::id::SourceId;

/// A parsed JRN of either version. Serialises to the fields of its version, flat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Jrn {
    V2(JrnV2),
    V3(JrnV3),
}

impl Jrn {
    /// Parses either version; a text whose second colon segment is `path` is version 3.
    pub fn parse(text: &str) -> Result<Self, JrnError> {
        if is_v3(text) {
            parse_v3(text).map(Self::V3)
        } else {
            parse_v2(text).map(Self::V2)
        }
    }

    pub fn resource(&self) -> &Resource {
        match self {
            Self::V2(jrn) => &jrn.resource,
            Self::V3(jrn) => &jrn.resource,
        }
    }
}

/// The JRN of a push: with the real org slug, and the provider that sent it.
pub fn event_jrn(org: &str, provider: &str, coordinate: &RepoCoordinate, branch: &str) -> String {
    let path = coordinate.path();
    format!("jrn::path:/home/{org}/sources/{provider}/{path}/{branch}")
}

/// The JRN of an upload to a source that has no repository.
pub fn upload_jrn(org: &str, source: SourceId) -> String {
    format!("jrn::path:/home/{org}/sources/static_file/files/{source}/main")
}

/// The id of a document whose slug is free text: lower-case, runs of white space become one `-`.
pub fn article_id(title: &str) -> String {
    let lower = title.to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests;
