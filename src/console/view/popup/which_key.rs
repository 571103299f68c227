//! What may follow the keys typed so far. It shows after a moment, takes no keys of its own and goes with the next one.

use ratatui::layout::Rect;

use crate::console::format;
use crate::console::keymap::Context;
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::{Border, Frame};
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::words;

/// Draws it at the lower edge.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let model = canvas.model;
    let typed: Vec<String> = model.ui.chord.iter().map(ToString::to_string).collect();
    let typed = typed.concat();
    let title = match typed.as_str() {
        "g" => tr!("go").to_owned(),
        "y" => tr!("take away").to_owned(),
        "s" => tr!("sort").to_owned(),
        "r" => tr!("run again").to_owned(),
        "!" => tr!("danger").to_owned(),
        other => other.to_owned(),
    };
    let danger = typed == "!";
    let entries: Vec<(String, String, Option<String>)> = model
        .keymap
        .continuations(&Context::stack(model), &model.ui.chord)
        .into_iter()
        .map(|(key, command)| {
            (
                key.to_string(),
                words::short(command).to_owned(),
                words::refused(model, command),
            )
        })
        .collect();
    let texts: Vec<String> = entries
        .iter()
        .map(|(_, word, refused)| match refused {
            Some(reason) => format!("– {reason}"),
            None => word.clone(),
        })
        .collect();
    let room = usize::from(area.width.saturating_sub(2));
    let widest = entries
        .iter()
        .zip(&texts)
        .map(|((key, ..), text)| format::width(key) + format::width(text) + 4)
        .max()
        .unwrap_or(0)
        .clamp(12, room.max(12));
    let columns = (room / widest).max(1);
    let height = (entries.len().div_ceil(columns) as u16 + 2).min(area.height);
    let place = place::bottom_right(area, area.width, height);
    let border = if danger {
        Border::Danger
    } else {
        Border::Plain
    };
    let inner = canvas.frame(place, Frame::new(look, border, title));
    for (index, ((key, _, refused), text)) in entries.iter().zip(texts).enumerate() {
        let (row, column) = (index / columns, index % columns);
        if row as u16 >= inner.height {
            break;
        }
        let mut cells = Cells::new();
        cells.put(" ", look.style(Role::Text));
        cells.put(key.clone(), look.style(Role::Accent));
        let role = if refused.is_some() {
            Role::Dim
        } else {
            Role::Text
        };
        cells.put(format!(" {text}"), look.style(role));
        cells.draw(
            canvas.buffer,
            inner.x + (column * widest) as u16,
            inner.y + row as u16,
            (widest as u16).min(inner.width),
        );
    }
}
