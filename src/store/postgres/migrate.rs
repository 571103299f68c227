//! Applying migrations to a schema: once, however many servers start at the same time.

use tokio_postgres::Client;

use super::address::full;
use super::fault::{Fault, refused};
use crate::store::StoreError;
use crate::store::migrations::{INCOMPLETE, Migration, accept};
use crate::store::sql::Dialect;

const BOOKKEEPING: &str = r#"CREATE TABLE IF NOT EXISTS schema_migrations (
  name       TEXT COLLATE "C" PRIMARY KEY,
  hash       TEXT COLLATE "C" NOT NULL,
  applied_at TEXT COLLATE "C" NOT NULL
)"#;

/// The lock that servers which start wait for; beside it stands the schema, so that two in one database do not wait for
/// each other. The number is `joll` in ASCII.
const LOCK: &str = "SELECT pg_advisory_lock(1785687148, hashtext(current_schema()::text))";

/// The oldest server whose functions we use.
const OLDEST: i32 = 140_000;

/// Checks what the schema of `client` holds against `known`, and applies what is missing. The lock goes with the
/// connection.
pub async fn migrate(client: &Client, known: &[Migration]) -> Result<(), StoreError> {
    let fails = |e: tokio_postgres::Error| refused(&e);
    suits(client).await?;
    // Another server may need longer for it than a lock is waited for otherwise.
    client
        .batch_execute("SET lock_timeout = 0; SET statement_timeout = 0")
        .await
        .map_err(fails)?;
    client.query(LOCK, &[]).await.map_err(fails)?;
    let applied = check(client, known).await?;
    if applied.is_empty() {
        client.batch_execute(BOOKKEEPING).await.map_err(|e| {
            StoreError::Refused(format!(
                "The tables cannot be made: {}. Let the role of the address own the database or the schema.",
                full(&e)
            ))
        })?;
    }
    for migration in known {
        if applied.iter().any(|(name, _)| name == migration.name) {
            continue;
        }
        let hash = migration.hash(Dialect::Postgres);
        // Neither name nor hash holds a quote: both are ours.
        let all = format!(
            r#"BEGIN; {}
            ; INSERT INTO schema_migrations VALUES ('{}', '{hash}',
              to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
            COMMIT"#,
            migration.postgres, migration.name
        );
        if let Err(error) = client.batch_execute(&all).await {
            // What it had begun must not stay open on this connection.
            let _ = client.batch_execute("ROLLBACK").await;
            return Err(StoreError::Internal(format!(
                "migration {} failed: {}",
                migration.name,
                full(&error)
            )));
        }
    }
    Ok(())
}

/// Whether the server and the schema are ones that we can work in.
async fn suits(client: &Client) -> Result<(), StoreError> {
    let row = client
        .query_one(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
               current_schema()::text, current_setting('search_path'),
               current_setting('server_encoding')",
            &[],
        )
        .await
        .map_err(|e| refused(&e))?;
    let get = |i: usize| row.try_get::<_, Option<String>>(i).map_err(|e| refused(&e));
    let version: i32 = row.try_get(0).map_err(|e| refused(&e))?;
    if version < OLDEST {
        return Err(StoreError::Refused(format!(
            "The database is PostgreSQL {}; 14 or newer is needed.",
            get(1)?.unwrap_or_default()
        )));
    }
    if get(2)?.is_none() {
        return Err(StoreError::Refused(format!(
            "The database has no schema of the search path {}; make it first: CREATE SCHEMA name.",
            get(3)?.unwrap_or_default()
        )));
    }
    let encoding = get(4)?.unwrap_or_default();
    if encoding != "UTF8" {
        return Err(StoreError::Refused(format!(
            "The database is encoded in {encoding}; make one in UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )));
    }
    Ok(())
}

/// Whether the schema is one that `known` can serve: empty, or with known migrations as they were applied. Answers those.
async fn check(client: &Client, known: &[Migration]) -> Result<Vec<(String, String)>, StoreError> {
    let fails = |e: tokio_postgres::Error| StoreError::from(Fault::from(e));
    let tables = client
        .query(
            "SELECT c.relname::text FROM pg_class AS c
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
               AND NOT EXISTS (SELECT FROM pg_depend AS d
                 WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')",
            &[],
        )
        .await
        .map_err(fails)?;
    let mut ours = false;
    for row in &tables {
        ours |= row.try_get::<_, &str>(0).map_err(fails)? == "schema_migrations";
    }
    if !ours {
        return if tables.is_empty() {
            Ok(Vec::new())
        } else {
            Err(StoreError::Refused(
                "The database holds tables of something else; give jolli a database of its own, or a schema of its own with ?options=-csearch_path%3DSCHEMA."
                    .into(),
            ))
        };
    }
    let applied = client
        .query(
            "SELECT name, hash FROM schema_migrations ORDER BY name",
            &[],
        )
        .await
        .map_err(fails)?
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<Vec<(String, String)>, tokio_postgres::Error>>()
        .map_err(fails)?;
    accept(Dialect::Postgres, known, &applied)?;
    Ok(applied)
}

/// Whether the schema is one that `known` made, with nothing left to apply: what can be read without writing first.
pub async fn complete(client: &Client, known: &[Migration]) -> Result<(), StoreError> {
    suits(client).await?;
    if check(client, known).await?.len() == known.len() {
        return Ok(());
    }
    Err(StoreError::Refused(INCOMPLETE.into()))
}

#[cfg(test)]
mod tests;
