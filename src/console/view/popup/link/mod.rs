//! `l`: link to an integration, in three steps: which one, what it would do, what came of it. One source or several.

mod many;
mod preview;

use ratatui::layout::Rect;

use super::parts::{field, line, open, row_state, window};
use crate::api::SourceId;
use crate::console::format;
use crate::console::model::{LinkChoice, LinkItem, LinkStep, LinkWizard, ListId, Outcome};
use crate::console::view::canvas::Canvas;
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::{RowState, draw_row};

/// Draws the step it stands at.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, wizard: &LinkWizard) {
    match (wizard.step, wizard.items.as_slice()) {
        (LinkStep::Pick, [one]) => pick(canvas, area, wizard, one.source),
        (LinkStep::Pick, items) => many::pick(canvas, area, items),
        (LinkStep::Preview, [one]) => preview::draw(canvas, area, one),
        (LinkStep::Preview, items) => many::preview(canvas, area, items),
        (LinkStep::Result, [one]) => result(canvas, area, one),
        (LinkStep::Result, items) => many::results(canvas, area, items),
    }
}

fn pick(canvas: &mut Canvas<'_>, area: Rect, wizard: &LinkWizard, source: SourceId) {
    let look = canvas.look;
    let name = canvas.model.replica.source_name(source);
    // As high as all integrations need: it stays where it is, whatever is typed.
    let all = canvas.model.replica.integrations.len() as u16;
    let height = all.saturating_mul(2).saturating_add(4).clamp(6, 20);
    let inner = open(
        canvas,
        area,
        (58, height),
        tr!("Link {name} · 1 of 3 · integration", name),
        tr!("Enter preview · Esc close"),
    );
    if inner.is_empty() {
        return;
    }
    let mut cells = Cells::new();
    cells.put(tr!(" find: "), look.style(Role::Dim));
    field(canvas, &mut cells, &wizard.field, true);
    line(canvas, inner, 0, &cells);
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    canvas.place_list(ListId::Popup, rows);
    if wizard.choices.is_empty() {
        let said = if wizard.field.text().is_empty() {
            tr!("No integration yet. gi then +.").to_owned()
        } else {
            tr!(
                "No integration matches \"{typed}\".",
                typed = wizard.field.text()
            )
        };
        canvas.say(rows, &said, Role::Dim);
        return;
    }
    let total = wizard.choices.len();
    let lines = usize::from(rows.height);
    // One line stays for how many more there are.
    let fits = (lines.saturating_sub(usize::from(total * 2 > lines)) / 2).max(1);
    let shown = window(canvas, total, fits);
    let below_it = total - shown.end;
    if below_it > 0 && lines > 2 {
        let words = tr!("    {further} more below", further = below_it);
        canvas.say_line(rows, rows.height - 1, &words, Role::Dim);
    }
    let mut row = 0;
    for index in shown {
        let choice = &wizard.choices[index];
        let state = row_state(canvas, index);
        let cells = choice_row(canvas, choice, state);
        if row < rows.height {
            let place = Rect {
                y: rows.y + row,
                height: 1,
                ..rows
            };
            draw_row(look, canvas.buffer, place, &cells, state);
        }
        let mut cells = Cells::new();
        cells.put("     ", look.style(Role::Text));
        cells.spans(look.safe(&choice.why, look.style(Role::Dim)));
        line(canvas, rows, row + 1, &cells);
        row += 2;
    }
}

