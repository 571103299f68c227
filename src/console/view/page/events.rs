//! The event log: everything that happened, newest first.

use std::fmt::Write as _;

use ratatui::layout::Rect;

use super::parts::{draw_line, window};
use crate::console::format;
use crate::console::model::{EventsView, ListId, LoadState, RowKey};
use crate::console::query::{Query, Test};
use crate::console::rows::changed_words;
use crate::console::rows::words::stream;
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::chosen;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{Column, Fit, RowState, Table};

const COLUMNS: [Column; 6] = [
    Column::new(text!("@SEQ"), 7, Fit::Fixed, 0),
    Column::new(text!("WHEN"), 7, Fit::Fixed, 3),
    Column::new(text!("ACTOR"), 16, Fit::Fixed, 2),
    Column::new(text!("STREAM"), 17, Fit::Fixed, 4),
    Column::new(text!("TYPE"), 24, Fit::Fixed, 1),
    Column::new(text!("WHAT CHANGED"), 20, Fit::Share(1), 5),
];

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &EventsView) {
    let look = canvas.look;
    let list = canvas.list(ListId::Events);
    let mut title = tr!("Event log").to_owned();
    if let Some(about) = view.about {
        let _ = write!(title, " · {}", name(canvas, about));
    }
    let shown = if list.is_empty() {
        view.events.len()
    } else {
        list.len()
    };
    let _ = write!(
        title,
        " · {} of {}",
        format::len(shown),
        format::count(canvas.model.replica.sequence.0)
    );
    let note = if canvas.room == Room::Wide {
        tr!("Enter what it changed · u undo this one · yl link")
    } else {
        tr!("Enter what it changed")
    };
    let frame = canvas
        .pane(canvas.border(ListId::Events), title)
        .note(Some(note.to_owned()));
    let inner = canvas.frame(area, frame);
    let (head, rows) = place::rows(inner, 1);
    canvas.place_list(ListId::Events, rows);
    if view.events.is_empty() || (list.is_empty() && list.is_filtered()) {
        let words = nothing(canvas, view);
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    if chosen::draw(canvas, ListId::Events, inner) {
        return;
    }
    let table = Table::layout(&COLUMNS, 2, inner.width);
    table
        .header(&COLUMNS, look)
        .draw(canvas.buffer, head.x, head.y, head.width);
    let visible = window(
        canvas,
        ListId::Events,
        view.events.len(),
        usize::from(rows.height),
    );
    for (line, (_, index)) in visible.into_iter().enumerate() {
        let event = &view.events[index];
        let state = canvas.row_state(ListId::Events, Some(RowKey::Event(event.sequence)));
        let text = look.style(Role::Text);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        table.put(
            &mut cells,
            0,
            &format!("@{}", event.sequence),
            look.style(Role::Accent),
        );
        table.put(
            &mut cells,
            1,
            &look.short_time(event.occurred_at),
            look.style(Role::Dim),
        );
        let actor = format!("{} {}", event.actor.kind, event.actor.id);
        table.put(&mut cells, 2, &actor, text);
        table.put(&mut cells, 3, &stream(&canvas.model.replica, event), text);
        table.put(&mut cells, 4, &event.event_type, look.style(Role::Strong));
        let changed = changed_words(&canvas.model.replica, event);
        table.put(&mut cells, 5, &format::visible(&changed), text);
        draw_line(canvas, rows, line, &cells, state);
    }
    if view.state == LoadState::Loading {
        let line = rows.height.saturating_sub(1);
        let mut cells = Cells::new();
        cells.put(tr!("  Loading older ones."), look.style(Role::Dim));
        cells.pad_to(usize::from(rows.width));
        draw_line(canvas, rows, usize::from(line), &cells, RowState::default());
    }
}

/// `source:frontend`.
fn name(canvas: &Canvas<'_>, about: RowKey) -> String {
    let replica = &canvas.model.replica;
    match about {
        RowKey::Source(id) => format!("source:{}", replica.source_name(id)),
        RowKey::Binding(space, source) => format!(
            "{} × {}",
            replica.space_name(space),
            replica.source_name(source)
        ),
        RowKey::Job(id) | RowKey::JobSpace(id, _) => tr!("run #{id}", id),
        RowKey::Delivery(id) => tr!(
            "delivery {delivery_name}",
            delivery_name = crate::console::view::chrome::delivery_name(canvas.model, id)
        ),
        RowKey::Integration(id) => tr!(
            "integration {integration_label}",
            integration_label = replica.integration_label(id)
        ),
        RowKey::Space(id) => format!("space:{}", replica.space_name(id)),
        RowKey::Token(id) => tr!("token {id}", id),
        RowKey::Event(sequence) => format!("@{sequence}"),
        RowKey::Document(..)
        | RowKey::Line(..)
        | RowKey::Approval(_)
        | RowKey::Thread(_)
        | RowKey::Place(_) => tr!("this row").to_owned(),
    }
}

fn nothing(canvas: &Canvas<'_>, view: &EventsView) -> String {
    let list = canvas.list(ListId::Events);
    if list.is_filtered() && view.state == LoadState::Loading && view.older.is_some() {
        let before = view.older.unwrap_or_default();
        return tr!(
            "None since @{before} match. Looking further back. Esc clears.",
            before
        );
    }
    if list.is_filtered()
        && list.is_empty()
        && view.state == LoadState::Rest
        && let Some(actor) = actor_asked(&list.filter.query)
    {
        return tr!(
            "No event by \"{actor}\". Actors: {actors}.",
            actor,
            actors = actors(view)
        );
    }
    if let (Some(words), LoadState::Rest) = (around::no_match(list), &view.state) {
        return words;
    }
    match &view.state {
        LoadState::Loading => tr!(
            "Loading from @{sequence} back.",
            sequence = canvas.model.replica.sequence
        ),
        LoadState::Failed(text) => failed_pane(text),
        LoadState::Rest => tr!("The log begins with the next change.").to_owned(),
    }
}

/// The actor that the filter asks for.
fn actor_asked(query: &Query) -> Option<&str> {
    query.terms.iter().find_map(|term| match &term.test {
        Test::Field(name, values) if !term.negated && (name == "actor" || name == "by") => {
            match values.as_slice() {
                [value] => Some(value.as_str()),
                _ => None,
            }
        }
        _ => None,
    })
}

/// Who was seen to act; the rest is counted.
fn actors(view: &EventsView) -> String {
    const SHOWN: usize = 8;
    let mut names: Vec<String> = view.actors.iter().take(SHOWN).cloned().collect();
    if view.actors.len() > SHOWN {
        names.push(tr!("{shown} more", shown = view.actors.len() - SHOWN));
    }
    if names.is_empty() {
        return tr!("none seen").to_owned();
    }
    names.join(", ")
}
