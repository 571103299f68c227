//! How far back runs and deliveries are loaded. A snapshot brings the newest; older ones come a page at a time, when somebody
//! goes on past the end.

use std::collections::BTreeMap;

use crate::api::SourceId;

/// How far one list is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Every row from this id on is here; `None`: as a snapshot brings them.
    pub floor: Option<i64>,
    /// Where the server goes on; `None`: not asked yet.
    pub next: Option<String>,
    /// The first row of all is here.
    pub whole: bool,
}

impl Reach {
    /// A page came: its oldest row, and where the next one goes on.
    pub fn took(&mut self, oldest: Option<i64>, next: Option<String>) {
        if let Some(oldest) = oldest {
            self.floor = Some(self.floor.map_or(oldest, |floor| floor.min(oldest)));
        }
        self.whole = next.is_none();
        self.next = next;
    }
}

/// How far everything is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Runs of all sources.
    pub runs: Reach,
    /// Runs of one source, where they were asked for alone.
    pub of_source: BTreeMap<SourceId, Reach>,
    /// Deliveries.
    pub deliveries: Reach,
}

impl Loaded {
    /// The oldest run that a list shows: those of one source may reach further back than those of all.
    pub fn first_run(&self, source: Option<SourceId>) -> i64 {
        let all = self.runs.floor.unwrap_or(i64::MIN);
        let own = source.and_then(|source| self.of_source.get(&source)?.floor);
        own.map_or(all, |own| own.min(all))
    }
}
