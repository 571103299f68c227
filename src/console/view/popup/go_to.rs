//! `@` in the past: a position of the log, typed.

use ratatui::layout::Rect;

use super::parts::{field, line, open};
use crate::console::model::GoTo;
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, go: &GoTo) {
    let look = canvas.look;
    let head = canvas.model.present().sequence;
    let title = tr!("Go to a position of the log").to_owned();
    let inner = open(canvas, area, (46, 5), title, tr!("Enter goes · Esc close"));
    if inner.is_empty() {
        return;
    }
    let mut cells = Cells::new();
    cells.put(" @", look.style(Role::Accent));
    field(canvas, &mut cells, &go.field, true);
    line(canvas, inner, 0, &cells);
    match &go.problem {
        Some(problem) => canvas.say_line(inner, 2, problem, Role::Bad),
        None => canvas.say_line(inner, 2, &tr!("@1 to @{head}", head), Role::Dim),
    }
}
