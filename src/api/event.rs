//! The log on the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::base::Timestamp;
use crate::domain::event;
use crate::domain::id::Sequence;
use crate::domain::kind::ActorKind;

/// One event of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its position.
    pub sequence: Sequence,
    /// Derived from its command and its place among that command's events.
    pub event_id: String,
    /// `source`, `space`, `job`, …
    pub aggregate_kind: String,
    /// Which of them.
    pub stream_id: String,
    /// Its place in that stream, from 0.
    pub stream_version: i64,
    /// `source.linked`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// When it happened.
    #[schema(value_type = String)]
    pub occurred_at: Timestamp,
    /// When it was recorded; monotone with the sequence.
    #[schema(value_type = String)]
    pub recorded_at: Timestamp,
    /// The command that it came from.
    pub command_id: Option<String>,
    /// The event that caused it.
    pub causation_event_id: Option<String>,
    /// What it belongs to.
    pub correlation_id: Option<String>,
    /// Who acted.
    pub actor: EventActor,
    /// What happened.
    pub payload: Value,
    /// Circumstances.
    pub metadata: Value,
}

impl From<&event::Event> for Event {
    /// As everybody may read it who may read the log at all: without the hashes of tokens, and without what a webhook said,
    /// which its delivery tells those who may know.
    fn from(event: &event::Event) -> Self {
        let mut told = Self::whole(event);
        let hidden: &[&str] = match &event.payload {
            event::Payload::TokenCreated { .. } => &["hash"],
            event::Payload::DeliveryReceived(_) => &["headers", "bodyBlob"],
            _ => &[],
        };
        if let Some(fields) = told.payload.as_object_mut() {
            fields.retain(|name, _| !hidden.contains(&name.as_str()));
        }
        told
    }
}

impl Event {
    /// With everything that was recorded, for whoever has the database itself.
    pub fn whole(event: &event::Event) -> Self {
        let (event_type, payload) = event.payload.to_parts();
        Self {
            sequence: event.sequence,
            event_id: event.event_id.clone(),
            aggregate_kind: event.stream.kind().to_owned(),
            stream_id: event.stream.id(),
            stream_version: event.stream_version,
            event_type,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            command_id: Some(event.command_id.clone()),
            causation_event_id: event.causation_event_id.clone(),
            correlation_id: event.correlation_id.clone(),
            actor: EventActor {
                kind: event.actor.kind,
                id: event.actor.id.clone(),
            },
            payload,
            metadata: event.metadata.clone(),
        }
    }
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventActor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Its name: of the token, the runner, the integration.
    pub id: String,
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Where to go on; `null` at the head.
    pub next_sequence: Option<Sequence>,
}
