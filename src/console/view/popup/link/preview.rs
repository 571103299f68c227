//! What linking one source would do: the record before and after, events, conflicts, the first run, how to take it back.

use ratatui::layout::Rect;
use serde_json::Value;

use super::super::{line, open};
use super::below;
use crate::api::DryRun;
use crate::console::language::tr;
use crate::console::model::LinkItem;
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::{format, glyph};

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
    let wide = canvas.room == Room::Wide;
    let compact = canvas.room == Room::Compact;
    let (title, keys) = if wide {
        (
            tr!(
                "Link {name} · 2 of 3 · preview, nothing is written yet",
                name
            ),
            tr!("Enter links · Backspace back · Esc close"),
        )
    } else {
        (
            tr!("Preview, nothing is written yet").to_owned(),
            tr!("Enter links · Backspace back"),
        )
    };
    let height = if wide { 14 } else { 17 };
    let inner = open(canvas, area, (area.width.min(120), height), title, keys);
    if inner.is_empty() {
        return;
    }
    let last = inner.height.saturating_sub(1);
    let Some(effect) = &item.preview.value else {
        let words = item.preview.failure().map_or_else(
            || tr!("Asking the server what it would do.").to_owned(),
            failed_pane,
        );
        canvas.say(inner, &words, Role::Dim);
        return;
    };
    let cut = if wide { 19 } else { 21 };
    let mut cells = Cells::new();
    let dim = look.style(Role::Dim);
    cells.put(tr!("  FIELD"), dim);
    cells.pad_to(17);
    let rows = if compact {
        afterwards(canvas, effect)
    } else {
        cells.put(tr!("NOW"), dim);
        cells.pad_to(19 + cut);
        changes(canvas, effect, cut)
    };
    cells.put(tr!("AFTER"), dim);
    line(canvas, inner, 0, &cells);
    let mut row = 1;
    for cells in rows {
        line(canvas, inner, row, &cells);
        row += 1;
    }
    if wide {
        consequences_beside(canvas, inner, row, effect);
    } else {
        let gap = u16::from(!compact);
        let rest = Rect {
            y: inner.y + (row + gap).min(inner.height),
            height: last.saturating_sub(row + gap),
            ..inner
        };
        let mut line = 0;
        for (label, kinds) in SECTIONS {
            let used = labelled(canvas, rest, line, label, kinds, effect);
            line += used;
            if used == 0 && label == "Conflicts" {
                // That there is none is an answer too.
                line += labelled_text(canvas, rest, line, label, tr!("none"));
            }
        }
        labelled_text(
            canvas,
            rest,
            line,
            tr!("Undo"),
            unlabelled(&effect.undo_note, "Undo"),
        );
    }
    let mut cells = Cells::new();
    let button = tr!("Link {name} ", name);
    let wide_button = 11 + format::width(&button) + 4;
    cells.pad_to(usize::from(inner.width).saturating_sub(wide_button + 2) / 2);
    cells.put(tr!("[ Back ]   "), dim);
    cells.put(
        format!("[{}{button}]", look.glyph(glyph::SELECTED)),
        look.style(Role::Strong),
    );
    line(canvas, inner, last, &cells);
}

/// What a preview tells of, and the kinds of consequence that belong there.
const SECTIONS: [(&str, &[&str]); 4] = [
    (text!("Events"), &["event"]),
    (text!("Conflicts"), &["conflict-solved", "conflict-created"]),
    (text!("First run"), &["first-run", "cursor"]),
    (text!("Notes"), &["note", "job"]),
];

fn labelled(
    canvas: &mut Canvas<'_>,
    area: Rect,
    first: u16,
    label: &str,
    kinds: &[&str],
    effect: &DryRun,
) -> u16 {
    let mut row = 0;
    for consequence in effect
        .consequences
        .iter()
        .filter(|consequence| kinds.contains(&consequence.kind.as_str()))
    {
        let name = if row == 0 { tr(label) } else { "" };
        let text = unlabelled(&consequence.text, label);
        row += labelled_text(canvas, area, first + row, name, text);
    }
    row
}

