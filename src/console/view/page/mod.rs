//! The pages that cover the panes, one file each. Every page draws from the model's rows and from what was loaded for it.

mod approvals;
mod conflicts;
mod deliveries;
mod events;
mod integration;
mod integrations;
mod log;
mod messages;
mod own;
mod parts;
mod pulse;
mod run;
mod source;
mod texts;
mod thread;
mod timeline;
mod tokens;
mod why;
pub(super) mod xray;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::console::model::Page;

/// Draws the page in front.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, page: &Page) {
    match page {
        // The main screen is drawn by its own module; nothing is left for this one.
        Page::Main => {}
        Page::Source(view) => source::draw(canvas, area, view),
        Page::Why(view) => why::draw(canvas, area, view),
        Page::Conflicts(_) => conflicts::draw(canvas, area),
        Page::Run(view) => run::draw(canvas, area, view),
        Page::Thread(view) => thread::draw(canvas, area, view),
        Page::Approvals(view) => approvals::draw(canvas, area, view),
        Page::Xray(view) => xray::draw(canvas, area, view),
        Page::Pulse(view) => pulse::draw(canvas, area, view),
        Page::Deliveries(view) => deliveries::draw(canvas, area, view),
        Page::Delivery(view) => deliveries::draw_one(canvas, area, view),
        Page::Integrations => integrations::draw(canvas, area),
        Page::Integration(view) => integration::draw(canvas, area, view),
        Page::Tokens(view) => tokens::draw(canvas, area, view),
        Page::Events(view) => events::draw(canvas, area, view),
        Page::Messages => messages::draw(canvas, area),
        Page::Info(_) => own::draw_info(canvas, area),
        Page::OwnLog(view) => own::draw_log(canvas, area, view),
    }
}
