//! Looking at remotes: whether an integration lets us in, and where the branch of a source is.

use std::time::Duration;

use super::app::App;
use super::secrets::{self, NoSecret};
use crate::api::{IntegrationId, IntegrationStatus, OrgId};
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::kind::TroubleKind;
use crate::domain::row::{IntegrationRow, SourceRow};
use crate::domain::source::{Found, moved_to};
use crate::git::{GitError, RemoteHeads, RemoteUrl};
use crate::store::StoreError;

/// How long a remote may take to tell its branches.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a remote tells nothing.
#[derive(Debug)]
pub enum Unseen {
    /// What it is asked with cannot be had.
    Secret(String),
    /// What git says.
    Git(GitError),
}

impl Unseen {
    fn needs_access(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::Git(error) => error.needs_access(),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Secret(reason) => {
                format!("the clone credential cannot be used: {reason}. Set it anew.")
            }
            Self::Git(error) => format!("{error}. {}", error.remedy()),
        }
    }
}

/// The branches of a remote, as the credential of its integration shows them.
pub async fn heads(
    app: &App,
    org: OrgId,
    repo: &str,
    own: Option<IntegrationId>,
) -> Result<Result<RemoteHeads, Unseen>, StoreError> {
    let Ok(coordinate) = RepoCoordinate::parse(repo) else {
        let url = repo.to_owned();
        return Ok(Err(Unseen::Git(GitError::InvalidUrl { url })));
    };
    let credential = match secrets::of_repo(app, org, &coordinate, own).await {
        Ok(found) => found,
        Err(NoSecret::Sealed(reason)) => return Ok(Err(Unseen::Secret(reason))),
        Err(NoSecret::Store(error)) => return Err(error),
    };
    let ask = async {
        let git = secrets::with_credential(&app.git, credential.as_ref())?;
        let url = RemoteUrl::parse(&coordinate.clone_url(), &git)?;
        git.timeout(PATIENCE).ls_remote(&url).await
    };
    Ok(ask.await.map_err(Unseen::Git))
}

/// The health of an integration, as its first repository answers now: its own, or that of a source linked to it. An
/// integration that was removed at its provider stays removed; that a repository is public proves nothing.
pub async fn check(
    app: &App,
    integration: &IntegrationRow,
    linked: &[SourceRow],
) -> Result<(IntegrationStatus, Option<String>), StoreError> {
    let repo = integration
        .repo
        .as_deref()
        .or_else(|| linked.iter().find_map(|s| s.repo.as_deref()));
    let (Some(repo), false) = (repo, integration.status == IntegrationStatus::Removed) else {
        return Ok((integration.status, integration.status_detail.clone()));
    };
    let asked = heads(app, integration.org_id, repo, Some(integration.id)).await?;
    Ok(match asked {
        Ok(_) => (IntegrationStatus::Active, None),
        Err(error) if error.needs_access() => (IntegrationStatus::NeedsAccess, Some(error.words())),
        Err(error) => (IntegrationStatus::Error, Some(error.words())),
    })
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
pub fn trouble(error: &Unseen) -> (TroubleKind, String) {
    let kind = match error {
        Unseen::Git(GitError::Throttled { .. }) => TroubleKind::Throttled,
        error if error.needs_access() => TroubleKind::NoAccess,
        _ => TroubleKind::Unreachable,
    };
    (kind, error.words())
}
