//! Opening forms, and what they are opened with: the row as it is, or the draft of before.

use super::super::Turn;
use super::REST;
use crate::api::{Sandbox, SourceId};
use crate::console::effect::Effect;
use crate::console::model::{Check, Form, FormField, FormKind, FormStep, Model, Popup};
use crate::console::msg::Timer;
use crate::console::possible::target;

/// What agents may do without asking, as the field has it.
const MODES: &[&str] = &["full-access", "approval-required"];
/// Where agents run, as the field has it; `worker`: where their worker has them.
const PLACES: &[&str] = &["worker", "local", "e2b"];

impl Turn<'_> {
    pub(in crate::console::update) fn open_form(
        &mut self,
        kind: FormKind,
        title: String,
        fields: Vec<FormField>,
    ) {
        let mut form = Form {
            kind,
            title,
            fields,
            focus: 0,
            step: FormStep::Edit,
            problem: None,
            theirs: None,
            waits_for_theirs: false,
            sending: false,
            refused_text: None,
        };
        let drafts = &mut self.model.flow.drafts;
        if let Some(place) = drafts.iter().position(|it| it.kind.is_like(&form.kind)) {
            let draft = drafts.remove(place);
            form.take_draft(draft);
            self.tell(tr!("Your draft is back. Nothing of it is sent yet."));
        }
        self.model.ui.popups.push(Popup::Form(Box::new(form)));
        self.check_form();
    }

    /// A form was closed: what is typed in it is kept (screens.md §3: drafts are kept).
    pub(in crate::console::update) fn keep_draft(&mut self, mut form: Form) {
        if form.kind.holds_secret() {
            // Secrets are in no draft, and in no review that waits for its effect (screens.md §3: secrets).
            form.step = FormStep::Edit;
            let secrets = form.fields.iter_mut().filter(|it| it.field.hidden);
            secrets.for_each(|it| it.field.set(it.base.clone()));
        }
        let drafts = &mut self.model.flow.drafts;
        drafts.retain(|it| !it.kind.is_like(&form.kind));
        if form.is_changed() || form.refused_text.is_some() {
            drafts.push(form);
            self.tell(tr!("The draft is kept: the form opens with it."));
        }
    }

    pub(in crate::console::update) fn open_new_source(&mut self) {
        let field = FormField::new;
        self.open_form(
            FormKind::SourceNew,
            tr!("Add a source").into(),
            vec![
                field(
                    "name",
                    tr!("name"),
                    Check::SourceName,
                    "",
                    tr!("unique in the org"),
                ),
                field(
                    "repo",
                    tr!("repo"),
                    Check::Repo,
                    "",
                    tr!("host/owner/repo, or any clone URL"),
                ),
                field(
                    "branch",
                    tr!("branch"),
                    Check::Branch,
                    "",
                    tr!("empty: the provider's default"),
                ),
                field(
                    "integrationId",
                    tr!("integration"),
                    Check::Integration,
                    "",
                    tr!("number or name; empty: virtual"),
                ),
            ],
        );
    }

    pub(in crate::console::update) fn open_source_form(&mut self) {
        let Some(source) = target::source(self.model) else {
            return;
        };
        let (id, kind) = (source.id, FormKind::SourceEdit(source.id, source.version));
        let title = tr!("Edit {name}", name = source.name);
        let fields = source_fields(self.model, id);
        self.open_form(kind, title, fields);
    }

    pub(in crate::console::update) fn open_pattern_form(&mut self) {
        let Some(binding) = target::binding(self.model) else {
            return;
        };
        let title = tr!(
            "Pattern of {space_name} × {source_name}",
            space_name = self.model.replica.space_name(binding.space_id),
            source_name = self.model.replica.source_name(binding.source_id)
        );
        let kind = FormKind::Pattern(binding.space_id, binding.source_id, binding.version);
        let pattern = binding.jrn_pattern.clone().unwrap_or_default();
        let fields = vec![FormField::new(
            "jrnPattern",
            tr!("pattern"),
            Check::Pattern,
            &pattern,
            tr!("empty: every event"),
        )];
        self.open_form(kind, title, fields);
        self.effect(Effect::Arm(Timer::FormHint, REST));
    }

    /// A new space; these sources are bound to it once it is there.
    pub(in crate::console::update) fn open_new_space(
        &mut self,
        name: &str,
        sources: Vec<SourceId>,
    ) {
        let title = match sources.as_slice() {
            [] => tr!("Make a space").to_owned(),
            [one] => tr!(
                "Make a space for {source_name}",
                source_name = self.model.replica.source_name(*one)
            ),
            many => tr_n!(
                many.len(),
                "Make a space for {count} source",
                "Make a space for {count} sources"
            ),
        };
        let field = FormField::new;
        let mut fields = vec![
            field(
                "name",
                tr!("name"),
                Check::Name,
                "",
                tr!("where a team keeps documents"),
            ),
            field(
                "slug",
                tr!("slug"),
                Check::Slug,
                "",
                tr!("empty: made from the name"),
            ),
            field("description", tr!("description"), Check::Text, "", ""),
        ];
        fields[0].field.set(name);
        self.open_form(FormKind::SpaceNew(sources), title, fields);
    }

    /// The space of the binding in front.
    pub(in crate::console::update) fn open_space_form(&mut self) {
        let Some(space) = target::space(self.model) else {
            return;
        };
        let kind = FormKind::SpaceEdit(space.id, space.version);
        let title = tr!("Edit the space {name}", name = space.name);
        let place = sandbox_word(space.sandbox);
        let field = FormField::new;
        let fields = vec![
            field(
                "name",
                tr!("name"),
                Check::Name,
                &space.name,
                tr!("the slug stays"),
            ),
            field(
                "description",
                tr!("description"),
                Check::Text,
                space.description.as_deref().unwrap_or(""),
                "",
            ),
            field(
                "runtimeMode",
                tr!("agent mode"),
                Check::Words(MODES),
                space.runtime_mode.as_str(),
                tr!("what agents may do without asking, from their next turn on"),
            ),
            field(
                "sandbox",
                tr!("agent runs"),
                Check::Words(PLACES),
                place,
                tr!("where agents run, from their next turn on"),
            ),
        ];
        self.open_form(kind, title, fields);
    }
}

