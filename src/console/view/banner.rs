//! The banner: why the data is not live, what that means, what to do. Data stays on the screen under it.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::glyph::{self, Mark};
use super::theme::Role;
use super::widget::line::Cells;
use crate::base::Timestamp;
use crate::console::format;
use crate::console::model::{Connection, Model, Outage};

/// What a banner says: glyph, sentences, and at the right end what happens next or what to do.
struct Banner {
    mark: Mark,
    text: String,
    /// The same in fewer words, where the first have no room.
    short: Option<String>,
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
    let fits = cells.width() + format::width(&banner.text) <= room;
    let text = match &banner.short {
        Some(short) if !fits => short,
        _ => &banner.text,
    };
    cells.put_until(room, text, style);
    cells.put_right(end, banner.next, look.style(Role::Accent));
    cells.draw(canvas.buffer, area.x, area.y, area.width);
    true
}

fn banner(canvas: &Canvas<'_>) -> Option<Banner> {
    let (model, look) = (canvas.model, canvas.look);
    let host = &model.session.server;
    let again = |at: Timestamp| {
        tr!(
            "again {countdown}",
            countdown = format::countdown(model.now, at)
        )
    };
    let seen = model
        .data_as_of
        .map_or_else(|| tr!("nothing yet").to_owned(), |at| look.short_time(at));
    let say = |mark, text: String, next: String| {
        Some(Banner {
            mark,
            text,
            short: None,
            next,
        })
    };
    let or = |short: String, banner: Option<Banner>| {
        banner.map(|it| Banner {
            short: Some(short),
            ..it
        })
    };
    match &model.connection {
        Connection::Live => unsure(model),
        Connection::Connecting => say(
            glyph::SAVING,
            tr!("Connecting to {host}.", host),
            String::new(),
        ),
        Connection::Starting => say(
            glyph::SAVING,
            tr!("Starting the embedded server.").to_owned(),
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
                tr!(
                    "Name not found: {host} (DNS). Check the profile or the network.",
                    host
                ),
                tr!("{again} · gp profiles", again = again(*next_try)),
            ),
            Outage::Tls => say(
                glyph::OFFLINE,
                tr!("Certificate not trusted: {text}. Nothing was sent.", text),
                tr!("gp profiles · :info certificate").to_owned(),
            ),
            Outage::NoStart => say(
                glyph::OFFLINE,
                tr!(
                    "The embedded server did not start: {sentence}",
                    sentence = format::sentence(text)
                ),
                tr!("{again} · R now", again = again(*next_try)),
            ),
            Outage::Refused | Outage::Timeout | Outage::Broken => say(
                glyph::OFFLINE,
                tr!(
                    "Offline: {host} does not answer ({text}). You see {seen}.  Writes wait.",
                    host,
                    text,
                    seen
                ),
                tr!("{again} · R now", again = again(*next_try)),
            ),
        },
        Connection::Taken { text, next_try, .. } => say(
            glyph::OFFLINE,
            tr!(
                "The embedded server did not start: {sentence}",
                sentence = format::sentence(text)
            ),
            tr!("Enter connects to it · {again}", again = again(*next_try)),
        ),
        Connection::SignedOut { sent: false, .. } => or(
            tr!("No token yet for {host}.", host),
            say(
                glyph::OFFLINE,
                tr!(
                    "No token yet for {host}: nothing is loaded from there.",
                    host
                ),
                ":sign-in".to_owned(),
            ),
        ),
        Connection::SignedOut { .. } => or(
            tr!("Signed out (401). You see the snapshot of {seen}.", seen),
            say(
                glyph::OFFLINE,
                tr!(
                    "Signed out: token refused (401). Looking works from the snapshot of {seen}.",
                    seen
                ),
                ":sign-in".to_owned(),
            ),
        ),
        Connection::Busy { until } => say(
            glyph::CATCHING_UP,
            tr!("Server busy (429): asked to wait. Nothing is lost.").to_owned(),
            again(*until),
        ),
        Connection::ServerFailed {
            status: 403, text, ..
        } => say(
            glyph::OFFLINE,
            tr!(
                "Not allowed (403): {sentence}",
                sentence = format::sentence(text)
            ),
            tr!(":sign-in takes another token").to_owned(),
        ),
        Connection::ServerFailed {
            status,
            text,
            next_try,
            ..
        } => {
            let change = if model.work.not_taken {
                tr!(" Your change was not taken.")
            } else {
                ""
            };
            let text = text.trim_end_matches('.');
            let short = if change.is_empty() {
                tr!("Server failed ({status}): {text}.", status, text)
            } else {
                tr!("Server failed ({status}).{change}", status, change)
            };
            let said = say(
                glyph::OFFLINE,
                tr!(
                    "Server failed ({status}): it says \"{text}\".{change}",
                    status,
                    text,
                    change
                ),
                tr!("{again} · R now", again = again(*next_try)),
            );
            or(short, said)
        }
        Connection::CatchingUp { seen: at, head } => say(
            glyph::CATCHING_UP,
            tr_n!(
                head.0,
                "Catching up: {at} of {count} event. Lists show {seen} until done.",
                "Catching up: {at} of {count} events. Lists show {seen} until done.",
                at = format::count(at.0),
                seen
            ),
            model
                .data_as_of
                .map_or_else(String::new, |at| tr!("{age} old", age = look.age(at))),
        ),
    }
}

/// A write whose answer was lost; shown only while nothing graver is.
fn unsure(model: &Model) -> Option<Banner> {
    let pending = model.work.pending.values().find(|pending| pending.unsure)?;
    Some(Banner {
        mark: glyph::UNSURE,
        text: tr!(
            "Unsure: \"{label}\" was sent, the answer was lost. Asking again with the same key.",
            label = pending.label
        ),
        short: Some(tr!(
            "Unsure: \"{label}\": answer lost. Asking again, same key.",
            label = format::cut(&pending.label, 20)
        )),
        next: tr!("gl log").to_owned(),
    })
}
