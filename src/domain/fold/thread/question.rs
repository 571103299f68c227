//! Activities, and the questions that some of them open and settle. A settled question is never opened again.

use super::super::super::event::{Activity, Meaning};
use super::super::super::id::RequestId;
use super::super::super::kind::{ApprovalDecision, ApprovalStatus, RequestKind, TurnStatus};
use super::super::super::row::{ActivityRow, ApprovalRow, Key, TurnRow};
use super::super::{FoldError, unfit};
use super::Folding;
use crate::base::Timestamp;

impl Folding<'_> {
    pub(super) fn append(&mut self, activity: &Activity) -> Result<(), FoldError> {
        self.put(ActivityRow {
            org_id: self.event.org,
            thread_id: self.id(),
            activity_id: activity.id.clone(),
            turn_id: activity.turn_id.clone(),
            tone: activity.tone,
            kind: activity.kind.clone(),
            summary: activity.summary.clone(),
            payload: activity.payload.clone(),
            sequence: activity.sequence,
            created_at: activity.created_at,
        });
        let meaning = activity.meaning().map_err(|why| unfit(self.event, why))?;
        match meaning {
            Meaning::Asks {
                request_id,
                kind,
                detail,
            } => self.ask(activity, request_id, kind, detail),
            Meaning::Resolves {
                request_id,
                user_input,
                decision,
            } => {
                if let Some(mut row) = self.open_question(&request_id, user_input) {
                    row.decision = decision.or(row.decision);
                    self.close(row, ApprovalStatus::Resolved, activity.created_at);
                }
            }
            Meaning::AnswerFailed {
                request_id,
                user_input,
                stale,
            } => match self.open_question(&request_id, user_input) {
                Some(row) if stale => self.close(row, ApprovalStatus::Stale, activity.created_at),
                // The agent still waits and has heard nothing: the person may answer again.
                Some(mut row) if row.status == ApprovalStatus::Responding => {
                    row.status = ApprovalStatus::Pending;
                    row.decision = None;
                    self.put(row);
                }
                _ => {}
            },
            Meaning::StartFailed => {
                for turn in self.all::<TurnRow>() {
                    let is_it = activity
                        .turn_id
                        .as_ref()
                        .is_none_or(|id| *id == turn.turn_id);
                    if turn.status == TurnStatus::Pending && is_it {
                        self.settle(turn, TurnStatus::Error, activity.created_at);
                    }
                }
            }
            Meaning::RevertFailed => self.thread.revert_turn_count = None,
            Meaning::Nothing => {}
        }
        Ok(())
    }

    fn ask(
        &mut self,
        activity: &Activity,
        request_id: RequestId,
        kind: RequestKind,
        detail: Option<String>,
    ) {
        let key = Key::ProjectionPendingApprovals(self.id(), request_id.clone());
        if self.get::<ApprovalRow>(&key).is_some() {
            return;
        }
        self.put(ApprovalRow {
            org_id: self.event.org,
            thread_id: self.id(),
            request_id,
            turn_id: activity.turn_id.clone(),
            request_kind: kind,
            detail,
            status: ApprovalStatus::Pending,
            decision: None,
            created_at: activity.created_at,
            resolved_at: None,
        });
        *self.open_count(kind) += 1;
    }

    /// A person answered; it counts as open until the provider has heard it.
    pub(super) fn answer(
        &mut self,
        request_id: &RequestId,
        decision: Option<ApprovalDecision>,
    ) -> Result<(), FoldError> {
        let key = Key::ProjectionPendingApprovals(self.id(), request_id.clone());
        let mut row: ApprovalRow = self.need(&key)?;
        row.status = ApprovalStatus::Responding;
        row.decision = decision;
        self.put(row);
        Ok(())
    }

    /// Everything that still waits is stale: who asked is gone.
    pub(super) fn expire_questions(&mut self, at: Timestamp) {
        if self.thread.pending_approval_count + self.thread.pending_user_input_count == 0 {
            return;
        }
        for row in self.all::<ApprovalRow>() {
            if is_open(row.status) {
                self.close(row, ApprovalStatus::Stale, at);
            }
        }
    }

    fn open_question(&mut self, request_id: &RequestId, user_input: bool) -> Option<ApprovalRow> {
        let key = Key::ProjectionPendingApprovals(self.id(), request_id.clone());
        self.get::<ApprovalRow>(&key).filter(|row| {
            is_open(row.status) && (row.request_kind == RequestKind::UserInput) == user_input
        })
    }

    fn close(&mut self, mut row: ApprovalRow, status: ApprovalStatus, at: Timestamp) {
        *self.open_count(row.request_kind) -= 1;
        row.status = status;
        row.resolved_at = Some(at);
        self.put(row);
    }

    pub(super) fn open_count(&mut self, kind: RequestKind) -> &mut i64 {
        match kind {
            RequestKind::UserInput => &mut self.thread.pending_user_input_count,
            RequestKind::Command | RequestKind::FileRead | RequestKind::FileChange => {
                &mut self.thread.pending_approval_count
            }
        }
    }
}

pub(super) const fn is_open(status: ApprovalStatus) -> bool {
    matches!(status, ApprovalStatus::Pending | ApprovalStatus::Responding)
}
