//! What a manual run compares in one work tree, and with what (sources.md §6: base).

use crate::domain::kind::BaseReason;
use crate::git::{BaseCandidate, GitError, Repository};

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

/// Compares. `branch` is the one that stands for the source.
pub(super) async fn changed(
    repository: &Repository,
    between: &Between,
    branch: Option<&str>,
) -> Result<Changed, GitError> {
    if between.uncommitted {
        let (head, set) =
            tokio::try_join!(repository.resolve("HEAD"), repository.uncommitted_files())?;
        let paths = set.iter().flat_map(|c| [&c.old_path, &c.new_path]);
        let mut files: Vec<String> = paths.flatten().cloned().collect();
        files.sort_unstable();
        files.dedup();
        return Ok(Changed {
            base: Some(head.to_string()),
            base_ref: Some("HEAD".to_owned()),
            head: "uncommitted".to_owned(),
            reason: "uncommitted",
            files,
        });
    }
    let name = between.head.as_deref().unwrap_or("HEAD");
    let (head, candidate) = tokio::try_join!(
        repository.resolve(name),
        candidate(repository, between, branch)
    )?;
    let (base_ref, candidates) = match candidate {
        Some((name, candidate)) => (Some(name), vec![candidate]),
        None => (None, Vec::new()),
    };
    let set = repository.change_set(&head, &candidates).await?;
    if let (Some(given), None) = (&between.base, &set.base) {
        // Whoever names a base does not mean everything.
        return Err(GitError::NoCommonAncestor {
            one: given.clone(),
            other: name.to_owned(),
            repository: repository.dir().to_owned(),
        });
    }
    Ok(Changed {
        base: set.base.as_ref().map(ToString::to_string),
        base_ref: base_ref.filter(|_| set.base.is_some()),
        head: set.head.to_string(),
        reason: set.reason.as_str(),
        files: set.files(),
    })
}

/// What to compare with, and by what name: what was given, else the branch that stands for the source, else the
/// repository's own.
pub(super) async fn candidate(
    repository: &Repository,
    between: &Between,
    branch: Option<&str>,
) -> Result<Option<(String, BaseCandidate)>, GitError> {
    let of = |name: &str, reason, commit| Some((name.to_owned(), BaseCandidate { reason, commit }));
    if let Some(given) = &between.base {
        if let Some(commit) = repository.try_resolve(given).await? {
            return Ok(of(given, BaseReason::Given, commit));
        }
        let remote = format!("origin/{given}");
        return match repository.try_resolve(&remote).await? {
            Some(commit) => Ok(of(&remote, BaseReason::Given, commit)),
            None => Err(GitError::UnknownRevision {
                name: format!("{given} (or {remote})"),
                repository: repository.dir().to_owned(),
            }),
        };
    }
    // A pattern of branches stands for none of them.
    if let Some(branch) = branch.filter(|branch| !branch.contains('*')) {
        for name in [format!("origin/{branch}"), branch.to_owned()] {
            if let Some(commit) = repository.try_resolve(&name).await? {
                return Ok(of(&name, BaseReason::MergeBase, commit));
            }
        }
    }
    let Some(default) = repository.default_branch().await? else {
        return Ok(None);
    };
    let commit = repository.resolve(&default).await?;
    Ok(of(&default, BaseReason::MergeBase, commit))
}
