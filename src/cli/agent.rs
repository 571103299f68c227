//! `jolli impact agent`: has an agent edit the documents that a change touches (sources.md §6: agent run).

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::impact::{Scope, tell, verdict};
use super::person::Person;
use super::workspace::tell_upgrade;
use super::{Global, output, signal};
use crate::agent::{Acp, Program};
use crate::domain::kind::RuntimeMode;
use crate::project::impact;
use crate::project::update::{self, Ask, Editor, MAX_DEPTH};

/// What shells expect of who was interrupted.
const INTERRUPTED: u8 = 130;

#[derive(Debug, Args)]
pub struct AgentArgs {
    #[command(flatten)]
    scope: Scope,
    /// The program that edits: a line for the shell. It is started in a folder with a copy of one document, with the path
    /// of a JSON report as its last argument. Without it documents are only told for review.
    #[arg(long, env = "JOLLI_AGENT", value_name = "COMMAND")]
    agent: Option<String>,
    /// An agent that speaks the Agent Client Protocol, instead of a program: a line for the shell, such as `opencode acp`. It
    /// has a conversation for each document, tells what it does, and asks before it acts.
    #[arg(
        long,
        env = "JOLLI_AGENT_ACP",
        value_name = "COMMAND",
        conflicts_with = "agent"
    )]
    agent_acp: Option<String>,
    /// Whether such an agent asks before it acts. Without it, it asks; with --yes, where nobody is asked, it has to be said:
    /// `full-access` lets it act, `approval-required` declines whatever it asks.
    #[arg(
        long,
        value_enum,
        value_name = "MODE",
        requires = "agent_acp",
        conflicts_with = "agent"
    )]
    agent_mode: Option<Mode>,
    /// How long the program, or the agent without the time that you take to answer, may take for one document, in seconds.
    #[arg(long, default_value_t = 600, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Only say which documents would be looked at, and which may follow.
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Ask nothing.
    #[arg(long, short)]
    yes: bool,
    /// At most so many of the documents that code touches.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// How many levels of documents that watch documents are followed.
    #[arg(long, default_value_t = MAX_DEPTH, value_name = "N")]
    max_depth: usize,
    /// Do not go on to documents that watch the changed ones.
    #[arg(long)]
    no_propagate: bool,
    /// Only go on from the documents that the last run changed.
    #[arg(long, conflicts_with_all = ["no_propagate", "base", "head", "uncommitted", "source", "limit", "strict"])]
    propagate_only: bool,
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

/// What an agent may do without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// It asks before it acts.
    ApprovalRequired,
    /// Whatever it likes, within its documents.
    FullAccess,
}

impl From<Mode> for RuntimeMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::ApprovalRequired => Self::ApprovalRequired,
            Mode::FullAccess => Self::FullAccess,
        }
    }
}

impl AgentArgs {
    /// Who edits.
    ///
    /// # Errors
    /// Nobody said whether an agent that asks may act where nobody is asked.
    fn editor(&self) -> Result<Option<Editor>, &'static str> {
        let named = |command: Option<&String>| {
            let command = command?.trim().to_owned();
            Some(command).filter(|command| !command.is_empty())
        };
        let deadline = Duration::from_secs(self.timeout);
        if let Some(command) = named(self.agent.as_ref()) {
            return Ok(Some(Editor::Program(Program::new(&command, deadline))));
        }
        let Some(command) = named(self.agent_acp.as_ref()) else {
            return Ok(None);
        };
        let mode = match self.agent_mode {
            Some(Mode::FullAccess) => RuntimeMode::FullAccess,
            None if self.yes && !self.dry_run => {
                return Err(
                    "with --yes nobody is asked, and the agent asks before it acts; say --agent-mode full-access to let it act, or --agent-mode approval-required to have whatever it asks declined",
                );
            }
            Some(Mode::ApprovalRequired) | None => RuntimeMode::ApprovalRequired,
        };
        Ok(Some(Editor::Acp(Acp::new(&command, deadline), mode)))
    }
}

pub async fn run(global: &Global, args: AgentArgs) -> color_eyre::Result<ExitCode> {
    if !args.yes && !args.dry_run && !std::io::stdin().is_terminal() {
        return Ok(output::refused(
            2,
            "each document is asked about, and there is no terminal to ask on; give --yes, or --dry-run to see what would be done",
        ));
    }
    let agent = match args.editor() {
        Ok(agent) => agent,
        Err(why) => return Ok(output::refused(2, why)),
    };
    let workspace = global.workspace()?;
    tell_upgrade(&workspace)?;
    let scope = args.scope.ask(false);
    let docs = scope.docs.clone();
    let found = if args.propagate_only {
        None
    } else {
        let found = impact::run(&workspace, &scope).await?;
        tell(&found, true);
        // Nothing is edited by an answer that is not whole.
        if let Some(code) = verdict(&found, args.scope.strict) {
            return Ok(code);
        }
        Some(found)
    };
    if agent.is_none() && !args.dry_run {
        output::note(
            "note: no agent is configured (--agent or --agent-acp, JOLLI_AGENT or JOLLI_AGENT_ACP), so nothing is edited",
        );
    }
    let ask = Ask {
        docs,
        limit: args
            .limit
            .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        max_depth: if args.no_propagate { 0 } else { args.max_depth },
        dry_run: args.dry_run,
        agent,
    };
    let mut person = Person::new(!args.yes, !args.json, args.dry_run);
    let interrupted = async {
        if signal::interrupted().await.is_err() {
            // Nobody can be heard; then the system's own way of ending it holds.
            std::future::pending::<()>().await;
        }
    };
    let found = found.as_ref();
    let updated = update::run(&workspace, found, &ask, &mut person, interrupted).await?;
    if updated.interrupted {
        person.prompt.end_line();
        return Ok(output::refused(
            INTERRUPTED,
            "interrupted; no agent runs any more, and what was done until here stands in .jolli/impact-audit.jsonl",
        ));
    }
    if args.json {
        output::json(&updated)?;
    } else if updated.results().next().is_none() {
        output::line("No impacted docs found.")?;
    }
    if let Some(propagation) = &updated.propagation {
        for id in &propagation.cycles_detected {
            output::note(format_args!(
                "note: {id} watches, over other documents, what it changed itself; it had its turn, and the circle ends there"
            ));
        }
        if propagation.max_depth_reached {
            output::note(format_args!(
                "note: more documents follow behind level {}; --max-depth goes further",
                propagation.depth
            ));
        }
    }
    Ok(if updated.failed() {
        output::failed("not every document could be looked at; see above")
    } else {
        ExitCode::SUCCESS
    })
}
