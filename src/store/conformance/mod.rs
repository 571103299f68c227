//! One suite for every store: scenarios, each a sentence, run over memory, SQLite and PostgreSQL alike.

mod ageing;
mod commands;
mod histories;
#[path = "../../../tests/support/postgres.rs"]
#[allow(
    dead_code,
    reason = "what stands here is shared with the tests outside"
)]
pub mod pg;
mod projections;
mod pulse;
mod reading;
pub mod rules;
pub mod sample;
mod side;
mod thread_histories;
pub mod threads;

use std::future::Future;
use std::sync::Arc;

use super::Store;
use super::memory::Memory;
use super::postgres::Postgres;
use super::sqlite::Sqlite;

/// A database of PostgreSQL with our tables, for one test; `None` where PostgreSQL is left out.
pub fn database() -> Option<pg::Database> {
    pg::Database::new(&Postgres::schema(), async |url| {
        Postgres::open(&url).await.unwrap().close().await;
    })
}

/// Runs a scenario over every store that there is.
pub fn everywhere<F: Future<Output = ()>>(scenario: impl Fn(Arc<dyn Store>) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    println!("memory");
    runtime.block_on(scenario(Arc::new(Memory::new())));
    println!("sqlite");
    let dir = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(&dir.path().join("jolli.db")).unwrap());
    runtime.block_on(async {
        scenario(store.clone()).await;
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
        store.close().await;
    });
    let Some(database) = database() else { return };
    println!("postgres");
    runtime.block_on(async {
        let store: Arc<dyn Store> = Arc::new(Postgres::open(&database.url()).await.unwrap());
        scenario(store.clone()).await;
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
        store.close().await;
    });
}
