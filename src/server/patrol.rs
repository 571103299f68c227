//! Looks at remotes without being told: when a server begins, when a source is linked, and then every few minutes
//! (sources.md §8: lost webhooks). Several servers may run on one database: each look is taken by one of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::app::App;
use super::remote;
use crate::api::{OrgId, SourceId};
use crate::base::Timestamp;
use crate::domain::event::{Actor, Payload};
use crate::domain::row::{Key, LookRow, SourceRow, Table};
use crate::domain::source::{Found, LookAgain, ReportLook, TakeLook, target};
use crate::domain::view::{Decider, Find, Need, Test};
use crate::engine::Command;
use crate::store::{Accepted, Outcome, Scope, StoreError};

/// How many remotes are asked at once.
const AT_ONCE: usize = 4;
/// How many looks are taken up in one go.
const BATCH: u32 = 64;
/// How long a patrol sleeps at most: looks that other servers ask for are not announced.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// A server that begins spreads its first looks over so long.
const FIRST_ROUND: Duration = Duration::from_mins(1);
/// How many sources are asked for a look in one go when a server begins.
const PAGE: u32 = 500;

/// Looks at the remotes of one database.
pub struct Patrol {
    app: Arc<App>,
    every: Duration,
}

/// What `TakeLook` answers.
#[derive(Debug, Deserialize)]
struct Target {
    repo: String,
    branch: Option<String>,
    told: Option<String>,
}

impl Patrol {
    /// A patrol that looks at each remote about `every` so often; zero: only when a source is linked or turned on.
    pub const fn new(app: Arc<App>, every: Duration) -> Self {
        Self { app, every }
    }

