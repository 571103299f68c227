//! Keeps a run's lease alive and carries its log: one task for each run.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use super::halt::{Halt, Why};
use crate::api::{Code, Heartbeat, LogLevel, NewLogLine};
use crate::base::Clock;
use crate::client::{ClientError, Run};

/// Lines of one heartbeat; more go with the next.
const LINES: usize = 500;
/// After a heartbeat that did not get through.
const AGAIN: Duration = Duration::from_secs(1);

/// What the run gives to its heartbeat.
#[derive(Debug)]
pub enum Beat {
    /// A line of the log.
    Line(NewLogLine),
    /// Answers when every line before it has been stored.
    Flush(oneshot::Sender<()>),
}

/// The task's side.
struct Heart {
    run: Run,
    halt: Halt,
    waiting: Vec<NewLogLine>,
    flushes: Vec<oneshot::Sender<()>>,
}

/// Beats every third of the lease's time, and at once when there are lines to store, until the run's sender is dropped.
pub async fn beat(
    run: Run,
    halt: Halt,
    lease: Duration,
    clock: Arc<dyn Clock>,
    epoch: i64,
    mut beats: mpsc::UnboundedReceiver<Beat>,
) {
    let mut heart = Heart {
        run,
        halt,
        waiting: Vec::new(),
        flushes: Vec::new(),
    };
    let period = (lease / 3).max(Duration::from_millis(100));
    let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut renewed = false;
        tokio::select! {
            _ = ticks.tick() => {
                heart.waiting.push(NewLogLine {
                    at: clock.now(),
                    level: LogLevel::Info,
                    step: None,
                    space_id: None,
                    message: format!("lease renewed, epoch {epoch}"),
                });
                renewed = true;
            }
            beat = beats.recv() => match beat {
                Some(beat) => heart.take(beat),
                None => return,
            },
        }
        while let Ok(beat) = beats.try_recv() {
            heart.take(beat);
        }
        if !heart.send(renewed).await {
            return;
        }
    }
}

impl Heart {
    fn take(&mut self, beat: Beat) {
        match beat {
            Beat::Line(line) => self.waiting.push(line),
            Beat::Flush(done) => self.flushes.push(done),
        }
    }

    /// Sends what waits; `false`: the run is over.
    async fn send(&mut self, renew: bool) -> bool {
        let mut due = renew;
        while due || !self.waiting.is_empty() {
            let log: Vec<NewLogLine> = self.waiting.iter().take(LINES).cloned().collect();
            let sent = log.len();
            match self.run.heartbeat(&Heartbeat { log }).await {
                Ok(reply) if reply.cancelled => {
                    self.halt.stop(Why::Cancelled);
                    return false;
                }
                Ok(_) => {
                    self.waiting.drain(..sent);
                    due = false;
                }
                Err(error) if fences(&error) => {
                    self.halt.stop(Why::Fenced(error.to_string()));
                    return false;
                }
                Err(error) => {
                    // Still the holder until somebody else is: the lines wait, the next beat says more.
                    tracing::warn!(%error, "a heartbeat did not get through; trying again");
                    tokio::time::sleep(AGAIN).await;
                    due = true;
                }
            }
        }
        for done in self.flushes.drain(..) {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
        true
    }
}

/// Whether the server says that this run is over for good.
fn fences(error: &ClientError) -> bool {
    matches!(
        error.code(),
        Some(Code::StaleWriter | Code::NotFound | Code::Unauthenticated | Code::Forbidden)
    )
}
