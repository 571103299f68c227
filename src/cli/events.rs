//! `jolli events`: the log, as it grows.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use futures_util::StreamExt as _;

use super::{Global, output};
use crate::api::{Event, Sequence};

#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// Prints events as they are recorded, until interrupted.
    Tail(Tail),
    /// Prints one event.
    Show {
        /// Its position in the log.
        sequence: i64,
    },
}

#[derive(Debug, Args)]
pub struct Tail {
    /// Start after this position; without it: with the last ten events.
    #[arg(long, value_name = "SEQ")]
    after: Option<i64>,
    /// Print what is there and end, instead of waiting for more.
    #[arg(long)]
    no_follow: bool,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Events asked for at once.
const PAGE: u32 = 500;
/// How many of the newest events are shown first.
const RECENT: i64 = 10;

pub async fn run(global: &Global, command: EventsCommand) -> color_eyre::Result<ExitCode> {
    let client = global.client()?;
    match command {
        EventsCommand::Show { sequence } => {
            let page = client.events(Sequence(sequence - 1), 1).await?;
            match page.events.first().filter(|e| e.sequence.0 == sequence) {
                Some(event) => output::json(event)?,
                None => {
                    return Ok(output::failed(format_args!(
                        "there is no event @{sequence}"
                    )));
                }
            }
        }
        EventsCommand::Tail(tail) => {
            let head = client.snapshot(None).await?.snapshot_sequence;
            let mut after = Sequence(tail.after.unwrap_or((head.0 - RECENT).max(0)));
            // The feed of rows says that something happened; the pages are the truth about what.
            let mut news = client.follow_rows(head);
            loop {
                loop {
                    let page = client.events(after, PAGE).await?;
                    for event in &page.events {
                        if tail.json {
                            output::line(serde_json::to_string(event)?)?;
                        } else {
                            output::line(describe(event))?;
                        }
                        after = event.sequence;
                    }
                    if page.next_sequence.is_none() {
                        break;
                    }
                }
                if tail.no_follow {
                    break;
                }
                match news.next().await {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.into()),
                    None => break,
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(event: &Event) -> String {
    format!(
        "@{:<6} {}  {:<24} {:<32} {} {}",
        event.sequence,
        event.occurred_at,
        format!("{} {}", event.actor.kind, event.actor.id),
        event.event_type,
        event.aggregate_kind,
        event.stream_id,
    )
}
