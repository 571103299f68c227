//! P6: command → event + row + receipt, durable.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use jolli::api::OrgId;
use jolli::domain::event::Actor;
use jolli::domain::id::SourceId;
use jolli::domain::source::{SourceChanges, UpdateSource};
use jolli::engine::{Command, Engine};
use jolli::store::sqlite::Sqlite;
use jolli::store::{Outcome, Store};

use super::report::line;
use super::world::{engine, source};
use super::{CLIENTS, MEASURE, postgres};

pub async fn measure(disk: &Path) {
    let durable = throughput(sqlite(&disk.join("p6.db")), CLIENTS).await;
    let alone = throughput(sqlite(&disk.join("p6-one.db")), 1).await;
    line("P6 commands/s, SQLite, durable, 64 clients", durable, None);
    line(
        "P6 the same, one client (no batches)",
        alone,
        Some(("of 64 clients", alone / durable)),
    );
    // The same code on a file system in memory: what the disk's sync costs.
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        let dir = memory.join(format!("jolli-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory in memory");
        let unsynced = throughput(sqlite(&dir.join("p6.db")), CLIENTS).await;
        line(
            "P6 the same without a disk to sync",
            unsynced,
            Some(("durable / this", durable / unsynced)),
        );
        std::fs::remove_dir_all(&dir).expect("the directory goes");
    } else {
        println!("P6 without a disk: not measured, there is no /dev/shm");
    }
    let what = "P6 commands/s, PostgreSQL, durable, 64 clients";
    if let Some(store) = postgres::database(what, "p6").await {
        let durable = throughput(Arc::new(store), CLIENTS).await;
        line(what, durable, None);
        println!("{:<62} {}", "", postgres::place().await);
        let what = "P6 the same, one client (no batches)";
        if let Some(store) = postgres::database(what, "p6_one").await {
            let alone = throughput(Arc::new(store), 1).await;
            line(what, alone, Some(("of 64 clients", alone / durable)));
        }
    }
}

fn sqlite(path: &Path) -> Arc<dyn Store> {
    Arc::new(Sqlite::open(path).expect("a new database"))
}

async fn throughput(store: Arc<dyn Store>, clients: usize) -> f64 {
    let engine = engine(Arc::clone(&store)).await;
    let mut sources = Vec::new();
    for n in 0..clients {
        sources.push(source(&engine, n).await);
    }
    let done = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let tasks: Vec<_> = sources
        .into_iter()
        .map(|id| {
            let (engine, done) = (engine.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut n = 0u64;
                while began.elapsed() < MEASURE {
                    n += 1;
                    toggle(&engine, id, n).await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a client");
    }
    let rate = done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    store.close().await;
    rate
}

/// The `n`-th time that a source is turned off or on.
pub async fn toggle(engine: &Engine, id: SourceId, n: u64) {
    let changes = SourceChanges {
        enabled: Some(n.is_multiple_of(2)),
        ..SourceChanges::default()
    };
    let command = Command::by(Actor::system()).with_id(format!("{id}-{n}"), "bench");
    let update = UpdateSource {
        id,
        expected: None,
        changes,
    };
    let outcome = engine
        .dispatch(OrgId(1), command, update)
        .await
        .expect("a store");
    assert!(matches!(outcome, Outcome::Accepted(_)));
}
