//! Everything that was said in this session, newest first: toasts and banners go, this stays.

use ratatui::layout::Rect;

use super::texts::{self, TextRow};
use crate::console::format;
use crate::console::model::{ListId, ToastKind};
use crate::console::view::canvas::Canvas;
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let notes = &canvas.model.work.notes;
    let frame = canvas.pane(
        canvas.border(ListId::Messages),
        tr!(
            "Messages of this session ({notes})",
            notes = format::len(notes.len())
        ) + &texts::skipped(canvas, ListId::Messages),
    );
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Messages, inner);
    if notes.is_empty() {
        canvas.say(inner, tr!("Nothing was said yet."), Role::Dim);
        return;
    }
    let list = canvas.list(ListId::Messages);
    // Rows are places among the notes; where none were worked out, the newest come first.
    let all: Vec<usize> = if list.rows.is_empty() {
        (0..notes.len()).rev().collect()
    } else {
        let rows = list.rows.iter().map(|n| *n as usize);
        rows.filter(|n| *n < notes.len()).collect()
    };
    texts::draw(canvas, inner, ListId::Messages, &all, |canvas, n| {
        let (look, note) = (canvas.look, &notes[n]);
        let mark = match note.kind {
            ToastKind::Done => glyph::DONE,
            ToastKind::Failed => glyph::FAILED,
            ToastKind::Progress => glyph::SAVING,
            ToastKind::Info => glyph::NOTE,
        };
        let text = look.style(Role::Text);
        let mut head = Cells::new();
        head.put(look.time(note.at), look.style(Role::Dim));
        head.put(" ", text);
        head.span(look.mark(mark));
        head.put(" ", text);
        TextRow {
            head,
            text: note.text.clone(),
            style: text,
        }
    });
}
