//! Sandbox `e2b`: a machine of its own for each turn, in the cloud of E2B or wherever else its API is served. Documents and
//! report go there, the agent's line runs there, the documents come back, and the machine is killed.
//!
//! What is followed are the public documents of the repository `e2b-dev/infra` (commit 54693ff): `spec/openapi.yml` (sandboxes: create,
//! timeout, kill), `packages/envd/spec/envd.yaml` (files), `packages/envd/spec/process/process.proto` and
//! `packages/envd/spec/filesystem/filesystem.proto` (processes and folders, by the Connect protocol as connectrpc.com/docs/protocol
//! has it, in JSON); and the JavaScript client of `e2b-dev/E2B` for the headers by which a sandbox is found.
//!
//! Nothing of jolli's runs there. The only variables that go there are those that the operator names.

mod cloud;
mod connect;
mod error;
mod http;
mod process;

#[cfg(test)]
mod double;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

pub(super) use cloud::Cloud;
pub use error::E2bError;
pub(super) use process::{Exit, Remote};

/// Where E2B's own API is.
const DOMAIN: &str = "e2b.app";
/// A template that E2B has for everybody.
const TEMPLATE: &str = "base";
/// The folder in a sandbox that holds documents and report; `user` is who everything is done as.
const ROOT: &str = "/home/user/work";
/// How long a sandbox lives when nobody speaks up for it: what is left of one whose worker died.
const LEASE: Duration = Duration::from_mins(5);
/// How often somebody does, so that the deadline and a person's time to answer are no concern of the sandbox's.
const REFRESH: Duration = Duration::from_mins(1);

/// How sandboxes are had.
#[derive(Clone, PartialEq, Eq)]
pub struct E2b {
    key: String,
    template: String,
    api: String,
    domain: String,
    /// Where all sandboxes are reached, where that is not by names of their own.
    sandboxes: Option<String>,
    root: String,
    refresh: Duration,
}

/// The key is nobody's to read.
impl fmt::Debug for E2b {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("E2b")
            .field("template", &self.template)
            .field("api", &self.api)
            .field("domain", &self.domain)
            .field("sandboxes", &self.sandboxes)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl E2b {
    /// Those of E2B's own cloud, for whoever has this key.
    pub fn new(key: &str) -> Self {
        Self {
            key: key.trim().to_owned(),
            template: TEMPLATE.to_owned(),
            api: format!("https://api.{DOMAIN}"),
            domain: DOMAIN.to_owned(),
            sandboxes: None,
            root: ROOT.to_owned(),
            refresh: REFRESH,
        }
    }

    /// What sandboxes are made from: the name or the id of a template in which the agent is installed.
    #[must_use]
    pub fn template(mut self, template: &str) -> Self {
        template.clone_into(&mut self.template);
        self
    }

    /// Those of somebody else's cloud, who serves the same API below this domain.
    #[must_use]
    pub fn domain(mut self, domain: &str) -> Self {
        domain.clone_into(&mut self.domain);
        self.api = format!("https://api.{domain}");
        self
    }

    /// Where the API is, where that is not `api.` and the domain.
    #[must_use]
    pub fn api(mut self, url: &str) -> Self {
        url.trim_end_matches('/').clone_into(&mut self.api);
        self
    }

    /// Where all sandboxes are reached, where that is not by names of their own below the domain.
    #[must_use]
    pub fn sandboxes(mut self, url: &str) -> Self {
        self.sandboxes = Some(url.trim_end_matches('/').to_owned());
        self
    }

    /// The folder in a sandbox that holds documents and report.
    #[must_use]
    pub fn root(mut self, folder: &str) -> Self {
        folder.trim_end_matches('/').clone_into(&mut self.root);
        self
    }

    /// How often a sandbox is kept from ending.
    #[cfg(test)]
    #[must_use]
    fn refresh(mut self, every: Duration) -> Self {
        self.refresh = every;
        self
    }
}
