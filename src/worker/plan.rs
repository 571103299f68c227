//! Where a run starts: how the event stands to the cursor, which base its change set has, and whether the cursor will move.

use super::fault::Fault;
use crate::api::{BaseReason, Claim, JobKind};
use crate::git::{BaseCandidate, Mirror, Sha};

/// How the cursor stands to the head of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// There is none, or the run is of another branch.
    NoCursor,
    /// The head is ahead of it: the ordinary case.
    Behind,
    /// It is at the head.
    AtHead,
    /// It is ahead of the head.
    Past,
    /// Neither leads to the other.
    Apart,
    /// Its commit is nowhere any more.
    Gone,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Processed to here already.
    Nothing,
    /// Processed beyond here already.
    Covered,
    /// From the cursor or the event's `before`; the cursor moves if the branch is its own.
    Process,
    /// As the operator asks, from the event's own `before`; the cursor stays.
    Replay,
    /// History was rewritten, and nothing said so.
    Rewritten,
}

/// A forced push says itself that history was rewritten; without one, a cursor that is no ancestor is a riddle that only a
/// person can solve (sources.md §9: base of the change set). A late event is told by ancestry (sources.md §9: stale check).
fn next(standing: Standing, forced: bool, replay: bool, kind: JobKind) -> Next {
    match standing {
        Standing::NoCursor | Standing::Behind => Next::Process,
        Standing::AtHead if replay => Next::Replay,
        Standing::AtHead => Next::Nothing,
        Standing::Past | Standing::Apart | Standing::Gone if forced => Next::Process,
        Standing::Past | Standing::Apart | Standing::Gone if replay => Next::Replay,
        // A catch-up's head is the branch as it is now: behind the cursor means that it was set back.
        Standing::Past if kind == JobKind::CatchUp => Next::Rewritten,
        Standing::Past => Next::Covered,
        Standing::Apart | Standing::Gone => Next::Rewritten,
    }
}

/// What a run is about.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The commit to process.
    pub head: Sha,
    /// Where the change set starts; `None`: a full scan.
    pub base: Option<Sha>,
    /// Why there.
    pub reason: BaseReason,
    /// The paths that rules are matched against: old and new, once each.
    pub files: Vec<String>,
    /// Commits from the cursor to the head.
    pub commits_behind: Option<u64>,
    /// Whether the cursor moves to the head at the end.
    pub moves_cursor: bool,
    /// Whether everything up to the head was processed before.
    pub nothing_new: bool,
    /// What the log says about the choice.
    pub notes: Vec<String>,
}

/// Fetches what is needed, and plans.
pub async fn plan(
    mirror: &Mirror,
    claim: &Claim,
    head: &Sha,
    default_head: Option<&Sha>,
) -> Result<Plan, Fault> {
    mirror.fetch(head).await?;
    let cursor = match &claim.cursor {
        Some(text) if claim.moves_cursor => Some(commit(text)?),
        _ => None,
    };
    let standing = match &cursor {
        Some(cursor) => standing(mirror, cursor, head).await?,
        None => Standing::NoCursor,
    };
    let next = next(standing, claim.forced, claim.replay, claim.job.kind);
    let branch = claim.job.branch.as_deref().unwrap_or("the branch");
    let shown = |sha: &Option<Sha>| sha.as_ref().map_or("none", short).to_owned();
    match next {
        Next::Nothing => return Ok(nothing(head)),
        Next::Covered => {
            return Err(Fault::Skipped {
                superseded_by: claim.cursor_job_id,
                reason: format!(
                    "the cursor is at {} already, which is beyond {}",
                    shown(&cursor),
                    short(head)
                ),
            });
        }
        Next::Rewritten => {
            return Err(Fault::lasting(
                "history-rewritten",
                format!(
                    "cursor {} is not part of the history of {branch} at {}, and no forced push said so; look at the branch, then clear the cursor or run a re-baseline",
                    shown(&cursor),
                    short(head)
                ),
            ));
        }
        Next::Process | Next::Replay => {}
    }
    let mut notes = Vec::new();
    if matches!(standing, Standing::Apart | Standing::Gone) && claim.forced {
        notes.push(format!(
            "a forced push rewrote the history of {branch}: cursor {} is no part of it, starting at the merge base",
            shown(&cursor)
        ));
    }
    if next == Next::Replay {
        notes.push(format!(
            "an operator runs this event again; the cursor stays at {}",
            shown(&cursor)
        ));
    }
    let candidates = candidates(claim, next, default_head)?;
    let set = mirror.change_set(head, &candidates).await?;
    for passed in &set.passed_over {
        notes.push(format!(
            "base {} ({}) cannot be reached: passed over",
            short(&passed.commit),
            passed.reason
        ));
    }
    let chosen = candidates.get(set.passed_over.len());
    let commits_behind = match (&cursor, standing) {
        (Some(cursor), Standing::Behind | Standing::Apart) => {
            Some(mirror.repository().rev_list_count(cursor, head).await?)
        }
        _ => None,
    };
    Ok(Plan {
        head: head.clone(),
        // Three-dot: where the candidate is no ancestor, the comparison starts at the merge base, and says so.
        reason: match (chosen, &set.base) {
            (Some(chosen), Some(base)) if chosen.commit != *base => BaseReason::MergeBase,
            _ => set.reason,
        },
        files: set.files(),
        base: set.base,
        commits_behind,
        moves_cursor: claim.moves_cursor && next == Next::Process,
        nothing_new: false,
        notes,
    })
}

