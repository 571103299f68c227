//! Going back to a checkpoint: everything says its turn, so what goes is exact.

use std::collections::BTreeSet;

use super::super::super::id::TurnId;
use super::super::super::kind::{MessageRole, TurnStatus};
use super::super::super::row::{
    ActivityRow, ApprovalRow, CheckpointRow, MessageRow, Record, Row, SessionRow, TurnRow,
};
use super::super::RowOp;
use super::{Folding, question};

impl Folding<'_> {
    pub(super) fn revert(&mut self, to: i64) {
        let turns: Vec<TurnRow> = self.all();
        // The last turn that the checkpoint holds; an interrupted one without a checkpoint stays if it came before.
        let last = turns
            .iter()
            .filter(|t| t.checkpoint_turn_count.is_some_and(|count| count <= to))
            .map(|t| t.turn_count)
            .max()
            .unwrap_or(0);
        let (kept, gone): (Vec<TurnRow>, Vec<TurnRow>) =
            turns
                .into_iter()
                .partition(|t| match t.checkpoint_turn_count {
                    Some(count) => count <= to,
                    None => t.turn_count < last,
                });
        let gone_ids: BTreeSet<TurnId> = gone.iter().map(|t| t.turn_id.clone()).collect();
        let is_gone = |turn: &Option<TurnId>| turn.as_ref().is_some_and(|t| gone_ids.contains(t));
        for turn in gone {
            self.remove(turn);
        }
        let mut latest_user_message_at = None;
        for message in self.all::<MessageRow>() {
            if is_gone(&message.turn_id) {
                self.remove(message);
            } else if message.role == MessageRole::User {
                latest_user_message_at = latest_user_message_at.max(Some(message.created_at));
            }
        }
        for activity in self.all::<ActivityRow>() {
            if is_gone(&activity.turn_id) {
                self.remove(activity);
            }
        }
        for asked in self.all::<ApprovalRow>() {
            if is_gone(&asked.turn_id) {
                if question::is_open(asked.status) {
                    *self.open_count(asked.request_kind) -= 1;
                }
                self.remove(asked);
            }
        }
        for checkpoint in self.all::<CheckpointRow>() {
            if checkpoint.checkpoint_turn_count > to {
                self.remove(checkpoint);
            }
        }
        let key = self.session_key();
        if let Some(mut session) = self.get::<SessionRow>(&key)
            && is_gone(&session.active_turn_id)
        {
            session.active_turn_id = None;
            self.put(session);
        }
        let thread = &mut self.thread;
        thread.latest_turn_id = kept
            .into_iter()
            .filter(|t| t.status != TurnStatus::Pending)
            .max_by_key(|t| t.turn_count)
            .map(|t| t.turn_id);
        thread.latest_user_message_at = latest_user_message_at;
        thread.checkpoint_turn_count = to;
        thread.revert_turn_count = None;
    }

    fn remove(&mut self, row: impl Record) {
        self.ops.push(RowOp::Delete(Into::<Row>::into(row).key()));
    }
}
