//! What a person wants of a thread, given as a command under an id of its own: another mode, or an end.

use super::Turn;
use super::order::order;
use crate::api::{Call, Command, RuntimeMode, ThreadId};
use crate::console::command::CommandId as C;
use crate::console::model::{ListId, ModePicker, Page, Popup, RowKey};
use crate::console::possible::conversing::under_way;

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
