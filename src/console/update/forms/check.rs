//! What is typed is looked at as it is typed: what a field has to be, and the sentence that says why it is not.

use serde_json::{Value, json};

use super::super::Turn;
use super::lasting::seconds;
use crate::api::IntegrationId;
use crate::console::model::{Check, Form, FormField, FormKind, Model, Popup};
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::jrn::{BranchPattern, JrnPattern};
use crate::domain::text;

impl Turn<'_> {
    /// Looks at every field of the form in front that was touched.
    pub(super) fn check_form(&mut self) {
        let Some(Popup::Form(form)) = self.model.ui.popups.last() else {
            return;
        };
        let faults: Vec<Option<String>> = (form.fields.iter())
            .map(|field| {
                // A field that nobody touched is as the server has it; an empty new one is not wrong yet.
                let told = field
                    .is_mine()
                    .then(|| fault(self.model, &form.kind, field));
                told.flatten()
            })
            .collect();
        if let Some(Popup::Form(form)) = self.model.ui.popups.last_mut() {
            for (field, fault) in form.fields.iter_mut().zip(faults) {
                field.problem = fault;
            }
        }
    }

    /// The first field that cannot be sent as it is, and why; also one that was never touched.
    pub(super) fn first_fault(&self, form: &Form) -> Option<(usize, String)> {
        (form.fields.iter().enumerate())
            .find_map(|(place, field)| Some((place, fault(self.model, &form.kind, field)?)))
    }

    /// `→` at the end of a field that takes one of several words: the word that begins, or goes on, so.
    pub(in crate::console::update) fn complete_field(&mut self) -> bool {
        let Some(Popup::Form(form)) = self.model.ui.popups.last() else {
            return false;
        };
        let Some(field) = form.fields.get(form.focus) else {
            return false;
        };
        let Some(whole) = field
            .field
            .at_end()
            .then(|| completion(self.model, field))
            .flatten()
        else {
            return false;
        };
        if let Some(Popup::Form(form)) = self.model.ui.popups.last_mut() {
            let focus = form.focus;
            form.fields[focus].field.set(whole);
        }
        true
    }
}

/// What the typed text of a field becomes when it is completed; `None`: there is nothing to add.
fn completion(model: &Model, field: &FormField) -> Option<String> {
    let typed = field.field.text().trim();
    match field.check {
        Check::Words(words) => {
            let next = match words.iter().position(|word| *word == typed) {
                // A whole word: the next one.
                Some(place) => words[(place + 1) % words.len()],
                None => words.iter().find(|word| word.starts_with(typed))?,
            };
            Some(next.to_owned())
        }
        Check::Integration if !typed.is_empty() => {
            let found = model.replica.integrations.iter().find_map(|(_, it)| {
                let label = model.replica.integration_label(it.id);
                (label != typed && label.contains(typed)).then_some(label)
            })?;
            Some(found)
        }
        _ => None,
    }
}

/// Why the text of a field cannot be sent, as a sentence; `None`: it can.
pub(super) fn fault(model: &Model, kind: &FormKind, field: &FormField) -> Option<String> {
    let typed = field.field.text().trim();
    let own = match kind {
        FormKind::SourceEdit(id, _) => Some(*id),
        _ => None,
    };
    match field.check {
        Check::Lasts => seconds(typed).err(),
        Check::Secret if typed.is_empty() => {
            Some(tr!("Paste or type the access token.").to_owned())
        }
        Check::SourceName => name_fault(typed, tr!("A source")).or_else(|| {
            let mut others = model.replica.sources.iter().map(|(_, it)| it);
            let taken = others.any(|it| it.name == typed && Some(it.id) != own);
            taken.then(|| tr!("{typed} is taken: a name is unique in the org.", typed))
        }),
        Check::Name => name_fault(typed, thing(kind)),
        // Nothing typed is the server's own choice, or none.
        Check::Slug | Check::Repo | Check::Branch | Check::Pattern if typed.is_empty() => None,
        Check::Slug => {
            if text::slug("/slug", typed).is_err() {
                let like = text::slug_of(typed);
                return Some(tr!(
                    "Lower-case letters, digits and hyphens, such as {example}.",
                    example = if like.is_empty() { "api-docs" } else { &like }
                ));
            }
            let mut spaces = model.replica.spaces.iter().map(|(_, it)| it);
            let other = spaces.find(|it| it.slug == typed)?;
            Some(tr!(
                "The space {name} has this slug already.",
                name = other.name
            ))
        }
        Check::Repo => RepoCoordinate::parse(typed)
            .err()
            .map(|error| sentence(&error.to_string())),
        Check::Branch => BranchPattern::parse(typed)
            .err()
            .map(|error| sentence(&error.to_string())),
        Check::Pattern => JrnPattern::parse_event_filter(typed)
            .err()
            .map(|error| sentence(&error.to_string())),
        Check::Integration => integration(model, typed).err(),
        Check::Words(words) => (!words.contains(&typed))
            .then(|| tr!("One of {words}; → completes it.", words = words.join(", "))),
        Check::Text | Check::Secret => None,
    }
}

