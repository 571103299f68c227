//! The log folded anew: what `verify` compares the rows with and `rebuild` writes. Memory grows with the state, not with
//! the events.

use std::collections::{HashMap, HashSet};

use super::command::{Head, used_ids};
use super::rows::RowMap;
use super::{Drift, Scope};
use crate::domain::event::{Event, Stream};
use crate::domain::fold::{RowOp, Rows, fold};
use crate::domain::id::{OrgId, SpaceId};
use crate::domain::row::{Key, Row, Table};
use crate::domain::view::IdKind;

/// Side state is not in the log, so there is nothing to compare it with.
pub fn is_side(table: Table) -> bool {
    matches!(table, Table::Leases | Table::Secrets)
}

/// A log being folded.
#[derive(Debug, Default)]
pub struct Replay {
    rows: RowMap,
    drift: Drift,
    last: Option<Head>,
    versions: HashMap<(OrgId, Stream), i64>,
    used: HashMap<IdKind, i64>,
    /// Streams with an event that does not fit; what follows in them would only repeat it.
    broken: HashSet<(OrgId, Stream)>,
    /// An event could not be read, so its position is not known.
    unread: bool,
    seen: HashSet<(Key, OrgId)>,
}

struct Of<'a>(&'a RowMap, OrgId);

impl Rows for Of<'_> {
    fn get(&mut self, key: &Key) -> Option<Row> {
        self.0.get(Scope::Org(self.1), key).cloned()
    }
    fn of_space(&mut self, space: SpaceId) -> Vec<Key> {
        self.0.of_space(self.1, space)
    }
}

impl Replay {
    fn differs(&mut self, what: String) {
        self.drift.differences.push(what);
    }

    /// Folds the next event of the log, or notes why it cannot be read.
    pub fn take(&mut self, event: Result<Event, String>) {
        self.drift.events += 1;
        let event = match event {
            Ok(event) => event,
            Err(why) => {
                self.unread = true;
                self.differs(why);
                return;
            }
        };
        self.check_place(&event);
        for (kind, id) in used_ids(std::slice::from_ref(&event)) {
            let last = self.used.entry(kind).or_default();
            *last = id.max(*last);
        }
        let stream = (event.org, event.stream.clone());
        if self.broken.contains(&stream) {
            return;
        }
        match fold(&event, &mut Of(&self.rows, event.org)) {
            Ok(ops) => {
                for op in ops {
                    match op {
                        RowOp::Put(row) => {
                            let key = row.key();
                            if let Err(why) = self.rows.put(*row) {
                                self.differs(format!("event {} of {key:?}: {why}", event.sequence));
                            }
                        }
                        RowOp::Delete(key) => {
                            self.rows.remove(event.org, &key);
                        }
                    }
                }
            }
            Err(error) => {
                self.broken.insert(stream);
                self.differs(error.to_string());
            }
        }
    }

    /// The log has no gap, time in it does not go back, and neither has a stream (engine.md: versions).
    fn check_place(&mut self, event: &Event) {
        let at = event.sequence;
        let expected = self.last.map_or(1, |h| h.sequence.0 + 1);
        if at.0 != expected && !self.unread {
            self.differs(format!(
                "the log goes from {} to {at}: events are missing",
                expected - 1
            ));
        }
        if self.last.is_some_and(|h| event.recorded_at < h.recorded_at) {
            self.differs(format!("event {at} was recorded before the one before it"));
        }
        let version = self
            .versions
            .insert((event.org, event.stream.clone()), event.stream_version)
            .map_or(0, |v| v + 1);
        if event.stream_version != version && !self.unread {
            self.differs(format!(
                "event {at} has version {} of {} {}, and {version} is due",
                event.stream_version,
                event.stream.kind(),
                event.stream.id()
            ));
        }
        self.last = Some(Head {
            sequence: at,
            recorded_at: event.recorded_at,
        });
    }

    /// Compares the end of the log with the head and the counters that the store keeps.
    pub fn end(&mut self, head: Head, counters: &HashMap<IdKind, i64>) {
        let last = self.last.map_or(0, |h| h.sequence.0);
        if head.sequence.0 != last && !self.unread {
            self.differs(format!(
                "log_head says {head}, and the log ends at {last}",
                head = head.sequence
            ));
        }
        let used: Vec<_> = self.used.iter().map(|(k, id)| (*k, *id)).collect();
        for (kind, id) in used {
            if counters.get(&kind).is_none_or(|last| *last < id) {
                self.differs(format!(
                    "id_counters {}: id {id} was given, and would be given again",
                    kind.as_str()
                ));
            }
        }
    }

    /// Compares a row of the store, or notes why it cannot be read.
    pub fn compare(&mut self, table: Table, row: Result<Row, String>) {
        self.drift.rows += 1;
        let row = match row {
            Ok(row) => row,
            Err(why) => return self.differs(why),
        };
        let (key, org) = (row.key(), row.org());
        match self.rows.get(Scope::Org(org), &key) {
            None => self.differs(format!("{} {key:?}: should not be there", table.name())),
            Some(folded) => {
                if *folded != row {
                    let (ours, theirs) = (folded.to_value(), row.to_value());
                    let columns: Vec<&str> = ours
                        .as_object()
                        .into_iter()
                        .flatten()
                        .filter(|(name, value)| theirs[name.as_str()] != **value)
                        .map(|(name, _)| name.as_str())
                        .collect();
                    self.differs(format!(
                        "{} {key:?}: differs in {}",
                        table.name(),
                        columns.join(", ")
                    ));
                }
                self.seen.insert((key, org));
            }
        }
    }

    /// What was found, the rows as they should be, and the largest id used of every kind.
    pub fn finish(mut self) -> (Drift, RowMap, HashMap<IdKind, i64>) {
        for table in Table::ALL.iter().filter(|t| !is_side(**t)) {
            for row in self.rows.all(*table) {
                let key = (row.key(), row.org());
                if !self.seen.contains(&key) {
                    self.drift.differences.push(format!(
                        "{} {:?}: is missing",
                        table.name(),
                        key.0
                    ));
                }
            }
        }
        (self.drift, self.rows, self.used)
    }
}
