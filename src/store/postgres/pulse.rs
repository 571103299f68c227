//! What came and what ran in a window of time, counted.

use tokio_postgres::types::FromSqlOwned;

use super::fault::Fault;
use super::moment::Moment;
use super::sql::Arg;
use crate::domain::id::{OrgId, SourceId, SpaceId};
use crate::domain::kind::UnknownWord;
use crate::store::log::time;
use crate::store::pulse::{APPROVALS, FAILED_RUNS, FAILED_SPACES, deliveries, runs};
use crate::store::sql::Dialect;
use crate::store::{Pulse, StoreError, Window};

/// Counts.
pub async fn pulse(moment: &Moment, org: OrgId, window: Window) -> Result<Pulse, Fault> {
    let (since, until) = (window.since.to_string(), window.until().to_string());
    let slices: [Arg; 5] = [
        org.0.into(),
        window.since_seconds().into(),
        window.slice.into(),
        since.clone().into(),
        until.clone().into(),
    ];
    let whole: [Arg; 3] = [org.0.into(), since.into(), until.into()];
    let deliveries = moment.rows(&deliveries(Dialect::Postgres), &slices).await?;
    let runs = moment.rows(&runs(Dialect::Postgres), &slices).await?;
    let failed_runs = moment.rows(FAILED_RUNS, &whole).await?;
    let failed_spaces = moment.rows(FAILED_SPACES, &whole).await?;
    let approvals = moment.rows(APPROVALS, &whole[..1]).await?;
    let (approvals, oldest) = match approvals.first() {
        Some(row) => (count(row, 0)?, get::<Option<String>>(row, 1)?),
        None => (0, None),
    };
    Ok(Pulse {
        deliveries: by_slice(&deliveries)?,
        runs: by_slice(&runs)?,
        failed_runs: failed_runs
            .iter()
            .map(|row| Ok((SourceId(get(row, 0)?), count(row, 1)?)))
            .collect::<Result<_, Fault>>()?,
        failed_spaces: failed_spaces
            .iter()
            .map(|row| {
                Ok((
                    SourceId(get(row, 0)?),
                    SpaceId(get(row, 1)?),
                    count(row, 2)?,
                ))
            })
            .collect::<Result<_, Fault>>()?,
        approvals,
        oldest_approval: oldest.as_deref().map(time).transpose()?,
    })
}

fn get<T: FromSqlOwned>(row: &tokio_postgres::Row, column: usize) -> Result<T, Fault> {
    Ok(row.try_get(column)?)
}

fn count(row: &tokio_postgres::Row, column: usize) -> Result<u64, Fault> {
    Ok(get::<i64>(row, column)?.unsigned_abs())
}

fn by_slice<W: std::str::FromStr<Err = UnknownWord>>(
    found: &[tokio_postgres::Row],
) -> Result<Vec<(u32, W, u64)>, Fault> {
    let odd = |why: String| Fault::from(StoreError::Internal(why));
    found
        .iter()
        .map(|row| {
            let slice = u32::try_from(get::<i64>(row, 0)?).map_err(|e| odd(e.to_string()))?;
            let word = get::<String>(row, 1)?.parse();
            Ok((
                slice,
                word.map_err(|e: UnknownWord| odd(e.to_string()))?,
                count(row, 2)?,
            ))
        })
        .collect()
}