/// What a form makes or edits, in a sentence.
fn thing(kind: &FormKind) -> &'static str {
    match kind {
        FormKind::TokenNew => tr!("A token"),
        FormKind::IntegrationNew | FormKind::IntegrationEdit(..) | FormKind::Credential(..) => {
            tr!("An integration")
        }
        FormKind::ProfileNew | FormKind::ProfileEdit(_) => tr!("A profile"),
        FormKind::SpaceNew(_) | FormKind::SpaceEdit(..) => tr!("A space"),
        FormKind::SourceNew | FormKind::SourceEdit(..) | FormKind::Pattern(..) => tr!("A source"),
    }
}

fn name_fault(typed: &str, what: &str) -> Option<String> {
    if typed.is_empty() {
        Some(tr!("{what} needs a name.", what))
    } else if typed.chars().count() > text::NAME_MAX {
        Some(tr_n!(
            text::NAME_MAX,
            "Longer than {count} character.",
            "Longer than {count} characters."
        ))
    } else if typed
        .chars()
        .any(|c| c.is_control() || text::is_bidi_control(c))
    {
        Some(tr!("It holds control characters; leave them out.").to_owned())
    } else {
        None
    }
}

fn sentence(text: &str) -> String {
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{text}{end}")
}

/// The integration that a text names: `14`, `acme-gitlab`, `14 acme-gitlab`; `None`: none.
fn integration(model: &Model, typed: &str) -> Result<Option<IntegrationId>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let all = || model.replica.integrations.iter().map(|(_, it)| it);
    let number = typed.split(' ').next().and_then(|it| it.parse().ok());
    let by_number = number.and_then(|id| all().find(|it| it.id == IntegrationId(id)));
    // A number and a name are one integration's, or it is a name that begins with a number.
    let is_it =
        |id: IntegrationId| typed == id.to_string() || typed == model.replica.integration_label(id);
    by_number
        .filter(|it| is_it(it.id))
        .or_else(|| all().find(|it| it.name == typed))
        .map(|it| Some(it.id))
        .ok_or_else(|| {
            tr!(
                "No integration is called \"{typed}\"; → completes, gi lists them.",
                typed
            )
        })
}

/// What a field is on the wire.
pub(super) fn value_of(model: &Model, field: &FormField) -> Value {
    let typed = field.field.text().trim();
    match field.check {
        Check::Integration => match integration(model, typed) {
            Ok(Some(id)) => json!(id),
            _ => Value::Null,
        },
        // Where their worker has them is where the space says nothing.
        Check::Words(_) if field.name == "sandbox" && typed == "worker" => Value::Null,
        Check::Lasts => json!(seconds(typed).unwrap_or_default()),
        Check::SourceName | Check::Name | Check::Words(_) | Check::Secret => json!(typed),
        Check::Repo | Check::Branch | Check::Pattern | Check::Slug | Check::Text => {
            if typed.is_empty() {
                Value::Null
            } else {
                json!(typed)
            }
        }
    }
}
