//! Requests under way, by number.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::asks::{Server, answer};
use crate::console::effect::Ask;
use crate::console::model::{Outage, ReqId};
use crate::console::msg::{Failure, FailureKind, Msg};

/// Requests under way.
pub struct Jobs {
    server: Arc<Server>,
    out: mpsc::Sender<Msg>,
    running: HashMap<ReqId, AbortHandle>,
    /// The operator asked to suspend; done between two messages.
    pub suspend_asked: bool,
}

impl Jobs {
    /// None yet.
    pub fn new(server: Server, out: mpsc::Sender<Msg>) -> Self {
        Self {
            server: Arc::new(server),
            out,
            running: HashMap::new(),
            suspend_asked: false,
        }
    }

    /// The server that they are sent to.
    pub fn server(&self) -> Arc<Server> {
        Arc::clone(&self.server)
    }

    /// Sends one.
    pub fn ask(&mut self, request: ReqId, ask: Ask) {
        let server = self.server();
        let out = self.out.clone();
        let work = tokio::spawn(async move { answer(&server, ask).await });
        self.running.insert(request, work.abort_handle());
        tokio::spawn(async move {
            let result = match work.await {
                Ok(result) => result,
                Err(stopped) if stopped.is_cancelled() => return,
                Err(panicked) => {
                    tracing::error!(%panicked, "a request ended in a panic");
                    Err(Failure {
                        kind: FailureKind::Outage(Outage::Broken),
                        text: tr!("a fault of the console; the log has more").into(),
                        unsure: true,
                    })
                }
            };
            // Nobody listens any more: the console ends.
            let _ = out.send(Msg::Reply(request, result)).await;
        });
    }

    /// Nobody waits for it any more.
    pub fn cancel(&mut self, request: ReqId) {
        if let Some(work) = self.running.remove(&request) {
            work.abort();
        }
    }

    /// Nobody waits for any of them any more.
    pub fn stop(&mut self) {
        for (_, work) in self.running.drain() {
            work.abort();
        }
    }

    /// It is answered.
    pub fn done(&mut self, request: ReqId) {
        self.running.remove(&request);
    }

    /// Whether any is under way.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }
}
