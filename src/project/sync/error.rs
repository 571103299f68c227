//! Why documents cannot be brought in step with their space. What had been done until then stays done, here and there, and
//! the next run goes on from it.

use std::io;
use std::path::PathBuf;

use crate::client::ClientError;
use crate::project::ProjectError;

/// Documents cannot be brought in step.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The server refuses, or cannot be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A push went out and no answer came, or the server asks to come later.
    #[error(
        "{error}. The push is kept in .jolli/sync/pending.json, and the next `jolli sync` sends it again as it is; it takes effect once"
    )]
    Unacknowledged {
        /// Why.
        error: ClientError,
    },
    /// A file or folder.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What sync remembers cannot be read.
    #[error(
        "{path} is damaged ({why}). Move it away and run `jolli sync` again: documents are then compared with the space anew, and nothing is lost"
    )]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A newer jolli wrote it.
    #[error("{path} was written by a newer jolli; use that one")]
    Newer {
        /// Which.
        path: PathBuf,
    },
    /// The documents belong to another space.
    #[error(
        "the documents here are in step with the space {was} at {was_server}, not with {is} at {is_server}. Choose that one again (`jolli init --space {was} --server {was_server}`), or move .jolli/sync away to compare them with {is} from the beginning"
    )]
    OtherSpace {
        /// The space that they were in step with.
        was: String,
        /// Its server.
        was_server: String,
        /// The one that is chosen.
        is: String,
        /// Its server.
        is_server: String,
    },
    /// A document of the space cannot stand in the project.
    #[error("{path} cannot stand here: {why}")]
    Path {
        /// Where it was to stand.
        path: String,
        /// What is wrong with that.
        why: String,
    },
    /// What came is not what the server has.
    #[error(
        "{path} did not arrive as the server has it (its hash differs); nothing was changed. Run `jolli sync down` again"
    )]
    Hash {
        /// Which document.
        path: String,
    },
    /// A text is missing.
    #[error(
        "the server sent {path} without its text; nothing was changed. Run `jolli sync down` again"
    )]
    NoText {
        /// Which document.
        path: String,
    },
    /// Most documents that the space has would be deleted.
    #[error(
        "{gone} of the {all} documents that the space has are gone from this folder. If the space is to lose them, say so with --force; if not, `git restore` brings them back, or move .jolli/sync away and run `jolli sync down`"
    )]
    MostGone {
        /// How many.
        gone: usize,
        /// Of how many.
        all: usize,
    },
    /// The space is behind what this checkout has seen of it.
    #[error(
        "the space is behind what was seen of it here: it was made anew, or its server was set back. No document was changed. Move .jolli/sync away and run `jolli sync` to compare everything with it from the beginning"
    )]
    SetBack,
}

impl SyncError {
    /// What is wrong, for whoever was told the document's path already.
    pub(super) fn about(&self, path: &str) -> String {
        let text = self.to_string();
        match text.strip_prefix(path) {
            Some(rest) => rest.trim_start_matches([':', ' ']).to_owned(),
            None => text,
        }
    }
}
