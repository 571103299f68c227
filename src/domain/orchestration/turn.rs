//! Turns: one at a time in a thread, begun by a person's message, numbered without ever repeating.

use super::asked::Asked;
use super::command::UserMessage;
use super::thread::{not_archived, of_at};
use crate::base::Timestamp;
use crate::domain::event::{NewEvent, Orchestration, Stream};
use crate::domain::id::{LONGEST_TEXT_ID, ThreadId, TurnId};
use crate::domain::kind::{MessageRole, SessionStatus, TurnStatus};
use crate::domain::row::{Key, MessageRow, SessionRow, Table, ThreadRow, TurnRow};
use crate::domain::view::{Decision, Find, Need, Stop, Test};

/// The longest text that a person sends at once, in characters.
const LONGEST_TEXT: usize = 120_000;
/// How many attachments come with a message at most.
const MOST_ATTACHMENTS: usize = 8;

/// What a turn is begun with.
pub(super) struct Start<'a> {
    pub message: &'a UserMessage,
    pub turn_id: Option<&'a TurnId>,
    pub model: Option<&'a str>,
    pub effort: Option<&'a str>,
    pub created_at: Timestamp,
}

pub(super) fn start(asked: Asked<'_>, id: &ThreadId, start: Start<'_>) -> Result<Decision, Stop> {
    let message = start.message;
    let message_key = Key::ProjectionThreadMessages(id.clone(), message.message_id.clone());
    let [open, session] = under_way_needs(id);
    asked
        .view
        .require([open, session, Need::Row(message_key.clone())])?;
    let row = asked.thread(id)?;
    not_archived(asked, row)?;
    check_message(asked, message)?;
    let model = asked.name_or_none("/model", start.model)?;
    let effort = asked.name_or_none("/effort", start.effort)?;
    if asked.view.row::<MessageRow>(message_key)?.is_some() {
        return Err(asked.conflict(format!(
            "Message '{}' already exists on thread '{id}' and cannot be sent twice. Send it under another id.",
            message.message_id
        )));
    }
    check_quiet(asked, row)?;
    let turn_id = next_id(asked, row, start.turn_id)?;
    let at = start.created_at;
    let stream = Stream::Thread(id.clone());
    let sent = Orchestration::MessageSent {
        thread_id: id.clone(),
        message_id: message.message_id.clone(),
        role: MessageRole::User,
        text: message.text.clone(),
        attachments: Some(message.attachments.clone()),
        // A revert takes the message along with its turn, so the message says which one.
        turn_id: Some(turn_id.clone()),
        streaming: false,
        created_at: at,
        updated_at: at,
    };
    let requested = Orchestration::TurnStartRequested {
        thread_id: id.clone(),
        turn_id,
        message_id: message.message_id.clone(),
        model,
        effort,
        runtime_mode: row.runtime_mode,
        created_at: at,
    };
    Ok(Decision {
        events: vec![
            NewEvent::new(stream.clone(), sent).at(at),
            NewEvent::new(stream, requested).at(at).caused_by(0),
        ],
        ..Decision::default()
    })
}

pub(super) fn interrupt(
    asked: Asked<'_>,
    id: &ThreadId,
    turn_id: Option<&TurnId>,
    at: Timestamp,
) -> Result<Decision, Stop> {
    asked.thread(id)?;
    let Some(turn) = under_way(asked, id)? else {
        return Err(asked.conflict(format!("Thread '{id}' has no turn under way.")));
    };
    if turn_id.is_some_and(|given| given != turn) {
        return Err(asked.conflict(format!(
            "Turn '{}' of thread '{id}' is not under way; '{turn}' is.",
            turn_id.unwrap_or(turn)
        )));
    }
    let requested = Orchestration::TurnInterruptRequested {
        thread_id: id.clone(),
        turn_id: Some(turn.clone()),
        created_at: at,
    };
    Ok(of_at(id, requested, at))
}

fn check_message(asked: Asked<'_>, message: &UserMessage) -> Result<(), Stop> {
    if message.text.trim().is_empty() && message.attachments.is_empty() {
        return Err(asked.invalid(
            "/message/text",
            "the message says nothing; write something or attach something",
        ));
    }
    if message.text.chars().count() > LONGEST_TEXT {
        return Err(asked.invalid(
            "/message/text",
            format!(
                "the message is longer than {LONGEST_TEXT} characters; shorten it, or attach it"
            ),
        ));
    }
    if message.attachments.len() > MOST_ATTACHMENTS {
        return Err(asked.invalid(
            "/message/attachments",
            format!("a message takes {MOST_ATTACHMENTS} attachments at most; send the others with another message"),
        ));
    }
    Ok(())
}

