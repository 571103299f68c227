//! Why a command of a docs project cannot be done, and what to do instead.

use std::io;
use std::path::PathBuf;

use crate::api::{IntegrationId, SourceId};
use crate::client::ClientError;
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::text::shell_word;
use crate::git::GitError;
use crate::local::sources::{NameError, SourcesFileError};

/// It cannot be done. Unless it says otherwise, nothing was changed, here or on the server.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// `.jolli/sources.json`.
    #[error(transparent)]
    SourcesFile(#[from] SourcesFileError),
    /// The server refuses, or cannot be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Git.
    #[error("{source}; {}", .source.remedy())]
    Git {
        /// Why.
        #[from]
        source: GitError,
    },
    /// The name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A file or folder.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No server is configured.
    #[error(
        "no server is named; give --server URL, set JOLLI_URL, or run `jolli init --space SLUG --server URL`"
    )]
    NoServer,
    /// No space is chosen.
    #[error("no space is chosen; run `jolli init --space SLUG`, or set JOLLI_SPACE")]
    NoSpace,
    /// The path to mount is not there.
    #[error("{0} does not exist; clone the repository there, or give another --mount")]
    MissingPath(PathBuf),
    /// The path to mount is in no work tree.
    #[error("{0} is not inside a git repository; mount the work tree of one")]
    NoWorkTree(PathBuf),
    /// The mount is another repository than the source.
    #[error("{path} is a clone of {found}, not of {expected}; mount a clone of {expected}")]
    OtherRepository {
        /// What was to be mounted.
        path: PathBuf,
        /// What the source is.
        expected: RepoCoordinate,
        /// What is there.
        found: RepoCoordinate,
    },
    /// A local name that a true source of the server has.
    #[error(
        "{name} is a true source of the server (id {id}), which a local one would hide; to mount that one: jolli source add {} --mount {} --integration-id {integration}", shell_word(.name), shell_word(.mount)
    )]
    Shadows {
        /// The name.
        name: String,
        /// The source there.
        id: SourceId,
        /// What links it.
        integration: IntegrationId,
        /// What was to be mounted.
        mount: String,
    },
    /// A file that lies in no repository.
    #[error("{0} leaves the repository; give a path inside of it, as git prints it")]
    Outside(String),
    /// The source is used by another space since the removal was planned.
    #[error(
        "{0} is used by another space by now; run the command again to see what removing it means"
    )]
    UsedMeanwhile(String),
    /// The source is linked to another integration.
    #[error(
        "{name} is linked to integration {linked} already, not to {asked}; give --integration-id {linked}, or unlink it in the console first"
    )]
    LinkedElsewhere {
        /// The source.
        name: String,
        /// To what it is linked.
        linked: IntegrationId,
        /// To what it was to be linked.
        asked: IntegrationId,
    },
    /// The server's source is another repository.
    #[error(
        "{name} is {expected} on the server, not {found}; choose another name, or mount a clone of {expected}"
    )]
    ServerRepository {
        /// The source.
        name: String,
        /// Its repository there.
        expected: String,
        /// The one that was given or found.
        found: RepoCoordinate,
    },
    /// The server's source follows another branch.
    #[error(
        "{name} follows {expected} on the server, not branch {given}; change it there, or choose another name"
    )]
    ServerBranch {
        /// The source.
        name: String,
        /// Its branch there.
        expected: String,
        /// The one that was given.
        given: String,
    },
    /// Nothing is known under the name.
    #[error("no source is named {0}; `jolli source list` shows those there are")]
    Unknown(String),
    /// A virtual source that is on the server alone.
    #[error(
        "{0} is a virtual source of the server and has no entry here; nothing is to be removed on this machine. The console deletes it (`jolli`, then d)"
    )]
    OnServerOnly(String),
    /// The space does not watch it, and others do.
    #[error("{name} is not bound to {space}; it is used by {}", .others.join(", "))]
    NotBoundHere {
        /// The source.
        name: String,
        /// The space.
        space: String,
        /// Who uses it.
        others: Vec<String>,
    },
    /// Some of it was done, and could not be taken back.
    #[error("{error}. On the server this remains: {}. Run the same command again to go on from there", .left.join("; "))]
    Partly {
        /// What went wrong.
        error: Box<ProjectError>,
        /// What remains.
        left: Vec<String>,
    },
    /// No documents.
    #[error("the docs folder {0} does not exist; name it with --docs")]
    NoDocs(PathBuf),
    /// Documents that are no folder.
    #[error("{0} is not a folder; name the docs folder with --docs")]
    DocsNoFolder(PathBuf),
    /// Documents that cannot be read.
    #[error("documents cannot be read: {0}")]
    Documents(String),
    /// The server cannot be read, and the answer must be whole.
    #[error(
        "{error}. With --strict the server's sources must be known; to go without a server, unset JOLLI_URL and take `server` out of .jolli/space.json"
    )]
    ServerAway {
        /// Why.
        error: ClientError,
    },
    /// `--source` names nothing that rules name.
    #[error("no attention rule names the source {0}; the rules name {1}")]
    NotReferenced(String, String),
}
