//! Builds a demo world, or opens one that was built.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::calendar::{Calendar, screen_now};
use super::error::DemoError;
use super::fault::Fault;
use super::front::{self, Front, People, Reserved};
use super::pace::Pace;
use super::place::{Keys, Place, Running};
use super::random::StoryRandom;
use super::stage::{Held, Slow, Stage};
use super::story;
use crate::api::{NewToken, Role};
use crate::base::clock::SetClock;
use crate::base::{Clock as _, Random, SystemClock, SystemRandom, Timestamp};
use crate::client::{AccessToken, Client};
use crate::git::Git;
use crate::server::{self, Server, master_key};
use crate::store::StoreError;
use crate::store::sqlite::Sqlite;
use crate::worker::{Worker, WorkerConfig, WorkerError};

/// The slug of the demo's org.
const ORG: &str = "acme";
/// The runner's name.
const RUNNER: &str = "w-2";

/// How a world is built or opened.
pub struct Config {
    /// The demo's own directory.
    pub dir: PathBuf,
    /// The server's clock; the story sets it.
    pub clock: Arc<SetClock>,
    /// When the story ends.
    pub now: Timestamp,
    /// Whether the clock runs on from there; else it stands.
    pub runs_on: bool,
    /// Tokens and secrets.
    pub random: Arc<dyn Random>,
    /// Where the server listens; `None`: only in this process.
    pub listen: Option<SocketAddr>,
    /// What goes wrong from the start with what comes from outside.
    pub fault: Option<Fault>,
}

impl Config {
    /// A world to look at: the story ends now, and time goes on.
    pub fn live(dir: impl Into<PathBuf>, listen: Option<SocketAddr>) -> Self {
        let now = SystemClock.now();
        Self {
            dir: dir.into(),
            clock: Arc::new(SetClock::frozen(now)),
            now,
            runs_on: true,
            random: Arc::new(SystemRandom::new()),
            listen,
            fault: None,
        }
    }

    /// A world for pictures and tests: it stands at the moment that the screens show.
    pub fn still(dir: impl Into<PathBuf>) -> Self {
        let now = screen_now();
        Self {
            dir: dir.into(),
            clock: Arc::new(SetClock::frozen(now)),
            now,
            runs_on: false,
            random: Arc::new(SystemRandom::new()),
            listen: None,
            fault: None,
        }
    }
}

/// Somebody in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Admin.
    Ana,
    /// Operator.
    Bo,
}

/// A world whose server runs.
pub struct World {
    place: Place,
    clock: Arc<SetClock>,
    server: Server,
    front: Option<Front>,
    keys: Keys,
    held: Option<Held>,
    worker: Worker,
    at_work: Option<(CancellationToken, JoinHandle<Result<(), WorkerError>>)>,
    /// Whether time goes on in it.
    live: bool,
}

/// How much longer the run that is under way when the story ends takes once the worker is at work: long enough to be seen.
const LAST_RUN: Duration = Duration::from_secs(40);

/// Opens the world in a directory, and builds it first where there is none.
pub async fn open(config: Config) -> Result<World, DemoError> {
    let place = Place::at(&config.dir);
    let Some(keys) = place.keys()? else {
        return build(config).await;
    };
    refuse_running(&place, Some(&keys)).await?;
    if config.runs_on {
        config.clock.run_from(SystemClock.now());
    }
    // Settings name directories in full, and the whole directory may have been moved.
    place.write_git_config()?;
    let random = Arc::new(StoryRandom::new(Arc::clone(&config.random)));
    random.jitter_freely();
    let (server, reserved) = start(&config, &place, random).await?;
    let front = open_front(&config, &server, &keys, reserved).await?;
    let world = World {
        worker: worker(&config, &place, &keys, server.router()),
        front,
        clock: config.clock,
        server,
        keys,
        held: None,
        at_work: None,
        live: config.runs_on,
        place,
    };
    world.announce()?;
    Ok(world)
}

