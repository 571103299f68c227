//! A source's page: the record, its cursor, its bindings, its conditions.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::parts::{draw_line, field};
use crate::api::{Condition, Source, SourceKind};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::{ListId, SourceView};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, Room, waits};
use crate::console::view::flow::{self, Item, wrapped};
use crate::console::view::glyph;
use crate::console::view::pane;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Border;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::RowState;

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
    if canvas.room == Room::Compact || area.height < STACKED {
        column(canvas, area, &source, view);
    } else if canvas.room == Room::Wide {
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
        let (c, d) = place::columns(rest, left.max(40));
        bindings(canvas, c);
        conditions(canvas, d, view);
    }
}

/// Below so many lines the parts do not fit one below the other.
const STACKED: u16 = 17;

/// `frontend · true · enabled`.
fn title(source: &Source) -> String {
    let enabled = match (source.enabled, &source.paused) {
        (false, _) => tr!("off"),
        (true, Some(_)) => tr!("paused"),
        (true, None) => tr!("enabled"),
    };
    format!("{} · {} · {enabled}", source.name, source.kind)
}

/// All in one column that is read line by line: the smallest screens scroll.
fn column(canvas: &mut Canvas<'_>, area: Rect, source: &Source, view: &SourceView) {
    let look = canvas.look;
    let columns = usize::from(area.width.saturating_sub(2));
    let heading = |words: &str| {
        let mut cells = Cells::new();
        cells.put(format!(" {words}"), look.style(Role::Strong));
        Item::said(vec![cells])
    };
    let mut items: Vec<Item> = facts(canvas, source)
        .into_iter()
        .map(|(label, value)| Item::said(fact(canvas, label, value, columns)))
        .collect();
    items.push(heading(tr!("Cursor")));
    items.push(Item::said(vec![state(canvas, source)]));
    for (words, role) in cursor_words(canvas, source, view) {
        items.push(Item::said(wrapped(canvas, &words, columns, 1, role)));
    }
    let list = canvas.list(ListId::Bindings);
    items.push(heading(&tr!(
        "Space bindings {counted}",
        counted = around::counted(list)
    )));
    if list.is_empty() {
        let words = pane::bindings::words(canvas);
        items.push(Item::said(wrapped(canvas, &words, columns, 1, Role::Dim)));
    }
    for (place, slot) in list.rows.iter().enumerate() {
        if let Some((state, lines)) = pane::bindings::lines(canvas, *slot, columns) {
            items.push(Item::row(ListId::Bindings, place, state, lines));
        }
    }
    items.push(heading(tr!("Conditions")));
    if let Some(words) = waits(&view.page, no_conditions(canvas)) {
        items.push(Item::said(wrapped(canvas, &words, columns, 1, Role::Dim)));
    }
    for condition in view.page.value.iter().flat_map(|page| &page.conditions) {
        let mut value = vec![
            look.span(condition_role(condition), condition.status.clone()),
            look.span(Role::Text, format!(" {}", condition.reason)),
        ];
        if let Some(when) = condition_when(canvas, condition) {
            value.push(look.span(Role::Dim, format!(" {when}")));
        }
        let label = condition.condition_type.clone();
        items.push(Item::said(fact(canvas, &label, value, columns)));
    }
    let height = area.height.saturating_sub(2);
    let (first, note) = flow::read(canvas, ListId::Bindings, &items, height);
    let focused = canvas.has_keys(ListId::Bindings);
    let frame = canvas
        .pane(Border::focus(focused), title(source))
        .note(note);
    let inner = canvas.frame(area, frame);
    flow::show(canvas, inner, &items, first);
    // The keys and the wheel go along all of it, not only where its rows are.
    canvas.place_list(ListId::Bindings, inner);
}

/// A label and its value, over as many lines as it takes.
fn fact(
    canvas: &Canvas<'_>,
    label: &str,
    value: Vec<Span<'static>>,
    columns: usize,
) -> Vec<Cells<'static>> {
    let words: String = value.iter().map(|it| it.content.as_ref()).collect();
    let first = field(canvas, label, value);
    if first.width() <= columns {
        return vec![first];
    }
    let parts = format::wrap(&words, columns.saturating_sub(15));
    let lines = parts.into_iter().enumerate().map(|(nth, words)| {
        let label = if nth == 0 { label } else { "" };
        let style = canvas.look.style(Role::Text);
        field(canvas, label, canvas.look.safe(&words, style))
    });
    lines.collect()
}

