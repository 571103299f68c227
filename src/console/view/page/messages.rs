//! Everything that was said in this session, newest first: toasts and banners go, this stays.

use ratatui::layout::Rect;

use super::draw_line;
use crate::console::model::{ListId, ToastKind};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::RowState;
use crate::console::view::{format, glyph};

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let notes = &canvas.model.work.notes;
    let frame = canvas.pane(
        canvas.border(ListId::Messages),
        tr!(
            "Messages of this session ({notes})",
            notes = format::len(notes.len())
        ),
    );
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Messages, inner);
    if notes.is_empty() {
        canvas.say(inner, tr!("Nothing was said yet."), Role::Dim);
        return;
    }
    let list = canvas.list(ListId::Messages);
    let height = usize::from(inner.height);
    // Rows are places among the notes; where none were worked out, the newest come first.
    let rows: Vec<(usize, usize)> = if list.rows.is_empty() {
        (0..notes.len()).rev().take(height).enumerate().collect()
    } else {
        list.window(height)
            .map(|(place, n)| (place, n as usize))
            .collect()
    };
    for (line, (place, index)) in rows.into_iter().enumerate() {
        let Some(note) = notes.get(index) else {
            continue;
        };
        let state = RowState {
            selected: list.selected.is_some() && list.position == place,
            focused: canvas.has_keys(ListId::Messages),
            ..RowState::default()
        };
        let mark = match note.kind {
            ToastKind::Done => glyph::DONE,
            ToastKind::Failed => glyph::FAILED,
            ToastKind::Progress => glyph::SAVING,
            ToastKind::Info => glyph::NOTE,
        };
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(look.time(note.at), look.style(Role::Dim));
        cells.put(" ", look.style(Role::Text));
        cells.span(look.mark(mark));
        cells.put(" ", look.style(Role::Text));
        cells.spans(look.safe(&note.text, look.style(Role::Text)));
        draw_line(canvas, inner, line, &cells, state);
    }
}
