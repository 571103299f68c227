//! One line of text being typed, and where its caret stands.

use super::line::Cells;
use crate::console::view::look::Look;
use crate::console::view::theme::Role;

/// Appends what stands before and behind the caret, and the caret itself where the field has the keys.
pub fn put(look: &Look, cells: &mut Cells<'_>, (before, after): (&str, &str), has_keys: bool) {
    let text = look.style(Role::Text);
    cells.begin_field();
    cells.spans(look.safe(before, text));
    if has_keys {
        cells.caret(look);
    }
    cells.spans(look.safe(after, text));
}
