//! The schema as it stands in a fresh database, and databases that are refused.

use rusqlite::types::Value as SqlValue;

use super::*;
use crate::domain::row::Table;
use crate::store::codec::encode;
use crate::store::conformance::sample::sample_rows;
use crate::store::schema::{Kind, UNIQUE, spec};
use crate::store::sqlite::sql;

fn fresh() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    migrate(&mut db, MIGRATIONS).unwrap();
    db
}

fn list(db: &Connection, sql: &str) -> Vec<String> {
    db.prepare(sql)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn a_fresh_database_holds_exactly_our_tables() {
    let tables = list(
        &fresh(),
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    let mut wanted: Vec<&str> = Table::ALL.iter().map(|t| t.name()).collect();
    wanted.extend([
        "orchestration_events",
        "orchestration_command_receipts",
        "schema_migrations",
        "log_head",
        "id_counters",
        "token_uses",
        "job_log",
        "blobs",
    ]);
    wanted.sort_unstable();
    assert_eq!(tables, wanted);
}

#[test]
fn all_tables_are_strict() {
    let loose = list(
        &fresh(),
        "SELECT name FROM pragma_table_list WHERE strict = 0 AND name NOT LIKE 'sqlite_%'",
    );
    assert_eq!(loose, [""; 0]);
}

#[test]
fn seed_003_the_log_and_its_receipts_have_the_columns_and_indexes_of_the_contract() {
    let db = fresh();
    let columns = |table: &str| {
        list(
            &db,
            &format!(
                "SELECT name || ' ' || type || CASE WHEN \"notnull\" OR pk THEN '' ELSE ' NULL' END
                 FROM pragma_table_info('{table}') ORDER BY cid"
            ),
        )
        .join("\n")
    };
    insta::assert_snapshot!(columns("orchestration_events"), @r"
    sequence INTEGER
    org_id INTEGER
    event_id TEXT
    aggregate_kind TEXT
    stream_id TEXT
    stream_version INTEGER
    event_type TEXT
    payload_version INTEGER
    occurred_at TEXT
    recorded_at TEXT
    command_id TEXT NULL
    causation_event_id TEXT NULL
    correlation_id TEXT NULL
    actor_kind TEXT
    actor_id TEXT
    payload_json TEXT
    metadata_json TEXT
    ");
    insta::assert_snapshot!(columns("orchestration_command_receipts"), @r"
    org_id INTEGER
    command_id TEXT
    request_hash TEXT
    aggregate_kind TEXT
    aggregate_id TEXT
    accepted_at TEXT
    result_sequence INTEGER
    status TEXT
    error TEXT NULL
    error_code TEXT NULL
    retry_may_succeed INTEGER NULL
    result_json TEXT
    ");
    let indexes = list(
        &db,
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'idx_%' ORDER BY name",
    );
    assert_eq!(
        indexes,
        [
            "idx_orch_command_receipts_aggregate",
            "idx_orch_command_receipts_sequence",
            "idx_orch_events_command_id",
            "idx_orch_events_correlation_id",
            "idx_orch_events_event_id",
            "idx_orch_events_stream_sequence",
            "idx_orch_events_stream_version",
        ]
    );
}

#[test]
fn row_tables_have_the_columns_that_the_code_says_they_have() {
    let db = fresh();
    for table in Table::ALL {
        let spec = spec(*table);
        let wanted: Vec<String> = spec
            .columns
            .iter()
            .map(|c| {
                let kind = match c.kind {
                    Kind::Int | Kind::Bool => "INTEGER",
                    Kind::Text | Kind::Json | Kind::Words(_) => "TEXT",
                };
                format!("{} {kind} {}", c.name, c.nullable)
            })
            .collect();
        let there = list(
            &db,
            &format!(
                "SELECT name || ' ' || type || CASE WHEN \"notnull\" OR pk THEN ' false' ELSE ' true' END
                 FROM pragma_table_info('{}') ORDER BY cid",
                table.name()
            ),
        );
        assert_eq!(there, wanted, "{}", table.name());
        let primary = list(
            &db,
            &format!(
                "SELECT name FROM pragma_table_info('{}') WHERE pk ORDER BY pk",
                table.name()
            ),
        );
        assert_eq!(primary, spec.primary, "{}", table.name());
    }
}

#[test]
fn unique_constraints_are_those_that_the_memory_store_keeps_too() {
    let there = list(
        &fresh(),
        "SELECT s.tbl_name || ' ' || group_concat(i.name, ',' ORDER BY i.seqno)
         FROM sqlite_schema AS s, pragma_index_list(s.tbl_name) AS l, pragma_index_info(s.name) AS i
         WHERE s.type = 'index' AND l.name = s.name AND l.\"unique\" AND l.origin = 'c'
           AND s.tbl_name <> 'orchestration_events'
         GROUP BY s.name ORDER BY 1",
    );
    let mut wanted: Vec<String> = UNIQUE
        .iter()
        .map(|u| format!("{} {}", u.table.name(), u.columns.join(",")))
        .collect();
    wanted.sort_unstable();
    assert_eq!(there, wanted);
}

#[test]
fn every_closed_set_refuses_a_word_that_is_not_in_it_and_takes_those_that_are() {
    let db = fresh();
    for row in sample_rows() {
        let spec = spec(row.table());
        for (index, column) in spec.columns.iter().enumerate() {
            let (good, bad): (Vec<SqlValue>, SqlValue) = match &column.kind {
                Kind::Words(words) => (
                    words.iter().map(|w| (*w).to_owned().into()).collect(),
                    "no-such-word".to_owned().into(),
                ),
                Kind::Bool => (vec![0.into(), 1.into()], 2.into()),
                Kind::Int | Kind::Text | Kind::Json => continue,
            };
            sql::put(&db, &row).unwrap();
            let set = format!("UPDATE {} SET \"{}\" = ?1", row.table().name(), column.name);
            for word in good {
                db.execute(&set, [word]).unwrap();
            }
            let error = db.execute(&set, [bad]).unwrap_err();
            assert!(
                error.to_string().starts_with("CHECK constraint failed"),
                "{} {index}: {error}",
                column.name
            );
        }
        assert_eq!(encode(&row).len(), spec.columns.len());
    }
}

#[test]
fn other_words_in_the_log_and_its_receipts_are_refused() {
    let db = fresh();
    let insert = |kind: &str, actor: &str| {
        db.execute(
            "INSERT INTO orchestration_events VALUES
             (NULL, 1, hex(randomblob(8)), ?1, 's', abs(random()), 't', 1, 'o', 'r', 'c', NULL, NULL, ?2, 'a', '{}', '{}')",
            [kind, actor],
        )
    };
    for kind in [
        "org",
        "integration",
        "source",
        "space",
        "job",
        "project",
        "thread",
    ] {
        insert(kind, "user").unwrap();
    }
    for actor in ["user", "runner", "webhook", "system", "provider"] {
        insert("org", actor).unwrap();
    }
    insert("projects", "user").unwrap_err();
    insert("org", "client").unwrap_err();
    let receipt = |status: &str, error: Option<&str>| {
        db.execute(
            "INSERT INTO orchestration_command_receipts VALUES
             (1, hex(randomblob(8)), 'h', 'org', '1', 'a', 0, ?1, ?2, ?2, CASE WHEN ?2 IS NULL THEN NULL ELSE 1 END, '{}')",
            rusqlite::params![status, error],
        )
    };
    receipt("accepted", None).unwrap();
    receipt("rejected", Some("no")).unwrap();
    receipt("pending", None).unwrap_err();
    receipt("rejected", None).unwrap_err();
    receipt("accepted", Some("no")).unwrap_err();
}

#[test]
fn starting_again_changes_nothing() {
    let mut db = fresh();
    migrate(&mut db, MIGRATIONS).unwrap();
    let names = list(&db, "SELECT name FROM schema_migrations ORDER BY name");
    let wanted: Vec<&str> = MIGRATIONS.iter().map(|m| m.name).collect();
    assert_eq!(names, wanted);
}

#[test]
fn an_edited_migration_stops_the_start() {
    let mut db = fresh();
    db.execute(
        "UPDATE schema_migrations SET hash = 'f00' WHERE name = '009_sources'",
        [],
    )
    .unwrap();
    let error = migrate(&mut db, MIGRATIONS).unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    assert!(
        error
            .to_string()
            .starts_with("Migration 009_sources is not the one that was applied"),
        "{error}"
    );
}

#[test]
fn a_migration_from_the_future_stops_the_start() {
    let mut db = fresh();
    db.execute(
        "INSERT INTO schema_migrations VALUES ('099_later', 'x', 'y')",
        [],
    )
    .unwrap();
    let error = migrate(&mut db, MIGRATIONS).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The database was written by a newer jolli: its migration 099_later is not known here. Use that jolli, or a newer one."
    );
}

#[test]
fn a_migration_that_fails_leaves_nothing_of_itself() {
    let mut db = Connection::open_in_memory().unwrap();
    let broken = [
        Migration {
            name: "001_good",
            sql: "CREATE TABLE good (a)",
        },
        Migration {
            name: "002_bad",
            sql: "CREATE TABLE half (a); CREATE TABLE half (a);",
        },
    ];
    let error = migrate(&mut db, &broken).unwrap_err();
    assert!(error.to_string().contains("002_bad"), "{error}");
    let tables = list(
        &db,
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    );
    assert_eq!(tables, ["good", "schema_migrations"]);
}

#[test]
fn somebody_elses_database_is_left_alone() {
    let mut db = Connection::open_in_memory().unwrap();
    db.execute_batch("CREATE TABLE customers (id)").unwrap();
    let error = migrate(&mut db, MIGRATIONS).unwrap_err();
    assert!(error.to_string().contains("a file of its own"), "{error}");
    let tables = list(&db, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    assert_eq!(tables, ["customers"]);
}
