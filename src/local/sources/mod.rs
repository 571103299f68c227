//! `.jolli/sources.json`: where the sources of a docs project are mounted on this machine, and the virtual sources that only
//! this machine knows (sources.md §4).

mod file;
mod legacy;
mod name;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use file::{Edit, Opened, SourcesFile, SourcesFileError};
pub use legacy::Upgrade;
pub use name::{NameError, check_name};

use crate::domain::id::SourceId;
use crate::domain::kind::SourceType;

/// The version that is written.
const VERSION: u32 = 1;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalSources {
    /// Always 1: both shapes carry it, so the keys tell them apart.
    pub version: u32,
    /// Where sources of the server are mounted, by their ids.
    #[serde(default)]
    pub mounts: BTreeMap<SourceId, LocalSource>,
    /// Sources that only this machine knows, by their names.
    #[serde(default)]
    pub virtual_sources: BTreeMap<String, LocalSource>,
    /// Entries of an older file that could not be understood.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unrecognized: BTreeMap<String, Value>,
    /// What others keep there.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// A source as this machine sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalSource {
    /// In a mount: the server's name for it, which stands in while the server is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The work tree, absolute.
    pub mount_path: PathBuf,
    /// `git`.
    #[serde(rename = "type", default = "git")]
    pub source_type: SourceType,
    /// `host/owner/repo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// The branch that stands for the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// What others keep there.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

const fn git() -> SourceType {
    SourceType::Git
}

impl Default for LocalSources {
    fn default() -> Self {
        Self {
            version: VERSION,
            mounts: BTreeMap::new(),
            virtual_sources: BTreeMap::new(),
            unrecognized: BTreeMap::new(),
            others: BTreeMap::new(),
        }
    }
}

impl LocalSource {
    /// A git work tree, of which nothing else is known.
    pub fn git(mount_path: PathBuf) -> Self {
        Self {
            name: None,
            mount_path,
            source_type: SourceType::Git,
            repo: None,
            branch: None,
            others: BTreeMap::new(),
        }
    }
}

impl LocalSources {
    /// The mount of the source that the server calls `name`, as this machine remembers it.
    pub fn mount_named(&self, name: &str) -> Option<(SourceId, &LocalSource)> {
        self.mounts
            .iter()
            .find(|(_, mount)| mount.name.as_deref() == Some(name))
            .map(|(id, mount)| (*id, mount))
    }
}
