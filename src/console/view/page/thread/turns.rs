//! Turns, and what happened in them.

use ratatui::layout::Rect;

use super::super::parts::{draw_line, window};
use super::parts::{mark, shown_id};
use crate::console::format;
use crate::console::model::{Entry, EntryKind, EntryState, ListId, ThreadLine, ThreadView};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::RowState;

/// Draws them.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &ThreadView) {
    let list = canvas.list(ListId::Thread);
    let title = tr!("Thread {name}", name = shown_id(view.thread_id.as_str()));
    let height = usize::from(area.height.saturating_sub(2));
    // What the agent may do without asking, and how many rows there are.
    let mode = view
        .thread
        .value
        .as_ref()
        .map(|it| it.runtime_mode.to_string());
    let note: Vec<String> = mode
        .into_iter()
        .chain(around::shown(list, height))
        .collect();
    let note = (!note.is_empty()).then(|| note.join(" · "));
    let mut frame = canvas.pane(canvas.border(ListId::Thread), title).note(note);
    if view.gone {
        frame = frame.more(canvas.look.span(Role::Warn, tr!(" · gone")));
    }
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Thread, inner);
    if view.thread.value.is_none() {
        let words = match view.thread.failure() {
            Some(text) if view.gone => tr!("This thread is gone: {text} Esc goes back.", text),
            Some(text) => failed_pane(text),
            None => tr!("Loading from the newest line.").to_owned(),
        };
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    if view.lines.is_empty() {
        canvas.say(inner, tr!("No turn yet."), Role::Dim);
        return;
    }
    let rows = window(
        canvas,
        ListId::Thread,
        view.lines.len(),
        usize::from(inner.height),
    );
    for (row, (place, n)) in rows.into_iter().enumerate() {
        let line = &view.lines[n];
        let Some(entry) = view.entries.get(line.entry) else {
            continue;
        };
        let state = RowState {
            selected: list.selected.is_some() && list.position == place,
            focused: canvas.has_keys(ListId::Thread),
            ..RowState::default()
        };
        let cells = cells(canvas, view, entry, line, state, usize::from(inner.width));
        draw_line(canvas, inner, row, &cells, state);
    }
}

fn cells(
    canvas: &Canvas<'_>,
    view: &ThreadView,
    entry: &Entry,
    line: &ThreadLine,
    state: RowState,
    width: usize,
) -> Cells<'static> {
    let look = canvas.look;
    let end = width.saturating_sub(1);
    let text = look.style(Role::Text);
    let mut cells = Cells::new();
    cells.span(state.lead(look));
    cells.put(" ", text);
    if line.nth > 0 {
        cells.pad_to(6);
        let said = format::cut(&line.text, end.saturating_sub(6)).into_owned();
        cells.spans(look.safe(&said, text));
        return cells;
    }
    let mark = mark(entry.state);
    if let (EntryKind::Turn, Some(place)) = (entry.kind, entry.turn) {
        let number = view.turns().get(place).map_or(0, |turn| turn.turn_count);
        cells.put(tr!("turn {number}", number), look.style(Role::Strong));
        cells.put(" ", text);
        cells.pad_to(10);
        cells.span(look.mark(mark));
        cells.put(" ", text);
        let age = tr!("{fine_age} ago", fine_age = look.fine_age(entry.at));
        let room = end.saturating_sub(format::width(&age) + 1);
        cells.put_until(room, &line.text, look.mark_style(mark));
        cells.put_right(end, age, look.style(Role::Dim));
        return cells;
    }
    if !matches!(entry.state, EntryState::Plain | EntryState::Done) {
        cells.span(look.mark(mark));
    }
    cells.pad_to(4);
    let (word, role) = match entry.kind {
        EntryKind::Turn => (tr!("turn"), Role::Strong),
        EntryKind::User => (tr!("user"), Role::Dim),
        EntryKind::Agent => (tr!("agent"), Role::Accent),
        EntryKind::System => (tr!("system"), Role::Dim),
        EntryKind::Tool => (tr!("tool"), Role::Dim),
        EntryKind::Plan => (tr!("plan"), Role::Dim),
        EntryKind::Asks if entry.state == EntryState::Waits => (tr!("asks"), Role::Warn),
        EntryKind::Asks => (tr!("asked"), Role::Dim),
        EntryKind::Info => (tr!("info"), Role::Dim),
        EntryKind::Error => (tr!("error"), Role::Bad),
    };
    cells.put(word, look.style(role));
    cells.put(" ", text);
    cells.pad_to(12);
    let said = format::cut(&line.text, end.saturating_sub(12)).into_owned();
    cells.spans(look.safe(&said, text));
    cells
}
