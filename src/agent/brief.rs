//! What an agent is shown of the change that touches its document: the files that the document's rules name, with their
//! patches, and the commits that they came with.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::Why;
use crate::git::{GitError, LFS_POINTER, Repository, Sha};
use crate::impact::extract::{
    FileChange, FileKind, FileStatus, Hunk, changed_files, parse_unified_diff,
};

/// Lines around a change.
const AROUND: u32 = 5;
/// Files of one source that are shown with their patches.
const SHOWN_FILES: usize = 200;
/// Files of one source that are named, and matches; that there are more is told.
const NAMED_FILES: usize = 1_000;
/// Commits of one source, the newest ones.
const SHOWN_COMMITS: usize = 200;
/// Bytes of patches that are shown; the files beyond are named, and can be read in the work tree.
const SHOWN_BYTES: usize = 512 << 10;

/// The report that an agent gets.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Brief<'a> {
    /// The document.
    pub article: Article<'a>,
    /// The files that changed.
    pub changes: Vec<Change>,
    /// There are more of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub files_omitted: bool,
    /// What they came with.
    pub commits: Vec<CommitLine>,
    /// Why the document is looked at.
    pub evidence: &'a [Why],
    /// Where the code lies.
    pub sources: Vec<SourceLine>,
    /// What an operator wants of the document besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<Instruction<'a>>,
    /// What the agent is to keep to.
    rules: &'static str,
}

/// What an operator wrote in the thread of an earlier run.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Instruction<'a> {
    /// What it says.
    pub text: &'a str,
    /// What was said in the thread before.
    pub before: &'a str,
}

/// Code before and after a change.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// The source's name.
    pub source: &'a str,
    /// Its repository.
    pub repository: &'a Repository,
    /// Where its files can be read. An agent on another machine finds `null` here.
    pub work_tree: &'a Path,
    /// The commit before; none: all of it is new.
    pub base: Option<&'a str>,
    /// The commit after; anything else than a commit: the work tree as it is.
    pub head: Option<&'a str>,
}

/// The document.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Article<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its id.
    pub jrn: &'a str,
}

/// A file that changed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The source that it is of.
    pub source: String,
    /// Its path there.
    pub path: String,
    /// What became of it; none where that is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<FileStatus>,
    /// What changed, where that is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<FileKind>,
    /// Its hunks; empty for what has none, such as a binary.
    pub diff: String,
    /// What changed in it is not shown: it is too much.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub diff_omitted: bool,
}

/// A commit that a changed file came with.
#[derive(Clone, Debug, Serialize)]
pub struct CommitLine {
    /// The source that it is of.
    pub source: String,
    /// Its id.
    pub sha: String,
    /// Its first line.
    pub message: String,
}

/// Where the code lies.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceLine {
    /// Its name.
    pub name: String,
    /// Where its files can be read.
    pub work_tree: String,
    /// The commit before the change.
    pub base: Option<String>,
    /// The commit after it.
    pub head: Option<String>,
}

/// What an agent of one document is to keep to, in words.
pub const RULES: &str = "Edit the document at `article.path` below the current folder, and nothing else. Change what the code change makes untrue, keep structure and style, keep the `jrn` and `attention` of its frontmatter. When unsure, leave it as it is.";

impl<'a> Brief<'a> {
    /// One that shows nothing yet.
    pub const fn empty() -> Self {
        Self {
            article: Article { path: "", jrn: "" },
            changes: Vec::new(),
            files_omitted: false,
            commits: Vec::new(),
            evidence: &[],
            sources: Vec::new(),
            instruction: None,
            rules: RULES,
        }
    }

    /// The same, for one document.
    #[must_use]
    pub fn about(mut self, path: &'a str, jrn: &'a str, evidence: &'a [Why]) -> Self {
        self.article = Article { path, jrn };
        self.evidence = &evidence[..evidence.len().min(NAMED_FILES)];
        self.files_omitted |= evidence.len() > NAMED_FILES;
        self
    }