fn nothing(head: &Sha) -> Plan {
    Plan {
        head: head.clone(),
        base: Some(head.clone()),
        reason: BaseReason::Cursor,
        files: Vec::new(),
        commits_behind: Some(0),
        moves_cursor: false,
        nothing_new: true,
        notes: vec![format!("the cursor is at {} already", short(head))],
    }
}

async fn standing(mirror: &Mirror, cursor: &Sha, head: &Sha) -> Result<Standing, Fault> {
    if cursor == head {
        return Ok(Standing::AtHead);
    }
    if !mirror.try_fetch(cursor).await? {
        return Ok(Standing::Gone);
    }
    let repository = mirror.repository();
    Ok(if repository.is_ancestor(cursor, head).await? {
        Standing::Behind
    } else if repository.is_ancestor(head, cursor).await? {
        Standing::Past
    } else {
        Standing::Apart
    })
}

/// What the server offers, best first, and the default branch behind it (sources.md §6).
fn candidates(
    claim: &Claim,
    next: Next,
    default_head: Option<&Sha>,
) -> Result<Vec<BaseCandidate>, Fault> {
    let mut found = Vec::new();
    for base in &claim.bases {
        // An event that is run again shows what it changed, not what came since.
        if next == Next::Replay && base.reason == BaseReason::Cursor {
            continue;
        }
        found.push(BaseCandidate {
            reason: base.reason,
            commit: commit(&base.sha)?,
        });
    }
    found.extend(default_head.map(|commit| BaseCandidate {
        reason: BaseReason::MergeBase,
        commit: commit.clone(),
    }));
    Ok(found)
}

/// A commit that the server names.
pub fn commit(text: &str) -> Result<Sha, Fault> {
    Sha::parse(text).map_err(|error| Fault::lasting("not-a-commit", error.to_string()))
}

/// Seven digits, as screens show commits.
pub fn short(sha: &Sha) -> &str {
    &sha.as_str()[..7]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_decides_what_an_event_is_worth() {
        use JobKind::{CatchUp, CliImpact};
        let plain = |standing, kind| next(standing, false, false, kind);
        assert_eq!(plain(Standing::NoCursor, CatchUp), Next::Process);
        assert_eq!(plain(Standing::Behind, CliImpact), Next::Process);
        assert_eq!(plain(Standing::AtHead, CatchUp), Next::Nothing);
        assert_eq!(plain(Standing::AtHead, CliImpact), Next::Nothing);
        assert_eq!(plain(Standing::Past, CliImpact), Next::Covered);
    }

    #[test]
    fn a_rewritten_history_needs_a_forced_push_or_a_person() {
        for standing in [Standing::Apart, Standing::Gone] {
            assert_eq!(
                next(standing, false, false, JobKind::CliImpact),
                Next::Rewritten
            );
            assert_eq!(
                next(standing, true, false, JobKind::CliImpact),
                Next::Process
            );
        }
        // A branch that was set back while nobody listened.
        assert_eq!(
            next(Standing::Past, false, false, JobKind::CatchUp),
            Next::Rewritten
        );
        assert_eq!(
            next(Standing::Past, true, false, JobKind::CliImpact),
            Next::Process
        );
    }

    #[test]
    fn an_event_run_again_is_processed_although_the_cursor_is_past_it() {
        for standing in [Standing::AtHead, Standing::Past, Standing::Apart] {
            assert_eq!(
                next(standing, false, true, JobKind::CliImpact),
                Next::Replay
            );
        }
        // Its first run failed, so it is simply due.
        assert_eq!(
            next(Standing::Behind, false, true, JobKind::CliImpact),
            Next::Process
        );
    }
}