/// Builds a world from nothing, whatever the directory holds; refuses a directory that holds something else.
pub async fn build(config: Config) -> Result<World, DemoError> {
    let place = Place::at(&config.dir);
    // A world of another form has keys that cannot be read; nobody serves it then either.
    refuse_running(&place, place.keys().ok().flatten().as_ref()).await?;
    place.clear()?;
    place.write_git_config()?;
    let began = Instant::now();
    let calendar = Calendar::ending(config.now);
    config.clock.freeze(calendar.at("08-02 08:50"));
    let random = Arc::new(StoryRandom::new(Arc::clone(&config.random)));
    let (server, reserved) = start(&config, &place, Arc::clone(&random)).await?;
    let first = server
        .first_token()
        .cloned()
        .ok_or_else(|| DemoError::Damaged {
            path: place.database(),
            why: "a new database has an org already".to_owned(),
        })?;
    let mut keys = people(&server.client(Some(first))).await?;
    let pace = Pace::new(Arc::clone(&config.clock));
    let slow = Slow {
        router: server.router(),
        token: AccessToken::new(&keys.runner),
        config: worker_config(&config, &place),
        held: None,
    };
    let mut stage = Stage::new(
        calendar,
        Arc::clone(&config.clock),
        Arc::clone(&random),
        Arc::clone(&pace),
        place.clone(),
        (client(&server, &keys.ana), client(&server, &keys.bo)),
        server.client(None),
        worker(&config, &place, &keys, pace.through(server.router())),
        slow,
    );
    story::tell(&mut stage).await?;
    random.jitter_freely();
    if config.runs_on {
        // Building it took a while, too.
        let took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        config.clock.run_from(config.now.plus_millis(took));
    }
    keys.webhook_secrets = stage.secrets;
    place.keep_keys(&keys)?;
    let front = open_front(&config, &server, &keys, reserved).await?;
    let world = World {
        worker: worker(&config, &place, &keys, server.router()),
        front,
        clock: config.clock,
        server,
        keys,
        held: stage.slow.held,
        at_work: None,
        live: config.runs_on,
        place,
    };
    world.announce()?;
    Ok(world)
}

/// Two servers on one world would destroy it, and so would rebuilding it under a server.
async fn refuse_running(place: &Place, keys: Option<&Keys>) -> Result<(), DemoError> {
    let (Some(keys), Some(running)) = (keys, place.running()?) else {
        return Ok(());
    };
    let client = Client::remote(&running.address, Some(AccessToken::new(&keys.bo)))?;
    match client.me().await {
        Ok(_) => Err(DemoError::Running {
            dir: place.root().to_owned(),
            address: running.address,
        }),
        // Whatever answers there now is not the server of this world: that one was killed.
        Err(_) => Ok(()),
    }
}

fn client(server: &Server, token: &str) -> Client {
    server.client(Some(AccessToken::new(token)))
}

/// Tokens for the people and the runner, each a name in the log.
async fn people(first: &Client) -> Result<Keys, DemoError> {
    let mut tokens = Vec::new();
    for (name, role) in [
        ("ana", Role::Admin),
        ("bo", Role::Operator),
        (RUNNER, Role::Runner),
    ] {
        let created = first
            .create_token(&NewToken {
                name: name.to_owned(),
                role,
                expires_in: None,
            })
            .await?;
        tokens.push(created.token);
    }
    let mut tokens = tokens.into_iter();
    let mut next = || tokens.next().unwrap_or_default();
    Ok(Keys {
        format: 0,
        ana: next(),
        bo: next(),
        runner: next(),
        webhook_secrets: std::collections::BTreeMap::new(),
    })
}

async fn start(
    config: &Config,
    place: &Place,
    random: Arc<StoryRandom>,
) -> Result<(Server, Option<Reserved>), DemoError> {
    let reserved = match config.listen {
        Some(wanted) => Some(Reserved::at(wanted).await?),
        None => None,
    };
    let database = place.database();
    let data = database.parent().expect("the database lies in a directory");
    std::fs::create_dir_all(data).map_err(DemoError::io(data))?;
    let store = Sqlite::open(&database).map_err(|error| match error {
        StoreError::Refused(why) => DemoError::Database { why },
        other => DemoError::part("store")(other),
    })?;
    let (master_key, _) = master_key::load(None, data, config.random.as_ref())
        .map_err(DemoError::part("master key"))?;
    let server = Server::start(server::Config {
        clock: Arc::clone(&config.clock) as _,
        random: random as _,
        git: git(place),
        // The front listens in its place.
        listen: None,
        public_url: reserved
            .as_ref()
            .map(|it| format!("http://{}", it.address())),
        embedded: true,
        // Only when a source is linked: what its repositories hold beside what its webhooks told is part of its story.
        look_every: Some(Duration::ZERO),
        ..server::Config::new(Arc::new(store), master_key, ORG)
    })
    .await
    .map_err(DemoError::part("server"))?;
    Ok((server, reserved))
}

