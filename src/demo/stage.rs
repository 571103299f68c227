//! What the story is told with: a clock, people with clients of their own, repositories, webhooks, a worker. Each verb does
//! one thing as it is done outside: over HTTP, or with git.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::calendar::Calendar;
use super::error::DemoError;
use super::pace::{Gate, Pace};
use super::place::Place;
use super::random::StoryRandom;
use super::repository::{Commit, Onto, Repository, ZEROS};
use super::webhook::{PushEvent, Webhook};
use super::world::{SourceSpec, integrations, source};
use crate::api::{
    Call, IntegrationId, Job, JobId, JobStatus, Row, RowChange, Sequence, Source, SourceId, SpaceId,
};
use crate::base::clock::SetClock;
use crate::base::{Clock, Timestamp};
use crate::client::{AccessToken, CallOptions, Client, Reply};
use crate::worker::{Worker, WorkerConfig, WorkerError};

/// Everybody and everything that the story needs.
pub struct Stage {
    /// The story's calendar.
    pub calendar: Calendar,
    /// The server's clock.
    pub clock: Arc<SetClock>,
    /// The jitter of retries.
    pub random: Arc<StoryRandom>,
    /// How long the parts of a run take.
    pub pace: Arc<Pace>,
    /// The directory.
    pub place: Place,
    /// Ana, admin.
    pub ana: Client,
    /// Bo, operator.
    pub bo: Client,
    /// The providers, who have no token.
    pub providers: Client,
    /// The runner w-2.
    pub worker: Worker,
    /// The same runner, whose run is held at its work.
    pub slow: Slow,
    /// Webhook secrets by integration.
    pub secrets: BTreeMap<IntegrationId, String>,
    /// Ids of spaces by slug.
    pub spaces: BTreeMap<&'static str, SpaceId>,
    /// Ids of sources by name.
    pub sources: BTreeMap<&'static str, SourceId>,
    delivered: u64,
}

/// A worker that stops at a gate, and the run that it is at.
pub struct Slow {
    /// The server's router; the gate is put before it once its space is known.
    pub router: Router,
    /// The runner's token.
    pub token: AccessToken,
    /// How it works.
    pub config: WorkerConfig,
    /// The run, once it is held.
    pub held: Option<Held>,
}

/// A run that is under way, and stays so until it is let go.
pub struct Held {
    /// Where it stands.
    pub gate: Arc<Gate>,
    /// The worker at it.
    pub task: JoinHandle<Result<bool, WorkerError>>,
}

/// A push that was made: its commits are in the repository, its webhook may be sent.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The source whose repository it is.
    pub source: &'static SourceSpec,
    /// The branch.
    pub branch: String,
    /// The head before.
    pub before: String,
    /// The head after.
    pub after: String,
    /// History was rewritten.
    pub forced: bool,
    /// The commits.
    pub commits: Vec<Commit>,
}

impl Stage {
    /// A stage on which nothing happened yet.
    #[expect(clippy::too_many_arguments, reason = "a stage is all of its parts")]
    pub fn new(
        calendar: Calendar,
        clock: Arc<SetClock>,
        random: Arc<StoryRandom>,
        pace: Arc<Pace>,
        place: Place,
        people: (Client, Client),
        providers: Client,
        worker: Worker,
        slow: Slow,
    ) -> Self {
        Self {
            calendar,
            clock,
            random,
            pace,
            place,
            ana: people.0,
            bo: people.1,
            providers,
            worker,
            slow,
            secrets: BTreeMap::new(),
            spaces: BTreeMap::new(),
            sources: BTreeMap::new(),
            delivered: 0,
        }
    }

    /// Lets time pass to a moment of the story. What took longer than told is not told again: time never goes back.
    pub fn at(&self, moment: &str) -> Timestamp {
        let at = self.calendar.at(moment).max(self.clock.now());
        self.clock.freeze(at);
        at
    }

    /// Lets some seconds pass.
    pub fn wait(&self, seconds: i64) -> Timestamp {
        let at = self.clock.now().plus_seconds(seconds);
        self.clock.freeze(at);
        at
    }

    /// A source's id.
    pub fn source(&self, name: &str) -> Result<SourceId, DemoError> {
        self.sources
            .get(name)
            .copied()
            .ok_or_else(|| DemoError::NoSource(name.to_owned()))
    }

