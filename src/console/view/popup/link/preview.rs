//! What linking one source would do: the record before and after, events, conflicts, the first run, how to take it back.

use ratatui::layout::Rect;
use serde_json::Value;

use super::super::parts::{line, open};
use crate::api::DryRun;
use crate::console::format;
use crate::console::language::tr;
use crate::console::model::{LinkItem, ListId};
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::flow::{self, Item};
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::words::undo_beside;

/// The record before and after.
fn changes(canvas: &Canvas<'_>, effect: &DryRun, cut: usize) -> Vec<Cells<'static>> {
    const FIELDS: [&str; 6] = [
        "kind",
        "integrationId",
        "repo",
        "branch",
        "cursor",
        "enabled",
    ];
    let look = canvas.look;
    let text = look.style(Role::Text);
    // The columns of values share what the names leave.
    let after = 17 + cut;
    FIELDS
        .iter()
        .filter(|name| effect.before.get(**name).is_some() || effect.after.get(**name).is_some())
        .map(|name| {
            let before = effect.before.get(*name).unwrap_or(&Value::Null);
            let now = effect.after.get(*name).unwrap_or(&Value::Null);
            let mut cells = Cells::new();
            cells.put(format!("  {name}"), look.style(Role::Dim));
            cells.pad_to(17);
            let was = value(canvas, name, before);
            cells.put_until(after, &format::cut_path(&was, cut), text);
            cells.pad_to(after);
            // A virtual source has no cursor, and linking gives it none: said, because it decides where the first run starts.
            let starts = *name == "cursor" && now.is_null();
            if starts {
                cells.put(tr!("→ starts empty"), look.style(Role::Text));
            } else if before == now {
                cells.put(tr!("  same"), look.style(Role::Dim));
            } else {
                cells.put("→ ", look.style(Role::Dim));
                cells.put(value(canvas, name, now), look.style(Role::Add));
            }
            cells
        })
        .collect()
}

fn value(canvas: &Canvas<'_>, name: &str, value: &Value) -> String {
    match value {
        Value::Null => format::UNKNOWN.to_owned(),
        Value::Bool(true) => tr!("yes").to_owned(),
        Value::Bool(false) => tr!("no").to_owned(),
        Value::Number(id) if name == "integrationId" => id.as_i64().map_or_else(
            || id.to_string(),
            |id| {
                canvas
                    .model
                    .replica
                    .integration_label(crate::api::IntegrationId(id))
            },
        ),
        Value::String(text) => format::visible(text).into_owned(),
        Value::Object(fields) => fields
            .get("value")
            .and_then(Value::as_str)
            .map_or_else(|| value.to_string(), |sha| format::sha(sha).to_owned()),
        other => other.to_string(),
    }
}

/// What changes, as it will be: all that a small screen has room for.
fn afterwards(canvas: &Canvas<'_>, effect: &DryRun) -> Vec<Cells<'static>> {
    let look = canvas.look;
    ["kind", "integrationId", "cursor"]
        .iter()
        .filter(|name| effect.after.get(**name).is_some())
        .map(|name| {
            let after = effect.after.get(*name).unwrap_or(&Value::Null);
            let words = if *name == "cursor" && after.is_null() {
                tr!("starts empty").to_owned()
            } else {
                value(canvas, name, after)
            };
            let mut cells = Cells::new();
            cells.put(format!("  {name}"), look.style(Role::Dim));
            cells.pad_to(17);
            cells.put(words, look.style(Role::Add));
            cells
        })
        .collect()
}

/// Draws the second step.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, item: &LinkItem) {
    let look = canvas.look;
    let name = canvas.model.replica.source_name(item.source);
    let width = area.width.min(120);
    let columns = usize::from(width.saturating_sub(2));
    let sides = match &item.preview.value {
        Some(effect) if canvas.room == Room::Wide => Some(beside(canvas, effect, columns)),
        _ => None,
    };
    // Side by side only where all of it can be seen so.
    let needs = sides
        .as_ref()
        .map(|(left, right)| left.len().max(right.len()) as u16 + 4);
    let wide = canvas.room == Room::Wide && needs.is_none_or(|needs| needs <= area.height);
    let height = match needs {
        Some(needs) if wide => needs.max(14),
        _ if wide => 14,
        _ => 17,
    };
    let texts = (!wide)
        .then_some(item.preview.value.as_ref())
        .flatten()
        .map(|effect| Item::said(one_below_the_other(canvas, effect, columns)));
    let texts: Vec<Item> = texts.into_iter().collect();
    // One line stays for the button.
    let room = height.min(area.height).saturating_sub(3);
    let (first, more) = flow::read(canvas, ListId::Popup, &texts, room);
    let (title, keys) = if wide {
        (
            tr!(
                "Link {name} · 2 of 3 · preview, nothing is written yet",
                name
            ),
            tr!("Enter links · Backspace back · Esc close").to_owned(),
        )
    } else {
        (
            tr!("Preview, nothing is written yet").to_owned(),
            match more {
                Some(more) => {
                    let both = tr!("{more} · Enter links", more);
                    let fits = format::width(&both) + 4 < columns;
                    if fits { both } else { more }
                }
                None => tr!("Enter links · Backspace back").to_owned(),
            },
        )
    };
    let inner = open(canvas, area, (width, height), title, &keys);
    if inner.is_empty() {
        return;
    }
    if item.preview.value.is_none() {
        let words = item.preview.failure().map_or_else(
            || tr!("Asking the server what it would do.").to_owned(),
            failed_pane,
        );
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let last = inner.height.saturating_sub(1);
    match sides {
        Some((left, right)) if wide => side_by_side(canvas, inner, &left, &right),
        _ => {
            let upper = Rect {
                height: last,
                ..inner
            };
            canvas.place_list(ListId::Popup, upper);
            flow::show(canvas, upper, &texts, first);
        }
    }
    let mut cells = Cells::new();
    let button = tr!("Link {name} ", name);
    let wide_button = 11 + format::width(&button) + 4;
    cells.pad_to(usize::from(inner.width).saturating_sub(wide_button + 2) / 2);
    cells.put(tr!("[ Back ]   "), look.style(Role::Dim));
    cells.put(
        format!("[{}{button}]", look.glyph(glyph::SELECTED)),
        look.style(Role::Strong),
    );
    line(canvas, inner, last, &cells);
}

/// The heads of the columns of values; on the smallest screens only that of what will be.
fn heads(canvas: &Canvas<'_>, cut: usize) -> Cells<'static> {
    let dim = canvas.look.style(Role::Dim);
    let mut cells = Cells::new();
    cells.put(tr!("  FIELD"), dim);
    cells.pad_to(17);
    if canvas.room != Room::Compact {
        cells.put(tr!("NOW"), dim);
        cells.pad_to(19 + cut);
    }
    cells.put(tr!("AFTER"), dim);
    cells
}

/// The record and below it what follows, as a text to be read.
fn one_below_the_other(
    canvas: &Canvas<'_>,
    effect: &DryRun,
    columns: usize,
) -> Vec<Cells<'static>> {
    let compact = canvas.room == Room::Compact;
    let mut lines = vec![heads(canvas, 21)];
    if compact {
        lines.extend(afterwards(canvas, effect));
    } else {
        lines.extend(changes(canvas, effect, 21));
        lines.push(Cells::new());
    }
    for (label, kinds) in SECTIONS {
        let told = labelled(canvas, columns, label, kinds, effect);
        if told.is_empty() && label == "Conflicts" {
            // That there is none is an answer too.
            lines.extend(labelled_text(canvas, columns, tr(label), tr!("none")));
        }
        lines.extend(told);
    }
    let note = undo_beside(canvas.model, effect);
    let note = unlabelled(&note, "Undo");
    lines.extend(labelled_text(canvas, columns, tr!("Undo"), note));
    lines
}

/// What a preview tells of, and the kinds of consequence that belong there.
const SECTIONS: [(&str, &[&str]); 4] = [
    (text!("Events"), &["event"]),
    (text!("Conflicts"), &["conflict-solved", "conflict-created"]),
    (text!("First run"), &["first-run", "cursor"]),
    (text!("Notes"), &["note", "job"]),
];

fn labelled(
    canvas: &Canvas<'_>,
    columns: usize,
    label: &str,
    kinds: &[&str],
    effect: &DryRun,
) -> Vec<Cells<'static>> {
    let mut lines: Vec<Cells<'static>> = Vec::new();
    for consequence in effect
        .consequences
        .iter()
        .filter(|consequence| kinds.contains(&consequence.kind.as_str()))
    {
        let name = if lines.is_empty() { tr(label) } else { "" };
        let text = unlabelled(&consequence.text, label);
        lines.extend(labelled_text(canvas, columns, name, text));
    }
    lines
}

/// `text` without its own label.
fn unlabelled<'a>(text: &'a str, label: &str) -> &'a str {
    text.strip_prefix(label)
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(text)
}

