//! Migrations of both databases, side by side: named, hashed, applied in order, never edited. A database that holds one
//! that is edited or not known is refused, because its tables are not what this jolli thinks they are.

use sha2::{Digest, Sha256};

use super::StoreError;
use super::sql::Dialect;

/// A step of the schema, the same in meaning on both databases.
#[derive(Debug)]
pub struct Migration {
    /// Its name: number and subject.
    pub name: &'static str,
    /// What it does on SQLite.
    pub sqlite: &'static str,
    /// What it does on PostgreSQL.
    pub postgres: &'static str,
}

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        /// Every migration, in order. The first five names are those of seed 003.
        pub const MIGRATIONS: &[Migration] = &[$(Migration {
            name: $name,
            sqlite: include_str!(concat!("migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("migrations/postgres/", $name, ".sql")),
        }),+];
    };
}

migrations!(
    "001_orchestration_events",
    "002_orchestration_command_receipts",
    "003_checkpoint_diff_blobs",
    "004_provider_session_runtime",
    "005_projections",
    "006_log_head",
    "007_orgs",
    "008_integrations",
    "009_sources",
    "010_spaces",
    "011_jobs",
    "012_blobs",
    "013_planner_statistics",
);

impl Migration {
    /// Its text for one database.
    pub const fn sql(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }

    /// What is kept of the text that was applied.
    pub fn hash(&self, dialect: Dialect) -> String {
        hex::encode(Sha256::digest(self.sql(dialect).as_bytes()))
    }
}

/// A database lacks migrations, and whoever only looks may not apply them.
pub const INCOMPLETE: &str = "The database was written by an older jolli, or is empty. Start `jolli serve` on it once; it brings it up to date.";

/// Whether a database with these migrations, by name and hash, is one that `known` can serve.
pub fn accept(
    dialect: Dialect,
    known: &[Migration],
    applied: &[(String, String)],
) -> Result<(), StoreError> {
    for (name, hash) in applied {
        let Some(migration) = known.iter().find(|m| m.name == name) else {
            return Err(StoreError::Refused(format!(
                "The database was written by a newer jolli: its migration {name} is not known here. Use that jolli, or a newer one."
            )));
        };
        let ours = migration.hash(dialect);
        if ours != *hash {
            return Err(StoreError::Refused(format!(
                "Migration {name} is not the one that was applied to the database (applied {}, here {}). Use the jolli that applied it; migrations are never edited.",
                &hash[..hash.len().min(12)],
                &ours[..12]
            )));
        }
    }
    Ok(())
}