/// The fields of a source as it is now.
fn source_fields(model: &Model, id: SourceId) -> Vec<FormField> {
    let Some(source) = model.replica.sources.get(id) else {
        return Vec::new();
    };
    let loses = if source.cursor.is_some() {
        tr!("another one resets the cursor")
    } else {
        ""
    };
    let integration = if source.cursor.is_some() {
        tr!("number or name; another one resets the cursor")
    } else {
        tr!("number or name; empty: virtual")
    };
    let label = source
        .integration_id
        .map_or_else(String::new, |it| model.replica.integration_label(it));
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let field = FormField::new;
    vec![
        field(
            "name",
            tr!("name"),
            Check::SourceName,
            &source.name,
            tr!("unique in the org"),
        ),
        field("repo", tr!("repo"), Check::Repo, &text(&source.repo), loses),
        field(
            "branch",
            tr!("branch"),
            Check::Branch,
            &text(&source.branch),
            loses,
        ),
        field(
            "integrationId",
            tr!("integration"),
            Check::Integration,
            &label,
            integration,
        ),
    ]
}

/// What a field of the row that the form edits holds now, and the version of the row; `None`: the row is gone.
pub(super) fn now_of(model: &Model, kind: &FormKind) -> Option<(i64, Vec<String>)> {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    match kind {
        FormKind::SourceNew
        | FormKind::SpaceNew(_)
        | FormKind::TokenNew
        | FormKind::IntegrationNew
        | FormKind::ProfileNew
        | FormKind::ProfileEdit(_) => None,
        FormKind::IntegrationEdit(id, _) => {
            let it = model.replica.integrations.get(*id)?;
            let fields = vec![it.name.clone(), it.status.as_str().to_owned()];
            Some((it.version, fields))
        }
        FormKind::Credential(id, _) => {
            let it = model.replica.integrations.get(*id)?;
            let user = it.credential.as_ref().map(|it| it.user.clone());
            Some((it.version, vec![user.unwrap_or_default(), String::new()]))
        }
        FormKind::SourceEdit(id, _) => {
            let fields = source_fields(model, *id);
            let version = model.replica.sources.get(*id)?.version;
            Some((version, fields.into_iter().map(|it| it.base).collect()))
        }
        FormKind::Pattern(space, source, _) => {
            let binding = model.replica.bindings.get((*space, *source))?;
            Some((binding.version, vec![text(&binding.jrn_pattern)]))
        }
        FormKind::SpaceEdit(id, _) => {
            let space = model.replica.spaces.get(*id)?;
            let fields = vec![
                space.name.clone(),
                text(&space.description),
                space.runtime_mode.as_str().to_owned(),
                sandbox_word(space.sandbox).to_owned(),
            ];
            Some((space.version, fields))
        }
    }
}

const fn sandbox_word(sandbox: Option<Sandbox>) -> &'static str {
    match sandbox {
        None => PLACES[0],
        Some(Sandbox::Local) => PLACES[1],
        Some(Sandbox::E2b) => PLACES[2],
    }
}

impl Form {
    /// Takes over what was typed before; fields that were left alone show the row as it is now.
    fn take_draft(&mut self, draft: Self) {
        self.focus = draft.focus.min(self.fields.len().saturating_sub(1));
        self.refused_text = draft.refused_text;
        if draft.kind.version() != self.kind.version() {
            self.theirs = self.kind.version();
        }
        for (field, old) in self.fields.iter_mut().zip(draft.fields) {
            if !old.is_mine() && old.theirs.is_none() {
                continue;
            }
            if old.base != field.base {
                // Both sides changed it since: which one holds is asked.
                field.theirs = Some(std::mem::replace(&mut field.base, old.base));
            }
            field.field = old.field;
        }
    }
}
