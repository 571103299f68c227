//! Why a cursor stands: what is so, what holds, what that rests on, and the one thing that would move it.

use std::fmt::Write as _;

use ratatui::layout::Rect;

use super::{at_place, draw_line, numbered, window};
use crate::api::{Action, Diagnosis, DiagnosisFinding, SourceKind};
use crate::console::command::CommandId;
use crate::console::model::{ListId, WhyView};
use crate::console::view::canvas::{Canvas, Room, failed_pane};
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::{Border, Frame};
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::RowState;
use crate::console::view::{format, glyph};

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &WhyView) {
    let (top, rest) = place::rows(area, 4);
    verdict(canvas, top, view);
    let diagnosis = view.diagnosis.value.as_ref();
    let finding = diagnosis.and_then(|diagnosis| {
        let place = canvas.list(ListId::Findings).position;
        diagnosis
            .findings
            .get(place)
            .or_else(|| diagnosis.findings.first())
    });
    if canvas.room == Room::Wide {
        let (left, right) = place::columns(rest, 44);
        findings(canvas, left, view);
        let (upper, lower) = place::rows(right, rest.height * 8 / 18);
        evidence(canvas, upper, finding);
        actions(canvas, lower, view, finding);
    } else {
        let held = diagnosis.map_or(1, |diagnosis| diagnosis.findings.len().max(1)) as u16;
        let todo = finding.map_or(0, |finding| of(finding).count()) as u16;
        let (list, rest) = place::rows(rest, (held + 2).min(rest.height / 3).max(3));
        let todo = (todo + 3).min(rest.height / 2).max(3);
        let proof = finding.map_or(1, |finding| finding.evidence.len().max(1)) as u16;
        let (upper, rest) = place::rows(rest, (proof + 2).min(rest.height.saturating_sub(todo)));
        findings(canvas, list, view);
        evidence(canvas, upper, finding);
        actions(
            canvas,
            Rect {
                height: todo.min(rest.height),
                ..rest
            },
            view,
            finding,
        );
    }
}

/// What to do about a finding: the suggested thing first.
fn of(finding: &DiagnosisFinding) -> impl Iterator<Item = (&Action, bool)> {
    finding
        .next_action
        .iter()
        .map(|action| (action, true))
        .chain(finding.other_actions.iter().map(|action| (action, false)))
}

