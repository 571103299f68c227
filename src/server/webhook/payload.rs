//! What webhooks say, in our words: typed payloads of every provider, read without trust (reliability.md: bad input
//! never panics). Nothing here is indexed or unwrapped; what is not of the form is a [`NotUnderstood`].

use axum::http::HeaderMap;
use serde::Deserialize;

use crate::api::Provider;
use crate::domain::coordinate::RepoCoordinate;

/// What one request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The provider's word for it.
    pub event: String,
    /// The repository it names.
    pub repo: Option<RepoCoordinate>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The provider tries the connection.
    Ping,
    /// Refs moved: mostly one.
    Push(Vec<Push>),
    /// Something that moves no ref.
    Other,
}

/// One ref moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The full ref.
    pub git_ref: String,
    /// The commit before; `None`: the ref was created.
    pub before: Option<String>,
    /// The commit after; `None`: the ref was deleted.
    pub after: Option<String>,
    /// History was rewritten.
    pub forced: bool,
    /// The provider's default branch, where it says so.
    pub default_branch: Option<String>,
}

/// The body is not what its headers say: quarantined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotUnderstood(pub String);

/// The provider's word for the event, from the headers; the generic form may leave it out.
pub fn event_name(provider: Provider, headers: &HeaderMap) -> Result<String, NotUnderstood> {
    let name = match provider {
        Provider::GitHub => "x-github-event",
        Provider::Gitea => {
            if headers.contains_key("x-gitea-event") {
                "x-gitea-event"
            } else {
                "x-github-event"
            }
        }
        Provider::GitLab => "x-gitlab-event",
        Provider::Bitbucket => "x-event-key",
        Provider::Generic | Provider::StaticFile => "webhook-event",
    };
    match headers.get(name).map(|value| value.to_str()) {
        Some(Ok(event)) if !event.is_empty() && event.len() <= 100 => Ok(event.to_owned()),
        None if matches!(provider, Provider::Generic | Provider::StaticFile) => {
            Ok("push".to_owned())
        }
        _ => Err(NotUnderstood(format!(
            "the header {name} is missing or is no event name"
        ))),
    }
}

/// The provider's id of the delivery; `None`: it sends none.
pub fn delivery_id(provider: Provider, headers: &HeaderMap) -> Option<String> {
    let names: &[&str] = match provider {
        Provider::GitHub => &["x-github-delivery"],
        Provider::Gitea => &["x-gitea-delivery", "x-github-delivery"],
        // The key stays the same when GitLab tries again, the event's id need not.
        Provider::GitLab => &["idempotency-key", "x-gitlab-event-uuid"],
        Provider::Bitbucket => &["x-request-uuid", "x-request-id"],
        Provider::Generic | Provider::StaticFile => &["webhook-id", "x-delivery-id"],
    };
    names
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok())
        .find(|id| !id.is_empty() && id.len() <= 200)
        .map(str::to_owned)
}

/// Reads a body.
pub fn read(provider: Provider, headers: &HeaderMap, body: &[u8]) -> Result<Notice, NotUnderstood> {
    let event = event_name(provider, headers)?;
    let form = headers
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| {
            v.trim_start()
                .starts_with("application/x-www-form-urlencoded")
        });
    let unwrapped;
    let json = if form {
        unwrapped = form_payload(body)?;
        unwrapped.as_bytes()
    } else {
        body
    };
    match provider {
        Provider::GitHub | Provider::Gitea => github(event, json),
        Provider::GitLab => gitlab(event, json),
        Provider::Bitbucket => bitbucket(event, json),
        Provider::Generic | Provider::StaticFile => generic(event, json),
    }
}

/// GitHub's own default: the JSON in the form field `payload`, which comes first. One behind others is not what a host sends.
fn form_payload(body: &[u8]) -> Result<String, NotUnderstood> {
    let text =
        std::str::from_utf8(body).map_err(|_| NotUnderstood("the form is not text".to_owned()))?;
    text.strip_prefix("payload=")
        .and_then(|rest| rest.split('&').next())
        .and_then(crate::client::query::decode)
        .ok_or_else(|| NotUnderstood("the form does not begin with the field `payload`".to_owned()))
}

fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, NotUnderstood> {
    serde_json::from_slice(json)
        .map_err(|e| NotUnderstood(format!("the payload is not of the event's form: {e}")))
}

fn coordinate(url: &str) -> Result<RepoCoordinate, NotUnderstood> {
    RepoCoordinate::parse(url).map_err(|e| NotUnderstood(e.to_string()))
}

/// A commit id, or `None` for the zeros that stand for "no commit".
fn commit(text: &str) -> Result<Option<String>, NotUnderstood> {
    let is_id = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_id {
        return Err(NotUnderstood(
            "a commit id is 40 or 64 hex digits".to_owned(),
        ));
    }
    Ok((!text.bytes().all(|b| b == b'0')).then(|| text.to_ascii_lowercase()))
}

fn full_ref(text: &str) -> Result<String, NotUnderstood> {
    if text.starts_with("refs/") && text.len() <= 1024 && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(NotUnderstood(
            "`ref` is no full ref, such as refs/heads/main".to_owned(),
        ))
    }
}

#[derive(Deserialize)]
struct GithubRepo {
    html_url: Option<String>,
    clone_url: Option<String>,
    default_branch: Option<String>,
}

impl GithubRepo {
    fn coordinate(&self) -> Result<RepoCoordinate, NotUnderstood> {
        match self.html_url.as_ref().or(self.clone_url.as_ref()) {
            Some(url) => coordinate(url),
            None => Err(NotUnderstood("the repository has no address".to_owned())),
        }
    }
}

#[derive(Deserialize)]
struct GithubAny {
    repository: Option<GithubRepo>,
}

#[derive(Deserialize)]
struct GithubPush {
    #[serde(rename = "ref")]
    git_ref: String,
    before: String,
    after: String,
    #[serde(default)]
    forced: bool,
    repository: GithubRepo,
}

fn github(event: String, json: &[u8]) -> Result<Notice, NotUnderstood> {
    if event != "push" {
        let any: GithubAny = parse(json)?;
        let repo = any.repository.map(|r| r.coordinate()).transpose()?;
        let what = if event == "ping" {
            What::Ping
        } else {
            What::Other
        };
        return Ok(Notice { event, repo, what });
    }
    let push: GithubPush = parse(json)?;
    let repo = push.repository.coordinate()?;
    let what = What::Push(vec![Push {
        git_ref: full_ref(&push.git_ref)?,
        before: commit(&push.before)?,
        after: commit(&push.after)?,
        forced: push.forced,
        default_branch: push.repository.default_branch,
    }]);
    Ok(Notice {
        event,
        repo: Some(repo),
        what,
    })
}

