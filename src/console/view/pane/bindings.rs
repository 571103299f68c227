//! Pane 2: the spaces that a source is bound to. Also drawn, without its frame, on a source's page.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::api::{Binding, SpaceStatus};
use crate::console::format;
use crate::console::model::{ListId, RowKey};
use crate::console::rows::words::watched;
use crate::console::view::around;
use crate::console::view::canvas::Canvas;
use crate::console::view::chosen;
use crate::console::view::glyph::{self, Mark};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{Column, Fit, RowState, Table, draw_row};

const COLUMNS: [Column; 4] = [
    Column::new(text!("SPACE"), 15, Fit::Grow(8), 0),
    Column::new(text!("WATCHES"), 18, Fit::Share(1), 2),
    Column::new(text!("DOCUMENTS"), 10, Fit::Fixed, 3),
    Column::new(text!("LAST"), 9, Fit::Grow(2), 1),
];

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let list = canvas.list(ListId::Bindings);
    let title = around::title(canvas, ListId::Bindings, 2, tr!("Space bindings"), true);
    let height = usize::from(area.height.saturating_sub(2));
    let frame = canvas
        .pane(canvas.border(ListId::Bindings), title)
        .right(around::shown(list, height));
    let inner = canvas.frame(area, frame);
    rows(canvas, inner, true);
}

