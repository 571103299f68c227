//! Tokens: who may do what here, since when, until when, and which of them this console uses.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::parts::{draw_line, field, window};
use crate::api::{self, Token};
use crate::console::format;
use crate::console::model::{ListId, RowKey, TokensView};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Border;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{Column, Fit, RowState, Table};

const COLUMNS: [Column; 5] = [
    Column::new(text!("NAME"), 16, Fit::Share(1), 0),
    Column::new(text!("ROLE"), 10, Fit::Fixed, 0),
    Column::new(text!("MADE"), 8, Fit::Fixed, 3),
    Column::new(text!("USED"), 8, Fit::Fixed, 2),
    Column::new(text!("ENDS"), 18, Fit::Fixed, 1),
];

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &TokensView) {
    let look = canvas.look;
    let list = canvas.list(ListId::Tokens);
    let (upper, lower) = place::rows(area, area.height.saturating_sub(8).max(area.height / 2));
    let tokens = view.tokens.value.as_deref();
    let title = match tokens {
        Some(_) => tr!("Tokens {counted}", counted = around::counted(list)),
        None => tr!("Tokens").to_owned(),
    };
    let frame = canvas
        .pane(canvas.border(ListId::Tokens), title)
        .right(around::shown(
            list,
            usize::from(upper.height.saturating_sub(3)),
        ));
    let inner = canvas.frame(upper, frame);
    let (head, rows) = place::rows(inner, 1);
    // The last line says that what is shown may be old.
    let failure = view.tokens.failure();
    let kept = u16::from(failure.is_some() && tokens.is_some());
    let (rows, last) = place::rows(rows, rows.height.saturating_sub(kept));
    canvas.place_list(ListId::Tokens, rows);
    let role = canvas.model.session.role();
    let refused = role.filter(|role| !role.allows(api::Role::Admin));
    let Some(tokens) = tokens.filter(|_| refused.is_none()) else {
        let words = match (refused, failure) {
            (Some(role), _) => tr!("Tokens need admin; you are {role}.", role),
            (None, Some(text)) => failed_pane(text),
            (None, None) => tr!("Loading tokens.").to_owned(),
        };
        canvas.say(inner, &words, Role::Dim);
        let frame = canvas.pane(Border::Plain, tr!("Token"));
        canvas.frame(lower, frame);
        return;
    };
    if let Some(text) = failure {
        canvas.say_line(last, 0, &failed_pane(text), Role::Warn);
    }
    if list.is_empty() && list.is_filtered() {
        canvas.say(rows, tr!("None match."), Role::Dim);
    } else {
        let table = Table::layout(&COLUMNS, 2, inner.width);
        table
            .header(&COLUMNS, look)
            .draw(canvas.buffer, head.x, head.y, head.width);
        let height = usize::from(rows.height);
        let shown = window(canvas, ListId::Tokens, tokens.len(), height);
        for (line, (_, n)) in shown.into_iter().enumerate() {
            let token = &tokens[n];
            let state = canvas.row_state(ListId::Tokens, Some(RowKey::Token(token.id)));
            let mut cells = Cells::new();
            cells.span(state.lead(look));
            fill(canvas, &table, &mut cells, token);
            draw_line(canvas, rows, line, &cells, state);
        }
    }
    let chosen = match list.selected {
        Some(RowKey::Token(id)) => view.get(id),
        _ => None,
    };
    detail(canvas, lower, chosen);
}

fn is_in_use(canvas: &Canvas<'_>, token: &Token) -> bool {
    let me = canvas.model.session.me.as_ref();
    me.and_then(|me| me.token_id) == Some(token.id)
}

/// `in 30d`, `ended 2h ago`, `never`; and whether it counts no more, or soon.
fn ends(canvas: &Canvas<'_>, token: &Token) -> (String, Role) {
    const SOON: u64 = 7 * 86_400;
    let look = canvas.look;
    match token.expires_at {
        None => (tr!("never").to_owned(), Role::Dim),
        Some(at) if at <= look.now => (tr!("ended {age} ago", age = look.age(at)), Role::Bad),
        Some(at) => {
            let soon = at.since(look.now).as_secs() < SOON;
            let role = if soon { Role::Warn } else { Role::Text };
            (format::countdown(look.now, at), role)
        }
    }
}

fn fill(canvas: &Canvas<'_>, table: &Table, cells: &mut Cells<'static>, token: &Token) {
    let look = canvas.look;
    let dim = look.style(Role::Dim);
    let name = if is_in_use(canvas, token) {
        tr!("{name}  in use", name = token.name)
    } else {
        token.name.clone()
    };
    table.put(cells, 0, &name, look.style(Role::Strong));
    table.put(cells, 1, token.role.as_str(), look.style(Role::Text));
    table.put(cells, 2, &look.age(token.created_at), dim);
    let used = token
        .last_used_at
        .map_or_else(|| tr!("never").to_owned(), |at| look.age(at));
    table.put(cells, 3, &used, dim);
    let (ends, role) = ends(canvas, token);
    table.put(cells, 4, &ends, look.style(role));
}

/// What a role may do, in a few words.
fn may(role: api::Role) -> &'static str {
    match role {
        api::Role::Viewer => tr!("looks"),
        api::Role::Operator => tr!("runs the daily work: sources, bindings, runs, approvals"),
        api::Role::Admin => tr!("everything, tokens and integrations too"),
        api::Role::Runner => tr!("claims jobs and does what they need, nothing else"),
    }
}

fn detail(canvas: &mut Canvas<'_>, area: Rect, token: Option<&Token>) {
    let look = canvas.look;
    let title = token.map_or_else(
        || tr!("Token").to_owned(),
        |it| format!("{} {}", it.id, it.name),
    );
    let frame = canvas.pane(Border::Plain, title);
    let inner = canvas.frame(area, frame);
    let Some(token) = token else { return };
    let text = |words: String| -> Vec<Span<'static>> { vec![look.span(Role::Text, words)] };
    let (ends_in, role) = ends(canvas, token);
    let ends = match token.expires_at {
        Some(at) => format!("{}, {ends_in}", look.time(at)),
        None => ends_in,
    };
    let used = match token.last_used_at {
        Some(at) => tr!(
            "{time}, {age} ago",
            time = look.time(at),
            age = look.age(at)
        ),
        None => tr!("never").to_owned(),
    };
    let state = if is_in_use(canvas, token) {
        tr!("in use by this console: it cannot revoke itself")
    } else {
        tr!("not in use by this console")
    };
    let lines = [
        field(
            canvas,
            tr!("role"),
            text(format!("{}: {}", token.role, may(token.role))),
        ),
        field(
            canvas,
            tr!("made"),
            text(tr!(
                "{time}, {age} ago",
                time = look.time(token.created_at),
                age = look.age(token.created_at)
            )),
        ),
        field(canvas, tr!("used"), text(used)),
        field(canvas, tr!("ends"), vec![look.span(role, ends)]),
        field(canvas, tr!("here"), text(state.to_owned())),
    ];
    for (line, cells) in lines.iter().enumerate() {
        draw_line(canvas, inner, line, cells, RowState::default());
    }
}
