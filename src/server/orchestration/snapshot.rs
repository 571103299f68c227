//! The read model of projects and threads: rows of every table, read in one transaction, with the position that they are
//! of (orchestration.md: reading).

use std::collections::HashMap;

use super::wire;
use crate::api::{Code, ReadModel, SnapshotRequest, Thread, ThreadId};
use crate::base::Timestamp;
use crate::domain::row::{
    ActivityRow, ApprovalRow, CheckpointRow, Key, MessageRow, ProjectRow, Record, SessionRow,
    Table, ThreadRow, TurnRow,
};
use crate::domain::view::{Find, Need, Scalar, Stop, Test, View, not_found};
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::fault::Fault;

/// Threads in full on a page whose length is not asked for.
const USUAL_PAGE: u32 = 50;
/// Threads in full that one page may have: bodies are what makes an answer large.
const LONGEST_PAGE: u32 = 500;
/// Threads that one condition names.
const AT_ONCE: usize = 500;

/// What is asked for.
#[derive(Debug)]
pub enum Part {
    /// One thread in full.
    One(ThreadId),
    /// A page of all threads in full, tombstones too.
    Full {
        /// After this thread.
        after: Option<ThreadId>,
        /// At most so many.
        limit: u32,
    },
    /// Threads without bodies: what is live, or what was put away.
    Shell {
        /// What was put away.
        archived: bool,
        /// After this thread.
        after: Option<ThreadId>,
        /// At most so many; `None`: all.
        limit: Option<u32>,
    },
}

impl Part {
    /// Reads a request; parts that exclude each other are refused.
    pub fn of(request: SnapshotRequest) -> Result<Self, Fault> {
        let SnapshotRequest {
            shell,
            archived,
            thread_id,
            after,
            limit,
        } = request;
        if limit == Some(0) {
            return Err(Fault::field("/limit", "limit 0 asks for nothing"));
        }
        if let Some(id) = thread_id {
            if shell || archived || after.is_some() || limit.is_some() {
                return Err(Fault::field(
                    "/threadId",
                    "threadId asks for one thread in full; it goes alone",
                ));
            }
            return Ok(Self::One(id));
        }
        if shell && archived {
            return Err(Fault::field(
                "/archived",
                "shell is what is live, archived what was put away; ask for one of them",
            ));
        }
        if shell || archived {
            return Ok(Self::Shell {
                archived,
                after,
                limit,
            });
        }
        let limit = limit.unwrap_or(USUAL_PAGE);
        if limit > LONGEST_PAGE {
            return Err(Fault::field(
                "/limit",
                format!("at most {LONGEST_PAGE} threads in full come on one page"),
            ));
        }
        Ok(Self::Full { after, limit })
    }

    fn is_full(&self) -> bool {
        !matches!(self, Self::Shell { .. })
    }

    /// One more than asked for says whether there is more. Pages go by id, which is what the table is ordered by.
    fn threads(&self) -> Option<(Find, Option<u32>)> {
        let find = Find::all(Table::ProjectionThreads);
        let (find, after, limit) = match self {
            Self::One(_) => return None,
            Self::Full { after, limit } => (find, after, Some(*limit)),
            Self::Shell {
                archived,
                after,
                limit,
            } => {
                let put_away = if *archived { Test::NotNull } else { Test::Null };
                let find = find
                    .test("deleted_at", Test::Null)
                    .test("archived_at", put_away);
                (find, after, *limit)
            }
        };
        let find = match after {
            Some(after) => find.test("thread_id", Test::Above(after.as_str().into())),
            None => find,
        };
        let find = match limit {
            Some(limit) => find.limit(limit.saturating_add(1)),
            None => find,
        };
        Some((find, limit))
    }

    fn projects(&self) -> Find {
        let find = Find::all(Table::ProjectionProjects);
        match self {
            Self::Shell { .. } => find.test("deleted_at", Test::Null),
            Self::One(_) | Self::Full { .. } => find,
        }
    }
}

/// Reads it, of one moment.
pub async fn read(c: &Context, part: &Part) -> Result<ReadModel, Fault> {
    let (mut model, sequence) = ask(&c.app, c.caller.org.id, |view| model(view, part))
        .await
        .map_err(|fault| match (fault.0.code, part) {
            (Code::NotFound, Part::One(id)) => unknown(id),
            _ => fault,
        })?;
    model.snapshot_sequence = sequence;
    Ok(model)
}

