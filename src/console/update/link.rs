//! The link wizard: which integration and why, what would follow, what came of it; one source or many.

use serde_json::json;

use super::{Turn, Waiting};
use crate::api::{Call, Integration, IntegrationId, IntegrationStatus, Source, SourceId};
use crate::console::command::CommandId as C;
use crate::console::effect::Ask;
use crate::console::local;
use crate::console::model::here::is_local;
use crate::console::model::{
    LinkChoice, LinkItem, LinkStep, LinkWizard, ListId, Load, Model, Outcome, Pending, Popup,
    RowKey, TextField,
};
use crate::console::possible::{can_link, target};

impl LinkWizard {
    /// How many rows its list has now.
    pub fn rows(&self) -> usize {
        if self.step == LinkStep::Pick && self.items.len() == 1 {
            self.choices.len()
        } else {
            self.items.len()
        }
    }
}

impl Turn<'_> {
    pub(super) fn open_link_wizard(&mut self) {
        if let Some(left_alone) = target::left_alone(self.model, C::Link) {
            self.info(left_alone);
        }
        let sources = target::sources(self.model);
        let items: Vec<LinkItem> = sources
            .iter()
            .filter_map(|id| self.model.replica.sources.get(*id))
            .map(|source| {
                let (choice, result) = match can_link(self.model, &source) {
                    Ok(()) => (best(self.model, &source), Outcome::NotSent),
                    Err(_) if source.integration_id.is_some() => {
                        (None, Outcome::LeftOut(tr!("Already true.").into()))
                    }
                    Err(reason) => (None, Outcome::Failed(reason)),
                };
                LinkItem {
                    source: source.id,
                    choice,
                    preview: Load::default(),
                    local: is_local(source.id).then(|| source.name.clone()),
                    result,
                }
            })
            .collect();
        let choices = match items.as_slice() {
            [one] => choices(self.model, one.source, ""),
            _ => Vec::new(),
        };
        self.model.ui.popups.push(Popup::Link(Box::new(LinkWizard {
            step: LinkStep::Pick,
            items,
            field: TextField::default(),
            choices,
        })));
        self.restart(ListId::Popup);
    }

    fn wizard(&mut self) -> Option<&mut LinkWizard> {
        match self.model.ui.popups.last_mut() {
            Some(Popup::Link(wizard)) => Some(wizard),
            _ => None,
        }
    }

    /// The search of the first step changed.
    pub(super) fn link_typed(&mut self) {
        let Some(wizard) = self.wizard() else { return };
        let (text, source) = (wizard.field.text().to_owned(), wizard.items[0].source);
        let found = choices(self.model, source, &text);
        if let Some(wizard) = self.wizard() {
            wizard.choices = found;
        }
        self.restart(ListId::Popup);
    }

    /// `Enter`: preview, link, open.
    pub(super) fn link_entered(&mut self) {
        let place = self.model.ui.list(ListId::Popup).position;
        let Some(wizard) = self.wizard() else { return };
        match wizard.step {
            LinkStep::Pick => {
                if wizard.items.len() == 1 {
                    let Some(choice) = wizard.choices.get(place).cloned() else {
                        return;
                    };
                    if !choice.choosable {
                        let why = choice.why.clone();
                        self.refuse(tr!("Cannot be chosen: {why}.", why));
                        return;
                    }
                    wizard.items[0].choice = Some(choice);
                }
                self.preview_links();
            }
            LinkStep::Preview => self.send_links(),
            LinkStep::Result => {
                if let Some((id, local)) = wizard
                    .items
                    .get(place)
                    .map(|it| (it.source, it.local.clone()))
                {
                    let named = local.and_then(|name| self.model.replica.source_named(&name));
                    let id = named.unwrap_or(id);
                    // The wizard waits below; `Esc` on the source's page comes back to the list.
                    let other = self.other_with_same_repo(id).unwrap_or(id);
                    self.model.ui.popups.pop();
                    self.open_source(other);
                }
            }
        }
    }

    /// A link is refused because another source has the repository: that is the one to look at.
    fn other_with_same_repo(&self, id: SourceId) -> Option<SourceId> {
        let source = self.model.replica.sources.get(id)?;
        if source.integration_id.is_some() {
            return None;
        }
        self.model
            .replica
            .sources
            .iter()
            .map(|(_, it)| it)
            .find(|it| {
                it.id != id
                    && it.repo == source.repo.as_deref()
                    && it.branch == source.branch.as_deref()
                    && it.integration_id.is_some()
            })
            .map(|it| it.id)
    }

    fn preview_links(&mut self) {
        let Some(wizard) = self.wizard() else { return };
        wizard.step = LinkStep::Preview;
        let mut asks: Vec<(SourceId, Call)> = Vec::new();
        for item in &mut wizard.items {
            if let (Some(choice), Outcome::NotSent) = (&item.choice, &item.result) {
                item.preview = Load::loading();
                let source = (item.source, item.local.as_deref());
                asks.push((item.source, link_call(source, choice.integration)));
            }
        }
        for (source, call) in asks {
            self.ask(Waiting::LinkPreview(source), Ask::Effect(call));
        }
        self.restart(ListId::Popup);
    }

    fn send_links(&mut self) {
        let group = self.group();
        let Some(wizard) = self.wizard() else { return };
        if wizard.items.iter().any(|it| it.preview.is_loading()) {
            self.refuse(tr!(
                "Its effect is being asked; Enter links once it is shown."
            ));
            return;
        }
        wizard.step = LinkStep::Result;
        let mut calls: Vec<(SourceId, Call)> = Vec::new();
        for item in &mut wizard.items {
            if let Some(why) = item.refusal().map(str::to_owned) {
                item.result = Outcome::Failed(why);
            }
            if let (Some(choice), Outcome::NotSent) = (&item.choice, &item.result) {
                item.result = Outcome::Sent;
                let source = (item.source, item.local.as_deref());
                calls.push((item.source, link_call(source, choice.integration)));
            }
        }
        for (source, call) in calls {
            self.change(C::Link, RowKey::Source(source), call, group);
        }
        self.restart(ListId::Popup);
    }

    /// `rr` in the table of results: those that failed once more.
    pub(super) fn retry_links(&mut self) {
        let Some(wizard) = self.wizard() else { return };
        for item in &mut wizard.items {
            if matches!(item.result, Outcome::Failed(_)) && item.choice.is_some() {
                item.result = Outcome::NotSent;
            }
        }
        self.preview_links();
    }

    /// `Backspace`: the step before.
    pub(super) fn link_step_back(&mut self) {
        self.forget(|it| matches!(it, Waiting::LinkPreview(_)));
        let Some(wizard) = self.wizard() else { return };
        if wizard.step == LinkStep::Preview {
            wizard.step = LinkStep::Pick;
            self.restart(ListId::Popup);
        }
    }

    pub(super) fn link_answered(&mut self, pending: &Pending, result: Outcome) {
        let RowKey::Source(source) = pending.row else {
            return;
        };
        if pending.command != C::Link {
            return;
        }
        for popup in &mut self.model.ui.popups {
            if let Popup::Link(wizard) = popup {
                for item in &mut wizard.items {
                    if item.source == source {
                        item.result = result.clone();
                    }
                }
            }
        }
    }

    /// The item of the wizard that a preview is for.
    pub(super) fn link_preview(
        &mut self,
        source: SourceId,
        result: Result<crate::api::DryRun, String>,
    ) {
        let now = self.model.now;
        let Some(wizard) = self.wizard() else { return };
        for item in wizard.items.iter_mut().filter(|it| it.source == source) {
            match &result {
                Ok(effect) => item.preview.ready(effect.clone(), now),
                Err(text) => item.preview.failed(text.clone()),
            }
        }
    }
}

