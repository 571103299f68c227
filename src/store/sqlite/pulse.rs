//! What came and what ran in a window of time, counted.

use rusqlite::{Connection, Row, params};

use super::fault::Fault;
use crate::domain::id::{OrgId, SourceId, SpaceId};
use crate::store::log::time;
use crate::store::pulse::{APPROVALS, FAILED_RUNS, FAILED_SPACES, deliveries, runs};
use crate::store::sql::Dialect;
use crate::store::{Pulse, StoreError, Window};

/// Counts.
pub fn pulse(db: &Connection, org: OrgId, window: Window) -> Result<Pulse, Fault> {
    let (since, until) = (window.since.to_string(), window.until().to_string());
    let by_slice = |sql: &str| -> Result<Vec<(u32, String, u64)>, Fault> {
        let args = params![org.0, window.since_seconds(), window.slice, since, until];
        let mut statement = db.prepare_cached(sql)?;
        let counted = |row: &Row<'_>| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get::<_, i64>(2)?.unsigned_abs(),
            ))
        };
        let found = statement.query_map(args, counted)?;
        Ok(found.collect::<Result<_, _>>()?)
    };
    let failed = |sql: &str| -> Result<Vec<Vec<i64>>, Fault> {
        let mut statement = db.prepare_cached(sql)?;
        let width = statement.column_count();
        let numbers = |row: &Row<'_>| (0..width).map(|n| row.get(n)).collect();
        let found = statement.query_map(params![org.0, since, until], numbers)?;
        Ok(found.collect::<Result<_, _>>()?)
    };
    let (approvals, oldest): (i64, Option<String>) = db
        .prepare_cached(APPROVALS)?
        .query_row([org.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let unknown = |error: crate::domain::kind::UnknownWord| {
        Fault::from(StoreError::Internal(error.to_string()))
    };
    Ok(Pulse {
        deliveries: by_slice(&deliveries(Dialect::Sqlite))?
            .into_iter()
            .map(|(slice, word, n)| Ok((slice, word.parse().map_err(unknown)?, n)))
            .collect::<Result<_, Fault>>()?,
        runs: by_slice(&runs(Dialect::Sqlite))?
            .into_iter()
            .map(|(slice, word, n)| Ok((slice, word.parse().map_err(unknown)?, n)))
            .collect::<Result<_, Fault>>()?,
        failed_runs: failed(FAILED_RUNS)?
            .into_iter()
            .map(|row| (SourceId(row[0]), row[1].unsigned_abs()))
            .collect(),
        failed_spaces: failed(FAILED_SPACES)?
            .into_iter()
            .map(|row| (SourceId(row[0]), SpaceId(row[1]), row[2].unsigned_abs()))
            .collect(),
        approvals: approvals.unsigned_abs(),
        oldest_approval: oldest.as_deref().map(time).transpose()?,
    })
}