/// There is no such thread in this org.
pub fn unknown(id: &ThreadId) -> Fault {
    Fault::new(Code::NotFound, format!("Thread '{id}' not found."))
}

fn model(view: &View, part: &Part) -> Result<ReadModel, Stop> {
    let (mut threads, next) = threads(view, part)?;
    let of_threads = Bodies::read(view, part, &threads)?;
    let mut projects = match (part, threads.first()) {
        (Part::One(_), Some(thread)) => view
            .row::<ProjectRow>(Key::ProjectionProjects(thread.project_id.clone()))?
            .into_iter()
            .collect(),
        _ => view.find::<ProjectRow>(part.projects())?,
    };
    projects.sort_by_key(|row| (row.created_at, &row.project_id));
    threads.sort_by_key(|row| (row.created_at, &row.thread_id));
    let changed: Option<Timestamp> = projects
        .iter()
        .map(|row| row.updated_at)
        .chain(threads.iter().map(|row| row.updated_at))
        .max();
    Ok(ReadModel {
        // Told by who read it.
        snapshot_sequence: crate::api::Sequence(0),
        // The view's own moment is that of the last event; a client's clock may be ahead of it.
        updated_at: changed.map_or(view.now(), |at| at.max(view.now())),
        projects: projects.into_iter().map(wire::project).collect(),
        threads: threads
            .into_iter()
            .map(|row| of_threads.complete(row, part.is_full()))
            .collect(),
        next_thread: next,
    })
}

/// The threads by id, and where the next page begins.
fn threads<'v>(
    view: &'v View,
    part: &Part,
) -> Result<(Vec<&'v ThreadRow>, Option<ThreadId>), Stop> {
    let Some((find, limit)) = part.threads() else {
        let Part::One(id) = part else {
            return Ok((Vec::new(), None));
        };
        let row = view.row::<ThreadRow>(Key::ProjectionThreads(id.clone()))?;
        let row = row.ok_or_else(|| not_found("Thread", id))?;
        return Ok((vec![row], None));
    };
    // Asked for together, so that the first look tells more than one thing.
    view.require([Need::Find(find.clone()), Need::Find(part.projects())])?;
    let mut rows = view.find::<ThreadRow>(find)?;
    let mut next = None;
    if let Some(limit) = limit.map(|limit| limit as usize)
        && rows.len() > limit
    {
        rows.truncate(limit);
        next = rows.last().map(|row| row.thread_id.clone());
    }
    Ok((rows, next))
}

/// What belongs to threads, by thread.
#[derive(Default)]
struct Bodies<'v> {
    sessions: HashMap<&'v ThreadId, &'v SessionRow>,
    turns: HashMap<&'v ThreadId, Vec<&'v TurnRow>>,
    messages: HashMap<&'v ThreadId, Vec<&'v MessageRow>>,
    activities: HashMap<&'v ThreadId, Vec<&'v ActivityRow>>,
    checkpoints: HashMap<&'v ThreadId, Vec<&'v CheckpointRow>>,
    approvals: HashMap<&'v ThreadId, Vec<&'v ApprovalRow>>,
}

