//! Migrations: named, hashed, applied in order, never edited. A database that holds one that is edited or not known is
//! refused, because its tables are not what this jolli thinks they are.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::fault::refused;
use crate::store::StoreError;

/// A step of the schema.
pub struct Migration {
    /// Its name: number and subject.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        /// Every migration, in order. The first five names are those of seed 003; 003 to 005 come with threads.
        pub const MIGRATIONS: &[Migration] = &[$(Migration {
            name: $name,
            sql: include_str!(concat!("../migrations/", $name, ".sql")),
        }),+];
    };
}

migrations!(
    "001_orchestration_events",
    "002_orchestration_command_receipts",
    "006_log_head",
    "007_orgs",
    "008_integrations",
    "009_sources",
    "010_spaces",
    "011_jobs",
    "012_blobs",
    "013_planner_statistics",
);

const BOOKKEEPING: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
  name       TEXT PRIMARY KEY,
  hash       TEXT NOT NULL,
  applied_at TEXT NOT NULL
) STRICT";

impl Migration {
    fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.sql.as_bytes()))
    }
}

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
            tx.execute_batch(migration.sql).map_err(|e| {
                StoreError::Internal(format!("migration {} failed: {e}", migration.name))
            })?;
            tx.execute(
                "INSERT INTO schema_migrations (name, hash, applied_at)
                 VALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
                params![migration.name, migration.hash()],
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
    for (name, hash) in applied {
        let Some(migration) = known.iter().find(|m| m.name == name) else {
            return Err(StoreError::Refused(format!(
                "The database was written by a newer jolli: its migration {name} is not known here. Use that jolli, or a newer one."
            )));
        };
        if migration.hash() != hash {
            return Err(StoreError::Refused(format!(
                "Migration {name} is not the one that was applied to the database (applied {}, here {}). Use the jolli that applied it; migrations are never edited.",
                &hash[..hash.len().min(12)],
                &migration.hash()[..12]
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
