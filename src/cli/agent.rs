//! `jolli impact agent`: has an agent edit the documents that a change touches (sources.md §6: agent run).

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;

use super::impact::{Scope, tell, verdict};
use super::workspace::tell_upgrade;
use super::{Global, output, signal};
use crate::agent::Program;
use crate::project::impact;
use crate::project::update::{self, Ask, Candidate, Choice, MAX_DEPTH, Outcome, Status, Watcher};

/// What shells expect of who was interrupted.
const INTERRUPTED: u8 = 130;

/// Reasons that a prompt shows of a document; `v` shows all.
const SHOWN: usize = 3;

#[derive(Debug, Args)]
pub struct AgentArgs {
    #[command(flatten)]
    scope: Scope,
    /// The program that edits: a line for the shell. It is started in a folder with a copy of one document, with the path
    /// of a JSON report as its last argument. Without it documents are only told for review.
    #[arg(long, env = "JOLLI_AGENT", value_name = "COMMAND")]
    agent: Option<String>,
    /// How long the program may take for one document, in seconds.
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

pub async fn run(global: &Global, args: AgentArgs) -> color_eyre::Result<ExitCode> {
    if !args.yes && !args.dry_run && !std::io::stdin().is_terminal() {
        return Ok(output::refused(
            2,
            "each document is asked about, and there is no terminal to ask on; give --yes, or --dry-run to see what would be done",
        ));
    }
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
    let agent = args.agent.as_deref().map(str::trim);
    let agent = agent.filter(|command| !command.is_empty());
    if agent.is_none() && !args.dry_run {
        output::note("note: no agent is configured (--agent, JOLLI_AGENT), so nothing is edited");
    }
    let timeout = Duration::from_secs(args.timeout);
    let ask = Ask {
        docs,
        limit: args
            .limit
            .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        max_depth: if args.no_propagate { 0 } else { args.max_depth },
        dry_run: args.dry_run,
        agent: agent.map(|command| Program::new(command, timeout)),
    };
    let is_asking = Arc::new(AtomicBool::new(false));
    let mut person = Person {
        asks: !args.yes,
        prints: !args.json,
        dry_run: args.dry_run,
        is_asking: Arc::clone(&is_asking),
    };
    let interrupted = tokio::spawn(async move {
        if signal::interrupted().await.is_err() {
            // Nobody can be heard; then the system's own way of ending it holds.
            std::future::pending::<()>().await;
        }
        if is_asking.load(Ordering::SeqCst) {
            // The run waits for a line that does not come; nothing is on its way.
            std::process::exit(INTERRUPTED.into());
        }
    });
    // An interrupted run is dropped, and with it the agent and all it started.
    let updated = tokio::select! {
        updated = update::run(&workspace, found.as_ref(), &ask, &mut person) => updated?,
        _ = interrupted => {
            return Ok(output::refused(INTERRUPTED, "interrupted; what was done until here stands in .jolli/impact-audit.jsonl"));
        }
    };
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

/// Who is asked and told on a terminal.
struct Person {
    asks: bool,
    prints: bool,
    dry_run: bool,
    /// A prompt waits for its answer.
    is_asking: Arc<AtomicBool>,
}

impl Watcher for Person {
    fn choose(&mut self, candidate: Candidate<'_>) -> std::io::Result<Choice> {
        if !self.asks {
            return Ok(Choice::Update);
        }
        let shown = |count: usize| {
            for why in candidate.why.iter().take(count) {
                output::note(format_args!(
                    "    [{}] {} matched {}",
                    why.source, why.changed_file, why.pattern
                ));
            }
            match candidate.why.len().saturating_sub(count) {
                0 => {}
                more => output::note(format_args!("    and {more} more")),
            }
        };
        output::note(format_args!("{} ({})", candidate.path, candidate.jrn));
        shown(SHOWN);
        loop {
            let mut terminal = anstream::stderr();
            write!(terminal, "  [u]pdate, [v]iew, [s]kip, [q]uit? ")?;
            terminal.flush()?;
            let mut answer = String::new();
            self.is_asking.store(true, Ordering::SeqCst);
            let read = std::io::stdin().lock().read_line(&mut answer);
            self.is_asking.store(false, Ordering::SeqCst);
            if read? == 0 {
                return Ok(Choice::Quit);
            }
            match answer.trim().to_lowercase().as_str() {
                "u" | "update" => return Ok(Choice::Update),
                "s" | "skip" => return Ok(Choice::Skip),
                "q" | "quit" => return Ok(Choice::Quit),
                "v" | "view" => shown(usize::MAX),
                _ => output::note("  one of the letters u, v, s, q"),
            }
        }
    }

    fn done(&mut self, outcome: &Outcome, level: usize) -> std::io::Result<()> {
        for file in &outcome.left_out {
            output::note(format_args!(
                "note: for {} the agent also wrote {file}, which is not taken over",
                outcome.path
            ));
        }
        if let Some(error) = &outcome.error {
            output::note(format_args!("{}: {error}", outcome.path));
        }
        if !self.prints {
            return Ok(());
        }
        let what = match outcome.status {
            Status::Skipped if self.dry_run => "would look at",
            status => status.as_str(),
        };
        let after = match (level, outcome.evidence.first()) {
            (0, _) | (_, None) => String::new(),
            (_, Some(why)) => format!(", watches {}", why.changed_file),
        };
        output::line(format_args!(
            "{what:<9}  {} ({}){after}",
            outcome.path, outcome.jrn
        ))
    }
}
