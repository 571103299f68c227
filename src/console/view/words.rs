//! The words of commands, from the one registry, as the screen says them.

use std::borrow::Cow;

use crate::api::DryRun;
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::{CommandRow, LinkItem, Model, Outcome};
use crate::console::possible::enabled;

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
    if let Some(key) = limited(model, effect) {
        return Some(tr!(
            "{key} undoes it {sentence}",
            key,
            sentence = format::sentence(note)
        ));
    }
    Some(format::sentence(note))
}

/// The same beside a label: `u, until the first run starts`.
pub fn undo_beside(model: &Model, effect: &DryRun) -> String {
    match limited(model, effect) {
        Some(key) => format!("{key}, {}", effect.undo_note),
        None => effect.undo_note.clone(),
    }
}

/// The key that takes it back, where the note says only until when.
fn limited(model: &Model, effect: &DryRun) -> Option<String> {
    let note = effect.undo_note.as_str();
    let limit = note.starts_with("until ") || note.starts_with("while ");
    let key = model.keymap.keys_of(CommandId::Undo);
    (limit && effect.undo.is_some() && !key.is_empty()).then_some(key)
}

/// How many sources of a link will be refused, and which; `None`: none that is known.
pub fn refused_links(model: &Model, items: &[LinkItem]) -> Option<String> {
    const NAMED: usize = 5;
    let refused: Vec<_> = (items.iter()).filter(|it| it.refusal().is_some()).collect();
    if refused.is_empty() {
        return None;
    }
    let named = refused.iter().take(NAMED);
    let names: Vec<String> = named
        .map(|it| model.replica.source_name(it.source))
        .collect();
    let names = names.join(", ");
    let names = match refused.len().saturating_sub(NAMED) {
        0 => names,
        more => tr_n!(
            more,
            "{names} and {count} more",
            "{names} and {count} more",
            names
        ),
    };
    let asked = items.iter();
    let all = asked.filter(|it| !matches!(it.result, Outcome::LeftOut(_)));
    Some(tr_n!(
        refused.len(),
        "{count} of {all} will be refused and is not sent: {names}.",
        "{count} of {all} will be refused and are not sent: {names}.",
        all = format::len(all.count()),
        names
    ))
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
