//! What a run says while it works: steps, spaces, lines of its log, its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::backoff::Backoff;
use super::fault::Fault;
use super::heartbeat::Beat;
use crate::api::{
    BaseReason, Code, FinishRequest, LogLevel, NewLogLine, PullReply, PullRequest, PushReply,
    SpaceId, SpacePush, SpaceReport, StepName, StepReport, StepStatus,
};
use crate::base::{Clock, Timestamp};
use crate::client::{ClientError, Run};

/// How long a report waits for a server that is away. Nobody takes the lease over before the server is back.
const PATIENCE: Duration = Duration::from_mins(2);
/// A flush that takes longer is given up: the lines are in the server's hands or lost with the lease.
const FLUSH: Duration = Duration::from_secs(10);

/// Reports of one run.
pub struct Reporter {
    run: Run,
    beats: mpsc::UnboundedSender<Beat>,
    clock: Arc<dyn Clock>,
    step: Mutex<Option<StepName>>,
}

/// How a step ended, besides its name.
#[derive(Clone, Debug, Default)]
pub struct StepEnd {
    /// What came of it.
    pub detail: String,
    /// Where the change set starts, and why.
    pub base: Option<(Option<String>, BaseReason)>,
    /// Commits between the cursor and the head.
    pub commits_behind: Option<i64>,
    /// The commit that is processed.
    pub head: Option<String>,
}

impl StepEnd {
    /// Only a detail.
    pub fn of(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..Self::default()
        }
    }
}

impl Reporter {
    pub fn new(run: Run, beats: mpsc::UnboundedSender<Beat>, clock: Arc<dyn Clock>) -> Self {
        Self {
            run,
            beats,
            clock,
            step: Mutex::new(None),
        }
    }

    /// The calls of the run itself.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// What time it is for the run.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A line about the run as a whole.
    pub fn info(&self, message: impl Into<String>) {
        self.log(LogLevel::Info, None, message);
    }

    /// A line of the log.
    pub fn log(&self, level: LogLevel, space_id: Option<SpaceId>, message: impl Into<String>) {
        let line = NewLogLine {
            at: self.clock.now(),
            level,
            step: self.at(),
            space_id,
            // What a program prints may hold it; a text of the log may not.
            message: message.into().replace('\0', "\u{FFFD}"),
        };
        // The heartbeat ends before the run only where the run is fenced, and then the line has no place any more.
        let _ = self.beats.send(Beat::Line(line));
    }

    /// Waits until every line so far has been stored: a run that has finished can add none.
    pub async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.beats.send(Beat::Flush(done)).is_ok() {
            // Lines are worth waiting for, the end of the run is worth more.
            let _ = tokio::time::timeout(FLUSH, flushed).await;
        }
    }

    /// A step begins, or says how far it is.
    pub async fn begin(&self, step: StepName, detail: Option<String>) -> Result<(), Fault> {
        self.stand(Some(step));
        self.step(step, StepStatus::Running, detail, StepEnd::default())
            .await
    }

    /// A step is done.
    pub async fn end(&self, step: StepName, end: StepEnd) -> Result<(), Fault> {
        let detail = Some(end.detail.clone());
        self.stand(None);
        self.step(step, StepStatus::Succeeded, detail, end).await
    }

    /// A step ends in another way.
    pub async fn end_as(
        &self,
        step: StepName,
        status: StepStatus,
        detail: String,
    ) -> Result<(), Fault> {
        self.stand(None);
        self.step(step, status, Some(detail), StepEnd::default())
            .await
    }

    /// The step that the run is at, until it has ended.
    pub fn at(&self) -> Option<StepName> {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stand(&self, at: Option<StepName>) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    async fn step(
        &self,
        name: StepName,
        status: StepStatus,
        detail: Option<String>,
        end: StepEnd,
    ) -> Result<(), Fault> {
        let (base_sha, base_reason) = match end.base {
            Some((sha, reason)) => (sha, Some(reason)),
            None => (None, None),
        };
        let report = StepReport {
            name,
            status,
            detail,
            base_sha,
            base_reason,
            commits_behind: end.commits_behind,
            head_sha: end.head,
        };
        persist(|| self.run.step(&report)).await?;
        Ok(())
    }

    /// What a space is at, or what came of it.
    pub async fn space(&self, space: SpaceId, report: &SpaceReport) -> Result<(), Fault> {
        let in_doubt = AtomicBool::new(false);
        let told = persist(|| async {
            let answer = self.run.space(space, report).await;
            if answer.as_ref().is_err_and(ClientError::outcome_unknown) {
                in_doubt.store(true, Ordering::Relaxed);
            }
            answer
        });
        match told.await {
            // A space succeeds once: the report whose answer was lost had arrived.
            Err(error)
                if in_doubt.load(Ordering::Relaxed) && error.code() == Some(Code::Conflict) =>
            {
                Ok(())
            }
            other => Ok(other.map(drop)?),
        }
    }

    /// The documents of a space.
    pub async fn pull(&self, slug: &str) -> Result<PullReply, ClientError> {
        persist(|| self.run.pull(slug, &PullRequest { since_cursor: 0 })).await
    }

    /// Writes documents of a space. The changeset's id makes a second try the first one's answer.
    pub async fn push(&self, space: SpaceId, push: &SpacePush) -> Result<PushReply, ClientError> {
        persist(|| self.run.push_space(space, push)).await
    }

    /// Ends the run and gives its lease back.
    pub async fn finish(&self, request: &FinishRequest) -> Result<(), Fault> {
        self.flush().await;
        persist(|| self.run.finish(request)).await?;
        Ok(())
    }
}

/// Repeats a call while the server is away or busy.
pub async fn persist<T, F>(mut call: impl FnMut() -> F) -> Result<T, ClientError>
where
    F: Future<Output = Result<T, ClientError>>,
{
    let until = Instant::now() + PATIENCE;
    let mut backoff = Backoff::new();
    loop {
        match call().await {
            Err(error) if error.retryable() && Instant::now() < until => {
                tracing::warn!(%error, "a report did not get through; trying again");
                tokio::time::sleep(backoff.next()).await;
            }
            other => return other,
        }
    }
}
