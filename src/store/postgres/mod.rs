//! PostgreSQL: one thread of each server writes in batches, in the order of the one head that all servers lock; a pool
//! reads, and writes what needs no head (engine.md: writing, engine.md: PostgreSQL).

mod address;
mod archive;
mod batch;
mod check;
mod fault;
mod log;
mod look;
mod migrate;
mod moment;
mod pulse;
mod retain;
mod session;
mod side;
mod sql;
mod state;
mod wake;
mod writer;

pub use look::Look;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use deadpool_postgres::{Object, Pool, PoolError};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use self::address::Address;
use self::batch::{Answer, Task};
use self::fault::Fault;
use self::look::Lookers;
use self::moment::Moment;
use self::session::Session;
use self::sql::Arg;
use self::state::Tx;
use self::wake::Wake;
use self::writer::Writer;
use super::command::{Head, reading};
use super::migrations::MIGRATIONS;
use super::past::past;
use super::queue::TAKES_NO_WRITES;
use super::sql::{Dialect, Param, columns, statements};
use super::{
    Beat, Drift, Due, EventFilter, EventPage, NewBlob, NewLine, Next, Outcome, Pulse, Question,
    Retention, Scope, Store, StoreError, StoredLine, Submit, Swept, USED_EVERY_SECONDS, Window,
    pack,
};
use crate::base::Timestamp;
use crate::domain::id::{JobId, OrgId, Sequence, TokenId};
use crate::domain::row::{JobSpaceRow, Key, Record, Row, Table};
use crate::domain::view::View;

/// Connections that read, at most.
const READERS: usize = 6;
/// Connections for heartbeats, log lines and blobs, at most; of their own, so that no flood of readers expires a lease.
const BESIDE: usize = 3;

/// The store in a PostgreSQL database.
#[derive(Debug)]
pub struct Postgres {
    writer: Arc<Writer>,
    readers: Pool,
    beside: Pool,
    lookers: Lookers,
    wake: Arc<Wake>,
    stop: CancellationToken,
    uses: Mutex<HashMap<(OrgId, TokenId), Timestamp>>,
}

impl Postgres {
    /// Opens the database behind a `postgres://` address, and brings its tables up to date. Any number of servers may.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        {
            let (client, driver) = address.connect().await?;
            let driving = tokio::spawn(driver.run());
            let migrated = migrate::migrate(&client, MIGRATIONS).await;
            drop(client);
            // The lock on the schema goes with the connection.
            let _ = driving.await;
            migrated?;
        }
        let readers = address.pool(READERS)?;
        let beside = address.pool(BESIDE)?;
        let adopting = address.clone();
        aside(move || {
            let mut session = Session::new(adopting)?;
            Ok(check::adopt(&mut session)?)
        })
        .await?;
        let at = head_of(&lend(&readers).await?).await?;
        let wake = Arc::new(Wake::new(at.sequence));
        let writer = Arc::new(writer::start(address.clone(), wake.clone())?);
        let stop = CancellationToken::new();
        let (telling, until) = (wake.clone(), stop.clone());
        let place = address.clone();
        tokio::spawn(async move { telling.run(place, until).await });
        Ok(Self {
            writer,
            readers,
            beside,
            lookers: Lookers::new(address),
            wake,
            stop,
            uses: Mutex::default(),
        })
    }

    /// Names the tables that `open` makes: the same for the same migrations.
    pub fn schema() -> String {
        let hashes: String = MIGRATIONS
            .iter()
            .map(|m| m.hash(Dialect::Postgres))
            .collect();
        hex::encode(&Sha256::digest(hashes.as_bytes())[..8])
    }

    async fn ask(&self, task: Task) -> Result<Answer, StoreError> {
        self.writer.ask(task.lane(), task).await
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop.cancel();
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

async fn lend(pool: &Pool) -> Result<Object, StoreError> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => fault::unreachable("of the server", &error),
        PoolError::Timeout(_) => {
            StoreError::Unavailable("no connection to the database became free in time".into())
        }
        PoolError::Closed => StoreError::Unavailable("the store is closed".into()),
        other => StoreError::Internal(other.to_string()),
    })
}

