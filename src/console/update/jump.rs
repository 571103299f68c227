//! Jumping to a row that is seen, by the two letters that stand at it.

use super::Turn;
use crate::console::keymap::{Key, KeyCode};
use crate::console::model::{Jump, jump};

impl Turn<'_> {
    /// `J`: letters stand at the rows of the focused list.
    pub(super) fn start_jump(&mut self) {
        let list = self.model.ui.focus();
        let state = self.model.ui.list(list);
        // Rows may be higher than a line, and then fewer are seen than the list has lines; never more.
        let seen = if state.rows.len() <= jump::WHOLE {
            0..state.rows.len()
        } else {
            let end = state.offset + 2 * self.model.ui.height(list);
            state.offset..end.min(state.rows.len())
        };
        let rows = state.rows[seen].iter();
        let rows = rows
            .filter_map(|row| self.model.key_at(list, *row))
            .collect();
        self.model.ui.jump = Some(Jump {
            list,
            rows,
            first: None,
        });
    }

    /// A key while letters stand at rows; false: none stand there.
    pub(super) fn jump_key(&mut self, key: Key) -> bool {
        let Some(mut jump) = self.model.ui.jump.take() else {
            return false;
        };
        // Something else came in front meanwhile: the key is meant for that.
        if jump.list != self.model.ui.focus() {
            return false;
        }
        let key = self.plain_of(key);
        let Some(letter) = key.text().map(|it| it.to_ascii_lowercase()) else {
            if key.code != KeyCode::Esc {
                self.refuse(tr!("Letters go to a row. J shows them again."));
            }
            return true;
        };
        let Some(first) = jump.first else {
            if jump.begins(letter) {
                jump.first = Some(letter);
                self.model.ui.jump = Some(jump);
            } else {
                self.refuse(tr!(
                    "No row begins with {letter}. J shows the letters again.",
                    letter
                ));
            }
            return true;
        };
        let Some(row) = jump.row(first, letter) else {
            self.refuse(tr!(
                "No row has {first}{letter}. J shows the letters again.",
                first,
                letter
            ));
            return true;
        };
        let rows = &self.model.ui.list(jump.list).rows;
        let place = rows
            .iter()
            .position(|it| self.model.key_at(jump.list, *it) == Some(row));
        match place {
            Some(place) => self.select(jump.list, place),
            None => self.refuse(tr!("That row is gone.")),
        }
        true
    }
}
