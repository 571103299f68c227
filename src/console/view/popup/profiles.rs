//! `gp`: the servers that this user works with; and the question before a token is forgotten.

use ratatui::layout::Rect;

use super::parts::{line, open, row_state, window};
use crate::console::model::{ListId, ProfilePicker, ProfileRow, SignOut};
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::draw_row;

const WIDTH: u16 = 72;

/// Draws the list.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, picker: &ProfilePicker) {
    let rows = picker.rows.value.as_deref().unwrap_or_default();
    let height = (rows.len().max(1) as u16 + 4).clamp(6, 18);
    let inner = open(
        canvas,
        area,
        (WIDTH, height),
        tr!("Profiles").to_owned(),
        tr!("Enter switch · + new · i edit"),
    );
    if inner.is_empty() {
        return;
    }
    let (upper, lower) = place::rows(inner, inner.height.saturating_sub(2));
    canvas.place_list(ListId::Popup, upper);
    if rows.is_empty() {
        let words = picker
            .rows
            .failure()
            .unwrap_or(tr!("Reading the profiles."));
        canvas.say(upper, words, Role::Dim);
    }
    for (n, index) in window(canvas, rows.len(), usize::from(upper.height)).enumerate() {
        let state = row_state(canvas, index);
        let mut cells = Cells::new();
        cells.span(state.lead(canvas.look));
        fill(canvas, &mut cells, &rows[index], usize::from(upper.width));
        let place = Rect {
            y: upper.y + n as u16,
            height: 1,
            ..upper
        };
        draw_row(canvas.look, canvas.buffer, place, &cells, state);
    }
    let profile = &canvas.model.session.profile;
    let stays = (picker.stays.as_ref()).map_or_else(String::new, |what| {
        tr!(" {what} with {profile}.", what, profile)
    });
    let words = match picker.rows.failure() {
        Some(text) if !rows.is_empty() => text.to_owned(),
        _ => tr!("Switching keeps this view.{stays}", stays),
    };
    canvas.say_line(lower, 1, &words, Role::Dim);
}

/// Name, server, role, and what is to be known before one goes there.
fn fill(canvas: &Canvas<'_>, cells: &mut Cells<'static>, row: &ProfileRow, width: usize) {
    let (look, model) = (canvas.look, canvas.model);
    let text = look.style(Role::Text);
    let wide = width >= 60;
    cells.put(" ", text);
    let (server, role) = if wide { (20, 42) } else { (16, 16) };
    cells.put_until(server - 1, &row.name, look.style(Role::Strong));
    cells.pad_to(server);
    if wide {
        cells.put_until(role - 1, &row.label, text);
        cells.pad_to(role);
    }
    // On a small screen what is to be known goes before what one may do.
    if wide {
        let may = model.role_at(&row.name);
        let may = may.map_or_else(|| "–".to_owned(), |role| role.to_string());
        cells.put(may, look.style(Role::Dim));
        cells.pad_to(role + 9);
    }
    cells.put(" ", text);
    if row.name == model.session.profile {
        cells.put(tr!("in use "), look.style(Role::Good));
    } else if !row.signed_in {
        cells.put(tr!("sign in "), look.style(Role::Info));
    }
    if row.production {
        cells.put(tr!("PRODUCTION"), look.style(Role::Danger));
    }
}

/// Draws the question before a token is forgotten.
pub fn draw_sign_out(canvas: &mut Canvas<'_>, area: Rect, asked: &SignOut) {
    let session = &canvas.model.session;
    let title = tr!("Sign out · {profile}", profile = session.profile);
    let server = session.server.clone();
    let inner = open(
        canvas,
        area,
        (60, 8),
        title,
        tr!("Enter signs out · Esc stays"),
    );
    if inner.is_empty() {
        return;
    }
    let words = tr!(
        "The token that is kept for {server} is forgotten here. It goes on to work elsewhere until it is revoked.",
        server
    );
    let row = canvas.say(inner, &words, Role::Text) + 1;
    if asked.trying {
        canvas.say_line(inner, row, tr!("Forgetting it."), Role::Info);
    } else if let Some(problem) = &asked.problem {
        let (_, rest) = place::rows(inner, row);
        canvas.say(rest, problem, Role::Bad);
    } else {
        let mut cells = Cells::new();
        cells.put(
            tr!(" What is under way is asked for again once you sign in."),
            canvas.look.style(Role::Dim),
        );
        line(canvas, inner, row, &cells);
    }
}