fn labelled_text(
    canvas: &Canvas<'_>,
    columns: usize,
    label: &str,
    words: &str,
) -> Vec<Cells<'static>> {
    let look = canvas.look;
    if words.is_empty() {
        return Vec::new();
    }
    format::wrap(words, columns.saturating_sub(14))
        .iter()
        .enumerate()
        .map(|(index, words)| {
            let mut cells = Cells::new();
            if index == 0 {
                cells.put(format!("  {label}"), look.style(Role::Dim));
            }
            cells.pad_to(14);
            cells.spans(look.safe(words, look.style(Role::Text)));
            cells
        })
        .collect()
}

/// Where the events and conflicts begin, right of the record.
const SPLIT: usize = 65;

/// The record with the first run below it, and right of it events and conflicts.
fn beside(
    canvas: &Canvas<'_>,
    effect: &DryRun,
    columns: usize,
) -> (Vec<Cells<'static>>, Vec<Cells<'static>>) {
    let of_kinds = |kinds: &[&str]| -> Vec<&crate::api::Consequence> {
        effect
            .consequences
            .iter()
            .filter(|consequence| kinds.contains(&consequence.kind.as_str()))
            .collect()
    };
    let mut left = vec![heads(canvas, 19)];
    left.extend(changes(canvas, effect, 19));
    left.push(Cells::new());
    let say = |words: &str, role: Role| flow::wrapped(canvas, words, SPLIT, 2, role);
    for consequence in of_kinds(&["first-run"]) {
        let words = tr!(
            "First run: {what}",
            what = unlabelled(&consequence.text, "First run")
        );
        left.extend(say(&words, Role::Text));
    }
    for consequence in of_kinds(&["cursor"]) {
        left.extend(say(&consequence.text, Role::Text));
    }
    let room = columns.saturating_sub(SPLIT + 1);
    let say = |words: &str, role: Role| flow::wrapped(canvas, words, room, 1, role);
    let mut right = say(tr!("EVENTS"), Role::Dim);
    let events = of_kinds(&["event", "note", "job"]);
    if events.is_empty() {
        right.extend(say(
            tr!("bound to no space: nothing would receive"),
            Role::Text,
        ));
    }
    for consequence in events {
        right.extend(say(&consequence.text, Role::Text));
    }
    right.push(Cells::new());
    right.extend(say(tr!("STRICT CONFLICTS"), Role::Dim));
    for (kind, sign, none, role) in [
        ("conflict-solved", "-", tr!("- solves none"), Role::Del),
        ("conflict-created", "+", tr!("+ creates none"), Role::Add),
    ] {
        let found = of_kinds(&[kind]);
        if found.is_empty() {
            right.extend(say(none, Role::Dim));
        }
        for consequence in found {
            right.extend(say(&format!("{sign} {}", consequence.text), role));
        }
    }
    if !effect.undo_note.is_empty() {
        let note = undo_beside(canvas.model, effect);
        let what = unlabelled(&note, "Undo");
        right.push(Cells::new());
        right.extend(say(&tr!("Undo: {what}", what), Role::Dim));
    }
    (left, right)
}

fn side_by_side(
    canvas: &mut Canvas<'_>,
    inner: Rect,
    left: &[Cells<'static>],
    right: &[Cells<'static>],
) {
    let dim = canvas.look.style(Role::Dim);
    let split = (SPLIT as u16).min(inner.width);
    let before = Rect {
        width: split,
        ..inner
    };
    for (row, cells) in left.iter().enumerate() {
        line(canvas, before, row as u16, cells);
    }
    // One line stays empty above the button.
    for row in 0..inner.height.saturating_sub(2) {
        let mut cells = Cells::new();
        cells.put("│", dim);
        cells.draw(canvas.buffer, inner.x + split, inner.y + row, 1);
    }
    let beside = Rect {
        x: inner.x + split + 1,
        width: inner.width.saturating_sub(split + 1),
        ..inner
    };
    for (row, cells) in right.iter().enumerate() {
        line(canvas, beside, row as u16, cells);
    }
}
