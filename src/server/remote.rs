//! Looking at remotes: whether an integration lets us in, and which head a source starts from.

use std::sync::Arc;

use super::app::App;
use crate::api::{IntegrationStatus, OrgId, SourceId};
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::event::Actor;
use crate::domain::row::{IntegrationRow, SourceRow};
use crate::domain::source::ObserveHead;
use crate::engine::Command;
use crate::git::{GitError, RemoteHeads, RemoteUrl};

async fn heads(app: &App, repo: &str) -> Result<RemoteHeads, GitError> {
    let coordinate =
        RepoCoordinate::parse(repo).map_or_else(|_| repo.to_owned(), |c| c.clone_url());
    let url = RemoteUrl::parse(&coordinate, &app.git)?;
    app.git.ls_remote(&url).await
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

/// Notes the head of a source that was just linked as its baseline: linking alone is no movement (sources.md §8: lost
/// webhooks). Goes on beside the answer; a remote that cannot be reached leaves the head unknown until the first push.
pub fn note_baseline(
    app: &Arc<App>,
    org: OrgId,
    id: SourceId,
    repo: Option<String>,
    branch: Option<String>,
) {
    let Some(repo) = repo else { return };
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let heads = match heads(&app, &repo).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::info!(%error, repo, "the head of a linked source is not known yet");
                return;
            }
        };
        let Some(sha) = branch
            .or(heads.default_branch)
            .and_then(|branch| heads.heads.get(&branch).cloned())
        else {
            return;
        };
        let decider = ObserveHead {
            id,
            sha: sha.to_string(),
            baseline: true,
        };
        if let Err(error) = app
            .engine
            .dispatch(org, Command::by(Actor::system()), decider)
            .await
        {
            tracing::warn!(%error, "the head of a linked source could not be noted");
        }
    });
}
