//! What would move the cursor: the remedies, and the effect of the chosen one before it runs.

use super::super::parts::numbered;
use super::{beside, of};
use crate::api::{Action, DiagnosisFinding};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::{ListId, WhyView};
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::flow::{Item, wrapped};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::RowState;

pub(super) fn actions(
    canvas: &Canvas<'_>,
    columns: usize,
    view: &WhyView,
    finding: Option<&DiagnosisFinding>,
) -> Vec<Item> {
    let say = |words: &str| vec![Item::said(wrapped(canvas, words, columns, 1, Role::Dim))];
    let Some(finding) = finding else {
        return if view.diagnosis.value.is_some() {
            say(tr!("Nothing to do."))
        } else {
            Vec::new()
        };
    };
    let chosen = match &view.effect {
        Some((place, _)) => *place,
        None => canvas.list(ListId::Actions).position,
    };
    let mut items = Vec::new();
    for (index, (action, suggested)) in of(finding).enumerate() {
        let state = RowState {
            selected: index == chosen,
            focused: canvas.has_keys(ListId::Actions),
            ..RowState::default()
        };
        let mut lines = remedy(canvas, columns, index, action, (index == chosen, suggested));
        if canvas.room == Room::Compact && index == chosen {
            // Right below what it belongs to.
            lines.extend(effect(canvas, columns, view));
        }
        items.push(Item::row(ListId::Actions, index, state, lines));
    }
    if items.is_empty() {
        return say(tr!("Nothing to do: it ends by itself or is meant so."));
    }
    if canvas.room != Room::Compact {
        items.push(Item::said(effect(canvas, columns, view)));
    }
    items
}

/// One remedy: what it is called, its key, who may, and what to beware of.
pub(super) fn remedy(
    canvas: &Canvas<'_>,
    columns: usize,
    index: usize,
    action: &Action,
    (chosen, suggested): (bool, bool),
) -> Vec<Cells<'static>> {
    let look = canvas.look;
    let key = CommandId::parse(&action.command)
        .map(|command| canvas.model.keymap.keys_of(command))
        .unwrap_or_default();
    let warn = if action.destructive {
        Some((tr!("destructive"), Role::Danger))
    } else {
        suggested.then(|| (tr!("suggested"), Role::Good))
    };
    let mut cells = numbered(canvas, chosen, index + 1);
    let indent = cells.width();
    let start = indent - 2;
    let further = |words: String| {
        let mut cells = Cells::new();
        cells.pad_to(indent);
        cells.put(words, look.style(Role::Text));
        cells
    };
    if canvas.room == Room::Compact {
        let room = columns.saturating_sub(indent + format::width(&key) + 2);
        let mut words = format::wrap(&action.label, room).into_iter();
        cells.put(words.next().unwrap_or_default(), look.style(Role::Text));
        cells.put_right(columns.saturating_sub(1), key, look.style(Role::Accent));
        let mut lines = vec![cells];
        lines.extend(words.map(further));
        if let Some((word, role)) = warn {
            let mut cells = Cells::new();
            cells.pad_to(indent);
            cells.put(format!("{} · ", action.role), look.style(Role::Dim));
            cells.put(word, look.style(role));
            lines.push(cells);
        }
        return lines;
    }
    // With less room the label gives way, so that key and role stay to be seen.
    let narrow = columns < 74;
    let keys = start + if narrow { 32 } else { 39 };
    let mut words = format::wrap(&action.label, keys.saturating_sub(indent + 1)).into_iter();
    cells.put(words.next().unwrap_or_default(), look.style(Role::Text));
    cells.pad_to(keys);
    cells.put(key, look.style(Role::Accent));
    let role = keys + 5;
    // `Enter` takes the room of the role, which opening does not need.
    if cells.width() < role {
        cells.pad_to(role);
        cells.put(action.role.to_string(), look.style(Role::Dim));
    }
    cells.pad_to(role + 11);
    if let Some((word, role)) = warn {
        cells.put(word, look.style(role));
    }
    let mut lines = vec![cells];
    lines.extend(words.map(further));
    lines
}

pub(super) fn effect(canvas: &Canvas<'_>, columns: usize, view: &WhyView) -> Vec<Cells<'static>> {
    let Some((place, load)) = &view.effect else {
        return Vec::new();
    };
    let look = canvas.look;
    let number = place + 1;
    let failure = load.failure().map(failed_pane);
    let words: Vec<String> = match (&load.value, failure) {
        (Some(effect), _) => effect
            .consequences
            .iter()
            .map(|consequence| consequence.text.clone())
            .collect(),
        (None, Some(words)) => vec![words],
        (None, None) => vec![tr!("Asking the server what it would do.").to_owned()],
    };
    let note = (load.value.as_ref())
        .filter(|effect| effect.undo.is_none())
        .map_or("", |effect| effect.undo_note.as_str());
    let mut lines = Vec::new();
    if canvas.room == Room::Wide {
        lines.push(Cells::new());
        let mut cells = Cells::new();
        cells.put(
            tr!("Effect of {number}, before it runs:", number),
            look.style(Role::Strong),
        );
        lines.push(cells);
        for words in words {
            lines.extend(wrapped(canvas, &words, columns, 2, Role::Text));
        }
    } else {
        let mut cells = Cells::new();
        cells.put(
            tr!("  Effect of {number}: ", number),
            look.style(Role::Strong),
        );
        lines.extend(beside(canvas, cells, &words.join("; "), columns));
    }
    if !note.is_empty() {
        lines.extend(wrapped(canvas, note, columns, 2, Role::Warn));
    }
    if canvas.room == Room::Wide && load.value.is_some() {
        lines.extend(wrapped(
            canvas,
            tr!("Enter runs it"),
            columns,
            2,
            Role::Accent,
        ));
    }
    lines
}
