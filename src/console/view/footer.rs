//! The last row's words: keys that work now, in the order of use, and what undo would take back.

mod popups;

use super::canvas::Room;
use super::format;
use super::theme::Role;
use super::words;
use crate::console::command::CommandId;
use crate::console::command::conversing::asks_for_words;
use crate::console::command::undo_event;
use crate::console::model::{ListId, Model, Page};

/// A key and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The key, as the present keymap has it.
    pub key: String,
    /// A word or two.
    pub word: String,
    /// It would run now; the key of one that would not says why, so it is shown too.
    pub works: bool,
}

impl Hint {
    fn new(key: impl Into<String>, word: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            word: word.into(),
            works: true,
        }
    }

    /// A command under the present keymap and in the registry's word, or in the page's own; `None`: it has no key.
    fn of(model: &Model, command: CommandId, own: Option<&str>) -> Option<Self> {
        let key = model.keymap.keys_of(command);
        (!key.is_empty()).then(|| Self {
            key,
            word: own.unwrap_or(words::short(command)).to_owned(),
            works: words::refused(model, command).is_none(),
        })
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        let blank = usize::from(!self.key.is_empty() && !self.word.is_empty());
        format::width(&self.key) + blank + format::width(&self.word)
    }
}

/// What stands at the right end: what `u` would take back.
pub fn undo(model: &Model, room: Room) -> (String, Role) {
    if model.ui.is_typing() {
        return (String::new(), Role::Dim);
    }
    if model.past.is_some() {
        let words = match room {
            Room::Wide => "every command that writes is refused here",
            Room::Stacked => "read-only",
            Room::Compact => "",
        };
        return (words.to_owned(), Role::Dim);
    }
    if matches!(model.ui.page(), Page::Why(_)) && room == Room::Wide && model.ui.popups.is_empty() {
        // This page has the same answer on the command line: support staff pass it on.
        if let Some(source) = model.current_source() {
            return (
                format!("same words: jolli cursor diagnose {}", source.name),
                Role::Dim,
            );
        }
    }
    let key = model.keymap.keys_of(CommandId::Undo);
    if let Some(event) = undo_event(model) {
        let text = match room {
            Room::Compact => format!("{key} undo"),
            _ => format!("{key} undo: @{}", event.sequence),
        };
        return (text, Role::Text);
    }
    match model.work.undo.last() {
        Some(_) if room == Room::Compact => (format!("{key} undo"), Role::Text),
        Some(entry) if entry.calls.is_empty() => {
            let label = format::cut(&entry.label, 28);
            (format!("cannot be undone: {label}"), Role::Dim)
        }
        Some(entry) => {
            let label = format::cut(&entry.label, 28);
            (format!("{key} undo: {label}"), Role::Text)
        }
        None if room == Room::Compact => (String::new(), Role::Dim),
        None => ("nothing to undo".to_owned(), Role::Dim),
    }
}

