//! Tables: columns that grow, and drop from the right when there is no room. Rows are drawn by their owner, one by one, so only
//! visible rows are ever built.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::line::Cells;
use crate::console::language::tr;
use crate::console::view::glyph;
use crate::console::view::look::Look;
use crate::console::view::theme::Role;

/// What a column does with spare room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Keeps its width.
    Fixed,
    /// Takes up to that many columns more, before those that share.
    Grow(u16),
    /// Takes a share of what is left, by weight.
    Share(u16),
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// The width below which it is dropped; includes the blank before the next column.
    pub width: u16,
    /// What it does with spare room.
    pub fit: Fit,
    /// Dropped first while it is highest; 0 is never dropped.
    pub priority: u8,
}

impl Column {
    /// A column.
    pub const fn new(title: &'static str, width: u16, fit: Fit, priority: u8) -> Self {
        Self {
            title,
            width,
            fit,
            priority,
        }
    }
}

/// Where the columns of a table stand for one width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    places: Vec<Option<(u16, u16)>>,
}

impl Table {
    /// Lays columns out from `start` to `end`.
    pub fn layout(columns: &[Column], start: u16, end: u16) -> Self {
        let room = end.saturating_sub(start);
        let mut kept: Vec<bool> = vec![true; columns.len()];
        let needed = |kept: &[bool]| -> u16 {
            columns
                .iter()
                .zip(kept)
                .filter(|(_, kept)| **kept)
                .map(|(column, _)| column.width)
                .sum()
        };
        while needed(&kept) > room {
            let Some(drop) = (0..columns.len())
                .filter(|index| kept[*index] && columns[*index].priority > 0)
                .max_by_key(|index| columns[*index].priority)
            else {
                break;
            };
            kept[drop] = false;
        }
        let mut spare = room.saturating_sub(needed(&kept));
        let mut widths: Vec<u16> = columns.iter().map(|column| column.width).collect();
        for (index, column) in columns.iter().enumerate() {
            if let (true, Fit::Grow(most)) = (kept[index], column.fit) {
                let taken = most.min(spare);
                widths[index] += taken;
                spare -= taken;
            }
        }
        let mut weight: u16 = columns
            .iter()
            .zip(&kept)
            .filter(|(_, kept)| **kept)
            .map(|(column, _)| match column.fit {
                Fit::Share(weight) => weight,
                _ => 0,
            })
            .sum();
        for (index, column) in columns.iter().enumerate() {
            if let (true, Fit::Share(share)) = (kept[index], column.fit) {
                // The rest goes on to the next, so that the last one takes exactly what is left.
                let taken = (u32::from(spare) * u32::from(share))
                    .checked_div(u32::from(weight))
                    .unwrap_or(0) as u16;
                widths[index] += taken;
                spare -= taken;
                weight -= share;
            }
        }
        let mut x = start;
        let places = columns
            .iter()
            .enumerate()
            .map(|(index, _)| {
                if !kept[index] || x >= end {
                    return None;
                }
                let wide = widths[index].min(end - x);
                let place = (x, wide);
                x += wide;
                Some(place)
            })
            .collect();
        Self { places }
    }

    /// Where a column stands: its first column and its width with the blank after it.
    pub fn place(&self, index: usize) -> Option<(usize, usize)> {
        self.places
            .get(index)
            .copied()
            .flatten()
            .map(|(x, width)| (usize::from(x), usize::from(width)))
    }

    /// Puts text into a column, cut so that a blank stays before the next one.
    pub fn put(&self, cells: &mut Cells<'_>, index: usize, text: &str, style: Style) {
        if let Some((x, width)) = self.place(index) {
            cells.pad_to(x);
            let last = self.places[index + 1..].iter().all(Option::is_none);
            let end = x + width - usize::from(!last && width > 0);
            cells.put_until(end, text, style);
        }
    }

