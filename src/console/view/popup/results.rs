//! What came of a command on many rows, one line each (screens.md §4.3: results). The link wizard ends with the same table.

use ratatui::layout::Rect;

use super::parts::{line, open, row_state, window};
use crate::console::command::CommandId;
use crate::console::model::{Bulk, ListId, Outcome, Tally};
use crate::console::view::canvas::Canvas;
use crate::console::view::glyph::{self, Mark};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::table::draw_row;

/// The table.
pub(super) struct Results {
    /// What was done: `Link 3 sources`.
    pub title: String,
    /// Head of the first column.
    pub first: &'static str,
    /// Head of the second, where there is one.
    pub second: Option<&'static str>,
    /// What a done one is: `linked`.
    pub word: &'static str,
    /// The rows.
    pub rows: Vec<ResultRow>,
}

/// One row of it.
pub(super) struct ResultRow {
    /// What the row is called.
    pub name: String,
    /// The second column.
    pub second: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// What it means, what to do.
    pub told: String,
}

/// Draws the table of a bulk command.
pub fn draw_bulk(canvas: &mut Canvas<'_>, area: Rect, bulk: &Bulk) {
    let rows = bulk
        .items
        .iter()
        .map(|item| ResultRow {
            name: item.name.clone(),
            second: None,
            outcome: item.outcome.clone(),
            told: told(&item.outcome),
        })
        .collect();
    let (one, _) = bulk.act.command.nouns();
    let table = Results {
        title: bulk.title.clone(),
        first: match one {
            "binding" => tr!("BINDING"),
            "run" => tr!("RUN"),
            "delivery" => tr!("DELIVERY"),
            "integration" => tr!("INTEGRATION"),
            _ => tr!("SOURCE"),
        },
        second: None,
        word: bulk.act.done_word(),
        rows,
    };
    draw(canvas, area, &table);
}

/// What an outcome says of itself.
pub(super) fn told(outcome: &Outcome) -> String {
    let at = |sequence: i64| match sequence {
        0 => String::new(),
        sequence => format!("@{sequence} · "),
    };
    match outcome {
        Outcome::NotSent => String::new(),
        Outcome::Sent => tr!("not yet confirmed").to_owned(),
        Outcome::Done(sequence, words) => format!("{}{words}", at(*sequence)),
        Outcome::Undone(sequence) => tr!("{at}as before", at = at(*sequence)),
        Outcome::Failed(reason) | Outcome::LeftOut(reason) => reason.clone(),
    }
}

/// Mark and word of an outcome; a done one is called `word`.
fn mark_of(outcome: &Outcome, word: &'static str) -> (Mark, &'static str) {
    match outcome {
        Outcome::NotSent => (glyph::SAVING, tr!("waits")),
        Outcome::Sent => (glyph::SAVING, tr!("sent")),
        Outcome::Done(..) => (glyph::DONE, word),
        Outcome::Undone(_) => (glyph::NOTE, tr!("undone")),
        Outcome::Failed(_) => (glyph::FAILED, tr!("refused")),
        Outcome::LeftOut(_) => (glyph::NOTE, tr!("left out")),
    }
}

/// Draws the table.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, table: &Results) {
    let look = canvas.look;
    let tally = Tally::of(table.rows.iter().map(|it| &it.outcome));
    let inner = open(
        canvas,
        area,
        (
            area.width,
            (table.rows.len() as u16)
                .saturating_add(5)
                .clamp(6, area.height.max(6)),
        ),
        format!("{} · {}", table.title, tally.words(table.word)),
        tr!("Esc close"),
    );
    if inner.is_empty() {
        return;
    }
    // Names and integrations have what they need; what is said of each row gets the rest.
    let widest = |texts: Vec<usize>, least: usize, most: usize| {
        texts.into_iter().max().unwrap_or(0).clamp(least, most) + 1
    };
    let width = crate::console::format::width;
    let narrow = inner.width < 70;
    let names = table.rows.iter().map(|it| width(&it.name)).collect();
    let second_at = 2 + widest(names, 10, if narrow { 14 } else { 34 });
    let result_at = match table.second {
        Some(_) if !narrow => second_at + 18,
        _ => second_at,
    };
    let told_at = result_at + 12;
    let dim = look.style(Role::Dim);
    let mut cells = Cells::new();
    cells.pad_to(2);
    cells.put(table.first, dim);
    if let (Some(second), false) = (table.second, narrow) {
        cells.pad_to(second_at);
        cells.put(second, dim);
    }
    cells.pad_to(result_at);
    cells.put(tr!("RESULT"), dim);
    cells.pad_to(told_at);
    cells.put(tr!("WHAT IT MEANS, WHAT TO DO"), dim);
    line(canvas, inner, 0, &cells);
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(3),
        ..inner
    };
    canvas.place_list(ListId::Popup, rows);
    let shown = window(canvas, table.rows.len(), usize::from(rows.height));
    for (place, index) in shown.enumerate() {
        let row = &table.rows[index];
        let state = row_state(canvas, index);
        let text = look.style(Role::Text);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.put(" ", text);
        cells.put_until(second_at - 1, &row.name, look.style(Role::Strong));
        if let (Some(second), false) = (&row.second, narrow) {
            cells.pad_to(second_at);
            cells.put_until(result_at - 1, second, text);
        }
        cells.pad_to(result_at);
        let (mark, word) = mark_of(&row.outcome, table.word);
        cells.span(look.mark(mark));
        cells.put(format!(" {word}"), look.mark_style(mark));
        cells.pad_to(told_at);
        cells.spans(look.safe(&row.told, text));
        let at = Rect {
            y: rows.y + place as u16,
            height: 1,
            ..rows
        };
        draw_row(look, canvas.buffer, at, &cells, state);
    }
    let mut keys = Vec::new();
    match tally.failed {
        0 => {}
        failed => keys.push(tr_n!(
            failed,
            "rr retries the failed one",
            "rr retries the {count} failed"
        )),
    }
    if tally.done > 0 {
        keys.push(tr!(
            "u undoes the {done} {word}",
            done = tally.done,
            word = table.word
        ));
    }
    let export = canvas.model.keymap.keys_of(CommandId::Export);
    if !export.is_empty() {
        keys.push(tr!("{export} exports this table", export));
    }
    let last = inner.height.saturating_sub(1);
    canvas.say_line(inner, last, &format!(" {}", keys.join("   ")), Role::Accent);
}
