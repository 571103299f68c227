//! Several sources at once: one line each, in every step.

use ratatui::layout::Rect;

use super::super::{line, open, row_state, window};
use super::below;
use crate::console::model::{LinkItem, LinkResult, ListId};
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{RowState, draw_row};
use crate::console::view::{format, glyph};

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
        format!("Link {} · 1 of 3", sources(items)),
        "Enter preview · Esc close",
    );
    let mut cells = Cells::new();
    cells.pad_to(2);
    cells.put("SOURCE", look.style(Role::Dim));
    cells.pad_to(15);
    cells.put("INTEGRATION", look.style(Role::Dim));
    cells.pad_to(34);
    cells.put("WHY", look.style(Role::Dim));
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
        format!(
            "Link {} · 2 of 3 · preview, nothing is written yet",
            sources(items)
        ),
        "Enter links · Backspace back · Esc close",
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
                cells.put(format!("virtual → true, {label}"), look.style(Role::Add));
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
            (None, None) => "asking the server".to_owned(),
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
    let look = canvas.look;
    let linked = items
        .iter()
        .filter(|item| matches!(item.result, LinkResult::Linked(_)))
        .count();
    let failed = items
        .iter()
        .filter(|item| matches!(item.result, LinkResult::Failed(_)))
        .count();
    let undone = items
        .iter()
        .filter(|item| matches!(item.result, LinkResult::Undone(_)))
        .count();
    let to_go = items
        .iter()
        .filter(|item| match item.result {
            LinkResult::Sent => true,
            LinkResult::NotSent => item.choice.is_some(),
            _ => false,
        })
        .count();
    let title = if to_go > 0 {
        format!(
            "Link {} · {} done, {to_go} to go",
            sources(items),
            linked + undone + failed
        )
    } else {
        let undone = match undone {
            0 => String::new(),
            undone => format!(", {undone} undone"),
        };
        format!(
            "Link {} · done: {linked} linked, {failed} failed{undone}",
            sources(items)
        )
    };
    let inner = open(
        canvas,
        area,
        (
            area.width,
            (items.len() as u16 + 5).clamp(6, area.height.max(6)),
        ),
        title,
        "Esc close",
    );
    let dim = look.style(Role::Dim);
    let mut cells = Cells::new();
    for (column, word) in [
        (2, "SOURCE"),
        (13, "INTEGRATION"),
        (31, "RESULT"),
        (43, "WHAT IT MEANS, WHAT TO DO"),
    ] {
        cells.pad_to(column);
        cells.put(word, dim);
    }
    line(canvas, inner, 0, &cells);
    let mut rows = below(inner, 1);
    rows.height = rows.height.saturating_sub(2);
    canvas.place_list(ListId::Popup, rows);
    for (row, index) in window(canvas, items.len(), usize::from(rows.height)).enumerate() {
        let item = &items[index];
        let state = row_state(canvas, index);
        let text = look.style(Role::Text);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", text);
        name(canvas, &mut cells, item, 12);
        cells.pad_to(13);
        let label = item.choice.as_ref().map_or_else(
            || format::UNKNOWN.to_owned(),
            |choice| canvas.model.replica.integration_label(choice.integration),
        );
        cells.put_until(30, &label, text);
        cells.pad_to(31);
        let (mark, word, told) = match &item.result {
            LinkResult::NotSent if item.choice.is_none() => {
                (glyph::NOTE, "left out", "no integration fits".to_owned())
            }
            LinkResult::NotSent => (glyph::SAVING, "waits", String::new()),
            LinkResult::Sent => (glyph::SAVING, "sent", "not yet confirmed".to_owned()),
            LinkResult::Linked(sequence) => (
                glyph::DONE,
                "linked",
                format!("@{sequence} · cursor empty · waits for a push, or rc"),
            ),
            LinkResult::Undone(sequence) => (
                glyph::NOTE,
                "undone",
                format!("@{sequence} · virtual, as before"),
            ),
            LinkResult::Failed(reason) => (glyph::FAILED, "refused", reason.clone()),
            LinkResult::LeftOut => (glyph::NOTE, "left out", "already true".to_owned()),
        };
        cells.span(look.mark(mark));
        cells.put(format!(" {word}"), look.mark_style(mark));
        cells.pad_to(43);
        cells.spans(look.safe(&told, text));
        draw_at(canvas, rows, row, &cells, state);
    }
    let mut keys = Vec::new();
    if failed > 0 {
        keys.push(if failed == 1 {
            "rr retries the failed one".to_owned()
        } else {
            format!("rr retries the {failed} failed")
        });
    }
    if linked > 0 {
        keys.push(format!("u undoes the {linked} linked"));
    }
    let last = inner.height.saturating_sub(1);
    canvas.say_line(inner, last, &format!(" {}", keys.join("   ")), Role::Accent);
}

/// How many are to be linked: those that are linked already are not counted.
fn sources(items: &[LinkItem]) -> String {
    let count = items
        .iter()
        .filter(|item| item.result != LinkResult::LeftOut)
        .count();
    format::things(count as i64, "source", "sources")
}

/// Why an item without a choice is left out.
fn left_out(item: &LinkItem) -> String {
    match &item.result {
        LinkResult::LeftOut => "already true: left out".to_owned(),
        LinkResult::Failed(reason) => format!("left out: {reason}"),
        _ => "none fits: it is left out".to_owned(),
    }
}

fn left_out_style(canvas: &Canvas<'_>, item: &LinkItem) -> ratatui::style::Style {
    let role = match item.result {
        LinkResult::LeftOut => Role::Dim,
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
