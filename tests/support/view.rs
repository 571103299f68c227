//! What is on the emulated screen at one moment, as conditions and assertions read it.

use std::collections::BTreeSet;
use std::fmt::Write;

use vt100::{Cell, MouseProtocolMode, Screen};

/// What the program publishes beside the screen's cells.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// The window title last set.
    pub title: String,
    /// Input events that the program has declared done (`Terminal::mark_idle`).
    pub idle: Option<u64>,
    /// Synchronized updates shown: one for each frame.
    pub frames: u64,
    /// Bells rung.
    pub bells: u64,
    /// What was put on the clipboard (OSC 52), still in base64.
    pub clipboard: Option<Vec<u8>>,
    /// What else it asked of the terminal, and the emulator does not know: modes that are on, other commands.
    pub others: BTreeSet<String>,
}

impl vt100::Callbacks for Beside {
    fn audible_bell(&mut self, _: &mut Screen) {
        self.bells += 1;
    }

    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = String::from_utf8_lossy(title).into_owned();
        if let Some(handled) = self.title.strip_prefix("idle:") {
            self.idle = handled.parse().ok();
        }
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _kind: &[u8], data: &[u8]) {
        self.clipboard = Some(data.to_vec());
    }

    fn unhandled_csi(
        &mut self,
        _: &mut Screen,
        first: Option<u8>,
        second: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        if first == Some(b'?') && last == 'h' && params.first() == Some(&[2026].as_slice()) {
            self.frames += 1;
            return;
        }
        if last == 'm' {
            // A style that the emulator does not know, such as a colour of underlines.
            return;
        }
        let numbers: Vec<String> = params.iter().map(|it| format!("{it:?}")).collect();
        let intermediate = [first, second].map(|it| it.map_or(' ', char::from));
        let name = format!(
            "{}{}{}",
            intermediate[0],
            intermediate[1],
            numbers.join(";")
        );
        if first == Some(b'?') && last == 'l' {
            self.others.remove(&format!("{name}h"));
        } else {
            self.others.insert(format!("{name}{last}"));
        }
    }
}

/// The terminal's modes, which every program must leave as it found them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modes {
    pub alternate_screen: bool,
    pub cursor_hidden: bool,
    pub mouse: bool,
    pub bracketed_paste: bool,
    /// Keys come one by one and are not echoed.
    pub raw: bool,
}

impl Modes {
    /// How a shell expects the terminal.
    pub const SHELL: Self = Self {
        alternate_screen: false,
        cursor_hidden: false,
        mouse: false,
        bracketed_paste: false,
        raw: false,
    };

    pub(super) fn of(screen: &Screen, raw: bool) -> Self {
        Self {
            alternate_screen: screen.alternate_screen(),
            cursor_hidden: screen.hide_cursor(),
            mouse: screen.mouse_protocol_mode() != MouseProtocolMode::None,
            bracketed_paste: screen.bracketed_paste(),
            raw,
        }
    }
}

/// One moment of the screen.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub screen: &'a Screen,
    pub beside: &'a Beside,
}

impl View<'_> {
    /// Width and height in cells.
    pub fn size(&self) -> (u16, u16) {
        let (rows, cols) = self.screen.size();
        (cols.get(), rows.get())
    }

    /// The rows as text, without trailing blanks.
    pub fn rows(&self) -> Vec<String> {
        let (cols, _) = self.size();
        self.screen
            .rows(0, cols)
            .map(|row| row.trim_end().to_owned())
            .collect()
    }

    /// One row as text; empty beyond the screen.
    pub fn row(&self, row: usize) -> String {
        self.rows().into_iter().nth(row).unwrap_or_default()
    }

    /// All rows, joined by newlines.
    pub fn text(&self) -> String {
        self.rows().join("\n")
    }

    /// Whether some row shows the text.
    pub fn shows(&self, text: &str) -> bool {
        self.rows().iter().any(|row| row.contains(text))
    }

    /// Column and row of the first cell of the text, if it is shown.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        let (cols, rows) = self.size();
        (0..rows).find_map(|row| {
            (0..cols)
                .find(|&col| self.reads(col, row, text))
                .map(|col| (col, row))
        })
    }

    /// Whether the text stands at this cell.
    fn reads(&self, mut col: u16, row: u16, text: &str) -> bool {
        let mut rest = text;
        while !rest.is_empty() {
            let Some(cell) = self.screen.cell(row, col) else {
                return false;
            };
            let here = if cell.has_contents() {
                cell.contents()
            } else {
                " "
            };
            let Some(next) = rest.strip_prefix(here) else {
                return false;
            };
            rest = next;
            col += if cell.is_wide() { 2 } else { 1 };
        }
        true
    }

    /// What stands inside the frame whose title begins so: a pane, a popup, a part of a page.
    pub fn pane(&self, title: &str) -> Option<Vec<String>> {
        let (cols, rows) = self.size();
        let at = |col: u16, row: u16| {
            let cell = self.screen.cell(row, col)?;
            Some(if cell.has_contents() {
                cell.contents()
            } else {
                " "
            })
        };
        let among = |col: u16, row: u16, corners: &str| {
            at(col, row).is_some_and(|cell| corners.contains(cell))
        };
        let (text, top) = ["┏ ", "┌ ", "╔ "]
            .iter()
            .find_map(|corner| self.find(&format!("{corner}{title}")))?;
        let left = text;
        // Something may lie over the right side or the foot; then the pane ends there.
        let right = (left + 1..cols).find(|&col| among(col, top, "┓┐╗"))?;
        let bottom = (top + 1..rows).find(|&row| among(left, row, "┗└╚"))?;
        let inside = |row: u16| {
            let cells = (left + 1..right).filter_map(|col| at(col, row));
            cells.collect::<String>().trim_end().to_owned()
        };
        Some((top + 1..bottom).map(inside).collect())
    }

    /// The row that is selected where the focus is, without its frame.
    pub fn selected(&self) -> Option<String> {
        self.rows()
            .into_iter()
            .find_map(|row| Some(row.split_once('▌')?.1.to_owned()))
    }

    /// The cell in which the text begins, for its colours and attributes.
    pub fn cell_of(&self, text: &str) -> Option<&Cell> {
        let (col, row) = self.find(text)?;
        self.screen.cell(row, col)
    }

    /// The screen in a box, for people who look at a failure.
    pub fn boxed(&self) -> String {
        let (cols, rows) = self.size();
        let (cursor_row, cursor_col) = self.screen.cursor_position();
        let line = "─".repeat(usize::from(cols));
        let mut out = format!("┌{line}┐\n");
        for row in 0..rows {
            out.push('│');
            for cell in (0..cols).filter_map(|col| self.screen.cell(row, col)) {
                if cell.has_contents() {
                    out.push_str(cell.contents());
                } else if !cell.is_wide_continuation() {
                    out.push(' ');
                }
            }
            out.push_str("│\n");
        }
        writeln!(out, "└{line}┘").unwrap();
        let cursor = if self.screen.hide_cursor() {
            "hidden"
        } else {
            "shown"
        };
        write!(
            out,
            "{cols}×{rows}, cursor {cursor} at column {cursor_col} row {cursor_row}, title {:?}, {} frames",
            self.beside.title, self.beside.frames
        )
        .unwrap();
        out
    }
}
