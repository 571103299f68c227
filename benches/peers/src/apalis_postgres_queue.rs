//! apalis on PostgreSQL, woken by NOTIFY: its documentation's own recommendation against waiting for a poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use apalis::prelude::{
    BackendExt as _, Strategy, TaskSink as _, WorkerBuilder, WorkerBuilderExt as _, WorkerContext,
};
use apalis_postgres::{Config, PostgresStorage, Pubsub, queries};
use sqlx::PgPool;

use crate::apalis_queue::{POLL, QUEUE, Workers, noop};
use crate::databases::{Postgres, postgres_durability};
use crate::queue::{Noop, Probe, Queue, Shape};

#[derive(Clone)]
pub struct ApalisPostgres {
    pool: PgPool,
    observer: PgPool,
    storage: PostgresStorage<Noop>,
    config: Config,
    started: Arc<AtomicUsize>,
}

impl ApalisPostgres {
    pub async fn open(
        database: &Postgres,
        connections: u32,
        batch: usize,
    ) -> Result<(Self, String), String> {
        let pool = database.pool(connections).await;
        PostgresStorage::setup(&pool)
            .await
            .expect("apalis' migrations run on an empty database");
        let durability = postgres_durability(&pool, connections).await?;
        let config = Config::default()
            .queue(QUEUE)
            .batch_size(batch)
            .lock_tasks(false);
        let queue = Self {
            storage: PostgresStorage::new(&pool).with_config(config.clone()),
            observer: database.pool(1).await,
            pool,
            config,
            started: Arc::new(AtomicUsize::new(0)),
        };
        let settings = format!(
            "{durability}; batch_size {batch}, lock_tasks off (a claim already carries its worker's name), woken by NOTIFY, poll {} ms",
            POLL.as_millis()
        );
        Ok((queue, settings))
    }
}

impl Queue for ApalisPostgres {
    type Workers = Workers;

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
            // The library's own function wants a type that it keeps to itself.
            sqlx::query(
                "INSERT INTO apalis.workers (id, worker_type, storage_name, layers, last_seen) VALUES ($1, $2, 'PgStorage', '', now())",
            )
            .bind(format!("claimer-{claimer}"))
            .bind(QUEUE)
            .execute(&self.pool)
            .await
            .expect("apalis takes a worker");
        }
        true
    }

    async fn claim(&self, claimer: usize, batch: usize) -> usize {
        let config = self.config.clone().batch_size(batch);
        let worker = WorkerContext::new(&format!("claimer-{claimer}"));
        let mut connection = self
            .pool
            .acquire()
            .await
            .expect("the pool has a connection");
        queries::fetch_next(&mut *connection, &config, &worker)
            .await
            .expect("apalis claims jobs")
            .len()
    }

    async fn start(&self, shape: Shape, probe: Arc<Probe>) -> Workers {
        let mut workers = Workers::default();
        for _ in 0..shape.pollers {
            let number = self.started.fetch_add(1, Ordering::Relaxed);
            let context = WorkerContext::new(&format!("worker-{number}"));
            let notified = Pubsub::new(self.pool.clone(), QUEUE.to_owned());
            let strategy = Strategy::new().stream(notified).interval(POLL);
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
        sqlx::query("VACUUM ANALYZE apalis.jobs")
            .execute(&self.pool)
            .await
            .expect("VACUUM works");
    }

    async fn done(&self) -> u64 {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM apalis.jobs WHERE status = 'Done'")
                .fetch_one(&self.observer)
                .await
                .expect("the jobs can be counted");
        count.unsigned_abs()
    }

    async fn clear(&self) {
        sqlx::query("TRUNCATE apalis.jobs")
            .execute(&self.pool)
            .await
            .expect("the jobs can be removed");
    }
}
