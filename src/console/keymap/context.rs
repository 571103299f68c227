//! Where a key counts: the contexts, and which of them lie within which.

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
    /// Tokens.
    Tokens,
    /// The list of profiles.
    Profiles,
    /// The event log.
    Events,
    /// The pulse.
    Pulse,
    /// Xray.
    Xray,
    /// The page of a thread, whatever part of it has the focus.
    Conversation,
    /// A thread's turns.
    Thread,
    /// What a turn changed.
    Diff,
    /// A question that waits.
    Approval,
    /// Another moment is looked at: before every other context.
    Past,
}

impl Context {
    /// Every context.
    pub const ALL: [Context; 21] = [
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
        Self::Tokens,
        Self::Profiles,
        Self::Events,
        Self::Pulse,
        Self::Xray,
        Self::Conversation,
        Self::Thread,
        Self::Diff,
        Self::Approval,
        Self::Past,
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
            Self::Tokens => "tokens",
            Self::Profiles => "profiles",
            Self::Events => "events",
            Self::Pulse => "pulse",
            Self::Xray => "xray",
            Self::Conversation => "conversation",
            Self::Thread => "thread",
            Self::Diff => "diff",
            Self::Approval => "approval",
            Self::Past => "past",
        }
    }

    /// The contexts that also count here, nearest first.
    pub const fn above(self) -> &'static [Context] {
        match self {
            // It lies over everything, and nothing else counts there.
            Self::Everywhere | Self::Profiles => &[],
            // `←` and `→` move time there, not columns.
            Self::List | Self::Past => &[Self::Everywhere],
            Self::Main
            | Self::Run
            | Self::Inspect
            | Self::Deliveries
            | Self::Integrations
            | Self::Tokens
            | Self::Events
            | Self::Pulse
            | Self::Xray
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
                // The table of results is a list like any other; its keys are those of sources, and the retry of runs.
                Popup::Link(wizard) if wizard.step != LinkStep::Result => Vec::new(),
                Popup::Link(_) | Popup::Bulk(_) => {
                    let table = [Self::Sources, Self::Cursors, Self::Runs];
                    [table.as_slice(), &[Self::List, Self::Everywhere]].concat()
                }
                Popup::Profiles(_) => vec![Self::Profiles],
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
            (Page::Integrations | Page::Integration(_), _) => &[Self::Integrations],
            (Page::Tokens(_), _) => &[Self::Tokens],
            (Page::Events(_), _) => &[Self::Events],
            (Page::Pulse(_), _) => &[Self::Pulse],
            (Page::Xray(_), _) => &[Self::Xray],
            // The layout of the diff can be changed from the turns as well.
            (Page::Thread(_), ListId::Thread) => &[Self::Thread, Self::Diff, Self::Conversation],
            // What is asked about is read while the approval has the focus.
            (Page::Thread(_), ListId::Approval) => {
                &[Self::Approval, Self::Diff, Self::Conversation]
            }
            (Page::Thread(_), _) => &[Self::Diff, Self::Conversation],
            (Page::Approvals(_) | Page::Messages | Page::Info(_) | Page::OwnLog(_), _) => &[],
        };
        let mut stack: Vec<Context> = model.past.iter().map(|_| Self::Past).collect();
        stack.extend(near);
        stack.extend([Self::List, Self::Everywhere]);
        stack
    }
}
