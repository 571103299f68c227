//! apalis on SQLite. Its own `SqliteStorage::setup` turns `synchronous` off, so only its migrations are run, on connections
//! that keep FULL. Workers are woken by SQLite's update hook, as its documentation recommends for low latency.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use apalis::prelude::{
    BackendExt as _, Strategy, TaskSink as _, WorkerBuilder, WorkerBuilderExt as _, WorkerContext,
};
use apalis_sqlite::{Config, SqliteStorage, queries};
use futures::channel::mpsc::UnboundedReceiver;
use futures::{Stream, StreamExt as _};
use sqlx::SqlitePool;

use crate::apalis_queue::{POLL, QUEUE, Workers, noop};
use crate::databases::{SqliteFile, sqlite_durability};
use crate::queue::{Noop, Probe, Queue, Shape};

/// The table whose inserts wake workers.
const TABLE: &str = "Jobs";

#[derive(Clone)]
pub struct ApalisSqlite {
    pool: SqlitePool,
    observer: SqlitePool,
    storage: SqliteStorage<Noop>,
    config: Config,
    inserts: Inserts,
    started: Arc<AtomicUsize>,
}

/// The update hook's stream, shared by the workers of one process as apalis' own listener is.
#[derive(Clone)]
struct Inserts(Arc<Mutex<UnboundedReceiver<()>>>);

impl Inserts {
    fn forget(&self) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while events.try_recv().is_ok() {}
    }
}

impl Stream for Inserts {
    type Item = ();

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<()>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .poll_next_unpin(context)
    }
}

impl ApalisSqlite {
    pub async fn open(
        file: &SqliteFile,
        connections: u32,
        batch: usize,
    ) -> Result<(Self, String), String> {
        let (pool, inserts) = file.pool(connections, TABLE).await;
        SqliteStorage::migrations()
            .run(&pool)
            .await
            .expect("apalis' migrations run on an empty file");
        let durability = sqlite_durability(&pool, connections).await?;
        let config = Config::default()
            .queue(QUEUE)
            .batch_size(batch)
            .lock_tasks(false);
        let queue = Self {
            storage: SqliteStorage::new(&pool).with_config(config.clone()),
            observer: file.observer().await,
            pool,
            config,
            inserts: Inserts(Arc::new(Mutex::new(inserts))),
            started: Arc::new(AtomicUsize::new(0)),
        };
        let settings = format!(
            "{durability}; batch_size {batch}, lock_tasks off (a claim already carries its worker's name), woken by the update hook, poll {} ms",
            POLL.as_millis()
        );
        Ok((queue, settings))
    }
}

impl Queue for ApalisSqlite {
    type Workers = Workers;

    // The acknowledgement finds its rows through the index of `lock_by`: every row that the worker ever did, times the batch.
    // Once statistics say how many those are, SQLite goes by the id, and whole jobs are several times as fast.
    const ANALYSE_WHILE_RUNNING: bool = true;

    async fn push(&self, job: Noop) {
        self.storage
            .clone()
            .push(job)
            .await
            .expect("apalis takes a job");
    }

    async fn push_many(&self, jobs: Vec<Noop>) {
        self.storage
            .clone()
            .push_bulk(jobs)
            .await
            .expect("apalis takes jobs");
    }

    async fn can_claim(&self, claimers: usize) -> bool {
        for claimer in 0..claimers {
            let worker = WorkerContext::new(&format!("claimer-{claimer}"));
            queries::register_worker(&self.pool, &self.config, &worker, "SqliteStorage")
                .await
                .expect("apalis takes a worker");
        }
        true
    }

    async fn claim(&self, claimer: usize, batch: usize) -> usize {
        let config = self.config.clone().batch_size(batch);
        let worker = WorkerContext::new(&format!("claimer-{claimer}"));
        queries::fetch_next(&self.pool, &config, &worker)
            .await
            .expect("apalis claims jobs")
            .len()
    }

    async fn start(&self, shape: Shape, probe: Arc<Probe>) -> Workers {
        // While old events wait, apalis' strategy takes one a poll and never comes to its interval: a worker that finds nothing
        // then sleeps until its heartbeat.
        self.inserts.forget();
        let mut workers = Workers::default();
        for _ in 0..shape.pollers {
            // A name that was seen within a heartbeat is refused.
            let number = self.started.fetch_add(1, Ordering::Relaxed);
            let context = WorkerContext::new(&format!("worker-{number}"));
            let strategy = Strategy::new().stream(self.inserts.clone()).interval(POLL);
            let worker = WorkerBuilder::new(&context)
                .backend(self.storage.clone().poll_with_strategy(strategy))
                .concurrency(shape.concurrency)
                .data(Arc::clone(&probe))
                .build(noop);
            let running = tokio::spawn(async move {
                if let Err(error) = worker.run().await {
                    eprintln!("an apalis worker ended: {error}");
                }
            });
            workers.add(context, running);
        }
        workers
    }

    async fn stop(&self, workers: Workers) {
        workers.stop().await;
    }

    async fn analyse(&self) {
        sqlx::query("ANALYZE")
            .execute(&self.pool)
            .await
            .expect("ANALYZE works");
    }

    async fn done(&self) -> u64 {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM Jobs WHERE status = 'Done'")
            .fetch_one(&self.observer)
            .await
            .expect("the jobs can be counted");
        count.unsigned_abs()
    }

    async fn clear(&self) {
        sqlx::raw_sql("DELETE FROM Jobs; PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.pool)
            .await
            .expect("the jobs can be removed");
    }
}
