//! What may happen to jobs: claimed and reported by runners (`run`), acted on by operators (`operate`), ended by time
//! (`lease`). A run's every write carries the epoch and token of its lease and is refused once they are old (sources.md §9).

mod claim;
mod lease;
mod operate;
mod run;
mod runner;

pub use super::limits::{LEASE_SECONDS, MAX_ATTEMPTS};
pub use claim::{BaseCandidate, Claim, ClaimOffer};
pub use lease::{ExpireLease, ReleaseLease, RunFence};
pub(super) use operate::cancelled;
pub use operate::{CancelJob, RerunJob, RetryJob, SkipSpace};
pub use run::{Ending, FinishJob, PushSpace, ReportSpace, ReportStep};
pub use runner::{NoteRefused, NoteRunner};

use super::event::{NewEvent, Payload, Stream};
use super::id::JobId;
use super::row::{JobFailure, JobRow, Key};
use super::view::{Stop, View, not_found};
use crate::base::Timestamp;

/// The job of `id`, or `not-found`.
pub fn find(view: &View, id: JobId) -> Result<&JobRow, Stop> {
    view.row(Key::Jobs(id))?.ok_or_else(|| not_found("Run", id))
}

/// When a job that failed at `attempt` is tried again: exponential from 10 s to 30 min, full jitter (`unit` in 0..1).
pub fn next_attempt(now: Timestamp, attempt: i64, unit: f64) -> Timestamp {
    const FIRST_MS: i64 = 10_000;
    const LONGEST_MS: i64 = 30 * 60_000;
    let doublings = u32::try_from(attempt.clamp(1, 20) - 1).unwrap_or(0);
    let ceiling = FIRST_MS.saturating_mul(1 << doublings).min(LONGEST_MS);
    // Never at once: a failure that is not over needs some time.
    now.plus_millis(1_000 + (unit.clamp(0.0, 1.0) * (ceiling - 1_000) as f64) as i64)
}

fn retry(job: JobId, at: Timestamp, error: Option<JobFailure>, by_operator: bool) -> NewEvent {
    NewEvent::new(
        Stream::Job(job),
        Payload::RetryScheduled {
            at,
            error,
            by_operator,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_spread_out_and_stay_within_half_an_hour() {
        let now = Timestamp::from_millis(0);
        assert_eq!(next_attempt(now, 1, 0.0).as_millis(), 1_000);
        assert_eq!(next_attempt(now, 1, 1.0).as_millis(), 10_000);
        assert_eq!(next_attempt(now, 3, 1.0).as_millis(), 40_000);
        assert_eq!(next_attempt(now, 100, 1.0).as_millis(), 30 * 60_000);
    }
}
