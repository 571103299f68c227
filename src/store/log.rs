//! The log and its receipts as columns, one text for both databases: what is read of an event and a receipt, and the query
//! of a page of events.

use serde_json::Value;

use super::codec::Cell;
use super::command::Receipt;
use super::sql::Param;
use super::{EventFilter, EventPage, StoreError};
use crate::base::Timestamp;
use crate::domain::event::{Actor, Event, Payload, Stream};
use crate::domain::id::{OrgId, Sequence};
use crate::domain::kind::UnknownWord;

/// Selects what `EventColumns` holds, in its order.
pub const EVENT: &str = "SELECT sequence, org_id, event_id, aggregate_kind, stream_id, stream_version, event_type,
  payload_version, occurred_at, recorded_at, command_id, causation_event_id, correlation_id, actor_kind, actor_id,
  payload_json, metadata_json FROM orchestration_events";

/// An event as its row has it.
#[derive(Debug)]
pub struct EventColumns<'a> {
    /// `sequence`.
    pub sequence: i64,
    /// `org_id`.
    pub org: i64,
    /// `event_id`.
    pub event_id: &'a str,
    /// `aggregate_kind`.
    pub kind: &'a str,
    /// `stream_id`.
    pub stream: &'a str,
    /// `stream_version`.
    pub stream_version: i64,
    /// `event_type`.
    pub event_type: &'a str,
    /// `payload_version`.
    pub payload_version: i64,
    /// `occurred_at`.
    pub occurred_at: &'a str,
    /// `recorded_at`.
    pub recorded_at: &'a str,
    /// `command_id`.
    pub command_id: Option<&'a str>,
    /// `causation_event_id`.
    pub causation: Option<&'a str>,
    /// `correlation_id`.
    pub correlation: Option<&'a str>,
    /// `actor_kind`.
    pub actor_kind: &'a str,
    /// `actor_id`.
    pub actor_id: &'a str,
    /// `payload_json`.
    pub payload: &'a str,
    /// `metadata_json`.
    pub metadata: &'a str,
}

impl EventColumns<'_> {
    /// The event; an older payload comes as the present one.
    pub fn event(&self) -> Result<Event, StoreError> {
        let bad = |why: String| {
            StoreError::Internal(format!(
                "event {} of the log cannot be read: {why}",
                self.sequence
            ))
        };
        let json = |text: &str| serde_json::from_str::<Value>(text).map_err(|e| bad(e.to_string()));
        let when = |text: &str| text.parse::<Timestamp>().map_err(|e| bad(e.to_string()));
        let payload = json(self.payload)?;
        Ok(Event {
            sequence: Sequence(self.sequence),
            org: OrgId(self.org),
            event_id: self.event_id.to_owned(),
            stream: Stream::parse(self.kind, self.stream)
                .ok_or_else(|| bad(format!("there is no stream {} {}", self.kind, self.stream)))?,
            stream_version: self.stream_version,
            occurred_at: when(self.occurred_at)?,
            recorded_at: when(self.recorded_at)?,
            command_id: self.command_id.unwrap_or_default().to_owned(),
            causation_event_id: self.causation.map(str::to_owned),
            correlation_id: self.correlation.map(str::to_owned),
            actor: Actor {
                kind: self
                    .actor_kind
                    .parse()
                    .map_err(|e: UnknownWord| bad(e.to_string()))?,
                id: self.actor_id.to_owned(),
            },
            payload: Payload::from_parts(self.event_type, self.payload_version, payload)
                .map_err(|e| bad(e.to_string()))?,
            metadata: json(self.metadata)?,
        })
    }
}

