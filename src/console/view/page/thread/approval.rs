//! The question that waits: what is asked, what is known of it, and the keys that answer it.

use ratatui::layout::Rect;

use super::parts::shown_id;
use crate::api::orchestration::Approval;
use crate::api::{ApprovalDecision, ApprovalStatus, RequestKind};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::entries::decision_words;
use crate::console::model::entries::{asks_words, paths, tool_words};
use crate::console::model::names::question_name;
use crate::console::model::{Diff, ListId, RowKey, ThreadView};
use crate::console::possible::enabled;
use crate::console::view::canvas::{Canvas, Room};
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;

/// Rows that it takes with its frame.
pub fn height(view: &ThreadView, width: u16) -> u16 {
    let told = view.approval().map_or(0, |it| told(view, it, width).len());
    // The frame, a blank row, and the keys.
    (told.min(200) as u16 + 4).max(6)
}

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &ThreadView) {
    let Some(approval) = view.approval() else {
        return;
    };
    let look = canvas.look;
    let mut title = tr!(
        "Approval {number}",
        number = shown_id(approval.request_id.as_str())
    );
    if let Some(turn) = view.turn_of(approval) {
        title += &tr!(" · turn {turn}", turn);
    }
    if approval.status == ApprovalStatus::Pending {
        title += &tr!(" · waits {age}", age = look.fine_age(approval.created_at));
    }
    let more = view.waiting().count();
    let more = (more > 1).then(|| tr_n!(more, "{count} waits here", "{count} wait here"));
    let frame = canvas
        .pane(canvas.border(ListId::Approval), title)
        .right(more);
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::Approval, inner);
    if inner.height == 0 {
        return;
    }
    let told = told(view, approval, area.width);
    // The keys stand in the last row; what they answer is never cut without a word.
    let room = usize::from(inner.height.saturating_sub(1));
    for (row, (words, role)) in told.iter().take(room).enumerate() {
        let cut = row + 1 == room && told.len() > room;
        let mut cells = Cells::new();
        cells.put("  ", look.style(Role::Text));
        if cut {
            let words = tr!("… there is more: Enter on it in the thread shows the whole.");
            cells.put(words, look.style(Role::Warn));
        } else {
            cells.spans(look.safe(words, look.style(*role)));
        }
        cells.draw(canvas.buffer, inner.x, inner.y + row as u16, inner.width);
    }
    let cells = last(canvas, view, approval);
    cells.draw(canvas.buffer, inner.x, inner.bottom() - 1, inner.width);
}

/// What is told of the question, a line each.
fn told(view: &ThreadView, approval: &Approval, width: u16) -> Vec<(String, Role)> {
    let room = usize::from(width).saturating_sub(6).max(8);
    let wants = tr!(
        "The agent wants to {what}:",
        what = asks_words(approval.request_kind)
    );
    let asked = view.asked(approval);
    let detail = approval.detail.clone();
    let detail = detail
        .or_else(|| asked.map(|it| it.summary.clone()))
        .unwrap_or_default()
        .replace('\t', "    ");
    let detail = detail.trim_end();
    let mut lines = Vec::new();
    let short = !detail.contains('\n') && format::width(&wants) + 3 + format::width(detail) <= room;
    if short {
        lines.push((format!("{wants}   {detail}"), Role::Strong));
    } else {
        lines.push((wants, Role::Strong));
        let wrapped = format::wrap(detail, room.saturating_sub(2));
        lines.extend(
            wrapped
                .into_iter()
                .map(|it| (format!("  {it}"), Role::Strong)),
        );
    }
    if let Some(asked) = asked {
        let tool = &asked.payload["tool"];
        let words = tool_words(tool, "");
        if !words.is_empty() && !detail.contains(&words) {
            lines.push((tr!("tool   {words}", words), Role::Text));
        }
        let new = |path: &&str| !detail.contains(path) && !words.contains(path);
        let paths: Vec<&str> = paths(tool).into_iter().filter(new).collect();
        if !paths.is_empty() {
            lines.push((tr!("paths  {paths}", paths = paths.join(" ")), Role::Text));
        }
        for file in asked.payload["diff"]
            .as_array()
            .into_iter()
            .flatten()
            .take(4)
        {
            let text = |name: &str| file[name].as_str().unwrap_or_default();
            let mut diff = Diff::default();
            diff.compare(text("path"), text("old"), text("new"), None);
            if let Some(it) = diff.files.first() {
                let words = tr!(
                    "change {path} +{additions} -{deletions}",
                    path = it.path,
                    additions = it.additions,
                    deletions = it.deletions
                );
                lines.push((words, Role::Text));
            }
        }
    }
    if let Some(thread) = &view.thread.value {
        let words = tr!(
            "Asked because mode is {runtime_mode}.",
            runtime_mode = thread.runtime_mode
        );
        lines.push((words, Role::Dim));
    }
    lines
        .into_iter()
        .flat_map(|(line, role)| {
            format::wrap(&line, room)
                .into_iter()
                .map(move |it| (it, role))
        })
        .collect()
}

