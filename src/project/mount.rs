//! What is at the path of a mount.

use std::path::{Path, PathBuf};

use super::ProjectError;
use crate::domain::coordinate::RepoCoordinate;
use crate::git::{Git, GitError, Repository};
use crate::impact::strict::MountState;

/// A work tree that can be mounted.
#[derive(Clone, Debug)]
pub(super) struct WorkTree {
    /// Its root, without links.
    pub(super) root: PathBuf,
    /// What its `origin` is, where that is a repository on a host.
    pub(super) origin: Option<RepoCoordinate>,
}

/// The work tree that `path` lies in, to be mounted.
pub(super) async fn work_tree(git: &Git, path: &Path) -> Result<WorkTree, ProjectError> {
    let path = std::path::absolute(path).map_err(|source| ProjectError::Io {
        path: path.to_owned(),
        source,
    })?;
    if !path.is_dir() {
        return Err(ProjectError::MissingPath(path));
    }
    let repository = match Repository::discover(git, &path).await {
        Ok(repository) => repository,
        Err(GitError::NotARepository { .. }) => return Err(ProjectError::NoWorkTree(path)),
        Err(error) => return Err(error.into()),
    };
    let root = std::fs::canonicalize(repository.dir()).map_err(|source| ProjectError::Io {
        path: repository.dir().to_owned(),
        source,
    })?;
    Ok(WorkTree {
        root,
        origin: origin(&repository).await?,
    })
}

/// What is at the path of a mount now, and the repository there where it can be used.
pub(super) async fn state(
    git: &Git,
    path: &Path,
    repo: Option<&str>,
) -> Result<(MountState, Option<Repository>), GitError> {
    if !path.is_dir() {
        return Ok((MountState::MissingPath, None));
    }
    let repository = match Repository::discover(git, path).await {
        Ok(repository) => repository,
        Err(GitError::NotARepository { .. }) => return Ok((MountState::InvalidGitRoot, None)),
        Err(error) => return Err(error),
    };
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    if real(repository.dir()) != real(path) {
        return Ok((MountState::InvalidGitRoot, None));
    }
    let Some(expected) = repo.and_then(|repo| RepoCoordinate::parse(repo).ok()) else {
        return Ok((MountState::Resolved, Some(repository)));
    };
    let state = match origin(&repository).await? {
        Some(found) if !found.is_same_repository(&expected) => MountState::OtherRepository {
            expected: expected.to_string(),
            found: found.to_string(),
        },
        _ => MountState::Resolved,
    };
    Ok((state, Some(repository)))
}

/// What a work tree was cloned from. An `origin` on this disk, or none, says nothing; neither does a host that is only an
/// alias of the user's ssh, or one that takes ssh for another.
async fn origin(repository: &Repository) -> Result<Option<RepoCoordinate>, GitError> {
    let url = repository.remote_url("origin").await?;
    let coordinate = url.and_then(|url| RepoCoordinate::parse(&url).ok());
    Ok(coordinate.filter(|coordinate| {
        let host = coordinate.host();
        host.contains('.')
            && !["ssh.", "altssh."]
                .iter()
                .any(|door| host.starts_with(door))
    }))
}