/// Opens the address: nobody comes in before the world is whole.
async fn open_front(
    config: &Config,
    server: &Server,
    keys: &Keys,
    reserved: Option<Reserved>,
) -> Result<Option<Front>, DemoError> {
    let Some(reserved) = reserved else {
        return Ok(None);
    };
    let org = client(server, &keys.bo).me().await?.org.id;
    let spare = [("ana", Role::Admin), ("bo", Role::Operator)];
    let people = People {
        tokens: front::known(keys),
        spare: spare
            .into_iter()
            .map(|(name, role)| (name.to_owned(), server.mint(org, name, role)))
            .collect(),
    };
    let front = reserved.open(server.router(), people, config.fault).await?;
    Ok(Some(front))
}

/// The git of this world: its repositories lie in the directory, under their real addresses.
fn git(place: &Place) -> Git {
    Git::new(true).global_config(place.git_config())
}

fn worker_config(config: &Config, place: &Place) -> WorkerConfig {
    WorkerConfig {
        git: git(place),
        clock: Arc::clone(&config.clock) as _,
        ..WorkerConfig::new(RUNNER, place.work())
    }
}

fn worker(config: &Config, place: &Place, keys: &Keys, router: axum::Router) -> Worker {
    let client = Client::local(router, Some(AccessToken::new(&keys.runner)));
    Worker::new(client, worker_config(config, place))
}

impl World {
    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<SetClock> {
        &self.clock
    }

    /// The directory.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Somebody's token.
    pub fn token(&self, person: Person) -> AccessToken {
        AccessToken::new(match person {
            Person::Ana => &self.keys.ana,
            Person::Bo => &self.keys.bo,
        })
    }

    /// A client of somebody, in this process.
    pub fn client(&self, person: Person) -> Client {
        self.server.client(Some(self.token(person)))
    }

    /// Lets the run that is under way go on to its end, and waits for it; false: none is held.
    pub async fn let_go(&mut self) -> Result<bool, DemoError> {
        let Some(held) = self.held.take() else {
            return Ok(false);
        };
        held.gate.open();
        held.task
            .await
            .map_err(DemoError::part("worker"))?
            .map_err(DemoError::part("worker"))
    }

    /// Runs one job if one may run now.
    pub async fn run_once(&self) -> Result<bool, DemoError> {
        self.worker
            .run_once()
            .await
            .map_err(DemoError::part("worker"))
    }

    /// Starts the worker: from now on runs are done as they come, and the one under way soon comes to its end.
    pub fn work(&mut self) {
        if self.at_work.is_some() {
            return;
        }
        if let Some(held) = &self.held {
            let gate = Arc::clone(&held.gate);
            tokio::spawn(async move {
                tokio::time::sleep(LAST_RUN).await;
                gate.open();
            });
        }
        let stop = CancellationToken::new();
        let (worker, until) = (self.worker.clone(), stop.clone());
        let task = tokio::spawn(async move { worker.run(until).await });
        self.at_work = Some((stop, task));
    }

    fn announce(&self) -> Result<(), DemoError> {
        match &self.front {
            None => Ok(()),
            Some(front) => self.place.announce(&Running {
                address: front.url(),
                pid: std::process::id(),
                control: Some(front.control()),
            }),
        }
    }

    /// Ends: the worker hands back what it is at, the server answers what is under way.
    pub async fn stop(mut self) -> Result<(), DemoError> {
        if self.front.is_some() {
            self.place.withdraw()?;
        }
        match (self.live, self.held.take()) {
            (true, Some(held)) => {
                held.gate.open();
                held.task
                    .await
                    .map_err(DemoError::part("worker"))?
                    .map_err(DemoError::part("worker"))?;
            }
            // Where time stands still, a run stays under way when its worker goes: its lease never ends.
            (false, Some(held)) => {
                held.task.abort();
                match held.task.await {
                    Ok(ended) => {
                        ended.map_err(DemoError::part("worker"))?;
                    }
                    Err(aborted) if aborted.is_cancelled() => {}
                    Err(error) => return Err(DemoError::part("worker")(error)),
                }
            }
            (_, None) => {}
        }
        if let Some((stop, task)) = self.at_work.take() {
            stop.cancel();
            task.await
                .map_err(DemoError::part("worker"))?
                .map_err(DemoError::part("worker"))?;
        }
        if let Some(front) = self.front.take() {
            // Feeds end with it; else they would hold their connections.
            self.server.stopping().cancel();
            front.close().await;
        }
        self.server.stop().await;
        Ok(())
    }
}
