//! Moving about: rows, panes, areas, marks, order.

use super::Turn;
use crate::console::command::CommandId as C;
use crate::console::effect::Effect;
use crate::console::format;
use crate::console::info::facts;
use crate::console::model::list::SIDEWAYS;
use crate::console::model::{ListId, LongText, Page, SortBy};

impl Turn<'_> {
    /// Moves the selection of the focused list.
    pub(super) fn walk(&mut self, command: C) {
        let list = self.model.ui.focus();
        if let Some(text) = self.model.ui.viewports.texts.get(&list).cloned() {
            self.read_on(list, &text, command);
            return;
        }
        let state = self.model.ui.list(list);
        let (position, last) = (state.position, state.rows.len().saturating_sub(1));
        let page = self.model.ui.height(list);
        let place = match command {
            C::MoveUp => position.saturating_sub(1),
            C::MoveDown => position + 1,
            C::PageUp => position.saturating_sub(page),
            C::PageDown => position + page,
            C::HalfUp => position.saturating_sub(page.div_ceil(2)),
            C::HalfDown => position + page.div_ceil(2),
            C::GoTop => 0,
            _ => last,
        };
        if command == C::GoBottom {
            match (self.model.ui.page_mut(), list) {
                (Page::Run(view), ListId::RunLog) => view.follow = true,
                (Page::Thread(view), ListId::Thread) => view.follow = true,
                _ => {}
            }
        }
        self.select(list, place.min(last));
        if place >= last {
            // Going on past the end looks further back than a filter does by itself.
            self.model.flow.looks.remove(&list);
            self.older_if_near_end(list);
        }
    }

    /// Goes on in a text that is longer than its place: to the next of its rows where that is in sight, else by lines.
    fn read_on(&mut self, list: ListId, text: &LongText, command: C) {
        let state = self.model.ui.list(list);
        let first = state.line.min(text.last);
        let at = state.selected.map(|_| state.position);
        let row = match command {
            C::MoveDown => Some(at.map_or(0, |at| at + 1)),
            C::MoveUp => at.and_then(|at| at.checked_sub(1)),
            _ => None,
        };
        if let Some(row) = row.filter(|row| text.shows(*row, first)) {
            self.select(list, row);
            return;
        }
        let line = match command {
            C::MoveUp => first.saturating_sub(1),
            C::MoveDown => first + 1,
            C::PageUp => first.saturating_sub(text.height),
            C::PageDown => first + text.height,
            C::HalfUp => first.saturating_sub(text.height.div_ceil(2)),
            C::HalfDown => first + text.height.div_ceil(2),
            C::GoTop => 0,
            _ => text.last,
        };
        self.read_from(list, line);
    }

    /// Shows a long text from this line on; the chosen row goes along while any is in sight.
    pub(super) fn read_from(&mut self, list: ListId, line: usize) {
        let Some(text) = self.model.ui.viewports.texts.get(&list).cloned() else {
            return;
        };
        let first = line.min(text.last);
        let state = self.model.ui.list_mut(list);
        state.line = first;
        let chosen = state.selected.is_some() && !text.shows(state.position, first);
        let mut seen = (0..text.rows.len()).filter(|row| text.shows(*row, first));
        let near = match (seen.next(), seen.next_back()) {
            (Some(top), Some(bottom)) if state.position > top => Some(bottom),
            (top, _) => top,
        };
        if let (true, Some(row)) = (chosen, near) {
            self.select(list, row);
        }
    }

    /// Shows columns further left or right; on the timeline the run before or after.
    pub(super) fn columns(&mut self, by: i32) {
        let list = self.model.ui.focus();
        match list {
            ListId::Timeline => {
                self.choose_run(by > 0);
                return;
            }
            ListId::Xray if by > 0 => {
                self.xray_right();
                return;
            }
            ListId::Xray => {
                self.xray_left();
                return;
            }
            ListId::RunLog | ListId::Diff | ListId::Own | ListId::Messages => {
                self.sideways(list, by > 0);
                return;
            }
            _ => {}
        }
        let state = self.model.ui.list_mut(list);
        state.column = state.column.saturating_add_signed(by as i16).min(12);
    }

    /// Goes along lines that are cut: as far as the longest one goes.
    fn sideways(&mut self, list: ListId, right: bool) {
        let (wraps, widest) = match (self.model.ui.page(), list) {
            (Page::Run(view), ListId::RunLog) => {
                let lines = view.log.value.iter().flatten();
                (view.wrap, lines.map(|it| format::width(&it.message)).max())
            }
            (Page::Thread(view), _) => {
                let lines = view.diff().into_iter().flat_map(|it| &it.lines);
                (view.wrap, lines.map(|it| format::width(&it.text)).max())
            }
            (Page::OwnLog(view), _) => {
                let lines = view.lines.value.iter().flatten();
                (false, lines.map(|it| format::width(it)).max())
            }
            (Page::Info(_), _) => {
                let facts = facts(self.model).into_iter();
                (false, facts.map(|it| format::width(&it.1)).max())
            }
            (Page::Messages, _) => {
                let notes = self.model.work.notes.iter();
                (false, notes.map(|it| format::width(&it.text)).max())
            }
            _ => return,
        };
        if wraps {
            let key = self.model.keymap.keys_of(C::Wrap);
            self.refuse(tr!(
                "Lines are wrapped, so nothing of them is cut. {key} cuts them again.",
                key
            ));
            return;
        }
        let last = widest.unwrap_or(0).saturating_sub(1) / usize::from(SIDEWAYS);
        let state = self.model.ui.list_mut(list);
        let last = u16::try_from(last).unwrap_or(u16::MAX);
        if right && state.column >= last {
            self.refuse(tr!("No line goes on further right."));
        } else if right {
            state.column += 1;
        } else {
            state.column = state.column.saturating_sub(1);
        }
    }

    /// Gives the focus to a list of the page in front.
    pub(super) fn focus(&mut self, list: ListId) {
        match self.model.ui.page_mut() {
            Page::Main => {
                if matches!(
                    list,
                    ListId::Sources | ListId::Bindings | ListId::Cursors | ListId::Runs
                ) {
                    self.model.ui.pane = list;
                    if list != ListId::Sources {
                        self.close_compare();
                    }
                } else if list == ListId::Compare {
                    self.model.ui.pane = list;
                }
            }
            Page::Why(view) => view.focus = list,
            Page::Conflicts(view) => view.focus = list,
            Page::Run(view) => view.focus = list,
            Page::Pulse(view) => view.focus = list,
            Page::Thread(_) => self.focus_thread(list),
            _ => {}
        }
    }

    /// The next or previous area of the page.
    pub(super) fn next_area(&mut self, forward: bool) {
        let compares = self
            .model
            .past
            .as_ref()
            .is_some_and(|it| it.compare.is_some());
        let areas = match self.model.ui.page() {
            Page::Main if compares => &[ListId::Sources, ListId::Compare],
            page => page.areas(),
        };
        let focus = self.model.ui.focus();
        let at = areas.iter().position(|area| *area == focus).unwrap_or(0);
        let step = if forward { 1 } else { areas.len() - 1 };
        self.focus(areas[(at + step) % areas.len()]);
    }

    /// `.`: everything, or what belongs to the selected source.
    pub(super) fn unpin(&mut self) {
        let list = self.model.ui.pane;
        let place = match list {
            ListId::Bindings => 0,
            ListId::Cursors => 1,
            ListId::Runs => 2,
            _ => {
                self.refuse(tr!("Sources follow nothing. . works in panes 2, 3 and 4."));
                return;
            }
        };
        self.model.ui.unpinned[place] ^= true;
        self.model.ui.list_mut(list).marks.clear();
        self.restart(list);
        self.effect(Effect::Persist);
    }

    /// Moves the split.
    pub(super) fn split(&mut self, by: i16) {
        self.model.ui.split = self.model.ui.split.saturating_add_signed(by).clamp(20, 80);
        self.effect(Effect::Persist);
    }

    /// Marks or unmarks the selected row, and goes to the next.
    pub(super) fn mark(&mut self) {
        let list = self.model.ui.focus();
        let state = self.model.ui.list_mut(list);
        let Some(key) = state.selected else { return };
        if !state.marks.remove(&key) {
            state.marks.insert(key);
        }
        state.anchor = Some(key);
        let next = state.position + 1;
        self.select(list, next);
    }

    /// Marks everything from the last mark to here.
    pub(super) fn mark_range(&mut self) {
        let list = self.model.ui.focus();
        let state = self.model.ui.list(list);
        let here = state.position;
        let anchor = state.anchor;
        let from = state
            .rows
            .iter()
            .position(|row| anchor.is_some() && self.model.key_at(list, *row) == anchor)
            .unwrap_or(here);
        let keys: Vec<_> = state.rows[from.min(here)..=from.max(here)]
            .iter()
            .filter_map(|row| self.model.key_at(list, *row))
            .collect();
        self.model.ui.list_mut(list).marks.extend(keys);
    }

    /// Marks all rows that are shown; when all are, none.
    pub(super) fn mark_all(&mut self) {
        let list = self.model.ui.focus();
        let keys: Vec<_> = self
            .model
            .ui
            .list(list)
            .rows
            .iter()
            .filter_map(|row| self.model.key_at(list, *row))
            .collect();
        let state = self.model.ui.list_mut(list);
        if keys.iter().all(|key| state.marks.contains(key)) {
            for key in keys {
                state.marks.remove(&key);
            }
        } else {
            state.marks.extend(keys);
        }
    }

    /// Orders the focused list; the same again turns it round, a third time goes back to the list's own order.
    pub(super) fn sort(&mut self, by: SortBy) {
        let list = self.model.ui.focus();
        if !super::keys::is_filtered_by_query(list)
            || matches!(
                list,
                ListId::Events | ListId::Conflicts | ListId::Tokens | ListId::Own
            )
        {
            self.refuse(tr!("This list has one order."));
            return;
        }
        let state = self.model.ui.list_mut(list);
        state.sort = state.sort.next(by);
        self.fill(list);
        self.effect(Effect::Persist);
    }

    /// `]` and `[`: the next landmark of the page.
    pub(super) fn landmark(&mut self, forward: bool) {
        if self.model.past.is_some() {
            self.travel_by_marks(forward);
            return;
        }
        let list = match self.model.ui.page() {
            Page::Why(_) => ListId::Findings,
            Page::Conflicts(_) => ListId::Conflicts,
            Page::Run(_) => ListId::Steps,
            Page::Thread(_) => {
                self.thread_landmark(forward);
                return;
            }
            Page::Pulse(_) => {
                self.pulse_window(forward);
                return;
            }
            Page::Xray(_) => {
                self.next_trouble(forward);
                return;
            }
            _ => return,
        };
        let position = self.model.ui.list(list).position;
        let place = if forward {
            position + 1
        } else {
            position.saturating_sub(1)
        };
        self.focus(list);
        self.select(list, place);
    }

    /// `n` and `N`: the next line of the log that contains the search.
    pub(super) fn next_match(&mut self, forward: bool) {
        let Page::Run(view) = self.model.ui.page() else {
            return;
        };
        let search = view.search.to_lowercase();
        let Some(lines) = &view.log.value else { return };
        let state = self.model.ui.list(ListId::RunLog);
        let count = state.rows.len();
        let hit = (1..=count)
            .map(|step| {
                if forward {
                    (state.position + step) % count
                } else {
                    (state.position + count - step) % count
                }
            })
            .find(|place| {
                lines
                    .get(state.rows[*place] as usize)
                    .is_some_and(|line| line.message.to_lowercase().contains(&search))
            });
        match hit {
            Some(place) => {
                self.focus(ListId::RunLog);
                self.select(ListId::RunLog, place);
            }
            None if search.is_empty() => {}
            None => self.refuse(tr_n!(
                count,
                "No match for \"{search}\" in {count} line.",
                "No match for \"{search}\" in {count} lines.",
                search
            )),
        }
    }
}
