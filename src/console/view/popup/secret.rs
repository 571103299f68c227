//! A secret that is shown this once: the words that say so, and the key that takes it away.

use ratatui::layout::Rect;

use super::parts::open;
use crate::console::format;
use crate::console::model::SecretShown;
use crate::console::view::canvas::Canvas;
use crate::console::view::theme::Role;
use crate::console::view::widget::place;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, shown: &SecretShown) {
    let width = 78.min(area.width);
    let room = usize::from(width.saturating_sub(4));
    let said = said(shown);
    let lines: usize = said.iter().map(|it| format::wrap(&it.0, room).len()).sum();
    let keys = match (&shown.secret, &shown.address) {
        (None, _) => tr!("Esc closes").to_owned(),
        (Some(_), None) => tr!("y copies the {label} · Esc closes", label = shown.label),
        (Some(_), Some(_)) => tr!("y copies it · u copies the address · Esc closes").to_owned(),
    };
    let inner = open(
        canvas,
        area,
        (width, lines as u16 + 3),
        shown.title.clone(),
        &keys,
    );
    let mut row = 0;
    for (words, role) in &said {
        let (_, rest) = place::rows(inner, row.min(inner.height));
        row += if words.is_empty() {
            1
        } else {
            canvas.say(rest, words, *role)
        };
    }
}

/// What stands in it, line by line; the secret and whether it was taken first, so that a small screen has them.
fn said(shown: &SecretShown) -> Vec<(String, Role)> {
    let label = shown.label;
    let mut said = Vec::new();
    match &shown.secret {
        Some(secret) => {
            said.push((
                tr!("The {label} is shown this once, and never again:", label),
                Role::Text,
            ));
            said.push((format::visible(secret.expose()).into_owned(), Role::Strong));
        }
        None => said.push((
            tr!("The {label} was given out with an answer that was lost, and is never given twice. Make another one.", label),
            Role::Warn,
        )),
    }
    if let Some(address) = &shown.address {
        said.push((
            tr!("The address that webhooks go to:").to_owned(),
            Role::Text,
        ));
        said.push((address.clone(), Role::Strong));
    }
    if shown.copied {
        said.push((
            tr!("Copied. Look whether it arrived before you close this.").to_owned(),
            Role::Good,
        ));
    } else if shown.warned {
        said.push((
            tr!(
                "Not copied yet. Esc again closes, and the {label} is gone for good.",
                label
            ),
            Role::Warn,
        ));
    }
    said.push((String::new(), Role::Text));
    said.extend(shown.told.iter().map(|it| (it.clone(), Role::Dim)));
    said
}
