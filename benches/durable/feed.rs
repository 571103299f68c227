//! P11: 2,000 followers of the live feed, in the server's process, and 50 events a second.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use jolli::api::{OrgId, Role};
use jolli::domain::id::Sequence;
use jolli::store::Store;
use jolli::store::sqlite::Sqlite;
use tokio::sync::mpsc;

use super::commands::toggle;
use super::report::{latency, line};
use super::world::{engine, server, source};

const FOLLOWERS: usize = 2_000;
const EVENTS: u64 = 250;
const EVERY: Duration = Duration::from_millis(20);

pub async fn measure(disk: &Path) {
    let store: Arc<dyn Store> =
        Arc::new(Sqlite::open(&disk.join("p11.db")).expect("a new database"));
    let engine = engine(Arc::clone(&store)).await;
    let id = source(&engine, 0).await;
    let server = server(Arc::clone(&store)).await;
    let client = server.client(Some(server.mint(OrgId(1), "bench", Role::Viewer)));
    let start = *store.head().borrow();
    let last = Sequence(start.0 + i64::try_from(EVENTS).expect("a small number"));
    let before = resident();
    let (tell, mut told) = mpsc::unbounded_channel();
    for _ in 0..FOLLOWERS {
        let mut feed = client.follow_rows(start);
        let tell = tell.clone();
        tokio::spawn(async move {
            while let Some(frame) = feed.next().await {
                let frame = frame.expect("a frame");
                tell.send((frame.sequence, Instant::now()))
                    .expect("who measures");
                if frame.sequence >= last {
                    return;
                }
            }
        });
    }
    drop(tell);
    let mut written = Vec::new();
    let mut ticks = tokio::time::interval(EVERY);
    for n in 1..=EVENTS {
        ticks.tick().await;
        toggle(&engine, id, n).await;
        written.push(Instant::now());
    }
    // All of them are there, and have something to read.
    let grown = resident().saturating_sub(before);
    let mut waits = Vec::new();
    while let Some((sequence, at)) = told.recv().await {
        // A frame brings everything up to its position; what it brought last is what it was late by least.
        let place = usize::try_from(sequence.0 - start.0 - 1).expect("an event of ours");
        waits.push(at.saturating_duration_since(written[place]));
    }
    latency(
        &format!("P11 from durable to a follower, {FOLLOWERS} followers, 50 events/s"),
        &mut waits,
    );
    line(
        "P11 KiB for each follower, its client with it",
        grown as f64 / FOLLOWERS as f64 / 1024.0,
        None,
    );
    server.stop().await;
}

/// What this process has in memory, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}