    /// Looks until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.walk() => {}
        }
    }

    async fn walk(&self) {
        tokio::join!(self.ask_for_all(), self.keep_looking());
    }

    /// What moved while no server was there is found soon.
    async fn ask_for_all(&self) {
        if self.every.is_zero() {
            return;
        }
        while let Err(error) = self.begin().await {
            tracing::warn!(%error, "the first looks at remotes could not be asked for; trying again");
            tokio::time::sleep(LONGEST_SLEEP).await;
        }
    }

    async fn keep_looking(&self) {
        loop {
            let pause = match self.round().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "remotes could not be looked at; trying again");
                    LONGEST_SLEEP
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.app.look_soon.notified() => {}
            }
        }
    }

    /// Asks for a look at every remote that was not looked at lately: what moved while no server was there is found.
    async fn begin(&self) -> Result<(), StoreError> {
        let now = self.app.now();
        let mut after = 0;
        loop {
            let find = Find::all(Table::Sources)
                .test("integration_id", Test::NotNull)
                .test("id", Test::Above(after.into()))
                .oldest("id")
                .limit(PAGE);
            let (view, _) = self
                .app
                .store
                .read(Scope::Everyone, vec![Need::Find(find.clone())])
                .await?;
            let Ok(rows) = view.find::<SourceRow>(find) else {
                return Ok(());
            };
            let (count, last) = (rows.len(), rows.last().map(|row| row.id.0));
            for row in rows.into_iter().filter(|row| target(row).is_some()) {
                let again = LookAgain {
                    id: row.id,
                    at: self.within(now, FIRST_ROUND.min(self.every)),
                    unless_since: now.plus_millis(-millis(FIRST_ROUND.min(self.every))),
                };
                self.command(row.org_id, again).await?;
            }
            match last {
                Some(last) if count == PAGE as usize => after = last,
                _ => return Ok(()),
            }
        }
    }

    /// Looks at everything that is due; answers how long nothing more is known to come due.
    async fn round(&self) -> Result<Duration, StoreError> {
        loop {
            let now = self.app.now();
            let find = Find::all(Table::Looks)
                .test("due_at", Test::AtMost(now.to_string().into()))
                .oldest("due_at")
                .limit(BATCH);
            let next = Find::all(Table::Looks)
                .test("due_at", Test::Above(now.to_string().into()))
                .oldest("due_at")
                .limit(1);
            let needs = vec![Need::Find(find.clone()), Need::Find(next.clone())];
            let (view, _) = self.app.store.read(Scope::Everyone, needs).await?;
            let due: Vec<LookRow> = view
                .find::<LookRow>(find)
                .map(|rows| rows.into_iter().cloned().collect())
                .unwrap_or_default();
            if due.is_empty() {
                let next = view.find::<LookRow>(next).ok();
                let at = next.and_then(|rows| rows.first().and_then(|row| row.due_at));
                return Ok(at.map_or(LONGEST_SLEEP, |at| {
                    at.since(now)
                        .clamp(Duration::from_millis(10), LONGEST_SLEEP)
                }));
            }
            let looks = futures_util::stream::iter(due).map(|row| self.look(row));
            let mut done = looks.buffer_unordered(AT_ONCE);
            while let Some(looked) = done.next().await {
                looked?;
            }
        }
    }

    /// Takes a look, looks, and says what was found.
    async fn look(&self, row: LookRow) -> Result<(), StoreError> {
        let (org, id) = (row.org_id, row.source_id);
        let Some(due_at) = row.due_at else {
            return Ok(());
        };
        let taken = self.command(org, TakeLook { id, due_at }).await?;
        let target = taken.and_then(|it| serde_json::from_value::<Option<Target>>(it.reply).ok());
        let Some(Some(Target { repo, branch, told })) = target else {
            // Another server was quicker, or there is nothing to look at any more.
            return Ok(());
        };
        let found = self.find(org, id, &repo, branch.as_deref()).await?;
        tracing::debug!(source = %id, repo, ?found, "looked at a remote");
        let report = ReportLook {
            id,
            repo,
            branch,
            told,
            found,
            soon: Some(self.once_more()),
            later: self.next(1),
            much_later: self.next(6),
        };
        let reported = self.command(org, report).await?;
        for event in reported.iter().flat_map(|it| &it.events) {
            tell(id, row.looked_at, &event.payload);
        }
        Ok(())
    }

    async fn find(
        &self,
        org: OrgId,
        id: SourceId,
        repo: &str,
        branch: Option<&str>,
    ) -> Result<Found, StoreError> {
        let key = Key::Sources(id);
        let needs = vec![Need::Row(key.clone())];
        let (view, _) = self.app.store.read(Scope::Org(org), needs).await?;
        let source: Option<&SourceRow> = view.row(key).ok().flatten();
        let own = source.and_then(|source| source.integration_id);
        Ok(match remote::heads(&self.app, org, repo, own).await? {
            Ok(heads) => remote::found(repo, branch, &heads),
            Err(error) => Found {
                head: None,
                trouble: Some(remote::trouble(&error)),
            },
        })
    }

    /// Gives a command; what it did, unless the rules refuse it.
    async fn command(
        &self,
        org: OrgId,
        decider: impl Decider + 'static,
    ) -> Result<Option<Accepted>, StoreError> {
        let command = Command::by(Actor::system());
        match self.app.engine.dispatch(org, command, decider).await? {
            Outcome::Accepted(accepted) => Ok(Some(accepted)),
            other => {
                tracing::debug!(?other, "a look was refused");
                Ok(None)
            }
        }
    }

    /// When to look once more at what a webhook may still tell: a tenth of the usual time.
    fn once_more(&self) -> Timestamp {
        let soon = if self.every.is_zero() {
            FIRST_ROUND
        } else {
            self.every / 10
        };
        plus(self.app.now(), soon)
    }

    /// When to look again: half to one and a half times as long as usual, so that no host is asked for everything at once; or
    /// so many times that.
    fn next(&self, times: u32) -> Option<Timestamp> {
        let half = self.every / 2 * times;
        (!half.is_zero()).then(|| self.within(plus(self.app.now(), half), self.every * times))
    }

    /// Somewhere within `span` from a moment.
    fn within(&self, from: Timestamp, span: Duration) -> Timestamp {
        plus(from, span.mul_f64(self.app.random.unit()))
    }
}

/// Says in the server's own log what a look made known that nobody had told.
fn tell(id: SourceId, last_look: Option<Timestamp>, payload: &Payload) {
    let last_look = last_look.map_or_else(|| "never".to_owned(), |at| at.to_string());
    match payload {
        Payload::HeadObserved {
            sha, missed: true, ..
        } => {
            tracing::info!(source = %id, head = sha, last_look, "the remote moved and no webhook told of it");
        }
        Payload::RemoteChanged { detail, .. } => {
            tracing::info!(source = %id, detail, last_look, "the remote changed");
        }
        _ => {}
    }
}

fn plus(from: Timestamp, span: Duration) -> Timestamp {
    from.plus_millis(millis(span))
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
