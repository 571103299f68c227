//! What a turn changed: both sides beside each other or in one column, the words that are other ones marked.

use std::fmt::Write as _;

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use crate::console::format;
use crate::console::model::diff::{DiffFile, DiffLine, other_words};
use crate::console::model::revert::target_name;
use crate::console::model::{Diff, LineKind, ListId, ThreadView};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::glyph;
use crate::console::view::look::Look;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::{Cells, text};
use crate::console::view::widget::place;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &ThreadView) {
    let look = canvas.look;
    let list = canvas.list(ListId::Diff);
    let position = list.position.min(view.rows.len().saturating_sub(1));
    let of_turn = view.revert.is_none() && !view.whole;
    let diff = view.diff().filter(|_| !of_turn || view.chosen().is_some());
    let room = usize::from(area.width).saturating_sub(4);
    let title = diff.map_or_else(
        || name(view).to_owned(),
        |it| title(view, it, position, room),
    );
    let height = usize::from(area.height.saturating_sub(3));
    let frame = canvas
        .pane(canvas.border(ListId::Diff), title)
        .note(around::shown(list, height));
    let inner = canvas.frame(area, frame);
    let (head, rows) = place::rows(inner, 1);
    canvas.place_list(ListId::Diff, rows);
    let words = match (view.chosen(), view.diff_failure(), diff) {
        (None, ..) if of_turn => Some(tr!("Select a turn.").to_owned()),
        (_, Some(text), _) => Some(failed_pane(text)),
        (_, _, None) => Some(tr!("Loading the diff.").to_owned()),
        (_, _, Some(diff)) if diff.lines.is_empty() && view.revert.is_some() => {
            Some(tr!("No document would change.").to_owned())
        }
        (_, _, Some(diff)) if diff.lines.is_empty() && view.whole => {
            Some(tr!("The thread changed nothing.").to_owned())
        }
        (Some(turn), _, Some(diff)) if diff.lines.is_empty() => {
            let over = turn.completed_at.is_some();
            let words = if over {
                tr!("This turn changed nothing.")
            } else {
                tr!("Nothing is changed so far.")
            };
            Some(words.to_owned())
        }
        _ => None,
    };
    if let Some(words) = words {
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let Some(diff) = diff else { return };
    let half = inner.width / 2;
    let (before, after) = sides(view);
    if view.beside {
        text(
            canvas.buffer,
            head.x + 1,
            head.y,
            half.saturating_sub(2),
            &before,
            look.style(Role::Dim),
        );
        side_edge(canvas, head, half);
        let (x, width) = (head.x + half + 2, head.width.saturating_sub(half + 3));
        text(
            canvas.buffer,
            x,
            head.y,
            width,
            &after,
            look.style(Role::Dim),
        );
    } else {
        let words = format!("{before} → {after}");
        let width = head.width.saturating_sub(2);
        text(
            canvas.buffer,
            head.x + 1,
            head.y,
            width,
            &words,
            look.style(Role::Dim),
        );
    }
    draw_rows(canvas, rows, view, diff, position);
}

/// What the two sides are: the turns before and after.
fn sides(view: &ThreadView) -> (String, String) {
    if let Some(revert) = &view.revert {
        let then = target_name(view.turns(), revert.to);
        return (tr!("now").to_owned(), tr!("{then}, as it would be", then));
    }
    if view.whole {
        let newest = view.newest_checkpoint().map_or(0, |(newest, _)| newest);
        return (tr!("start").to_owned(), target_name(view.turns(), newest));
    }
    let Some(turn) = view.chosen() else {
        return (String::new(), String::new());
    };
    let before = match turn.checkpoint_turn_count {
        Some(n) => view
            .turns()
            .iter()
            .find(|it| it.checkpoint_turn_count == Some(n - 1)),
        None => view
            .turns()
            .iter()
            .rfind(|it| it.turn_count < turn.turn_count && it.checkpoint_turn_count.is_some()),
    };
    let before = before.map_or_else(
        || tr!("start").to_owned(),
        |it| tr!("turn {turn_count}", turn_count = it.turn_count),
    );
    (
        before,
        tr!("turn {turn_count}", turn_count = turn.turn_count),
    )
}

/// What is compared.
fn name(view: &ThreadView) -> &'static str {
    match &view.revert {
        Some(_) => tr!("Would become"),
        None if view.whole => tr!("Thread diff"),
        None => tr!("Turn diff"),
    }
}

