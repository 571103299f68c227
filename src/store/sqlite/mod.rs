//! SQLite: one thread writes in batches, a few connections read (engine.md: writing, engine.md: SQLite).

mod archive;
mod batch;
mod check;
mod fault;
mod log;
mod look;
mod migrate;
mod open;
mod past;
mod pulse;
mod reader;
mod retain;
mod side;
mod sql;
mod state;
mod writer;

pub use look::Look;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::Connection;
use tokio::sync::watch;

use self::batch::{Answer, Task};
use self::reader::Readers;
use self::state::Tx;
use self::writer::Writer;
use super::command::{known, reading};
use super::past::past;
use super::queue::TAKES_NO_WRITES;
use super::sql::columns;
use super::{
    Beat, Drift, Due, EventFilter, EventPage, NewBlob, NewLine, Next, Outcome, Pulse, Question,
    Retention, Scope, Store, StoreError, StoredLine, Submit, Swept, USED_EVERY_SECONDS, Window,
    pack,
};
use crate::base::Timestamp;
use crate::domain::id::{JobId, OrgId, Sequence, TokenId};
use crate::domain::row::{JobSpaceRow, Key, Record, Row, Table};
use crate::domain::view::{Known, View};

/// More needs than these are not answered where they are asked for.
const AT_ONCE: usize = 64;

/// The store in one SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    // In this order they end: the writer writes what waits, and only then is the file free for another server. Closing does
    // the same while others still hold the store.
    writer: Arc<Writer>,
    readers: Readers,
    head: Arc<watch::Sender<Sequence>>,
    uses: Mutex<HashMap<(OrgId, TokenId), Timestamp>>,
    lock: Mutex<Option<open::Lock>>,
}

impl Sqlite {
    /// Opens the file, or makes it; refused while another server uses it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = open::lock(path)?;
        let mut db = open::writer(path)?;
        check::adopt(&mut db)?;
        let at = log::head(&db)?.sequence;
        let head = Arc::new(watch::Sender::new(at));
        let readers = Readers::open(path)?;
        Ok(Self {
            writer: Arc::new(writer::start(db, head.clone())?),
            readers,
            head,
            uses: Mutex::default(),
            lock: Mutex::new(Some(lock)),
        })
    }

    async fn ask(&self, task: Task) -> Result<Answer, StoreError> {
        self.writer.ask(task.lane(), task).await
    }
}

fn astray(answer: &Answer) -> StoreError {
    StoreError::Internal(format!("the writer answered something else: {answer:?}"))
}

/// Runs what takes the processor for a while where it may.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(StoreError::Internal(e.to_string())))
}

#[async_trait]
impl Store for Sqlite {
    async fn execute(&self, command: Submit) -> Result<Outcome, StoreError> {
        match self.ask(Task::Execute(Box::new(command))).await? {
            Answer::Outcome(outcome) => Ok(*outcome),
            other => Err(astray(&other)),
        }
    }

    async fn renew(&self, beats: Vec<Beat>) -> Result<Vec<bool>, StoreError> {
        match self.ask(Task::Renew(beats)).await? {
            Answer::Renewed(held) => Ok(held),
            other => Err(astray(&other)),
        }
    }

    async fn append_log(
        &self,
        org: OrgId,
        job: JobId,
        lines: Vec<NewLine>,
    ) -> Result<i64, StoreError> {
        match self.ask(Task::AppendLog(org, job, lines)).await? {
            Answer::LastLine(seq) => Ok(seq),
            other => Err(astray(&other)),
        }
    }

    async fn log(
        &self,
        org: OrgId,
        job: JobId,
        after: i64,
        limit: NonZeroU32,
    ) -> Result<Vec<StoredLine>, StoreError> {
        self.readers
            .read(move |db| side::lines(db, org, job, after, limit.get()))
            .await
    }

    async fn put_blob(&self, org: OrgId, bytes: Bytes) -> Result<String, StoreError> {
        let blob = NewBlob::of(bytes).await?;
        let sha256 = blob.sha256.clone();
        self.ask(Task::PutBlob(org, blob)).await?;
        Ok(sha256)
    }

    async fn blob(&self, org: OrgId, sha256: &str) -> Result<Option<Bytes>, StoreError> {
        let name = sha256.to_owned();
        let Some((size, packed)) = self
            .readers
            .read(move |db| side::blob(db, org, &name))
            .await?
        else {
            return Ok(None);
        };
        let name = sha256.to_owned();
        aside(move || pack::unpack(&name, size, &packed).map(Some)).await
    }

    async fn converse(
        &self,
        scope: Scope,
        next: &mut Next<'_>,
    ) -> Result<(View, Sequence), StoreError> {
        let mut moment = self.readers.moment().await?;
        let head = moment.read(log::head).await?;
        let mut view = reading(scope, head);
        loop {
            let needs = next(&view);
            if needs.is_empty() {
                return Ok((view, head.sequence));
            }
            let many = needs.len() > AT_ONCE;
            let asked = needs.clone();
            let work = move |db: &Connection| {
                let mut state = Tx::at(db, head);
                let known = asked.iter().map(|need| known(&mut state, scope, need));
                Ok(known.collect::<Result<Vec<Known>, StoreError>>()?)
            };
            let known = if many {
                moment.read_aside(work).await?
            } else {
                moment.read(work).await?
            };
            for (need, known) in needs.into_iter().zip(known) {
                view.learn(need, known);
            }
        }
    }

