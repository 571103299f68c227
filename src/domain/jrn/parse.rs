//! Parsing of both JRN versions. The sentences are those of the existing system, which people search for.

use super::resource::{Item, PROVIDERS, Repository, Resource, SERVICES};

/// Why a text is no JRN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JrnError(pub(super) String);

fn refuse<T>(sentence: impl Into<String>) -> Result<T, JrnError> {
    Err(JrnError(sentence.into()))
}

/// `jrn:{org}/{space}:{service}:{type}/{id}[:v/N]`, the legacy form of documents, spaces and sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JrnV2 {
    pub raw: String,
    /// May be empty.
    pub org_id: String,
    pub space_id: String,
    pub resource: Resource,
}

impl JrnV2 {
    /// `{org}/{space}`.
    pub fn workspace(&self) -> String {
        format!("{}/{}", self.org_id, self.space_id)
    }
}

/// `jrn:{controlling path}:path:/home/{org}/{service}/…[:v/N]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JrnV3 {
    pub raw: String,
    /// May be empty.
    pub controlling_path: String,
    /// From `/home` on, without the version qualifier.
    pub path: String,
    pub org_id: String,
    pub resource: Resource,
}

/// Whether a text is to be read as version 3: its second colon segment is exactly `path`.
pub fn is_v3(text: &str) -> bool {
    text.strip_prefix("jrn:")
        .and_then(|rest| rest.split(':').nth(1))
        == Some("path")
}

pub fn parse_v3(text: &str) -> Result<JrnV3, JrnError> {
    let Some(rest) = after_prefix(text)? else {
        return refuse("JRN must start with \"jrn:\"");
    };
    let mut parts = rest.splitn(3, ':');
    let (Some(controlling_path), Some(kind), path) = (parts.next(), parts.next(), parts.next())
    else {
        return refuse("V3 JRN must have format jrn:<controllingPath?>:<type>:<path>");
    };
    if kind != "path" {
        return refuse(format!(
            "V3 JRN must have a valid type as second segment (valid: path), got \"{kind}\""
        ));
    }
    let Some(path) = path else {
        return refuse("V3 JRN must have format jrn:<controllingPath?>:<type>:<path>");
    };
    let (path, version) = split_version(path);
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let [home, org_id, service, tail @ ..] = segments.as_slice() else {
        return refuse("V3 path must have at least /home/{orgId}/{service}");
    };
    if *home != "home" {
        return refuse("V3 path must start with /home/{orgId}");
    }
    let resource = if *service == "sources" {
        let web = || url_after(path, "/sources/web/");
        source(tail, web)?
    } else {
        let kinds = kinds_of(service)?;
        let [kind, id, ..] = tail else {
            return refuse(format!(
                "V3 {service} path must have resourceType and resourceId"
            ));
        };
        item(service, kinds, kind, id, version)?
    };
    Ok(JrnV3 {
        raw: text.to_owned(),
        controlling_path: controlling_path.to_owned(),
        path: path.to_owned(),
        org_id: (*org_id).to_owned(),
        resource,
    })
}

pub fn parse_v2(text: &str) -> Result<JrnV2, JrnError> {
    let Some(rest) = after_prefix(text)? else {
        return refuse("JRN must start with \"jrn:\"");
    };
    let mut parts = rest.splitn(3, ':');
    let (Some(workspace), Some(service), Some(tail)) = (parts.next(), parts.next(), parts.next())
    else {
        return refuse(
            "JRN must have format jrn:{orgId}/{spaceId}:{service}:{resourceType}/{resourceId}",
        );
    };
    let Some((org_id, space_id)) = workspace
        .split_once('/')
        .filter(|(_, space)| !space.contains('/'))
    else {
        return refuse("workspace must have format {orgId}/{spaceId}");
    };
    if !org_id.is_empty() {
        token("orgId", org_id, Case::Any)?;
    }
    token("spaceId", space_id, Case::Any)?;
    token("service", service, Case::Lower)?;
    let resource = if service == "sources" {
        let segments: Vec<&str> = tail.split('/').filter(|s| !s.is_empty()).collect();
        source(&segments, || tail.strip_prefix("web/").unwrap_or_default())?
    } else {
        let kinds = kinds_of(service)?;
        let (tail, qualifier) = tail.split_once(':').unwrap_or((tail, ""));
        let Some((kind, id)) = tail.split_once('/') else {
            return refuse("Resource must be in format {resourceType}/{resourceId}");
        };
        token("resourceType", kind, Case::Lower)?;
        token("resourceId", id, Case::Any)?;
        let version = qualifier.strip_prefix("v/").and_then(digits);
        item(service, kinds, kind, id, version)?
    };
    Ok(JrnV2 {
        raw: text.to_owned(),
        org_id: org_id.to_owned(),
        space_id: space_id.to_owned(),
        resource,
    })
}

