//! What is shown stands still while somebody reads; the rows of now are kept beside it, once, however much changes.

use super::replica::Replica;
use crate::api::Sequence;
use crate::base::Timestamp;

/// The feed, held.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// Since when.
    pub since: Timestamp,
    /// The position of the log that is shown.
    pub at: Sequence,
    /// The rows as they are now.
    pub now: Replica,
    /// What only the page in front shows changed meanwhile.
    pub page_moved: bool,
}

impl Frozen {
    /// Stands still at these rows.
    pub fn new(rows: &Replica, since: Timestamp) -> Self {
        Self {
            since,
            at: rows.sequence,
            now: rows.clone(),
            page_moved: false,
        }
    }

    /// How many changes wait: each has a position of the log.
    pub fn waiting(&self) -> i64 {
        (self.now.sequence.0 - self.at.0).max(0)
    }

    /// `14 changes wait`.
    pub fn words(&self) -> String {
        match self.waiting() {
            0 => tr!("nothing changed since").to_owned(),
            n => tr_n!(n, "{count} change waits", "{count} changes wait"),
        }
    }
}
