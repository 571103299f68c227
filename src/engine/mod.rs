//! Dispatch: every change of shared state goes through here as a command with an actor and an id, and comes out as an
//! outcome. Knows the store's face and the domain; knows nothing of HTTP.

mod bootstrap;
mod keeper;
mod meter;
mod request;

pub use bootstrap::{BootstrapError, NewTokenText, bootstrap, new_token, parse_token};
pub use keeper::Keeper;
pub use meter::{Labels, Meter, seconds};
pub use request::{Command, request_hash};

use std::sync::Arc;

use uuid::Uuid;

use crate::base::{Clock, Random};
use crate::domain::id::OrgId;
use crate::domain::view::Decider;
use crate::store::{Lane, Outcome, Store, StoreError, Submit};

/// The engine: one a server.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    meter: Meter,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// An engine over `store`.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            store,
            clock,
            random,
            meter: Meter::default(),
        }
    }
    /// The store, for reading.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
    /// The randomness.
    pub fn random(&self) -> &Arc<dyn Random> {
        &self.random
    }

    /// What it counts.
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// A number in 0..1, for jitter.
    pub fn unit(&self) -> f64 {
        self.random.unit()
    }

    /// Gives a command to the store: decided, folded, written and durable when it answers.
    pub async fn dispatch(
        &self,
        org: OrgId,
        command: Command,
        decider: impl Decider + 'static,
    ) -> Result<Outcome, StoreError> {
        let timed = self.meter.begin(decider.kind(), command.dry_run);
        let keep_receipt = command.id.is_some();
        let command_id = command.id.unwrap_or_else(|| Uuid::now_v7().to_string());
        let outcome = self
            .store
            .execute(Submit {
                org,
                command_id,
                keep_receipt: keep_receipt && !command.dry_run,
                request_hash: command.request_hash,
                actor: command.actor,
                now: self.clock.now(),
                lane: if command.urgent {
                    Lane::Urgent
                } else {
                    Lane::Normal
                },
                dry_run: command.dry_run,
                causation_event_id: command.causation_event_id,
                correlation_id: command.correlation_id,
                blobs: command.blobs,
                decider: Box::new(decider),
            })
            .await;
        timed.end(&outcome);
        outcome
    }
}
