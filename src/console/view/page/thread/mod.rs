//! The page of a thread: turns on the left, what the chosen one changed on the right, below them the question that waits
//! or what the agent does.

mod approval;
mod diff;
mod parts;
mod revert;
mod turns;

use ratatui::layout::Rect;

use crate::console::command::CommandId;
use crate::console::model::entries::tool_words;
use crate::console::model::{EntryKind, EntryState, ListId, RowKey, ThreadView};
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::glyph;
use crate::console::view::look::Look;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use parts::mark;

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &ThreadView) {
    if view.thread.value.is_none() {
        turns::draw(canvas, area, view);
        return;
    }
    if canvas.room == Room::Compact {
        compact(canvas, area, view);
        return;
    }
    let below = match view.approval().filter(|_| view.revert.is_none()) {
        Some(_) => approval::height(view, area.width).min(area.height / 2),
        None => u16::from(told(canvas, view).is_some()),
    };
    let (upper, lower) = place::rows(area, area.height - below);
    if canvas.room == Room::Wide {
        let (left, right) = place::columns(upper, upper.width * 3 / 10);
        left_part(canvas, left, view);
        diff::draw(canvas, right, view);
    } else {
        let (top, bottom) = place::rows(upper, upper.height / 2);
        left_part(canvas, top, view);
        diff::draw(canvas, bottom, view);
    }
    if view.approval().is_some() && view.revert.is_none() {
        approval::draw(canvas, lower, view);
    } else if let Some(cells) = told(canvas, view) {
        cells.draw(canvas.buffer, lower.x, lower.y, lower.width);
    }
}

fn left_part(canvas: &mut Canvas<'_>, area: Rect, view: &ThreadView) {
    match &view.revert {
        Some(revert) => revert::draw(canvas, area, view, revert),
        None => turns::draw(canvas, area, view),
    }
}

/// One part at a time, and a line that tells of what waits or is done.
fn compact(canvas: &mut Canvas<'_>, area: Rect, view: &ThreadView) {
    if view.focus == ListId::Approval {
        approval::draw(canvas, area, view);
        return;
    }
    let line = match view.approval().filter(|_| view.revert.is_none()) {
        Some(_) => {
            let mut cells = Cells::new();
            cells.put(
                tr!(" An approval waits: Tab."),
                canvas.look.style(Role::Warn),
            );
            Some(cells)
        }
        None => told(canvas, view),
    };
    let (upper, lower) = place::rows(area, area.height - u16::from(line.is_some()));
    if view.focus == ListId::Diff {
        diff::draw(canvas, upper, view);
    } else {
        left_part(canvas, upper, view);
    }
    if let Some(cells) = line {
        cells.draw(canvas.buffer, lower.x, lower.y, lower.width);
    }
}

/// What goes on while nothing waits: what the agent does, or why nothing more is told.
fn told(canvas: &Canvas<'_>, view: &ThreadView) -> Option<Cells<'static>> {
    let look = canvas.look;
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    if view.gone {
        let words = tr!("This thread is gone. What is shown is what it was. Esc goes back.");
        cells.put(words, look.style(Role::Warn));
        return Some(cells);
    }
    if let Some(text) = view.thread.failure() {
        cells.spans(look.safe(&failed_pane(text), look.style(Role::Warn)));
        return Some(cells);
    }
    let thread = view.thread.value.as_ref();
    if view.revert.is_some() {
        let key = canvas.model.keymap.keys_of(CommandId::Open);
        let words = tr!(
            "Nothing is done yet. {key} asks for the name of where it goes back to.",
            key
        );
        cells.put(words, look.style(Role::Strong));
        return Some(cells);
    }
    if let Some(pending) = sent(canvas, view) {
        cells.span(look.mark(glyph::SAVING));
        cells.put(format!(" {pending}"), look.style(Role::Info));
        return Some(cells);
    }
    if let Some(to) = thread.and_then(|it| it.revert_turn_count) {
        let words = tr!("The thread goes back to checkpoint {to}.", to);
        cells.put(words, look.style(Role::Info));
        return Some(cells);
    }
    let session = thread.and_then(|it| it.session.as_ref());
    let Some((place, turn)) = view.running() else {
        if let Some(turn) = view.queued() {
            cells.span(look.mark(mark(EntryState::Queued)));
            let by = match canvas.model.job_of_turn(view) {
                Some(job) => tr!(
                    "waits for run #{id}, which is {status}",
                    id = job.id,
                    status = job.status
                ),
                None => tr!("queued; no run is known for it yet").to_owned(),
            };
            let words = tr!(" turn {turn_count}: {by}", turn_count = turn.turn_count, by);
            cells.put(words, look.style(Role::Info));
            return Some(cells);
        }
        let error = session.and_then(|it| it.last_error.as_ref())?;
        cells.span(look.mark(glyph::FAILED));
        cells.put(" ", look.style(Role::Text));
        cells.spans(look.safe(error, look.style(Role::Bad)));
        return Some(cells);
    };
    cells.span(look.mark(mark(EntryState::Running)));
    cells.put(
        tr!(" turn {turn_count}: ", turn_count = turn.turn_count),
        look.style(Role::Text),
    );
    if let Some(at) = session.and_then(|it| it.stop_requested_at) {
        let words = tr!(
            "asked to stop {fine_age} ago · ",
            fine_age = look.fine_age(at)
        );
        cells.put(words, look.style(Role::Warn));
    }
    let (words, since) = does(look, view, place);
    cells.spans(look.safe(&words, look.style(Role::Strong)));
    if let Some(since) = since {
        cells.put(format!(" · {since}"), look.style(Role::Dim));
    }
    Some(cells)
}

/// What is being sent to the thread, while there is no answer.
fn sent(canvas: &Canvas<'_>, view: &ThreadView) -> Option<String> {
    let work = &canvas.model.work;
    let number = work.names.known(view.thread_id.as_str())?;
    let pending = work.pending_for(RowKey::Thread(number))?;
    Some(format!("{}: {}", pending.label, pending.words))
}

/// What the agent does in a turn, and for how long.
fn does(look: &Look, view: &ThreadView, turn: usize) -> (String, Option<String>) {
    let own = || {
        view.entries
            .iter()
            .rev()
            .filter(move |it| it.turn == Some(turn))
    };
    let since = |at| Some(look.fine_age(at));
    let tool = own().find(|it| it.kind == EntryKind::Tool && it.state == EntryState::Running);
    if let Some(tool) = tool {
        return (tool.text.clone(), since(tool.at));
    }
    let asked = view
        .approvals()
        .iter()
        .rev()
        .find(|it| it.status == crate::api::ApprovalStatus::Responding);
    if let Some(asked) = asked {
        let tool = view
            .asked(asked)
            .map(|it| tool_words(&it.payload["tool"], &it.summary));
        let what = tool.or_else(|| asked.detail.clone()).unwrap_or_default();
        return (tr!("hears the answer: {what}", what), None);
    }
    match own().find(|it| it.kind != EntryKind::Turn) {
        Some(last) if last.kind == EntryKind::Agent && last.state == EntryState::Running => {
            (tr!("the agent writes").to_owned(), since(last.at))
        }
        Some(last) => (tr!("the agent thinks").to_owned(), since(last.at)),
        None => (tr!("begins").to_owned(), None),
    }
}
