//! Pane 3: where cursors stand. Pinned it tells one in four lines, unpinned all, one to a line.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::api::{CursorState, Source, SourceKind};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::here::is_local;
use crate::console::model::{ListId, Model, RowKey};
use crate::console::view::around;
use crate::console::view::canvas::Canvas;
use crate::console::view::chosen;
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{Column, Fit, Table, draw_row};

const COLUMNS: [Column; 4] = [
    Column::new(text!("NAME"), 12, Fit::Grow(8), 0),
    Column::new(text!("CURSOR"), 18, Fit::Fixed, 2),
    Column::new(text!("BEHIND"), 8, Fit::Share(1), 1),
    Column::new(text!("WHY"), 14, Fit::Share(2), 3),
];

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let list = canvas.list(ListId::Cursors);
    let title = around::title(canvas, ListId::Cursors, 3, tr!("Cursors"), false);
    let frame = canvas
        .pane(canvas.border(ListId::Cursors), title)
        .right(around::shown(
            list,
            usize::from(area.height.saturating_sub(2)),
        ));
    let inner = canvas.frame(area, frame);
    if inner.is_empty() {
        return;
    }
    canvas.place_list(ListId::Cursors, inner);
    if canvas.model.ui.is_pinned(ListId::Cursors) {
        pinned(canvas, inner);
    } else {
        all(canvas, inner);
    }
}

