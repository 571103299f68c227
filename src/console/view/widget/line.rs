//! A line under construction, with columns: what is put is measured, padded and cut.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::console::view::format;

/// A line whose width is known while it is built.
#[derive(Clone, Debug, Default)]
pub struct Cells<'a> {
    spans: Vec<Span<'a>>,
    width: usize,
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

    /// Appends spans.
    pub fn spans(&mut self, spans: impl IntoIterator<Item = Span<'a>>) -> &mut Self {
        for span in spans {
            self.span(span);
        }
        self
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

    /// Draws it at a place, clipped to `width` columns; a clipped line ends in `…`.
    pub fn draw(&self, buffer: &mut Buffer, x: u16, y: u16, width: u16) {
        let area = Rect::new(x, y, width, 1).intersection(buffer.area);
        if area.is_empty() {
            return;
        }
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
    use super::*;

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
    fn a_clipped_line_says_so() {
        let mut cells = Cells::new();
        cells.put("abcdef", Style::new());
        assert_eq!(shown(&cells, 4), "abc…");
        assert_eq!(shown(&cells, 0), "");
    }
}
