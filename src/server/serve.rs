//! Starting and stopping a server: for `jolli serve`, for the demo, and for tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::app::App;
use super::doors;
use super::master_key::{self, KeyError};
use super::patrol::Patrol;
use super::router;
use super::routes;
use super::seal::{MasterKey, Sealer};
use crate::api::{OrgId, Role};
use crate::base::{Clock, Random, SystemClock, SystemRandom};
use crate::client::{AccessToken, Client};
use crate::engine::{self, BootstrapError, Engine, Keeper};
use crate::git::Git;
use crate::store::{Retention, Store};

/// What a server is made of.
pub struct Config {
    /// The log and its rows.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Tokens, secrets, jitter.
    pub random: Arc<dyn Random>,
    /// What secrets are sealed with.
    pub master_key: MasterKey,
    /// What they were sealed with before, where that key is being replaced.
    pub previous_key: Option<MasterKey>,
    /// How remotes are looked at: access checks, and the head that a link starts from.
    pub git: Git,
    /// Where to listen; `None`: only in this process.
    pub listen: Option<SocketAddr>,
    /// How the server is reached from outside, such as `https://jolli.example`; absent: where it listens.
    pub public_url: Option<String>,
    /// Whether this is the embedded server of this machine.
    pub embedded: bool,
    /// The slug of the first org.
    pub org: String,
    /// The first admin token, where the operator gives it; else one is made.
    pub admin_token: Option<String>,
    /// How long what may age is kept.
    pub retention: Retention,
    /// Whether runners may claim jobs; else jobs are queued, and wait.
    pub jobs: bool,
    /// About how often each remote is looked at; zero: only when a source is linked or turned on; `None`: never.
    pub look_every: Option<Duration>,
}

impl Config {
    /// A server of this process alone: it listens nowhere, looks at no remote by itself, and takes the time as it is.
    pub fn new(store: Arc<dyn Store>, master_key: MasterKey, org: &str) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::new()),
            master_key,
            previous_key: None,
            git: Git::new(false),
            listen: None,
            public_url: None,
            embedded: false,
            org: org.to_owned(),
            admin_token: None,
            retention: Retention::default(),
            jobs: true,
            look_every: None,
        }
    }
}

/// A server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// There is no first org.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// Its master key is not the one of the database.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The address is taken, or not of this machine.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

/// A running server.
pub struct Server {
    app: Arc<App>,
    router: Router,
    address: Option<SocketAddr>,
    first_token: Option<AccessToken>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts: the first org is there, the router answers, leases end in time.
    pub async fn start(config: Config) -> Result<Self, ServerError> {
        let engine = Engine::new(config.store, config.clock, config.random);
        let first_token =
            engine::bootstrap(&engine, &config.org, config.admin_token.as_deref()).await?;
        let sealer = Sealer::new(config.master_key).with_previous(config.previous_key);
        master_key::recognise(&engine, &sealer).await?;
        let app = Arc::new(App::new(
            engine.clone(),
            sealer,
            config.git,
            config.embedded,
            config.jobs,
        ));
        let router = router::router(&app, &routes::table());
        let mut tasks = vec![tokio::spawn(
            Keeper::new(engine, config.retention).run(app.stop.clone()),
        )];
        if let Some(every) = config.look_every {
            let patrol = Patrol::new(Arc::clone(&app), every);
            tasks.push(tokio::spawn(patrol.run(app.stop.clone())));
        }
        let mut address = None;
        if let Some(wanted) = config.listen {
            let failed = |source| ServerError::Listen {
                address: wanted,
                source,
            };
            let listener = TcpListener::bind(wanted).await.map_err(failed)?;
            let got = listener.local_addr().map_err(failed)?;
            address = Some(got);
            tasks.push(tokio::spawn(doors::accept(
                listener,
                router.clone(),
                app.stop.clone(),
            )));
        }
        let url = config
            .public_url
            .or_else(|| address.map(|at| format!("http://{at}")))
            .unwrap_or_else(|| "http://localhost".to_owned());
        // Set once, here; nothing else writes it.
        let _ = app.public_url.set(url.trim_end_matches('/').to_owned());
        Ok(Self {
            app,
            router,
            address,
            first_token: first_token.map(|token| AccessToken::new(&token)),
            tasks,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// How it is reached.
    pub fn url(&self) -> &str {
        self.app.public_url.get().map_or("", String::as_str)
    }

    /// The first admin token, if this start made the first org; to be shown once.
    pub const fn first_token(&self) -> Option<&AccessToken> {
        self.first_token.as_ref()
    }

    /// The router, for clients of this process.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// A client of this process.
    pub fn client(&self, token: Option<AccessToken>) -> Client {
        Client::local(self.router.clone(), token)
    }

    /// A client for a worker of this process: a runner of the org, whose token lives only here.
    pub fn worker(&self, org: OrgId, name: &str) -> Client {
        self.client(Some(self.mint(org, name, Role::Runner)))
    }

    /// A token that lives as long as this process.
    pub fn mint(&self, org: OrgId, name: &str, role: Role) -> AccessToken {
        AccessToken::new(
            &self
                .app
                .minted
                .mint(org, name, role, self.app.random.as_ref()),
        )
    }

    /// Returns once no person used it for `quiet`; workers do not count.
    pub async fn idle_for(&self, quiet: Duration) {
        self.app.activity.idle_for(quiet).await;
    }

    /// Told to stop; whoever shares the process may wait for it.
    pub fn stopping(&self) -> CancellationToken {
        self.app.stop.clone()
    }

    /// Stops: no new requests, those under way are answered, what is queued is written.
    pub async fn stop(self) {
        self.app.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the server ended badly");
            }
        }
        self.app.store.close().await;
    }
}
