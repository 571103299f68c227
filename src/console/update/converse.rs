//! What a person wants of a thread, given as a command under an id of its own: another mode, or an end.

use super::Turn;
use super::change::call;
use super::words::Words;
use crate::api::{Call, Command, DispatchRequest, RuntimeMode, ThreadId};
use crate::console::command::CommandId as C;
use crate::console::model::{ListId, ModePicker, Model, Page, Popup, RowKey};
use crate::console::possible::conversing::under_way;

/// Where commands are given.
const DISPATCH: &str = "/orchestration/dispatchCommand";

/// The call that gives a command. Its id is that of the change it goes out with; see [`named`].
pub(super) fn order(command: &Command) -> Call {
    let body = serde_json::to_value(DispatchRequest::new("", command));
    call("POST", DISPATCH.to_owned(), body.unwrap_or_default())
}

/// A command's own id and the `Idempotency-Key` are one thing (orchestration.md: dispatch); other calls have only the key.
pub(super) fn named(mut call: Call, key: &str) -> Call {
    if call.path == DISPATCH {
        call.body["commandId"] = key.into();
    }
    call
}

impl Turn<'_> {
    /// The row that changes of a thread are shown at.
    pub(super) fn row_of_thread(&mut self, thread: &ThreadId) -> RowKey {
        RowKey::Thread(self.model.work.names.of(thread.as_str()))
    }

    /// `!i`, `!k`: asks before the turn, or the session with it, is ended.
    pub(super) fn ask_to_end(&mut self, command: C) {
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        let (thread_id, created_at) = (view.thread_id.clone(), self.model.now);
        let turn = view.thread.value.as_ref().and_then(under_way);
        let waits = view.waiting().count();
        let order_given = if command == C::TurnInterrupt {
            let turn_id = (view.turns().iter())
                .find(|it| Some(it.turn_count) == turn)
                .map(|it| it.turn_id.clone());
            Command::TurnInterrupt {
                thread_id: thread_id.clone(),
                turn_id,
                created_at,
            }
        } else {
            Command::SessionStop {
                thread_id: thread_id.clone(),
                created_at,
            }
        };
        let mut told = Vec::new();
        if command == C::SessionStop {
            told.push(
                tr!("The agent's program is told to end; its next turn begins with another.")
                    .to_owned(),
            );
        }
        if let Some(turn) = turn {
            told.push(tr!("Turn {turn} ends as interrupted. What was said in it stays; what the agent edited in it is not taken over.", turn));
        }
        if waits > 0 {
            told.push(
                tr!("What it asked is void: nobody waits for the answer any more.").to_owned(),
            );
        }
        let row = self.row_of_thread(&thread_id);
        self.ask_danger_telling(command, row, order(&order_given), told);
    }

    /// `M`: what the agent may do without asking.
    pub(super) fn open_mode(&mut self) {
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        let Some(now) = view.thread.value.as_ref().map(|it| it.runtime_mode) else {
            return;
        };
        let thread = view.thread_id.clone();
        self.model
            .ui
            .popups
            .push(Popup::Mode(ModePicker { thread, now }));
        self.restart(ListId::Popup);
        let place = RuntimeMode::ALL.iter().position(|it| *it == now);
        self.select(ListId::Popup, place.unwrap_or(0));
    }

    /// `Enter` in it.
    pub(super) fn mode_entered(&mut self) {
        let place = self.model.ui.list(ListId::Popup).position;
        let Some(Popup::Mode(picker)) = self.model.ui.popup() else {
            return;
        };
        let Some(runtime_mode) = RuntimeMode::ALL.get(place).copied() else {
            return;
        };
        let (thread_id, now) = (picker.thread.clone(), picker.now);
        self.model.ui.popups.pop();
        if now == runtime_mode {
            self.tell(tr!("It is {runtime_mode} already.", runtime_mode));
            return;
        }
        if let Err(reason) = crate::console::possible::enabled(self.model, C::RuntimeMode) {
            self.refuse(reason);
            return;
        }
        let row = self.row_of_thread(&thread_id);
        let order_given = Command::RuntimeModeSet {
            thread_id,
            runtime_mode,
            created_at: self.model.now,
        };
        let group = self.group();
        self.change(C::RuntimeMode, row, order(&order_given), group);
    }

    /// What takes the setting of a mode back: the mode that a page shows until then.
    pub(super) fn mode_back(&mut self, set: &Call) -> Option<Call> {
        let (thread, _) = mode_set(set)?;
        let thread = self.thread_named(thread)?;
        let back = Command::RuntimeModeSet {
            thread_id: thread.id.clone(),
            runtime_mode: thread.runtime_mode,
            created_at: self.model.now,
        };
        Some(order(&back))
    }

    /// The server took a mode: the page shows it before it is asked for again.
    pub(super) fn mode_taken(&mut self, set: &Call) {
        let Some((thread, mode)) = mode_set(set) else {
            return;
        };
        for page in &mut self.model.ui.pages {
            if let Page::Thread(view) = page
                && view.thread_id.as_str() == thread
                && let Some(thread) = &mut view.thread.value
            {
                thread.runtime_mode = mode;
            }
        }
    }

    fn thread_named(&self, id: &str) -> Option<&crate::api::Thread> {
        self.model.ui.pages.iter().find_map(|page| match page {
            Page::Thread(view) if view.thread_id.as_str() == id => view.thread.value.as_ref(),
            _ => None,
        })
    }
}

