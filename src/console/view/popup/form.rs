//! `i`, `+`: a form, then what it would send and what that would do.

use ratatui::layout::Rect;

use super::{consequences, field, line, open};
use crate::api::{Call, DryRun};
use crate::console::model::{Form, Load};
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{RowState, draw_row};
use crate::console::view::{format, glyph};

const WIDTH: u16 = 78;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, form: &Form) {
    match &form.review {
        Some((call, effect)) => review(canvas, area, form, call, effect),
        None => edit(canvas, area, form),
    }
}

fn edit(canvas: &mut Canvas<'_>, area: Rect, form: &Form) {
    let look = canvas.look;
    let rows: usize = form
        .fields
        .iter()
        .map(|field| 1 + usize::from(!field.hint.is_empty() || field.problem.is_some()))
        .sum();
    let extra = u16::from(form.problem.is_some()) + u16::from(form.theirs.is_some());
    let inner = open(
        canvas,
        area,
        (WIDTH, rows as u16 + 4 + extra),
        form.title.clone(),
        "Tab next · Ctrl-s review · Esc close",
    );
    if inner.is_empty() {
        return;
    }
    let label = form
        .fields
        .iter()
        .map(|field| format::width(field.label))
        .max()
        .unwrap_or(0)
        + 4;
    let mut row = 1;
    for (index, entry) in form.fields.iter().enumerate() {
        let has_keys = index == form.focus;
        let changed = entry.field.text() != entry.base;
        let mut cells = Cells::new();
        if has_keys {
            cells.put(
                look.glyph(glyph::SELECTED).to_string(),
                look.style(Role::Focus),
            );
        } else {
            cells.put(" ", look.style(Role::Text));
        }
        let role = if has_keys { Role::Strong } else { Role::Dim };
        cells.put(format!(" {}", entry.label), look.style(role));
        cells.pad_to(label);
        field(canvas, &mut cells, &entry.field, has_keys);
        if changed {
            cells.put_right(
                usize::from(inner.width).saturating_sub(1),
                format!(
                    "was {}",
                    if entry.base.is_empty() {
                        "empty"
                    } else {
                        &entry.base
                    }
                ),
                look.style(Role::Dim),
            );
        }
        line(canvas, inner, row, &cells);
        row += 1;
        let told = match (&entry.problem, entry.hint.is_empty()) {
            (Some(problem), _) => Some((problem.clone(), Role::Bad)),
            (None, false) => Some((entry.hint.clone(), Role::Dim)),
            (None, true) => None,
        };
        if let Some((words, role)) = told {
            let mut cells = Cells::new();
            cells.pad_to(label);
            cells.spans(look.safe(&words, look.style(role)));
            line(canvas, inner, row, &cells);
            row += 1;
        }
    }
    if let Some(version) = form.theirs {
        let words = format!(
            "Changed by someone else meanwhile, to version {version}. Ctrl-s reviews yours against it."
        );
        canvas.say_line(inner, row, &words, Role::Warn);
        row += 1;
    }
    if let Some(problem) = &form.problem {
        canvas.say_line(inner, row, problem, Role::Bad);
    }
}

fn review(canvas: &mut Canvas<'_>, area: Rect, form: &Form, call: &Call, effect: &Load<DryRun>) {
    let look = canvas.look;
    let changed: Vec<_> = form
        .fields
        .iter()
        .filter(|field| field.field.text() != field.base)
        .collect();
    let room = usize::from(WIDTH.min(area.width).saturating_sub(4));
    let told: usize = effect.value.as_ref().map_or(1, |effect| {
        effect
            .consequences
            .iter()
            .map(|consequence| format::wrap(&consequence.text, room).len())
            .sum::<usize>()
            + 1
    });
    let keys = if form.sending {
        "sent, not yet confirmed"
    } else {
        "Enter sends · Backspace back · Esc close"
    };
    let inner = open(
        canvas,
        area,
        (WIDTH, (changed.len() + told) as u16 + 7),
        format!("{} · review, nothing is written yet", form.title),
        keys,
    );
    if inner.is_empty() {
        return;
    }
    let place = Rect { height: 1, ..inner };
    let mut cells = Cells::new();
    cells.put(
        format!(" {} {}", call.method, call.path),
        look.style(Role::Dim),
    );
    draw_row(look, canvas.buffer, place, &cells, RowState::default());
    let mut row = 2;
    for entry in &changed {
        let empty = |text: &str| {
            if text.is_empty() {
                format::UNKNOWN.to_owned()
            } else {
                text.to_owned()
            }
        };
        let mut cells = Cells::new();
        cells.put(format!(" {}", entry.label), look.style(Role::Strong));
        cells.pad_to(16);
        cells.spans(look.safe(&empty(&entry.base), look.style(Role::Del)));
        cells.put(" → ", look.style(Role::Dim));
        cells.spans(look.safe(&empty(entry.field.text()), look.style(Role::Add)));
        line(canvas, inner, row, &cells);
        row += 1;
    }
    if changed.is_empty() {
        canvas.say_line(inner, row, "Nothing is changed.", Role::Dim);
    }
    row += 1;
    match (&effect.value, effect.failure()) {
        (Some(effect), _) => {
            row += consequences(canvas, inner, row, &effect.consequences);
            if !effect.undo_note.is_empty() {
                canvas.say_line(inner, row, &effect.undo_note, Role::Dim);
                row += 1;
            }
        }
        (None, Some(text)) => {
            canvas.say_line(inner, row, &failed_pane(text), Role::Bad);
            row += 1;
        }
        (None, None) => {
            canvas.say_line(inner, row, "Asking the server what it would do.", Role::Dim);
            row += 1;
        }
    }
    if let Some(problem) = &form.problem {
        canvas.say_line(inner, row, problem, Role::Bad);
    }
}
