//! Looking at remotes: whether an integration lets us in, and where the branch of a source is.

use std::time::Duration;

use super::app::App;
use crate::api::IntegrationStatus;
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::kind::TroubleKind;
use crate::domain::row::{IntegrationRow, SourceRow};
use crate::domain::source::{Found, moved_to};
use crate::git::{GitError, RemoteHeads, RemoteUrl};

/// How long a remote may take to tell its branches.
const PATIENCE: Duration = Duration::from_secs(30);

/// The branches of a remote.
pub async fn heads(app: &App, repo: &str) -> Result<RemoteHeads, GitError> {
    let coordinate =
        RepoCoordinate::parse(repo).map_or_else(|_| repo.to_owned(), |c| c.clone_url());
    let url = RemoteUrl::parse(&coordinate, &app.git)?;
    app.git.clone().timeout(PATIENCE).ls_remote(&url).await
}

/// The health of an integration, as its first repository answers now: its own, or that of a source linked to it. An
/// integration that was removed at its provider stays removed; that a repository is public proves nothing.
pub async fn check(
    app: &App,
    integration: &IntegrationRow,
    linked: &[SourceRow],
) -> (IntegrationStatus, Option<String>) {
    let repo = integration
        .repo
        .as_deref()
        .or_else(|| linked.iter().find_map(|s| s.repo.as_deref()));
    let (Some(repo), false) = (repo, integration.status == IntegrationStatus::Removed) else {
        return (integration.status, integration.status_detail.clone());
    };
    match heads(app, repo).await {
        Ok(_) => (IntegrationStatus::Active, None),
        Err(error) if error.needs_access() => (
            IntegrationStatus::NeedsAccess,
            Some(format!("{error}. {}", error.remedy())),
        ),
        Err(error) => (
            IntegrationStatus::Error,
            Some(format!("{error}. {}", error.remedy())),
        ),
    }
}

/// What the branch of a source is like, as its remote tells.
pub fn found(repo: &str, branch: Option<&str>, heads: &RemoteHeads) -> Found {
    let named = branch.or(heads.default_branch.as_deref());
    let head = named.and_then(|branch| heads.heads.get(branch));
    let moved = heads
        .moved_to
        .as_deref()
        .and_then(|address| moved_to(repo, address));
    let trouble = match (head, named, moved) {
        (_, _, Some(place)) => Some((TroubleKind::Moved, place)),
        // Nobody has pushed to it yet.
        (None, _, None) if heads.heads.is_empty() => None,
        (None, Some(branch), None) => Some((
            TroubleKind::BranchGone,
            format!(
                "{repo} has {} branches, and {branch} is none of them",
                heads.heads.len()
            ),
        )),
        (None, None, None) => Some((
            TroubleKind::BranchGone,
            format!("{repo} has no default branch"),
        )),
        (Some(_), _, None) => None,
    };
    Found {
        head: head.map(ToString::to_string),
        trouble,
    }
}

/// What kept a look from telling anything.
pub fn trouble(error: &GitError) -> (TroubleKind, String) {
    let kind = match error {
        GitError::Throttled { .. } => TroubleKind::Throttled,
        error if error.needs_access() => TroubleKind::NoAccess,
        _ => TroubleKind::Unreachable,
    };
    (kind, format!("{error}. {}", error.remedy()))
}