/// The state in a sentence, what moved the cursor and what moves it next.
fn verdict(canvas: &mut Canvas<'_>, area: Rect, view: &WhyView) {
    let look = canvas.look;
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
    let inner = canvas.frame(area, frame);
    let Some(diagnosis) = &view.diagnosis.value else {
        let words = view.diagnosis.failure().map_or_else(
            || tr!("Asking the server. Old findings are hidden, not shown as new.").to_owned(),
            failed_pane,
        );
        canvas.say(inner, &words, Role::Dim);
        return;
    };
    let mark = glyph::cursor(diagnosis.state);
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    cells.span(look.mark(mark));
    cells.put(" ", look.style(Role::Text));
    cells.span(look.word(mark));
    if let Some(since) = diagnosis.since {
        cells.put(
            tr!(
                " for {age} (since {short_time})",
                age = look.age(since),
                short_time = look.short_time(since)
            ),
            look.style(Role::Text),
        );
    }
    cells.put(". ", look.style(Role::Text));
    cells.spans(look.safe(&diagnosis.summary, look.style(Role::Text)));
    draw_line(canvas, inner, 0, &cells, RowState::default());

    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    if let Some(moved) = moved(canvas, diagnosis, canvas.room == Room::Wide) {
        cells.put(format!("{moved} "), look.style(Role::Text));
    }
    cells.spans(look.safe(&diagnosis.moves_next, look.style(Role::Text)));
    draw_line(canvas, inner, 1, &cells, RowState::default());
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

fn findings(canvas: &mut Canvas<'_>, area: Rect, view: &WhyView) {
    let look = canvas.look;
    let title = view.diagnosis.value.as_ref().map_or_else(
        || tr!("Findings").to_owned(),
        |diagnosis| {
            tr!(
                "Findings ({findings})",
                findings = format::len(diagnosis.findings.len())
            )
        },
    );
    let frame = Frame::new(look, canvas.border(ListId::Findings), title);
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Findings, inner);
    let Some(diagnosis) = &view.diagnosis.value else {
        return;
    };
    if diagnosis.findings.is_empty() {
        let words = nothing(canvas, diagnosis);
        canvas.say(inner, &words, Role::Text);
        return;
    }
    let wide = canvas.room == Room::Wide;
    let mut line = 0;
    let height = usize::from(inner.height);
    let first = canvas
        .list(ListId::Findings)
        .position
        .saturating_sub((height / if wide { 3 } else { 1 }).saturating_sub(1));
    for (index, finding) in diagnosis.findings.iter().enumerate().skip(first) {
        if line >= height {
            break;
        }
        let state = at_place(canvas, ListId::Findings, index);
        let mark = glyph::severity(finding.severity);
        let mut cells = numbered(canvas, state.selected, index + 1);
        let start = cells.width() - 2;
        cells.span(look.mark(mark));
        cells.put(format!(" {} ", finding.code), look.style(Role::Text));
        cells.put(finding.name.clone(), look.style(Role::Strong));
        if wide {
            if let Some(since) = finding.since {
                let since = tr!("since {short_time}", short_time = look.short_time(since));
                if cells.width() < start + 28 {
                    cells.pad_to(start + 28);
                } else {
                    cells.put(" ", look.style(Role::Text));
                }
                cells.put(since, look.style(Role::Dim));
            }
        } else {
            cells.pad_to(start + 29);
            cells.spans(look.safe(&finding.summary, look.style(Role::Text)));
        }
        draw_line(canvas, inner, line, &cells, state);
        canvas.place_row(ListId::Findings, index, inner.y + line as u16);
        line += 1;
        if wide {
            // The chosen finding says all it has to say, the others begin.
            let most = if state.selected { 4 } else { 1 };
            let room = usize::from(inner.width).saturating_sub(5);
            for words in format::wrap(&finding.summary, room).iter().take(most) {
                let mut cells = Cells::new();
                cells.put("    ", look.style(Role::Text));
                cells.spans(look.safe(words, look.style(Role::Dim)));
                draw_line(canvas, inner, line, &cells, RowState::default());
                line += 1;
            }
        }
    }
    if wide && line + 1 < height {
        let rest = Rect {
            x: inner.x + 1,
            y: inner.y + line as u16 + 1,
            width: inner.width.saturating_sub(1),
            height: (height - line - 1) as u16,
        };
        canvas.say(rest, &others(diagnosis), Role::Dim);
    }
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

fn evidence(canvas: &mut Canvas<'_>, area: Rect, finding: Option<&DiagnosisFinding>) {
    let look = canvas.look;
    let wide = canvas.room == Room::Wide;
    let title = match finding {
        Some(finding) if wide => tr!("Evidence · {code}, newest first", code = finding.code),
        Some(finding) => tr!("Evidence · {code}", code = finding.code),
        None => tr!("Evidence").to_owned(),
    };
    let frame = Frame::new(look, canvas.border(ListId::Evidence), title);
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Evidence, inner);
    let Some(finding) = finding else { return };
    let column = if wide { 9 } else { 8 };
    let height = usize::from(inner.height);
    let mut line = 0;
    for (place, index) in window(canvas, ListId::Evidence, finding.evidence.len(), height) {
        if line >= height {
            break;
        }
        let evidence = &finding.evidence[index];
        let mut state = at_place(canvas, ListId::Evidence, place);
        // Where nothing was chosen yet, the first line is what Enter opens.
        state.selected |= canvas.list(ListId::Evidence).selected.is_none() && place == 0;
        let room = usize::from(inner.width).saturating_sub(column);
        let mut words = format::wrap(&evidence.text, room).into_iter();
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
        draw_line(canvas, inner, line, &cells, state);
        canvas.place_row(ListId::Evidence, place, inner.y + line as u16);
        line += 1;
        for words in words {
            if wide || state.selected {
                let mut cells = Cells::new();
                cells.pad_to(column);
                cells.spans(look.safe(&words, look.style(Role::Dim)));
                draw_line(canvas, inner, line, &cells, RowState::default());
                line += 1;
            }
        }
    }
}

