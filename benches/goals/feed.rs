//! P11: 2,000 followers of the live feed, in the server's process, and 50 events a second.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use jolli::api::{OrgId, Role};
use jolli::domain::id::Sequence;
use jolli::store::Store;
use jolli::store::sqlite::Sqlite;
use tokio::sync::{Barrier, mpsc};

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
    let there = Arc::new(Barrier::new(FOLLOWERS + 1));
    for _ in 0..FOLLOWERS {
        // The newest event is what every one of them gets first: then it follows.
        let mut feed = client.follow_rows(Sequence(start.0 - 1));
        let (tell, there) = (tell.clone(), Arc::clone(&there));
        tokio::spawn(async move {
            feed.next().await.expect("a feed").expect("a frame");
            there.wait().await;
            let mut seen = start;
            while seen < last {
                let frame = feed.next().await.expect("a feed").expect("a frame");
                tell.send((seen, frame.sequence, Instant::now()))
                    .expect("who measures");
                seen = frame.sequence;
            }
        });
    }
    drop(tell);
    there.wait().await;
    let grown = resident().saturating_sub(before);
    let mut written = Vec::new();
    let mut ticks = tokio::time::interval(EVERY);
    for n in 1..=EVENTS {
        ticks.tick().await;
        toggle(&engine, id, n).await;
        written.push(Instant::now());
    }
    let mut waits = Vec::new();
    while let Some((seen, sequence, at)) = told.recv().await {
        // A frame brings every event up to its position.
        for event in seen.0..sequence.0 {
            let place = usize::try_from(event - start.0).expect("an event of ours");
            waits.push(at.saturating_duration_since(written[place]));
        }
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
