//! What changed in one repository, commit by commit and hunk by hunk, in the form that existing readers expect.

use std::path::Path;

use serde::Serialize;

use super::ProjectError;
use super::base::{Between, start};
use crate::git::{Git, Repository};
use crate::impact::extract::{FileStatus, context, parse_unified_diff};

/// Lines around a change.
const AROUND: u32 = 5;

/// What `jolli impact extract --json` prints. The empty texts are places for whoever summarises it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extract {
    /// The branch; `HEAD` where none is checked out.
    pub branch: String,
    /// The commit compared with.
    pub base: String,
    /// Newest first.
    pub commits: Vec<ExtractCommit>,
    /// Empty.
    pub summary: String,
    /// Empty.
    pub query_text: String,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExtractCommit {
    /// In full; `(uncommitted)` for the work tree.
    pub sha: String,
    /// Its first line.
    pub message: String,
    /// Who wrote it.
    pub author: String,
    /// Empty.
    pub summary: String,
    /// What it changed.
    pub hunks: Vec<ExtractHunk>,
}

/// One hunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtractHunk {
    /// The file.
    pub file: String,
    /// What became of it.
    pub status: FileStatus,
    /// The definition that the hunk is in, where one is recognised.
    pub context: String,
    /// Its lines.
    pub diff: String,
    /// Empty.
    pub query_text: String,
}

/// Takes apart what the repository around `folder` changed since `base`, else since its branch left the default branch; or
/// what is not committed yet.
pub async fn extract(
    git: &Git,
    folder: &Path,
    base: Option<String>,
    uncommitted: bool,
) -> Result<Extract, ProjectError> {
    let repository = Repository::discover(git, folder).await?;
    let branch = repository.current_branch().await?;
    let branch = branch.unwrap_or_else(|| "HEAD".to_owned());
    if uncommitted {
        let hunks = hunks(&repository.uncommitted_patch(AROUND, &[]).await?);
        let commit = ExtractCommit {
            sha: "(uncommitted)".to_owned(),
            message: "Uncommitted changes".to_owned(),
            author: String::new(),
            summary: String::new(),
            hunks,
        };
        let commits = (!commit.hunks.is_empty()).then_some(commit);
        return Ok(of(branch, "HEAD".to_owned(), commits.into_iter().collect()));
    }
    let between = Between {
        base,
        ..Between::default()
    };
    let start = start(&repository, &between, None).await?;
    let base = start.base;
    let commits = repository
        .patches(base.as_ref(), &start.head, AROUND)
        .await?;
    let commits = commits.into_iter().map(|(commit, patch)| ExtractCommit {
        sha: commit.sha.to_string(),
        message: commit.subject,
        author: commit.author,
        summary: String::new(),
        hunks: hunks(&patch),
    });
    let base = base.map_or_else(|| "(none)".to_owned(), |base| base.to_string());
    Ok(of(branch, base, commits.collect()))
}

fn of(branch: String, base: String, commits: Vec<ExtractCommit>) -> Extract {
    Extract {
        branch,
        base,
        commits,
        summary: String::new(),
        query_text: String::new(),
    }
}

fn hunks(patch: &str) -> Vec<ExtractHunk> {
    let hunks = parse_unified_diff(patch).into_iter();
    hunks
        .map(|hunk| ExtractHunk {
            context: context(hunk.lines.iter().map(String::as_str)),
            diff: hunk.lines.join("\n"),
            file: hunk.file,
            status: hunk.status,
            query_text: String::new(),
        })
        .collect()
}
