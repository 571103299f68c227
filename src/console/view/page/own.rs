//! What the console tells of itself: what it is (`:info`), and its own log (`:log`).

use ratatui::layout::Rect;

use super::{at_place, draw_line, window};
use crate::console::model::{ListId, OwnLogView, facts};
use crate::console::view::canvas::Canvas;
use crate::console::view::pane;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;

/// Draws `:info`.
pub fn draw_info(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let facts = facts(canvas.model);
    let frame = canvas.pane(canvas.border(ListId::Own), tr!("This console"));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Own, inner);
    let height = usize::from(inner.height);
    for (line, (place, n)) in window(canvas, ListId::Own, facts.len(), height)
        .into_iter()
        .enumerate()
    {
        let (label, value) = &facts[n];
        let state = at_place(canvas, ListId::Own, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(*label, look.style(Role::Dim));
        cells.pad_to(15);
        cells.spans(look.safe(value, look.style(Role::Text)));
        draw_line(canvas, inner, line, &cells, state);
    }
}

/// Draws `:log`.
pub fn draw_log(canvas: &mut Canvas<'_>, area: Rect, view: &OwnLogView) {
    let look = canvas.look;
    let list = canvas.list(ListId::Own);
    let path = canvas.model.about.log.clone();
    let title = tr!(
        "Log of this console {counted}",
        counted = pane::counted(list)
    );
    let frame = canvas
        .pane(canvas.border(ListId::Own), title)
        .right(pane::shown(
            list,
            usize::from(area.height.saturating_sub(2)),
        ))
        .note(path);
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Own, inner);
    let lines = view.lines.value.as_deref().unwrap_or_default();
    if list.is_empty() {
        let words = match (view.lines.failure(), lines.is_empty()) {
            (Some(text), _) => text.to_owned(),
            (None, false) => tr!("None match.").to_owned(),
            (None, true) if view.lines.is_loading() => tr!("Reading it.").to_owned(),
            (None, true) => tr!("Nothing was logged yet.").to_owned(),
        };
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let height = usize::from(inner.height);
    for (line, (place, n)) in window(canvas, ListId::Own, lines.len(), height)
        .into_iter()
        .enumerate()
    {
        let state = at_place(canvas, ListId::Own, place);
        let text = &lines[n];
        // The level is the second word of a line.
        let role = match text.split_whitespace().nth(1) {
            Some("ERROR") => Role::Bad,
            Some("WARN") => Role::Warn,
            Some("DEBUG" | "TRACE") => Role::Dim,
            _ => Role::Text,
        };
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.spans(look.safe(text, look.style(role)));
        draw_line(canvas, inner, line, &cells, state);
    }
}
