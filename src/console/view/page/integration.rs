//! One integration: where its webhooks go, whether it has access, what is linked to it and what it brought last.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::parts::{draw_line, field};
use crate::api::{Integration, SourceKind};
use crate::console::format;
use crate::console::model::{IntegrationView, ListId, RowKey};
use crate::console::rows::words::result;
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, Room};
use crate::console::view::chrome::delivery_name;
use crate::console::view::glyph;
use crate::console::view::roles;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Border;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::RowState;

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &IntegrationView) {
    let Some(row) = canvas.model.replica.integrations.get(view.integration) else {
        let frame = canvas.pane(
            Border::Plain,
            tr!("Integration {integration}", integration = view.integration),
        );
        let inner = canvas.frame(area, frame);
        canvas.say(
            inner,
            tr!("This integration is gone. Esc goes back."),
            Role::Dim,
        );
        return;
    };
    let facts = facts(canvas, row);
    let height = (facts.len() as u16 + 2).min(area.height / 2);
    let (upper, lower) = place::rows(area, height);
    let frame = canvas.pane(Border::Plain, format!("{} {}", row.id, row.name));
    let inner = canvas.frame(upper, frame);
    for (line, cells) in facts.iter().enumerate() {
        draw_line(canvas, inner, line, cells, RowState::default());
    }
    let (one, other) = match canvas.room {
        Room::Wide => place::columns(lower, lower.width * 2 / 5),
        // With little room the part that has the keys has the rows.
        Room::Compact if view.focus == ListId::LinkedSources => place::rows(lower, lower.height),
        Room::Compact => place::rows(lower, 0),
        Room::Stacked => place::rows(lower, lower.height / 2),
    };
    sources(canvas, one, row);
    deliveries(canvas, other);
}

fn facts(canvas: &Canvas<'_>, row: &Integration) -> Vec<Cells<'static>> {
    let look = canvas.look;
    let text = |words: String| -> Vec<Span<'static>> { vec![look.span(Role::Text, words)] };
    let status = match &row.status_detail {
        Some(detail) => format!("{}: {detail}", row.status),
        None => row.status.to_string(),
    };
    let checked = row.last_checked_at.map_or_else(
        || tr!("never").to_owned(),
        |at| {
            tr!(
                "{time}, {age} ago",
                time = look.time(at),
                age = look.age(at)
            )
        },
    );
    let covers = (row.repo.as_deref().or(row.account.as_deref())).unwrap_or(format::UNKNOWN);
    let mut lines = vec![
        field(canvas, tr!("webhook"), text(row.webhook_url.clone())),
        field(
            canvas,
            tr!("status"),
            vec![look.span(roles::integration(row.status), status)],
        ),
        field(canvas, tr!("checked"), text(checked)),
        field(
            canvas,
            tr!("covers"),
            text(format!("{} {covers}", row.provider)),
        ),
        field(
            canvas,
            tr!("clones"),
            text(super::integrations::clones(look, row)),
        ),
    ];
    if let Some(until) = row.rotation_open(look.now) {
        let words = tr!(
            "rotation open: both valid until {until}",
            until = format::until(look.now, until, &look.zone)
        );
        lines.push(field(
            canvas,
            tr!("secret"),
            vec![look.span(Role::Warn, words)],
        ));
    }
    if row.refused_signatures > 0 {
        lines.push(super::integrations::refused(canvas, row));
    }
    lines
}

fn sources(canvas: &mut Canvas<'_>, area: Rect, row: &Integration) {
    if area.height < 2 {
        return;
    }
    let look = canvas.look;
    let list = canvas.list(ListId::LinkedSources);
    let frame = canvas
        .pane(
            canvas.border(ListId::LinkedSources),
            tr!("Linked sources {counted}", counted = around::counted(list)),
        )
        .right(around::shown(
            list,
            usize::from(area.height.saturating_sub(2)),
        ));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::LinkedSources, inner);
    if list.is_empty() {
        let words = match row.source_ids.len() {
            0 => tr!("No source is linked to it. l on a virtual source links one."),
            _ => tr!("Loading."),
        };
        canvas.say(inner, words, Role::Dim);
    }
    for (line, (_, slot)) in list.window(usize::from(inner.height)).enumerate() {
        let Some(source) = canvas.model.replica.sources.at(slot) else {
            continue;
        };
        let state = canvas.row_state(ListId::LinkedSources, Some(RowKey::Source(source.id)));
        let mark = glyph::cursor(source.state);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.span(look.mark(mark));
        cells.put(" ", look.style(Role::Text));
        cells.put(source.name.clone(), look.style(Role::Strong));
        cells.pad_to(20);
        cells.put(" ", look.style(Role::Text));
        cells.span(look.word(mark));
        if source.kind == SourceKind::Virtual {
            cells.put(tr!(" virtual"), look.style(Role::Dim));
        }
        draw_line(canvas, inner, line, &cells, state);
    }
}

fn deliveries(canvas: &mut Canvas<'_>, area: Rect) {
    if area.height < 2 {
        return;
    }
    let look = canvas.look;
    let list = canvas.list(ListId::ItsDeliveries);
    let frame = canvas
        .pane(
            canvas.border(ListId::ItsDeliveries),
            tr!("Last deliveries {counted}", counted = around::counted(list)),
        )
        .right(around::shown(
            list,
            usize::from(area.height.saturating_sub(2)),
        ));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::ItsDeliveries, inner);
    if list.is_empty() {
        let words =
            tr!("Nothing was received for it. yu copies the address that the provider needs.");
        canvas.say(inner, words, Role::Dim);
    }
    for (line, (_, slot)) in list.window(usize::from(inner.height)).enumerate() {
        let Some(delivery) = canvas.model.replica.deliveries.at(slot) else {
            continue;
        };
        let key = RowKey::Delivery(delivery.id);
        let state = canvas.row_state(ListId::ItsDeliveries, Some(key));
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        let id = delivery_name(canvas.model, delivery.id);
        cells.put(id, look.style(Role::Text));
        cells.pad_to(11);
        cells.put(look.age(delivery.received_at), look.style(Role::Dim));
        cells.pad_to(16);
        let git_ref = delivery.git_ref.as_deref().unwrap_or_default();
        let branch = git_ref.strip_prefix("refs/heads/").unwrap_or(git_ref);
        let event = format!("{} {branch}", delivery.event);
        cells.put_until(36, &event, look.style(Role::Text));
        cells.pad_to(37);
        let outcome = result(delivery);
        let role = roles::delivery(delivery.status);
        cells.put(outcome, look.style(role));
        draw_line(canvas, inner, line, &cells, state);
    }
}
