//! What apalis' two storages have in common here: the handler, and workers that can be stopped.

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{Data, WorkerContext};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::queue::{Noop, Probe};

pub const VERSION: &str = "1.0.0";
pub const QUEUE: &str = "noop";
/// The fallback of the wake-up by update hook or NOTIFY. It plays no part while there are jobs.
pub const POLL: Duration = Duration::from_millis(5);

pub async fn noop(_: Noop, probe: Data<Arc<Probe>>) {
    probe.ran();
}

/// Workers that run, each with what stops it.
#[derive(Default)]
pub struct Workers(Vec<(WorkerContext, JoinHandle<()>)>);

impl Workers {
    pub fn add(&mut self, context: WorkerContext, running: JoinHandle<()>) {
        self.0.push((context, running));
    }

    pub async fn stop(self) {
        for (context, _) in &self.0 {
            // One that never came to start is ended below.
            drop(context.stop());
        }
        for (_, mut running) in self.0 {
            if timeout(Duration::from_secs(5), &mut running).await.is_err() {
                running.abort();
            }
        }
    }
}
