//! What only a file can show: that it lasts, that it has one owner, and that damage in it is found and mended.

mod threads;

use std::sync::Arc;

use rusqlite::Connection;

use super::*;
use crate::domain::code::Code;
use crate::domain::id::SourceId;
use crate::domain::view::Need;
use crate::store::conformance::rules::*;
use crate::store::projector::PROJECTORS;

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

/// Documents and the bodies of webhooks lie in it.
#[cfg(unix)]
#[test]
fn its_owner_alone_reads_a_new_database_with_all_that_lies_beside_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let store = Sqlite::open(&path).unwrap();
    runtime().block_on(accepted(&store, "c1", make_source("api")));
    let mut names = Vec::new();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        // Only a process id stands in the lock.
        if name != "jolli.db.lock" {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name}");
            names.push(name);
        }
    }
    names.sort_unstable();
    assert_eq!(names, ["jolli.db", "jolli.db-shm", "jolli.db-wal"]);
    // One that was made and not yet filled is a new one, too.
    let empty = dir.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    Sqlite::open(&empty).unwrap();
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
        // The file is free, though the closed store is still held.
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
        let before = store
            .events(&all, Sequence(0), NonZeroU32::MAX)
            .await
            .unwrap();
        assert_eq!(before.events.len(), 1);
        assert_eq!(before.next, Some(Sequence(1)));
        let error = store
            .events(&all, Sequence(1), NonZeroU32::MAX)
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
        let found = drift.differences.join("\n");
        assert!(
            found.contains("source 2 is not yet, but must be quarantined"),
            "{found}"
        );
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
        db.execute("UPDATE projection_state SET version = ?1", [version])
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

#[test]
fn every_projector_stands_at_the_head_and_a_newer_one_lets_nothing_be_appended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        let made = accepted(&store, "a", make_source("a")).await;
        accepted(&store, "b", make_source("b")).await;
        let db = Connection::open(&path).unwrap();
        let standing = |sequence: i64| {
            db.query_row(
                "SELECT count(*) FROM projection_state WHERE version = 1 AND last_applied_sequence = ?1",
                [sequence],
                |row| row.get::<_, i64>(0),
            )
            .unwrap()
        };
        assert_eq!(standing(2), PROJECTORS.len() as i64);
        let at: String = db
            .query_row("SELECT DISTINCT updated_at FROM projection_state", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(at, made.events[0].recorded_at.to_string());

        db.execute(
            "UPDATE projection_state SET version = 2 WHERE projector = 'projection.jobs'",
            [],
        )
        .unwrap();
        let late = store.execute(command("c", make_source("c"))).await;
        assert!(late.is_err(), "{late:?}");
        assert_eq!(standing(2), PROJECTORS.len() as i64 - 1);
        assert_eq!(*store.head().borrow(), Sequence(2));
        let row = store.locate(Key::Sources(SourceId(3))).await.unwrap();
        assert_eq!(row, None);
    });
}

fn dump(db: &Connection) -> Vec<String> {
    PROJECTORS
        .iter()
        .flat_map(|p| {
            let mut statement = db
                .prepare(&format!(
                    "SELECT * FROM {} ORDER BY {}",
                    p.table.name(),
                    p.table.key_columns().join(", ")
                ))
                .unwrap();
            let columns = statement.column_count();
            statement
                .query_map([], |row| {
                    let cells: Vec<rusqlite::types::Value> =
                        (0..columns).map(|i| row.get(i).unwrap()).collect();
                    Ok(format!("{} {cells:?}", p.name))
                })
                .unwrap()
                .map(Result::unwrap)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Scenario 86. Behind by more than a page, and by more than one projector.
#[test]
fn what_projectors_have_missed_is_folded_before_the_first_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let runtime = runtime();
    runtime.block_on(async {
        let store = Sqlite::open(&path).unwrap();
        for i in 0..4 {
            accepted(&store, &format!("m{i}"), make_source(&format!("s{i}"))).await;
        }
        accepted(&store, "sp", make_space("docs")).await;
        for i in 0..1_200 {
            let on = (i / 4) % 2 == 1;
            accepted(&store, &format!("t{i}"), enable(SourceId(i % 4 + 1), on)).await;
        }
        store.close().await;
    });
    let db = Connection::open(&path).unwrap();
    let before = dump(&db);
    db.execute_batch(
        "UPDATE projection_state SET last_applied_sequence = 5;
         UPDATE sources SET enabled = 1, version = 1 WHERE id <= 2;
         DELETE FROM sources WHERE id = 3;
         DELETE FROM projection_state WHERE projector = 'projection.spaces';
         DELETE FROM spaces;",
    )
    .unwrap();
    let store = Sqlite::open(&path).unwrap();
    assert_eq!(dump(&db), before);
    runtime.block_on(async {
        let live = accepted(&store, "live", enable(SourceId(1), false)).await;
        assert_eq!(live.sequence, Sequence(1_206));
        let behind: i64 = db
            .query_row(
                "SELECT count(*) FROM projection_state WHERE last_applied_sequence <> 1206",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(behind, 0);
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
    });
}

/// Scenario 87.
#[test]
fn an_event_is_never_jumped_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        accepted(&store, "a", make_source("a")).await;
        accepted(&store, "off", enable(SourceId(1), false)).await;
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "UPDATE sources SET enabled = 1, version = 1;
             UPDATE projection_state SET last_applied_sequence = 1 WHERE projector = 'projection.sources';",
        )
        .unwrap();
        let next = accepted(&store, "b", make_source("b")).await;
        assert_eq!(next.sequence, Sequence(3));
        let row = store.locate(Key::Sources(SourceId(1))).await.unwrap();
        assert_eq!(row.unwrap().to_value()["enabled"], false);
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
    });
}

