//! A grid as SVG.
//!
//! Every character has its own column, so that no viewer's font or ligature can shift a row. Weights are CSS
//! classes: a `font` shorthand silently overrides attributes. Blocks and light lines are drawn as shapes, because
//! glyphs of neighbouring cells leave seams.

use std::fmt::Write;

use super::colour::{Palette, Rgb};
use super::grid::{Cell, Grid};
use super::svg_shapes::{CELL_HEIGHT, CELL_WIDTH, shape};

const FONT_SIZE: u32 = 15;
/// From the top of a cell to the baseline.
const BASELINE: u32 = 15;
/// Free space around the screen.
const MARGIN: u32 = 10;

/// The screen as SVG; the same grid and palette always give the same bytes.
pub fn svg(grid: &Grid, palette: &Palette) -> String {
    let width = u32::from(grid.cols()) * CELL_WIDTH + 2 * MARGIN;
    let height = u32::from(grid.rows()) * CELL_HEIGHT + 2 * MARGIN;
    let mut shapes = String::new();
    let mut texts = String::new();
    for (row, line) in grid.lines().enumerate() {
        let top = row as u32 * CELL_HEIGHT;
        backgrounds(&mut shapes, line, top, palette);
        lines(&mut shapes, line, top, palette);
        write_texts(&mut texts, &mut shapes, line, top, palette);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n\
         <style>text{{font-family:'JetBrains Mono','DejaVu Sans Mono',monospace;font-size:{FONT_SIZE}px;\
         white-space:pre}}.b{{font-weight:700}}.i{{font-style:italic}}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{}\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\">\n\
         <g shape-rendering=\"crispEdges\">\n{shapes}</g>\n{texts}</g>\n</svg>\n",
        palette.background.hex()
    )
}

/// One rectangle for each run of cells with the same background, none for the terminal's own.
fn backgrounds(out: &mut String, line: &[Cell], top: u32, palette: &Palette) {
    let colour = |cell: &Cell| cell.style.resolve(palette).1;
    for (left, run) in runs(line, |cell| {
        Some(colour(cell)).filter(|colour| *colour != palette.background)
    }) {
        rect(
            out,
            left,
            top,
            run.len() as u32,
            CELL_HEIGHT,
            colour(&run[0]),
        );
    }
}

/// Underlines and strikes, also under blanks.
fn lines(out: &mut String, line: &[Cell], top: u32, palette: &Palette) {
    let colour = |cell: &Cell| cell.style.resolve(palette).0;
    for (left, run) in runs(line, |cell| cell.style.underline.then(|| colour(cell))) {
        rect(
            out,
            left,
            top + BASELINE + 2,
            run.len() as u32,
            1,
            colour(&run[0]),
        );
    }
    for (left, run) in runs(line, |cell| cell.style.strike.then(|| colour(cell))) {
        rect(
            out,
            left,
            top + CELL_HEIGHT / 2,
            run.len() as u32,
            1,
            colour(&run[0]),
        );
    }
}

/// The longest runs of cells with the same key, with their first column; cells without a key belong to none.
fn runs<K: PartialEq>(
    line: &[Cell],
    key: impl Fn(&Cell) -> Option<K>,
) -> impl Iterator<Item = (u32, &[Cell])> {
    let mut runs = Vec::new();
    let mut start = 0;
    while start < line.len() {
        let first = key(&line[start]);
        let length = line[start..]
            .iter()
            .take_while(|cell| key(cell) == first)
            .count();
        if first.is_some() {
            runs.push((start as u32, &line[start..start + length]));
        }
        start += length;
    }
    runs.into_iter()
}

fn rect(out: &mut String, left: u32, top: u32, cols: u32, height: u32, colour: Rgb) {
    writeln!(
        out,
        "<rect x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{height}\" fill=\"{}\"/>",
        left * CELL_WIDTH,
        cols * CELL_WIDTH,
        colour.hex()
    )
    .expect("writing to a string succeeds");
}

