//! A source's page: the record, its cursor, its bindings, its conditions.

use ratatui::layout::Rect;

use super::{draw_line, field};
use crate::api::{Source, SourceKind};
use crate::console::command::CommandId;
use crate::console::model::{ListId, SourceView};
use crate::console::view::canvas::{Canvas, Room, waits};
use crate::console::view::pane;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Border;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::RowState;
use crate::console::view::{format, glyph};

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &SourceView) {
    let model = canvas.model;
    let Some(source) = model.replica.sources.get(view.source) else {
        let frame = canvas.pane(Border::Focused, tr!("Source"));
        let inner = canvas.frame(area, frame);
        canvas.say(
            inner,
            tr!("This source was deleted. e shows by whom."),
            Role::Dim,
        );
        return;
    };
    if canvas.room == Room::Wide {
        let (upper, lower) = place::rows(area, 7);
        let left = area.width * 58 / 120;
        let (a, b) = place::columns(upper, left);
        let (c, d) = place::columns(lower, left);
        record(canvas, a, &source);
        cursor(canvas, b, &source, view);
        bindings(canvas, c);
        conditions(canvas, d, view);
    } else {
        let (a, rest) = place::rows(area, 7);
        let (b, rest) = place::rows(rest, 6);
        record(canvas, a, &source);
        cursor(canvas, b, &source, view);
        let left = rest.width * 58 / 120;
        if canvas.room == Room::Stacked {
            let (c, d) = place::columns(rest, left.max(40));
            bindings(canvas, c);
            conditions(canvas, d, view);
        } else {
            bindings(canvas, rest);
        }
    }
}

fn record(canvas: &mut Canvas<'_>, area: Rect, source: &Source) {
    let look = canvas.look;
    let model = canvas.model;
    // Until a binding is chosen the record is what the keys are about.
    let focused =
        canvas.has_keys(ListId::Bindings) && canvas.list(ListId::Bindings).selected.is_none();
    let enabled = match (source.enabled, &source.paused) {
        (false, _) => tr!("off"),
        (true, Some(_)) => tr!("paused"),
        (true, None) => tr!("enabled"),
    };
    let frame = canvas.pane(
        Border::focus(focused),
        format!("{} · {} · {enabled}", source.name, source.kind),
    );
    let inner = canvas.frame(area, frame);
    let text = |words: String| look.span(Role::Text, words);
    let mut integration = Vec::new();
    match source.integration_id {
        Some(id) => {
            integration.push(text(model.replica.integration_label(id)));
            if let Some(row) = model.replica.integrations.get(id) {
                let role = match row.status {
                    crate::api::IntegrationStatus::Active => Role::Good,
                    _ => Role::Bad,
                };
                integration.push(text("   ".to_owned()));
                integration.push(look.span(role, row.status.to_string()));
                if let Some(at) = row.last_checked_at {
                    integration.push(text(tr!(", checked {age}", age = look.age(at))));
                }
            }
        }
        None if source.kind == SourceKind::Virtual => {
            let key = canvas.model.keymap.keys_of(CommandId::Link);
            let said = tr!("none: virtual. {key} links it.", key);
            integration.push(look.span(Role::Dim, said));
        }
        None => integration.push(text(format::UNKNOWN.to_owned())),
    }
    let by = source
        .created_by
        .as_ref()
        .map_or_else(String::new, |who| tr!(" by {who}", who));
    let lines = [
        field(
            canvas,
            tr!("repo"),
            vec![text(
                source
                    .repo
                    .clone()
                    .unwrap_or_else(|| tr!("none. i sets it.").to_owned()),
            )],
        ),
        field(
            canvas,
            tr!("branch"),
            vec![text(
                source
                    .branch
                    .clone()
                    .unwrap_or_else(|| tr!("the provider's default").to_owned()),
            )],
        ),
        field(canvas, tr!("integration"), integration),
        field(
            canvas,
            tr!("created"),
            vec![text(format!("{}{by}", look.time(source.created_at)))],
        ),
        field(
            canvas,
            tr!("version"),
            vec![text(tr!(
                "{version}   cursor version {cursor_version}",
                version = source.version,
                cursor_version = source.cursor_version
            ))],
        ),
    ];
    for (line, cells) in lines.iter().enumerate() {
        draw_line(canvas, inner, line, cells, RowState::default());
    }
}

