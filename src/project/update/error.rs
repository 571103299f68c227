//! Why an agent run stops. Documents that were changed until then stay changed, and stand in the audit file.

use std::io;
use std::path::PathBuf;

use crate::git::GitError;
use crate::project::ProjectError;

/// An agent run stops.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// Git.
    #[error("{source}; {}", .source.remedy())]
    Git {
        /// Why.
        #[from]
        source: GitError,
    },
    /// A file.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nobody can be asked.
    #[error("what to do with {0} cannot be asked: {1}")]
    Asking(String, io::Error),
    /// Nobody can be told.
    #[error("what the agent does with {0} cannot be told: {1}")]
    Telling(String, io::Error),
}
