//! The letters at the rows of a list, over the columns that say which row is selected and marked.

use ratatui::style::Modifier;

use super::canvas::Canvas;
use super::theme::Role;
use super::widget::line::text;

/// Draws them, where a row is about to be jumped to.
pub fn draw(canvas: &mut Canvas<'_>) {
    let model = canvas.model;
    let Some(jump) = &model.ui.jump else { return };
    let area = canvas.drawn.areas.iter().rfind(|(id, _)| *id == jump.list);
    let (true, Some((_, area))) = (model.ui.focus() == jump.list, area) else {
        return;
    };
    let (area, list) = (*area, canvas.list(jump.list));
    let style = canvas.look.style(Role::Accent);
    let style = style.add_modifier(Modifier::BOLD | Modifier::REVERSED);
    for y in area.top()..area.bottom() {
        let place = canvas
            .drawn
            .row_at(jump.list, y, list.offset_for(usize::from(area.height)));
        let row = place.and_then(|place| list.rows.get(place));
        let letters = row
            .and_then(|row| model.key_at(jump.list, *row))
            .and_then(|key| jump.letters(key));
        if let Some(letters) = letters {
            let width = area.width.min(2);
            text(
                canvas.buffer,
                area.x,
                y,
                width,
                &String::from_iter(letters),
                style,
            );
        }
    }
}