/// The thread and the mode of a call that sets one.
fn mode_set(call: &Call) -> Option<(&str, RuntimeMode)> {
    if call.body["type"] != "thread.runtime-mode.set" {
        return None;
    }
    let mode = call.body["runtimeMode"].as_str()?.parse().ok()?;
    Some((call.body["threadId"].as_str()?, mode))
}

/// The words of what is wanted of a thread; `name` is the thread's, or that of the question that is answered.
pub(super) fn words(model: &Model, command: C, name: &str) -> Words {
    let view = match model.ui.page() {
        Page::Thread(view) => Some(view),
        _ => None,
    };
    let thread = view.and_then(|it| it.thread.value.as_ref());
    let turn = thread.and_then(under_way);
    let turn = turn.map_or_else(
        || tr!("the turn").to_owned(),
        |turn| tr!("turn {turn}", turn),
    );
    let (pending, what, done, refused, label) = match command {
        C::Instruct if name.starts_with("approval ") => (
            tr!("answering"),
            tr!("answer to {name}", name),
            tr!("Answered. The agent is told so.").to_owned(),
            tr!("Not answered"),
            tr!("answer to {name}", name),
        ),
        C::Instruct => (
            tr!("sending"),
            tr!("instruction to {name}", name),
            tr!("Sent. The turn is queued; a worker takes it.").to_owned(),
            tr!("Not sent"),
            tr!("instruction").to_owned(),
        ),
        C::RuntimeMode => (
            tr!("saving"),
            tr!("mode of {name}", name),
            tr!("Mode set. It counts from the next turn on.").to_owned(),
            tr!("Not set"),
            tr!("mode").to_owned(),
        ),
        C::TurnInterrupt => (
            tr!("interrupting"),
            tr!("interrupting {turn}", turn),
            tr!("Interrupted: {turn}. The agent is being told.", turn),
            tr!("Not interrupted"),
            tr!("interrupt of {turn}", turn),
        ),
        C::SessionStop => (
            tr!("stopping"),
            tr!("stopping the session").to_owned(),
            tr!("The agent's session is asked to stop.").to_owned(),
            tr!("Not stopped"),
            tr!("stop of the session").to_owned(),
        ),
        C::CheckpointRevert => {
            let to = view.and_then(|it| super::revert::name_of_target(it));
            let to = to.unwrap_or_else(|| tr!("the checkpoint").to_owned());
            (
                tr!("going back"),
                tr!("going back to {to}", to),
                tr!("Back at {to}. The documents are as they were.", to),
                tr!("Not gone back"),
                tr!("way back to {to}", to),
            )
        }
        command => (
            tr!("saving"),
            tr!("{action} of {name}", action = command.entry().short(), name),
            tr!("{title}: done.", title = command.entry().title()),
            tr!("Not done"),
            command.entry().short().to_owned(),
        ),
    };
    let mode = thread.map_or_else(String::new, |it| it.runtime_mode.to_string());
    Words {
        pending: pending.into(),
        message: super::words::saving(what),
        done,
        refused,
        label,
        back: tr!("The mode is {mode}", mode),
    }
}
