//! What going back to a checkpoint would take, beside what would become of the documents.

use ratatui::layout::Rect;

use super::super::parts::{draw_line, window};
use crate::api::JobStatus;
use crate::console::format;
use crate::console::model::revert::target_name;
use crate::console::model::{EntryKind, Gone, ListId, Revert, ThreadView};
use crate::console::view::around;
use crate::console::view::canvas::Canvas;
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::RowState;

/// Draws the left part.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &ThreadView, revert: &Revert) {
    let list = canvas.list(ListId::Thread);
    let title = tr!(
        "Back to {target_name}",
        target_name = target_name(view.turns(), revert.to)
    );
    let height = usize::from(area.height.saturating_sub(2));
    let frame = canvas
        .pane(canvas.border(ListId::Thread), title)
        .note(around::shown(list, height));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Thread, inner);
    let rows = window(
        canvas,
        ListId::Thread,
        revert.lines.len(),
        usize::from(inner.height),
    );
    for (row, (place, n)) in rows.into_iter().enumerate() {
        let Some(gone) = revert.lines.get(n) else {
            continue;
        };
        let state = RowState {
            selected: list.selected.is_some() && list.position == place,
            focused: canvas.has_keys(ListId::Thread),
            ..RowState::default()
        };
        let cells = cells(canvas, gone, state, usize::from(inner.width));
        draw_line(canvas, inner, row, &cells, state);
    }
}

fn cells(canvas: &Canvas<'_>, gone: &Gone, state: RowState, width: usize) -> Cells<'static> {
    let look = canvas.look;
    let end = width.saturating_sub(1);
    let text = look.style(Role::Text);
    let mut cells = Cells::new();
    cells.span(state.lead(look));
    cells.put(" ", text);
    match gone {
        Gone::Head(words) => {
            cells.put_until(end, words, look.style(Role::Strong));
        }
        Gone::Note(words) => {
            let words = format::cut(words, end.saturating_sub(2)).into_owned();
            cells.spans(look.safe(&words, look.style(Role::Dim)));
        }
        Gone::Turn(number, words) => {
            cells.span(look.mark(glyph::job(JobStatus::Cancelled)));
            cells.put(tr!(" turn {number}", number), look.style(Role::Del));
            cells.put_until(end, &format!("  {words}"), look.style(Role::Dim));
        }
        Gone::Entry(kind, words) => {
            let who = if *kind == EntryKind::User {
                tr!("user")
            } else {
                tr!("agent")
            };
            cells.pad_to(4);
            cells.put(who, look.style(Role::Dim));
            cells.pad_to(10);
            let words = format::cut(words, end.saturating_sub(10)).into_owned();
            cells.spans(look.safe(&words, text));
        }
        Gone::Document(path, words) => {
            cells.pad_to(2);
            let room = end.saturating_sub(format::width(words) + 4);
            let path = format::cut_path(path, room).into_owned();
            cells.spans(look.safe(&path, text));
            cells.put_right(end, words.clone(), look.style(Role::Dim));
        }
    }
    cells
}
