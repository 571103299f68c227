//! Where a run starts: how the event stands to the cursor, which base its change set has, and whether the cursor will move.

use super::fault::Fault;
use crate::api::{BaseReason, Claim, JobKind, RebaselineMode};
use crate::git::{BaseCandidate, Change, Mirror, Sha};

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
    /// The branch was rewritten without it.
    Dropped,
}

/// What is part of the branch as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Branch {
    /// The commit to process.
    head: bool,
    /// The cursor.
    cursor: bool,
}

/// A forced push says itself that history was rewritten; without one, a cursor that is no ancestor is a riddle that only a
/// person can solve (sources.md §9: base of the change set). A late event is told by ancestry (sources.md §9: stale check),
/// and what the branch has lost is nobody's work any more.
fn next(standing: Standing, branch: Branch, claim: &Claim) -> Next {
    let (forced, replay) = (claim.forced, claim.replay);
    match standing {
        _ if !branch.head && replay => Next::Replay,
        _ if !branch.head => Next::Dropped,
        Standing::NoCursor | Standing::Behind => Next::Process,
        Standing::AtHead if replay => Next::Replay,
        Standing::AtHead => Next::Nothing,
        // The branch went on to where the cursor is: it was rewritten before that.
        Standing::Past if forced && branch.cursor => Next::Covered,
        Standing::Past | Standing::Apart | Standing::Gone if forced => Next::Process,
        Standing::Past | Standing::Apart | Standing::Gone if replay => Next::Replay,
        // The branch was set back, and only a catch-up tells.
        Standing::Past if claim.job.kind == JobKind::CatchUp && !branch.cursor => Next::Rewritten,
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
    /// What changed.
    pub changes: Vec<Change>,
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
    tip: Option<&Sha>,
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
    let now = match tip {
        None => Branch {
            head: true,
            cursor: matches!(standing, Standing::AtHead | Standing::Behind),
        },
        Some(tip) => {
            mirror.fetch(tip).await?;
            let leads_to_tip =
                async |commit: &Sha| mirror.repository().is_ancestor(commit, tip).await;
            Branch {
                head: leads_to_tip(head).await?,
                cursor: match (&cursor, standing) {
                    (None, _) | (_, Standing::Gone) => false,
                    (Some(cursor), _) => leads_to_tip(cursor).await?,
                },
            }
        }
    };
    if let Some(mode) = claim.rebaseline.filter(|_| now.head) {
        return rebaseline(mirror, claim, mode, head, cursor.as_ref()).await;
    }
    let next = next(standing, now, claim);
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
        Next::Dropped => {
            return Err(Fault::Skipped {
                superseded_by: None,
                reason: format!(
                    "{branch} was rewritten, and {} is no part of it any more",
                    short(head)
                ),
            });
        }
        Next::Rewritten => {
            return Err(Fault::lasting(
                "history-rewritten",
                format!(
                    "cursor {} is not part of the history of {branch} at {}, and no forced push said so; look at the branch, then `jolli cursor rebaseline` says where to start again",
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
        changes: set.changes,
        base: set.base,
        commits_behind,
        moves_cursor: claim.moves_cursor && next == Next::Process,
        nothing_new: false,
        notes,
    })
}

/// Starts where an operator said, whatever the cursor says (sources.md §8: re-baseline).
async fn rebaseline(
    mirror: &Mirror,
    claim: &Claim,
    mode: RebaselineMode,
    head: &Sha,
    cursor: Option<&Sha>,
) -> Result<Plan, Fault> {
    let was = cursor.map_or("none", short);
    if mode == RebaselineMode::Head {
        return Ok(Plan {
            moves_cursor: claim.moves_cursor,
            reason: BaseReason::Given,
            commits_behind: None,
            notes: vec![format!(
                "re-baselined at {}: what changed between {was} and it is left out",
                short(head)
            )],
            ..nothing(head)
        });
    }
    let candidates: Vec<BaseCandidate> = match (mode, cursor) {
        (RebaselineMode::MergeBase, Some(cursor)) => vec![BaseCandidate {
            reason: BaseReason::Cursor,
            commit: cursor.clone(),
        }],
        _ => Vec::new(),
    };
    let set = mirror.change_set(head, &candidates).await?;
    let mut notes = vec![format!("re-baselined: cursor {was} counts no more")];
    if mode == RebaselineMode::MergeBase && set.base.is_none() {
        notes.push(format!(
            "it and {} have no commit in common that is still there, so everything counts as changed",
            short(head)
        ));
    }
    Ok(Plan {
        head: head.clone(),
        reason: match set.base {
            Some(_) => BaseReason::MergeBase,
            None => BaseReason::FullScan,
        },
        files: set.files(),
        changes: set.changes,
        base: set.base,
        commits_behind: None,
        moves_cursor: claim.moves_cursor,
        nothing_new: false,
        notes,
    })
}

fn nothing(head: &Sha) -> Plan {
    Plan {
        head: head.clone(),
        base: Some(head.clone()),
        reason: BaseReason::Cursor,
        changes: Vec::new(),
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
    use serde_json::json;

    use super::*;

    fn claim(kind: JobKind, forced: bool, replay: bool) -> Claim {
        serde_json::from_value(json!({
            "job": {
                "id": 1, "kind": kind, "status": "running", "sourceId": 1, "integrationId": 1,
                "eventJrn": "jrn", "branch": "main", "headSha": null, "baseSha": null,
                "baseReason": null, "affectedSpaceIds": [], "attempt": 1, "maxAttempts": 8,
                "runner": null, "epoch": 1, "steps": [], "spaces": [], "supersededBy": null,
                "error": null, "deliveryId": null, "createdAt": "2026-11-21T14:02:11.000Z",
                "updatedAt": "2026-11-21T14:02:11.000Z", "startedAt": null, "finishedAt": null,
                "nextAttemptAt": null, "version": 1,
            },
            "runToken": "t", "epoch": 1, "leaseSeconds": 15, "repo": null, "sourceName": "backend",
            "integrationName": null, "cursor": null, "cursorVersion": 0, "movesCursor": true,
            "cursorJobId": null, "forced": forced, "replay": replay, "supersededBy": null,
            "files": null, "bases": [], "spaces": [], "knownSources": [],
        }))
        .unwrap()
    }

    /// What follows when the branch is where the event put it.
    fn at_tip(standing: Standing, kind: JobKind, forced: bool, replay: bool) -> Next {
        let branch = Branch {
            head: true,
            cursor: matches!(standing, Standing::AtHead | Standing::Behind),
        };
        next(standing, branch, &claim(kind, forced, replay))
    }

    /// What follows when it is elsewhere by now.
    fn late(standing: Standing, head: bool, cursor: bool, forced: bool) -> Next {
        let claim = claim(JobKind::CliImpact, forced, false);
        next(standing, Branch { head, cursor }, &claim)
    }

    #[test]
    fn the_cursor_decides_what_an_event_is_worth() {
        use JobKind::{CatchUp, CliImpact};
        let plain = |standing, kind| at_tip(standing, kind, false, false);
        assert_eq!(plain(Standing::NoCursor, CatchUp), Next::Process);
        assert_eq!(plain(Standing::Behind, CliImpact), Next::Process);
        assert_eq!(plain(Standing::AtHead, CatchUp), Next::Nothing);
        assert_eq!(plain(Standing::AtHead, CliImpact), Next::Nothing);
        assert_eq!(plain(Standing::Past, CliImpact), Next::Covered);
    }

    #[test]
    fn a_rewritten_history_needs_a_forced_push_or_a_person() {
        for standing in [Standing::Apart, Standing::Gone] {
            let event = |forced| at_tip(standing, JobKind::CliImpact, forced, false);
            assert_eq!(event(false), Next::Rewritten);
            assert_eq!(event(true), Next::Process);
        }
        // A branch that was set back while nobody listened.
        let back = |kind, forced| at_tip(Standing::Past, kind, forced, false);
        assert_eq!(back(JobKind::CatchUp, false), Next::Rewritten);
        assert_eq!(back(JobKind::CliImpact, true), Next::Process);
    }

    #[test]
    fn a_late_event_takes_no_cursor_off_the_branch() {
        for standing in [
            Standing::NoCursor,
            Standing::Behind,
            Standing::AtHead,
            Standing::Past,
            Standing::Apart,
        ] {
            for forced in [false, true] {
                assert_eq!(late(standing, false, false, forced), Next::Dropped);
            }
        }
        assert_eq!(late(Standing::Behind, true, true, false), Next::Process);
    }

    #[test]
    fn a_late_forced_push_sets_no_cursor_back_that_the_branch_has() {
        assert_eq!(late(Standing::Past, true, true, true), Next::Covered);
        // The cursor is on what was thrown away: the branch went on elsewhere.
        assert_eq!(late(Standing::Past, true, false, true), Next::Process);
        assert_eq!(late(Standing::Apart, true, false, true), Next::Process);
    }

    #[test]
    fn an_event_run_again_is_processed_although_the_cursor_is_past_it() {
        let again = |standing| at_tip(standing, JobKind::CliImpact, false, true);
        for standing in [Standing::AtHead, Standing::Past, Standing::Apart] {
            assert_eq!(again(standing), Next::Replay);
        }
        // Its first run failed, so it is simply due.
        assert_eq!(again(Standing::Behind), Next::Process);
        // The branch has lost it: it is shown, and the cursor stays.
        let claim = claim(JobKind::CliImpact, false, true);
        let lost = Branch {
            head: false,
            cursor: true,
        };
        assert_eq!(next(Standing::Behind, lost, &claim), Next::Replay);
    }
}
