//! Pane 4: recent runs, newest first.

use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::api::{Job, JobStatus, SpaceStatus, StepStatus};
use crate::console::format;
use crate::console::model::{ListId, RowKey};
use crate::console::rows::words;
use crate::console::view::around;
use crate::console::view::canvas::Canvas;
use crate::console::view::chosen;
use crate::console::view::glyph;
use crate::console::view::look::Look;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{Column, Fit, Table, draw_row};

const COLUMNS: [Column; 6] = [
    Column::new(text!("SOURCE"), 10, Fit::Grow(8), 0),
    Column::new(text!("COMMIT"), 9, Fit::Fixed, 3),
    Column::new(text!("STATUS"), 13, Fit::Share(1), 1),
    Column::new(text!("SPACES"), 4, Fit::Grow(2), 2),
    Column::new(text!("TOOK"), 7, Fit::Grow(2), 5),
    Column::new(text!("AGE"), 5, Fit::Grow(2), 4),
];

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let list = canvas.list(ListId::Runs);
    let title = around::title(canvas, ListId::Runs, 4, tr!("Recent runs"), true);
    let frame = canvas
        .pane(canvas.border(ListId::Runs), title)
        .right(around::shown(
            list,
            usize::from(area.height.saturating_sub(2)),
        ))
        .note(older(canvas));
    let inner = canvas.frame(area, frame);
    if inner.is_empty() {
        return;
    }
    canvas.place_list(ListId::Runs, inner);
    if list.is_empty() {
        let words = empty(canvas);
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    if chosen::draw(canvas, ListId::Runs, inner) {
        return;
    }
    let model = canvas.model;
    // The number is as wide as the widest visible one, so that names stand in one column.
    let (places, window): (Vec<usize>, Vec<&Job>) = list
        .window(usize::from(inner.height))
        .filter_map(|(place, slot)| Some((place, model.replica.jobs.at(slot)?)))
        .unzip();
    let number = window
        .iter()
        .map(|job| job.id.to_string().len() + 2)
        .max()
        .unwrap_or(0)
        .max(4) as u16;
    let end = inner.width.saturating_sub(2);
    let table = Table::layout(&COLUMNS, 2 + number, end);
    // Lines that belong to a run may push the selected one out of sight: start later then.
    let tall = |job: &&Job| 1 + u16::from(job.superseded_by.is_some());
    let selected = window
        .iter()
        .position(|job| list.selected == Some(RowKey::Job(job.id)))
        .unwrap_or(0);
    let mut skip = 0;
    while skip < selected && window[skip..=selected].iter().map(tall).sum::<u16>() > inner.height {
        skip += 1;
    }
    let mut y = inner.y;
    for (at, job) in places[skip..].iter().zip(&window[skip..]) {
        if y >= inner.bottom() {
            break;
        }
        let state = canvas.row_state(ListId::Runs, Some(RowKey::Job(job.id)));
        let cells = row(canvas, job, &table, state.lead(canvas.look), state.marked);
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        draw_row(canvas.look, canvas.buffer, place, &cells, state);
        canvas.place_row(ListId::Runs, *at, y);
        y += 1;
        if let Some(by) = job.superseded_by
            && y < inner.bottom()
        {
            let mut cells = Cells::new();
            cells.pad_to(usize::from(2 + number));
            cells.put(tr!("superseded by #{by}", by), canvas.look.style(Role::Dim));
            cells.draw(canvas.buffer, inner.x, y, inner.width);
            y += 1;
        }
    }
}

/// Older ones stay with the server until somebody goes there; that there are some is said.
fn older(canvas: &Canvas<'_>) -> Option<String> {
    let (model, list) = (canvas.model, canvas.list(ListId::Runs));
    let source = model
        .pinned_source()
        .filter(|_| model.ui.is_pinned(ListId::Runs));
    if !model.replica.is_loaded() || model.replica.is_whole(ListId::Runs, source) {
        return None;
    }
    if list.older {
        return Some(tr!("older ones come").to_owned());
    }
    let first = model.replica.loaded.first_run(source);
    let newest = model
        .replica
        .jobs
        .iter()
        .filter(|(_, job)| job.id.0 >= first);
    Some(tr!(
        "among the newest {newest}",
        newest = format::len(newest.count())
    ))
}

