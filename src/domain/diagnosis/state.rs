//! The state of a cursor (sources.md §9: diagnosis).

use super::super::kind::{CursorState, IntegrationStatus, JobStatus, SourceKind};
use super::Facts;
use crate::base::Timestamp;

/// A head younger than this, with a run on its way, is no lag: the run may just be doing its work.
const GRACE_SECONDS: u64 = 120;
/// A job that nobody took for this long is nobody's.
const UNTAKEN_SECONDS: u64 = 600;

/// Error codes of runs that found the branch's history rewritten under the cursor.
pub const REWRITTEN: &[&str] = &["history-rewritten", "cursor-unreachable"];

/// The state of a source's cursor, and since when where that is known.
pub fn state(facts: &Facts) -> (CursorState, Option<Timestamp>) {
    let source = &facts.source;
    if source.kind() == SourceKind::Virtual {
        return (CursorState::NotTracked, None);
    }
    if !source.enabled {
        return (CursorState::Disabled, None);
    }
    let newest = facts.newest_job();
    if let Some(job) = newest
        && matches!(
            job.status,
            JobStatus::Failed | JobStatus::Retrying | JobStatus::Suspended
        )
        && job
            .error
            .as_ref()
            .is_some_and(|e| REWRITTEN.contains(&e.code.as_str()))
    {
        return (
            CursorState::Rewind,
            source
                .pending_since
                .or(job.finished_at)
                .or(Some(job.updated_at)),
        );
    }
    if source.head_sha.is_none() && newest.is_none() {
        return (CursorState::Unknown, None);
    }
    let Some(pending_since) = source.pending_since else {
        // A catch-up has no head of its own; its failure is still somebody trying in vain.
        return match newest {
            Some(job) if job.status == JobStatus::Failed => (CursorState::Stalled, job.finished_at),
            _ => (
                CursorState::Ok,
                source.cursor.as_ref().map(|c| c.updated_at),
            ),
        };
    };
    let since = Some(pending_since);
    // Whoever still tries counts, even where a newer run has ended.
    let Some(job) = facts.open_job().or(newest) else {
        return (CursorState::Stopped, since);
    };
    match job.status {
        JobStatus::Failed => (CursorState::Stalled, since),
        JobStatus::Suspended | JobStatus::Cancelled | JobStatus::Skipped | JobStatus::Succeeded => {
            (CursorState::Stopped, since)
        }
        JobStatus::Queued | JobStatus::Retrying
            if !integration_works(facts) || facts.held_back(job).is_some() =>
        {
            (CursorState::Stopped, since)
        }
        JobStatus::Queued if facts.now.since(job.updated_at).as_secs() > UNTAKEN_SECONDS => {
            (CursorState::Stopped, since)
        }
        JobStatus::Queued | JobStatus::Running | JobStatus::Retrying => {
            if job.status != JobStatus::Retrying
                && facts.now.since(pending_since).as_secs() < GRACE_SECONDS
            {
                (CursorState::Ok, since)
            } else {
                (CursorState::Lagging, since)
            }
        }
    }
}

/// Whether runs of the source may be claimed as far as its integration goes.
pub fn integration_works(facts: &Facts) -> bool {
    facts.integration.as_ref().is_some_and(|i| {
        !matches!(
            i.status,
            IntegrationStatus::Suspended | IntegrationStatus::Removed
        )
    })
}

/// What the state means, in a sentence.
pub fn summary(facts: &Facts, state: CursorState) -> String {
    match state {
        CursorState::Ok => match (&facts.source.cursor, facts.source.is_pending()) {
            (Some(cursor), false) => format!(
                "Nothing is wrong. Cursor equals head {}.",
                short(&cursor.value)
            ),
            (None, false) => "Nothing is wrong. No push arrived since it was linked.".to_owned(),
            (_, true) => "Nothing is wrong. A run is on its way.".to_owned(),
        },
        CursorState::Lagging => "Runs go on, and the head is ahead of them.".to_owned(),
        CursorState::Stalled => "Runs are tried and none completes.".to_owned(),
        CursorState::Stopped => "A head waits and nobody is trying.".to_owned(),
        CursorState::Rewind => {
            "The branch's history was rewritten: the cursor is not part of it.".to_owned()
        }
        CursorState::Disabled => "It is off: nothing of it runs.".to_owned(),
        CursorState::NotTracked => "Virtual: never triggers, by design.".to_owned(),
        CursorState::Unknown => "No head of its branch was ever seen.".to_owned(),
    }
}

/// Seven characters of a commit.
pub fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}
