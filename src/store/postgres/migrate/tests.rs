//! The schema as it stands in a fresh database, side by side with SQLite's, and databases that are refused.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::*;
use crate::domain::row::Table;
use crate::store::conformance::{database, pg};
use crate::store::migrations::MIGRATIONS;
use crate::store::postgres::Postgres;
use crate::store::schema::{Kind, UNIQUE, spec};

const TABLES: &str = "SELECT c.relname::text FROM pg_class AS c
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY 1";

fn sqlite() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    for migration in MIGRATIONS {
        db.execute_batch(migration.sqlite).unwrap();
    }
    db
}

fn list(db: &Connection, sql: &str) -> BTreeSet<String> {
    db.prepare(sql)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn set(database: &pg::Database, sql: &str) -> BTreeSet<String> {
    database.texts(sql).into_iter().collect()
}

#[test]
fn both_databases_have_the_same_tables_columns_keys_and_indexes() {
    let Some(database) = database() else { return };
    let sqlite = sqlite();
    // Ours keeps its bookkeeping beside; the other its own.
    let mut tables = list(
        &sqlite,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    tables.insert("schema_migrations".to_owned());
    assert_eq!(set(&database, TABLES), tables);
    tables.remove("schema_migrations");
    for table in tables {
        assert_eq!(
            database.texts(&format!(
                "SELECT column_name || ' ' || data_type || ' ' || coalesce(collation_name, '-') || ' ' || is_nullable
                 FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}'
                 ORDER BY ordinal_position"
            )),
            sqlite
                .prepare(&format!(
                    "SELECT name || CASE type WHEN 'INTEGER' THEN ' bigint -' WHEN 'TEXT' THEN ' text C' ELSE ' bytea -' END
                       || CASE WHEN \"notnull\" OR pk THEN ' NO' ELSE ' YES' END
                     FROM pragma_table_info('{table}') ORDER BY cid"
                ))
                .unwrap()
                .query_map([], |row| row.get::<_, String>(0))
                .unwrap()
                .map(Result::unwrap)
                .collect::<Vec<_>>(),
            "{table}"
        );
        assert_eq!(
            set(
                &database,
                &format!(
                    "SELECT string_agg(a.attname, ',' ORDER BY k.place)
                     FROM pg_index AS i CROSS JOIN LATERAL unnest(i.indkey::int[]) WITH ORDINALITY AS k(number, place)
                     JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
                     WHERE i.indrelid = '{table}'::regclass AND i.indisprimary"
                )
            ),
            list(
                &sqlite,
                &format!(
                    "SELECT group_concat(name, ',' ORDER BY pk) FROM pragma_table_info('{table}') WHERE pk"
                )
            ),
            "{table}"
        );
    }
    // Name, uniqueness, columns, and whether only some rows are in it.
    assert_eq!(
        set(
            &database,
            "SELECT c.relname || ' ' || i.indisunique::text || ' ' || (i.indpred IS NOT NULL)::text || ' '
               || string_agg(a.attname, ',' ORDER BY k.place)
             FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
             CROSS JOIN LATERAL unnest(i.indkey::int[]) WITH ORDINALITY AS k(number, place)
             JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
             WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary
             GROUP BY c.relname, i.indisunique, i.indpred IS NOT NULL"
        ),
        list(
            &sqlite,
            "SELECT s.name || ' ' || CASE WHEN l.\"unique\" THEN 'true' ELSE 'false' END || ' '
               || CASE WHEN l.partial THEN 'true' ELSE 'false' END || ' ' || group_concat(i.name, ',' ORDER BY i.seqno)
             FROM sqlite_schema AS s, pragma_index_list(s.tbl_name) AS l, pragma_index_info(s.name) AS i
             WHERE s.type = 'index' AND l.name = s.name AND l.origin = 'c' GROUP BY s.name"
        )
    );
    for unique in UNIQUE {
        let there = database.texts(&format!(
            "SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
             WHERE i.indisunique AND c.relname = '{}'",
            unique.index
        ));
        assert_eq!(there, [unique.index]);
    }
}

#[test]
fn every_closed_set_is_checked_word_by_word() {
    let Some(database) = database() else { return };
    let mut tried = 0;
    for table in Table::ALL {
        for column in &spec(*table).columns {
            let (good, bad): (Vec<String>, String) = match &column.kind {
                Kind::Words(words) => (
                    words.iter().map(|w| format!("'{w}'")).collect(),
                    "'no-such-word'".to_owned(),
                ),
                Kind::Bool => (vec!["0".into(), "1".into()], "2".into()),
                Kind::Int | Kind::Text | Kind::Json => continue,
            };
            tried += 1;
            // The words of a check stand in its text, and nothing else that is quoted does.
            let checks = database.texts(&format!(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint
                 WHERE contype = 'c' AND conrelid = '{0}'::regclass
                   AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = '{0}'::regclass AND attname = '{1}')]",
                table.name(),
                column.name
            ));
            let [check] = &checks[..] else {
                panic!("{}.{}: {checks:?}", table.name(), column.name)
            };
            for word in &good {
                assert!(check.contains(word), "{word} is not in {check}");
            }
            assert!(!check.contains(&bad), "{check}");
            if column.kind != Kind::Bool {
                assert_eq!(check.matches('\'').count(), 2 * good.len(), "{check}");
            }
        }
    }
    assert!(tried > 20, "{tried} columns have closed sets");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn open(database: &pg::Database) -> Result<(), StoreError> {
    use crate::store::Store as _;
    runtime().block_on(async {
        let store = Postgres::open(&database.url()).await?;
        store.close().await;
        Ok(())
    })
}

