//! What a store does with one command, whatever the database: receipt, needs, decision, fold, and what to write
//! (engine.md: writing). Reads through `State`, writes nothing: a command that is refused, that does not fit, or that is
//! only tried leaves no trace to undo.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use super::archive::{Checkpoint, Quarantined, checkpoint};
use super::{Accepted, Outcome, Scope, StoreError, StoredOutcome, Submit};
use crate::base::Timestamp;
use crate::domain::code::Code;
use crate::domain::event::{Actor, Event, NewEvent, Payload, Stream};
use crate::domain::fold::{RowOp, Rows, fold};
use crate::domain::id::{OrgId, Sequence};
use crate::domain::row::{Key, Row, Table};
use crate::domain::view::{Decision, Find, IdKind, Known, Need, Rejection, Reply, Stop, View};

/// A decider that asks this often and still does not know is broken.
const ROUNDS: usize = 64;

/// The end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Position of the last event.
    pub sequence: Sequence,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// What is kept of a command's outcome.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The org.
    pub org: OrgId,
    /// The command.
    pub command_id: String,
    /// What was asked.
    pub request_hash: String,
    /// The stream of its last event; the org where it has none.
    pub stream: Stream,
    /// When it was given.
    pub accepted_at: Timestamp,
    /// What came of it.
    pub outcome: StoredOutcome,
    /// The head of the log after it.
    pub result_sequence: Sequence,
}

/// What an accepted or refused command writes.
#[derive(Debug)]
pub struct Write {
    /// Its events, in order.
    pub events: Vec<Event>,
    /// The rows that it changes, as they are afterwards; `None`: gone.
    pub rows: Vec<(Key, Option<Row>)>,
    /// Counters that must be at least this.
    pub counters: Vec<(IdKind, i64)>,
    /// Its receipt.
    pub receipt: Option<Receipt>,
    /// Rows as they are now, to look back from later.
    pub checkpoints: Vec<Checkpoint>,
    /// Blobs that its events name.
    pub blobs: Vec<String>,
    /// The head afterwards.
    pub head: Head,
}

/// The present state, as one transaction sees it.
pub trait State {
    /// The end of the log.
    fn head(&self) -> Head;
    /// The receipt of a command.
    fn receipt(&mut self, org: OrgId, command_id: &str) -> Result<Option<Receipt>, StoreError>;
    /// A row.
    fn row(&mut self, scope: Scope, key: &Key) -> Result<Option<Row>, StoreError>;
    /// Rows.
    fn find(&mut self, scope: Scope, find: &Find) -> Result<Vec<Row>, StoreError>;
    /// The last id given.
    fn counter(&mut self, kind: IdKind) -> Result<i64, StoreError>;
    /// The version that the next event of the stream gets.
    fn next_version(&mut self, org: OrgId, stream: &Stream) -> Result<i64, StoreError>;
    /// The stream's quarantine, where it is set apart.
    fn quarantined(
        &mut self,
        org: OrgId,
        stream: &Stream,
    ) -> Result<Option<Quarantined>, StoreError>;
    /// The last event of a command, from the log: what is left of it when its receipt has aged out.
    fn spent(&mut self, org: OrgId, command_id: &str) -> Result<Option<Head>, StoreError>;
}

/// Answers `needs` from `state` into `view`.
pub fn answer(
    state: &mut dyn State,
    scope: Scope,
    needs: Vec<Need>,
    view: &mut View,
) -> Result<(), StoreError> {
    for need in needs {
        let known = known(state, scope, &need)?;
        view.learn(need, known);
    }
    Ok(())
}

/// Answers one of them.
pub fn known(state: &mut dyn State, scope: Scope, need: &Need) -> Result<Known, StoreError> {
    Ok(match need {
        Need::Row(key) => Known::Row(state.row(scope, key)?),
        Need::Find(find) => Known::Rows(state.find(scope, find)?),
        Need::NextId(kind, n) => Known::Id(state.counter(*kind)? + 1 + i64::from(*n)),
    })
}

/// The view of a reader: nobody acts in it, and its time is that of the position it shows.
pub fn reading(scope: Scope, head: Head) -> View {
    let org = match scope {
        Scope::Org(org) => org,
        Scope::Everyone => OrgId(0),
    };
    View::new(org, head.recorded_at, Actor::system())
}

