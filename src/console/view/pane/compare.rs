//! `=` in the past: what is different now, first of the selected source, then of everything else.

use ratatui::layout::Rect;

use super::runs;
use crate::api::{Binding, Event, Integration, Job, Source, SourceId};
use crate::console::format;
use crate::console::model::{Difference, ListId, Past, Replica, RowKey, What};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, Room};
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Frame;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{RowState, draw_row};

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, past: &Past) {
    let Some(compare) = &past.compare else { return };
    let (model, look) = (canvas.model, canvas.look);
    let list = canvas.list(ListId::Compare);
    let source = model.pinned_source();
    let height = usize::from(area.height.saturating_sub(2));
    let rows = |of: String| {
        tr!(
            "= Here → now{of} ({rows})",
            of,
            rows = format::len(compare.rows.len())
        )
    };
    let title = match source.map(|id| name(model, past, id)) {
        None => rows(String::new()),
        // It is not that source alone in which nothing differs.
        Some(_) if compare.rows.is_empty() => rows(String::new()),
        Some(name) if compare.of_source == compare.rows.len() => rows(format!(" · {name}")),
        Some(_) if canvas.room == Room::Compact => rows(String::new()),
        // The list goes on to everything else, and says so.
        Some(name) => tr!(
            "= Here → now · {name} ({its}), then all else ({others})",
            name,
            its = format::len(compare.of_source),
            others = format::len(compare.rows.len() - compare.of_source)
        ),
    };
    let frame = Frame::new(look, canvas.border(ListId::Compare), title)
        .right(around::shown(list, height))
        .note(Some(tr!("now @{head}", head = past.head())));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Compare, inner);
    if compare.rows.is_empty() {
        let words = tr!("Nothing differs: everything is now as it was then.");
        canvas.say(inner, words, Role::Dim);
        return;
    }
    // Names stand in one column, as wide as those that are seen need it.
    let shown: Vec<(usize, Words)> = list
        .window(usize::from(inner.height))
        .filter_map(|(at, place)| {
            let difference = compare.rows.get(place as usize)?;
            let own = (place as usize) < compare.of_source;
            Some((at, words(&model.replica, past, difference, own)))
        })
        .collect();
    let most = usize::from(inner.width) / 2;
    let column = shown.iter().map(|(_, it)| format::width(&it.name)).max();
    let column = column.unwrap_or(0).min(most) + 3;
    for (line, (at, words)) in shown.into_iter().enumerate() {
        let state = RowState {
            selected: list.position == at,
            focused: canvas.has_keys(ListId::Compare),
            ..RowState::default()
        };
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put_until(column - 1, &words.name, look.style(Role::Text));
        cells.pad_to(column);
        cells.put(words.then, look.style(Role::Dim));
        cells.put(" → ", look.style(Role::Dim));
        cells.put(words.now, look.style(Role::Strong));
        cells.put(words.by, look.style(Role::Dim));
        let place = place::rows(
            Rect {
                y: inner.y + line as u16,
                ..inner
            },
            1,
        );
        draw_row(look, canvas.buffer, place.0, &cells, state);
    }
}

fn name(model: &crate::console::model::Model, past: &Past, id: SourceId) -> String {
    let then = model.replica.sources.name(id);
    let name = then.or_else(|| past.now.sources.name(id));
    name.map_or_else(|| tr!("source {id}", id), str::to_owned)
}

/// One line: what, how it was, how it is, who did it.
struct Words {
    name: String,
    then: String,
    now: String,
    by: String,
}

fn words(then: &Replica, past: &Past, it: &Difference, own: bool) -> Words {
    let now = &past.now;
    let (was, is) = match it.row {
        RowKey::Source(id) => {
            let of = |replica: &Replica| replica.sources.get(id).map(|row| source(&row, it.what));
            (of(then), of(now))
        }
        RowKey::Job(id) => {
            let of = |replica: &Replica| replica.jobs.get(id).map(job);
            (of(then), of(now))
        }
        RowKey::Binding(space, source) => {
            let of = |replica: &Replica| {
                let row = replica.bindings.get((space, source));
                row.map(|row| binding(row, it.what))
            };
            (of(then), of(now))
        }
        RowKey::Space(id) => {
            let of = |replica: &Replica| replica.spaces.get(id).map(|row| row.name.clone());
            (of(then), of(now))
        }
        RowKey::Integration(id) => {
            let of = |replica: &Replica| {
                (replica.integrations.get(id)).map(|it_| integration(it_, it.what))
            };
            (of(then), of(now))
        }
        _ => (None, None),
    };
    Words {
        name: label(then, now, it, own),
        then: was.unwrap_or_else(|| tr!("not there").to_owned()),
        now: is.unwrap_or_else(|| tr!("gone").to_owned()),
        by: by(past, it).map_or_else(String::new, |who| format!(" ({who})")),
    }
}

