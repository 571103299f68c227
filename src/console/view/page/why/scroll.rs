//! Parts of the page that have more lines than room: what belongs together, and which of it is shown.

use ratatui::layout::Rect;

use super::super::draw_line;
use crate::console::model::ListId;
use crate::console::view::canvas::Canvas;
use crate::console::view::format;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::RowState;

/// Lines that belong together: a row of a list with all that it says, or words.
pub(super) struct Item {
    pub(super) lines: Vec<Cells<'static>>,
    pub(super) row: Option<(ListId, usize, RowState)>,
}

impl Item {
    pub(super) fn said(lines: Vec<Cells<'static>>) -> Self {
        Self { lines, row: None }
    }

    pub(super) fn row(
        list: ListId,
        place: usize,
        state: RowState,
        lines: Vec<Cells<'static>>,
    ) -> Self {
        Self {
            lines,
            row: Some((list, place, state)),
        }
    }
}

pub(super) fn high(items: &[Item]) -> u16 {
    items.iter().map(|item| item.lines.len()).sum::<usize>() as u16
}

/// Words over as many lines as they take, each from `indent` on.
pub(super) fn wrapped(
    canvas: &Canvas<'_>,
    words: &str,
    columns: usize,
    indent: usize,
    role: Role,
) -> Vec<Cells<'static>> {
    let look = canvas.look;
    format::wrap(words, columns.saturating_sub(indent + 1))
        .iter()
        .map(|words| {
            let mut cells = Cells::new();
            cells.pad_to(indent);
            cells.spans(look.safe(words, look.style(role)));
            cells
        })
        .collect()
}

/// The lines that have to be in sight: those of the row with the keys, and from the top for the first row.
pub(super) fn wanted(canvas: &Canvas<'_>, items: &[Item]) -> (usize, usize) {
    let mut line = 0;
    let mut found = (0, 0);
    let mut last = false;
    for item in items {
        let end = line + item.lines.len();
        let its = item.row.filter(|(list, ..)| canvas.has_keys(*list));
        if let Some((list, place, _)) = its {
            // The effect of the chosen remedy stands below all of them.
            last = list == ListId::Actions && last;
            if canvas.list(list).position == place {
                let begin = if place == 0 && list != ListId::Actions && list != ListId::Evidence {
                    0
                } else {
                    line
                };
                found = (begin, end);
                last = true;
            }
        } else if item.row.is_none() && last && !item.lines.is_empty() {
            // What is said below the last row belongs to it.
            found.1 = end;
        } else {
            last = false;
        }
        line = end;
    }
    found
}

/// The first line that is shown, and how many more there are.
pub(super) fn scrolled(
    items: &[Item],
    wanted: (usize, usize),
    height: u16,
) -> (usize, Option<String>) {
    let (all, height) = (usize::from(high(items)), usize::from(height));
    let (start, end) = wanted;
    let first = end.saturating_sub(height).min(start);
    let below = all.saturating_sub(first + height);
    let note = match (first, below) {
        (0, 0) => None,
        (0, below) => Some(tr!("{below} more below", below)),
        (above, 0) => Some(tr!("{above} more above", above)),
        (above, below) => Some(tr!("{above} above, {below} more below", above, below)),
    };
    (first, note)
}

/// Draws the lines from `first` on, and notes where the rows are.
pub(super) fn show(canvas: &mut Canvas<'_>, inner: Rect, items: &[Item], first: usize) {
    let height = usize::from(inner.height);
    let mut line = 0;
    let mut areas: Vec<(ListId, usize, usize)> = Vec::new();
    for item in items {
        for (nth, cells) in item.lines.iter().enumerate() {
            if (first..first + height).contains(&line) {
                let at = line - first;
                let state = match item.row {
                    Some((list, place, state)) if nth == 0 => {
                        canvas.place_row(list, place, inner.y + at as u16);
                        state
                    }
                    _ => RowState::default(),
                };
                draw_line(canvas, inner, at, cells, state);
                if let Some((list, ..)) = item.row {
                    match areas.last_mut() {
                        Some((last, _, end)) if *last == list => *end = at + 1,
                        _ => areas.push((list, at, at + 1)),
                    }
                }
            }
            line += 1;
        }
    }
    for (list, from, to) in areas {
        let area = Rect {
            y: inner.y + from as u16,
            height: (to - from) as u16,
            ..inner
        };
        canvas.place_list(list, area);
    }
}