fn after_prefix(text: &str) -> Result<Option<&str>, JrnError> {
    if text.trim().is_empty() {
        return refuse("JRN cannot be empty");
    }
    Ok(text.strip_prefix("jrn:"))
}

/// Takes `:v/<digits>` off the end. A number too large to be a version stays part of the path.
fn split_version(path: &str) -> (&str, Option<u64>) {
    let split = path.rsplit_once(":v/");
    match split.and_then(|(path, number)| Some((path, digits(number)?))) {
        Some((path, version)) => (path, Some(version)),
        None => (path, None),
    }
}

fn digits(text: &str) -> Option<u64> {
    let all = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

fn kinds_of(service: &str) -> Result<&'static [&'static str], JrnError> {
    match SERVICES.iter().find(|(name, _)| *name == service) {
        Some((_, kinds)) => Ok(kinds),
        None => refuse(format!("Unknown service: {service}")),
    }
}

fn item(
    service: &str,
    kinds: &[&str],
    kind: &str,
    id: &str,
    version: Option<u64>,
) -> Result<Resource, JrnError> {
    let Some(item) = Item::new(service, kind, id) else {
        return refuse(format!(
            "Invalid {service} resourceType: {kind} (expected: {})",
            kinds.join(", ")
        ));
    };
    Ok(Resource::Item(Item {
        version: version.filter(|_| service == "docs"),
        ..item
    }))
}

/// A source from its segments; a web address is cut from the text, because empty segments belong to it.
fn source<'a>(segments: &[&str], web: impl Fn() -> &'a str) -> Result<Resource, JrnError> {
    match segments {
        ["web", ..] => Ok(Resource::Web {
            url: Some(web()).filter(|url| !url.is_empty()).map(str::to_owned),
        }),
        [provider, rest @ ..] if PROVIDERS.contains(provider) => Ok(Resource::Git {
            provider: (*provider).to_owned(),
            repository: match rest {
                [owner, repo, branch @ ..] if !branch.is_empty() => Some(Repository {
                    owner: (*owner).to_owned(),
                    repo: (*repo).to_owned(),
                    branch: branch.join("/"),
                }),
                _ => None,
            },
        }),
        other => refuse(format!(
            "Unknown source type: {} (expected: {}, web)",
            other.first().unwrap_or(&""),
            PROVIDERS.join(", ")
        )),
    }
}

fn url_after<'a>(path: &'a str, marker: &str) -> &'a str {
    path.split_once(marker).map_or("", |(_, url)| url)
}

#[derive(Clone, Copy)]
enum Case {
    Any,
    Lower,
}

fn token(name: &str, value: &str, case: Case) -> Result<(), JrnError> {
    if value.is_empty() {
        return refuse(format!("{name} is required"));
    }
    if value.trim() != value {
        return refuse(format!("{name} cannot have leading or trailing whitespace"));
    }
    let (allowed, letters): (fn(u8) -> bool, _) = match case {
        Case::Any => (|b| b.is_ascii_alphanumeric(), "a-zA-Z, 0-9"),
        Case::Lower => (|b| b.is_ascii_lowercase() || b.is_ascii_digit(), "a-z, 0-9"),
    };
    let valid = |b: u8| allowed(b) || matches!(b, b'.' | b'_' | b'-');
    if value.bytes().all(valid) {
        return Ok(());
    }
    refuse(format!(
        "{name} contains invalid characters (allowed: {letters}, ., _, -)"
    ))
}
