//! Going back to a checkpoint: what would go is shown before anything is asked, and asked before anything is sent
//! (screens.md §5: going back).

use super::order::order;
use super::{Turn, Waiting};
use crate::api::Command;
use crate::console::command::CommandId as C;
use crate::console::effect::Ask;
use crate::console::model::revert::{going, lines, target_words, targets};
use crate::console::model::{ListId, Load, Page, Revert, ThreadView};
use crate::console::msg::{Answer, Failure};
use crate::console::possible::conversing::can_revert;

impl Turn<'_> {
    /// `!b`: shows what going back would take; once it is shown, asks.
    pub(super) fn open_revert(&mut self) {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        if view.revert.is_some() {
            self.revert_entered();
            return;
        }
        if let Some(to) = view.first_target() {
            view.focus = ListId::Thread;
            self.preview_revert(to);
            self.restart(ListId::Thread);
        }
    }

    /// Shows what going back to this checkpoint would take.
    fn preview_revert(&mut self, to: i64) {
        self.model.flow.threads += 1;
        let revert = self.model.flow.threads;
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let Some(thread) = &view.thread.value else {
            return;
        };
        let from = thread.checkpoint_turn_count;
        let diff = Load::loading();
        view.revert = Some(Box::new(Revert {
            to,
            from,
            number: revert,
            lines: lines(thread, to, &diff),
            diff,
        }));
        let (number, thread) = (view.number, view.thread_id.clone());
        self.forget(|it| matches!(it, Waiting::RevertDiff(n, _) if n == number));
        self.ask(
            Waiting::RevertDiff(number, revert),
            Ask::TurnDiff(thread, to, from),
        );
        self.lay_thread_out();
        self.restart(ListId::Diff);
    }

    /// The documents came, or not.
    pub(super) fn revert_diff_answered(&mut self, revert: u32, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let (Some(shown), Some(thread)) = (&mut view.revert, &view.thread.value) else {
            return;
        };
        if shown.number != revert {
            return;
        }
        match result {
            Ok(Answer::TurnDiff(diff)) => shown.diff.ready(diff.reversed(), now),
            Ok(_) => {}
            Err(failure) => shown.diff.failed(failure.text),
        }
        shown.lines = lines(thread, shown.to, &shown.diff);
        self.lay_thread_out();
    }

    /// `]` and `[`: a later or an earlier checkpoint.
    pub(super) fn move_revert(&mut self, forward: bool) {
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        let (Some(revert), Some(thread)) = (&view.revert, &view.thread.value) else {
            return;
        };
        let targets = targets(thread);
        let next = if forward {
            targets.into_iter().rev().find(|it| *it > revert.to)
        } else {
            targets.into_iter().find(|it| *it < revert.to)
        };
        match next {
            Some(to) => {
                self.preview_revert(to);
                self.restart(ListId::Thread);
            }
            None if forward => {
                self.refuse(tr!("This is the last checkpoint before the present one."));
            }
            None => self.refuse(tr!("This is the state before the first turn.")),
        }
    }

    /// The thread is another by now: the preview is of what is so, or it ends.
    pub(super) fn revert_holds(&mut self) {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let (Some(revert), Some(thread)) = (&mut view.revert, &view.thread.value) else {
            return;
        };
        let (to, from) = (revert.to, revert.from);
        if from == thread.checkpoint_turn_count && targets(thread).contains(&to) {
            revert.lines = lines(thread, to, &revert.diff);
            self.fill(ListId::Thread);
            return;
        }
        match can_revert(self.model) {
            Ok(()) => {
                let Page::Thread(view) = self.model.ui.page() else {
                    return;
                };
                if let Some(to) = view.first_target() {
                    self.preview_revert(to);
                }
            }
            Err(reason) => {
                self.leave_revert();
                self.refuse(tr!("The preview ended. {reason}", reason));
            }
        }
    }

    /// Back from the preview to the thread; whether there was one.
    pub(super) fn leave_revert(&mut self) -> bool {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return false;
        };
        if view.revert.take().is_none() {
            return false;
        }
        let (number, chosen) = (view.number, view.turn);
        view.focus = ListId::Thread;
        self.forget(|it| matches!(it, Waiting::RevertDiff(n, _) if n == number));
        self.model.ui.list_mut(ListId::Thread).selected = None;
        self.lay_thread_out();
        let Page::Thread(view) = self.model.ui.page() else {
            return true;
        };
        // The turn that was chosen before is chosen again.
        let place = chosen.and_then(|key| view.place_of(key, 0));
        self.select(ListId::Thread, place.unwrap_or(0));
        self.choose_turn();
        self.restart(ListId::Diff);
        true
    }

    /// `Enter` in the preview: asks for the name of where it goes back to.
    pub(super) fn revert_entered(&mut self) {
        if let Err(reason) = can_revert(self.model) {
            self.refuse(reason);
            return;
        }
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        let Some(revert) = &view.revert else { return };
        match &revert.diff {
            diff if diff.is_loading() => {
                self.refuse(tr!(
                    "The documents are being asked for; Enter asks once they are shown."
                ));
                return;
            }
            diff if diff.value.is_none() => {
                self.refuse(tr!(
                    "What would become of the documents is not known. R tries again."
                ));
                return;
            }
            _ => {}
        }
        let told = told(view, revert);
        let command = Command::CheckpointRevert {
            thread_id: view.thread_id.clone(),
            turn_count: revert.to,
            created_at: self.model.now,
        };
        let thread = view.thread_id.clone();
        let row = self.row_of_thread(&thread);
        self.ask_danger_telling(C::CheckpointRevert, row, order(&command), told);
    }

    /// Asks for the preview again, where it failed.
    pub(super) fn retry_revert(&mut self) {
        if let Page::Thread(view) = self.model.ui.page()
            && let Some(revert) = &view.revert
            && revert.diff.failure().is_some()
        {
            let to = revert.to;
            self.preview_revert(to);
        }
    }
}

/// The same in a few sentences.
fn told(view: &ThreadView, revert: &Revert) -> Vec<String> {
    let turns = view.turns();
    let going: Vec<String> = going(turns, revert.to)
        .iter()
        .map(|turn| turn.turn_count.to_string())
        .collect();
    let files = revert.diff.value.as_ref().map_or(0, |it| it.files.len());
    let goes = match going.as_slice() {
        [one] => tr!("Turn {one} goes, with its messages and its diff.", one),
        many => tr!(
            "Turns {many} go, with their messages and diffs.",
            many = many.join(", ")
        ),
    };
    let documents = match files {
        0 => tr!("No document changes.").to_owned(),
        count => tr_n!(
            count,
            "{count} document becomes as it was, in one write.",
            "{count} documents become as they were, in one write."
        ),
    };
    vec![
        tr!("The thread goes back to {checkpoint}.", checkpoint = target_words(turns, revert.to)),
        format!("{goes} {documents}"),
        tr!("The agent forgets its session: the next turn begins with what is in the thread then.").to_owned(),
        tr!("What others changed in these documents since is merged, or the server refuses and nothing changes.").to_owned(),
    ]
}
