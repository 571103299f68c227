//! riverqueue, River's client for Rust, on both databases: one type, since its client does not say which it speaks to.

use std::convert::Infallible;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use riverqueue::migrate::{PostgresMigrator, SqliteMigrator};
use riverqueue::{
    Client, ClientBuilder, Job, QueueConfig, RunHandle, WorkContext, WorkOutcome, Workers,
};
use sqlx::{PgPool, SqlitePool};

use crate::databases::{Postgres, SqliteFile, postgres_durability, sqlite_durability};
use crate::queue::{Noop, Probe, Queue, Shape};

pub const VERSION: &str = "0.5.0";
/// The least that the library allows; a hundred milliseconds unless told.
const COOLDOWN: Duration = Duration::from_millis(1);
/// The least that the library allows, to which it adds up to ten milliseconds of its own; a second unless told.
const POLL: Duration = Duration::from_millis(1);
/// For PostgreSQL, where NOTIFY wakes.
const NOTIFIED_POLL: Duration = Duration::from_millis(100);

#[derive(Clone)]
enum Pool {
    Sqlite {
        pool: SqlitePool,
        observer: SqlitePool,
    },
    Postgres {
        pool: PgPool,
        observer: PgPool,
    },
}

#[derive(Clone)]
pub struct River {
    pool: Pool,
    /// The one that works, once one does: it hears of its own inserts.
    client: Arc<Mutex<Client>>,
}

impl River {
    pub async fn sqlite(file: &SqliteFile, connections: u32) -> Result<(Self, String), String> {
        let (pool, _) = file.pool(connections, "river_job").await;
        SqliteMigrator::new(pool.clone())
            .migrate_up()
            .await
            .expect("River's migrations run on an empty file");
        let durability = sqlite_durability(&pool, connections).await?;
        let observer = file.observer().await;
        let settings = format!(
            "{durability}; fetch_cooldown 1 ms, fetch_poll_interval 1 ms (plus River's jitter of up to 10 ms), without its outbox of notifications, which it reads every 100 ms"
        );
        Ok((Self::new(Pool::Sqlite { pool, observer }), settings))
    }

    pub async fn postgres(database: &Postgres, connections: u32) -> Result<(Self, String), String> {
        let pool = database.pool(connections).await;
        PostgresMigrator::new(pool.clone())
            .migrate_up()
            .await
            .expect("River's migrations run on an empty database");
        let durability = postgres_durability(&pool, connections).await?;
        let observer = database.pool(1).await;
        let settings = format!(
            "{durability}; fetch_cooldown 1 ms, woken by NOTIFY, fetch_poll_interval {} ms",
            NOTIFIED_POLL.as_millis()
        );
        Ok((Self::new(Pool::Postgres { pool, observer }), settings))
    }

    fn new(pool: Pool) -> Self {
        let inserter = builder(&pool)
            .build()
            .expect("River takes a client without workers");
        Self {
            pool,
            client: Arc::new(Mutex::new(inserter)),
        }
    }

    fn client(&self) -> Client {
        self.client
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn use_client(&self, client: Client) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }
}

fn builder(pool: &Pool) -> ClientBuilder {
    match pool {
        Pool::Sqlite { pool, .. } => Client::builder(pool.clone()).without_notifications(),
        Pool::Postgres { pool, .. } => Client::builder(pool.clone()),
    }
}

impl Queue for River {
    type Workers = Vec<RunHandle>;

    async fn push(&self, job: Noop) {
        self.client().insert(job).await.expect("River takes a job");
    }

    async fn push_many(&self, jobs: Vec<Noop>) {
        self.client()
            .insert_many(jobs)
            .await
            .expect("River takes jobs");
    }

    async fn can_claim(&self, _: usize) -> bool {
        false
    }

    async fn claim(&self, _: usize, _: usize) -> usize {
        0
    }

    async fn start(&self, shape: Shape, probe: Arc<Probe>) -> Vec<RunHandle> {
        let poll = match &self.pool {
            Pool::Sqlite { .. } => POLL,
            Pool::Postgres { .. } => NOTIFIED_POLL,
        };
        let mut running = Vec::new();
        for _ in 0..shape.pollers {
            let mut workers = Workers::new();
            let probe = Arc::clone(&probe);
            workers
                .add_fn(move |_: WorkContext, _: Job<Noop>| {
                    probe.ran();
                    ready(Ok::<_, Infallible>(WorkOutcome::Complete))
                })
                .expect("River takes a worker");
            let client = builder(&self.pool)
                .workers(workers)
                .fetch_cooldown(COOLDOWN)
                .queue(
                    "default",
                    QueueConfig::new(shape.concurrency).with_fetch_poll_interval(poll),
                )
                .build()
                .expect("River takes these settings");
            let mut handle = client.start().expect("River starts");
            handle.wait_ready().await.expect("River comes to work");
            running.push(handle);
            self.use_client(client);
        }
        running
    }

    async fn stop(&self, workers: Vec<RunHandle>) {
        for mut handle in workers {
            if let Err(error) = handle.stop().await {
                eprintln!("a River client ended: {error}");
            }
        }
        self.use_client(
            builder(&self.pool)
                .build()
                .expect("River takes a client without workers"),
        );
    }

    async fn analyse(&self) {
        match &self.pool {
            Pool::Sqlite { pool, .. } => sqlx::query("ANALYZE").execute(pool).await.map(drop),
            Pool::Postgres { pool, .. } => sqlx::query("VACUUM ANALYZE river_job")
                .execute(pool)
                .await
                .map(drop),
        }
        .expect("ANALYZE works");
    }

    async fn done(&self) -> u64 {
        const COUNT: &str = "SELECT count(*) FROM river_job WHERE state = 'completed'";
        let count: Result<i64, _> = match &self.pool {
            Pool::Sqlite { observer, .. } => sqlx::query_scalar(COUNT).fetch_one(observer).await,
            Pool::Postgres { observer, .. } => sqlx::query_scalar(COUNT).fetch_one(observer).await,
        };
        count.expect("the jobs can be counted").unsigned_abs()
    }

    async fn clear(&self) {
        match &self.pool {
            Pool::Sqlite { pool, .. } => {
                sqlx::raw_sql("DELETE FROM river_job; PRAGMA wal_checkpoint(TRUNCATE)")
                    .execute(pool)
                    .await
                    .map(drop)
            }
            Pool::Postgres { pool, .. } => sqlx::query("TRUNCATE river_job")
                .execute(pool)
                .await
                .map(drop),
        }
        .expect("the jobs can be removed");
    }
}
