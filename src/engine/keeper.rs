//! What time does: leases that end, armed at the next known moment and woken by every commit (engine.md: jobs); and what
//! ages, looked for once an hour (engine.md: retention).

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Command, Engine};
use crate::domain::event::Actor;
use crate::domain::job::ExpireLease;
use crate::store::{Outcome, Retention, StoreError, Swept};

/// Ends what time has ended; one a server. Several may run on one database: the rules refuse what another did already.
#[derive(Debug)]
pub struct Keeper {
    engine: Engine,
    retention: Retention,
}

/// How long a keeper sleeps at most, however quiet the log is: leases renewed by other servers are not announced.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// How long a keeper rests between two looks, however fast the log moves: nothing comes due sooner than that matters.
const SHORTEST_REST: Duration = Duration::from_millis(20);

/// How long after its start a server first looks for what has aged, and how long after that again.
const RETAIN_FIRST: Duration = Duration::from_mins(1);
const RETAIN_EVERY: Duration = Duration::from_hours(1);

impl Keeper {
    /// A keeper of `engine`; what has aged by `retention` it removes.
    pub const fn new(engine: Engine, retention: Retention) -> Self {
        Self { engine, retention }
    }

    /// Removes what has aged.
    pub async fn retain(&self) -> Result<(), StoreError> {
        let now = self.engine.clock().now();
        let swept = self.engine.store().retain(&self.retention, now).await?;
        if swept != Swept::default() {
            tracing::info!(
                receipts = swept.receipts,
                blobs = swept.blobs,
                "what had aged was removed"
            );
        }
        Ok(())
    }

    /// Ends everything that is over now; answers how long nothing more is known to come due.
    pub async fn sweep(&self) -> Result<Duration, StoreError> {
        let now = self.engine.clock().now();
        let due = self.engine.store().due(now).await?;
        for (org, source_id, branch, job_id) in due.expired_leases {
            let outcome = self
                .engine
                .dispatch(
                    org,
                    Command::by(Actor::system()).urgent(),
                    ExpireLease {
                        source_id,
                        branch: branch.clone(),
                        job_id,
                    },
                )
                .await?;
            match outcome {
                Outcome::Accepted(_) => {
                    tracing::info!(%source_id, branch, %job_id, "lease expired");
                }
                // Renewed, or ended by another server, since it was looked for.
                other => tracing::debug!(%source_id, branch, %job_id, ?other, "lease not ended"),
            }
        }
        Ok(due.next_at.map_or(LONGEST_SLEEP, |at| {
            at.since(now)
                .clamp(Duration::from_millis(10), LONGEST_SLEEP)
        }))
    }

    /// Sweeps and removes until told to stop, each for itself: a long removal holds up no lease.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.keep_sweeping(&stop), self.keep_retaining(&stop));
    }

    async fn keep_retaining(&self, stop: &CancellationToken) {
        // Not at the start: a server has better to do then.
        let mut pause = RETAIN_FIRST;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = RETAIN_EVERY;
            tokio::select! {
                () = stop.cancelled() => return,
                retained = self.retain() => if let Err(error) = retained {
                    tracing::warn!(%error, "what has aged could not be removed; trying again in an hour");
                }
            }
        }
    }

    async fn keep_sweeping(&self, stop: &CancellationToken) {
        let mut head: watch::Receiver<_> = self.engine.store().head();
        loop {
            let pause = match self.sweep().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "sweep failed; trying again");
                    Duration::from_secs(1)
                }
            };
            let looked = Instant::now();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                changed = head.changed() => if changed.is_err() { return },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(looked + SHORTEST_REST) => {}
            }
        }
    }
}
