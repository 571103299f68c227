//! `i`, `+`: a form, then what it would send and what that would do.

use ratatui::layout::Rect;

use super::merge;
use super::parts::{consequences, field, line, open, shown};
use crate::api::{Call, DryRun};
use crate::console::format;
use crate::console::model::{Form, FormField, FormStep, Load};
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{RowState, draw_row};
use crate::console::view::words::undo_words;

const WIDTH: u16 = 78;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, form: &Form) {
    match &form.step {
        FormStep::Review(call, effect) => review(canvas, area, form, call, effect),
        FormStep::Merge(at) => merge::draw(canvas, area, form, *at),
        FormStep::Edit => edit(canvas, area, form),
    }
}

fn edit(canvas: &mut Canvas<'_>, area: Rect, form: &Form) {
    let look = canvas.look;
    let label = form
        .fields
        .iter()
        .map(|field| format::width(field.label))
        .max()
        .unwrap_or(0)
        + 4;
    let room = usize::from(WIDTH.min(area.width).saturating_sub(4));
    let told: Vec<Vec<(String, Role)>> = (form.fields.iter())
        .map(|field| told(field, room.saturating_sub(label)))
        .collect();
    let below = below(form, room);
    let rows: usize = told.iter().map(|told| 1 + told.len()).sum();
    let inner = open(
        canvas,
        area,
        (WIDTH, (rows + below.len()) as u16 + 4),
        form.title.clone(),
        tr!("Tab next · Ctrl-s review · Ctrl-o editor · Esc close"),
    );
    if inner.is_empty() {
        return;
    }
    // On a small screen the field with the focus, and what is wrong, are seen before the others.
    let room = usize::from(inner.height).saturating_sub(below.len());
    let all = rows < room;
    let mut row = u16::from(all);
    let first = if all { 0 } else { form.focus };
    for (index, entry) in form.fields.iter().enumerate().skip(first) {
        let has_keys = index == form.focus;
        let changed = entry.is_mine() && entry.theirs.is_none();
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
                if entry.field.hidden {
                    tr!("hidden").to_owned()
                } else {
                    tr!("was {shown}", shown = shown(&entry.base))
                },
                look.style(Role::Dim),
            );
        }
        line(canvas, inner, row, &cells);
        row += 1;
        for (words, role) in &told[index] {
            let mut cells = Cells::new();
            cells.pad_to(label);
            cells.spans(look.safe(words, look.style(*role)));
            line(canvas, inner, row, &cells);
            row += 1;
        }
    }
    let last = row.min(inner.height.saturating_sub(below.len() as u16));
    for (row, (words, role)) in (last..).zip(&below) {
        canvas.say_line(inner, row, words, *role);
    }
}

/// What stands under a field: what is wrong with it, else what helps; and what somebody else made of it.
fn told(field: &FormField, room: usize) -> Vec<(String, Role)> {
    let mut told = Vec::new();
    if let Some(problem) = &field.problem {
        let lines = format::wrap(problem, room.max(8)).into_iter();
        told.extend(lines.map(|line| (line, Role::Bad)));
    } else if !field.hint.is_empty() {
        told.push((field.hint.clone(), Role::Dim));
    }
    if let Some(theirs) = &field.theirs {
        let words = tr!(
            "theirs {theirs} · base {base}",
            theirs = shown(theirs),
            base = shown(&field.base)
        );
        told.push((words, Role::Warn));
    }
    told
}

/// What is said of the form as a whole.
fn below(form: &Form, room: usize) -> Vec<(String, Role)> {
    let mut below = Vec::new();
    if form.theirs.is_some() {
        let words = if form.contested().is_empty() {
            tr!("Somebody else changed it meanwhile, other fields than yours.")
        } else {
            tr!("Somebody else changed it meanwhile. Ctrl-s shows base, theirs and yours.")
        };
        below.extend(
            format::wrap(words, room)
                .into_iter()
                .map(|it| (it, Role::Warn)),
        );
    }
    if let Some(problem) = &form.problem {
        below.extend(
            format::wrap(problem, room)
                .into_iter()
                .map(|it| (it, Role::Bad)),
        );
    }
    below
}

fn review(canvas: &mut Canvas<'_>, area: Rect, form: &Form, call: &Call, effect: &Load<DryRun>) {
    let look = canvas.look;
    let changed: Vec<_> = (form.fields.iter())
        .filter(|field| {
            // Of a new thing everything counts, also what was left as it was offered.
            field.is_mine() || (form.kind.makes() && !field.field.text().is_empty())
        })
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
        tr!("sent, not yet confirmed")
    } else {
        tr!("Enter sends · Backspace back · Esc close")
    };
    let inner = open(
        canvas,
        area,
        (WIDTH, (changed.len() + told) as u16 + 7),
        tr!(
            "{title} · review, nothing is written yet",
            title = form.title
        ),
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
        let before = if form.kind.makes() { "" } else { &entry.base };
        cells.spans(look.safe(&empty(before), look.style(Role::Del)));
        cells.put(" → ", look.style(Role::Dim));
        let after = if entry.field.hidden {
            tr!("hidden").to_owned()
        } else {
            empty(entry.field.text())
        };
        cells.spans(look.safe(&after, look.style(Role::Add)));
        line(canvas, inner, row, &cells);
        row += 1;
    }
    if changed.is_empty() {
        canvas.say_line(inner, row, tr!("Nothing is changed."), Role::Dim);
    }
    row += 1;
    match (&effect.value, effect.failure()) {
        (Some(effect), _) => {
            row += consequences(canvas, inner, row, &effect.consequences);
            if let Some(words) = undo_words(canvas.model, effect) {
                let (_, rest) = place::rows(inner, row.min(inner.height));
                row += canvas.say(rest, &words, Role::Dim);
            }
        }
        (None, Some(text)) => {
            let (_, rest) = place::rows(inner, row.min(inner.height));
            row += canvas.say(rest, &failed_pane(text), Role::Bad);
        }
        (None, None) => {
            canvas.say_line(
                inner,
                row,
                tr!("Asking the server what it would do."),
                Role::Dim,
            );
            row += 1;
        }
    }
    if let Some(problem) = &form.problem {
        canvas.say_line(inner, row, problem, Role::Bad);
    }
}
