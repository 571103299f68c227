//! The schema as it stands in a fresh database, and databases that are refused.

use rusqlite::types::Value as SqlValue;

use super::*;
use crate::domain::row::Table;
use crate::store::codec::encode;
use crate::store::conformance::sample::sample_rows;
use crate::store::migrations::MIGRATIONS;
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

/// Scenario 159.
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
        "projection_state",
        "projection_quarantine",
        "row_checkpoints",
        "log_head",
        "id_counters",
        "token_uses",
        "job_log",
        "blobs",
        "blob_refs",
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

/// Scenario 159.
#[test]
fn tables_that_hold_no_rows_have_the_columns_and_keys_of_the_contract() {
    let there = list(
        &fresh(),
        "SELECT t.name || '.' || c.name || ' ' || c.type
           || CASE WHEN c.\"notnull\" OR c.pk THEN '' ELSE ' NULL' END
           || CASE WHEN c.pk THEN ' key ' || c.pk ELSE '' END
         FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
         WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid",
    );
    let rows: Vec<&str> = Table::ALL.iter().map(|t| t.name()).collect();
    let there: Vec<String> = there
        .into_iter()
        .filter(|line| {
            line.split_once('.')
                .is_some_and(|(table, _)| !rows.contains(&table))
        })
        .collect();
    insta::assert_snapshot!(there.join("\n"), @r"
    blob_refs.org_id INTEGER key 1
    blob_refs.sha256 TEXT key 2
    blobs.org_id INTEGER key 1
    blobs.sha256 TEXT key 2
    blobs.size INTEGER
    blobs.zstd BLOB
    blobs.stored_at TEXT
    id_counters.kind TEXT key 1
    id_counters.last INTEGER
    job_log.org_id INTEGER key 1
    job_log.job_id INTEGER key 2
    job_log.seq INTEGER key 3
    job_log.at TEXT
    job_log.level TEXT
    job_log.step TEXT NULL
    job_log.space_id INTEGER NULL
    job_log.message TEXT
    log_head.id INTEGER key 1
    log_head.sequence INTEGER
    log_head.recorded_at TEXT
    orchestration_command_receipts.org_id INTEGER key 1
    orchestration_command_receipts.command_id TEXT key 2
    orchestration_command_receipts.request_hash TEXT
    orchestration_command_receipts.aggregate_kind TEXT
    orchestration_command_receipts.aggregate_id TEXT
    orchestration_command_receipts.accepted_at TEXT
    orchestration_command_receipts.result_sequence INTEGER
    orchestration_command_receipts.status TEXT
    orchestration_command_receipts.error TEXT NULL
    orchestration_command_receipts.error_code TEXT NULL
    orchestration_command_receipts.retry_may_succeed INTEGER NULL
    orchestration_command_receipts.result_json TEXT
    orchestration_events.sequence INTEGER key 1
    orchestration_events.org_id INTEGER
    orchestration_events.event_id TEXT
    orchestration_events.aggregate_kind TEXT
    orchestration_events.stream_id TEXT
    orchestration_events.stream_version INTEGER
    orchestration_events.event_type TEXT
    orchestration_events.payload_version INTEGER
    orchestration_events.occurred_at TEXT
    orchestration_events.recorded_at TEXT
    orchestration_events.command_id TEXT NULL
    orchestration_events.causation_event_id TEXT NULL
    orchestration_events.correlation_id TEXT NULL
    orchestration_events.actor_kind TEXT
    orchestration_events.actor_id TEXT
    orchestration_events.payload_json TEXT
    orchestration_events.metadata_json TEXT
    projection_quarantine.org_id INTEGER key 1
    projection_quarantine.aggregate_kind TEXT key 2
    projection_quarantine.stream_id TEXT key 3
    projection_quarantine.sequence INTEGER
    projection_quarantine.error TEXT
    projection_quarantine.noted_at TEXT
    projection_state.projector TEXT key 1
    projection_state.version INTEGER
    projection_state.last_applied_sequence INTEGER
    projection_state.updated_at TEXT
    row_checkpoints.org_id INTEGER key 1
    row_checkpoints.aggregate_kind TEXT key 2
    row_checkpoints.stream_id TEXT key 3
    row_checkpoints.sequence INTEGER key 4
    row_checkpoints.stream_version INTEGER
    row_checkpoints.row_json TEXT
    schema_migrations.name TEXT key 1
    schema_migrations.hash TEXT
    schema_migrations.applied_at TEXT
    token_uses.org_id INTEGER key 1
    token_uses.token_id INTEGER key 2
    token_uses.used_at TEXT
    ");
}

/// Scenario 159.
#[test]
fn the_indexes_are_those_of_the_contract() {
    let there = list(
        &fresh(),
        "SELECT CASE WHEN l.\"unique\" THEN 'unique ' ELSE '' END || s.name || ' ON ' || s.tbl_name || ' ('
           || (SELECT group_concat(i.name, ', ' ORDER BY i.seqno) FROM pragma_index_info(s.name) AS i) || ')'
           || CASE WHEN l.partial THEN substr(s.sql, instr(s.sql, 'WHERE') - 1) ELSE '' END
         FROM sqlite_schema AS s, pragma_index_list(s.tbl_name) AS l
         WHERE s.type = 'index' AND l.name = s.name AND l.origin = 'c' ORDER BY s.tbl_name, s.name",
    );
    insta::assert_snapshot!(there.join("\n"), @r"
    blobs_stored_at ON blobs (stored_at)
    idx_checkpoint_diff_blobs_diff ON checkpoint_diff_blobs (org_id, diff)
    idx_checkpoint_diff_blobs_thread_to_turn ON checkpoint_diff_blobs (org_id, thread_id, to_turn_count)
    deliveries_body ON deliveries (org_id, body_blob) WHERE body_blob IS NOT NULL
    deliveries_integration ON deliveries (org_id, integration_id, id)
    deliveries_org ON deliveries (org_id, id)
    documents_changed ON documents (org_id, space_id, changed_at)
    documents_path ON documents (org_id, space_id, path)
    integrations_match ON integrations (match_key)
    unique integrations_name ON integrations (org_id, name)
    job_spaces_latest ON job_spaces (org_id, source_id, space_id, job_id)
    jobs_claimable ON jobs (org_id, id) WHERE status IN ('queued', 'retrying')
    jobs_due ON jobs (next_attempt_at) WHERE status IN ('queued', 'retrying')
    jobs_head ON jobs (org_id, source_id, head_sha, event_jrn, generation)
    unique jobs_identity ON jobs (source_id, event_jrn, head_sha, occurrence, generation) WHERE kind = 'cli-impact'
    jobs_open ON jobs (org_id, source_id, id) WHERE status IN ('queued', 'running', 'retrying', 'suspended')
    jobs_org ON jobs (org_id, id)
    jobs_source ON jobs (org_id, source_id, id)
    leases_expiry ON leases (expires_at) WHERE job_id IS NOT NULL
    looks_due ON looks (due_at) WHERE due_at IS NOT NULL
    idx_orch_command_receipts_aggregate ON orchestration_command_receipts (org_id, aggregate_kind, aggregate_id)
    idx_orch_command_receipts_sequence ON orchestration_command_receipts (result_sequence)
    idx_orch_events_command_id ON orchestration_events (command_id)
    idx_orch_events_correlation_id ON orchestration_events (correlation_id)
    unique idx_orch_events_event_id ON orchestration_events (org_id, event_id)
    idx_orch_events_stream_sequence ON orchestration_events (org_id, aggregate_kind, stream_id, sequence)
    unique idx_orch_events_stream_version ON orchestration_events (org_id, aggregate_kind, stream_id, stream_version)
    orchestration_events_org ON orchestration_events (org_id, sequence, aggregate_kind, stream_id, stream_version)
    unique orgs_slug ON orgs (slug)
    idx_projection_checkpoints_thread_completed ON projection_checkpoints (org_id, thread_id, completed_at)
    idx_projection_pending_approvals_open ON projection_pending_approvals (org_id, created_at) WHERE status IN ('pending', 'responding')
    idx_projection_pending_approvals_thread_status ON projection_pending_approvals (org_id, thread_id, status)
    idx_projection_projects_updated_at ON projection_projects (org_id, updated_at)
    idx_projection_projects_workspace_root ON projection_projects (org_id, workspace_root) WHERE deleted_at IS NULL
    idx_projection_thread_activities_thread_created ON projection_thread_activities (org_id, thread_id, created_at)
    idx_projection_thread_activities_thread_sequence ON projection_thread_activities (org_id, thread_id, sequence)
    idx_projection_thread_messages_thread_created ON projection_thread_messages (org_id, thread_id, created_at)
    idx_projection_thread_sessions_provider_session ON projection_thread_sessions (org_id, provider_session_id)
    unique idx_projection_thread_turns_checkpoint_turn_count ON projection_thread_turns (org_id, thread_id, checkpoint_turn_count)
    unique idx_projection_thread_turns_turn_count ON projection_thread_turns (org_id, thread_id, turn_count)
    idx_projection_threads_live ON projection_threads (org_id, updated_at) WHERE deleted_at IS NULL AND archived_at IS NULL
    idx_projection_threads_project_id ON projection_threads (org_id, project_id)
    idx_provider_session_runtime_last_seen ON provider_session_runtime (org_id, last_seen_at)
    idx_provider_session_runtime_provider ON provider_session_runtime (org_id, provider_name)
    idx_provider_session_runtime_status ON provider_session_runtime (org_id, status)
    sources_integration ON sources (org_id, integration_id)
    unique sources_name ON sources (org_id, name)
    sources_repo ON sources (org_id, repo_key)
    space_sources_source ON space_sources (org_id, source_id, space_id)
    unique spaces_slug ON spaces (org_id, slug)
    tokens_org ON tokens (org_id, id)
    ");
}

/// Scenario 159.
#[test]
fn what_came_before_the_log_is_not_there() {
    let legacy = list(
        &fresh(),
        "SELECT name FROM sqlite_schema WHERE name IN ('projects', 'provider_checkpoints', 'provider_sessions')",
    );
    assert_eq!(legacy, [""; 0]);
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
        "SELECT s.tbl_name || ' ' || s.name || ' ' || group_concat(i.name, ',' ORDER BY i.seqno)
         FROM sqlite_schema AS s, pragma_index_list(s.tbl_name) AS l, pragma_index_info(s.name) AS i
         WHERE s.type = 'index' AND l.name = s.name AND l.\"unique\" AND l.origin = 'c'
           AND s.tbl_name <> 'orchestration_events'
         GROUP BY s.name ORDER BY 1",
    );
    let mut wanted: Vec<String> = UNIQUE
        .iter()
        .map(|u| format!("{} {} {}", u.table.name(), u.index, u.columns.join(",")))
        .collect();
    wanted.sort_unstable();
    assert_eq!(there, wanted);
}

/// Scenario 161.
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
    let apart = |kind: &str| {
        db.execute(
            "INSERT INTO projection_quarantine VALUES (1, ?1, hex(randomblob(8)), 1, 'e', 'n')",
            [kind],
        )
    };
    apart("thread").unwrap();
    apart("threads").unwrap_err();
    let checkpoint = |kind: &str| {
        db.execute(
            "INSERT INTO row_checkpoints VALUES (1, ?1, 's', 1, 63, '{}')",
            [kind],
        )
    };
    checkpoint("source").unwrap();
    checkpoint("thread").unwrap_err();
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

/// Scenario 160.
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

/// Scenario 160.
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
            sqlite: "CREATE TABLE good (a)",
            postgres: "",
        },
        Migration {
            name: "002_bad",
            sqlite: "CREATE TABLE half (a); CREATE TABLE half (a);",
            postgres: "",
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

#[test]
fn an_event_id_and_a_place_in_a_stream_are_taken_once() {
    let db = fresh();
    let insert = |org: i64, id: &str, stream: &str, version: i64| {
        db.execute(
            "INSERT INTO orchestration_events VALUES
             (NULL, ?1, ?2, 'thread', ?3, ?4, 't', 1, 'o', 'r', 'c', NULL, NULL, 'user', 'a', '{}', '{}')",
            rusqlite::params![org, id, stream, version],
        )
    };
    insert(1, "c:0", "a", 0).unwrap();
    insert(1, "c:1", "a", 1).unwrap();
    insert(1, "c:2", "b", 0).unwrap();
    insert(2, "c:0", "a", 0).unwrap();
    for (id, version, taken) in [("c:0", 2, "event_id"), ("c:3", 1, "stream_version")] {
        let error = insert(1, id, "a", version).unwrap_err().to_string();
        assert!(
            error.starts_with("UNIQUE constraint failed") && error.contains(taken),
            "{error}"
        );
    }
}
