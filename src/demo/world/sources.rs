//! The sources of the demo, with their bindings.

use crate::domain::id::IntegrationId;

use super::integrations::{ACME_GITHUB, ACME_GITLAB, CORP_GIT, GH_SEARCH};

/// A source.
#[derive(Clone, Copy, Debug)]
pub struct SourceSpec {
    /// Its name.
    pub name: &'static str,
    /// `host/owner/repo`.
    pub repo: &'static str,
    /// The branch it follows.
    pub branch: &'static str,
    /// The integration that makes it true in the end; `None` stays virtual.
    pub integration: Option<i64>,
    /// Its bindings.
    pub spaces: &'static [Binding],
}

/// A source bound to a space.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The space's slug.
    pub space: &'static str,
    /// On or off from the start.
    pub enabled: bool,
}

impl SourceSpec {
    /// The host of its repository.
    pub fn host(&self) -> &'static str {
        self.repo
            .split_once('/')
            .map_or(self.repo, |(host, _)| host)
    }
    /// The integration that its provider sends webhooks to: the one it is linked to, or would be.
    pub fn endpoint(&self) -> IntegrationId {
        IntegrationId(self.integration.unwrap_or(if self.host() == "gitlab.com" {
            ACME_GITLAB
        } else {
            ACME_GITHUB
        }))
    }
}

/// The sources, in the order of their ids.
pub fn sources() -> &'static [SourceSpec] {
    &SOURCES
}

/// The source of a name.
pub fn source(name: &str) -> Option<&'static SourceSpec> {
    SOURCES.iter().find(|source| source.name == name)
}

const fn on(space: &'static str) -> Binding {
    Binding {
        space,
        enabled: true,
    }
}

const fn off(space: &'static str) -> Binding {
    Binding {
        space,
        enabled: false,
    }
}

const HANDBOOK: &[Binding] = &[on("handbook")];
/// Known, and not yet described anywhere.
const NOBODY: &[Binding] = &[];

const fn github(name: &'static str, repo: &'static str, spaces: &'static [Binding]) -> SourceSpec {
    SourceSpec {
        name,
        repo,
        branch: "main",
        integration: Some(ACME_GITHUB),
        spaces,
    }
}

const fn gitlab(name: &'static str, repo: &'static str, spaces: &'static [Binding]) -> SourceSpec {
    SourceSpec {
        integration: Some(ACME_GITLAB),
        ..github(name, repo, spaces)
    }
}

const fn virtual_source(
    name: &'static str,
    repo: &'static str,
    spaces: &'static [Binding],
) -> SourceSpec {
    SourceSpec {
        integration: None,
        ..github(name, repo, spaces)
    }
}

const SOURCES: [SourceSpec; 48] = [
    github(
        "backend",
        "github.com/acme/backend",
        &[on("api-docs"), on("sdk"), on("internal")],
    ),
    github(
        "frontend",
        "github.com/acme/frontend",
        &[on("api-docs"), on("sdk"), on("internal"), off("handbook")],
    ),
    github(
        "payments",
        "github.com/acme/payments",
        &[on("api-docs"), on("sdk"), on("internal"), on("handbook")],
    ),
    SourceSpec {
        integration: Some(GH_SEARCH),
        ..github(
            "search",
            "github.com/acme/search",
            &[on("api-docs"), on("handbook")],
        )
    },
    gitlab(
        "billing",
        "gitlab.com/acme/billing",
        &[on("api-docs"), on("internal")],
    ),
    virtual_source(
        "scratch",
        "gitlab.com/acme/api",
        &[on("api-docs"), off("handbook")],
    ),
    virtual_source("proto", "github.com/acme/proto", &[on("internal")]),
    virtual_source("sdk-go", "github.com/acme/sdk-go", &[on("sdk")]),
    github("gateway", "github.com/acme/gateway", &[on("api-docs")]),
    SourceSpec {
        integration: Some(CORP_GIT),
        ..github("legacy", "git.corp:8443/old/mono", HANDBOOK)
    },
    github("infra", "github.com/acme/infra", &[on("ops")]),
    github("mobile", "github.com/acme/mobile", HANDBOOK),
    github("auth", "github.com/acme/auth", HANDBOOK),
    github("cli", "github.com/acme/cli", HANDBOOK),
    gitlab(
        "design",
        "gitlab.com/acme/platform/design",
        &[on("internal")],
    ),
    github("events", "github.com/acme/events", HANDBOOK),
    github("forms", "github.com/acme/forms", HANDBOOK),
    github("graph", "github.com/acme/graph", HANDBOOK),
    github("ingest", "github.com/acme/ingest", HANDBOOK),
    github("jobs", "github.com/acme/jobs", HANDBOOK),
    github("kit", "github.com/acme/kit", HANDBOOK),
    github("ledger", "github.com/acme/ledger", HANDBOOK),
    github("mailer", "github.com/acme/mailer", HANDBOOK),
    github("notify", "github.com/acme/notify", HANDBOOK),
    github("orders", "github.com/acme/orders", HANDBOOK),
    github("parser", "github.com/acme/parser", HANDBOOK),
    github("quota", "github.com/acme/quota", HANDBOOK),
    github("router", "github.com/acme/router", HANDBOOK),
    github("store", "github.com/acme/store", HANDBOOK),
    github("tasks", "github.com/acme/tasks", HANDBOOK),
    github("proto-api", "github.com/acme/proto", &[on("architecture")]),
    SourceSpec {
        branch: "release/1",
        ..github(
            "frontend-v1",
            "github.com/acme/frontend",
            &[on("changelog")],
        )
    },
    github("admin", "github.com/acme/admin", NOBODY),
    github("assets", "github.com/acme/assets", NOBODY),
    github("audit", "github.com/acme/audit", NOBODY),
    github("cache", "github.com/acme/cache", NOBODY),
    github("catalog", "github.com/acme/catalog", NOBODY),
    github("edge", "github.com/acme/edge", NOBODY),
    github("exports", "github.com/acme/exports", NOBODY),
    github("flags", "github.com/acme/flags", NOBODY),
    github("metrics", "github.com/acme/metrics", NOBODY),
    github("pricing", "github.com/acme/pricing", NOBODY),
    github("reports", "github.com/acme/reports", NOBODY),
    gitlab("tokens", "gitlab.com/acme/platform/tokens", NOBODY),
    github("uploads", "github.com/acme/uploads", NOBODY),
    github("users", "github.com/acme/users", NOBODY),
    github("vault", "github.com/acme/vault", NOBODY),
    github("webhooks", "github.com/acme/webhooks", NOBODY),
];
