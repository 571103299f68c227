//! The integrations of the demo. Their place in the list is their id.

use crate::domain::kind::Provider;

/// An integration.
#[derive(Clone, Copy, Debug)]
pub struct IntegrationSpec {
    /// Its name.
    pub name: &'static str,
    /// Whose webhooks.
    pub provider: Provider,
    /// `host/owner/repo`, when it is one repository.
    pub repo: Option<&'static str>,
    /// `host/owner`, when it is an account.
    pub account: Option<&'static str>,
    /// A trial that was deleted again, which is why numbers are missing.
    pub gone: bool,
}

/// The integrations, in the order of their ids.
pub fn integrations() -> &'static [IntegrationSpec] {
    &INTEGRATIONS
}

/// The GitHub account of nearly everything.
pub const ACME_GITHUB: i64 = 12;
/// The GitLab account.
pub const ACME_GITLAB: i64 = 14;
/// The repository of `search` alone: what happens to its access stops nothing else.
pub const GH_SEARCH: i64 = 15;
/// The server in the cellar.
pub const CORP_GIT: i64 = 3;

const INTEGRATIONS: [IntegrationSpec; 17] = [
    trial("try-github", "github.com/acme-trial"),
    trial("try-github-2", "github.com/acme-trial"),
    account("corp-git", Provider::Gitea, "git.corp:8443/old"),
    trial("ana-sandbox", "github.com/ana-acme"),
    account("acme-labs", Provider::GitHub, "github.com/acme-labs"),
    trial("hackday", "github.com/acme-hackday"),
    account("acme-bitbucket", Provider::Bitbucket, "bitbucket.org/acme"),
    trial("bo-sandbox", "github.com/bo-acme"),
    account("acme-archive", Provider::GitHub, "github.com/acme-archive"),
    account("mirror", Provider::Generic, "mirror.corp/acme"),
    trial("old-search", "github.com/acme-search"),
    account("acme-github", Provider::GitHub, "github.com/acme"),
    account("acme-docs", Provider::GitHub, "github.com/acme-docs"),
    account("acme-gitlab", Provider::GitLab, "gitlab.com/acme"),
    repo("gh-search", Provider::GitHub, "github.com/acme/search"),
    account("acme-design", Provider::GitLab, "gitlab.com/acme-design"),
    repo("gl-api", Provider::GitLab, "gitlab.com/acme/api"),
];

const fn account(name: &'static str, provider: Provider, account: &'static str) -> IntegrationSpec {
    IntegrationSpec {
        name,
        provider,
        repo: None,
        account: Some(account),
        gone: false,
    }
}

const fn repo(name: &'static str, provider: Provider, repo: &'static str) -> IntegrationSpec {
    IntegrationSpec {
        name,
        provider,
        repo: Some(repo),
        account: None,
        gone: false,
    }
}

const fn trial(name: &'static str, at: &'static str) -> IntegrationSpec {
    IntegrationSpec {
        gone: true,
        ..account(name, Provider::GitHub, at)
    }
}
