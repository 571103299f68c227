//! What the benchmark asks of a queue, whatever library it comes from, and what its jobs tell while they run.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use riverqueue::JobArgs;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};

/// The job that does nothing: what is left is the queue's own cost.
#[derive(Clone, Debug, Deserialize, JobArgs, Serialize)]
#[river(kind = "noop")]
pub struct Noop {
    pub number: u64,
}

/// How many pollers work, and how many jobs each may have running.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub pollers: usize,
    pub concurrency: usize,
}

/// Counts the jobs that ran, and says when each began if somebody wants to know.
pub struct Probe {
    handled: AtomicU64,
    target: u64,
    reached: Notify,
    begun: Option<mpsc::UnboundedSender<Instant>>,
}

impl Probe {
    pub fn counting_to(target: u64) -> Arc<Self> {
        Arc::new(Self {
            handled: AtomicU64::new(0),
            target,
            reached: Notify::new(),
            begun: None,
        })
    }

    pub fn telling_begin() -> (Arc<Self>, mpsc::UnboundedReceiver<Instant>) {
        let (begun, begins) = mpsc::unbounded_channel();
        let probe = Self {
            handled: AtomicU64::new(0),
            target: u64::MAX,
            reached: Notify::new(),
            begun: Some(begun),
        };
        (Arc::new(probe), begins)
    }

    /// The whole of a job.
    pub fn ran(&self) {
        if let Some(begun) = &self.begun {
            // Nobody listens any more once the last latency is known.
            let _ = begun.send(Instant::now());
        }
        if self.handled.fetch_add(1, Ordering::Relaxed) + 1 == self.target {
            self.reached.notify_one();
        }
    }

    pub fn handled(&self) -> u64 {
        self.handled.load(Ordering::Relaxed)
    }

    pub async fn all_ran(&self) {
        self.reached.notified().await;
    }
}

/// One library on one database.
pub trait Queue: Clone + Send + Sync + 'static {
    type Workers: Send;

    /// Whether `analyse` is to run once more when the workers have begun, since it helps.
    const ANALYSE_WHILE_RUNNING: bool = false;

    /// Enqueues one job; it is durable when this returns.
    fn push(&self, job: Noop) -> impl Future<Output = ()> + Send;

    /// Enqueues many with one call.
    fn push_many(&self, jobs: Vec<Noop>) -> impl Future<Output = ()> + Send;

    /// Makes claimers known where the library wants that before `claim`. False where there is no public way to claim.
    fn can_claim(&self, claimers: usize) -> impl Future<Output = bool> + Send;

    /// Takes up to `batch` ready jobs, durably; says how many.
    fn claim(&self, claimer: usize, batch: usize) -> impl Future<Output = usize> + Send;

    fn start(&self, shape: Shape, probe: Arc<Probe>) -> impl Future<Output = Self::Workers> + Send;

    fn stop(&self, workers: Self::Workers) -> impl Future<Output = ()> + Send;

    /// What housekeeping does now and then: gives the planner its statistics.
    fn analyse(&self) -> impl Future<Output = ()> + Send;

    /// How many jobs the database itself holds as done.
    fn done(&self) -> impl Future<Output = u64> + Send;

    /// Removes every job.
    fn clear(&self) -> impl Future<Output = ()> + Send;
}