#[test]
fn servers_that_start_together_make_the_tables_once() {
    let Some(database) = pg::Database::empty() else {
        return;
    };
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| open(&database))).collect();
        for start in starts {
            start.join().unwrap().unwrap();
        }
    });
    let names = database.texts("SELECT name FROM schema_migrations ORDER BY name");
    let wanted: Vec<&str> = MIGRATIONS.iter().map(|m| m.name).collect();
    assert_eq!(names, wanted);
}

#[test]
fn an_edited_migration_and_one_from_the_future_stop_the_start() {
    let Some(database) = database() else { return };
    database.run("UPDATE schema_migrations SET hash = 'f00' WHERE name = '009_sources'");
    let error = open(&database).unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    assert!(
        error
            .to_string()
            .starts_with("Migration 009_sources is not the one that was applied"),
        "{error}"
    );
    database.run(
        "DELETE FROM schema_migrations WHERE name = '009_sources';
         INSERT INTO schema_migrations VALUES ('099_later', 'x', 'y')",
    );
    let error = open(&database).unwrap_err();
    assert!(error.to_string().contains("newer jolli"), "{error}");
}

#[test]
fn a_migration_that_fails_leaves_nothing_of_itself() {
    let Some(database) = pg::Database::empty() else {
        return;
    };
    let broken = [
        Migration {
            name: "001_good",
            sqlite: "",
            postgres: "CREATE TABLE good (a BIGINT)",
        },
        Migration {
            name: "002_bad",
            sqlite: "",
            postgres: "CREATE TABLE half (a BIGINT); CREATE TABLE half (a BIGINT);",
        },
    ];
    let error = pg::with_client(&database.url(), async |client| {
        migrate(client, &broken).await.unwrap_err()
    });
    assert!(error.to_string().contains("002_bad"), "{error}");
    assert_eq!(database.texts(TABLES), ["good", "schema_migrations"]);
}

#[test]
fn somebody_elses_database_is_left_alone_and_a_schema_of_its_own_is_used() {
    let Some(database) = pg::Database::empty() else {
        return;
    };
    database.run("CREATE TABLE customers (id BIGINT)");
    let error = open(&database).unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("database of its own"), "{error}");
    assert_eq!(database.texts(TABLES), ["customers"]);
    // Not the name of the role: that schema comes first in everybody's search path.
    let url = database.url();
    let sign = if url.contains('?') { '&' } else { '?' };
    let own = format!("{url}{sign}options=-csearch_path%3Dapart");
    let opens = |url: &str| {
        runtime().block_on(async {
            use crate::store::Store as _;
            Postgres::open(url).await?.close().await;
            Ok::<_, StoreError>(())
        })
    };
    let error = opens(&own).unwrap_err();
    assert!(error.to_string().contains("CREATE SCHEMA"), "{error}");
    database.run("CREATE SCHEMA apart");
    opens(&own).unwrap();
    assert_eq!(database.texts(TABLES), ["customers"]);
    let there = database.texts(
        "SELECT count(*)::text FROM pg_class WHERE relnamespace = 'apart'::regnamespace AND relkind = 'r'",
    );
    assert_ne!(there, ["0"]);
}
