//! The main screen: four panes side by side, one open pane and three lines, or on the smallest screens one pane and one line.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Room};
use super::pane;
use super::theme::Role;
use super::widget::{line, place};
use crate::console::model::{ListId, Past};

/// The panes in the order of their numbers.
const PANES: [ListId; 4] = [
    ListId::Sources,
    ListId::Bindings,
    ListId::Cursors,
    ListId::Runs,
];

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let open = canvas.model.ui.pane;
    if let Some(past) = canvas.model.past.as_deref()
        && past.compare.is_some()
    {
        compare(canvas, open, area, past);
        return;
    }
    if canvas.model.ui.zoom {
        one(canvas, open, area);
        return;
    }
    match canvas.room {
        Room::Wide => wide(canvas, area),
        Room::Stacked => stacked(canvas, open, area),
        Room::Compact => compact(canvas, open, area),
    }
}

/// What differs from now takes the place of the panes that follow the selection; with less room that of all.
fn compare(canvas: &mut Canvas<'_>, open: ListId, area: Rect, past: &Past) {
    if canvas.room == Room::Wide {
        let split = u32::from(canvas.model.ui.split.clamp(20, 80));
        let (left, right) = place::columns(area, (u32::from(area.width) * split / 100) as u16);
        canvas.drawn.split = Some(right.x);
        pane::sources::draw(canvas, left);
        pane::compare::draw(canvas, right, past);
    } else if open == ListId::Compare {
        pane::compare::draw(canvas, area, past);
    } else {
        pane::sources::draw(canvas, area);
    }
}

fn one(canvas: &mut Canvas<'_>, pane: ListId, area: Rect) {
    match pane {
        ListId::Bindings => pane::bindings::draw(canvas, area),
        ListId::Cursors => pane::cursors::draw(canvas, area),
        ListId::Runs => pane::runs::draw(canvas, area),
        _ => pane::sources::draw(canvas, area),
    }
}

fn wide(canvas: &mut Canvas<'_>, area: Rect) {
    let split = u32::from(canvas.model.ui.split.clamp(20, 80));
    // Rounded down to whole pairs, so that a step of the split is seen.
    let left = (u32::from(area.width) * split / 100) as u16;
    let (left, right) = place::columns(area, left);
    canvas.drawn.split = Some(right.x);
    pane::sources::draw(canvas, left);
    // Nine, eight and sixteen of thirty-three rows; the runs take what is left.
    let bindings = area.height * 9 / 33;
    let cursors = (area.height * 8 / 33).min(8);
    let (bindings, rest) = place::rows(right, bindings.max(4));
    let (cursors, runs) = place::rows(rest, cursors.max(4));
    pane::bindings::draw(canvas, bindings);
    pane::cursors::draw(canvas, cursors);
    pane::runs::draw(canvas, runs);
}

fn stacked(canvas: &mut Canvas<'_>, open: ListId, area: Rect) {
    let mut rest = area;
    for pane in PANES {
        if pane == open {
            let (top, below) = place::rows(rest, area.height.saturating_sub(3));
            one(canvas, pane, top);
            rest = below;
        } else {
            let (top, below) = place::rows(rest, 1);
            pane::summary(canvas, pane, top);
            rest = below;
        }
    }
}

fn compact(canvas: &mut Canvas<'_>, open: ListId, area: Rect) {
    let (top, last) = place::rows(area, area.height.saturating_sub(1));
    one(canvas, open, top);
    let words: Vec<String> = PANES
        .into_iter()
        .filter(|pane| *pane != open)
        .map(|pane| match pane {
            ListId::Bindings => pane::bindings::tiny(canvas),
            ListId::Cursors => pane::cursors::tiny(canvas),
            ListId::Runs => pane::runs::tiny(canvas),
            _ => tr!(
                "1 sources {sources}",
                sources = canvas.list(ListId::Sources).len()
            ),
        })
        .collect();
    line::text(
        canvas.buffer,
        last.x + 1,
        last.y,
        last.width.saturating_sub(1),
        &words.join(" · "),
        canvas.look.style(Role::Dim),
    );
}
