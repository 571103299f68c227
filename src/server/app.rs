//! The server's own state: ports, keys, budgets. Nothing here that the database does not have, but what may be lost:
//! any server may die at any instruction (design.md §7).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::activity::Activity;
use super::auth::Minted;
use super::fault::Fault;
use super::metrics::Metrics;
use super::seal::Sealer;
use super::webhook::{Budget, Refusals};
use crate::api::{Code, Org, OrgId};
use crate::base::{Random, Timestamp};
use crate::domain::row::{Key, Row};
use crate::engine::Engine;
use crate::git::Git;
use crate::store::Store;

/// What every request has at hand.
pub struct App {
    /// Dispatch.
    pub engine: Engine,
    /// The log and its rows, for reading.
    pub store: Arc<dyn Store>,
    /// Tokens, secrets, nonces.
    pub random: Arc<dyn Random>,
    /// Opens and seals secrets.
    pub sealer: Sealer,
    /// Asks remotes.
    pub git: Git,
    /// Whether this is the embedded server of this machine.
    pub embedded: bool,
    /// Whether runners may claim jobs; else jobs are queued, and wait.
    pub jobs: bool,
    /// Where the server is reached from outside, once that is known.
    pub public_url: OnceLock<String>,
    /// Set when it shuts down: long polls and feeds end.
    pub stop: CancellationToken,
    /// Told when a remote may have to be looked at before its time.
    pub look_soon: Notify,
    pub(super) minted: Minted,
    pub(super) activity: Activity,
    pub(super) metrics: Metrics,
    pub(super) feed: super::feed::Pages,
    pub(super) budget: Budget,
    pub(super) refusals: Refusals,
    pub(super) watches: super::wire::watches::WatchCache,
    pub(super) conflicts: super::conflicts::ConflictCache,
    orgs: Mutex<HashMap<OrgId, Org>>,
    rebuilt: Mutex<CancellationToken>,
    /// Held by whoever has the whole log folded.
    pub(super) folding: Arc<Semaphore>,
}

impl App {
    /// A server's state over its ports.
    pub fn new(engine: Engine, sealer: Sealer, git: Git, embedded: bool, jobs: bool) -> Self {
        Self {
            store: Arc::clone(engine.store()),
            random: Arc::clone(engine.random()),
            metrics: Metrics::new(engine.meter()),
            feed: super::feed::Pages::default(),
            engine,
            sealer,
            git,
            embedded,
            jobs,
            public_url: OnceLock::new(),
            stop: CancellationToken::new(),
            look_soon: Notify::new(),
            minted: Minted::default(),
            activity: Activity::default(),
            budget: Budget::default(),
            refusals: Refusals::default(),
            watches: super::wire::watches::WatchCache::default(),
            conflicts: super::conflicts::ConflictCache::default(),
            orgs: Mutex::new(HashMap::new()),
            rebuilt: Mutex::default(),
            folding: Arc::new(Semaphore::new(1)),
        }
    }

    /// Over once rows are written anew beside the log, on this server.
    pub fn rebuilt(&self) -> CancellationToken {
        self.rebuilt
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Rows were written anew without an event: nothing that was made of them before may be shown any more.
    pub fn forget(&self) {
        self.watches.clear();
        self.conflicts.clear();
        self.feed.clear();
        let mut rebuilt = self.rebuilt.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *rebuilt).cancel();
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.engine.clock().now()
    }

    /// An org; what it is called never changes, so it is asked for once.
    pub async fn org(&self, id: OrgId) -> Result<Org, Fault> {
        let known = self
            .orgs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned();
        if let Some(org) = known {
            return Ok(org);
        }
        let Some(Row::Orgs(row)) = self.store.locate(Key::Orgs(id)).await? else {
            return Err(Fault::new(
                Code::Unauthenticated,
                "The org of this token does not exist any more.",
            ));
        };
        let org = Org { id, slug: row.slug };
        self.orgs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, org.clone());
        Ok(org)
    }
}