#[derive(Deserialize)]
struct GitlabProject {
    git_http_url: Option<String>,
    web_url: Option<String>,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct GitlabPush {
    #[serde(rename = "ref")]
    git_ref: Option<String>,
    before: Option<String>,
    after: Option<String>,
    project: Option<GitlabProject>,
}

fn gitlab(event: String, json: &[u8]) -> Result<Notice, NotUnderstood> {
    let push: GitlabPush = parse(json)?;
    let default_branch = push.project.as_ref().and_then(|p| p.default_branch.clone());
    let repo = push
        .project
        .and_then(|p| p.git_http_url.or(p.web_url))
        .map(|url| coordinate(&url))
        .transpose()?;
    if !matches!(event.as_str(), "Push Hook" | "Tag Push Hook") {
        return Ok(Notice {
            event,
            repo,
            what: What::Other,
        });
    }
    let missing = || NotUnderstood("a push has project, ref, before and after".to_owned());
    let moved = Push {
        git_ref: full_ref(&push.git_ref.ok_or_else(missing)?)?,
        before: commit(&push.before.ok_or_else(missing)?)?,
        after: commit(&push.after.ok_or_else(missing)?)?,
        // GitLab does not say; ancestry is looked at when the run starts.
        forced: false,
        default_branch,
    };
    Ok(Notice {
        event,
        repo: Some(repo.ok_or_else(missing)?),
        what: What::Push(vec![moved]),
    })
}

#[derive(Deserialize)]
struct BitbucketBody {
    repository: Option<BitbucketRepo>,
    push: Option<BitbucketChanges>,
}

#[derive(Deserialize)]
struct BitbucketRepo {
    links: Option<BitbucketLinks>,
    full_name: Option<String>,
}

#[derive(Deserialize)]
struct BitbucketLinks {
    html: Option<BitbucketHref>,
}

#[derive(Deserialize)]
struct BitbucketHref {
    href: String,
}

#[derive(Deserialize)]
struct BitbucketChanges {
    changes: Vec<BitbucketChange>,
}

#[derive(Deserialize)]
struct BitbucketChange {
    old: Option<BitbucketRef>,
    new: Option<BitbucketRef>,
    #[serde(default)]
    forced: bool,
}

#[derive(Deserialize)]
struct BitbucketRef {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    target: BitbucketTarget,
}

#[derive(Deserialize)]
struct BitbucketTarget {
    hash: String,
}

fn bitbucket(event: String, json: &[u8]) -> Result<Notice, NotUnderstood> {
    let body: BitbucketBody = parse(json)?;
    let repo = body
        .repository
        .and_then(|r| {
            r.links
                .and_then(|l| l.html)
                .map(|h| h.href)
                .or_else(|| r.full_name.map(|name| format!("bitbucket.org/{name}")))
        })
        .map(|url| coordinate(&url))
        .transpose()?;
    let what = match (event.as_str(), body.push) {
        ("repo:push", Some(push)) => What::Push(
            push.changes
                .into_iter()
                .filter(|change| change.old.is_some() || change.new.is_some())
                .map(bitbucket_change)
                .collect::<Result<_, _>>()?,
        ),
        ("repo:push", None) => return Err(NotUnderstood("a push has `push.changes`".to_owned())),
        ("diagnostics:ping", _) => What::Ping,
        _ => What::Other,
    };
    if repo.is_none() && matches!(what, What::Push(_)) {
        return Err(NotUnderstood("a push names its repository".to_owned()));
    }
    Ok(Notice { event, repo, what })
}

fn bitbucket_change(change: BitbucketChange) -> Result<Push, NotUnderstood> {
    let named = change.new.as_ref().or(change.old.as_ref());
    let named = named.ok_or_else(|| NotUnderstood("a change names a ref".to_owned()))?;
    let folder = if named.kind == "tag" { "tags" } else { "heads" };
    let sha =
        |side: &Option<BitbucketRef>| side.as_ref().map(|r| commit(&r.target.hash)).transpose();
    Ok(Push {
        git_ref: full_ref(&format!("refs/{folder}/{}", named.name))?,
        before: sha(&change.old)?.flatten(),
        after: sha(&change.new)?.flatten(),
        forced: change.forced,
        default_branch: None,
    })
}

/// Our own form, for whoever can sign a request: `{repository, ref, before, after, forced?, defaultBranch?}`.
#[derive(Deserialize)]
struct Generic {
    repository: Option<String>,
    #[serde(rename = "ref")]
    git_ref: Option<String>,
    before: Option<String>,
    after: Option<String>,
    #[serde(default)]
    forced: bool,
    #[serde(rename = "defaultBranch")]
    default_branch: Option<String>,
}

fn generic(event: String, json: &[u8]) -> Result<Notice, NotUnderstood> {
    let body: Generic = parse(json)?;
    let repo = body.repository.as_deref().map(coordinate).transpose()?;
    let what = match event.as_str() {
        "ping" => What::Ping,
        "push" => {
            let (Some(git_ref), true) = (&body.git_ref, repo.is_some()) else {
                return Err(NotUnderstood(
                    "a push has `repository` and `ref`".to_owned(),
                ));
            };
            let sha = |text: &Option<String>| text.as_deref().map(commit).transpose();
            What::Push(vec![Push {
                git_ref: full_ref(git_ref)?,
                before: sha(&body.before)?.flatten(),
                after: sha(&body.after)?.flatten(),
                forced: body.forced,
                default_branch: body.default_branch.clone(),
            }])
        }
        _ => What::Other,
    };
    Ok(Notice { event, repo, what })
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
