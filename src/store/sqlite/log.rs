//! The log and its receipts in SQL: appending, reading pages of events, the head, the counters.

use std::collections::HashMap;

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params, params_from_iter};
use serde_json::Value;

use super::fault::Fault;
use crate::base::Timestamp;
use crate::domain::event::{Actor, Event, PAYLOAD_VERSION, Payload, Stream};
use crate::domain::id::{OrgId, Sequence};
use crate::domain::view::IdKind;
use crate::store::command::{Head, Receipt};
use crate::store::{EventFilter, EventPage, StoreError};

/// The end of the log.
pub fn head(db: &Connection) -> Result<Head, Fault> {
    let (sequence, recorded_at): (i64, String) = db
        .prepare_cached("SELECT sequence, recorded_at FROM log_head WHERE id = 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Head {
        sequence: Sequence(sequence),
        recorded_at: time(&recorded_at)?,
    })
}

/// Moves the head and the fold's cursor, if both still stand where this transaction found them.
pub fn advance(db: &Connection, from: Head, to: Head) -> Result<(), Fault> {
    let moved = db
        .prepare_cached(
            "UPDATE log_head SET sequence = ?1, applied = ?1, recorded_at = ?2
             WHERE id = 1 AND sequence = ?3 AND applied = ?3",
        )?
        .execute(params![
            to.sequence.0,
            to.recorded_at.to_string(),
            from.sequence.0
        ])?;
    if moved == 1 {
        Ok(())
    } else {
        Err(Fault::Own(StoreError::Internal(format!(
            "the head of the log is no longer at {}: something else writes to this database",
            from.sequence
        ))))
    }
}

const APPEND: &str = "INSERT INTO orchestration_events (
  sequence, org_id, event_id, aggregate_kind, stream_id, stream_version, event_type, payload_version, occurred_at,
  recorded_at, command_id, causation_event_id, correlation_id, actor_kind, actor_id, payload_json, metadata_json
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";

/// Appends an event; answers how many bytes its payload takes.
pub fn append(db: &Connection, event: &Event) -> Result<usize, Fault> {
    let (event_type, payload) = event.payload.to_parts();
    let payload = payload.to_string();
    db.prepare_cached(APPEND)?.execute(params![
        event.sequence.0,
        event.org.0,
        event.event_id,
        event.stream.kind(),
        event.stream.id(),
        event.stream_version,
        event_type,
        PAYLOAD_VERSION,
        event.occurred_at.to_string(),
        event.recorded_at.to_string(),
        event.command_id,
        event.causation_event_id,
        event.correlation_id,
        event.actor.kind.as_str(),
        event.actor.id,
        payload,
        event.metadata.to_string(),
    ])?;
    Ok(payload.len())
}

/// The version of the stream's next event.
pub fn next_version(db: &Connection, org: OrgId, stream: &Stream) -> Result<i64, Fault> {
    let last: Option<i64> = db
        .prepare_cached(
            "SELECT stream_version FROM orchestration_events
             WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3
             ORDER BY stream_version DESC LIMIT 1",
        )?
        .query_row(params![org.0, stream.kind(), stream.id()], |row| row.get(0))
        .optional()?;
    Ok(last.map_or(0, |version| version + 1))
}

const EVENT: &str = "SELECT sequence, org_id, event_id, aggregate_kind, stream_id, stream_version, event_type,
  payload_version, occurred_at, recorded_at, command_id, causation_event_id, correlation_id, actor_kind, actor_id,
  payload_json, metadata_json FROM orchestration_events";

