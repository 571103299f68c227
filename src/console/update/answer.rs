//! Answers to what an agent asks: given as commands of the thread, each under an id of its own.

use super::Turn;
use super::danger::GUARD;
use crate::api::{ApprovalDecision, ApprovalStatus, Command};
use crate::console::command::CommandId as C;
use crate::console::effect::Effect;
use crate::console::model::names::question_name;
use crate::console::model::{ListId, Page, Pending, RowKey, ThreadView, ToastKind};
use crate::console::msg::Timer;

const fn decision(command: C) -> ApprovalDecision {
    match command {
        C::ApproveOnce => ApprovalDecision::Accept,
        C::ApproveSession => ApprovalDecision::AcceptForSession,
        _ => ApprovalDecision::Decline,
    }
}

impl Turn<'_> {
    /// `a`, `A`, `d`: answers the question in front.
    pub(super) fn answer(&mut self, command: C) {
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        let Some(approval) = view.approval() else {
            return;
        };
        let order = Command::ApprovalRespond {
            thread_id: view.thread_id.clone(),
            request_id: approval.request_id.clone(),
            decision: decision(command),
            created_at: self.model.now,
        };
        let name = question_name(&view.thread_id, &approval.request_id);
        let row = RowKey::Approval(self.model.work.names.of(&name));
        let group = self.group();
        self.change(command, row, super::order::order(&order), group);
    }

    /// The server took an answer; the agent hears it next.
    pub(super) fn answered(&mut self, pending: &Pending) {
        let RowKey::Approval(number) = pending.row else {
            return;
        };
        let decision = decision(pending.command);
        self.model.work.answers.insert(number, decision);
        self.mark_answered(number, ApprovalStatus::Responding, Some(decision));
        self.thread_changed();
        self.done_in_place(pending.done.clone());
        self.ask_thread_anew();
    }

    /// A question that waited was answered: every page shows it so before it is asked for again.
    pub(super) fn mark_answered(
        &mut self,
        number: u32,
        status: ApprovalStatus,
        decision: Option<ApprovalDecision>,
    ) {
        let name = self.model.work.names.name(number).map(str::to_owned);
        for page in &mut self.model.ui.pages {
            let Page::Thread(view) = page else { continue };
            let id = view.thread_id.clone();
            let approvals = view
                .thread
                .value
                .as_mut()
                .and_then(|it| it.approvals.as_mut());
            for approval in approvals.into_iter().flatten() {
                if Some(question_name(&id, &approval.request_id)) == name
                    && approval.status == ApprovalStatus::Pending
                {
                    approval.status = status;
                    approval.decision = decision;
                }
            }
        }
    }

    /// Shows the question that waits longest; one that has just been answered stays while it has the focus and no other
    /// waits. What appears takes no keys until it can have been read.
    pub(super) fn choose_question(&mut self) {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let shown = view.shown_question.take();
        let waits = |view: &ThreadView| {
            view.approval()
                .is_some_and(|it| it.status == ApprovalStatus::Pending)
        };
        if !waits(view) {
            let next = view.waiting().next().map(|it| it.request_id.clone());
            let stays = view.focus == ListId::Approval && view.approval().is_some();
            if next.is_some() || !stays {
                view.question = next;
            }
        }
        if view.question.is_none() && view.focus == ListId::Approval {
            view.focus = ListId::Thread;
        }
        view.shown_question = view.approval().map(|it| it.request_id.clone());
        if waits(view) && view.shown_question != shown {
            view.guarded = true;
            // What was said of another question would be read as said of this one; toasts would lie over it.
            let work = &mut self.model.work;
            work.message = work.message.take().filter(|it| !it.refusal);
            work.toasts
                .retain(|it| matches!(it.kind, ToastKind::Failed | ToastKind::Progress));
            self.effect(Effect::Arm(Timer::Guard, GUARD));
        }
    }
}
