//! Deciding: what a command asks of the present state, and what it answers (engine.md: a decider is a pure value).

use std::collections::HashMap;

use serde_json::Value;

use super::code::Code;
use super::event::{Actor, Event, NewEvent};
use super::id::OrgId;
use super::row::{Key, Record, Row, Table};
pub use super::scalar::Scalar;
use crate::base::Timestamp;

/// What a column must be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// Equal to this.
    Is(Scalar),
    /// One of these.
    In(Vec<Scalar>),
    /// At most this.
    AtMost(Scalar),
    /// Less than this.
    Below(Scalar),
    /// More than this.
    Above(Scalar),
    /// Not set.
    Null,
    /// Set.
    NotNull,
}

/// Rows of one table by conditions that all hold, in the order asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Find {
    /// The table.
    pub table: Table,
    /// Column and condition.
    pub tests: Vec<(&'static str, Test)>,
    /// Column and whether descending; ties, and no order at all, go by key.
    pub order: Option<(&'static str, bool)>,
    /// At most this many.
    pub limit: Option<u32>,
}

impl Find {
    /// All rows of `table`.
    pub const fn all(table: Table) -> Self {
        Self {
            table,
            tests: Vec::new(),
            order: None,
            limit: None,
        }
    }
    /// Those whose `column` equals `value`.
    pub fn is(mut self, column: &'static str, value: impl Into<Scalar>) -> Self {
        self.tests.push((column, Test::Is(value.into())));
        self
    }
    /// Those whose `column` meets `test`.
    pub fn test(mut self, column: &'static str, test: Test) -> Self {
        self.tests.push((column, test));
        self
    }
    /// Newest first by `column`.
    pub const fn newest(mut self, column: &'static str) -> Self {
        self.order = Some((column, true));
        self
    }
    /// Oldest first by `column`.
    pub const fn oldest(mut self, column: &'static str) -> Self {
        self.order = Some((column, false));
        self
    }
    /// At most `count`.
    pub const fn limit(mut self, count: u32) -> Self {
        self.limit = Some(count);
        self
    }

    /// Whether a row with these columns meets the conditions; for stores without SQL, and for rows not written yet.
    pub fn matches(&self, columns: &Value) -> bool {
        self.tests.iter().all(|(column, test)| {
            let value = &columns[*column];
            match test {
                Test::Null => value.is_null(),
                Test::NotNull => !value.is_null(),
                Test::Is(wanted) => compare(value, wanted) == Some(std::cmp::Ordering::Equal),
                Test::In(wanted) => wanted
                    .iter()
                    .any(|w| compare(value, w) == Some(std::cmp::Ordering::Equal)),
                Test::AtMost(wanted) => {
                    compare(value, wanted).is_some_and(std::cmp::Ordering::is_le)
                }
                Test::Below(wanted) => {
                    compare(value, wanted).is_some_and(std::cmp::Ordering::is_lt)
                }
                Test::Above(wanted) => {
                    compare(value, wanted).is_some_and(std::cmp::Ordering::is_gt)
                }
            }
        })
    }
}

fn compare(value: &Value, wanted: &Scalar) -> Option<std::cmp::Ordering> {
    match wanted {
        Scalar::Int(wanted) => value.as_i64().map(|v| v.cmp(wanted)),
        Scalar::Text(wanted) => value.as_str().map(|v| v.cmp(wanted)),
        Scalar::Bool(wanted) => value.as_bool().map(|v| v.cmp(wanted)),
    }
}

/// Counters that integer ids come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// Of orgs.
    Org,
    /// Of tokens.
    Token,
    /// Of integrations.
    Integration,
    /// Of deliveries.
    Delivery,
    /// Of sources.
    Source,
    /// Of spaces.
    Space,
    /// Of jobs.
    Job,
}

impl IdKind {
    /// Every counter.
    pub const ALL: &'static [IdKind] = &[
        Self::Org,
        Self::Token,
        Self::Integration,
        Self::Delivery,
        Self::Source,
        Self::Space,
        Self::Job,
    ];

    /// Its name in `id_counters`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::Token => "token",
            Self::Integration => "integration",
            Self::Delivery => "delivery",
            Self::Source => "source",
            Self::Space => "space",
            Self::Job => "job",
        }
    }
}

