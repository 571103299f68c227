//! The log and its receipts in SQL: appending, reading pages of events, the head, the counters.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params, params_from_iter};

use super::fault::Fault;
use crate::domain::event::{Event, PAYLOAD_VERSION, Stream};
use crate::domain::id::{OrgId, Sequence};
use crate::domain::view::IdKind;
use crate::store::command::{Head, Receipt};
use crate::store::log::{self, EventColumns, ReceiptColumns, time};
use crate::store::projector::{self, PROJECTORS, Standing};
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

/// Moves the head, if it still stands where this transaction found it.
pub fn advance(db: &Connection, from: Head, to: Head) -> Result<(), Fault> {
    let moved = db
        .prepare_cached(
            "UPDATE log_head SET sequence = ?1, recorded_at = ?2 WHERE id = 1 AND sequence = ?3",
        )?
        .execute(params![
            to.sequence.0,
            to.recorded_at.to_string(),
            from.sequence.0
        ])?;
    if moved != 1 {
        return Err(Fault::Own(StoreError::Internal(format!(
            "the head of the log is no longer at {}: something else writes to this database",
            from.sequence
        ))));
    }
    Ok(())
}

/// Moves every projector, if all of them stand where this transaction found the head.
pub fn advance_projectors(db: &Connection, from: Head, to: Head) -> Result<(), Fault> {
    let moved = db
        .prepare_cached(projector::advance_sql())?
        .execute(params![
            to.sequence.0,
            to.recorded_at.to_string(),
            from.sequence.0
        ])?;
    if moved == PROJECTORS.len() {
        Ok(())
    } else {
        Err(Fault::Own(projector::astray(moved, from.sequence)))
    }
}

/// Where the projectors stand.
pub fn standings(db: &Connection) -> Result<Vec<Standing>, Fault> {
    let mut statement =
        db.prepare("SELECT projector, version, last_applied_sequence FROM projection_state")?;
    let standings = statement.query_map([], |row| {
        Ok(Standing {
            projector: row.get(0)?,
            version: row.get(1)?,
            applied: Sequence(row.get(2)?),
        })
    })?;
    Ok(standings.collect::<Result<_, _>>()?)
}

/// Notes that every projector stands at `head`.
pub fn stand(db: &Connection, head: Head) -> Result<(), Fault> {
    let mut statement = db.prepare(
        "INSERT INTO projection_state (projector, version, last_applied_sequence, updated_at)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (projector) DO UPDATE SET version = excluded.version,
           last_applied_sequence = excluded.last_applied_sequence, updated_at = excluded.updated_at",
    )?;
    for projector in PROJECTORS {
        statement.execute(params![
            projector.name,
            projector.version,
            head.sequence.0,
            head.recorded_at.to_string()
        ])?;
    }
    Ok(())
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

/// The event of a row that `EVENT` selected.
pub fn event(row: &SqlRow<'_>) -> Result<Event, Fault> {
    // A column of another type is as unreadable as an empty one.
    let text = |at: usize| row.get_ref(at).map(|v| v.as_str().unwrap_or_default());
    let perhaps = |at: usize| {
        row.get_ref(at)
            .map(|v| v.as_str_or_null().unwrap_or_default())
    };
    Ok(EventColumns {
        sequence: row.get(0)?,
        org: row.get(1)?,
        event_id: text(2)?,
        kind: text(3)?,
        stream: text(4)?,
        stream_version: row.get(5)?,
        event_type: text(6)?,
        payload_version: row.get(7)?,
        occurred_at: text(8)?,
        recorded_at: text(9)?,
        command_id: perhaps(10)?,
        causation: perhaps(11)?,
        correlation: perhaps(12)?,
        actor_kind: text(13)?,
        actor_id: text(14)?,
        payload: text(15)?,
        metadata: text(16)?,
    }
    .event()?)
}

/// A page of events; `db` is inside a transaction, so that page and head belong together.
pub fn page(
    db: &Connection,
    filter: &EventFilter,
    after: Sequence,
    limit: u32,
) -> Result<EventPage, Fault> {
    let head = head(db)?.sequence;
    let (sql, params) = log::page(filter, after, limit);
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_and_then(params_from_iter(params), event)?;
    log::gather(found, limit, head)
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
    let Some((request_hash, [kind, stream, accepted_at], sequence, refusal, result)) = found else {
        return Ok(None);
    };
    let columns = ReceiptColumns {
        org,
        command_id,
        request_hash: &request_hash,
        kind: &kind,
        stream: &stream,
        accepted_at: &accepted_at,
        sequence,
        refusal,
        result: &result,
    };
    Ok(Some(columns.receipt()?))
}

/// The last event of a command.
pub fn spent(db: &Connection, org: OrgId, command_id: &str) -> Result<Option<Head>, Fault> {
    let last: Option<(i64, String)> = db
        .prepare_cached(
            "SELECT sequence, recorded_at FROM orchestration_events INDEXED BY idx_orch_events_command_id
             WHERE command_id = ?1 AND org_id = ?2 ORDER BY sequence DESC LIMIT 1",
        )?
        .query_row(params![command_id, org.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    last.map(|(sequence, recorded_at)| {
        Ok(Head {
            sequence: Sequence(sequence),
            recorded_at: time(&recorded_at)?,
        })
    })
    .transpose()
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
