//! Forms: a source, a pattern, a space. What is typed is checked as it is typed, shown with its effect before it is sent, and
//! kept whatever happens meanwhile (screens.md §3: drafts are kept).

mod check;
mod editor;
mod lasting;
mod merge;
mod open;

use std::time::Duration;

use serde_json::{Map, Value};

use super::change::refusal_text;
use super::{Turn, Waiting};
use crate::api::{Call, Code, SourceId};
use crate::console::command::CommandId as C;
use crate::console::effect::{Ask, Effect};
use crate::console::model::{Form, FormKind, FormStep, Load, Model, Popup, RowKey};
use crate::console::msg::{Failure, FailureKind, Timer};
use check::value_of;

/// How long a pattern rests before what would follow from it is asked.
const REST: Duration = Duration::from_millis(250);
/// What resets a cursor when it changes.
const RESETS: [&str; 3] = ["repo", "branch", "integrationId"];

impl Turn<'_> {
    fn form(&mut self) -> Option<&mut Form> {
        match self.model.ui.popups.last_mut() {
            Some(Popup::Form(form)) => Some(form),
            _ => None,
        }
    }

    pub(super) fn form_typed(&mut self) {
        let Some(form) = self.form() else { return };
        form.problem = None;
        let asks = matches!(form.kind, FormKind::Pattern(..));
        self.check_form();
        if asks {
            self.effect(Effect::Arm(Timer::FormHint, REST));
        }
    }

    /// What the pattern would let through, as the server sees it; whether anything was asked.
    pub(super) fn ask_form_hint(&mut self) -> bool {
        let Some(form) = self.form() else {
            return false;
        };
        if !matches!(form.kind, FormKind::Pattern(..)) {
            return false;
        }
        // What is no pattern is not asked about; why is said already.
        if form.fields[0].problem.is_some() {
            return false;
        }
        let Some(Popup::Form(form)) = self.model.ui.popups.last() else {
            return false;
        };
        let Some(call) = call_of(self.model, form) else {
            if let Some(form) = self.form() {
                form.fields[0].hint = tr!("as it is").into();
            }
            return true;
        };
        self.forget(|it| it == Waiting::FormEffect);
        self.ask(Waiting::FormEffect, Ask::Effect(call));
        true
    }

    pub(super) fn form_field(&mut self, forward: bool) {
        let Some(form) = self.form() else { return };
        let count = form.fields.len();
        let step = if forward { 1 } else { count - 1 };
        form.focus = (form.focus + step) % count;
    }

    /// `Enter` on the last field, or `Ctrl-s`: what would be sent, and what would follow. Nothing is written yet.
    pub(super) fn review_form(&mut self) {
        let Some(Popup::Form(form)) = self.model.ui.popups.last() else {
            return;
        };
        if form.sending || form.call().is_some() {
            return;
        }
        if let Some(first) = form.contested().first().copied() {
            if let Some(form) = self.form() {
                form.step = FormStep::Merge(first);
            }
            return;
        }
        let fault = self.first_fault(form);
        let call = call_of(self.model, form);
        let Some(form) = self.form() else { return };
        if let Some((place, words)) = fault {
            form.fields[place].problem = Some(words);
            form.focus = place;
            return;
        }
        if form.kind.is_profile() {
            self.save_profile();
            return;
        }
        let Some(call) = call else {
            form.problem = Some(tr!("Nothing is changed.").into());
            return;
        };
        form.problem = None;
        form.step = FormStep::Review(call.clone(), Load::loading());
        self.forget(|it| it == Waiting::FormEffect);
        self.ask(Waiting::FormEffect, Ask::Effect(call));
    }

    /// `Enter` in the review: sends it; what resets a cursor asks for the name first.
    pub(super) fn form_entered(&mut self) {
        let Some(form) = self.form() else { return };
        let FormStep::Review(call, effect) = &form.step else {
            if let FormStep::Merge(_) = form.step {
                self.refuse(tr!(
                    "Each field is one of the three: 1 base, 2 theirs, 3 mine."
                ));
            } else if form.focus + 1 < form.fields.len() {
                form.focus += 1;
            } else {
                self.review_form();
            }
            return;
        };
        if form.sending {
            return;
        }
        if effect.is_loading() {
            self.refuse(tr!(
                "Its effect is being asked; Enter sends once it is shown."
            ));
            return;
        }
        let (call, kind) = (call.clone(), form.kind.clone());
        let (command, row) = match kind {
            FormKind::SourceNew => (C::SourceNew, RowKey::Place(0)),
            FormKind::SourceEdit(id, _) => (C::SourceEdit, RowKey::Source(id)),
            FormKind::Pattern(space, source, _) => (C::BindingEdit, RowKey::Binding(space, source)),
            FormKind::SpaceNew(_) => (C::SpaceNew, RowKey::Place(0)),
            FormKind::SpaceEdit(id, _) => (C::SpaceEdit, RowKey::Space(id)),
            FormKind::TokenNew => (C::TokenNew, RowKey::Place(0)),
            FormKind::IntegrationNew => (C::IntegrationNew, RowKey::Place(0)),
            FormKind::IntegrationEdit(id, _) => (C::IntegrationEdit, RowKey::Integration(id)),
            FormKind::Credential(id, _) => (C::CredentialSet, RowKey::Integration(id)),
            // They are saved without a review.
            FormKind::ProfileNew | FormKind::ProfileEdit(_) => return,
        };
        // The one that is there is not kept.
        let replaces = matches!(kind, FormKind::Credential(id, _)
            if self.model.replica.integrations.get(id).is_some_and(|it| it.credential.is_some()));
        if replaces {
            self.ask_danger(command, row, call);
            return;
        }
        if let FormKind::SourceEdit(id, _) = kind
            && RESETS.iter().any(|name| call.body.get(name).is_some())
            && self.has_cursor(id)
        {
            self.ask_danger(command, row, call);
            return;
        }
        let may = crate::console::possible::enabled_to_send(self.model, command);
        let Some(form) = self.form() else { return };
        if let Err(reason) = may {
            form.problem = Some(reason);
            return;
        }
        form.sending = true;
        let group = self.group();
        self.change(command, row, call, group);
    }

    fn has_cursor(&self, id: SourceId) -> bool {
        self.model
            .replica
            .sources
            .get(id)
            .is_some_and(|it| it.cursor.is_some())
    }

    /// Back from the review to the fields.
    pub(super) fn form_back(&mut self) {
        self.forget(|it| it == Waiting::FormEffect);
        if let Some(form) = self.form()
            && !form.sending
        {
            form.step = FormStep::Edit;
        }
    }

    pub(super) fn form_effect(&mut self, result: Result<crate::api::DryRun, Failure>) {
        let now = self.model.now;
        let Some(form) = self.form() else { return };
        match (&mut form.step, result) {
            (FormStep::Review(_, effect), Ok(dry_run)) => effect.ready(dry_run, now),
            (FormStep::Review(..), Err(failure)) => {
                form.step = FormStep::Edit;
                if is_stale(&failure) {
                    self.form_is_stale();
                } else {
                    place_problems(form, &failure);
                }
            }
            (FormStep::Merge(_), _) => {}
            (FormStep::Edit, Ok(dry_run)) => {
                let about: Vec<&str> = dry_run
                    .consequences
                    .iter()
                    .map(|it| it.text.as_str())
                    .collect();
                form.fields[0].hint = if about.is_empty() {
                    tr!("as it is").into()
                } else {
                    about.join(" ")
                };
            }
            (FormStep::Edit, Err(failure)) => {
                form.fields[0].problem = Some(refusal_text(&failure));
            }
        }
    }

    pub(super) fn form_answered(&mut self, sent: &Call, failure: Option<&Failure>) {
        if failure.is_none() {
            // It was closed while it was sent: there is nothing left to draft.
            let drafts = &mut self.model.flow.drafts;
            drafts.retain(|it| it.call() != Some(sent));
        }
        let Some(form) = self.form() else { return };
        if form.call() != Some(sent) {
            return;
        }
        let Some(failure) = failure else {
            self.model.ui.popups.pop();
            return;
        };
        form.sending = false;
        form.step = FormStep::Edit;
        if is_stale(failure) {
            self.form_is_stale();
        } else {
            place_problems(form, failure);
        }
    }

    /// The sources that are to be bound to the space that this call makes.
    pub(super) fn waiting_for_space(&self, sent: &Call) -> Vec<SourceId> {
        let open = self.model.ui.popups.iter().filter_map(|it| match it {
            Popup::Form(form) => Some(form.as_ref()),
            _ => None,
        });
        let all = open.chain(&self.model.flow.drafts);
        let sent = all.filter(|it| it.call() == Some(sent));
        sent.map(|it| match &it.kind {
            FormKind::SpaceNew(sources) => sources.clone(),
            _ => Vec::new(),
        })
        .next()
        .unwrap_or_default()
    }

    /// The row is not what the form was opened on any more: the three columns, as soon as theirs is here.
    fn form_is_stale(&mut self) {
        self.look_at_forms();
        let Some(form) = self.form() else { return };
        if let Some(first) = form.contested().first().copied() {
            form.step = FormStep::Merge(first);
        } else if form.theirs.is_some() {
            form.problem = Some(
                tr!("Somebody else changed it meanwhile, not what you changed. Ctrl-s shows yours again.")
                    .into(),
            );
        } else {
            form.waits_for_theirs = true;
            form.problem = Some(
                tr!("Somebody else changed it meanwhile; what is on its way. Your text is kept.")
                    .into(),
            );
            self.effect(Effect::Reconnect);
        }
    }
}