    /// A space's id.
    pub fn space(&self, slug: &str) -> Result<SpaceId, DemoError> {
        self.spaces
            .get(slug)
            .copied()
            .ok_or_else(|| self.astray(format!("there is no space {slug}")))
    }

    /// The story went another way.
    pub fn astray(&self, why: impl Into<String>) -> DemoError {
        DemoError::Story {
            at: self.calendar.read(self.clock.now()),
            why: why.into(),
        }
    }

    /// A call as a button makes it.
    pub async fn call(
        &self,
        who: &Client,
        method: &str,
        path: String,
        body: Value,
    ) -> Result<Reply, DemoError> {
        let call = Call::new(method, path).with(body);
        Ok(who.call(&call, &CallOptions::once()).await?)
    }

    /// Turns a source on or off.
    pub async fn switch(&self, who: &Client, name: &str, on: bool) -> Result<(), DemoError> {
        let path = format!("/sources/{}", self.source(name)?);
        self.call(who, "PATCH", path, serde_json::json!({ "enabled": on }))
            .await?;
        Ok(())
    }

    /// The repository of a source.
    pub fn repository(&self, source: &SourceSpec) -> Result<Repository, DemoError> {
        Repository::open(&self.place, source.repo)
    }

    /// Pushes commits to a source's own branch.
    pub async fn push(&self, name: &str, commits: Vec<Commit>) -> Result<Pushed, DemoError> {
        let source = source(name).ok_or_else(|| DemoError::NoSource(name.to_owned()))?;
        self.push_to(source, source.branch, Onto::Head, commits)
            .await
    }

    /// Pushes commits to any branch, or rewrites it.
    pub async fn push_to(
        &self,
        source: &'static SourceSpec,
        branch: &str,
        onto: Onto,
        commits: Vec<Commit>,
    ) -> Result<Pushed, DemoError> {
        let repository = self.repository(source)?;
        let before = repository.head(branch)?;
        let after = repository.commit(branch, onto, &commits).await?;
        Ok(Pushed {
            source,
            branch: branch.to_owned(),
            before: before.unwrap_or_else(|| ZEROS.to_owned()),
            after,
            forced: onto == Onto::Nothing,
            commits,
        })
    }

    /// The next id in the providers' own form.
    pub fn next_delivery(&mut self) -> String {
        self.delivered += 1;
        // Odd steps through all 32 bits: ids differ in their first eight digits, which is what the screen shows.
        let first =
            u32::try_from(self.delivered.wrapping_mul(0x9e37_79b1) & 0xffff_ffff).unwrap_or(0);
        delivery_id(first)
    }

    /// The integration that a source's webhooks come for, and its secret.
    fn endpoint(&self, source: &SourceSpec) -> Result<(IntegrationId, &str), DemoError> {
        let id = source.endpoint();
        let secret = self
            .secrets
            .get(&id)
            .ok_or_else(|| self.astray(format!("integration {id} has no secret")))?;
        Ok((id, secret))
    }

    /// Sends the webhook of a push, as the provider does.
    pub async fn deliver(&self, pushed: &Pushed, delivery: &str) -> Result<Value, DemoError> {
        let (id, secret) = self.endpoint(pushed.source)?;
        self.deliver_signed(pushed, delivery, id, secret).await
    }

    /// Sends it with any secret.
    pub async fn deliver_signed(
        &self,
        pushed: &Pushed,
        delivery: &str,
        id: IntegrationId,
        secret: &str,
    ) -> Result<Value, DemoError> {
        let index = usize::try_from(id.0 - 1).unwrap_or(usize::MAX);
        let provider = integrations()
            .get(index)
            .ok_or_else(|| self.astray(format!("there is no integration {id}")))?
            .provider;
        let event = PushEvent {
            repo: pushed.source.repo,
            branch: &pushed.branch,
            before: &pushed.before,
            after: &pushed.after,
            forced: pushed.forced,
            commits: &pushed.commits,
            pusher: "ana",
        };
        let reply = Webhook::push(provider, secret, delivery, &event)
            .send(&self.providers, id)
            .await?;
        Ok(reply.body)
    }

    /// Pushes, delivers, and answers the job that came of it.
    pub async fn push_and_deliver(
        &mut self,
        name: &str,
        commits: Vec<Commit>,
    ) -> Result<JobId, DemoError> {
        let delivery = self.next_delivery();
        self.push_and_deliver_as(name, commits, &delivery).await
    }