/// Scenarios 25, 81, 82 and 90.
#[test]
fn a_stream_that_cannot_be_folded_is_set_apart_and_everything_else_goes_on() {
    for (damage, words) in [
        ("payload_json = '{'", "cannot be read"),
        (
            "payload_json = '{\"name\":7}', event_type = 'source.updated'",
            "source.updated",
        ),
        ("event_type = 'source.repainted'", "source.repainted"),
        ("payload_version = 9", "payload version 9"),
        (
            "event_type = 'job.succeeded', payload_json = '{}'",
            "does not fit",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jolli.db");
        runtime().block_on(async {
            let store = Sqlite::open(&path).unwrap();
            for name in ["a", "b"] {
                accepted(&store, name, make_source(name)).await;
            }
            accepted(&store, "off", enable(SourceId(1), false)).await;
            accepted(&store, "off b", enable(SourceId(2), false)).await;
            accepted(&store, "on", enable(SourceId(1), true)).await;
            store.close().await;
            drop(store);
            let db = Connection::open(&path).unwrap();
            db.execute_batch(&format!(
                "CREATE TEMP TABLE good AS SELECT * FROM orchestration_events WHERE sequence = 3;
                 UPDATE orchestration_events SET {damage} WHERE sequence = 3;
                 UPDATE projection_state SET version = 0;
                 DELETE FROM sources;"
            ))
            .unwrap();

            let store = Sqlite::open(&path).unwrap();
            let enabled = async |id| {
                let row = store.locate(Key::Sources(SourceId(id))).await.unwrap();
                row.unwrap().to_value()["enabled"].clone()
            };
            assert_eq!((enabled(1).await, enabled(2).await), (true.into(), false.into()));
            accepted(&store, "on b", enable(SourceId(2), true)).await;
            let refused = rejected(&store, "again", enable(SourceId(1), false)).await;
            assert_eq!(refused.code, Code::Unavailable);
            for part in ["source 1", "event 3", words, "jolli events rebuild"] {
                assert!(refused.message.contains(part), "{part}: {}", refused.message);
            }
            let drift = store.verify().await.unwrap();
            assert_eq!(drift.differences.len(), 1, "{drift:?}");
            assert!(drift.differences[0].contains("is quarantined"), "{drift:?}");
            store.rebuild().await.unwrap();
            rejected(&store, "still", enable(SourceId(1), false)).await;
            // What comes after it is still reachable.
            let rest = store
                .events(&EventFilter::default(), Sequence(3), NonZeroU32::MAX)
                .await
                .unwrap();
            assert_eq!(rest.events.len(), 3);

            // The event is as it was: a newer jolli reads it, or it was restored.
            db.execute_batch(
                "UPDATE orchestration_events SET (payload_json, event_type, payload_version) =
                   (SELECT payload_json, event_type, payload_version FROM good) WHERE sequence = 3;",
            )
            .unwrap();
            let found = store.verify().await.unwrap().differences.join("\n");
            assert!(found.contains("all of it can be folded"), "{found}");
            store.rebuild().await.unwrap();
            assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
            accepted(&store, "again", enable(SourceId(1), false)).await;
        });
    }
}

/// Where a stream stopped early, it may hold a name that another took since.
#[test]
fn a_stream_set_apart_gives_way_to_one_that_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        accepted(&store, "a", make_source("api")).await;
        accepted(&store, "r", rename(SourceId(1), "old-api")).await;
        accepted(&store, "b", make_source("api")).await;
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "UPDATE orchestration_events SET payload_json = '{' WHERE sequence = 2; DELETE FROM sources;",
        )
        .unwrap();
        store.rebuild().await.unwrap();
        let row = store.locate(Key::Sources(SourceId(2))).await.unwrap();
        assert_eq!(row.unwrap().to_value()["name"], "api");
        assert_eq!(store.locate(Key::Sources(SourceId(1))).await.unwrap(), None);
        accepted(&store, "off", enable(SourceId(2), false)).await;
        assert!(!store.verify().await.unwrap().differences.is_empty());
    });
}

#[test]
fn commands_go_on_while_rows_are_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let store = Arc::new(Sqlite::open(&path).unwrap());
    runtime().block_on(async {
        for i in 0..300 {
            accepted(&*store, &format!("m{i}"), make_source(&format!("s{i}"))).await;
        }
        Connection::open(&path)
            .unwrap()
            .execute("DELETE FROM sources WHERE id > 150", [])
            .unwrap();
        let writer = store.clone();
        let writes = tokio::spawn(async move {
            for i in 0..150 {
                accepted(
                    &*writer,
                    &format!("t{i}"),
                    enable(SourceId(i % 150 + 1), false),
                )
                .await;
            }
        });
        for _ in 0..3 {
            store.rebuild().await.unwrap();
        }
        writes.await.unwrap();
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
    });
}

#[test]
fn rows_are_read_without_a_look_at_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        for name in ["a", "b"] {
            accepted(&store, name, make_source(name)).await;
        }
        Connection::open(&path)
            .unwrap()
            .execute("UPDATE orchestration_events SET payload_json = '{'", [])
            .unwrap();
        let key = Key::Sources(SourceId(2));
        let (view, at) = store
            .read(Scope::Org(ORG), vec![Need::Row(key.clone())])
            .await
            .unwrap();
        let row = view.row::<crate::domain::row::SourceRow>(key).unwrap();
        assert_eq!((row.unwrap().name.as_str(), at), ("b", Sequence(2)));
    });
}