fn actions(
    canvas: &mut Canvas<'_>,
    area: Rect,
    view: &WhyView,
    finding: Option<&DiagnosisFinding>,
) {
    let look = canvas.look;
    let frame = Frame::new(look, canvas.border(ListId::Actions), tr!("What to do"));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Actions, inner);
    let Some(finding) = finding else {
        if view.diagnosis.value.is_some() {
            canvas.say(inner, tr!("Nothing to do."), Role::Dim);
        }
        return;
    };
    let chosen = match &view.effect {
        Some((place, _)) => *place,
        None => canvas.list(ListId::Actions).position,
    };
    let mut line = 0;
    for (index, (action, suggested)) in of(finding).enumerate() {
        let mut cells = numbered(canvas, index == chosen, index + 1);
        let start = cells.width() - 2;
        cells.put_until(start + 38, &action.label, look.style(Role::Text));
        let key = CommandId::parse(&action.command)
            .map(|command| canvas.model.keymap.keys_of(command))
            .unwrap_or_default();
        // With less room the label gives way, so that key and role stay to be seen.
        let narrow = usize::from(inner.width) < 74;
        cells.pad_to(start + if narrow { 32 } else { 39 });
        cells.put(key, look.style(Role::Accent));
        let role = start + if narrow { 37 } else { 44 };
        // `Enter` takes the room of the role, which opening does not need.
        if cells.width() < role {
            cells.pad_to(role);
            cells.put(action.role.to_string(), look.style(Role::Dim));
        }
        cells.pad_to(start + if narrow { 48 } else { 55 });
        if action.destructive {
            cells.put(tr!("destructive"), look.style(Role::Danger));
        } else if suggested {
            cells.put(tr!("suggested"), look.style(Role::Good));
        }
        let state = RowState {
            selected: index == chosen,
            focused: canvas.has_keys(ListId::Actions),
            ..RowState::default()
        };
        draw_line(canvas, inner, line, &cells, state);
        line += 1;
    }
    if line == 0 {
        canvas.say(
            inner,
            tr!("Nothing to do: it ends by itself or is meant so."),
            Role::Dim,
        );
        return;
    }
    effect(canvas, inner, line, view);
}

fn effect(canvas: &mut Canvas<'_>, inner: Rect, line: usize, view: &WhyView) {
    let Some((place, load)) = &view.effect else {
        return;
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
    if canvas.room != Room::Wide {
        let mut cells = Cells::new();
        cells.put(
            tr!("  Effect of {number}: ", number),
            look.style(Role::Strong),
        );
        cells.spans(look.safe(&words.join("; "), look.style(Role::Text)));
        draw_line(canvas, inner, line, &cells, RowState::default());
        return;
    }
    let mut line = line + 1;
    let mut cells = Cells::new();
    cells.put(
        tr!("Effect of {number}, before it runs:", number),
        look.style(Role::Strong),
    );
    draw_line(canvas, inner, line, &cells, RowState::default());
    let room = usize::from(inner.width).saturating_sub(3);
    let mut say = |words: &str, role: Role| {
        for words in format::wrap(words, room) {
            line += 1;
            let mut cells = Cells::new();
            cells.put("  ", look.style(Role::Text));
            cells.spans(look.safe(&words, look.style(role)));
            draw_line(canvas, inner, line, &cells, RowState::default());
        }
    };
    for words in words {
        say(&words, Role::Text);
    }
    if let Some(effect) = &load.value {
        if effect.undo.is_none() && !effect.undo_note.is_empty() {
            say(&effect.undo_note, Role::Warn);
        }
        say(tr!("Enter runs it"), Role::Accent);
    }
}
