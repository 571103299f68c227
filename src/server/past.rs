//! The org as it was: the log folded up to a position, with the same fold that wrote the rows (engine.md: one fold).

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;

use super::app::App;
use super::fault::Fault;
use crate::api::{Code, OrgId, Sequence, SpaceId};
use crate::domain::fold::{RowOp, Rows, fold};
use crate::domain::row::{Key, Record, Row};
use crate::store::EventFilter;

const BATCH: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");

/// Rows of one moment.
#[derive(Default)]
pub struct Past(BTreeMap<Key, Row>);

impl Rows for Past {
    fn get(&mut self, key: &Key) -> Option<Row> {
        self.0.get(key).cloned()
    }

    fn of_space(&mut self, space: SpaceId) -> Vec<Key> {
        self.0
            .keys()
            .filter(|key| matches!(key, Key::SpaceSources(id, _) | Key::Documents(id, _) if *id == space))
            .cloned()
            .collect()
    }
}

impl Past {
    /// Folds an org's log up to `at`.
    pub async fn replay(app: &App, org: OrgId, at: Sequence) -> Result<Self, Fault> {
        let mut past = Self::default();
        let filter = EventFilter {
            org: Some(org),
            ..EventFilter::default()
        };
        let mut after = Sequence(0);
        loop {
            let page = app.store.events(&filter, after, BATCH).await?;
            if at > page.head || at < Sequence(0) {
                return Err(Fault::new(
                    Code::Invalid,
                    format!(
                        "?at={at} is not a position of the log; it is at {}",
                        page.head
                    ),
                ));
            }
            for event in page.events.iter().filter(|event| event.sequence <= at) {
                let ops = fold(event, &mut past).map_err(|error| {
                    tracing::error!(%error, "the log cannot be folded");
                    Fault::internal()
                })?;
                for op in ops {
                    match op {
                        RowOp::Put(row) => {
                            past.0.insert(row.key(), *row);
                        }
                        RowOp::Delete(key) => {
                            past.0.remove(&key);
                        }
                    }
                }
            }
            match page.next {
                Some(next) if next < at => after = next,
                _ => return Ok(past),
            }
        }
    }

    /// The rows of one table, by key.
    pub fn all<R: Record + Clone>(&self) -> Vec<R> {
        self.0.values().filter_map(R::of).cloned().collect()
    }

    /// The newest rows of a table, newest first.
    pub fn newest<R: Record + Clone>(&self, count: usize) -> Vec<R> {
        let mut rows = self.all::<R>();
        rows.reverse();
        rows.truncate(count);
        rows
    }
}

/// Groups rows by what they belong to.
pub fn group<K: std::hash::Hash + Eq, R>(
    rows: Vec<R>,
    key: impl Fn(&R) -> K,
) -> HashMap<K, Vec<R>> {
    let mut groups: HashMap<K, Vec<R>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
