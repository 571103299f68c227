//! What came and what ran in a window of time, counted by the database: of the last thousand deliveries nobody needs the rows
//! to know how many were refused.

use super::sql::Dialect;
use crate::base::Timestamp;
use crate::domain::id::{OrgId, SourceId, SpaceId};
use crate::domain::kind::{ApprovalStatus, DeliveryStatus, JobStatus, SpaceStatus};
use crate::domain::row::{
    ApprovalRow, DeliveryRow, JobRow, JobSpaceRow, Record as _, Row, ThreadRow,
};

/// A window of time in slices of equal length. Whole seconds, so that every database cuts it at the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where it begins.
    pub since: Timestamp,
    /// How long a slice is, in seconds.
    pub slice: i64,
    /// How many there are.
    pub slices: u32,
}

impl Window {
    /// The moment behind its end.
    pub fn until(self) -> Timestamp {
        self.since.plus_seconds(self.slice * i64::from(self.slices))
    }

    /// The slice that a moment falls in.
    fn slice_of(self, at: Timestamp) -> Option<u32> {
        let into = at.as_millis() - self.since.as_millis();
        let slice = into.div_euclid(self.slice * 1_000);
        u32::try_from(slice).ok().filter(|it| *it < self.slices)
    }

    /// In whole seconds since 1970.
    pub(super) fn since_seconds(self) -> i64 {
        self.since.as_millis().div_euclid(1_000)
    }
}

/// What the window holds. Slices, statuses and pairs of which there is nothing are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Deliveries by slice and what became of them, by when they were received.
    pub deliveries: Vec<(u32, DeliveryStatus, u64)>,
    /// Runs that ended, by slice and how, by when they ended.
    pub runs: Vec<(u32, JobStatus, u64)>,
    /// Runs that failed, by source.
    pub failed_runs: Vec<(SourceId, u64)>,
    /// Spaces that failed in runs, by source and space.
    pub failed_spaces: Vec<(SourceId, SpaceId, u64)>,
    /// Approvals that wait now, whenever they were asked for.
    pub approvals: u64,
    /// When the first of them was asked for.
    pub oldest_approval: Option<Timestamp>,
}

/// The slice of the moment in a column, from the first moment (`?2`, in seconds) and the length of a slice (`?3`).
fn slice(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("(unixepoch({column}) - ?2) / ?3"),
        Dialect::Postgres => {
            format!("(floor(extract(epoch FROM {column}::timestamptz))::bigint - ?2) / ?3")
        }
    }
}

/// Asked with the org, the first second, the length of a slice, the first moment and the one behind the last.
pub(super) fn deliveries(dialect: Dialect) -> String {
    by_slice(dialect, "deliveries", "received_at")
}

/// Asked likewise. What goes on has not ended, so nothing but its end is asked for.
pub(super) fn runs(dialect: Dialect) -> String {
    by_slice(dialect, "jobs", "finished_at")
}

fn by_slice(dialect: Dialect, table: &str, column: &str) -> String {
    let slice = slice(dialect, column);
    format!(
        "SELECT {slice} AS slice, status, count(*) FROM {table}
         WHERE org_id = ?1 AND {column} >= ?4 AND {column} < ?5
         GROUP BY 1, status ORDER BY 1, status"
    )
}

/// Asked with the org, the first moment and the one behind the last.
pub(super) const FAILED_RUNS: &str = "SELECT source_id, count(*) FROM jobs
    WHERE org_id = ?1 AND status = 'failed' AND finished_at >= ?2 AND finished_at < ?3
    GROUP BY source_id ORDER BY source_id";

/// Asked likewise.
pub(super) const FAILED_SPACES: &str = "SELECT source_id, space_id, count(*) FROM job_spaces
    WHERE org_id = ?1 AND status = 'failed' AND finished_at >= ?2 AND finished_at < ?3
    GROUP BY source_id, space_id ORDER BY source_id, space_id";

/// Asked with the org. The first test is that of the partial index.
pub(super) const APPROVALS: &str =
    "SELECT count(*), min(asked.created_at) FROM projection_pending_approvals AS asked
    JOIN projection_threads AS thread ON thread.org_id = asked.org_id AND thread.thread_id = asked.thread_id
    WHERE asked.org_id = ?1 AND asked.status IN ('pending', 'responding') AND asked.status = 'pending'
      AND thread.deleted_at IS NULL";

/// The same of rows in memory.
pub(super) fn counted<'r>(
    rows: impl Iterator<Item = &'r Row>,
    org: OrgId,
    window: Window,
) -> Pulse {
    use std::collections::{BTreeMap, BTreeSet};
    let mut deliveries: BTreeMap<(u32, &str), (DeliveryStatus, u64)> = BTreeMap::new();
    let mut runs: BTreeMap<(u32, &str), (JobStatus, u64)> = BTreeMap::new();
    let mut failed_runs: BTreeMap<SourceId, u64> = BTreeMap::new();
    let mut failed_spaces: BTreeMap<(SourceId, SpaceId), u64> = BTreeMap::new();
    let mut deleted = BTreeSet::new();
    let mut waiting = Vec::new();
    let ended = |at: Option<Timestamp>| at.and_then(|at| window.slice_of(at));
    for row in rows {
        if let Some(row) = DeliveryRow::of(row).filter(|it| it.org_id == org) {
            if let Some(slice) = window.slice_of(row.received_at) {
                let key = (slice, row.status.as_str());
                deliveries.entry(key).or_insert((row.status, 0)).1 += 1;
            }
        } else if let Some(row) = JobRow::of(row).filter(|it| it.org_id == org) {
            if let Some(slice) = ended(row.finished_at) {
                let key = (slice, row.status.as_str());
                runs.entry(key).or_insert((row.status, 0)).1 += 1;
                if row.status == JobStatus::Failed {
                    *failed_runs.entry(row.source_id).or_default() += 1;
                }
            }
        } else if let Some(row) = JobSpaceRow::of(row).filter(|it| it.org_id == org) {
            if row.status == SpaceStatus::Failed && ended(row.finished_at).is_some() {
                *failed_spaces
                    .entry((row.source_id, row.space_id))
                    .or_default() += 1;
            }
        } else if let Some(row) = ThreadRow::of(row).filter(|it| it.org_id == org) {
            if row.deleted_at.is_some() {
                deleted.insert(row.thread_id.clone());
            }
        } else if let Some(row) = ApprovalRow::of(row).filter(|it| it.org_id == org)
            && row.status == ApprovalStatus::Pending
        {
            waiting.push((row.created_at, row.thread_id.clone()));
        }
    }
    waiting.retain(|(_, thread)| !deleted.contains(thread));
    Pulse {
        deliveries: deliveries
            .into_iter()
            .map(|((slice, _), (status, n))| (slice, status, n))
            .collect(),
        runs: runs
            .into_iter()
            .map(|((slice, _), (status, n))| (slice, status, n))
            .collect(),
        failed_runs: failed_runs.into_iter().collect(),
        failed_spaces: failed_spaces
            .into_iter()
            .map(|((source, space), n)| (source, space, n))
            .collect(),
        approvals: waiting.len() as u64,
        oldest_approval: waiting.into_iter().map(|(at, _)| at).min(),
    }
}
