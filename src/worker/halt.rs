//! What stops a run before its end.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// Why a run was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The worker shuts down: the job is handed back.
    Shutdown,
    /// An operator cancelled the job.
    Cancelled,
    /// The lease is lost: somebody else may be at it already.
    Fenced(String),
}

/// Stops one run, once, for one reason. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Halt {
    token: CancellationToken,
    why: Arc<OnceLock<Why>>,
}

impl Halt {
    /// Stops the run; the first reason stays.
    pub fn stop(&self, why: Why) {
        // The loser of a race to stop a run has nothing to add.
        let _ = self.why.set(why);
        self.token.cancel();
    }

    /// Why it was stopped, as soon as it is.
    pub async fn stopped(&self) -> Why {
        self.token.cancelled().await;
        self.why
            .get()
            .cloned()
            .expect("the reason is set before the token is cancelled")
    }
}
