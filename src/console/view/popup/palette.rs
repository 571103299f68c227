//! `:`: every command by its name, with its key, and with the reason where it cannot run now.

use ratatui::layout::Rect;

use super::parts::{field, line, open, row_state, window};
use crate::console::model::{CommandList, ListId};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::draw_row;
use crate::console::view::words;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, list: &CommandList) {
    let look = canvas.look;
    let title = match canvas.model.current_source() {
        Some(source) => tr!("Commands · {name}", name = source.name),
        None => tr!("Commands").to_owned(),
    };
    // It stays where it is and as high as it is, whatever is typed.
    let height = 20.min(area.height);
    let inner = open(
        canvas,
        area,
        (59, height),
        title,
        tr!("Enter runs · → completes"),
    );
    if inner.is_empty() {
        return;
    }
    let mut cells = Cells::new();
    cells.put(" : ", look.style(Role::Dim));
    field(canvas, &mut cells, &list.field, true);
    line(canvas, inner, 0, &cells);
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    canvas.place_list(ListId::Popup, rows);
    if list.rows.is_empty() {
        let said = tr!("No command matches \"{typed}\".", typed = list.field.text());
        canvas.say(rows, &said, Role::Dim);
        return;
    }
    let end = usize::from(inner.width).saturating_sub(9);
    let mut row = 0;
    for index in window(canvas, list.rows.len(), usize::from(rows.height)) {
        if row >= rows.height {
            break;
        }
        let command = &list.rows[index];
        let state = row_state(canvas, index);
        let style = if command.refused.is_some() {
            look.style(Role::Dim)
        } else {
            look.style(Role::Text)
        };
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", style);
        if command.refused.is_some() {
            cells.put("– ", style);
        }
        cells.put_until(end.saturating_sub(5), &words::row(command), style);
        cells.put_right(end, command.keys.clone(), look.style(Role::Accent));
        let place = Rect {
            y: rows.y + row,
            height: 1,
            ..rows
        };
        draw_row(look, canvas.buffer, place, &cells, state);
        row += 1;
        // The reason is what one came for, where the command is chosen; others keep the list short.
        if let Some(reason) = &command.refused
            && (state.selected || list.rows.len() < 6)
        {
            let mut cells = Cells::new();
            cells.put(format!("      {reason}"), look.style(Role::Warn));
            line(canvas, rows, row, &cells);
            row += 1;
        }
    }
}
