//! Characters that are drawn as shapes: light lines and block elements, which must meet their neighbours exactly,
//! and braille patterns, which the vendored fonts lack.

use std::fmt::Write;

use super::colour::Rgb;

/// Width of a cell: the advance of JetBrains Mono at 15 px.
pub const CELL_WIDTH: u32 = 9;
/// Height of a cell.
pub const CELL_HEIGHT: u32 = 20;

/// The pixel column and row in which light lines run through a cell.
const MIDDLE: (u32, u32) = (4, 9);

/// The shape of a character in the cell whose corner is given, if it is one.
pub fn shape(character: char, left: u32, top: u32, colour: Rgb) -> Option<String> {
    line(character, left, top, colour)
        .or_else(|| block(character, left, top, colour))
        .or_else(|| braille(character, left, top, colour))
}

fn rect(out: &mut String, (x, y): (u32, u32), (width, height): (u32, u32), colour: Rgb, ink: f32) {
    let opacity = if ink < 1.0 {
        format!(" fill-opacity=\"{ink}\"")
    } else {
        String::new()
    };
    writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\"{opacity}/>",
        colour.hex()
    )
    .expect("writing to a string succeeds");
}

/// Which arms a line character has: up, right, down, left.
fn arms(character: char) -> Option<[bool; 4]> {
    let arms = match character {
        '─' => "rl",
        '│' => "ud",
        '┌' => "rd",
        '┐' => "dl",
        '└' => "ur",
        '┘' => "ul",
        '├' => "urd",
        '┤' => "udl",
        '┬' => "rdl",
        '┴' => "url",
        '┼' => "urdl",
        '╴' => "l",
        '╵' => "u",
        '╶' => "r",
        '╷' => "d",
        _ => return None,
    };
    Some(['u', 'r', 'd', 'l'].map(|arm| arms.contains(arm)))
}

fn line(character: char, left: u32, top: u32, colour: Rgb) -> Option<String> {
    let (x, y) = MIDDLE;
    if let Some((horizontal, vertical)) = round(character) {
        let (from_x, to_y) = (
            if horizontal { CELL_WIDTH } else { 0 },
            if vertical { CELL_HEIGHT } else { 0 },
        );
        // Strokes are centred on their path, pixels on halves.
        let (cx, cy) = (f64::from(left + x) + 0.5, f64::from(top + y) + 0.5);
        let radius = 4.0;
        let (near_x, near_y) = (
            if horizontal { cx + radius } else { cx - radius },
            if vertical { cy + radius } else { cy - radius },
        );
        return Some(format!(
            "<path d=\"M{} {cy}H{near_x}Q{cx} {cy} {cx} {near_y}V{}\" fill=\"none\" stroke=\"{}\" \
             shape-rendering=\"geometricPrecision\"/>\n",
            left + from_x,
            top + to_y,
            colour.hex()
        ));
    }
    let [up, right, down, to_left] = arms(character)?;
    let mut out = String::new();
    let from = if to_left { 0 } else { x };
    let to = if right { CELL_WIDTH } else { x + 1 };
    if right || to_left {
        rect(
            &mut out,
            (left + from, top + y),
            (to - from, 1),
            colour,
            1.0,
        );
    }
    let from = if up { 0 } else { y };
    let to = if down { CELL_HEIGHT } else { y + 1 };
    if up || down {
        rect(
            &mut out,
            (left + x, top + from),
            (1, to - from),
            colour,
            1.0,
        );
    }
    Some(out)
}

/// Whether a rounded corner opens to the right and to the bottom.
fn round(character: char) -> Option<(bool, bool)> {
    match character {
        '╭' => Some((true, true)),
        '╮' => Some((false, true)),
        '╰' => Some((true, false)),
        '╯' => Some((false, false)),
        _ => None,
    }
}

fn block(character: char, left: u32, top: u32, colour: Rgb) -> Option<String> {
    let (width, height) = (CELL_WIDTH, CELL_HEIGHT);
    let code = character as u32;
    let mut out = String::new();
    // Eighths are rounded to whole pixels: crisp edges matter more than exact heights.
    let eighths = |of: u32, count: u32| (of * count + 4) / 8;
    match character {
        '▀' => rect(&mut out, (left, top), (width, height / 2), colour, 1.0),
        '▁'..='█' => {
            let tall = eighths(height, code - 0x2580);
            rect(
                &mut out,
                (left, top + height - tall),
                (width, tall),
                colour,
                1.0,
            );
        }
        '▉'..='▏' => {
            let wide = eighths(width, 8 - (code - 0x2588));
            rect(&mut out, (left, top), (wide, height), colour, 1.0);
        }
        '▐' => rect(
            &mut out,
            (left + width / 2, top),
            (width - width / 2, height),
            colour,
            1.0,
        ),
        '░' => rect(&mut out, (left, top), (width, height), colour, 0.25),
        '▒' => rect(&mut out, (left, top), (width, height), colour, 0.5),
        '▓' => rect(&mut out, (left, top), (width, height), colour, 0.75),
        '▔' => rect(
            &mut out,
            (left, top),
            (width, eighths(height, 1)),
            colour,
            1.0,
        ),
        '▕' => {
            let wide = eighths(width, 1);
            rect(
                &mut out,
                (left + width - wide, top),
                (wide, height),
                colour,
                1.0,
            );
        }
        _ => return None,
    }
    Some(out)
}

/// Column and row of the dot of each bit of a braille pattern.
const DOTS: [(u32, u32); 8] = [
    (0, 0),
    (0, 1),
    (0, 2),
    (1, 0),
    (1, 1),
    (1, 2),
    (0, 3),
    (1, 3),
];

fn braille(character: char, left: u32, top: u32, colour: Rgb) -> Option<String> {
    let pattern = match character {
        '\u{2800}'..='\u{28ff}' => character as u32 - 0x2800,
        _ => return None,
    };
    let mut out = String::new();
    for (bit, (col, row)) in DOTS.into_iter().enumerate() {
        if pattern & (1 << bit) != 0 {
            let corner = (left + 1 + col * 5, top + 1 + row * 5);
            rect(&mut out, corner, (2, 2), colour, 1.0);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_meet_the_edges_they_point_to() {
        let cross = shape('┼', 9, 20, Rgb(0, 0, 0)).unwrap();
        assert!(
            cross.contains("x=\"9\" y=\"29\" width=\"9\" height=\"1\""),
            "{cross}"
        );
        assert!(
            cross.contains("x=\"13\" y=\"20\" width=\"1\" height=\"20\""),
            "{cross}"
        );
    }

    #[test]
    fn blocks_fill_from_their_side() {
        let half = shape('▄', 0, 0, Rgb(0, 0, 0)).unwrap();
        assert!(
            half.contains("y=\"10\" width=\"9\" height=\"10\""),
            "{half}"
        );
        let left = shape('▌', 0, 0, Rgb(0, 0, 0)).unwrap();
        assert!(left.contains("x=\"0\" y=\"0\" width=\"5\""), "{left}");
    }

    #[test]
    fn a_braille_pattern_has_a_square_for_each_dot() {
        let full = shape('⣿', 0, 0, Rgb(0, 0, 0)).unwrap();
        assert_eq!(full.lines().count(), 8);
        assert_eq!(shape('\u{2800}', 0, 0, Rgb(0, 0, 0)).unwrap(), "");
    }

    #[test]
    fn letters_are_no_shapes() {
        assert!(shape('a', 0, 0, Rgb(0, 0, 0)).is_none());
    }
}
