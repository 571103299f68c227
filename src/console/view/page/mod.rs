//! The pages that cover the panes, one file each. Every page draws from the model's rows and from what was loaded for it.

mod approvals;
mod conflicts;
pub(super) mod deliveries;
mod events;
mod integration;
pub(super) mod integrations;
mod log;
mod messages;
mod own;
mod pulse;
mod run;
mod source;
mod texts;
mod thread;
mod timeline;
mod tokens;
mod why;
pub(super) mod xray;

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::glyph;
use super::theme::Role;
use super::widget::line::Cells;
use super::widget::table::{RowState, draw_row};
use crate::console::model::{ListId, Page};

/// Draws the page in front.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, page: &Page) {
    match page {
        // The main screen is drawn by its own module; nothing is left for this one.
        Page::Main => {}
        Page::Source(view) => source::draw(canvas, area, view),
        Page::Why(view) => why::draw(canvas, area, view),
        Page::Conflicts(_) => conflicts::draw(canvas, area),
        Page::Run(view) => run::draw(canvas, area, view),
        Page::Thread(view) => thread::draw(canvas, area, view),
        Page::Approvals(view) => approvals::draw(canvas, area, view),
        Page::Xray(view) => xray::draw(canvas, area, view),
        Page::Pulse(view) => pulse::draw(canvas, area, view),
        Page::Deliveries(view) => deliveries::draw(canvas, area, view),
        Page::Delivery(view) => deliveries::draw_one(canvas, area, view),
        Page::Integrations => integrations::draw(canvas, area),
        Page::Integration(view) => integration::draw(canvas, area, view),
        Page::Tokens(view) => tokens::draw(canvas, area, view),
        Page::Events(view) => events::draw(canvas, area, view),
        Page::Messages => messages::draw(canvas, area),
        Page::Info(_) => own::draw_info(canvas, area),
        Page::OwnLog(view) => own::draw_log(canvas, area, view),
    }
}

/// The beginning of a numbered row: `▌1 ` where it is chosen, else ` 2 `.
fn numbered(canvas: &Canvas<'_>, chosen: bool, number: usize) -> Cells<'static> {
    let look = canvas.look;
    let mut cells = Cells::new();
    if chosen {
        cells.put(
            look.glyph(glyph::SELECTED).to_string(),
            look.style(Role::Accent),
        );
    } else {
        cells.put(" ", look.style(Role::Text));
    }
    cells.put(format!("{number} "), look.style(Role::Strong));
    cells
}

/// Draws one line of `area`, as a row of a list.
fn draw_line(canvas: &mut Canvas<'_>, area: Rect, line: usize, cells: &Cells<'_>, state: RowState) {
    let line = line as u16;
    if line < area.height {
        let place = Rect {
            y: area.y + line,
            height: 1,
            ..area
        };
        draw_row(canvas.look, canvas.buffer, place, cells, state);
    }
}

/// How the row at a place of a list without keys stands.
fn at_place(canvas: &Canvas<'_>, list: ListId, place: usize) -> RowState {
    let state = canvas.list(list);
    RowState {
        selected: state.selected.is_some() && state.position == place,
        focused: canvas.has_keys(list),
        ..RowState::default()
    }
}

/// The rows of a list that are visible, and the place of the first; a list that was never worked out shows all it has.
fn window(canvas: &Canvas<'_>, list: ListId, total: usize, height: usize) -> Vec<(usize, usize)> {
    let state = canvas.list(list);
    if state.rows.is_empty() && !state.is_filtered() {
        return (0..total.min(height)).map(|n| (n, n)).collect();
    }
    state
        .window(height)
        .map(|(place, n)| (place, n as usize))
        .filter(|(_, n)| *n < total)
        .collect()
}

/// A label and its value, the value from column 14 on.
fn field(canvas: &Canvas<'_>, label: &str, value: Vec<Span<'static>>) -> Cells<'static> {
    let look = canvas.look;
    let mut cells = Cells::new();
    cells.put(format!(" {label}"), look.style(Role::Dim));
    cells.pad_to(14);
    cells.spans(value);
    cells
}
