//! The log and its receipts in PostgreSQL: the head, many events and receipts at once, pages.

use std::collections::HashMap;

use tokio_postgres::Row as PgRow;

use super::fault::Fault;
use super::session::Asked;
use super::sql::Arg;
use crate::domain::event::{Event, PAYLOAD_VERSION, Stream};
use crate::domain::id::{OrgId, Sequence};
use crate::domain::view::IdKind;
use crate::store::StoreError;
use crate::store::command::{Head, Receipt};
use crate::store::log::{EventColumns, ReceiptColumns, time};
use crate::store::projector::{self, PROJECTORS, Standing};

/// The end of the log.
pub const HEAD: &str = "SELECT sequence, recorded_at FROM log_head WHERE id = 1";
/// The same, first in every transaction that appends: whoever holds it is the only one who does, so the order of commits
/// is the order of the log (engine.md: a batch).
pub const LOCK_HEAD: &str = "SELECT sequence, recorded_at FROM log_head WHERE id = 1 FOR UPDATE";
/// The last id given of every kind.
pub const COUNTERS: &str = "SELECT kind, last FROM id_counters";

/// The head that `HEAD` found.
pub fn head(rows: &[PgRow]) -> Result<Head, Fault> {
    let row = rows.first().ok_or_else(|| {
        StoreError::Internal("the database has no log_head; it is not whole".into())
    })?;
    Ok(Head {
        sequence: Sequence(row.try_get(0)?),
        recorded_at: time(row.try_get(1)?)?,
    })
}

/// The counters that `COUNTERS` found.
pub fn counters(rows: &[PgRow]) -> Result<HashMap<IdKind, i64>, Fault> {
    let mut counters = HashMap::new();
    for row in rows {
        let kind: &str = row.try_get(0)?;
        if let Some(kind) = IdKind::ALL.iter().find(|k| k.as_str() == kind) {
            counters.insert(*kind, row.try_get(1)?);
        }
    }
    Ok(counters)
}

/// Notes the last ids given.
pub fn set_counters<'a>(counters: impl Iterator<Item = (&'a IdKind, &'a i64)>) -> Asked {
    let (kinds, lasts) = counters
        .map(|(kind, last)| (Some(kind.as_str().to_owned()), Some(*last)))
        .unzip();
    (
        "UPDATE id_counters AS c SET last = given.last FROM unnest(?1::text[], ?2::bigint[]) AS given(kind, last)
         WHERE c.kind = given.kind AND c.last < given.last"
            .to_owned(),
        vec![Arg::Texts(kinds), Arg::Ints(lasts)],
    )
}

/// Moves the head, if it still stands where the transaction found it; and every projector, if all of them stand there.
pub fn advance(from: Head, to: Head) -> [Asked; 2] {
    let args = || {
        vec![
            to.sequence.0.into(),
            to.recorded_at.to_string().into(),
            from.sequence.0.into(),
        ]
    };
    [
        (
            "UPDATE log_head SET sequence = ?1, recorded_at = ?2 WHERE id = 1 AND sequence = ?3"
                .to_owned(),
            args(),
        ),
        (projector::advance_sql().to_owned(), args()),
    ]
}

/// Where the projectors stand.
pub const STANDINGS: &str =
    "SELECT projector, version, last_applied_sequence FROM projection_state";

/// What `STANDINGS` found.
pub fn standings(rows: &[PgRow]) -> Result<Vec<Standing>, Fault> {
    rows.iter()
        .map(|row| {
            Ok(Standing {
                projector: row.try_get(0)?,
                version: row.try_get(1)?,
                applied: Sequence(row.try_get(2)?),
            })
        })
        .collect()
}

/// Notes that every projector stands at `head`.
pub fn stand(head: Head) -> Asked {
    let all = PROJECTORS.iter();
    (
        "INSERT INTO projection_state (projector, version, last_applied_sequence, updated_at)
         SELECT given.name, given.version, ?3::bigint, ?4::text FROM unnest(?1::text[], ?2::bigint[]) AS given(name, version)
         ON CONFLICT (projector) DO UPDATE SET version = excluded.version,
           last_applied_sequence = excluded.last_applied_sequence, updated_at = excluded.updated_at"
            .to_owned(),
        vec![
            Arg::Texts(all.clone().map(|p| Some(p.name.to_owned())).collect()),
            Arg::Ints(all.map(|p| Some(p.version)).collect()),
            head.sequence.0.into(),
            head.recorded_at.to_string().into(),
        ],
    )
}

