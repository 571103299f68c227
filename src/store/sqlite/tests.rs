//! What only a file can show: that it lasts, that it has one owner, and that damage in it is found and mended.

use std::sync::Arc;

use rusqlite::Connection;

use super::*;
use crate::domain::id::SourceId;
use crate::store::conformance::rules::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn what_was_answered_is_there_after_it_was_dropped_and_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let runtime = runtime();
    let store = Sqlite::open(&path).unwrap();
    let made = runtime.block_on(accepted(&store, "c1", make_source("api")));
    let blob = runtime
        .block_on(store.put_blob(ORG, Bytes::from("text")))
        .unwrap();
    drop(store);
    let store = Sqlite::open(&path).unwrap();
    runtime.block_on(async {
        assert_eq!(*store.head().borrow(), made.sequence);
        let row = store.locate(Key::Sources(SourceId(1))).await.unwrap();
        assert_eq!(row.unwrap().to_value(), made.reply);
        let again = store
            .execute(command("c1", make_source("api")))
            .await
            .unwrap();
        assert!(matches!(again, Outcome::Replayed { .. }), "{again:?}");
        assert_eq!(
            store.blob(ORG, &blob).await.unwrap(),
            Some(Bytes::from("text"))
        );
        let next = accepted(&store, "c2", make_source("web")).await;
        assert_eq!((next.sequence, &next.reply["id"]), (Sequence(2), &2.into()));
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
    });
}

#[test]
fn a_second_server_is_refused_and_told_who_has_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let first = Sqlite::open(&path).unwrap();
    let error = Sqlite::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    let pid = format!("pid {}", std::process::id());
    assert!(error.to_string().contains(&pid), "{error}");
    drop(first);
    Sqlite::open(&path).unwrap();
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.txt");
    let text = "not a database ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let error = Sqlite::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn closing_writes_what_waits_and_then_takes_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let store = Arc::new(Sqlite::open(&path).unwrap());
    runtime().block_on(async {
        let mut waiting = tokio::task::JoinSet::new();
        for i in 0..100 {
            let store = store.clone();
            waiting.spawn(async move {
                let made = make_source(&format!("s{i}"));
                store.execute(command(&format!("c{i}"), made)).await
            });
        }
        store.close().await;
        let written = waiting
            .join_all()
            .await
            .into_iter()
            .filter(|outcome| match outcome {
                Ok(Outcome::Accepted(_)) => true,
                Err(StoreError::Unavailable(_)) => false,
                other => panic!("{other:?}"),
            })
            .count();
        let late = store.execute(command("late", make_source("late"))).await;
        assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
        drop(store);
        let store = Sqlite::open(&path).unwrap();
        assert_eq!(store.head().borrow().0, written as i64);
    });
}

#[test]
fn damage_is_found_by_name_and_mended_from_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let runtime = runtime();
    runtime.block_on(async {
        let store = Sqlite::open(&path).unwrap();
        for name in ["a", "b", "c"] {
            accepted(&store, name, make_source(name)).await;
        }
        accepted(&store, "x", make_space("x")).await;
        let before: Vec<_> = [1, 2, 3].map(|id| Key::Sources(SourceId(id))).to_vec();
        let mut rows = Vec::new();
        for key in &before {
            rows.push(store.locate(key.clone()).await.unwrap());
        }
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "UPDATE sources SET enabled = 0, branch = 'x' WHERE id = 1;
             DELETE FROM sources WHERE id = 2;
             UPDATE sources SET history = '{' WHERE id = 3;
             INSERT INTO space_sources VALUES (1, 1, 9, NULL, 1, 1, 't', 't');
             UPDATE space_sources SET created_at = '2026-11-21T14:02:11.250Z', updated_at = created_at;
             UPDATE space_sources SET updated_at = created_at;
             UPDATE id_counters SET last = 1 WHERE kind = 'source';",
        )
        .unwrap();
        let drift = store.verify().await.unwrap();
        let found = drift.differences.join("\n");
        for words in [
            "id_counters source: id 3 was given",
            "sources Sources(SourceId(1)): differs in branch, enabled",
            "sources Sources(SourceId(2)): is missing",
            "of a row of sources cannot be read",
            "space_sources SpaceSources(SpaceId(1), SourceId(9)): should not be there",
        ] {
            assert!(found.contains(words), "{words} is not in:\n{found}");
        }
        store.rebuild().await.unwrap();
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
        for (key, row) in before.into_iter().zip(rows) {
            assert_eq!(store.locate(key).await.unwrap(), row);
        }
    });
}

#[test]
fn an_event_that_cannot_be_read_is_named_and_later_ones_are_still_reachable() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        for name in ["a", "b", "c"] {
            accepted(&store, name, make_source(name)).await;
        }
        let db = Connection::open(&path).unwrap();
        db.execute(
            "UPDATE orchestration_events SET payload_json = '{' WHERE sequence = 2",
            [],
        )
        .unwrap();
        let all = EventFilter::default();
        let error = store
            .events(&all, Sequence(0), NonZeroU32::MAX)
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("event 2 of the log cannot be read"),
            "{error}"
        );
        let rest = store
            .events(&all, Sequence(2), NonZeroU32::MAX)
            .await
            .unwrap();
        assert_eq!(rest.events.len(), 1);
        let drift = store.verify().await.unwrap();
        assert_eq!(drift.differences.len(), 2, "{drift:?}");
    });
}

#[test]
fn rows_of_an_older_fold_are_written_anew_and_those_of_a_newer_one_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let runtime = runtime();
    let store = Sqlite::open(&path).unwrap();
    runtime.block_on(accepted(&store, "a", make_source("a")));
    drop(store);
    let set = |version: i64, name: &str| {
        let db = Connection::open(&path).unwrap();
        db.execute("UPDATE log_head SET fold_version = ?1", [version])
            .unwrap();
        db.execute("UPDATE sources SET name = ?1", [name]).unwrap();
    };
    set(0, "old");
    let store = Sqlite::open(&path).unwrap();
    let row = runtime
        .block_on(store.locate(Key::Sources(SourceId(1))))
        .unwrap();
    assert_eq!(row.unwrap().to_value()["name"], "a");
    drop(store);
    set(99, "new");
    let error = Sqlite::open(&path).unwrap_err();
    assert!(error.to_string().contains("newer jolli"), "{error}");
}
