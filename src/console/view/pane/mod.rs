//! The four panes of the main screen, and the one line that each is while another one is open.

pub mod bindings;
pub mod compare;
pub mod cursors;
pub mod runs;
pub mod sources;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::theme::Role;
use super::widget::line::Cells;
use crate::console::model::ListId;

/// A closed pane as one line.
pub fn summary(canvas: &mut Canvas<'_>, list: ListId, area: Rect) {
    let look = canvas.look;
    let (title, words) = match list {
        ListId::Sources => sources::summary(canvas),
        ListId::Bindings => bindings::summary(canvas),
        ListId::Cursors => cursors::summary(canvas),
        _ => runs::summary(canvas),
    };
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    cells.put(title, look.style(Role::Dim));
    // The words of all lines start in one column.
    cells.pad_to(31.max(cells.width() + 2));
    cells.spans(words);
    cells.draw(canvas.buffer, area.x, area.y, area.width);
}
