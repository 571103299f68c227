//! Changes: sent with a pending mark, confirmed or rolled back with the reason, taken back by what the server said takes
//! them back (engine.md: undo). Never retried blindly: the same attempt keeps its `Idempotency-Key`.

use std::time::Duration;

use serde_json::Value;

use super::words::{Words, words};
use super::{Turn, Waiting};
use crate::api::{Call, JobId, SpaceId};
use crate::console::command::CommandId as C;
use crate::console::effect::{Ask, Effect};
use crate::console::local::is_local;
use crate::console::model::work::ReqId;
use crate::console::model::{
    Connection, History, Message, Outcome, Pending, Popup, RowKey, UndoEntry,
};
use crate::console::msg::{Done, Failure, FailureKind, Timer};
use crate::console::possible::still_saving;

/// How long a lost answer is waited for before it is asked for again.
const AGAIN: Duration = Duration::from_secs(2);
/// A change that has to wait goes out again no sooner.
const AT_LEAST: Duration = Duration::from_secs(1);

impl Turn<'_> {
    /// A number that ties the changes of one command together.
    pub(super) fn group(&mut self) -> u64 {
        self.model.work.last_group += 1;
        self.model.work.last_group
    }

    /// Sends a change of its own.
    pub(super) fn change(&mut self, command: C, row: RowKey, call: Call, group: u64) {
        let words = words(self.model, command, row);
        let history = match command {
            C::IntegrationCheck => History::Do,
            command if command.is_destructive() => History::Final,
            _ => History::Do,
        };
        self.send(command, row, call, words, history, group, Vec::new());
    }

    /// The `Idempotency-Key` of what is sent next.
    pub(super) fn next_key(&self) -> String {
        let number = self.model.work.last_request + 1;
        format!("{}-{number}", self.model.flow.session_key)
    }

    #[allow(clippy::too_many_arguments)] // one place that builds the record; its callers name each part
    pub(super) fn send(
        &mut self,
        command: C,
        row: RowKey,
        call: Call,
        words: Words,
        history: History,
        group: u64,
        rest: Vec<Call>,
    ) -> ReqId {
        let key = self.next_key();
        let call = super::order::named(call, &key);
        if let Some(back) = self.mode_back(&call) {
            self.model.flow.backs.insert(key.clone(), back);
        }
        self.tell(words.message.clone());
        let pending = Pending {
            row,
            words: words.pending,
            message: words.message,
            call,
            key,
            command,
            done: words.done,
            refused: words.refused.to_owned(),
            history,
            unsure: false,
            waits: false,
            rest,
            label: words.label,
            back: words.back,
            group,
        };
        self.post(pending)
    }

    fn post(&mut self, pending: Pending) -> ReqId {
        let request = self.ask(
            Waiting::Change,
            Ask::Change {
                call: pending.call.clone(),
                key: pending.key.clone(),
            },
        );
        self.model.work.pending.insert(request, pending);
        request
    }

    /// The server accepted a change.
    pub(super) fn accepted(&mut self, request: ReqId, done: Done) {
        let Some(pending) = self.model.work.pending.remove(&request) else {
            return;
        };
        let queued = self.take_row(&pending, &done.body);
        if let Some((next, rest)) = pending.rest.split_first() {
            let key = format!("{}-{}", self.model.flow.session_key, request.0 + 1_000_000);
            let next = Pending {
                call: next.clone(),
                rest: rest.to_vec(),
                key,
                ..pending
            };
            self.post(next);
            return;
        }
        self.mode_taken(&pending.call);
        if is_local(&pending.call) {
            // What is being read may be from before.
            self.forget(|it| matches!(it, super::Waiting::LocalRows));
            self.ask_local_rows();
        }
        let sequence = done.sequence.map_or(0, |it| it.0);
        let own = self.model.flow.backs.remove(&pending.key);
        let told = super::event_undo::calls(pending.command, sequence, done.undo);
        // An answer that was asked for again does not tell what takes it back: the log does.
        let told = told.or_else(|| super::event_undo::of_repeated(&pending, sequence));
        let entry = UndoEntry {
            label: pending.label.clone(),
            row: pending.row,
            calls: told.unwrap_or_else(|| own.into_iter().collect()),
            sequence,
            group: pending.group,
            back: pending.back.clone(),
            command: pending.command,
        };
        let result = match pending.history {
            History::Undo(_) => Outcome::Undone(sequence),
            History::Do | History::Redo(_) | History::Final => Outcome::Done(
                sequence,
                done_text(&pending.done, pending.command, queued, &done.body),
            ),
        };
        let in_bulk = self.is_in_bulk(&pending);
        self.bulk_answered(&pending, &result);
        self.link_answered(&pending, result);
        let to_bind = self.waiting_for_space(&pending.call);
        self.popup_answered(&pending, None);
        // What was refused because of this change holds no longer.
        let over = |it: &Message| !it.refusal || it.text == still_saving();
        if self.model.work.message.as_ref().is_some_and(over) {
            self.model.work.message = None;
        }
        match pending.history {
            History::Do if pending.command == C::IntegrationCheck && in_bulk => {}
            History::Do if pending.command == C::IntegrationCheck => {
                self.done(check_result(&pending.done, &done.body), "");
            }
            // What the agent was told it has heard: nothing takes it back, and nothing that was done before is final by it.
            History::Do if pending.command.is_answer() => self.answered(&pending),
            History::Do if pending.command == C::Instruct => self.written(&pending),
            History::Do | History::Final => {
                let undoable = !entry.calls.is_empty();
                let hint = if undoable { tr!("u undo") } else { "" };
                self.model.work.redo.clear();
                // What cannot be taken back from here bars nothing that was done before, unless it destroyed something.
                if undoable || pending.command.is_destructive() {
                    self.model.work.undo.push(entry);
                }
                let text = done_text(&pending.done, pending.command, queued, &done.body);
                if !self.in_link_wizard() && !in_bulk {
                    self.done_of(pending.group, text, hint);
                }
                self.show_secret(&pending, &done.body);
                if pending.command == C::CheckpointRevert {
                    self.leave_revert();
                }
            }
            History::Redo(_) => {
                let text = tr!("Done again: {label}.", label = pending.label);
                if entry.calls.is_empty() {
                    self.done(text, "");
                } else {
                    self.model.work.undo.push(entry);
                    self.done_of(pending.group, text, tr!("u undo"));
                }
            }
            History::Undo(undone) => {
                self.model.work.redo.push(UndoEntry {
                    // What takes the undoing back does the thing again.
                    calls: entry.calls,
                    ..(*undone).clone()
                });
                self.next_undo(&undone);
            }
        }
        let made = done.body.get("id").and_then(Value::as_i64).map(SpaceId);
        if let (Some(space), false) = (made, to_bind.is_empty()) {
            self.bind_all(space, &to_bind);
        }
        self.fill_all();
        self.refresh_page();
    }

    /// Takes the row that came with the answer, before the feed brings it; answers the run that was queued.
    fn take_row(&mut self, pending: &Pending, body: &Value) -> Option<JobId> {
        use crate::api::Row;
        if pending.call.method == "DELETE" && body.is_null() {
            match pending.row {
                RowKey::Binding(space, source) => {
                    self.model.present_mut().remove_binding(space, source);
                }
                RowKey::Source(id) if pending.command == C::SourceDelete => {
                    self.model.present_mut().sources.remove(id);
                }
                RowKey::Token(id) => self.token_gone(id),
                RowKey::Integration(id) if pending.command == C::IntegrationDelete => {
                    self.model.present_mut().integrations.remove(id);
                }
                _ => {}
            }
            return None;
        }
        if !body.is_object() {
            return None;
        }
        let mut queued = None;
        let row = if body.get("cursorVersion").is_some() {
            serde_json::from_value(body.clone()).map(|it| Row::Source(Box::new(it)))
        } else if body.get("affectedSpaceIds").is_some() {
            serde_json::from_value(body.clone()).map(|it: crate::api::Job| {
                queued = Some(it.id);
                Row::Job(Box::new(it))
            })
        } else if body.get("jrnPattern").is_some() {
            serde_json::from_value(body.clone()).map(Row::Binding)
        } else if body.get("webhookUrl").is_some() {
            serde_json::from_value(body.clone()).map(Row::Integration)
        } else if body.get("slug").is_some() {
            serde_json::from_value(body.clone()).map(Row::Space)
        } else if body.get("deliveryId").is_some() {
            serde_json::from_value(body.clone()).map(Row::Delivery)
        } else {
            return None;
        };
        // A body that this console cannot read is no failure of the change: the feed brings the row.
        if let Ok(row) = row {
            self.model
                .present_mut()
                .put(crate::console::clean::row(row));
        }
        queued
    }

    /// A change has no accepted answer.
    pub(super) fn refused(&mut self, request: ReqId, failure: &Failure) {
        if failure.unsure {
            if let Some(pending) = self.model.work.pending.get_mut(&request) {
                pending.unsure = true;
                let label = pending.label.clone();
                self.tell(tr!("Unsure: \"{label}\" was sent, the answer was lost. Asking again with the same key.", label));
                self.effect(Effect::Arm(Timer::Again(request), AGAIN));
            }
            return;
        }
        if let FailureKind::Busy(wait) = failure.kind {
            self.wait_for_room(request, wait);
            return;
        }
        let Some(pending) = self.model.work.pending.remove(&request) else {
            return;
        };
        self.model.work.not_taken |= matches!(failure.kind, FailureKind::Server(_));
        if matches!(failure.kind, FailureKind::SignedOut | FailureKind::NoToken) {
            let label = pending.label.clone();
            self.model.flow.parked.push(pending);
            self.open_sign_in(Some(label));
            return;
        }
        // It was asked again after a lost answer, and now not even sent: still unsure, so it is kept.
        if pending.unsure && matches!(failure.kind, FailureKind::Outage(_) | FailureKind::InUse(_))
        {
            self.model.work.pending.insert(request, pending);
            return;
        }
        self.model.work.message = None;
        // An undo that is refused leaves the source linked.
        if !matches!(pending.history, History::Undo(_)) {
            let outcome = Outcome::Failed(refusal_text(failure));
            self.bulk_answered(&pending, &outcome);
            self.link_answered(&pending, outcome);
        }
        self.popup_answered(&pending, Some(failure));
        let text = match &pending.history {
            History::Undo(entry) => self.undo_refused(entry, failure),
            History::Redo(entry) => {
                self.model.work.redo.push((**entry).clone());
                tr!(
                    "Not done again: {label} {reason}",
                    label = entry.label,
                    reason = refusal_text(failure)
                )
            }
            History::Do | History::Final => {
                format!("{}: {}", pending.refused, refusal_text(failure))
            }
        };
        let told =
            matches!(pending.history, History::Do | History::Final) && self.is_in_bulk(&pending);
        if !self.in_link_wizard() && !told {
            self.failed(text);
        }
        self.model.flow.backs.remove(&pending.key);
        let answers = pending.command.is_answer() || pending.command == C::Instruct;
        if answers || matches!(pending.row, RowKey::Thread(_)) {
            // Somebody else may have been quicker: what is so by now is asked.
            self.ask_thread_anew();
        }
    }

    /// The server has no room for a change now: nothing is lost, it goes out again when it was asked to (screens.md §4.8:
    /// Banners).
    fn wait_for_room(&mut self, request: ReqId, wait: Duration) {
        let Some(pending) = self.model.work.pending.get_mut(&request) else {
            return;
        };
        pending.waits = true;
        let label = pending.label.clone();
        self.tell(tr!(
            "Not sent yet: {label}. The server asked to wait; it goes out again by itself.",
            label
        ));
        self.effect(Effect::Arm(Timer::Again(request), wait.max(AT_LEAST)));
    }

    /// Asks once more for an answer that was lost.
    pub(super) fn again(&mut self, request: ReqId) {
        if !self.model.connection.is_reachable() {
            // The feed tells when the server is back; see `ask_lost`.
            return;
        }
        if let Some(mut pending) = self.model.work.pending.remove(&request) {
            pending.waits = false;
            self.post(pending);
        }
    }

    /// The server is back: asks for every answer that was lost, each with its own key.
    pub(super) fn ask_lost(&mut self) {
        let lost: Vec<ReqId> = self
            .model
            .work
            .pending
            .iter()
            .filter(|(request, it)| {
                let open = it.unsure || it.waits;
                open && !self.model.flow.waiting.contains_key(request)
            })
            .map(|(request, _)| *request)
            .collect();
        for request in lost {
            self.again(request);
        }
    }

    /// A new token is accepted: what waited for it goes out, with the same keys.
    pub(super) fn resume_parked(&mut self) {
        for pending in std::mem::take(&mut self.model.flow.parked) {
            self.post(pending);
        }
    }

    /// Gives up what waits for a sign-in.
    pub(super) fn drop_parked(&mut self) {
        for pending in std::mem::take(&mut self.model.flow.parked) {
            self.writing_not_sent(&pending.call, tr!("Signed out; nothing was sent."));
            self.failed(tr!(
                "{refused}: signed out. {label} was not sent.",
                refused = pending.refused,
                label = pending.label
            ));
        }
    }

    fn in_link_wizard(&self) -> bool {
        matches!(self.model.ui.popup(), Some(Popup::Link(_)))
    }

    /// A failure that says something about the connection, told to the banner.
    pub(super) fn note_connection(&mut self, failure: &Failure) {
        match &failure.kind {
            FailureKind::Busy(wait) => {
                self.model.connection = Connection::Busy {
                    until: self.model.now.plus_millis(wait.as_millis() as i64),
                };
                self.count_down();
            }
            FailureKind::SignedOut => self.signed_out(&failure.text, true),
            FailureKind::NoToken => self.signed_out(&failure.text, false),
            // The feed notices an outage itself, and when it is over.
            FailureKind::Outage(_)
            | FailureKind::InUse(_)
            | FailureKind::Server(_)
            | FailureKind::Refused(_)
            | FailureKind::Protocol => {}
        }
    }
}