/// The text and the parameters of a page of events; it asks for one more than `limit`, which says whether there is more.
pub fn page(filter: &EventFilter, after: Sequence, limit: u32) -> (String, Vec<Param>) {
    let mut params: Vec<Param> = Vec::new();
    let mut tests: Vec<String> = Vec::new();
    let mut place = |cell: Cell| {
        params.push(Param::Cell(cell));
        format!("?{}", params.len())
    };
    if !filter.backwards {
        tests.push(format!("sequence > {}", place(Cell::Int(after.0))));
    } else if after.0 != 0 {
        tests.push(format!("sequence < {}", place(Cell::Int(after.0))));
    }
    if let Some(org) = filter.org {
        tests.push(format!("org_id = {}", place(Cell::Int(org.0))));
    }
    if let Some(stream) = &filter.stream {
        let kind = place(Cell::Text(stream.kind().to_owned()));
        tests.push(format!("aggregate_kind = {kind}"));
        tests.push(format!("stream_id = {}", place(Cell::Text(stream.id()))));
    }
    if let Some(actor) = &filter.actor {
        tests.push(format!("actor_id = {}", place(Cell::Text(actor.clone()))));
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
                test + &place(Cell::Text(t.clone()))
            })
            .collect();
        tests.push(format!("({})", any.join(" OR ")));
    }
    let limit = place(Cell::Int(i64::from(limit) + 1));
    let mut sql = EVENT.to_owned();
    if !tests.is_empty() {
        sql += " WHERE ";
        sql += &tests.join(" AND ");
    }
    sql += " ORDER BY sequence";
    if filter.backwards {
        sql += " DESC";
    }
    sql += " LIMIT ";
    sql += &limit;
    (sql, params)
}

/// The page that the rows found by `page` make. An event that cannot be read ends the page before it, and is an error
/// only where a page would begin with it: those before and, by their sequence, those after it stay reachable.
pub fn gather<F>(
    rows: impl Iterator<Item = Result<Event, F>>,
    limit: u32,
    head: Sequence,
) -> Result<EventPage, F> {
    let mut events: Vec<Event> = Vec::new();
    let mut more = false;
    for row in rows {
        match row {
            Ok(event) if events.len() < limit as usize => events.push(event),
            Err(fault) if events.is_empty() => return Err(fault),
            Ok(_) | Err(_) => {
                more = true;
                break;
            }
        }
    }
    let next = events.last().filter(|_| more).map(|e| e.sequence);
    Ok(EventPage { events, next, head })
}

/// A receipt as its row has it.
#[derive(Debug)]
pub struct ReceiptColumns<'a> {
    /// `org_id`.
    pub org: OrgId,
    /// `command_id`.
    pub command_id: &'a str,
    /// `request_hash`.
    pub request_hash: &'a str,
    /// `aggregate_kind`.
    pub kind: &'a str,
    /// `aggregate_id`.
    pub stream: &'a str,
    /// `accepted_at`.
    pub accepted_at: &'a str,
    /// `result_sequence`.
    pub sequence: i64,
    /// `error_code` and `error`.
    pub refusal: Option<(String, String)>,
    /// `result_json`.
    pub result: &'a str,
}

impl ReceiptColumns<'_> {
    /// The receipt.
    pub fn receipt(self) -> Result<Receipt, StoreError> {
        let id = self.command_id;
        let bad = |why: String| {
            StoreError::Internal(format!("the receipt of {id} cannot be read: {why}"))
        };
        let result = serde_json::from_str(self.result).map_err(|e| bad(e.to_string()))?;
        let sequence = Sequence(self.sequence);
        Ok(Receipt {
            org: self.org,
            command_id: id.to_owned(),
            request_hash: self.request_hash.to_owned(),
            stream: Stream::parse(self.kind, self.stream)
                .ok_or_else(|| bad(format!("no stream {} {}", self.kind, self.stream)))?,
            accepted_at: time(self.accepted_at)?,
            outcome: Receipt::outcome_of(sequence, self.refusal, result)?,
            result_sequence: sequence,
        })
    }
}

/// A time as the databases keep it.
pub fn time(text: &str) -> Result<Timestamp, StoreError> {
    text.parse::<Timestamp>()
        .map_err(|e| StoreError::Internal(e.to_string()))
}
