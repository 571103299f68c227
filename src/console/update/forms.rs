//! Forms: a source, a pattern; and the picker of a space to bind. Drafts survive refreshes; what is sent is shown before.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::change::{call, refusal_text};
use super::{Turn, Waiting};
use crate::api::{Call, Code, SourceId, SpaceId};
use crate::console::command::{CommandId as C, target};
use crate::console::effect::{Ask, Effect};
use crate::console::model::{
    BindPicker, Form, FormField, FormKind, ListId, Load, Popup, RowKey, TextField,
};
use crate::console::msg::{Failure, FailureKind, Timer};

/// How long a pattern rests before what would follow from it is asked.
const REST: Duration = Duration::from_millis(250);

fn field(name: &'static str, label: &'static str, text: &str, hint: &str) -> FormField {
    FormField {
        name,
        label,
        field: TextField::new(text),
        base: text.to_owned(),
        hint: hint.to_owned(),
        problem: None,
    }
}

impl Turn<'_> {
    fn open_form(&mut self, kind: FormKind, title: String, fields: Vec<FormField>) {
        let mut form = Form {
            kind,
            title,
            fields,
            focus: 0,
            review: None,
            problem: None,
            theirs: None,
            sending: false,
        };
        let drafts = &mut self.model.flow.drafts;
        if let Some(place) = drafts.iter().position(|it| it.kind.is_like(&form.kind)) {
            let draft = drafts.remove(place);
            form.take_draft(draft);
            self.tell("Your draft is back. Nothing of it is sent yet.");
        }
        self.model.ui.popups.push(Popup::Form(Box::new(form)));
    }

    /// A form was closed: what is typed in it is kept (screens.md §3: drafts are kept).
    pub(super) fn keep_draft(&mut self, form: Form) {
        let drafts = &mut self.model.flow.drafts;
        drafts.retain(|it| !it.kind.is_like(&form.kind));
        if form.fields.iter().any(|it| it.field.text() != it.base) {
            drafts.push(form);
            self.tell("The draft is kept: the form opens with it.");
        }
    }

    pub(super) fn open_new_source(&mut self) {
        self.open_form(
            FormKind::SourceNew,
            "Add a source".into(),
            vec![
                field("name", "name", "", "unique in the org"),
                field("repo", "repo", "", "host/owner/repo, or any clone URL"),
                field("branch", "branch", "", "empty: the provider's default"),
            ],
        );
    }

    pub(super) fn open_source_form(&mut self) {
        let Some(source) = target::source(self.model) else {
            return;
        };
        let loses = if source.cursor.is_some() {
            "another one resets the cursor"
        } else {
            ""
        };
        let fields = vec![
            field("name", "name", &source.name, "unique in the org"),
            field("repo", "repo", source.repo.as_deref().unwrap_or(""), loses),
            field(
                "branch",
                "branch",
                source.branch.as_deref().unwrap_or(""),
                loses,
            ),
        ];
        let kind = FormKind::SourceEdit(source.id, source.version);
        let title = format!("Edit {}", source.name);
        self.open_form(kind, title, fields);
    }

    pub(super) fn open_pattern_form(&mut self) {
        let Some(binding) = target::binding(self.model) else {
            return;
        };
        let title = format!(
            "Pattern of {} × {}",
            self.model.replica.space_name(binding.space_id),
            self.model.replica.source_name(binding.source_id)
        );
        let kind = FormKind::Pattern(binding.space_id, binding.source_id, binding.version);
        let pattern = binding.jrn_pattern.clone().unwrap_or_default();
        self.open_form(
            kind,
            title,
            vec![field(
                "jrnPattern",
                "pattern",
                &pattern,
                "empty: every event",
            )],
        );
        self.effect(Effect::Arm(Timer::FormHint, REST));
    }

    fn form(&mut self) -> Option<&mut Form> {
        match self.model.ui.popups.last_mut() {
            Some(Popup::Form(form)) => Some(form),
            _ => None,
        }
    }

    pub(super) fn form_typed(&mut self) {
        let Some(form) = self.form() else { return };
        let focus = form.focus;
        form.fields[focus].problem = None;
        form.problem = None;
        if let FormKind::Pattern(..) = form.kind {
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
        let Some(call) = call_of(form) else {
            form.fields[0].hint = "as it is".into();
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
        let Some(form) = self.form() else { return };
        if let Some(empty) = form
            .fields
            .iter()
            .position(|it| it.name == "name" && it.field.text().trim().is_empty())
        {
            form.fields[empty].problem = Some("A source needs a name.".into());
            form.focus = empty;
            return;
        }
        let Some(call) = call_of(form) else {
            form.problem = Some("Nothing is changed.".into());
            return;
        };
        form.review = Some((call.clone(), Load::loading()));
        self.forget(|it| it == Waiting::FormEffect);
        self.ask(Waiting::FormEffect, Ask::Effect(call));
    }

    /// `Enter` in the review: sends it; what resets a cursor asks for the name first.
    pub(super) fn form_entered(&mut self) {
        let Some(form) = self.form() else { return };
        let Some((call, effect)) = &form.review else {
            if form.focus + 1 < form.fields.len() {
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
            self.refuse("Its effect is being asked; Enter sends once it is shown.");
            return;
        }
        let (command, row) = match form.kind {
            FormKind::SourceNew => (C::SourceNew, RowKey::Place(0)),
            FormKind::SourceEdit(id, _) => (C::SourceEdit, RowKey::Source(id)),
            FormKind::Pattern(space, source, _) => (C::BindingEdit, RowKey::Binding(space, source)),
        };
        let resets = match form.kind {
            FormKind::SourceEdit(id, _) => {
                let changes = call.body.get("repo").is_some() || call.body.get("branch").is_some();
                changes && self.has_cursor(id)
            }
            _ => false,
        };
        let Some(form) = self.form() else { return };
        let Some((call, _)) = form.review.clone() else {
            return;
        };
        if resets {
            self.ask_danger(command, row, call);
            return;
        }
        form.sending = true;
        if let Err(reason) = crate::console::command::enabled_to_send(self.model, command) {
            if let Some(form) = self.form() {
                form.sending = false;
                form.problem = Some(reason);
            }
            return;
        }
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
        if let Some(form) = self.form() {
            form.review = None;
        }
    }

    pub(super) fn form_effect(&mut self, result: Result<crate::api::DryRun, Failure>) {
        let now = self.model.now;
        let Some(form) = self.form() else { return };
        match (&mut form.review, result) {
            (Some((_, effect)), Ok(dry_run)) => effect.ready(dry_run, now),
            (Some(_), Err(failure)) => {
                form.review = None;
                place_problems(form, &failure);
            }
            (None, Ok(dry_run)) => {
                let about: Vec<&str> = dry_run
                    .consequences
                    .iter()
                    .map(|it| it.text.as_str())
                    .collect();
                form.fields[0].hint = if about.is_empty() {
                    "as it is".into()
                } else {
                    about.join(" ")
                };
            }
            (None, Err(failure)) => {
                form.fields[0].problem = Some(refusal_text(&failure));
            }
        }
    }

    pub(super) fn form_answered(&mut self, sent: &Call, failure: Option<&Failure>) {
        let theirs = match self.form().map(|it| it.kind.clone()) {
            Some(FormKind::SourceEdit(id, _)) => {
                self.model.replica.sources.get(id).map(|it| it.version)
            }
            Some(FormKind::Pattern(space, source, _)) => self
                .model
                .replica
                .bindings
                .get((space, source))
                .map(|it| it.version),
            _ => None,
        };
        if failure.is_none() {
            // It was closed while it was sent: there is nothing left to draft.
            let was_sent = |it: &Form| matches!(&it.review, Some((call, _)) if call == sent);
            self.model.flow.drafts.retain(|it| !was_sent(it));
        }
        let Some(form) = self.form() else { return };
        if !matches!(&form.review, Some((call, _)) if call == sent) {
            return;
        }
        match failure {
            None => {
                self.model.ui.popups.pop();
            }
            Some(failure) => {
                form.sending = false;
                form.review = None;
                let stale = matches!(&failure.kind, FailureKind::Refused(problem)
                    if problem.code == Code::Precondition);
                if stale {
                    // The draft stays; the next attempt is against the row as it is now.
                    form.theirs = theirs;
                    if let Some(now) = theirs {
                        match &mut form.kind {
                            FormKind::SourceEdit(_, version) | FormKind::Pattern(_, _, version) => {
                                *version = now;
                            }
                            FormKind::SourceNew => {}
                        }
                    }
                    form.problem =
                        Some("Someone else changed it meanwhile; your text is kept. Ctrl-s compares again.".into());
                } else {
                    place_problems(form, failure);
                }
            }
        }
    }

    pub(super) fn open_bind(&mut self) {
        let sources = target::sources(self.model);
        let rows = self.spaces_to_bind(&sources, "");
        self.model.ui.popups.push(Popup::Bind(BindPicker {
            sources,
            field: TextField::default(),
            rows,
        }));
        self.restart(ListId::Popup);
    }

    fn spaces_to_bind(&self, sources: &[SourceId], text: &str) -> Vec<SpaceId> {
        let replica = &self.model.replica;
        let text = text.to_lowercase();
        let mut rows: Vec<(&str, SpaceId)> = replica
            .spaces
            .iter()
            .map(|(_, space)| space)
            .filter(|space| {
                let bound = sources
                    .iter()
                    .all(|source| replica.spaces_of(*source).contains(&space.id));
                !bound && (space.name.to_lowercase().contains(&text) || space.slug.contains(&text))
            })
            .map(|space| (space.name.as_str(), space.id))
            .collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn bind_typed(&mut self) {
        let Some(Popup::Bind(picker)) = self.model.ui.popup() else {
            return;
        };
        let rows = self.spaces_to_bind(&picker.sources, picker.field.text());
        if let Some(Popup::Bind(picker)) = self.model.ui.popups.last_mut() {
            picker.rows = rows;
        }
        self.restart(ListId::Popup);
    }

    pub(super) fn bind_entered(&mut self) {
        let place = self.model.ui.list(ListId::Popup).position;
        let Some(Popup::Bind(picker)) = self.model.ui.popup() else {
            return;
        };
        let Some(space) = picker.rows.get(place).copied() else {
            self.refuse("No space of this name. Esc closes.");
            return;
        };
        let sources = picker.sources.clone();
        self.model.ui.popups.pop();
        let group = self.group();
        for source in sources {
            if self.model.replica.spaces_of(source).contains(&space) {
                continue;
            }
            self.change(
                C::Bind,
                RowKey::Binding(space, source),
                call(
                    "POST",
                    format!("/spaces/{space}/sources"),
                    json!({ "sourceId": source }),
                ),
                group,
            );
        }
    }
}

impl FormKind {
    /// Whether both edit the same, of whatever version.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::SourceNew, Self::SourceNew) => true,
            (Self::SourceEdit(one, _), Self::SourceEdit(other, _)) => one == other,
            (Self::Pattern(space, source, _), Self::Pattern(other_space, other_source, _)) => {
                (space, source) == (other_space, other_source)
            }
            _ => false,
        }
    }

    /// The version of the row that it edits.
    fn version(&self) -> Option<i64> {
        match self {
            Self::SourceNew => None,
            Self::SourceEdit(_, version) | Self::Pattern(_, _, version) => Some(*version),
        }
    }
}

impl Form {
    /// Takes over what was typed before; fields that were left alone show the row as it is now.
    fn take_draft(&mut self, draft: Self) {
        if draft.kind.version() != self.kind.version() {
            self.theirs = self.kind.version();
        }
        self.focus = draft.focus;
        for (field, old) in self.fields.iter_mut().zip(draft.fields) {
            if old.field.text() != old.base {
                field.field = old.field;
            }
        }
    }
}

/// What the form would send; `None`: nothing is changed.
fn call_of(form: &Form) -> Option<Call> {
    let mut body = Map::new();
    for field in &form.fields {
        let text = field.field.text().trim();
        if form.kind == FormKind::SourceNew {
            if !text.is_empty() {
                body.insert(field.name.to_owned(), json!(text));
            }
        } else if text != field.base {
            let value = if text.is_empty() && field.name != "name" {
                Value::Null
            } else {
                json!(text)
            };
            body.insert(field.name.to_owned(), value);
        }
    }
    if body.is_empty() {
        return None;
    }
    let body = Value::Object(body);
    Some(match &form.kind {
        FormKind::SourceNew => call("POST", "/sources".into(), body),
        FormKind::SourceEdit(id, version) => Call {
            if_match: Some(format!("\"{version}\"")),
            ..call("PATCH", format!("/sources/{id}"), body)
        },
        FormKind::Pattern(space, source, version) => Call {
            if_match: Some(format!("\"{version}\"")),
            ..call("PATCH", format!("/spaces/{space}/sources/{source}"), body)
        },
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