fn choice_row(canvas: &Canvas<'_>, choice: &LinkChoice, state: RowState) -> Cells<'static> {
    let look = canvas.look;
    let row = canvas.model.replica.integrations.get(choice.integration);
    let role = if choice.choosable {
        Role::Text
    } else {
        Role::Dim
    };
    let mut cells = Cells::new();
    cells.span(state.lead(look));
    cells.put(" ", look.style(role));
    cells.put(choice.integration.to_string(), look.style(role));
    cells.pad_to(5);
    if let Some(row) = row {
        cells.put_until(17, &row.name, look.style(Role::Strong));
        cells.pad_to(18);
        let covers = row.repo.as_deref().or(row.account.as_deref());
        let covers = format::cut_path(covers.unwrap_or(format::UNKNOWN), 20);
        cells.put(covers.into_owned(), look.style(role));
    }
    cells.pad_to(39);
    let verdict = if choice.verdict == tr!("best") {
        Role::Good
    } else {
        role
    };
    cells.put(choice.verdict, look.style(verdict));
    cells
}

fn result(canvas: &mut Canvas<'_>, area: Rect, item: &LinkItem) {
    let look = canvas.look;
    let model = canvas.model;
    let name = model.replica.source_name(item.source);
    let (word, mark) = match &item.result {
        Outcome::NotSent | Outcome::Sent => (tr!("not yet confirmed"), glyph::SAVING),
        Outcome::Undone(_) => (tr!("undone"), glyph::NOTE),
        Outcome::LeftOut(_) => (tr!("left out"), glyph::NOTE),
        Outcome::Done(..) => (tr!("done"), glyph::DONE),
        Outcome::Failed(_) => (tr!("failed"), glyph::FAILED),
    };
    let inner = open(
        canvas,
        area,
        (61, 11),
        tr!("Link {name} · 3 of 3 · {word}", name, word),
        tr!("Esc close"),
    );
    let first = match &item.result {
        Outcome::NotSent | Outcome::Sent => tr!("linking {name}", name),
        Outcome::Done(sequence, _) => {
            let integration = item.choice.as_ref().map_or_else(String::new, |choice| {
                tr!(
                    ": integration {integration}",
                    integration = choice.integration
                )
            });
            tr!(
                "{name} is true{integration}, @{sequence}",
                name,
                integration,
                sequence
            )
        }
        Outcome::Undone(sequence) => tr!("{name} is virtual again, @{sequence}", name, sequence),
        Outcome::LeftOut(_) => tr!("{name} is already true", name),
        Outcome::Failed(reason) => tr!("Not linked: {reason}", reason),
    };
    let room = usize::from(inner.width).saturating_sub(4);
    let mut row = 0;
    for (index, words) in format::wrap(&first, room).iter().enumerate() {
        let mut cells = Cells::new();
        cells.put(" ", look.style(Role::Text));
        if index == 0 {
            cells.span(look.mark(mark));
        } else {
            cells.put(" ", look.style(Role::Text));
        }
        cells.put(" ", look.style(Role::Text));
        cells.spans(look.safe(words, look.style(Role::Text)));
        line(canvas, inner, row, &cells);
        row += 1;
    }
    if !matches!(item.result, Outcome::Done(..)) {
        return;
    }
    let spaces: Vec<String> = model
        .replica
        .spaces_of(item.source)
        .iter()
        .map(|space| model.replica.space_name(*space))
        .collect();
    if !spaces.is_empty() {
        let mut cells = Cells::new();
        cells.put(" ", look.style(Role::Text));
        cells.span(look.mark(glyph::DONE));
        let words = tr!(
            " bindings {spaces} kept as they were",
            spaces = spaces.join(" and ")
        );
        cells.put(words, look.style(Role::Text));
        line(canvas, inner, row, &cells);
        row += 1;
    }
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    cells.span(look.mark(glyph::NOTE));
    cells.put(tr!(" cursor is empty; no run yet"), look.style(Role::Text));
    line(canvas, inner, row, &cells);
    row += 2;
    let source = model.replica.sources.get(item.source);
    let repo = source
        .as_ref()
        .and_then(|source| source.repo.as_deref())
        .unwrap_or(tr!("its repository"));
    let branch = source
        .as_ref()
        .and_then(|source| source.branch.as_deref())
        .map_or_else(String::new, |branch| format!("@{branch}"));
    let next = tr!("Next: a push to {repo}{branch}, or rc now.", repo, branch);
    row += canvas.say(below(inner, row), &next, Role::Text) + 1;
    canvas.say_line(
        inner,
        row,
        tr!("gs source page   rc catch up   u undo until a run starts"),
        Role::Accent,
    );
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}
