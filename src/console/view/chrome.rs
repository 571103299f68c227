//! What frames every screen: row 1 (who, where, how fresh, how many, when it last changed) and the last row (keys that work now,
//! and what undo would take back).

use crate::console::language::tr;
use ratatui::layout::Rect;

use super::canvas::{Canvas, Room};
use super::glyph::{self, Mark};
use super::theme::Role;
use super::widget;
use super::widget::line::Cells;
use super::{banner, footer};
use crate::api::DeliveryId;
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::tour;
use crate::console::model::{Connection, Frozen, LinkStep, Model, Page, Popup, ThreadView};
use crate::console::possible::undo_event;

/// Row 1.
pub fn head(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let left = who_and_where(canvas);
    let middle = freshness(
        canvas,
        usize::from(area.width).saturating_sub(left.width() + 12),
    );
    let right = minute(canvas);
    let width = usize::from(area.width);
    let end = width.saturating_sub(1);
    let right_start = end.saturating_sub(format::width(&right));
    let middle_start = if canvas.room == Room::Wide {
        (left.width() + right_start).saturating_sub(middle.width()) / 2
    } else {
        // The time keeps two blanks before it, where there is one.
        right_start.saturating_sub(middle.width() + if right.is_empty() { 0 } else { 2 })
    };
    let mut cells = left;
    if middle_start > cells.width() {
        cells.pad_to(middle_start);
        cells.spans(middle.into_line().spans);
    }
    if right_start > cells.width() {
        cells.put_right(end, right, look.style(Role::Dim));
    }
    cells.draw(canvas.buffer, area.x, area.y, area.width);
}

