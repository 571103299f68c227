//! The feed of rows and the log: nothing missed, nothing twice, and the past as it was.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use jolli::api::{Row, RowChange, RowsFrame, Sequence, Snapshot, SourceId};
use jolli::client::ClientError;
use serde_json::Value;

use super::{World, new_source};

const PATIENCE: Duration = Duration::from_secs(90);

/// A replica of the sources' names, as a console keeps one.
#[derive(Default, PartialEq, Debug)]
struct Replica(BTreeMap<SourceId, String>);

impl Replica {
    fn of(snapshot: &Snapshot) -> Self {
        Self(
            snapshot
                .sources
                .iter()
                .map(|s| (s.id, s.name.clone()))
                .collect(),
        )
    }

    fn apply(&mut self, changes: Vec<RowChange>) {
        for change in changes {
            match change {
                RowChange::Put {
                    row: Row::Source(source),
                } => {
                    self.0.insert(source.id, source.name);
                }
                RowChange::Gone { kind, id } if kind == "source" => {
                    self.0.remove(&id.parse().unwrap());
                }
                _ => {}
            }
        }
    }

    /// Takes in what the feed tells from one position to another.
    async fn follow(
        &mut self,
        mut frames: impl Stream<Item = Result<RowsFrame, ClientError>> + Unpin,
        mut at: Sequence,
        end: Sequence,
    ) {
        while at < end {
            let frame = tokio::time::timeout(PATIENCE, frames.next())
                .await
                .expect("a frame")
                .unwrap()
                .unwrap();
            assert!(frame.sequence > at && frame.head >= frame.sequence);
            at = frame.sequence;
            self.apply(frame.changes);
        }
    }
}

#[tokio::test]
async fn a_snapshot_and_what_follows_it_are_the_present() {
    let world = World::new().await;
    world.source("before").await;
    let snapshot = world.admin.snapshot(None).await.unwrap();
    let mut replica = Replica::of(&snapshot);
    let writer = world.admin.clone();
    let writing = tokio::spawn(async move {
        let mut last = Vec::new();
        for n in 0..30 {
            last.push(
                writer
                    .create_source(&new_source(&format!("s{n}")))
                    .await
                    .unwrap()
                    .id,
            );
        }
        for id in last.iter().take(10) {
            writer.delete_source(*id).await.unwrap();
        }
        writer.snapshot(None).await.unwrap()
    });
    let frames = world.admin.follow_rows(snapshot.snapshot_sequence);
    let end = writing.await.unwrap();
    replica
        .follow(frames, snapshot.snapshot_sequence, end.snapshot_sequence)
        .await;
    assert_eq!(replica, Replica::of(&end));
}

/// More sources than one piece of a snapshot holds: what changes while the pieces come is told again by the feed.
#[tokio::test]
async fn a_large_snapshot_under_change_and_what_follows_it_are_the_present() {
    let world = World::new().await;
    let admin = &world.admin;
    let create = |n: u32| async move {
        let new = new_source(&format!("s{n:04}"));
        admin.create_source(&new).await.unwrap().id
    };
    let mut ids: Vec<SourceId> = stream::iter(0..2_000)
        .map(create)
        .buffer_unordered(64)
        .collect()
        .await;
    ids.sort_unstable();
    let whole = world.admin.snapshot(None).await.unwrap();
    let listed: Vec<SourceId> = whole.sources.iter().map(|s| s.id).collect();
    assert_eq!(listed, ids);

    let writer = world.admin.clone();
    let (first, last) = (ids[0], ids[1_999]);
    let writing = tokio::spawn(async move {
        for id in [last, first] {
            writer.delete_source(id).await.unwrap();
        }
        for n in 0..30 {
            writer
                .create_source(&new_source(&format!("new{n}")))
                .await
                .unwrap();
        }
    });
    let snapshot = world.admin.snapshot(None).await.unwrap();
    let mut replica = Replica::of(&snapshot);
    assert_eq!(replica.0.len(), snapshot.sources.len(), "none came twice");
    writing.await.unwrap();
    let end = world.admin.snapshot(None).await.unwrap();
    let frames = world.admin.follow_rows(snapshot.snapshot_sequence);
    replica
        .follow(frames, snapshot.snapshot_sequence, end.snapshot_sequence)
        .await;
    assert_eq!(replica, Replica::of(&end));
    assert_eq!(end.sources.len(), 2_028);
}

