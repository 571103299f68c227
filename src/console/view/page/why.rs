//! Why a cursor stands: what is so, what holds, what that rests on, and the one thing that would move it.

mod actions;

use std::fmt::Write as _;

use ratatui::layout::Rect;

use self::actions::actions;
use super::parts::{at_place, numbered};
use crate::api::{Action, Diagnosis, DiagnosisFinding, SourceKind};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::{ListId, WhyView};
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::flow::{Item, high, scrolled, show, wrapped};
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::{Border, Frame};
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &WhyView) {
    let diagnosis = view.diagnosis.value.as_ref();
    let finding = diagnosis.and_then(|diagnosis| {
        let place = canvas.list(ListId::Findings).position;
        diagnosis
            .findings
            .get(place)
            .or_else(|| diagnosis.findings.first())
    });
    match canvas.room {
        Room::Wide => {
            let said = verdict(canvas, room(area), view);
            let (top, rest) = place::rows(area, (high(&said) + 2).clamp(4, 7));
            verdict_box(canvas, top, view, &said);
            let (left, right) = place::columns(rest, 44);
            let (upper, lower) = place::rows(right, rest.height * 8 / 18);
            for (part, place) in [
                (ListId::Findings, left),
                (ListId::Evidence, upper),
                (ListId::Actions, lower),
            ] {
                let items = part_items(canvas, part, room(place), view, finding);
                part_box(canvas, part, place, view, finding, &items);
            }
        }
        Room::Stacked => stacked(canvas, area, view, finding),
        Room::Compact => column(canvas, area, view, finding),
    }
}

/// The parts one below the other, each as high as what it says; where that is too much, the one with the keys goes first.
fn stacked(
    canvas: &mut Canvas<'_>,
    area: Rect,
    view: &WhyView,
    finding: Option<&DiagnosisFinding>,
) {
    const PARTS: [ListId; 3] = [ListId::Findings, ListId::Evidence, ListId::Actions];
    let said = verdict(canvas, room(area), view);
    let top = (high(&said) + 2).min((area.height / 3).max(4));
    let (top, mut rest) = place::rows(area, top);
    verdict_box(canvas, top, view, &said);
    let items = PARTS.map(|part| part_items(canvas, part, room(area), view, finding));
    let needs = [0, 1, 2].map(|part: usize| high(&items[part]).max(1) + 2);
    let focused = PARTS.map(|part| canvas.has_keys(part));
    let heights = shared(rest.height, needs, focused);
    for ((part, height), items) in PARTS.into_iter().zip(heights).zip(&items) {
        let (place, below) = place::rows(rest, height);
        rest = below;
        part_box(canvas, part, place, view, finding, items);
    }
}

/// How high each part is that needs that many rows.
fn shared(all: u16, needs: [u16; 3], focused: [bool; 3]) -> [u16; 3] {
    let mut heights = needs.map(|need| need.min(4).min(all / 3));
    let left = |heights: &[u16; 3]| all.saturating_sub(heights.iter().sum());
    for part in 0..3 {
        if focused[part] {
            heights[part] += left(&heights).min(needs[part] - heights[part]);
        }
    }
    // The others grow by turns, what to do before what it rests on.
    loop {
        let before = heights;
        for part in [2, 1, 0] {
            if left(&heights) > 0 && heights[part] < needs[part] {
                heights[part] += 1;
            }
        }
        if heights == before {
            return heights;
        }
    }
}

/// All in one column, what to do right after the findings: the smallest screen scrolls.
fn column(canvas: &mut Canvas<'_>, area: Rect, view: &WhyView, finding: Option<&DiagnosisFinding>) {
    let columns = room(area);
    let mut items = verdict(canvas, columns, view);
    items.extend(part_items(canvas, ListId::Findings, columns, view, finding));
    for part in [ListId::Actions, ListId::Evidence] {
        let its = part_items(canvas, part, columns, view, finding);
        if its.is_empty() || finding.is_none() {
            continue;
        }
        let title = title(canvas, part, view, finding);
        let mut cells = Cells::new();
        let role = if canvas.has_keys(part) {
            Role::Focus
        } else {
            Role::Dim
        };
        cells.put(format!(" {title}"), canvas.look.style(role));
        items.push(Item::said(vec![cells]));
        items.extend(its);
    }
    if let (Some(diagnosis), true) = (&view.diagnosis.value, finding.is_some()) {
        items.push(Item::said(moves(canvas, columns, diagnosis)));
    }
    let wanted = wanted(canvas, &items);
    let (first, note) = scrolled(&items, wanted, area.height.saturating_sub(2));
    let name = canvas.model.replica.source_name(view.source);
    let frame = canvas.pane(Border::Focused, name).note(note);
    let inner = canvas.frame(area, frame);
    show(canvas, inner, &items, first);
}

