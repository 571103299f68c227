//! Choosing the columns of a list (console.md: Columns).

use super::Turn;
use crate::console::columns::{catalogue, usual};
use crate::console::effect::Effect;
use crate::console::keymap::{Key, KeyCode};
use crate::console::model::{ColumnPicker, ListId, Popup, Sort, SortBy};

impl Turn<'_> {
    /// Opens the chooser of the focused list.
    pub(super) fn open_columns(&mut self) {
        let list = self.model.ui.focus();
        let state = self.model.ui.list(list);
        let picker =
            ColumnPicker::new(list, state.shown_columns(list), catalogue(list), state.sort);
        self.model.ui.popups.push(Popup::Columns(picker));
        self.restart(ListId::Popup);
    }

    /// A key of the chooser.
    pub(super) fn columns_key(&mut self, key: Key) {
        let place = self.model.ui.list(ListId::Popup).position;
        let Some(Popup::Columns(picker)) = self.model.ui.popups.last_mut() else {
            return;
        };
        let last = picker.rows.len().saturating_sub(1);
        let mut stands = place;
        match key.code {
            KeyCode::Char(' ') if place == 0 => {
                self.refuse(tr!(
                    "That is what a row is known by: it is always shown, first."
                ));
                return;
            }
            KeyCode::Char(' ') => {
                picker.rows[place].1 ^= true;
                stands = (place + 1).min(last);
            }
            KeyCode::Char('<') if place > 1 => {
                picker.rows.swap(place, place - 1);
                stands = place - 1;
            }
            KeyCode::Char('>') if place > 0 && place < last => {
                picker.rows.swap(place, place + 1);
                stands = place + 1;
            }
            KeyCode::Char('s') if picker.sorts => {
                let by = SortBy::of(picker.rows[place].0);
                picker.sort = picker.sort.next(by);
            }
            KeyCode::Char('s') => {
                self.refuse(tr!("The log has the order in which things happened."));
                return;
            }
            KeyCode::Char('u') => {
                let list = picker.list;
                *picker = ColumnPicker::new(list, usual(list), catalogue(list), Sort::default());
                stands = 0;
            }
            KeyCode::Char('j') => stands = (place + 1).min(last),
            KeyCode::Char('k') => stands = place.saturating_sub(1),
            _ => return,
        }
        self.select(ListId::Popup, stands);
    }

    /// `Enter`: the list is as chosen from here on, and at the next start.
    pub(super) fn columns_entered(&mut self) {
        let Some(Popup::Columns(picker)) = self.model.ui.popups.pop() else {
            return;
        };
        let list = picker.list;
        let shown = picker.shown();
        let state = self.model.ui.list_mut(list);
        state.columns = if shown == usual(list) {
            Vec::new()
        } else {
            shown
        };
        state.column = 0;
        if picker.sorts {
            state.sort = picker.sort;
        }
        self.restart(ListId::Popup);
        self.fill(list);
        self.effect(Effect::Persist);
    }
}