    /// The same, under a delivery id that is known.
    pub async fn push_and_deliver_as(
        &mut self,
        name: &str,
        commits: Vec<Commit>,
        delivery: &str,
    ) -> Result<JobId, DemoError> {
        let pushed = self.push(name, commits).await?;
        let reply = self.deliver(&pushed, delivery).await?;
        reply["jobs"][0]
            .as_i64()
            .map(JobId)
            .ok_or_else(|| self.astray(format!("the push to {name} queued no run: {reply}")))
    }

    /// Lets the worker run one job; false: there was none to run.
    pub async fn run_one(&mut self) -> Result<bool, DemoError> {
        self.worker
            .run_once()
            .await
            .map_err(DemoError::part("worker"))
    }

    /// Lets the worker run one job, which must come to `expected`.
    pub async fn run(&mut self, job: JobId, expected: JobStatus) -> Result<Job, DemoError> {
        let ran = self.run_one().await?;
        let now = self.bo.job(job).await?;
        if ran && now.status == expected {
            return Ok(now);
        }
        let error = now.error.as_ref().map_or("", |e| e.message.as_str());
        Err(self.astray(format!(
            "run #{job} should be {expected} and is {} (worker had something to do: {ran}) {error}",
            now.status
        )))
    }

    /// Lets the slow worker take a job, and waits until it is held before the outcome of a space.
    pub async fn hold(&mut self, job: JobId, space: &str) -> Result<(), DemoError> {
        let gate = Gate::before(self.space(space)?);
        let client = Client::local(
            gate.through(self.pace.through(self.slow.router.clone())),
            Some(self.slow.token.clone()),
        );
        let worker = Worker::new(client, self.slow.config.clone());
        let mut task = tokio::spawn(async move { worker.run_once().await });
        tokio::select! {
            () = gate.reached() => {}
            ended = &mut task => {
                return Err(self.astray(format!("run #{job} should be under way and ended: {ended:?}")));
            }
        }
        self.pace.set(0, 0);
        self.slow.held = Some(Held { gate, task });
        Ok(())
    }

    /// Says something as the held run; `space` is the slug of the space whose documents it is about.
    pub async fn say_as_run(
        &self,
        path: &str,
        space: Option<&str>,
        body: &Value,
    ) -> Result<(), DemoError> {
        let Some(held) = &self.slow.held else {
            return Err(self.astray("no run is held"));
        };
        let said = held.gate.say(&self.slow.router, path, space, body).await;
        said.map_err(|why| self.astray(format!("{path} {}: {why}", body["type"])))
    }

    /// Waits until the held run has renewed its lease.
    pub async fn renewed(&mut self) -> Result<(), DemoError> {
        let now = self.clock.now();
        let Some(held) = &mut self.slow.held else {
            return Err(self.astray("no run is held"));
        };
        let ended = tokio::select! {
            () = held.gate.beaten(now) => return Ok(()),
            ended = &mut held.task => format!("{ended:?}"),
        };
        Err(self.astray(format!("the held run ended: {ended}")))
    }

    /// Waits until a source's row says what is asked, from a position of the log on.
    pub async fn until(
        &self,
        after: Sequence,
        id: SourceId,
        holds: impl Fn(&Source) -> bool,
    ) -> Result<(), DemoError> {
        let mut frames = self.bo.follow_rows(after);
        while let Some(frame) = frames.next().await {
            let found = frame?.changes.iter().any(|change| match change {
                RowChange::Put {
                    row: Row::Source(source),
                } => source.id == id && holds(source),
                _ => false,
            });
            if found {
                return Ok(());
            }
        }
        Err(self.astray("the feed ended"))
    }

    /// How far the log is.
    pub async fn sequence(&self) -> Result<i64, DemoError> {
        let reply = self
            .call(&self.bo, "GET", "/snapshot".to_owned(), Value::Null)
            .await?;
        reply.body["snapshotSequence"]
            .as_i64()
            .ok_or_else(|| self.astray("the snapshot says no sequence"))
    }
}

/// A delivery id that begins with these eight digits.
pub fn delivery_id(first: u32) -> String {
    format!("{first:08x}-0c0a-11f1-8a2e-acde48001122")
}
