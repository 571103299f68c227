//! What folding the log anew asks of a database: small questions and small writes, all of them in one transaction. What
//! is folded, compared and mended is decided in `refold`, once for all stores.

use std::collections::HashMap;

use serde_json::Value;

use super::StoreError;
use super::command::Head;
use super::projector::Projector;
use crate::base::Timestamp;
use crate::domain::event::{Event, Stream};
use crate::domain::id::{OrgId, Sequence};
use crate::domain::row::{Key, Row};
use crate::domain::scalar::Scalar;
use crate::domain::view::IdKind;

/// A stream as the columns of the log name it, whether or not there can be such a stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Its org.
    pub org: OrgId,
    /// `aggregate_kind`.
    pub kind: String,
    /// `stream_id`.
    pub id: String,
}

impl Name {
    /// The name of `stream`.
    pub fn of(org: OrgId, stream: &Stream) -> Self {
        Self {
            org,
            kind: stream.kind().to_owned(),
            id: stream.id(),
        }
    }

    /// The stream, where there can be such a one.
    pub fn stream(&self) -> Option<Stream> {
        Stream::parse(&self.kind, &self.id)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}

/// A position in the log when it is read stream by stream.
#[derive(Clone, Debug)]
pub struct Place {
    /// In which stream.
    pub name: Name,
    /// At which event of it.
    pub sequence: Sequence,
}

impl Place {
    /// Before everything.
    pub fn start() -> Self {
        Self {
            name: Name {
                org: OrgId(i64::MIN),
                kind: String::new(),
                id: String::new(),
            },
            sequence: Sequence(0),
        }
    }
}

/// An event of the log, or why it cannot be read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// In which stream.
    pub name: Name,
    /// Its position.
    pub sequence: Sequence,
    /// Its place in the stream.
    pub stream_version: i64,
    /// The event, or why it cannot be read.
    pub event: Result<Box<Event>, String>,
}

/// A stream that is set apart (orchestration.md: quarantine).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The stream.
    pub name: Name,
    /// The first event that could not be read or folded.
    pub sequence: Sequence,
    /// Why.
    pub error: String,
    /// When it was noted.
    pub noted_at: Timestamp,
}

/// The row of a stream that has one, as it was after an event (engine.md: looking back).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The stream.
    pub name: Name,
    /// The event.
    pub sequence: Sequence,
    /// Its place in the stream.
    pub stream_version: i64,
    /// The columns of the row.
    pub row: Value,
}

/// After how many events of a stream its row is kept.
const CHECKPOINT_EVERY: i64 = 64;

/// The key of the one row of a stream that has just one.
pub fn one_row(stream: &Stream) -> Option<Key> {
    match stream {
        Stream::Source(id) => Some(Key::Sources(*id)),
        Stream::Project(id) => Some(Key::ProjectionProjects(id.clone())),
        Stream::Org(_)
        | Stream::Integration(_)
        | Stream::Space(_)
        | Stream::Job(_)
        | Stream::Thread(_) => None,
    }
}

/// The checkpoint that is due after `event`, given its stream's row by then.
pub fn checkpoint(event: &Event, row: impl FnOnce(&Key) -> Option<Row>) -> Option<Checkpoint> {
    if (event.stream_version + 1) % CHECKPOINT_EVERY != 0 {
        return None;
    }
    let row = row(&one_row(&event.stream)?)?;
    Some(Checkpoint {
        name: Name::of(event.org, &event.stream),
        sequence: event.sequence,
        stream_version: event.stream_version,
        row: row.to_value(),
    })
}

/// An event with the one before it in the log.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// Its position.
    pub sequence: Sequence,
    /// The position before; 0 for the first.
    pub before: Sequence,
}

/// Events that do not follow on the one before them: a gap, or a time that goes back.
pub const MISPLACED: &str = "SELECT sequence, before FROM (
  SELECT sequence, recorded_at, coalesce(lag(sequence) OVER places, 0) AS before,
    lag(recorded_at) OVER places AS recorded_before
  FROM orchestration_events WINDOW places AS (ORDER BY sequence)
) AS neighbours WHERE before <> sequence - 1 OR recorded_at < recorded_before ORDER BY sequence";

/// The log and the rows, for reading.
pub trait Archive {
    /// The end of the log.
    fn head(&mut self) -> Result<Head, StoreError>;
    /// Events by stream and position, after `after`: at most `limit` of them, but at least one where there is one.
    fn by_stream(&mut self, after: &Place, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// Events of one stream after `after`: at most `limit`, but at least one where there is one.
    fn of_stream(
        &mut self,
        name: &Name,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError>;
    /// Streams with events after `after`, of one kind or of all.
    fn touched(&mut self, kind: Option<&str>, after: Sequence) -> Result<Vec<Name>, StoreError>;
    /// The rows of a stream in a projector's table, or why one cannot be read.
    fn rows(
        &mut self,
        projector: &Projector,
        org: OrgId,
        owner: &Scalar,
    ) -> Result<Vec<Result<Row, String>>, StoreError>;
    /// The streams that rows of a projector's table are of, but that have no event.
    fn strays(&mut self, projector: &Projector) -> Result<Vec<(OrgId, Scalar)>, StoreError>;
    /// Events that are not where they should be (`MISPLACED`).
    fn misplaced(&mut self) -> Result<Vec<Neighbours>, StoreError>;
    /// The last id given of every kind.
    fn counters(&mut self) -> Result<HashMap<IdKind, i64>, StoreError>;
    /// The streams that are set apart.
    fn quarantine(&mut self) -> Result<Vec<Quarantined>, StoreError>;
    /// The checkpoints of a stream, in order.
    fn checkpoints(&mut self, name: &Name) -> Result<Vec<Checkpoint>, StoreError>;
    /// Those of `blobs` that are not noted as referred to.
    fn not_referred(&mut self, org: OrgId, blobs: &[String]) -> Result<Vec<String>, StoreError>;
}

/// The rows, for mending.
pub trait Mend: Archive {
    /// Removes the rows of a stream from a projector's table.
    fn wipe(&mut self, projector: &Projector, org: OrgId, owner: &Scalar)
    -> Result<(), StoreError>;
    /// Writes a row that is not there; `false` where a unique constraint stands against it.
    fn add(&mut self, row: &Row) -> Result<bool, StoreError>;
    /// Sets a stream apart, or no longer.
    fn set_quarantine(
        &mut self,
        name: &Name,
        quarantined: Option<&Quarantined>,
    ) -> Result<(), StoreError>;
    /// Replaces the checkpoints of a stream.
    fn set_checkpoints(
        &mut self,
        name: &Name,
        checkpoints: &[Checkpoint],
    ) -> Result<(), StoreError>;
    /// Notes blobs that an event names.
    fn refer(&mut self, org: OrgId, blobs: &[String]) -> Result<(), StoreError>;
    /// Notes the last id given of `kind`, where it is more than what is noted.
    fn set_counter(&mut self, kind: IdKind, last: i64) -> Result<(), StoreError>;
    /// Notes that every projector stands at `head`.
    fn stand(&mut self, head: Head) -> Result<(), StoreError>;
}
