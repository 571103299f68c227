//! What can keep the demo from being built, and what to do then.

use std::path::PathBuf;

use crate::client::ClientError;

/// The demo cannot be built, opened or pushed to.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file of the demo's directory cannot be read or written.
    #[error("{path}: {source}. Choose another directory with --dir, or rebuild with --fresh")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that the demo keeps is not of its form.
    #[error("{path} is not what the demo wrote there ({why}). Rebuild with `jolli demo --fresh`")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// There is something in the directory that is no demo.
    #[error("{0} holds something else than a demo world. Choose an empty directory with --dir")]
    NotADemo(PathBuf),
    /// git cannot be run, or failed.
    #[error("git {what}: {detail}. The demo needs git on PATH")]
    Git {
        /// The git command.
        what: String,
        /// What it said.
        detail: String,
    },
    /// The server refused or could not be reached.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The world's database cannot be opened: another process has it, or another jolli wrote it.
    #[error("{why}\nIf another jolli built this demo world, `jolli demo --fresh` builds it anew")]
    Database {
        /// Why not.
        why: String,
    },
    /// The store, server or worker of the demo failed.
    #[error("the demo's {part} failed: {why}")]
    Part {
        /// Which part.
        part: &'static str,
        /// Why.
        why: String,
    },
    /// The story did not go as it is told.
    #[error(
        "at {at} the demo's story went another way: {why}. This is a defect of jolli; the world up to there is in the directory"
    )]
    Story {
        /// Which moment, on the story's own calendar.
        at: String,
        /// What happened instead.
        why: String,
    },
    /// The address is taken, or not of this machine.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// There is no source of that name.
    #[error("the demo has no source named {0}. The first pane of its console names them")]
    NoSource(String),
    /// Another process serves the world already.
    #[error(
        "a demo server runs on {dir} already, at {address}. End that one first, or choose another directory with --dir"
    )]
    Running {
        /// The directory.
        dir: PathBuf,
        /// Where it listens.
        address: String,
    },
    /// No demo server runs on the directory.
    #[error("no demo server runs on {0}. Start one with `jolli demo --headless`")]
    NotRunning(PathBuf),
}

impl DemoError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    pub(super) fn part<E: std::fmt::Display>(part: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Part {
            part,
            why: error.to_string(),
        }
    }
}
