//! Freezing what is shown, and going on. The feed is followed all the same: its rows are kept current out of sight, so that
//! going on asks for nothing, and nothing that happened meanwhile is lost.

use super::Turn;
use crate::console::model::{Frozen, Replica};

impl Turn<'_> {
    /// `Z`: what is shown stands still, or goes on.
    pub(super) fn freeze(&mut self) {
        if self.model.frozen.is_some() {
            self.go_on();
            return;
        }
        // What flashes has just changed; nothing will go on flashing.
        self.model.work.flashes.clear();
        let frozen = Frozen::new(&self.model.replica, self.model.now);
        self.model.frozen = Some(Box::new(frozen));
    }

    fn go_on(&mut self) {
        let Some(words) = self.thaw() else { return };
        self.fill_all();
        self.look_at_forms();
        self.lay_pulse_out();
        self.refresh_page();
        self.tell(words);
    }

    /// The rows of now take the place of those that stood still; answers what is to be said of it.
    pub(super) fn thaw(&mut self) -> Option<String> {
        let frozen = self.model.frozen.take()?;
        let words = match frozen.waiting() {
            0 => tr!("Live again. Nothing changed meanwhile.").to_owned(),
            changes => tr_n!(
                changes,
                "Live again: {count} change came meanwhile.",
                "Live again: {count} changes came meanwhile."
            ),
        };
        self.model.replica = frozen.now;
        self.model.counts = self.model.replica.counts();
        self.note_first_run();
        Some(words)
    }

    /// The feed told something of what only the page in front shows; false: nothing stands still.
    pub(super) fn held(&mut self) -> bool {
        match &mut self.model.frozen {
            Some(frozen) => {
                frozen.page_moved = true;
                true
            }
            None => false,
        }
    }

    /// Rows in full, from a feed that began anew; gives them back where nothing stands still.
    pub(super) fn hold(&mut self, rows: Replica) -> Option<Replica> {
        match &mut self.model.frozen {
            Some(frozen) => {
                frozen.now = rows;
                None
            }
            None => Some(rows),
        }
    }
}
