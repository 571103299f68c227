//! Addresses of remotes, and what a remote tells without fetching.

use std::collections::BTreeMap;
use std::fmt;

use super::command::{About, Call, Git};
use super::error::{GitError, without_credentials};
use super::sha::Sha;

/// An address that may be handed to git. Shown without credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteUrl(String);

impl RemoteUrl {
    /// Accepts `https://`, `http://`, `ssh://`, `user@host:path`; a local path or `file://` where git may use them.
    /// Never another transport: `ext::` runs programs.
    pub fn parse(url: &str, git: &Git) -> Result<Self, GitError> {
        let invalid = || GitError::InvalidUrl {
            url: without_credentials(url),
        };
        if url.starts_with('-') || url.chars().any(char::is_control) || url.contains("::") {
            return Err(invalid());
        }
        let scheme = url.split_once("://").map(|(s, _)| s.to_ascii_lowercase());
        let scp = || {
            url.split_once(':')
                .is_some_and(|(host, _)| !host.contains('/'))
        };
        let is_file = match scheme.as_deref() {
            Some("https" | "http" | "ssh") => false,
            Some("file") => true,
            None if url.starts_with('/') => true,
            None if scp() => false,
            _ => return Err(invalid()),
        };
        if is_file && !git.allows_file_remotes() {
            return Err(GitError::FileRemote {
                url: url.to_owned(),
            });
        }
        Ok(Self(url.to_owned()))
    }

    /// `https://host:port`, where the address has that form: what credentials are bound to.
    pub(super) fn origin(&self) -> Option<String> {
        let (scheme, rest) = self.0.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let authority = &rest[..rest.find('/').unwrap_or(rest.len())];
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let http = matches!(scheme.as_str(), "https" | "http");
        http.then(|| format!("{scheme}://{}", host.to_ascii_lowercase()))
    }

    pub(super) fn as_git_arg(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_credentials(&self.0))
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteUrl({self})")
    }
}

/// The branches of a remote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteHeads {
    /// What its HEAD points to; None in an empty or unusual repository.
    pub default_branch: Option<String>,
    pub heads: BTreeMap<String, Sha>,
    /// Where the remote sent us instead: it was renamed or transferred.
    pub moved_to: Option<String>,
}

impl Git {
    /// The branches of a remote and which of them is the default.
    pub async fn ls_remote(&self, url: &RemoteUrl) -> Result<RemoteHeads, GitError> {
        let args = [
            "ls-remote",
            "--symref",
            "--",
            url.as_git_arg(),
            "HEAD",
            "refs/heads/*",
        ];
        let (output, said) = self
            .run_heard(Call::new(About::Remote(url.clone()), args))
            .await?;
        let mut remote = RemoteHeads {
            moved_to: redirected(&said),
            ..RemoteHeads::default()
        };
        for line in String::from_utf8_lossy(&output).lines() {
            let (value, name) = line.split_once('\t').ok_or_else(|| unexpected(line))?;
            let branch = name.strip_prefix("refs/heads/");
            if let Some(target) = value.strip_prefix("ref: ") {
                remote.default_branch = target.strip_prefix("refs/heads/").map(str::to_owned);
            } else if let Some(branch) = branch {
                let sha = Sha::parse(value).map_err(|_| unexpected(line))?;
                remote.heads.insert(branch.to_owned(), sha);
            }
        }
        Ok(remote)
    }

    /// The default branch of a remote.
    pub async fn default_branch(&self, url: &RemoteUrl) -> Result<Option<String>, GitError> {
        Ok(self.ls_remote(url).await?.default_branch)
    }
}

/// What git says of a redirection that it followed: `warning: redirecting to https://host/new/name.git/`.
fn redirected(stderr: &str) -> Option<String> {
    let address = |line: &str| {
        line.trim()
            .strip_prefix("warning: redirecting to ")
            .map(str::to_owned)
    };
    let address = stderr.lines().find_map(address)?;
    Some(without_credentials(address.trim_end_matches('/')))
}

fn unexpected(line: &str) -> GitError {
    GitError::Unexpected {
        what: "ls-remote".to_owned(),
        detail: line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirection_is_heard() {
        let said = "warning: redirecting to https://me:pw@github.com/acme/new-name.git/\n";
        assert_eq!(
            redirected(said).as_deref(),
            Some("https://github.com/acme/new-name.git")
        );
        assert_eq!(redirected("From https://github.com/acme/name\n"), None);
    }
}
