//! Questions that wait for a person. Pending, then responding (answered, and the provider has not heard it), then
//! resolved by the provider's acknowledgement alone, or stale because nobody can hear the answer any more.

use serde_json::Value;

use super::asked::{Asked, one};
use crate::base::Timestamp;
use crate::domain::event::{Activity, Meaning, NewEvent, Orchestration, Stream};
use crate::domain::id::{RequestId, ThreadId};
use crate::domain::kind::{ApprovalDecision, ApprovalStatus, RequestKind};
use crate::domain::row::{ActivityRow, ApprovalRow, Key};
use crate::domain::view::{Decision, Need, Stop};

use super::turn;

pub(super) fn decide(
    asked: Asked<'_>,
    id: &ThreadId,
    request_id: &RequestId,
    decision: ApprovalDecision,
    at: Timestamp,
) -> Result<Decision, Stop> {
    waiting(asked, id, request_id, false)?;
    let requested = Orchestration::ApprovalResponseRequested {
        thread_id: id.clone(),
        request_id: request_id.clone(),
        decision,
        created_at: at,
    };
    Ok(answer(id, requested, request_id, at))
}

pub(super) fn inform(
    asked: Asked<'_>,
    id: &ThreadId,
    request_id: &RequestId,
    answers: &Value,
    at: Timestamp,
) -> Result<Decision, Stop> {
    if !answers.is_object() {
        return Err(asked.invalid(
            "/answers",
            "answers must be an object of question id and answer",
        ));
    }
    waiting(asked, id, request_id, true)?;
    let requested = Orchestration::UserInputResponseRequested {
        thread_id: id.clone(),
        request_id: request_id.clone(),
        answers: answers.clone(),
        created_at: at,
    };
    Ok(answer(id, requested, request_id, at))
}

fn answer(
    id: &ThreadId,
    requested: Orchestration,
    request_id: &RequestId,
    at: Timestamp,
) -> Decision {
    one(NewEvent::new(Stream::Thread(id.clone()), requested)
        .at(at)
        .noting("requestId", request_id.as_str()))
}

/// Refuses unless the question waits for an answer of this sort.
fn waiting(
    asked: Asked<'_>,
    id: &ThreadId,
    request_id: &RequestId,
    user_input: bool,
) -> Result<(), Stop> {
    asked.thread(id)?;
    let key = Key::ProjectionPendingApprovals(id.clone(), request_id.clone());
    let Some(row) = asked.view.row::<ApprovalRow>(key)? else {
        return Err(asked.missing(format!(
            "Request '{request_id}' does not exist on thread '{id}'."
        )));
    };
    if (row.request_kind == RequestKind::UserInput) != user_input {
        let other = if user_input {
            "thread.approval.respond"
        } else {
            "thread.user-input.respond"
        };
        return Err(asked.conflict(format!(
            "Request '{request_id}' of thread '{id}' asks for something else ({}). Answer it with `{other}`.",
            row.request_kind
        )));
    }
    let why = match row.status {
        ApprovalStatus::Pending => return Ok(()),
        ApprovalStatus::Responding => "is answered already, and the agent is being told",
        ApprovalStatus::Resolved => "is resolved already",
        ApprovalStatus::Stale => "is stale: the agent that asked no longer waits for an answer",
    };
    Err(asked.conflict(format!("Request '{request_id}' of thread '{id}' {why}.")))
}

/// Something happened in the thread; some kinds mean more than themselves (`Meaning`).
pub(super) fn append(
    asked: Asked<'_>,
    id: &ThreadId,
    activity: &Activity,
    at: Timestamp,
) -> Result<Decision, Stop> {
    let key = Key::ProjectionThreadActivities(id.clone(), activity.id.clone());
    asked.view.require([Need::Row(key.clone())])?;
    asked.thread(id)?;
    asked.name("/activity/kind", &activity.kind)?;
    if asked.view.row::<ActivityRow>(key)?.is_some() {
        return Err(asked.conflict(format!(
            "Activity '{}' already exists on thread '{id}' and cannot be appended twice.",
            activity.id
        )));
    }
    if let Some(turn_id) = &activity.turn_id {
        turn::find(asked, id, turn_id)?;
    }
    let meaning = activity
        .meaning()
        .map_err(|why| asked.invalid("/activity/payload", why))?;
    if let Meaning::Asks { request_id, .. } = meaning {
        let key = Key::ProjectionPendingApprovals(id.clone(), request_id.clone());
        if asked.view.row::<ApprovalRow>(key)?.is_some() {
            return Err(asked.conflict(format!(
                "Request '{request_id}' was asked on thread '{id}' before, and is never opened again. Ask under another id."
            )));
        }
    }
    let appended = Orchestration::ActivityAppended {
        thread_id: id.clone(),
        activity: activity.clone(),
    };
    let event = NewEvent::new(Stream::Thread(id.clone()), appended).at(at);
    Ok(one(match activity.payload["requestId"].as_str() {
        Some(request_id) => event.noting("requestId", request_id),
        None => event,
    }))
}