/// Appends events.
pub fn append(events: &[(Event, String, String)]) -> Asked {
    let ints =
        |of: fn(&Event) -> i64| Arg::Ints(events.iter().map(|(e, ..)| Some(of(e))).collect());
    let texts =
        |of: fn(&Event) -> Option<String>| Arg::Texts(events.iter().map(|(e, ..)| of(e)).collect());
    let args = vec![
        ints(|e| e.sequence.0),
        ints(|e| e.org.0),
        texts(|e| Some(e.event_id.clone())),
        texts(|e| Some(e.stream.kind().to_owned())),
        texts(|e| Some(e.stream.id())),
        ints(|e| e.stream_version),
        Arg::Texts(events.iter().map(|(_, t, _)| Some(t.clone())).collect()),
        ints(|_| PAYLOAD_VERSION),
        texts(|e| Some(e.occurred_at.to_string())),
        texts(|e| Some(e.recorded_at.to_string())),
        texts(|e| Some(e.command_id.clone())),
        texts(|e| e.causation_event_id.clone()),
        texts(|e| e.correlation_id.clone()),
        texts(|e| Some(e.actor.kind.as_str().to_owned())),
        texts(|e| Some(e.actor.id.clone())),
        Arg::Texts(events.iter().map(|(.., p)| Some(p.clone())).collect()),
        texts(|e| Some(e.metadata.to_string())),
    ];
    (
        "INSERT INTO orchestration_events (
           sequence, org_id, event_id, aggregate_kind, stream_id, stream_version, event_type, payload_version,
           occurred_at, recorded_at, command_id, causation_event_id, correlation_id, actor_kind, actor_id,
           payload_json, metadata_json
         ) SELECT * FROM unnest(
           ?1::bigint[], ?2::bigint[], ?3::text[], ?4::text[], ?5::text[], ?6::bigint[], ?7::text[], ?8::bigint[],
           ?9::text[], ?10::text[], ?11::text[], ?12::text[], ?13::text[], ?14::text[], ?15::text[],
           ?16::text[], ?17::text[]
         )"
        .to_owned(),
        args,
    )
}

/// The last versions of these streams.
pub fn ask_versions(streams: &[(OrgId, Stream)]) -> Asked {
    (
        "SELECT wanted.org, wanted.kind, wanted.id, last.stream_version
         FROM unnest(?1::bigint[], ?2::text[], ?3::text[]) AS wanted(org, kind, id)
         CROSS JOIN LATERAL (
           SELECT stream_version FROM orchestration_events
           WHERE org_id = wanted.org AND aggregate_kind = wanted.kind AND stream_id = wanted.id
           ORDER BY stream_version DESC LIMIT 1
         ) AS last"
            .to_owned(),
        vec![
            Arg::Ints(streams.iter().map(|(org, _)| Some(org.0)).collect()),
            Arg::Texts(
                streams
                    .iter()
                    .map(|(_, s)| Some(s.kind().to_owned()))
                    .collect(),
            ),
            Arg::Texts(streams.iter().map(|(_, s)| Some(s.id())).collect()),
        ],
    )
}

/// The last version of each stream that has one.
pub fn versions(rows: &[PgRow]) -> Result<HashMap<(i64, String, String), i64>, Fault> {
    rows.iter()
        .map(|row| {
            let stream = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            Ok((stream, row.try_get(3)?))
        })
        .collect()
}

/// The event of a row that `EVENT` selected.
pub fn event(row: &PgRow) -> Result<Event, Fault> {
    Ok(EventColumns {
        sequence: row.try_get(0)?,
        org: row.try_get(1)?,
        event_id: row.try_get(2)?,
        kind: row.try_get(3)?,
        stream: row.try_get(4)?,
        stream_version: row.try_get(5)?,
        event_type: row.try_get(6)?,
        payload_version: row.try_get(7)?,
        occurred_at: row.try_get(8)?,
        recorded_at: row.try_get(9)?,
        command_id: row.try_get(10)?,
        causation: row.try_get(11)?,
        correlation: row.try_get(12)?,
        actor_kind: row.try_get(13)?,
        actor_id: row.try_get(14)?,
        payload: row.try_get(15)?,
        metadata: row.try_get(16)?,
    }
    .event()?)
}

