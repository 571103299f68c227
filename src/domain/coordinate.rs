//! The repo coordinate `host/owner/repo`: the one name of a repository everywhere (sources.md §1).
//!
//! Clone URLs, scp forms and web addresses are accepted on input and normalised here, once; nothing
//! else in the code takes a repository apart. What must not live here: anything that talks to a host.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Hosts whose owner and repository names compare case-insensitively.
const CASE_INSENSITIVE_HOSTS: [&str; 3] = ["github.com", "gitlab.com", "bitbucket.org"];

/// Hosts where a repository is always `owner/repo`; more segments are a page of it, not a sub-group.
const FLAT_HOSTS: [&str; 2] = ["github.com", "bitbucket.org"];

/// Longer than any host and path a provider allows, short enough for an index key.
const MAX_LENGTH: usize = 512;

/// A repository's canonical name: a lower-case host (perhaps with a port) and two or more path segments.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoCoordinate {
    host: String,
    path: String,
}

/// A repository's coordinate with its parts and addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Addresses {
    pub coordinate: String,
    pub host: String,
    pub owner: String,
    pub repo: String,
    /// `null` for a host that does not tell.
    pub provider: Option<&'static str>,
    pub https: String,
    pub ssh: String,
    pub web: String,
}

/// Why a text is no repo coordinate. Every sentence ends with the expected form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{shown}\" is not a repository: {problem}. Expected host/owner/repo, for example github.com/org/backend"
)]
pub struct CoordinateError {
    shown: String,
    problem: &'static str,
}

impl RepoCoordinate {
    /// Parses any accepted spelling: `host/owner/repo`, `https://…`, `ssh://…`, `git@host:owner/repo`,
    /// each with or without a trailing `.git` or `/`.
    pub fn parse(input: &str) -> Result<Self, CoordinateError> {
        parse(input).map_err(|problem| CoordinateError {
            shown: without_credentials(input),
            problem,
        })
    }

    /// The host in lower case, with its port where it has one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Everything after the host: `owner/repo`, or `group/sub/repo`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Everything between host and repository name: `owner`, or `group/sub`.
    pub fn owner(&self) -> &str {
        self.split().0
    }

    /// The last path segment.
    pub fn repo(&self) -> &str {
        self.split().1
    }

    /// `host/owner`, the form an integration that covers a whole account is stored under.
    pub fn account(&self) -> String {
        format!("{}/{}", self.host, self.owner())
    }

    pub fn clone_url(&self) -> String {
        format!("https://{}/{}.git", self.host, self.path)
    }

    /// The scp form, or `ssh://` where a port has to be said.
    pub fn ssh_url(&self) -> String {
        if self.host.contains(':') {
            format!("ssh://git@{}/{}.git", self.host, self.path)
        } else {
            format!("git@{}:{}.git", self.host, self.path)
        }
    }

    pub fn web_url(&self) -> String {
        format!("https://{}/{}", self.host, self.path)
    }

    /// Where the provider shows one commit.
    pub fn commit_url(&self, sha: &str) -> String {
        let page = match self.known_provider() {
            Some("gitlab") => "-/commit",
            Some("bitbucket") => "commits",
            _ => "commit",
        };
        format!("{}/{page}/{sha}", self.web_url())
    }

    /// The provider, where the host alone tells; self-hosted ones are known by their integration.
    pub fn known_provider(&self) -> Option<&'static str> {
        match self.host.as_str() {
            "github.com" => Some("github"),
            "gitlab.com" => Some("gitlab"),
            "bitbucket.org" => Some("bitbucket"),
            "codeberg.org" | "gitea.com" => Some("gitea"),
            _ => None,
        }
    }

    /// The text under which a repository is looked up and compared: case-folded where its host folds case.
    pub fn matching_key(&self) -> String {
        if CASE_INSENSITIVE_HOSTS.contains(&self.host.as_str()) {
            format!("{}/{}", self.host, self.path.to_ascii_lowercase())
        } else {
            self.to_string()
        }
    }

    /// Whether both name one repository (host and path, folded as the host folds them).
    pub fn is_same_repository(&self, other: &Self) -> bool {
        self.matching_key() == other.matching_key()
    }

    /// Everything derived from the coordinate, for `jolli repo parse --json`.
    pub fn addresses(&self) -> Addresses {
        Addresses {
            coordinate: self.to_string(),
            host: self.host.clone(),
            owner: self.owner().to_owned(),
            repo: self.repo().to_owned(),
            provider: self.known_provider(),
            https: self.clone_url(),
            ssh: self.ssh_url(),
            web: self.web_url(),
        }
    }

    fn split(&self) -> (&str, &str) {
        self.path
            .rsplit_once('/')
            .expect("a coordinate's path has at least two segments")
    }
}

impl fmt::Display for RepoCoordinate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl FromStr for RepoCoordinate {
    type Err = CoordinateError;

    fn from_str(input: &str) -> Result<Self, Self::Err> {
        Self::parse(input)
    }
}