/// Draws the rows of the list, with the documents column or without.
pub fn rows(canvas: &mut Canvas<'_>, inner: Rect, documents: bool) {
    if inner.is_empty() {
        return;
    }
    canvas.place_list(ListId::Bindings, inner);
    let list = canvas.list(ListId::Bindings);
    if list.is_empty() {
        let words = words(canvas);
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    if chosen::draw(canvas, ListId::Bindings, inner) {
        return;
    }
    let mut columns = COLUMNS;
    // Columns before the space's name: selection, mark, glyph, blank; a page has no marks.
    let lead = if documents { 4 } else { 3 };
    if !documents {
        columns[2].width = 0;
        columns[1].width = 17;
        columns[1].fit = Fit::Fixed;
        columns[0].fit = Fit::Fixed;
        columns[3].fit = Fit::Share(1);
    }
    let unpinned = !canvas.model.ui.is_pinned(ListId::Bindings);
    if unpinned {
        columns[0].width = 24;
    }
    let table = Table::layout(&columns, lead, inner.width);
    let model = canvas.model;
    for (line, (_, slot)) in list.window(usize::from(inner.height)).enumerate() {
        let Some(binding) = model.replica.bindings.at(slot) else {
            continue;
        };
        let key = RowKey::Binding(binding.space_id, binding.source_id);
        let state = canvas.row_state(ListId::Bindings, Some(key));
        let mut cells = Cells::new();
        cells.span(state.lead(canvas.look));
        if documents {
            cells.span(if state.marked {
                canvas.look.mark(glyph::MARKED)
            } else {
                Span::raw(" ")
            });
        }
        row(
            canvas, binding, key, &table, &mut cells, documents, unpinned,
        );
        let place = Rect {
            y: inner.y + line as u16,
            height: 1,
            ..inner
        };
        draw_row(canvas.look, canvas.buffer, place, &cells, state);
    }
}

fn row(
    canvas: &Canvas<'_>,
    binding: &Binding,
    key: RowKey,
    table: &Table,
    cells: &mut Cells<'static>,
    documents: bool,
    with_source: bool,
) {
    let (model, look) = (canvas.model, canvas.look);
    let pending = model.work.pending_for(key);
    let (mark, words, style) = last(canvas, binding, key);
    let text = look.style(Role::Text);
    cells.span(look.mark(mark));
    let mut name = model.replica.space_name(binding.space_id);
    if with_source {
        name = format!("{name} × {}", model.replica.source_name(binding.source_id));
    }
    table.put(cells, 0, &name, look.style(Role::Strong));
    table.put(cells, 1, &watched(binding), text);
    if documents && let Some((x, _)) = table.place(2) {
        // Numbers end in one column: room for four digits.
        if pending.is_some() {
            cells.pad_to(x + 2);
            cells.put(format::UNKNOWN, text);
        } else {
            cells.pad_to(x);
            let number = format::count_column(binding.documents);
            cells.put_right(x + 3, number, text);
            let word = if binding.documents == 1 {
                tr!("doc")
            } else {
                tr!("docs")
            };
            cells.put(format!(" {word}"), text);
        }
    }
    let room = table.place(3);
    if let (Some(_), true, Some((x, width))) = (pending, documents, room) {
        // A word longer than what stands there else: the unknown number before it leaves room.
        let over = format::width(&words).saturating_sub(width).min(2);
        cells.pad_to(x - over);
        cells.put_until(x + width, &words, style);
    } else {
        table.put(cells, 3, &words, style);
    }
}

/// Its mark, and what came of it last or is being saved.
fn last(canvas: &Canvas<'_>, binding: &Binding, key: RowKey) -> (Mark, String, Style) {
    let look = canvas.look;
    match canvas.model.work.pending_for(key) {
        Some(pending) => (
            glyph::SAVING,
            pending.words.clone(),
            look.mark_style(glyph::SAVING),
        ),
        None if !binding.enabled => (
            glyph::OFF,
            tr!("off").to_owned(),
            look.mark_style(glyph::OFF),
        ),
        None => (
            glyph::ON,
            format::outcome(look.now, binding.last_outcome, binding.last_outcome_at).into_owned(),
            look.mark_style(outcome_mark(binding)),
        ),
    }
}

fn outcome_mark(binding: &Binding) -> Mark {
    match binding.last_outcome {
        None => glyph::NOTE,
        Some(SpaceStatus::Updated | SpaceStatus::Unchanged) => glyph::ON,
        Some(status) => glyph::space(status),
    }
}

/// One binding over as many lines as it takes, and how its row stands.
pub fn lines(
    canvas: &Canvas<'_>,
    slot: u32,
    columns: usize,
) -> Option<(RowState, Vec<Cells<'static>>)> {
    let (model, look) = (canvas.model, canvas.look);
    let binding = model.replica.bindings.at(slot)?;
    let key = RowKey::Binding(binding.space_id, binding.source_id);
    let state = canvas.row_state(ListId::Bindings, Some(key));
    let (mark, words, style) = last(canvas, binding, key);
    let mut cells = Cells::new();
    cells.span(state.lead(look));
    cells.put(" ", look.style(Role::Text));
    cells.span(look.mark(mark));
    cells.put(" ", look.style(Role::Text));
    let name = model.replica.space_name(binding.space_id);
    let indent = cells.width();
    let room = columns.saturating_sub(indent + 1);
    cells.put_until(columns.saturating_sub(1), &name, look.style(Role::Strong));
    let mut lines = vec![cells];
    let documents = tr_n!(binding.documents, "{count} document", "{count} documents");
    let more = format!("{} · {documents}", watched(binding));
    for (words, style) in [(words, style), (more, look.style(Role::Dim))] {
        for words in format::wrap(&words, room) {
            let mut cells = Cells::new();
            cells.pad_to(indent);
            cells.put(words, style);
            lines.push(cells);
        }
    }
    Some((state, lines))
}

/// What the pane says in place of rows.
pub fn words(canvas: &Canvas<'_>) -> String {
    let model = canvas.model;
    let list = canvas.list(ListId::Bindings);
    if let Some(words) = around::no_match(list) {
        words
    } else if !model.replica.is_loaded() {
        tr!("Loading bindings.").to_owned()
    } else if model.ui.is_pinned(ListId::Bindings) && model.pinned_source().is_none() {
        tr!("Select a source.").to_owned()
    } else {
        tr!("Bound to no space, so no run can start. b binds one.").to_owned()
    }
}

/// The pane as one line: `2 on, 1 off, 1 saving; Internal failed 3m`.
pub fn summary(canvas: &Canvas<'_>) -> (String, Vec<Span<'static>>) {
    let (model, look) = (canvas.model, canvas.look);
    let title = around::title(canvas, ListId::Bindings, 2, tr!("Space bindings"), false);
    let list = canvas.list(ListId::Bindings);
    if list.is_empty() {
        return (title, vec![look.span(Role::Dim, words(canvas))]);
    }
    let (mut on, mut off, mut saving) = (0, 0, 0);
    let mut failed: Option<&Binding> = None;
    for binding in list
        .rows
        .iter()
        .filter_map(|slot| model.replica.bindings.at(*slot))
    {
        let key = RowKey::Binding(binding.space_id, binding.source_id);
        if model.work.pending_for(key).is_some() {
            saving += 1;
        } else if binding.enabled {
            on += 1;
        } else {
            off += 1;
        }
        if binding.enabled && binding.last_outcome == Some(SpaceStatus::Failed) {
            failed = Some(binding);
        }
    }
    let mut text = tr!("{on} on", on = format::count(on));
    if off > 0 {
        text += &tr!(", {off} off", off = format::count(off));
    }
    if saving > 0 {
        text += &tr!(", {saving} saving", saving = format::count(saving));
    }
    let mut words = vec![look.span(Role::Text, text)];
    if let Some(binding) = failed {
        let when = format::outcome(look.now, binding.last_outcome, binding.last_outcome_at);
        words.push(look.span(Role::Text, "; "));
        words.push(look.span(
            Role::Bad,
            format!("{} {when}", model.replica.space_name(binding.space_id)),
        ));
    }
    (title, words)
}

/// How many bindings are on or about to be, for the smallest screens.
pub fn tiny(canvas: &Canvas<'_>) -> String {
    let model = canvas.model;
    let active = canvas
        .list(ListId::Bindings)
        .rows
        .iter()
        .filter_map(|slot| model.replica.bindings.at(*slot))
        .filter(|binding| {
            let key = RowKey::Binding(binding.space_id, binding.source_id);
            binding.enabled || model.work.pending_for(key).is_some()
        })
        .count();
    tr!("2 bindings {active}", active = format::len(active))
}
