//! Applying migrations to a file.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::fault::refused;
use crate::store::StoreError;
use crate::store::migrations::{INCOMPLETE, Migration, accept};
use crate::store::sql::Dialect;

const BOOKKEEPING: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
  name       TEXT PRIMARY KEY,
  hash       TEXT NOT NULL,
  applied_at TEXT NOT NULL
) STRICT";

/// Checks what `db` holds against `known`, and applies what is missing.
pub fn migrate(db: &mut Connection, known: &[Migration]) -> Result<(), StoreError> {
    check(db, known)?;
    let fails = |e: rusqlite::Error| refused(&e);
    db.execute_batch(BOOKKEEPING).map_err(fails)?;
    for migration in known {
        let tx = db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fails)?;
        let there: Option<String> = tx
            .query_row(
                "SELECT hash FROM schema_migrations WHERE name = ?1",
                [migration.name],
                |row| row.get(0),
            )
            .optional()
            .map_err(fails)?;
        if there.is_none() {
            tx.execute_batch(migration.sqlite).map_err(|e| {
                StoreError::Internal(format!("migration {} failed: {e}", migration.name))
            })?;
            tx.execute(
                "INSERT INTO schema_migrations (name, hash, applied_at)
                 VALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
                params![migration.name, migration.hash(Dialect::Sqlite)],
            )
            .map_err(fails)?;
        }
        tx.commit().map_err(fails)?;
    }
    Ok(())
}

/// Whether `db` is one that `known` can serve: empty, or with known migrations as they were applied.
pub fn check(db: &Connection, known: &[Migration]) -> Result<(), StoreError> {
    let fails = |e: rusqlite::Error| match refused(&e) {
        StoreError::Internal(why) => StoreError::Refused(format!("This is not a database: {why}.")),
        other => other,
    };
    let exists = |name: &str| {
        db.query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND (?1 = '' OR name = ?1)",
            [name],
            |row| row.get::<_, i64>(0),
        )
        .map(|count| count > 0)
        .map_err(fails)
    };
    if !exists("schema_migrations")? {
        return if exists("")? {
            Err(StoreError::Refused(
                "The database file holds tables of something else; give jolli a file of its own."
                    .into(),
            ))
        } else {
            Ok(())
        };
    }
    let mut statement = db
        .prepare("SELECT name, hash FROM schema_migrations ORDER BY name")
        .map_err(fails)?;
    let applied = statement
        .query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(fails)?;
    accept(Dialect::Sqlite, known, &applied)
}

/// Whether `db` is one that `known` made, with nothing left to apply: what can be read without writing first.
pub fn complete(db: &Connection, known: &[Migration]) -> Result<(), StoreError> {
    check(db, known)?;
    let applied: i64 = db
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'",
            [],
            |row| row.get(0),
        )
        .and_then(|there: i64| match there {
            0 => Ok(0),
            _ => db.query_row("SELECT count(*) FROM schema_migrations", [], |row| row.get(0)),
        })
        .map_err(|e| refused(&e))?;
    if usize::try_from(applied) == Ok(known.len()) {
        return Ok(());
    }
    Err(StoreError::Refused(INCOMPLETE.into()))
}

#[cfg(test)]
mod tests;
