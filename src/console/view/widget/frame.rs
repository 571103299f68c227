//! The frame of a pane, page part or popup: title left, counts right, a note at the bottom right. The border says who has the
//! keys: heavy is focused, double is danger.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::line::Cells;
use crate::console::format;
use crate::console::view::look::Look;
use crate::console::view::theme::Role;

/// Which border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Has the keys.
    Focused,
    /// Has not.
    Plain,
    /// Asks about what cannot be taken back.
    Danger,
}

impl Border {
    /// Focused or plain.
    pub const fn focus(focused: bool) -> Self {
        if focused { Self::Focused } else { Self::Plain }
    }

    /// Corners (top left, top right, bottom left, bottom right), then horizontal and vertical.
    const fn set(self) -> [char; 6] {
        match self {
            Self::Focused => ['┏', '┓', '┗', '┛', '━', '┃'],
            Self::Plain => ['┌', '┐', '└', '┘', '─', '│'],
            Self::Danger => ['╔', '╗', '╚', '╝', '═', '║'],
        }
    }

    const fn role(self) -> Role {
        match self {
            Self::Focused => Role::Focus,
            Self::Plain => Role::Dim,
            Self::Danger => Role::Danger,
        }
    }
}

/// A frame with its words.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    border: Border,
    title: Cells<'a>,
    right: Option<String>,
    note: Option<String>,
}

impl<'a> Frame<'a> {
    /// A frame with a plain title.
    pub fn new(look: &Look, border: Border, title: impl Into<String>) -> Self {
        let mut cells = Cells::new();
        let role = match border {
            Border::Focused => Role::Strong,
            Border::Plain => Role::Text,
            Border::Danger => Role::Danger,
        };
        cells.put(title.into(), look.style(role));
        Self {
            border,
            title: cells,
            right: None,
            note: None,
        }
    }

    /// More of the title, in another style.
    pub fn more(mut self, span: Span<'a>) -> Self {
        self.title.span(span);
        self
    }

    /// What stands at the right end of the upper edge.
    pub fn right(mut self, text: Option<String>) -> Self {
        self.right = text;
        self
    }

    /// What stands at the right end of the lower edge.
    pub fn note(mut self, text: Option<String>) -> Self {
        self.note = text;
        self
    }

    /// Draws it and clears what is inside; answers the inside.
    pub fn draw(self, look: &Look, buffer: &mut Buffer, area: Rect) -> Rect {
        let area = area.intersection(buffer.area);
        if area.width < 2 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let [tl, tr, bl, br, horizontal, vertical] = self.border.set();
        let style = look.style(self.border.role());
        let (left, right) = (area.left(), area.right() - 1);
        let (top, bottom) = (area.top(), area.bottom() - 1);
        for y in top + 1..bottom {
            for x in left + 1..right {
                buffer[(x, y)].reset();
            }
            put(buffer, left, y, vertical, style);
            put(buffer, right, y, vertical, style);
        }
        for x in left + 1..right {
            put(buffer, x, top, horizontal, style);
            put(buffer, x, bottom, horizontal, style);
        }
        put(buffer, left, top, tl, style);
        put(buffer, right, top, tr, style);
        put(buffer, left, bottom, bl, style);
        put(buffer, right, bottom, br, style);

        // Words keep one blank on each side and one piece of border before the corner.
        let room = usize::from(area.width.saturating_sub(4));
        let title = self.title.width().min(room);
        if title > 0 {
            blank(buffer, left + 1, top);
            self.title.draw(buffer, left + 2, top, title as u16);
            blank(buffer, left + 2 + title as u16, top);
        }
        if let Some(words) = self.right
            && title + format::width(&words) + 4 <= room
        {
            edge(buffer, right, top, &words, look.style(Role::Dim));
        }
        if let Some(words) = self.note
            && format::width(&words) < room
        {
            edge(buffer, right, bottom, &words, look.style(Role::Dim));
        }
        Rect::new(left + 1, top + 1, area.width - 2, area.height - 2)
    }
}

fn put(buffer: &mut Buffer, x: u16, y: u16, character: char, style: Style) {
    let cell = &mut buffer[(x, y)];
    cell.reset();
    cell.set_char(character);
    cell.set_style(style);
}

fn blank(buffer: &mut Buffer, x: u16, y: u16) {
    if let Some(cell) = buffer.cell_mut((x, y)) {
        cell.reset();
    }
}

/// Words at the right end of an edge whose corner is at `corner`.
fn edge(buffer: &mut Buffer, corner: u16, y: u16, words: &str, style: Style) {
    let wide = format::width(words) as u16;
    let x = corner.saturating_sub(wide + 2);
    blank(buffer, x.saturating_sub(1), y);
    blank(buffer, x + wide, y);
    super::line::text(buffer, x, y, wide, words, style);
}
