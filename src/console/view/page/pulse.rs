//! The pulse of the org: numbers with their course, each a way to what it counts, and below them runs over time.

use ratatui::layout::Rect;

use super::parts::{at_place, draw_line, window};
use super::timeline;
use crate::api::{DeliveryStatus, JobStatus, Source};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::ListId;
use crate::console::model::pulse::{PulseAbout, PulseLine, PulseTarget, PulseView};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, failed_pane, waits};
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{Column, Fit, Table};

const COLUMNS: [Column; 5] = [
    Column::new(text!("WHAT"), 16, Fit::Fixed, 1),
    Column::new("", 20, Fit::Grow(8), 0),
    Column::new(text!("COUNT"), 8, Fit::Grow(2), 0),
    Column::new(text!("COURSE"), 31, Fit::Fixed, 2),
    Column::new("", 8, Fit::Share(1), 3),
];

/// Rows from which numbers and timeline are both open.
const BOTH: u16 = 28;
/// What the timeline has then at least.
const CHART: u16 = 10;

/// Draws the page: both parts, or with fewer rows the one that has the keys and a line of the other.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &PulseView) {
    if area.height >= BOTH {
        let wanted = view.lines.len() as u16 + 3;
        let (top, below) = place::rows(area, wanted.min(area.height - CHART));
        numbers(canvas, top, view);
        timeline::draw(canvas, below, view);
    } else if view.focus == ListId::Timeline {
        let (top, below) = place::rows(area, 1);
        canvas.say_line(top, 0, &summary(canvas, view), Role::Dim);
        timeline::draw(canvas, below, view);
    } else {
        let (top, below) = place::rows(area, area.height.saturating_sub(1));
        numbers(canvas, top, view);
        canvas.say_line(below, 0, &timeline::summary(canvas, view), Role::Dim);
    }
}

/// The numbers as one line, while the timeline is open.
fn summary(canvas: &Canvas<'_>, view: &PulseView) -> String {
    let key = canvas.model.keymap.keys_of(CommandId::PaneNext);
    let failed = PulseAbout::Run(JobStatus::Failed);
    let failed = view.lines.iter().find(|it| it.about == failed);
    let failed = failed.and_then(|it| it.count).map_or_else(
        || format::UNKNOWN.to_owned(),
        |it| format::count(i64::try_from(it).unwrap_or(i64::MAX)),
    );
    tr!(
        "Pulse · last {window} · {failed} failed · {key} opens it",
        window = view.window.as_str(),
        failed,
        key
    )
}

fn numbers(canvas: &mut Canvas<'_>, area: Rect, view: &PulseView) {
    let look = canvas.look;
    let list = canvas.list(ListId::Pulse);
    let since = view.data().map(|it| look.time(it.pulse.since));
    let title = match since {
        Some(since) => tr!(
            "Pulse · last {window} · since {since}",
            window = view.window.as_str(),
            since
        ),
        None => tr!("Pulse · last {window}", window = view.window.as_str()),
    };
    let height = usize::from(area.height.saturating_sub(3));
    let frame = canvas
        .pane(canvas.border(ListId::Pulse), title)
        .right(around::shown(list, height));
    let inner = canvas.frame(area, frame);
    let (head, rows) = place::rows(inner, 1);
    let failure = view.counted.failure().map(failed_pane);
    let words = match failure {
        Some(words) => Some((words, Role::Warn)),
        None if view.data().is_none() => {
            waits(&view.counted, tr!("Counting.")).map(|words| (words, Role::Dim))
        }
        None => None,
    };
    let (rows, last) = place::rows(rows, rows.height.saturating_sub(u16::from(words.is_some())));
    canvas.place_list(ListId::Pulse, rows);
    if let Some((words, role)) = words {
        canvas.say_line(last, 0, &words, role);
    }
    let table = Table::layout(&COLUMNS, 2, inner.width);
    table
        .header(&COLUMNS, look)
        .draw(canvas.buffer, head.x, head.y, head.width);
    let shown = window(
        canvas,
        ListId::Pulse,
        view.lines.len(),
        usize::from(rows.height),
    );
    let mut section = "";
    for (line, (place, n)) in shown.into_iter().enumerate() {
        let told = &view.lines[n];
        let state = at_place(canvas, ListId::Pulse, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        fill(canvas, &table, &mut cells, told, section != told.section);
        section = told.section;
        draw_line(canvas, rows, line, &cells, state);
    }
}

fn fill(
    canvas: &Canvas<'_>,
    table: &Table,
    cells: &mut Cells<'static>,
    line: &PulseLine,
    first: bool,
) {
    let look = canvas.look;
    if first {
        table.put(cells, 0, line.section, look.style(Role::Strong));
    }
    let role = match line.about {
        PulseAbout::Run(status) => glyph::job(status).role,
        PulseAbout::Delivery(DeliveryStatus::Rejected | DeliveryStatus::Quarantined)
        | PulseAbout::Trouble => Role::Bad,
        PulseAbout::Delivery(_) | PulseAbout::Plain => Role::Text,
    };
    let quiet = line.count == Some(0);
    let role = if quiet { Role::Dim } else { role };
    let label = match line.about {
        PulseAbout::Run(status) => format!("{} {}", look.glyph(glyph::job(status)), line.label),
        PulseAbout::Trouble => {
            let mark = source(canvas, line).map_or(glyph::FAILED, |it| glyph::cursor(it.state));
            format!("{} {}", look.glyph(mark), line.label)
        }
        PulseAbout::Delivery(_) | PulseAbout::Plain => format!("  {}", line.label),
    };
    table.put(cells, 1, &label, look.style(role));
    let count = match line.count {
        Some(count) => {
            i64::try_from(count).map_or_else(|_| count.to_string(), format::count_column)
        }
        // What is named is no number.
        None if line.section == tr!("furthest behind") => lag(canvas, line),
        None => format::UNKNOWN.to_owned(),
    };
    table.put(cells, 2, &count, look.style(role));
    table.put(
        cells,
        3,
        &format::course(&line.course),
        look.style(Role::Accent),
    );
    table.put(cells, 4, &line.note, look.style(Role::Dim));
}

/// The source that a line names.
fn source(canvas: &Canvas<'_>, line: &PulseLine) -> Option<Source> {
    match line.target {
        PulseTarget::Why(id) => canvas.model.replica.sources.get(id),
        _ => None,
    }
}

/// How long the oldest head of the source that a line names has waited.
fn lag(canvas: &Canvas<'_>, line: &PulseLine) -> String {
    source(canvas, line)
        .and_then(|it| it.pending_since)
        .map_or_else(|| format::UNKNOWN.to_owned(), |at| canvas.look.age(at))
}
