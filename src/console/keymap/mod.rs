//! Keys as data: which key, in which context, under which condition, is which command. A context is looked up before those
//! above it. A keymap is layers: the built-in one, a preset over it, the user's file over both.

mod check;
mod context;
mod facts;
mod key;
mod load;
mod preset;
#[cfg(test)]
mod tests;
mod when;
mod written;

pub use check::{Clash, Finding, Weight, clashes, findings};
pub use context::Context;
pub use facts::{Atom, Facts};
pub use key::{Key, KeyCode, KeyError};
pub use load::{Chord, Entry, Fault, Layer, parse};
pub use preset::{NoPreset, Preset};
pub use when::{Condition, ConditionError};
pub use written::{file, table};

use crate::console::command::CommandId;

/// A chord and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundKey {
    /// Where.
    pub context: Context,
    /// One key, or a group's key and one more.
    pub keys: Vec<Key>,
    /// What.
    pub command: CommandId,
    /// Only while this holds.
    pub when: Option<Condition>,
    /// The line of the user's file that says so; `None`: it comes with the console.
    pub line: Option<usize>,
}

/// Which key does what.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    /// Every binding, in the order of the layers; the first key of a command is the one that is shown.
    pub bound: Vec<BoundKey>,
    preset: Preset,
    user: Layer,
    here: Here,
}

/// Where the operator is, as far as it decides what a key means.
#[derive(Clone, Debug, Default)]
struct Here {
    stack: Vec<Context>,
    facts: Facts,
}

/// What keys typed so far lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A command.
    Command(CommandId),
    /// The beginning of several: wait for the next key.
    Group,
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// The keymap that comes with the console.
    pub fn standard() -> Self {
        Self::build(Preset::Default, Layer::default())
    }

    /// A preset, and over it what the user's file says.
    pub fn build(preset: Preset, user: Layer) -> Self {
        let mut keymap = Self {
            preset,
            ..Self::default()
        };
        for text in preset.layers() {
            let (layer, faults) = parse(text);
            debug_assert_eq!(faults, [], "the keymaps that are built in are tested");
            keymap.put(&layer, false);
        }
        keymap.put(&user, true);
        keymap.user = user;
        keymap
    }

    /// The same file over another preset.
    pub fn with_preset(&self, preset: Preset) -> Self {
        Self {
            here: self.here.clone(),
            ..Self::build(preset, self.user.clone())
        }
    }

    /// The preset in use.
    pub const fn preset(&self) -> Preset {
        self.preset
    }

    /// Whether the user's file says anything.
    pub fn is_changed(&self) -> bool {
        !self.user.entries.is_empty()
    }

    /// An entry takes the place of what the command had in that context; a key of the user's leaves what it was.
    fn put(&mut self, layer: &Layer, of_user: bool) {
        for entry in &layer.entries {
            let of_it = |b: &BoundKey| b.context == entry.context && b.command == entry.command;
            let at = self.bound.iter().position(of_it);
            let had: Vec<BoundKey> = self.bound.extract_if(.., |b| of_it(b)).collect();
            let mut now = Vec::new();
            for chord in &entry.chords {
                match chord {
                    Chord::Kept => now.extend(had.iter().cloned()),
                    Chord::Keys { keys, when } => now.push(BoundKey {
                        context: entry.context,
                        keys: keys.clone(),
                        command: entry.command,
                        when: when.clone(),
                        line: of_user.then_some(entry.line),
                    }),
                }
            }
            if of_user {
                self.bound.retain(|b| {
                    b.line.is_some()
                        || now.iter().all(|mine| {
                            mine.line.is_none()
                                || mine.when.is_some()
                                || mine.context != b.context
                                || mine.keys != b.keys
                        })
                });
            }
            let at = at.unwrap_or(usize::MAX).min(self.bound.len());
            self.bound.splice(at..at, now);
        }
    }

    /// Takes in where the operator is now.
    pub fn stand(&mut self, stack: Vec<Context>, facts: Facts) {
        self.here = Here { stack, facts };
    }

    fn counts(&self, bound: &BoundKey) -> bool {
        let holds = |when: &Condition| when.holds(self.here.facts);
        bound.when.as_ref().is_none_or(holds)
    }

    /// What these keys lead to in these contexts, nearest first. In one context a binding with a condition goes first.
    pub fn find(&self, stack: &[Context], keys: &[Key]) -> Found {
        let mut group = false;
        for context in stack {
            let mut found: Option<&BoundKey> = None;
            for bound in self.bound.iter().filter(|b| b.context == *context) {
                if !bound.keys.starts_with(keys) || !self.counts(bound) {
                    continue;
                }
                if bound.keys.len() > keys.len() {
                    group = true;
                } else if found.is_none_or(|it| it.when.is_none() && bound.when.is_some()) {
                    found = Some(bound);
                }
            }
            if let Some(bound) = found {
                return Found::Command(bound.command);
            }
        }
        if group { Found::Group } else { Found::Nothing }
    }

    /// What may follow these keys: for which-key. Nearer contexts hide those above.
    pub fn continuations(&self, stack: &[Context], keys: &[Key]) -> Vec<(Key, CommandId)> {
        let mut found: Vec<(Key, CommandId)> = Vec::new();
        for context in stack {
            let (with, without): (Vec<_>, Vec<_>) = self
                .bound
                .iter()
                .filter(|b| b.context == *context && self.counts(b))
                .partition(|b| b.when.is_some());
            for bound in with.into_iter().chain(without) {
                if bound.keys.len() > keys.len() && bound.keys.starts_with(keys) {
                    let next = bound.keys[keys.len()];
                    if found.iter().all(|(key, _)| *key != next) {
                        found.push((next, bound.command));
                    }
                }
            }
        }
        found.sort_unstable_by_key(|(key, _)| *key);
        found
    }

    /// How a command's key is written: `!u`, `Ctrl-d`; empty when it has none. The first of its keys that counts where the
    /// operator is; a command of another place is named by the key that it has there.
    pub fn keys_of(&self, command: CommandId) -> String {
        let stack = &self.here.stack;
        let of_it = |b: &&BoundKey| b.command == command && self.counts(b);
        let here = stack.iter().find_map(|context| {
            self.bound
                .iter()
                .filter(of_it)
                .filter(|b| b.context == *context)
                .find(|b| self.find(stack, &b.keys) == Found::Command(command))
        });
        let elsewhere = || {
            // Not a key that is something else here.
            let away = |b: &&BoundKey| {
                !stack.contains(&b.context)
                    && !matches!(self.find(stack, &b.keys), Found::Command(it) if it != command)
            };
            self.bound.iter().filter(of_it).find(away)
        };
        here.or_else(elsewhere)
            .map(|bound| written(&bound.keys))
            .unwrap_or_default()
    }

    /// All keys of a command, wherever and whenever they count.
    pub fn all_keys_of(&self, command: CommandId) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for bound in self.bound.iter().filter(|b| b.command == command) {
            let text = written(&bound.keys);
            if !keys.contains(&text) {
                keys.push(text);
            }
        }
        keys
    }
}

/// A chord as the screen writes it.
pub fn written(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect()
}
