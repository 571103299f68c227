//! The one routine that says what changed in a source, and since when (sources.md §6): for jobs, catch-ups, manual runs.

use std::collections::BTreeSet;

use super::change::{Change, ChangeStatus, EntryKind};
use super::error::GitError;
use super::mirror::Mirror;
use super::repository::Repository;
use super::sha::Sha;
use crate::domain::kind::BaseReason;

/// A commit to compare with, and what speaks for it. The caller lists them in order: `given`, the event's `before`, the
/// cursor, the head of the default branch (unless that is the branch itself: nothing would ever have changed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseCandidate {
    pub reason: BaseReason,
    pub commit: Sha,
}

/// What changed up to a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    pub head: Sha,
    /// Where the comparison starts: the common ancestor of the chosen candidate and the head. `None` in a full scan.
    pub base: Option<Sha>,
    pub reason: BaseReason,
    /// Candidates that could not be used: gone from the remote, or of an unrelated history.
    pub passed_over: Vec<BaseCandidate>,
    pub changes: Vec<Change>,
}

impl ChangeSet {
    /// Every path that rules are matched against: old and new, in byte order, once each.
    pub fn files(&self) -> Vec<String> {
        paths(&self.changes)
    }
}

/// The paths of changes: old and new, in byte order, once each.
pub fn paths(changes: &[Change]) -> Vec<String> {
    let paths = changes.iter().flat_map(|c| [&c.old_path, &c.new_path]);
    let distinct: BTreeSet<&String> = paths.flatten().collect();
    distinct.into_iter().cloned().collect()
}

impl Repository {
    /// Compares the first usable candidate with the head, three-dot; with none usable, every file counts as changed.
    pub async fn change_set(
        &self,
        head: &Sha,
        candidates: &[BaseCandidate],
    ) -> Result<ChangeSet, GitError> {
        let mut passed_over = Vec::new();
        for candidate in candidates {
            if let Some(base) = self.usable(candidate, head).await? {
                return Ok(ChangeSet {
                    changes: self.changed_files(&base, head).await?,
                    head: head.clone(),
                    base: Some(base),
                    reason: candidate.reason,
                    passed_over,
                });
            }
            passed_over.push(candidate.clone());
        }
        let added = |path: String| Change {
            status: ChangeStatus::Added,
            old_path: None,
            new_path: Some(path),
            kind: EntryKind::File,
        };
        Ok(ChangeSet {
            changes: self.files(head).await?.into_iter().map(added).collect(),
            head: head.clone(),
            base: None,
            reason: BaseReason::FullScan,
            passed_over,
        })
    }

    /// The common ancestor, where the candidate is here and has one.
    async fn usable(&self, candidate: &BaseCandidate, head: &Sha) -> Result<Option<Sha>, GitError> {
        if candidate.commit.is_null() || !self.object_exists(&candidate.commit).await? {
            return Ok(None);
        }
        self.merge_base(&candidate.commit, head).await
    }
}

impl Mirror {
    /// As [`Repository::change_set`], fetching the head and as many candidates as it takes.
    pub async fn change_set(
        &self,
        head: &Sha,
        candidates: &[BaseCandidate],
    ) -> Result<ChangeSet, GitError> {
        self.fetch(head).await?;
        for candidate in candidates {
            if candidate.commit.is_null() || !self.try_fetch(&candidate.commit).await? {
                continue;
            }
            let related = self
                .repository()
                .merge_base(&candidate.commit, head)
                .await?;
            if related.is_some() {
                break;
            }
        }
        self.repository().change_set(head, candidates).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Remote, mirror};
    use super::*;

    fn candidate(reason: BaseReason, commit: &Sha) -> BaseCandidate {
        let commit = commit.clone();
        BaseCandidate { reason, commit }
    }

    #[tokio::test]
    async fn the_first_reachable_candidate_is_the_base_and_the_others_are_told() {
        let remote = Remote::new();
        let root = remote.commit(&[("a", "1")]);
        let head = remote.commit(&[("b", "1")]);
        let gone = Sha::parse(&"ab".repeat(20)).unwrap();
        let null = Sha::parse(&"0".repeat(40)).unwrap();
        let home = tempfile::tempdir().unwrap();
        let mirror = mirror(&remote, home.path()).await;
        let candidates = [
            candidate(BaseReason::EventBefore, &null),
            candidate(BaseReason::Cursor, &gone),
            candidate(BaseReason::MergeBase, &root),
        ];
        let set = mirror.change_set(&head, &candidates).await.unwrap();
        assert_eq!(
            (set.base.as_ref(), set.reason),
            (Some(&root), BaseReason::MergeBase)
        );
        assert_eq!(set.passed_over, candidates[..2]);
        assert_eq!(set.files(), ["b"]);
    }

    #[tokio::test]
    async fn after_a_force_push_only_what_the_new_history_changed_counts() {
        let remote = Remote::new();
        let root = remote.commit(&[("a", "1")]);
        let before = remote.commit(&[("dropped", "1")]);
        remote.git(&["branch", "keep"]);
        remote.git(&["reset", "-q", "--hard", root.as_str()]);
        let head = remote.commit(&[("kept", "1")]);
        let home = tempfile::tempdir().unwrap();
        let mirror = mirror(&remote, home.path()).await;
        let candidates = [candidate(BaseReason::EventBefore, &before)];
        let set = mirror.change_set(&head, &candidates).await.unwrap();
        assert_eq!(
            (set.base, set.reason),
            (Some(root), BaseReason::EventBefore)
        );
        assert_eq!(set.changes.len(), 1);
    }

    #[tokio::test]
    async fn with_no_usable_candidate_everything_counts_as_changed() {
        let remote = Remote::new();
        remote.commit(&[("a", "1")]);
        let head = remote.commit(&[("dir/b", "1")]);
        let home = tempfile::tempdir().unwrap();
        let mirror = mirror(&remote, home.path()).await;
        let set = mirror.change_set(&head, &[]).await.unwrap();
        assert_eq!(
            (set.base.as_ref(), set.reason),
            (None, BaseReason::FullScan)
        );
        assert_eq!(set.files(), ["a", "dir/b"]);
    }
}
