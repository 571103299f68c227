//! What does not come with the feed: threads, what waits in them, and tokens. While such a page is in front it is asked for again
//! when the feed moves, at most twice a second, and never while an answer is under way.

use std::time::Duration;

use super::{Turn, Waiting};
use crate::api::SpaceStatus;
use crate::console::effect::{Ask, Effect};
use crate::console::model::names::question_name;
use crate::console::model::{ApprovalsView, ListId, Load, Page, Question};
use crate::console::msg::{Answer, Failure, Timer};

/// At least so long between two questions.
const LIVE: Duration = Duration::from_millis(500);
/// What the server counts over a window costs it more than a row.
const COUNTED: Duration = Duration::from_secs(2);

impl Turn<'_> {
    /// Something happened somewhere; rows of threads are not told, so it may have been there.
    pub(super) fn feed_moved(&mut self) {
        if self.model.flow.live_waits {
            self.model.flow.live_moved = true;
        } else {
            self.ask_live();
        }
    }

    /// The pause is over; answers whether anything on the screen changed.
    pub(super) fn live_timer(&mut self) -> bool {
        self.model.flow.live_waits = false;
        if self.model.flow.live_moved && self.held() {
            return false;
        }
        if std::mem::take(&mut self.model.flow.live_moved) && self.model.connection.is_reachable() {
            self.ask_live();
        }
        false
    }

    fn ask_live(&mut self) {
        match self.model.ui.page() {
            Page::Thread(_) => self.ask_thread(),
            Page::Approvals(_) => self.ask_questions(),
            Page::Pulse(_) => self.ask_pulse(),
            Page::Tokens(_) => self.ask_tokens(),
            Page::Xray(_) => self.ask_stale_documents(),
            Page::Run(_) => self.ask_waits(),
            _ => {}
        }
    }

    /// Asks for what only the page in front shows: it was covered, and nobody told it what happened.
    pub(super) fn look_again(&mut self) {
        if let Page::Run(_)
        | Page::Thread(_)
        | Page::Approvals(_)
        | Page::Pulse(_)
        | Page::Tokens(_)
        | Page::Xray(_) = self.model.ui.page()
        {
            self.refresh_page();
        }
    }

    /// Asks unless it is being asked; the next question has its pause either way.
    pub(super) fn ask_paced(&mut self, what: Waiting, ask: Ask) {
        if self.is_waiting(what) {
            self.model.flow.live_moved = true;
        } else {
            self.ask(what, ask);
        }
        if !self.model.flow.live_waits {
            self.model.flow.live_waits = true;
            let pause = if matches!(what, Waiting::Pulse(_)) {
                COUNTED
            } else {
                LIVE
            };
            self.effect(Effect::Arm(Timer::Live, pause));
        }
    }

    /// Asks for the thread of the page in front.
    pub(super) fn ask_thread(&mut self) {
        if let Page::Thread(view) = self.model.ui.page() {
            let (number, thread) = (view.number, view.thread_id.clone());
            self.ask_paced(Waiting::Thread(number), Ask::Thread(thread));
        }
    }

    /// The same, where an answer under way would be of before.
    pub(super) fn ask_thread_anew(&mut self) {
        if let Page::Thread(view) = self.model.ui.page() {
            let number = view.number;
            self.forget(|it| it == Waiting::Thread(number));
            self.ask_thread();
        }
    }

    /// Asks for everything that waits for a person.
    pub(super) fn ask_questions(&mut self) {
        if let Page::Approvals(_) = self.model.ui.page() {
            self.ask_paced(Waiting::Questions, Ask::Questions);
        }
    }

    /// Asks in which threads of the run in front a person is waited for.
    pub(super) fn ask_waits(&mut self) {
        let Some(job) = self.model.shown_job() else {
            return;
        };
        let (id, over) = (job.id, job.status.is_terminal());
        let threads = job
            .spaces
            .iter()
            .filter(|it| it.thread_id.is_some())
            .count();
        let busy = job
            .spaces
            .iter()
            .any(|it| it.thread_id.is_some() && it.status == SpaceStatus::Running);
        let Page::Run(view) = self.model.ui.page_mut() else {
            return;
        };
        if over || !busy {
            view.waits.clear();
            return;
        }
        self.ask_paced(Waiting::Waits(id), Ask::Waits(id, threads as u32));
    }

    /// `ga`: everything that waits for a person.
    pub(super) fn open_approvals(&mut self) {
        self.open_page(Page::Approvals(ApprovalsView {
            questions: Load::loading(),
        }));
        self.ask_questions();
    }

    /// What waits was told.
    pub(super) fn questions_answered(&mut self, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let names = &mut self.model.work.names;
        let told = match result {
            Ok(Answer::Questions(all)) => Ok(all
                .into_iter()
                .map(|it| Question {
                    number: names.of(&question_name(&it.thread, &it.approval.request_id)),
                    thread: it.thread,
                    title: it.title,
                    turn: it.turn,
                    approval: it.approval,
                })
                .collect()),
            Ok(_) => return,
            Err(failure) => Err(failure.text),
        };
        if let Page::Approvals(view) = self.model.ui.page_mut() {
            match told {
                Ok(all) => view.questions.ready(all, now),
                Err(text) => view.questions.failed(text),
            }
        }
        self.fill(ListId::Approvals);
    }

    /// `Enter` on what waits: its thread, with this question.
    pub(super) fn open_question(&mut self, number: u32) {
        let Page::Approvals(view) = self.model.ui.page() else {
            return;
        };
        let found = view
            .questions
            .value
            .iter()
            .flatten()
            .find(|it| it.number == number);
        let Some((thread, request)) =
            found.map(|it| (it.thread.clone(), it.approval.request_id.clone()))
        else {
            return;
        };
        self.open_thread(thread);
        if let Page::Thread(view) = self.model.ui.page_mut() {
            view.question = Some(request);
        }
    }
}
