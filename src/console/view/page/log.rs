//! The log of a run: lines at or above a level, found words marked.

use std::fmt::Write as _;

use ratatui::layout::Rect;

use super::parts::{draw_line, window};
use crate::api::{LogLevel, LogLine};
use crate::console::format;
use crate::console::model::{ListId, RunView};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::RowState;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &RunView) {
    let wide = canvas.room == Room::Wide;
    let mut title = tr!("Log").to_owned();
    if wide {
        title += &tr!(" · {level} and above", level = view.level);
    }
    if view.follow {
        title.push_str(tr!(" · following"));
    }
    if !view.search.is_empty() {
        let _ = write!(title, " · \"{}\"", view.search);
    }
    let list = canvas.list(ListId::RunLog);
    let skipped = if view.wrap { 0 } else { list.skipped() };
    if skipped > 0 {
        title += &tr!(" · from column {column}", column = skipped + 1);
    }
    let height = area.height.saturating_sub(2);
    let frame = canvas
        .pane(canvas.border(ListId::RunLog), title)
        .right(around::shown(list, usize::from(height)));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::RunLog, inner);
    let Some(lines) = &view.log.value else {
        let loading = if canvas.model.past.is_some() {
            tr!("Only now has the log. Esc twice returns to now.")
        } else {
            tr!("Loading from the newest line.")
        };
        let words = view
            .log
            .failure()
            .map_or_else(|| loading.to_owned(), failed_pane);
        canvas.say(inner, &words, Role::Dim);
        return;
    };
    if list.is_empty() && (lines.is_empty() || !view.search.is_empty() || list.total > 0) {
        let words = nothing(canvas, view, lines.len());
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let mut row = 0;
    for (place, index) in window(
        canvas,
        ListId::RunLog,
        lines.len(),
        usize::from(inner.height),
    ) {
        if row >= usize::from(inner.height) {
            break;
        }
        let line = &lines[index];
        let focused = canvas.has_keys(ListId::RunLog);
        let state = RowState {
            selected: focused && list.selected.is_some() && list.position == place && !view.follow,
            focused,
            ..RowState::default()
        };
        let (mut cells, column) = head(canvas, line, wide);
        let room = usize::from(inner.width).saturating_sub(column);
        let mut parts = if view.wrap {
            format::wrap(&line.message, room)
        } else {
            vec![format::from_column(&line.message, skipped).to_owned()]
        }
        .into_iter();
        if let Some(words) = parts.next() {
            message(canvas, &mut cells, &words, &view.search);
        }
        draw_line(canvas, inner, row, &cells, state);
        canvas.place_row(ListId::RunLog, place, inner.y + row as u16);
        row += 1;
        for words in parts {
            let mut cells = Cells::new();
            cells.pad_to(column);
            message(canvas, &mut cells, &words, &view.search);
            draw_line(canvas, inner, row, &cells, RowState::default());
            row += 1;
        }
    }
}

/// Time, level and space of a line, and the column where its message starts.
fn head(canvas: &Canvas<'_>, line: &LogLine, wide: bool) -> (Cells<'static>, usize) {
    let look = canvas.look;
    let role = match line.level {
        LogLevel::Debug => Role::Dim,
        LogLevel::Info => Role::Text,
        LogLevel::Warn => Role::Warn,
        LogLevel::Error => Role::Bad,
    };
    let mut cells = Cells::new();
    // A line of another day still has eight columns: the day itself is in the run's steps.
    let time = line
        .at
        .as_jiff()
        .to_zoned(look.zone.clone())
        .strftime("%H:%M:%S")
        .to_string();
    cells.put(time, look.style(Role::Dim));
    cells.put(format!(" {}", line.level), look.style(role));
    let space = line
        .space_id
        .and_then(|id| canvas.model.replica.spaces.get(id));
    if wide {
        cells.pad_to(15);
        if let Some(space) = space {
            cells.put_until(
                31,
                &tr!("space={slug}", slug = space.slug),
                look.style(Role::Accent),
            );
            cells.pad_to(33);
        }
    } else {
        cells.pad_to(14);
        if let Some(space) = space {
            cells.put_until(23, &space.slug, look.style(Role::Accent));
        }
        cells.pad_to(24);
    }
    let column = cells.width();
    (cells, column)
}

/// The words of a line, what is searched for marked in them.
fn message(canvas: &Canvas<'_>, cells: &mut Cells<'static>, words: &str, search: &str) {
    let look = canvas.look;
    let text = look.style(Role::Text);
    let mut rest = words;
    if !search.is_empty() && words.is_ascii() && search.is_ascii() {
        let needle = search.to_ascii_lowercase();
        while let Some(at) = rest.to_ascii_lowercase().find(&needle) {
            cells.spans(look.safe(&rest[..at], text));
            let end = at + needle.len();
            cells.put(
                rest[at..end].to_owned(),
                look.style(Role::Accent).patch(look.flash()),
            );
            rest = &rest[end..];
        }
    }
    cells.spans(look.safe(rest, text));
}

fn nothing(canvas: &Canvas<'_>, view: &RunView, lines: usize) -> String {
    if !view.search.is_empty() {
        return tr_n!(
            lines,
            "No match for \"{search}\" in {count} line.",
            "No match for \"{search}\" in {count} lines.",
            search = view.search
        );
    }
    let began = canvas
        .model
        .shown_job()
        .and_then(|job| job.steps.last())
        .map(|step| canvas.look.fine_age(step.started_at));
    match began {
        Some(age) if lines == 0 => tr!("No line yet; the step began {age} ago.", age),
        _ if lines == 0 => tr!("No line yet.").to_owned(),
        _ => tr!(
            "No line at {level} or above. F shows more.",
            level = view.level
        ),
    }
}
