//! The command line: one file per command family. Parses, calls, prints; decides nothing. Standard output carries the
//! result and nothing else; notes go to standard error. Exit codes: 0 done, 1 failed, 2 usage,
//! 3 what was checked does not hold: strict mode found something, rows are not what the log says.

mod auth;
mod connect;
mod console;
mod cursor;
mod database;
mod demo;
mod embedded;
mod events;
mod impact;
mod init;
mod integration;
mod jrn;
mod output;
mod repo;
mod serve;
mod signal;
mod source;
mod space;
mod webhook;
mod worker;
mod workspace;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

/// Keeps documents true to the code they describe.
///
/// Without a command: opens the console. With no server configured it starts, and later finds again, a server of its own.
#[derive(Debug, Parser)]
#[command(
    name = "jolli",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The server to speak to, such as https://jolli.example.com; without it: this machine's own.
    #[arg(long, global = true, env = "JOLLI_URL", value_name = "URL")]
    server: Option<String>,
    /// One folder for everything that jolli keeps for you.
    #[arg(
        long,
        global = true,
        env = "JOLLI_HOME",
        value_name = "DIR",
        hide = true
    )]
    home: Option<std::path::PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens the console.
    Console(console::ConsoleArgs),
    /// Opens the console on a small world to explore: real repositories, webhooks, runs, a stuck cursor, conflicts.
    Demo(Box<demo::Demo>),
    /// Serves the API, webhooks and live events; runs jobs too.
    Serve(serve::Serve),
    /// Runs jobs for a server.
    Worker(worker::WorkerArgs),
    /// Makes this folder a docs project.
    Init(init::Init),
    /// The sources of a docs project: adds, links, lists, removes.
    #[command(subcommand)]
    Source(source::SourceCommand),
    /// Finds the documents that a change touches, and checks their rules.
    Impact(Box<impact::Impact>),
    /// Spaces, and which sources they watch.
    #[command(subcommand)]
    Space(space::SpaceCommand),
    /// Accounts and repositories whose webhooks the server takes.
    #[command(subcommand)]
    Integration(integration::IntegrationCommand),
    /// Signs in to a server, and out.
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// Says why a cursor stands where it stands.
    #[command(subcommand)]
    Cursor(cursor::CursorCommand),
    /// Shows the log, checks the rows against it, and writes it out.
    Events(events::Events),
    /// Sends webhooks, for trying an integration.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Reads, matches and converts JRNs.
    #[command(subcommand)]
    Jrn(jrn::JrnCommand),
    /// Reads repository coordinates.
    #[command(subcommand)]
    Repo(repo::RepoCommand),
    /// Prints completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page.
    Man,
}

/// Runs the command line.
pub fn run() -> color_eyre::Result<ExitCode> {
    let cli = Cli::parse();
    let command = cli
        .command
        .unwrap_or_else(|| Command::Console(console::ConsoleArgs::usual()));
    match execute(&cli.global, command) {
        Err(error) if output::reader_is_gone(&error) => Ok(ExitCode::SUCCESS),
        // A sentence for people; the report with its trail is for panics.
        Err(error) => Ok(output::failed(error)),
        done => done,
    }
}

fn execute(global: &Global, command: Command) -> color_eyre::Result<ExitCode> {
    match command {
        Command::Console(args) => console::run(global, &args),
        Command::Demo(args) => demo::run(global, &args),
        Command::Serve(args) => wait(serve::run(global, args)),
        Command::Worker(args) => wait(worker::run(global, args)),
        Command::Init(args) => wait(init::run(global, args)),
        Command::Source(command) => wait(source::run(global, command)),
        Command::Impact(args) => wait(impact::run(global, *args)),
        Command::Space(command) => wait(space::run(global, command)),
        Command::Integration(command) => wait(integration::run(global, command)),
        Command::Auth(command) => wait(auth::run(global, command)),
        Command::Cursor(command) => wait(cursor::run(global, command)),
        Command::Events(events) => wait(events::run(global, events)),
        Command::Webhook(command) => wait(webhook::run(global, command)),
        Command::Jrn(command) => jrn::run(command),
        Command::Repo(command) => repo::run(command),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "jolli", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// How long the process waits for threads that block, once its work is done: what is still folded then nobody waits for.
const LEAVE: Duration = Duration::from_secs(2);

fn wait(work: impl Future<Output = color_eyre::Result<ExitCode>>) -> color_eyre::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(LEAVE);
    done
}
