//! What ages, in SQL: found by readers, removed by the writer a few at a time.

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use super::log;
use crate::base::Timestamp;
use crate::domain::id::{OrgId, Sequence};
use crate::store::StoreError;
use crate::store::log::time;
use crate::store::retain::{Aged, UNREFERRED, position_before};

/// How many are removed in one transaction, so that nobody waits long behind it.
pub const FEW: usize = 500;

/// The last position that was recorded before `moment`.
pub fn before(db: &Connection, moment: Timestamp) -> Result<Sequence, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT recorded_at FROM orchestration_events WHERE sequence <= ?1 ORDER BY sequence DESC LIMIT 1",
    )?;
    let position = position_before(moment, log::head(db)?.sequence, |sequence| {
        let at: Option<String> = statement
            .query_row([sequence.0], |row| row.get(0))
            .optional()
            .map_err(Fault::from)?;
        at.as_deref().map(time).transpose()
    });
    Ok(position?)
}

/// Removes receipts given before `moment`, which are of positions up to `position`; says how many.
pub fn receipts(db: &Connection, position: Sequence, moment: Timestamp) -> Result<usize, Fault> {
    Ok(db
        .prepare_cached(
            "DELETE FROM orchestration_command_receipts WHERE rowid IN (
               SELECT rowid FROM orchestration_command_receipts INDEXED BY idx_orch_command_receipts_sequence
               WHERE result_sequence <= ?1 AND accepted_at < ?2 LIMIT ?3)",
        )?
        .execute(params![position.0, moment.to_string(), FEW as i64])?)
}

/// A blob by what it is found by: when it was put, and its row.
pub type Place = (String, i64);

/// A blob that may go.
#[derive(Clone, Debug)]
pub struct Unreferred {
    /// Where it was found.
    pub place: Place,
    /// Its org.
    pub org: OrgId,
    /// Its name.
    pub sha256: String,
}

/// The next blobs that nothing refers to, oldest first after `after`.
pub fn unreferred(db: &Connection, aged: &Aged, after: &Place) -> Result<Vec<Unreferred>, Fault> {
    let sql = format!(
        "SELECT b.stored_at, b.rowid, b.org_id, b.sha256 FROM blobs AS b
         WHERE {UNREFERRED} AND (b.stored_at, b.rowid) > (?3, ?4) ORDER BY b.stored_at, b.rowid LIMIT ?5"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(
        params![
            aged.blobs.to_string(),
            aged.bodies.to_string(),
            after.0,
            after.1,
            FEW as i64
        ],
        |row| {
            Ok(Unreferred {
                place: (row.get(0)?, row.get(1)?),
                org: OrgId(row.get(2)?),
                sha256: row.get(3)?,
            })
        },
    )?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Removes those of `found` that nothing has come to refer to since, and that were not put again.
pub fn blobs(db: &Connection, aged: &Aged, found: &[Unreferred]) -> Result<usize, Fault> {
    let sql = format!(
        "DELETE FROM blobs WHERE rowid = (
           SELECT b.rowid FROM blobs AS b WHERE {UNREFERRED} AND b.org_id = ?3 AND b.sha256 = ?4)"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut removed = 0;
    for blob in found {
        removed += statement.execute(params![
            aged.blobs.to_string(),
            aged.bodies.to_string(),
            blob.org.0,
            blob.sha256
        ])?;
    }
    Ok(removed)
}

impl super::Sqlite {
    /// Removes what has aged.
    pub(super) async fn sweep(&self, aged: Aged) -> Result<crate::store::Swept, StoreError> {
        let mut swept = crate::store::Swept::default();
        let position = self
            .readers
            .read(move |db| before(db, aged.receipts))
            .await?;
        loop {
            let removed = self.remove(Old::Receipts(position, aged.receipts)).await?;
            swept.receipts += removed as u64;
            if removed < FEW {
                break;
            }
        }
        let mut after: Place = (String::new(), 0);
        loop {
            let from = after.clone();
            let found = self
                .readers
                .read(move |db| unreferred(db, &aged, &from))
                .await?;
            let Some(last) = found.last() else {
                return Ok(swept);
            };
            after = last.place.clone();
            swept.blobs += self.remove(Old::Blobs(aged, found)).await? as u64;
        }
    }

    async fn remove(&self, old: Old) -> Result<usize, StoreError> {
        match self.ask(super::batch::Task::Remove(old)).await? {
            super::batch::Answer::Removed(count) => Ok(count),
            other => Err(super::astray(&other)),
        }
    }
}

/// What the writer removes at once.
#[derive(Debug)]
pub enum Old {
    /// Receipts of positions up to this one, given before this moment.
    Receipts(Sequence, Timestamp),
    /// Blobs that nothing referred to when they were looked for.
    Blobs(Aged, Vec<Unreferred>),
}

/// Removes it; says how many went.
pub fn remove(db: &Connection, old: &Old) -> Result<usize, Fault> {
    match old {
        Old::Receipts(position, moment) => receipts(db, *position, *moment),
        Old::Blobs(aged, found) => blobs(db, aged, found),
    }
}
