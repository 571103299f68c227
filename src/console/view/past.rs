//! The rows under row 1 in the past: a slider over the log with the events of the selected source, and what happened at the
//! position (console.md: The past).

use ratatui::layout::Rect;

use super::canvas::{Canvas, Room};
use super::glyph;
use super::theme::Role;
use super::widget::line::Cells;
use crate::api::{Event, Sequence};
use crate::console::format;
use crate::console::model::{LoadState, Past};
use crate::console::rows::changed_words;
use crate::console::rows::words::stream_name;

/// How many rows it takes.
pub const fn height(room: Room) -> u16 {
    match room {
        Room::Compact => 1,
        Room::Stacked | Room::Wide => 2,
    }
}

/// Row 1: `PAST @1790 · 11:01, 3h ago · read-only`.
pub fn head(canvas: &Canvas<'_>, past: &Past) -> Cells<'static> {
    let (model, look) = (canvas.model, canvas.look);
    let mut cells = Cells::new();
    let mut text = tr!("PAST @{at}", at = past.at());
    if canvas.room > Room::Compact
        && let Some(time) = past.time()
    {
        let clock = format::short_time(model.now, time, &look.zone);
        let age = format::age(model.now, time);
        text = tr!("{text} · {clock}, {age} ago", text, clock, age);
    }
    if canvas.room == Room::Wide {
        text.push_str(tr!(" · read-only"));
    }
    cells.put(text, look.style(Role::Warn));
    cells
}

/// Draws the rows.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, past: &Past) {
    slider(canvas, area, past);
    if area.height > 1 {
        let row = Rect {
            y: area.y + 1,
            height: 1,
            ..area
        };
        told(canvas, row, past);
    }
}

/// The column of a position among `columns` that stand for the whole log.
fn column(at: Sequence, head: Sequence, columns: usize) -> usize {
    let last = columns.saturating_sub(1) as i128;
    let (at, span) = (i128::from(at.0 - 1), i128::from((head.0 - 1).max(1)));
    usize::try_from((at * last / span).clamp(0, last)).unwrap_or(0)
}

fn slider(canvas: &mut Canvas<'_>, area: Rect, past: &Past) {
    let look = canvas.look;
    let head = past.head().max(past.wanted);
    let right = format!("@{}/{head}", past.wanted);
    let (open, close, gap) = if canvas.room == Room::Compact {
        (" (├", "┤)", 1)
    } else {
        (" ( ├", "┤ )", 3)
    };
    let width = usize::from(area.width);
    let around = format::width(open) + format::width(close) + gap + format::width(&right) + 1;
    let track = width.saturating_sub(around).max(1);
    let mut columns = vec![('─', Role::Dim); track];
    for event in past.marked.events() {
        columns[column(event.sequence, head, track)] = ('┴', Role::Text);
    }
    let mark = if past.state == LoadState::Loading {
        glyph::SAVING
    } else {
        glyph::LIVE
    };
    columns[column(past.wanted, head, track)] = (look.glyph(mark), Role::Focus);
    let mut cells = Cells::new();
    cells.put(open, look.style(Role::Dim));
    for (character, role) in columns {
        cells.put(character.to_string(), look.style(role));
    }
    cells.put(close, look.style(Role::Dim));
    cells.put_right(width.saturating_sub(1), right, look.style(Role::Strong));
    cells.draw(canvas.buffer, area.x, area.y, area.width);
}

/// What happened there, and what the marks on the slider are.
fn told(canvas: &mut Canvas<'_>, area: Rect, past: &Past) {
    let look = canvas.look;
    let width = usize::from(area.width).saturating_sub(1);
    let marks = marks(canvas, past);
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    let (wanted, at) = (past.wanted, past.at());
    let (text, role) = match &past.state {
        LoadState::Failed(why) => {
            let why = why.trim_end_matches('.');
            (
                tr!(
                    "@{wanted} not loaded: {why}. You see @{at}. R tries again.",
                    wanted,
                    why,
                    at
                ),
                Role::Bad,
            )
        }
        LoadState::Loading if wanted != at || past.shown.is_none() => (
            tr!("Loading @{wanted}. You see @{at}.", wanted, at),
            Role::Dim,
        ),
        _ => match past.shown.as_ref().and_then(|it| it.event.as_ref()) {
            Some(event) => (happened(canvas, event), Role::Text),
            None => (tr!("Nothing had happened yet.").to_owned(), Role::Dim),
        },
    };
    let room = width.saturating_sub(format::width(&marks) + 3);
    let text = format::cut(&format::visible(&text), room).into_owned();
    cells.put(text, look.style(role));
    if !marks.is_empty() {
        cells.put("   ", look.style(Role::Text));
        cells.put(marks, look.style(Role::Dim));
    }
    cells.draw(canvas.buffer, area.x, area.y, area.width);
}

fn happened(canvas: &Canvas<'_>, event: &Event) -> String {
    let changed = changed_words(&canvas.model.replica, event);
    let colon = if changed.is_empty() { "" } else { ": " };
    tr!(
        "@{sequence} {event_type} {stream_name} by {kind} {id}{colon}{changed}",
        sequence = event.sequence,
        event_type = event.event_type,
        stream_name = stream_name(&canvas.model.replica, event),
        kind = event.actor.kind,
        id = event.actor.id,
        colon,
        changed
    )
}

/// `┴ events of frontend (7)`.
fn marks(canvas: &Canvas<'_>, past: &Past) -> String {
    let Some(source) = past.marked.source else {
        return String::new();
    };
    let replica = &canvas.model.replica;
    let known = replica.sources.name(source);
    let known = known.or_else(|| past.now.sources.name(source));
    let known = known.map_or_else(|| tr!("source {source}", source), str::to_owned);
    let name = format::cut(&known, 20).into_owned();
    let marked = &past.marked;
    if let Some(why) = marked.own.failure().or(marked.around.failure()) {
        return tr!("events of {name}: {why}", name, why = format::cut(why, 24));
    }
    if marked.own.is_loading() || marked.around.is_loading() {
        return tr!("┴ events of {name} …", name);
    }
    let count = format::len(marked.events().len());
    let more = if marked.more { "+" } else { "" };
    tr!("┴ events of {name} ({count}{more})", name, count, more)
}
