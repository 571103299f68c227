//! Who edits the documents of a run, as `jolli worker` and `jolli serve` take it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::output;
use crate::agent::{Acp, E2b};
use crate::agent::{Jail, Program, Sandboxes};
use crate::worker::{Conversing, Provider};

/// Where a key of E2B is looked for; agents get neither.
const KEYS: [&str; 2] = ["JOLLI_E2B_API_KEY", "E2B_API_KEY"];

#[derive(Debug, Args)]
pub struct ProviderArgs {
    /// The program that edits documents: a line for the shell. It is started in a folder with a copy of one document, with
    /// the path of a JSON report as its last argument. Without it documents are only marked for review.
    #[arg(long, env = "JOLLI_AGENT", value_name = "COMMAND")]
    agent: Option<String>,
    /// An agent that speaks the Agent Client Protocol, instead of a program: a line for the shell, such as `opencode acp`. It
    /// has one conversation for the documents of a space, tells what it does, and asks where the space wants that.
    #[arg(
        long,
        env = "JOLLI_AGENT_ACP",
        value_name = "COMMAND",
        conflicts_with = "agent"
    )]
    agent_acp: Option<String>,
    /// How long what such an agent asks may wait for an answer, in seconds; its run waits with it.
    #[arg(
        long,
        env = "JOLLI_AGENT_ASK_TIMEOUT",
        default_value_t = 3_600,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    agent_ask_timeout: u64,
    /// How long the program may take for one document, or the agent for those of a space, in seconds.
    #[arg(
        long,
        env = "JOLLI_AGENT_TIMEOUT",
        default_value_t = 600,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    agent_timeout: u64,
    /// A variable that the program gets; it sees PATH, TMPDIR, the locale and the time zone
    /// besides, and a home of its own; never jolli's own secrets.
    #[arg(
        long,
        env = "JOLLI_AGENT_ENV",
        value_delimiter = ',',
        value_name = "NAME"
    )]
    agent_env: Vec<String>,
    /// What keeps the program from the rest of this machine: namespaces of its own by `bwrap`, in which it sees the system's
    /// programs and its documents; auto takes them where they can be had. With e2b nothing runs on this machine: each turn has
    /// a sandbox in the cloud of E2B, for the key in JOLLI_E2B_API_KEY (or E2B_API_KEY). With a key, spaces choose.
    #[arg(
        long,
        env = "JOLLI_AGENT_SANDBOX",
        value_enum,
        default_value_t = Sandbox::Auto,
        value_name = "WHICH"
    )]
    agent_sandbox: Sandbox,
    /// What sandboxes of E2B are made from: the template in which the agent is installed.
    #[arg(
        long,
        env = "JOLLI_E2B_TEMPLATE",
        default_value = "base",
        value_name = "NAME"
    )]
    e2b_template: String,
    /// The domain of whoever serves E2B's API, where that is not E2B: it is asked at `api.` and the domain.
    #[arg(long, env = "E2B_DOMAIN", value_name = "DOMAIN")]
    e2b_domain: Option<String>,
    /// Where that API is instead.
    #[arg(long, env = "JOLLI_E2B_URL", value_name = "URL")]
    e2b_url: Option<String>,
    /// Where all sandboxes are reached, where that is not by names of their own below the domain.
    #[arg(long, env = "E2B_SANDBOX_URL", value_name = "URL")]
    e2b_sandbox_url: Option<String>,
    /// A path that the program may read besides, in the sandbox of this machine.
    #[arg(
        long,
        env = "JOLLI_AGENT_READ",
        value_delimiter = ',',
        value_name = "PATH"
    )]
    agent_read: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sandbox {
    Auto,
    Bwrap,
    None,
    E2b,
}

impl ProviderArgs {
    /// The provider that the arguments describe, which in a sandbox does not see the folders of `hidden`; a note says where an agent runs without a sandbox.
    ///
    /// # Errors
    /// The sandbox that has to be there is not, or has not what the agent needs.
    pub fn provider(&self, hidden: &[PathBuf]) -> Result<Provider, String> {
        let named = self.agent.as_deref().or(self.agent_acp.as_deref());
        let command = named.map(str::trim).unwrap_or_default();
        if command.is_empty() {
            return Ok(Provider::None);
        }
        // A slip in a path must not cost the sandbox.
        Jail::check_readable(&self.agent_read)?;
        let e2b = self.e2b();
        let is_usual = self.agent_sandbox == Sandbox::E2b;
        let jail = match self.agent_sandbox {
            Sandbox::None => None,
            Sandbox::E2b if e2b.is_some() => None,
            Sandbox::E2b => {
                return Err(format!(
                    "--agent-sandbox e2b needs a key of E2B in {} (https://e2b.dev/dashboard has keys)",
                    KEYS.join(" or ")
                ));
            }
            wanted => match Jail::find(&self.agent_read, hidden) {
                Ok(jail) if !jail.has_program_of(command) => {
                    return Err(format!(
                        "the sandbox has not what `{command}` starts: show its folder with --agent-read, or say --agent-sandbox none"
                    ));
                }
                Ok(jail) => Some(jail),
                Err(why) if wanted == Sandbox::Bwrap => return Err(why),
                Err(why) => {
                    output::note(format_args!(
                        "note: the agent sees whatever this user may read: {why}"
                    ));
                    None
                }
            },
        };
        let deadline = Duration::from_secs(self.agent_timeout);
        let names = self.agent_env.iter().map(|name| name.trim().to_owned());
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        let there = Sandboxes::scrubbed(&names)
            .jailed(jail)
            .in_e2b(e2b, is_usual);
        Ok(if self.agent.is_some() {
            Provider::Command(Program::new(command, deadline).placed(there))
        } else {
            Provider::Acp(Conversing {
                agent: Acp::new(command, deadline).placed(there),
                patience: Duration::from_secs(self.agent_ask_timeout),
            })
        })
    }

    /// How sandboxes of E2B are had, where there is a key. That stands in no argument, which everybody on the machine could read.
    fn e2b(&self) -> Option<E2b> {
        let key = KEYS.iter().find_map(|name| {
            let key = std::env::var(name).ok()?;
            Some(key).filter(|key| !key.trim().is_empty())
        })?;
        let mut e2b = E2b::new(&key).template(&self.e2b_template);
        let given = |option: &Option<String>| option.clone().filter(|it| !it.is_empty());
        if let Some(domain) = given(&self.e2b_domain) {
            e2b = e2b.domain(&domain);
        }
        if let Some(url) = given(&self.e2b_url) {
            e2b = e2b.api(&url);
        }
        if let Some(url) = given(&self.e2b_sandbox_url) {
            e2b = e2b.sandboxes(&url);
        }
        Some(e2b)
    }
}
