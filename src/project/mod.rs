//! A docs project on this machine, with what its server says: its sources here and there, its documents, what a change
//! touches, who edits them then (sources.md §3 to §6), and how they are brought in step with their space (§10). Decides; `cli`
//! prints, and the console asks it what its inspector shows.

mod add;
mod base;
mod catalogue;
mod compare;
mod documents;
mod error;
mod extract;
pub mod impact;
mod list;
mod local_rows;
mod mount;
mod remove;
mod resolve;
mod steps;
pub mod sync;
#[cfg(test)]
mod tests;
pub mod update;

pub use add::{Add, Added, Link, OnServer as AddedOnServer, add, link, link_body};
pub use compare::{Compared, compare, compare_without};
pub use error::ProjectError;
pub use extract::{Extract, ExtractCommit, ExtractHunk, extract};
pub use list::{ListedSource, Listing, MountStatus, ServerWord, list};
pub use local_rows::{LocalRows, local_rows};
pub use remove::{OnServer as RemovalOnServer, Removal, plan_removal, remove};

use crate::base::Timestamp;
use crate::client::Client;
use crate::git::Git;
use crate::local::Project;
use crate::local::sources::SourcesFile;

/// A docs project, and what goes with it.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The project.
    pub project: Project,
    /// How git is run.
    pub git: Git,
    /// The moment of the command.
    pub now: Timestamp,
    /// The server, where one is configured.
    pub client: Option<Client>,
    /// The slug of the space that the project's documents belong to, where one is chosen.
    pub space: Option<String>,
}

impl Workspace {
    /// Where its sources are mounted.
    pub fn sources_file(&self) -> SourcesFile {
        SourcesFile::of(&self.project)
    }

    fn client(&self) -> Result<&Client, ProjectError> {
        self.client.as_ref().ok_or(ProjectError::NoServer)
    }

    fn space(&self) -> Result<&str, ProjectError> {
        self.space.as_deref().ok_or(ProjectError::NoSpace)
    }
}
