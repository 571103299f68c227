//! The banner: why the data is not live, what that means, what to do. Data stays on the screen under it.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::format;
use super::glyph::{self, Mark};
use super::theme::Role;
use super::widget::line::Cells;
use crate::base::Timestamp;
use crate::console::model::{Connection, Model, Outage};

/// What a banner says: glyph, sentences, and at the right end what happens next or what to do.
struct Banner {
    mark: Mark,
    text: String,
    next: String,
}

/// Draws it where there is one.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) -> bool {
    let Some(banner) = banner(canvas) else {
        return false;
    };
    let look = canvas.look;
    let end = usize::from(area.width).saturating_sub(1);
    let style = look.mark_style(banner.mark);
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    cells.span(look.mark(banner.mark));
    cells.put(" ", look.style(Role::Text));
    // The sentence gives way to what to do, which is the part that helps.
    let room = end.saturating_sub(format::width(&banner.next) + 1);
    cells.put_until(room, &banner.text, style);
    cells.put_right(end, banner.next, look.style(Role::Accent));
    cells.draw(canvas.buffer, area.x, area.y, area.width);
    true
}

fn banner(canvas: &Canvas<'_>) -> Option<Banner> {
    let (model, look) = (canvas.model, canvas.look);
    let host = &model.session.server;
    let again = |at: Timestamp| format!("again {}", format::countdown(model.now, at));
    let seen = model
        .data_as_of
        .map_or_else(|| "nothing yet".to_owned(), |at| look.short_time(at));
    let say = |mark, text: String, next: String| Some(Banner { mark, text, next });
    match &model.connection {
        Connection::Live => unsure(model),
        Connection::Connecting => say(
            glyph::SAVING,
            format!("Connecting to {host}."),
            String::new(),
        ),
        Connection::Starting => say(
            glyph::SAVING,
            "Starting the embedded server.".to_owned(),
            String::new(),
        ),
        Connection::Offline {
            outage,
            text,
            next_try,
            ..
        } => match outage {
            Outage::Dns => say(
                glyph::OFFLINE,
                format!("Name not found: {host} (DNS). Check the profile or the network."),
                format!("{} · gp profiles", again(*next_try)),
            ),
            Outage::Tls => say(
                glyph::OFFLINE,
                format!("Certificate not trusted: {text}. Nothing was sent."),
                "gp profiles · :info certificate".to_owned(),
            ),
            Outage::NoStart => say(
                glyph::OFFLINE,
                format!(
                    "The embedded server did not start: {}",
                    format::sentence(text)
                ),
                format!("{} · R now", again(*next_try)),
            ),
            Outage::Refused | Outage::Timeout | Outage::Broken => say(
                glyph::OFFLINE,
                format!("Offline: {host} does not answer ({text}). You see {seen}.  Writes wait."),
                format!("{} · R now", again(*next_try)),
            ),
        },
        Connection::Taken { text, next_try, .. } => say(
            glyph::OFFLINE,
            format!(
                "The embedded server did not start: {}",
                format::sentence(text)
            ),
            format!("Enter connects to it · {}", again(*next_try)),
        ),
        Connection::SignedOut { .. } => say(
            glyph::OFFLINE,
            format!("Signed out: token refused (401). Looking works from the snapshot of {seen}."),
            ":sign-in".to_owned(),
        ),
        Connection::Busy { until } => say(
            glyph::CATCHING_UP,
            "Server busy (429): asked to wait. Nothing is lost.".to_owned(),
            again(*until),
        ),
        Connection::ServerFailed {
            status: 403, text, ..
        } => say(
            glyph::OFFLINE,
            format!("Not allowed (403): {}", format::sentence(text)),
            ":sign-in takes another token".to_owned(),
        ),
        Connection::ServerFailed {
            status,
            text,
            next_try,
            ..
        } => {
            let change = if model.work.not_taken {
                " Your change was not taken."
            } else {
                ""
            };
            let text = text.trim_end_matches('.');
            say(
                glyph::OFFLINE,
                format!("Server failed ({status}): it says \"{text}\".{change}"),
                format!("{} · R now", again(*next_try)),
            )
        }
        Connection::CatchingUp { seen: at, head } => say(
            glyph::CATCHING_UP,
            format!(
                "Catching up: {} of {} events. Lists show {seen} until done.",
                format::count(at.0),
                format::count(head.0)
            ),
            model
                .data_as_of
                .map_or_else(String::new, |at| format!("{} old", look.age(at))),
        ),
    }
}

/// A write whose answer was lost; shown only while nothing graver is.
fn unsure(model: &Model) -> Option<Banner> {
    let pending = model.work.pending.values().find(|pending| pending.unsure)?;
    Some(Banner {
        mark: glyph::UNSURE,
        text: format!(
            "Unsure: \"{}\" was sent, the answer was lost. Asking again with the same key.",
            pending.label
        ),
        next: "gl log".to_owned(),
    })
}
