//! A run's page: steps with their times, the outcome for each space, the log.

use ratatui::layout::Rect;

use super::log;
use super::parts::{at_place, draw_line, window};
use crate::api::{BaseReason, Job, JobKind, JobSpace, SpaceStatus, StepName};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::{ListId, Page, RowKey, RunView};
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::glyph;
use crate::console::view::pane::runs;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Border;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::RowState;

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &RunView) {
    let Some(job) = canvas.model.shown_job() else {
        let frame = canvas.pane(Border::Focused, tr!("Run #{job}", job = view.job));
        let inner = canvas.frame(area, frame);
        let words = view
            .older
            .failure()
            .map_or_else(|| tr!("Loading the run.").to_owned(), failed_pane);
        canvas.say(inner, &words, Role::Dim);
        return;
    };
    if canvas.room == Room::Wide {
        // Tall enough to read what ended the run.
        let right = area.width - area.width / 3;
        let told = told(canvas, job, right.saturating_sub(2)).len();
        let needed = (job.spaces.len() + told) as u16 + 4;
        let (upper, rest) = place::rows(area, needed.max(9).min(area.height / 2));
        let (left, right) = place::columns(upper, area.width / 3);
        steps(canvas, left, job);
        spaces(canvas, right, job, true);
        log::draw(canvas, rest, view);
    } else {
        let (top, rest) = place::rows(area, 4);
        let height = (job.spaces.len() as u16 + 2).clamp(3, (rest.height / 2).max(3));
        let (middle, rest) = place::rows(rest, height);
        steps_in_line(canvas, top, job);
        spaces(canvas, middle, job, false);
        log::draw(canvas, rest, view);
    }
}

/// `base e77a410: event before`.
fn base(job: &Job) -> Option<String> {
    let reason = match job.base_reason? {
        BaseReason::EventBefore => tr!("event before"),
        BaseReason::Cursor => tr!("cursor"),
        BaseReason::Baseline => tr!("where it was linked"),
        BaseReason::MergeBase => tr!("merge base"),
        BaseReason::FullScan => tr!("none, all documents"),
        BaseReason::Given => tr!("given"),
    };
    Some(match &job.base_sha {
        Some(sha) => tr!("base {sha}: {reason}", sha = format::sha(sha), reason),
        None => tr!("base: {reason}", reason),
    })
}

fn steps(canvas: &mut Canvas<'_>, area: Rect, job: &Job) {
    let look = canvas.look;
    let frame = canvas.pane(
        canvas.border(ListId::Steps),
        tr!("Steps · #{id}", id = job.id),
    );
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Steps, inner);
    let mut line = 0;
    for (index, name) in StepName::ALL.iter().enumerate() {
        let step = job.steps.iter().rev().find(|step| step.name == *name);
        let mark = glyph::step(step.map(|step| step.status));
        let state = at_place(canvas, ListId::Steps, index);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", look.style(Role::Text));
        cells.span(look.mark(mark));
        cells.put(format!(" {name}"), look.style(Role::Text));
        let took = step.map_or_else(
            || format::UNKNOWN.to_owned(),
            |step| {
                let end = step.finished_at.unwrap_or(look.now);
                format::duration(end.since(step.started_at))
            },
        );
        cells.put_right(18, took, look.style(Role::Dim));
        cells.pad_to(20);
        let detail = match step {
            Some(step) => step.detail.clone().unwrap_or_default(),
            None if *name == StepName::Advance && !job.spaces.is_empty() => {
                tr!("waits for {spaces}/{spaces}", spaces = job.spaces.len())
            }
            None => String::new(),
        };
        cells.spans(look.safe(&detail, look.style(Role::Text)));
        draw_line(canvas, inner, line, &cells, state);
        canvas.place_row(ListId::Steps, index, inner.y + line as u16);
        line += 1;
        if *name == StepName::Spaces
            && let Some(base) = base(job)
        {
            let mut cells = Cells::new();
            cells.put(format!("      {base}"), look.style(Role::Dim));
            draw_line(canvas, inner, line, &cells, RowState::default());
            line += 1;
        }
    }
}

