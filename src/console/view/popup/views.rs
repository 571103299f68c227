//! `gv`: views under a name.

use ratatui::layout::Rect;

use super::parts::{field, line, open, row_state, window};
use crate::console::language::tr;
use crate::console::model::views::BUILT_IN;
use crate::console::model::{ListId, ViewList};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::draw_row;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, list: &ViewList) {
    let look = canvas.look;
    let built_in = BUILT_IN.map(|(name, link)| (tr(name), link, true));
    let own = canvas.model.ui.views.iter();
    let own = own.map(|it| (it.name.as_str(), it.link.as_str(), false));
    let all: Vec<(&str, &str, bool)> = built_in.into_iter().chain(own).collect();
    let height = (all.len() as u16 + 5).min(area.height);
    let title = tr!("Views ({all})", all = all.len());
    let keys = if list.danger {
        tr!("!… d removes this view")
    } else {
        tr!("Enter opens · + saves this one · !d removes")
    };
    let inner = open(canvas, area, (84, height), title, keys);
    let (rows, below) = place::rows(inner, inner.height.saturating_sub(2));
    canvas.place_list(ListId::Popup, rows);
    for (row, place) in window(canvas, all.len(), usize::from(rows.height)).enumerate() {
        let (name, link, built_in) = all[place];
        let state = row_state(canvas, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put_until(26, name, look.style(Role::Strong));
        cells.pad_to(27);
        cells.put(link, look.style(Role::Dim));
        if built_in {
            cells.put(tr!("  built in"), look.style(Role::Dim));
        }
        let at = Rect {
            y: rows.y + row as u16,
            height: 1,
            ..rows
        };
        draw_row(look, canvas.buffer, at, &cells, state);
    }
    let mut cells = Cells::new();
    if let Some(name) = &list.naming {
        cells.put(tr!(" save as "), look.style(Role::Dim));
        field(canvas, &mut cells, name, true);
    } else {
        cells.put(
            tr!(" here: {here}", here = list.here),
            look.style(Role::Dim),
        );
    }
    line(canvas, below, 0, &cells);
    if let Some(problem) = &list.problem {
        canvas.say_line(below, 1, problem, Role::Bad);
    }
}
