//! `jolli demo`: a small complete world to explore, in a directory of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};

use super::console::ConsoleArgs;
use super::{Global, output, taste};
use crate::base::{Clock, SystemClock};
use crate::console::{Connect, Options};
use crate::demo::{self, Config, Fault, Person};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Demo {
    #[command(subcommand)]
    command: Option<DemoCommand>,
    #[command(flatten)]
    world: WorldArgs,
    #[command(flatten)]
    console: ConsoleArgs,
    /// As whom to look: ana is admin, bo is operator.
    #[arg(long = "as", value_enum, default_value_t = Who::Bo)]
    who: Who,
    /// Serve the world without a console: prints its address and the tokens of ana and bo.
    #[arg(long)]
    headless: bool,
    /// Where its server listens.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Build the world anew, whatever was done in it.
    #[arg(long)]
    fresh: bool,
    /// Stand still at the moment of the pictures, with nobody at work: for pictures and tests.
    #[arg(long)]
    still: bool,
    /// What goes wrong from the start, as with `jolli demo fault`: 'latency 2s', 401, 409, '429 30s', 500, 503, lost, 'outage 30s'.
    #[arg(long, value_name = "FAULT")]
    faults: Option<Fault>,
}

#[derive(Debug, Args)]
struct WorldArgs {
    /// The directory of the world.
    #[arg(long, value_name = "DIR", env = "JOLLI_DEMO_DIR", global = true)]
    dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum DemoCommand {
    /// Makes a commit in a repository of the demo world, pushes it, and delivers the signed webhook to the demo's server.
    Push {
        /// The source whose repository is pushed to.
        source: Option<String>,
    },
    /// Makes the running demo's server fail, to see how a console takes it; `off` ends that.
    ///
    /// latency 2s: every answer takes so much longer. 401: the tokens in use are refused, others are told. 409: every change is
    /// told that somebody else was quicker. 429 [30s]: asked to wait. 500, 503: the server fails. lost: changes are carried out,
    /// their answers are lost. outage [30s]: nobody listens.
    #[command(verbatim_doc_comment)]
    Fault {
        /// latency 2s, 401, 409, 429 [30s], 500, 503, lost, outage [30s], off.
        #[arg(required = true, num_args = 1..=2, value_name = "FAULT")]
        words: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Who {
    Ana,
    Bo,
}

pub fn run(global: &Global, demo: &Demo) -> color_eyre::Result<ExitCode> {
    let dir = match &demo.world.dir {
        Some(dir) => std::path::absolute(dir)?,
        None => global.home()?.data()?.join("demo"),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let code = runtime.block_on(async {
        match &demo.command {
            Some(DemoCommand::Push { source }) => push(&dir, source.as_deref()).await,
            Some(DemoCommand::Fault { words }) => fault(&dir, &words.join(" ")).await,
            None => open(global, dir, demo).await,
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    code
}

async fn push(dir: &std::path::Path, source: Option<&str>) -> color_eyre::Result<ExitCode> {
    let pushed = demo::push(dir, source).await?;
    let short = |sha: &str| sha.get(..7).unwrap_or(sha).to_owned();
    output::line(format_args!(
        "{} {}: {} → {}, delivery {}",
        pushed.repo,
        pushed.branch,
        short(&pushed.before),
        short(&pushed.after),
        pushed.delivery
    ))?;
    output::json(&pushed.answer)?;
    Ok(ExitCode::SUCCESS)
}

async fn fault(dir: &std::path::Path, words: &str) -> color_eyre::Result<ExitCode> {
    let fault = match Fault::of(words) {
        Ok(fault) => fault,
        Err(error) => return Ok(output::refused(2, error)),
    };
    let told = demo::set_fault(dir, fault).await?;
    output::line(&told.effect)?;
    for (name, token) in &told.tokens {
        output::line(format_args!("{name} signs in with: {token}"))?;
    }
    if fault.is_some() {
        output::note("`jolli demo fault off` ends it.");
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(global: &Global, dir: PathBuf, args: &Demo) -> color_eyre::Result<ExitCode> {
    let chosen = match taste::choose(&global.home()?, &args.console) {
        Ok(chosen) => chosen,
        Err(error) => return Ok(output::refused(2, error)),
    };
    let mut config = if args.still {
        Config::still(&dir)
    } else {
        Config::live(&dir, Some(args.listen))
    };
    config.listen = Some(args.listen);
    config.fault = args.faults;
    let clock = Arc::clone(&config.clock);
    let began = std::time::Instant::now();
    if !args.console.picture.wanted() {
        output::note(format_args!(
            "Opening the demo world in {} …",
            dir.display()
        ));
    }
    let mut world = if args.fresh {
        demo::build(config).await?
    } else {
        demo::open(config).await?
    };
    tracing::info!(
        seconds = began.elapsed().as_secs_f32(),
        "the demo world is ready"
    );
    if !args.still {
        world.work();
    }
    let person = match args.who {
        Who::Ana => Person::Ana,
        Who::Bo => Person::Bo,
    };
    let code = if args.headless {
        output::line(format_args!("listening on {}", world.server().url()))?;
        output::line(format_args!(
            "ana (admin): {}",
            world.token(Person::Ana).expose()
        ))?;
        output::line(format_args!(
            "bo (operator): {}",
            world.token(Person::Bo).expose()
        ))?;
        super::signal::interrupted().await?;
        ExitCode::SUCCESS
    } else {
        let url = world.server().url().to_owned();
        let client = crate::client::Client::remote(&url, Some(world.token(person)))?;
        let state = world.place().root().join("console");
        let skin = chosen.skin;
        let mut options = Options {
            profile: "acme".to_owned(),
            org: "acme".to_owned(),
            read_only: args.console.read_only,
            open: args.console.open.clone(),
            newcomers: true,
            clock: if args.still {
                clock as Arc<dyn Clock>
            } else {
                Arc::new(SystemClock)
            },
            state: (!args.still && !args.console.picture.wanted()).then(|| state.clone()),
            dumps: std::env::current_dir()?,
            ..Options::new(Arc::new(Connect::with(client)), "embedded", &url, skin)
        };
        chosen.put(&mut options);
        if !args.console.picture.wanted() {
            super::console::tell_about(&mut options, &state);
        }
        if args.console.plain {
            crate::console::run_plain_in(options).await?
        } else {
            args.console.picture.take(options).await?
        }
    };
    world.stop().await?;
    Ok(code)
}
