//! The databases that the queues are given: a SQLite file that syncs every commit, a PostgreSQL database of our own; and what
//! their connections themselves say about durability.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteOperation, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool, SqlitePool};

/// A SQLite file that is removed at the end.
pub struct SqliteFile {
    path: PathBuf,
}

impl SqliteFile {
    pub fn new(dir: &Path, name: &str) -> Self {
        let file = Self {
            path: dir.join(format!("peers-{}-{name}.db", std::process::id())),
        };
        file.remove();
        file
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            // It need not be there.
            drop(std::fs::remove_file(path));
        }
    }

    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30))
            // What apalis-sqlite's own `setup` sets, without its `synchronous = OFF`.
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "64000")
            .pragma("journal_size_limit", "67108864")
    }

    /// A pool, and a stream that yields when a row was inserted into `table` through it: what
    /// `SqliteStorage::connect_with_callback` makes, but with settings of ours.
    pub async fn pool(
        &self,
        connections: u32,
        table: &'static str,
    ) -> (SqlitePool, UnboundedReceiver<()>) {
        let (inserted, inserts) = unbounded();
        let pool = SqlitePoolOptions::new()
            .min_connections(connections)
            .max_connections(connections)
            .acquire_timeout(Duration::from_mins(1))
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let inserted = inserted.clone();
                Box::pin(async move {
                    let mut handle = connection.lock_handle().await?;
                    handle.set_update_hook(move |change| {
                        if change.operation == SqliteOperation::Insert && change.table == table {
                            // Without a listener nobody wants to know.
                            drop(inserted.unbounded_send(()));
                        }
                    });
                    Ok(())
                })
            })
            .connect_with(self.options())
            .await
            .expect("the SQLite file can be opened");
        (pool, inserts)
    }

    /// Another connection, to look without standing in the queue's way.
    pub async fn observer(&self) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(self.options())
            .await
            .expect("the SQLite file can be opened once more")
    }
}

impl Drop for SqliteFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// What every connection of the pool says; an error where one does not sync every commit.
pub async fn sqlite_durability(pool: &SqlitePool, connections: u32) -> Result<String, String> {
    let mut held = Vec::new();
    for _ in 0..connections {
        let mut connection = pool
            .acquire()
            .await
            .expect("the pool has this many connections");
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&mut *connection)
            .await
            .expect("SQLite says its journal mode");
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(&mut *connection)
            .await
            .expect("SQLite says its synchronous mode");
        if journal != "wal" || synchronous != 2 {
            return Err(format!(
                "a connection has journal_mode={journal} synchronous={synchronous}"
            ));
        }
        held.push(connection);
    }
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut *held[0])
        .await
        .expect("SQLite says its version");
    Ok(format!(
        "SQLite {version}, connections {connections}, each says journal_mode=wal synchronous=2 (FULL)"
    ))
}

/// A database of our own on somebody's server.
pub struct Postgres {
    server: PgConnectOptions,
    name: String,
}

impl Postgres {
    pub async fn create(url: &str, name: &str) -> Result<Self, sqlx::Error> {
        let server: PgConnectOptions = url.parse()?;
        let database = Self {
            server,
            name: format!("peers_{}_{name}", std::process::id()),
        };
        database.command("CREATE DATABASE", "").await?;
        Ok(database)
    }

    async fn command(&self, command: &str, option: &str) -> Result<(), sqlx::Error> {
        let mut connection = self.server.connect().await?;
        sqlx::query(AssertSqlSafe(format!("{command} {} {option}", self.name)))
            .execute(&mut connection)
            .await?;
        connection.close().await
    }

    pub async fn pool(&self, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .min_connections(connections)
            .max_connections(connections)
            .acquire_timeout(Duration::from_mins(1))
            .test_before_acquire(false)
            .connect_with(self.server.clone().database(&self.name))
            .await
            .expect("a database that was just made can be connected to")
    }

    pub async fn remove(self) -> Result<(), sqlx::Error> {
        // A pool's connections may still be on their way out.
        self.command("DROP DATABASE IF EXISTS", "WITH (FORCE)")
            .await
    }
}

/// What every connection of the pool says; an error where one does not sync every commit.
pub async fn postgres_durability(pool: &PgPool, connections: u32) -> Result<String, String> {
    let mut held = Vec::new();
    for _ in 0..connections {
        let mut connection = pool
            .acquire()
            .await
            .expect("the pool has this many connections");
        let (commit, sync): (String, String) = sqlx::query_as(
            "SELECT current_setting('synchronous_commit'), current_setting('fsync')",
        )
        .fetch_one(&mut *connection)
        .await
        .expect("PostgreSQL says its settings");
        if commit != "on" || sync != "on" {
            return Err(format!(
                "a connection has synchronous_commit={commit} fsync={sync}"
            ));
        }
        held.push(connection);
    }
    let version: String = sqlx::query_scalar("SELECT current_setting('server_version')")
        .fetch_one(&mut *held[0])
        .await
        .expect("PostgreSQL says its version");
    Ok(format!(
        "PostgreSQL {version}, connections {connections}, each says synchronous_commit=on fsync=on"
    ))
}
