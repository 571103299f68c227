//! What is printed: results to standard output, everything else to standard error.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use unicode_width::UnicodeWidthStr;

use crate::domain::text::is_bidi_control;

/// A failed command: its sentence on standard error, exit code 1.
pub fn failed(message: impl std::fmt::Display) -> ExitCode {
    refused(1, message)
}

/// A refused command: its sentence on standard error, with an exit code.
pub fn refused(code: u8, message: impl std::fmt::Display) -> ExitCode {
    note(format_args!("jolli: {message}"));
    ExitCode::from(code)
}

/// A note on standard error. A standard error that is closed has nobody to tell.
pub fn note(message: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{message}");
}

/// A note that begins with how bad it is: `error: …`, `warning: …`. That word is coloured where there are colours.
pub fn finding(line: &str) {
    let style = match line.split_once(':').map(|(level, _)| level) {
        Some("error") => "\u{1b}[1;31m",
        Some("warning") => "\u{1b}[33m",
        _ => return note(line),
    };
    let (level, rest) = line.split_once(':').unwrap_or((line, ""));
    note(format_args!("{style}{level}\u{1b}[0m:{rest}"));
}

/// A line of the result. A reader that went away (`| head`) ends the command quietly.
pub fn line(text: impl std::fmt::Display) -> std::io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}

/// JSON, indented, as a line of the result.
pub fn json(value: &impl serde::Serialize) -> color_eyre::Result<()> {
    Ok(line(serde_json::to_string_pretty(value)?)?)
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

/// Text that moves no cursor: what a terminal would obey is shown as its number.
fn plain(text: &str) -> String {
    if !text.chars().any(|c| c.is_control() || is_bidi_control(c)) {
        return text.to_owned();
    }
    text.chars().fold(String::new(), |mut out, c| {
        if c.is_control() || is_bidi_control(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        out
    })
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
        assert_eq!(plain("a\u{1b}[2J"), "a\\u{1b}[2J");
    }
}
