//! `b`: which space a source is bound to; one that is not there yet can be made from here.

use super::Turn;
use crate::api::{SourceId, SpaceId};
use crate::console::command::CommandId as C;
use crate::console::model::{Act, BindPicker, ListId, Popup, RowKey, TextField};
use crate::console::possible::{enabled, target};

impl Turn<'_> {
    pub(super) fn open_bind(&mut self) {
        let sources = target::sources(self.model);
        let rows = self.spaces_to_bind(&sources, "");
        self.model.ui.popups.push(Popup::Bind(BindPicker {
            sources,
            field: TextField::default(),
            rows,
        }));
        self.restart(ListId::Popup);
    }

    fn spaces_to_bind(&self, sources: &[SourceId], text: &str) -> Vec<SpaceId> {
        let replica = &self.model.replica;
        let text = text.to_lowercase();
        let mut rows: Vec<(&str, SpaceId)> = replica
            .spaces
            .iter()
            .map(|(_, space)| space)
            .filter(|space| {
                let bound = sources
                    .iter()
                    .all(|source| replica.spaces_of(*source).contains(&space.id));
                !bound && (space.name.to_lowercase().contains(&text) || space.slug.contains(&text))
            })
            .map(|space| (space.name.as_str(), space.id))
            .collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn bind_typed(&mut self) {
        let Some(Popup::Bind(picker)) = self.model.ui.popup() else {
            return;
        };
        let rows = self.spaces_to_bind(&picker.sources, picker.field.text());
        if let Some(Popup::Bind(picker)) = self.model.ui.popups.last_mut() {
            picker.rows = rows;
        }
        self.restart(ListId::Popup);
    }

    pub(super) fn bind_entered(&mut self) {
        let place = self.model.ui.list(ListId::Popup).position;
        let Some(Popup::Bind(picker)) = self.model.ui.popup() else {
            return;
        };
        let sources = picker.sources.clone();
        let Some(space) = picker.rows.get(place).copied() else {
            // The last row: a space that is not there yet.
            let name = picker.field.text().trim().to_owned();
            match enabled(self.model, C::SpaceNew) {
                Ok(()) => {
                    self.model.ui.popups.pop();
                    self.open_new_space(&name, sources);
                }
                Err(reason) => self.refuse(reason),
            }
            return;
        };
        self.model.ui.popups.pop();
        self.bind_all(space, &sources);
    }

    /// Binds sources to a space.
    pub(super) fn bind_all(&mut self, space: SpaceId, sources: &[SourceId]) {
        let act = Act {
            space: Some(space),
            ..Act::of(C::Bind)
        };
        let rows = sources.iter().map(|source| RowKey::Binding(space, *source));
        self.act(act, rows.collect());
    }
}
