//! `i`: what is written to an agent, in several lines; and the answers to what it asks.

use ratatui::layout::Rect;

use super::parts::{line, open};
use crate::console::format;
use crate::console::model::writing::LONGEST;
use crate::console::model::{TextBox, Writing};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::CARET;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;

/// Columns of the box; narrower screens take what they have.
const WIDTH: u16 = 92;
/// Columns that a tab is shown as.
const TAB: &str = "    ";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, writing: &Writing) {
    let look = canvas.look;
    let Some(part) = writing.part() else { return };
    let room = usize::from(WIDTH.min(area.width).saturating_sub(4));
    let asked = asked(writing, room);
    let problem = match &writing.problem {
        Some(words) => format::wrap(&format::visible(words), room),
        None => Vec::new(),
    };
    let (rows, caret) = rows(&part.text, room);
    // As high as the text needs, and room to write on.
    let wanted = asked.len() + rows.len().max(6) + problem.len().max(1) + 4;
    let height = u16::try_from(wanted).unwrap_or(u16::MAX).min(area.height);
    let keys = if writing.sent.is_some() {
        tr!("sent, not yet confirmed")
    } else if area.width < 60 {
        tr!("Ctrl-s sends · Esc keeps")
    } else {
        tr!("Ctrl-s sends · Enter new line · Esc keeps the draft")
    };
    let inner = open(canvas, area, (WIDTH, height), writing.title.clone(), keys);
    if inner.is_empty() {
        return;
    }
    for (row, (words, role)) in asked.iter().enumerate() {
        let mut cells = Cells::new();
        cells.put(" ", look.style(Role::Text));
        cells.spans(look.safe(words, look.style(*role)));
        line(canvas, inner, row as u16, &cells);
    }
    let (_, rest) = place::rows(
        inner,
        (asked.len() as u16 + u16::from(!asked.is_empty())).min(inner.height),
    );
    let below = (problem.len().max(1) as u16).min(rest.height.saturating_sub(1));
    let (text, told) = place::rows(rest, rest.height - below);
    let height = usize::from(text.height);
    // The line of the caret is always seen, in the middle where there is more on both sides.
    let first = caret
        .saturating_sub(height / 2)
        .min(rows.len().saturating_sub(height));
    for (row, words) in rows.iter().skip(first).take(height).enumerate() {
        let mut cells = Cells::new();
        cells.put(" ", look.style(Role::Text));
        match words.split_once(CARET) {
            Some((before, after)) if first + row == caret => {
                cells.spans(look.safe(before, look.style(Role::Text)));
                cells.caret(look);
                cells.spans(look.safe(after, look.style(Role::Text)));
            }
            _ => {
                cells.spans(look.safe(words, look.style(Role::Text)));
            }
        }
        line(canvas, text, row as u16, &cells);
    }
    if problem.is_empty() {
        counted(
            canvas,
            told,
            part.text.characters(),
            rows.len().saturating_sub(height),
        );
    }
    for (row, words) in problem.iter().enumerate() {
        let mut cells = Cells::new();
        cells.put(" ", look.style(Role::Text));
        cells.spans(look.safe(words, look.style(Role::Bad)));
        line(canvas, told, row as u16, &cells);
    }
}

/// How much is written, and what the server takes.
fn counted(canvas: &mut Canvas<'_>, area: Rect, characters: usize, hidden: usize) {
    let look = canvas.look;
    let over = characters > LONGEST;
    let role = if over { Role::Bad } else { Role::Dim };
    let mut words = tr_n!(
        LONGEST,
        "{written} of {count} character",
        "{written} of {count} characters",
        written = format::len(characters)
    );
    if hidden > 0 {
        words = tr_n!(
            hidden,
            "{count} more line · {words}",
            "{count} more lines · {words}",
            words
        );
    }
    let mut cells = Cells::new();
    cells.put_right(
        usize::from(area.width).saturating_sub(1),
        words,
        look.style(role),
    );
    line(canvas, area, 0, &cells);
}

/// What is asked, in lines of this width; nothing for an instruction.
fn asked(writing: &Writing, room: usize) -> Vec<(String, Role)> {
    let Some(part) = writing.part().filter(|_| writing.answers.is_some()) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let many = writing.parts.len();
    if many > 1 {
        let words = tr!(
            "question {number} of {all} · Tab goes to the next",
            number = writing.focus + 1,
            all = many
        );
        lines.push((words, Role::Dim));
    }
    for words in format::wrap(&part.asked, room) {
        lines.push((words, Role::Strong));
    }
    if !part.choices.is_empty() {
        let words = tr!(
            "One of: {choices}. Or in your own words.",
            choices = part.choices.join(" · ")
        );
        lines.extend(
            format::wrap(&words, room)
                .into_iter()
                .map(|it| (it, Role::Dim)),
        );
    }
    lines
}

/// The lines as they are shown, wrapped at this width with every character kept; and which of them has the caret.
fn rows(text: &TextBox, width: usize) -> (Vec<String>, usize) {
    let (line_of_caret, column) = text.caret();
    let (mut found, mut caret) = (Vec::new(), 0);
    for (n, typed) in text.lines().iter().enumerate() {
        let shown = |part: &str| format::visible(&part.replace('\t', TAB)).into_owned();
        let whole = if n == line_of_caret {
            let at = typed
                .char_indices()
                .nth(column)
                .map_or(typed.len(), |(at, _)| at);
            format!("{}{CARET}{}", shown(&typed[..at]), shown(&typed[at..]))
        } else {
            shown(typed)
        };
        let mut rest = whole.as_str();
        loop {
            let end = if format::width(rest) <= width {
                rest.len()
            } else {
                let end = format::split_at_width(rest, width.max(1));
                // Between words where that is possible; the blank stays at the end of its line.
                rest[..end].rfind(' ').map_or(end, |blank| blank + 1)
            };
            if n == line_of_caret && rest[..end].contains(CARET) {
                caret = found.len();
            }
            found.push(rest[..end].to_owned());
            rest = &rest[end..];
            if rest.is_empty() {
                break;
            }
        }
    }
    (found, caret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::model::writing::Edit;

    #[test]
    fn every_character_stays_and_the_caret_is_found() {
        let mut text = TextBox::default();
        text.insert("  one two three\n\n\u{202e}x");
        let (lines, caret) = rows(&text, 8);
        assert_eq!(lines, ["  one ", "two ", "three", "", "‹202e›x▏"]);
        assert_eq!(caret, 4);
        text.edit(Edit::Top);
        text.edit(Edit::End);
        assert_eq!(rows(&text, 8).1, 2);
        assert_eq!(rows(&TextBox::default(), 8), (vec!["▏".to_owned()], 0));
    }
}
