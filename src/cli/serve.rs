//! `jolli serve`: the API, webhook intake and live events, with workers in the same process. Composes what `server` and
//! `worker` know nothing of in each other.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::database::Database;
use super::embedded::{self, Running, Served};
use super::provider::ProviderArgs;
use super::{Global, output};
use crate::api::{OrgId, Role};
use crate::base::{SystemClock, SystemRandom};
use crate::client::Query;
use crate::git::Git;
use crate::local::{Home, Settings};
use crate::server::{Config, Server, master_key};
use crate::store::Retention;
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
    /// The database: a path, sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE. Without it: jolli.db in the data
    /// folder.
    #[arg(long, env = "JOLLI_DATABASE", value_name = "DATABASE")]
    database: Option<String>,
    /// How others reach this server, such as https://jolli.example.com; stands in webhook addresses.
    #[arg(long, env = "JOLLI_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// How many jobs run at once in this process; 0 leaves them to `jolli worker`.
    #[arg(long, default_value_t = 1, value_name = "N")]
    workers: u16,
    /// About how many seconds lie between two looks at the branch of a source, which find what no webhook told; 0 looks only
    /// when a source is linked or turned on.
    #[arg(
        long,
        env = "JOLLI_LOOK_EVERY",
        default_value_t = 600,
        value_name = "SECONDS"
    )]
    look_every: u32,
    #[command(flatten)]
    provider: ProviderArgs,
    /// Slug of the first org, on an empty database.
    #[arg(long, default_value = "default", value_name = "SLUG")]
    org: String,
    /// For how many days a command that is given again gets the answer it got; one that changed something is refused after
    /// that, and never done twice.
    #[arg(
        long,
        env = "JOLLI_KEEP_RECEIPTS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..),
        value_name = "DAYS"
    )]
    keep_receipts: u16,
    /// For how many days the body of a delivery is kept, and can be processed again.
    #[arg(
        long,
        env = "JOLLI_KEEP_BODIES",
        default_value_t = 90,
        value_parser = clap::value_parser!(u16).range(1..),
        value_name = "DAYS"
    )]
    keep_bodies: u16,
    /// Serve the consoles of this machine and end a minute after the last one and the last job.
    #[arg(long, hide = true)]
    embedded: bool,
}

pub async fn run(global: &Global, serve: Serve) -> color_eyre::Result<ExitCode> {
    if let Err(error) = super::logging::begin() {
        return Ok(output::refused(2, error));
    }
    let home = global.home()?;
    let jobs = match Settings::read(&home) {
        Ok(settings) => settings.features.server_jobs,
        Err(error) => return Ok(output::refused(2, error)),
    };
    let data = home.data()?.to_owned();
    // A variable that is set to nothing says nothing.
    let database = Database::of(serve.database.as_deref().filter(|d| !d.is_empty()), &data);
    let provider = match serve
        .provider
        .provider(&own_folders(&home, Some(&database)))
    {
        Ok(provider) => provider,
        Err(error) => return Ok(output::refused(2, error)),
    };
    let admin_token = std::env::var("JOLLI_ADMIN_TOKEN")
        .ok()
        .filter(|token| !token.is_empty());
    let shown = admin_token.is_none() && !serve.embedded;
    let random = Arc::new(SystemRandom::new());
    let variable = std::env::var("JOLLI_SECRET_KEY").ok();
    let previous = std::env::var("JOLLI_SECRET_KEY_PREVIOUS").ok();
    let previous_key = match master_key::previous(variable.as_deref(), previous.as_deref()) {
        Ok(key) => key,
        Err(error) => return Ok(output::refused(2, error)),
    };
    // Before the database is opened: without a key nothing in it is touched.
    let (folder, shared) = match &database {
        Database::Sqlite(path) => (path.parent().map_or(data, Path::to_owned), None),
        Database::Postgres(_) => match master_key::shared(variable.as_deref()) {
            Ok(key) => (data, Some(key)),
            Err(error) => return Ok(output::refused(2, error)),
        },
    };
    // Who would start a second server on this machine's own data is told where this one is.
    let own_data = !serve.embedded && database == Database::of(None, home.data()?);
    let store = match database.open().await {
        Ok(store) => store,
        Err(error) => return Ok(output::failed(error)),
    };
    let master_key = match shared {
        Some(key) => key,
        None => master_key::load(variable.as_deref(), &folder, random.as_ref())?.0,
    };
    let git = Git::from_env();
    let server = Server::start(Config {
        store,
        clock: Arc::new(SystemClock),
        random,
        master_key,
        previous_key,
        git: git.clone(),
        listen: Some(serve.listen),
        public_url: serve.public_url,
        embedded: serve.embedded,
        org: serve.org,
        admin_token,
        retention: Retention::days(serve.keep_receipts, serve.keep_bodies),
        jobs,
        look_every: Some(Duration::from_secs(u64::from(serve.look_every))),
    })
    .await?;
    if let Some(token) = server.first_token()
        && shown
    {
        output::note(format_args!(
            "first admin token, shown this once: {}",
            token.expose()
        ));
    }
    let stop = CancellationToken::new();
    let mut workers = Vec::new();
    let mut announced = None;
    if !jobs {
        output::note(format_args!(
            "server_jobs is off in {}: events queue jobs, and these wait until it is on",
            Settings::path(&home).display()
        ));
    } else if serve.workers > 0 {
        let name = hostname();
        let config = WorkerConfig {
            git,
            concurrency: usize::from(serve.workers),
            provider,
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
    let served = own_data.then(|| Served {
        pid: std::process::id(),
        address: server.url().to_owned(),
    });
    if let Some(served) = &served {
        served.announce(&home)?;
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
    if let Some(served) = served {
        served.retire(&home)?;
    }
    if let Some(boot_id) = announced {
        embedded::retire(&home, &boot_id)?;
    }
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// The folders that are jolli's own, and no agent's.
pub fn own_folders(home: &Home, database: Option<&Database>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [home.config(), home.data(), home.state()]
        .into_iter()
        .filter_map(|folder| folder.ok().map(Path::to_owned))
        .collect();
    if let Some(Database::Sqlite(path)) = database {
        folders.extend(path.parent().map(Path::to_owned));
    }
    folders
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
