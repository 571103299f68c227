//! Around what happened: whose stream, who acted, when, and what it followed from (orchestration.md: writing).

use serde_json::Value;

use super::Payload;
use crate::base::Timestamp;
use crate::domain::id::{
    IntegrationId, JobId, OrgId, ProjectId, Sequence, SourceId, SpaceId, ThreadId,
};
use crate::domain::kind::ActorKind;

/// Which stream an event belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// An org.
    Org(OrgId),
    /// An integration.
    Integration(IntegrationId),
    /// A source.
    Source(SourceId),
    /// A space.
    Space(SpaceId),
    /// A job.
    Job(JobId),
    /// A project (seed 003).
    Project(ProjectId),
    /// A thread (seed 003).
    Thread(ThreadId),
}

impl Stream {
    /// The aggregate kind, as in the log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Org(_) => "org",
            Self::Integration(_) => "integration",
            Self::Source(_) => "source",
            Self::Space(_) => "space",
            Self::Job(_) => "job",
            Self::Project(_) => "project",
            Self::Thread(_) => "thread",
        }
    }

    /// The stream id, as in the log.
    pub fn id(&self) -> String {
        match self {
            Self::Org(id) => id.to_string(),
            Self::Integration(id) => id.to_string(),
            Self::Source(id) => id.to_string(),
            Self::Space(id) => id.to_string(),
            Self::Job(id) => id.to_string(),
            Self::Project(id) => id.to_string(),
            Self::Thread(id) => id.to_string(),
        }
    }

    /// The stream of these columns.
    pub fn parse(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "org" => id.parse().ok().map(Self::Org),
            "integration" => id.parse().ok().map(Self::Integration),
            "source" => id.parse().ok().map(Self::Source),
            "space" => id.parse().ok().map(Self::Space),
            "job" => id.parse().ok().map(Self::Job),
            "project" => id.parse().ok().map(Self::Project),
            "thread" => id.parse().ok().map(Self::Thread),
            _ => None,
        }
    }
}

/// Who acted: explicit, never inferred.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// What kind.
    pub kind: ActorKind,
    /// Its name: of the token, the runner, the integration.
    pub id: String,
}

impl Actor {
    /// The server itself.
    pub fn system() -> Self {
        Self {
            kind: ActorKind::System,
            id: "jolli".to_owned(),
        }
    }
}

/// An event before it has a place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Whose.
    pub stream: Stream,
    /// What happened.
    pub payload: Payload,
    /// Circumstances, such as an operator's reason.
    pub metadata: Value,
    /// Domain time, where the command says it; absent: when the command was given.
    pub occurred_at: Option<Timestamp>,
    /// Which event of the same decision caused it, by its place from 0; absent: what caused the command.
    pub caused_by: Option<usize>,
}

impl NewEvent {
    /// An event without circumstances.
    pub fn new(stream: Stream, payload: impl Into<Payload>) -> Self {
        Self {
            stream,
            payload: payload.into(),
            metadata: Value::Object(serde_json::Map::new()),
            occurred_at: None,
            caused_by: None,
        }
    }
    /// At another time than that of its command.
    pub fn at(mut self, occurred_at: Timestamp) -> Self {
        self.occurred_at = Some(occurred_at);
        self
    }
    /// Caused by an earlier event of the same decision.
    pub fn caused_by(mut self, place: usize) -> Self {
        self.caused_by = Some(place);
        self
    }
    /// With one circumstance more.
    pub fn noting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.metadata[name] = value.into();
        self
    }
    /// With the operator's reason, where one was given.
    pub fn because(mut self, reason: Option<&str>) -> Self {
        if let Some(reason) = reason {
            self.metadata["reason"] = Value::from(reason);
        }
        self
    }
}

/// An event as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its position.
    pub sequence: Sequence,
    /// Derived: command id and index.
    pub event_id: String,
    /// Its org.
    pub org: OrgId,
    /// Its stream.
    pub stream: Stream,
    /// Its place in the stream, from 0.
    pub stream_version: i64,
    /// Domain time.
    pub occurred_at: Timestamp,
    /// The server's time; monotone with the sequence.
    pub recorded_at: Timestamp,
    /// The command.
    pub command_id: String,
    /// The event that caused it.
    pub causation_event_id: Option<String>,
    /// What it belongs to.
    pub correlation_id: Option<String>,
    /// Who acted.
    pub actor: Actor,
    /// What happened.
    pub payload: Payload,
    /// Circumstances.
    pub metadata: Value,
}