/// What comes of `command`, and what is to be written for it.
pub fn run(
    state: &mut dyn State,
    command: &Submit,
) -> Result<(Outcome, Option<Write>), StoreError> {
    let keeps = command.keep_receipt && !command.dry_run;
    if keeps && let Some(receipt) = state.receipt(command.org, &command.command_id)? {
        let outcome = if receipt.request_hash == command.request_hash {
            Outcome::Replayed {
                stored: receipt.outcome,
            }
        } else {
            Outcome::IdReused
        };
        return Ok((outcome, None));
    }
    if keeps && let Some(last) = state.spent(command.org, &command.command_id)? {
        return Ok((Outcome::Rejected(too_late(command, last)), None));
    }
    match decide(state, command)? {
        Ok(decision) => {
            let mut streams: Vec<&Stream> = decision.events.iter().map(|e| &e.stream).collect();
            streams.dedup();
            for stream in streams {
                if let Some(quarantined) = state.quarantined(command.org, stream)? {
                    return Ok((Outcome::Rejected(set_apart(&quarantined)), None));
                }
            }
            accept(state, command, decision, keeps)
        }
        Err(rejection) => {
            let head = state.head();
            let write = (keeps && rejection.code.stored()).then(|| Write {
                events: Vec::new(),
                rows: Vec::new(),
                counters: Vec::new(),
                receipt: Some(Receipt {
                    org: command.org,
                    command_id: command.command_id.clone(),
                    request_hash: command.request_hash.clone(),
                    stream: Stream::Org(command.org),
                    accepted_at: command.now,
                    outcome: StoredOutcome::Rejected(rejection.clone()),
                    result_sequence: head.sequence,
                }),
                checkpoints: Vec::new(),
                blobs: Vec::new(),
                head,
            });
            Ok((Outcome::Rejected(rejection), write))
        }
    }
}

/// A retry whose receipt has aged out: it must not act twice, and what it was told is no longer known.
fn too_late(command: &Submit, last: Head) -> Rejection {
    Rejection::new(
        Code::Conflict,
        format!(
            "The id {} belongs to a command of {}, whose outcome is no longer kept; event {} says what it did. Use a new id to do it again.",
            command.command_id, last.recorded_at, last.sequence
        ),
    )
}

/// Nothing is appended to a stream that is set apart (orchestration.md: quarantine).
fn set_apart(quarantined: &Quarantined) -> Rejection {
    Rejection::new(
        Code::Unavailable,
        format!(
            "Nothing can be changed at {} now: its event {} cannot be used ({}). Install the jolli that wrote that event, or a newer one, then run `jolli events rebuild`.",
            quarantined.name, quarantined.sequence, quarantined.error
        ),
    )
}

fn decide(
    state: &mut dyn State,
    command: &Submit,
) -> Result<Result<Decision, Rejection>, StoreError> {
    let mut view = View::new(command.org, command.now, command.actor.clone());
    for _ in 0..ROUNDS {
        // A fault in one rule must not take the writer, and with it every other command, down.
        let step = catch_unwind(AssertUnwindSafe(|| command.decider.decide(&view)))
            .map_err(|_| fault(command, "its rule panicked"))?;
        match step {
            Ok(decision) => return Ok(Ok(decision)),
            Err(Stop::Reject(rejection)) => return Ok(Err(*rejection)),
            Err(Stop::Need(needs)) => {
                answer(state, Scope::Org(command.org), needs, &mut view)?;
            }
        }
    }
    Err(fault(
        command,
        &format!("its rule still asks after {ROUNDS} rounds"),
    ))
}

fn fault(command: &Submit, why: &str) -> StoreError {
    StoreError::Internal(format!(
        "command {} ({:?}): {why}",
        command.command_id, command.decider
    ))
}