fn pinned(canvas: &mut Canvas<'_>, inner: Rect) {
    let model = canvas.model;
    let Some(source) = model
        .pinned_source()
        .and_then(|id| model.replica.sources.get(id))
    else {
        let words = if model.replica.is_loaded() {
            tr!("Select a source.")
        } else {
            tr!("Loading. State unknown until then.")
        };
        canvas.say(inner, words, Role::Dim);
        return;
    };
    if let Some(words) = none(canvas.model, &source) {
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let look = canvas.look;
    let focused = canvas.has_keys(ListId::Cursors);
    let state = crate::console::view::widget::table::RowState {
        selected: true,
        focused,
        ..Default::default()
    };
    let mark = glyph::cursor(source.state);
    let text = look.style(Role::Text);
    let second = usize::from(inner.width).saturating_sub(20).clamp(34, 36);
    for (line, part) in lines(canvas, &source).into_iter().enumerate() {
        if line as u16 >= inner.height {
            break;
        }
        let (left, right) = part;
        let mut cells = Cells::new();
        if line == 0 {
            cells.span(state.lead(look));
            cells.put(" ", text);
            cells.span(look.mark(mark));
            cells.put(" ", text);
        } else {
            cells.put("    ", text);
        }
        cells.spans(left);
        if let Some(right) = right
            && cells.width() < second
        {
            cells.pad_to(second);
            cells.span(right);
        }
        let place = Rect {
            y: inner.y + line as u16,
            height: 1,
            ..inner
        };
        let mut shown = state;
        shown.selected = line == 0;
        draw_row(look, canvas.buffer, place, &cells, shown);
    }
}

type Part = (Vec<Span<'static>>, Option<Span<'static>>);

/// The four lines about one cursor: where it is, how far behind, why, what moved it.
fn lines(canvas: &Canvas<'_>, source: &Source) -> Vec<Part> {
    let look = canvas.look;
    let text = |words: String| look.span(Role::Text, words);
    let mut lines: Vec<Part> = Vec::with_capacity(4);
    lines.push((
        vec![look.span(Role::Strong, position(source))],
        Some(
            look.span(
                Role::Text,
                source
                    .branch
                    .clone()
                    .unwrap_or_else(|| tr!("default branch").to_owned()),
            ),
        ),
    ));
    let spark = format::sparkline(&source.history);
    let spark = (!spark.is_empty()).then(|| look.span(Role::Accent, spark));
    let behind = match source.pending_since {
        Some(since) => tr!(
            "behind {lag}",
            lag = format::lag(look.now, since, source.commits_behind)
        ),
        None if source.state == CursorState::Unknown => tr!("behind: unknown").to_owned(),
        None => tr!("nothing waits").to_owned(),
    };
    let held = match &source.paused {
        Some(pause) => tr!("paused by {by}; {behind}", by = pause.by, behind),
        None => behind,
    };
    lines.push((vec![text(held)], spark));
    let mark = glyph::cursor(source.state);
    let mut why = vec![look.word(mark)];
    if let Some(primary) = &source.primary {
        why.push(text(format!(": {} ({})", primary.name, primary.code)));
    }
    let key = canvas.model.keymap.keys_of(CommandId::WhyStuck);
    lines.push((why, Some(look.span(Role::Dim, tr!("{key} shows why", key)))));
    if let Some(moved) = &source.moved {
        let by = moved
            .job_id
            .map_or_else(String::new, |job| tr!(" by run #{job}", job));
        lines.push((
            vec![look.span(
                Role::Dim,
                tr!("moved {age} ago{by}", age = look.age(moved.at), by),
            )],
            None,
        ));
    }
    lines
}

/// `4f9c2d1 → head 8be01aa`, or that they are the same.
pub fn position(source: &Source) -> String {
    let cursor = source.cursor.as_ref().map(|cursor| cursor.value.as_str());
    let head = source.head.as_ref().map(|head| head.sha.as_str());
    match (cursor, head) {
        (Some(cursor), Some(head)) if cursor == head => {
            tr!("{sha} = head", sha = format::sha(cursor))
        }
        (Some(cursor), Some(head)) => {
            let (cursor, head) = format::sha_pair(cursor, head);
            tr!("{cursor} → head {head}", cursor, head)
        }
        (Some(cursor), None) => tr!("{sha} → head –", sha = format::sha(cursor)),
        (None, Some(head)) => tr!("– → head {sha}", sha = format::sha(head)),
        (None, None) => format::UNKNOWN.to_owned(),
    }
}

/// What is said of a source without a cursor.
pub fn none(model: &Model, source: &Source) -> Option<String> {
    if source.cursor.is_some() {
        None
    } else if source.kind == SourceKind::Virtual {
        let key = model.keymap.keys_of(CommandId::Link);
        if is_local(source.id) {
            let mount = model.replica.mount_words(source.id);
            return Some(tr!(
                "Only on this machine: {mount}. {key} links it.",
                mount,
                key
            ));
        }
        Some(tr!("Virtual: no cursor by design. {key} links it.", key))
    } else {
        Some(tr!("No cursor yet. The first finished run sets it.").to_owned())
    }
}

fn all(canvas: &mut Canvas<'_>, inner: Rect) {
    let list = canvas.list(ListId::Cursors);
    if list.is_empty() {
        let words = around::no_match(list)
            .unwrap_or_else(|| tr!("Loading. State unknown until then.").to_owned());
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    if chosen::draw(canvas, ListId::Cursors, inner) {
        return;
    }
    let table = Table::layout(&COLUMNS, 4, inner.width);
    let model = canvas.model;
    for (line, (_, slot)) in list.window(usize::from(inner.height)).enumerate() {
        let Some(source) = model.replica.sources.at(slot) else {
            continue;
        };
        let look = canvas.look;
        let state = canvas.row_state(ListId::Cursors, Some(RowKey::Source(source.id)));
        let mark = glyph::cursor(source.state);
        let text = look.style(Role::Text);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", Style::new());
        cells.span(look.mark(mark));
        table.put(&mut cells, 0, &source.name, look.style(Role::Strong));
        let cursor = source
            .cursor
            .as_ref()
            .map_or(format::UNKNOWN, |cursor| format::sha(&cursor.value));
        let head = source
            .head
            .as_ref()
            .map_or(format::UNKNOWN, |head| format::sha(&head.sha));
        table.put(&mut cells, 1, &format!("{cursor} → {head}"), text);
        let behind = source.pending_since.map_or_else(
            || format::UNKNOWN.to_owned(),
            |since| format::lag(look.now, since, source.commits_behind),
        );
        table.put(&mut cells, 2, &behind, text);
        let why = match &source.primary {
            Some(primary) => format!("{}: {}", source.state, primary.name),
            None => source.state.to_string(),
        };
        table.put(&mut cells, 3, &why, look.mark_style(mark));
        let place = Rect {
            y: inner.y + line as u16,
            height: 1,
            ..inner
        };
        draw_row(look, canvas.buffer, place, &cells, state);
    }
}

/// The pane as one line: `■ stalled 3h: space_failed`.
pub fn summary(canvas: &Canvas<'_>) -> (String, Vec<Span<'static>>) {
    let (model, look) = (canvas.model, canvas.look);
    let title = around::title(canvas, ListId::Cursors, 3, tr!("Cursors"), false);
    let Some(source) = model
        .pinned_source()
        .and_then(|id| model.replica.sources.get(id))
    else {
        return (title, Vec::new());
    };
    let mark = glyph::cursor(source.state);
    let mut words = vec![look.mark(mark), Span::raw(" "), look.word(mark)];
    if let Some(since) = source.pending_since.or(source.state_since)
        && source.state != CursorState::Ok
    {
        words.push(look.span(Role::Text, format!(" {}", look.age(since))));
    }
    if let Some(primary) = &source.primary {
        words.push(look.span(Role::Text, format!(": {}", primary.name)));
    }
    (title, words)
}

/// How far behind, for the smallest screens.
pub fn tiny(canvas: &Canvas<'_>) -> String {
    let model = canvas.model;
    let behind = model
        .pinned_source()
        .and_then(|id| model.replica.sources.get(id))
        .map_or_else(
            || format::UNKNOWN.to_owned(),
            |source| match source.pending_since {
                Some(since) => canvas.look.age(since),
                None => source.state.to_string(),
            },
        );
    tr!("3 cursor {behind}", behind)
}