fn under_way_needs(id: &ThreadId) -> [Need; 2] {
    [
        Need::Find(open_turns(id)),
        Need::Row(Key::ProjectionThreadSessions(id.clone())),
    ]
}

fn open_turns(id: &ThreadId) -> Find {
    let open = [TurnStatus::Pending, TurnStatus::Running];
    Find::all(Table::ProjectionThreadTurns)
        .is("thread_id", id.as_str())
        .test(
            "status",
            Test::In(open.iter().map(|s| s.as_str().into()).collect()),
        )
        .newest("turn_count")
        .limit(1)
}

/// The turn that is asked for, running, or interrupted and not let go of by the session yet.
pub(super) fn under_way<'a>(asked: Asked<'a>, id: &ThreadId) -> Result<Option<&'a TurnId>, Stop> {
    asked.view.require(under_way_needs(id))?;
    let open: Vec<&TurnRow> = asked.view.find(open_turns(id))?;
    let session: Option<&SessionRow> = asked.view.row(Key::ProjectionThreadSessions(id.clone()))?;
    let held = session
        .filter(|s| s.status == SessionStatus::Running)
        .and_then(|s| s.active_turn_id.as_ref());
    Ok(held.or(open.first().map(|turn| &turn.turn_id)))
}

/// Refuses while anything else works on the thread: a turn, or a revert.
pub(super) fn check_quiet(asked: Asked<'_>, row: &ThreadRow) -> Result<(), Stop> {
    not_reverting(asked, row)?;
    match under_way(asked, &row.thread_id)? {
        None => Ok(()),
        Some(turn) => Err(asked.conflict(format!(
            "Thread '{}' has turn '{turn}' under way. Wait until it ends, or interrupt it.",
            row.thread_id
        ))),
    }
}

/// Refuses while the thread goes back to a checkpoint.
pub(super) fn not_reverting(asked: Asked<'_>, row: &ThreadRow) -> Result<(), Stop> {
    match row.revert_turn_count {
        None => Ok(()),
        Some(to) => Err(asked.conflict(format!(
            "Thread '{}' is going back to checkpoint {to}. Wait until it is there.",
            row.thread_id
        ))),
    }
}

/// The turn, which must be there.
pub(super) fn find<'a>(
    asked: Asked<'a>,
    thread: &ThreadId,
    id: &TurnId,
) -> Result<&'a TurnRow, Stop> {
    let row: Option<&TurnRow> = asked
        .view
        .row(Key::ProjectionThreadTurns(thread.clone(), id.clone()))?;
    row.ok_or_else(|| {
        asked.missing(format!(
            "Turn '{id}' does not exist on thread '{thread}'. Start it, or set the session running on it, first."
        ))
    })
}

/// The id of the next turn: as given, else made from the thread's id and the turn's number.
fn next_id(asked: Asked<'_>, row: &ThreadRow, given: Option<&TurnId>) -> Result<TurnId, Stop> {
    let next = made_id(&row.thread_id, row.turn_count + 1);
    let Some(given) = given else {
        return Ok(next);
    };
    let key = Key::ProjectionThreadTurns(row.thread_id.clone(), given.clone());
    let there: Option<&TurnRow> = asked.view.row(key)?;
    if there.is_some() || (*given != next && is_made(&row.thread_id, given)) {
        return Err(asked.conflict(format!(
            "Turn '{given}' of thread '{}' was given before, or will be. Leave the id out, or give one of another form.",
            row.thread_id
        )));
    }
    Ok(given.clone())
}

fn made_id(thread: &ThreadId, number: i64) -> TurnId {
    let tail = format!("-turn-{number}");
    // Turns are named within their thread, so a thread's id may be cut where both do not fit.
    let head: String = thread
        .as_str()
        .chars()
        .take(LONGEST_TEXT_ID - tail.chars().count())
        .collect();
    format!("{head}{tail}")
        .parse()
        .expect("begins like one id, ends in a digit, and is short enough")
}

/// Whether the id has the form of those that are made here: then its number says whether it is used up.
pub(super) fn is_made(thread: &ThreadId, id: &TurnId) -> bool {
    id.as_str()
        .rsplit_once("-turn-")
        .and_then(|(_, number)| number.parse().ok())
        .is_some_and(|number: i64| number > 0 && made_id(thread, number) == *id)
}