fn who_and_where(canvas: &Canvas<'_>) -> Cells<'static> {
    let (model, look) = (canvas.model, canvas.look);
    let session = &model.session;
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    let crumbs = crumbs(canvas);
    if canvas.room == Room::Wide || (canvas.room == Room::Stacked && crumbs.is_empty()) {
        let gap = if canvas.room == Room::Wide { "  " } else { " " };
        cells.put("jolli", look.style(Role::Accent));
        cells.put(gap, look.style(Role::Text));
    }
    let org = if session.org.is_empty() {
        session.profile.clone()
    } else {
        session.org.clone()
    };
    if crumbs.is_empty() {
        cells.put(org, look.style(Role::Strong));
        if canvas.room == Room::Wide && !session.server.is_empty() {
            cells.put(format!(" · {}", session.server), look.style(Role::Text));
        }
        if canvas.room > Room::Compact
            && let Some(role) = session.role()
        {
            cells.put(format!(" · {role}"), look.style(Role::Text));
        }
    } else {
        if canvas.room == Room::Wide {
            cells.put(org, look.style(Role::Strong));
            cells.put(" › ", look.style(Role::Dim));
        }
        for (index, crumb) in crumbs.iter().enumerate() {
            if index > 0 {
                cells.put(" › ", look.style(Role::Dim));
            }
            cells.put(crumb.clone(), look.style(Role::Text));
        }
    }
    if session.production {
        cells.put(" · ", look.style(Role::Text));
        cells.put(tr!("PRODUCTION"), look.style(Role::Danger));
    }
    if session.read_only && canvas.room > Room::Compact {
        cells.put(tr!(" · read-only"), look.style(Role::Info));
    }
    cells
}

/// The way to the page in front; empty on the main screen.
fn crumbs(canvas: &Canvas<'_>) -> Vec<String> {
    let model = canvas.model;
    let wide = canvas.room == Room::Wide;
    if !wide
        && let Some(Popup::Link(wizard)) = model.ui.popup()
        && let Some(item) = wizard.items.first()
    {
        let what = if wizard.items.len() == 1 {
            model.replica.source_name(item.source)
        } else {
            tr_n!(wizard.items.len(), "{count} source", "{count} sources")
        };
        let step = match wizard.step {
            LinkStep::Pick => 1,
            LinkStep::Preview => 2,
            LinkStep::Result => 3,
        };
        return vec![what, tr!("link, {step} of 3", step)];
    }
    let word = |text: &str| text.to_owned();
    match model.ui.page() {
        Page::Main => Vec::new(),
        Page::Source(view) => {
            let name = model.replica.source_name(view.source);
            if wide {
                vec![word(tr!("Sources")), name]
            } else {
                vec![name]
            }
        }
        Page::Why(view) => {
            let name = model.replica.source_name(view.source);
            if wide {
                vec![word(tr!("Sources")), name, word(tr!("why"))]
            } else {
                vec![name, word(tr!("why stuck"))]
            }
        }
        Page::Conflicts(_) => vec![word(tr!("conflicts"))],
        Page::Run(view) => {
            let source = model
                .shown_job()
                .map(|job| format!(" {}", model.replica.source_of(job)));
            vec![
                word(tr!("Runs")),
                format!("#{}{}", view.job, source.unwrap_or_default()),
            ]
        }
        Page::Thread(view) => thread_crumbs(model, view),
        Page::Approvals(_) => vec![word(tr!("Approvals"))],
        Page::Xray(_) => vec![word(tr!("Xray"))],
        Page::Pulse(_) => vec![word(tr!("Pulse"))],
        Page::Deliveries(_) => vec![word(tr!("Deliveries"))],
        Page::Delivery(view) => vec![word(tr!("Deliveries")), delivery_name(model, view.delivery)],
        Page::Integrations => vec![word(tr!("Integrations"))],
        Page::Integration(view) => {
            let row = model.replica.integrations.get(view.integration);
            let name = row.map_or_else(|| view.integration.to_string(), |it| it.name.clone());
            vec![word(tr!("Integrations")), name]
        }
        Page::Tokens(_) => vec![word(tr!("Tokens"))],
        Page::Events(_) => vec![word(tr!("Event log"))],
        Page::Messages => vec![word(tr!("Messages"))],
        Page::Info(_) => vec![word(tr!("This console"))],
        Page::OwnLog(_) => vec![word(tr!("Log"))],
    }
}

/// `Runs › #90 › SDK Reference`; a thread of no run has its title.
fn thread_crumbs(model: &Model, view: &ThreadView) -> Vec<String> {
    let mut crumbs = crumbs_of_thread(model, view);
    if view.revert.is_some() {
        crumbs.push(tr!("going back").to_owned());
    }
    crumbs
}

fn crumbs_of_thread(model: &Model, view: &ThreadView) -> Vec<String> {
    if let Some((job, space)) = view.about {
        return vec![
            tr!("Runs").to_owned(),
            format!("#{job}"),
            model.replica.space_name(space),
        ];
    }
    let title = view.thread.value.as_ref().map(|it| it.title.clone());
    let title = title.unwrap_or_else(|| view.thread_id.to_string());
    vec![
        tr!("Threads").to_owned(),
        format::cut(&format::visible(&title), 40).into_owned(),
    ]
}

/// A delivery by the first eight characters of the provider's id.
pub fn delivery_name(model: &Model, id: DeliveryId) -> String {
    model.replica.deliveries.get(id).map_or_else(
        || id.to_string(),
        |delivery| delivery.delivery_id.chars().take(8).collect(),
    )
}

/// The glyph and word of the link to the data.
pub fn link(model: &Model) -> (Mark, &'static str) {
    match &model.connection {
        Connection::Live => (glyph::LIVE, tr!("live")),
        Connection::CatchingUp { .. } => (glyph::CATCHING_UP, tr!("catching up")),
        Connection::Busy { .. } => (glyph::CATCHING_UP, tr!("busy")),
        Connection::Connecting => (glyph::SAVING, tr!("connecting")),
        Connection::Starting => (glyph::SAVING, tr!("starting")),
        Connection::Offline { .. } | Connection::Taken { .. } => (glyph::OFFLINE, tr!("offline")),
        Connection::SignedOut { .. } => (glyph::OFFLINE, tr!("signed out")),
        Connection::ServerFailed { status: 403, .. } => (glyph::OFFLINE, tr!("not allowed")),
        Connection::ServerFailed { .. } => (glyph::OFFLINE, tr!("server failed")),
    }
}

/// The link, the position and as many of the counts as there is room for; what is not known is left out.
fn freshness(canvas: &Canvas<'_>, room: usize) -> Cells<'static> {
    let (model, look) = (canvas.model, canvas.look);
    if let Some(past) = &model.past {
        return super::past::head(canvas, past);
    }
    if let Some(frozen) = &model.frozen {
        return standing_still(canvas, frozen);
    }
    let (mark, word) = link(model);
    let mut cells = Cells::new();
    cells.span(look.mark(mark));
    if canvas.room > Room::Compact {
        cells.put(format!(" {word}"), look.mark_style(mark));
    }
    if !model.replica.is_loaded() {
        return cells;
    }
    cells.put(
        format!(" @{}", model.replica.sequence),
        look.style(Role::Text),
    );
    let counts = model.counts;
    let mut parts = Vec::new();
    if canvas.room == Room::Wide {
        let text = tr_n!(counts.sources as i64, "{count} source", "{count} sources");
        parts.push((text, Role::Text));
    }
    if canvas.room == Room::Wide
        || (canvas.room == Room::Stacked
            && matches!(model.ui.page(), Page::Main)
            && model.ui.popups.is_empty())
    {
        let role = |count: usize, role| if count == 0 { Role::Dim } else { role };
        parts.push((
            tr!("{stuck} stuck", stuck = format::len(counts.stuck)),
            role(counts.stuck, Role::Bad),
        ));
        parts.push((
            tr_n!(
                counts.conflicts as i64,
                "{count} conflict",
                "{count} conflicts"
            ),
            role(counts.conflicts, Role::Warn),
        ));
    }
    for (text, role) in parts {
        if cells.width() + format::width(&text) + 3 > room {
            break;
        }
        cells.put(" · ", look.style(Role::Dim));
        cells.put(text, look.style(role));
    }
    cells
}

/// `‖ frozen 2m · 14 changes wait`, and the link where it is not live.
fn standing_still(canvas: &Canvas<'_>, frozen: &Frozen) -> Cells<'static> {
    let (model, look) = (canvas.model, canvas.look);
    let mut cells = Cells::new();
    if !model.connection.is_live() {
        let (mark, _) = link(model);
        cells.span(look.mark(mark));
        cells.put(" ", look.style(Role::Text));
    }
    let mark = glyph::FROZEN;
    cells.span(look.mark(mark));
    cells.put(
        format!(" {} {}", tr(mark.word), look.age(frozen.since)),
        look.mark_style(mark),
    );
    let waiting = match (canvas.room, frozen.waiting()) {
        (Room::Compact, n) => format!(" +{}", format::count(n)),
        _ => format!(" · {}", frozen.words()),
    };
    cells.put(waiting, look.style(Role::Warn));
    cells
}

/// The minute: it goes on with the shared minute tick, so that nothing else is drawn while nothing happens.
fn minute(canvas: &Canvas<'_>) -> String {
    let now = canvas.model.now;
    format::short_time(now, now, &canvas.look.zone)
}

/// The row above the last: a banner while the data is not live, else what is being typed, else one message.
pub fn message(canvas: &mut Canvas<'_>, area: Rect) {
    let (model, look) = (canvas.model, canvas.look);
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    if let Some((list, field)) = &model.ui.filtering {
        cells.put(tr!("filter: "), look.style(Role::Dim));
        if field.is_selected() {
            cells.begin_field();
            cells.spans(look.safe(field.text(), look.style(Role::Select)));
            cells.caret(look);
        } else {
            widget::field::put(look, &mut cells, field.split(), true);
        }
        let state = model.ui.list(*list);
        let found = tr!(
            "{found} of {all}",
            found = format::len(state.len()),
            all = format::len(state.total)
        );
        cells.put_right(
            usize::from(area.width).saturating_sub(1),
            found,
            look.style(Role::Dim),
        );
        let caret = cells.draw(canvas.buffer, area.x, area.y, area.width);
        if model.ui.popups.is_empty() {
            canvas.drawn.caret = caret;
        }
        return;
    }
    // The answer to the key just pressed goes before the banner, which stands again after the next key.
    let answered = model
        .work
        .message
        .as_ref()
        .is_some_and(|message| message.answer);
    if !answered && banner::draw(canvas, area) {
        return;
    }
    if let Some(message) = &model.work.message {
        let role = if message.refusal {
            Role::Warn
        } else {
            Role::Text
        };
        cells.spans(look.safe(&message.text, look.style(role)));
    } else if canvas.room == Room::Wide
        && let Some(pending) = model.work.pending.values().next_back()
    {
        // With less room the pane's own line counts what is being saved.
        cells.spans(look.safe(&pending.message, look.style(Role::Info)));
    } else if let Some(frozen) = &model.frozen {
        let key = model.keymap.keys_of(CommandId::Freeze);
        let key = if key.is_empty() { ":freeze" } else { &key };
        let words = match canvas.room {
            Room::Compact => tr!("Frozen, {frozen}.", frozen = frozen.words()),
            _ => tr!(
                "Frozen {age}: {frozen}.",
                age = look.age(frozen.since),
                frozen = frozen.words()
            ),
        };
        cells.put(words, look.style(Role::Warn));
        let end = usize::from(area.width).saturating_sub(1);
        cells.put_right(end, tr!("{key} goes on", key), look.style(Role::Accent));
    } else if let Some(words) = model
        .ui
        .tour
        .and_then(|step| tour::says(step, &model.keymap))
    {
        cells.put(words, look.style(Role::Accent));
    }
    cells.draw(canvas.buffer, area.x, area.y, area.width);
}

/// The last row.
pub fn foot(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let end = usize::from(area.width).saturating_sub(1);
    let (mut undo, role) = footer::undo(canvas.model, canvas.room);
    let of_event = undo_event(canvas.model).is_some();
    let last = canvas.model.work.undo.last().filter(|_| !of_event);
    if !undo.is_empty() && last.is_some_and(|entry| entry.calls.is_empty()) {
        // What was destructive is not offered: `u` only says so.
        undo = match canvas.room {
            Room::Compact => String::new(),
            Room::Stacked | Room::Wide => tr!("nothing to undo").to_owned(),
        };
    }
    let hints = footer::hints(canvas.model, canvas.room);
    let wanted: usize = hints.iter().map(|hint| hint.width() + 2).sum();
    if last.is_none() && area.width < 80 && wanted + format::width(&undo) > end {
        // Where it is narrow, the way to help and palette is worth more than that there is nothing.
        undo.clear();
    }
    let undo_start = end.saturating_sub(format::width(&undo));
    let mut cells = Cells::new();
    cells.put(" ", look.style(Role::Text));
    // The undo stays whatever else there is: hints give way from the right, two blanks before it stay free.
    for (index, hint) in hints.iter().enumerate() {
        let gap = match (index, canvas.room) {
            (0, _) => 0,
            (_, Room::Compact) => 1,
            _ => 2,
        };
        let wide = gap + hint.width();
        if cells.width() + wide + 2 > undo_start {
            break;
        }
        cells.put(super::widget::line::blanks(gap), look.style(Role::Text));
        if !hint.key.is_empty() {
            let role = if hint.works { Role::Accent } else { Role::Dim };
            cells.put(hint.key.clone(), look.style(role));
        }
        if !hint.word.is_empty() {
            if !hint.key.is_empty() {
                cells.put(" ", look.style(Role::Text));
            }
            cells.put(hint.word.clone(), look.style(Role::Dim));
        }
    }
    cells.put_right(end, undo, look.style(role));
    cells.draw(canvas.buffer, area.x, area.y, area.width);
}
