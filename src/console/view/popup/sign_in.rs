//! Sign-in, in place: what waited runs after it.

use ratatui::layout::Rect;

use super::parts::{field, line, open};
use crate::console::format;
use crate::console::model::SignIn;
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, sign_in: &SignIn) {
    let look = canvas.look;
    let width = 60.min(area.width);
    let room = usize::from(width.saturating_sub(4));
    let waiting = sign_in
        .waiting
        .as_ref()
        .map(|what| tr!("Waiting: {what}. It runs after sign-in, same key.", what));
    let told = format::wrap(&sign_in.reason, room).len()
        + waiting
            .as_ref()
            .map_or(0, |words| format::wrap(words, room).len());
    let problem = sign_in.problem.as_deref().filter(|_| !sign_in.trying);
    let more = problem.map_or(1, |words| format::wrap(words, room).len());
    let inner = open(
        canvas,
        area,
        (width, (told + more) as u16 + 5),
        tr!(
            "Sign in · {profile}",
            profile = canvas.model.session.profile
        ),
        tr!("Enter sign in · Esc keep looking, read-only"),
    );
    if inner.is_empty() {
        return;
    }
    let mut row = canvas.say(inner, &sign_in.reason, Role::Text);
    if let Some(words) = waiting {
        let rest = Rect {
            y: inner.y + row.min(inner.height),
            height: inner.height.saturating_sub(row),
            ..inner
        };
        row += canvas.say(rest, &words, Role::Text);
    }
    row += 1;
    let mut cells = Cells::new();
    cells.put(tr!(" token "), look.style(Role::Dim));
    field(canvas, &mut cells, &sign_in.token, true);
    cells.put_right(
        usize::from(inner.width).saturating_sub(6),
        tr!("hidden"),
        look.style(Role::Dim),
    );
    line(canvas, inner, row, &cells);
    if sign_in.trying {
        canvas.say_line(inner, row + 2, tr!("Asking the server."), Role::Info);
    } else if let Some(problem) = problem {
        let below = row + 2;
        let rest = Rect {
            y: inner.y + below.min(inner.height),
            height: inner.height.saturating_sub(below),
            ..inner
        };
        canvas.say(rest, problem, Role::Bad);
    }
}