/// The last row: the keys where they count, else what became of the question or why they do not.
fn last(canvas: &Canvas<'_>, view: &ThreadView, approval: &Approval) -> Cells<'static> {
    let (model, look) = (canvas.model, canvas.look);
    let mut cells = Cells::new();
    cells.put("  ", look.style(Role::Text));
    let name = question_name(&view.thread_id, &approval.request_id);
    let number = model.work.names.known(&name);
    if let Some(pending) = number.and_then(|it| model.work.pending_for(RowKey::Approval(it))) {
        cells.span(look.mark(glyph::SAVING));
        cells.put(format!(" {}", pending.words), look.style(Role::Info));
        return cells;
    }
    let own = number.and_then(|it| model.work.answers.get(&it).copied());
    if own.is_some() || approval.status != ApprovalStatus::Pending {
        answered(canvas, &mut cells, approval, own);
        return cells;
    }
    if approval.request_kind == RequestKind::UserInput {
        if view.guarded {
            return cells;
        }
        if let Err(reason) = enabled(model, CommandId::Instruct) {
            cells.put(reason, look.style(Role::Warn));
            return cells;
        }
        let key = model.keymap.keys_of(CommandId::Instruct);
        cells.put(key, look.style(Role::Accent));
        cells.put(tr!(" write the answer"), look.style(Role::Text));
        return cells;
    }
    if view.guarded {
        // Drawn when they count (type-ahead guard).
        return cells;
    }
    if view.focus != ListId::Approval {
        let key = model.keymap.keys_of(CommandId::PaneNext);
        cells.put(
            tr!("{key} comes here to answer.", key),
            look.style(Role::Dim),
        );
        return cells;
    }
    if let Err(reason) = enabled(model, CommandId::ApproveOnce) {
        cells.put(reason, look.style(Role::Warn));
        return cells;
    }
    let wide = canvas.room > Room::Compact;
    let keys = [
        (CommandId::ApproveOnce, tr!("allow once"), tr!("once")),
        (
            CommandId::ApproveSession,
            tr!("allow this kind for the session"),
            tr!("session"),
        ),
        (CommandId::Decline, tr!("decline"), tr!("decline")),
    ];
    let gap = if wide { 6 } else { 2 };
    for (n, (command, long, short)) in keys.into_iter().enumerate() {
        if n > 0 {
            cells.put(" ".repeat(gap), look.style(Role::Text));
        }
        cells.put(model.keymap.keys_of(command), look.style(Role::Accent));
        let words = if wide { long } else { short };
        cells.put(format!(" {words}"), look.style(Role::Text));
    }
    cells
}

fn answered(
    canvas: &Canvas<'_>,
    cells: &mut Cells<'static>,
    approval: &Approval,
    own: Option<ApprovalDecision>,
) {
    let look = canvas.look;
    let decision = own.or(approval.decision);
    let declined = matches!(
        decision,
        Some(ApprovalDecision::Decline | ApprovalDecision::Cancel)
    );
    let mark = match approval.status {
        ApprovalStatus::Stale if own.is_none() => glyph::NOTE,
        _ if declined => glyph::FAILED,
        _ => glyph::DONE,
    };
    let words = match (decision, approval.status) {
        (None, ApprovalStatus::Stale) => {
            tr!("Nobody waits for the answer any more: the agent that asked has ended.").to_owned()
        }
        (None, _) => tr!("answered").to_owned(),
        (Some(decision), _) => {
            let by = if own.is_some() { tr!(" by you") } else { "" };
            format!("{}{by}", decision_words(decision))
        }
    };
    cells.span(look.mark(mark));
    cells.put(format!(" {words}"), look.mark_style(mark));
    if approval.status == ApprovalStatus::Responding {
        cells.put(tr!(" · the agent is being told"), look.style(Role::Dim));
    }
}