fn event(row: &SqlRow<'_>) -> Result<Event, Fault> {
    let sequence: i64 = row.get(0)?;
    let bad = |why: String| {
        Fault::Own(StoreError::Internal(format!(
            "event {sequence} of the log cannot be read: {why}"
        )))
    };
    let kind: String = row.get(3)?;
    let id: String = row.get(4)?;
    let event_type: String = row.get(6)?;
    let actor: String = row.get(13)?;
    let json = |at: usize| -> Result<Value, Fault> {
        serde_json::from_str(row.get_ref(at)?.as_str().unwrap_or_default())
            .map_err(|e| bad(e.to_string()))
    };
    let when = |at: usize| -> Result<Timestamp, Fault> {
        row.get_ref(at)?
            .as_str()
            .unwrap_or_default()
            .parse::<Timestamp>()
            .map_err(|e| bad(e.to_string()))
    };
    Ok(Event {
        sequence: Sequence(sequence),
        org: OrgId(row.get(1)?),
        event_id: row.get(2)?,
        stream: Stream::parse(&kind, &id)
            .ok_or_else(|| bad(format!("there is no stream {kind} {id}")))?,
        stream_version: row.get(5)?,
        occurred_at: when(8)?,
        recorded_at: when(9)?,
        command_id: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
        causation_event_id: row.get(11)?,
        correlation_id: row.get(12)?,
        actor: Actor {
            kind: actor
                .parse()
                .map_err(|e: crate::domain::kind::UnknownWord| bad(e.to_string()))?,
            id: row.get(14)?,
        },
        payload: Payload::from_parts(&event_type, row.get(7)?, json(15)?)
            .map_err(|e| bad(e.to_string()))?,
        metadata: json(16)?,
    })
}

/// A page of events; `db` is inside a transaction, so that page and head belong together.
pub fn page(
    db: &Connection,
    filter: &EventFilter,
    after: Sequence,
    limit: u32,
) -> Result<EventPage, Fault> {
    let head = head(db)?.sequence;
    let mut values: Vec<SqlValue> = Vec::new();
    let mut tests: Vec<String> = Vec::new();
    let mut place = |value: SqlValue| {
        values.push(value);
        format!("?{}", values.len())
    };
    if !filter.backwards {
        tests.push(format!("sequence > {}", place(after.0.into())));
    } else if after.0 != 0 {
        tests.push(format!("sequence < {}", place(after.0.into())));
    }
    if let Some(org) = filter.org {
        tests.push(format!("org_id = {}", place(org.0.into())));
    }
    if let Some(stream) = &filter.stream {
        tests.push(format!(
            "aggregate_kind = {}",
            place(stream.kind().to_owned().into())
        ));
        tests.push(format!("stream_id = {}", place(stream.id().into())));
    }
    if let Some(actor) = &filter.actor {
        tests.push(format!("actor_id = {}", place(actor.clone().into())));
    }
    if !filter.types.is_empty() {
        let any: Vec<String> = filter
            .types
            .iter()
            .map(|t| {
                let test = if t.ends_with('.') {
                    format!("substr(event_type, 1, {}) = ", t.chars().count())
                } else {
                    "event_type = ".to_owned()
                };
                test + &place(t.clone().into())
            })
            .collect();
        tests.push(format!("({})", any.join(" OR ")));
    }
    let mut sql = EVENT.to_owned();
    if !tests.is_empty() {
        sql += " WHERE ";
        sql += &tests.join(" AND ");
    }
    sql += " ORDER BY sequence";
    if filter.backwards {
        sql += " DESC";
    }
    // One more than asked for says whether there is more.
    sql += " LIMIT ";
    sql += &place((i64::from(limit) + 1).into());
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut events: Vec<Event> = Vec::new();
    let mut more = false;
    while let Some(row) = rows.next()? {
        if events.len() == limit as usize {
            more = true;
            break;
        }
        events.push(event(row)?);
    }
    let next = events.last().filter(|_| more).map(|e| e.sequence);
    Ok(EventPage { events, next, head })
}

