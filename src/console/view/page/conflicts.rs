//! Strict conflicts: names × where they are defined, then the documents concerned and the remedies of the chosen finding.

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use super::parts::{at_place, draw_line, numbered, window};
use crate::api::{Finding, SourceKind};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::{Here, ListId, Load, LoadState, Page};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, Room};
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Frame;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{Column, Fit, RowState, Table};
use crate::console::view::words::undo_words;
use crate::impact::strict::{MountState, VirtualView};

const COLUMNS: [Column; 6] = [
    Column::new(text!("NAME"), 11, Fit::Grow(6), 0),
    Column::new(text!("server"), 13, Fit::Fixed, 3),
    Column::new(text!(".jolli mount"), 15, Fit::Fixed, 4),
    Column::new(text!(".jolli virtual"), 17, Fit::Fixed, 5),
    Column::new(text!("rules in docs"), 15, Fit::Fixed, 2),
    Column::new(text!("finding"), 22, Fit::Share(1), 1),
];

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let findings = canvas.model.conflicts();
    let rows = findings.len() as u16 + 3;
    let (upper, lower) = place::rows(area, rows.clamp(5, (area.height / 2).max(5)));
    matrix(canvas, upper);
    let chosen = canvas.list(ListId::Conflicts);
    let index = chosen
        .rows
        .get(chosen.position)
        .map_or(chosen.position, |n| *n as usize);
    let finding = findings.get(index);
    if canvas.room == Room::Wide {
        let (left, right) = place::columns(lower, lower.width / 2);
        detail(canvas, left, finding);
        remedies(canvas, right, finding);
    } else {
        let (a, b) = place::rows(lower, lower.height / 2);
        detail(canvas, a, finding);
        remedies(canvas, b, finding);
    }
}

fn matrix(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let model = canvas.model;
    let findings = model.conflicts();
    let title = tr!(
        "Strict conflicts ({findings}) · {whence}",
        findings = format::len(findings.len()),
        whence = whence(canvas)
    );
    let frame = canvas.pane(canvas.border(ListId::Conflicts), title);
    let inner = canvas.frame(area, frame);
    let (head, rows) = place::rows(inner, 1);
    canvas.place_list(ListId::Conflicts, rows);
    if findings.is_empty() {
        let looks =
            asked(canvas).is_some_and(|here| here.value.is_none() && here.failure().is_none());
        let spaces = model.replica.spaces.iter();
        let documents: i64 = spaces.map(|(_, space)| space.documents).sum();
        let words = if model.replica.is_loaded() && looks {
            tr_n!(
                documents,
                "Checking {count} document.",
                "Checking {count} documents."
            )
        } else if model.replica.is_loaded() {
            // How many rules they are the server does not say; a document of two sources is in the counts of both.
            tr_n!(
                documents,
                "No findings. All rules in {count} document resolve.",
                "No findings. All rules in {count} documents resolve."
            )
        } else {
            tr!("Loading conflicts.").to_owned()
        };
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    if let Some(words) = around::no_match(canvas.list(ListId::Conflicts)) {
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let table = Table::layout(&COLUMNS, 2, inner.width);
    table
        .header(&COLUMNS, look)
        .draw(canvas.buffer, head.x, head.y, head.width);
    let visible = window(
        canvas,
        ListId::Conflicts,
        findings.len(),
        usize::from(rows.height),
    );
    for (line, (place, index)) in visible.into_iter().enumerate() {
        let finding = &findings[index];
        let state = at_place(canvas, ListId::Conflicts, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        let text = look.style(Role::Text);
        let dim = look.style(Role::Dim);
        let name = finding.source_name.as_deref().unwrap_or(format::UNKNOWN);
        table.put(&mut cells, 0, name, look.style(Role::Strong));
        table.put(&mut cells, 1, &on_server(canvas, finding), text);
        let (mount, local) = here(canvas, finding);
        table.put(
            &mut cells,
            2,
            &mount,
            if mount == not_here() { dim } else { text },
        );
        table.put(
            &mut cells,
            3,
            &local,
            if local == not_here() { dim } else { text },
        );
        let documents: BTreeSet<&str> = finding
            .places
            .iter()
            .map(|place| place.doc_path.as_str())
            .collect();
        let documents = if documents.is_empty() {
            format::UNKNOWN.to_owned()
        } else {
            format!(
                "{} {}",
                look.glyph(glyph::PRESENT),
                tr_n!(
                    documents.len() as i64,
                    "{count} document",
                    "{count} documents"
                )
            )
        };
        table.put(&mut cells, 4, &documents, text);
        if let Some((x, _)) = table.place(5) {
            let mark = glyph::severity(finding.severity);
            cells.pad_to(x);
            cells.span(look.mark(mark));
            cells.put(format!(" {}", finding.code.as_str()), text);
            if let Some(near) = finding.near_names.first() {
                cells.put(tr!("   near: {near}", near), dim);
            }
        }
        draw_line(canvas, rows, line, &cells, state);
    }
}

/// What the columns of `.jolli` say outside of a docs project.
fn not_here() -> &'static str {
    tr!("not here")
}

/// Where the findings come from.
fn whence(canvas: &Canvas<'_>) -> String {
    let server = tr!(
        "{conflicts} on the server",
        conflicts = format::len(canvas.model.replica.conflicts.len())
    );
    let Some(here) = asked(canvas) else {
        return server;
    };
    match (&here.state, &here.value) {
        (LoadState::Failed(why), _) => tr!("{server}, ./.jolli is not known: {why}", server, why),
        (_, Some(found)) if found.more == 0 => tr!("{server}, none more in ./.jolli", server),
        (_, Some(found)) => tr!(
            "{server}, {more} more in ./.jolli",
            server,
            more = format::len(found.more)
        ),
        (_, None) => tr!("{server}, comparing ./.jolli", server),
    }
}

/// What was asked of the docs project, where the console was started in one.
fn asked<'a>(canvas: &Canvas<'a>) -> Option<&'a Load<Here>> {
    match canvas.model.ui.page() {
        Page::Conflicts(view) => view.here.as_ref(),
        _ => None,
    }
}