/// The toast of an accepted change, with the number of the run it queued or the new generation.
fn done_text(done: &str, command: C, queued: Option<JobId>, body: &Value) -> String {
    match (command, queued) {
        (C::CatchUp, Some(job)) => tr!("Catch-up #{job} queued.", job),
        (C::Rebaseline, Some(job)) => tr!("Run #{job} queued; it sets the cursor anew.", job),
        (C::RunAgain, Some(job)) => {
            tr!(
                "Run #{job} queued from the same event. u cancels it while it waits.",
                job
            )
        }
        (C::CursorClear, _) => match body.get("generation").and_then(Value::as_i64) {
            Some(generation) => tr!(
                "{done}, generation {generation}.",
                done = done.trim_end_matches('.'),
                generation
            ),
            None => done.to_owned(),
        },
        (C::TokenNew, _) => match body.get("name").and_then(Value::as_str) {
            Some(name) => tr!("Token {name} is made.", name),
            None => done.to_owned(),
        },
        (C::SourceNew | C::SpaceNew | C::IntegrationNew, _) => {
            match body.get("name").and_then(Value::as_str) {
                Some(name) => tr!("{name} is added.", name),
                None => done.to_owned(),
            }
        }
        _ => done.to_owned(),
    }
}

fn check_result(done: &str, body: &Value) -> String {
    let status = body.get("status").and_then(Value::as_str);
    let detail = body.get("statusDetail").and_then(Value::as_str);
    match (status, detail) {
        (Some(status), Some(detail)) => {
            tr!("{done} It is {status}: {detail}", done, status, detail)
        }
        (Some(status), None) => tr!("{done} It is {status}.", done, status),
        _ => done.to_owned(),
    }
}

/// Why not, and what to do.
pub(super) fn refusal_text(failure: &Failure) -> String {
    let mut text = failure.text.trim().to_owned();
    // The contract's own preface says nothing to a person.
    for preface in [
        tr!("Command previously rejected ("),
        tr!("Orchestration command invariant failed ("),
    ] {
        if text.starts_with(preface)
            && let Some((_, said)) = text.split_once("): ")
        {
            text = said.to_owned();
        }
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    if let FailureKind::Refused(problem) = &failure.kind
        && let Some(remedy) = &problem.remedy
        && !text.contains(remedy.as_str())
    {
        text.push(' ');
        text.push_str(remedy);
    }
    text
}
