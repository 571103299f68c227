//! What lies over the page, one file each. The last popup has the keys; those under it stay visible where there is room.

mod bind;
mod columns;
mod danger;
mod export;
mod form;
mod go_to;
mod help;
mod link;
mod merge;
mod mode;
mod palette;
mod profiles;
mod results;
mod secret;
mod sign_in;
mod views;
mod which_key;
mod writing;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::theme::Role;
use super::widget;
use super::widget::frame::{Border, Frame};
use super::widget::line::Cells;
use super::widget::place;
use super::widget::table::RowState;
use crate::api::Consequence;
use crate::console::model::{ListId, Popup, TextField};

/// Draws the popups, the last one in front.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let popups = &canvas.model.ui.popups;
    for popup in popups {
        // Only the one in front has the keys and the mouse.
        canvas.drawn.caret = None;
        canvas.drawn.areas.clear();
        canvas.drawn.headings.clear();
        canvas.drawn.split = None;
        canvas.drawn.viewports.texts.remove(&ListId::Popup);
        match popup {
            Popup::Palette(list) => palette::draw(canvas, area, list),
            Popup::Help(list) => help::draw(canvas, area, list),
            Popup::Link(wizard) => link::draw(canvas, area, wizard),
            Popup::Bind(picker) => bind::draw(canvas, area, picker),
            Popup::Form(form) => form::draw(canvas, area, form),
            Popup::Danger(danger) => danger::draw(canvas, area, danger),
            Popup::Profiles(picker) => profiles::draw(canvas, area, picker),
            Popup::SignOut(asked) => profiles::draw_sign_out(canvas, area, asked),
            Popup::Secret(shown) => secret::draw(canvas, area, shown),
            Popup::SignIn(sign_in) => sign_in::draw(canvas, area, sign_in),
            Popup::Writing(writing) => writing::draw(canvas, area, writing),
            Popup::Mode(picker) => mode::draw(canvas, area, picker),
            Popup::Columns(picker) => columns::draw(canvas, area, picker),
            Popup::Export(form) => export::draw(canvas, area, form),
            Popup::Dump(_) => export::draw_dump(canvas, area),
            Popup::Views(list) => views::draw(canvas, area, list),
            Popup::GoTo(go) => go_to::draw(canvas, area, go),
            Popup::Bulk(group) => {
                let bulks = &canvas.model.work.bulks;
                if let Some(bulk) = bulks.iter().find(|it| it.group == *group) {
                    results::draw_bulk(canvas, area, bulk);
                }
            }
        }
    }
    if canvas.model.ui.which_key && !canvas.model.ui.chord.is_empty() {
        which_key::draw(canvas, area);
    }
}

/// Opens a box of that size in the middle; answers its inside.
fn open(canvas: &mut Canvas<'_>, area: Rect, size: (u16, u16), title: String, keys: &str) -> Rect {
    let place = place::centered(area, size.0, size.1);
    let note = (!keys.is_empty()).then(|| keys.to_owned());
    let frame = Frame::new(canvas.look, Border::Focused, title).note(note);
    canvas.frame(place, frame)
}

/// Appends a field with its caret; what is hidden shows as dots.
fn field(canvas: &Canvas<'_>, cells: &mut Cells<'static>, field: &TextField, has_keys: bool) {
    let (before, after) = field.split();
    if field.hidden {
        let dots = |part: &str| "*".repeat(part.chars().count().min(40));
        widget::field::put(canvas.look, cells, (&dots(before), &dots(after)), has_keys);
    } else {
        widget::field::put(canvas.look, cells, (before, after), has_keys);
    }
}

/// How the row at a place of the popup's list stands.
fn row_state(canvas: &Canvas<'_>, place: usize) -> RowState {
    RowState {
        selected: canvas.list(ListId::Popup).position == place,
        focused: true,
        ..RowState::default()
    }
}

/// The places of a popup's rows that are visible.
fn window(canvas: &Canvas<'_>, total: usize, height: usize) -> std::ops::Range<usize> {
    let list = canvas.list(ListId::Popup);
    let position = list.position.min(total.saturating_sub(1));
    let first = list
        .offset
        .min(position)
        .max((position + 1).saturating_sub(height));
    first..(first + height).min(total)
}

/// A line inside a popup, one blank from its border.
fn line(canvas: &mut Canvas<'_>, area: Rect, row: u16, cells: &Cells<'_>) {
    if row < area.height {
        let caret = cells.draw(canvas.buffer, area.x, area.y + row, area.width);
        canvas.drawn.caret = caret.or(canvas.drawn.caret);
    }
}

/// What a dry run says would follow, wrapped; answers the rows used.
fn consequences(canvas: &mut Canvas<'_>, area: Rect, first: u16, list: &[Consequence]) -> u16 {
    let mut row = first;
    for consequence in list {
        let rest = Rect {
            y: area.y + row.min(area.height),
            height: area.height.saturating_sub(row),
            ..area
        };
        row += canvas.say(rest, &consequence.text, Role::Text);
    }
    row - first
}

/// A value; what is empty has a word.
fn shown(text: &str) -> &str {
    if text.is_empty() { tr!("empty") } else { text }
}
