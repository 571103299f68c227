//! The letters at the rows of a list, over the columns that say which row is selected and marked, or beside its text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::canvas::Canvas;
use super::glyph;
use super::theme::Role;
use super::widget::line::text;
use crate::console::format;

/// Draws them, where a row is about to be jumped to.
pub fn draw(canvas: &mut Canvas<'_>) {
    let model = canvas.model;
    let Some(jump) = &model.ui.jump else { return };
    let area = canvas.drawn.areas.iter().rfind(|(id, _)| *id == jump.list);
    let (true, Some((_, area))) = (model.ui.focus() == jump.list, area) else {
        return;
    };
    let (area, list) = (*area, canvas.list(jump.list));
    let offset = list.offset_for(usize::from(area.height));
    let lettered: Vec<(u16, [char; 2])> = (area.top()..area.bottom())
        .filter_map(|y| {
            let place = canvas.drawn.row_at(jump.list, y, offset)?;
            let key = model.key_at(jump.list, *list.rows.get(place)?)?;
            Some((y, jump.letters(key)?))
        })
        .collect();
    // Where rows begin with their text it moves aside, so that it can be read.
    let lead = [glyph::SELECTED, glyph::REMEMBERED, glyph::MARKED].map(|it| canvas.look.glyph(it));
    let free = |y: u16| {
        let symbol = |x: u16| canvas.buffer[(area.x + x, y)].symbol();
        let blank = |text: &str| text.chars().all(|c| c == ' ' || lead.contains(&c));
        (0..area.width.min(LETTERS))
            .take_while(|x| blank(symbol(*x)))
            .count() as u16
    };
    let least = lettered.iter().map(|(y, _)| free(*y)).min();
    if let Some(least) = least.filter(|it| *it < LETTERS) {
        shift(canvas.buffer, area, LETTERS + 1 - least);
    }
    let style = canvas.look.style(Role::Accent);
    let style = style.add_modifier(Modifier::BOLD | Modifier::REVERSED);
    for (y, letters) in lettered {
        let letters = String::from_iter(letters);
        let width = area.width.min(LETTERS);
        text(canvas.buffer, area.x, y, width, &letters, style);
    }
}

/// How many letters stand at a row.
const LETTERS: u16 = 2;

/// Moves what is drawn so many columns to the right; what no longer has room is cut.
fn shift(buffer: &mut Buffer, area: Rect, by: u16) {
    if area.width <= by {
        return;
    }
    for y in area.top()..area.bottom() {
        let lost = (area.right() - by..area.right()).any(|x| buffer[(x, y)].symbol().trim() != "");
        for x in (area.left() + by..area.right()).rev() {
            buffer[(x, y)] = buffer[(x - by, y)].clone();
        }
        for x in area.left()..area.left() + by {
            buffer[(x, y)].set_symbol(" ");
        }
        let last = &mut buffer[(area.right() - 1, y)];
        // Half of a wide character is none.
        if lost || format::width(last.symbol()) > 1 {
            last.set_symbol("…");
        }
    }
}