fn accept(
    state: &mut dyn State,
    command: &Submit,
    decision: Decision,
    keeps: bool,
) -> Result<(Outcome, Option<Write>), StoreError> {
    let org = command.org;
    let before = match &decision.reply {
        Reply::Row(key) => columns(state.row(Scope::Org(org), key)?),
        Reply::Done | Reply::Value(_) => Value::Null,
    };
    let mut head = state.head();
    let mut events = Vec::with_capacity(decision.events.len());
    let mut versions: HashMap<Stream, i64> = HashMap::new();
    let (mut checkpoints, mut blobs) = (Vec::new(), Vec::new());
    let mut changed = Changed::new(state, org);
    for (index, new) in decision.events.into_iter().enumerate() {
        let version = match versions.get(&new.stream) {
            Some(last) => last + 1,
            None => changed.state.next_version(org, &new.stream)?,
        };
        versions.insert(new.stream.clone(), version);
        head = Head {
            sequence: Sequence(head.sequence.0 + 1),
            // The server's time never goes back along the log, whatever its clock does.
            recorded_at: head.recorded_at.max(command.now),
        };
        let event = record(command, head, index, version, new);
        let ops = fold(&event, &mut changed);
        // A row that could not be read looks to the fold like one that is not there.
        changed.check()?;
        changed.apply(ops.map_err(|e| StoreError::Internal(e.to_string()))?);
        checkpoints.extend(checkpoint(&event, |key| changed.get(key)));
        changed.check()?;
        blobs.extend(event.payload.blobs());
        events.push(event);
    }
    for row in decision.side {
        changed.set(row.key(), Some(row));
    }
    for key in decision.side_gone {
        changed.set(key, None);
    }
    let reply = match decision.reply {
        Reply::Done => Value::Null,
        Reply::Value(value) => value,
        Reply::Row(key) => {
            let row = changed.get(&key);
            changed.check()?;
            columns(row)
        }
    };
    let rows = changed.into_rows();
    let outcome = Outcome::Accepted(Accepted {
        sequence: head.sequence,
        events: events.clone(),
        reply: reply.clone(),
        before,
        undo: decision.undo,
        undo_note: decision.undo_note,
        consequences: decision.consequences,
    });
    if command.dry_run {
        return Ok((outcome, None));
    }
    let receipt = keeps.then(|| Receipt {
        org,
        command_id: command.command_id.clone(),
        request_hash: command.request_hash.clone(),
        stream: events.last().map_or(Stream::Org(org), |e| e.stream.clone()),
        accepted_at: command.now,
        outcome: StoredOutcome::Accepted {
            sequence: head.sequence,
            reply,
        },
        result_sequence: head.sequence,
    });
    let counters = used_ids(&events);
    let write = Write {
        events,
        rows,
        counters,
        receipt,
        checkpoints,
        blobs,
        head,
    };
    Ok((outcome, Some(write)))
}

fn columns(row: Option<Row>) -> Value {
    row.map_or(Value::Null, |row| row.to_value())
}

fn record(command: &Submit, head: Head, index: usize, version: i64, new: NewEvent) -> Event {
    let event_id = |place: usize| format!("{}:{place}", command.command_id);
    Event {
        sequence: head.sequence,
        event_id: event_id(index),
        org: command.org,
        stream: new.stream,
        stream_version: version,
        occurred_at: new.occurred_at.unwrap_or(command.now),
        recorded_at: head.recorded_at,
        command_id: command.command_id.clone(),
        causation_event_id: new
            .caused_by
            .map(event_id)
            .or_else(|| command.causation_event_id.clone()),
        correlation_id: Some(
            command
                .correlation_id
                .clone()
                .unwrap_or_else(|| command.command_id.clone()),
        ),
        actor: command.actor.clone(),
        payload: new.payload,
        metadata: new.metadata,
    }
}

/// The largest id of every kind that the events use. Ids appear nowhere else first, so what is not in here was not used.
pub fn used_ids(events: &[Event]) -> Vec<(IdKind, i64)> {
    let mut largest: HashMap<IdKind, i64> = HashMap::new();
    let mut used = |kind, id: i64| {
        let entry = largest.entry(kind).or_insert(id);
        *entry = id.max(*entry);
    };
    for event in events {
        match &event.stream {
            Stream::Org(id) => used(IdKind::Org, id.0),
            Stream::Integration(id) => used(IdKind::Integration, id.0),
            Stream::Source(id) => used(IdKind::Source, id.0),
            Stream::Space(id) => used(IdKind::Space, id.0),
            Stream::Job(id) => used(IdKind::Job, id.0),
            Stream::Project(_) | Stream::Thread(_) => {}
        }
        match &event.payload {
            Payload::TokenCreated { token_id, .. } => used(IdKind::Token, token_id.0),
            Payload::DeliveryReceived(received) => used(IdKind::Delivery, received.id.0),
            _ => {}
        }
    }
    largest.into_iter().collect()
}

