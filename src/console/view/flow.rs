//! What has more lines than room: what belongs together, which of it is shown, and how many lines there are more (screens.md §3:
//! long texts).

use std::ops::Range;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::theme::Role;
use super::widget::line::Cells;
use super::widget::table::{RowState, draw_row};
use crate::console::format;
use crate::console::model::{ListId, LongText};

/// Lines that belong together: a row of a list with all that it says, or words.
pub struct Item {
    /// Its lines.
    pub lines: Vec<Cells<'static>>,
    /// Which row of which list it is, and how it stands; `None`: words.
    pub row: Option<(ListId, usize, RowState)>,
}

impl Item {
    /// Words.
    pub fn said(lines: Vec<Cells<'static>>) -> Self {
        Self { lines, row: None }
    }

    /// A row of a list.
    pub fn row(list: ListId, place: usize, state: RowState, lines: Vec<Cells<'static>>) -> Self {
        Self {
            lines,
            row: Some((list, place, state)),
        }
    }
}

/// How many lines they are.
pub fn high(items: &[Item]) -> u16 {
    items.iter().map(|item| item.lines.len()).sum::<usize>() as u16
}

/// Words over as many lines as they take, each from `indent` on.
pub fn wrapped(
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

/// The first line that is shown, and how many more there are.
pub fn scrolled(items: &[Item], wanted: (usize, usize), height: u16) -> (usize, Option<String>) {
    let (all, height) = (usize::from(high(items)), usize::from(height));
    let (start, end) = wanted;
    let first = end.saturating_sub(height).min(start);
    (first, more(first, all.saturating_sub(first + height)))
}

/// How many lines are above and below what is shown.
fn more(above: usize, below: usize) -> Option<String> {
    match (above, below) {
        (0, 0) => None,
        (0, below) => Some(tr!("{below} more below", below)),
        (above, 0) => Some(tr!("{above} more above", above)),
        (above, below) => Some(tr!("{above} above, {below} more below", above, below)),
    }
}

/// A text from the line on to which the keys of `list` went: the first line that is shown, and how many there are more. That
/// it is too long for its place is noted, so that those keys go line by line.
pub fn read(
    canvas: &mut Canvas<'_>,
    list: ListId,
    items: &[Item],
    height: u16,
) -> (usize, Option<String>) {
    let (all, height) = (usize::from(high(items)), usize::from(height));
    let last = all.saturating_sub(height);
    if last == 0 || height == 0 {
        return (0, None);
    }
    let first = canvas.list(list).line.min(last);
    let mut line = 0;
    let mut rows = Vec::new();
    for item in items {
        if item.row.is_some_and(|(of, ..)| of == list) {
            rows.push(line);
        }
        line += item.lines.len();
    }
    let text = LongText { height, last, rows };
    canvas.drawn.viewports.texts.insert(list, text);
    (first, more(first, last - first))
}

/// The rows that are shown of a list whose rows take several lines: from the one on that was scrolled to, the chosen one with
/// all of its lines, or from its first line on where it is longer than the place.
pub fn rows_around(
    (offset, position): (usize, usize),
    total: usize,
    height: usize,
    lines: impl Fn(usize) -> usize,
) -> Range<usize> {
    if total == 0 || height == 0 {
        return 0..0;
    }
    let position = position.min(total - 1);
    let (mut first, mut end) = (position, position + 1);
    let mut used = lines(position);
    while first > offset.min(position) && used + lines(first - 1) <= height {
        first -= 1;
        used += lines(first);
    }
    while end < total && used < height {
        used += lines(end);
        end += 1;
    }
    // The end of the list leaves no room empty.
    while first > 0 && used + lines(first - 1) <= height {
        first -= 1;
        used += lines(first);
    }
    first..end
}

/// Draws the lines from `first` on, and notes where the rows are.
pub fn show(canvas: &mut Canvas<'_>, inner: Rect, items: &[Item], first: usize) {
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
                let place = Rect {
                    y: inner.y + at as u16,
                    height: 1,
                    ..inner
                };
                draw_row(canvas.look, canvas.buffer, place, cells, state);
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

#[cfg(test)]
mod tests {
    use super::rows_around;

    #[test]
    fn the_chosen_row_is_seen_whole_and_no_line_stays_empty() {
        let lines = |tall: usize| move |place: usize| if place == tall { 3 } else { 1 };
        assert_eq!(rows_around((0, 0), 9, 5, lines(0)), 0..3);
        // It was scrolled to the fourth row; the chosen one is the last that fits.
        assert_eq!(rows_around((3, 7), 9, 5, lines(7)), 5..8);
        assert_eq!(rows_around((8, 8), 9, 5, lines(8)), 6..9);
        assert_eq!(rows_around((0, 4), 9, 5, lines(9)), 0..5);
        // Longer than the place: from its first line on.
        assert_eq!(rows_around((0, 2), 4, 2, lines(2)), 2..3);
        assert_eq!(rows_around((0, 0), 0, 5, lines(0)), 0..0);
    }
}