/// The columns inside a frame.
fn room(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(2))
}

fn title(
    canvas: &Canvas<'_>,
    part: ListId,
    view: &WhyView,
    finding: Option<&DiagnosisFinding>,
) -> String {
    let wide = canvas.room == Room::Wide;
    match (part, finding) {
        (ListId::Findings, _) => view.diagnosis.value.as_ref().map_or_else(
            || tr!("Findings").to_owned(),
            |diagnosis| {
                tr!(
                    "Findings ({findings})",
                    findings = format::len(diagnosis.findings.len())
                )
            },
        ),
        (ListId::Evidence, Some(finding)) if wide => {
            tr!("Evidence · {code}, newest first", code = finding.code)
        }
        (ListId::Evidence, Some(finding)) => tr!("Evidence · {code}", code = finding.code),
        (ListId::Evidence, None) => tr!("Evidence").to_owned(),
        _ => tr!("What to do").to_owned(),
    }
}

fn part_items(
    canvas: &Canvas<'_>,
    part: ListId,
    columns: usize,
    view: &WhyView,
    finding: Option<&DiagnosisFinding>,
) -> Vec<Item> {
    match part {
        ListId::Findings => findings(canvas, columns, view),
        ListId::Evidence => finding.map_or_else(Vec::new, |it| evidence(canvas, columns, it)),
        _ => actions(canvas, columns, view, finding),
    }
}

fn part_box(
    canvas: &mut Canvas<'_>,
    part: ListId,
    area: Rect,
    view: &WhyView,
    finding: Option<&DiagnosisFinding>,
    items: &[Item],
) {
    let height = area.height.saturating_sub(2);
    let (first, note) = scrolled(items, wanted(canvas, items), height);
    let words = title(canvas, part, view, finding);
    let frame = Frame::new(canvas.look, canvas.border(part), words).note(note);
    let inner = canvas.frame(area, frame);
    canvas.place_list(part, inner);
    show(canvas, inner, items, first);
    // Pages of the list go by what the frame shows.
    canvas.drawn.viewports.rows.insert(part, inner.height);
}

/// What to do about a finding: the suggested thing first.
fn of(finding: &DiagnosisFinding) -> impl Iterator<Item = (&Action, bool)> {
    finding
        .next_action
        .iter()
        .map(|action| (action, true))
        .chain(finding.other_actions.iter().map(|action| (action, false)))
}

fn verdict_box(canvas: &mut Canvas<'_>, area: Rect, view: &WhyView, said: &[Item]) {
    let model = canvas.model;
    let source = model.replica.sources.get(view.source);
    let name = model.replica.source_name(view.source);
    let branch = source
        .as_ref()
        .and_then(|source| source.branch.as_deref())
        .unwrap_or(tr!("default branch"));
    let suffix = if canvas.room == Room::Wide {
        tr!(" · why stuck")
    } else {
        ""
    };
    let frame = canvas.pane(Border::Plain, format!("{name} · {branch}{suffix}"));
    let (first, note) = scrolled(said, (0, 0), area.height.saturating_sub(2));
    let inner = canvas.frame(area, frame.note(note));
    show(canvas, inner, said, first);
}

/// The state in a sentence, what moved the cursor and what moves it next.
fn verdict(canvas: &Canvas<'_>, columns: usize, view: &WhyView) -> Vec<Item> {
    let look = canvas.look;
    let Some(diagnosis) = &view.diagnosis.value else {
        let words = view.diagnosis.failure().map_or_else(
            || tr!("Asking the server. Old findings are hidden, not shown as new.").to_owned(),
            failed_pane,
        );
        return vec![Item::said(wrapped(canvas, &words, columns, 1, Role::Dim))];
    };
    let mark = glyph::cursor(diagnosis.state);
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    cells.span(look.mark(mark));
    cells.put(" ", look.style(Role::Text));
    cells.span(look.word(mark));
    let words = if let Some(since) = diagnosis.since {
        cells.put(" ", look.style(Role::Text));
        let since = tr!(
            "for {age} (since {short_time})",
            age = look.age(since),
            short_time = look.short_time(since)
        );
        format!("{since}. {}", diagnosis.summary)
    } else {
        cells.put(". ", look.style(Role::Text));
        diagnosis.summary.clone()
    };
    let mut lines = beside(canvas, cells, &words, columns);
    // The smallest screen says below all else what moves it.
    if canvas.room != Room::Compact {
        lines.extend(moves(canvas, columns, diagnosis));
    }
    vec![Item::said(lines)]
}