fn label(then: &Replica, now: &Replica, it: &Difference, own: bool) -> String {
    // A name is that of now, where there is one.
    let source = |id: SourceId| {
        let name = now.sources.name(id).or_else(|| then.sources.name(id));
        name.map_or_else(|| tr!("source {id}", id), str::to_owned)
    };
    match it.row {
        RowKey::Source(id) => {
            let what = match it.what {
                What::There => "",
                What::State => tr!("cursor state"),
                What::On => tr!("source"),
                What::Paused => tr!("queue"),
                What::Name => tr!("name"),
                What::Link => tr!("integration"),
                What::Repo => tr!("repo"),
                What::Branch => tr!("branch"),
                What::Cursor => tr!("cursor"),
                What::Head => tr!("head"),
                What::Pattern => tr!("pattern"),
            };
            // The state is what a source is known by, beside others.
            let by_name = it.what == What::There || (!own && it.what == What::State);
            match own {
                _ if by_name => source(id),
                true => what.to_owned(),
                false => format!("{} {what}", source(id)),
            }
        }
        RowKey::Job(id) if own => format!("#{id}"),
        RowKey::Job(id) => match it.source {
            Some(of) => format!("#{id} {}", source(of)),
            None => format!("#{id}"),
        },
        RowKey::Binding(space, of) => {
            let row = now.spaces.get(space).or(then.spaces.get(space));
            let space = row.map_or_else(|| tr!("space {space}", space), |it| it.name.clone());
            if own {
                space
            } else {
                format!("{space} × {}", source(of))
            }
        }
        RowKey::Space(id) => tr!("space {id}", id),
        RowKey::Integration(id) => tr!("integration {id}", id),
        _ => String::new(),
    }
}

fn source(it: &Source, what: What) -> String {
    let or = |text: Option<&String>| text.map_or(format::UNKNOWN, String::as_str).to_owned();
    match what {
        What::There | What::State => it.state.to_string(),
        What::On => on(it.enabled),
        What::Paused => (if it.paused.is_some() {
            tr!("paused")
        } else {
            tr!("goes on")
        })
        .to_owned(),
        What::Name | What::Pattern => it.name.clone(),
        What::Link => it
            .integration_id
            .map_or_else(|| tr!("none").to_owned(), |id| id.to_string()),
        What::Repo => or(it.repo.as_ref()),
        What::Branch => or(it.branch.as_ref()),
        What::Cursor => {
            let value = it.cursor.as_ref().map(|it| format::sha(&it.value));
            value.unwrap_or(tr!("none")).to_owned()
        }
        What::Head => {
            let head = it.head.as_ref().map(|it| format::sha(&it.sha));
            head.unwrap_or(format::UNKNOWN).to_owned()
        }
    }
}

fn job(it: &Job) -> String {
    match runs::progress(it).as_str() {
        format::UNKNOWN => it.status.to_string(),
        progress => format!("{} {progress}", it.status),
    }
}

fn binding(it: &Binding, what: What) -> String {
    match what {
        What::Pattern => it
            .jrn_pattern
            .as_deref()
            .unwrap_or(tr!("all paths"))
            .to_owned(),
        _ => on(it.enabled),
    }
}

fn integration(it: &Integration, what: What) -> String {
    match what {
        What::Name => it.name.clone(),
        _ => it.status.to_string(),
    }
}

fn on(on: bool) -> String {
    (if on { tr!("on") } else { tr!("off") }).to_owned()
}

/// Who did it, where the events that the slider marks tell.
fn by(past: &Past, it: &Difference) -> Option<String> {
    let at = past.at();
    let of = |event: &Event, kind: &str, id: i64| {
        event.aggregate_kind == kind && event.stream_id == id.to_string()
    };
    let events = past.marked.events();
    let after = || events.iter().rev().filter(|event| event.sequence > at);
    let event = match (it.row, it.what) {
        (RowKey::Binding(space, source), what) => after().find(|event| {
            let told = &event.payload;
            of(event, "space", space.0)
                && told["sourceId"].as_i64() == Some(source.0)
                && match what {
                    What::On => told["enabled"] != told["wasEnabled"],
                    What::Pattern => told["jrnPattern"] != told["wasPattern"],
                    _ => true,
                }
        }),
        (RowKey::Source(id), What::On) => after().find(|event| {
            of(event, "source", id.0)
                && ["source.enabled", "source.disabled"].contains(&event.event_type.as_str())
        }),
        _ => None,
    };
    event.map(|event| event.actor.id.clone())
}
