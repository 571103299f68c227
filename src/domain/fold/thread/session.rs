//! The session and the turns that it begins and ends; and the end of the thread, which ends them all.

use super::super::super::event::Session;
use super::super::super::kind::{SessionStatus, TurnStatus};
use super::super::super::row::{SessionRow, TurnRow};
use super::{Folding, is_open};
use crate::base::Timestamp;

impl Folding<'_> {
    pub(super) fn set_session(&mut self, session: &Session) {
        let key = self.session_key();
        let before: Option<SessionRow> = self.get(&key);
        let was = before.as_ref().map(|s| s.status);
        let active = session
            .active_turn_id
            .as_ref()
            .filter(|_| session.status == SessionStatus::Running);
        let mut known = false;
        for mut turn in self.all::<TurnRow>() {
            if Some(&turn.turn_id) == active {
                known = true;
                // One that ended stays ended, whatever its provider still says of it.
                if turn.status == TurnStatus::Pending {
                    turn.status = TurnStatus::Running;
                    turn.started_at = Some(turn.requested_at);
                    self.put(turn);
                }
                continue;
            }
            let end = match turn.status {
                // The provider went on to another turn without a word about this one.
                TurnStatus::Running if active.is_some() => Some(TurnStatus::Completed),
                TurnStatus::Running => end_of_running(session.status),
                TurnStatus::Pending => end_of_pending(was, session.status),
                _ => None,
            };
            if let Some(end) = end {
                self.settle(turn, end, session.updated_at);
            }
        }
        if let Some(turn_id) = active {
            self.thread.latest_turn_id = Some(turn_id.clone());
        }
        if let (Some(turn_id), false) = (active, known) {
            // The provider began a turn that nobody asked for here.
            self.thread.turn_count += 1;
            self.put(TurnRow {
                org_id: self.event.org,
                thread_id: self.id(),
                turn_id: turn_id.clone(),
                turn_count: self.thread.turn_count,
                checkpoint_turn_count: None,
                status: TurnStatus::Running,
                user_message_id: None,
                assistant_message_id: None,
                requested_at: session.updated_at,
                started_at: Some(session.updated_at),
                completed_at: None,
            });
        }
        if ends(session.status) {
            self.expire_questions(session.updated_at);
        }
        let over = matches!(
            session.status,
            SessionStatus::Stopped | SessionStatus::Error
        );
        self.put(SessionRow {
            org_id: self.event.org,
            thread_id: self.id(),
            status: session.status,
            provider_name: session.provider_name.clone(),
            provider_session_id: session.provider_session_id.clone(),
            provider_thread_id: session.provider_thread_id.clone(),
            runtime_mode: session.runtime_mode,
            active_turn_id: session.active_turn_id.clone(),
            last_error: session.last_error.clone(),
            stop_requested_at: before.and_then(|s| s.stop_requested_at).filter(|_| !over),
            updated_at: session.updated_at,
        });
    }

    /// Nothing of a deleted thread goes on: no turn, no question, no session, for nobody may end them any more.
    pub(super) fn delete(&mut self, at: Timestamp) {
        for turn in self.all::<TurnRow>() {
            if is_open(turn.status) {
                self.settle(turn, TurnStatus::Interrupted, at);
            }
        }
        self.expire_questions(at);
        let key = self.session_key();
        if let Some(mut session) = self.get::<SessionRow>(&key) {
            session.status = SessionStatus::Stopped;
            session.active_turn_id = None;
            session.stop_requested_at = None;
            session.updated_at = at;
            self.put(session);
        }
        self.thread.revert_turn_count = None;
        self.thread.deleted_at = Some(at);
    }
}

/// Nobody hears an answer after this.
const fn ends(status: SessionStatus) -> bool {
    matches!(
        status,
        SessionStatus::Stopped | SessionStatus::Error | SessionStatus::Interrupted
    )
}

/// How a session ends the turn that it works on, when it comes to be so.
const fn end_of_running(status: SessionStatus) -> Option<TurnStatus> {
    match status {
        SessionStatus::Idle | SessionStatus::Ready => Some(TurnStatus::Completed),
        SessionStatus::Error => Some(TurnStatus::Error),
        SessionStatus::Interrupted | SessionStatus::Stopped => Some(TurnStatus::Interrupted),
        // It begins again with the same turn, or says nothing about turns.
        SessionStatus::Starting | SessionStatus::Running => None,
    }
}

/// A turn that was asked for waits while an idle session is put to sleep; it does not wait for one that broke or ended
/// while it was about to take it.
const fn end_of_pending(was: Option<SessionStatus>, status: SessionStatus) -> Option<TurnStatus> {
    let at_work = matches!(was, Some(SessionStatus::Starting | SessionStatus::Running));
    match status {
        SessionStatus::Error => Some(TurnStatus::Error),
        SessionStatus::Interrupted | SessionStatus::Stopped if at_work => {
            Some(TurnStatus::Interrupted)
        }
        _ => None,
    }
}
