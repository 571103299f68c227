//! Somebody else changes the row while its form is open: base, theirs and mine of each field, and which of them holds. What is
//! typed is never lost (screens.md §3: changed by others).

use super::super::Turn;
use super::open::now_of;
use crate::console::keymap::{Key, KeyCode};
use crate::console::model::{Form, FormStep, Popup};

/// Which of the three a field becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// As it was when the form was opened.
    Base,
    /// As somebody else left it.
    Theirs,
    /// As it is typed here.
    Mine,
}

impl Turn<'_> {
    /// Rows changed: open forms look whether theirs is among them.
    pub(in crate::console::update) fn look_at_forms(&mut self) {
        let mut told = false;
        for place in 0..self.model.ui.popups.len() {
            let Popup::Form(form) = &self.model.ui.popups[place] else {
                continue;
            };
            // Its own change: the answer says what became of it.
            let own = (self.model.work.pending.values()).any(|it| form.call() == Some(&it.call));
            if own {
                continue;
            }
            let now = now_of(self.model, &form.kind);
            let Popup::Form(form) = &mut self.model.ui.popups[place] else {
                continue;
            };
            match now {
                Some((version, fields)) => told |= form.met(version, &fields),
                None if form.kind.version().is_some() => {
                    form.problem = Some(
                        tr!("It is gone: somebody deleted it. Esc keeps what you typed.").into(),
                    );
                }
                None => {}
            }
        }
        if told {
            self.check_form();
        }
    }

    /// A key of the three columns; whether it was one.
    pub(in crate::console::update) fn merge_key(&mut self, key: Key) -> bool {
        let Some(form) = self.form() else {
            return false;
        };
        let FormStep::Merge(at) = form.step else {
            return false;
        };
        let contested = form.contested();
        let place = contested.iter().position(|it| *it == at).unwrap_or(0);
        match (key.code, key.text()) {
            (KeyCode::Up, _) | (_, Some('k')) => {
                let next = contested.get(place.saturating_sub(1)).copied();
                form.step = FormStep::Merge(next.unwrap_or(at));
            }
            (KeyCode::Down | KeyCode::Tab, _) | (_, Some('j')) => {
                let next = contested.get(place + 1).copied();
                form.step = FormStep::Merge(next.unwrap_or(at));
            }
            (_, Some('1')) => self.merge_take(at, Take::Base),
            (_, Some('2')) => self.merge_take(at, Take::Theirs),
            (_, Some('3')) => self.merge_take(at, Take::Mine),
            (KeyCode::Backspace, _) => form.step = FormStep::Edit,
            _ => {}
        }
        true
    }

    fn merge_take(&mut self, at: usize, take: Take) {
        let Some(form) = self.form() else { return };
        form.decide(at, take);
        let next = form.contested().first().copied();
        if let Some(next) = next {
            form.step = FormStep::Merge(next);
            return;
        }
        form.step = FormStep::Edit;
        form.theirs = None;
        self.check_form();
        let left = self.form().is_some_and(|form| form.is_changed());
        if left {
            self.review_form();
        } else if let Some(form) = self.form() {
            form.problem = Some(tr!("Nothing of yours is left to change. Esc closes.").into());
        }
    }
}

impl Form {
    /// The row is so now; whether that is news. What was not touched here follows, the rest is asked about.
    pub fn met(&mut self, version: i64, now: &[String]) -> bool {
        if self.kind.version().is_none_or(|known| known >= version) {
            return false;
        }
        self.waits_for_theirs = false;
        self.problem = None;
        for (field, now) in self.fields.iter_mut().zip(now) {
            if *now == field.base {
                // It was changed, and changed back.
                field.theirs = None;
            } else if field.field.text().trim() == now {
                // Both did the same.
                field.base.clone_from(now);
                field.theirs = None;
            } else if field.is_mine() || field.theirs.is_some() {
                field.theirs = Some(now.clone());
            } else {
                field.base.clone_from(now);
                field.field.set(now.clone());
            }
        }
        self.theirs = Some(version);
        self.kind.set_version(version);
        // What was shown to follow was about the row as it was.
        self.step = match (&self.step, self.contested().first()) {
            (FormStep::Edit, _) | (_, None) => FormStep::Edit,
            (_, Some(first)) => FormStep::Merge(*first),
        };
        true
    }

    /// Which of the three it is. Mine stays against theirs.
    pub fn decide(&mut self, at: usize, take: Take) {
        let Some(field) = self.fields.get_mut(at) else {
            return;
        };
        let Some(theirs) = field.theirs.take() else {
            return;
        };
        match take {
            Take::Base => field.field.set(field.base.clone()),
            Take::Theirs => field.field.set(theirs.clone()),
            Take::Mine => {}
        }
        field.base = theirs;
    }
}
