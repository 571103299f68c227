//! What job queues of the field reach on SQLite and on PostgreSQL, with every commit synced, to stand beside jolli's own
//! figures from the same machine and run. A line for each figure, and one JSON object with all of them as the last line.
//!
//! `peers --dir DIR [--postgres URL] [--batch N] [--connections N] [--only FIGURE] [sqlite|postgres]...`
//!
//! SQLite files are made in DIR and removed. URL names a server whose role may create databases; each peer gets one of its own,
//! which is dropped at the end.
//!
//! The peers are apalis and riverqueue (River). fang also runs on both and is left out, as it is not sound: version 0.11 reads
//! a ready task and marks it as in progress with two statements on a pool and no transaction, on SQLite without any lock and on
//! PostgreSQL with one that ends with the first statement, so that two workers can run the same task. It also needs another
//! major version of the SQLite driver, which cannot be linked into the same process.

mod apalis_postgres_queue;
mod apalis_queue;
mod apalis_sqlite_queue;
mod databases;
mod measure;
mod queue;
mod report;
mod river_queue;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;

use futures::FutureExt as _;
use serde_json::{Value, json};

use self::apalis_postgres_queue::ApalisPostgres;
use self::apalis_sqlite_queue::ApalisSqlite;
use self::databases::{Postgres, SqliteFile};
use self::measure::{Settings, measure};
use self::queue::Queue;
use self::report::{Figures, fdatasync};
use self::river_queue::River;

/// SQLite has one writer: with one connection producers wait in the pool's fair line, not in SQLite's busy handler.
const SQLITE_CONNECTIONS: u32 = 1;
const POSTGRES_CONNECTIONS: u32 = 32;
const BATCH: usize = 200;
const WIDE: usize = 1_000;
const USAGE: &str = "peers --dir DIR [--postgres URL] [--batch N] [--connections N] [--only FIGURE] [sqlite|postgres]...";

struct Args {
    dir: PathBuf,
    postgres: Option<String>,
    batch: usize,
    connections: Option<u32>,
    only: Option<String>,
    databases: Vec<String>,
}

impl Args {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut dir, mut postgres, mut batch, mut connections, mut only) =
            (None, None, BATCH, None, None);
        let mut databases = Vec::new();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--dir" => dir = Some(PathBuf::from(value()?)),
                "--postgres" => postgres = Some(value()?),
                "--batch" => batch = value()?.parse().map_err(|_| "--batch needs a number")?,
                "--connections" => {
                    connections = Some(
                        value()?
                            .parse()
                            .map_err(|_| "--connections needs a number")?,
                    );
                }
                "--only" => only = Some(value()?),
                "sqlite" | "postgres" => databases.push(word),
                _ => return Err(format!("what is {word}?")),
            }
        }
        let dir = dir.ok_or("--dir is missing")?;
        if databases.is_empty() {
            databases.push("sqlite".to_owned());
            if postgres.is_some() {
                databases.push("postgres".to_owned());
            }
        }
        if batch == 0 || connections == Some(0) {
            return Err("a batch or pool of none cannot work".to_owned());
        }
        Ok(Self {
            dir,
            postgres,
            batch,
            connections,
            only,
            databases,
        })
    }
}

fn main() -> ExitCode {
    let args = match Args::read(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    match runtime.block_on(run(&args)) {
        Ok(peers) => {
            println!("{peers}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<Value, String> {
    let sync = fdatasync(&args.dir).map_err(|error| format!("{}: {error}", args.dir.display()))?;
    println!("fdatasync of 4 KiB in --dir: median {sync:.3} ms");
    let mut peers = Vec::new();
    for database in &args.databases {
        if database == "sqlite" {
            sqlite(args, &mut peers).await?;
        } else {
            postgres(args, &mut peers).await?;
        }
    }
    Ok(json!({ "fdatasync_ms": sync, "peers": peers }))
}

async fn sqlite(args: &Args, peers: &mut Vec<Value>) -> Result<(), String> {
    let connections = args.connections.unwrap_or(SQLITE_CONNECTIONS);
    let file = SqliteFile::new(&args.dir, "apalis");
    let figures = Figures::new("apalis", apalis_queue::VERSION, "sqlite");
    let opened = ApalisSqlite::open(&file, connections, args.batch).await?;
    peers.push(figures_of(opened, args, figures).await);

    let file = SqliteFile::new(&args.dir, "river");
    let figures = Figures::new("riverqueue", river_queue::VERSION, "sqlite");
    let opened = River::sqlite(&file, connections).await?;
    peers.push(figures_of(opened, args, figures).await);
    Ok(())
}

async fn postgres(args: &Args, peers: &mut Vec<Value>) -> Result<(), String> {
    let Some(url) = args.postgres.as_deref() else {
        println!("PostgreSQL was not measured: --postgres names no server");
        return Ok(());
    };
    let connections = args.connections.unwrap_or(POSTGRES_CONNECTIONS);
    for peer in ["apalis", "river"] {
        let database = Postgres::create(url, peer)
            .await
            .map_err(|error| error.to_string())?;
        let measuring = async {
            if peer == "apalis" {
                let figures = Figures::new("apalis", apalis_queue::VERSION, "postgres");
                let opened = ApalisPostgres::open(&database, connections, args.batch).await?;
                Ok(figures_of(opened, args, figures).await)
            } else {
                let figures = Figures::new("riverqueue", river_queue::VERSION, "postgres");
                let opened = River::postgres(&database, connections).await?;
                Ok(figures_of(opened, args, figures).await)
            }
        };
        // The database goes whatever happened.
        let measured: Result<Result<Value, String>, _> =
            AssertUnwindSafe(measuring).catch_unwind().await;
        database.remove().await.map_err(|error| error.to_string())?;
        peers.push(measured.map_err(|_| format!("{peer} failed on PostgreSQL"))??);
    }
    Ok(())
}

async fn figures_of<Q: Queue>(
    (queue, settings): (Q, String),
    args: &Args,
    mut figures: Figures,
) -> Value {
    figures.settings(settings);
    let settings = Settings {
        batch: args.batch,
        wide: WIDE,
        only: args.only.as_deref(),
    };
    measure(&queue, settings, &mut figures).await;
    figures.into_json()
}