/// `text` without its own label.
fn unlabelled<'a>(text: &'a str, label: &str) -> &'a str {
    text.strip_prefix(label)
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(text)
}

fn labelled_text(canvas: &mut Canvas<'_>, area: Rect, row: u16, label: &str, words: &str) -> u16 {
    let look = canvas.look;
    if words.is_empty() {
        return 0;
    }
    let mut used = 0;
    for (index, words) in format::wrap(words, usize::from(area.width).saturating_sub(14))
        .iter()
        .enumerate()
    {
        let mut cells = Cells::new();
        if index == 0 {
            cells.put(format!("  {label}"), look.style(Role::Dim));
        }
        cells.pad_to(14);
        cells.spans(look.safe(words, look.style(Role::Text)));
        line(canvas, area, row + used, &cells);
        used += 1;
    }
    used
}

/// Events and conflicts right of the record, first run below it.
fn consequences_beside(canvas: &mut Canvas<'_>, inner: Rect, record: u16, effect: &DryRun) {
    let look = canvas.look;
    let split = 65.min(inner.width);
    let bottom = inner.height.saturating_sub(2);
    for y in 0..bottom {
        let mut cells = Cells::new();
        cells.put("│", look.style(Role::Dim));
        cells.draw(canvas.buffer, inner.x + split, inner.y + y, 1);
    }
    let right = Rect {
        x: inner.x + split + 1,
        width: inner.width.saturating_sub(split + 1),
        height: bottom,
        ..inner
    };
    let text_of = |kinds: &[&str]| -> Vec<&crate::api::Consequence> {
        effect
            .consequences
            .iter()
            .filter(|consequence| kinds.contains(&consequence.kind.as_str()))
            .collect()
    };
    let mut row = 0;
    canvas.say_line(right, row, tr!("EVENTS"), Role::Dim);
    row += 1;
    let events = text_of(&["event", "note", "job"]);
    if events.is_empty() {
        canvas.say_line(
            right,
            row,
            tr!("bound to no space: nothing would receive"),
            Role::Text,
        );
        row += 1;
    }
    for consequence in events {
        row += canvas.say(below(right, row), &consequence.text, Role::Text);
    }
    row += 1;
    canvas.say_line(right, row, tr!("STRICT CONFLICTS"), Role::Dim);
    row += 1;
    for (kind, sign, none, role) in [
        ("conflict-solved", "-", tr!("- solves none"), Role::Del),
        ("conflict-created", "+", tr!("+ creates none"), Role::Add),
    ] {
        let found = text_of(&[kind]);
        if found.is_empty() {
            canvas.say_line(right, row, none, Role::Dim);
            row += 1;
        }
        for consequence in found {
            let words = format!("{sign} {}", consequence.text);
            row += canvas.say(below(right, row), &words, role);
        }
    }
    if !effect.undo_note.is_empty() {
        let row = (row + 1).min(bottom.saturating_sub(1));
        let words = tr!(
            "Undo: {unlabelled}",
            unlabelled = unlabelled(&effect.undo_note, "Undo")
        );
        canvas.say_line(right, row, &words, Role::Dim);
    }
    let left = Rect {
        x: inner.x + 1,
        width: split.saturating_sub(1),
        height: bottom,
        ..inner
    };
    let mut row = record + 1;
    for consequence in text_of(&["first-run"]) {
        let words = tr!(
            "First run: {unlabelled}",
            unlabelled = unlabelled(&consequence.text, "First run")
        );
        row += canvas.say(below(left, row), &words, Role::Text);
    }
    for consequence in text_of(&["cursor"]) {
        row += canvas.say(below(left, row), &consequence.text, Role::Text);
    }
}
