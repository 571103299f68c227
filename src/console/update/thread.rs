//! The page of a thread: what was asked for it, what is folded, whose diff is shown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Turn, Waiting};
use crate::api::{Code, Thread, ThreadId, TurnId};
use crate::base::Timestamp;
use crate::console::effect::Ask;
use crate::console::format;
use crate::console::model::entries::{entries, whole};
use crate::console::model::entry::EntrySource;
use crate::console::model::thread::columns;
use crate::console::model::{
    Diff, Entry, EntryKind, ListId, Load, Model, Page, RowKey, ThreadLine, ThreadView,
};
use crate::console::msg::{Answer, Failure, FailureKind};

/// Where the words of an entry begin.
const WORDS: usize = 12;
/// Where further lines of it begin.
const FURTHER: usize = 6;

impl Turn<'_> {
    /// Opens the thread of this id, as a run names it.
    pub(super) fn open_thread_of(&mut self, id: &str) {
        match id.parse() {
            Ok(id) => self.open_thread(id),
            Err(_) => self.refuse(tr!("\"{id}\" is no thread.", id)),
        }
    }

    /// Opens a thread.
    pub(super) fn open_thread(&mut self, id: ThreadId) {
        if self.only_now(tr!("threads")) {
            return;
        }
        self.model.flow.threads += 1;
        let number = self.model.flow.threads;
        self.open_page(Page::Thread(Box::new(ThreadView::new(id, number))));
        self.ask_thread();
    }

    /// The thread as it is now, or why not.
    pub(super) fn thread_answered(&mut self, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let thread = match result {
            Ok(Answer::Thread(thread)) => *thread,
            Ok(_) => return,
            Err(failure) => {
                let missing = |it: &FailureKind| matches!(it, FailureKind::Refused(problem) if problem.code == Code::NotFound);
                view.gone |= missing(&failure.kind);
                view.thread.failed(failure.text);
                return;
            }
        };
        let first = view.thread.value.is_none();
        view.gone = thread.deleted_at.is_some();
        view.thread.ready(thread, now);
        let newest: Option<String> = view
            .turns()
            .last()
            .map(|turn| tr!("turn {turn_id}", turn_id = turn.turn_id));
        if let Some(name) = newest
            && view.names.known(&name).is_none()
        {
            // What an older turn showed it goes on showing: nothing moves under the hands.
            let key = view.names.of(&name);
            view.open.insert(key);
        }
        self.thread_changed();
        if first {
            self.select_turn_at_end();
            self.seek();
        } else {
            // The chosen turn may be gone, and another one stand where it was.
            self.choose_turn();
        }
        self.want_diff();
        self.want_full_diff();
        self.revert_holds();
    }

    /// Something in the thread is another: its entries, its lines, its question.
    pub(super) fn thread_changed(&mut self) {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        if let Some(thread) = &view.thread.value {
            view.entries = entries(thread, &mut view.names);
        }
        self.choose_question();
        self.lay_thread_out();
    }

    fn select_turn_at_end(&mut self) {
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        let last = (view.lines.iter())
            .rposition(|line| line.nth == 0 && view.entries[line.entry].kind == EntryKind::Turn);
        self.select(ListId::Thread, last.unwrap_or(0));
        self.choose_turn();
    }

    /// Works the lines out anew: what is open, what is wrapped or the width is another.
    pub(super) fn lay_thread_out(&mut self) {
        let (width, height) = self.model.ui.size;
        let frame = if self.model.session.production { 2 } else { 0 };
        let (width, height) = (width.saturating_sub(frame), height.saturating_sub(frame));
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        lay_out(view, width, height);
        self.fill(ListId::Thread);
        self.fill(ListId::Diff);
    }

    /// The selection is on another line: the diff is that of its turn.
    pub(super) fn thread_moved(&mut self) {
        let list = self.model.ui.list(ListId::Thread);
        let at_end = list.position + 1 >= list.rows.len();
        if let Page::Thread(view) = self.model.ui.page_mut() {
            view.follow &= at_end;
        }
        self.choose_turn();
    }

    pub(super) fn choose_turn(&mut self) {
        let list = self.model.ui.list(ListId::Thread);
        let place = list.rows.get(list.position).map(|row| *row as usize);
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        if view.revert.is_some() {
            // Its rows are no turns.
            return;
        }
        let entry = place
            .and_then(|place| view.lines.get(place))
            .and_then(|line| view.entries.get(line.entry));
        let turn = entry
            .and_then(|entry| view.turns().get(entry.turn?))
            .and_then(|turn| view.turn_key(turn));
        if turn == view.turn {
            return;
        }
        view.turn = turn;
        if let Some(key) = turn
            && view
                .diffs
                .get(&key)
                .is_some_and(|it| it.failure().is_some())
        {
            view.diffs.remove(&key);
        }
        self.want_diff();
        self.restart(ListId::Diff);
    }

    /// The diff of the chosen turn: asked for where there is a checkpoint, else what its tools told so far.
    fn want_diff(&mut self) {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let (number, thread_id) = (view.number, view.thread_id.clone());
        let chosen = view.chosen().map(|turn| {
            let to = turn.checkpoint_turn_count.filter(|n| *n > 0);
            (turn.turn_id.clone(), to)
        });
        view.so_far = match (&chosen, &view.thread.value) {
            (Some((turn, _)), Some(thread)) => so_far(thread, turn),
            _ => Diff::default(),
        };
        let key = view.turn;
        let wanted = match (key, chosen) {
            (Some(key), Some((_, Some(to)))) if !view.diffs.contains_key(&key) => {
                view.diffs.insert(key, Load::loading());
                Some((key, to))
            }
            _ => None,
        };
        if let Some((key, to)) = wanted {
            let others: Vec<u32> = self.other_diffs(number, key);
            self.forget(
                |it| matches!(it, Waiting::TurnDiff(n, turn) if n == number && turn != key),
            );
            if let Page::Thread(view) = self.model.ui.page_mut() {
                for other in others {
                    view.diffs.remove(&other);
                }
            }
            self.ask(
                Waiting::TurnDiff(number, key),
                Ask::TurnDiff(thread_id, to - 1, to),
            );
        }
        self.lay_thread_out();
    }

    /// Turns whose diffs are awaited and no longer looked at.
    fn other_diffs(&self, number: u32, key: u32) -> Vec<u32> {
        self.model
            .flow
            .waiting
            .values()
            .filter_map(|it| match it {
                Waiting::TurnDiff(n, turn) if *n == number && *turn != key => Some(*turn),
                _ => None,
            })
            .collect()
    }

    /// A diff, or why not.
    pub(super) fn diff_answered(&mut self, turn: u32, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let load = view.diffs.entry(turn).or_default();
        match result {
            Ok(Answer::TurnDiff(diff)) => load.ready(*diff, now),
            Ok(_) => {}
            Err(failure) => load.failed(failure.text),
        }
        self.lay_thread_out();
    }

    /// `|`: both sides beside each other, or one column.
    pub(super) fn diff_layout(&mut self) {
        let position = self.model.ui.list(ListId::Diff).position;
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let row = view.rows.get(position).copied();
        let before = view.beside;
        view.one_column ^= true;
        self.lay_thread_out();
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        if view.beside == before {
            self.tell(tr!("One column here: there is no room for two."));
            return;
        }
        // The same line stays selected.
        let line = row.and_then(|row| row.right.or(row.left));
        let place = (view.rows.iter())
            .position(|it| line.is_some() && (it.right == line || it.left == line));
        self.select(ListId::Diff, place.unwrap_or(0));
    }

    /// Gives the focus to a part of the page.
    pub(super) fn focus_thread(&mut self, list: ListId) {
        if let Page::Thread(view) = self.model.ui.page_mut()
            && (list != ListId::Approval || view.question.is_some())
        {
            view.focus = list;
        }
        // An answered question stayed for as long as it had the focus.
        self.choose_question();
    }

    /// `]` and `[`: the next turn, or in the diff the next change.
    pub(super) fn thread_landmark(&mut self, forward: bool) {
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        let turns = view.focus == ListId::Thread;
        if turns && view.revert.is_some() {
            self.move_revert(forward);
            return;
        }
        let list = if turns { ListId::Thread } else { ListId::Diff };
        let position = self.model.ui.list(list).position;
        let marks: Vec<usize> = if turns {
            let is_turn = |line: &ThreadLine| {
                line.nth == 0 && view.entries[line.entry].kind == EntryKind::Turn
            };
            (0..view.lines.len())
                .filter(|n| is_turn(&view.lines[*n]))
                .collect()
        } else {
            view.changes.clone()
        };
        let next = if forward {
            marks.into_iter().find(|mark| *mark > position)
        } else {
            marks.into_iter().rev().find(|mark| *mark < position)
        };
        match (next, turns, forward) {
            (Some(place), ..) => self.select(list, place),
            (None, true, true) => self.refuse(tr!("This is the last turn.")),
            (None, true, false) => self.refuse(tr!("This is the first turn.")),
            (None, false, true) => self.refuse(tr!("No change after this one.")),
            (None, false, false) => self.refuse(tr!("No change before this one.")),
        }
    }
}

