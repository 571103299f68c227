//! Everything that waits for a person, newest last: where it was asked, what, and since when.

use ratatui::layout::Rect;

use super::parts::{draw_line, window};
use crate::console::format;
use crate::console::model::{ApprovalsView, ListId, Question, RowKey};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{Column, Fit, Table};

const COLUMNS: [Column; 5] = [
    Column::new(text!("SPACE"), 16, Fit::Grow(6), 0),
    Column::new(text!("RUN"), 18, Fit::Grow(4), 2),
    Column::new(text!("KIND"), 12, Fit::Fixed, 3),
    Column::new(text!("WHAT IS ASKED"), 16, Fit::Share(1), 0),
    Column::new(text!("SINCE"), 10, Fit::Fixed, 1),
];

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &ApprovalsView) {
    let look = canvas.look;
    let list = canvas.list(ListId::Approvals);
    let questions = view.questions.value.as_deref();
    let title = match questions {
        Some(all) => tr!("Approvals ({all})", all = format::len(all.len())),
        None => tr!("Approvals").to_owned(),
    };
    let height = usize::from(area.height.saturating_sub(3));
    let frame = canvas
        .pane(canvas.border(ListId::Approvals), title)
        .right(around::shown(list, height));
    let inner = canvas.frame(area, frame);
    let (head, rows) = place::rows(inner, 1);
    // The last line says that what is shown may be old.
    let failure = view.questions.failure();
    let kept = u16::from(failure.is_some() && questions.is_some());
    let (rows, last) = place::rows(rows, rows.height.saturating_sub(kept));
    canvas.place_list(ListId::Approvals, rows);
    let Some(questions) = questions else {
        let words = failure.map_or_else(|| tr!("Asking what waits.").to_owned(), failed_pane);
        canvas.say(inner, &words, Role::Dim);
        return;
    };
    if let Some(text) = failure {
        canvas.say_line(last, 0, &failed_pane(text), Role::Warn);
    }
    if questions.is_empty() {
        canvas.say(rows, tr!("Nothing waits for an answer."), Role::Dim);
        return;
    }
    let table = Table::layout(&COLUMNS, 2, inner.width);
    table
        .header(&COLUMNS, look)
        .draw(canvas.buffer, head.x, head.y, head.width);
    let shown = window(
        canvas,
        ListId::Approvals,
        questions.len(),
        usize::from(rows.height),
    );
    for (line, (_, n)) in shown.into_iter().enumerate() {
        let question = &questions[n];
        let state = canvas.row_state(ListId::Approvals, Some(RowKey::Approval(question.number)));
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        fill(canvas, &table, &mut cells, question);
        draw_line(canvas, rows, line, &cells, state);
    }
}

fn fill(canvas: &Canvas<'_>, table: &Table, cells: &mut Cells<'static>, question: &Question) {
    let look = canvas.look;
    let replica = &canvas.model.replica;
    let text = look.style(Role::Text);
    let (space, run) = match question.thread.run() {
        Some((job, space)) => {
            let source = replica.jobs.get(job).map(|it| replica.source_of(it));
            let run = format!("#{job} {}", source.unwrap_or_default());
            (replica.space_name(space), run)
        }
        None => (question.title.clone(), format::UNKNOWN.to_owned()),
    };
    table.put(cells, 0, &space, look.style(Role::Strong));
    table.put(cells, 1, run.trim_end(), text);
    let approval = &question.approval;
    table.put(
        cells,
        2,
        approval.request_kind.as_str(),
        look.style(Role::Dim),
    );
    let asked = approval.detail.as_deref().unwrap_or_default();
    let asked = asked.lines().map(str::trim).find(|it| !it.is_empty());
    table.put(cells, 3, asked.unwrap_or(format::UNKNOWN), text);
    let since = tr!(
        "waits {fine_age}",
        fine_age = look.fine_age(approval.created_at)
    );
    table.put(cells, 4, &since, look.style(Role::Warn));
}
