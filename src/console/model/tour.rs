//! The tour: a few steps, each named by the keys of the present keymap, each over once its command ran.

use crate::console::command::CommandId;
use crate::console::keymap::Keymap;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TourStep {
    /// Any of these ends it; their keys are named.
    pub commands: &'static [CommandId],
    /// What they do.
    pub words: &'static str,
    /// What goes with it and ends nothing: a command, and the words behind its key.
    pub beside: Option<(CommandId, &'static str)>,
}

use CommandId as C;

use crate::console::language::tr;

const fn step(commands: &'static [C], words: &'static str) -> TourStep {
    TourStep {
        commands,
        words,
        beside: None,
    }
}

/// The steps, in order.
pub const STEPS: [TourStep; 8] = [
    step(&[C::MoveDown, C::MoveUp], text!("go through the rows")),
    step(&[C::Open], text!("opens what is selected")),
    step(&[C::Back], text!("steps out again, from everywhere")),
    step(&[C::Filter], text!("narrows a list: state:stuck")),
    step(&[C::WhyStuck], text!("says why a source does not move")),
    step(&[C::GoPulse], text!("shows what came, ran and failed")),
    step(&[C::GoXray], text!("shows what depends on what")),
    TourStep {
        // The palette ends nothing: `:tour` is typed into it.
        beside: Some((C::Palette, text!("every command"))),
        ..step(&[C::Help], text!("has every key of the place"))
    },
];

/// The key of a command; a keymap may have taken it away, and the palette still has the command.
fn key(keymap: &Keymap, command: C) -> String {
    match keymap.keys_of(command) {
        keys if keys.is_empty() => format!(":{}", command.as_str()),
        keys => keys,
    }
}

/// `Tour 4 of 8: / narrows a list: state:stuck. :tour ends it.`
pub fn says(step: usize, keymap: &Keymap) -> Option<String> {
    let it = STEPS.get(step)?;
    let keys: Vec<String> = it.commands.iter().map(|id| key(keymap, *id)).collect();
    let beside = it.beside.map_or_else(String::new, |(id, words)| {
        format!(", {} {}", key(keymap, id), tr(words))
    });
    Some(tr!(
        "Tour {number} of {steps}: {keys} {what}{more}. :tour ends it.",
        number = step + 1,
        steps = STEPS.len(),
        keys = keys.join(tr!(" and ")),
        what = tr(it.words),
        more = beside
    ))
}
