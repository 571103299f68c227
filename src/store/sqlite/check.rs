//! Rows against the log: `verify` compares, a rebuild mends, and the start does so where projectors are behind.

use rusqlite::{Connection, TransactionBehavior};

use super::archive::Files;
use super::fault::Fault;
use super::log;
use crate::store::projector;
use crate::store::refold::{Findings, Which, examine, mend};

/// Compares every row with the fold of the log.
pub fn verify(db: &Connection) -> Result<Findings, Fault> {
    Ok(examine(&mut Files(db), Which::All)?)
}

/// Puts right what was found.
pub fn repair(db: &Connection, found: &Findings) -> Result<(), Fault> {
    Ok(mend(&mut Files(db), found)?)
}

/// Rows of projectors that are missing, behind or of another version are written anew before anybody reads them.
pub fn adopt(db: &mut Connection) -> Result<(), Fault> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let head = log::head(&tx)?;
    let standings = log::standings(&tx)?;
    let behind = projector::behind(&standings, head.sequence)?;
    if !behind.is_empty() {
        let found = examine(&mut Files(&tx), Which::Behind(&behind))?;
        mend(&mut Files(&tx), &found)?;
        tracing::info!(
            ?behind,
            events = found.drift.events,
            differences = found.drift.differences.len(),
            "rows were folded anew from the log"
        );
    } else if !projector::all_at(&standings, head.sequence) {
        log::stand(&tx, head)?;
    }
    tx.commit()?;
    Ok(())
}
