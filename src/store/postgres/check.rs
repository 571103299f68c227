//! Rows against the log: `verify` compares, a rebuild mends, and the start does so where projectors are behind.

use super::archive::Files;
use super::fault::Fault;
use super::log;
use super::session::Session;
use crate::store::projector;
use crate::store::refold::{Findings, Which, examine, mend};

/// Compares every row with the fold of the log, as long as the log is; inside a transaction that sees one moment.
pub fn verify(session: &mut Session) -> Result<Findings, Fault> {
    session.unhurried()?;
    Ok(examine(&mut Files(session), Which::All)?)
}

/// Puts right what was found; inside a transaction that holds the head.
pub fn repair(session: &mut Session, found: &Findings) -> Result<(), Fault> {
    session.unhurried()?;
    Ok(mend(&mut Files(session), found)?)
}

/// Rows of projectors that are missing, behind or of another version are written anew before anybody reads them. Of
/// several servers that start, one does it.
pub fn adopt(session: &mut Session) -> Result<(), Fault> {
    session.begin("BEGIN")?;
    // Another server may be at it, for as long as its log is.
    session.unhurried()?;
    session.batch("SET LOCAL lock_timeout = 0")?;
    let head = log::head(&session.query(log::LOCK_HEAD, Vec::new())?)?;
    let standings = log::standings(&session.query(log::STANDINGS, Vec::new())?)?;
    let behind = projector::behind(&standings, head.sequence)?;
    if !behind.is_empty() {
        let found = examine(&mut Files(session), Which::Behind(&behind))?;
        mend(&mut Files(session), &found)?;
        tracing::info!(
            ?behind,
            events = found.drift.events,
            differences = found.drift.differences.len(),
            "rows were folded anew from the log"
        );
    } else if !projector::all_at(&standings, head.sequence) {
        session.execute(&[log::stand(head)])?;
    }
    session.batch("COMMIT")
}
