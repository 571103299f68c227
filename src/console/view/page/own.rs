//! What the console tells of itself: what it is (`:info`), and its own log (`:log`).

use ratatui::layout::Rect;

use super::parts::window;
use super::texts::{self, TextRow};
use crate::console::info::facts;
use crate::console::model::{ListId, OwnLogView};
use crate::console::view::around;
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;

/// Draws `:info`.
pub fn draw_info(canvas: &mut Canvas<'_>, area: Rect) {
    let facts = facts(canvas.model);
    let mut title = tr!("This console").to_owned();
    title += &texts::skipped(canvas, ListId::Own);
    let frame = canvas.pane(canvas.border(ListId::Own), title);
    let inner = canvas.frame(area, frame);
    let all = places(canvas, facts.len());
    texts::draw(canvas, inner, ListId::Own, &all, |canvas, n| {
        let (label, value) = &facts[n];
        let mut head = Cells::new();
        head.put(*label, canvas.look.style(Role::Dim));
        head.pad_to(14);
        TextRow {
            head,
            text: value.clone(),
            style: canvas.look.style(Role::Text),
        }
    });
}

/// The rows of the list, in order; one that was never worked out shows all it has.
fn places(canvas: &Canvas<'_>, total: usize) -> Vec<usize> {
    let rows = window(canvas, ListId::Own, total, usize::MAX);
    rows.into_iter().map(|(_, n)| n).collect()
}

/// Draws `:log`.
pub fn draw_log(canvas: &mut Canvas<'_>, area: Rect, view: &OwnLogView) {
    let list = canvas.list(ListId::Own);
    let path = canvas.model.about.log.clone();
    let mut title = tr!(
        "Log of this console {counted}",
        counted = around::counted(list)
    );
    title += &texts::skipped(canvas, ListId::Own);
    let frame = canvas
        .pane(canvas.border(ListId::Own), title)
        .right(around::shown(
            list,
            usize::from(area.height.saturating_sub(2)),
        ))
        .note(path);
    let inner = canvas.frame(area, frame);
    let lines = view.lines.value.as_deref().unwrap_or_default();
    if list.is_empty() {
        canvas.place_list(ListId::Own, inner);
        let words = match (view.lines.failure(), lines.is_empty()) {
            (Some(text), _) => text.to_owned(),
            (None, false) => tr!("None match.").to_owned(),
            (None, true) if view.lines.is_loading() => tr!("Reading it.").to_owned(),
            (None, true) => tr!("Nothing was logged yet.").to_owned(),
        };
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let all = places(canvas, lines.len());
    texts::draw(canvas, inner, ListId::Own, &all, |canvas, n| {
        let text = &lines[n];
        // The level is the second word of a line.
        let role = match text.split_whitespace().nth(1) {
            Some("ERROR") => Role::Bad,
            Some("WARN") => Role::Warn,
            Some("DEBUG" | "TRACE") => Role::Dim,
            _ => Role::Text,
        };
        TextRow {
            head: Cells::new(),
            text: text.clone(),
            style: canvas.look.style(role),
        }
    });
}
