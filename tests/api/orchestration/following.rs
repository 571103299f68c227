//! From a snapshot into what follows: nothing lost, nothing twice, however the writers are scheduled.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt as _;
use jolli::api::{Event, Role, Sequence, SnapshotRequest};
use jolli::client::{Client, EventsStream};
use tower::ServiceExt as _;

use super::super::World;
use super::{project, rename, thread};

const PATIENCE: Duration = Duration::from_mins(1);

async fn next(events: &mut EventsStream) -> Event {
    tokio::time::timeout(PATIENCE, events.next())
        .await
        .expect("an event in time")
        .expect("the feed goes on")
        .unwrap()
}

/// Scenario 39.
#[tokio::test]
async fn who_follows_a_thread_hears_of_it_in_order_and_of_nothing_else() {
    let world = World::with_a_thread().await;
    // An id is whatever its maker likes; the address escapes it.
    let odd = "job-1/space 2&kind=job?";
    let mut events = world
        .admin
        .follow_events(Sequence(0), Some(("thread", odd)));
    world
        .give(
            "odd",
            &[
                thread(odd, "p1"),
                rename("t1", "other"),
                rename(odd, "A"),
                rename(odd, "B"),
            ],
        )
        .await;
    for expected in [
        "thread.created",
        "thread.meta-updated",
        "thread.meta-updated",
    ] {
        let event = next(&mut events).await;
        assert_eq!(
            (event.stream_id.as_str(), event.event_type.as_str()),
            (odd, expected)
        );
    }
}

/// Gives `count` renames of `t1`, many at a time.
async fn rename_often(client: &Client, name: &str, count: usize) {
    let each = futures_util::stream::iter(0..count).map(|n| {
        let (client, id) = (client.clone(), format!("{name}-{n}"));
        async move { client.dispatch(&id, &rename("t1", &id)).await.unwrap() }
    });
    each.buffer_unordered(64).collect::<Vec<_>>().await;
}

/// Scenario 29. Scenario 111.
#[tokio::test]
async fn no_reader_of_the_log_has_a_hidden_limit() {
    let world = World::with_a_thread().await;
    rename_often(&world.admin, "r", 2_501).await;
    let head = world
        .read(&SnapshotRequest::default())
        .await
        .snapshot_sequence
        .0;
    assert!(head > 2_501);
    let mut seen = Vec::new();
    let (mut after, mut pages) = (Sequence(0), 0);
    loop {
        let page = world.admin.replay_events(after, None).await.unwrap();
        pages += 1;
        seen.extend(page.events.iter().map(|event| event.sequence.0));
        match page.next_sequence {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen, (1..=head).collect::<Vec<_>>());
    assert!(pages > 1);
    let mut events = world.admin.follow_events(Sequence(0), None);
    for expected in 1..=head {
        assert_eq!(next(&mut events).await.sequence.0, expected);
    }
}

/// Scenario 112.
#[tokio::test]
async fn who_begins_to_follow_while_others_write_hears_each_event_once() {
    let world = World::with_a_thread().await;
    for round in 0..32 {
        let start = world
            .read(&SnapshotRequest::default())
            .await
            .snapshot_sequence;
        let mut events = world.admin.follow_events(start, None);
        let writer = world.admin.clone();
        let writing =
            tokio::spawn(async move { rename_often(&writer, &format!("round-{round}"), 9).await });
        let heard: Vec<i64> = {
            let mut heard = Vec::new();
            while heard.len() < 9 {
                heard.push(next(&mut events).await.sequence.0);
            }
            heard
        };
        writing.await.unwrap();
        assert_eq!(
            heard,
            (start.0 + 1..=start.0 + 9).collect::<Vec<_>>(),
            "round {round}"
        );
    }
}

/// Scenario 113.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_and_what_follows_it_hold_each_thread_once() {
    let world = World::new().await;
    world.give("begin", &[project("p1")]).await;
    for schedule in 0..100_usize {
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let client = world.admin.clone();
                tokio::spawn(async move {
                    let mut last = Sequence(0);
                    for n in 0..2 {
                        let id = format!("s{schedule}-w{writer}-{n}");
                        last = client
                            .dispatch(&id, &thread(&id, "p1"))
                            .await
                            .unwrap()
                            .sequence;
                        // Each schedule lets the others run at other places.
                        for _ in 0..(schedule * 7 + writer * 3 + n) % 5 {
                            tokio::task::yield_now().await;
                        }
                    }
                    last
                })
            })
            .collect();
        for _ in 0..schedule % 11 {
            tokio::task::yield_now().await;
        }
        let shell = SnapshotRequest {
            shell: true,
            ..SnapshotRequest::default()
        };
        let model = world.read(&shell).await;
        let start = model.snapshot_sequence;
        let mut events = world.admin.follow_events(start, None);
        let mut end = Sequence(0);
        for writer in writers {
            end = end.max(writer.await.unwrap());
        }
        let mut known: BTreeSet<String> = model
            .threads
            .iter()
            .map(|thread| thread.id.to_string())
            .collect();
        let mut at = start;
        while at < end {
            let event = next(&mut events).await;
            assert_eq!(event.sequence.0, at.0 + 1, "schedule {schedule}");
            at = event.sequence;
            assert!(
                known.insert(event.stream_id.clone()),
                "schedule {schedule}: {} came twice",
                event.stream_id
            );
        }
        assert_eq!(known.len(), 6 * (schedule + 1), "schedule {schedule}");
    }
}

/// Scenario 114: a piece is made when the client takes it, and is never longer than a page.
#[tokio::test]
async fn a_slow_client_costs_a_page_and_gets_everything() {
    let world = World::with_a_thread().await;
    let token = world
        .server
        .mint(jolli::api::OrgId(1), "slow", Role::Viewer);
    let request = Request::get("/api/events?after=0")
        .header("accept", "text/event-stream")
        .header("authorization", format!("Bearer {}", token.expose()))
        .body(Body::empty())
        .unwrap();
    let response = world.server.router().oneshot(request).await.unwrap();
    let mut pieces = response.into_body().into_data_stream();
    let opening = pieces.next().await.unwrap().unwrap();
    assert!(opening.starts_with(b":"));
    rename_often(&world.admin, "r", 2_100).await;
    let head = world
        .read(&SnapshotRequest::default())
        .await
        .snapshot_sequence
        .0;
    let (mut seen, mut longest) = (0, 0);
    while seen < head {
        let piece = tokio::time::timeout(PATIENCE, pieces.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let text = std::str::from_utf8(&piece).unwrap();
        let here = text.lines().filter_map(|line| line.strip_prefix("id: "));
        let mut count = 0;
        for id in here {
            seen += 1;
            count += 1;
            assert_eq!(id.parse::<i64>().unwrap(), seen);
        }
        longest = longest.max(count);
    }
    assert!((1..=500).contains(&longest), "{longest}");
}
