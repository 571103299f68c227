//! Opening: the lock that keeps a second server out, the settings of every connection, and the schema
//! (engine.md: SQLite).

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::fault::refused;
use super::migrate::{check, migrate};
use crate::store::StoreError;
use crate::store::migrations::MIGRATIONS;

/// Older ones can corrupt a WAL database when it is reset.
const OLDEST_SQLITE: i32 = 3_051_003;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The one that writes.
    Write,
    /// One of those that read.
    Read,
}

/// Held for as long as a server uses the file.
#[derive(Debug)]
pub struct Lock(
    #[allow(
        dead_code,
        reason = "held, not read: the system frees the lock with the file"
    )]
    File,
);

/// Locks `path` for this process.
pub fn lock(path: &Path) -> Result<Lock, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let denied = |e: std::io::Error| {
        StoreError::Refused(format!(
            "The lock file {} cannot be used: {e}.",
            name.display()
        ))
    };
    let mut file = File::options()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(&name)
        .map_err(denied)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(denied)?;
            return Err(StoreError::Refused(format!(
                "Another jolli server (pid {}) uses {}. Connect to it, or stop it first.",
                holder.trim(),
                path.display()
            )));
        }
        Err(TryLockError::Error(e)) => return Err(denied(e)),
    }
    file.set_len(0).map_err(denied)?;
    file.rewind().map_err(denied)?;
    writeln!(file, "{}", std::process::id()).map_err(denied)?;
    Ok(Lock(file))
}

/// Plans are made once and hold for whatever is asked with: SQLite would otherwise look at the values behind the places of a
/// query that could use a partial index, and plan it anew for each. The words that such an index needs stand in our texts.
pub fn steady(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// A connection with our settings.
pub fn connect(path: &Path, purpose: Use) -> Result<Connection, StoreError> {
    let version = rusqlite::version_number();
    if version < OLDEST_SQLITE {
        return Err(StoreError::Refused(format!(
            "This SQLite ({}) can corrupt the database; 3.51.3 or newer is needed.",
            rusqlite::version()
        )));
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if purpose == Use::Write {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let open = || -> rusqlite::Result<Connection> {
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(Duration::from_secs(5))?;
        db.set_prepared_statement_cache_capacity(256);
        steady(&db)?;
        db.pragma_update(None, "foreign_keys", true)?;
        match purpose {
            Use::Write => {
                db.pragma_update(None, "journal_mode", "wal")?;
                db.pragma_update(None, "synchronous", "full")?;
                db.pragma_update(None, "cache_size", -32 * 1024)?;
                db.pragma_update(None, "wal_autocheckpoint", 4000)?;
                // The words of a closed set come from types that have no others; to check each again, SQLite makes a table of
                // the set, every time. The constraints stand for whoever else writes, and for its own integrity check.
                db.pragma_update(None, "ignore_check_constraints", true)?;
                db.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
            }
            Use::Read => {
                db.pragma_update(None, "query_only", true)?;
                db.pragma_update(None, "cache_size", -4 * 1024)?;
            }
        }
        Ok(db)
    };
    let db = open().map_err(|e| unusable(path, &e))?;
    let mode: String = db
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .map_err(|e| refused(&e))?;
    if mode != "wal" {
        return Err(StoreError::Refused(format!(
            "{} cannot use a write-ahead log (it is in mode {mode}); put it on a local disk.",
            path.display()
        )));
    }
    Ok(db)
}

fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    match refused(error) {
        StoreError::Unavailable(why) => {
            StoreError::Unavailable(format!("{}: {why}", path.display()))
        }
        _ => StoreError::Refused(format!(
            "{} cannot be opened as a database: {error}.",
            path.display()
        )),
    }
}

/// Makes the file of a new database, readable by its owner alone: documents and bodies of webhooks lie in it. What SQLite
/// keeps beside it gets the same permissions.
fn make(path: &Path) -> Result<(), StoreError> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path);
    made.map(drop)
        .map_err(|e| StoreError::Unavailable(format!("{}: {e}", path.display())))
}

/// The writing connection, with the schema in place.
pub fn writer(path: &Path) -> Result<Connection, StoreError> {
    if path.exists() {
        // Before any setting is written into a file that may be somebody else's.
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .map_err(|e| unusable(path, &e))?;
        check(&db, MIGRATIONS)?;
    } else {
        make(path)?;
    }
    let mut db = connect(path, Use::Write)?;
    migrate(&mut db, MIGRATIONS)?;
    Ok(db)
}
