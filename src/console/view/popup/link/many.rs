//! Several sources at once: one line each, in every step.

use ratatui::layout::Rect;

use super::super::parts::{line, open, row_state, window};
use super::super::results::{self, ResultRow, Results};
use super::below;
use crate::console::format;
use crate::console::model::{LinkItem, ListId, Outcome};
use crate::console::view::canvas::{Canvas, Room};
use crate::console::view::flow::{self, Item};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{RowState, draw_row};
use crate::console::view::words::refused_links as refused_words;

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

/// The second step: what linking each would do, and for which nothing is sent.
pub(super) fn preview(canvas: &mut Canvas<'_>, area: Rect, items: &[LinkItem]) {
    let columns = usize::from(area.width.saturating_sub(2));
    let refused = refused(canvas, items, columns);
    // Room for all that is told of the chosen one: the box stays as it is, whichever that is.
    let needs = items.len() as u16 * 2 + refused.len() as u16 + 8;
    let inner = open(
        canvas,
        area,
        (area.width, needs.clamp(6, area.height.max(6))),
        tr!(
            "Link {sources} · 2 of 3 · preview, nothing is written yet",
            sources = sources(items)
        ),
        tr!("Enter links · Backspace back · Esc close"),
    );
    for (row, cells) in refused.iter().enumerate() {
        line(canvas, inner, row as u16, cells);
    }
    let rows = below(inner, refused.len() as u16);
    canvas.place_list(ListId::Popup, rows);
    // A page of the list is what fits with two lines a row.
    canvas
        .drawn
        .viewports
        .rows
        .insert(ListId::Popup, (rows.height / 2).max(1));
    let list = canvas.list(ListId::Popup);
    let (offset, position) = (
        list.offset,
        list.position.min(items.len().saturating_sub(1)),
    );
    let of = |canvas: &Canvas<'_>, place: usize| {
        previewed(canvas, &items[place], place, columns, place == position)
    };
    let shown = flow::rows_around(
        (offset, position),
        items.len(),
        usize::from(rows.height),
        |place| {
            if place == position {
                of(canvas, place).len()
            } else {
                2
            }
        },
    );
    let shown: Vec<Item> = shown
        .map(|place| {
            let state = row_state(canvas, place);
            Item::row(ListId::Popup, place, state, of(canvas, place))
        })
        .collect();
    flow::show(canvas, rows, &shown, 0);
}

/// One source: what it becomes, and below it what follows; of the chosen one all of it.
fn previewed(
    canvas: &Canvas<'_>,
    item: &LinkItem,
    place: usize,
    columns: usize,
    chosen: bool,
) -> Vec<Cells<'static>> {
    let look = canvas.look;
    let mut cells = Cells::new();
    cells.span(row_state(canvas, place).lead(look));
    cells.put(" ", look.style(Role::Text));
    name(canvas, &mut cells, item, 14);
    cells.pad_to(15);
    let refused = item.refusal();
    match (&item.choice, refused) {
        (_, Some(_)) => {
            cells.put(tr!("stays virtual: not sent"), look.style(Role::Warn));
        }
        (Some(choice), None) => {
            let label = canvas.model.replica.integration_label(choice.integration);
            cells.put(tr!("virtual → true, {label}", label), look.style(Role::Add));
        }
        (None, None) => {
            cells.spans(look.safe(&left_out(item), left_out_style(canvas, item)));
        }
    }
    let mut lines = vec![cells];
    let (words, role) = match (&item.preview.value, refused) {
        (_, Some(why)) => (tr!("refused: {why}", why), Role::Warn),
        (Some(effect), None) => {
            let told = effect.consequences.iter().map(|it| it.text.as_str());
            (told.collect::<Vec<_>>().join(" · "), Role::Dim)
        }
        (None, None) if item.preview.is_loading() => {
            (tr!("asking the server").to_owned(), Role::Dim)
        }
        (None, None) => (String::new(), Role::Dim),
    };
    let indent = if canvas.room == Room::Compact { 4 } else { 15 };
    let told = if chosen {
        format::wrap(&words, columns.saturating_sub(indent + 1))
    } else {
        vec![words]
    };
    lines.extend(told.into_iter().map(|words| {
        let mut cells = Cells::new();
        cells.pad_to(indent);
        cells.spans(look.safe(&words, look.style(role)));
        cells
    }));
    lines
}

/// How many of them will be refused, and which: said before anything is consented to.
fn refused(canvas: &Canvas<'_>, items: &[LinkItem], columns: usize) -> Vec<Cells<'static>> {
    const LINES: usize = 2;
    let Some(words) = refused_words(canvas.model, items) else {
        return Vec::new();
    };
    let mut lines = flow::wrapped(canvas, &words, columns, 1, Role::Warn);
    // The list has them all; here there is room for some.
    lines.truncate(LINES);
    lines
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