/// What links a source; one that only this machine knows goes by its name.
fn link_call((source, local): (SourceId, Option<&str>), integration: IntegrationId) -> Call {
    if let Some(name) = local {
        let body = json!({ "name": name, "integrationId": integration });
        return Call::new("POST", local::LINK).with(body);
    }
    Call::new("POST", format!("/sources/{source}/link"))
        .with(json!({ "integrationId": integration }))
}

/// The integrations for a source that match what is typed, best first.
fn choices(model: &Model, source: SourceId, text: &str) -> Vec<LinkChoice> {
    let Some(source) = model.replica.sources.get(source) else {
        return Vec::new();
    };
    let text = text.to_lowercase();
    let mut found: Vec<LinkChoice> = model
        .replica
        .integrations
        .iter()
        .filter(|(_, it)| {
            format!("{} {} {}", it.id, it.name, coordinate(it))
                .to_lowercase()
                .contains(&text)
        })
        .map(|(_, it)| choice(&source, it))
        .collect();
    found.sort_by(|a, b| {
        (b.score, b.choosable, a.integration).cmp(&(a.score, a.choosable, b.integration))
    });
    // `Enter` takes the first row, so that is one that can be chosen; a closer one that cannot stands right after it.
    if let Some(place) = found.iter().position(|it| it.choosable && it.score > 0) {
        found[..=place].rotate_right(1);
        found[0].verdict = tr!("best");
    }
    found
}

fn best(model: &Model, source: &Source) -> Option<LinkChoice> {
    choices(model, source.id, "")
        .into_iter()
        .find(|it| it.choosable && it.score > 0)
}

fn coordinate(it: &Integration) -> &str {
    it.repo.as_deref().or(it.account.as_deref()).unwrap_or("")
}

/// How well an integration fits a source, by repo coordinate, and why.
fn choice(source: &Source, it: &Integration) -> LinkChoice {
    let repo = source.repo.as_deref().unwrap_or("").to_lowercase();
    let theirs = coordinate(it).to_lowercase();
    let host = repo.split('/').next().unwrap_or("");
    let (score, fits): (u8, String) = if !repo.is_empty() && theirs == repo {
        (3, tr!("repo equal").into())
    } else if !theirs.is_empty() && repo.starts_with(&format!("{theirs}/")) {
        (2, tr!("host and owner equal {theirs}", theirs))
    } else if !theirs.is_empty() && theirs.split('/').next() == Some(host) {
        (0, tr!("other owner: events would never arrive").into())
    } else {
        (0, tr!("other host: events would never arrive").into())
    };
    let (choosable, verdict, why) = match it.status {
        IntegrationStatus::Removed => (
            false,
            tr!("removed"),
            if score > 0 {
                tr!("{fits}, but removed: cannot be chosen", fits)
            } else {
                tr!("removed: cannot be chosen").to_owned()
            },
        ),
        IntegrationStatus::Active if score > 0 => (true, tr!("fits"), fits),
        IntegrationStatus::Active => (true, tr!("no match"), fits),
        status => (
            true,
            status.as_str(),
            tr!("{fits}; it is {status}", fits, status),
        ),
    };
    LinkChoice {
        integration: it.id,
        score,
        verdict,
        why,
        choosable,
    }
}
