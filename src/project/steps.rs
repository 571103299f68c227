//! Changes on the server that belong to one command: each remembers how it is taken back, for when a later step fails.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ProjectError;
use crate::api::{Call, Undo};
use crate::client::{CallOptions, Client, ClientError};

/// What was done so far.
pub(super) struct Steps<'a> {
    client: &'a Client,
    done: Vec<Done>,
}

struct Done {
    /// What remains where it cannot be taken back, such as `source web (id 7)`.
    what: String,
    undo: Option<Undo>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            done: Vec::new(),
        }
    }

    pub(super) fn client(&self) -> &'a Client {
        self.client
    }

    /// Makes one change, called `what` in case it remains.
    pub(super) async fn take<T: DeserializeOwned>(
        &mut self,
        what: impl Into<String>,
        method: &str,
        path: String,
        body: Value,
    ) -> Result<T, ClientError> {
        let call = Call {
            method: method.to_owned(),
            path: path.clone(),
            body,
            if_match: None,
        };
        let what = what.into();
        match self.client.call(&call, &CallOptions::once()).await {
            Ok(reply) => {
                self.done.push(Done {
                    what,
                    undo: reply.undo,
                });
                serde_json::from_value(reply.body).map_err(|error| ClientError::Protocol {
                    address: self.client.address().to_owned(),
                    reason: format!("{method} {path}: {error}"),
                })
            }
            Err(error) => {
                if error.outcome_unknown() {
                    self.done.push(Done {
                        what: format!("perhaps {what}"),
                        undo: None,
                    });
                }
                Err(error)
            }
        }
    }

    /// Takes everything back, the last first, and says what went wrong and what remains.
    pub(super) async fn fail(self, error: impl Into<ProjectError>) -> ProjectError {
        let error = error.into();
        let mut left = Vec::new();
        for (n, done) in self.done.into_iter().rev().enumerate() {
            let mut gone = done.undo.is_some();
            for call in done.undo.iter().flat_map(|undo| &undo.calls) {
                // Taking the last step back made the versions that the steps before it expect old.
                let call = &Call {
                    if_match: call.if_match.clone().filter(|_| n == 0),
                    ..call.clone()
                };
                gone &= self.client.call(call, &CallOptions::once()).await.is_ok();
            }
            if !gone {
                left.push(done.what);
            }
        }
        if left.is_empty() {
            return error;
        }
        left.reverse();
        ProjectError::Partly {
            error: Box::new(error),
            left,
        }
    }
}
