//! Printing events: as they come, one, or a part of the log.

use std::process::ExitCode;

use clap::Args;
use futures_util::StreamExt as _;

use super::log::{self, Log};
use crate::api::{Event, Sequence};
use crate::cli::connect::ConnectError;
use crate::cli::{Global, embedded, output};
use crate::client::{Client, Query};
use crate::domain::event::Stream;

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

#[derive(Debug, Args)]
pub struct Show {
    /// Its position in the log.
    sequence: i64,
    /// As JSON (what is printed without it too).
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct Replay {
    /// The first position to print.
    #[arg(long, value_name = "SEQ", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    from: i64,
    /// The last position to print; without it: the end of the log.
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(i64).range(1..))]
    to: Option<i64>,
    /// Only the events of one thing, such as source/7 or thread/job-91-space-3.
    #[arg(long, value_name = "KIND/ID", value_parser = stream)]
    stream: Option<Stream>,
    /// One JSON object a line, with everything that was recorded.
    #[arg(long)]
    json: bool,
}

/// Reads `kind/id`.
fn stream(text: &str) -> Result<Stream, String> {
    text.split_once('/')
        .and_then(|(kind, id)| Stream::parse(kind, id))
        .ok_or_else(|| {
            format!("`{text}` is not KIND/ID, such as source/7; kinds are org, integration, source, space, job, project and thread")
        })
}

/// How many of the newest events are shown first.
const RECENT: u32 = 10;

/// The server that is named, else the one of this machine's consoles.
pub async fn client(global: &Global) -> color_eyre::Result<Client> {
    if global.server().is_some() {
        return Ok(global.client()?);
    }
    match embedded::find(&global.home()?).await? {
        Some((client, _)) => Ok(client),
        None => Err(ConnectError::NoServer.into()),
    }
}

pub async fn tail(global: &Global, tail: Tail) -> color_eyre::Result<ExitCode> {
    let client = client(global).await?;
    let mut after = match tail.after {
        Some(after) => Sequence(after),
        None => Sequence((log::newest(&client, RECENT).await?.0 - 1).max(0)),
    };
    if tail.no_follow {
        loop {
            let query = Query::new().after(after).limit(super::PAGE);
            let page = client.events_page(&query).await?;
            for event in &page.events {
                line(event, tail.json)?;
            }
            match page.next_sequence {
                Some(next) => after = next,
                None => return Ok(ExitCode::SUCCESS),
            }
        }
    }
    let mut events = client.follow_events(after, None);
    while let Some(event) = events.next().await {
        line(&event?, tail.json)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn show(
    global: &Global,
    database: Option<&str>,
    show: Show,
) -> color_eyre::Result<ExitCode> {
    let log = Log::open(global, database).await?;
    let at = show.sequence;
    let mut shown = None;
    log.each(None, at..=at, |recorded| {
        shown = Some(recorded.event.clone());
        Ok(())
    })
    .await?;
    match shown {
        Some(event) => output::json(&event)?,
        None => return Ok(output::failed(format_args!("there is no event @{at}"))),
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn replay(
    global: &Global,
    database: Option<&str>,
    replay: Replay,
) -> color_eyre::Result<ExitCode> {
    let log = Log::open(global, database).await?;
    let head = log.head().await?.0;
    let to = replay.to.map_or(head, |to| to.min(head));
    log.each(replay.stream.as_ref(), replay.from..=to, |recorded| {
        if replay.json {
            output::line(serde_json::to_string(recorded)?)
        } else {
            output::line(describe(&recorded.event))
        }
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}

fn line(event: &Event, json: bool) -> color_eyre::Result<()> {
    if json {
        output::line(serde_json::to_string(event)?)?;
    } else {
        output::line(describe(event))?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_kind_and_id_and_ids_may_hold_slashes() {
        assert_eq!(
            stream("thread/a/b").unwrap(),
            Stream::Thread("a/b".parse().unwrap())
        );
        for bad in ["", "source", "source/x", "planet/7"] {
            assert!(stream(bad).is_err(), "{bad}");
        }
    }
}
