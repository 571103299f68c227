//! What the project's own file adds to the server's sources: virtual sources that only this machine knows, and mounts. No server
//! is asked.

use futures_util::future::join_all;

use super::list::{MountStatus, status};
use super::{ProjectError, Workspace};
use crate::api::SourceId;
use crate::base::Timestamp;
use crate::git::GitError;
use crate::local::sources::LocalSource;

/// The entries of the file, and whether each can be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalRows {
    /// Virtual sources by name.
    pub virtuals: Vec<(String, LocalSource, MountStatus)>,
    /// Mounts of sources of the server.
    pub mounts: Vec<(SourceId, LocalSource, MountStatus)>,
    /// When the file was written last; `None`: there is no file yet.
    pub written_at: Option<Timestamp>,
}

/// Reads them.
pub async fn local_rows(workspace: &Workspace) -> Result<LocalRows, ProjectError> {
    let config = workspace.sources_file().open(workspace.now)?.config;
    let look = async |entry: &LocalSource| match status(
        &workspace.git,
        &entry.mount_path,
        entry.repo.as_deref(),
    )
    .await
    {
        Ok(status) => Ok(status),
        // That says nothing of the mounts.
        Err(error @ GitError::NotInstalled(_)) => Err(error),
        Err(_) => Ok(MountStatus::InvalidGitRoot),
    };
    let virtuals = join_all(config.virtual_sources.values().map(look)).await;
    let mounts = join_all(config.mounts.values().map(look)).await;
    let virtuals = config.virtual_sources.into_iter().zip(virtuals);
    let mounts = config.mounts.into_iter().zip(mounts);
    let written = std::fs::metadata(workspace.sources_file().path())
        .and_then(|it| it.modified())
        .ok();
    Ok(LocalRows {
        written_at: written
            .and_then(|at| jiff::Timestamp::try_from(at).ok())
            .map(Timestamp::from),
        virtuals: virtuals
            .map(|((name, entry), status)| Ok((name, entry, status?)))
            .collect::<Result<_, GitError>>()?,
        mounts: mounts
            .map(|((id, entry), status)| Ok((id, entry, status?)))
            .collect::<Result<_, GitError>>()?,
    })
}
