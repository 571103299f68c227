//! Looking at remotes without being told (sources.md §8: lost webhooks): when, and what follows from what was found.

use serde_json::json;

use super::super::coordinate::RepoCoordinate;
use super::super::event::{NewEvent, Payload, Stream};
use super::super::id::{OrgId, SourceId};
use super::super::jrn::BranchPattern;
use super::super::kind::{JobKind, JobStatus, SourceKind, SourceType, TroubleKind};
use super::super::row::{JobRow, Key, LookRow, Row, SourceRow, Table, Trouble};
use super::super::view::{Decider, Decision, Find, Reply, Stop, View};
use super::{QueueCatchUp, open_jobs};
use crate::base::Timestamp;

/// Looks in a row that have to find a remote in trouble before that is said: the second look comes soon after the first.
const TROUBLED_LOOKS: i64 = 2;

/// For how long nobody else looks at a remote that a server is looking at.
const LOOKING_SECONDS: i64 = 120;

/// What there is to look at: a repository and its branch; `None` for a source that nothing can be told of. Patterns of
/// branches stand for none of them.
pub fn target(row: &SourceRow) -> Option<(&str, Option<&str>)> {
    let watched = row.kind() == SourceKind::True
        && row.enabled
        && row.source_type == SourceType::Git
        && row
            .branch
            .as_deref()
            .is_none_or(|branch| BranchPattern::parse(branch).is_ok_and(|b| b.literal().is_some()));
    row.repo
        .as_deref()
        .filter(|_| watched)
        .map(|repo| (repo, row.branch.as_deref()))
}

/// Has a source looked at as soon as somebody has time: it was linked, turned on, or follows something else now. What was
/// known of its remote counts no more.
pub fn look_soon(org: OrgId, source_id: SourceId, now: Timestamp) -> Row {
    Row::Looks(LookRow {
        org_id: org,
        source_id,
        due_at: Some(now),
        looked_at: None,
        suspected_since: None,
        failures: 0,
    })
}

/// A server begins: every remote is looked at within a while, whatever was known when it was last here.
#[derive(Debug)]
pub struct LookAgain {
    /// Which source.
    pub id: SourceId,
    /// When.
    pub at: Timestamp,
    /// Remotes that were looked at since are left alone.
    pub unless_since: Timestamp,
}

impl Decider for LookAgain {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let key = Key::Looks(self.id);
        let look: Option<&LookRow> = view.row(key)?;
        let recent = look
            .and_then(|look| look.looked_at)
            .is_some_and(|at| at >= self.unless_since);
        let sooner = look
            .and_then(|look| look.due_at)
            .is_some_and(|due| due <= self.at);
        if recent || sooner {
            return Ok(Decision::default());
        }
        let row = match look {
            Some(look) => Row::Looks(LookRow {
                due_at: Some(self.at),
                ..look.clone()
            }),
            None => look_soon(view.org(), self.id, self.at),
        };
        Ok(Decision {
            side: vec![row],
            ..Decision::default()
        })
    }
}

/// Takes the next look at a source, so that no other server takes it too. Answers what to look at, or `null`.
#[derive(Debug)]
pub struct TakeLook {
    /// Which source.
    pub id: SourceId,
    /// When the look was due, as it was found.
    pub due_at: Timestamp,
}

impl Decider for TakeLook {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let none = Decision {
            reply: Reply::Value(serde_json::Value::Null),
            ..Decision::default()
        };
        let look: Option<&LookRow> = view.row(Key::Looks(self.id))?;
        let Some(look) = look.filter(|look| look.due_at == Some(self.due_at)) else {
            return Ok(none);
        };
        let source: Option<&SourceRow> = view.row(Key::Sources(self.id))?;
        let Some((repo, branch)) = source.and_then(target) else {
            // What turns it into something to look at asks for a look itself.
            return Ok(Decision {
                side_gone: vec![Key::Looks(self.id)],
                ..none
            });
        };
        Ok(Decision {
            side: vec![Row::Looks(LookRow {
                due_at: Some(view.now().plus_seconds(LOOKING_SECONDS)),
                ..look.clone()
            })],
            reply: Reply::Value(json!({
                "repo": repo, "branch": branch, "told": source.and_then(|source| source.head_sha.as_deref()),
            })),
            ..Decision::default()
        })
    }
}