    async fn past(
        &self,
        org: OrgId,
        at: Sequence,
        question: Question,
    ) -> Result<Option<View>, StoreError> {
        self.readers
            .read(move |db| Ok(past(&mut Tx::new(db)?, org, at, &question)?))
            .await
    }

    async fn locate(&self, key: Key) -> Result<Option<Row>, StoreError> {
        self.readers
            .read_soon(move |db| sql::get(db, Scope::Everyone, &key))
            .await
    }

    async fn latest_outcomes(&self, org: OrgId) -> Result<Vec<JobSpaceRow>, StoreError> {
        self.readers
            .read(move |db| {
                let rows = sql::select(db, Table::JobSpaces, &latest_outcomes(), [org.0])?;
                Ok(rows.into_iter().filter_map(JobSpaceRow::from_row).collect())
            })
            .await
    }

    async fn pulse(&self, org: OrgId, window: Window) -> Result<Pulse, StoreError> {
        self.readers
            .read(move |db| pulse::pulse(db, org, window))
            .await
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Sequence,
        limit: NonZeroU32,
    ) -> Result<EventPage, StoreError> {
        let filter = filter.clone();
        self.readers
            .read(move |db| log::page(db, &filter, after, limit.get()))
            .await
    }

    fn head(&self) -> watch::Receiver<Sequence> {
        self.head.subscribe()
    }

    async fn due(&self, now: Timestamp) -> Result<Due, StoreError> {
        self.readers.read_soon(move |db| side::due(db, now)).await
    }

    async fn token_used(
        &self,
        org: OrgId,
        token: TokenId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        {
            // Most requests come within the minute of another; they must not wait for the disk.
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            match uses.get(&(org, token)) {
                Some(last) if *last > at.plus_seconds(-USED_EVERY_SECONDS) => return Ok(()),
                _ => uses.insert((org, token), at),
            };
        }
        self.ask(Task::TokenUsed(org, token, at)).await.map(|_| ())
    }

    async fn tokens_used(&self, org: OrgId) -> Result<Vec<(TokenId, Timestamp)>, StoreError> {
        self.readers
            .read(move |db| side::tokens_used(db, org))
            .await
    }

    async fn verify(&self) -> Result<Drift, StoreError> {
        Ok(self.readers.read(check::verify).await?.drift)
    }

    async fn rebuild(&self) -> Result<Drift, StoreError> {
        // Looking for it takes long and stops nobody; only putting it right is done by the writer.
        let found = self.readers.read(check::verify).await?;
        let drift = found.drift.clone();
        self.ask(Task::Repair(Box::new(found))).await?;
        Ok(drift)
    }

    async fn retain(&self, policy: &Retention, now: Timestamp) -> Result<Swept, StoreError> {
        self.sweep(policy.at(now)).await
    }

    async fn health(&self, patience: Duration) -> Result<(), StoreError> {
        if !self.writer.is_alive() {
            return Err(StoreError::Unavailable("the writer has ended".into()));
        }
        if self.writer.is_failing() {
            return Err(StoreError::Unavailable(TAKES_NO_WRITES.into()));
        }
        tokio::time::timeout(patience, self.readers.read(log::head))
            .await
            .map_err(|_| StoreError::Unavailable(format!("no answer within {patience:?}")))?
            .map(|_| ())
    }

    async fn close(&self) {
        let writer = self.writer.clone();
        // Joining waits for the last batch; it may not do so on a thread of the runtime.
        if let Err(error) = tokio::task::spawn_blocking(move || writer.close()).await {
            tracing::error!(%error, "the store could not be closed in order");
        }
        self.readers.close();
        self.lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

/// Goes from one `(source, space)` to the next in the index, and in each to its newest outcome: the cost is of pairs, not
/// of runs.
fn latest_outcomes() -> String {
    format!(
        "WITH RECURSIVE pairs (source_id, space_id) AS (
           SELECT * FROM (
             SELECT source_id, space_id FROM job_spaces WHERE org_id = ?1 ORDER BY source_id, space_id LIMIT 1
           )
           UNION ALL
           SELECT next.source_id, next.space_id FROM pairs JOIN job_spaces AS next ON next.rowid = (
             SELECT rowid FROM job_spaces
             WHERE org_id = ?1 AND (source_id, space_id) > (pairs.source_id, pairs.space_id)
             ORDER BY source_id, space_id LIMIT 1
           )
         )
         SELECT {} FROM job_spaces WHERE rowid IN (
           SELECT (
             SELECT rowid FROM job_spaces AS run
             WHERE run.org_id = ?1 AND run.source_id = pairs.source_id AND run.space_id = pairs.space_id
               AND run.status <> 'queued'
             ORDER BY run.job_id DESC LIMIT 1
           ) FROM pairs
         ) ORDER BY source_id, space_id",
        columns(Table::JobSpaces)
    )
}

#[cfg(test)]
mod tests;