/// Lines and rows for a page of this size.
pub(in crate::console) fn lay_out(view: &mut ThreadView, width: u16, height: u16) {
    let (thread, diff) = columns(width, height);
    view.lines = view.thread.value.as_ref().map_or_else(Vec::new, |it| {
        lines(
            it,
            &view.entries,
            &view.open,
            &view.outputs,
            view.wrap,
            usize::from(thread),
        )
    });
    view.beside = diff >= BESIDE && !view.one_column;
    let rows = view.diff().map_or_else(Vec::new, |it| it.rows(view.beside));
    view.changes = view.diff().map_or_else(Vec::new, |it| it.changes(&rows));
    view.rows = rows;
}

/// The least width for two sides of a diff.
const BESIDE: u16 = 72;

fn lines(
    thread: &Thread,
    entries: &[Entry],
    open: &BTreeSet<u32>,
    outputs: &BTreeMap<u32, Load<String>>,
    wrap: bool,
    width: usize,
) -> Vec<ThreadLine> {
    let mut found = Vec::new();
    // What is of no turn comes first, and is always shown.
    let mut shown = true;
    for (place, entry) in entries.iter().enumerate() {
        let is_open = open.contains(&entry.key);
        let mut put = |nth: usize, text: String| {
            found.push(ThreadLine {
                entry: place,
                nth: nth.min(usize::from(u16::MAX)) as u16,
                text,
            });
        };
        if entry.kind == EntryKind::Turn {
            shown = is_open;
            put(0, entry.text.clone());
        } else if shown && (is_open || wrap) {
            let first = width.saturating_sub(WORDS + 1).max(8);
            let further = width.saturating_sub(FURTHER + 1).max(8);
            let mut nth = 0;
            for (n, line) in whole(thread, entry, is_open, outputs.get(&entry.key))
                .into_iter()
                .enumerate()
            {
                let mut rest = line.as_str();
                if n == 0 {
                    let begin = format::wrap(rest, first)
                        .into_iter()
                        .next()
                        .unwrap_or_default();
                    rest = rest.strip_prefix(begin.as_str()).unwrap_or("").trim_start();
                    put(0, begin);
                    nth = 1;
                    if rest.is_empty() {
                        continue;
                    }
                }
                for part in format::wrap(rest, further) {
                    put(nth, part);
                    nth += 1;
                }
            }
        } else if shown {
            put(0, entry.text.clone());
        }
    }
    found
}