/// All steps in one line, for narrow screens.
fn steps_in_line(canvas: &mut Canvas<'_>, area: Rect, job: &Job) {
    let look = canvas.look;
    let title = tr!(
        "Steps · {took} · attempt {attempt} of {max_attempts}",
        took = runs::took(look, job),
        attempt = job.attempt,
        max_attempts = job.max_attempts
    );
    let frame = canvas.pane(canvas.border(ListId::Steps), title);
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Steps, inner);
    let mut cells = Cells::new();
    cells.put("  ", look.style(Role::Text));
    for (index, name) in StepName::ALL.iter().enumerate() {
        let step = job.steps.iter().rev().find(|step| step.name == *name);
        if index > 0 {
            cells.put(" · ", look.style(Role::Dim));
        }
        cells.span(look.mark(glyph::step(step.map(|step| step.status))));
        let chosen = at_place(canvas, ListId::Steps, index);
        let style = if chosen.selected && chosen.focused {
            look.style(Role::Select)
        } else {
            look.style(Role::Text)
        };
        cells.put(" ", look.style(Role::Text));
        cells.put(name.as_str(), style);
        if *name == StepName::Checkout
            && let Some(head) = &job.head_sha
            && step.is_some()
        {
            cells.put(format!(" {}", format::sha(head)), look.style(Role::Text));
        }
    }
    draw_line(canvas, inner, 0, &cells, RowState::default());
    let mut words = Vec::new();
    words.extend(base(job));
    if !job.spaces.is_empty() {
        words.push(tr!(
            "cursor moves only at {spaces}/{spaces}",
            spaces = job.spaces.len()
        ));
    }
    let mut cells = Cells::new();
    cells.put(format!("  {}", words.join(" · ")), look.style(Role::Dim));
    draw_line(canvas, inner, 1, &cells, RowState::default());
}

fn spaces(canvas: &mut Canvas<'_>, area: Rect, job: &Job, wide: bool) {
    let frame = canvas.pane(canvas.border(ListId::RunSpaces), tr!("Spaces"));
    let inner = canvas.frame(area, frame);
    // The last lines tell of the run as a whole.
    let mut told = if wide {
        told(canvas, job, inner.width)
    } else {
        Vec::new()
    };
    told.truncate((usize::from(inner.height).saturating_sub(job.spaces.len() + 1)).max(2));
    let keep = if told.is_empty() {
        0
    } else {
        told.len() as u16 + 1
    };
    let (list, _) = place::rows(inner, inner.height.saturating_sub(keep));
    canvas.place_list(ListId::RunSpaces, list);
    if job.spaces.is_empty() {
        canvas.say(list, tr!("No space was reached yet."), Role::Dim);
    }
    let mut line = 0;
    for (_, index) in window(
        canvas,
        ListId::RunSpaces,
        job.spaces.len(),
        usize::from(list.height),
    ) {
        let space = &job.spaces[index];
        let state = canvas.row_state(
            ListId::RunSpaces,
            Some(RowKey::JobSpace(job.id, space.space_id)),
        );
        let cells = space_row(canvas, space, state, wide);
        draw_line(canvas, list, line, &cells, state);
        line += 1;
    }
    for (index, words) in told.iter().enumerate() {
        let mut cells = Cells::new();
        cells.put("  ", canvas.look.style(Role::Text));
        cells.spans(canvas.look.safe(words, canvas.look.style(Role::Dim)));
        draw_line(canvas, inner, line + 1 + index, &cells, RowState::default());
    }
}

