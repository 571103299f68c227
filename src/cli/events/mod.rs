//! `jolli events`: the log, as it grows and as it was; whether the rows are what it says; and all of it in a file.

mod check;
mod export;
mod log;
mod print;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Global, output};

/// The log: everything that ever happened, in order.
///
/// `--server` reads it from a server. Without it: from the database of this machine, which is only looked at, so that a
/// server may be using it meanwhile.
#[derive(Debug, Args)]
pub struct Events {
    /// The database to look at instead of asking a server: a path, sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE. Without
    /// both: what `jolli serve` here uses.
    #[arg(long, global = true, value_name = "DATABASE")]
    database: Option<String>,
    #[command(subcommand)]
    command: EventsCommand,
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// Prints events as they are recorded, until interrupted.
    ///
    /// Needs a server: the one that is named, or the one of this machine's consoles.
    Tail(print::Tail),
    /// Prints one event with everything that was recorded of it.
    Show(print::Show),
    /// Prints a part of the log.
    ///
    /// Reads page by page to the end that the log had when it began, however long that is.
    Replay(print::Replay),
    /// Compares every row with the log that it was made from.
    ///
    /// Folds the whole log anew, and names each row that differs, is missing, or should not be there. Writes nothing, and a
    /// server may go on working meanwhile. Exit code 0: they agree; 3: they do not (`jolli events rebuild` mends that).
    Verify(check::Verify),
    /// Writes every row anew that differs from the log.
    ///
    /// Goes through the server where one runs, and reading goes on meanwhile; opens the database itself where none does. Says
    /// what differed. The log is never changed.
    Rebuild(check::Rebuild),
    /// Writes every event as a line of JSON, with everything that was recorded of it.
    ///
    /// To standard output, or to a file that appears once it is complete. Takes the same memory however long the log is.
    Export(export::Export),
}

/// Events asked for at once.
const PAGE: u32 = 500;

pub async fn run(global: &Global, events: Events) -> color_eyre::Result<ExitCode> {
    let database = events.database.as_deref();
    match events.command {
        EventsCommand::Tail(_) if database.is_some() => Ok(output::refused(
            2,
            "tail follows a server, not a database: give --server URL instead of --database, or use replay",
        )),
        EventsCommand::Tail(tail) => print::tail(global, tail).await,
        EventsCommand::Show(show) => print::show(global, database, show).await,
        EventsCommand::Replay(replay) => print::replay(global, database, replay).await,
        EventsCommand::Verify(verify) => check::verify(global, database, verify).await,
        EventsCommand::Rebuild(rebuild) => check::rebuild(global, database, rebuild).await,
        EventsCommand::Export(export) => export::export(global, database, export).await,
    }
}
