//! What an agent is shown of the change that touches its document: the files that the document's rules name, with their
//! patches, and the commits that they came with.

use serde::Serialize;

use super::report::Why;
use crate::git::{GitError, Repository, Sha};
use crate::impact::extract::{FileStatus, Hunk, parse_unified_diff};
use crate::impact::report::ReportSource;

/// Lines around a change.
const AROUND: u32 = 5;
/// Files of one source that are shown with their patches; those beyond are named in the evidence.
const SHOWN_FILES: usize = 200;
/// Bytes of patches that are shown; the files beyond are named, and can be read in the work tree.
const SHOWN_BYTES: usize = 512 << 10;

/// The report that an agent gets.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Context<'a> {
    pub(super) article: Article<'a>,
    pub(super) changes: Vec<Change>,
    pub(super) commits: Vec<CommitLine>,
    pub(super) evidence: &'a [Why],
    pub(super) sources: Vec<SourceLine>,
    /// What the agent is to keep to.
    pub(super) rules: &'static str,
}

/// The document.
#[derive(Debug, Serialize)]
pub(super) struct Article<'a> {
    pub(super) path: &'a str,
    pub(super) jrn: &'a str,
}

/// A file that changed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    pub(super) source: String,
    pub(super) path: String,
    pub(super) status: FileStatus,
    /// Its hunks; empty for what has none, such as a binary.
    pub(super) diff: String,
    /// The hunks are left out, because there are too many.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) diff_omitted: bool,
}

/// A commit that a changed file came with.
#[derive(Debug, Serialize)]
pub(super) struct CommitLine {
    pub(super) source: String,
    pub(super) sha: String,
    pub(super) message: String,
}

/// Where the code lies.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SourceLine {
    pub(super) name: String,
    pub(super) work_tree: String,
    pub(super) base: Option<String>,
    pub(super) head: Option<String>,
}

pub(super) const RULES: &str = "Edit the document at `article.path` below the current folder, and nothing else. Change what the code change makes untrue, keep structure and style, keep the `jrn` and `attention` of its frontmatter. When unsure, leave it as it is.";

/// Gathers what one source has to say of these files.
pub(super) async fn gather(
    source: &ReportSource,
    repository: &Repository,
    files: &[&str],
    context: &mut Context<'_>,
) -> Result<(), GitError> {
    let commit = |sha: &Option<String>| sha.as_deref().and_then(|sha| Sha::parse(sha).ok());
    let asked = &files[..files.len().min(SHOWN_FILES)];
    let patch = match (commit(&source.base), commit(&source.head)) {
        (Some(base), Some(head)) => {
            let commits = repository.commits(&base, &head, asked).await?;
            context
                .commits
                .extend(commits.into_iter().map(|c| CommitLine {
                    source: source.name.clone(),
                    sha: c.sha.to_string(),
                    message: c.subject,
                }));
            repository.patch(&base, &head, AROUND, asked).await?
        }
        (Some(_), None) => repository.uncommitted_patch(AROUND, asked).await?,
        // A full scan: all is new, and nothing differs from anything.
        (None, _) => String::new(),
    };
    let hunks = parse_unified_diff(&patch);
    for (n, file) in files.iter().enumerate() {
        let change = change(source, file, &hunks);
        let shown: usize = context.changes.iter().map(|change| change.diff.len()).sum();
        let too_much = n >= SHOWN_FILES || shown + change.diff.len() > SHOWN_BYTES;
        context.changes.push(if too_much {
            Change {
                diff: String::new(),
                diff_omitted: true,
                ..change
            }
        } else {
            change
        });
    }
    context.sources.push(SourceLine {
        name: source.name.clone(),
        work_tree: repository.dir().display().to_string(),
        base: source.base.clone(),
        head: source.head.clone(),
    });
    Ok(())
}

fn change(source: &ReportSource, file: &str, hunks: &[Hunk]) -> Change {
    let mine = || hunks.iter().filter(|hunk| hunk.file == file);
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
        source: source.name.clone(),
        path: file.to_owned(),
        status: mine()
            .next()
            .map_or(FileStatus::Modified, |hunk| hunk.status),
        diff: mine().map(text).collect(),
        diff_omitted: false,
    }
}
