//! One suite for every store: scenarios, each a sentence, run over memory and SQLite alike.

mod commands;
mod histories;
mod reading;
pub mod rules;
pub mod sample;
mod side;

use std::future::Future;
use std::sync::Arc;

use super::Store;
use super::memory::Memory;
use super::sqlite::Sqlite;

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
}