/// The receipts of these commands.
pub fn ask_receipts(commands: &[(OrgId, String)]) -> Asked {
    (
        "SELECT r.org_id, r.command_id, r.request_hash, r.aggregate_kind, r.aggregate_id, r.accepted_at,
           r.result_sequence, r.error_code, r.error, r.result_json
         FROM unnest(?1::bigint[], ?2::text[]) AS wanted(org, id)
         JOIN orchestration_command_receipts AS r ON r.org_id = wanted.org AND r.command_id = wanted.id"
            .to_owned(),
        vec![
            Arg::Ints(commands.iter().map(|(org, _)| Some(org.0)).collect()),
            Arg::Texts(commands.iter().map(|(_, id)| Some(id.clone())).collect()),
        ],
    )
}

/// The receipt of a row that `ask_receipts` found.
pub fn receipt(row: &PgRow) -> Result<Receipt, Fault> {
    let code: Option<String> = row.try_get(7)?;
    Ok(ReceiptColumns {
        org: OrgId(row.try_get(0)?),
        command_id: row.try_get(1)?,
        request_hash: row.try_get(2)?,
        kind: row.try_get(3)?,
        stream: row.try_get(4)?,
        accepted_at: row.try_get(5)?,
        sequence: row.try_get(6)?,
        refusal: code.zip(row.try_get(8)?),
        result: row.try_get(9)?,
    }
    .receipt()?)
}

/// The events of these commands.
pub fn ask_spent(commands: &[(OrgId, String)]) -> Asked {
    (
        "SELECT wanted.org, wanted.id, e.sequence, e.recorded_at
         FROM unnest(?1::bigint[], ?2::text[]) AS wanted(org, id)
         JOIN orchestration_events AS e ON e.command_id = wanted.id AND e.org_id = wanted.org"
            .to_owned(),
        vec![
            Arg::Ints(commands.iter().map(|(org, _)| Some(org.0)).collect()),
            Arg::Texts(commands.iter().map(|(_, id)| Some(id.clone())).collect()),
        ],
    )
}

/// An event of a command, of a row that `ask_spent` found.
pub fn spent(row: &PgRow) -> Result<((OrgId, String), Head), Fault> {
    let command = (OrgId(row.try_get(0)?), row.try_get(1)?);
    let head = Head {
        sequence: Sequence(row.try_get(2)?),
        recorded_at: time(row.try_get(3)?)?,
    };
    Ok((command, head))
}

/// Keeps receipts.
pub fn keep(receipts: &[Receipt]) -> Asked {
    let texts =
        |of: &dyn Fn(&Receipt) -> Option<String>| Arg::Texts(receipts.iter().map(of).collect());
    let args = vec![
        Arg::Ints(receipts.iter().map(|r| Some(r.org.0)).collect()),
        texts(&|r| Some(r.command_id.clone())),
        texts(&|r| Some(r.request_hash.clone())),
        texts(&|r| Some(r.stream.kind().to_owned())),
        texts(&|r| Some(r.stream.id())),
        texts(&|r| Some(r.accepted_at.to_string())),
        Arg::Ints(receipts.iter().map(|r| Some(r.result_sequence.0)).collect()),
        texts(&|r| {
            let status = if r.refusal().is_some() {
                "rejected"
            } else {
                "accepted"
            };
            Some(status.to_owned())
        }),
        texts(&|r| r.refusal().map(|(code, ..)| code.to_owned())),
        texts(&|r| r.refusal().map(|(_, message, _)| message.to_owned())),
        Arg::Ints(
            receipts
                .iter()
                .map(|r| r.refusal().map(|(.., retry)| i64::from(retry)))
                .collect(),
        ),
        texts(&|r| Some(r.result().to_string())),
    ];
    (
        "INSERT INTO orchestration_command_receipts (
           org_id, command_id, request_hash, aggregate_kind, aggregate_id, accepted_at, result_sequence, status,
           error_code, error, retry_may_succeed, result_json
         ) SELECT * FROM unnest(
           ?1::bigint[], ?2::text[], ?3::text[], ?4::text[], ?5::text[], ?6::text[], ?7::bigint[], ?8::text[],
           ?9::text[], ?10::text[], ?11::bigint[], ?12::text[]
         )"
        .to_owned(),
        args,
    )
}
