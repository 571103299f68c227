//! Several sources at once: one line each, in every step.

use ratatui::layout::Rect;

use super::super::results::{self, ResultRow, Results};
use super::super::{line, open, row_state, window};
use super::below;
use crate::console::model::{LinkItem, ListId, Outcome};
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::format;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{RowState, draw_row};

/// The first step: which integration each source gets.
pub(super) fn pick(canvas: &mut Canvas<'_>, area: Rect, items: &[LinkItem]) {
    let look = canvas.look;
    let inner = open(
        canvas,
        area,
        (
            area.width,
            (items.len() as u16 + 4).clamp(6, area.height.max(6)),
        ),
        tr!("Link {sources} · 1 of 3", sources = sources(items)),
        tr!("Enter preview · Esc close"),
    );
    let mut cells = Cells::new();
    cells.pad_to(2);
    cells.put(tr!("SOURCE"), look.style(Role::Dim));
    cells.pad_to(15);
    cells.put(tr!("INTEGRATION"), look.style(Role::Dim));
    cells.pad_to(34);
    cells.put(tr!("WHY"), look.style(Role::Dim));
    line(canvas, inner, 0, &cells);
    let rows = below(inner, 1);
    canvas.place_list(ListId::Popup, rows);
    for (row, index) in window(canvas, items.len(), usize::from(rows.height)).enumerate() {
        let item = &items[index];
        let state = row_state(canvas, index);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", look.style(Role::Text));
        name(canvas, &mut cells, item, 14);
        cells.pad_to(15);
        if let Some(choice) = &item.choice {
            let label = canvas.model.replica.integration_label(choice.integration);
            cells.put_until(33, &label, look.style(Role::Text));
            cells.pad_to(34);
            cells.put(format!("{}: ", choice.verdict), look.style(Role::Good));
            cells.spans(look.safe(&choice.why, look.style(Role::Dim)));
        } else {
            cells.put(format::UNKNOWN, look.style(Role::Text));
            cells.pad_to(34);
            cells.spans(look.safe(&left_out(item), left_out_style(canvas, item)));
        }
        draw_at(canvas, rows, row, &cells, state);
    }
}

/// The second step: what linking each would do.
pub(super) fn preview(canvas: &mut Canvas<'_>, area: Rect, items: &[LinkItem]) {
    let look = canvas.look;
    let inner = open(
        canvas,
        area,
        (
            area.width,
            (items.len() as u16 * 2 + 4).clamp(6, area.height.max(6)),
        ),
        tr!(
            "Link {sources} · 2 of 3 · preview, nothing is written yet",
            sources = sources(items)
        ),
        tr!("Enter links · Backspace back · Esc close"),
    );
    canvas.place_list(ListId::Popup, inner);
    let mut row = 0;
    for index in window(canvas, items.len(), usize::from(inner.height) / 2) {
        let item = &items[index];
        let state = row_state(canvas, index);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", look.style(Role::Text));
        name(canvas, &mut cells, item, 14);
        cells.pad_to(15);
        match &item.choice {
            Some(choice) => {
                let label = canvas.model.replica.integration_label(choice.integration);
                cells.put(tr!("virtual → true, {label}", label), look.style(Role::Add));
            }
            None => {
                cells.spans(look.safe(&left_out(item), left_out_style(canvas, item)));
            }
        }
        draw_at(canvas, inner, row, &cells, state);
        let words = match (&item.preview.value, item.preview.failure()) {
            (Some(effect), _) => effect
                .consequences
                .iter()
                .map(|consequence| consequence.text.as_str())
                .collect::<Vec<_>>()
                .join(" · "),
            (None, Some(text)) => failed_pane(text),
            (None, None) if item.choice.is_none() => String::new(),
            (None, None) => tr!("asking the server").to_owned(),
        };
        let mut cells = Cells::new();
        cells.pad_to(15);
        cells.spans(look.safe(&words, look.style(Role::Dim)));
        line(canvas, inner, row as u16 + 1, &cells);
        row += 2;
    }
}

/// The last step: what came of each.
pub(super) fn results(canvas: &mut Canvas<'_>, area: Rect, items: &[LinkItem]) {
    let rows = items
        .iter()
        .map(|item| {
            let integration = item.choice.as_ref().map_or_else(
                || format::UNKNOWN.to_owned(),
                |choice| canvas.model.replica.integration_label(choice.integration),
            );
            let told = match &item.result {
                Outcome::Done(sequence, _) => {
                    tr!(
                        "@{sequence} · cursor empty · waits for a push, or rc",
                        sequence
                    )
                }
                Outcome::Undone(sequence) => tr!("@{sequence} · virtual, as before", sequence),
                Outcome::NotSent if item.choice.is_none() => tr!("no integration fits").to_owned(),
                Outcome::LeftOut(_) => tr!("already true").to_owned(),
                other => results::told(other),
            };
            // Never sent, whatever comes.
            let outcome = match &item.result {
                Outcome::NotSent if item.choice.is_none() => Outcome::LeftOut(String::new()),
                other => other.clone(),
            };
            ResultRow {
                name: canvas.model.replica.source_name(item.source),
                second: Some(integration),
                outcome,
                told,
            }
        })
        .collect();
    let table = Results {
        title: tr!("Link {sources}", sources = sources(items)),
        first: tr!("SOURCE"),
        second: Some(tr!("INTEGRATION")),
        word: tr!("linked"),
        rows,
    };
    results::draw(canvas, area, &table);
}

/// How many are to be linked: those that are linked already are not counted.
fn sources(items: &[LinkItem]) -> String {
    let count = items
        .iter()
        .filter(|item| !matches!(item.result, Outcome::LeftOut(_)))
        .count();
    tr_n!(count as i64, "{count} source", "{count} sources")
}

/// Why an item without a choice is left out.
fn left_out(item: &LinkItem) -> String {
    match &item.result {
        Outcome::LeftOut(_) => tr!("already true: left out").to_owned(),
        Outcome::Failed(reason) => tr!("left out: {reason}", reason),
        _ => tr!("none fits: it is left out").to_owned(),
    }
}

fn left_out_style(canvas: &Canvas<'_>, item: &LinkItem) -> ratatui::style::Style {
    let role = match item.result {
        Outcome::LeftOut(_) => Role::Dim,
        _ => Role::Warn,
    };
    canvas.look.style(role)
}

fn name(canvas: &Canvas<'_>, cells: &mut Cells<'static>, item: &LinkItem, end: usize) {
    let name = canvas.model.replica.source_name(item.source);
    cells.put_until(end, &name, canvas.look.style(Role::Strong));
}

fn draw_at(canvas: &mut Canvas<'_>, area: Rect, row: usize, cells: &Cells<'_>, state: RowState) {
    if row < usize::from(area.height) {
        let place = Rect {
            y: area.y + row as u16,
            height: 1,
            ..area
        };
        draw_row(canvas.look, canvas.buffer, place, cells, state);
    }
}