/// `Turn diff · docs/sdk/go.md · +2 -1 · change 1 of 2`.
fn title(view: &ThreadView, diff: &Diff, position: usize, room: usize) -> String {
    let row = view.rows.get(position).copied().unwrap_or_default();
    let line = row.right.or(row.left).unwrap_or_default() as usize;
    let Some(file) = diff.file_of(line) else {
        return name(view).to_owned();
    };
    let at = view.changes.iter().filter(|it| **it <= position).count();
    let of = format::len(view.changes.len());
    let at = format::len(at.max(1));
    let (begin, end) = match (room < 50, view.changes.is_empty()) {
        // A small screen has room for the path before all.
        (true, true) => (String::new(), String::new()),
        (true, false) => (String::new(), tr!(" · {at} of {of}", at, of)),
        (false, true) => (format!("{} · ", name(view)), counts(file)),
        (false, false) => (
            format!("{} · ", name(view)),
            tr!(
                "{counts} · change {at} of {of}",
                counts = counts(file),
                at,
                of
            ),
        ),
    };
    let left = room.saturating_sub(format::width(&begin) + format::width(&end));
    let path = format::cut_path(&file.path, left).into_owned();
    format!("{begin}{path}{end}")
}

/// What a file's note says: what git calls it is English.
fn note_words(note: &str) -> String {
    match note {
        "added" => tr!("added").to_owned(),
        "deleted" => tr!("deleted").to_owned(),
        "binary" => tr!("binary").to_owned(),
        _ => match (note.strip_prefix("was "), note.strip_prefix("becomes ")) {
            (Some(path), _) => tr!("was {path}", path),
            (_, Some(path)) => tr!("becomes {path}", path),
            _ => note.to_owned(),
        },
    }
}

/// ` · +2 -1`, and what else is to be said of a file.
fn counts(file: &DiffFile) -> String {
    let mut text = String::new();
    if let Some(note) = &file.note {
        let _ = write!(text, " · {}", note_words(note));
    }
    if file.additions + file.deletions > 0 {
        let _ = write!(text, " · +{} -{}", file.additions, file.deletions);
    }
    text
}

fn side_edge(canvas: &mut Canvas<'_>, area: Rect, half: u16) {
    for y in area.top()..area.bottom() {
        let style = canvas.look.style(Role::Dim);
        text(canvas.buffer, area.x + half, y, 1, "│", style);
    }
}

fn draw_rows(canvas: &mut Canvas<'_>, area: Rect, view: &ThreadView, diff: &Diff, position: usize) {
    if area.height == 0 {
        return;
    }
    let list = canvas.list(ListId::Diff);
    let height = usize::from(area.height);
    let half = area.width / 2;
    let widths = if view.beside {
        (half, area.width - half.min(area.width) - 1)
    } else {
        (area.width, area.width)
    };
    let digits = diff
        .lines
        .iter()
        .filter_map(|line| line.old.max(line.new))
        .max()
        .map_or(2, |most| most.to_string().len().max(2));
    let skipped = if view.wrap { 0 } else { list.skipped() };
    let build = |n: usize| -> Vec<(Cells<'static>, Cells<'static>)> {
        let row = view.rows[n];
        let side = |at: Option<u32>, left: bool, width: u16| {
            let line = at.and_then(|at| Some((at as usize, diff.lines.get(at as usize)?)));
            let (head, mut spans) = side(canvas.look, diff, line, left, digits);
            // Paths and gaps stay where they are: they say where one is.
            let is_text = |kind| !matches!(kind, LineKind::File | LineKind::Gap);
            if skipped > 0 && line.is_some_and(|(_, line)| is_text(line.kind)) {
                spans = from_column(spans, skipped);
            }
            folded((head, spans), usize::from(width), view.wrap, digits)
        };
        if view.beside {
            let left = side(row.left, true, widths.0);
            let right = side(row.right, false, widths.1);
            let lines = left.len().max(right.len());
            let (mut left, mut right) = (left.into_iter(), right.into_iter());
            (0..lines)
                .map(|_| {
                    (
                        left.next().unwrap_or_default(),
                        right.next().unwrap_or_default(),
                    )
                })
                .collect()
        } else {
            let place = row.left.or(row.right).unwrap_or_default() as usize;
            let file = diff.lines.get(place).map(|it| it.kind) == Some(LineKind::File);
            let only = row.right.is_none() || file;
            side(row.left.or(row.right), only, widths.0)
                .into_iter()
                .map(|it| (it, Cells::new()))
                .collect()
        }
    };
    let mut start = list.offset_for(height).min(view.rows.len());
    // Wrapped rows are higher: the selected one stays in sight.
    if view.wrap {
        let mut needed = 0;
        let mut first = position + 1;
        while first > start {
            needed += build(first - 1).len();
            if needed > height && first <= position {
                break;
            }
            first -= 1;
        }
        start = first.max(start);
    }
    let focused = canvas.has_keys(ListId::Diff);
    let mut y = area.y;
    for n in start..view.rows.len() {
        for (nth, (left, right)) in build(n).into_iter().enumerate() {
            if y >= area.bottom() {
                return;
            }
            left.draw(canvas.buffer, area.x, y, widths.0);
            if view.beside {
                let line = Rect {
                    y,
                    height: 1,
                    ..area
                };
                side_edge(canvas, line, half);
                right.draw(canvas.buffer, area.x + half + 1, y, widths.1);
            }
            if nth == 0 {
                canvas.place_row(ListId::Diff, n, y);
            }
            if focused && n == position && nth == 0 {
                let lead = canvas.look.glyph(glyph::SELECTED).to_string();
                let style = canvas.look.style(Role::Accent);
                text(canvas.buffer, area.x, y, 1, &lead, style);
            }
            y += 1;
        }
    }
}

