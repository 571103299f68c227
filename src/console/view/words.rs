//! The words of commands, from the one registry, as the screen says them.

use std::borrow::Cow;

use super::format;
use crate::api::DryRun;
use crate::console::command::{CommandId, enabled};
use crate::console::model::{CommandRow, Model};

/// A few words: what the palette and buttons call it.
pub fn title(id: CommandId) -> &'static str {
    id.entry().title()
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
    id.entry().help()
}

/// One or two words: what the last row and which-key call it.
pub fn short(id: CommandId) -> &'static str {
    id.entry().short()
}

/// Until when what is asked about can be taken back, or why not; `None`: nobody said. The server says `until the first
/// run starts`; by which key is known here.
pub fn undo_words(model: &Model, effect: &DryRun) -> Option<String> {
    let note = effect.undo_note.as_str();
    if note.is_empty() {
        return None;
    }
    let key = model.keymap.keys_of(CommandId::Undo);
    let limit = note.starts_with("until ") || note.starts_with("while ");
    if limit && effect.undo.is_some() && !key.is_empty() {
        return Some(tr!(
            "{key} undoes it {sentence}",
            key,
            sentence = format::sentence(note)
        ));
    }
    Some(format::sentence(note))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Undo;
    use crate::console::view::fixture;

    #[test]
    fn what_undo_takes_back_and_until_when_is_a_sentence() {
        let model = fixture::model();
        let says = |note: &str, undo: bool| {
            let mut effect = fixture::pages::dry_run(Vec::new());
            note.clone_into(&mut effect.undo_note);
            effect.undo = undo.then(|| Undo {
                label: "edit of frontend".to_owned(),
                calls: Vec::new(),
            });
            undo_words(&model, &effect)
        };
        let said = |words: &str| Some(words.to_owned());
        assert_eq!(
            says("until it changes again", true),
            said("u undoes it until it changes again.")
        );
        assert_eq!(
            says("while it waits", true),
            said("u undoes it while it waits.")
        );
        let why = "The cursor cannot be brought back.";
        assert_eq!(says(why, false), said(why));
        assert_eq!(says("u puts it back.", true), said("u puts it back."));
        assert_eq!(says("", true), None);
    }
}
