//! Keeping lists: filling them, and holding selection, marks and scroll by id while rows come and go.

use super::{Turn, sift};
use crate::api::SourceId;
use crate::console::effect::{Effect, Sift};
use crate::console::model::{ListId, LoadState, Page, Popup, RowKey};
use crate::console::msg::Sifted;
use crate::console::query::{self, Matcher, Query};
use crate::console::rows::Fields;

/// Lists of at least so many rows are filtered and sorted on another thread.
const LARGE: usize = 5_000;

/// Why a list is filled anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Rows changed: nothing moves under the hands.
    Data,
    /// The operator changed the filter: the first match is selected.
    Filter,
}

impl Turn<'_> {
    /// Fills a list anew because rows changed.
    pub(super) fn fill(&mut self, list: ListId) {
        self.fill_for(list, Cause::Data);
    }

    /// Fills every list that shows rows of the replica.
    pub(super) fn fill_all(&mut self) {
        for list in [
            ListId::Sources,
            ListId::Bindings,
            ListId::Cursors,
            ListId::Runs,
            ListId::Deliveries,
            ListId::Integrations,
            ListId::Conflicts,
        ] {
            self.fill(list);
        }
        self.fill_page();
    }

    /// Fills the lists of the page in front.
    pub(super) fn fill_page(&mut self) {
        let page_lists: &[ListId] = self.model.ui.page().areas();
        for list in page_lists {
            self.fill(*list);
        }
    }

    /// Panes 2 to 4 follow the selected source.
    pub(super) fn follow_selection(&mut self) {
        for list in [ListId::Bindings, ListId::Cursors, ListId::Runs] {
            if self.model.ui.is_pinned(list) {
                self.fill(list);
            }
        }
        self.mark_selected();
        self.fill_compare();
    }

    pub(super) fn fill_for(&mut self, list: ListId, cause: Cause) {
        let model = &*self.model;
        let of_table = match list {
            ListId::Sources | ListId::Xray => Some((model.replica.sources.len(), None)),
            ListId::Cursors => Some((model.replica.sources.len(), Some(()))),
            ListId::Bindings => Some((model.replica.bindings.len(), Some(()))),
            ListId::Runs => Some((model.replica.jobs.len(), Some(()))),
            ListId::Deliveries => Some((model.replica.deliveries.len(), None)),
            ListId::Integrations => Some((model.replica.integrations.len(), None)),
            _ => None,
        };
        let Some((size, follows)) = of_table else {
            let (rows, total) = self.places(list);
            let generation = self.model.ui.list(list).generation;
            self.show(
                Sifted {
                    list,
                    generation,
                    rows,
                    total,
                },
                cause,
            );
            return;
        };
        let (pinned, source) = match follows {
            Some(()) => self.follows(list),
            None => (false, None),
        };
        if pinned && source.is_none() {
            let generation = model.ui.list(list).generation;
            self.show(
                Sifted {
                    list,
                    generation,
                    rows: Vec::new(),
                    total: 0,
                },
                cause,
            );
            return;
        }
        let large = size >= LARGE && !pinned;
        let texts = match self.model.ui.page() {
            Page::Xray(view) if list == ListId::Xray => view.paths(),
            _ => std::collections::BTreeMap::new(),
        };
        let state = self.model.ui.list_mut(list);
        if large && state.sifting && cause == Cause::Data {
            self.model.flow.again.insert(list);
            return;
        }
        state.generation += 1;
        let question = Sift {
            list,
            generation: state.generation,
            source,
            texts,
            query: state.filter.query.clone(),
            by: state.sort.by,
            reversed: state.sort.reversed,
            replica: self.model.replica.clone(),
            now: self.model.moment(),
        };
        if large {
            self.model.ui.list_mut(list).sifting = true;
            self.model.flow.causes.insert(list, cause == Cause::Filter);
            self.effect(Effect::Sift(Box::new(question)));
        } else {
            let sifted = sift::sift(&question);
            drop(question);
            self.show(sifted, cause);
        }
    }

    /// Another thread answered.
    pub(super) fn sifted(&mut self, sifted: Sifted) {
        let list = sifted.list;
        let state = self.model.ui.list_mut(list);
        if sifted.generation != state.generation {
            return;
        }
        state.sifting = false;
        let cause = match self.model.flow.causes.remove(&list) {
            Some(true) => Cause::Filter,
            _ => Cause::Data,
        };
        self.show(sifted, cause);
        if self.model.flow.again.remove(&list) {
            self.fill(list);
        }
    }

    /// Shows these rows, holding on to what was selected.
    fn show(&mut self, mut sifted: Sifted, cause: Cause) {
        let list = sifted.list;
        if list == ListId::Xray {
            sifted.rows = self.xray_rows(sifted.rows);
        }
        let before = self.model.ui.list(list).selected;
        let slot = before.and_then(|key| self.place_of(list, key));
        let height = self.model.ui.height(list);
        let follow = self.follows_end(list);
        // A list that nobody works in, shown from its top, goes on showing what is newest.
        let stays_at_top = cause == Cause::Data && self.model.ui.focus() != list;
        let state = self.model.ui.list_mut(list);
        let stays_at_top = stays_at_top && state.offset == 0;
        let screen_line = state.position.saturating_sub(state.offset);
        state.rows = sifted.rows;
        state.total = sifted.total;
        state.ghost = false;
        let found = slot.and_then(|slot| state.rows.iter().position(|row| *row == slot));
        state.position = match (found, slot, cause) {
            _ if follow => state.rows.len().saturating_sub(1),
            (Some(place), ..) => place,
            // It no longer matches: it stays until the next move (screens.md §5: ghost row).
            (None, Some(slot), Cause::Data) if before.is_some() => {
                let place = state.position.min(state.rows.len());
                state.rows.insert(place, slot);
                state.ghost = true;
                place
            }
            (None, _, Cause::Filter) => 0,
            (None, ..) => state.position.min(state.rows.len().saturating_sub(1)),
        };
        state.offset = if cause == Cause::Filter || stays_at_top {
            0
        } else {
            // The selected row stays on its line of the screen, whatever came or went above it.
            state.position.saturating_sub(screen_line)
        };
        state.offset = state.offset_for(height);
        state.filter.near = if state.rows.is_empty() && state.is_filtered() {
            query::near(list, &state.filter.text)
        } else {
            None
        };
        let wrong = state.rows.is_empty() && state.filter.near.is_none();
        state.filter.fault = wrong
            .then(|| query::fault(list, &state.filter.text))
            .flatten();
        let at = state.rows.get(state.position).copied();
        let selected = at.and_then(|row| self.model.key_at(list, row));
        self.model.ui.list_mut(list).selected = selected;
        if list == ListId::Sources && selected != before {
            self.follow_selection();
        }
        if list == ListId::Xray {
            self.seek_in_xray();
        }
        if cause == Cause::Filter {
            self.model.flow.looks.remove(&list);
            self.older_if_near_end(list);
        }
    }

    /// Xray with its sources in this order.
    pub(super) fn show_xray(&mut self, order: Vec<u32>) {
        let state = self.model.ui.list(ListId::Xray);
        let sifted = Sifted {
            list: ListId::Xray,
            generation: state.generation,
            rows: order,
            total: state.total,
        };
        self.show(sifted, Cause::Data);
    }

    /// Where a row lies now.
    pub(super) fn place_of(&self, list: ListId, key: RowKey) -> Option<u32> {
        let replica = &self.model.replica;
        match (list, key) {
            (ListId::Sources | ListId::Cursors | ListId::LinkedSources, RowKey::Source(id)) => {
                replica.sources.slot(id)
            }
            (ListId::Bindings, RowKey::Binding(space, source)) => {
                // Another source's binding is no ghost of this pane.
                let (pinned, of) = self.follows(list);
                (!pinned || of == Some(source)).then(|| replica.bindings.slot((space, source)))?
            }
            (ListId::Runs, RowKey::Job(id)) => {
                let job = replica.jobs.get(id)?;
                let (pinned, source) = self.follows(list);
                let first = replica.loaded.first_run(source);
                (job.id.0 >= first && (!pinned || source == Some(job.source_id)))
                    .then(|| replica.jobs.slot(id))?
            }
            (ListId::Deliveries | ListId::ItsDeliveries, RowKey::Delivery(id)) => {
                replica.deliveries.slot(id)
            }
            (ListId::Integrations, RowKey::Integration(id)) => replica.integrations.slot(id),
            (ListId::Tokens, RowKey::Token(id)) => match self.model.ui.page() {
                Page::Tokens(view) => (view.tokens.value.as_ref()?.iter())
                    .position(|it| it.id == id)
                    .map(|place| place as u32),
                _ => None,
            },
            (ListId::Events, RowKey::Event(sequence)) => match self.model.ui.page() {
                Page::Events(view) => view
                    .events
                    .iter()
                    .position(|event| event.sequence == sequence)
                    .map(|place| place as u32),
                _ => None,
            },
            (ListId::RunSpaces, RowKey::JobSpace(_, space)) => self
                .model
                .shown_job()?
                .spaces
                .iter()
                .position(|it| it.space_id == space)
                .map(|place| place as u32),
            (ListId::Thread, RowKey::Line(entry, nth)) => match self.model.ui.page() {
                Page::Thread(view) => view.place_of(entry, nth).map(|place| place as u32),
                _ => None,
            },
            (ListId::Approvals, RowKey::Approval(number)) => match self.model.ui.page() {
                Page::Approvals(view) => view
                    .questions
                    .value
                    .as_ref()?
                    .iter()
                    .position(|it| it.number == number)
                    .map(|place| place as u32),
                _ => None,
            },
            (ListId::Xray, key) => match self.model.ui.page() {
                Page::Xray(view) => view.place_of(key).map(|place| place as u32),
                _ => None,
            },
            (ListId::Timeline, key) => match self.model.ui.page() {
                Page::Pulse(view) => view.timeline.place_of(key).map(|place| place as u32),
                _ => None,
            },
            (_, RowKey::Place(place)) => Some(place),
            _ => None,
        }
    }

    /// Whether a list shows the rows of one source, and of which; a pane behind a page goes on showing what it did.
    fn follows(&self, list: ListId) -> (bool, Option<SourceId>) {
        match (self.model.ui.page(), self.model.selected(ListId::Sources)) {
            (Page::Source(view), _) if list == ListId::Bindings => (true, Some(view.source)),
            _ if !self.model.ui.is_pinned(list) => (false, None),
            (_, Some(RowKey::Source(id))) => (true, Some(id)),
            _ => (true, None),
        }
    }

    fn follows_end(&self, list: ListId) -> bool {
        match self.model.ui.page() {
            Page::Run(view) => list == ListId::RunLog && view.follow,
            Page::Thread(view) => list == ListId::Thread && view.follow && view.revert.is_none(),
            _ => false,
        }
    }

    /// The rows of lists that are no table of the replica: places in their vector, and how many there are.
    fn places(&self, list: ListId) -> (Vec<u32>, usize) {
        let model = &*self.model;
        let all = |count: usize| ((0..count as u32).collect(), count);
        match (list, model.ui.page()) {
            (ListId::Conflicts, _) => self.matching(list, model.conflicts()),
            (ListId::Events, Page::Events(view)) => self.matching(list, &view.events),
            (ListId::LinkedSources | ListId::ItsDeliveries, Page::Integration(view)) => {
                let rows = super::integrations::rows(&model.replica, list, view.integration);
                let total = rows.len();
                (rows, total)
            }
            (ListId::Tokens, Page::Tokens(view)) => {
                self.matching(list, view.tokens.value.as_deref().unwrap_or_default())
            }
            (ListId::Findings, Page::Why(view)) => all(view
                .diagnosis
                .value
                .as_ref()
                .map_or(0, |it| it.findings.len())),
            (ListId::Evidence | ListId::Actions, Page::Why(view)) => {
                let finding = view.diagnosis.value.as_ref().and_then(|diagnosis| {
                    diagnosis
                        .findings
                        .get(model.ui.list(ListId::Findings).position)
                });
                all(finding.map_or(0, |finding| {
                    if list == ListId::Evidence {
                        finding.evidence.len()
                    } else {
                        finding.next_action.iter().len() + finding.other_actions.len()
                    }
                }))
            }
            (ListId::Places, _) => {
                let places = crate::console::possible::target::conflict(model);
                all(places.map_or(0, |it| it.places.len()))
            }
            (ListId::Remedies, _) => {
                all(crate::console::possible::target::conflict(model)
                    .map_or(0, |it| it.remedies.len()))
            }
            (ListId::Steps, Page::Run(_)) => all(model.shown_job().map_or(0, |it| it.steps.len())),
            (ListId::RunSpaces, Page::Run(_)) => {
                all(model.shown_job().map_or(0, |it| it.spaces.len()))
            }
            (ListId::RunLog, Page::Run(view)) => {
                let lines = view.log.value.as_deref().unwrap_or_default();
                let rows = lines
                    .iter()
                    .enumerate()
                    .filter(|(_, line)| line.level >= view.level)
                    .map(|(place, _)| place as u32)
                    .collect();
                (rows, lines.len())
            }
            (ListId::Thread, Page::Thread(view)) => all(match &view.revert {
                Some(revert) => revert.lines.len(),
                None => view.lines.len(),
            }),
            (ListId::Diff, Page::Thread(view)) => all(view.rows.len()),
            (ListId::Approvals, Page::Approvals(view)) => {
                all(view.questions.value.as_ref().map_or(0, Vec::len))
            }
            (ListId::Pulse, Page::Pulse(view)) => all(view.lines.len()),
            (ListId::Timeline, Page::Pulse(view)) => all(view.timeline.lanes.len()),
            (ListId::Compare, _) => all(model
                .past
                .as_ref()
                .and_then(|past| past.compare.as_ref())
                .map_or(0, |compare| compare.rows.len())),
            (ListId::DeliveryText, Page::Delivery(view)) => all(view.lines.len()),
            (ListId::Messages, _) => {
                let count = model.work.notes.len();
                ((0..count as u32).rev().collect(), count)
            }
            (ListId::Own, Page::Info(_)) => all(crate::console::info::facts(model).len()),
            (ListId::Own, Page::OwnLog(view)) => {
                self.matching(list, view.lines.value.as_deref().unwrap_or_default())
            }
            (ListId::Popup, _) => all(match model.ui.popup() {
                Some(Popup::Palette(list) | Popup::Help(list)) => list.rows.len(),
                // The last row makes a space.
                Some(Popup::Bind(picker)) => picker.rows.len() + 1,
                Some(Popup::Profiles(picker)) => picker.rows.value.as_ref().map_or(0, Vec::len),
                Some(Popup::Link(wizard)) => wizard.rows(),
                Some(Popup::Mode(_)) => crate::api::RuntimeMode::ALL.len(),
                Some(Popup::Bulk(group)) => (model.work.bulks.iter())
                    .find(|it| it.group == *group)
                    .map_or(0, |it| it.items.len()),
                Some(Popup::Columns(picker)) => picker.rows.len(),
                Some(Popup::Views(_)) => {
                    crate::console::model::views::BUILT_IN.len() + model.ui.views.len()
                }
                Some(Popup::Dump(_)) => crate::console::model::DumpPicker::KINDS.len(),
                Some(
                    Popup::Export(_)
                    | Popup::Form(_)
                    | Popup::Danger(_)
                    | Popup::SignIn(_)
                    | Popup::Writing(_)
                    | Popup::Secret(_)
                    | Popup::SignOut(_)
                    | Popup::GoTo(_),
                )
                | None => 0,
            }),
            _ => (Vec::new(), 0),
        }
    }

    fn matching<'a, T>(&'a self, list: ListId, rows: &'a [T]) -> (Vec<u32>, usize)
    where
        Fields<'a, T>: query::Candidate,
    {
        let query: &Query = &self.model.ui.list(list).filter.query;
        let mut matcher = Matcher::new(query);
        let shown = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| {
                query.is_empty()
                    || matcher.matches(&Fields {
                        row: *row,
                        replica: &self.model.replica,
                        now: self.model.moment(),
                    })
            })
            .map(|(place, _)| place as u32)
            .collect();
        (shown, rows.len())
    }

    /// Selects the row at this place of a list.
    pub(super) fn select(&mut self, list: ListId, place: usize) {
        let height = self.model.ui.height(list);
        let state = self.model.ui.list_mut(list);
        let mut place = place.min(state.rows.len().saturating_sub(1));
        if state.ghost && place != state.position {
            // The ghost goes with the first move.
            let ghost = state.position;
            state.rows.remove(ghost);
            state.ghost = false;
            if place > ghost {
                place -= 1;
            }
        }
        state.position = place.min(state.rows.len().saturating_sub(1));
        state.offset = state.offset_for(height);
        let at = state.rows.get(state.position).copied();
        let selected = at.and_then(|row| self.model.key_at(list, row));
        let changed = self.model.ui.list(list).selected != selected;
        self.model.ui.list_mut(list).selected = selected;
        if changed {
            self.selection_moved(list);
        }
    }

    /// Selects a row by its key, if it is shown.
    pub(super) fn select_key(&mut self, list: ListId, key: RowKey) -> bool {
        let Some(slot) = self.place_of(list, key) else {
            return false;
        };
        let Some(place) = self
            .model
            .ui
            .list(list)
            .rows
            .iter()
            .position(|it| *it == slot)
        else {
            return false;
        };
        self.select(list, place);
        true
    }

    fn selection_moved(&mut self, list: ListId) {
        match list {
            ListId::Sources => self.follow_selection(),
            ListId::Findings => {
                if let Page::Why(view) = self.model.ui.page_mut() {
                    view.effect = None;
                }
                self.restart(ListId::Evidence);
                self.restart(ListId::Actions);
            }
            ListId::Conflicts => {
                self.restart(ListId::Places);
                self.restart(ListId::Remedies);
                self.forget_conflict_effect();
            }
            ListId::Deliveries => {
                if let Page::Deliveries(view) = self.model.ui.page_mut() {
                    view.preview = None;
                }
                self.older_if_near_end(list);
            }
            ListId::Events => self.older_events_if_near_end(),
            ListId::Runs => self.older_if_near_end(list),
            ListId::RunLog => {
                let at_end = {
                    let state = self.model.ui.list(ListId::RunLog);
                    state.position + 1 >= state.rows.len()
                };
                if let Page::Run(view) = self.model.ui.page_mut() {
                    view.follow &= at_end;
                }
            }
            ListId::Thread => self.thread_moved(),
            ListId::Timeline => {
                if let Page::Pulse(view) = self.model.ui.page_mut() {
                    view.timeline.chosen = None;
                }
            }
            _ => {}
        }
    }

    /// Fills a list from its first row on.
    pub(super) fn restart(&mut self, list: ListId) {
        let state = self.model.ui.list_mut(list);
        state.selected = None;
        state.position = 0;
        state.offset = 0;
        state.line = 0;
        state.ghost = false;
        self.fill(list);
    }

    /// Sets the filter of a list as it is typed.
    pub(super) fn set_filter(&mut self, list: ListId, text: &str) {
        let state = self.model.ui.list_mut(list);
        let query = Query::parse(text);
        let same = state.filter.query == query;
        text.clone_into(&mut state.filter.text);
        state.filter.query = query;
        if !same {
            self.fill_for(list, Cause::Filter);
            if list == ListId::Events {
                if text.is_empty() {
                    self.narrow_events();
                } else {
                    self.older_events_if_near_end();
                }
            }
        }
    }

    /// Whether the events of the page are being asked for.
    pub(super) fn events_loading(&self) -> bool {
        matches!(self.model.ui.page(), Page::Events(view) if view.state == LoadState::Loading)
    }
}