/// Every event, in order, one at a time; one that cannot be read comes as its fault.
pub fn each(db: &Connection, mut take: impl FnMut(Result<Event, Fault>)) -> Result<(), Fault> {
    let mut statement = db.prepare(&format!("{EVENT} ORDER BY sequence"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(event(row));
    }
    Ok(())
}

/// The last id given of every kind.
pub fn counters(db: &Connection) -> Result<HashMap<IdKind, i64>, Fault> {
    let mut statement = db.prepare_cached("SELECT last FROM id_counters WHERE kind = ?1")?;
    let mut counters = HashMap::new();
    for kind in IdKind::ALL {
        counters.insert(
            *kind,
            statement.query_row([kind.as_str()], |row| row.get(0))?,
        );
    }
    Ok(counters)
}

/// The last id given of `kind`.
pub fn counter(db: &Connection, kind: IdKind) -> Result<i64, Fault> {
    Ok(db
        .prepare_cached("SELECT last FROM id_counters WHERE kind = ?1")?
        .query_row([kind.as_str()], |row| row.get(0))?)
}

/// Notes the last id given of `kind`.
pub fn set_counter(db: &Connection, kind: IdKind, last: i64) -> Result<(), Fault> {
    db.prepare_cached("UPDATE id_counters SET last = ?2 WHERE kind = ?1 AND last < ?2")?
        .execute(params![kind.as_str(), last])?;
    Ok(())
}

/// The receipt of a command.
pub fn receipt(db: &Connection, org: OrgId, command_id: &str) -> Result<Option<Receipt>, Fault> {
    let found = db
        .prepare_cached(
            "SELECT request_hash, aggregate_kind, aggregate_id, accepted_at, result_sequence, error_code, error,
               result_json
             FROM orchestration_command_receipts WHERE org_id = ?1 AND command_id = ?2",
        )?
        .query_row(params![org.0, command_id], |row| {
            Ok((
                row.get::<_, String>(0)?,
                [row.get::<_, String>(1)?, row.get(2)?, row.get(3)?],
                row.get::<_, i64>(4)?,
                row.get::<_, Option<String>>(5)?.zip(row.get(6)?),
                row.get::<_, String>(7)?,
            ))
        })
        .optional()?;
    let Some((request_hash, [kind, id, accepted_at], sequence, refusal, result)) = found else {
        return Ok(None);
    };
    let bad = |why: String| {
        StoreError::Internal(format!("the receipt of {command_id} cannot be read: {why}"))
    };
    let result = serde_json::from_str(&result).map_err(|e| bad(e.to_string()))?;
    Ok(Some(Receipt {
        org,
        command_id: command_id.to_owned(),
        request_hash,
        stream: Stream::parse(&kind, &id).ok_or_else(|| bad(format!("no stream {kind} {id}")))?,
        accepted_at: time(&accepted_at)?,
        outcome: Receipt::outcome_of(Sequence(sequence), refusal, result)?,
        result_sequence: Sequence(sequence),
    }))
}

/// Keeps a receipt.
pub fn keep(db: &Connection, receipt: &Receipt) -> Result<(), Fault> {
    let refusal = receipt.refusal();
    db.prepare_cached(
        "INSERT INTO orchestration_command_receipts (
           org_id, command_id, request_hash, aggregate_kind, aggregate_id, accepted_at, result_sequence, status,
           error_code, error, retry_may_succeed, result_json
         ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        receipt.org.0,
        receipt.command_id,
        receipt.request_hash,
        receipt.stream.kind(),
        receipt.stream.id(),
        receipt.accepted_at.to_string(),
        receipt.result_sequence.0,
        if refusal.is_some() {
            "rejected"
        } else {
            "accepted"
        },
        refusal.map(|r| r.0),
        refusal.map(|r| r.1),
        refusal.map(|r| r.2),
        receipt.result().to_string(),
    ])?;
    Ok(())
}

/// A time as the database keeps it.
pub fn time(text: &str) -> Result<Timestamp, Fault> {
    text.parse::<Timestamp>()
        .map_err(|e| Fault::Own(StoreError::Internal(e.to_string())))
}
