//! A line under construction, with columns: what is put is measured, padded and cut.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::console::format;
use crate::console::view::look::Look;
use crate::console::view::theme::Role;

/// Stands between what is before the caret of a field and what is behind it.
pub const CARET: char = '▏';

/// A line whose width is known while it is built.
#[derive(Clone, Debug, Default)]
pub struct Cells<'a> {
    spans: Vec<Span<'a>>,
    width: usize,
    /// The column where a text field begins.
    field: usize,
    /// The column of the caret in it.
    caret: Option<usize>,
}

impl<'a> Cells<'a> {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Appends text.
    pub fn put(&mut self, text: impl Into<Cow<'a, str>>, style: Style) -> &mut Self {
        self.span(Span::styled(text, style))
    }

    /// Appends a span.
    pub fn span(&mut self, span: Span<'a>) -> &mut Self {
        self.width += format::width(&span.content);
        self.spans.push(span);
        self
    }

    /// What follows is the text of a field: where there is no room, it gives way before what stands left of it.
    pub fn begin_field(&mut self) -> &mut Self {
        self.field = self.width;
        self
    }

    /// Appends the caret of a field: where it is drawn the terminal's own cursor stands too.
    pub fn caret(&mut self, look: &Look) -> &mut Self {
        self.caret = Some(self.width);
        self.put(CARET.to_string(), look.style(Role::Focus))
    }

    /// Appends spans.
    pub fn spans(&mut self, spans: impl IntoIterator<Item = Span<'a>>) -> &mut Self {
        for span in spans {
            self.span(span);
        }
        self
    }

    /// Appends a line.
    pub fn cells(&mut self, other: Self) -> &mut Self {
        self.spans(other.spans)
    }

    /// Appends text, cut where it would pass `end`.
    pub fn put_until(&mut self, end: usize, text: &str, style: Style) -> &mut Self {
        let room = end.saturating_sub(self.width);
        let cut = format::cut(text, room).into_owned();
        self.put(cut, style)
    }

    /// Blanks up to `column`; nothing when the line is already there.
    pub fn pad_to(&mut self, column: usize) -> &mut Self {
        if column > self.width {
            self.put(blanks(column - self.width), Style::new());
        }
        self
    }

    /// Text that ends before `end`, blanks before it; nothing when there is no room for all of it.
    pub fn put_right(
        &mut self,
        end: usize,
        text: impl Into<Cow<'a, str>>,
        style: Style,
    ) -> &mut Self {
        let text = text.into();
        let wide = format::width(&text);
        if end >= self.width + wide {
            self.pad_to(end - wide);
            self.put(text, style);
        }
        self
    }

    /// The line.
    pub fn into_line(self) -> Line<'a> {
        Line::from(self.spans)
    }

    /// Draws it at a place, clipped to `width` columns; a clipped line ends in `…`. Answers where the caret is: in a
    /// field that is too long for its place it stays in sight.
    pub fn draw(&self, buffer: &mut Buffer, x: u16, y: u16, width: u16) -> Option<Position> {
        let area = Rect::new(x, y, width, 1).intersection(buffer.area);
        if area.is_empty() {
            return None;
        }
        if let Some(scrolled) = self.scrolled(usize::from(area.width)) {
            return scrolled.draw_clipped(buffer, area);
        }
        self.draw_clipped(buffer, area)
    }

    fn draw_clipped(&self, buffer: &mut Buffer, area: Rect) -> Option<Position> {
        let (mut x, y, width) = (area.x, area.y, area.width);
        let end = x + width;
        for span in &self.spans {
            if x >= end {
                break;
            }
            x = buffer
                .set_stringn(x, y, &span.content, usize::from(end - x), span.style)
                .0;
        }
        if self.width > usize::from(width) {
            let cell = &mut buffer[(end - 1, y)];
            cell.set_char('…');
        }
        let caret = u16::try_from(self.caret?).ok()?;
        (caret < width).then(|| Position::new(area.x + caret, y))
    }

    /// The line with the head of its field cut off, where the caret would not be seen otherwise.
    fn scrolled(&self, width: usize) -> Option<Self> {
        let caret = self.caret?;
        // The last column says that there is more.
        let last = width.saturating_sub(usize::from(self.width > caret + 1) + 1);
        let over = caret.saturating_sub(last);
        if over == 0 || last <= self.field {
            return None;
        }
        let mut line = Self::new();
        // The mark of what is cut takes a column itself.
        let mut cut = over + 1;
        let mut column = 0;
        for span in &self.spans {
            if column == self.field {
                line.put("…", span.style);
            }
            if self.caret == Some(column) {
                line.caret = Some(line.width);
            }
            let mut rest: &str = &span.content;
            if column >= self.field {
                while cut > 0
                    && let Some(first) = rest.chars().next()
                {
                    let (head, tail) = rest.split_at(first.len_utf8());
                    cut = cut.saturating_sub(format::width(head));
                    rest = tail;
                }
            }
            line.put(rest.to_owned(), span.style);
            column += format::width(&span.content);
        }
        Some(line)
    }
}