/// The keys that work now.
pub fn hints(model: &Model, room: Room) -> Vec<Hint> {
    if let Some(jump) = model
        .ui
        .jump
        .as_ref()
        .filter(|it| it.list == model.ui.focus())
    {
        let typed = jump.first.map_or_else(String::new, |it| format!(" {it}…"));
        return vec![
            Hint::new("", format!("letters of a row:{typed}")),
            Hint::new("Esc", "leave"),
        ];
    }
    if let Some(what) = model.ui.typing_what() {
        return popups::typing(model, what);
    }
    if let Some(popup) = model.ui.popup() {
        return popups::of_popup(model, popup);
    }
    let of = |command: CommandId| Hint::of(model, command, None);
    let own = |command: CommandId, word: &str| Hint::of(model, command, Some(word));
    let hints = match model.ui.page() {
        Page::Main if model.past.is_some() => past(model, room),
        Page::Main => return main(model, room),
        Page::Source(_) => vec![
            of(CommandId::SourceEdit),
            of(CommandId::SourceToggle),
            of(CommandId::Bind),
            of(CommandId::WhyStuck),
            of(CommandId::CatchUp),
            of(CommandId::GoRuns),
            own(CommandId::GoEventsOfRow, "events"),
            Some(Hint::new("!…", "danger")),
        ],
        Page::Why(_) if room == Room::Wide => vec![
            pair(model, CommandId::Next, CommandId::Previous, "finding"),
            Some(Hint::new("1-9", "remedy")),
            of(CommandId::Open),
            own(CommandId::CopyLink, "link to this page"),
            of(CommandId::Back),
        ],
        Page::Why(_) | Page::Conflicts(_) => vec![
            pair(model, CommandId::Next, CommandId::Previous, "finding"),
            Some(Hint::new("1-9", "remedy")),
            of(CommandId::Open),
            of(CommandId::Back),
        ],
        Page::Run(view) if room == Room::Wide && has_thread(model) => vec![
            pair(model, CommandId::Next, CommandId::Previous, "step"),
            own(CommandId::Open, "thread"),
            (!view.waits.is_empty())
                .then(|| own(CommandId::GoApprovals, "approval"))
                .flatten(),
            of(CommandId::LogFollow),
            of(CommandId::LogLevel),
            own(CommandId::Filter, "search"),
            of(CommandId::Wrap),
            own(CommandId::RunCancel, "cancel run"),
            of(CommandId::Back),
        ],
        Page::Run(view) if has_thread(model) => vec![
            own(CommandId::Open, "thread"),
            (!view.waits.is_empty())
                .then(|| own(CommandId::GoApprovals, "approval"))
                .flatten(),
            of(CommandId::LogFollow),
            of(CommandId::RunCancel),
            of(CommandId::Back),
        ],
        Page::Thread(view) if view.revert.is_some() => return revert(model, view.focus, room),
        Page::Thread(view) => return thread(model, view.focus, view.guarded, room),
        Page::Xray(_) => vec![
            own(CommandId::Open, "unfold, open"),
            pair(
                model,
                CommandId::ColumnRight,
                CommandId::ColumnLeft,
                "unfold, fold",
            ),
            pair(model, CommandId::Next, CommandId::Previous, "trouble"),
            of(CommandId::WhyStuck),
            own(CommandId::GoSource, "source"),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Pulse(view) if view.focus == ListId::Timeline => vec![
            own(CommandId::Open, "run"),
            pair(
                model,
                CommandId::ColumnLeft,
                CommandId::ColumnRight,
                "run of the line",
            ),
            pair(
                model,
                CommandId::Next,
                CommandId::Previous,
                "longer, shorter",
            ),
            own(CommandId::PaneNext, "numbers"),
            of(CommandId::Back),
        ],
        Page::Pulse(_) => vec![
            own(CommandId::Open, "the list behind it"),
            pair(
                model,
                CommandId::Next,
                CommandId::Previous,
                "longer, shorter",
            ),
            own(CommandId::PaneNext, "timeline"),
            own(CommandId::CopyRow, "copy"),
            of(CommandId::Refresh),
            of(CommandId::Back),
        ],
        Page::Approvals(_) => vec![
            own(CommandId::Open, "thread"),
            own(CommandId::CopyRow, "copy"),
            of(CommandId::Refresh),
            of(CommandId::Back),
        ],
        Page::Run(_) if room == Room::Wide => vec![
            pair(model, CommandId::Next, CommandId::Previous, "step"),
            own(CommandId::RunRetry, "retry failed"),
            own(CommandId::RunAgain, "run again"),
            of(CommandId::LogFollow),
            of(CommandId::LogLevel),
            own(CommandId::Filter, "search"),
            of(CommandId::Wrap),
            own(CommandId::RunCancel, "cancel run"),
            of(CommandId::Back),
        ],
        Page::Run(_) => vec![
            pair(model, CommandId::Next, CommandId::Previous, "step"),
            of(CommandId::RunRetry),
            of(CommandId::LogFollow),
            of(CommandId::RunCancel),
            of(CommandId::Back),
        ],
        Page::Deliveries(_) => vec![
            own(CommandId::Open, "headers and body"),
            of(CommandId::PreviewEvent),
            own(CommandId::Redeliver, "redeliver (new generation, audited)"),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Delivery(_) => vec![
            own(CommandId::Redeliver, "redeliver (new generation, audited)"),
            own(CommandId::CopyJson, "copy as JSON"),
            of(CommandId::Back),
        ],
        Page::Integrations => vec![
            of(CommandId::Open),
            of(CommandId::IntegrationNew),
            own(CommandId::IntegrationCheck, "check access"),
            of(CommandId::IntegrationEdit),
            of(CommandId::CredentialSet),
            own(CommandId::CopyUrl, "copy webhook URL"),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Integration(_) => vec![
            own(CommandId::IntegrationCheck, "check access"),
            of(CommandId::IntegrationEdit),
            of(CommandId::CredentialSet),
            of(CommandId::SecretRotate),
            own(CommandId::CopyUrl, "copy webhook URL"),
            of(CommandId::Back),
        ],
        Page::Tokens(_) => vec![
            of(CommandId::TokenNew),
            of(CommandId::TokenRevoke),
            own(CommandId::Open, "what it did"),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Events(_) => vec![
            own(CommandId::Open, "what it changed"),
            own(CommandId::Undo, "undo this one"),
            own(CommandId::CopyLink, "link"),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Messages => vec![own(CommandId::CopyRow, "copy"), of(CommandId::Back)],
        Page::Info(_) => vec![
            own(CommandId::CopyRow, "copy"),
            of(CommandId::Refresh),
            of(CommandId::Back),
        ],
        Page::OwnLog(_) => vec![
            own(CommandId::CopyRow, "copy"),
            of(CommandId::Filter),
            of(CommandId::Refresh),
            of(CommandId::Back),
        ],
    };
    hints.into_iter().flatten().collect()
}

/// The keys of time travel.
fn past(model: &Model, room: Room) -> Vec<Option<Hint>> {
    let own = |command: CommandId, word: &str| Hint::of(model, command, Some(word));
    let two = |one, other, word| pair(model, one, other, word);
    let (next, previous) = (CommandId::TimeNext, CommandId::TimePrevious);
    let marks = (CommandId::Next, CommandId::Previous);
    if room == Room::Compact {
        return vec![
            two(previous, next, ""),
            two(marks.0, marks.1, ""),
            own(CommandId::GoToSequence, ""),
            own(CommandId::CompareNow, ""),
            own(CommandId::Back, "now"),
        ];
    }
    let (ten, back) = (CommandId::TimeNextTen, CommandId::TimePreviousTen);
    let wide = room == Room::Wide;
    vec![
        two(previous, next, "event"),
        wide.then(|| two(back, ten, "ten")).flatten(),
        two(marks.0, marks.1, "this source"),
        own(CommandId::GoToSequence, "go to"),
        own(
            CommandId::CompareNow,
            if wide { "compare with now" } else { "compare" },
        ),
        own(CommandId::Back, "now"),
    ]
}

/// Whether an agent works, or worked, on a space of the run that goes on in front.
fn has_thread(model: &Model) -> bool {
    model.shown_job().is_some_and(|job| {
        !job.status.is_terminal() && job.spaces.iter().any(|it| it.thread_id.is_some())
    })
}

/// The keys of a thread's page: those of the part that has the focus.
fn thread(model: &Model, focus: ListId, guarded: bool, room: Room) -> Vec<Hint> {
    // Keys typed ahead do not count yet, so they are not offered either (type-ahead guard).
    if guarded {
        return Vec::new();
    }
    let of = |command: CommandId| Hint::of(model, command, None);
    let own = |command: CommandId, word: &str| Hint::of(model, command, Some(word));
    let columns = match model.ui.page() {
        Page::Thread(view) if view.beside => "one column",
        _ => "two columns",
    };
    let turns = focus == ListId::Thread;
    let (word, next) = match focus {
        ListId::Thread => ("turn", "diff"),
        ListId::Approval => ("change", "messages"),
        _ if model.ui.page().areas().len() > 2 => ("change", "approval"),
        _ => ("change", "messages"),
    };
    let mut hints = Vec::new();
    let for_words = matches!(model.ui.page(), Page::Thread(view) if asks_for_words(view));
    if for_words {
        hints.push(own(CommandId::Instruct, "answer"));
    } else if focus == ListId::Approval {
        hints.extend([
            of(CommandId::ApproveOnce),
            of(CommandId::ApproveSession),
            of(CommandId::Decline),
        ]);
    } else {
        hints.push(of(CommandId::Instruct));
    }
    hints.push(turns.then(|| own(CommandId::Open, "unfold")).flatten());
    hints.push(own(CommandId::PaneNext, next));
    hints.push(pair(model, CommandId::Next, CommandId::Previous, word));
    if room == Room::Wide || focus == ListId::Diff {
        hints.push(own(CommandId::DiffLayout, columns));
    }
    if focus != ListId::Approval {
        let whole = matches!(model.ui.page(), Page::Thread(view) if view.whole);
        let word = if whole { "turn's diff" } else { "whole diff" };
        hints.push(own(CommandId::DiffWhole, word));
    }
    hints.push(own(CommandId::Wrap, "wrap"));
    if focus != ListId::Approval && room == Room::Wide {
        hints.push(Some(Hint::new("!…", "end, go back")));
    }
    hints.push(of(CommandId::Back));
    hints.into_iter().flatten().collect()
}

/// The keys of the preview of a way back.
fn revert(model: &Model, focus: ListId, room: Room) -> Vec<Hint> {
    let own = |command: CommandId, word: &str| Hint::of(model, command, Some(word));
    let turns = focus == ListId::Thread;
    let (word, next) = if turns {
        ("later/earlier", "documents")
    } else {
        ("change", "what goes")
    };
    let mut hints = vec![
        own(CommandId::Open, "goes back"),
        pair(model, CommandId::Next, CommandId::Previous, word),
        own(CommandId::PaneNext, next),
    ];
    if room == Room::Wide {
        hints.push(own(CommandId::DiffLayout, "columns"));
        hints.push(own(CommandId::Wrap, "wrap"));
    }
    hints.push(own(CommandId::Back, "leaves it as it is"));
    hints.into_iter().flatten().collect()
}

fn pair(model: &Model, one: CommandId, other: CommandId, word: &str) -> Option<Hint> {
    let (one, other) = (model.keymap.keys_of(one), model.keymap.keys_of(other));
    (!one.is_empty() && !other.is_empty()).then(|| Hint::new(format!("{one}/{other}"), word))
}

fn main(model: &Model, room: Room) -> Vec<Hint> {
    let pane = model.ui.pane;
    let list: &[(CommandId, Option<&str>)] = match (pane, room) {
        (ListId::Bindings, _) => &[
            (CommandId::BindingToggle, None),
            (CommandId::BindingEdit, None),
            (CommandId::Bind, None),
            (CommandId::Unbind, None),
            (CommandId::WhyStuck, None),
        ],
        (ListId::Cursors, _) => &[
            (CommandId::WhyStuck, None),
            (CommandId::CatchUp, None),
            (CommandId::PaneUnpin, Some("pin")),
        ],
        (ListId::Runs, _) => &[
            (CommandId::Open, None),
            (CommandId::RunRetry, Some("retry failed")),
            (CommandId::RunAgain, Some("run again")),
            (CommandId::PaneUnpin, Some("pin")),
        ],
        (_, Room::Wide) => &[
            (CommandId::Link, None),
            (CommandId::SourceToggle, None),
            (CommandId::WhyStuck, None),
            (CommandId::Conflicts, None),
        ],
        _ => &[
            (CommandId::Link, None),
            (CommandId::WhyStuck, Some("why")),
            (CommandId::Conflicts, None),
        ],
    };
    let tail: &[(CommandId, Option<&str>)] = match room {
        Room::Wide => &[
            (CommandId::Filter, None),
            (CommandId::Mark, None),
            (CommandId::Palette, None),
            (CommandId::Help, None),
        ],
        _ => &[
            (CommandId::Filter, None),
            (CommandId::Palette, Some("")),
            (CommandId::Help, Some("more")),
        ],
    };
    let mut hints: Vec<Hint> = Vec::new();
    for (command, word) in list.iter().chain(tail) {
        let Some(mut hint) = Hint::of(model, *command, *word) else {
            continue;
        };
        if room == Room::Compact {
            hint.word.clear();
            hints.push(hint);
        } else if let Some(last) = hints.last_mut()
            && last.word.is_empty()
        {
            // `: ? more`: two keys for one thing.
            last.key = format!("{} {}", last.key, hint.key);
            last.word = hint.word;
        } else {
            hints.push(hint);
        }
    }
    hints
}