fn cursor(canvas: &mut Canvas<'_>, area: Rect, source: &Source, view: &SourceView) {
    let look = canvas.look;
    let frame = canvas.pane(Border::Plain, tr!("Cursor"));
    let inner = canvas.frame(area, frame);
    let mark = glyph::cursor(source.state);
    let text = look.style(Role::Text);
    let mut lines: Vec<Cells<'static>> = Vec::new();
    let mut cells = Cells::new();
    cells.put(" ", text);
    cells.span(look.mark(mark));
    cells.put(" ", text);
    cells.span(look.word(mark));
    if let Some(since) = source.state_since {
        cells.put(
            tr!(
                " since {short_time}, {age}",
                short_time = look.short_time(since),
                age = look.age(since)
            ),
            text,
        );
    }
    cells.put_right(
        usize::from(inner.width),
        format::sparkline(&source.history),
        look.style(Role::Accent),
    );
    lines.push(cells);
    let mut say = |words: String, role: Role| {
        let mut cells = Cells::new();
        cells.put(format!(" {words}"), look.style(role));
        lines.push(cells);
    };
    if let Some(words) = pane::cursors::none(canvas.model, source) {
        say(words, Role::Dim);
    } else {
        let cursor = source
            .cursor
            .as_ref()
            .map_or(format::UNKNOWN, |cursor| format::sha(&cursor.value));
        let head = source
            .head
            .as_ref()
            .map_or(format::UNKNOWN, |head| format::sha(&head.sha));
        let behind = source.commits_behind.map_or_else(String::new, |commits| {
            format!("   {}", tr_n!(commits, "{count} commit", "{count} commits"))
        });
        say(
            tr!(
                "cursor {cursor}   head {head}{behind}",
                cursor,
                head,
                behind
            ),
            Role::Text,
        );
    }
    if let Some(moved) = &source.moved {
        let by = moved
            .job_id
            .map_or_else(String::new, |job| tr!(", by run #{job}", job));
        say(
            tr!("moved {age} ago{by}", age = look.age(moved.at), by),
            Role::Text,
        );
    }
    if let Some(primary) = &source.primary {
        say(
            tr!(
                "why: {name} ({code}). w shows more",
                name = primary.name,
                code = primary.code
            ),
            Role::Text,
        );
    }
    if let Some(lease) = view
        .page
        .value
        .as_ref()
        .and_then(|page| page.lease.as_ref())
    {
        let held = match (lease.job_id, &lease.runner) {
            (Some(job), Some(runner)) => tr!("lease held by run #{job} on {runner}", job, runner),
            (Some(job), None) => tr!("lease held by run #{job}", job),
            (None, _) => tr!("lease free").to_owned(),
        };
        say(
            tr!("{held}, epoch {epoch}", held, epoch = lease.epoch.0),
            Role::Dim,
        );
    }
    for (line, cells) in lines.iter().enumerate() {
        draw_line(canvas, inner, line, cells, RowState::default());
    }
}

fn bindings(canvas: &mut Canvas<'_>, area: Rect) {
    let list = canvas.list(ListId::Bindings);
    let focused = canvas.has_keys(ListId::Bindings) && list.selected.is_some();
    let frame = canvas.pane(
        Border::focus(focused),
        tr!("Space bindings {counted}", counted = pane::counted(list)),
    );
    let inner = canvas.frame(area, frame);
    pane::bindings::rows(canvas, inner, false);
}

fn conditions(canvas: &mut Canvas<'_>, area: Rect, view: &SourceView) {
    let look = canvas.look;
    let frame = canvas.pane(Border::Plain, tr!("Conditions"));
    let inner = canvas.frame(area, frame);
    let loading = if canvas.model.past.is_some() {
        tr!("Only now has conditions and a lease. Esc twice returns to now.")
    } else {
        tr!("Loading. Unknown until then.")
    };
    if let Some(words) = waits(&view.page, loading) {
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let Some(page) = &view.page.value else { return };
    for (line, condition) in page.conditions.iter().enumerate() {
        let role = match condition.status.as_str() {
            "yes" => Role::Good,
            "no" => Role::Bad,
            _ => Role::Info,
        };
        let mut cells = Cells::new();
        cells.put(
            format!(" {}", condition.condition_type),
            look.style(Role::Text),
        );
        cells.pad_to(13);
        cells.put(condition.status.clone(), look.style(role));
        if cells.width() < 18 {
            cells.pad_to(18);
        } else {
            cells.put(" ", look.style(Role::Text));
        }
        cells.put(condition.reason.clone(), look.style(Role::Text));
        if let Some(since) = condition.last_transition_time {
            // What goes on all the time is told by how long ago it last did.
            let when = if condition.condition_type == "Delivering" && condition.status == "yes" {
                tr!("{age} ago", age = look.age(since))
            } else {
                tr!("since {short_time}", short_time = look.short_time(since))
            };
            if 33 + format::width(&when) <= usize::from(inner.width) {
                cells.pad_to(33);
                cells.put(when, look.style(Role::Dim));
            }
        }
        draw_line(canvas, inner, line, &cells, RowState::default());
    }
}
