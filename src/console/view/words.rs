//! The words of commands, from the one registry, as the screen says them.

use std::borrow::Cow;

use super::format;
use crate::console::command::{CommandId, enabled};
use crate::console::model::{CommandRow, Model};

/// A few words: what the palette and buttons call it.
pub fn title(id: CommandId) -> &'static str {
    id.entry().title
}

/// The same with its argument: `Theme: light`.
pub fn row(row: &CommandRow) -> Cow<'static, str> {
    match &row.argument {
        Some(argument) => format!("{}: {argument}", title(row.id)).into(),
        None => title(row.id).into(),
    }
}

/// One sentence: what help says of it.
pub fn help(id: CommandId) -> &'static str {
    id.entry().help
}

/// One or two words: what the last row and which-key call it.
pub fn short(id: CommandId) -> &'static str {
    id.entry().short
}

/// Why it cannot run now, as a few words: the first sentence, begun small.
pub fn refused(model: &Model, id: CommandId) -> Option<String> {
    let reason = enabled(model, id).err()?;
    let sentence = reason.split(". ").next().unwrap_or_default();
    let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
    let mut letters = sentence.chars();
    let begun: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(letters)
        .collect();
    Some(format::cut(&begun, 36).into_owned())
}
