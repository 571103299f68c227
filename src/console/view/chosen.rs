//! A list with the columns that were chosen for it: as wide as what is visible of them, cut from the right, with a heading.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::chrome::delivery_name;
use super::glyph::{self, Mark};
use super::look::Look;
use super::roles;
use super::theme::Role;
use super::widget::line::Cells;
use super::widget::place;
use super::widget::table::{Column, Fit, Table, draw_row};
use crate::console::columns::{Col, Value};
use crate::console::format;
use crate::console::model::{ListId, Model, Page, RowKey, Sort, SortBy};
use crate::console::query::hits;
use crate::console::rows::{RowRef, row_at};

/// What a column takes at most before room is left over.
const MODEST: u16 = 24;

/// Draws the list inside its frame; false: no columns were chosen, and the list draws itself.
pub fn draw(canvas: &mut Canvas<'_>, id: ListId, inner: Rect) -> bool {
    let list = canvas.list(id);
    if list.columns.is_empty() {
        return false;
    }
    let (head, rows) = place::rows(inner, u16::from(inner.height > 2));
    canvas.place_list(id, rows);
    let model = canvas.model;
    let look = canvas.look;
    let visible: Vec<(RowKey, RowRef<'_>)> = list
        .window(usize::from(rows.height))
        .filter_map(|(_, n)| Some((model.key_at(id, n)?, row(model, id, n)?)))
        .collect();
    let skipped = usize::from(list.column).min(list.columns.len().saturating_sub(2));
    let mut cols = vec![list.columns[0]];
    cols.extend_from_slice(&list.columns[(1 + skipped).min(list.columns.len())..]);
    let texts: Vec<Vec<String>> = visible
        .iter()
        .map(|(key, row)| {
            let pending = model.work.pending_for(*key);
            let cell = |col: &Col| match pending {
                Some(pending) if matches!(col, Col::State | Col::Enabled) => pending.words.clone(),
                _ => text(canvas, row, *col),
            };
            cols.iter().map(cell).collect()
        })
        .collect();
    let widest: Vec<usize> = (0..cols.len())
        .map(|place| texts.iter().map(|row| format::width(&row[place])).max())
        .map(Option::unwrap_or_default)
        .collect();
    let columns: Vec<Column> = cols
        .iter()
        .enumerate()
        .map(|(place, col)| {
            let content = widest[place];
            let arrow = usize::from(list.sort.by == SortBy::of(*col)) * 2;
            let wide = content.max(format::width(col.title()) + arrow) as u16 + 1;
            let least = wide.min(MODEST);
            // The first is never dropped, then whatever stands further left.
            Column::new(
                col.title(),
                least,
                Fit::Grow(wide - least),
                u8::try_from(place).unwrap_or(u8::MAX),
            )
        })
        .collect();
    // Selection, mark, and where rows have one their glyph, each blank included.
    let lead = if has_glyph(id) { 4 } else { 2 };
    let table = Table::layout(&columns, lead, inner.width);
    heading(look, canvas.buffer, head, &table, &cols, list.sort);
    if id != ListId::Events {
        canvas.place_headings(id, head, &table, &cols);
    }
    for (line, ((key, row), texts)) in visible.iter().zip(&texts).enumerate() {
        let state = canvas.row_state(id, Some(*key));
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.span(if state.marked {
            look.mark(glyph::MARKED)
        } else {
            Span::raw(" ")
        });
        let pending = model.work.pending_for(*key);
        let mark = if pending.is_some() {
            Some(glyph::SAVING)
        } else {
            mark(row)
        };
        if let (Some(mark), true) = (mark, has_glyph(id)) {
            cells.span(look.mark(mark));
        }
        for (place, col) in cols.iter().enumerate() {
            let value = row.value(&model.replica, *col, model.now);
            let style = style(look, row, *col, place, mark, &value);
            let said = &texts[place];
            match value {
                Value::Path(_) => table.put_path(&mut cells, place, said, style),
                Value::Count(_) | Value::Length(_) => {
                    // Numbers end in one column.
                    let blanks = widest[place].saturating_sub(format::width(said));
                    let right = format!("{}{said}", " ".repeat(blanks));
                    table.put(&mut cells, place, &right, style);
                }
                _ if place == 0 => {
                    let found = hits(&list.filter.query, said);
                    table.put_found(&mut cells, place, said, style, &found);
                }
                _ => table.put(&mut cells, place, said, style),
            }
        }
        let place = Rect {
            y: rows.y + line as u16,
            height: 1,
            ..rows
        };
        draw_row(look, canvas.buffer, place, &cells, state);
    }
    true
}

fn heading(
    look: &Look,
    buffer: &mut ratatui::buffer::Buffer,
    head: Rect,
    table: &Table,
    cols: &[Col],
    sort: Sort,
) {
    if head.is_empty() {
        return;
    }
    let mut cells = Cells::new();
    for (place, col) in cols.iter().enumerate() {
        let title = if sort.by == SortBy::of(*col) {
            let arrow = if sort.reversed {
                glyph::UP
            } else {
                glyph::DOWN
            };
            format!("{} {}", col.title(), look.glyph(arrow))
        } else {
            col.title().to_owned()
        };
        table.put(&mut cells, place, &title, look.style(Role::Dim));
    }
    cells.draw(buffer, head.x, head.y, head.width);
}

const fn has_glyph(id: ListId) -> bool {
    matches!(
        id,
        ListId::Sources | ListId::Cursors | ListId::Bindings | ListId::Runs
    )
}

/// The row that `n` stands for in a list.
fn row(model: &Model, id: ListId, n: u32) -> Option<RowRef<'_>> {
    match (id, model.ui.page()) {
        (ListId::Events, Page::Events(view)) => view.events.get(n as usize).map(RowRef::Event),
        _ => row_at(&model.replica, id, n),
    }
}

