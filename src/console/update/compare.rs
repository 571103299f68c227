//! `=`: what is different now from the past that is looked at.

use super::Turn;
use crate::console::model::{Compare, ListId, Page, RowKey};

/// With more sources than this the difference is worked out when it is asked for, not with each change of now.
const LARGE: usize = 5_000;

impl Turn<'_> {
    /// Shows the differences, or no longer.
    pub(super) fn compare_now(&mut self) {
        let Some(past) = &mut self.model.past else {
            return;
        };
        if past.compare.take().is_some() {
            self.model.ui.pane = ListId::Sources;
            return;
        }
        past.compare = Some(Compare::default());
        past.compare(&self.model.replica);
        self.model.ui.pane = ListId::Compare;
        self.model.ui.zoom = false;
        self.fill_compare();
        self.restart(ListId::Compare);
    }

    /// The panes that it covers are asked for again.
    pub(super) fn close_compare(&mut self) {
        if let Some(past) = &mut self.model.past {
            past.compare = None;
        }
    }

    /// Another source is selected, or another moment shown.
    pub(super) fn fill_compare(&mut self) {
        let source = self.model.pinned_source();
        if let Some(past) = &mut self.model.past
            && past.compare.is_some()
        {
            past.sort_compare(source);
            self.fill(ListId::Compare);
        }
    }

    /// Now went on.
    pub(super) fn now_went_on(&mut self) {
        if let Some(past) = &mut self.model.past
            && past.compare.is_some()
            && past.now.sources.len() <= LARGE
        {
            past.compare(&self.model.replica);
            self.fill_compare();
        }
    }

    /// `Enter`: opens what differs, as it was.
    pub(super) fn open_difference(&mut self, place: usize) {
        let compare = self.model.past.as_ref().and_then(|it| it.compare.as_ref());
        let Some(row) = compare.and_then(|it| it.rows.get(place)).map(|it| it.row) else {
            return;
        };
        let replica = &self.model.replica;
        match row {
            RowKey::Source(id) if replica.sources.contains(id) => self.open_source(id),
            RowKey::Job(id) if replica.jobs.get(id).is_some() => self.open_run(id),
            RowKey::Binding(space, source) if replica.sources.contains(source) => {
                self.open_source(source);
                self.select_key(ListId::Bindings, RowKey::Binding(space, source));
            }
            RowKey::Integration(id) if replica.integrations.get(id).is_some() => {
                self.open_page(Page::Integrations);
                self.select_key(ListId::Integrations, row);
            }
            RowKey::Space(_) => self.refuse(tr!("A space has no page. 2 shows its bindings.")),
            _ => self.refuse(tr!(
                "It was not there then. Esc returns to now, where it is."
            )),
        }
    }
}