/// What the docs project has by that name: its mount, and the virtual source.
fn here(canvas: &Canvas<'_>, finding: &Finding) -> (String, String) {
    let Some(asked) = asked(canvas) else {
        return (not_here().to_owned(), not_here().to_owned());
    };
    let nothing = || format::UNKNOWN.to_owned();
    let Some(found) = &asked.value else {
        return (nothing(), nothing());
    };
    let said = |state: &MountState| {
        let mark = match state {
            MountState::Resolved => glyph::PRESENT,
            _ => glyph::FAILED,
        };
        format!("{} {}", canvas.look.glyph(mark), state.as_str())
    };
    let mount = found
        .local
        .mounts
        .iter()
        .find(|mount| Some(mount.source_id) == finding.source_id);
    let named = |source: &&VirtualView| finding.source_name.as_ref() == Some(&source.name);
    let local = found.local.virtual_sources.iter().find(named);
    let hidden = finding.source_kind == Some(SourceKind::True);
    let local = local.map(|source| {
        if hidden {
            tr!("{mark} shadowed", mark = canvas.look.glyph(glyph::PRESENT))
        } else {
            said(&source.state)
        }
    });
    (
        mount.map_or_else(nothing, |mount| said(&mount.state)),
        local.unwrap_or_else(nothing),
    )
}

/// What the server knows by that name.
fn on_server(canvas: &Canvas<'_>, finding: &Finding) -> String {
    let source = finding
        .source_id
        .and_then(|id| canvas.model.replica.sources.get(id));
    match (source, finding.source_kind) {
        (Some(source), _) if !source.enabled => tr!("{kind}, off", kind = source.kind),
        (Some(source), _) => source.kind.to_string(),
        (None, Some(SourceKind::True)) => tr!("true").to_owned(),
        (None, Some(SourceKind::Virtual)) => tr!("virtual").to_owned(),
        (None, None) => format::UNKNOWN.to_owned(),
    }
}

