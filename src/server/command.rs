//! From a request to a command and back: receipts, dry runs, and the headers of an accepted mutation.

use axum::http::StatusCode;
use axum::http::header::IF_MATCH;
use serde_json::Value;

use super::context::Context;
use super::fault::Fault;
use super::reply::{Answer, undo_on_the_wire};
use super::wire::Wire;
use crate::api::{Code, Consequence, DryRun, Role, Sequence, Severity};
use crate::base::sha256_hex;
use crate::domain::row::{Row, Table};
use crate::domain::view::{self, Decider, TABLE_MARK};
use crate::engine::{Command, request_hash};
use crate::store::{Outcome, StoredOutcome};

/// What came of an accepted command.
#[derive(Debug)]
pub struct Done {
    /// Its reply: a row's columns, or a value.
    pub reply: Value,
    /// The row before; `null` where the reply is no row.
    pub before: Value,
    /// From here on its effect is visible; the present head for a dry run.
    pub sequence: Sequence,
    /// Whether this answer was given before.
    pub replayed: bool,
    undo: Option<view::Undo>,
    undo_note: String,
    consequences: Vec<view::Consequence>,
}

impl Context {
    /// Submits a command in the name of the caller.
    pub async fn submit(
        &self,
        body: &[u8],
        decider: impl Decider + 'static,
    ) -> Result<Done, Fault> {
        let id = self.idempotency_key()?.map(|key| format!("client:{key}"));
        self.submit_as(id, body, decider).await
    }

    /// Submits a command under an id of its own, such as a changeset's.
    pub async fn submit_as(
        &self,
        id: Option<String>,
        body: &[u8],
        decider: impl Decider + 'static,
    ) -> Result<Done, Fault> {
        self.settled(self.dispatch_as(id, body, decider).await?)
            .await
    }

    /// Submits a command that answers an event, in the name of the caller.
    pub async fn submit_caused(
        &self,
        event_id: &str,
        body: &[u8],
        decider: impl Decider + 'static,
    ) -> Result<Done, Fault> {
        let id = self.idempotency_key()?.map(|key| format!("client:{key}"));
        let command = self.command(id, body)?.caused_by(event_id);
        self.settled(self.dispatch(command, decider).await?).await
    }

    async fn settled(&self, outcome: Outcome) -> Result<Done, Fault> {
        let shown = shown(&outcome);
        let mut settled = settle(outcome);
        if let (Err(fault), Some(row)) = (&mut settled, shown) {
            // What a refusal shows is the resource that a read would give (design.md §5: errors).
            fault.0.current = Some(Wire::of(self).row(row).await?.0);
        }
        settled
    }

    /// Gives a command to the engine in the name of the caller; for who tells its outcomes apart.
    pub async fn dispatch_as(
        &self,
        id: Option<String>,
        body: &[u8],
        decider: impl Decider + 'static,
    ) -> Result<Outcome, Fault> {
        self.dispatch(self.command(id, body)?, decider).await
    }

    fn command(&self, id: Option<String>, body: &[u8]) -> Result<Command, Fault> {
        let mut command = Command::by(self.caller.actor()).dry_run(self.dry_run()?);
        if self.caller.role == Role::Runner {
            command = command.urgent();
        }
        if let Some(id) = id {
            command = command.with_id(id, self.hash_of(body));
        }
        Ok(command)
    }

    async fn dispatch(
        &self,
        command: Command,
        decider: impl Decider + 'static,
    ) -> Result<Outcome, Fault> {
        Ok(self
            .app
            .engine
            .dispatch(self.caller.org.id, command, decider)
            .await?)
    }

    fn hash_of(&self, body: &[u8]) -> String {
        let value = serde_json::from_slice(body).unwrap_or_else(|_| Value::from(sha256_hex(body)));
        request_hash(
            self.method.as_str(),
            &self.path,
            &value,
            self.header(IF_MATCH.as_str()),
        )
    }

