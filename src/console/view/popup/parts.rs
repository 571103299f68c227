//! What several popups are made of: the box, its lines and rows, fields, consequences.

use ratatui::layout::Rect;

use crate::api::Consequence;
use crate::console::model::{ListId, TextField};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget;
use crate::console::view::widget::frame::{Border, Frame};
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::RowState;

/// Opens a box of that size in the middle; answers its inside.
pub fn open(
    canvas: &mut Canvas<'_>,
    area: Rect,
    size: (u16, u16),
    title: String,
    keys: &str,
) -> Rect {
    let place = place::centered(area, size.0, size.1);
    let note = (!keys.is_empty()).then(|| keys.to_owned());
    let frame = Frame::new(canvas.look, Border::Focused, title).note(note);
    canvas.frame(place, frame)
}

/// Appends a field with its caret; what is hidden shows as dots.
pub fn field(canvas: &Canvas<'_>, cells: &mut Cells<'static>, field: &TextField, has_keys: bool) {
    let (before, after) = field.split();
    if field.hidden {
        let dots = |part: &str| "*".repeat(part.chars().count().min(40));
        widget::field::put(canvas.look, cells, (&dots(before), &dots(after)), has_keys);
    } else {
        widget::field::put(canvas.look, cells, (before, after), has_keys);
    }
}

/// How the row at a place of the popup's list stands.
pub fn row_state(canvas: &Canvas<'_>, place: usize) -> RowState {
    RowState {
        selected: canvas.list(ListId::Popup).position == place,
        focused: true,
        ..RowState::default()
    }
}

/// The places of a popup's rows that are visible.
pub fn window(canvas: &Canvas<'_>, total: usize, height: usize) -> std::ops::Range<usize> {
    let list = canvas.list(ListId::Popup);
    let position = list.position.min(total.saturating_sub(1));
    let first = list
        .offset
        .min(position)
        .max((position + 1).saturating_sub(height));
    first..(first + height).min(total)
}

/// A line inside a popup, one blank from its border.
pub fn line(canvas: &mut Canvas<'_>, area: Rect, row: u16, cells: &Cells<'_>) {
    if row < area.height {
        let caret = cells.draw(canvas.buffer, area.x, area.y + row, area.width);
        canvas.drawn.caret = caret.or(canvas.drawn.caret);
    }
}

/// What a dry run says would follow, wrapped; answers the rows used.
pub fn consequences(canvas: &mut Canvas<'_>, area: Rect, first: u16, list: &[Consequence]) -> u16 {
    let mut row = first;
    for consequence in list {
        let rest = Rect {
            y: area.y + row.min(area.height),
            height: area.height.saturating_sub(row),
            ..area
        };
        row += canvas.say(rest, &consequence.text, Role::Text);
    }
    row - first
}

/// A value; what is empty has a word.
pub fn shown(text: &str) -> &str {
    if text.is_empty() { tr!("empty") } else { text }
}
