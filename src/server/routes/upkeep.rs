//! Looking after the log: whether the rows are what it says, and writing them anew (engine.md: one fold).

use std::sync::Arc;

use axum::http::Method;

use crate::api::{Code, LogCheck, OrgId, Role};
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::reply::Answer;
use crate::store::{Drift, StoreError};

const ADMIN: Access = Access::Role(Role::Admin);
/// The org that was made with the database: its admins are those of the server.
const FIRST: OrgId = OrgId(1);

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/events/verify",
            ADMIN,
            "Compares every row of the database with a fold of its log; takes as long as that takes.",
            |c| Box::pin(verify(c)),
        )
        .gives::<LogCheck>(200),
        Endpoint::new(
            Method::POST,
            "/events/rebuild",
            ADMIN,
            "Writes every row anew that differs from the log, while reading goes on; says what differed.",
            |c| Box::pin(rebuild(c)),
        )
        .gives::<LogCheck>(200),
    ]
}

/// It is about the rows of every org, so the admins of one that was added later may not ask.
fn may(c: &Context) -> Result<(), Fault> {
    if c.caller.org.id == FIRST {
        return Ok(());
    }
    Err(Fault::new(
        Code::Forbidden,
        "This is about the whole database: it takes an admin of the server's first org, or `jolli events verify --database` where it stands.",
    ))
}

async fn verify(c: Context) -> Result<Answer, Fault> {
    may(&c)?;
    let store = Arc::clone(&c.app.store);
    let drift = alone(&c, async move { store.verify().await }).await?;
    Ok(Answer::ok(&told(drift)))
}

async fn rebuild(c: Context) -> Result<Answer, Fault> {
    may(&c)?;
    let (dry, app) = (c.dry_run()?, Arc::clone(&c.app));
    let drift = alone(&c, async move {
        if dry {
            return app.store.verify().await;
        }
        let drift = app.store.rebuild().await?;
        if !drift.differences.is_empty() {
            app.forget();
        }
        Ok(drift)
    })
    .await?;
    Ok(Answer::ok(&told(drift)))
}

/// Does what folds the whole log, one at a time: it goes on to its end also when nobody waits for it any more.
async fn alone(
    c: &Context,
    work: impl Future<Output = Result<Drift, StoreError>> + Send + 'static,
) -> Result<Drift, Fault> {
    let turn = Arc::clone(&c.app.folding)
        .try_acquire_owned()
        .map_err(|_| {
            Fault::new(
                Code::Overloaded,
                "The log is being checked for somebody else; ask again when that is done.",
            )
        })?;
    let done = tokio::spawn(async move {
        let _turn = turn;
        work.await
    });
    let drift = done.await.map_err(|error| {
        tracing::error!(%error, "a check of the log ended badly");
        Fault::internal()
    })?;
    Ok(drift?)
}

fn told(drift: Drift) -> LogCheck {
    LogCheck {
        events: drift.events,
        rows: drift.rows,
        differences: drift.differences,
    }
}
