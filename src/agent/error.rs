//! Why an agent's turn came to nothing.

use std::io;
use std::path::PathBuf;

/// The turn came to nothing: no document was changed.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no shell to run it with.
    #[error("the agent cannot be started: {0}")]
    Start(io::Error),
    /// The agent's folder.
    #[error("the agent's folder {path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It did not end in time.
    #[error(
        "the agent did not end within {seconds} s and was stopped; give it longer with --timeout"
    )]
    Deadline {
        /// How long it had.
        seconds: u64,
    },
    /// It ended badly.
    #[error("the agent failed with {status}{}", last_line(.said))]
    Failed {
        /// How it ended.
        status: String,
        /// The end of what it wrote to standard error.
        said: String,
    },
    /// A document lies outside of the project.
    #[error("{0} does not lie in the project, so no agent can be given a copy of it")]
    Outside(String),
    /// A document is gone.
    #[error("the agent removed {0}; removing documents is not its part")]
    Removed(String),
    /// A document is something else.
    #[error("the agent made {0} something that is no plain file of UTF-8 text")]
    NotText(String),
}

fn last_line(said: &str) -> String {
    match said.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => format!(": {}", line.trim()),
        None => String::new(),
    }
}
