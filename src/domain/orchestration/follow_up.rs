//! Threads of runs, and how they go on: what an operator writes in one queues a job (orchestration.md: runs).

use super::asked::Asked;
use crate::domain::event::{NewEvent, Orchestration, Payload, Queued, Stream};
use crate::domain::id::{JobId, ProjectId, ThreadId, TurnId};
use crate::domain::kind::JobKind;
use crate::domain::row::{AgentTurn, JobRow, Key, SourceRow, SpaceRow, ThreadRow};
use crate::domain::view::{IdKind, Need, Stop};

/// A person waits for the answer: what fails so often wants to be looked at.
const ATTEMPTS: i64 = 3;

/// What the leases of an instruction go by: threads go on side by side, and beside the runs of the source. No branch has a
/// colon in its name.
fn lane(thread: &ThreadId) -> String {
    format!("thread:{thread}")
}

/// The job that does the turn which these events ask for, where the thread is a run's.
pub(super) fn queued(
    asked: Asked<'_>,
    id: &ThreadId,
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
    let (Some(head), true) = (&origin.head_sha, origin.status.is_terminal()) else {
        return Err(asked.conflict(format!(
            "Run #{run} is still {}, and its attempts are turns of this thread. Write again when it is done.",
            origin.status
        )));
    };
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
