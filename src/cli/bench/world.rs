//! What the console looks at: a server of this process with many sources, a thousand of which change every second when asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use color_eyre::eyre::{bail, eyre};
use portable_pty::CommandBuilder;
use tokio::task::JoinHandle;

use crate::api::{NewIntegration, OrgId, Provider, Role};
use crate::base::{SystemClock, SystemRandom};
use crate::client::AccessToken;
use crate::domain::event::{Actor, NewEvent, Payload, Stream};
use crate::domain::id::{IntegrationId, JobId, LeaseEpoch, SourceId};
use crate::domain::kind::SourceType;
use crate::domain::view::{Decider, Decision, IdKind, Need, Stop, View};
use crate::engine::{self, Command, Engine};
use crate::server::{Config, Server, seal::MasterKey};
use crate::store::sqlite::Sqlite;
use crate::store::{Outcome, Store};

/// Sources of one command.
const BATCH: usize = 500;

/// Sources that change in a second.
const CHANGED: usize = 1_000;

/// The server, its address and who looks.
pub struct World {
    server: Server,
    engine: Engine,
    token: AccessToken,
    /// How many sources there are.
    pub sources: usize,
    /// The name of the first.
    pub first: &'static str,
    folder: tempfile::TempDir,
    home: AtomicI64,
}

/// Sources as people have them: linked, seen, processed up to a commit.
#[derive(Debug)]
struct Fill {
    integration: IntegrationId,
    places: std::ops::Range<usize>,
}

impl Decider for Fill {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let count = self.places.len() as u32;
        view.require((0..count).map(|n| Need::NextId(IdKind::Source, n)))?;
        let mut decision = Decision::default();
        for (n, place) in self.places.clone().enumerate() {
            let id = SourceId(view.next_id(IdKind::Source, n as u32)?);
            let repo = format!("github.com/acme/service-{place:06}");
            let facts = [
                Payload::SourceCreated {
                    name: format!("service-{place:06}"),
                    source_type: SourceType::Git,
                    repo: Some(repo.clone()),
                    repo_key: Some(repo),
                    branch: Some("main".to_owned()),
                    integration_id: Some(self.integration),
                    enabled: true,
                },
                Payload::HeadObserved {
                    sha: commit(place, 0),
                    pending: false,
                    baseline: true,
                    missed: false,
                },
                Payload::CursorAdvanced {
                    from: None,
                    to: commit(place, 0),
                    job_id: JobId(1),
                    epoch: LeaseEpoch(1),
                },
            ];
            let stream = Stream::Source(id);
            let events = facts
                .into_iter()
                .map(|fact| NewEvent::new(stream.clone(), fact));
            decision.events.extend(events);
        }
        Ok(decision)
    }
}

/// New heads of many sources at once.
#[derive(Debug)]
struct Push {
    ids: std::ops::Range<i64>,
    round: usize,
}

impl Decider for Push {
    fn decide(&self, _: &View) -> Result<Decision, Stop> {
        let pushed = |id: i64| {
            let fact = Payload::HeadObserved {
                sha: commit(id as usize, self.round),
                pending: true,
                baseline: false,
                missed: false,
            };
            NewEvent::new(Stream::Source(SourceId(id)), fact)
        };
        Ok(Decision {
            events: self.ids.clone().map(pushed).collect(),
            ..Decision::default()
        })
    }
}

fn commit(place: usize, round: usize) -> String {
    format!("{place:020x}{round:020x}")
}

async fn write(engine: &Engine, decider: impl Decider + 'static) -> color_eyre::Result<()> {
    let command = Command::by(Actor::system());
    match engine.dispatch(OrgId(1), command, decider).await? {
        Outcome::Accepted(_) => Ok(()),
        other => bail!("the world was not built: {other:?}"),
    }
}

impl World {
    /// Builds it in a folder of its own, which goes with it.
    pub async fn start(sources: usize) -> color_eyre::Result<Self> {
        let folder = tempfile::tempdir()?;
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&folder.path().join("bench.db"))?);
        let engine = Engine::new(
            Arc::clone(&store),
            Arc::new(SystemClock),
            Arc::new(SystemRandom::new()),
        );
        engine::bootstrap(&engine, "bench", None).await?;
        let key = MasterKey::parse(&"ab".repeat(32)).ok_or_else(|| eyre!("no key"))?;
        let server = Server::start(Config {
            listen: Some(([127, 0, 0, 1], 0).into()),
            jobs: false,
            ..Config::new(store, key, "bench")
        })
        .await?;
        let token = server.mint(OrgId(1), "bench", Role::Admin);
        let integration = server
            .client(Some(token.clone()))
            .create_integration(&NewIntegration {
                provider: Provider::GitHub,
                name: "bench".to_owned(),
                repo: None,
                account: Some("github.com/acme".to_owned()),
                secret: None,
            })
            .await?;
        for from in (0..sources).step_by(BATCH) {
            let fill = Fill {
                integration: integration.integration.id,
                places: from..(from + BATCH).min(sources),
            };
            write(&engine, fill).await?;
        }
        Ok(Self {
            server,
            engine,
            token,
            sources,
            first: "service-000000",
            folder,
            home: AtomicI64::new(0),
        })
    }

    /// Changes a thousand sources every second, until it is aborted.
    pub fn refresh(&self) -> JoinHandle<color_eyre::Result<()>> {
        let engine = self.engine.clone();
        let last = self.sources as i64;
        tokio::spawn(async move {
            let mut seconds = tokio::time::interval(Duration::from_secs(1));
            for round in 1.. {
                seconds.tick().await;
                let from = (round as i64 * CHANGED as i64) % last.max(1);
                let ids = from + 1..(from + CHANGED as i64).min(last) + 1;
                write(&engine, Push { ids, round }).await?;
            }
            Ok(())
        })
    }

    /// The console on this server, for somebody who was never here.
    pub fn console(&self) -> color_eyre::Result<CommandBuilder> {
        let n = self.home.fetch_add(1, Ordering::Relaxed);
        self.console_of(&format!("home-{n}"), Some(self.server.url()))
    }

    /// The console of somebody who was here before, or not, on a server.
    pub fn console_of(
        &self,
        home: &str,
        server: Option<&str>,
    ) -> color_eyre::Result<CommandBuilder> {
        let mut command = CommandBuilder::new(std::env::current_exe()?);
        command.args(["console", "--server", server.unwrap_or(self.server.url())]);
        self.surroundings(&mut command, home)?;
        command.env("JOLLI_AUTH_TOKEN", self.token.expose());
        Ok(command)
    }

    /// What every measured program finds around it.
    pub fn surroundings(&self, command: &mut CommandBuilder, home: &str) -> color_eyre::Result<()> {
        let home = self.folder.path().join(home);
        std::fs::create_dir_all(&home)?;
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("JOLLI_KEYRING", "file"),
        ] {
            command.env(name, value);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &home);
        command.env("JOLLI_HOME", home.join("jolli"));
        command.cwd(&home);
        Ok(())
    }

    /// Ends the server; the folder goes.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
