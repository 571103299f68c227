//! The command line: one file per command family. Parses, calls, prints; decides nothing. Standard output carries the
//! result and nothing else; notes go to standard error. Exit codes: 0 done, 1 failed, 2 usage,
//! 3 what was checked does not hold: strict mode found something, rows are not what the log says.

mod agent;
mod auth;
#[cfg(feature = "bench")]
mod bench;
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
mod log_file;
mod logging;
mod man;
mod output;
mod person;
mod profile;
mod prompt;
mod provider;
mod queue;
mod repo;
mod serve;
mod servers;
mod signal;
mod source;
mod space;
mod sync;
mod taste;
mod upload;
mod webhook;
mod worker;
mod workspace;

use std::process::ExitCode;
use std::time::Duration;

use anstream::ColorChoice;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

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
#[allow(
    rustdoc::bare_urls,
    reason = "help for terminals, which is read as it stands"
)]
pub struct Global {
    /// The server to speak to, such as https://jolli.example.com; without it: this machine's own.
    #[arg(long, global = true, env = "JOLLI_URL", value_name = "URL")]
    server: Option<String>,
    /// The profile to use: a server, and perhaps an org and a space (`jolli profile`).
    #[arg(long, global = true, env = "JOLLI_PROFILE", value_name = "NAME")]
    profile: Option<String>,
    /// When to use colours: auto leaves them to the terminal and NO_COLOR.
    #[arg(long, global = true, value_enum, default_value_t = ColorArg::Auto, value_name = "WHEN")]
    color: ColorArg,
    /// Which profile counts.
    #[arg(skip)]
    chosen: profile::Chosen,
    /// The profile was named in the command line, where it counts more than variables do.
    #[arg(skip)]
    profile_is_given: bool,
    /// The profile took the place of the server that the environment names.
    #[arg(skip)]
    only_kept_tokens: bool,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ColorArg {
    Auto,
    Always,
    Never,
}

impl From<ColorArg> for ColorChoice {
    fn from(color: ColorArg) -> Self {
        match color {
            ColorArg::Auto => Self::Auto,
            ColorArg::Always => Self::Always,
            ColorArg::Never => Self::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens the console.
    Console(console::Console),
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
    /// Brings the documents of a project and those of its space in step.
    Sync(sync::Sync),
    /// Spaces, and which sources they watch.
    #[command(subcommand)]
    Space(space::SpaceCommand),
    /// Accounts and repositories whose webhooks the server takes.
    #[command(subcommand)]
    Integration(integration::IntegrationCommand),
    /// Servers that you work with, under names of their own.
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    /// Signs in to a server, and out.
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// Says why a cursor stands where it stands.
    #[command(subcommand)]
    Cursor(cursor::CursorCommand),
    /// What waits to run, who could run it, and what is held back.
    #[command(subcommand)]
    Queue(queue::QueueCommand),
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
    /// Measures this build on this machine.
    #[cfg(feature = "bench")]
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Prints completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page.
    Man(man::Man),
}

impl Command {
    /// Whether it speaks to a server that a profile may name.
    fn takes_a_profile(&self) -> bool {
        match self {
            Self::Console(_)
            | Self::Worker(_)
            | Self::Init(_)
            | Self::Source(_)
            | Self::Impact(_)
            | Self::Sync(_)
            | Self::Space(_)
            | Self::Integration(_)
            | Self::Auth(_)
            | Self::Cursor(_)
            | Self::Queue(_)
            | Self::Events(_)
            | Self::Webhook(_) => true,
            Self::Demo(_)
            | Self::Serve(_)
            | Self::Profile(_)
            | Self::Jrn(_)
            | Self::Repo(_)
            | Self::Completions { .. }
            | Self::Man(_) => false,
            #[cfg(feature = "bench")]
            Self::Bench(_) => false,
        }
    }
}

/// Runs the command line.
pub fn run() -> color_eyre::Result<ExitCode> {
    let matches = Cli::command().get_matches();
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    ColorChoice::from(cli.global.color).write_global();
    let command = cli
        .command
        .take()
        .unwrap_or_else(|| Command::Console(console::Console::usual()));
    if command.takes_a_profile() {
        // A flag says more than a variable; of two variables the address does.
        let given = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        cli.global.profile_is_given = given("profile");
        if let Err(error) = cli.global.choose(given("server")) {
            return Ok(output::refused(2, error));
        }
    }
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
        Command::Sync(args) => wait(sync::run(global, args)),
        Command::Space(command) => wait(space::run(global, command)),
        Command::Integration(command) => wait(integration::run(global, command)),
        Command::Profile(command) => profile::run(global, command),
        Command::Auth(command) => wait(auth::run(global, command)),
        Command::Cursor(command) => wait(cursor::run(global, command)),
        Command::Queue(command) => wait(queue::run(global, command)),
        Command::Events(events) => wait(events::run(global, events)),
        Command::Webhook(command) => wait(webhook::run(global, command)),
        Command::Jrn(command) => jrn::run(command),
        Command::Repo(command) => repo::run(command),
        #[cfg(feature = "bench")]
        Command::Bench(command) => bench::run(&command),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "jolli", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Man(args) => man::run(&args),
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
