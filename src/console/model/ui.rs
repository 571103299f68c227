//! Where the operator is: page, pane, popups, lists, and the key being typed.

use std::collections::BTreeMap;

use crate::console::keymap::Key;

use super::export::TakeAway;
use super::field::TextField;
use super::jump::Jump;
use super::list::{ListState, Sort, SortBy, Viewports};
use super::page::Page;
use super::popup::Popup;
use super::views::SavedView;
use crate::console::columns::{self, Col};
use crate::console::ids::ListId;

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct Ui {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The pane of the main screen that has the focus.
    pub pane: ListId,
    /// The focused pane fills the screen.
    pub zoom: bool,
    /// How much of the width pane 1 has, in percent.
    pub split: u16,
    /// Pane 2 to 4 show all rows rather than those of the selected source.
    pub unpinned: [bool; 3],
    /// The pages, [`Page::Main`] first.
    pub pages: Vec<Page>,
    /// What lies over the page.
    pub popups: Vec<Popup>,
    /// Every list; those of a page are reset when it opens.
    pub lists: BTreeMap<ListId, ListState>,
    /// Keys of an unfinished chord.
    pub chord: Vec<Key>,
    /// The chord waited long enough: its continuations are shown.
    pub which_key: bool,
    /// Letters stand at the rows of a list, and are being typed.
    pub jump: Option<Jump>,
    /// `/`: the filter of this list is being typed.
    pub filtering: Option<(ListId, TextField)>,
    /// What was typed before `Tab` went on, and which way of going on stands there.
    pub completing: Option<(String, usize)>,
    /// How much each list shows now.
    pub viewports: Viewports,
    /// The mouse is reported.
    pub mouse: bool,
    /// How things were taken away last.
    pub take_away: TakeAway,
    /// Views that were saved, by name.
    pub views: Vec<SavedView>,
    /// Filters typed before, newest last.
    pub filter_history: Vec<String>,
    /// What was run from the palette before, newest last.
    pub command_history: Vec<String>,
    /// Where `↑` stands in the history of the field in front.
    pub history_place: Option<usize>,
    /// No projects here, no server configured: the first-run words are shown.
    pub first_run: bool,
    /// The step of the tour that waits to be done.
    pub tour: Option<usize>,
    /// The tour was offered, at this start or before.
    pub tour_offered: bool,
}

/// What is kept of the screen for the next start.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Layout {
    /// How much of the width pane 1 has, in percent.
    pub split: u16,
    /// Panes 2 to 4 that show all rows.
    pub unpinned: [bool; 3],
    /// What the sources are sorted by, and whether the other way round.
    pub sort: String,
    /// The other way round.
    pub reversed: bool,
    /// Filters typed before, newest last.
    pub filters: Vec<String>,
    /// What was run from the palette before, newest last.
    pub commands: Vec<String>,
    /// The columns of lists where they were chosen, and their order, by the list's name.
    pub lists: BTreeMap<String, ListLayout>,
    /// How things were taken away last.
    pub take_away: TakeAway,
    /// Views that were saved.
    pub views: Vec<SavedView>,
    /// The tour was offered.
    pub tour_offered: bool,
}

/// What is kept of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListLayout {
    /// The chosen columns, in order; empty: the usual ones.
    pub columns: Vec<String>,
    /// What it is sorted by.
    pub sort: String,
    /// The other way round.
    pub reversed: bool,
}

impl ListLayout {
    /// That of a list.
    pub fn of(list: &ListState) -> Self {
        Self {
            columns: list.columns.iter().map(|it| it.word().to_owned()).collect(),
            sort: list.sort.by.as_str().to_owned(),
            reversed: list.sort.reversed,
        }
    }

    /// Puts it onto a list; columns that the list does not have are left out.
    pub fn put(&self, id: ListId, list: &mut ListState) {
        let known = columns::catalogue(id);
        let mut chosen: Vec<Col> = Vec::new();
        for col in self.columns.iter().filter_map(|word| Col::parse(word)) {
            if known.contains(&col) && !chosen.contains(&col) {
                chosen.push(col);
            }
        }
        // What a row is known by is never missing.
        if !chosen.is_empty() && chosen.first() != known.first() {
            chosen.retain(|col| Some(col) != known.first());
            chosen.splice(0..0, known.first().copied());
        }
        list.columns = chosen;
        list.sort = Sort {
            by: SortBy::parse(&self.sort).unwrap_or_default(),
            reversed: self.reversed,
        };
    }
}

/// Filters, and commands, remembered.
const REMEMBERED: usize = 50;

impl Layout {
    /// That of a screen.
    pub fn of(ui: &Ui) -> Self {
        let sort = ui.list(ListId::Sources).sort;
        let last = |all: &[String]| all[all.len().saturating_sub(REMEMBERED)..].to_vec();
        Self {
            split: ui.split,
            unpinned: ui.unpinned,
            sort: sort.by.as_str().to_owned(),
            reversed: sort.reversed,
            filters: last(&ui.filter_history),
            commands: last(&ui.command_history),
            take_away: ui.take_away,
            views: ui.views.clone(),
            tour_offered: ui.tour_offered,
            lists: columns::LISTS
                .into_iter()
                .filter_map(|id| {
                    let kept = ListLayout::of(ui.list(id));
                    let name = columns::word(id)?.to_owned();
                    (kept != ListLayout::default()).then_some((name, kept))
                })
                .collect(),
        }
    }

