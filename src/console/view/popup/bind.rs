//! `b`: which space to bind to.

use ratatui::layout::Rect;

use super::parts::{field, line, open, row_state, window};
use crate::console::model::{BindPicker, ListId};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::draw_row;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, picker: &BindPicker) {
    let look = canvas.look;
    let model = canvas.model;
    let what = match picker.sources.as_slice() {
        [one] => model.replica.source_name(*one),
        more => tr_n!(more.len(), "{count} source", "{count} sources"),
    };
    // As high as all spaces need: it stays where it is, whatever is typed.
    let height = (model.replica.spaces.len() as u16)
        .saturating_add(5)
        .min(16);
    let inner = open(
        canvas,
        area,
        (58, height),
        tr!("Bind {what} · to which space", what),
        tr!("Enter binds · Esc close"),
    );
    if inner.is_empty() {
        return;
    }
    let mut cells = Cells::new();
    cells.put(tr!(" find: "), look.style(Role::Dim));
    field(canvas, &mut cells, &picker.field, true);
    line(canvas, inner, 0, &cells);
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    canvas.place_list(ListId::Popup, rows);
    for (row, index) in window(canvas, picker.rows.len() + 1, usize::from(rows.height)).enumerate()
    {
        let state = row_state(canvas, index);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", look.style(Role::Text));
        if let Some(id) = picker.rows.get(index) {
            cells.put_until(30, &model.replica.space_name(*id), look.style(Role::Strong));
            cells.pad_to(32);
            if let Some(space) = model.replica.spaces.get(*id) {
                cells.put(
                    tr_n!(space.documents, "{count} document", "{count} documents"),
                    look.style(Role::Dim),
                );
            }
        } else {
            // The last row: what is not there yet can be made.
            let typed = picker.field.text().trim();
            let called = if typed.is_empty() {
                String::new()
            } else {
                tr!(" called {typed}", typed)
            };
            cells.spans(look.safe(
                &tr!("+ make a space{called}", called),
                look.style(Role::Accent),
            ));
        }
        let place = Rect {
            y: rows.y + row as u16,
            height: 1,
            ..rows
        };
        draw_row(look, canvas.buffer, place, &cells, state);
    }
}
