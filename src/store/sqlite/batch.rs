//! One batch: many commands, one transaction (engine.md: a batch). Rows go straight into the transaction, so that later
//! commands of the batch see what earlier ones did.

use bytes::Bytes;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::fault::{Fault, refused};
use super::state::Tx;
use super::{check, log, side, sql};
use crate::base::Timestamp;
use crate::domain::id::{JobId, OrgId, Sequence, TokenId};
use crate::store::command::{self, State, Write};
use crate::store::{Beat, Drift, Lane, NewLine, Outcome, StoreError, Submit};

/// Something to write.
#[derive(Debug)]
pub enum Task {
    /// A command.
    Execute(Box<Submit>),
    /// Heartbeats.
    Renew(Vec<Beat>),
    /// Lines of a job's log.
    AppendLog(OrgId, JobId, Vec<NewLine>),
    /// A blob: its hash, its size, compressed.
    PutBlob(OrgId, String, usize, Bytes),
    /// A token was used.
    TokenUsed(OrgId, TokenId, Timestamp),
    /// Every row anew from the log.
    Rebuild,
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
    /// Of a rebuild.
    Rebuilt(Drift),
    /// Of the rest.
    Done,
}

impl Task {
    /// Which queue it waits in.
    pub const fn lane(&self) -> Lane {
        match self {
            Task::Execute(command) => command.lane,
            Task::Renew(_) => Lane::Urgent,
            Task::AppendLog(..) | Task::PutBlob(..) | Task::TokenUsed(..) | Task::Rebuild => {
                Lane::Normal
            }
        }
    }
}

/// Where the answer goes.
pub type Reply = oneshot::Sender<Result<Answer, StoreError>>;

/// A task with its caller.
#[derive(Debug)]
pub struct Op {
    /// What to do.
    pub task: Task,
    /// Who waits.
    pub reply: Reply,
}

/// How much one transaction takes on (engine.md: a batch).
const MAX_OPS: usize = 512;
const MAX_EVENTS: usize = 2000;
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Why a batch was not written.
enum Failed {
    /// It could not begin or not commit: no operation in it is to blame.
    Whole(StoreError),
    /// The last operation that it took broke it.
    Statement(StoreError),
}

/// What a batch has taken on.
#[derive(Default)]
struct Size {
    events: usize,
    bytes: usize,
}

type Answers = Vec<Result<Answer, StoreError>>;

/// Writes `first` and what `next` gives, up to what a batch holds, in one transaction; tells the new head to `publish`,
/// then answers everybody.
pub fn run(
    db: &mut Connection,
    first: Op,
    next: &mut dyn FnMut() -> Option<Op>,
    publish: &dyn Fn(Sequence),
) {
    let mut ops = vec![first];
    match attempt(db, &mut ops, next) {
        Ok((answers, head)) => settle(ops, answers, head, publish),
        Err(Failed::Statement(error)) if ops.len() == 1 => {
            settle(ops, vec![Err(error)], None, publish);
        }
        Err(Failed::Statement(error)) => {
            tracing::warn!(%error, operations = ops.len(), "a batch failed; its operations run one by one");
            for op in ops {
                run(db, op, &mut || None, publish);
            }
        }
        Err(Failed::Whole(error)) => {
            let answers = ops.iter().map(|_| Err(again(&error))).collect();
            settle(ops, answers, None, publish);
        }
    }
}

fn settle(ops: Vec<Op>, answers: Answers, head: Option<Sequence>, publish: &dyn Fn(Sequence)) {
    if let Some(head) = head {
        publish(head);
    }
    for (op, answer) in ops.into_iter().zip(answers) {
        // A caller that went away has its receipt.
        let _ = op.reply.send(answer);
    }
}

/// The same error for everybody in the batch.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(why) => StoreError::Unavailable(why.clone()),
        StoreError::Unknown(why) => StoreError::Unknown(why.clone()),
        StoreError::Internal(why) => StoreError::Internal(why.clone()),
        StoreError::Refused(why) => StoreError::Refused(why.clone()),
    }
}

fn attempt(
    db: &mut Connection,
    ops: &mut Vec<Op>,
    next: &mut dyn FnMut() -> Option<Op>,
) -> Result<(Answers, Option<Sequence>), Failed> {
    let whole = |fault: Fault| Failed::Whole(fault.into());
    // Immediate: a transaction that begins by reading and then writes is refused without waiting.
    let tx = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|e| whole(e.into()))?;
    let mut state = Tx::new(&tx).map_err(whole)?;
    let from = state.head;
    let mut answers: Answers = Vec::with_capacity(ops.len());
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
    }
    if let Err(error) = tx.execute_batch("COMMIT") {
        return Err(Failed::Whole(if tx.is_autocommit() {
            StoreError::Unknown(error.to_string())
        } else {
            // The transaction stands and is rolled back as it is dropped.
            refused(&error)
        }));
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
        Task::PutBlob(org, sha256, length, zstd) => {
            size.bytes += zstd.len();
            side::put_blob(db, *org, sha256, *length, zstd)?;
            Answer::Done
        }
        Task::TokenUsed(org, token, at) => {
            side::token_used(db, *org, *token, *at)?;
            Answer::Done
        }
        Task::Rebuild => Answer::Rebuilt(check::rebuild(db)?),
    }))
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
    if let Some(receipt) = &write.receipt {
        log::keep(state.db, receipt)?;
    }
    state.head = write.head;
    Ok(())
}
