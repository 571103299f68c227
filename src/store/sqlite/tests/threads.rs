//! Threads in a file: their rows stand with their events, and a start neither loses nor repeats what was said.

use std::num::NonZeroU32;

use rusqlite::Connection;
use serde_json::json;

use super::runtime;
use crate::domain::id::Sequence;
use crate::domain::kind::TurnStatus;
use crate::domain::orchestration::testing::*;
use crate::domain::row::{Key, Record, TurnRow};
use crate::store::conformance::threads::{accept, claimed, given, with_thread};
use crate::store::projector::PROJECTORS;
use crate::store::sqlite::Sqlite;
use crate::store::{EventFilter, Store};

const DELTA: &str = "thread.message.assistant.delta";

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn text(db: &Connection, sql: &str) -> String {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// How many projectors stand at the head of the log.
fn at_the_head(db: &Connection) -> usize {
    let at_head = "SELECT count(*) FROM projection_state
        WHERE last_applied_sequence = (SELECT max(sequence) FROM orchestration_events)";
    number(db, at_head) as usize
}

/// Scenario 24.
#[test]
fn payload_and_metadata_are_text_and_come_back_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        with_thread(&store).await;
        let fields = json!({ "session": session(at(1), "ready", None) });
        let set = accept(&store, "session", "thread.session.set", fields).await;
        let db = Connection::open(&path).unwrap();
        let others = "SELECT count(*) FROM orchestration_events
            WHERE typeof(payload_json) <> 'text' OR typeof(metadata_json) <> 'text'";
        assert_eq!(number(&db, others), 0);
        let before = Sequence(set.sequence.0 - 1);
        let page = store
            .events(&EventFilter::default(), before, NonZeroU32::MAX)
            .await
            .unwrap();
        assert_eq!(page.events, set.events);
        assert_eq!(
            page.events[0].metadata,
            json!({ "providerSessionId": "ps" })
        );
    });
}

/// Scenario 59, 61.
#[test]
fn rows_are_there_with_their_events_and_every_projector_has_come_as_far() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        claimed(&store).await;
        let db = Connection::open(&path).unwrap();
        let create = project(PROJECT, "/docs");
        let made = accept(&store, "project", "project.create", create).await;
        let scripts = "SELECT scripts_json FROM projection_projects";
        assert_eq!(text(&db, scripts), "[]");
        let stands = "SELECT last_applied_sequence FROM projection_state
            WHERE projector = 'projection.projects'";
        assert_eq!(number(&db, stands), made.sequence.0);
        let create = thread(THREAD, PROJECT);
        accept(&store, "thread", "thread.create", create).await;
        accept(&store, "turn", "thread.turn.start", start("u1")).await;
        let title = "SELECT title FROM projection_threads";
        assert_eq!(text(&db, title), "Work");
        let said = "SELECT text FROM projection_thread_messages";
        assert_eq!(text(&db, said), "Please.");
        assert_eq!(at_the_head(&db), PROJECTORS.len());
    });
}

/// Scenario 60.
#[test]
fn a_segment_is_applied_once_however_often_the_server_starts() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        with_thread(&store).await;
        for (id, delta) in [("one", "Hello"), ("two", " world")] {
            let fields = json!({ "messageId": "a", "delta": delta });
            accept(&store, id, DELTA, fields).await;
        }
        store.close().await;
    });
    let db = Connection::open(&path).unwrap();
    for _ in 0..2 {
        // The row holds the last segment, and its projector does not know.
        db.execute(
            "UPDATE projection_state SET last_applied_sequence = last_applied_sequence - 1
             WHERE projector = 'projection.thread-messages'",
            [],
        )
        .unwrap();
        assert_eq!(at_the_head(&db), PROJECTORS.len() - 1);
        drop(Sqlite::open(&path).unwrap());
        let said = "SELECT text FROM projection_thread_messages";
        assert_eq!(text(&db, said), "Hello world");
        assert_eq!(at_the_head(&db), PROJECTORS.len());
    }
}

/// Scenario 67.
#[test]
fn a_position_that_cannot_be_written_takes_the_message_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        with_thread(&store).await;
        let head = *store.head().borrow();
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "CREATE TRIGGER stuck BEFORE UPDATE ON projection_state
               WHEN NEW.projector = 'projection.thread-messages'
             BEGIN SELECT RAISE(ABORT, 'stuck'); END",
        )
        .unwrap();
        let turn = || given("turn", "thread.turn.start", start("u1"));
        let failed = store.execute(turn()).await;
        assert!(failed.is_err(), "{failed:?}");
        let messages = "SELECT count(*) FROM projection_thread_messages";
        assert_eq!(number(&db, messages), 0);
        let events = "SELECT max(sequence) FROM orchestration_events";
        assert_eq!(number(&db, events), head.0);
        db.execute_batch("DROP TRIGGER stuck").unwrap();
        store.execute(turn()).await.unwrap();
        assert_eq!(number(&db, messages), 1);
        assert_eq!(number(&db, events), head.0 + 2);
        assert_eq!(at_the_head(&db), PROJECTORS.len());
    });
}

/// Scenario 71.
#[test]
fn a_turn_that_waits_outlives_a_restart_and_starts_as_of_its_request() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jolli.db");
    let turn_id = format!("{THREAD}-turn-1");
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        with_thread(&store).await;
        let mut fields = start("u1");
        fields["createdAt"] = json!(at(-30));
        accept(&store, "turn", "thread.turn.start", fields).await;
        store.close().await;
    });
    runtime().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        let fields = json!({ "session": session(at(1), "running", Some(&turn_id)) });
        accept(&store, "session", "thread.session.set", fields).await;
        let key = Key::ProjectionThreadTurns(thread_id(), turn_id.parse().unwrap());
        let row = store.locate(key).await.unwrap().unwrap();
        let turn = TurnRow::of(&row).unwrap();
        assert_eq!(
            (turn.status, turn.started_at),
            (TurnStatus::Running, Some(at(-30)))
        );
        assert_eq!(turn.user_message_id.as_ref().unwrap().as_str(), "u1");
    });
}
