//! A grid as text: with its colours for terminals and pagers, or plain.

use super::colour::Ink;
use super::grid::{Cell, Grid, Style};

/// The rows without trailing blanks, each ended by a newline.
pub fn text(grid: &Grid) -> String {
    let mut out = String::new();
    for line in grid.lines() {
        let row: String = line.iter().map(|cell| cell.text.as_str()).collect();
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// The rows with SGR sequences; styles end with their row.
pub fn ansi(grid: &Grid) -> String {
    let mut out = String::new();
    for line in grid.lines() {
        let mut current = Style::default();
        for cell in &line[..shown(line)] {
            if cell.width > 0 && cell.style != current {
                out.push_str(&sgr(&cell.style));
                current = cell.style;
            }
            out.push_str(&cell.text);
        }
        if current != Style::default() {
            out.push_str("\x1b[0m");
        }
        out.push('\n');
    }
    out
}

/// How many cells of the row show anything, background included.
fn shown(line: &[Cell]) -> usize {
    line.iter()
        .rposition(|cell| !cell.is_blank() || cell.style != Style::default())
        .map_or(0, |last| last + 1)
}

/// The sequence that sets exactly this style, whatever was set before.
fn sgr(style: &Style) -> String {
    let mut codes = vec!["0".to_owned()];
    for (on, code) in [
        (style.bold, "1"),
        (style.dim, "2"),
        (style.italic, "3"),
        (style.underline, "4"),
        (style.reverse, "7"),
        (style.hidden, "8"),
        (style.strike, "9"),
    ] {
        if on {
            codes.push(code.to_owned());
        }
    }
    codes.extend(colour(style.fg, 30));
    codes.extend(colour(style.bg, 40));
    format!("\x1b[{}m", codes.join(";"))
}

/// `base` is 30 for text and 40 for background.
fn colour(ink: Ink, base: u16) -> Option<String> {
    match ink {
        Ink::Default => None,
        Ink::Indexed(index @ 0..=7) => Some((base + u16::from(index)).to_string()),
        Ink::Indexed(index @ 8..=15) => Some((base + 52 + u16::from(index)).to_string()),
        Ink::Indexed(index) => Some(format!("{};5;{index}", base + 8)),
        Ink::Rgb(red, green, blue) => Some(format!("{};2;{red};{green};{blue}", base + 8)),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style as Drawn};

    use super::*;

    fn grid() -> Grid {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 3));
        buffer.set_string(0, 0, "漢字 ok", Drawn::new());
        buffer.set_string(0, 1, "red", Drawn::new().fg(Color::Red).bold());
        buffer.set_string(4, 1, "rgb", Drawn::new().bg(Color::Rgb(1, 2, 3)));
        Grid::from_buffer(&buffer)
    }

    #[test]
    fn plain_text_has_no_trailing_blanks() {
        assert_eq!(text(&grid()), "漢字 ok\nred rgb\n\n");
    }

    #[test]
    fn styles_are_set_once_and_end_with_the_row() {
        assert_eq!(
            ansi(&grid()),
            "漢字 ok\n\x1b[0;1;31mred\x1b[0m \x1b[0;48;2;1;2;3mrgb\x1b[0m\n\n"
        );
    }

    #[test]
    fn bright_and_cube_colours_have_their_codes() {
        assert_eq!(colour(Ink::Indexed(9), 30).unwrap(), "91");
        assert_eq!(colour(Ink::Indexed(15), 40).unwrap(), "107");
        assert_eq!(colour(Ink::Indexed(200), 30).unwrap(), "38;5;200");
    }
}