/// What a look found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The head of the branch, where there is one.
    pub head: Option<String>,
    /// What is wrong, and in words.
    pub trouble: Option<(TroubleKind, String)>,
}

/// Says what a look found. What a webhook may still tell, and what may be a passing fault, is looked at once more before
/// anything follows from it.
#[derive(Debug)]
pub struct ReportLook {
    /// Which source.
    pub id: SourceId,
    /// What was looked at, as `TakeLook` said.
    pub repo: String,
    /// The same.
    pub branch: Option<String>,
    /// The head that was told when the look was taken, as `TakeLook` said.
    pub told: Option<String>,
    /// What was found.
    pub found: Found,
    /// When to look once more at what is not certain; `None`: never.
    pub soon: Option<Timestamp>,
    /// When to look again otherwise; `None`: never.
    pub later: Option<Timestamp>,
    /// The same, of a remote that has been in trouble for a while.
    pub much_later: Option<Timestamp>,
}

impl Decider for ReportLook {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let look: Option<&LookRow> = view.row(Key::Looks(self.id))?;
        let source: Option<&SourceRow> = view.row(Key::Sources(self.id))?;
        let (Some(look), Some(source)) = (look, source) else {
            return Ok(Decision::default());
        };
        if target(source) != Some((self.repo.as_str(), self.branch.as_deref())) {
            // It follows something else by now, and whoever changed that asked for a look.
            return Ok(Decision::default());
        }
        let mut next = LookRow {
            looked_at: Some(view.now()),
            due_at: self.later,
            ..look.clone()
        };
        let mut events: Vec<NewEvent> = self.trouble(source, &mut next).into_iter().collect();
        // What can still be read may move, as ever.
        if next.failures > TROUBLED_LOOKS && self.found.head.is_none() {
            next.due_at = self.much_later;
        }
        match self.movement(view, source)? {
            Some(moved) if look.suspected_since.is_some() => {
                next.suspected_since = None;
                events.extend(moved);
            }
            Some(_) => {
                next.suspected_since = Some(view.now());
                next.due_at = self.soon;
            }
            None => next.suspected_since = None,
        }
        events.extend(self.baseline(source));
        Ok(Decision {
            events,
            side: vec![Row::Looks(next)],
            reply: Reply::Row(Key::Sources(self.id)),
            ..Decision::default()
        })
    }
}

impl ReportLook {
    /// The first head that is seen of a source is where it starts: linking is no movement.
    fn baseline(&self, source: &SourceRow) -> Option<NewEvent> {
        let head = self.found.head.as_ref()?;
        source.head_sha.is_none().then(|| {
            NewEvent::new(
                Stream::Source(self.id),
                Payload::HeadObserved {
                    sha: head.clone(),
                    pending: false,
                    baseline: true,
                    missed: false,
                },
            )
        })
    }

    /// What is wrong with the remote, where that is news; `next` counts the looks that found it.
    fn trouble(&self, source: &SourceRow, next: &mut LookRow) -> Option<NewEvent> {
        let changed = |kind, detail: &str| {
            Some(NewEvent::new(
                Stream::Source(self.id),
                Payload::RemoteChanged {
                    kind,
                    detail: detail.to_owned(),
                },
            ))
        };
        let Some((kind, detail)) = &self.found.trouble else {
            next.failures = 0;
            return source
                .trouble
                .as_ref()
                .and_then(|_| changed(None, "the remote is as it should be again"));
        };
        next.failures += 1;
        let known = |known: &Trouble| {
            known.kind == *kind && (known.detail == *detail || known.kind != TroubleKind::Moved)
        };
        if source.trouble.as_ref().is_some_and(known) {
            return None;
        }
        if next.failures < TROUBLED_LOOKS {
            next.due_at = self.soon;
            return None;
        }
        changed(Some(*kind), detail)
    }

