//! Rows against the log: `verify` compares, `rebuild` mends, both by folding the whole log anew.

use rusqlite::{Connection, TransactionBehavior};

use super::fault::Fault;
use super::{log, sql};
use crate::domain::row::Table;
use crate::store::replay::{Replay, is_side};
use crate::store::schema::FOLD_VERSION;
use crate::store::{Drift, StoreError};

fn replay(db: &Connection) -> Result<Replay, Fault> {
    let mut replay = Replay::default();
    log::each(db, |event| {
        replay.take(event.map_err(|fault| StoreError::from(fault).to_string()));
    })?;
    replay.end(log::head(db)?, &log::counters(db)?);
    Ok(replay)
}

fn compare(db: &Connection, replay: &mut Replay) -> Result<(), Fault> {
    for table in Table::ALL.iter().filter(|t| !is_side(**t)) {
        sql::each(db, *table, |row| {
            replay.compare(
                *table,
                row.map_err(|fault| StoreError::from(fault).to_string()),
            );
        })?;
    }
    Ok(())
}

/// Compares every row with the fold of the log.
pub fn verify(db: &Connection) -> Result<Drift, Fault> {
    let mut replay = replay(db)?;
    compare(db, &mut replay)?;
    Ok(replay.finish().0)
}

/// Writes every row anew that differs; says what differed.
pub fn rebuild(db: &Connection) -> Result<Drift, Fault> {
    let mut replay = replay(db)?;
    compare(db, &mut replay)?;
    let (drift, rows, used) = replay.finish();
    if drift.differences.is_empty() {
        return Ok(drift);
    }
    for (kind, last) in used {
        log::set_counter(db, kind, last)?;
    }
    for table in Table::ALL.iter().filter(|t| !is_side(**t)) {
        db.execute(&format!("DELETE FROM {}", table.name()), [])?;
        for row in rows.all(*table) {
            sql::put(db, row)?;
        }
    }
    Ok(drift)
}

/// Rows that another fold wrote are written anew before anybody reads them.
pub fn adopt(db: &mut Connection) -> Result<(), Fault> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let written: i64 = tx.query_row("SELECT fold_version FROM log_head", [], |row| row.get(0))?;
    if written > FOLD_VERSION {
        return Err(Fault::Own(StoreError::Refused(format!(
            "The rows of the database were written by a newer jolli (fold {written}, here {FOLD_VERSION}). Use that one, or a newer one."
        ))));
    }
    if written < FOLD_VERSION {
        let drift = rebuild(&tx)?;
        tracing::info!(events = drift.events, "rows were folded anew from the log");
        tx.execute("UPDATE log_head SET fold_version = ?1", [FOLD_VERSION])?;
    }
    tx.commit()?;
    Ok(())
}
