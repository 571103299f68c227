//! The keys of what lies over the page: fields in which is typed, and popups.

use super::Hint;
use crate::console::command::CommandId;
use crate::console::model::{FormStep, LinkStep, Model, Page, Popup};
use crate::console::query::complete;

/// While something is typed: where, and the keys of the field.
pub(super) fn typing(model: &Model, what: &str) -> Vec<Hint> {
    let mut hints = vec![Hint::new("", format!("typing: {what}"))];
    match model.ui.popup() {
        None => hints.extend([
            Hint::new("Enter", "keep"),
            Hint::new("Esc", "leave"),
            Hint::new("↑ ↓", "earlier"),
        ]),
        Some(Popup::Palette(_)) => hints.extend([
            Hint::new("Enter", "runs"),
            Hint::new("↑ ↓", "choose"),
            Hint::new("→", "completes"),
            Hint::new("Esc", "close"),
        ]),
        Some(Popup::Help(_)) => hints.extend([
            Hint::new("Enter", "runs"),
            Hint::new("↑ ↓", "choose"),
            Hint::new("Esc", "close"),
        ]),
        Some(Popup::Link(_)) => hints.extend([
            Hint::new("Enter", "preview"),
            Hint::new("↑ ↓", "choose"),
            Hint::new("Esc", "close"),
        ]),
        Some(Popup::Bind(_)) => hints.extend([
            Hint::new("Enter", "binds"),
            Hint::new("↑ ↓", "choose"),
            Hint::new("Esc", "close"),
        ]),
        Some(Popup::Form(_)) => hints.extend([
            Hint::new("Tab", "next field"),
            Hint::new("Ctrl-s", "review"),
            Hint::new("Ctrl-o", "editor"),
            Hint::new("Esc", "close"),
        ]),
        // Keys typed ahead do not count yet, so they are not offered either (type-ahead guard).
        Some(Popup::Danger(danger)) if danger.guarded => {}
        Some(Popup::Danger(danger)) => hints.extend([
            Hint::new("Enter", format!("{}s", danger.verb.to_lowercase())),
            Hint::new("Esc", "keeps"),
        ]),
        Some(Popup::Writing(writing)) => {
            hints.push(Hint::new("Ctrl-s", "sends"));
            hints.push(Hint::new("Enter", "new line"));
            if writing.parts.len() > 1 {
                hints.push(Hint::new("Tab", "next question"));
            }
            hints.push(Hint::new("Esc", "keeps the draft"));
            hints.push(Hint::new("Ctrl-o", "editor"));
        }
        Some(Popup::GoTo(_)) => {
            hints.extend([Hint::new("Enter", "goes"), Hint::new("Esc", "close")]);
        }
        Some(
            Popup::Mode(_)
            | Popup::Columns(_)
            | Popup::Dump(_)
            | Popup::Bulk(_)
            | Popup::Secret(_)
            | Popup::Profiles(_)
            | Popup::SignOut(_),
        ) => {}
        Some(Popup::Views(_)) => {
            hints.extend([Hint::new("Enter", "saves"), Hint::new("Esc", "back")]);
        }
        Some(Popup::Export(_)) => hints.extend([
            Hint::new("Enter", "takes it away"),
            Hint::new("Tab", "next line"),
            Hint::new("Esc", "close"),
        ]),
        Some(Popup::SignIn(_)) => hints.extend([
            Hint::new("Enter", "sign in"),
            Hint::new("Esc", "keep looking, read-only"),
        ]),
    }
    if model.ui.popup().is_none() {
        hints.extend(going_on(model));
    }
    hints
}

/// How the filter that is being typed may go on: the keys of its list, or the values of a key.
fn going_on(model: &Model) -> Vec<Hint> {
    let Some((list, field)) = &model.ui.filtering else {
        return Vec::new();
    };
    if matches!(model.ui.page(), Page::Run(_)) || !field.at_end() {
        return Vec::new();
    }
    // While one of several choices stands there, all of them are shown.
    let start = model.ui.completing.as_ref().map(|it| it.0.as_str());
    let found = complete(&model.replica, *list, start.unwrap_or(field.text()));
    let mut choices = found.choices.into_iter();
    let first = choices.next().map(|it| Hint::new("Tab", it));
    first
        .into_iter()
        .chain(choices.map(|it| Hint::new("", it)))
        .collect()
}

