//! Pictures of emulated screens, through the same code as the console's own.

use jolli::console::shot::{Cell, Grid, Ink, Style};

/// The emulated screen as a grid that `console::shot` draws.
pub fn grid(screen: &vt100::Screen) -> Grid {
    let (rows, cols) = screen.size();
    let grid = Grid::new(cols.get(), rows.get(), |col, row| {
        let Some(cell) = screen.cell(row, col) else {
            return Cell::default();
        };
        let style = Style {
            fg: ink(cell.fgcolor()),
            bg: ink(cell.bgcolor()),
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: cell.underline(),
            reverse: cell.inverse(),
            ..Style::default()
        };
        let (text, width) = match (cell.is_wide_continuation(), cell.has_contents()) {
            (true, _) => (String::new(), 0),
            (false, true) => (cell.contents().to_owned(), 1 + u8::from(cell.is_wide())),
            (false, false) => (" ".to_owned(), 1),
        };
        Cell { text, width, style }
    });
    if screen.hide_cursor() {
        return grid;
    }
    let (row, col) = screen.cursor_position();
    grid.with_cursor(col, row)
}

fn ink(color: vt100::Color) -> Ink {
    match color {
        vt100::Color::Default => Ink::Default,
        vt100::Color::Idx(index) => Ink::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => Ink::Rgb(red, green, blue),
    }
}
