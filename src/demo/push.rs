//! `jolli demo push`: one more commit, as a developer makes it, and the webhook that follows.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use super::error::DemoError;
use super::place::Place;
use super::repository::{Commit, Repository, ZEROS};
use super::webhook::{PushEvent, Webhook};
use super::world::{integrations, source};
use crate::api::{IntegrationId, Source};
use crate::base::{Clock as _, SystemClock};
use crate::client::{AccessToken, Client, Query};

/// The source that is pushed to when none is named.
pub const DEFAULT_SOURCE: &str = "frontend";

/// What came of a push.
#[derive(Clone, Debug)]
pub struct PushOutcome {
    /// The source.
    pub source: String,
    /// `host/owner/repo`.
    pub repo: String,
    /// The branch.
    pub branch: String,
    /// The head before.
    pub before: String,
    /// The head after.
    pub after: String,
    /// The integration that the webhook went to.
    pub integration: IntegrationId,
    /// The webhook's id.
    pub delivery: String,
    /// What the server answered.
    pub answer: Value,
}

/// Makes a commit in a clone of a source's repository, pushes it with git, and delivers the signed webhook to the server
/// that runs on the demo's directory.
pub async fn push(dir: &Path, name: Option<&str>) -> Result<PushOutcome, DemoError> {
    let place = Place::at(dir);
    let (Some(keys), Some(running)) = (place.keys()?, place.running()?) else {
        return Err(DemoError::NotRunning(dir.to_owned()));
    };
    let name = name.unwrap_or(DEFAULT_SOURCE);
    let spec = source(name).ok_or_else(|| DemoError::NoSource(name.to_owned()))?;
    let client = Client::remote(&running.address, Some(AccessToken::new(&keys.bo)))?;
    let sources = client.sources(&Query::new().filter("name", name)).await?;
    let found: Option<&Source> = sources.items.iter().find(|s| s.name == name);
    // As linked by now; a virtual source's provider sends to the integration of its host all the same.
    let integration = found
        .and_then(|s| s.integration_id)
        .unwrap_or_else(|| spec.endpoint());
    let secret = keys.webhook_secrets.get(&integration).ok_or_else(|| {
        DemoError::NoSource(format!(
            "{name} (integration {integration} is not the demo's)"
        ))
    })?;
    let provider = usize::try_from(integration.0 - 1)
        .ok()
        .and_then(|n| integrations().get(n))
        .map(|spec| spec.provider)
        .ok_or_else(|| DemoError::NoSource(name.to_owned()))?;

    let repository = Repository::open(&place, spec.repo)?;
    let before = repository.head(spec.branch)?;
    let commit = commit(&place, spec.repo, spec.branch, before.is_some()).await?;
    let after = repository
        .head(spec.branch)?
        .unwrap_or_else(|| ZEROS.to_owned());
    let before = before.unwrap_or_else(|| ZEROS.to_owned());
    let delivery = uuid::Uuid::new_v4().to_string();
    let event = PushEvent {
        repo: spec.repo,
        branch: spec.branch,
        before: &before,
        after: &after,
        forced: false,
        commits: &[commit],
        pusher: "you",
    };
    let reply = Webhook::push(provider, secret, &delivery, &event)
        .send(&client, integration)
        .await?;
    Ok(PushOutcome {
        source: name.to_owned(),
        repo: spec.repo.to_owned(),
        branch: spec.branch.to_owned(),
        before,
        after,
        integration,
        delivery,
        answer: reply.body,
    })
}

/// A commit in a clone, pushed.
async fn commit(
    place: &Place,
    repo: &str,
    branch: &str,
    exists: bool,
) -> Result<Commit, DemoError> {
    let clone = place.clones().join(repo.replace(['/', ':'], "-"));
    let url = format!("https://{repo}.git");
    let here = clone.to_string_lossy().into_owned();
    if clone.join(".git").exists() {
        if exists {
            git(place, &clone, &["fetch", "--quiet", "origin", branch]).await?;
            git(
                place,
                &clone,
                &["checkout", "--quiet", "-B", branch, "FETCH_HEAD"],
            )
            .await?;
        }
    } else {
        let parent = place.clones();
        std::fs::create_dir_all(&parent).map_err(DemoError::io(&parent))?;
        git(place, &parent, &["clone", "--quiet", &url, &here]).await?;
        let start: &[&str] = if exists {
            &["checkout", "--quiet", branch]
        } else {
            &["checkout", "--quiet", "-B", branch]
        };
        git(place, &clone, start).await?;
    }
    let now = SystemClock.now();
    let count = git(place, &clone, &["rev-list", "--count", "--all"]).await?;
    let number: u64 = count.trim().parse().unwrap_or(0);
    let path = "src/api/demo.ts";
    let text = format!("export const change = {number};\n");
    let file = clone.join(path);
    file.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&file, &text))
        .map_err(DemoError::io(file))?;
    let message = format!("Demo change {number}");
    git(place, &clone, &["add", path]).await?;
    git(place, &clone, &["commit", "--quiet", "--message", &message]).await?;
    git(place, &clone, &["push", "--quiet", "origin", branch]).await?;
    Ok(Commit::new(now, message).write(path, text))
}

async fn git(place: &Place, dir: &Path, args: &[&str]) -> Result<String, DemoError> {
    let failed = |detail: String| DemoError::Git {
        what: args.first().copied().unwrap_or_default().to_owned(),
        detail,
    };
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", place.git_config())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ))
    }
}
