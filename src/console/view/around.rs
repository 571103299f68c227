//! What the frame around a list says of it: what it is, how many rows it has and how many are seen, how it is sorted, and
//! that nothing matches.

use super::canvas::{Canvas, Room};
use crate::console::format;
use crate::console::model::{ListId, ListState};
use crate::console::query::Fault;

/// `(48)`, filtered `(3 of 48)`.
pub fn counted(list: &ListState) -> String {
    if list.is_filtered() {
        tr!(
            "({found} of {all})",
            found = format::len(list.len()),
            all = format::len(list.total)
        )
    } else {
        format!("({})", format::len(list.len()))
    }
}

/// `30 of 48`: how much of a list is visible, where that is not all of it.
pub fn shown(list: &ListState, height: usize) -> Option<String> {
    (list.len() > height).then(|| {
        tr!(
            "{seen} of {all}",
            seen = format::len(height),
            all = format::len(list.len())
        )
    })
}

/// `sort age`.
pub fn sorted(list: &ListState) -> Option<String> {
    let word = list.sort.by.as_str();
    if word.is_empty() {
        return None;
    }
    let turned = if list.sort.reversed {
        tr!(", reversed")
    } else {
        ""
    };
    Some(tr!("sort {word}{turned}", word, turned))
}

/// The notes of a frame around a list: with room, counts go to the upper edge and the sort to the lower one.
pub fn notes(
    canvas: &Canvas<'_>,
    list: &ListState,
    height: usize,
) -> (Option<String>, Option<String>) {
    if canvas.room == Room::Wide {
        (shown(list, height), sorted(list))
    } else {
        (None, shown(list, height))
    }
}

/// What a filtered list without a match says; `None`: it has one, or no filter.
pub fn no_match(list: &ListState) -> Option<String> {
    if !list.is_empty() || !list.is_filtered() {
        return None;
    }
    let near = match (&list.filter.near, &list.filter.fault) {
        (Some(near), _) => tr!(" Near: {near}.", near),
        (None, Some(Fault::Unknown(key))) => tr!(" No key here is called \"{key}\".", key),
        (None, Some(Fault::NoNumber(key))) => {
            tr!(" {key} takes a number or a time, as 10 or 3h.", key)
        }
        (None, None) => String::new(),
    };
    Some(tr!(
        "None of {all} match \"{text}\".{near} Esc clears.",
        all = format::len(list.total),
        text = list.filter.text,
        near
    ))
}

/// `2 Space bindings · frontend (4)`: the number, the name, what it follows.
pub fn title(canvas: &Canvas<'_>, list: ListId, number: u8, name: &str, count: bool) -> String {
    let state = canvas.list(list);
    let model = canvas.model;
    if !model.ui.is_pinned(list) {
        let filtered = if state.is_filtered() {
            format!(" {}", counted(state))
        } else {
            String::new()
        };
        return tr!(
            "{number} {name} (all){counted}",
            number,
            name,
            counted = filtered
        );
    }
    let of = model.pinned_source().map_or_else(String::new, |id| {
        format!(" · {}", model.replica.source_name(id))
    });
    let count = if count && !of.is_empty() {
        format!(" {}", counted(state))
    } else {
        String::new()
    };
    format!("{number} {name}{of}{count}")
}
