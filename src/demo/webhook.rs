//! Webhooks as the providers send them: their payloads, their headers, their proof. Signed here with the secret of the
//! integration, exactly as GitHub, Gitea and GitLab do; the server does not know that it is us.

use bytes::Bytes;
use ring::hmac;
use serde_json::{Value, json};

use super::repository::{Commit, ZEROS};
use crate::client::{Client, ClientError, Reply};
use crate::domain::id::IntegrationId;
use crate::domain::kind::Provider;

/// A branch moved.
#[derive(Clone, Debug)]
pub struct PushEvent<'a> {
    /// `host/owner/repo`.
    pub repo: &'a str,
    /// The branch.
    pub branch: &'a str,
    /// The commit before; zeros: it was created.
    pub before: &'a str,
    /// The commit after.
    pub after: &'a str,
    /// History was rewritten.
    pub forced: bool,
    /// The commits that were pushed.
    pub commits: &'a [Commit],
    /// Who pushed.
    pub pusher: &'a str,
}

/// A webhook ready to be sent.
#[derive(Clone, Debug)]
pub struct Webhook {
    provider: Provider,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Webhook {
    /// A push, as `provider` tells of it.
    pub fn push(provider: Provider, secret: &str, delivery: &str, event: &PushEvent<'_>) -> Self {
        let (word, payload) = match provider {
            Provider::GitLab => ("Push Hook", gitlab(event)),
            _ => ("push", github(event)),
        };
        Self::signed(provider, secret, delivery, word, &payload)
    }

    /// The provider tries the connection.
    pub fn ping(provider: Provider, secret: &str, delivery: &str, repo: &str) -> Self {
        let payload = json!({
            "zen": "Keep it logically awesome.",
            "hook_id": 72,
            "repository": repository(repo),
        });
        Self::signed(provider, secret, delivery, "ping", &payload)
    }

    fn signed(
        provider: Provider,
        secret: &str,
        delivery: &str,
        event: &str,
        payload: &Value,
    ) -> Self {
        let body = Bytes::from(payload.to_string());
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if provider == Provider::GitLab {
            headers.push(("x-gitlab-event", event.to_owned()));
            headers.push(("x-gitlab-event-uuid", delivery.to_owned()));
            headers.push(("x-gitlab-token", secret.to_owned()));
        } else {
            headers.push(("x-github-event", event.to_owned()));
            headers.push(("x-github-delivery", delivery.to_owned()));
            headers.push(("x-hub-signature-256", signature(secret, &body)));
        }
        Self {
            provider,
            headers,
            body,
        }
    }

    /// Sends it, to the address of one integration.
    pub async fn send(&self, client: &Client, to: IntegrationId) -> Result<Reply, ClientError> {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        client
            .post_webhook(self.provider, Some(to), &headers, self.body.clone())
            .await
    }
}

/// `sha256=` and the HMAC of the body (GitHub, Gitea).
fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

fn repository(repo: &str) -> Value {
    let path = repo.split_once('/').map_or(repo, |(_, path)| path);
    let name = path.rsplit('/').next().unwrap_or(path);
    json!({
        "name": name,
        "full_name": path,
        "html_url": format!("https://{repo}"),
        "clone_url": format!("https://{repo}.git"),
        "default_branch": "main",
    })
}

fn commits(event: &PushEvent<'_>) -> Vec<Value> {
    event
        .commits
        .iter()
        .map(|commit| {
            json!({
                "message": commit.message(),
                "timestamp": commit.at().to_string(),
                "author": { "name": event.pusher },
                "modified": commit.paths().collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn github(event: &PushEvent<'_>) -> Value {
    json!({
        "ref": format!("refs/heads/{}", event.branch),
        "before": event.before,
        "after": event.after,
        "created": event.before == ZEROS,
        "deleted": event.after == ZEROS,
        "forced": event.forced,
        "repository": repository(event.repo),
        "pusher": { "name": event.pusher },
        "commits": commits(event),
    })
}

fn gitlab(event: &PushEvent<'_>) -> Value {
    json!({
        "object_kind": "push",
        "event_name": "push",
        "ref": format!("refs/heads/{}", event.branch),
        "before": event.before,
        "after": event.after,
        "checkout_sha": event.after,
        "user_name": event.pusher,
        "project": {
            "path_with_namespace": event.repo.split_once('/').map(|(_, path)| path),
            "web_url": format!("https://{}", event.repo),
            "git_http_url": format!("https://{}.git", event.repo),
            "default_branch": "main",
        },
        "commits": commits(event),
        "total_commits_count": event.commits.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_the_ones_that_github_publishes() {
        assert_eq!(
            signature("It's a Secret to Everybody", b"Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }
}