/// Whether the row changed since.
fn is_stale(failure: &Failure) -> bool {
    matches!(&failure.kind, FailureKind::Refused(problem) if problem.code == Code::Precondition)
}

/// What the form would send; `None`: nothing is changed.
fn call_of(model: &Model, form: &Form) -> Option<Call> {
    let is_new = form.kind.version().is_none();
    let mut body = Map::new();
    for field in &form.fields {
        let empty = field.field.text().trim().is_empty();
        let whole = is_new || form.kind.holds_secret();
        let given = if whole { !empty } else { field.is_mine() };
        if given {
            body.insert(field.name.to_owned(), value_of(model, field));
        }
    }
    if body.is_empty() {
        return None;
    }
    let body = Value::Object(body);
    let versioned = |path: String, version: i64| Call {
        if_match: Some(format!("\"{version}\"")),
        ..Call::new("PATCH", path).with(body.clone())
    };
    Some(match &form.kind {
        FormKind::SourceNew => Call::new("POST", "/sources").with(body),
        FormKind::SpaceNew(_) => Call::new("POST", "/spaces").with(body),
        FormKind::SourceEdit(id, version) => versioned(format!("/sources/{id}"), *version),
        FormKind::Pattern(space, source, version) => {
            versioned(format!("/spaces/{space}/sources/{source}"), *version)
        }
        FormKind::SpaceEdit(id, version) => versioned(format!("/spaces/{id}"), *version),
        FormKind::TokenNew => Call::new("POST", "/tokens").with(body),
        FormKind::IntegrationNew => Call::new("POST", "/integrations").with(body),
        FormKind::IntegrationEdit(id, version) => {
            versioned(format!("/integrations/{id}"), *version)
        }
        FormKind::Credential(id, version) => Call {
            method: "PUT".to_owned(),
            ..versioned(format!("/integrations/{id}/credential"), *version)
        },
        // No server is asked.
        FormKind::ProfileNew | FormKind::ProfileEdit(_) => return None,
    })
}

/// Puts what the server says of fields at those fields, the rest at the form.
fn place_problems(form: &mut Form, failure: &Failure) {
    let mut placed = false;
    if let FailureKind::Refused(problem) = &failure.kind {
        for error in &problem.errors {
            let name = error.pointer.trim_start_matches('/');
            if let Some(place) = form.fields.iter().position(|it| it.name == name) {
                form.fields[place].problem = Some(error.message.clone());
                if !placed {
                    form.focus = place;
                }
                placed = true;
            }
        }
    }
    if !placed {
        form.problem = Some(refusal_text(failure));
    }
}
