//! What a manual run compares in one work tree, and with what (sources.md §6: base).

use crate::domain::kind::BaseReason;
use crate::git::{Fork, GitError, Repository, Sha, paths};

/// What is asked of every source.
#[derive(Clone, Debug, Default)]
pub(super) struct Between {
    /// `--base`: a revision, or a branch of `origin`.
    pub(super) base: Option<String>,
    /// `--head`; without it HEAD.
    pub(super) head: Option<String>,
    /// The work tree against HEAD.
    pub(super) uncommitted: bool,
}

/// What changed in one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) base: Option<String>,
    /// What the base was found by, such as `origin/main`.
    pub(super) base_ref: Option<String>,
    pub(super) head: String,
    pub(super) reason: &'static str,
    /// Old and new paths, in byte order, once each.
    pub(super) files: Vec<String>,
}

/// Where a comparison starts and ends.
pub(super) struct Start {
    /// `None`: there is nothing to compare with.
    pub(super) base: Option<Sha>,
    /// What the base was found by.
    pub(super) base_ref: Option<String>,
    pub(super) head: Sha,
    pub(super) reason: BaseReason,
}

/// Compares. `branch` is the one that stands for the source.
pub(super) async fn changed(
    repository: &Repository,
    between: &Between,
    branch: Option<&str>,
) -> Result<Changed, GitError> {
    if between.uncommitted {
        let (head, set) =
            tokio::try_join!(repository.resolve("HEAD"), repository.uncommitted_files())?;
        return Ok(Changed {
            base: Some(head.to_string()),
            base_ref: Some("HEAD".to_owned()),
            head: "uncommitted".to_owned(),
            reason: "uncommitted",
            files: paths(&set),
        });
    }
    let start = start(repository, between, branch).await?;
    let files = match &start.base {
        Some(base) => paths(&repository.changed_files(base, &start.head).await?),
        None => repository.files(&start.head).await?,
    };
    Ok(Changed {
        base: start.base.as_ref().map(ToString::to_string),
        base_ref: start.base_ref,
        head: start.head.to_string(),
        reason: start.reason.as_str(),
        files,
    })
}

/// Finds where to start: at the common ancestor with what was given, else with the branch that stands for the source, else
/// with the repository's own; without any, everything counts.
pub(super) async fn start(
    repository: &Repository,
    between: &Between,
    branch: Option<&str>,
) -> Result<Start, GitError> {
    let head = between.head.as_deref().unwrap_or("HEAD");
    if let Some(given) = &between.base {
        let remote = format!("origin/{given}");
        for name in [given, &remote] {
            if let Some(fork) = repository.fork(name, head).await? {
                if fork.base.is_none() {
                    // Whoever names a base does not mean everything.
                    return Err(GitError::NoCommonAncestor {
                        one: given.clone(),
                        other: head.to_owned(),
                        repository: repository.dir().to_owned(),
                    });
                }
                return Ok(Start::at(fork, name, BaseReason::Given));
            }
        }
        // One of the two is nothing; a wrong head is told first.
        repository.resolve(head).await?;
        return Err(GitError::UnknownRevision {
            name: format!("{given} (or {remote})"),
            repository: repository.dir().to_owned(),
        });
    }
    // A pattern of branches stands for none of them.
    if let Some(branch) = branch.filter(|branch| !branch.contains('*')) {
        for name in [&format!("origin/{branch}"), branch] {
            if let Some(fork) = repository.fork(name, head).await? {
                return Ok(Start::at(fork, name, BaseReason::MergeBase));
            }
        }
    }
    if let Some(name) = repository.default_branch().await?
        && let Some(fork) = repository.fork(&name, head).await?
    {
        return Ok(Start::at(fork, &name, BaseReason::MergeBase));
    }
    Ok(Start {
        base: None,
        base_ref: None,
        head: repository.resolve(head).await?,
        reason: BaseReason::FullScan,
    })
}

impl Start {
    fn at(fork: Fork, name: &str, reason: BaseReason) -> Self {
        let related = fork.base.is_some();
        Self {
            base: fork.base,
            base_ref: related.then(|| name.to_owned()),
            head: fork.head,
            reason: if related {
                reason
            } else {
                BaseReason::FullScan
            },
        }
    }
}
