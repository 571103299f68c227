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
mod parts;
mod profiles;
mod results;
mod secret;
mod sign_in;
mod views;
mod which_key;
mod writing;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::console::model::{ListId, Popup};

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
