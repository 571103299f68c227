//! The rows as they were at an earlier position of the log, as a difference against now (engine.md: looking back):
//! streams that began since are left out, streams that went on since are folded up to that position, and the rest is as
//! it stands. The cost is of what happened since, not of the log.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::archive::{Checkpoint, Entry, Name};
use super::command::State;
use super::projector::{PROJECTORS, Projector};
use super::refold::Folding;
use super::rows::compare;
use super::{Question, Scope, StoreError};
use crate::domain::event::{Actor, Stream};
use crate::domain::id::{DeliveryId, OrgId, Sequence};
use crate::domain::row::{Key, Row, Table};
use crate::domain::scalar::Scalar;
use crate::domain::view::{Find, Known, Need, Stop, Test, View};

/// Streams that are folded at once.
const CHUNK: usize = 64;

/// The type of the events that are left out of a fold: their rows never change, so their ids alone tell then from now.
pub const DELIVERY: &str = "integration.delivery-received";

/// What looking back asks of a store beyond the present state; in one transaction with it.
pub trait Bygone: State {
    /// The org's streams with events after `at`, each with the version of the first of them.
    fn touched_since(&mut self, org: OrgId, at: Sequence)
    -> Result<Vec<(Stream, i64)>, StoreError>;
    /// The last checkpoint of each of these streams that is not after `at`.
    fn checkpoints_until(
        &mut self,
        names: &[Name],
        at: Sequence,
    ) -> Result<Vec<Checkpoint>, StoreError>;
    /// The events of these streams from a version on up to `at`, stream by stream in order, deliveries left out.
    fn events_until(
        &mut self,
        from: &[(Name, i64)],
        at: Sequence,
    ) -> Result<Vec<Entry>, StoreError>;
    /// The first delivery received after `at`.
    fn delivery_after(
        &mut self,
        org: OrgId,
        at: Sequence,
    ) -> Result<Option<DeliveryId>, StoreError>;
}

/// What happened to the streams of one kind since then.
#[derive(Default)]
struct Since {
    began: HashSet<Scalar>,
    went_on: HashSet<Scalar>,
    /// The smallest id of those that began since, where ids are numbers: they are given in the order of the log.
    first: Option<i64>,
    /// The rows of those that went on, as they were.
    rows: HashMap<Key, Row>,
}

struct Past<'a> {
    state: &'a mut dyn Bygone,
    org: OrgId,
    at: Sequence,
    touched: HashMap<&'static str, Vec<(Stream, i64)>>,
    since: HashMap<&'static str, Since>,
}

/// Answers `question` with the rows as they were at `at`; `None` when the log does not reach there.
pub fn past(
    state: &mut dyn Bygone,
    org: OrgId,
    at: Sequence,
    question: &Question,
) -> Result<Option<View>, StoreError> {
    let head = state.head();
    if at > head.sequence || at < Sequence(0) {
        return Ok(None);
    }
    let mut touched: HashMap<&'static str, Vec<(Stream, i64)>> = HashMap::new();
    for (stream, version) in state.touched_since(org, at)? {
        touched
            .entry(stream.kind())
            .or_default()
            .push((stream, version));
    }
    let mut past = Past {
        state,
        org,
        at,
        touched,
        since: HashMap::new(),
    };
    let mut view = View::new(org, head.recorded_at, Actor::system());
    loop {
        match question(&view) {
            Ok(()) => return Ok(Some(view)),
            Err(Stop::Reject(rejection)) => {
                return Err(StoreError::Internal(rejection.message));
            }
            Err(Stop::Need(needs)) => {
                for need in needs {
                    let known = match &need {
                        Need::Row(key) => Known::Row(past.row(key)?),
                        Need::Find(find) => Known::Rows(past.find(find)?),
                        Need::NextId(..) => {
                            return Err(StoreError::Internal(
                                "no id is given in the past".to_owned(),
                            ));
                        }
                    };
                    view.learn(need, known);
                }
            }
        }
    }
}