    /// What follows when the head is another one than was told, or when nobody works on the one that was; `None`: neither.
    fn movement(&self, view: &View, source: &SourceRow) -> Result<Option<Vec<NewEvent>>, Stop> {
        let (Some(head), Some(told)) = (&self.found.head, &source.head_sha) else {
            return Ok(None);
        };
        if source.head_sha != self.told {
            // A webhook told of another one meanwhile; the look may be older than it.
            return Ok(None);
        }
        let moved = head != told;
        let stranded = !moved && source.is_pending() && is_stranded(view, source)?;
        if !moved && !stranded {
            return Ok(None);
        }
        let processed = source
            .cursor
            .as_ref()
            .is_some_and(|cursor| cursor.value == *head);
        let run = if processed {
            None
        } else {
            self.catch_up(view, source, head, told)?
        };
        let waits = open_jobs(view, self.id)?
            .iter()
            .any(|job| job.kind == JobKind::CatchUp);
        let mut events = Vec::new();
        if moved {
            events.push(NewEvent::new(
                Stream::Source(self.id),
                Payload::HeadObserved {
                    sha: head.clone(),
                    // A head that runs nothing is no lag.
                    pending: run.is_some() || (waits && !processed),
                    baseline: false,
                    // A late delivery may have told of an older one; what is done was not missed.
                    missed: !processed,
                },
            ));
        }
        events.extend(run);
        Ok(Some(events))
    }

    /// The run that goes to the head, where there can be one and none waits.
    fn catch_up(
        &self,
        view: &View,
        source: &SourceRow,
        head: &str,
        told: &str,
    ) -> Result<Option<NewEvent>, Stop> {
        let reason = if head == told {
            format!("nobody worked on {}", short(head))
        } else {
            format!(
                "no webhook told of the move from {} to {}",
                short(told),
                short(head)
            )
        };
        let since = match (&source.cursor, &source.baseline_sha) {
            (Some(_), _) => None,
            (None, Some(baseline)) => Some(baseline.clone()),
            // Its cursor was cleared: a push would run over its own commits. Nobody asked for everything.
            (None, None) if head != told => Some(told.to_owned()),
            (None, None) => return Ok(None),
        };
        let queue = QueueCatchUp {
            id: self.id,
            reason: Some(reason),
            since,
            rebaseline: None,
            runtime_mode: None,
        };
        match queue.decide(view) {
            Ok(decision) => Ok(decision.events.into_iter().next()),
            // Nothing is bound to it, or a run waits that will see this head.
            Err(Stop::Reject(_)) => Ok(None),
            Err(need) => Err(need),
        }
    }
}

/// Whether a head waits and nobody is on it: neither a run, nor one that a person has to look at.
fn is_stranded(view: &View, source: &SourceRow) -> Result<bool, Stop> {
    let newest: Vec<&JobRow> = view.find(
        Find::all(Table::Jobs)
            .is("source_id", source.id.0)
            .is("moves_cursor", true)
            .newest("id")
            .limit(1),
    )?;
    Ok(newest
        .first()
        .is_none_or(|job| matches!(job.status, JobStatus::Succeeded | JobStatus::Skipped)))
}

fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

/// Where a repository is now, as its remote says; `None` for what is no coordinate, or the one that it has.
pub fn moved_to(repo: &str, address: &str) -> Option<String> {
    let now = RepoCoordinate::parse(address).ok()?;
    let was = RepoCoordinate::parse(repo).ok()?;
    (!now.is_same_repository(&was)).then(|| now.to_string())
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
