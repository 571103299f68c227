//! One batch: many commands, one transaction (engine.md: a batch). Rows go straight into the transaction, so that later
//! commands of the batch see what earlier ones did.

use rusqlite::{Connection, TransactionBehavior};

use super::fault::{Fault, refused};
use super::retain::{self, Old};
use super::state::Tx;
use super::{archive, check, log, side, sql};
use crate::base::Timestamp;
use crate::domain::id::{JobId, OrgId, TokenId};
use crate::store::command::{self, State, Write};
use crate::store::queue::{Answers, Failed, MAX_BYTES, MAX_EVENTS, MAX_OPS, Op, Written};
use crate::store::refold::Findings;
use crate::store::{Beat, Lane, NewBlob, NewLine, Outcome, StoreError, Submit};

/// Something to write.
#[derive(Debug)]
pub enum Task {
    /// A command.
    Execute(Box<Submit>),
    /// Heartbeats.
    Renew(Vec<Beat>),
    /// Lines of a job's log.
    AppendLog(OrgId, JobId, Vec<NewLine>),
    /// A blob.
    PutBlob(OrgId, NewBlob),
    /// A token was used.
    TokenUsed(OrgId, TokenId, Timestamp),
    /// What has aged goes.
    Remove(Old),
    /// What a rebuild found is put right.
    Repair(Box<Findings>),
}

/// What came of it.
#[derive(Debug)]
pub enum Answer {
    /// Of a command.
    Outcome(Box<Outcome>),
    /// Of heartbeats.
    Renewed(Vec<bool>),
    /// Of log lines.
    LastLine(i64),
    /// How many went.
    Removed(usize),
    /// Of the rest.
    Done,
}

impl Task {
    /// Which queue it waits in.
    pub const fn lane(&self) -> Lane {
        match self {
            Task::Execute(command) => command.lane,
            Task::Renew(_) => Lane::Urgent,
            Task::AppendLog(..)
            | Task::PutBlob(..)
            | Task::TokenUsed(..)
            | Task::Remove(_)
            | Task::Repair(_) => Lane::Normal,
        }
    }
}

/// What a batch has taken on.
#[derive(Default)]
struct Size {
    events: usize,
    bytes: usize,
}

/// Why a transaction was not committed.
enum Broken {
    /// As every batch breaks.
    Failed(Failed),
    /// A projector does not stand at the head of the log.
    Behind(StoreError),
}

impl From<Failed> for Broken {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

/// Writes `ops`, and what `next` gives up to what a batch holds, in one transaction.
pub fn attempt(
    db: &mut Connection,
    ops: &mut Vec<Op<Task, Answer>>,
    next: &mut dyn FnMut() -> Option<Op<Task, Answer>>,
) -> Result<Written<Answer>, Failed> {
    match transact(db, ops, next) {
        Ok(written) => return Ok(written),
        Err(Broken::Failed(failed)) => return Err(failed),
        Err(Broken::Behind(error)) => {
            // What it missed comes first; an event is never jumped over (orchestration.md: projectors).
            tracing::error!(%error, "rows are folded anew before anything is appended");
            check::adopt(db).map_err(|fault| Failed::Whole(fault.into()))?;
        }
    }
    transact(db, ops, &mut || None).map_err(|broken| match broken {
        Broken::Failed(failed) => failed,
        Broken::Behind(error) => Failed::Whole(error),
    })
}

fn transact(
    db: &mut Connection,
    ops: &mut Vec<Op<Task, Answer>>,
    next: &mut dyn FnMut() -> Option<Op<Task, Answer>>,
) -> Result<Written<Answer>, Broken> {
    let whole = |fault: Fault| Failed::Whole(fault.into());
    // Immediate: a transaction that begins by reading and then writes is refused without waiting.
    let tx = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|e| whole(e.into()))?;
    let mut state = Tx::new(&tx).map_err(whole)?;
    let from = state.head;
    let mut answers: Answers<Answer> = Vec::with_capacity(ops.len());
    let mut size = Size::default();
    while answers.len() < MAX_OPS && size.events < MAX_EVENTS && size.bytes < MAX_BYTES {
        if answers.len() == ops.len() {
            let Some(op) = next() else { break };
            ops.push(op);
        }
        let answer = perform(&mut state, &ops[answers.len()].task, &mut size)
            .map_err(|fault| Failed::Statement(fault.into()))?;
        answers.push(answer);
    }
    let to = state.head;
    if to != from {
        log::advance(&tx, from, to).map_err(whole)?;
        log::advance_projectors(&tx, from, to).map_err(|fault| Broken::Behind(fault.into()))?;
    }
    if let Err(error) = tx.execute_batch("COMMIT") {
        return Err(Broken::Failed(Failed::Whole(if tx.is_autocommit() {
            StoreError::Unknown(error.to_string())
        } else {
            // The transaction stands and is rolled back as it is dropped.
            refused(&error)
        })));
    }
    Ok((answers, (to != from).then_some(to.sequence)))
}

