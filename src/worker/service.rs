//! The worker: claims jobs and runs them, until it is told to stop.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::try_join_all;
use tokio_util::sync::CancellationToken;

use super::agent::Provider;
use super::backoff::Backoff;
use super::mirrors::Mirrors;
use super::run::{Tools, execute};
use crate::api::{Claim, ClaimRequest, Code, JobKind};
use crate::base::{Clock, SystemClock};
use crate::client::{Client, ClientError};
use crate::git::Git;

/// How long a claim waits at the server for a job, in seconds.
const LONG_POLL: u32 = 30;

/// The kinds of jobs that a worker takes: it answers in threads where it has an agent.
fn kinds(provider: &Provider) -> Vec<JobKind> {
    match provider {
        Provider::None => vec![JobKind::CliImpact, JobKind::CatchUp],
        Provider::Command(_) | Provider::Acp(_) => JobKind::ALL.to_vec(),
    }
}

/// How a worker works.
#[derive(Clone)]
pub struct WorkerConfig {
    /// How it calls itself in runs and in the log.
    pub name: String,
    /// Where it keeps mirrors of repositories and the directories of runs.
    pub dir: PathBuf,
    /// How it runs git.
    pub git: Git,
    /// Who edits documents.
    pub provider: Provider,
    /// How many jobs it runs at once.
    pub concurrency: usize,
    /// Stamps the lines of the log.
    pub clock: Arc<dyn Clock>,
}

impl WorkerConfig {
    /// A worker that edits nothing and runs one job at a time, with the operator's git.
    pub fn new(name: impl Into<String>, dir: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            dir: dir.into(),
            git: Git::from_env(),
            provider: Provider::None,
            concurrency: 1,
            clock: Arc::new(SystemClock),
        }
    }
}

/// Why a worker cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The server does not let this worker claim jobs.
    #[error(
        "{0}; a worker needs a token of the role `runner`: `jolli token create NAME --role runner`"
    )]
    NotAllowed(#[source] ClientError),
    /// A claim failed otherwise.
    #[error("no job could be claimed: {0}")]
    Claim(#[source] ClientError),
    /// Its folder cannot be used.
    #[error("{}: {source}; a worker keeps its copies of repositories there", .dir.display())]
    Dir {
        /// Which.
        dir: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Claims jobs and runs them. Cheap to clone.
#[derive(Clone)]
pub struct Worker {
    client: Client,
    name: String,
    dir: PathBuf,
    concurrency: usize,
    tools: Tools,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Worker({} of {:?})", self.name, self.client)
    }
}

impl Worker {
    /// A worker of the server that `client` speaks to, with a runner's token.
    pub fn new(client: Client, config: WorkerConfig) -> Self {
        Self {
            client,
            name: config.name,
            tools: Tools {
                mirrors: Mirrors::new(config.git, config.dir.clone()),
                provider: config.provider,
                clock: config.clock,
            },
            dir: config.dir,
            concurrency: config.concurrency.max(1),
        }
    }

    /// Runs one job if one may run now; whether there was one.
    pub async fn run_once(&self) -> Result<bool, WorkerError> {
        self.prepare().await?;
        let Some(claim) = self.claim(0).await.map_err(refused)? else {
            return Ok(false);
        };
        execute(&self.tools, &self.client, &claim, &CancellationToken::new()).await;
        Ok(true)
    }

    /// Runs jobs until `stop`; then hands back what is under way. Waits out a server that is away.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), WorkerError> {
        self.prepare().await?;
        let lanes = (0..self.concurrency).map(|_| self.lane(&stop));
        try_join_all(lanes).await.map(drop)
    }

    async fn prepare(&self) -> Result<(), WorkerError> {
        let prepared = self.tools.mirrors.prepare().await;
        prepared.map_err(|source| WorkerError::Dir {
            dir: self.dir.clone(),
            source,
        })
    }

    /// One job after another.
    async fn lane(&self, stop: &CancellationToken) -> Result<(), WorkerError> {
        let mut backoff = Backoff::new();
        loop {
            let claimed = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                claimed = self.claim(LONG_POLL) => claimed,
            };
            match claimed.map_err(refused) {
                Ok(claim) => {
                    backoff.reset();
                    if let Some(claim) = claim {
                        execute(&self.tools, &self.client, &claim, stop).await;
                    }
                }
                Err(WorkerError::Claim(error)) => {
                    let wait = backoff.next();
                    tracing::warn!(%error, ?wait, "no claim; trying again");
                    tokio::select! {
                        () = stop.cancelled() => return Ok(()),
                        () = tokio::time::sleep(wait) => {}
                    }
                }
                Err(lasting) => return Err(lasting),
            }
        }
    }

    async fn claim(&self, wait_seconds: u32) -> Result<Option<Claim>, ClientError> {
        let request = ClaimRequest {
            runner: self.name.clone(),
            wait_seconds,
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            kinds: Some(kinds(&self.tools.provider)),
            provider: Some(self.tools.provider.name().to_owned()),
            now: Some(self.tools.clock.now()),
        };
        self.client.claim(&request).await
    }
}

fn refused(error: ClientError) -> WorkerError {
    match error.code() {
        Some(Code::Unauthenticated | Code::Forbidden) => WorkerError::NotAllowed(error),
        _ => WorkerError::Claim(error),
    }
}
