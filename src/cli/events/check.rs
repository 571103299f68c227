//! Whether the rows are what the log says, and writing anew those that are not.

use std::process::ExitCode;

use clap::Args;

use super::log::Log;
use crate::api::LogCheck;
use crate::cli::database::{self, Database};
use crate::cli::{Global, embedded, output};
use crate::store::Drift;

/// The exit code of rows that are not what the log says.
const DRIFT: u8 = 3;

#[derive(Debug, Args)]
pub struct Verify {
    /// As JSON: events folded, rows compared, differences.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct Rebuild {
    /// As JSON: events folded, rows compared, what differed.
    #[arg(long)]
    json: bool,
}

pub async fn verify(
    global: &Global,
    given: Option<&str>,
    verify: Verify,
) -> color_eyre::Result<ExitCode> {
    let check = Log::open(global, given).await?.verify().await?;
    if verify.json {
        output::json(&check)?;
    } else {
        tell(
            &check,
            "the rows are what the log says",
            "not what the log says",
        )?;
    }
    Ok(if check.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DRIFT)
    })
}

pub async fn rebuild(
    global: &Global,
    given: Option<&str>,
    rebuild: Rebuild,
) -> color_eyre::Result<ExitCode> {
    let check = mend(global, given).await?;
    if rebuild.json {
        output::json(&check)?;
    } else {
        tell(&check, "nothing differed", "written anew")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// By the server where one is: of a file, only one may write (engine.md: embedded).
async fn mend(global: &Global, given: Option<&str>) -> color_eyre::Result<LogCheck> {
    if given.is_none() {
        if global.server().is_some() {
            return Ok(global.client()?.rebuild_log().await?);
        }
        // It serves the file of the data folder, and no other database.
        if database::named(None).is_none()
            && let Some((client, _)) = embedded::find(&global.home()?).await?
        {
            return Ok(client.rebuild_log().await?);
        }
    }
    let database = Database::here(global, given)?;
    // Only what is a database of ours already; opening alone would make one.
    drop(database.look().await?);
    let store = database.open().await?;
    let drift = store.rebuild().await;
    store.close().await;
    Ok(told(drift?))
}

fn tell(check: &LogCheck, clean: &str, otherwise: &str) -> std::io::Result<()> {
    for difference in &check.differences {
        output::line(difference)?;
    }
    let verdict = match check.differences.len() {
        0 => clean.to_owned(),
        1 => format!("1 difference, {otherwise}"),
        n => format!("{n} differences, {otherwise}"),
    };
    output::line(format_args!(
        "{} events, {} rows: {verdict}",
        check.events, check.rows
    ))
}

/// What a store found, as the wire says it.
pub fn told(drift: Drift) -> LogCheck {
    LogCheck {
        events: drift.events,
        rows: drift.rows,
        differences: drift.differences,
    }
}
