//! Destructive commands: the effect is shown, the name is typed, and keys that were under way do not count.

use std::time::Duration;

use serde_json::{Value, json};

use super::change::refusal_text;
use super::{Turn, Waiting};
use crate::api::{Action, Call, DryRun, RebaselineMode};
use crate::console::command::CommandId as C;
use crate::console::effect::{Ask, Effect};
use crate::console::model::{
    Act, Danger, DangerMany, DangerRow, Load, Outcome, Page, Popup, RowKey, TextField,
};
use crate::console::msg::{Failure, Timer};
use crate::console::possible::{conversing, plan, target};

/// Keys within this time after the popup appeared were typed before it was seen (screens.md §3: type-ahead guard).
pub(super) const GUARD: Duration = Duration::from_millis(300);
/// Effects of so many rows are asked for at once.
const AT_ONCE: usize = 4;

impl Turn<'_> {
    /// Opens the popup of a destructive command.
    pub(super) fn open_danger(&mut self, command: C) {
        if command != C::SpaceSkip {
            let rows = target::rows(self.model, command);
            if rows.len() > 1 {
                self.ask_danger_many(Act::of(command), &rows);
                return;
            }
        }
        let Some((row, call)) = self.danger_call(command) else {
            return;
        };
        let mut told = super::words::admin::told_before(self.model, command, row);
        told.extend(target::left_alone(self.model, command));
        self.ask_danger_telling(command, row, call, told);
    }

    fn danger_call(&self, command: C) -> Option<(RowKey, Call)> {
        Some(match command {
            C::Unlink | C::SourceDelete | C::CursorClear | C::LeaseRelease | C::Rebaseline => {
                // The one marked row that is shown, else the selected one.
                let id = *target::sources(self.model).first()?;
                let call = match command {
                    C::Unlink => Call::new("POST", format!("/sources/{id}/unlink")),
                    C::SourceDelete => Call::new("DELETE", format!("/sources/{id}")),
                    C::CursorClear => Call::new("DELETE", format!("/sources/{id}/cursor")),
                    C::Rebaseline => {
                        let mode = json!({ "mode": RebaselineMode::MergeBase });
                        Call::new("POST", format!("/sources/{id}/rebaseline")).with(mode)
                    }
                    _ => Call::new("POST", format!("/sources/{id}/lease/release")),
                };
                (RowKey::Source(id), call)
            }
            C::RunCancel => {
                let id = *target::jobs(self.model).first()?;
                (
                    RowKey::Job(id),
                    Call::new("POST", format!("/jobs/{id}/cancel")),
                )
            }
            C::SpaceSkip => {
                let (job, space) = target::failed_space(self.model)?;
                let (job, space) = (job.id, space.space_id);
                (
                    RowKey::JobSpace(job, space),
                    Call::new("POST", format!("/jobs/{job}/spaces/{space}/skip")),
                )
            }
            C::SecretRotate | C::CredentialRemove | C::IntegrationDelete => {
                return self.danger_of_integration(command);
            }
            C::TokenRevoke => {
                let id = target::token(self.model)?.id;
                (
                    RowKey::Token(id),
                    Call::new("DELETE", format!("/tokens/{id}")),
                )
            }
            _ => return None,
        })
    }

    /// Asks before this is done.
    pub(super) fn ask_danger(&mut self, command: C, row: RowKey, call: Call) {
        self.ask_danger_telling(command, row, call, Vec::new());
    }

    /// The same, after what the console itself knows of it.
    pub(super) fn ask_danger_telling(
        &mut self,
        command: C,
        row: RowKey,
        call: Call,
        told: Vec<String>,
    ) {
        let replica = &self.model.replica;
        let of_job = |id| {
            replica.jobs.get(id).map_or_else(String::new, |job| {
                tr!(" of {name}", name = replica.source_of(job))
            })
        };
        let (title, verb, name) = match (command, row) {
            (C::Unlink, RowKey::Source(id)) => {
                let name = replica.source_name(id);
                (tr!("unlink {name}", name), tr!("Unlink"), name)
            }
            (C::SourceDelete, RowKey::Source(id)) => {
                let name = replica.source_name(id);
                (tr!("delete {name}", name), tr!("Delete"), name)
            }
            (C::CursorClear, RowKey::Source(id)) => {
                let name = replica.source_name(id);
                (tr!("clear cursor of {name}", name), tr!("Clear"), name)
            }
            (C::Rebaseline, RowKey::Source(id)) => {
                let name = replica.source_name(id);
                (tr!("re-baseline {name}", name), tr!("Re-baseline"), name)
            }
            (C::SourceEdit, RowKey::Source(id)) => {
                let name = replica.source_name(id);
                (
                    tr!("edit of {name}: its cursor is lost", name),
                    tr!("Save"),
                    name,
                )
            }
            (C::LeaseRelease, RowKey::Source(id)) => {
                let name = replica.source_name(id);
                (tr!("release lease of {name}", name), tr!("Release"), name)
            }
            (C::RunCancel, RowKey::Job(id)) => (
                tr!("cancel run #{id}{of_job}", id, of_job = of_job(id)),
                tr!("Cancel run"),
                id.to_string(),
            ),
            (C::SpaceSkip, RowKey::JobSpace(job, space)) => {
                let name = replica.space_name(space);
                (
                    tr!(
                        "skip {name} in run #{job}{of_job}",
                        name,
                        job,
                        of_job = of_job(job)
                    ),
                    tr!("Skip"),
                    name,
                )
            }
            (
                C::TokenRevoke
                | C::SecretRotate
                | C::CredentialSet
                | C::CredentialRemove
                | C::IntegrationDelete,
                row,
            ) => {
                let name = super::words::row_name(self.model, row);
                let (title, verb) = super::words::admin::of_danger(command, &name);
                (title, verb, name)
            }
            (C::TurnInterrupt | C::SessionStop | C::CheckpointRevert, RowKey::Thread(_)) => {
                self.words_of_end(command)
            }
            (command, row) => {
                let name = super::words::row_name(self.model, row);
                (
                    format!("{} {name}", command.entry().short()),
                    tr!("Go on"),
                    name,
                )
            }
        };
        // A command is refused without an id, also where it is only asked what it would do.
        let asked = super::order::named(call.clone(), &self.next_key());
        self.ask(Waiting::DangerEffect, Ask::Effect(asked));
        self.model.ui.popups.push(Popup::Danger(Box::new(Danger {
            command,
            title,
            verb,
            name,
            field: TextField::default(),
            call,
            told,
            many: None,
            effect: Load::loading(),
            refused: None,
            problem: None,
            guarded: true,
            sending: false,
        })));
        self.model.flow.danger_row = Some(row);
        self.effect(Effect::Arm(Timer::Guard, GUARD));
    }

    /// `!d` in the list of profiles: no server is asked, this user's own file is changed.
    pub(super) fn ask_to_remove_profile(&mut self) {
        let Some(row) = target::profile(self.model).cloned() else {
            return;
        };
        let kept = match &row.org {
            Some(org) => tr!(
                " The token that is kept for its org {org} is forgotten too.",
                org
            ),
            None => String::new(),
        };
        let mut effect = Load::default();
        let nothing_else = DryRun {
            before: Value::Null,
            after: Value::Null,
            consequences: Vec::new(),
            undo: None,
            undo_note: String::new(),
        };
        effect.ready(nothing_else, self.model.now);
        self.model.ui.popups.push(Popup::Danger(Box::new(Danger {
            command: C::ProfileRemove,
            title: tr!("remove profile {name}", name = row.name),
            verb: tr!("Remove"),
            name: row.name.clone(),
            field: TextField::default(),
            call: Call::new("DELETE", ""),
            told: vec![tr!(
                "{name} goes from your profiles. Nothing changes at {label}.{kept}",
                name = row.name,
                label = row.label,
                kept
            )],
            effect,
            refused: None,
            many: None,
            problem: None,
            guarded: true,
            sending: false,
        })));
        // It is about no single row.
        self.model.flow.danger_row = Some(RowKey::Place(0));
        self.effect(Effect::Arm(Timer::Guard, GUARD));
    }

    /// Asks before this is done to several rows: what it would do to each, and how many they are to be typed.
    fn ask_danger_many(&mut self, act: Act, rows: &[RowKey]) {
        let name = act.command.counted(rows.len());
        let title = plan::title(self.model, act, rows.len());
        let verb = match act.command {
            C::Unlink => tr!("Unlink"),
            C::SourceDelete => tr!("Delete"),
            C::CursorClear => tr!("Clear"),
            C::LeaseRelease => tr!("Release"),
            C::Rebaseline => tr!("Re-baseline"),
            C::RunCancel => tr!("Cancel run"),
            _ => tr!("Go on"),
        };
        let rows = rows
            .iter()
            .map(|row| {
                let mut effect = Load::loading();
                // What is not sent has no effect to ask for.
                if let Err(Outcome::Failed(why) | Outcome::LeftOut(why)) =
                    plan::call_for(self.model, act, *row)
                {
                    effect.failed(tr!("left out: {why}", why));
                }
                DangerRow {
                    row: *row,
                    name: super::words::row_name(self.model, *row),
                    effect,
                }
            })
            .collect();
        let first: String = title.chars().take(1).flat_map(char::to_lowercase).collect();
        self.model.ui.popups.push(Popup::Danger(Box::new(Danger {
            command: act.command,
            title: format!("{first}{}", title.chars().skip(1).collect::<String>()),
            verb,
            name,
            field: TextField::default(),
            call: Call::new("", ""),
            told: target::left_alone(self.model, act.command)
                .into_iter()
                .collect(),
            effect: Load::default(),
            many: Some(DangerMany { act, rows }),
            refused: None,
            problem: None,
            guarded: true,
            sending: false,
        })));
        // It is about no single row.
        self.model.flow.danger_row = Some(RowKey::Place(0));
        self.effect(Effect::Arm(Timer::Guard, GUARD));
        self.ask_danger_rows();
    }

    /// Asks what it would do to the next rows, a few at a time.
    fn ask_danger_rows(&mut self) {
        let Some(Popup::Danger(danger)) = self.model.ui.popups.last() else {
            return;
        };
        let Some(many) = &danger.many else { return };
        let act = many.act;
        let asked = |row: RowKey| self.is_waiting(Waiting::DangerRow(row));
        let under_way = many.rows.iter().filter(|it| asked(it.row)).count();
        let next: Vec<RowKey> = (many.rows.iter())
            .filter(|it| it.effect.is_loading() && !asked(it.row))
            .map(|it| it.row)
            .take(AT_ONCE.saturating_sub(under_way))
            .collect();
        for row in next {
            if let Ok(call) = plan::call_for(self.model, act, row) {
                self.ask(Waiting::DangerRow(row), Ask::Effect(call));
            } else {
                self.danger_row_told(row, Err(tr!("it has changed meanwhile.").to_owned()));
            }
        }
    }

    /// What it would do to one of several rows.
    pub(super) fn danger_row_told(&mut self, row: RowKey, told: Result<DryRun, String>) {
        let now = self.model.now;
        if let Some(Popup::Danger(danger)) = self.model.ui.popups.last_mut()
            && let Some(many) = &mut danger.many
            && let Some(it) = many.rows.iter_mut().find(|it| it.row == row)
        {
            match told {
                Ok(effect) => it.effect.ready(effect, now),
                Err(text) => it.effect.failed(text),
            }
        }
        self.ask_danger_rows();
    }

    /// Title, button and name of what ends something in a thread: the name says how much of it.
    fn words_of_end(&self, command: C) -> (String, &'static str, String) {
        let Page::Thread(view) = self.model.ui.page() else {
            return (
                command.entry().short().to_owned(),
                tr!("Go on"),
                String::from("yes"),
            );
        };
        let about = match view.about {
            Some((_, space)) => tr!(" of {name}", name = self.model.replica.space_name(space)),
            None => String::new(),
        };
        match command {
            C::TurnInterrupt => {
                let turn = view.thread.value.as_ref().and_then(conversing::under_way);
                let name = tr!("turn {turn}", turn = turn.unwrap_or_default());
                (
                    tr!("interrupt {name}{about}", name, about),
                    tr!("Interrupt"),
                    name,
                )
            }
            C::SessionStop => {
                let title = tr!("stop the agent's session{about}", about);
                (title, tr!("Stop"), tr!("session").to_owned())
            }
            _ => {
                let name = view.target_name().unwrap_or_default();
                (
                    tr!("go back to {name}{about}", name, about),
                    tr!("Revert"),
                    name,
                )
            }
        }
    }

    /// Whether keys do not count yet.
    pub(super) fn guarded(&self) -> bool {
        match (self.model.ui.popup(), self.model.ui.page()) {
            (Some(popup), _) => matches!(popup, Popup::Danger(it) if it.guarded),
            (None, Page::Thread(view)) => view.guarded,
            _ => false,
        }
    }

    pub(super) fn end_guard(&mut self) {
        if let Some(Popup::Danger(danger)) = self.model.ui.popups.last_mut() {
            danger.guarded = false;
        }
        for page in &mut self.model.ui.pages {
            if let Page::Thread(view) = page {
                view.guarded = false;
            }
        }
    }

    /// `Enter` in the popup: only the whole name goes on.
    pub(super) fn danger_entered(&mut self) {
        let Some(row) = self.model.flow.danger_row else {
            return;
        };
        let Some(Popup::Danger(danger)) = self.model.ui.popups.last_mut() else {
            return;
        };
        if danger.sending {
            return;
        }
        if let Some(reason) = &danger.refused {
            danger.problem = Some(reason.clone());
            return;
        }
        if danger.field.text().trim() != danger.name {
            danger.problem = Some(tr!("Type {name} in full.", name = danger.name));
            return;
        }
        if let Some(many) = &danger.many {
            if many.rows.iter().any(|it| it.effect.is_loading()) {
                danger.problem = Some(tr!("What it would do is being asked.").into());
                return;
            }
            let (act, rows) = (many.act, many.rows.iter().map(|it| it.row).collect());
            let may = crate::console::possible::enabled_to_send(self.model, act.command);
            if let (Err(reason), Some(Popup::Danger(danger))) =
                (may, self.model.ui.popups.last_mut())
            {
                danger.problem = Some(reason);
                return;
            }
            self.model.ui.popups.pop();
            self.act(act, rows);
            return;
        }
        if danger.effect.is_loading() {
            danger.problem = Some(tr!("Its effect is being asked.").into());
            return;
        }
        if danger.command == C::ProfileRemove {
            let name = danger.name.clone();
            self.remove_profile(name);
            return;
        }
        danger.problem = None;
        danger.sending = true;
        let command = danger.command;
        if let Err(reason) = crate::console::possible::enabled_to_send(self.model, command) {
            if let Some(Popup::Danger(danger)) = self.model.ui.popups.last_mut() {
                danger.sending = false;
                danger.problem = Some(reason);
            }
            return;
        }
        let key = self.next_key();
        let Some(Popup::Danger(danger)) = self.model.ui.popups.last_mut() else {
            return;
        };
        // The answer is known again by the call as it is sent.
        danger.call = super::order::named(danger.call.clone(), &key);
        let call = danger.call.clone();
        let group = self.group();
        self.change(command, row, call, group);
    }

    /// The answer to a change whose popup may still be open.
    pub(super) fn danger_answered(&mut self, call: &Call, failure: Option<&Failure>) {
        let Some(Popup::Danger(danger)) = self.model.ui.popups.last_mut() else {
            return;
        };
        if danger.call != *call {
            return;
        }
        match failure {
            None => {
                let deleted = matches!(danger.command, C::SourceDelete | C::IntegrationDelete);
                self.model.ui.popups.pop();
                if deleted
                    && matches!(
                        self.model.ui.page(),
                        Page::Source(_) | Page::Why(_) | Page::Integration(_)
                    )
                {
                    self.back();
                }
            }
            Some(failure) => {
                danger.sending = false;
                danger.problem = Some(refusal_text(failure));
            }
        }
    }

    /// The effect of the chosen remedy, asked with `dryRun`.
    pub(super) fn ask_remedy_effect(&mut self, n: usize) {
        let Some(action) = self.action(n) else { return };
        let Some(call) = action.call.clone() else {
            // It writes nothing: it is a way to look further.
            self.go_remedy(&action.command.clone());
            return;
        };
        let Page::Why(view) = self.model.ui.page_mut() else {
            return;
        };
        let source = view.source;
        view.effect = Some((n, Load::loading()));
        self.forget(|it| matches!(it, Waiting::RemedyEffect(id, _) if id == source));
        self.ask(Waiting::RemedyEffect(source, n), Ask::Effect(call));
    }

    fn go_remedy(&mut self, command: &str) {
        match C::parse(command) {
            Some(command) => self.command(command),
            None => self.refuse(tr!("This console has no command {command}.", command)),
        }
    }

    /// What can be done about the chosen finding: the suggested action first.
    fn action(&self, n: usize) -> Option<&Action> {
        let Page::Why(view) = self.model.ui.page() else {
            return None;
        };
        let finding = self
            .model
            .ui
            .list(crate::console::model::ListId::Findings)
            .position;
        let finding = view.diagnosis.value.as_ref()?.findings.get(finding)?;
        finding
            .next_action
            .iter()
            .chain(&finding.other_actions)
            .nth(n)
    }

    /// `Enter` on a remedy: the first time its effect, then the thing itself.
    pub(super) fn remedy_entered(&mut self, n: usize) {
        let Page::Why(view) = self.model.ui.page() else {
            return;
        };
        let shown = matches!(&view.effect, Some((chosen, effect)) if *chosen == n && effect.value.is_some());
        if !shown {
            let waits = |it: &(usize, Load<_>)| it.0 == n && it.1.is_loading();
            if !view.effect.as_ref().is_some_and(waits) {
                self.ask_remedy_effect(n);
            }
            return;
        }
        let source = view.source;
        let Some(action) = self.action(n).cloned() else {
            return;
        };
        let Some(command) = C::parse(&action.command) else {
            self.refuse(tr!(
                "This console has no command {command}. Another version may.",
                command = action.command
            ));
            return;
        };
        if let Err(reason) = crate::console::possible::enabled_to_send(self.model, command) {
            self.refuse(reason);
            return;
        }
        let Some(call) = action.call.clone() else {
            self.command(command);
            return;
        };
        let row = row_of(&call.path).unwrap_or(RowKey::Source(source));
        if action.destructive || command.is_destructive() {
            self.ask_danger(command, row, call);
        } else {
            let group = self.group();
            self.change(command, row, call, group);
        }
    }
}

/// The row that a path is about: `/jobs/91/retry`, `/sources/7/catch-up`, `/spaces/3/sources/7`.
pub(super) fn row_of(path: &str) -> Option<RowKey> {
    use crate::api::{DeliveryId, IntegrationId, JobId, SourceId, SpaceId};
    let mut parts = path.split('?').next()?.trim_start_matches('/').split('/');
    let (kind, id): (_, i64) = (parts.next()?, parts.next()?.parse().ok()?);
    let next = (parts.next(), parts.next().and_then(|it| it.parse().ok()));
    Some(match (kind, next) {
        ("jobs", (Some("spaces"), Some(space))) => RowKey::JobSpace(JobId(id), SpaceId(space)),
        ("jobs", _) => RowKey::Job(JobId(id)),
        ("spaces", (Some("sources"), Some(source))) => {
            RowKey::Binding(SpaceId(id), SourceId(source))
        }
        ("sources", _) => RowKey::Source(SourceId(id)),
        ("deliveries", _) => RowKey::Delivery(DeliveryId(id)),
        ("integrations", _) => RowKey::Integration(IntegrationId(id)),
        _ => return None,
    })
}
