//! Which sources the documents of a space watch, counted from their rules. Kept per space until its next push.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::api::SpaceId;
use crate::domain::row::DocumentRow;

/// What the documents of a space have to do with one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// How many documents have a rule on it.
    pub documents: i64,
    /// The patterns of those rules: at most three, then `…`.
    pub patterns: Vec<String>,
}

/// By the name that the rules use.
pub type Watches = BTreeMap<String, Watch>;

const SHOWN: usize = 3;

/// Counts the rules of a space's live documents.
pub fn count<'a>(documents: impl IntoIterator<Item = &'a DocumentRow>) -> Watches {
    let mut watches = Watches::new();
    for document in documents.into_iter().filter(|d| !d.deleted) {
        let mut counted: Vec<&str> = Vec::new();
        for rule in &document.rules {
            let Some(name) = rule.source.as_deref() else {
                continue;
            };
            let watch = watches.entry(name.to_owned()).or_default();
            if !counted.contains(&name) {
                counted.push(name);
                watch.documents += 1;
            }
            if watch.patterns.len() <= SHOWN && !watch.patterns.contains(&rule.path) {
                watch.patterns.push(rule.path.clone());
            }
        }
    }
    for watch in watches.values_mut().filter(|w| w.patterns.len() > SHOWN) {
        watch.patterns.truncate(SHOWN);
        watch.patterns.push("…".to_owned());
    }
    watches
}

/// Counts of spaces, each good for one sync cursor: documents change only with it.
#[derive(Default)]
pub struct WatchCache(Mutex<HashMap<SpaceId, (i64, Arc<Watches>)>>);

impl WatchCache {
    /// The counts of a space at this sync cursor, if they are known.
    pub fn get(&self, space: SpaceId, sync_cursor: i64) -> Option<Arc<Watches>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&space)
            .filter(|(at, _)| *at == sync_cursor)
            .map(|(_, watches)| Arc::clone(watches))
    }

    /// Forgets all: the documents may be others at the same sync cursor.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Keeps them.
    pub fn put(&self, space: SpaceId, sync_cursor: i64, watches: Arc<Watches>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(space, (sync_cursor, watches));
    }
}
