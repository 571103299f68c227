//! Toasts: what has just been done, at most three, bottom right. They never take the keys.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::glyph;
use super::theme::Role;
use super::widget::frame::{Border, Frame};
use super::widget::line::Cells;
use super::widget::place;
use crate::console::format;
use crate::console::model::{Toast, ToastKind};

/// Columns of the box; narrower screens take what they have.
const WIDTH: u16 = 51;

/// Draws them over the bottom right corner of `area`.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let model = canvas.model;
    let toasts = &model.work.toasts;
    let newest = &toasts[toasts.len().saturating_sub(3)..];
    if newest.is_empty() || area.width < 20 {
        return;
    }
    let width = WIDTH.min(area.width);
    let mut lines: Vec<Cells<'static>> = Vec::new();
    for toast in newest {
        if !lines.is_empty() {
            lines.push(Cells::new());
        }
        lines.extend(lines_of(canvas, toast, usize::from(width) - 2));
    }
    // The newest words matter most: where the box is too tall, the oldest lines go.
    let height = (lines.len() as u16 + 2).min(area.height);
    if height < 3 {
        return;
    }
    let lines = lines.split_off(lines.len() - usize::from(height - 2));
    let place = place::bottom_right(area, width, height);
    let inner = canvas.frame(place, Frame::new(canvas.look, Border::Plain, ""));
    for (row, line) in lines.iter().enumerate() {
        line.draw(canvas.buffer, inner.x, inner.y + row as u16, inner.width);
    }
}

fn lines_of(canvas: &Canvas<'_>, toast: &Toast, width: usize) -> Vec<Cells<'static>> {
    let look = canvas.look;
    let mark = match toast.kind {
        ToastKind::Done => glyph::DONE,
        ToastKind::Failed => glyph::FAILED,
        ToastKind::Progress => glyph::SAVING,
        ToastKind::Info => glyph::NOTE,
    };
    let text = look.style(Role::Text);
    let mut lines: Vec<Cells<'static>> = Vec::new();
    for words in sentences(&toast.text, width.saturating_sub(2)) {
        let mut cells = Cells::new();
        if lines.is_empty() {
            cells.span(look.mark(mark));
            cells.put(" ", text);
        } else {
            cells.put("  ", text);
        }
        cells.spans(look.safe(&words, text));
        lines.push(cells);
    }
    if !toast.hint.is_empty() {
        let room = lines.last().is_some_and(|last| {
            lines.len() > 1 && last.width() + 3 + format::width(&toast.hint) <= width
        });
        if !room {
            lines.push(Cells::new());
        }
        if let Some(last) = lines.last_mut() {
            last.put(if room { "   " } else { "  " }, text);
            last.put(toast.hint.clone(), look.style(Role::Accent));
        }
    }
    lines
}

/// Words in lines of at most `width`, whole sentences together where they fit.
fn sentences(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(". ").map_or(rest.len(), |at| at + 1);
        let sentence = &rest[..end];
        rest = rest[end..].trim_start();
        if let Some(last) = lines.last_mut()
            && format::width(last) + 1 + format::width(sentence) <= width
        {
            last.push(' ');
            last.push_str(sentence);
        } else {
            lines.extend(format::wrap(sentence, width));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_stay_whole_where_they_fit() {
        let text = "Not undone: \"off\" by you, @1843. ana edited its pattern since, @1845. ge shows both. space turns it on.";
        assert_eq!(
            sentences(text, 47),
            [
                "Not undone: \"off\" by you, @1843.",
                "ana edited its pattern since, @1845.",
                "ge shows both. space turns it on."
            ]
        );
    }
}