/// What moved the cursor, and what moves it next.
fn moves(canvas: &Canvas<'_>, columns: usize, diagnosis: &Diagnosis) -> Vec<Cells<'static>> {
    let mut words = String::new();
    if let Some(moved) = moved(canvas, diagnosis, canvas.room == Room::Wide) {
        let _ = write!(words, "{moved} ");
    }
    words += &diagnosis.moves_next;
    wrapped(canvas, &words, columns, 1, Role::Text)
}

/// Words behind the beginning of a line, and below it from the second column on.
fn beside(
    canvas: &Canvas<'_>,
    mut cells: Cells<'static>,
    words: &str,
    columns: usize,
) -> Vec<Cells<'static>> {
    let look = canvas.look;
    let room = columns.saturating_sub(cells.width() + 1);
    let first = format::wrap(words, room).into_iter().next();
    let first = first.unwrap_or_default();
    cells.spans(look.safe(&first, look.style(Role::Text)));
    let rest = words.get(first.len()..).unwrap_or_default().trim_start();
    let mut lines = vec![cells];
    if !rest.is_empty() {
        lines.extend(wrapped(canvas, rest, columns, 1, Role::Text));
    }
    lines
}

/// `Moved 5h ago by run #84, to 4f9c2d1.`
fn moved(canvas: &Canvas<'_>, diagnosis: &Diagnosis, to: bool) -> Option<String> {
    let moved = diagnosis.moved.as_ref()?;
    let by = moved
        .job_id
        .map_or_else(String::new, |job| tr!(" by run #{job}", job));
    let source = canvas.model.replica.sources.get(diagnosis.source_id);
    let to = source
        .and_then(|source| source.cursor)
        .filter(|_| to)
        .map_or_else(String::new, |cursor| {
            tr!(", to {sha}", sha = format::sha(&cursor.value))
        });
    Some(tr!(
        "Moved {age} ago{by}{to}.",
        age = canvas.look.age(moved.at),
        by,
        to
    ))
}

fn findings(canvas: &Canvas<'_>, columns: usize, view: &WhyView) -> Vec<Item> {
    let look = canvas.look;
    let Some(diagnosis) = &view.diagnosis.value else {
        return Vec::new();
    };
    if diagnosis.findings.is_empty() {
        let words = nothing(canvas, diagnosis);
        return vec![Item::said(wrapped(canvas, &words, columns, 1, Role::Text))];
    }
    let wide = canvas.room == Room::Wide;
    let mut items = Vec::new();
    for (index, finding) in diagnosis.findings.iter().enumerate() {
        let state = at_place(canvas, ListId::Findings, index);
        // Its evidence and remedies are those that are shown.
        let chosen = canvas.list(ListId::Findings).position == index;
        let mark = glyph::severity(finding.severity);
        let mut cells = numbered(canvas, state.selected, index + 1);
        let start = cells.width() - 2;
        cells.span(look.mark(mark));
        cells.put(format!(" {} ", finding.code), look.style(Role::Text));
        cells.put(finding.name.clone(), look.style(Role::Strong));
        let summary = finding.summary.as_str();
        let mut more = Vec::new();
        if canvas.room == Room::Stacked {
            cells.pad_to(start + 29);
            let indent = cells.width();
            let mut lines = wrapped(canvas, summary, columns, indent, Role::Text).into_iter();
            if chosen {
                let first = format::wrap(summary, columns.saturating_sub(indent + 1));
                let first = first.first().map_or("", String::as_str);
                cells.spans(look.safe(first, look.style(Role::Text)));
                lines.next();
                more.extend(lines);
            } else {
                cells.spans(look.safe(summary, look.style(Role::Text)));
            }
        } else {
            if wide && let Some(since) = finding.since {
                let since = tr!("since {short_time}", short_time = look.short_time(since));
                if cells.width() < start + 28 {
                    cells.pad_to(start + 28);
                } else {
                    cells.put(" ", look.style(Role::Text));
                }
                cells.put(since, look.style(Role::Dim));
            }
            // The chosen finding says all it has to say, the others begin.
            if chosen {
                more = wrapped(canvas, summary, columns, 4, Role::Dim);
            } else if wide {
                let mut cells = Cells::new();
                cells.pad_to(4);
                cells.spans(look.safe(summary, look.style(Role::Dim)));
                more.push(cells);
            }
        }
        more.insert(0, cells);
        items.push(Item::row(ListId::Findings, index, state, more));
    }
    if wide {
        let mut lines = vec![Cells::new()];
        lines.extend(wrapped(canvas, &others(diagnosis), columns, 2, Role::Dim));
        items.push(Item::said(lines));
    }
    items
}