impl TryFrom<String> for RepoCoordinate {
    type Error = CoordinateError;

    fn try_from(input: String) -> Result<Self, Self::Error> {
        Self::parse(&input)
    }
}

impl From<RepoCoordinate> for String {
    fn from(coordinate: RepoCoordinate) -> Self {
        coordinate.to_string()
    }
}

fn parse(input: &str) -> Result<RepoCoordinate, &'static str> {
    if input.is_empty() {
        return Err("it is empty");
    }
    if input.len() > MAX_LENGTH {
        return Err("it is longer than 512 characters");
    }
    if input.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("it contains a space or a control character");
    }
    let (host, path) = host_and_path(input)?;
    let host = parse_host(&host)?;
    let path = parse_path(path)?;
    let segments = path.split('/').count();
    if segments < 2 {
        return Err("the host, the owner or the repository is missing");
    }
    if segments > 2 && FLAT_HOSTS.contains(&host.as_str()) {
        return Err("this host has no sub-groups, so a repository there is exactly owner/repo");
    }
    Ok(RepoCoordinate { host, path })
}

/// Takes the transport off: `(host, path)` of any accepted spelling.
fn host_and_path(input: &str) -> Result<(String, &str), &'static str> {
    if let Some((scheme, rest)) = input.split_once("://") {
        let default_port = match scheme.to_ascii_lowercase().as_str() {
            "https" => ":443",
            "http" => ":80",
            "ssh" | "git+ssh" => ":22",
            _ => return Err("only https:// and ssh:// addresses name a repository"),
        };
        let (authority, path) = rest
            .split_once('/')
            .ok_or("the owner and the repository are missing")?;
        // Credentials belong to the integration; a coordinate never carries them.
        let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
        let host = host.strip_suffix(default_port).unwrap_or(host);
        return Ok((host.to_owned(), path));
    }
    if let Some((user, rest)) = input.split_once('@')
        && !user.contains('/')
    {
        let (host, path) = rest
            .split_once(':')
            .ok_or("an address with a user has the form git@host:owner/repo")?;
        return Ok((host.to_owned(), path));
    }
    let (host, path) = input
        .split_once('/')
        .ok_or("the host, the owner or the repository is missing")?;
    Ok((host.to_owned(), path))
}

fn parse_host(host: &str) -> Result<String, &'static str> {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if !name.split('.').all(is_label) {
        return Err("the host is not a host name");
    }
    if let Some(port) = port {
        let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        if !digits || port.parse::<u16>().is_err() || port.starts_with('0') {
            return Err("the port is not a number from 1 to 65535");
        }
    }
    // The default port of the clone address is not part of the name.
    let host = if port == Some("443") { name } else { host };
    Ok(host.to_ascii_lowercase())
}

fn parse_path(path: &str) -> Result<String, &'static str> {
    let mut path = path.strip_suffix('/').unwrap_or(path);
    // Repeatedly, so that a coordinate's own text parses to the same coordinate.
    while let Some(stripped) = path.strip_suffix(".git") {
        path = stripped;
    }
    for segment in path.split('/') {
        match segment {
            "" => return Err("a path segment is empty"),
            "." | ".." => return Err("a path segment is \".\" or \"..\""),
            "-" => return Err("it is the address of a page inside a repository"),
            _ => {}
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'~');
        if !segment.bytes().all(allowed) {
            return Err(
                "a path segment has a character other than a-z, A-Z, 0-9, \".\", \"_\", \"-\"",
            );
        }
    }
    Ok(path.to_owned())
}

