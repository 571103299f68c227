//! `M`: what the agent of a thread may do without asking.

use ratatui::layout::Rect;

use super::parts::{line, open, row_state};
use crate::api::RuntimeMode;
use crate::console::model::{ListId, ModePicker};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::draw_row;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, picker: &ModePicker) {
    let look = canvas.look;
    let height = 2 * RuntimeMode::ALL.len() as u16 + 4;
    let title = tr!("Mode · for the turns to come").to_owned();
    let inner = open(
        canvas,
        area,
        (66, height),
        title,
        tr!("Enter sets · Esc keeps"),
    );
    if inner.is_empty() {
        return;
    }
    canvas.place_list(ListId::Popup, inner);
    for (place, mode) in RuntimeMode::ALL.iter().enumerate() {
        let state = row_state(canvas, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(format!(" {mode}"), look.style(Role::Strong));
        if *mode == picker.now {
            cells.put(tr!("  is so now"), look.style(Role::Dim));
        }
        let row = 2 * place as u16;
        if row < inner.height {
            let at = Rect {
                y: inner.y + row,
                height: 1,
                ..inner
            };
            draw_row(look, canvas.buffer, at, &cells, state);
        }
        let mut cells = Cells::new();
        cells.put(format!("     {}", means(*mode)), look.style(Role::Dim));
        line(canvas, inner, row + 1, &cells);
    }
}

/// What a mode lets the agent do.
fn means(mode: RuntimeMode) -> &'static str {
    match mode {
        RuntimeMode::ApprovalRequired => tr!("it asks before it runs a command or changes a file"),
        RuntimeMode::FullAccess => tr!("it does what its sandbox lets it, and asks nobody"),
    }
}