/// `26 other rules hold nothing. D-06 was not evaluated: no ls-remote since 12:10`
fn others(diagnosis: &Diagnosis) -> String {
    let mut sentences = vec![tr!(
        "{clear} other rules hold nothing",
        clear = diagnosis.clear
    )];
    sentences.extend(
        diagnosis
            .not_evaluated
            .iter()
            .map(|rule| match rule.split_once(": ") {
                Some((code, why)) => tr!("{code} was not evaluated: {why}", code, why),
                None => tr!("{rule} was not evaluated", rule),
            }),
    );
    sentences.join(". ")
}

/// `Nothing is wrong.` and when it moved, what moved it, what moves it next.
fn nothing(canvas: &Canvas<'_>, diagnosis: &Diagnosis) -> String {
    let source = canvas.model.replica.sources.get(diagnosis.source_id);
    if source
        .as_ref()
        .is_some_and(|it| it.kind == SourceKind::Virtual)
    {
        let key = canvas.model.keymap.keys_of(CommandId::Link);
        return tr!(
            "Virtual: never triggers, by design (D-01). {key} links it.",
            key
        );
    }
    let mut words = tr!("Nothing is wrong.").to_owned();
    if let Some((cursor, head)) = source.and_then(|source| Some((source.cursor?, source.head?)))
        && cursor.value == head.sha
    {
        words += &tr!(" Cursor equals head {sha}.", sha = format::sha(&head.sha));
    }
    if let Some(moved) = moved(canvas, diagnosis, false) {
        let _ = write!(words, " {moved}");
    }
    let _ = write!(words, " {}", diagnosis.moves_next);
    words
}

fn evidence(canvas: &Canvas<'_>, columns: usize, finding: &DiagnosisFinding) -> Vec<Item> {
    let look = canvas.look;
    let wide = canvas.room == Room::Wide;
    let column = if wide { 9 } else { 8 };
    let list = canvas.list(ListId::Evidence);
    let mut items = Vec::new();
    for (place, evidence) in finding.evidence.iter().enumerate() {
        let mut state = at_place(canvas, ListId::Evidence, place);
        // Where nothing was chosen yet, the first line is what Enter opens.
        state.selected |= list.selected.is_none() && place == 0;
        let mut words = format::wrap(&evidence.text, columns.saturating_sub(column)).into_iter();
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", look.style(Role::Text));
        if let Some(at) = evidence.at {
            cells.put(look.short_time(at), look.style(Role::Dim));
        }
        cells.pad_to(column);
        if let Some(first) = words.next() {
            cells.spans(look.safe(&first, look.style(Role::Text)));
        }
        let mut lines = vec![cells];
        for words in words {
            let mut cells = Cells::new();
            cells.pad_to(column);
            cells.spans(look.safe(&words, look.style(Role::Dim)));
            lines.push(cells);
        }
        items.push(Item::row(ListId::Evidence, place, state, lines));
    }
    items
}

/// The lines that have to be in sight: those of the row with the keys, and from the top for the first row.
fn wanted(canvas: &Canvas<'_>, items: &[Item]) -> (usize, usize) {
    let mut line = 0;
    let mut found = (0, 0);
    let mut last = false;
    for item in items {
        let end = line + item.lines.len();
        let its = item.row.filter(|(list, ..)| canvas.has_keys(*list));
        if let Some((list, place, _)) = its {
            // The effect of the chosen remedy stands below all of them.
            last = list == ListId::Actions && last;
            if canvas.list(list).position == place {
                let begin = if place == 0 && list != ListId::Actions && list != ListId::Evidence {
                    0
                } else {
                    line
                };
                found = (begin, end);
                last = true;
            }
        } else if item.row.is_none() && last && !item.lines.is_empty() {
            // What is said below the last row belongs to it.
            found.1 = end;
        } else {
            last = false;
        }
        line = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_keys_takes_the_room_and_nothing_vanishes() {
        assert_eq!(shared(20, [5, 6, 7], [true, false, false]), [5, 6, 7]);
        assert_eq!(shared(16, [5, 7, 8], [true, false, false]), [5, 5, 6]);
        assert_eq!(shared(16, [5, 7, 9], [false, false, true]), [4, 4, 8]);
        assert_eq!(shared(12, [9, 9, 9], [false, true, false]), [4, 4, 4]);
    }
}