/// The keys of a popup in which nothing is typed.
pub(super) fn of_popup(model: &Model, popup: &Popup) -> Vec<Hint> {
    let key = |command| model.keymap.keys_of(command);
    match popup {
        Popup::Link(wizard) => match wizard.step {
            LinkStep::Pick => vec![Hint::new("Enter", "preview"), Hint::new("Esc", "close")],
            LinkStep::Preview => vec![
                Hint::new("Enter", "links"),
                Hint::new("Backspace", "back"),
                Hint::new("Esc", "close"),
            ],
            LinkStep::Result => vec![
                Hint::new(key(CommandId::GoSource), "source page"),
                Hint::new(key(CommandId::CatchUp), "catch up"),
                Hint::new("Esc", "close"),
            ],
        },
        Popup::Form(form) if matches!(form.step, FormStep::Merge(_)) => vec![
            Hint::new("1", "base"),
            Hint::new("2", "theirs"),
            Hint::new("3", "mine"),
            Hint::new("Backspace", "fields"),
            Hint::new("Esc", "close"),
        ],
        Popup::Form(_) => vec![
            Hint::new("Enter", "sends"),
            Hint::new("Backspace", "back"),
            Hint::new("Esc", "close"),
        ],
        Popup::Bulk(_) => vec![
            Hint::new("Enter", "open"),
            Hint::new(key(CommandId::RunRetry), "retry failed"),
            Hint::new("Esc", "close"),
        ],
        Popup::Views(_) => vec![
            Hint::new("Enter", "opens"),
            Hint::new("+", "saves this view"),
            Hint::new("!d", "removes"),
            Hint::new("Esc", "close"),
        ],
        Popup::Export(_) => vec![
            Hint::new("← →", "choose"),
            Hint::new("Tab", "next line"),
            Hint::new("Enter", "takes it away"),
            Hint::new("Esc", "close"),
        ],
        Popup::Dump(_) => vec![
            Hint::new("↑ ↓", "choose"),
            Hint::new("Enter", "writes"),
            Hint::new("Esc", "close"),
        ],
        Popup::Columns(_) => vec![
            Hint::new("Space", "on/off"),
            Hint::new("< >", "earlier, later"),
            Hint::new("s", "sort"),
            Hint::new("u", "as usual"),
            Hint::new("Enter", "takes"),
            Hint::new("Esc", "close"),
        ],
        Popup::Mode(_) => vec![
            Hint::new("↑ ↓", "choose"),
            Hint::new("Enter", "sets"),
            Hint::new("Esc", "close"),
        ],
        Popup::Profiles(_) => vec![
            Hint::new("Enter", "switch"),
            Hint::new(key(CommandId::ProfileNew), "new"),
            Hint::new(key(CommandId::ProfileEdit), "edit"),
            Hint::new(key(CommandId::ProfileRemove), "remove"),
            Hint::new("Esc", "close"),
        ],
        Popup::SignOut(_) => vec![Hint::new("Enter", "signs out"), Hint::new("Esc", "stays")],
        Popup::Secret(shown) => {
            let mut hints = Vec::new();
            if shown.secret.is_some() {
                hints.push(Hint::new("y", format!("copies the {}", shown.label)));
            }
            if shown.address.is_some() {
                hints.push(Hint::new("u", "copies the address"));
            }
            hints.push(Hint::new("Esc", "closes"));
            hints
        }
        Popup::Writing(_)
        | Popup::Palette(_)
        | Popup::Help(_)
        | Popup::Bind(_)
        | Popup::Danger(_)
        | Popup::SignIn(_)
        | Popup::GoTo(_) => vec![Hint::new("Esc", "close")],
    }
}
