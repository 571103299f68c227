//! The present state as one SQLite transaction sees it: for deciding inside a batch, and for readers.

use std::collections::HashMap;

use rusqlite::Connection;

use super::fault::Fault;
use super::{archive, log, sql};
use crate::domain::event::Stream;
use crate::domain::id::OrgId;
use crate::domain::row::{Key, Row};
use crate::domain::view::{Find, IdKind};
use crate::store::archive::{Name, Quarantined};
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
    /// What is set apart, once it was asked for.
    pub quarantine: Option<HashMap<Name, Quarantined>>,
}

impl<'a> Tx<'a> {
    /// The state behind `db`.
    pub fn new(db: &'a Connection) -> Result<Self, Fault> {
        Ok(Self::at(db, log::head(db)?))
    }

    /// The state behind `db`, whose head is known.
    pub fn at(db: &'a Connection, head: Head) -> Self {
        Self {
            db,
            head,
            counters: HashMap::new(),
            quarantine: None,
        }
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

    fn next_version(&mut self, org: OrgId, stream: &Stream) -> Result<i64, StoreError> {
        Ok(log::next_version(self.db, org, stream)?)
    }
    fn quarantined(
        &mut self,
        org: OrgId,
        stream: &Stream,
    ) -> Result<Option<Quarantined>, StoreError> {
        let noted = match &mut self.quarantine {
            Some(noted) => noted,
            none => none.insert(
                archive::quarantine(self.db)?
                    .into_iter()
                    .map(|q| (q.name.clone(), q))
                    .collect(),
            ),
        };
        if noted.is_empty() {
            return Ok(None);
        }
        Ok(noted.get(&Name::of(org, stream)).cloned())
    }

    fn spent(&mut self, org: OrgId, command_id: &str) -> Result<Option<Head>, StoreError> {
        Ok(log::spent(self.db, org, command_id)?)
    }
}