    /// As the agent reads it.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("texts and numbers are plain data")
    }

    /// Adds what one source has to say of these files.
    pub async fn show(&mut self, code: Compared<'_>, files: &[&str]) -> Result<(), GitError> {
        let commit = |sha: Option<&str>| sha.and_then(|sha| Sha::parse(sha).ok());
        let asked = &files[..files.len().min(SHOWN_FILES)];
        // More than git is let print is more than an agent reads.
        let shown = |read: Result<String, GitError>| match read {
            Ok(patch) => Ok(Some(patch)),
            Err(GitError::OutputTooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        let patch = match (commit(code.base), commit(code.head)) {
            (Some(base), Some(head)) => {
                let commits = code.repository.commits(&base, &head, SHOWN_COMMITS, asked);
                match commits.await {
                    Ok(commits) => self.commits.extend(commits.into_iter().map(|c| CommitLine {
                        source: code.source.to_owned(),
                        sha: c.sha.to_string(),
                        message: c.subject,
                    })),
                    Err(GitError::OutputTooLarge { .. }) => {}
                    Err(error) => return Err(error),
                }
                shown(code.repository.patch(&base, &head, AROUND, asked).await)?
            }
            (Some(_), None) => shown(code.repository.uncommitted_patch(AROUND, asked).await)?,
            // A full scan: all is new.
            (None, Some(head)) => {
                let nothing = head.empty_tree();
                shown(code.repository.patch(&nothing, &head, AROUND, asked).await)?
            }
            (None, None) => None,
        };
        let patch = patch.as_deref().unwrap_or_default();
        let (known, hunks) = (changed_files(patch), parse_unified_diff(patch));
        let mut room = SHOWN_BYTES.saturating_sub(self.changes.iter().map(|c| c.diff.len()).sum());
        for file in files.iter().take(NAMED_FILES) {
            let mut change = change(code.source, file, known.get(*file), &hunks);
            if change.diff.len() > room {
                change.diff.clear();
                change.diff_omitted = true;
            }
            room -= change.diff.len();
            self.changes.push(change);
        }
        self.files_omitted |= files.len() > NAMED_FILES;
        self.sources.push(SourceLine {
            name: code.source.to_owned(),
            work_tree: code.work_tree.display().to_string(),
            base: code.base.map(str::to_owned),
            head: code.head.map(str::to_owned),
        });
        Ok(())
    }
}

/// The report for an agent on another machine: the code is not there, and where it lies here is nobody's business there.
pub(super) fn without_work_trees(report: &[u8]) -> Vec<u8> {
    let mut read: Value = serde_json::from_slice(report).unwrap_or_default();
    let sources = read.get_mut("sources").and_then(Value::as_array_mut);
    let work_trees = sources.into_iter().flatten();
    let work_trees: Vec<_> = work_trees.filter_map(|it| it.get_mut("workTree")).collect();
    if work_trees.is_empty() {
        return report.to_vec();
    }
    for work_tree in work_trees {
        *work_tree = Value::Null;
    }
    serde_json::to_vec_pretty(&read).expect("what was JSON is JSON")
}

/// What a patch shows of a file; `known`: what it says of it besides its hunks, where the file is in it at all.
fn change(source: &str, file: &str, known: Option<&FileChange>, hunks: &[Hunk]) -> Change {
    let mine = || {
        let hunks = if known.is_some() { hunks } else { &[] };
        hunks.iter().filter(|hunk| hunk.file == file)
    };
    let is_pointer = |hunk: &Hunk| {
        let is_first = |line: &String| line.get(1..) == Some(LFS_POINTER);
        hunk.new_start <= 1 && hunk.lines.iter().any(is_first)
    };
    let text = |hunk: &Hunk| {
        format!(
            "@@ -{},{} +{},{} @@\n{}\n",
            hunk.old_start,
            hunk.old_count,
            hunk.new_start,
            hunk.new_count,
            hunk.lines.join("\n")
        )
    };
    Change {
        source: source.to_owned(),
        path: file.to_owned(),
        status: known.map(|known| known.status),
        kind: known
            .and_then(|known| known.kind)
            .or_else(|| mine().any(is_pointer).then_some(FileKind::Lfs)),
        diff: mine().map(text).collect(),
        diff_omitted: known.is_none(),
    }
}