/// Does one operation. The outer error breaks the batch; the inner one is the operation's own and leaves no trace.
fn perform(
    state: &mut Tx<'_>,
    task: &Task,
    size: &mut Size,
) -> Result<Result<Answer, StoreError>, Fault> {
    let db = state.db;
    Ok(Ok(match task {
        Task::Execute(command) => match command::run(state, command) {
            Ok((outcome, write)) => {
                if let Some(write) = write {
                    if !write.events.is_empty() {
                        for blob in &command.blobs {
                            put_blob(state, command.org, blob, size)?;
                        }
                    }
                    apply(state, command.org, write, size)?;
                }
                Answer::Outcome(Box::new(outcome))
            }
            // Nothing was written for it yet; but some errors end SQLite's transaction, and the batch with it.
            Err(error) if db.is_autocommit() => return Err(Fault::Own(error)),
            Err(error) => return Ok(Err(error)),
        },
        Task::Renew(beats) => Answer::Renewed(side::renew(db, beats)?),
        Task::AppendLog(org, job, lines) => {
            Answer::LastLine(side::append_log(db, *org, *job, lines)?)
        }
        Task::PutBlob(org, blob) => {
            put_blob(state, *org, blob, size)?;
            Answer::Done
        }
        Task::TokenUsed(org, token, at) => {
            side::token_used(db, *org, *token, *at)?;
            Answer::Done
        }
        Task::Remove(old) => Answer::Removed(retain::remove(db, old)?),
        Task::Repair(found) => {
            check::repair(db, found)?;
            state.quarantine = None;
            state.counters.clear();
            Answer::Done
        }
    }))
}

fn put_blob(state: &Tx<'_>, org: OrgId, blob: &NewBlob, size: &mut Size) -> Result<(), Fault> {
    size.bytes += blob.zstd.len();
    side::put_blob(state.db, org, blob)
}

fn apply(state: &mut Tx<'_>, org: OrgId, write: Write, size: &mut Size) -> Result<(), Fault> {
    for event in &write.events {
        size.bytes += log::append(state.db, event)?;
    }
    size.events += write.events.len();
    for (key, row) in &write.rows {
        match row {
            Some(row) => sql::put(state.db, row)?,
            None => sql::delete(state.db, org, key)?,
        }
    }
    for (kind, last) in write.counters {
        if state.counter(kind)? < last {
            log::set_counter(state.db, kind, last)?;
            state.counters.insert(kind, last);
        }
    }
    for checkpoint in &write.checkpoints {
        archive::keep_checkpoint(state.db, checkpoint)?;
    }
    archive::refer(state.db, org, &write.blobs)?;
    if let Some(receipt) = &write.receipt {
        log::keep(state.db, receipt)?;
    }
    state.head = write.head;
    Ok(())
}
