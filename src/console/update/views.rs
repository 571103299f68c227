//! `gv`: views under a name (console.md: Saved views).

use super::Turn;
use super::links::link_of;
use crate::console::effect::Effect;
use crate::console::keymap::{Key, KeyCode};
use crate::console::model::views::BUILT_IN;
use crate::console::model::{ListId, Popup, SavedView, TextField, ViewList};

/// Columns of the longest name.
const LONGEST: usize = 40;

impl Turn<'_> {
    /// Opens the list.
    pub(super) fn open_views(&mut self) {
        let here = link_of(self.model).text();
        let list = ViewList {
            here,
            ..ViewList::default()
        };
        self.model.ui.popups.push(Popup::Views(Box::new(list)));
        self.restart(ListId::Popup);
    }

    /// A key of the list; whether it was one of its own and none of its field.
    pub(super) fn views_key(&mut self, key: Key) -> bool {
        let place = self.model.ui.list(ListId::Popup).position;
        let own = place.checked_sub(BUILT_IN.len());
        let Some(Popup::Views(list)) = self.model.ui.popups.last_mut() else {
            return false;
        };
        if list.naming.is_some() {
            if key.code == KeyCode::Esc {
                // Out of the field first; the list stays.
                list.naming = None;
                list.problem = None;
                return true;
            }
            return false;
        }
        let danger = std::mem::take(&mut list.danger);
        match (key.code, own) {
            (KeyCode::Char('+'), _) => list.naming = Some(TextField::default()),
            (KeyCode::Char('!'), Some(_)) => list.danger = true,
            (KeyCode::Char('!'), None) => self.refuse(tr!("This view is built in: it stays.")),
            (KeyCode::Char('d'), Some(own)) if danger => {
                if own < self.model.ui.views.len() {
                    let gone = self.model.ui.views.remove(own);
                    self.fill(ListId::Popup);
                    self.tell(tr!("View \"{name}\" removed.", name = gone.name));
                    self.effect(Effect::Persist);
                }
            }
            (KeyCode::Char('j'), _) => self.select(ListId::Popup, place + 1),
            (KeyCode::Char('k'), _) => self.select(ListId::Popup, place.saturating_sub(1)),
            _ => return false,
        }
        true
    }

    /// `Enter`: opens the chosen view, or saves the present one under the name that was typed.
    pub(super) fn views_entered(&mut self) {
        let place = self.model.ui.list(ListId::Popup).position;
        let Some(Popup::Views(list)) = self.model.ui.popups.last_mut() else {
            return;
        };
        if let Some(field) = &list.naming {
            let name = field.text().trim().to_owned();
            let taken = BUILT_IN.iter().any(|(built_in, _)| *built_in == name);
            list.problem = match &name {
                name if name.is_empty() => Some(tr!("Type a name.").to_owned()),
                _ if taken => Some(tr!("\"{name}\" is built in. Type another name.", name)),
                name if name.chars().count() > LONGEST => Some(tr_n!(
                    LONGEST,
                    "At most {count} character.",
                    "At most {count} characters."
                )),
                _ => None,
            };
            if list.problem.is_some() {
                return;
            }
            let link = list.here.clone();
            list.naming = None;
            let views = &mut self.model.ui.views;
            let known = views.iter().position(|it| it.name == name);
            let place = known.unwrap_or(views.len());
            if let Some(view) = views.get_mut(place) {
                view.link = link;
            } else {
                let name = name.clone();
                views.push(SavedView { name, link });
            }
            self.fill(ListId::Popup);
            self.select(ListId::Popup, BUILT_IN.len() + place);
            self.tell(tr!("This view is saved as \"{name}\".", name));
            self.effect(Effect::Persist);
            return;
        }
        let built_in = BUILT_IN.get(place).map(|(_, link)| (*link).to_owned());
        let own = || self.model.ui.views.get(place.checked_sub(BUILT_IN.len())?);
        let Some(link) = built_in.or_else(|| own().map(|it| it.link.clone())) else {
            return;
        };
        self.model.ui.popups.pop();
        self.restart(ListId::Popup);
        self.open_link(link);
    }
}
