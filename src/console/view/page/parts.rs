//! What several pages are made of: lines of lists, fields.

use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::console::model::ListId;
use crate::console::view::canvas::Canvas;
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{RowState, draw_row};

/// The beginning of a numbered row: `▌1 ` where it is chosen, else ` 2 `.
pub fn numbered(canvas: &Canvas<'_>, chosen: bool, number: usize) -> Cells<'static> {
    let look = canvas.look;
    let mut cells = Cells::new();
    if chosen {
        cells.put(
            look.glyph(glyph::SELECTED).to_string(),
            look.style(Role::Accent),
        );
    } else {
        cells.put(" ", look.style(Role::Text));
    }
    cells.put(format!("{number} "), look.style(Role::Strong));
    cells
}

/// Draws one line of `area`, as a row of a list.
pub fn draw_line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    line: usize,
    cells: &Cells<'_>,
    state: RowState,
) {
    let line = line as u16;
    if line < area.height {
        let place = Rect {
            y: area.y + line,
            height: 1,
            ..area
        };
        draw_row(canvas.look, canvas.buffer, place, cells, state);
    }
}

/// How the row at a place of a list without keys stands.
pub fn at_place(canvas: &Canvas<'_>, list: ListId, place: usize) -> RowState {
    let state = canvas.list(list);
    RowState {
        selected: state.selected.is_some() && state.position == place,
        focused: canvas.has_keys(list),
        ..RowState::default()
    }
}

/// The rows of a list that are visible, and the place of the first; a list that was never worked out shows all it has.
pub fn window(
    canvas: &Canvas<'_>,
    list: ListId,
    total: usize,
    height: usize,
) -> Vec<(usize, usize)> {
    let state = canvas.list(list);
    if state.rows.is_empty() && !state.is_filtered() {
        return (0..total.min(height)).map(|n| (n, n)).collect();
    }
    state
        .window(height)
        .map(|(place, n)| (place, n as usize))
        .filter(|(_, n)| *n < total)
        .collect()
}

/// A label and its value, the value from column 14 on.
pub fn field(canvas: &Canvas<'_>, label: &str, value: Vec<Span<'static>>) -> Cells<'static> {
    let look = canvas.look;
    let mut cells = Cells::new();
    cells.put(format!(" {label}"), look.style(Role::Dim));
    cells.pad_to(14);
    cells.spans(value);
    cells
}
