//! Where a key counts: the contexts, and which of them lie within which.

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
}
