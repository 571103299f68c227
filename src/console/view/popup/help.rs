//! `?`: what every key does here, found by name, text or key.

use ratatui::layout::Rect;

use super::parts::{field, line, open, row_state, window};
use crate::console::format;
use crate::console::model::{CommandList, ListId, Page};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::draw_row;
use crate::console::view::words;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, list: &CommandList) {
    let look = canvas.look;
    let page = match canvas.model.ui.page() {
        Page::Main => tr!("main screen"),
        Page::Source(_) => tr!("source page"),
        Page::Why(_) => tr!("why stuck"),
        Page::Conflicts(_) => tr!("conflicts"),
        Page::Run(_) => tr!("run page"),
        Page::Thread(_) => tr!("thread"),
        Page::Approvals(_) => tr!("approvals"),
        Page::Pulse(_) => tr!("pulse"),
        Page::Xray(_) => tr!("xray"),
        Page::Deliveries(_) | Page::Delivery(_) => tr!("deliveries"),
        Page::Integrations => tr!("integrations"),
        Page::Integration(_) => tr!("integration"),
        Page::Tokens(_) => tr!("tokens"),
        Page::Events(_) => tr!("event log"),
        Page::Messages => tr!("messages"),
        Page::Info(_) => tr!("this console"),
        Page::OwnLog(_) => tr!("log"),
    };
    let title = match canvas.model.current_source() {
        Some(source) => tr!("Help · {name}, {page}", name = source.name, page),
        None => tr!("Help · {page}", page),
    };
    let width = area.width.clamp(40, 92);
    // It stays where it is and as high as it is, whatever is typed.
    let height = area.height.max(6);
    let inner = open(
        canvas,
        area,
        (width, height),
        title,
        tr!("Enter runs · Esc"),
    );
    if inner.is_empty() {
        return;
    }
    let mut cells = Cells::new();
    cells.put(tr!(" find: "), look.style(Role::Dim));
    field(canvas, &mut cells, &list.field, true);
    cells.pad_to(26);
    cells.put(tr!("by name, text or key"), look.style(Role::Dim));
    line(canvas, inner, 0, &cells);
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    canvas.place_list(ListId::Popup, rows);
    if list.rows.is_empty() {
        let said = tr!("Nothing matches \"{typed}\".", typed = list.field.text());
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
