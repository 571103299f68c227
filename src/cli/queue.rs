//! `jolli queue`: what waits to run, who could run it, and what is held back.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Global, output};
use crate::api::{JobKind, PauseRequest, Queue, Runner};

#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// Lists the kinds of jobs, how many wait and run, and the runners that take them.
    List(ListArgs),
    /// Holds back every job of a kind: they are queued, and wait.
    Pause(PauseArgs),
    /// Lets the jobs of a kind go on.
    Resume(KindArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct KindArgs {
    /// Which: cli-impact, catch-up, agent-turn.
    kind: JobKind,
}

#[derive(Debug, Args)]
pub struct PauseArgs {
    #[command(flatten)]
    queue: KindArgs,
    /// Why, for the record.
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    queues: Vec<Queue>,
    runners: Vec<Runner>,
}

pub async fn run(global: &Global, command: QueueCommand) -> color_eyre::Result<ExitCode> {
    let client = global.project_client()?;
    match command {
        QueueCommand::List(args) => {
            let (queues, runners) = tokio::try_join!(client.queues(), client.runners())?;
            let listed = Listed { queues, runners };
            if args.json {
                output::json(&listed)?;
            } else {
                list(&listed)?;
            }
        }
        QueueCommand::Pause(PauseArgs { queue, reason }) => {
            client
                .pause_queue(queue.kind, &PauseRequest { reason })
                .await?;
            output::line(format_args!("{} is paused: its runs wait", queue.kind))?;
        }
        QueueCommand::Resume(KindArgs { kind }) => {
            client.resume_queue(kind).await?;
            output::line(format_args!("{kind} goes on"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(listed: &Listed) -> color_eyre::Result<()> {
    let queues: Vec<[String; 4]> = listed
        .queues
        .iter()
        .map(|queue| {
            let held = queue.paused.as_ref().map_or_else(String::new, |pause| {
                let why = pause.reason.as_deref();
                let why = why.map_or_else(String::new, |why| format!(": {why}"));
                format!("since {} by {}{why}", pause.since, pause.by)
            });
            [
                queue.kind.to_string(),
                queue.waiting.to_string(),
                queue.running.to_string(),
                held,
            ]
        })
        .collect();
    output::table(["QUEUE", "WAITING", "RUNNING", "PAUSED"], &queues)?;
    if listed.runners.is_empty() {
        output::note("note: no runner was heard of in the last seven days; `jolli worker` is one");
        return Ok(());
    }
    let runners: Vec<[String; 5]> = listed
        .runners
        .iter()
        .map(|runner| {
            let kinds: Vec<&str> = runner.kinds.iter().map(|kind| kind.as_str()).collect();
            let silent = if runner.alive { "" } else { " (silent)" };
            [
                runner.name.clone(),
                runner.version.clone(),
                runner.provider.clone(),
                format!("{}{silent}", runner.seen_at),
                kinds.join(", "),
            ]
        })
        .collect();
    output::line("")?;
    output::table(
        ["RUNNER", "VERSION", "AGENT", "HEARD OF", "TAKES"],
        &runners,
    )?;
    Ok(())
}
