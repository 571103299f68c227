//! Finding commands by name, text or key.

use super::{argument, enabled};
use crate::console::command::{COMMANDS, Class, CommandId};
use crate::console::keymap::Context;
use crate::console::model::{CommandRow, Model};

/// Commands that match what is typed, best first; without a text those of the present context first. Movement is left
/// out until it is asked for: nobody opens the palette to go down a row.
pub fn search(model: &Model, text: &str) -> Vec<CommandRow> {
    if let Some((id, typed)) = argument::parse(text) {
        let row = |argument| CommandRow {
            id,
            argument: Some(argument),
            keys: String::new(),
            refused: enabled(model, id).err(),
        };
        let choices = argument::choices(model, id, &typed);
        return choices.into_iter().map(row).collect();
    }
    let text = text.trim().trim_start_matches(':').to_lowercase();
    let stack = Context::stack(model);
    let near = |id: CommandId| {
        stack
            .iter()
            .position(|context| {
                model
                    .keymap
                    .bound
                    .iter()
                    .any(|bound| bound.context == *context && bound.command == id)
            })
            .unwrap_or(stack.len())
    };
    let mut found: Vec<(u32, usize, usize, CommandId)> = COMMANDS
        .iter()
        .enumerate()
        .filter_map(|(place, command)| {
            let score = score(model, command.id, &text)?;
            let walks = text.is_empty() && command.id.is_walking();
            (!walks && !command.id.is_out_of_place(&stack))
                .then(|| (score, near(command.id), place, command.id))
        })
        .collect();
    found.sort_unstable();
    found
        .into_iter()
        .map(|(.., id)| CommandRow {
            id,
            argument: None,
            keys: model.keymap.keys_of(id),
            refused: enabled(model, id).err(),
        })
        .collect()
}

/// Smaller is better; `None`: no match.
fn score(model: &Model, id: CommandId, text: &str) -> Option<u32> {
    if text.is_empty() {
        return Some(0);
    }
    let command = id.entry();
    if model
        .keymap
        .all_keys_of(id)
        .iter()
        .any(|keys| keys.to_lowercase() == text)
        || command.id.as_str() == text
        || argument::word(id) == Some(text)
    {
        return Some(0);
    }
    let title = command.title().to_lowercase();
    if title.starts_with(text) || command.id.as_str().starts_with(text) {
        return Some(1);
    }
    if title
        .split([' ', '-', ',', ':'])
        .any(|word| word.starts_with(text))
    {
        return Some(2);
    }
    if title.contains(text) || command.id.as_str().contains(text) {
        return Some(3);
    }
    if command.help().to_lowercase().contains(text) {
        return Some(4);
    }
    if in_order(text, &title) {
        return Some(5);
    }
    in_order(text, command.id.as_str()).then_some(6)
}

/// Whether the letters of `text` stand in `within`, in that order.
fn in_order(text: &str, within: &str) -> bool {
    let mut letters = text.chars().filter(|c| !c.is_whitespace()).peekable();
    for c in within.chars() {
        letters.next_if_eq(&c);
    }
    letters.peek().is_none()
}

impl CommandId {
    /// Means nothing but on its own page.
    fn is_out_of_place(self, stack: &[Context]) -> bool {
        use CommandId as C;
        let pages: &[Context] = match self {
            C::Remedy1
            | C::Remedy2
            | C::Remedy3
            | C::Remedy4
            | C::Remedy5
            | C::Remedy6
            | C::Remedy7
            | C::Remedy8
            | C::Remedy9 => &[Context::Inspect],
            C::LogFollow | C::LogLevel | C::MatchNext | C::MatchPrevious => &[Context::Run],
            C::Wrap => &[Context::Run, Context::Diff],
            C::DiffLayout | C::ApproveOnce | C::ApproveSession | C::Decline => &[Context::Diff],
            C::ProfileNew | C::ProfileEdit => &[Context::Profiles],
            C::DiffWhole | C::Instruct => &[Context::Conversation],
            C::Pane1
            | C::Pane2
            | C::Pane3
            | C::Pane4
            | C::PaneUnpin
            | C::PaneZoom
            | C::SplitLeft
            | C::SplitRight => &[Context::Main],
            _ => return false,
        };
        debug_assert_eq!(self.entry().class, Class::Safe);
        !pages.iter().any(|page| stack.contains(page))
    }
}