/// One thing that a decider, or a reader, must know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// A row by its key.
    Row(Key),
    /// Rows by conditions.
    Find(Find),
    /// The `n`-th next unused id of a kind (0 is the next); ids that the decision does not use stay unused.
    NextId(IdKind, u32),
}

/// What answers a need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// The row, or that there is none.
    Row(Option<Row>),
    /// The rows, in the order asked for.
    Rows(Vec<Row>),
    /// The id.
    Id(i64),
}

/// Part of the present state, as far as it was asked for.
#[derive(Clone, Debug)]
pub struct View {
    org: OrgId,
    now: Timestamp,
    actor: Actor,
    known: HashMap<Need, Known>,
}

/// Why a decision is not there yet, or will not be.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The store must answer these first, then ask again.
    Need(Vec<Need>),
    /// The command is refused.
    Reject(Box<Rejection>),
}

impl View {
    /// A view of `org` that knows nothing yet.
    pub fn new(org: OrgId, now: Timestamp, actor: Actor) -> Self {
        Self {
            org,
            now,
            actor,
            known: HashMap::new(),
        }
    }
    /// The org.
    pub const fn org(&self) -> OrgId {
        self.org
    }
    /// When the command was given.
    pub const fn now(&self) -> Timestamp {
        self.now
    }
    /// Who gave it.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }
    /// Adds an answer.
    pub fn learn(&mut self, need: Need, known: Known) {
        self.known.insert(need, known);
    }
    /// Whether the need is answered.
    pub fn knows(&self, need: &Need) -> bool {
        self.known.contains_key(need)
    }

    /// Stops for all of `needs` that are not answered yet, so that the store answers them in one go.
    pub fn require(&self, needs: impl IntoIterator<Item = Need>) -> Result<(), Stop> {
        let missing: Vec<Need> = needs.into_iter().filter(|n| !self.knows(n)).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Stop::Need(missing))
        }
    }

    /// The row of `key`.
    pub fn row<R: Record>(&self, key: Key) -> Result<Option<&R>, Stop> {
        debug_assert_eq!(key.table(), R::TABLE);
        let need = Need::Row(key);
        match self.known.get(&need) {
            Some(Known::Row(row)) => Ok(row.as_ref().and_then(R::of)),
            _ => Err(Stop::Need(vec![need])),
        }
    }

    /// The row that answers a need, whatever its table; `None`: there is none, or it was not asked for.
    pub fn known_row(&self, need: &Need) -> Option<&Row> {
        match self.known.get(need) {
            Some(Known::Row(row)) => row.as_ref(),
            _ => None,
        }
    }

    /// The rows that `find` asks for.
    pub fn find<R: Record>(&self, find: Find) -> Result<Vec<&R>, Stop> {
        debug_assert_eq!(find.table, R::TABLE);
        let need = Need::Find(find);
        match self.known.get(&need) {
            Some(Known::Rows(rows)) => Ok(rows.iter().filter_map(R::of).collect()),
            _ => Err(Stop::Need(vec![need])),
        }
    }

    /// The same, of whatever table.
    pub fn rows(&self, find: Find) -> Result<&[Row], Stop> {
        let need = Need::Find(find);
        match self.known.get(&need) {
            Some(Known::Rows(rows)) => Ok(rows),
            _ => Err(Stop::Need(vec![need])),
        }
    }

    /// The next unused id of `kind`; `n` counts on from it within one decision.
    pub fn next_id(&self, kind: IdKind, n: u32) -> Result<i64, Stop> {
        let need = Need::NextId(kind, n);
        match self.known.get(&need) {
            Some(Known::Id(id)) => Ok(*id),
            _ => Err(Stop::Need(vec![need])),
        }
    }
}

/// A command: decides against a view. Pure and re-runnable: the store calls it again whenever it learned more.
pub trait Decider: Send + Sync + std::fmt::Debug {
    /// What it is called where commands are counted: its type, unless the contract has a name for it.
    fn kind(&self) -> &'static str {
        let path = std::any::type_name::<Self>();
        path.rsplit("::").next().unwrap_or(path)
    }

    /// The decision, or what stands in its way.
    fn decide(&self, view: &View) -> Result<Decision, Stop>;
}

