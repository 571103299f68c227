//! One batch: many commands, one transaction (engine.md: a batch). Rows are written per table at the end; until then later
//! commands of the batch see in memory what earlier ones did.

use std::collections::{BTreeMap, VecDeque};

use super::fault::{Fault, is_fatal};
use super::session::{Asked, Session};
use super::state::{Known, Missing, Probe, Tx};
use super::{archive, check, log};
use crate::domain::event::Event;
use crate::domain::id::OrgId;
use crate::store::archive::Checkpoint;
use crate::store::command::{self, Head, Receipt, State, Write};
use crate::store::projector::{self, PROJECTORS};
use crate::store::queue::{Answers, Failed, MAX_BYTES, MAX_EVENTS, MAX_OPS, Op, Queue, Written};
use crate::store::refold::Findings;
use crate::store::{Lane, NewBlob, Outcome, StoreError, Submit};

/// Something to write at the head of the log.
#[derive(Debug)]
pub enum Task {
    /// A command.
    Execute(Box<Submit>),
    /// What a rebuild found is put right.
    Repair(Box<Findings>),
}

/// What came of it.
#[derive(Debug)]
pub enum Answer {
    /// Of a command.
    Outcome(Box<Outcome>),
    /// Of the rest.
    Done,
}

impl Task {
    /// Which queue it waits in.
    pub const fn lane(&self) -> Lane {
        match self {
            Task::Execute(command) => command.lane,
            Task::Repair(_) => Lane::Normal,
        }
    }
}

/// What is asked in vain this often is asked one by one.
const PROBES: usize = 8;

type Ops = Vec<Op<Task, Answer>>;

/// What waits beyond the batch that was begun.
pub type Carry = VecDeque<Op<Task, Answer>>;

/// Why an attempt ended.
enum Ended {
    /// The connection went away before the commit: nothing is written.
    Lost(StoreError),
    /// A projector does not stand at the head of the log.
    Behind(StoreError),
    /// As the queue knows it.
    Failed(Failed),
}

/// Writes `ops`, and what waits if `more`, in one transaction. A connection that was lost before the commit is made anew,
/// once: nothing of the batch was written.
pub fn attempt(
    session: &mut Session,
    queue: &Queue<Task, Answer>,
    carry: &mut Carry,
    ops: &mut Ops,
    more: bool,
) -> Result<Written<Answer>, Failed> {
    // A repair reads what is written, so it shares its transaction with nobody.
    let alone = |op: &Op<Task, Answer>| matches!(op.task, Task::Repair(_));
    while more && ops.len() < MAX_OPS && !ops.iter().any(alone) {
        let Some(op) = carry.pop_front().or_else(|| queue.try_next()) else {
            break;
        };
        if alone(&op) {
            carry.push_front(op);
            break;
        }
        ops.push(op);
    }
    let mut again = true;
    loop {
        session.connect().map_err(Failed::Whole)?;
        match transact(session, carry, ops) {
            Ok(written) => return Ok(written),
            Err(Ended::Lost(_)) if again => again = false,
            Err(Ended::Behind(error)) if again => {
                // What it missed comes first; an event is never jumped over (orchestration.md: projectors).
                tracing::error!(%error, "rows are folded anew before anything is appended");
                again = false;
                if let Err(fault) = check::adopt(session) {
                    session.drop_connection();
                    return Err(Failed::Whole(fault.into()));
                }
            }
            Err(Ended::Lost(error) | Ended::Behind(error)) => return Err(Failed::Whole(error)),
            Err(Ended::Failed(failed)) => return Err(failed),
        }
    }
}

fn transact(
    session: &mut Session,
    carry: &mut Carry,
    ops: &mut Ops,
) -> Result<Written<Answer>, Ended> {
    match batch(session, carry, ops) {
        Ok(written) => Ok(written),
        Err(Broken::Whole(fault) | Broken::Statement(fault)) if session.is_lost(&fault) => {
            Err(Ended::Lost(fault.into()))
        }
        Err(broken) => {
            if session.batch("ROLLBACK").is_err() {
                session.drop_connection();
            }
            Err(match broken {
                Broken::Whole(fault) => Ended::Failed(Failed::Whole(fault.into())),
                Broken::Statement(fault) => Ended::Failed(Failed::Statement(fault.into())),
                Broken::Unknown(error) => Ended::Failed(Failed::Whole(error)),
                Broken::Behind(error) => Ended::Behind(error),
            })
        }
    }
}

enum Broken {
    /// It could not begin.
    Whole(Fault),
    /// Something in it was refused.
    Statement(Fault),
    /// A projector does not stand at the head of the log.
    Behind(StoreError),
    /// Whether it was committed could not be found out.
    Unknown(StoreError),
}

