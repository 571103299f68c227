//! What ages: receipts, bodies of deliveries, blobs that nothing refers to. Events never do (engine.md: retention).

use super::StoreError;
use crate::base::Timestamp;
use crate::domain::id::Sequence;

/// How long what may age is kept, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Receipts: for so long a retry is told what the first caller was told.
    pub receipts: i64,
    /// Bodies of deliveries: for so long one can be processed again.
    pub bodies: i64,
    /// Blobs that nothing refers to, after they were last put: a command that is about to refer to one has this long.
    pub blobs: i64,
}

const DAY: i64 = 24 * 3600;

impl Default for Retention {
    fn default() -> Self {
        Self::days(30, 90)
    }
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Receipts.
    pub receipts: u64,
    /// Blobs, bodies of deliveries among them.
    pub blobs: u64,
}

/// What is old enough, as of one moment.
#[derive(Clone, Copy, Debug)]
pub struct Aged {
    /// Receipts given before this.
    pub receipts: Timestamp,
    /// Deliveries received before this.
    pub bodies: Timestamp,
    /// Blobs put before this.
    pub blobs: Timestamp,
}

impl Retention {
    /// Receipts and bodies for so many days, blobs that nothing refers to for one.
    pub fn days(receipts: u16, bodies: u16) -> Self {
        Self {
            receipts: i64::from(receipts) * DAY,
            bodies: i64::from(bodies) * DAY,
            blobs: DAY,
        }
    }

    /// What is old enough at `now`.
    pub fn at(&self, now: Timestamp) -> Aged {
        Aged {
            receipts: now.plus_seconds(-self.receipts),
            bodies: now.plus_seconds(-self.bodies),
            blobs: now.plus_seconds(-self.blobs),
        }
    }
}

/// The blobs `b` that nothing refers to: put before `?1`, and body of no delivery received since `?2`.
pub const UNREFERRED: &str = "b.stored_at < ?1
  AND NOT EXISTS (SELECT 1 FROM blob_refs AS r WHERE r.org_id = b.org_id AND r.sha256 = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM deliveries AS d
    WHERE d.org_id = b.org_id AND d.body_blob = b.sha256 AND d.received_at >= ?2)
  AND NOT EXISTS (SELECT 1 FROM checkpoint_diff_blobs AS c WHERE c.org_id = b.org_id AND c.diff = b.sha256)";

/// The last position that was recorded before `moment`, found in few steps because recorded time never goes back.
/// `recorded_at` gives the time of the last event up to a position.
pub fn position_before(
    moment: Timestamp,
    head: Sequence,
    mut recorded_at: impl FnMut(Sequence) -> Result<Option<Timestamp>, StoreError>,
) -> Result<Sequence, StoreError> {
    let (mut before, mut after) = (0, head.0 + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if recorded_at(Sequence(middle))?.is_none_or(|at| at < moment) {
            before = middle;
        } else {
            after = middle;
        }
    }
    Ok(Sequence(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_before_a_moment_is_the_last_that_was_recorded_before_it() {
        let at = |seconds| Timestamp::from_millis(1_795_270_931_000).plus_seconds(seconds);
        let log = [0, 0, 5, 5, 9];
        let find = |seconds, head| {
            position_before(at(seconds), Sequence(head), |s| {
                Ok(Some(at(log[s.0 as usize - 1])))
            })
            .unwrap()
            .0
        };
        assert_eq!(find(0, 5), 0);
        assert_eq!(find(1, 5), 2);
        assert_eq!(find(5, 5), 2);
        assert_eq!(find(6, 5), 4);
        assert_eq!(find(10, 5), 5);
        assert_eq!(find(10, 0), 0);
    }
}
