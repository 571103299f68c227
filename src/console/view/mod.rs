//! Drawing: pure functions from the model to cells. Views name roles and glyphs, never colours; they build only rows that are
//! visible, and never change what they draw from.

mod around;
mod banner;
mod canvas;
mod chosen;
mod chrome;
mod flow;
mod footer;
pub mod glyph;
mod jump;
pub mod lines;
mod look;
mod main_screen;
mod page;
mod pane;
mod past;
mod popup;
mod roles;
pub mod theme;
mod toast;
mod widget;
mod words;

#[cfg(test)]
pub(in crate::console) mod fixture;
#[cfg(test)]
pub(in crate::console) mod tests;

pub use canvas::Drawn;
pub use theme::{Capability, Theme, ThemeError};

use canvas::{Canvas, Room};
use look::Look;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use theme::Role;
use widget::frame::Border;

use super::model::{Model, Page};

/// The least size with more than a sentence on it.
pub const LEAST: (u16, u16) = (40, 10);

/// How everything looks, whatever is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skin {
    /// Roles to styles.
    pub theme: Theme,
    /// Draw with ASCII only.
    pub ascii: bool,
}

/// Draws the whole screen; answers where the lists ended up, which the next update moves by.
pub fn draw(model: &Model, skin: Skin, frame: &mut Frame<'_>) -> Drawn {
    let area = frame.area();
    let drawn = draw_into(model, skin, frame.buffer_mut(), area);
    // Without a field it stays hidden. Input methods and screen readers follow it.
    if let Some(caret) = drawn.caret {
        frame.set_cursor_position(caret);
    }
    drawn
}

/// As [`draw`], into cells: for screen dumps and measures.
pub fn draw_into(model: &Model, skin: Skin, buffer: &mut Buffer, area: Rect) -> Drawn {
    let look = Look {
        theme: skin.theme,
        ascii: skin.ascii,
        zone: model.zone.clone(),
        now: model.moment(),
    };
    let area = area.intersection(buffer.area);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(&look, buffer, area);
        look.fit_charset(buffer);
        return Drawn::default();
    }
    let inner = if model.session.production {
        // Production is framed, so that nobody takes it for anything else.
        widget::frame::Frame::new(&look, Border::Danger, tr!("PRODUCTION"))
            .draw(&look, buffer, area)
    } else {
        area
    };
    let mut canvas = Canvas {
        model,
        look: &look,
        buffer,
        room: Room::of(inner.width, inner.height),
        drawn: Drawn::default(),
    };
    screen(&mut canvas, inner);
    let drawn = std::mem::take(&mut canvas.drawn);
    look.fit_charset(buffer);
    drawn
}

fn screen(canvas: &mut Canvas<'_>, area: Rect) {
    let row = |y: u16| Rect {
        y: area.y + y,
        height: 1,
        ..area
    };
    let past = canvas.model.past.as_deref();
    let above = 1 + past.map_or(0, |_| past::height(canvas.room));
    let body = Rect {
        y: area.y + above,
        height: area.height.saturating_sub(above + 2),
        ..area
    };
    chrome::head(canvas, row(0));
    if let Some(past) = past {
        let rows = Rect {
            height: above - 1,
            ..row(1)
        };
        past::draw(canvas, rows, past);
    }
    match canvas.model.ui.page() {
        Page::Main => main_screen::draw(canvas, body),
        page => page::draw(canvas, body, page),
    }
    // Of the list in front: under toasts and over a popup.
    let over_popup = !canvas.model.ui.popups.is_empty();
    if !over_popup {
        jump::draw(canvas);
    }
    toast::draw(canvas, body);
    popup::draw(canvas, body);
    if over_popup {
        jump::draw(canvas);
    }
    chrome::message(canvas, row(area.height - 2));
    chrome::foot(canvas, row(area.height - 1));
}

fn too_small(look: &Look, buffer: &mut Buffer, area: Rect) {
    let words = tr!(
        "jolli needs {least_width}x{least_height}; this is {width}x{height}. Make the window larger, or jolli console --plain.",
        least_width = LEAST.0,
        least_height = LEAST.1,
        width = area.width,
        height = area.height
    );
    widget::line::paragraph(buffer, area, &words, look.style(Role::Text));
}
