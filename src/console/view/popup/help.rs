//! `?`: what every key does here, found by name, text or key.

use ratatui::layout::Rect;

use super::{field, line, open, row_state, window};
use crate::console::model::{CommandList, ListId, Page};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::draw_row;
use crate::console::view::{format, words};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, list: &CommandList) {
    let look = canvas.look;
    let page = match canvas.model.ui.page() {
        Page::Main => "main screen",
        Page::Source(_) => "source page",
        Page::Why(_) => "why stuck",
        Page::Conflicts(_) => "conflicts",
        Page::Run(_) => "run page",
        Page::Thread(_) => "thread",
        Page::Approvals(_) => "approvals",
        Page::Pulse(_) => "pulse",
        Page::Xray(_) => "xray",
        Page::Deliveries(_) | Page::Delivery(_) => "deliveries",
        Page::Integrations => "integrations",
        Page::Integration(_) => "integration",
        Page::Tokens(_) => "tokens",
        Page::Events(_) => "event log",
        Page::Messages => "messages",
        Page::Info(_) => "this console",
        Page::OwnLog(_) => "log",
    };
    let title = match canvas.model.current_source() {
        Some(source) => format!("Help · {}, {page}", source.name),
        None => format!("Help · {page}"),
    };
    let width = area.width.clamp(40, 92);
    let height = (list.rows.len() as u16 + 3).clamp(6, area.height.max(6));
    let inner = open(canvas, area, (width, height), title, "Enter runs · Esc");
    if inner.is_empty() {
        return;
    }
    let mut cells = Cells::new();
    cells.put(" find: ", look.style(Role::Dim));
    field(canvas, &mut cells, &list.field, true);
    cells.pad_to(26);
    cells.put("by name, text or key", look.style(Role::Dim));
    line(canvas, inner, 0, &cells);
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    canvas.place_list(ListId::Popup, rows);
    if list.rows.is_empty() {
        let said = format!("Nothing matches \"{}\".", list.field.text());
        canvas.say(rows, &said, Role::Dim);
        return;
    }
    // Keys stand in a column as wide as the widest, so that their texts start together.
    let keys = list
        .rows
        .iter()
        .map(|row| format::width(&row.keys))
        .max()
        .unwrap_or(0)
        .clamp(4, 9);
    for (row, index) in window(canvas, list.rows.len(), usize::from(rows.height)).enumerate() {
        let command = &list.rows[index];
        let state = row_state(canvas, index);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", look.style(Role::Text));
        cells.put_until(2 + keys, &command.keys, look.style(Role::Accent));
        cells.pad_to(3 + keys);
        let style = if command.refused.is_some() {
            look.style(Role::Dim)
        } else {
            look.style(Role::Text)
        };
        cells.put(words::help(command.id), style);
        if let Some(reason) = &command.refused {
            cells.put(format!("  – {reason}"), look.style(Role::Warn));
        }
        let place = Rect {
            y: rows.y + row as u16,
            height: 1,
            ..rows
        };
        draw_row(look, canvas.buffer, place, &cells, state);
    }
}
