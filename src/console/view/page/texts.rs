//! Rows of text: the chosen one over as many lines as it takes, so that all of it can be read; the others are cut.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::parts::{at_place, draw_line};
use crate::console::format;
use crate::console::model::ListId;
use crate::console::view::canvas::Canvas;
use crate::console::view::flow;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::RowState;

/// One row: what stands before its text, the text, and how it looks.
pub(super) struct TextRow {
    /// Its own first columns, after the mark of what is chosen.
    pub head: Cells<'static>,
    /// What is wrapped, or cut.
    pub text: String,
    /// Its look.
    pub style: Style,
}

/// ` · from column 21` for the title, where the beginning of the lines lies to the left of what is seen.
pub(super) fn skipped(canvas: &Canvas<'_>, list: ListId) -> String {
    match canvas.list(list).skipped() {
        0 => String::new(),
        skipped => tr!(" · from column {column}", column = skipped + 1),
    }
}

/// Draws the rows of a list that are visible; `all` are the places of its vector, in order.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    inner: Rect,
    list: ListId,
    all: &[usize],
    row: impl Fn(&Canvas<'_>, usize) -> TextRow,
) {
    canvas.place_list(list, inner);
    let state = canvas.list(list);
    let skipped = state.skipped();
    let parts = |canvas: &Canvas<'_>, place: usize| {
        let row = row(canvas, all[place]);
        let text = format::from_column(&row.text, skipped).to_owned();
        let room = usize::from(inner.width).saturating_sub(row.head.width() + 1);
        let chosen = at_place(canvas, list, place).selected;
        let text = if chosen {
            format::wrap(&text, room.max(1))
        } else {
            vec![text]
        };
        (row, text)
    };
    let shown = flow::rows_around(
        (state.offset, state.position),
        all.len(),
        usize::from(inner.height),
        |place| {
            if place == state.position {
                parts(canvas, place).1.len()
            } else {
                1
            }
        },
    );
    let mut line = 0;
    for place in shown {
        let (row, text) = parts(canvas, place);
        let state = at_place(canvas, list, place);
        let indent = row.head.width() + 1;
        canvas.place_row(list, place, inner.y + line as u16);
        for (nth, words) in text.iter().enumerate() {
            let mut cells = Cells::new();
            if nth == 0 {
                cells.span(state.lead(canvas.look));
                cells.cells(row.head.clone());
            } else {
                cells.pad_to(indent);
            }
            cells.spans(canvas.look.safe(words, row.style));
            let state = if nth == 0 { state } else { RowState::default() };
            draw_line(canvas, inner, line, &cells, state);
            line += 1;
        }
    }
}