    /// Puts it onto a screen; what makes no sense is left as it is.
    pub fn put(self, ui: &mut Ui) {
        if (20..=80).contains(&self.split) {
            ui.split = self.split;
        }
        ui.unpinned = self.unpinned;
        ui.filter_history = self.filters;
        ui.command_history = self.commands;
        ui.list_mut(ListId::Sources).sort = Sort {
            by: SortBy::parse(&self.sort).unwrap_or_default(),
            reversed: self.reversed,
        };
        ui.take_away = self.take_away;
        ui.views = self.views;
        ui.tour_offered = self.tour_offered;
        for (name, kept) in &self.lists {
            if let Some(id) = columns::list_of(name) {
                kept.put(id, ui.list_mut(id));
            }
        }
    }
}

impl Default for Ui {
    fn default() -> Self {
        Self {
            size: (80, 24),
            pane: ListId::Sources,
            zoom: false,
            split: 52,
            // Recent runs start as those of everything, the rest follows the selection (console.md: Screen).
            unpinned: [false, false, true],
            pages: vec![Page::Main],
            popups: Vec::new(),
            lists: ListId::ALL
                .into_iter()
                .map(|id| (id, ListState::default()))
                .collect(),
            chord: Vec::new(),
            which_key: false,
            jump: None,
            filtering: None,
            completing: None,
            viewports: Viewports::default(),
            mouse: false,
            take_away: TakeAway::default(),
            views: Vec::new(),
            filter_history: Vec::new(),
            command_history: Vec::new(),
            history_place: None,
            first_run: false,
            tour: None,
            tour_offered: false,
        }
    }
}

impl Ui {
    /// The page in front.
    pub fn page(&self) -> &Page {
        self.pages.last().expect("the main page is never closed")
    }
    /// The same, to change it.
    pub fn page_mut(&mut self) -> &mut Page {
        self.pages
            .last_mut()
            .expect("the main page is never closed")
    }
    /// The popup in front.
    pub fn popup(&self) -> Option<&Popup> {
        self.popups.last()
    }
    /// The list that has the focus.
    pub fn focus(&self) -> ListId {
        if self.popups.is_empty() {
            self.page().focus(self.pane)
        } else {
            ListId::Popup
        }
    }
    /// A list.
    pub fn list(&self, id: ListId) -> &ListState {
        self.lists.get(&id).expect("every list has a state")
    }
    /// A list, to change it.
    pub fn list_mut(&mut self, id: ListId) -> &mut ListState {
        self.lists.get_mut(&id).expect("every list has a state")
    }
    /// Whether keys are text now (screens.md §3: text fields).
    pub fn is_typing(&self) -> bool {
        self.filtering.is_some()
            || self
                .popup()
                .is_some_and(|it| it.field().is_some() || matches!(it, Popup::Writing(_)))
    }
    /// What the last row calls that: `filter`, `token`.
    pub fn typing_what(&self) -> Option<&'static str> {
        if self.filtering.is_some() && self.popups.is_empty() {
            return Some(tr!("filter"));
        }
        let popup = self.popup()?;
        if let Popup::Writing(writing) = popup {
            let answers = writing.answers.is_some();
            return Some(if answers {
                tr!("answer")
            } else {
                tr!("instruction")
            });
        }
        popup.field()?;
        Some(match popup {
            Popup::Palette(_) => tr!("command"),
            Popup::Help(_) | Popup::Link(_) | Popup::Bind(_) => tr!("find"),
            Popup::Form(form) => form.fields[form.focus].label,
            Popup::Danger(_) | Popup::Views(_) => tr!("name"),
            Popup::SignIn(_) => tr!("token"),
            Popup::GoTo(_) => tr!("position"),
            Popup::Export(_) => tr!("file"),
            Popup::Writing(_)
            | Popup::Mode(_)
            | Popup::Columns(_)
            | Popup::Dump(_)
            | Popup::Bulk(_)
            | Popup::Secret(_)
            | Popup::Profiles(_)
            | Popup::SignOut(_) => return None,
        })
    }
    /// Whether a pane of the main screen follows the selected source.
    pub fn is_pinned(&self, pane: ListId) -> bool {
        match pane {
            ListId::Bindings => !self.unpinned[0],
            ListId::Cursors => !self.unpinned[1],
            ListId::Runs => !self.unpinned[2],
            _ => true,
        }
    }
    /// Rows that a list shows now; before the first measure a usual number.
    pub fn height(&self, id: ListId) -> usize {
        usize::from(self.viewports.rows.get(&id).copied().unwrap_or(10)).max(1)
    }
}