/// How a piece of text looks; what looks alike in a row is one element.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Look {
    colour: Rgb,
    bold: bool,
    italic: bool,
}

fn write_texts(
    texts: &mut String,
    shapes: &mut String,
    line: &[Cell],
    top: u32,
    palette: &Palette,
) {
    let mut pieces: Vec<(Look, String, String)> = Vec::new();
    for (col, cell) in line.iter().enumerate() {
        if cell.width == 0 || cell.style.hidden || cell.is_blank() {
            continue;
        }
        let left = col as u32 * CELL_WIDTH;
        let look = Look {
            colour: cell.style.resolve(palette).0,
            bold: cell.style.bold,
            italic: cell.style.italic,
        };
        let mut chars = cell.text.chars();
        let single = match (chars.next(), chars.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        };
        if let Some(drawn) = single.and_then(|only| shape(only, left, top, look.colour)) {
            shapes.push_str(&drawn);
            continue;
        }
        // Positions count UTF-16 units, and a sequence is one glyph: those stand alone.
        let simple = single.is_some_and(|only| only.len_utf16() == 1);
        match pieces
            .iter_mut()
            .find(|(known, ..)| simple && *known == look)
        {
            Some((_, xs, chars)) => {
                write!(xs, " {left}").expect("writing to a string succeeds");
                chars.push_str(&escaped(&cell.text));
            }
            None if simple => pieces.push((look, left.to_string(), escaped(&cell.text))),
            None => element(texts, look, &left.to_string(), top, &escaped(&cell.text)),
        }
    }
    for (look, xs, chars) in pieces {
        element(texts, look, &xs, top, &chars);
    }
}

fn element(out: &mut String, look: Look, xs: &str, top: u32, text: &str) {
    let class = match (look.bold, look.italic) {
        (false, false) => "",
        (true, false) => " class=\"b\"",
        (false, true) => " class=\"i\"",
        (true, true) => " class=\"b i\"",
    };
    writeln!(
        out,
        "<text{class} fill=\"{}\" y=\"{}\" x=\"{xs}\">{text}</text>",
        look.colour.hex(),
        top + BASELINE
    )
    .expect("writing to a string succeeds");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::*;

    fn picture(draw: impl Fn(&mut Buffer)) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        draw(&mut buffer);
        svg(&Grid::from_buffer(&buffer), &Palette::DARK)
    }

    #[test]
    fn the_same_screen_gives_the_same_bytes() {
        let draw = |buffer: &mut Buffer| {
            buffer.set_string(0, 0, "漢字 → <ok>", Style::new().fg(Color::Green).bold());
        };
        assert_eq!(picture(draw), picture(draw));
    }

    #[test]
    fn every_character_stands_in_its_own_column() {
        let svg = picture(|buffer| {
            buffer.set_string(0, 0, "a漢b &", Style::new());
        });
        assert!(svg.contains("x=\"0 9 27 45\">a漢b&amp;</text>"), "{svg}");
    }

    #[test]
    fn neighbours_with_one_background_share_a_rectangle() {
        let svg = picture(|buffer| {
            buffer.set_string(2, 1, "three", Style::new().bg(Color::Rgb(1, 2, 3)));
        });
        assert!(
            svg.contains("<rect x=\"18\" y=\"20\" width=\"45\" height=\"20\" fill=\"#010203\"/>"),
            "{svg}"
        );
    }

    #[test]
    fn underlines_run_under_blanks_and_weights_are_classes() {
        let svg = picture(|buffer| {
            buffer.set_string(0, 0, "a b", Style::new().underlined().bold().italic());
        });
        assert!(svg.contains("y=\"17\" width=\"27\" height=\"1\""), "{svg}");
        assert!(svg.contains("class=\"b i\""), "{svg}");
    }

    #[test]
    fn blocks_and_lines_are_shapes() {
        let svg = picture(|buffer| {
            buffer.set_string(0, 0, "─▄", Style::new());
        });
        assert!(!svg.contains("<text "), "{svg}");
    }
}
