//! The last row's words: keys that work now, in the order of use, and what undo would take back.

mod popups;

use super::canvas::Room;
use super::theme::Role;
use super::words;
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::{ListId, Model, Page};
use crate::console::possible::conversing::asks_for_words;
use crate::console::possible::undo_event;

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
            Room::Wide => tr!("every command that writes is refused here"),
            Room::Stacked => tr!("read-only"),
            Room::Compact => "",
        };
        return (words.to_owned(), Role::Dim);
    }
    if matches!(model.ui.page(), Page::Why(_)) && room == Room::Wide && model.ui.popups.is_empty() {
        // This page has the same answer on the command line: support staff pass it on.
        if let Some(source) = model.current_source() {
            return (
                tr!(
                    "same words: jolli cursor diagnose {name}",
                    name = source.name
                ),
                Role::Dim,
            );
        }
    }
    let key = model.keymap.keys_of(CommandId::Undo);
    if let Some(event) = undo_event(model) {
        let text = match room {
            Room::Compact => tr!("{key} undo", key),
            _ => tr!("{key} undo: @{sequence}", key, sequence = event.sequence),
        };
        return (text, Role::Text);
    }
    match model.work.undo.last() {
        Some(_) if room == Room::Compact => (tr!("{key} undo", key), Role::Text),
        Some(entry) if entry.calls.is_empty() => {
            let label = format::cut(&entry.label, 28);
            (tr!("cannot be undone: {label}", label), Role::Dim)
        }
        Some(entry) => {
            let label = format::cut(&entry.label, 28);
            (tr!("{key} undo: {label}", key, label), Role::Text)
        }
        None if room == Room::Compact => (String::new(), Role::Dim),
        None => (tr!("nothing to undo").to_owned(), Role::Dim),
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
            Hint::new("", tr!("letters of a row:{typed}", typed)),
            Hint::new("Esc", tr!("leave")),
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
            own(CommandId::GoEventsOfRow, tr!("events")),
            Some(Hint::new("!…", tr!("danger"))),
        ],
        Page::Why(_) if room == Room::Wide => vec![
            pair(model, CommandId::Next, CommandId::Previous, tr!("finding")),
            Some(Hint::new("1-9", tr!("remedy"))),
            of(CommandId::Open),
            own(CommandId::CopyLink, tr!("link to this page")),
            of(CommandId::Back),
        ],
        Page::Why(_) | Page::Conflicts(_) => vec![
            pair(model, CommandId::Next, CommandId::Previous, tr!("finding")),
            Some(Hint::new("1-9", tr!("remedy"))),
            of(CommandId::Open),
            of(CommandId::Back),
        ],
        Page::Run(view) if room == Room::Wide && has_thread(model) => vec![
            pair(model, CommandId::Next, CommandId::Previous, tr!("step")),
            own(CommandId::Open, tr!("thread")),
            (!view.waits.is_empty())
                .then(|| own(CommandId::GoApprovals, tr!("approval")))
                .flatten(),
            of(CommandId::LogFollow),
            of(CommandId::LogLevel),
            own(CommandId::Filter, tr!("search")),
            of(CommandId::Wrap),
            own(CommandId::RunCancel, tr!("cancel run")),
            of(CommandId::Back),
        ],
        Page::Run(view) if has_thread(model) => vec![
            own(CommandId::Open, tr!("thread")),
            (!view.waits.is_empty())
                .then(|| own(CommandId::GoApprovals, tr!("approval")))
                .flatten(),
            of(CommandId::LogFollow),
            of(CommandId::RunCancel),
            of(CommandId::Back),
        ],
        Page::Thread(view) if view.revert.is_some() => return revert(model, view.focus, room),
        Page::Thread(view) => return thread(model, view.focus, view.guarded, room),
        Page::Xray(_) => vec![
            own(CommandId::Open, tr!("unfold, open")),
            pair(
                model,
                CommandId::ColumnRight,
                CommandId::ColumnLeft,
                tr!("unfold, fold"),
            ),
            pair(model, CommandId::Next, CommandId::Previous, tr!("trouble")),
            of(CommandId::WhyStuck),
            own(CommandId::GoSource, tr!("source")),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Pulse(view) if view.focus == ListId::Timeline => vec![
            own(CommandId::Open, tr!("run")),
            pair(
                model,
                CommandId::ColumnLeft,
                CommandId::ColumnRight,
                tr!("run of the line"),
            ),
            pair(
                model,
                CommandId::Next,
                CommandId::Previous,
                tr!("longer, shorter"),
            ),
            own(CommandId::PaneNext, tr!("numbers")),
            of(CommandId::Back),
        ],
        Page::Pulse(_) => vec![
            own(CommandId::Open, tr!("the list behind it")),
            pair(
                model,
                CommandId::Next,
                CommandId::Previous,
                tr!("longer, shorter"),
            ),
            own(CommandId::PaneNext, tr!("timeline")),
            own(CommandId::CopyRow, tr!("copy")),
            of(CommandId::Refresh),
            of(CommandId::Back),
        ],
        Page::Approvals(_) => vec![
            own(CommandId::Open, tr!("thread")),
            own(CommandId::CopyRow, tr!("copy")),
            of(CommandId::Refresh),
            of(CommandId::Back),
        ],
        Page::Run(_) if room == Room::Wide => vec![
            pair(model, CommandId::Next, CommandId::Previous, tr!("step")),
            own(CommandId::RunRetry, tr!("retry failed")),
            own(CommandId::RunAgain, tr!("run again")),
            of(CommandId::LogFollow),
            of(CommandId::LogLevel),
            own(CommandId::Filter, tr!("search")),
            of(CommandId::Wrap),
            own(CommandId::RunCancel, tr!("cancel run")),
            of(CommandId::Back),
        ],
        Page::Run(_) => vec![
            pair(model, CommandId::Next, CommandId::Previous, tr!("step")),
            of(CommandId::RunRetry),
            of(CommandId::LogFollow),
            of(CommandId::RunCancel),
            of(CommandId::Back),
        ],
        Page::Deliveries(_) => vec![
            own(CommandId::Open, tr!("headers and body")),
            of(CommandId::PreviewEvent),
            own(
                CommandId::Redeliver,
                tr!("redeliver (new generation, audited)"),
            ),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Delivery(_) => vec![
            own(
                CommandId::Redeliver,
                tr!("redeliver (new generation, audited)"),
            ),
            own(CommandId::CopyJson, tr!("copy as JSON")),
            of(CommandId::Back),
        ],
        Page::Integrations => vec![
            of(CommandId::Open),
            of(CommandId::IntegrationNew),
            own(CommandId::IntegrationCheck, tr!("check access")),
            of(CommandId::IntegrationEdit),
            of(CommandId::CredentialSet),
            own(CommandId::CopyUrl, tr!("copy webhook URL")),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Integration(_) => vec![
            own(CommandId::IntegrationCheck, tr!("check access")),
            of(CommandId::IntegrationEdit),
            of(CommandId::CredentialSet),
            of(CommandId::SecretRotate),
            own(CommandId::CopyUrl, tr!("copy webhook URL")),
            of(CommandId::Back),
        ],
        Page::Tokens(_) => vec![
            of(CommandId::TokenNew),
            of(CommandId::TokenRevoke),
            own(CommandId::Open, tr!("what it did")),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Events(_) => vec![
            own(CommandId::Open, tr!("what it changed")),
            own(CommandId::Undo, tr!("undo this one")),
            own(CommandId::CopyLink, tr!("link")),
            of(CommandId::Filter),
            of(CommandId::Back),
        ],
        Page::Messages => vec![own(CommandId::CopyRow, tr!("copy")), of(CommandId::Back)],
        Page::Info(_) => vec![
            own(CommandId::CopyRow, tr!("copy")),
            of(CommandId::Refresh),
            of(CommandId::Back),
        ],
        Page::OwnLog(_) => vec![
            own(CommandId::CopyRow, tr!("copy")),
            of(CommandId::Filter),
            of(CommandId::Refresh),
            of(CommandId::Back),
        ],
    };
    // What a run or a token is past, or the role may not, is left out here: nothing could be done to make it work.
    let left_out = matches!(model.ui.page(), Page::Run(_) | Page::Tokens(_));
    let shown = hints.into_iter().flatten();
    shown.filter(|hint| hint.works || !left_out).collect()
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
            own(CommandId::Back, tr!("now")),
        ];
    }
    let (ten, back) = (CommandId::TimeNextTen, CommandId::TimePreviousTen);
    let wide = room == Room::Wide;
    vec![
        two(previous, next, tr!("event")),
        wide.then(|| two(back, ten, tr!("ten"))).flatten(),
        two(marks.0, marks.1, tr!("this source")),
        own(CommandId::GoToSequence, tr!("go to")),
        own(
            CommandId::CompareNow,
            if wide {
                tr!("compare with now")
            } else {
                tr!("compare")
            },
        ),
        own(CommandId::Back, tr!("now")),
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
        Page::Thread(view) if view.beside => tr!("one column"),
        _ => tr!("two columns"),
    };
    let turns = focus == ListId::Thread;
    let (word, next) = match focus {
        ListId::Thread => (tr!("turn"), tr!("diff")),
        ListId::Approval => (tr!("change"), tr!("messages")),
        _ if model.ui.page().areas().len() > 2 => (tr!("change"), tr!("approval")),
        _ => (tr!("change"), tr!("messages")),
    };
    let mut hints = Vec::new();
    let for_words = matches!(model.ui.page(), Page::Thread(view) if asks_for_words(view));
    if for_words {
        hints.push(own(CommandId::Instruct, tr!("answer")));
    } else if focus == ListId::Approval {
        hints.extend([
            of(CommandId::ApproveOnce),
            of(CommandId::ApproveSession),
            of(CommandId::Decline),
        ]);
    } else {
        hints.push(of(CommandId::Instruct));
    }
    hints.push(turns.then(|| own(CommandId::Open, tr!("unfold"))).flatten());
    hints.push(own(CommandId::PaneNext, next));
    hints.push(pair(model, CommandId::Next, CommandId::Previous, word));
    if room == Room::Wide || focus == ListId::Diff {
        hints.push(own(CommandId::DiffLayout, columns));
    }
    if focus != ListId::Approval {
        let whole = matches!(model.ui.page(), Page::Thread(view) if view.whole);
        let word = if whole {
            tr!("turn's diff")
        } else {
            tr!("whole diff")
        };
        hints.push(own(CommandId::DiffWhole, word));
    }
    hints.push(own(CommandId::Wrap, tr!("wrap")));
    if focus != ListId::Approval && room == Room::Wide {
        hints.push(Some(Hint::new("!…", tr!("end, go back"))));
    }
    hints.push(of(CommandId::Back));
    hints.into_iter().flatten().collect()
}