fn space_row(canvas: &Canvas<'_>, space: &JobSpace, state: RowState, wide: bool) -> Cells<'static> {
    let look = canvas.look;
    let text = look.style(Role::Text);
    let mark = glyph::space(space.status);
    // Narrow screens save a column after the word and one after the documents.
    let (impacted, updated, took, note) = if wide {
        (30, 42, 57, 59)
    } else {
        (29, 41, 55, 57)
    };
    let mut cells = Cells::new();
    cells.span(state.lead(look));
    cells.put(" ", text);
    cells.span(look.mark(mark));
    cells.put(" ", text);
    let name = canvas.model.replica.space_name(space.space_id);
    cells.put_until(18, &name, look.style(Role::Strong));
    cells.pad_to(19);
    let word = match (&space.phase, space.status) {
        (Some(phase), SpaceStatus::Running) => phase.as_str(),
        _ => mark.word,
    };
    cells.put_until(impacted - 1, word, look.mark_style(mark));
    let documents = |count: usize, word: &str| {
        if count == 0 {
            format::UNKNOWN.to_owned()
        } else {
            format!("{count} {word}")
        }
    };
    cells.pad_to(impacted);
    cells.put(documents(space.impacted_docs.len(), tr!("impacted")), text);
    cells.pad_to(updated);
    cells.put(documents(space.updated_docs.len(), tr!("updated")), text);
    let length = space.started_at.map_or_else(
        || format::UNKNOWN.to_owned(),
        |at| format::duration(space.finished_at.unwrap_or(look.now).since(at)),
    );
    cells.put_right(took, length, look.style(Role::Dim));
    if let Some(thread) = &space.thread_id
        && let Page::Run(view) = canvas.model.ui.page()
        && view.waits.contains(thread)
    {
        let key = canvas.model.keymap.keys_of(CommandId::GoApprovals);
        let words = if wide {
            tr!("approval waits")
        } else {
            tr!("approval")
        };
        cells.pad_to(note);
        cells.put(format!("{words}: {key}"), look.style(Role::Warn));
    } else if let Some(error) = &space.error {
        cells.pad_to(note);
        cells.spans(look.safe(error, look.style(Role::Bad)));
    }
    cells
}

/// What is said of the run as a whole, in lines of this width.
fn told(canvas: &Canvas<'_>, job: &Job, width: u16) -> Vec<String> {
    let room = usize::from(width).saturating_sub(3);
    let about = about(canvas, job);
    about
        .iter()
        .flat_map(|line| format::wrap(line, room))
        .collect()
}

/// What the run is about, and what ended it.
fn about(canvas: &Canvas<'_>, job: &Job) -> Vec<String> {
    let model = canvas.model;
    let event = match job.kind {
        JobKind::CatchUp => tr!("catch-up"),
        JobKind::CliImpact => tr!("event push"),
        JobKind::AgentTurn => tr!("agent turn"),
    };
    let base = job.base_sha.as_deref().map_or(format::UNKNOWN, format::sha);
    let head = job.head_sha.as_deref().map_or(format::UNKNOWN, format::sha);
    let mut first = tr!(
        "source {source_name} · {event} {base} → {head} · attempt {attempt} of {max_attempts}",
        source_name = model.replica.source_of(job),
        event,
        base,
        head,
        attempt = job.attempt,
        max_attempts = job.max_attempts
    );
    if let Some(runner) = &job.runner {
        first += &tr!(" · runner {runner}", runner);
    }
    let second = match (&job.error, job.superseded_by) {
        (_, Some(by)) => tr!("superseded by #{by}: by design", by),
        (Some(error), None) => error.message.clone(),
        (None, None) => {
            let source = model.replica.sources.get(job.source_id);
            let cursor = source
                .as_ref()
                .and_then(|source| source.cursor.as_ref())
                .map_or(format::UNKNOWN, |cursor| format::sha(&cursor.value));
            if job.status.is_terminal() {
                tr!("cursor {cursor}", cursor)
            } else {
                tr!(
                    "cursor {cursor}, moves to {head} only when no space has failed",
                    cursor,
                    head
                )
            }
        }
    };
    vec![first, second]
}