fn batch(
    session: &mut Session,
    carry: &mut Carry,
    ops: &mut Ops,
) -> Result<Written<Answer>, Broken> {
    let (from, transaction, known) = begin(session).map_err(Broken::Whole)?;
    let mut tx = Tx::new(session, from, known);
    probe(&mut tx, ops).map_err(Broken::Statement)?;
    let mut batch = Batch::default();
    let mut answers: Answers<Answer> = Vec::with_capacity(ops.len());
    for op in ops.iter() {
        if batch.events.len() >= MAX_EVENTS || batch.bytes >= MAX_BYTES {
            break;
        }
        answers.push(perform(&mut tx, &op.task, &mut batch).map_err(Broken::Statement)?);
    }
    // What the batch had no room for comes first in the next one.
    for op in ops.drain(answers.len()..).rev() {
        carry.push_front(op);
    }
    let to = tx.head;
    let writes = batch.writes(&tx, from, to);
    let session = tx.session;
    flush(session, &writes, from, to)?;
    commit(session, transaction, &batch)?;
    Ok((answers, (to != from).then_some(to.sequence)))
}

/// Begins: the head is locked first, and whoever else appends waits.
fn begin(session: &mut Session) -> Result<(Head, String, Known), Fault> {
    let asked = [
        "BEGIN ISOLATION LEVEL READ COMMITTED",
        log::LOCK_HEAD,
        "SELECT pg_current_xact_id()::text",
        log::COUNTERS,
        archive::QUARANTINE,
    ]
    .map(|text| (text.to_owned(), Vec::new()));
    let answers = session.ask(&asked)?;
    let head = log::head(&answers[1])?;
    let transaction: String = answers[2]
        .first()
        .map(|row| row.try_get(0))
        .transpose()?
        .unwrap_or_default();
    let known = Known::new(
        log::counters(&answers[3])?,
        archive::quarantine(&answers[4])?,
    );
    Ok((head, transaction, known))
}

/// Fetches in a few round trips what the commands will ask for.
fn probe(tx: &mut Tx<'_>, ops: &Ops) -> Result<(), Fault> {
    let mut open: Vec<&Submit> = ops
        .iter()
        .filter_map(|op| match &op.task {
            Task::Execute(command) => Some(&**command),
            Task::Repair(_) => None,
        })
        .collect();
    for _ in 0..PROBES {
        let mut missing = Missing::default();
        open.retain(|command| {
            let mut mine = Missing::default();
            let mut probe = Probe {
                known: &tx.known,
                head: tx.head,
                missing: &mut mine,
            };
            // What comes of it does not matter; what it asked for does.
            let _ = command::run(&mut probe, command);
            let asks = !mine.is_empty();
            missing.take(mine);
            asks
        });
        if missing.is_empty() {
            return Ok(());
        }
        tx.known.fetch(tx.session, missing)?;
    }
    Ok(())
}

/// Does one operation in memory. The outer error breaks the batch; the inner one is the operation's own and leaves no trace.
fn perform(
    tx: &mut Tx<'_>,
    task: &Task,
    batch: &mut Batch,
) -> Result<Result<Answer, StoreError>, Fault> {
    let command = match task {
        Task::Execute(command) => command,
        Task::Repair(found) => {
            check::repair(tx.session, found)?;
            return Ok(Ok(Answer::Done));
        }
    };
    match command::run(tx, command) {
        Ok((outcome, write)) => {
            if let Some(write) = write {
                batch.take(tx, command, write);
            }
            Ok(Ok(Answer::Outcome(Box::new(outcome))))
        }
        // A question that failed has ended the transaction, and the batch with it.
        Err(error) => match tx.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(Err(error)),
        },
    }
}

/// What a batch appends.
#[derive(Default)]
struct Batch {
    /// Each with its type and its payload as text.
    events: Vec<(Event, String, String)>,
    receipts: Vec<Receipt>,
    checkpoints: Vec<Checkpoint>,
    blobs: Vec<(OrgId, String)>,
    /// Those that came along, by name: a statement writes no row twice.
    brought: BTreeMap<(OrgId, String), NewBlob>,
    bytes: usize,
}

