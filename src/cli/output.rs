//! What is printed: results to standard output, everything else to standard error.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use unicode_width::UnicodeWidthStr;

use crate::domain::text::{inert, is_bidi_control};

/// A failed command: its sentence on standard error, exit code 1.
pub fn failed(message: impl std::fmt::Display) -> ExitCode {
    refused(1, message)
}

/// A refused command: its sentence on standard error, with an exit code.
pub fn refused(code: u8, message: impl std::fmt::Display) -> ExitCode {
    note(format_args!("jolli: {message}"));
    ExitCode::from(code)
}

/// A note on standard error. A standard error that is closed has nobody to tell. Names, and what others wrote, may stand in it:
/// the terminal obeys nothing of it.
pub fn note(message: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{}", inert(&message.to_string()));
}

/// The same in a colour, where there are colours.
pub fn note_in(colour: Colour, before: &str, text: &str, after: &str) {
    let (before, text, after) = (inert(before), inert(text), inert(after));
    let style = colour.style();
    let _ = writeln!(anstream::stderr(), "{before}{style}{text}\u{1b}[0m{after}");
}

/// A colour of what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// What fails.
    Error,
    /// What may.
    Warning,
    /// A line that comes.
    Added,
    /// A line that goes.
    Removed,
}

impl Colour {
    const fn style(self) -> &'static str {
        match self {
            Self::Error => "\u{1b}[1;31m",
            Self::Warning => "\u{1b}[33m",
            Self::Added => "\u{1b}[32m",
            Self::Removed => "\u{1b}[31m",
        }
    }
}

/// A note that begins with how bad it is: `error: …`, `warning: …`. That word is coloured where there are colours.
pub fn finding(line: &str) {
    let Some((level, rest)) = line.split_once(':') else {
        return note(line);
    };
    let colour = match level {
        "error" => Colour::Error,
        "warning" => Colour::Warning,
        _ => return note(line),
    };
    note_in(colour, "", level, &format!(":{rest}"));
}

/// A line of the result. A reader that went away (`| head`) ends the command quietly.
pub fn line(text: impl std::fmt::Display) -> std::io::Result<()> {
    writeln!(anstream::stdout(), "{}", inert(&text.to_string()))
}

/// JSON, indented, as a line of the result.
pub fn json(value: &impl serde::Serialize) -> color_eyre::Result<()> {
    Ok(line(escaped(&serde_json::to_string_pretty(value)?))?)
}

/// JSON in which a terminal obeys nothing: what `inert` would number is escaped as JSON escapes it, which means the same.
fn escaped(json: &str) -> String {
    use std::fmt::Write as _;
    let obeyed = |c: char| (c.is_control() && c != '\n') || is_bidi_control(c);
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if obeyed(c) {
            // All of them are in the basic plane.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// A table under its header: columns two blanks apart, no wider than the terminal where it goes to one. Of what does not fit,
/// the widest columns lose their ends.
pub fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> std::io::Result<()> {
    let mut widths = header.map(UnicodeWidthStr::width);
    let rows: Vec<[String; N]> = rows
        .iter()
        .map(|row| row.clone().map(|cell| plain(&cell)))
        .collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    if std::io::stdout().is_terminal()
        && let Ok((columns, _)) = crossterm::terminal::size()
    {
        shrink(&mut widths, usize::from(columns));
    }
    let put = |cells: [&str; N]| {
        let cells: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| fitted(cell, width))
            .collect();
        line(cells.join("  ").trim_end())
    };
    put(header)?;
    for row in &rows {
        put(row.each_ref().map(String::as_str))?;
    }
    Ok(())
}

/// Takes from the widest column until all fit, and leaves each something to be known by.
fn shrink(widths: &mut [usize], columns: usize) {
    const LEAST: usize = 6;
    while widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1) > columns {
        match widths.iter_mut().max() {
            Some(widest) if *widest > LEAST => *widest -= 1,
            _ => return,
        }
    }
}

/// A cell of exactly this width; its end gives way to an ellipsis.
fn fitted(cell: &str, width: usize) -> String {
    let mut text = cell.to_owned();
    if text.width() > width {
        while text.width() + 1 > width && text.pop().is_some() {}
        text.push('…');
    }
    let blanks = width.saturating_sub(text.width());
    text + &" ".repeat(blanks)
}

/// The same of a cell, which has one line.
fn plain(text: &str) -> String {
    inert(text).replace('\n', "\\u{a}").replace('\t', "\\u{9}")
}

/// Whether an error is only that the reader of standard output went away.
pub fn reader_is_gone(error: &color_eyre::Report) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_of_what_is_told_and_json_means_the_same() {
        let name = "b\u{9b}2J\u{202e}\u{1b}]0;p\u{7}";
        assert_eq!(inert(name), "b\\u{9b}2J\\u{202e}\\u{1b}]0;p\\u{7}");
        assert_eq!(inert("two\nlines\tand a tab"), "two\nlines\tand a tab");
        let json = escaped(&serde_json::to_string_pretty(&[name]).unwrap());
        assert_eq!(inert(&json), json);
        let again: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(again, [name]);
    }

    #[test]
    fn cells_are_cut_where_the_terminal_ends() {
        let mut widths = [10, 40, 8];
        shrink(&mut widths, 40);
        assert_eq!(widths, [10, 18, 8]);
        let mut narrow = [10, 40, 8];
        shrink(&mut narrow, 5);
        assert_eq!(narrow, [6, 6, 6]);
        assert_eq!(fitted("backend", 9), "backend  ");
        assert_eq!(fitted("backend", 5), "back…");
        assert_eq!(fitted("日本語", 4), "日… ");
        assert_eq!(plain("a\u{1b}[2J\n"), "a\\u{1b}[2J\\u{a}");
    }
}