fn detail(canvas: &mut Canvas<'_>, area: Rect, finding: Option<&Finding>) {
    let look = canvas.look;
    let title = finding.map_or_else(
        || tr!("Finding").to_owned(),
        |finding| match &finding.source_name {
            Some(name) => format!("{} · {name}", finding.code.as_str()),
            None => finding.code.as_str().to_owned(),
        },
    );
    let frame = Frame::new(look, canvas.border(ListId::Places), title);
    let inner = canvas.frame(area, frame);
    let Some(finding) = finding else { return };
    let said = (canvas.say(inner, &finding.message, Role::Text) + 1).min(inner.height);
    let (_, rows) = place::rows(inner, said);
    canvas.place_list(ListId::Places, rows);
    let mut line = usize::from(said);
    let widest = finding
        .places
        .iter()
        .map(|place| format::width(&place.doc_path) + 1 + place.line.to_string().len())
        .max()
        .unwrap_or(0)
        .clamp(17, 30);
    let shown = window(
        canvas,
        ListId::Places,
        finding.places.len(),
        usize::from(rows.height),
    );
    for (place, index) in shown {
        let at = &finding.places[index];
        let state = at_place(canvas, ListId::Places, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        let path = format::cut_path(&at.doc_path, widest.saturating_sub(5)).into_owned();
        cells.put(format!("{path}:{}", at.line), look.style(Role::Accent));
        cells.pad_to(widest + 3);
        if let Some(name) = &finding.source_name {
            cells.put(tr!("source: {name}   ", name), look.style(Role::Text));
        }
        cells.spans(look.safe(&at.pattern, look.style(Role::Text)));
        draw_line(canvas, inner, line, &cells, state);
        line += 1;
    }
    if asked(canvas).is_none() && line + 1 < usize::from(inner.height) {
        canvas.say_line(
            inner,
            line as u16 + 1,
            tr!("Start in a docs project to compare its .jolli."),
            Role::Dim,
        );
    }
}

fn remedies(canvas: &mut Canvas<'_>, area: Rect, finding: Option<&Finding>) {
    let look = canvas.look;
    let frame = Frame::new(look, canvas.border(ListId::Remedies), tr!("Remedies"));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Remedies, inner);
    let Some(finding) = finding else { return };
    if finding.remedies.is_empty() {
        canvas.say(inner, tr!("No remedy is known."), Role::Dim);
    }
    let chosen = canvas.list(ListId::Remedies).position;
    let mut line = 0;
    for (index, remedy) in finding.remedies.iter().enumerate() {
        let mut cells = numbered(canvas, index == chosen, index + 1);
        let start = cells.width() - 2;
        let key = remedy
            .action
            .as_deref()
            .and_then(CommandId::parse)
            .map(|command| canvas.model.keymap.keys_of(command))
            .filter(|key| !key.is_empty());
        let label = match key {
            Some(key) => format!("{} ({key})", remedy.label),
            None => remedy.label.clone(),
        };
        cells.put_until(start + 45, &label, look.style(Role::Text));
        let state = RowState {
            selected: index == chosen,
            focused: canvas.has_keys(ListId::Remedies),
            ..RowState::default()
        };
        draw_line(canvas, inner, line, &cells, state);
        canvas.place_row(ListId::Remedies, index, inner.y + line as u16);
        let mut cells = Cells::new();
        cells.put("    ", look.style(Role::Text));
        cells.spans(look.safe(&remedy.command, look.style(Role::Dim)));
        draw_line(canvas, inner, line + 1, &cells, RowState::default());
        line += 2;
    }
    effect(canvas, inner, line as u16 + 1);
}

/// What the chosen remedy would do.
fn effect(canvas: &mut Canvas<'_>, inner: Rect, row: u16) {
    let Page::Conflicts(view) = canvas.model.ui.page() else {
        return;
    };
    let Some((n, effect)) = &view.effect else {
        return;
    };
    let (words, role) = match (&effect.value, effect.failure()) {
        (Some(found), _) => {
            let all = found.consequences.iter().map(|it| it.text.as_str());
            let words = all.collect::<Vec<_>>().join(" ");
            let words = if words.is_empty() {
                tr!("nothing else follows.")
            } else {
                &words
            };
            let undo = undo_words(canvas.model, found).map_or_else(String::new, |it| it + " ");
            (tr!("{words} {undo}Enter runs it.", words, undo), Role::Text)
        }
        (None, Some(why)) => (tr!("not known: {why}", why), Role::Bad),
        (None, None) => (tr!("being asked").to_owned(), Role::Dim),
    };
    let (_, rest) = place::rows(inner, row.min(inner.height));
    canvas.say(
        rest,
        &tr!("Effect of {number}: {words}", number = n + 1, words),
        role,
    );
}
