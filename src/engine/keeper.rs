//! What time does: leases that end. Armed at the next known moment, woken by every commit (engine.md: jobs).

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Command, Engine};
use crate::domain::event::Actor;
use crate::domain::job::ExpireLease;
use crate::store::StoreError;

/// Ends what time has ended; one a server. Several may run on one database: the rules refuse what another did already.
#[derive(Debug)]
pub struct Keeper {
    engine: Engine,
}

/// How long a keeper sleeps at most, however quiet the log is: leases renewed by other servers are not announced.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

impl Keeper {
    /// A keeper of `engine`.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
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
            tracing::info!(%source_id, branch, %job_id, ?outcome, "lease expired");
        }
        Ok(due.next_at.map_or(LONGEST_SLEEP, |at| {
            at.since(now)
                .clamp(Duration::from_millis(10), LONGEST_SLEEP)
        }))
    }

    /// Sweeps until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut head: watch::Receiver<_> = self.engine.store().head();
        loop {
            let pause = match self.sweep().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "sweep failed; trying again");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                changed = head.changed() => if changed.is_err() { return },
            }
        }
    }
}
