//! What a popup asks, as sentences, the last of which says what can be answered.

use crate::api::DryRun;
use crate::console::model::{
    Bulk, Danger, LinkStep, LinkWizard, Load, Model, Outcome, Page, Popup,
};
use crate::console::view::words::{refused_links, undo_words};

/// What the popup in front asks; `None`: lines cannot answer it.
pub fn popup(model: &Model) -> Option<Vec<String>> {
    Some(match model.ui.popup()? {
        Popup::Link(wizard) => link(model, wizard),
        Popup::Danger(danger) => danger_lines(model, danger),
        Popup::Bulk(group) => bulk(model.work.bulks.iter().find(|it| it.group == *group)?),
        Popup::Bind(picker) => {
            let mut lines: Vec<String> = picker
                .rows
                .iter()
                .enumerate()
                .map(|(n, id)| format!("{}. {}", n + 1, model.replica.space_name(*id)))
                .collect();
            lines.push(tr!("Which space? A number, or no.").to_owned());
            lines
        }
        _ => return None,
    })
}

fn effect(model: &Model, effect: &Load<DryRun>) -> Vec<String> {
    if let Some(text) = effect.failure() {
        return vec![tr!("What it would do is not known: {text}.", text)];
    }
    let Some(dry) = &effect.value else {
        return Vec::new();
    };
    let mut lines: Vec<String> = dry.consequences.iter().map(|it| it.text.clone()).collect();
    lines.extend(undo_words(model, dry));
    lines
}

fn danger_lines(model: &Model, danger: &Danger) -> Vec<String> {
    let mut lines = vec![tr!(
        "DANGER: {title}. {undo}",
        title = danger.title,
        undo = danger.undo_words()
    )];
    lines.extend(danger.told.iter().cloned());
    lines.extend(effect(model, &danger.effect));
    for row in danger.many.iter().flat_map(|it| &it.rows) {
        let told = effect(model, &row.effect).join(" ");
        lines.push(format!("{}: {told}", row.name));
    }
    lines.push(tr!(
        "Type {name} to {verb}; anything else leaves it.",
        name = danger.name,
        verb = danger.verb.to_lowercase()
    ));
    lines
}

/// What a command on many rows did to each.
fn bulk(bulk: &Bulk) -> Vec<String> {
    let mut lines = vec![format!(
        "{}, {}.",
        bulk.title,
        bulk.tally().words(bulk.act.done_word())
    )];
    lines.extend(bulk.items.iter().map(|item| {
        let result = match &item.outcome {
            Outcome::NotSent => tr!("waits").to_owned(),
            Outcome::Sent => tr!("is under way").to_owned(),
            Outcome::Done(_, words) => tr!("is done: {words}", words = words.trim_end_matches('.')),
            Outcome::Undone(sequence) => tr!("is as before, at @{sequence}", sequence),
            Outcome::Failed(why) => tr!("was refused: {why}", why = why.trim_end_matches('.')),
            Outcome::LeftOut(why) => tr!("was left out: {why}", why = why.trim_end_matches('.')),
        };
        format!("{} {result}.", item.name)
    }));
    lines
}

fn link(model: &Model, wizard: &LinkWizard) -> Vec<String> {
    let name = |id| model.replica.source_name(id);
    let mut lines = Vec::new();
    match wizard.step {
        LinkStep::Pick => {
            for (n, choice) in wizard.choices.iter().enumerate() {
                lines.push(format!(
                    "{}. {}, {}: {}.",
                    n + 1,
                    model.replica.integration_label(choice.integration),
                    choice.verdict,
                    choice.why.trim_end_matches('.')
                ));
            }
            lines.push(tr!("Which integration? A number, or no.").to_owned());
        }
        LinkStep::Preview => {
            lines.extend(refused_links(model, &wizard.items));
            for item in &wizard.items {
                if let Some(why) = item.refusal() {
                    let why = why.trim_end_matches('.');
                    let name = name(item.source);
                    lines.push(tr!("{name} stays virtual, refused: {why}.", name, why));
                    continue;
                }
                lines.push(tr!(
                    "Preview of {name}, nothing is written yet:",
                    name = name(item.source)
                ));
                if let Some(choice) = &item.choice {
                    let label = model.replica.integration_label(choice.integration);
                    lines.push(tr!("It becomes true, by integration {label}.", label));
                }
                lines.extend(effect(model, &item.preview));
            }
            lines.push(tr!("yes links, anything else leaves it.").to_owned());
        }
        LinkStep::Result => {
            for item in &wizard.items {
                let result = match &item.result {
                    Outcome::NotSent | Outcome::LeftOut(_) => tr!("was left out").to_owned(),
                    Outcome::Sent => tr!("is being linked").to_owned(),
                    Outcome::Done(sequence, _) => tr!("is true, at @{sequence}", sequence),
                    Outcome::Undone(sequence) => tr!("is virtual again, at @{sequence}", sequence),
                    Outcome::Failed(why) => {
                        tr!("is not linked: {why}", why = why.trim_end_matches('.'))
                    }
                };
                lines.push(format!("{} {result}.", name(item.source)));
            }
        }
    }
    lines
}

/// The effect of the remedy that was chosen on a diagnosis; `None`: none is chosen.
pub fn remedy(model: &Model) -> Option<Vec<String>> {
    let (place, dry) = match model.ui.page() {
        Page::Why(view) => view.effect.as_ref()?,
        Page::Conflicts(view) => view.effect.as_ref()?,
        _ => return None,
    };
    let mut lines = vec![tr!(
        "Effect of remedy {number}, before it runs:",
        number = place + 1
    )];
    lines.extend(effect(model, dry));
    lines.push(tr!("yes runs it, anything else leaves it.").to_owned());
    Some(lines)
}