impl<'v> Bodies<'v> {
    fn read(view: &'v View, part: &Part, threads: &[&ThreadRow]) -> Result<Self, Stop> {
        let full = [
            Table::ProjectionThreadTurns,
            Table::ProjectionThreadMessages,
            Table::ProjectionThreadActivities,
            Table::ProjectionCheckpoints,
            Table::ProjectionPendingApprovals,
        ];
        let tables = full.into_iter().filter(|_| part.is_full());
        let finds = tables
            .chain([Table::ProjectionThreadSessions])
            .flat_map(|table| of(table, threads));
        // Without bodies the last turn is asked for by name: that of the thread, not the newest (orchestration.md: reading).
        let latest = threads
            .iter()
            .filter(|_| !part.is_full())
            .filter_map(|row| Some((row.thread_id.clone(), row.latest_turn_id.clone()?)))
            .map(|(thread, turn)| Key::ProjectionThreadTurns(thread, turn));
        let latest: Vec<Key> = latest.collect();
        view.require(
            finds
                .map(Need::Find)
                .chain(latest.iter().cloned().map(Need::Row)),
        )?;
        let mut bodies = Self::default();
        for find in of(Table::ProjectionThreadSessions, threads) {
            for row in view.find::<SessionRow>(find)? {
                bodies.sessions.insert(&row.thread_id, row);
            }
        }
        for key in latest {
            if let Some(row) = view.row::<TurnRow>(key)? {
                bodies.turns.entry(&row.thread_id).or_default().push(row);
            }
        }
        if part.is_full() {
            bodies.turns = grouped(view, threads, |row: &TurnRow| &row.thread_id)?;
            bodies.messages = grouped(view, threads, |row: &MessageRow| &row.thread_id)?;
            bodies.activities = grouped(view, threads, |row: &ActivityRow| &row.thread_id)?;
            bodies.checkpoints = grouped(view, threads, |row: &CheckpointRow| &row.thread_id)?;
            bodies.approvals = grouped(view, threads, |row: &ApprovalRow| &row.thread_id)?;
        }
        Ok(bodies)
    }

    fn complete(&self, row: &ThreadRow, full: bool) -> Thread {
        fn all<R: Copy>(rows: &HashMap<&ThreadId, Vec<R>>, id: &ThreadId) -> Vec<R> {
            rows.get(id).cloned().unwrap_or_default()
        }
        let id = &row.thread_id;
        let turns = all(&self.turns, id);
        let latest = turns
            .iter()
            .find(|turn| Some(&turn.turn_id) == row.latest_turn_id.as_ref());
        let mut thread = wire::thread(row, latest.copied(), self.sessions.get(id).copied());
        if full {
            thread.messages = Some(wire::messages(all(&self.messages, id)));
            thread.activities = Some(wire::activities(all(&self.activities, id)));
            thread.turns = Some(wire::turns(turns));
            thread.checkpoints = Some(wire::checkpoints(all(&self.checkpoints, id)));
            thread.approvals = Some(wire::approvals(all(&self.approvals, id)));
        }
        thread
    }
}

/// The rows of these threads in a table, so many threads at once.
fn of(table: Table, threads: &[&ThreadRow]) -> Vec<Find> {
    threads
        .chunks(AT_ONCE)
        .map(|some| {
            let ids = some.iter().map(|row| Scalar::from(row.thread_id.as_str()));
            Find::all(table).test("thread_id", Test::In(ids.collect()))
        })
        .collect()
}

fn grouped<'v, R: Record + 'v>(
    view: &'v View,
    threads: &[&ThreadRow],
    thread: impl Fn(&'v R) -> &'v ThreadId,
) -> Result<HashMap<&'v ThreadId, Vec<&'v R>>, Stop> {
    let mut groups: HashMap<&ThreadId, Vec<&R>> = HashMap::new();
    for find in of(R::TABLE, threads) {
        for row in view.find::<R>(find)? {
            groups.entry(thread(row)).or_default().push(row);
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(request: SnapshotRequest) -> String {
        let problem = Part::of(request).expect_err("refused").0;
        problem.errors[0].pointer.clone()
    }

    #[test]
    fn parts_that_exclude_each_other_are_refused() {
        let none = SnapshotRequest::default;
        let id: Option<ThreadId> = Some("t1".parse().unwrap());
        assert!(matches!(
            Part::of(none()),
            Ok(Part::Full {
                after: None,
                limit: USUAL_PAGE
            })
        ));
        let both = SnapshotRequest {
            shell: true,
            archived: true,
            ..none()
        };
        assert_eq!(refused(both), "/archived");
        let one_page = SnapshotRequest {
            thread_id: id.clone(),
            limit: Some(1),
            ..none()
        };
        assert_eq!(refused(one_page), "/threadId");
        for limit in [0, LONGEST_PAGE + 1] {
            assert_eq!(
                refused(SnapshotRequest {
                    limit: Some(limit),
                    ..none()
                }),
                "/limit"
            );
        }
        let lists = SnapshotRequest {
            shell: true,
            after: id,
            limit: Some(100_000),
            ..none()
        };
        assert!(matches!(
            Part::of(lists),
            Ok(Part::Shell {
                archived: false,
                limit: Some(100_000),
                ..
            })
        ));
    }
}
