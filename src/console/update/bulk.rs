//! One command on many rows: a few requests at a time, a table of what came of each, those that failed once more
//! (screens.md §4.3: results). One row goes as a change of its own.

use super::Turn;
use crate::api::SourceId;
use crate::console::command::CommandId as C;
use crate::console::model::bulk::{Act, Bulk, BulkItem, Outcome};
use crate::console::model::{History, ListId, Pending, Popup, RowKey};
use crate::console::possible::{plan, target};

/// So many requests of one bulk command are under way at once.
const AT_ONCE: usize = 4;
/// Tables of so many bulk commands are kept; those under way always are.
const KEPT: usize = 8;

impl Turn<'_> {
    /// Does something to these rows: to one as it is, to many with a table.
    pub(super) fn act(&mut self, act: Act, rows: Vec<RowKey>) {
        if !rows.is_empty()
            && let Some(left_alone) = target::left_alone(self.model, act.command)
        {
            self.info(left_alone);
        }
        if let [row] = rows.as_slice() {
            match plan::call_for(self.model, act, *row) {
                Ok(call) => {
                    let group = self.group();
                    self.change(act.command, *row, call, group);
                }
                Err(Outcome::Failed(reason) | Outcome::LeftOut(reason)) => self.refuse(reason),
                Err(_) => {}
            }
            return;
        }
        if rows.is_empty() {
            return;
        }
        let group = self.group();
        let items: Vec<BulkItem> = rows
            .into_iter()
            .map(|row| BulkItem {
                row,
                name: super::words::row_name(self.model, row),
                outcome: Outcome::NotSent,
            })
            .collect();
        let title = plan::title(self.model, act, items.len());
        let bulks = &mut self.model.work.bulks;
        bulks.push(Bulk {
            group,
            act,
            title,
            items,
            toast: None,
        });
        // What is over for longest goes first.
        while bulks.len() > KEPT {
            match bulks.iter().position(|it| it.tally().to_go == 0) {
                Some(place) => drop(bulks.remove(place)),
                None => break,
            }
        }
        self.model.ui.popups.push(Popup::Bulk(group));
        self.restart(ListId::Popup);
        self.pump(group);
    }

    /// `gb`: the table of the last bulk command.
    pub(super) fn open_results(&mut self) {
        let Some(bulk) = self.model.work.bulks.last_mut() else {
            return;
        };
        let (group, toast) = (bulk.group, bulk.toast.take());
        self.model.work.toasts.retain(|it| Some(it.id) != toast);
        self.model.ui.popups.push(Popup::Bulk(group));
        self.restart(ListId::Popup);
    }

    fn bulk_mut(&mut self, group: u64) -> Option<&mut Bulk> {
        let bulks = &mut self.model.work.bulks;
        bulks.iter_mut().find(|it| it.group == group)
    }

    /// Sends what waits, as far as not too many are under way.
    fn pump(&mut self, group: u64) {
        loop {
            let Some(bulk) = self.bulk_mut(group) else {
                return;
            };
            let sent = bulk.items.iter().filter(|it| it.outcome == Outcome::Sent);
            if sent.count() >= AT_ONCE {
                return;
            }
            let act = bulk.act;
            let next = bulk
                .items
                .iter()
                .position(|it| it.outcome == Outcome::NotSent);
            let Some(place) = next else { return };
            let row = bulk.items[place].row;
            // What became of the row meanwhile counts, not what it was when the command was given.
            let planned = plan::call_for(self.model, act, row);
            let outcome = match &planned {
                Ok(_) => Outcome::Sent,
                Err(outcome) => outcome.clone(),
            };
            if let Some(bulk) = self.bulk_mut(group) {
                bulk.items[place].outcome = outcome;
            }
            if let Ok(call) = planned {
                self.change(act.command, row, call, group);
            }
            self.model.work.message = None;
        }
    }

    /// Whether a change belongs to a bulk command, whose table says what came of it.
    pub(super) fn is_in_bulk(&self, pending: &Pending) -> bool {
        let group = group_of(pending);
        self.model
            .work
            .bulks
            .iter()
            .any(|it| it.group == group && it.items.iter().any(|item| item.row == pending.row))
    }

    /// A change of a bulk command has its answer.
    pub(super) fn bulk_answered(&mut self, pending: &Pending, outcome: &Outcome) {
        let group = group_of(pending);
        let Some(bulk) = self.bulk_mut(group) else {
            return;
        };
        for item in &mut bulk.items {
            if item.row == pending.row {
                item.outcome = outcome.clone();
            }
        }
        self.pump(group);
        self.tell_progress(group);
    }

    /// How far it is, or how it ended, where the table is not in front.
    fn tell_progress(&mut self, group: u64) {
        let open = |it: &Popup| matches!(it, Popup::Bulk(shown) if *shown == group);
        if self.model.ui.popups.iter().any(open) {
            return;
        }
        let Some(bulk) = self.bulk_mut(group) else {
            return;
        };
        let tally = bulk.tally();
        let (title, toast) = (bulk.title.clone(), bulk.toast);
        let word = bulk.act.done_word();
        if tally.to_go > 0 {
            let text = format!("{title}: {}", tally.words(word));
            let id = self.progress(toast, text);
            if let Some(bulk) = self.bulk_mut(group) {
                bulk.toast = Some(id);
            }
            return;
        }
        // Nothing was told that would have to be taken back: it was over before it was closed.
        if toast.is_none() {
            return;
        }
        self.model.work.toasts.retain(|it| Some(it.id) != toast);
        if let Some(bulk) = self.bulk_mut(group) {
            bulk.toast = None;
        }
        let text = tr!(
            "{title}, {tally}. gb shows each.",
            title,
            tally = tally.words(word)
        );
        if tally.failed > 0 {
            self.failed(text);
        } else {
            self.done_of(group, text, tr!("u undo"));
        }
    }

    /// The table was closed; it goes on all the same.
    pub(super) fn bulk_closed(&mut self, group: u64) {
        self.tell_progress(group);
    }

    /// `rr` in the table: those that failed once more, and only those.
    pub(super) fn retry_bulk(&mut self) {
        let Some(Popup::Bulk(group)) = self.model.ui.popup() else {
            return;
        };
        let group = *group;
        if let Some(bulk) = self.bulk_mut(group) {
            for item in &mut bulk.items {
                if let Outcome::Failed(_) = item.outcome {
                    item.outcome = Outcome::NotSent;
                }
            }
        }
        self.pump(group);
    }

    /// `Enter` in the table: the page of the row.
    pub(super) fn bulk_entered(&mut self) {
        let place = self.model.ui.list(ListId::Popup).position;
        let Some(Popup::Bulk(group)) = self.model.ui.popup() else {
            return;
        };
        let bulks = self.model.work.bulks.iter();
        let Some(row) = bulks
            .filter(|it| it.group == *group)
            .find_map(|it| Some(it.items.get(place)?.row))
        else {
            return;
        };
        let group = *group;
        self.model.ui.popups.pop();
        match row {
            RowKey::Source(id) | RowKey::Binding(_, id) => self.open_source(id),
            RowKey::Job(id) | RowKey::JobSpace(id, _) => self.open_run(id),
            RowKey::Delivery(id) => self.open_delivery(id),
            _ => self.refuse(tr!("It has no page of its own.")),
        }
        self.bulk_closed(group);
    }

    /// A toast that stays while something goes on; answers its id.
    fn progress(&mut self, toast: Option<u64>, text: String) -> u64 {
        let known = toast.and_then(|id| self.model.work.toasts.iter_mut().find(|it| it.id == id));
        if let Some(known) = known {
            known.text = text;
            return known.id;
        }
        self.say_progress(text)
    }

    /// `O`: all of them off where one is on, else all of them on.
    pub(super) fn toggle_sources(&mut self) {
        let all = target::sources(self.model);
        let on = |id: &SourceId| (self.model.replica.sources.get(*id)).is_some_and(|it| it.enabled);
        let act = Act {
            on: Some(!all.iter().any(on)),
            ..Act::of(C::SourceToggle)
        };
        self.act(act, all.into_iter().map(RowKey::Source).collect());
    }

    /// `rp`: all of them paused where one is not, else all of them resumed.
    pub(super) fn pause_sources(&mut self) {
        let all = target::sources(self.model);
        let runs = |id: &SourceId| {
            (self.model.replica.sources.get(*id))
                .is_some_and(|it| it.paused.is_none() && it.integration_id.is_some())
        };
        let act = Act {
            on: Some(all.iter().any(runs)),
            ..Act::of(C::SourcePause)
        };
        self.act(act, all.into_iter().map(RowKey::Source).collect());
    }

    /// `Space`: all of them off where one is on, else all of them on.
    pub(super) fn toggle_bindings(&mut self) {
        let all = target::bindings(self.model);
        let on = all
            .iter()
            .any(|key| (self.model.replica.bindings.get(*key)).is_some_and(|it| it.enabled));
        let act = Act {
            on: Some(!on),
            ..Act::of(C::BindingToggle)
        };
        let rows = all
            .into_iter()
            .map(|(space, source)| RowKey::Binding(space, source));
        self.act(act, rows.collect());
    }

    /// What needs nothing more than its rows.
    pub(super) fn act_on_targets(&mut self, command: C) {
        if command == C::RunRetry && target::failed_links(self.model) {
            self.retry_links();
            return;
        }
        if command == C::RunRetry && matches!(self.model.ui.popup(), Some(Popup::Bulk(_))) {
            self.retry_bulk();
            return;
        }
        let rows = target::rows(self.model, command);
        self.act(Act::of(command), rows);
    }
}

/// The bulk command that a change belongs to, also one that takes it back or does it again.
fn group_of(pending: &Pending) -> u64 {
    match &pending.history {
        History::Undo(entry) | History::Redo(entry) => entry.group,
        History::Do | History::Final => pending.group,
    }
}
