//! Who edits the documents of a run, as `jolli worker` and `jolli serve` take it.

use std::time::Duration;

use clap::Args;

use crate::agent::Program;
use crate::worker::Provider;

#[derive(Debug, Args)]
pub struct ProviderArgs {
    /// The program that edits documents: a line for the shell. It is started in a folder with a copy of one document, with
    /// the path of a JSON report as its last argument. Without it documents are only marked for review.
    #[arg(long, env = "JOLLI_AGENT", value_name = "COMMAND")]
    agent: Option<String>,
    /// How long the program may take for one document, in seconds.
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
}

impl ProviderArgs {
    pub fn provider(&self) -> Provider {
        let command = self.agent.as_deref().map(str::trim).unwrap_or_default();
        if command.is_empty() {
            return Provider::None;
        }
        let program = Program::new(command, Duration::from_secs(self.agent_timeout));
        let names = self.agent_env.iter().map(|name| name.trim().to_owned());
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        Provider::Command(program.scrubbed(&names))
    }
}