impl Batch {
    fn take(&mut self, tx: &mut Tx<'_>, command: &Submit, write: Write) {
        tx.note(
            write.receipt.as_ref(),
            write
                .events
                .iter()
                .map(|e| ((e.org, e.stream.clone()), e.stream_version)),
        );
        if !write.events.is_empty() {
            for blob in &command.blobs {
                self.bytes += blob.zstd.len();
                let name = (command.org, blob.sha256.clone());
                self.brought.insert(name, blob.clone());
            }
        }
        for event in write.events {
            let (event_type, payload) = event.payload.to_parts();
            let payload = payload.to_string();
            self.bytes += payload.len();
            self.events.push((event, event_type, payload));
        }
        for (key, row) in write.rows {
            tx.changes.set(command.org, key, row);
        }
        for (kind, last) in write.counters {
            let now = tx.counter(kind).unwrap_or(0);
            if now < last {
                tx.counters.insert(kind, last);
            }
        }
        self.checkpoints.extend(write.checkpoints);
        let blobs = write.blobs.into_iter();
        self.blobs.extend(blobs.map(|blob| (command.org, blob)));
        self.receipts.extend(write.receipt);
        tx.head = write.head;
    }

    fn writes(&self, tx: &Tx<'_>, from: Head, to: Head) -> Vec<Asked> {
        let mut writes = Vec::new();
        if to != from {
            // First, so that what else writes to this database is found before anything is written over it.
            writes.extend(log::advance(from, to));
        }
        if !self.events.is_empty() {
            writes.push(log::append(&self.events));
        }
        writes.extend(tx.changes.writes());
        if !tx.counters.is_empty() {
            writes.push(log::set_counters(tx.counters.iter()));
        }
        if !self.checkpoints.is_empty() {
            writes.push(archive::keep_checkpoints(&self.checkpoints));
        }
        if !self.brought.is_empty() {
            writes.push(archive::put_blobs(
                self.brought.iter().map(|((org, _), blob)| (*org, blob)),
            ));
        }
        if !self.blobs.is_empty() {
            writes.push(archive::refer(&self.blobs));
        }
        if !self.receipts.is_empty() {
            writes.push(log::keep(&self.receipts));
        }
        writes
    }
}

fn flush(session: &mut Session, writes: &[Asked], from: Head, to: Head) -> Result<(), Broken> {
    let touched = session.execute(writes).map_err(Broken::Statement)?;
    if to == from {
        return Ok(());
    }
    if touched.first() != Some(&1) {
        return Err(Broken::Whole(Fault::Own(StoreError::Internal(format!(
            "the head of the log is no longer at {}: something else writes to this database",
            from.sequence
        )))));
    }
    match touched.get(1) {
        Some(moved) if *moved == PROJECTORS.len() as u64 => Ok(()),
        moved => {
            let moved = moved.copied().unwrap_or(0) as usize;
            Err(Broken::Behind(projector::astray(moved, from.sequence)))
        }
    }
}

/// Commits. Where the answer does not come, the database is asked anew what became of the transaction: its outcome is
/// not known only if that cannot be found out either.
fn commit(session: &mut Session, transaction: String, batch: &Batch) -> Result<(), Broken> {
    let fault = match session.batch("COMMIT") {
        Ok(()) => return Ok(()),
        Err(Fault::Sql(error)) if error.as_db_error().is_some_and(|db| !is_fatal(db)) => {
            return Err(Broken::Whole(Fault::Sql(error)));
        }
        Err(fault) => fault,
    };
    session.drop_connection();
    let why = StoreError::from(fault).to_string();
    tracing::warn!(
        why,
        "the answer to a commit did not come; asking what became of it"
    );
    match became(session, transaction, batch) {
        Ok(true) => Ok(()),
        Ok(false) => {
            session.drop_connection();
            Err(Broken::Whole(Fault::Own(StoreError::Unavailable(why))))
        }
        Err(error) => Err(Broken::Unknown(StoreError::Unknown(format!(
            "{why}; then: {error}"
        )))),
    }
}

/// Whether a transaction was committed. Its lock on the head is waited for, so that it has ended either way.
fn became(session: &mut Session, transaction: String, batch: &Batch) -> Result<bool, StoreError> {
    // The server may need a while to see that the other session is gone, and holds the lock until then.
    session.begin("BEGIN; SET LOCAL lock_timeout = 25000")?;
    session.query(log::LOCK_HEAD, Vec::new())?;
    let status = session.query(
        "SELECT pg_xact_status(?1::text::xid8) = 'committed'",
        vec![transaction.into()],
    )?;
    let committed: Option<bool> = status
        .first()
        .map(|row| row.try_get(0))
        .transpose()
        .map_err(Fault::from)?
        .flatten();
    // A standby that took over may have given the same number to another transaction.
    let there = match batch.events.last() {
        None => true,
        Some((event, ..)) => {
            let found = session.query(
                "SELECT 1 FROM orchestration_events WHERE sequence = ?1 AND event_id = ?2",
                vec![event.sequence.0.into(), event.event_id.clone().into()],
            )?;
            !found.is_empty()
        }
    };
    session.batch("ROLLBACK")?;
    Ok(committed == Some(true) && there)
}