fn row(
    canvas: &Canvas<'_>,
    job: &Job,
    table: &Table,
    lead: Span<'static>,
    marked: bool,
) -> Cells<'static> {
    let (model, look) = (canvas.model, canvas.look);
    let mark = if model.work.pending_for(RowKey::Job(job.id)).is_some() {
        glyph::SAVING
    } else {
        glyph::job(job.status)
    };
    let text = look.style(Role::Text);
    let mut cells = Cells::new();
    cells.span(lead);
    cells.span(if marked {
        look.mark(glyph::MARKED)
    } else {
        Span::raw(" ")
    });
    cells.put(format!("#{}", job.id), look.style(Role::Accent));
    table.put(
        &mut cells,
        0,
        &model.replica.source_of(job),
        look.style(Role::Strong),
    );
    let commit = job.head_sha.as_deref().map_or(format::UNKNOWN, format::sha);
    table.put(&mut cells, 1, commit, look.style(Role::Dim));
    if let Some((x, width)) = table.place(2) {
        cells.pad_to(x);
        cells.span(look.mark(mark));
        cells.put(" ", text);
        let word = status_word(job);
        cells.put_until(x + width - 1, word, look.mark_style(mark));
    }
    table.put(&mut cells, 3, &progress(job), text);
    for (index, value) in [(4, took(look, job)), (5, look.age(job.updated_at))] {
        if let Some((x, width)) = table.place(index) {
            cells.put_right(x + width, value, look.style(Role::Dim));
        }
    }
    cells
}

/// The word of a run: while it runs, what it is at.
pub fn status_word(job: &Job) -> &str {
    if job.status != JobStatus::Running {
        return job.status.as_str();
    }
    let space = job
        .spaces
        .iter()
        .find(|space| space.status == SpaceStatus::Running)
        .and_then(|space| space.phase.as_deref());
    let step = job
        .steps
        .iter()
        .rev()
        .find(|step| step.status == StepStatus::Running)
        .map(|step| step.name.as_str());
    space.or(step).unwrap_or(job.status.as_str())
}

/// `2/3`: spaces that are done, of all.
pub fn progress(job: &Job) -> String {
    words::progress(job).unwrap_or_else(|| format::UNKNOWN.to_owned())
}

/// How long its present attempt took or takes; when it is tried again, while it waits for that.
pub fn took(look: &Look, job: &Job) -> String {
    match job.status {
        JobStatus::Queued => format::UNKNOWN.to_owned(),
        JobStatus::Retrying => job.next_attempt_at.map_or_else(
            || format::UNKNOWN.to_owned(),
            |at| format::countdown(look.now, at),
        ),
        _ => words::length(look.now, job)
            .map_or_else(|| format::UNKNOWN.to_owned(), format::duration),
    }
}

/// What the pane says in place of rows.
fn empty(canvas: &Canvas<'_>) -> String {
    let model = canvas.model;
    if let Some(words) = around::no_match(canvas.list(ListId::Runs)) {
        words
    } else if !model.replica.is_loaded() {
        tr!("Loading runs.").to_owned()
    } else if model.ui.is_pinned(ListId::Runs) && !model.replica.jobs.is_empty() {
        match model.pinned_source() {
            Some(id) => tr!(
                "No run of {source_name}. . shows all.",
                source_name = model.replica.source_name(id)
            ),
            None => tr!("Select a source.").to_owned(),
        }
    } else {
        tr!("No run yet. A push to a true, bound source starts one. gd shows what arrived.")
            .to_owned()
    }
}

/// The pane as one line: `#91 ✗ 2/3 3m · #90 ▶ 1/3`.
pub fn summary(canvas: &Canvas<'_>) -> (String, Vec<Span<'static>>) {
    let (model, look) = (canvas.model, canvas.look);
    let title = around::title(canvas, ListId::Runs, 4, tr!("Recent runs"), false);
    let list = canvas.list(ListId::Runs);
    if list.is_empty() {
        return (title, vec![look.span(Role::Dim, empty(canvas))]);
    }
    let mut spans = Vec::new();
    for job in list
        .rows
        .iter()
        .filter_map(|slot| model.replica.jobs.at(*slot))
        .take(2)
    {
        if !spans.is_empty() {
            spans.push(look.span(Role::Dim, " · "));
        }
        spans.push(look.span(Role::Text, format!("#{} ", job.id)));
        spans.push(look.mark(glyph::job(job.status)));
        spans.push(look.span(Role::Text, format!(" {}", progress(job))));
        if job.status.is_terminal() {
            spans.push(look.span(Role::Dim, format!(" {}", look.age(job.updated_at))));
        }
    }
    (title, spans)
}

/// How many runs, for the smallest screens.
pub fn tiny(canvas: &Canvas<'_>) -> String {
    tr!(
        "4 runs {runs}",
        runs = format::len(canvas.list(ListId::Runs).len())
    )
}