/// The glyph of a row's state.
fn mark(row: &RowRef<'_>) -> Option<Mark> {
    match row {
        RowRef::Source(it) => Some(glyph::cursor(it.state)),
        RowRef::Job(it) => Some(glyph::job(it.status)),
        RowRef::Binding(it) if it.enabled => Some(glyph::ON),
        RowRef::Binding(_) => Some(glyph::OFF),
        RowRef::Delivery(_) | RowRef::Integration(_) | RowRef::Event(_) => None,
    }
}

fn style(
    look: &Look,
    row: &RowRef<'_>,
    col: Col,
    place: usize,
    mark: Option<Mark>,
    value: &Value,
) -> Style {
    match (row, col) {
        _ if place == 0 => look.style(Role::Strong),
        (RowRef::Source(_) | RowRef::Job(_), Col::State) | (RowRef::Binding(_), Col::Enabled) => {
            mark.map_or_else(|| look.style(Role::Text), |mark| look.mark_style(mark))
        }
        (RowRef::Delivery(it), Col::State | Col::Result) => look.style(roles::delivery(it.status)),
        (RowRef::Integration(it), Col::State) => look.style(roles::integration(it.status)),
        _ if matches!(value, Value::Time(_) | Value::Nothing) => look.style(Role::Dim),
        _ => look.style(Role::Text),
    }
}

/// A cell as the screen writes it.
fn text(canvas: &Canvas<'_>, row: &RowRef<'_>, col: Col) -> String {
    let look = canvas.look;
    if let (RowRef::Delivery(it), Col::Id) = (row, col) {
        return delivery_name(canvas.model, it.id);
    }
    match row.value(&canvas.model.replica, col, look.now) {
        Value::Nothing => format::UNKNOWN.to_owned(),
        Value::Text(text) => format::visible(&text).into_owned(),
        Value::Path(path) => path,
        Value::Sha(sha) => format::sha(&sha).to_owned(),
        Value::Count(count) => format::count(count),
        Value::Number(sign, number) => format!("{sign}{number}"),
        Value::Time(at) if matches!(row, RowRef::Event(_)) => look.short_time(at),
        Value::Time(at) => look.age(at),
        Value::Length(length) => format::duration(length),
    }
}
