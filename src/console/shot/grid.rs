//! The neutral screen: cells with text, width and style.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

use super::colour::{Ink, Palette, Rgb};

/// How a cell is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Style {
    pub fg: Ink,
    pub bg: Ink,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub strike: bool,
    pub reverse: bool,
    pub hidden: bool,
}

impl Style {
    /// Text and background as they appear: reversed, dimmed, hidden.
    pub fn resolve(&self, palette: &Palette) -> (Rgb, Rgb) {
        let mut fg = palette.resolve(self.fg, palette.foreground);
        let mut bg = palette.resolve(self.bg, palette.background);
        if self.reverse {
            std::mem::swap(&mut fg, &mut bg);
        }
        if self.dim {
            fg = fg.dimmed_on(bg);
        }
        if self.hidden {
            fg = bg;
        }
        (fg, bg)
    }
}

/// One cell of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// What stands there: usually one character; empty in the second half of a wide one.
    pub text: String,
    /// Columns that it covers: 1, 2, or 0 for a second half.
    pub width: u8,
    pub style: Style,
}

impl Cell {
    /// Whether nothing but background is to be seen.
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }
}

/// A screen of cells, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    cols: u16,
    rows: u16,
    cells: Vec<Cell>,
}

impl Grid {
    /// A screen whose cells `cell(column, row)` tells.
    pub fn new(cols: u16, rows: u16, mut cell: impl FnMut(u16, u16) -> Cell) -> Self {
        let cells = (0..rows)
            .flat_map(|row| (0..cols).map(move |col| (col, row)))
            .map(|(col, row)| cell(col, row))
            .collect();
        Self { cols, rows, cells }
    }

    /// The screen that a drawn buffer shows.
    pub fn from_buffer(buffer: &Buffer) -> Self {
        let area = buffer.area;
        let mut covered = 0;
        Self::new(area.width, area.height, |col, row| {
            if col == 0 {
                covered = 0;
            }
            let cell = &buffer[(area.x + col, area.y + row)];
            let has = |modifier| cell.modifier.contains(modifier);
            let style = Style {
                fg: cell.fg.into(),
                bg: cell.bg.into(),
                bold: has(Modifier::BOLD),
                dim: has(Modifier::DIM),
                italic: has(Modifier::ITALIC),
                underline: has(Modifier::UNDERLINED),
                strike: has(Modifier::CROSSED_OUT),
                reverse: has(Modifier::REVERSED),
                hidden: has(Modifier::HIDDEN),
            };
            // A wide symbol hides the cell after it, whatever the buffer says there.
            if covered > 0 {
                covered -= 1;
                return Cell {
                    text: String::new(),
                    width: 0,
                    style,
                };
            }
            let width = cell.symbol().width().clamp(1, 2) as u8;
            covered = width - 1;
            Cell {
                text: cell.symbol().to_owned(),
                width,
                style,
            }
        })
    }

    /// Marks a cell as the cursor's, as a block.
    pub fn with_cursor(mut self, col: u16, row: u16) -> Self {
        let at = usize::from(row) * usize::from(self.cols) + usize::from(col);
        if let Some(cell) = self.cells.get_mut(at).filter(|_| col < self.cols) {
            cell.style.reverse = !cell.style.reverse;
        }
        self
    }

    /// Columns.
    pub fn cols(&self) -> u16 {
        self.cols
    }

    /// Rows.
    pub fn rows(&self) -> u16 {
        self.rows
    }

    /// The rows from the top, each with its cells from the left.
    pub fn lines(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks(usize::from(self.cols).max(1))
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style as Drawn};

    use super::*;

    #[test]
    fn a_wide_character_covers_two_cells() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "a漢b", Drawn::new());
        let grid = Grid::from_buffer(&buffer);
        let widths: Vec<u8> = grid
            .lines()
            .next()
            .unwrap()
            .iter()
            .map(|cell| cell.width)
            .collect();
        assert_eq!(widths, [1, 2, 0, 1, 1, 1]);
    }

    #[test]
    fn reverse_swaps_text_and_background() {
        let plain = Style {
            fg: Color::Red.into(),
            ..Style::default()
        };
        let reversed = Style {
            reverse: true,
            ..plain
        };
        let (fg, bg) = plain.resolve(&Palette::DARK);
        assert_eq!(reversed.resolve(&Palette::DARK), (bg, fg));
    }

    #[test]
    fn hidden_text_is_not_seen() {
        let hidden = Style {
            hidden: true,
            ..Style::default()
        };
        let (fg, bg) = hidden.resolve(&Palette::LIGHT);
        assert_eq!(fg, bg);
    }
}
