//! `yx`: the list as a table, and `S`: the screen as a picture.

use ratatui::layout::Rect;

use super::parts::{field, line, open, row_state};
use crate::console::format;
use crate::console::model::export::Format;
use crate::console::model::{DumpPicker, ExportForm, ListId};
use crate::console::shot::Kind;
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{RowState, draw_row};

/// Draws the popup of `yx`.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, form: &ExportForm) {
    let look = canvas.look;
    let keys = if form.sending {
        tr!("being written")
    } else {
        tr!("Enter takes it away · Esc close")
    };
    let title = tr!("Take away · {name}", name = form.name);
    let inner = open(canvas, area, (72, 11), title, keys);
    let marked = if form.marked { tr!("marked ") } else { "" };
    let columns = form.what.columns();
    let rows = format::len(form.what.rows());
    let what = tr!(
        "{marked}rows: {rows}, columns: {columns}",
        marked,
        rows,
        columns = columns.join(" ")
    );
    let told = if form.format == Format::Json {
        tr!(
            "{marked}rows: {rows}, each whole, as the API tells it",
            marked,
            rows
        )
    } else {
        what
    };
    let used = canvas.say(inner, &told, Role::Text).min(3);
    let at = |row: u16| used + row;
    let text = look.style(Role::Text);
    let formats = Format::ALL.map(|it| (it.as_str(), it == form.format));
    let places = [
        (tr!("clipboard"), !form.to_file),
        (tr!("file"), form.to_file),
    ];
    for (row, (label, words)) in [(tr!("format"), &formats[..]), (tr!("to"), &places[..])]
        .into_iter()
        .enumerate()
    {
        let mut cells = Cells::new();
        let state = RowState {
            selected: form.focus == row,
            focused: true,
            ..RowState::default()
        };
        cells.span(state.lead(look));
        cells.put(label, look.style(Role::Dim));
        cells.pad_to(10);
        for (word, chosen) in words {
            // Brackets say it without colour.
            let (open, close) = if *chosen { ('[', ']') } else { (' ', ' ') };
            let role = if *chosen { Role::Strong } else { Role::Dim };
            cells.put(format!("{open}{word}{close} "), look.style(role));
        }
        line(canvas, inner, at(row as u16), &cells);
    }
    if form.to_file {
        let mut cells = Cells::new();
        let state = RowState {
            selected: form.focus == 2,
            focused: true,
            ..RowState::default()
        };
        cells.span(state.lead(look));
        cells.put(tr!("name"), look.style(Role::Dim));
        cells.pad_to(11);
        field(canvas, &mut cells, &form.file, form.focus == 2);
        line(canvas, inner, at(2), &cells);
    }
    let rest = Rect {
        y: inner.y + at(4).min(inner.height),
        height: inner.height.saturating_sub(at(4)),
        ..inner
    };
    if let Some(problem) = &form.problem {
        canvas.say(rest, problem, Role::Bad);
    } else if let Some(note) = &form.note {
        canvas.say(rest, note, Role::Warn);
    } else {
        let mut cells = Cells::new();
        cells.put(tr!(" Tab next line, ← → choose"), text);
        line(canvas, inner, at(4), &cells);
    }
}

/// Draws the popup of `S`.
pub fn draw_dump(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let title = tr!("Screen dump").to_owned();
    let inner = open(
        canvas,
        area,
        (60, 6),
        title,
        tr!("Enter writes a file · Esc close"),
    );
    canvas.place_list(ListId::Popup, inner);
    for (place, kind) in DumpPicker::KINDS.iter().enumerate() {
        let state = row_state(canvas, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        let able = kind.refused().is_none();
        let role = if able { Role::Strong } else { Role::Dim };
        cells.put(kind.as_str(), look.style(role));
        cells.pad_to(8);
        cells.put(about(*kind), look.style(Role::Dim));
        let at = Rect {
            y: inner.y + place as u16,
            height: 1,
            ..inner
        };
        if (place as u16) < inner.height {
            draw_row(look, canvas.buffer, at, &cells, state);
        }
    }
}

fn about(kind: Kind) -> &'static str {
    match kind {
        Kind::Svg => tr!("sharp at any size"),
        Kind::Png if kind.refused().is_some() => tr!("only with the feature shot"),
        Kind::Png => tr!("for what shows no svg"),
        Kind::Ansi => tr!("with colours, for cat in a terminal"),
        Kind::Text => tr!("letters alone"),
    }
}
