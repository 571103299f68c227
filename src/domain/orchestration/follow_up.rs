//! Threads of runs, and how they go on: what an operator writes in one queues a job (orchestration.md: runs).

use std::collections::BTreeSet;

use super::asked::Asked;
use super::command::UserMessage;
use crate::domain::event::{NewEvent, Orchestration, Payload, Queued, Stream};
use crate::domain::id::{JobId, ProjectId, SourceId, SpaceId, ThreadId, TurnId};
use crate::domain::kind::{JobKind, JobStatus, SpaceStatus};
use crate::domain::row::{
    AgentTurn, JobRow, JobSpaceRow, Key, SourceRow, SpaceRow, Table, ThreadRow,
};
use crate::domain::view::{Find, IdKind, Need, Stop, Test, View};

/// A person waits for the answer: what fails so often wants to be looked at.
const ATTEMPTS: i64 = 3;

/// What the leases of an instruction go by: threads go on side by side, and beside the runs of the source. No branch has a
/// colon in its name.
fn lane(thread: &ThreadId) -> String {
    format!("thread:{thread}")
}

fn open_jobs(source: SourceId) -> Find {
    let open = JobStatus::ALL.iter().filter(|status| !status.is_terminal());
    Find::all(Table::Jobs)
        .is("source_id", source.0)
        .test(
            "status",
            Test::In(open.map(|status| status.as_str().into()).collect()),
        )
        .oldest("id")
}

/// Another job that is not done with an instruction in the threads of these spaces of a job.
pub fn instructed<'a>(
    view: &'a View,
    job: &JobRow,
    spaces: impl Iterator<Item = SpaceId>,
) -> Result<Option<&'a JobRow>, Stop> {
    let find = open_jobs(job.source_id).is("kind", JobKind::AgentTurn.as_str());
    let waiting: Vec<&JobRow> = view.find(find)?;
    let threads: BTreeSet<ThreadId> = spaces.map(|space| job.thread_of(space)).collect();
    let is_there = |other: &&JobRow| {
        let turn = other.agent_turn.as_ref();
        other.id != job.id && turn.is_some_and(|turn| threads.contains(&turn.thread_id))
    };
    Ok(waiting.into_iter().find(is_there))
}

/// The job of an instruction that was begun and is not done: its next attempt is a turn of the thread too. One that nobody
/// began has its turn in the thread, which says so itself.
fn unfinished<'a>(asked: Asked<'a>, id: &ThreadId) -> Result<Option<&'a JobRow>, Stop> {
    let Some((run, _)) = id.run() else {
        return Ok(None);
    };
    asked.view.require([Need::Row(Key::Jobs(run))])?;
    let Some(origin) = asked.view.row::<JobRow>(Key::Jobs(run))? else {
        return Ok(None);
    };
    let begun: Vec<&JobRow> = asked.view.find(
        open_jobs(origin.source_id)
            .is("branch", lane(id))
            .test("started_at", Test::NotNull)
            .limit(1),
    )?;
    let Some(job) = begun.first() else {
        return Ok(None);
    };
    let spaces: Vec<&JobSpaceRow> =
        (asked.view).find(Find::all(Table::JobSpaces).is("job_id", job.id.0))?;
    let is_open = |space: &&JobSpaceRow| {
        !matches!(
            space.status,
            SpaceStatus::Updated | SpaceStatus::Unchanged | SpaceStatus::Skipped
        )
    };
    Ok(spaces.iter().any(is_open).then_some(*job))
}

/// Refuses while a run is on its way to a turn of the thread, and knows the thread as it was. One that only waits to be tried
/// again finds out by itself.
pub(super) fn check_nobody_begins(asked: Asked<'_>, id: &ThreadId) -> Result<(), Stop> {
    match unfinished(asked, id)? {
        Some(job) if job.status == JobStatus::Running => Err(asked.conflict(format!(
            "Run #{} is about to go on with thread '{id}'. Wait until its turn ends, or cancel it.",
            job.id
        ))),
        _ => Ok(()),
    }
}

/// The job that does the turn which these events ask for, where the thread is a run's.
pub(super) fn queued(
    asked: Asked<'_>,
    id: &ThreadId,
    message: &UserMessage,
    events: &[NewEvent],
) -> Result<Option<NewEvent>, Stop> {
    let Some((run, space)) = id.run() else {
        return Ok(None);
    };
    asked
        .view
        .require([Need::Row(Key::Jobs(run)), Need::Row(Key::Spaces(space))])?;
    let origin: Option<&JobRow> = asked.view.row(Key::Jobs(run))?;
    let thread: &ThreadRow = asked.thread(id)?;
    let Some(origin) = origin.filter(|job| {
        job.affected_space_ids.contains(&space) && thread.project_id == ProjectId::of_space(space)
    }) else {
        return Ok(None);
    };
    if !message.attachments.is_empty() {
        return Err(asked.invalid(
            "/message/attachments",
            "the agent of a run is handed words alone; say in the text what the attachments show",
        ));
    }
    let (Some(head), true) = (&origin.head_sha, origin.status.is_terminal()) else {
        return Err(asked.conflict(format!(
            "Run #{run} is still {}, and its attempts are turns of this thread. Write again when it is done.",
            origin.status
        )));
    };
    if let Some(job) = unfinished(asked, id)? {
        return Err(asked.conflict(format!(
            "Run #{} is still {} with what was written before, and its attempts are turns of this thread. Write again when it is done, or cancel it.",
            job.id, job.status
        )));
    }
    if asked.view.row::<SpaceRow>(Key::Spaces(space))?.is_none() {
        return Err(asked.conflict(format!(
            "Space {space} was deleted, and its documents with it: thread '{id}' cannot go on."
        )));
    }
    let source: Option<&SourceRow> = asked.view.row(Key::Sources(origin.source_id))?;
    let Some(source) = source else {
        return Err(asked.conflict(format!(
            "The source of run #{run} was deleted: thread '{id}' cannot go on."
        )));
    };
    if source.integration_id.is_none() || !source.enabled {
        return Err(asked.conflict(format!(
            "{} is virtual or off, so nothing of it runs. Link it, or turn it on, first.",
            source.name
        )));
    }
    let Some(turn_id) = turn_of(events) else {
        return Ok(None);
    };
    let queued = Queued {
        kind: JobKind::AgentTurn,
        source_id: source.id,
        integration_id: source.integration_id,
        event_jrn: origin.event_jrn.clone(),
        branch: lane(id),
        head_sha: Some(head.clone()),
        base_sha: origin.base_sha.clone(),
        forced: false,
        occurrence: 0,
        generation: source.generation,
        rebaseline: None,
        moves_cursor: false,
        affected_space_ids: vec![space],
        max_attempts: ATTEMPTS,
        delivery_id: None,
        runtime_mode: None,
        agent_turn: Some(AgentTurn {
            thread_id: id.clone(),
            turn_id: turn_id.clone(),
        }),
    };
    let job = JobId(asked.view.next_id(IdKind::Job, 0)?);
    Ok(Some(NewEvent::new(
        Stream::Job(job),
        Payload::JobQueued(Box::new(queued)),
    )))
}

fn turn_of(events: &[NewEvent]) -> Option<&TurnId> {
    events.iter().find_map(|event| match &event.payload {
        Payload::Orchestration(event) => match &**event {
            Orchestration::TurnStartRequested { turn_id, .. } => Some(turn_id),
            _ => None,
        },
        _ => None,
    })
}