/// That many blanks, borrowed while there are not many.
pub fn blanks(count: usize) -> Cow<'static, str> {
    const SPACES: &str = "                                                                                                                                ";
    SPACES
        .get(..count)
        .map_or_else(|| Cow::Owned(" ".repeat(count)), Cow::Borrowed)
}

/// Draws one styled text at a place, clipped.
pub fn text(buffer: &mut Buffer, x: u16, y: u16, width: u16, text: &str, style: Style) {
    let mut cells = Cells::new();
    cells.put(text, style);
    cells.draw(buffer, x, y, width);
}

/// Draws text over several lines of `area`; answers how many it took.
pub fn paragraph(buffer: &mut Buffer, area: Rect, words: &str, style: Style) -> u16 {
    let lines = format::wrap(words, usize::from(area.width));
    let mut used = 0;
    for line in lines.iter().take(usize::from(area.height)) {
        text(buffer, area.x, area.y + used, area.width, line, style);
        used += 1;
    }
    used
}

#[cfg(test)]
mod tests {
    use super::super::field;
    use super::*;
    use crate::console::view::Theme;

    fn shown(cells: &Cells<'_>, width: u16) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        cells.draw(&mut buffer, 0, 0, width);
        buffer
            .content
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    }

    #[test]
    fn columns_stand_where_they_are_put() {
        let mut cells = Cells::new();
        cells
            .put("ab", Style::new())
            .pad_to(4)
            .put("c", Style::new());
        cells.put_right(10, "12", Style::new());
        assert_eq!(shown(&cells, 12), "ab  c   12  ");
        assert_eq!(cells.width(), 10);
        cells.put_right(9, "lost", Style::new());
        assert_eq!(cells.width(), 10);
    }

    #[test]
    fn the_caret_of_a_field_stays_in_sight() {
        let look = Look {
            theme: Theme::named("dark").unwrap(),
            ascii: false,
            zone: jiff::tz::TimeZone::UTC,
            now: crate::console::view::fixture::now(),
        };
        let drawn = |before: &str, after: &str, width: u16| {
            let mut cells = Cells::new();
            cells.put("a: ", Style::new());
            field::put(&look, &mut cells, (before, after), true);
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
            let caret = cells.draw(&mut buffer, 0, 0, width).map(|it| it.x);
            let symbols = buffer.content.iter().map(ratatui::buffer::Cell::symbol);
            (symbols.collect::<String>(), caret)
        };
        let said = |text: &str, caret| (text.to_owned(), Some(caret));
        assert_eq!(drawn("bcd", "", 8), said("a: bcd▏ ", 6));
        assert_eq!(drawn("bcdefgh", "", 8), said("a: …fgh▏", 7));
        assert_eq!(drawn("bcdefgh", "xyz", 8), said("a: …gh▏…", 6));
        assert_eq!(drawn("", "bcdefgh", 8), said("a: ▏bcd…", 3));
        // Half of a wide character is no character.
        assert_eq!(drawn("界界界", "", 8), said("a: …界 ▏ ", 6));
    }

    #[test]
    fn a_clipped_line_says_so() {
        let mut cells = Cells::new();
        cells.put("abcdef", Style::new());
        assert_eq!(shown(&cells, 4), "abc…");
        assert_eq!(shown(&cells, 0), "");
    }
}
