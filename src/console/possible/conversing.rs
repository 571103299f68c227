//! Whether a thread takes what a person wants of it now: an instruction, another mode, an end, a way back.

use super::rows::still_saving;
use crate::api::{ApprovalStatus, RequestKind, SessionStatus, Thread, TurnStatus};
use crate::console::command::CommandId as C;
use crate::console::format;
use crate::console::model::names::question_name;
use crate::console::model::revert::targets;
use crate::console::model::{Model, Page, RowKey, ThreadView};

fn no(reason: &str) -> Result<(), String> {
    Err(reason.to_owned())
}

/// The thread of the page in front, as far as it is there.
fn thread(model: &Model) -> Result<(&ThreadView, &Thread), String> {
    let Page::Thread(view) = model.ui.page() else {
        return Err(
            tr!("Only on the page of a thread. Enter on a space of a run opens it.").into(),
        );
    };
    if view.gone {
        return Err(tr!("This thread is gone. Esc goes back.").into());
    }
    match &view.thread.value {
        Some(thread) => Ok((view, thread)),
        None => Err(tr!("The thread is not loaded yet.").into()),
    }
}

/// The same, where nothing is being sent to it.
fn free(model: &Model) -> Result<(&ThreadView, &Thread), String> {
    let found = thread(model)?;
    let number = model.work.names.known(found.0.thread_id.as_str());
    match number.and_then(|it| model.work.pending_for(RowKey::Thread(it))) {
        Some(_) => Err(still_saving().to_owned()),
        None => Ok(found),
    }
}

/// The number of the turn that is asked for, runs, or is not let go of by the session yet (orchestration.md: turns).
pub fn under_way(thread: &Thread) -> Option<i64> {
    let turns = thread.turns.as_deref().unwrap_or_default();
    let open = |state| matches!(state, TurnStatus::Pending | TurnStatus::Running);
    let held = (thread.session.as_ref())
        .filter(|it| it.status == SessionStatus::Running)
        .and_then(|it| it.active_turn_id.as_ref());
    turns
        .iter()
        .rev()
        .find(|turn| open(turn.state) || held == Some(&turn.turn_id))
        .map(|turn| turn.turn_count)
}

/// Refuses while something else works on the thread, or where nothing does any more.
fn quiet(model: &Model, thread: &Thread) -> Result<(), String> {
    if thread.archived_at.is_some() {
        return no(tr!("This thread was put away; nothing begins in it."));
    }
    if let Some(to) = thread.revert_turn_count {
        return Err(tr!(
            "The thread goes back to checkpoint {to}. It is free once it is there.",
            to
        ));
    }
    match under_way(thread) {
        None => Ok(()),
        Some(turn) => Err(tr!(
            "Turn {turn} is under way. It ends first, or {key} interrupts it.",
            turn,
            key = model.keymap.keys_of(C::TurnInterrupt)
        )),
    }
}

/// The question for words that is in front, and waits.
pub fn asks_for_words(view: &ThreadView) -> bool {
    view.approval().is_some_and(|it| {
        it.request_kind == RequestKind::UserInput && it.status == ApprovalStatus::Pending
    })
}

/// Whether something can be written to the agent.
pub(super) fn can_write(model: &Model) -> Result<(), String> {
    let (view, thread) = free(model)?;
    if !asks_for_words(view) {
        return quiet(model, thread);
    }
    if view.guarded {
        return no(tr!("The question has just appeared. Read it first."));
    }
    let number = (view.approval()).and_then(|it| {
        model
            .work
            .names
            .known(&question_name(&view.thread_id, &it.request_id))
    });
    match number.and_then(|it| model.work.pending_for(RowKey::Approval(it))) {
        Some(_) => no(still_saving()),
        None => Ok(()),
    }
}

/// Whether an instruction can be sent to a thread that may not be in front any more.
pub fn can_begin(model: &Model) -> Result<(), String> {
    let (_, thread) = free(model)?;
    quiet(model, thread)
}

pub(super) fn can_set_mode(model: &Model) -> Result<(), String> {
    free(model).map(drop)
}

pub(super) fn can_interrupt(model: &Model) -> Result<(), String> {
    let (_, thread) = free(model)?;
    match under_way(thread) {
        Some(_) => Ok(()),
        None => no(tr!("No turn is under way.")),
    }
}

pub(super) fn can_stop(model: &Model) -> Result<(), String> {
    let (_, thread) = free(model)?;
    let Some(session) = &thread.session else {
        return no(tr!("The agent has no session."));
    };
    if !matches!(
        session.status,
        SessionStatus::Starting | SessionStatus::Running
    ) {
        return Err(tr!(
            "The agent's session is {status}: nothing of it runs.",
            status = session.status
        ));
    }
    match session.stop_requested_at {
        Some(at) => Err(tr!(
            "Asked to stop {fine_age} ago already; the agent is being told.",
            fine_age = format::fine_age(model.now, at)
        )),
        None => Ok(()),
    }
}

/// Whether there is a checkpoint to go back to, and nothing in the way.
pub fn can_revert(model: &Model) -> Result<(), String> {
    let (_, thread) = free(model)?;
    if targets(thread).is_empty() {
        return no(tr!("No checkpoint yet: there is nothing to go back to."));
    }
    quiet(model, thread)
}

pub(super) fn can_show_whole(model: &Model) -> Result<(), String> {
    let (view, thread) = thread(model)?;
    if view.revert.is_some() {
        return no(tr!("The preview shows its own diff. Esc leaves it."));
    }
    if thread.checkpoint_turn_count == 0 {
        return no(tr!(
            "No checkpoint yet: what the tools told is all there is."
        ));
    }
    Ok(())
}