/// One side of a row, before it is cut or wrapped: number and sign, then what the line says.
fn side(
    look: &Look,
    diff: &Diff,
    line: Option<(usize, &DiffLine)>,
    left: bool,
    digits: usize,
) -> (Cells<'static>, Vec<Span<'static>>) {
    let mut head = Cells::new();
    let Some((place, line)) = line else {
        return (head, Vec::new());
    };
    head.put(" ", look.style(Role::Text));
    match line.kind {
        // Said once.
        LineKind::File if !left => return (head, Vec::new()),
        LineKind::File => {
            let file = diff.files.iter().find(|it| it.first == place);
            let words = file.map_or_else(String::new, |it| format!("{}{}", it.path, counts(it)));
            let spans = look.safe(&words, look.style(Role::Strong));
            return (head, spans);
        }
        LineKind::Gap => {
            head.pad_to(digits);
            return (head, vec![look.span(Role::Dim, "…")]);
        }
        LineKind::Same | LineKind::Del | LineKind::Add => {}
    }
    let number = if left {
        line.old.or(line.new)
    } else {
        line.new.or(line.old)
    };
    let number = number.map_or_else(String::new, |it| it.to_string());
    head.put_right(1 + digits, number, look.style(Role::Dim));
    let (sign, role) = match line.kind {
        LineKind::Del => ("-", Role::Del),
        LineKind::Add => ("+", Role::Add),
        _ => (" ", Role::Text),
    };
    let style = look.style(role);
    head.put(sign, style);
    head.put(" ", look.style(Role::Text));
    let spans = if line.kind == LineKind::Same {
        look.safe(&line.text, style)
    } else {
        marked(look, &line.text, diff.mate(place), style)
    };
    (head, spans)
}

/// A changed line, its other words marked: with colours by weight and a line below them, else between brackets.
fn marked(look: &Look, said: &str, mate: Option<&DiffLine>, style: Style) -> Vec<Span<'static>> {
    let bare = look.theme.is_mono() || look.ascii;
    let (open, close) = if look.ascii {
        ("[[", "]]")
    } else {
        ("⟦", "⟧")
    };
    let mut spans = Vec::new();
    let mut from = 0;
    for range in other_words(said, mate.map(|it| it.text.as_str())) {
        spans.extend(look.safe(&said[from..range.start], style));
        from = range.end;
        if bare {
            spans.push(Span::styled(open, style));
            spans.extend(look.safe(&said[range], style));
            spans.push(Span::styled(close, style));
        } else {
            let strong = style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
            spans.extend(look.safe(&said[range], strong));
        }
    }
    spans.extend(look.safe(&said[from..], style));
    spans
}

/// What is left of a line to the right of so many columns.
fn from_column(spans: Vec<Span<'static>>, mut columns: usize) -> Vec<Span<'static>> {
    let mut left = Vec::new();
    for span in spans {
        let width = format::width(&span.content);
        if columns == 0 {
            left.push(span);
        } else if width > columns {
            let rest = format::from_column(&span.content, columns).to_owned();
            left.push(Span::styled(rest, span.style));
            columns = 0;
        } else {
            columns -= width;
        }
    }
    left
}

/// The lines of one side: one, or as many as it takes when it is wrapped.
fn folded(
    (head, spans): (Cells<'static>, Vec<Span<'static>>),
    width: usize,
    wrap: bool,
    digits: usize,
) -> Vec<Cells<'static>> {
    let mut line = head;
    if !wrap {
        line.spans(spans);
        return vec![line];
    }
    let mut lines = Vec::new();
    let begin = digits + 3;
    for span in spans {
        let mut rest = span.content.as_ref();
        while !rest.is_empty() {
            let room = width.saturating_sub(line.width() + 1);
            if format::width(rest) <= room {
                line.put(rest.to_owned(), span.style);
                break;
            }
            let at = format::split_at_width(rest, room.max(1));
            line.put(rest[..at].to_owned(), span.style);
            rest = &rest[at..];
            let mut next = Cells::new();
            next.pad_to(begin.min(width / 2));
            lines.push(std::mem::replace(&mut line, next));
        }
    }
    lines.push(line);
    lines
}
