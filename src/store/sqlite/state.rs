//! The present state as one SQLite transaction sees it: for deciding inside a batch, and for readers.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::{log, sql};
use crate::domain::event::Stream;
use crate::domain::id::{OrgId, SourceId, SpaceId};
use crate::domain::row::{Key, Row};
use crate::domain::view::{Find, IdKind};
use crate::store::command::{Head, Receipt, State};
use crate::store::{Scope, StoreError};

/// State read through `db`, which is inside a transaction.
pub struct Tx<'a> {
    /// The connection.
    pub db: &'a Connection,
    /// The head, moved on by what the transaction has appended.
    pub head: Head,
    /// Counters as far as they were asked for, moved on by what the transaction has used.
    pub counters: HashMap<IdKind, i64>,
}

impl<'a> Tx<'a> {
    /// The state behind `db`.
    pub fn new(db: &'a Connection) -> Result<Self, Fault> {
        Ok(Self {
            db,
            head: log::head(db)?,
            counters: HashMap::new(),
        })
    }
}

impl State for Tx<'_> {
    fn head(&self) -> Head {
        self.head
    }

    fn receipt(&mut self, org: OrgId, command_id: &str) -> Result<Option<Receipt>, StoreError> {
        Ok(log::receipt(self.db, org, command_id)?)
    }

    fn row(&mut self, scope: Scope, key: &Key) -> Result<Option<Row>, StoreError> {
        Ok(sql::get(self.db, scope, key)?)
    }

    fn find(&mut self, scope: Scope, find: &Find) -> Result<Vec<Row>, StoreError> {
        Ok(sql::find(self.db, scope, find)?)
    }

    fn counter(&mut self, kind: IdKind) -> Result<i64, StoreError> {
        if let Some(last) = self.counters.get(&kind) {
            return Ok(*last);
        }
        let last = log::counter(self.db, kind)?;
        self.counters.insert(kind, last);
        Ok(last)
    }

    fn of_space(&mut self, org: OrgId, space: SpaceId) -> Result<Vec<Key>, StoreError> {
        Ok(of_space(self.db, org, space)?)
    }

    fn next_version(&mut self, org: OrgId, stream: &Stream) -> Result<i64, StoreError> {
        Ok(log::next_version(self.db, org, stream)?)
    }
}

fn of_space(db: &Connection, org: OrgId, space: SpaceId) -> Result<Vec<Key>, Fault> {
    let mut keys = Vec::new();
    let mut statement = db.prepare_cached(
        "SELECT source_id FROM space_sources WHERE org_id = ?1 AND space_id = ?2 ORDER BY source_id",
    )?;
    let mut rows = statement.query(params![org.0, space.0])?;
    while let Some(row) = rows.next()? {
        keys.push(Key::SpaceSources(space, SourceId(row.get(0)?)));
    }
    let mut statement = db.prepare_cached(
        "SELECT file_id FROM documents WHERE org_id = ?1 AND space_id = ?2 ORDER BY file_id",
    )?;
    let mut rows = statement.query(params![org.0, space.0])?;
    while let Some(row) = rows.next()? {
        keys.push(Key::Documents(space, row.get(0)?));
    }
    Ok(keys)
}
