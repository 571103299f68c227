//! A form whose row somebody else changed: base, theirs and mine of each field that both want otherwise.

use ratatui::layout::Rect;

use super::parts::{line, open, shown};
use crate::console::format;
use crate::console::model::Form;
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{RowState, draw_row};

const WIDTH: u16 = 100;
/// Below this three columns hold nothing that can be read: the three stand under each other.
const NARROW: u16 = 64;

/// Draws it; `at` is the field being decided.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, form: &Form, at: usize) {
    let look = canvas.look;
    let contested = form.contested();
    let narrow = area.width < NARROW;
    let rows = contested.len() * if narrow { 4 } else { 1 };
    let inner = open(
        canvas,
        area,
        (WIDTH, rows as u16 + 7),
        tr!("{title} · changed by somebody else", title = form.title),
        tr!("1 base · 2 theirs · 3 mine · Esc close"),
    );
    if inner.is_empty() {
        return;
    }
    if narrow {
        stacked(canvas, inner, form, at);
        return;
    }
    let label = 16;
    let column = (usize::from(inner.width) - label) / 3;
    let mut cells = Cells::new();
    for (n, word) in [tr!("1 BASE"), tr!("2 THEIRS"), tr!("3 MINE")]
        .iter()
        .enumerate()
    {
        cells.pad_to(label + n * column);
        cells.put(*word, look.style(Role::Dim));
    }
    line(canvas, inner, 1, &cells);
    let mut row = 2;
    for place in contested {
        let field = &form.fields[place];
        let theirs = field.theirs.as_deref().unwrap_or_default();
        let state = RowState {
            selected: place == at,
            focused: true,
            ..RowState::default()
        };
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(format!(" {}", field.label), look.style(Role::Strong));
        let three = [&field.base, theirs, field.field.text()];
        for (n, text) in three.iter().enumerate() {
            let role = [Role::Dim, Role::Del, Role::Add][n];
            cells.pad_to(label + n * column);
            let text = format::cut_path(shown(text), column - 1);
            cells.spans(look.safe(&text, look.style(role)));
        }
        if row < inner.height {
            let place = Rect {
                y: inner.y + row,
                height: 1,
                ..inner
            };
            draw_row(look, canvas.buffer, place, &cells, state);
        }
        row += 1;
    }
    canvas.say_line(
        inner,
        row + 1,
        tr!("The number of a column takes it. Nothing is sent before all of it is shown again."),
        Role::Dim,
    );
}

/// The field being decided, its three values under each other.
fn stacked(canvas: &mut Canvas<'_>, inner: Rect, form: &Form, at: usize) {
    let Some(field) = form.fields.get(at) else {
        return;
    };
    let theirs = field.theirs.as_deref().unwrap_or_default();
    let left = form.contested().len();
    let title = tr!("{label} ({left} to decide)", label = field.label, left);
    let mut row = canvas.say(inner, &title, Role::Strong);
    let three = [
        (tr!("1 base"), field.base.as_str(), Role::Dim),
        (tr!("2 theirs"), theirs, Role::Del),
        (tr!("3 mine"), field.field.text(), Role::Add),
    ];
    for (word, text, role) in three {
        let rest = Rect {
            y: inner.y + row.min(inner.height),
            height: inner.height.saturating_sub(row),
            ..inner
        };
        row += canvas.say(rest, &format!("{word}: {}", shown(text)), role);
    }
}