async fn head_of(client: &Object) -> Result<Head, StoreError> {
    let statement = client
        .prepare_cached(log::HEAD)
        .await
        .map_err(Fault::from)?;
    let found = client.query(&statement, &[]).await.map_err(Fault::from)?;
    Ok(log::head(&found)?)
}

fn args(params: Vec<Param>) -> Vec<Arg> {
    params.into_iter().map(Into::into).collect()
}

/// The text and the arguments that find the row of a key.
fn of_key(scope: Scope, key: &Key) -> (&'static str, Vec<Arg>) {
    let text = statements(key.table());
    let mut args: Vec<Arg> = key
        .values()
        .iter()
        .map(|value| Arg::One(Param::Cell(value.into())))
        .collect();
    match scope {
        Scope::Everyone => (&text.get, args),
        Scope::Org(org) => {
            args.push(org.0.into());
            (&text.get_in_org, args)
        }
    }
}

#[async_trait]
impl Store for Postgres {
    async fn execute(&self, command: Submit) -> Result<Outcome, StoreError> {
        match self.ask(Task::Execute(Box::new(command))).await? {
            Answer::Outcome(outcome) => Ok(*outcome),
            other @ Answer::Done => Err(astray(&other)),
        }
    }

    async fn renew(&self, beats: Vec<Beat>) -> Result<Vec<bool>, StoreError> {
        let client = lend(&self.beside).await?;
        Ok(side::renew(&client, &beats).await?)
    }

    async fn append_log(
        &self,
        org: OrgId,
        job: JobId,
        lines: Vec<NewLine>,
    ) -> Result<i64, StoreError> {
        let mut client = lend(&self.beside).await?;
        Ok(side::append_log(&mut client, org, job, &lines).await?)
    }

    async fn log(
        &self,
        org: OrgId,
        job: JobId,
        after: i64,
        limit: NonZeroU32,
    ) -> Result<Vec<StoredLine>, StoreError> {
        let client = lend(&self.readers).await?;
        Ok(side::lines(&client, org, job, after, limit.get()).await?)
    }

    async fn put_blob(&self, org: OrgId, bytes: Bytes) -> Result<String, StoreError> {
        let blob = NewBlob::of(bytes).await?;
        let client = lend(&self.beside).await?;
        let (text, args) = archive::put_blobs(std::iter::once((org, &blob)));
        side::query(&client, &text, &args).await?;
        Ok(blob.sha256)
    }

    async fn blob(&self, org: OrgId, sha256: &str) -> Result<Option<Bytes>, StoreError> {
        let found = {
            let client = lend(&self.readers).await?;
            side::blob(&client, org, sha256).await?
        };
        let Some((size, zstd)) = found else {
            return Ok(None);
        };
        let name = sha256.to_owned();
        aside(move || pack::unpack(&name, size, &zstd).map(Some)).await
    }

    async fn converse(
        &self,
        scope: Scope,
        next: &mut Next<'_>,
    ) -> Result<(View, Sequence), StoreError> {
        let (moment, head) = Moment::begin(&self.readers).await?;
        let mut view = reading(scope, head);
        loop {
            let needs = next(&view);
            if needs.is_empty() {
                break;
            }
            let asked = needs.iter().map(|need| moment.answer(scope, need));
            let answers = futures_util::future::try_join_all(asked).await?;
            for (need, known) in needs.into_iter().zip(answers) {
                view.learn(need, known);
            }
        }
        Ok((view, head.sequence))
    }

    async fn locate(&self, key: Key) -> Result<Option<Row>, StoreError> {
        let client = lend(&self.readers).await?;
        let (text, args) = of_key(Scope::Everyone, &key);
        let found = side::query(&client, text, &args).await?;
        Ok(found
            .first()
            .map(|row| sql::row(key.table(), row))
            .transpose()?)
    }

    async fn latest_outcomes(&self, org: OrgId) -> Result<Vec<JobSpaceRow>, StoreError> {
        let client = lend(&self.readers).await?;
        let found = side::query(&client, &latest_outcomes(), &[org.0.into()]).await?;
        let rows = sql::found(Table::JobSpaces, &found)?;
        Ok(rows.into_iter().filter_map(JobSpaceRow::from_row).collect())
    }