/// What an accepted command does.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// What happened, in order. Empty: nothing changes, and the reply says what is.
    pub events: Vec<NewEvent>,
    /// Rows written beside the log (`Table::is_side`).
    pub side: Vec<Row>,
    /// Rows beside the log that go.
    pub side_gone: Vec<Key>,
    /// What to tell the caller.
    pub reply: Reply,
    /// How to take it back.
    pub undo: Option<Undo>,
    /// Until when it can be taken back, or why not.
    pub undo_note: String,
    /// What else follows, in sentences.
    pub consequences: Vec<Consequence>,
}

impl Decision {
    /// One event, answered with the row at `key`.
    pub fn of(event: NewEvent, key: Key) -> Self {
        Self {
            events: vec![event],
            reply: Reply::Row(key),
            ..Self::default()
        }
    }
    /// Nothing changes; answered with the row at `key`.
    pub fn unchanged(key: Key) -> Self {
        Self {
            reply: Reply::Row(key),
            ..Self::default()
        }
    }
    /// Adds how to take it back.
    pub fn undo(mut self, undo: Undo, note: impl Into<String>) -> Self {
        self.undo = Some(undo);
        self.undo_note = note.into();
        self
    }
    /// Says why it cannot be taken back.
    pub fn no_undo(mut self, note: impl Into<String>) -> Self {
        self.undo_note = note.into();
        self
    }
    /// Adds a consequence.
    pub fn follows(mut self, kind: &'static str, text: impl Into<String>) -> Self {
        self.consequences.push(Consequence {
            kind,
            text: text.into(),
        });
        self
    }
}

/// What the caller is told. A row is rendered after the fold, and the receipt keeps what was rendered.
#[derive(Clone, Debug, Default)]
pub enum Reply {
    /// Nothing but that it was done.
    #[default]
    Done,
    /// The row of this key, as it is afterwards (`null` when it is gone).
    Row(Key),
    /// This.
    Value(Value),
}

/// The compensating command, as calls of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// What it does, in a few words.
    pub label: String,
    /// Method, path, body, expected version.
    pub calls: Vec<UndoCall>,
}

/// One compensating call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoCall {
    /// `POST`, `PATCH`, `DELETE`.
    pub method: &'static str,
    /// Path below `/api`.
    pub path: String,
    /// JSON body.
    pub body: Value,
    /// The version that it expects.
    pub if_match: Option<i64>,
}

/// Something that follows from a command besides its own row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// `event`, `cursor`, `job`, `first-run`, `note`.
    pub kind: &'static str,
    /// One sentence.
    pub text: String,
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The code.
    pub code: Code,
    /// What is wrong, and the remedy.
    pub message: String,
    /// Which field, as a JSON pointer.
    pub pointer: Option<String>,
    /// The resource as it is.
    pub current: Option<Value>,
}

impl Rejection {
    /// A refusal with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            pointer: None,
            current: None,
        }
    }
    /// Names the field.
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }
    /// Shows what is.
    pub fn showing(mut self, current: Value) -> Self {
        self.current = Some(current);
        self
    }
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Stop::Reject(Box::new(rejection))
    }
}

/// Refuses with `invalid` at a field.
pub fn invalid(pointer: &str, message: impl Into<String>) -> Stop {
    Rejection::new(Code::Invalid, message).at(pointer).into()
}

/// Refuses with `not-found`.
pub fn not_found(what: &str, id: impl std::fmt::Display) -> Stop {
    Rejection::new(Code::NotFound, format!("{what} {id} not found")).into()
}

/// Refuses with `conflict`.
pub fn conflict(message: impl Into<String>) -> Stop {
    Rejection::new(Code::Conflict, message).into()
}

/// The column under which a refusal notes the table of the row that it shows, so that who answers can say it on the wire.
pub const TABLE_MARK: &str = "$table";

fn marked(row: &Row) -> Value {
    let mut columns = row.to_value();
    columns[TABLE_MARK] = row.table().name().into();
    columns
}

/// Refuses unless `expected`, where given, is the row's version (`If-Match`).
pub fn check_version(expected: Option<i64>, version: i64, row: &Row) -> Result<(), Stop> {
    match expected {
        Some(expected) if expected != version => Err(Rejection::new(
            Code::Precondition,
            format!("Version {expected} was expected, and it is at {version}: it changed meanwhile. Read it again and repeat the change."),
        )
        .showing(marked(row))
        .into()),
        _ => Ok(()),
    }
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The events as recorded.
    pub events: Vec<Event>,
    /// The rendered reply.
    pub reply: Value,
}
