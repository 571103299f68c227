//! `!…`: what a destructive command would do, until its object's name is typed in full.

use ratatui::layout::Rect;

use super::parts::{field, line};
use crate::console::format;
use crate::console::model::{Danger, ListId};
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::flow::{self, Item};
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::{Border, Frame};
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;

/// Of several rows so many are told in full.
const SHOWN: usize = 6;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, danger: &Danger) {
    let look = canvas.look;
    let model = canvas.model;
    if area.width < NARROW {
        return narrow(canvas, area, danger);
    }
    let width = 68.min(area.width);
    let room = usize::from(width.saturating_sub(4));
    let told = items(canvas, &told(danger), room);
    let below = refused(danger, room);
    let height = flow::high(&told) + below.len() as u16 + 7;
    let place = place::centered(area, width, height);
    // The last lines never give way to a long effect.
    let last = place.height.saturating_sub(below.len() as u16 + 4);
    let (first, more) = flow::read(canvas, ListId::Popup, &told, last.saturating_sub(2));
    let inner = framed(canvas, place, danger, more);
    if inner.is_empty() {
        return;
    }
    let session = &model.session;
    let mut cells = Cells::new();
    cells.put(
        tr!(
            " Profile {profile} · {server}.",
            profile = session.profile,
            server = session.server
        ),
        look.style(Role::Text),
    );
    if session.production {
        cells.put(tr!("  PRODUCTION."), look.style(Role::Danger));
    }
    cells.put(
        format!("  {}", danger.undo_words()),
        look.style(Role::Strong),
    );
    line(canvas, inner, 0, &cells);
    let (upper, _) = place::rows(inner, last);
    let (_, upper) = place::rows(upper, 2);
    flow::show(canvas, upper, &told, first);
    let row = (flow::high(&told) + 3).min(last);
    let mut cells = Cells::new();
    cells.put(tr!(" Type the name to go on:  "), look.style(Role::Text));
    field(canvas, &mut cells, &danger.field, true);
    cells.pad_to(44.max(cells.width() + 2));
    cells.put(danger.name.clone(), look.style(Role::Strong));
    line(canvas, inner, row, &cells);
    button(canvas, inner, row + 1, danger, below.is_empty());
    for (n, words) in below.iter().enumerate() {
        let mut cells = Cells::new();
        cells.put(" ", look.style(Role::Text));
        cells.spans(look.safe(words, look.style(Role::Warn)));
        line(canvas, inner, row + 2 + n as u16, &cells);
    }
}

/// What is told before the name is asked for: what the console knows, then what the server says.
fn told(danger: &Danger) -> Vec<(String, Role)> {
    let own = danger.told.iter().map(|it| (it.clone(), Role::Text));
    let mut told: Vec<(String, Role)> = own.collect();
    if let Some(reason) = &danger.refused {
        told.push((tr!("It would be refused: {reason}", reason), Role::Warn));
        return told;
    }
    if let Some(many) = &danger.many {
        // The first few with all that would follow; what is not shown is counted.
        told.extend(many.rows.iter().take(SHOWN).map(|it| {
            let (words, role) = match (&it.effect.value, it.effect.failure()) {
                (Some(effect), _) => {
                    let all = effect.consequences.iter().map(|it| it.text.as_str());
                    (all.collect::<Vec<_>>().join(" "), Role::Text)
                }
                (None, Some(text)) => (text.to_owned(), Role::Dim),
                (None, None) => (tr!("asking").to_owned(), Role::Dim),
            };
            (format!("{}: {words}", it.name), role)
        }));
        if many.rows.len() > SHOWN {
            let more = many.rows.len() - SHOWN;
            told.push((
                tr_n!(more, "and {count} more of them", "and {count} more of them"),
                Role::Dim,
            ));
        }
        return told;
    }
    match (&danger.effect.value, danger.effect.failure()) {
        (Some(effect), _) => {
            let all = effect.consequences.iter();
            told.extend(all.map(|it| (it.text.clone(), Role::Text)));
        }
        (None, Some(text)) => told.push((failed_pane(text), Role::Dim)),
        (None, None) => told.push((
            tr!("Asking the server what it would do.").to_owned(),
            Role::Dim,
        )),
    }
    told
}