    /// As `put`, with what a filter found in it underlined: the ranges are of its characters.
    pub fn put_found(
        &self,
        cells: &mut Cells<'_>,
        index: usize,
        text: &str,
        style: Style,
        found: &[std::ops::Range<usize>],
    ) {
        let Some((_, width)) = self.place(index) else {
            return;
        };
        if found.is_empty() || crate::console::format::width(text) >= width {
            self.put(cells, index, text, style);
            return;
        }
        self.put(cells, index, "", style);
        let letters: Vec<char> = text.chars().collect();
        let part = |range: std::ops::Range<usize>| -> String {
            letters.get(range).unwrap_or_default().iter().collect()
        };
        let mut at = 0;
        for range in found {
            cells.put(part(at..range.start), style);
            cells.put(part(range.clone()), style.underlined());
            at = range.end;
        }
        cells.put(part(at..letters.len()), style);
    }

    /// As `put`, for paths, which are cut in the middle.
    pub fn put_path(&self, cells: &mut Cells<'_>, index: usize, text: &str, style: Style) {
        if let Some((_, width)) = self.place(index) {
            let cut = crate::console::format::cut_path(text, width.saturating_sub(1));
            self.put(cells, index, &cut, style);
        }
    }

    /// The line of headings.
    pub fn header(&self, columns: &[Column], look: &Look) -> Cells<'static> {
        let mut cells = Cells::new();
        for (index, column) in columns.iter().enumerate() {
            self.put(&mut cells, index, tr(column.title), look.style(Role::Dim));
        }
        cells
    }
}

/// How a row stands in its list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowState {
    /// Selected.
    pub selected: bool,
    /// Marked.
    pub marked: bool,
    /// Its list has the keys.
    pub focused: bool,
    /// It has just changed.
    pub flashed: bool,
}

impl RowState {
    /// The first column of the row: `▌`, `›` or a blank.
    pub fn lead(self, look: &Look) -> ratatui::text::Span<'static> {
        match (self.selected, self.focused) {
            (true, true) => look.span(Role::Text, look.glyph(glyph::SELECTED).to_string()),
            (true, false) => look.mark(glyph::REMEMBERED),
            (false, _) => ratatui::text::Span::raw(" "),
        }
    }
}

/// Draws a row: its cells, then reverse video over all of it where it is selected and has the keys.
pub fn draw_row(look: &Look, buffer: &mut Buffer, area: Rect, cells: &Cells<'_>, state: RowState) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    cells.draw(buffer, area.x, area.y, area.width);
    if state.flashed {
        buffer.set_style(area, look.flash());
    }
    if state.selected && state.focused {
        // One look for the whole row: colours of its cells would turn into blocks of background.
        for x in area.left()..area.right() {
            let cell = &mut buffer[(x, area.y)];
            let symbol = cell.symbol().to_owned();
            // What a filter found is underlined here as well: the first match is the selected one.
            let found = cell.modifier.contains(Modifier::UNDERLINED);
            cell.reset();
            cell.set_symbol(&symbol);
            cell.set_style(look.style(Role::Select));
            if found {
                cell.modifier.insert(Modifier::UNDERLINED);
            }
        }
        if state.flashed {
            buffer.set_style(area, look.flash());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::new("NAME", 12, Fit::Grow(2), 0),
        Column::new("KIND", 8, Fit::Fixed, 2),
        Column::new("REPO", 25, Fit::Share(9), 3),
        Column::new("STATE", 11, Fit::Share(7), 1),
    ];

    #[test]
    fn columns_grow_share_and_drop_but_names_stay() {
        let exact = Table::layout(&COLUMNS, 4, 60);
        assert_eq!(
            exact.places,
            [Some((4, 12)), Some((16, 8)), Some((24, 25)), Some((49, 11))]
        );
        let roomy = Table::layout(&COLUMNS, 4, 78);
        assert_eq!(
            roomy.places,
            [Some((4, 14)), Some((18, 8)), Some((26, 34)), Some((60, 18))]
        );
        let narrow = Table::layout(&COLUMNS, 4, 38);
        assert_eq!(narrow.place(2), None);
        let tiny = Table::layout(&COLUMNS, 4, 10);
        assert_eq!(tiny.places, [Some((4, 6)), None, None, None]);
    }
}