/// The keys of the preview of a way back.
fn revert(model: &Model, focus: ListId, room: Room) -> Vec<Hint> {
    let own = |command: CommandId, word: &str| Hint::of(model, command, Some(word));
    let turns = focus == ListId::Thread;
    let (word, next) = if turns {
        (tr!("later/earlier"), tr!("documents"))
    } else {
        (tr!("change"), tr!("what goes"))
    };
    let mut hints = vec![
        own(CommandId::Open, tr!("goes back")),
        pair(model, CommandId::Next, CommandId::Previous, word),
        own(CommandId::PaneNext, next),
    ];
    if room == Room::Wide {
        hints.push(own(CommandId::DiffLayout, tr!("columns")));
        hints.push(own(CommandId::Wrap, tr!("wrap")));
    }
    hints.push(own(CommandId::Back, tr!("leaves it as it is")));
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
            (CommandId::PaneUnpin, Some(tr!("pin"))),
        ],
        (ListId::Runs, _) => &[
            (CommandId::Open, None),
            (CommandId::RunRetry, Some(tr!("retry failed"))),
            (CommandId::RunAgain, Some(tr!("run again"))),
            (CommandId::PaneUnpin, Some(tr!("pin"))),
        ],
        (_, Room::Wide) => &[
            (CommandId::Link, None),
            (CommandId::SourceToggle, None),
            (CommandId::WhyStuck, None),
            (CommandId::Conflicts, None),
        ],
        _ => &[
            (CommandId::Link, None),
            (CommandId::WhyStuck, Some(tr!("why"))),
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
            (CommandId::Help, Some(tr!("more"))),
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
