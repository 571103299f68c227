//! P10 and P12: what a long log costs to replay, to check and to look back into, and what many sources cost to read.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use jolli::api::OrgId;
use jolli::domain::id::Sequence;
use jolli::domain::row::Table;
use jolli::domain::view::{Find, View};
use jolli::store::sqlite::Sqlite;
use jolli::store::{EventFilter, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::commands::toggle;
use super::report::line;
use super::world::{engine, server, source};

/// How many sources, and how many events there are in all.
const SOURCES: usize = 100_000;
const EVENTS: u64 = 1_000_000;

pub async fn measure(disk: &Path) {
    let path = disk.join("p10.db");
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(&path).expect("a new database"));
    let engine = engine(Arc::clone(&store)).await;
    let ids: Vec<_> = stream::iter(0..SOURCES)
        .map(|n| source(&engine, n))
        .buffer_unordered(256)
        .collect()
        .await;
    let left = EVENTS - SOURCES as u64;
    // A hundredth of the sources has nearly all of it: streams that are long, as of those that people push to every day.
    let ids = &ids[..SOURCES / 100];
    let made = ids.len() as u64;
    stream::iter(0..left)
        .map(|n| {
            let id = ids[usize::try_from(n).expect("few") % ids.len()];
            let engine = &engine;
            async move { toggle(engine, id, n / made + 1).await }
        })
        .buffer_unordered(256)
        .collect::<Vec<()>>()
        .await;
    replay(store.as_ref()).await;
    let began = Instant::now();
    let drift = store.verify().await.expect("a store");
    assert!(drift.differences.is_empty(), "{drift:?}");
    line(
        &format!("P10 verify of {} events, events/s", drift.events),
        drift.events as f64 / began.elapsed().as_secs_f64(),
        None,
    );
    back(store.as_ref()).await;
    snapshot(Arc::clone(&store)).await;
    store.close().await;
}

async fn replay(store: &dyn Store) {
    let all = EventFilter::default();
    let limit = std::num::NonZeroU32::new(1000).expect("not zero");
    let (mut after, mut events) = (Sequence(0), 0);
    let began = Instant::now();
    loop {
        let page = store.events(&all, after, limit).await.expect("a store");
        events += page.events.len();
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    line(
        &format!("P10 replay of {events} events, events/s"),
        events as f64 / began.elapsed().as_secs_f64(),
        None,
    );
}

async fn back(store: &dyn Store) {
    let head = store.head().borrow().0;
    for tenth in [1, 5, 9] {
        let find = || Find::all(Table::Sources);
        let question = Box::new(move |view: &View| view.rows(find()).map(drop));
        let began = Instant::now();
        let view = store
            .past(OrgId(1), Sequence(head * tenth / 10), question)
            .await
            .expect("a store")
            .expect("a position of the log");
        let took = began.elapsed();
        let rows = view.rows(find()).map_or(0, <[_]>::len);
        line(
            &format!("P12 ms to look back to {tenth}0 % of {head} events, {rows} sources"),
            took.as_secs_f64() * 1e3,
            None,
        );
    }
}

async fn snapshot(store: Arc<dyn Store>) {
    let server = server(store).await;
    let token = server.mint(OrgId(1), "bench", jolli::api::Role::Viewer);
    let client = server.client(Some(token.clone()));
    let (mut first, mut best) = (Duration::MAX, Duration::MAX);
    let mut sources = 0;
    for _ in 0..3 {
        first = first.min(first_byte(server.url(), token.expose()).await);
        let began = Instant::now();
        let snapshot = client.snapshot(None).await.expect("a snapshot");
        best = best.min(began.elapsed());
        sources = snapshot.sources.len();
    }
    line(
        "P10 ms to the first byte of it, best of 3",
        first.as_secs_f64() * 1e3,
        None,
    );
    line(
        &format!("P10 ms for a snapshot of {sources} sources, read and parsed, best of 3"),
        best.as_secs_f64() * 1e3,
        None,
    );
}

/// How long a snapshot lets one wait until its first byte, over a connection of its own.
async fn first_byte(url: &str, token: &str) -> Duration {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let began = Instant::now();
    let mut stream = TcpStream::connect(host).await.expect("a connection");
    let asked = format!(
        "GET /api/snapshot HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(asked.as_bytes()).await.expect("it asks");
    let mut answer = Vec::new();
    let body = loop {
        let read = stream.read_buf(&mut answer).await.expect("an answer");
        assert_ne!(read, 0, "a body");
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(head) = head.filter(|head| head + 4 < answer.len()) {
            break head;
        }
    };
    let took = began.elapsed();
    let head = String::from_utf8_lossy(&answer[..body]);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    took
}