/// What the tools of a turn have changed, and what they ask to change, as far as they told.
fn so_far(thread: &Thread, turn: &TurnId) -> Diff {
    let activities = thread.activities.as_deref().unwrap_or_default();
    let mut told: Vec<(&str, &Value, bool)> = Vec::new();
    for activity in activities
        .iter()
        .filter(|it| it.turn_id.as_ref() == Some(turn))
    {
        let payload = &activity.payload;
        if !payload["diff"].is_array() {
            continue;
        }
        let asks = activity.kind == "approval.requested";
        let waits = asks
            && thread.approvals.iter().flatten().any(|it| {
                Some(it.request_id.as_str()) == payload["requestId"].as_str()
                    && it.status == crate::api::ApprovalStatus::Pending
            });
        if asks && !waits {
            continue;
        }
        // Of one tool the newest word counts.
        let tool = payload["toolId"].as_str().unwrap_or(activity.id.as_str());
        told.retain(|(known, ..)| *known != tool);
        told.push((tool, &payload["diff"], asks));
    }
    let mut diff = Diff::default();
    let mut seen = Vec::new();
    // What is asked goes before the same told by its tool.
    told.sort_by_key(|(.., asks)| !asks);
    for (_, files, asks) in told {
        for file in files.as_array().into_iter().flatten() {
            let text = |name: &str| file[name].as_str().unwrap_or_default();
            let this = (text("path"), text("old"), text("new"));
            if !seen.contains(&this) {
                seen.push(this);
                diff.compare(this.0, this.1, this.2, asks.then_some("asked"));
            }
        }
    }
    diff
}

