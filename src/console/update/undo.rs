//! Taking changes back and doing them again, with the compensating calls that came with their answers (engine.md: undo).

use super::Turn;
use super::change::refusal_text;
use super::event_undo::not_undone;
use super::words::Words;
use crate::console::command::CommandId as C;
use crate::console::model::{History, Page, UndoEntry};
use crate::console::msg::{Failure, FailureKind};
use crate::console::possible::{undo_entry, undo_event};

impl Turn<'_> {
    pub(super) fn undo(&mut self) {
        let of_event = matches!(self.model.ui.page(), Page::Events(_));
        let Some(entry) = undo_entry(self.model).cloned() else {
            if let Some(event) = undo_event(self.model).cloned() {
                let entry = self.of_event(&event);
                self.model.work.undone_of_group = 1;
                self.model.work.undoing.clear();
                self.take_back(entry);
            }
            return;
        };
        // Changes of one bulk command are taken back together, newest first.
        let undo = &mut self.model.work.undo;
        let mut group: Vec<UndoEntry> = Vec::new();
        undo.retain(|it| {
            let same = if of_event {
                *it == entry
            } else {
                it.group == entry.group
            };
            if same {
                group.push(it.clone());
            }
            !same
        });
        let last = group.pop().expect("the entry itself is in its group");
        self.model.work.undone_of_group = group.len() + 1;
        self.model.work.undoing = group;
        self.take_back(last);
    }

    fn take_back(&mut self, entry: UndoEntry) {
        let Some((first, rest)) = entry.calls.split_first() else {
            self.failed(tr!(
                "Not undone: {label} was destructive.",
                label = entry.label
            ));
            return;
        };
        // What it told is no longer so.
        let toasts = &mut self.model.work.toasts;
        toasts.retain(|it| it.group != Some(entry.group));
        let words = Words {
            pending: tr!("undoing").into(),
            message: tr!("Undoing: {label}. Not yet confirmed.", label = entry.label),
            done: String::new(),
            refused: tr!("Not undone"),
            label: entry.label.clone(),
            back: entry.back.clone(),
        };
        let (first, rest) = (first.clone(), rest.to_vec());
        let (command, row, group) = (entry.command, entry.row, entry.group);
        self.send(
            command,
            row,
            first,
            words,
            History::Undo(Box::new(entry)),
            group,
            rest,
        );
    }

    /// One entry is undone: the next of its group, or the word that all are.
    pub(super) fn next_undo(&mut self, undone: &UndoEntry) {
        if let Some(next) = self.model.work.undoing.pop() {
            self.take_back(next);
            return;
        }
        let count = self.model.work.undone_of_group;
        let text = if count > 1 {
            tr_n!(
                count,
                "{count} {action} undone.",
                "{count} {action}s undone.",
                action = undone.command.entry().short()
            )
        } else if undone.sequence > 0 {
            tr!(
                "{back}, as before @{sequence}.",
                back = undone.back,
                sequence = undone.sequence
            )
        } else {
            tr!("{back}, as before.", back = undone.back)
        };
        self.done(text, tr!("U redo"));
    }

    /// What was taken back was refused: what is told, and what `u` takes back next.
    pub(super) fn undo_refused(&mut self, entry: &UndoEntry, failure: &Failure) -> String {
        let mut text = not_undone(entry, &refusal_text(failure));
        // The others of its group stay where they were.
        let others = std::mem::take(&mut self.model.work.undoing);
        self.model.work.undo.extend(others);
        // An event of the log stays where it is.
        if entry.command == C::Undo {
            return text;
        }
        let for_good = match &failure.kind {
            FailureKind::Refused(problem) => {
                matches!(problem.code.status(), 404 | 409 | 412) && !problem.code.retryable()
            }
            _ => false,
        };
        if !for_good {
            self.model.work.undo.push(entry.clone());
            return text;
        }
        // What can no longer be taken back bars nothing that was done before.
        match self.model.work.undo.last() {
            Some(next) => {
                let label = next.label.trim_end_matches('.');
                text.push_str(&tr!(" u now undoes: {label}.", label));
            }
            None => text.push_str(tr!(" Nothing else is to be undone.")),
        }
        text
    }

    pub(super) fn redo(&mut self) {
        let Some(entry) = self.model.work.redo.pop() else {
            return;
        };
        let Some((first, rest)) = entry.calls.split_first() else {
            self.failed(tr!(
                "Not done again: {label} cannot be.",
                label = entry.label
            ));
            return;
        };
        let words = Words {
            pending: tr!("doing again").into(),
            message: tr!(
                "Doing again: {label}. Not yet confirmed.",
                label = entry.label
            ),
            done: String::new(),
            refused: tr!("Not done again"),
            label: entry.label.clone(),
            back: entry.back.clone(),
        };
        let (first, rest) = (first.clone(), rest.to_vec());
        let (command, row, group) = (entry.command, entry.row, self.group());
        self.send(
            command,
            row,
            first,
            words,
            History::Redo(Box::new(entry)),
            group,
            rest,
        );
    }
}