#[tokio::test]
async fn binding_and_linking_show_on_every_row_that_they_change() {
    let world = World::new().await;
    let start = world.admin.snapshot(None).await.unwrap().snapshot_sequence;
    let (source, space) = world.watched().await;
    let end = world.admin.snapshot(None).await.unwrap();
    let mut frames = world.admin.follow_rows(start);
    let frame = tokio::time::timeout(PATIENCE, frames.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(frame.sequence, end.snapshot_sequence);
    let rows: Vec<Row> = frame
        .changes
        .into_iter()
        .filter_map(|change| match change {
            RowChange::Put { row } => Some(row),
            RowChange::Gone { .. } => None,
        })
        .collect();
    assert!(
        rows.iter().any(
            |r| matches!(r, Row::Source(s) if s.id == source.id && s.integration_id.is_some())
        )
    );
    assert!(
        rows.iter()
            .any(|r| matches!(r, Row::Binding(b) if b.space_id == space.id))
    );
    assert!(
        rows.iter()
            .any(|r| matches!(r, Row::Integration(i) if i.source_ids == [source.id]))
    );
    assert!(rows.iter().any(|r| matches!(r, Row::Conflicts(_))));
    assert_eq!(end.bindings.len(), 1);
    assert_eq!(
        end.sources[0],
        world.admin.source(source.id).await.unwrap().source
    );
}

#[tokio::test]
async fn the_log_pages_without_gap_to_its_head() {
    let world = World::new().await;
    for n in 0..7 {
        world.source(&format!("s{n}")).await;
    }
    let head = world.admin.snapshot(None).await.unwrap().snapshot_sequence;
    let mut after = Sequence(0);
    let mut seen = Vec::new();
    loop {
        let page = world.admin.events(after, 2).await.unwrap();
        seen.extend(page.events.iter().map(|e| e.sequence.0));
        match page.next_sequence {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen, (1..=head.0).collect::<Vec<_>>());
    let page = world.admin.events(Sequence(0), 100).await.unwrap();
    let event = page
        .events
        .iter()
        .find(|e| e.event_type == "source.created")
        .unwrap();
    assert_eq!(
        (event.aggregate_kind.as_str(), event.actor.id.as_str()),
        ("source", "admin")
    );
    let only = world
        .call("GET", "/events?type=source.&limit=3", Value::Null)
        .await
        .unwrap();
    assert_eq!(only.body["events"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_past_is_as_it_was() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    let then = world.admin.snapshot(None).await.unwrap();
    world.admin.unbind(space.id, source.id).await.unwrap();
    world.admin.delete_source(source.id).await.unwrap();
    let past = world
        .admin
        .snapshot(Some(then.snapshot_sequence))
        .await
        .unwrap();
    assert_eq!(past, then);
    let now = world.admin.snapshot(None).await.unwrap();
    assert!(now.sources.is_empty() && now.bindings.is_empty());
    let future = Sequence(now.snapshot_sequence.0 + 1);
    assert!(world.admin.snapshot(Some(future)).await.is_err());
}

#[tokio::test]
async fn a_position_that_this_log_never_had_is_told_to_load_again() {
    let world = World::new().await;
    let mut frames = world.admin.follow_rows(Sequence(1_000_000));
    let first = tokio::time::timeout(PATIENCE, frames.next())
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(first, Err(ClientError::Resync)), "{first:?}");
}

#[tokio::test]
async fn a_server_that_stops_ends_its_feeds() {
    let world = World::new().await;
    let mut frames = world.admin.follow_rows(Sequence(1));
    let stopping = world.server.stopping();
    let reading = tokio::spawn(async move {
        while let Some(frame) = frames.next().await {
            if frame.is_err() {
                return;
            }
        }
    });
    stopping.cancel();
    tokio::time::timeout(PATIENCE, reading)
        .await
        .expect("the feed ends")
        .unwrap();
}