fn record(canvas: &mut Canvas<'_>, area: Rect, source: &Source) {
    // Until a binding is chosen the record is what the keys are about.
    let focused =
        canvas.has_keys(ListId::Bindings) && canvas.list(ListId::Bindings).selected.is_none();
    let frame = canvas.pane(Border::focus(focused), title(source));
    let inner = canvas.frame(area, frame);
    for (line, (label, value)) in facts(canvas, source).into_iter().enumerate() {
        let cells = field(canvas, label, value);
        draw_line(canvas, inner, line, &cells, RowState::default());
    }
}

/// What stands in the record.
fn facts(canvas: &Canvas<'_>, source: &Source) -> Vec<(&'static str, Vec<Span<'static>>)> {
    let look = canvas.look;
    let model = canvas.model;
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
    let or = |value: &Option<String>, none: &str| {
        vec![text(value.clone().unwrap_or_else(|| none.to_owned()))]
    };
    vec![
        (tr!("repo"), or(&source.repo, tr!("none. i sets it."))),
        (
            tr!("branch"),
            or(&source.branch, tr!("the provider's default")),
        ),
        (tr!("integration"), integration),
        (
            tr!("created"),
            vec![text(format!("{}{by}", look.time(source.created_at)))],
        ),
        (
            tr!("version"),
            vec![text(tr!(
                "{version}   cursor version {cursor_version}",
                version = source.version,
                cursor_version = source.cursor_version
            ))],
        ),
    ]
}

fn cursor(canvas: &mut Canvas<'_>, area: Rect, source: &Source, view: &SourceView) {
    let look = canvas.look;
    let frame = canvas.pane(Border::Plain, tr!("Cursor"));
    let inner = canvas.frame(area, frame);
    let mut first = state(canvas, source);
    first.put_right(
        usize::from(inner.width),
        format::sparkline(&source.history),
        look.style(Role::Accent),
    );
    draw_line(canvas, inner, 0, &first, RowState::default());
    for (line, (words, role)) in (1..).zip(cursor_words(canvas, source, view)) {
        let mut cells = Cells::new();
        cells.put(format!(" {words}"), look.style(role));
        draw_line(canvas, inner, line, &cells, RowState::default());
    }
}

/// `■ stalled since 11:02, 3h`.
fn state(canvas: &Canvas<'_>, source: &Source) -> Cells<'static> {
    let look = canvas.look;
    let mark = glyph::cursor(source.state);
    let text = look.style(Role::Text);
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
    cells
}

/// Where it stands, what moved it, what holds it, who has it.
fn cursor_words(canvas: &Canvas<'_>, source: &Source, view: &SourceView) -> Vec<(String, Role)> {
    let look = canvas.look;
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut say = |words: String, role: Role| lines.push((words, role));
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
    lines
}

fn bindings(canvas: &mut Canvas<'_>, area: Rect) {
    let list = canvas.list(ListId::Bindings);
    let focused = canvas.has_keys(ListId::Bindings) && list.selected.is_some();
    let frame = canvas.pane(
        Border::focus(focused),
        tr!("Space bindings {counted}", counted = around::counted(list)),
    );
    let inner = canvas.frame(area, frame);
    pane::bindings::rows(canvas, inner, false);
}

fn conditions(canvas: &mut Canvas<'_>, area: Rect, view: &SourceView) {
    let look = canvas.look;
    let frame = canvas.pane(Border::Plain, tr!("Conditions"));
    let inner = canvas.frame(area, frame);
    if let Some(words) = waits(&view.page, no_conditions(canvas)) {
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let Some(page) = &view.page.value else { return };
    for (line, condition) in page.conditions.iter().enumerate() {
        let role = condition_role(condition);
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
        if let Some(when) = condition_when(canvas, condition)
            && 33 + format::width(&when) <= usize::from(inner.width)
        {
            cells.pad_to(33);
            cells.put(when, look.style(Role::Dim));
        }
        draw_line(canvas, inner, line, &cells, RowState::default());
    }
}

/// What is said while there are none.
fn no_conditions(canvas: &Canvas<'_>) -> &'static str {
    if canvas.model.past.is_some() {
        tr!("Only now has conditions and a lease. Esc twice returns to now.")
    } else {
        tr!("Loading. Unknown until then.")
    }
}

fn condition_role(condition: &Condition) -> Role {
    match condition.status.as_str() {
        "yes" => Role::Good,
        "no" => Role::Bad,
        _ => Role::Info,
    }
}

/// Since when; what goes on all the time is told by how long ago it last did.
fn condition_when(canvas: &Canvas<'_>, condition: &Condition) -> Option<String> {
    let (look, since) = (canvas.look, condition.last_transition_time?);
    let goes_on = condition.condition_type == "Delivering" && condition.status == "yes";
    Some(if goes_on {
        tr!("{age} ago", age = look.age(since))
    } else {
        tr!("since {short_time}", short_time = look.short_time(since))
    })
}
