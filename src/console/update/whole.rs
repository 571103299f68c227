//! The diff of the whole thread, in place of that of the chosen turn.

use super::{Turn, Waiting};
use crate::console::effect::Ask;
use crate::console::model::{ListId, Load, Page};
use crate::console::msg::{Answer, Failure};

impl Turn<'_> {
    /// `.`: what the chosen turn changed, or all that the thread did.
    pub(super) fn diff_whole(&mut self) {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        view.whole ^= true;
        view.forget_full();
        self.want_full_diff();
        self.lay_thread_out();
        self.restart(ListId::Diff);
    }

    /// Asks for it where it is shown and ends at an older checkpoint, or was never asked for.
    pub(super) fn want_full_diff(&mut self) {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let newest = view.newest_checkpoint();
        let Some((to, turn)) = newest.filter(|_| view.whole) else {
            // It was taken back to the start: there is no whole any more.
            view.whole = false;
            return;
        };
        if view.full.0.as_ref() == Some(&turn) {
            return;
        }
        view.full = (Some(turn), Load::loading());
        let (number, thread) = (view.number, view.thread_id.clone());
        self.forget(|it| it == Waiting::FullDiff(number));
        self.ask(Waiting::FullDiff(number), Ask::TurnDiff(thread, 0, to));
    }

    /// It came, or not.
    pub(super) fn full_diff_answered(&mut self, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        match result {
            Ok(Answer::TurnDiff(diff)) => view.full.1.ready(*diff, now),
            Ok(_) => {}
            Err(failure) => view.full.1.failed(failure.text),
        }
        self.lay_thread_out();
    }
}
