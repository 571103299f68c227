//! Keys as data: which key, in which context, is which command. A context is looked up before those above it.

mod check;
mod key;
mod load;

pub use check::{Clash, clashes};
pub use key::{Key, KeyCode, KeyError};
pub use load::{KeymapError, parse};

use crate::console::command::CommandId;
use crate::console::model::{LinkStep, ListId, Model, Page, Popup};

/// Where a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Everywhere but in a text field.
    Everywhere,
    /// A list has the focus.
    List,
    /// The main screen.
    Main,
    /// Pane 1 and a source's page.
    Sources,
    /// Pane 2.
    Bindings,
    /// Pane 3.
    Cursors,
    /// Pane 4.
    Runs,
    /// A run's page.
    Run,
    /// Why stuck and conflicts.
    Inspect,
    /// Deliveries.
    Deliveries,
    /// Integrations.
    Integrations,
    /// The event log.
    Events,
    /// The page of a thread, whatever part of it has the focus.
    Conversation,
    /// A thread's turns.
    Thread,
    /// What a turn changed.
    Diff,
    /// A question that waits.
    Approval,
}

impl Context {
    /// Every context.
    pub const ALL: [Context; 16] = [
        Self::Everywhere,
        Self::List,
        Self::Main,
        Self::Sources,
        Self::Bindings,
        Self::Cursors,
        Self::Runs,
        Self::Run,
        Self::Inspect,
        Self::Deliveries,
        Self::Integrations,
        Self::Events,
        Self::Conversation,
        Self::Thread,
        Self::Diff,
        Self::Approval,
    ];

    /// Its section in a keymap file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::List => "list",
            Self::Main => "main",
            Self::Sources => "sources",
            Self::Bindings => "bindings",
            Self::Cursors => "cursors",
            Self::Runs => "runs",
            Self::Run => "run",
            Self::Inspect => "inspect",
            Self::Deliveries => "deliveries",
            Self::Integrations => "integrations",
            Self::Events => "events",
            Self::Conversation => "conversation",
            Self::Thread => "thread",
            Self::Diff => "diff",
            Self::Approval => "approval",
        }
    }

    /// The contexts that also count here, nearest first.
    pub const fn above(self) -> &'static [Context] {
        match self {
            Self::Everywhere => &[],
            Self::List => &[Self::Everywhere],
            Self::Main
            | Self::Run
            | Self::Inspect
            | Self::Deliveries
            | Self::Integrations
            | Self::Events
            | Self::Conversation => &[Self::List, Self::Everywhere],
            Self::Thread | Self::Diff => &[Self::Conversation, Self::List, Self::Everywhere],
            // Beside the keys of the diff.
            Self::Approval => &[Self::Diff, Self::Conversation, Self::List, Self::Everywhere],
            Self::Sources | Self::Bindings | Self::Cursors | Self::Runs => {
                &[Self::Main, Self::List, Self::Everywhere]
            }
        }
    }

    /// The contexts that count now, nearest first.
    pub fn stack(model: &Model) -> Vec<Context> {
        if let Some(popup) = model.ui.popup() {
            return match popup {
                // The table of results is a list like any other; its keys are those of sources.
                Popup::Link(wizard) if wizard.step == LinkStep::Result => {
                    vec![Self::Sources, Self::Cursors, Self::List, Self::Everywhere]
                }
                _ => Vec::new(),
            };
        }
        let near: &[Context] = match (model.ui.page(), model.ui.focus()) {
            (Page::Main, ListId::Bindings) => &[Self::Bindings, Self::Main],
            (Page::Main, ListId::Cursors) => &[Self::Cursors, Self::Main],
            (Page::Main, ListId::Runs) => &[Self::Runs, Self::Main],
            (Page::Main, _) => &[Self::Sources, Self::Main],
            // The page of a source has its bindings on it: what concerns the source goes first.
            (Page::Source(_), _) => &[Self::Sources, Self::Bindings, Self::Cursors],
            (Page::Run(_), _) => &[Self::Run, Self::Runs],
            (Page::Why(_) | Page::Conflicts(_), _) => &[Self::Inspect],
            (Page::Deliveries(_) | Page::Delivery(_), _) => &[Self::Deliveries],
            (Page::Integrations, _) => &[Self::Integrations],
            (Page::Events(_), _) => &[Self::Events],
            // The layout of the diff can be changed from the turns as well.
            (Page::Thread(_), ListId::Thread) => &[Self::Thread, Self::Diff, Self::Conversation],
            // What is asked about is read while the approval has the focus.
            (Page::Thread(_), ListId::Approval) => {
                &[Self::Approval, Self::Diff, Self::Conversation]
            }
            (Page::Thread(_), _) => &[Self::Diff, Self::Conversation],
            (Page::Approvals(_) | Page::Messages, _) => &[],
        };
        let mut stack = near.to_vec();
        stack.extend([Self::List, Self::Everywhere]);
        stack
    }
}

/// A chord and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundKey {
    /// Where.
    pub context: Context,
    /// One key, or a group's key and one more.
    pub keys: Vec<Key>,
    /// What.
    pub command: CommandId,
}

/// Which key does what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// In the order of the file, later files after earlier ones.
    pub bound: Vec<BoundKey>,
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
        parse(include_str!("../../../assets/keymap/default.toml"))
            .expect("the keymap that is built in is tested")
    }

    /// What these keys lead to in these contexts, nearest first.
    pub fn find(&self, stack: &[Context], keys: &[Key]) -> Found {
        let mut group = false;
        for context in stack {
            for bound in self.bound.iter().filter(|b| b.context == *context) {
                if bound.keys == keys {
                    return Found::Command(bound.command);
                }
                group |= bound.keys.starts_with(keys);
            }
        }
        if group { Found::Group } else { Found::Nothing }
    }

    /// What may follow these keys: for which-key. Nearer contexts hide those above.
    pub fn continuations(&self, stack: &[Context], keys: &[Key]) -> Vec<(Key, CommandId)> {
        let mut found: Vec<(Key, CommandId)> = Vec::new();
        for context in stack {
            for bound in self.bound.iter().filter(|b| b.context == *context) {
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

    /// How a command's key is written: `!u`, `Ctrl-d`; empty when it has none. The first of its keys is its name.
    pub fn keys_of(&self, command: CommandId) -> String {
        self.bound
            .iter()
            .find(|bound| bound.command == command)
            .map(|bound| written(&bound.keys))
            .unwrap_or_default()
    }

    /// All keys of a command.
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