/// The input as an error may show it: an address can carry a password.
fn without_credentials(input: &str) -> String {
    let (scheme, rest) = input.split_once("://").map_or_else(
        || ("", input),
        |(scheme, rest)| (&input[..scheme.len() + 3], rest),
    );
    let shown = match rest.rfind('@') {
        // `git@host:path` names nothing secret; of what has a colon first, who knows where a password ends.
        Some(at)
            if rest[..at].contains(':') || !(scheme.is_empty() || rest[..at].contains('/')) =>
        {
            format!("{scheme}{}", &rest[at + 1..])
        }
        _ => input.to_owned(),
    };
    shown
        .chars()
        .take(80)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        value: String,
        accepted: bool,
        https: Option<String>,
        ssh: Option<String>,
        web: Option<String>,
    }

    fn vectors() -> Vec<Vector> {
        let text = include_str!("../../tests/vectors/repo-coordinate.json");
        serde_json::from_str(text).unwrap()
    }

    /// Inputs the existing system refuses and ours understands, with what they become.
    const NOW_ACCEPTED: [(&str, &str); 4] = [
        ("git@github.com:org/repo", "github.com/org/repo"),
        ("ssh://git@github.com/org/repo", "github.com/org/repo"),
        ("https://github.com/org/repo", "github.com/org/repo"),
        ("gitlab.com/group/sub/repo", "gitlab.com/group/sub/repo"),
    ];

    /// Inputs the existing system stores and ours refuses.
    const NOW_REFUSED: [&str; 3] = ["../../..", "github.com/../repo", "-/_/."];

    #[test]
    fn recorded_coordinates_parse_as_before_apart_from_the_deliberate_differences() {
        for vector in vectors() {
            let parsed = RepoCoordinate::parse(&vector.value);
            let differs = NOW_REFUSED.contains(&vector.value.as_str())
                || NOW_ACCEPTED.iter().any(|(value, _)| *value == vector.value);
            assert_eq!(
                parsed.is_ok(),
                vector.accepted != differs,
                "{:?}",
                vector.value
            );
            let Ok(coordinate) = parsed else { continue };
            if vector.accepted && vector.value.strip_suffix(".git").is_none() {
                let host = coordinate.host();
                let lower = |url: Option<String>| {
                    let url = url.unwrap();
                    url.replace(vector.value.split('/').next().unwrap(), host)
                };
                assert_eq!(coordinate.clone_url(), lower(vector.https));
                assert_eq!(coordinate.ssh_url(), lower(vector.ssh));
                assert_eq!(coordinate.web_url(), lower(vector.web));
            }
        }
    }

    #[test]
    fn clone_addresses_and_sub_groups_are_understood_unlike_before() {
        for (input, canonical) in NOW_ACCEPTED {
            assert_eq!(RepoCoordinate::parse(input).unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn dot_segments_are_refused_unlike_before() {
        for input in NOW_REFUSED {
            assert!(RepoCoordinate::parse(input).is_err(), "{input}");
        }
    }

    #[test]
    fn every_spelling_of_a_repository_is_one_coordinate() {
        for input in [
            "github.com/Org/Repo",
            "GitHub.com/Org/Repo",
            "github.com/Org/Repo.git",
            "github.com/Org/Repo/",
            "https://github.com/Org/Repo.git",
            "https://github.com:443/Org/Repo/",
            "https://user:secret@github.com/Org/Repo.git",
            "ssh://git@github.com:22/Org/Repo.git",
            "git@github.com:Org/Repo.git",
        ] {
            let parsed = RepoCoordinate::parse(input).unwrap();
            assert_eq!(parsed.to_string(), "github.com/Org/Repo", "{input}");
            assert_eq!(parsed.matching_key(), "github.com/org/repo");
        }
    }

    #[test]
    fn an_unknown_host_keeps_case_apart() {
        let upper = RepoCoordinate::parse("git.corp:8443/Team/service").unwrap();
        let lower = RepoCoordinate::parse("git.corp:8443/team/service").unwrap();
        assert!(!upper.is_same_repository(&lower));
        assert_eq!(lower.clone_url(), "https://git.corp:8443/team/service.git");
        assert_eq!(lower.ssh_url(), "ssh://git@git.corp:8443/team/service.git");
    }

    #[test]
    fn a_refusal_names_the_expected_form_and_hides_a_password() {
        let error = RepoCoordinate::parse("org/repo").unwrap_err().to_string();
        assert!(error.contains("host/owner/repo"), "{error}");
        for input in [
            "https://me:hunter2@github.com/org",
            "me:hunter2@github.com/org",
            "me:hunter2/hunter2@github.com/org",
            "https://me:hunter2/hunter2@github.com/org",
        ] {
            let error = RepoCoordinate::parse(input).unwrap_err().to_string();
            assert!(
                !error.contains("hunter2") && error.contains("github.com/org"),
                "{error}"
            );
        }
        for input in [
            "github.com/org/repo/tree/main",
            "gitlab.com/g/repo/-/tree/main",
            "github.com/org/.git",
            "file:///srv/repo",
            "host:0/a/b",
            "host:99999/a/b",
            "a..b/c/d",
            "github.com/org/repo?x=1",
        ] {
            assert!(RepoCoordinate::parse(input).is_err(), "{input}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(input in "\\PC{0,40}") {
            if let Ok(coordinate) = RepoCoordinate::parse(&input) {
                proptest::prop_assert_eq!(RepoCoordinate::parse(&coordinate.to_string()), Ok(coordinate));
            }
        }

        #[test]
        fn every_spelling_round_trips(
            input in "(https://|ssh://git@|git@)?[a-z]{1,5}(\\.[a-z]{2,3})?(:[1-9][0-9]{0,3})?[/:][a-zA-Z._]{1,6}(/[a-z.]{1,8}){1,3}(\\.git)*/?"
        ) {
            if let Ok(coordinate) = RepoCoordinate::parse(&input) {
                let again = |text: &str| RepoCoordinate::parse(text).unwrap();
                proptest::prop_assert_eq!(&again(&coordinate.to_string()), &coordinate);
                proptest::prop_assert_eq!(&again(&coordinate.clone_url()), &coordinate);
                proptest::prop_assert_eq!(&again(&coordinate.web_url()), &coordinate);
            }
        }
    }
}