    /// Answers a mutation whose reply is a row of `table`, or what it would do.
    pub async fn answer_row(
        &self,
        done: Done,
        table: Table,
        status: StatusCode,
    ) -> Result<Answer, Fault> {
        let wire = Wire::of(self);
        if self.dry_run()? {
            let after = match Row::from_value(table, done.reply.clone()) {
                Ok(row) => wire.row(row).await?.0,
                Err(_) => Value::Null,
            };
            let before = match Row::from_value(table, done.before.clone()) {
                Ok(row) => wire.row(row).await?.0,
                Err(_) => Value::Null,
            };
            return Ok(done.dry(before, after));
        }
        if done.reply.is_null() {
            return Ok(done.heads(Answer::empty()));
        }
        let row = Row::from_value(table, done.reply.clone()).map_err(|error| {
            tracing::error!(%error, "a reply is no row of its table");
            Fault::internal()
        })?;
        let (value, version) = wire.row(row).await?;
        let answer = Answer::json(status, &value);
        let answer = match version {
            Some(version) => answer.version(version),
            None => answer,
        };
        Ok(done.heads(answer))
    }

    /// Answers a mutation that leaves nothing to show, or what it would do.
    pub async fn answer_gone(&self, done: Done, table: Table) -> Result<Answer, Fault> {
        if self.dry_run()? {
            let before = match Row::from_value(table, done.before.clone()) {
                Ok(row) => Wire::of(self).row(row).await?.0,
                Err(_) => Value::Null,
            };
            return Ok(done.dry(before, Value::Null));
        }
        Ok(done.heads(Answer::empty()))
    }
}

/// The row that a refusal shows, where it shows one.
fn shown(outcome: &Outcome) -> Option<Row> {
    let (Outcome::Rejected(rejection)
    | Outcome::Replayed {
        stored: StoredOutcome::Rejected(rejection),
    }) = outcome
    else {
        return None;
    };
    let mut columns = rejection.current.clone()?;
    let mark = columns.as_object_mut()?.remove(TABLE_MARK)?;
    let table = Table::ALL
        .iter()
        .find(|table| mark.as_str() == Some(table.name()))?;
    Row::from_value(*table, columns).ok()
}

/// Tells an accepted command from a refused one.
pub fn settle(outcome: Outcome) -> Result<Done, Fault> {
    match outcome {
        Outcome::Accepted(accepted) => Ok(Done {
            reply: accepted.reply,
            before: accepted.before,
            sequence: accepted.sequence,
            replayed: false,
            undo: accepted.undo,
            undo_note: accepted.undo_note,
            consequences: accepted.consequences,
        }),
        Outcome::Replayed {
            stored: StoredOutcome::Accepted { sequence, reply },
        } => Ok(Done {
            reply,
            before: Value::Null,
            sequence,
            replayed: true,
            undo: None,
            undo_note: String::new(),
            consequences: Vec::new(),
        }),
        Outcome::Rejected(rejection)
        | Outcome::Replayed {
            stored: StoredOutcome::Rejected(rejection),
        } => Err(rejection.into()),
        Outcome::IdReused => Err(Fault::new(
            Code::IdReused,
            "This Idempotency-Key came before with another request. Use a new key for a new request.",
        )),
    }
}

impl Done {
    /// Adds what every mutation's answer says.
    pub fn heads(&self, answer: Answer) -> Answer {
        let undo = self.undo.as_ref().map(undo_on_the_wire);
        let answer = answer.sequence(self.sequence).undo(undo.as_ref());
        if self.replayed {
            answer.replayed()
        } else {
            answer
        }
    }

    /// The answer of a dry run.
    pub fn dry(self, before: Value, after: Value) -> Answer {
        Answer::ok(&DryRun {
            before,
            after,
            consequences: self
                .consequences
                .into_iter()
                .map(|consequence| Consequence {
                    severity: match consequence.kind {
                        "conflict-created" | "cursor" | "source" => Severity::Warning,
                        _ => Severity::Info,
                    },
                    kind: consequence.kind.to_owned(),
                    text: consequence.text,
                })
                .collect(),
            undo: self.undo.as_ref().map(undo_on_the_wire),
            undo_note: self.undo_note,
        })
    }
}
