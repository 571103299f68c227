//! Everything asked of git, by running the `git` command: credentials, proxies and `insteadOf` are as the operator has
//! them (dependencies: git). Plumbing with `-z`, no hooks, no prompts, no external diffs; every run has a deadline and a
//! limit of output.
//!
//! Nothing here knows what a source or a job is.

pub mod change;
mod change_set;
mod command;
mod error;
mod files;
mod mirror;
mod remote;
mod repository;
mod sha;

pub use change::{Change, ChangeStatus, EntryKind, LFS_POINTER};
pub use change_set::{BaseCandidate, ChangeSet, paths};
pub use command::{Credential, Git};
pub use error::GitError;
pub use files::{FileAndFolder, FilesCommit, blob_id, import_file, import_removal, tree_id};
pub use mirror::{Checkout, Mirror};
pub use remote::{RemoteHeads, RemoteUrl};
pub use repository::{Commit, Fork, Repository};
pub use sha::{Sha, ShaError};

#[cfg(test)]
mod tests;