    async fn pulse(&self, org: OrgId, window: Window) -> Result<Pulse, StoreError> {
        let (moment, _) = Moment::begin(&self.readers).await?;
        Ok(pulse::pulse(&moment, org, window).await?)
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Sequence,
        limit: NonZeroU32,
    ) -> Result<EventPage, StoreError> {
        let limit = limit.get();
        let (text, params) = super::log::page(filter, after, limit);
        let (moment, head) = Moment::begin(&self.readers).await?;
        let found = moment.rows(&text, &args(params)).await?;
        Ok(super::log::gather(
            found.iter().map(log::event),
            limit,
            head.sequence,
        )?)
    }

    fn head(&self) -> tokio::sync::watch::Receiver<Sequence> {
        self.wake.head()
    }

    async fn due(&self, now: Timestamp) -> Result<Due, StoreError> {
        let client = lend(&self.readers).await?;
        Ok(side::due(&client, now).await?)
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
        let client = lend(&self.beside).await?;
        Ok(side::token_used(&client, org, token, at).await?)
    }

    async fn tokens_used(&self, org: OrgId) -> Result<Vec<(TokenId, Timestamp)>, StoreError> {
        let client = lend(&self.readers).await?;
        Ok(side::tokens_used(&client, org).await?)
    }

    async fn past(
        &self,
        org: OrgId,
        at: Sequence,
        question: Question,
    ) -> Result<Option<View>, StoreError> {
        self.lookers
            .look(move |session| {
                let head = log::head(&session.query(log::HEAD, Vec::new())?)?;
                let mut tx = Tx::new(session, head, state::Known::default());
                Ok(past(&mut tx, org, at, &question)?)
            })
            .await
    }

    async fn verify(&self) -> Result<Drift, StoreError> {
        Ok(self.lookers.look(check::verify).await?.drift)
    }

    async fn rebuild(&self) -> Result<Drift, StoreError> {
        // Looking for it takes long and stops nobody; only putting it right is done by the writer.
        let found = self.lookers.look(check::verify).await?;
        let drift = found.drift.clone();
        self.ask(Task::Repair(Box::new(found))).await?;
        Ok(drift)
    }

    async fn retain(&self, policy: &Retention, now: Timestamp) -> Result<Swept, StoreError> {
        let aged = policy.at(now);
        self.lookers
            .lend(move |session| retain::sweep(session, &aged))
            .await
    }

    async fn health(&self, patience: Duration) -> Result<(), StoreError> {
        if !self.writer.is_alive() {
            return Err(StoreError::Unavailable("the writer has ended".into()));
        }
        if self.writer.is_failing() {
            return Err(StoreError::Unavailable(TAKES_NO_WRITES.into()));
        }
        let asking = async { head_of(&lend(&self.readers).await?).await };
        tokio::time::timeout(patience, asking)
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
        self.stop.cancel();
        self.readers.close();
        self.beside.close();
        self.lookers.close().await;
    }
}

/// Goes from one `(source, space)` to the next in the index, and in each to its newest outcome: the cost is of pairs, not
/// of runs.
fn latest_outcomes() -> String {
    let columns = columns(Table::JobSpaces);
    format!(
        "WITH RECURSIVE pairs (source_id, space_id) AS (
           (SELECT source_id, space_id FROM job_spaces WHERE org_id = ?1 ORDER BY source_id, space_id LIMIT 1)
           UNION ALL
           SELECT next.source_id, next.space_id FROM pairs CROSS JOIN LATERAL (
             SELECT source_id, space_id FROM job_spaces
             WHERE org_id = ?1 AND (source_id, space_id) > (pairs.source_id, pairs.space_id)
             ORDER BY source_id, space_id LIMIT 1
           ) AS next
         )
         SELECT run.* FROM pairs CROSS JOIN LATERAL (
           SELECT {columns} FROM job_spaces
           WHERE org_id = ?1 AND source_id = pairs.source_id AND space_id = pairs.space_id AND status <> 'queued'
           ORDER BY job_id DESC LIMIT 1
         ) AS run
         ORDER BY run.source_id, run.space_id"
    )
}

#[cfg(test)]
mod tests;