/// The rows of one command while it is folded: the present state, and over it what the command changes.
struct Changed<'a> {
    state: &'a mut dyn State,
    org: OrgId,
    order: Vec<Key>,
    rows: HashMap<Key, Option<Row>>,
    /// The fold's face cannot fail; what failed is kept and asked for afterwards.
    failed: Option<StoreError>,
}

impl<'a> Changed<'a> {
    fn new(state: &'a mut dyn State, org: OrgId) -> Self {
        Self {
            state,
            org,
            order: Vec::new(),
            rows: HashMap::new(),
            failed: None,
        }
    }

    fn set(&mut self, key: Key, row: Option<Row>) {
        if self.rows.insert(key.clone(), row).is_none() {
            self.order.push(key);
        }
    }

    fn check(&mut self) -> Result<(), StoreError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    fn apply(&mut self, ops: Vec<RowOp>) {
        for op in ops {
            match op {
                RowOp::Put(row) => self.set(row.key(), Some(*row)),
                RowOp::Delete(key) => self.set(key, None),
            }
        }
    }

    /// Deletions first, so that a name given up and taken within one command does not collide.
    fn into_rows(mut self) -> Vec<(Key, Option<Row>)> {
        let (mut gone, mut put) = (Vec::new(), Vec::new());
        for key in self.order {
            match self.rows.remove(&key) {
                Some(Some(row)) => put.push((key, Some(row))),
                _ => gone.push((key, None)),
            }
        }
        gone.append(&mut put);
        gone
    }
}

impl Rows for Changed<'_> {
    fn get(&mut self, key: &Key) -> Option<Row> {
        if let Some(row) = self.rows.get(key) {
            return row.clone();
        }
        self.state
            .row(Scope::Org(self.org), key)
            .unwrap_or_else(|error| {
                self.failed.get_or_insert(error);
                None
            })
    }

    fn of_stream(&mut self, stream: &Stream, table: Table) -> Vec<Row> {
        let Some(column) = table.stream_column() else {
            return Vec::new();
        };
        let find = Find::all(table).is(column, stream.scalar());
        let stored = match self.state.find(Scope::Org(self.org), &find) {
            Ok(rows) => rows,
            Err(error) => {
                self.failed.get_or_insert(error);
                return Vec::new();
            }
        };
        let mut rows: BTreeMap<Key, Row> = stored.into_iter().map(|r| (r.key(), r)).collect();
        for (key, row) in self.rows.iter().filter(|(key, _)| key.table() == table) {
            match row {
                Some(row) if find.matches(&row.to_value()) => {
                    rows.insert(key.clone(), row.clone());
                }
                _ => {
                    rows.remove(key);
                }
            }
        }
        rows.into_values().collect()
    }
}

impl Receipt {
    /// `result_json`: what the first caller was told.
    pub fn result(&self) -> Value {
        match &self.outcome {
            StoredOutcome::Accepted { reply, .. } => json!({ "reply": reply }),
            StoredOutcome::Rejected(rejection) => json!({
                "pointer": rejection.pointer,
                "current": rejection.current,
            }),
        }
    }

    /// Code, message, and whether the same request under a new id can succeed: a request that is not understood never
    /// will be, one that contradicted the state may.
    pub fn refusal(&self) -> Option<(&'static str, &str, bool)> {
        match &self.outcome {
            StoredOutcome::Accepted { .. } => None,
            StoredOutcome::Rejected(r) => {
                Some((r.code.as_str(), &r.message, r.code != Code::Invalid))
            }
        }
    }

    /// The outcome of these columns.
    pub fn outcome_of(
        sequence: Sequence,
        refusal: Option<(String, String)>,
        mut result: Value,
    ) -> Result<StoredOutcome, StoreError> {
        let Some((code, message)) = refusal else {
            return Ok(StoredOutcome::Accepted {
                sequence,
                reply: result["reply"].take(),
            });
        };
        let code = Code::ALL
            .iter()
            .copied()
            .find(|c| c.as_str() == code)
            .ok_or_else(|| {
                StoreError::Internal(format!("a receipt holds the unknown code `{code}`"))
            })?;
        Ok(StoredOutcome::Rejected(Rejection {
            code,
            message,
            pointer: result["pointer"].as_str().map(str::to_owned),
            current: match result["current"].take() {
                Value::Null => None,
                current => Some(current),
            },
        }))
    }
}
