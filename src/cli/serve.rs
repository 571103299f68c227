//! `jolli serve`: the API, webhook intake and live events, with workers in the same process. Composes what `server` and
//! `worker` know nothing of in each other.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::embedded::{self, Running};
use super::{Global, output};
use crate::api::{OrgId, Role};
use crate::base::{SystemClock, SystemRandom};
use crate::client::Query;
use crate::git::Git;
use crate::server::{Config, Server, master_key};
use crate::store::sqlite::Sqlite;
use crate::worker::{Worker, WorkerConfig};

#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen; port 0 takes a free one. The first line of standard output says which.
    #[arg(
        long,
        default_value = "127.0.0.1:4780",
        env = "JOLLI_LISTEN",
        value_name = "ADDRESS"
    )]
    listen: SocketAddr,
    /// The database: a path, or sqlite:PATH. Without it: jolli.db in the data folder.
    #[arg(long, env = "JOLLI_DATABASE", value_name = "DATABASE")]
    database: Option<String>,
    /// How others reach this server, such as https://jolli.example.com; stands in webhook addresses.
    #[arg(long, env = "JOLLI_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// How many jobs run at once in this process; 0 leaves them to `jolli worker`.
    #[arg(long, default_value_t = 1, value_name = "N")]
    workers: u16,
    /// Slug of the first org, on an empty database.
    #[arg(long, default_value = "default", value_name = "SLUG")]
    org: String,
    /// Serve the consoles of this machine and end a minute after the last one and the last job.
    #[arg(long, hide = true)]
    embedded: bool,
}

fn database(given: Option<&str>, data: &std::path::Path) -> Result<PathBuf, String> {
    match given {
        None => Ok(data.join("jolli.db")),
        Some(text) if text.starts_with("postgres:") || text.starts_with("postgresql:") => {
            Err("PostgreSQL is not supported by this version; give a path for SQLite".to_owned())
        }
        Some(text) => Ok(PathBuf::from(text.strip_prefix("sqlite:").unwrap_or(text))),
    }
}

pub async fn run(global: &Global, serve: Serve) -> color_eyre::Result<ExitCode> {
    let home = global.home()?;
    let data = home.data()?.to_owned();
    let path = match database(serve.database.as_deref(), &data) {
        Ok(path) => path,
        Err(why) => return Ok(output::refused(2, why)),
    };
    let random = Arc::new(SystemRandom::new());
    let store = match Sqlite::open(&path) {
        Ok(store) => store,
        Err(error) => return Ok(output::failed(error)),
    };
    let variable = std::env::var("JOLLI_SECRET_KEY").ok();
    let folder = path.parent().map_or(data, std::path::Path::to_owned);
    let (master_key, _) = master_key::load(variable.as_deref(), &folder, random.as_ref())?;
    let git = Git::from_env();
    let server = Server::start(Config {
        store: Arc::new(store),
        clock: Arc::new(SystemClock),
        random,
        master_key,
        git: git.clone(),
        listen: Some(serve.listen),
        public_url: serve.public_url,
        embedded: serve.embedded,
        org: serve.org,
        admin_token: std::env::var("JOLLI_ADMIN_TOKEN")
            .ok()
            .filter(|t| !t.is_empty()),
    })
    .await?;
    if let Some(token) = server.first_token()
        && std::env::var_os("JOLLI_ADMIN_TOKEN").is_none()
        && !serve.embedded
    {
        output::note(format_args!(
            "first admin token, shown this once: {}",
            token.expose()
        ));
    }
    let stop = CancellationToken::new();
    let mut workers = Vec::new();
    let mut announced = None;
    if serve.workers > 0 {
        let name = hostname();
        let config = WorkerConfig {
            git,
            concurrency: usize::from(serve.workers),
            ..WorkerConfig::new(name.clone(), folder.join("worker"))
        };
        let worker = Worker::new(server.worker(OrgId(1), &name), config);
        let stop = stop.clone();
        workers.push(tokio::spawn(async move { worker.run(stop).await }));
    }
    if serve.embedded {
        let running = Running {
            pid: std::process::id(),
            boot_id: uuid::Uuid::new_v4().to_string(),
            address: server.url().to_owned(),
            token: server
                .mint(OrgId(1), &user(), Role::Admin)
                .expose()
                .to_owned(),
        };
        embedded::announce(&home, &running)?;
        announced = Some(running.boot_id);
    }
    // Said last: whoever waits for this line finds everything ready.
    output::line(format_args!("listening on {}", server.url()))?;
    tokio::select! {
        ended = super::signal::interrupted() => ended?,
        () = unused(&server), if serve.embedded => {}
    }
    stop.cancel();
    for worker in workers {
        if let Err(error) = worker.await? {
            output::note(format_args!("jolli: the worker ended: {error}"));
        }
    }
    if let Some(boot_id) = announced {
        embedded::retire(&home, &boot_id)?;
    }
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// How long the embedded server stays after its last client.
const LINGER: Duration = Duration::from_mins(1);

/// Returns once no console uses the server and no job runs.
async fn unused(server: &Server) {
    let client = server.client(Some(server.mint(OrgId(1), "embedded server", Role::Viewer)));
    loop {
        server.idle_for(LINGER).await;
        let running = client
            .jobs(&Query::new().filter("status", "running").limit(1))
            .await;
        if running.is_ok_and(|page| page.items.is_empty()) {
            return;
        }
    }
}

/// The person at this machine, as the log names them.
fn user() -> String {
    std::env::var("USER")
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "operator".to_owned())
}

/// The machine's name, for telling runners apart.
pub fn hostname() -> String {
    std::fs::read_to_string("/etc/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "worker".to_owned())
}
