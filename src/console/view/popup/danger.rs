//! `!…`: what a destructive command would do, until its object's name is typed in full.

use ratatui::layout::Rect;

use super::{consequences, field, line};
use crate::console::model::Danger;
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::format;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::{Border, Frame};
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, danger: &Danger) {
    let look = canvas.look;
    let model = canvas.model;
    if area.width < NARROW {
        return narrow(canvas, area, danger);
    }
    let width = 68.min(area.width);
    let room = usize::from(width.saturating_sub(4));
    let effects: usize = danger.effect.value.as_ref().map_or(1, |effect| {
        effect
            .consequences
            .iter()
            .map(|consequence| format::wrap(&consequence.text, room).len())
            .sum()
    });
    let height = effects as u16 + 7;
    let inner = framed(canvas, place::centered(area, width, height), danger);
    if inner.is_empty() {
        return;
    }
    let session = &model.session;
    let mut cells = Cells::new();
    cells.put(
        format!(" Profile {} · {}.", session.profile, session.server),
        look.style(Role::Text),
    );
    if session.production {
        cells.put("  PRODUCTION.", look.style(Role::Danger));
    }
    cells.put("  This cannot be undone.", look.style(Role::Strong));
    line(canvas, inner, 0, &cells);
    let mut row = 2;
    if let Some(effect) = &danger.effect.value {
        row += consequences(canvas, inner, row, &effect.consequences);
    } else {
        let said = danger.effect.failure().map_or_else(
            || "Asking the server what it would do.".to_owned(),
            failed_pane,
        );
        canvas.say_line(inner, row, &said, Role::Dim);
        row += 1;
    }
    // The last two lines never give way to a long effect.
    let row = (row + 1).min(inner.height.saturating_sub(2));
    let mut cells = Cells::new();
    cells.put(" Type the name to go on:  ", look.style(Role::Text));
    field(canvas, &mut cells, &danger.field, true);
    cells.pad_to(44.max(cells.width() + 2));
    cells.put(danger.name.clone(), look.style(Role::Strong));
    line(canvas, inner, row, &cells);
    button(canvas, inner, row + 1, danger);
}

/// Below this the name to type does not fit beside the field.
const NARROW: u16 = 60;

fn framed(canvas: &mut Canvas<'_>, place: Rect, danger: &Danger) -> Rect {
    // Keys typed ahead do not count yet, so they are not offered either (type-ahead guard).
    let note =
        (!danger.guarded).then(|| format!("Enter {}s · Esc keeps", danger.verb.to_lowercase()));
    let title = format!("DANGER · {}", danger.title);
    let frame = Frame::new(canvas.look, Border::Danger, title).note(note);
    canvas.frame(place, frame)
}

/// The same on a small screen: everything wrapped, the name on a line before the field.
fn narrow(canvas: &mut Canvas<'_>, area: Rect, danger: &Danger) {
    let look = canvas.look;
    let session = &canvas.model.session;
    let inner = framed(canvas, area, danger);
    if inner.is_empty() {
        return;
    }
    let asks = format!("Type {} to go on:", danger.name);
    let asks_lines = format::wrap(&asks, usize::from(inner.width.saturating_sub(2))).len() as u16;
    // What is asked never gives way to what is told.
    let (told, asked) = place::rows(inner, inner.height.saturating_sub(asks_lines + 2));
    let production = if session.production {
        " PRODUCTION."
    } else {
        ""
    };
    let about = format!("{}.{production} This cannot be undone.", session.server);
    let mut row = canvas.say(told, &about, Role::Strong);
    if let Some(effect) = &danger.effect.value {
        row += consequences(canvas, told, row, &effect.consequences);
    } else {
        let said = danger.effect.failure().map_or_else(
            || "Asking the server what it would do.".to_owned(),
            failed_pane,
        );
        let (_, rest) = place::rows(told, row);
        row += canvas.say(rest, &said, Role::Dim);
    }
    let (_, asked) = place::rows(inner, row.min(asked.y - inner.y));
    let row = canvas.say(asked, &asks, Role::Strong);
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    field(canvas, &mut cells, &danger.field, true);
    line(canvas, asked, row, &cells);
    button(canvas, asked, row + 1, danger);
}

fn button(canvas: &mut Canvas<'_>, inner: Rect, row: u16, danger: &Danger) {
    let look = canvas.look;
    let mut cells = Cells::new();
    let whole = danger.field.text() == danger.name;
    let role = if whole { Role::Danger } else { Role::Dim };
    cells.put(format!(" [ {} ]", danger.verb), look.style(role));
    if danger.sending {
        cells.put(" sent, not yet confirmed", look.style(Role::Info));
    } else if let Some(problem) = &danger.problem {
        cells.put(format!(" {problem}"), look.style(Role::Warn));
    } else if !whole {
        cells.put(" waits for the name", look.style(Role::Dim));
    }
    line(canvas, inner, row, &cells);
}
