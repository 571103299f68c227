//! What an agent says: segments that follow one another, then the end. Deltas are coalesced into segments before.

use super::asked::Asked;
use super::thread::of_at;
use super::turn;
use crate::base::Timestamp;
use crate::domain::event::Orchestration;
use crate::domain::id::{MessageId, ThreadId, TurnId};
use crate::domain::kind::MessageRole;
use crate::domain::row::{Key, MessageRow};
use crate::domain::view::{Decision, Stop};

pub(super) fn delta(
    asked: Asked<'_>,
    thread: &ThreadId,
    id: &MessageId,
    text: &str,
    turn_id: Option<&TurnId>,
    at: Timestamp,
) -> Result<Decision, Stop> {
    asked.thread(thread)?;
    let row = agents_own(asked, thread, id, turn_id)?;
    let begun = row.map_or(at, |row| row.created_at);
    Ok(of_at(
        thread,
        sent(thread, id, text, turn_id, true, begun, at),
        at,
    ))
}

pub(super) fn complete(
    asked: Asked<'_>,
    thread: &ThreadId,
    id: &MessageId,
    turn_id: Option<&TurnId>,
    at: Timestamp,
) -> Result<Decision, Stop> {
    asked.thread(thread)?;
    let Some(row) = agents_own(asked, thread, id, turn_id)? else {
        return Err(asked.missing(format!(
            "Message '{id}' does not exist on thread '{thread}'. Send what it says first."
        )));
    };
    if !row.is_streaming {
        return Err(asked.conflict(format!(
            "Message '{id}' of thread '{thread}' is complete already."
        )));
    }
    Ok(of_at(
        thread,
        sent(thread, id, "", turn_id, false, row.created_at, at),
        at,
    ))
}

fn sent(
    thread: &ThreadId,
    id: &MessageId,
    text: &str,
    turn_id: Option<&TurnId>,
    streaming: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
) -> Orchestration {
    Orchestration::MessageSent {
        thread_id: thread.clone(),
        message_id: id.clone(),
        role: MessageRole::Assistant,
        text: text.to_owned(),
        attachments: None,
        turn_id: turn_id.cloned(),
        streaming,
        created_at,
        updated_at,
    }
}

/// The message as it is, which must be the agent's and of no other turn.
fn agents_own<'a>(
    asked: Asked<'a>,
    thread: &ThreadId,
    id: &MessageId,
    turn_id: Option<&TurnId>,
) -> Result<Option<&'a MessageRow>, Stop> {
    if let Some(turn_id) = turn_id {
        turn::find(asked, thread, turn_id)?;
    }
    let row: Option<&MessageRow> = asked
        .view
        .row(Key::ProjectionThreadMessages(thread.clone(), id.clone()))?;
    let Some(row) = row else { return Ok(None) };
    if row.role != MessageRole::Assistant {
        return Err(asked.conflict(format!(
            "Message '{id}' of thread '{thread}' is of the {}, and an agent adds nothing to it.",
            row.role
        )));
    }
    match (&row.turn_id, turn_id) {
        (Some(its), Some(given)) if its != given => Err(asked.conflict(format!(
            "Message '{id}' of thread '{thread}' belongs to turn '{its}', not to '{given}'."
        ))),
        _ => Ok(Some(row)),
    }
}