/// The entry of a row of the thread in front.
fn entry_of(model: &Model, row: RowKey) -> Option<(&ThreadView, &Entry)> {
    match (model.ui.page(), row) {
        (Page::Thread(view), RowKey::Line(key, _)) => {
            let entry = view.entries.iter().find(|it| it.key == key)?;
            Some((view, entry))
        }
        _ => None,
    }
}

fn question_of(model: &Model, row: RowKey) -> Option<&crate::console::model::Question> {
    match (model.ui.page(), row) {
        (Page::Approvals(view), RowKey::Approval(number)) => {
            let all = view.questions.value.as_ref()?;
            all.iter().find(|it| it.number == number)
        }
        _ => None,
    }
}

/// The id of what a row is about.
pub(super) fn entry_id(model: &Model, row: RowKey) -> Option<String> {
    let (view, entry) = entry_of(model, row)?;
    let name = view.names.name(entry.key)?;
    name.rsplit(' ').next().map(str::to_owned)
}

/// What the server said of it.
pub(super) fn row_json(model: &Model, row: RowKey) -> Option<Value> {
    if let Some(question) = question_of(model, row) {
        return serde_json::to_value(&question.approval).ok();
    }
    let (view, entry) = entry_of(model, row)?;
    let thread = view.thread.value.as_ref()?;
    match &entry.source {
        EntrySource::Turn(place) => serde_json::to_value(thread.turns.as_ref()?.get(*place)?).ok(),
        EntrySource::Message(place) => {
            serde_json::to_value(thread.messages.as_ref()?.get(*place)?).ok()
        }
        EntrySource::Activities(places) => {
            let all = thread.activities.as_ref()?;
            let own: Vec<_> = places.iter().filter_map(|place| all.get(*place)).collect();
            serde_json::to_value(own).ok()
        }
    }
}

/// When it happened.
pub(super) fn row_at(model: &Model, row: RowKey) -> Option<Timestamp> {
    question_of(model, row)
        .map(|it| it.approval.created_at)
        .or_else(|| entry_of(model, row).map(|(_, entry)| entry.at))
}

/// The whole of it, as text.
pub(super) fn row_text(model: &Model, row: RowKey) -> Option<String> {
    if let Some(question) = question_of(model, row) {
        return question.approval.detail.clone();
    }
    let (view, entry) = entry_of(model, row)?;
    let thread = view.thread.value.as_ref()?;
    Some(whole(thread, entry, true, view.outputs.get(&entry.key)).join("\n"))
}
