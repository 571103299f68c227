//! The page of strict conflicts: what a remedy would do, the remedy itself, and the documents concerned in the operator's editor
//! (screens.md §4.4: remedies).

use serde_json::json;

use super::danger::row_of;
use super::{Turn, Waiting};
use crate::api::{Call, Finding};
use crate::console::command::CommandId as C;
use crate::console::effect::{Ask, Effect};
use crate::console::local;
use crate::console::model::{ListId, Load, Model, Page, RowKey};
use crate::console::possible::target;

/// What a remedy is, to this console.
#[derive(Clone, Debug, PartialEq)]
enum Means {
    /// A change.
    Change(C, Call),
    /// A document to be edited.
    Document,
    /// A command that has more to ask.
    Command(C),
    /// A line for a shell, or words.
    Line(String),
}

impl Turn<'_> {
    /// Another finding is chosen, or the findings changed: what was asked was about what was.
    pub(super) fn forget_conflict_effect(&mut self) {
        self.forget(|it| matches!(it, Waiting::ConflictEffect(_)));
        if let Page::Conflicts(view) = self.model.ui.page_mut() {
            view.effect = None;
        }
    }

    /// The effect of remedy `n` of the chosen finding.
    pub(super) fn ask_conflict_effect(&mut self, n: usize) {
        self.forget_conflict_effect();
        match means(self.model, n) {
            Err(reason) => self.refuse(reason),
            Ok(Means::Change(_, call)) => {
                if let Page::Conflicts(view) = self.model.ui.page_mut() {
                    view.effect = Some((n, Load::loading()));
                }
                self.ask(Waiting::ConflictEffect(n), Ask::Effect(call));
            }
            Ok(Means::Document) => self.tell(tr!("Enter opens the document in your editor.")),
            Ok(Means::Command(_)) => {
                self.tell(tr!("Enter goes on; nothing is sent before it was shown."));
            }
            Ok(Means::Line(line)) => {
                self.effect(Effect::Copy(line.clone()));
                self.tell(if self.model.about.in_lines {
                    tr!("No order does that; it is done by hand:").to_owned()
                } else {
                    tr!("Runs in a shell; copied: {line}", line)
                });
            }
        }
    }

    /// `Enter` on a remedy: its effect first, then the thing itself.
    pub(super) fn conflict_remedy_entered(&mut self, n: usize) {
        let Page::Conflicts(view) = self.model.ui.page() else {
            return;
        };
        let shown = match &view.effect {
            Some((chosen, effect)) if *chosen == n => effect.value.is_some(),
            _ => false,
        };
        let waits =
            matches!(&view.effect, Some((chosen, effect)) if *chosen == n && effect.is_loading());
        match means(self.model, n) {
            Err(reason) => self.refuse(reason),
            Ok(Means::Change(command, call)) if shown => {
                if let Err(reason) = crate::console::possible::enabled_to_send(self.model, command)
                {
                    self.refuse(reason);
                    return;
                }
                let row = row_of(&call.path).unwrap_or(RowKey::Place(0));
                let row = match (&command, target::conflict(self.model)) {
                    (C::Bind, Some(finding)) => match (finding.space_id, finding.source_id) {
                        (Some(space), Some(source)) => RowKey::Binding(space, source),
                        _ => row,
                    },
                    _ => row,
                };
                let group = self.group();
                self.change(command, row, call, group);
                self.forget_conflict_effect();
            }
            Ok(Means::Change(..)) if waits => {}
            Ok(Means::Document) => self.open_first_place(),
            Ok(Means::Command(command)) => self.command(command),
            Ok(Means::Change(..) | Means::Line(_)) => self.ask_conflict_effect(n),
        }
    }

    /// `Enter` on a document: the editor, at its line.
    pub(super) fn open_place(&mut self) {
        let place = self.model.ui.list(ListId::Places).position;
        self.edit_place(place);
    }

    fn open_first_place(&mut self) {
        self.edit_place(0);
    }

    fn edit_place(&mut self, place: usize) {
        if !self.model.session.in_project {
            self.refuse(tr!(
                "The document is on the server. Start the console in a docs project to edit it."
            ));
            return;
        }
        let found = target::conflict(self.model).and_then(|it| it.places.get(place));
        let Some((path, line)) = found.map(|it| (it.doc_path.clone(), it.line)) else {
            self.refuse(tr!("This finding is about no document."));
            return;
        };
        self.effect(Effect::EditFile { path, line });
    }

    /// The editor on a document ended: whether the finding holds still is asked.
    pub(super) fn file_edited(&mut self, result: Result<std::path::PathBuf, String>) {
        match result {
            Ok(path) => {
                self.tell(tr!(
                    "{path} was edited; looking again.",
                    path = path.display()
                ));
                self.compare_again();
            }
            Err(why) => self.failed(tr!("Not edited: {why}", why)),
        }
    }
}

/// What a remedy of the chosen finding means here; why it does nothing.
fn means(model: &Model, n: usize) -> Result<Means, String> {
    let finding = target::conflict(model).ok_or(tr!("No finding is chosen."))?;
    let remedy = finding
        .remedies
        .get(n)
        .ok_or(tr!("There is no such remedy."))?;
    if let Some(command) = remedy.action.as_deref().and_then(C::parse) {
        return of_action(model, finding, command);
    }
    let command = remedy.command.as_str();
    if command.starts_with("$EDITOR ") && !finding.places.is_empty() {
        return Ok(Means::Document);
    }
    let local = command.starts_with("jolli source remove ") && command.ends_with(" --local-only");
    match &finding.source_name {
        Some(name) if local && model.session.in_project => Ok(Means::Change(
            C::LocalRemove,
            Call::new("POST", local::REMOVE).with(json!({ "name": name })),
        )),
        _ => Ok(Means::Line(command.to_owned())),
    }
}

/// What a remedy that is a command of this console sends. It turns on, whatever is so by now.
fn of_action(model: &Model, finding: &Finding, command: C) -> Result<Means, String> {
    let on = tr!("It is on already. The finding goes with the next check.");
    let enable = json!({ "enabled": true });
    match (command, finding.space_id, finding.source_id) {
        (C::SourceToggle, _, Some(id)) => match model.replica.sources.get(id) {
            Some(source) if source.enabled => Err(on.to_owned()),
            _ => Ok(Means::Change(
                command,
                Call::new("PATCH", format!("/sources/{id}")).with(enable),
            )),
        },
        (C::BindingToggle, Some(space), Some(id)) => {
            match model.replica.bindings.get((space, id)) {
                Some(binding) if binding.enabled => Err(on.to_owned()),
                _ => Ok(Means::Change(
                    command,
                    Call::new("PATCH", format!("/spaces/{space}/sources/{id}")).with(enable),
                )),
            }
        }
        (C::Bind, Some(space), Some(id)) => Ok(Means::Change(
            command,
            Call::new("POST", format!("/spaces/{space}/sources")).with(json!({ "sourceId": id })),
        )),
        _ => Ok(Means::Command(command)),
    }
}