impl Past<'_> {
    fn projector(table: Table) -> Result<&'static Projector, StoreError> {
        PROJECTORS.iter().find(|p| p.table == table).ok_or_else(|| {
            StoreError::Internal(format!("{} is not folded from the log", table.name()))
        })
    }

    /// Folds the streams of a kind that went on since, unless that is done.
    fn load(&mut self, kind: &'static str) -> Result<(), StoreError> {
        if self.since.contains_key(kind) {
            return Ok(());
        }
        let mut since = Since::default();
        let mut names = Vec::new();
        for (stream, version) in self.touched.remove(kind).unwrap_or_default() {
            let owner = stream.scalar();
            if version > 0 {
                names.push(Name::of(self.org, &stream));
                since.went_on.insert(owner);
            } else {
                if let Scalar::Int(id) = owner {
                    since.first = Some(since.first.map_or(id, |first| first.min(id)));
                }
                since.began.insert(owner);
            }
        }
        for names in names.chunks(CHUNK) {
            for row in self.fold(names)? {
                since.rows.insert(row.key(), row);
            }
        }
        self.since.insert(kind, since);
        Ok(())
    }

    fn fold(&mut self, names: &[Name]) -> Result<Vec<Row>, StoreError> {
        let mut folding: HashMap<Name, Folding> = names
            .iter()
            .map(|name| (name.clone(), Folding::new(name.clone())))
            .collect();
        let mut from: HashMap<Name, i64> = names.iter().map(|n| (n.clone(), 0)).collect();
        for checkpoint in self.state.checkpoints_until(names, self.at)? {
            // One that cannot be read costs time, nothing else.
            if let Some(folding) = folding.get_mut(&checkpoint.name)
                && folding.go_on(&checkpoint)
            {
                from.insert(checkpoint.name, checkpoint.stream_version + 1);
            }
        }
        let from: Vec<(Name, i64)> = from.into_iter().collect();
        for entry in self.state.events_until(&from, self.at)? {
            if let Some(folding) = folding.get_mut(&entry.name) {
                folding.take(entry);
            }
        }
        Ok(folding
            .into_values()
            .flat_map(|folding| {
                PROJECTORS
                    .iter()
                    .flat_map(|p| folding.rows.all(p.table).cloned().collect::<Vec<_>>())
                    .collect::<Vec<_>>()
            })
            .collect())
    }

    fn row(&mut self, key: &Key) -> Result<Option<Row>, StoreError> {
        let columns = key.table().key_columns();
        let mut find = Find::all(key.table());
        for (column, value) in columns.iter().zip(key.values()) {
            find = find.is(column, value);
        }
        Ok(self.find(&find)?.pop())
    }

    fn find(&mut self, find: &Find) -> Result<Vec<Row>, StoreError> {
        let projector = Self::projector(find.table)?;
        if find.table == Table::Deliveries {
            let mut then = find.clone();
            if let Some(first) = self.state.delivery_after(self.org, self.at)? {
                then = then.test("id", Test::Below(first.0.into()));
            }
            return self.state.find(Scope::Org(self.org), &then);
        }
        self.load(projector.kind)?;
        let since = &self.since[projector.kind];
        let mut now = find.clone();
        if let Some(first) = since.first.filter(|_| projector.owner != "org_id") {
            now = now.test(projector.owner, Test::Below(first.into()));
        }
        // Where a stream has one row here, those that went on hide at most as many others.
        now.limit = find
            .limit
            .filter(|_| find.table.key_columns() == [projector.owner])
            .filter(|_| since.first.is_some() || since.began.is_empty())
            .and_then(|limit| limit.checked_add(u32::try_from(since.went_on.len()).ok()?));
        let touched = |row: &Row| {
            let owner = owner_of(row, projector);
            since.began.contains(&owner) || since.went_on.contains(&owner)
        };
        let mut rows = self.state.find(Scope::Org(self.org), &now)?;
        if !since.began.is_empty() || !since.went_on.is_empty() {
            rows.retain(|row| !touched(row));
        }
        let before = rows.len();
        rows.extend(
            since
                .rows
                .values()
                .filter(|row| row.table() == find.table && find.matches(&row.to_value()))
                .cloned(),
        );
        if rows.len() > before {
            sort(&mut rows, find);
        }
        if let Some(limit) = find.limit {
            rows.truncate(limit as usize);
        }
        Ok(rows)
    }
}

/// Of which stream a row is.
fn owner_of(row: &Row, projector: &Projector) -> Scalar {
    let columns = row.table().key_columns();
    match columns.iter().position(|c| *c == projector.owner) {
        Some(at) => row.key().values().swap_remove(at),
        // Tokens, which are of their org's stream.
        None => row.org().0.into(),
    }
}

fn sort(rows: &mut [Row], find: &Find) {
    match find.order {
        None => rows.sort_by_cached_key(Row::key),
        Some((column, newest)) => {
            rows.sort_by_cached_key(|row| Place {
                value: row.to_value()[column].take(),
                newest,
                key: row.key(),
            });
        }
    }
}

/// A row's place in the order asked for; ties go by key.
struct Place {
    value: Value,
    newest: bool,
    key: Key,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = compare(&self.value, &other.value);
        let order = if self.newest { order.reverse() } else { order };
        order.then_with(|| self.key.cmp(&other.key))
    }
}
impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Place {}
