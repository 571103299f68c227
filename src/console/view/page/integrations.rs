//! Integrations: what makes sources true, and whether it still has access.

use ratatui::layout::Rect;

use super::parts::{draw_line, field};
use crate::api::Integration;
use crate::console::columns::usual;
use crate::console::format;
use crate::console::model::{ListId, RowKey};
use crate::console::view::around;
use crate::console::view::canvas::Canvas;
use crate::console::view::chosen;
use crate::console::view::look::Look;
use crate::console::view::roles;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Border;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{Column, Fit, RowState, Table};

const COLUMNS: [Column; 6] = [
    Column::new(text!("NAME"), 16, Fit::Grow(8), 0),
    Column::new(text!("PROVIDER"), 12, Fit::Fixed, 4),
    Column::new(text!("REPO OR ACCOUNT"), 26, Fit::Share(1), 2),
    Column::new(text!("STATUS"), 14, Fit::Fixed, 1),
    Column::new(text!("CHECKED"), 9, Fit::Fixed, 3),
    Column::new(text!("SOURCES"), 8, Fit::Fixed, 5),
];

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let model = canvas.model;
    let list = canvas.list(ListId::Integrations);
    let (upper, lower) = place::rows(area, area.height.saturating_sub(7).max(area.height / 2));
    let frame = canvas
        .pane(
            canvas.border(ListId::Integrations),
            tr!("Integrations {counted}", counted = around::counted(list)),
        )
        .right(around::shown(
            list,
            usize::from(upper.height.saturating_sub(3)),
        ));
    let inner = canvas.frame(upper, frame);
    let (head, rows) = place::rows(inner, 1);
    canvas.place_list(ListId::Integrations, rows);
    if list.is_empty() {
        let words = if list.is_filtered() {
            tr!("None match.")
        } else if model.replica.is_loaded() {
            tr!("No integration. + adds one; it shows the webhook secret once.")
        } else {
            tr!("Loading integrations.")
        };
        canvas.say(inner, words, Role::Dim);
    } else if !chosen::draw(canvas, ListId::Integrations, inner) {
        let table = Table::layout(&COLUMNS, 2, inner.width);
        table
            .header(&COLUMNS, look)
            .draw(canvas.buffer, head.x, head.y, head.width);
        let cols = usual(ListId::Integrations);
        canvas.place_headings(ListId::Integrations, head, &table, cols);
        for (line, (_, slot)) in list.window(usize::from(rows.height)).enumerate() {
            let Some(row) = model.replica.integrations.at(slot) else {
                continue;
            };
            let state = canvas.row_state(ListId::Integrations, Some(RowKey::Integration(row.id)));
            let mut cells = Cells::new();
            cells.span(state.lead(look));
            fill(canvas, &table, &mut cells, row);
            draw_line(canvas, rows, line, &cells, state);
        }
    }
    let chosen = match list.selected {
        Some(RowKey::Integration(id)) => model.replica.integrations.get(id),
        _ => None,
    };
    detail(canvas, lower, chosen);
}

fn fill(canvas: &Canvas<'_>, table: &Table, cells: &mut Cells<'static>, row: &Integration) {
    let look = canvas.look;
    let text = look.style(Role::Text);
    table.put(
        cells,
        0,
        &format!("{} {}", row.id, row.name),
        look.style(Role::Strong),
    );
    table.put(cells, 1, row.provider.as_str(), text);
    let covers = row.repo.as_deref().or(row.account.as_deref());
    table.put_path(cells, 2, covers.unwrap_or(format::UNKNOWN), text);
    table.put(
        cells,
        3,
        row.status.as_str(),
        look.style(roles::integration(row.status)),
    );
    let checked = row
        .last_checked_at
        .map_or_else(|| format::UNKNOWN.to_owned(), |at| look.age(at));
    table.put(cells, 4, &checked, look.style(Role::Dim));
    table.put(cells, 5, &format::len(row.source_ids.len()), text);
}

/// What its repositories are cloned with.
pub(super) fn clones(look: &Look, row: &Integration) -> String {
    match &row.credential {
        Some(it) => tr!(
            "as {user}, secret {fingerprint}…, set {age} ago",
            user = it.user,
            fingerprint = it.fingerprint,
            age = look.age(it.set_at)
        ),
        None => tr!("as git's own settings on each worker say").to_owned(),
    }
}

/// Deliveries whose signature was wrong, and what that means.
pub(super) fn refused(canvas: &Canvas<'_>, row: &Integration) -> Cells<'static> {
    let words = tr!(
        "{things} with a wrong signature: the secret differs from the provider's",
        things = tr_n!(
            row.refused_signatures,
            "{count} delivery",
            "{count} deliveries"
        )
    );
    field(
        canvas,
        tr!("refused"),
        vec![canvas.look.span(Role::Bad, words)],
    )
}

fn detail(canvas: &mut Canvas<'_>, area: Rect, row: Option<&Integration>) {
    let look = canvas.look;
    let title = row.map_or_else(
        || tr!("Integration").to_owned(),
        |row| format!("{} {}", row.id, row.name),
    );
    let frame = canvas.pane(Border::Plain, title);
    let inner = canvas.frame(area, frame);
    let Some(row) = row else { return };
    let model = canvas.model;
    let text = |words: String| vec![look.span(Role::Text, words)];
    let status = match &row.status_detail {
        Some(detail) => format!("{}: {detail}", row.status),
        None => row.status.to_string(),
    };
    let sources: Vec<String> = row
        .source_ids
        .iter()
        .take(8)
        .map(|id| model.replica.source_name(*id))
        .collect();
    let more = row.source_ids.len().saturating_sub(8);
    let more = if more > 0 {
        tr!(" and {more} more", more)
    } else {
        String::new()
    };
    let mut lines = vec![
        field(canvas, tr!("webhook"), text(row.webhook_url.clone())),
        field(
            canvas,
            tr!("status"),
            vec![look.span(roles::integration(row.status), status)],
        ),
        field(canvas, tr!("clones"), text(clones(look, row))),
        field(
            canvas,
            tr!("sources"),
            text(format!("{}{more}", sources.join(" "))),
        ),
    ];
    if row.refused_signatures > 0 {
        lines.push(refused(canvas, row));
    }
    for (line, cells) in lines.iter().enumerate() {
        draw_line(canvas, inner, line, cells, RowState::default());
    }
}
