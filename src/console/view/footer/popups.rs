//! The keys of what lies over the page: fields in which is typed, and popups.

use super::Hint;
use crate::console::command::CommandId;
use crate::console::model::{FormStep, LinkStep, Model, Page, Popup};
use crate::console::rows::complete;

/// While something is typed: where, and the keys of the field.
pub(super) fn typing(model: &Model, what: &str) -> Vec<Hint> {
    let mut hints = vec![Hint::new("", tr!("typing: {what}", what))];
    match model.ui.popup() {
        None => hints.extend([
            Hint::new("Enter", tr!("keep")),
            Hint::new("Esc", tr!("leave")),
            Hint::new("↑ ↓", tr!("earlier")),
        ]),
        Some(Popup::Palette(_)) => hints.extend([
            Hint::new("Enter", tr!("runs")),
            Hint::new("↑ ↓", tr!("choose")),
            Hint::new("→", tr!("completes")),
            Hint::new("Esc", tr!("close")),
        ]),
        Some(Popup::Help(_)) => hints.extend([
            Hint::new("Enter", tr!("runs")),
            Hint::new("↑ ↓", tr!("choose")),
            Hint::new("Esc", tr!("close")),
        ]),
        Some(Popup::Link(_)) => hints.extend([
            Hint::new("Enter", tr!("preview")),
            Hint::new("↑ ↓", tr!("choose")),
            Hint::new("Esc", tr!("close")),
        ]),
        Some(Popup::Bind(_)) => hints.extend([
            Hint::new("Enter", tr!("binds")),
            Hint::new("↑ ↓", tr!("choose")),
            Hint::new("Esc", tr!("close")),
        ]),
        Some(Popup::Form(_)) => hints.extend([
            Hint::new("Tab", tr!("next field")),
            Hint::new("Ctrl-s", tr!("review")),
            Hint::new("Ctrl-o", tr!("editor")),
            Hint::new("Esc", tr!("close")),
        ]),
        // Keys typed ahead do not count yet, so they are not offered either (type-ahead guard).
        Some(Popup::Danger(danger)) if danger.guarded => {}
        Some(Popup::Danger(danger)) => hints.extend([
            Hint::new("Enter", tr!("{verb}s", verb = danger.verb.to_lowercase())),
            Hint::new("Esc", tr!("keeps")),
        ]),
        Some(Popup::Writing(writing)) => {
            hints.push(Hint::new("Ctrl-s", tr!("sends")));
            hints.push(Hint::new("Enter", tr!("new line")));
            if writing.parts.len() > 1 {
                hints.push(Hint::new("Tab", tr!("next question")));
            }
            hints.push(Hint::new("Esc", tr!("keeps the draft")));
            hints.push(Hint::new("Ctrl-o", tr!("editor")));
        }
        Some(Popup::GoTo(_)) => {
            hints.extend([
                Hint::new("Enter", tr!("goes")),
                Hint::new("Esc", tr!("close")),
            ]);
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
            hints.extend([
                Hint::new("Enter", tr!("saves")),
                Hint::new("Esc", tr!("back")),
            ]);
        }
        Some(Popup::Export(_)) => hints.extend([
            Hint::new("Enter", tr!("takes it away")),
            Hint::new("Tab", tr!("next line")),
            Hint::new("Esc", tr!("close")),
        ]),
        Some(Popup::SignIn(_)) => hints.extend([
            Hint::new("Enter", tr!("sign in")),
            Hint::new("Esc", tr!("keep looking, read-only")),
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
            LinkStep::Pick => vec![
                Hint::new("Enter", tr!("preview")),
                Hint::new("Esc", tr!("close")),
            ],
            LinkStep::Preview => vec![
                Hint::new("Enter", tr!("links")),
                Hint::new("Backspace", tr!("back")),
                Hint::new("Esc", tr!("close")),
            ],
            LinkStep::Result => vec![
                Hint::new(key(CommandId::GoSource), tr!("source page")),
                Hint::new(key(CommandId::CatchUp), tr!("catch up")),
                Hint::new("Esc", tr!("close")),
            ],
        },
        Popup::Form(form) if matches!(form.step, FormStep::Merge(_)) => vec![
            Hint::new("1", tr!("base")),
            Hint::new("2", tr!("theirs")),
            Hint::new("3", tr!("mine")),
            Hint::new("Backspace", tr!("fields")),
            Hint::new("Esc", tr!("close")),
        ],
        Popup::Form(_) => vec![
            Hint::new("Enter", tr!("sends")),
            Hint::new("Backspace", tr!("back")),
            Hint::new("Esc", tr!("close")),
        ],
        Popup::Bulk(group) => {
            let bulk = model.work.bulks.iter().find(|it| it.group == *group);
            let failed = bulk.is_some_and(|it| it.tally().failed > 0);
            let retry = Hint::new(key(CommandId::RunRetry), tr!("retry failed"));
            let mut hints = vec![Hint::new("Enter", tr!("open"))];
            hints.extend(failed.then_some(retry));
            hints.push(Hint::new("Esc", tr!("close")));
            hints
        }
        Popup::Views(_) => vec![
            Hint::new("Enter", tr!("opens")),
            Hint::new("+", tr!("saves this view")),
            Hint::new("!d", tr!("removes")),
            Hint::new("Esc", tr!("close")),
        ],
        Popup::Export(_) => vec![
            Hint::new("← →", tr!("choose")),
            Hint::new("Tab", tr!("next line")),
            Hint::new("Enter", tr!("takes it away")),
            Hint::new("Esc", tr!("close")),
        ],
        Popup::Dump(_) => vec![
            Hint::new("↑ ↓", tr!("choose")),
            Hint::new("Enter", tr!("writes")),
            Hint::new("Esc", tr!("close")),
        ],
        Popup::Columns(_) => vec![
            Hint::new("Space", tr!("on/off")),
            Hint::new("< >", tr!("earlier, later")),
            Hint::new("s", tr!("sort")),
            Hint::new("u", tr!("as usual")),
            Hint::new("Enter", tr!("takes")),
            Hint::new("Esc", tr!("close")),
        ],
        Popup::Mode(_) => vec![
            Hint::new("↑ ↓", tr!("choose")),
            Hint::new("Enter", tr!("sets")),
            Hint::new("Esc", tr!("close")),
        ],
        Popup::Profiles(_) => vec![
            Hint::new("Enter", tr!("switch")),
            Hint::new(key(CommandId::ProfileNew), tr!("new")),
            Hint::new(key(CommandId::ProfileEdit), tr!("edit")),
            Hint::new(key(CommandId::ProfileRemove), tr!("remove")),
            Hint::new("Esc", tr!("close")),
        ],
        Popup::SignOut(_) => vec![
            Hint::new("Enter", tr!("signs out")),
            Hint::new("Esc", tr!("stays")),
        ],
        Popup::Secret(shown) => {
            let mut hints = Vec::new();
            if shown.secret.is_some() {
                hints.push(Hint::new(
                    "y",
                    tr!("copies the {label}", label = shown.label),
                ));
            }
            if shown.address.is_some() {
                hints.push(Hint::new("u", tr!("copies the address")));
            }
            hints.push(Hint::new("Esc", tr!("closes")));
            hints
        }
        Popup::Writing(_)
        | Popup::Palette(_)
        | Popup::Help(_)
        | Popup::Bind(_)
        | Popup::Danger(_)
        | Popup::SignIn(_)
        | Popup::GoTo(_) => vec![Hint::new("Esc", tr!("close"))],
    }
}
