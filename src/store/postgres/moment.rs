//! Reading of one moment, over a connection of the pool (engine.md: PostgreSQL).

use deadpool_postgres::{Object, Pool};
use futures_util::FutureExt;
use futures_util::future::join;
use tokio_postgres::Row as PgRow;

use super::fault::Fault;
use super::look::MOMENT;
use super::sql::{Arg, params, places};
use super::{args, lend, log, of_key, sql};
use crate::domain::view::{Known, Need};
use crate::store::command::Head;
use crate::store::sql::{Dialect, query};
use crate::store::{Scope, StoreError};

/// A transaction that only reads, and sees everything as it was when it began. It ends when it is dropped; nobody waits for
/// that, because the connection does one thing after the other.
#[derive(Debug)]
pub struct Moment {
    client: Object,
}

impl Moment {
    /// Begins one, and finds the head of the log in it: both in one round trip.
    pub async fn begin(pool: &Pool) -> Result<(Self, Head), StoreError> {
        let client = lend(pool).await?;
        let head = client
            .prepare_cached(log::HEAD)
            .await
            .map_err(Fault::from)?;
        // From here on whatever was begun is ended, also where this is given up half-way.
        let moment = Self { client };
        let (began, found) = join(
            moment.client.batch_execute(MOMENT),
            moment.client.query(&head, &[]),
        )
        .await;
        began.map_err(Fault::from)?;
        let head = log::head(&found.map_err(Fault::from)?)?;
        Ok((moment, head))
    }

    /// Asks one thing. Several asked at once take one round trip.
    pub async fn rows(&self, text: &str, args: &[Arg]) -> Result<Vec<PgRow>, Fault> {
        let statement = self.client.prepare_cached(&places(text)).await?;
        Ok(self.client.query(&statement, &params(args)).await?)
    }

    /// What a view needs.
    pub async fn answer(&self, scope: Scope, need: &Need) -> Result<Known, Fault> {
        Ok(match need {
            Need::Row(key) => {
                let (text, args) = of_key(scope, key);
                let found = self.rows(text, &args).await?;
                Known::Row(
                    found
                        .first()
                        .map(|r| sql::row(key.table(), r))
                        .transpose()?,
                )
            }
            Need::Find(find) => {
                let (text, params) = query(Dialect::Postgres, scope, find)?;
                let found = self.rows(&text, &args(params)).await?;
                Known::Rows(sql::found(find.table, &found)?)
            }
            Need::NextId(kind, n) => {
                let found = self
                    .rows(
                        "SELECT last FROM id_counters WHERE kind = ?1",
                        &[kind.as_str().into()],
                    )
                    .await?;
                let last: i64 = match found.first() {
                    Some(row) => row.try_get(0)?,
                    None => 0,
                };
                Known::Id(last + 1 + i64::from(*n))
            }
        })
    }
}

impl Drop for Moment {
    fn drop(&mut self) {
        // Sent with the first poll; a connection that is gone has nothing to end.
        let _ = self.client.batch_execute("ROLLBACK").now_or_never();
    }
}