/// As lines of a text, one blank from the border.
fn items(canvas: &Canvas<'_>, told: &[(String, Role)], room: usize) -> Vec<Item> {
    told.iter()
        .map(|(words, role)| Item::said(flow::wrapped(canvas, words, room + 2, 1, *role)))
        .collect()
}

/// Why it was not done, where that is more than the line of the button holds: a reason is never cut.
fn refused(danger: &Danger, room: usize) -> Vec<String> {
    let Some(problem) = &danger.problem else {
        return Vec::new();
    };
    let button = format::width(danger.verb) + 6;
    if format::width(problem) + button <= room {
        return Vec::new();
    }
    format::wrap(problem, room)
}

/// Below this the name to type does not fit beside the field.
const NARROW: u16 = 60;

fn framed(canvas: &mut Canvas<'_>, place: Rect, danger: &Danger, more: Option<String>) -> Rect {
    // Keys typed ahead do not count yet, so they are not offered either (type-ahead guard).
    let keys = (!danger.guarded).then(|| {
        tr!(
            "Enter {verb}s · Esc keeps",
            verb = danger.verb.to_lowercase()
        )
    });
    // That there is more to read comes before the keys, which the last row has too.
    let note = match (more, keys) {
        (Some(more), Some(keys)) => {
            let both = format!("{more} · {keys}");
            let fits = format::width(&both) + 6 < usize::from(place.width);
            Some(if fits { both } else { more })
        }
        (more, keys) => more.or(keys),
    };
    let title = tr!("DANGER · {title}", title = danger.title);
    let frame = Frame::new(canvas.look, Border::Danger, title).note(note);
    canvas.frame(place, frame)
}

/// The same on a small screen: everything wrapped, the name on a line before the field.
fn narrow(canvas: &mut Canvas<'_>, area: Rect, danger: &Danger) {
    let look = canvas.look;
    let session = &canvas.model.session;
    let room = usize::from(area.width.saturating_sub(4));
    let asks = tr!("Type {name} to go on:", name = danger.name);
    let asks_lines = format::wrap(&asks, room).len() as u16;
    let production = if session.production {
        tr!(" PRODUCTION.")
    } else {
        ""
    };
    let about = tr!(
        "{server}.{production} {undo}",
        server = session.server,
        production,
        undo = danger.undo_words()
    );
    // What was refused is read before what was foreseen.
    let below = refused(danger, room);
    let mut told = vec![(about, Role::Strong)];
    if below.is_empty() {
        told.extend(self::told(danger));
    } else {
        told.extend(below.iter().map(|it| (it.clone(), Role::Warn)));
    }
    let told = items(canvas, &told, room);
    // What is asked never gives way to what is told.
    let height = area.height.saturating_sub(asks_lines + 4);
    let (first, more) = flow::read(canvas, ListId::Popup, &told, height);
    let inner = framed(canvas, area, danger, more);
    if inner.is_empty() {
        return;
    }
    let (upper, asked) = place::rows(inner, height.min(inner.height));
    flow::show(canvas, upper, &told, first);
    let row = flow::high(&told).min(height);
    let (_, asked) = place::rows(inner, row.min(asked.y - inner.y));
    let row = canvas.say(asked, &asks, Role::Strong);
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    field(canvas, &mut cells, &danger.field, true);
    line(canvas, asked, row, &cells);
    button(canvas, asked, row + 1, danger, below.is_empty());
}

fn button(canvas: &mut Canvas<'_>, inner: Rect, row: u16, danger: &Danger, short: bool) {
    let look = canvas.look;
    let mut cells = Cells::new();
    let whole = danger.field.text() == danger.name;
    let role = if whole { Role::Danger } else { Role::Dim };
    cells.put(format!(" [ {} ]", danger.verb), look.style(role));
    if danger.sending {
        cells.put(tr!(" sent, not yet confirmed"), look.style(Role::Info));
    } else if let Some(problem) = &danger.problem {
        let words = if short { problem } else { tr!("was refused:") };
        cells.put(format!(" {words}"), look.style(Role::Warn));
    } else if !whole {
        cells.put(tr!(" waits for the name"), look.style(Role::Dim));
    }
    line(canvas, inner, row, &cells);
}
