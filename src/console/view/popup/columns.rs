//! `C`: which columns a list shows, in what order, and by which it is sorted.

use ratatui::layout::Rect;

use super::parts::{open, row_state, window};
use crate::console::model::{ColumnPicker, ListId, SortBy};
use crate::console::view::canvas::Canvas;
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::draw_row;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, picker: &ColumnPicker) {
    let look = canvas.look;
    let height = (picker.rows.len() as u16 + 3).min(area.height);
    let name = crate::console::columns::word(picker.list).unwrap_or(tr!("list"));
    let shown = picker.rows.iter().filter(|(_, shown)| *shown).count();
    let title = tr!(
        "Columns of {name} · {shown} of {rows}",
        name,
        shown,
        rows = picker.rows.len()
    );
    let inner = open(
        canvas,
        area,
        (72, height),
        title,
        tr!("Enter takes · Esc keeps as it was"),
    );
    let (rows, last) = place::rows(inner, inner.height.saturating_sub(1));
    canvas.place_list(ListId::Popup, rows);
    let visible = window(canvas, picker.rows.len(), usize::from(rows.height));
    for (line, place) in visible.enumerate() {
        let (col, shown) = picker.rows[place];
        let state = row_state(canvas, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        let tick = if shown { "[x] " } else { "[ ] " };
        cells.put(tick, look.style(Role::Text));
        let role = if shown { Role::Strong } else { Role::Dim };
        cells.put_until(23, col.title(), look.style(role));
        cells.pad_to(24);
        cells.put(col.about(), look.style(role));
        if picker.sort.by == SortBy::of(col) {
            let arrow = if picker.sort.reversed {
                glyph::UP
            } else {
                glyph::DOWN
            };
            cells.put(
                tr!("  sort {arrow}", arrow = look.glyph(arrow)),
                look.style(Role::Accent),
            );
        }
        let at = Rect {
            y: rows.y + line as u16,
            height: 1,
            ..rows
        };
        draw_row(look, canvas.buffer, at, &cells, state);
    }
    let keys = if picker.sorts {
        tr!("Space on/off  < > earlier, later  s sort by it  u as usual")
    } else {
        tr!("Space on/off  < > earlier, later  u as usual")
    };
    canvas.say_line(last, 0, keys, Role::Dim);
}
