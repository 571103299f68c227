//! Toasts, the message row, and the list of everything that was said.

use std::time::Duration;

use super::Turn;
use crate::console::effect::Effect;
use crate::console::model::work::NOTES;
use crate::console::model::{Message, Note, Toast, ToastKind};
use crate::console::msg::Timer;

/// How long a toast stays (screens.md §4.8: toasts).
const TOAST: Duration = Duration::from_secs(6);
/// At most so many at once.
const TOASTS: usize = 3;

impl Turn<'_> {
    /// Says that something was done.
    pub(super) fn done(&mut self, text: impl Into<String>, hint: &str) {
        self.toast(ToastKind::Done, text.into(), hint);
    }

    /// Says that a change was done, until it is taken back.
    pub(super) fn done_of(&mut self, group: u64, text: impl Into<String>, hint: &str) {
        self.done(text, hint);
        if let Some(toast) = self.model.work.toasts.last_mut() {
            toast.group = Some(group);
        }
    }

    /// Says that something was not done; stays until a key.
    pub(super) fn failed(&mut self, text: impl Into<String>) {
        self.toast(ToastKind::Failed, text.into(), "");
    }

    /// Says something.
    pub(super) fn info(&mut self, text: impl Into<String>) {
        self.toast(ToastKind::Info, text.into(), "");
    }

    /// Says how far something is; stays until that is over. Answers its id.
    pub(super) fn say_progress(&mut self, text: String) -> u64 {
        self.toast(ToastKind::Progress, text, "");
        self.model.work.last_toast
    }

    /// Says in the message row that something was done: a toast would lie over what is asked next.
    pub(super) fn done_in_place(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.note(ToastKind::Done, text.clone());
        self.tell(text);
        self.fill(crate::console::model::ListId::Messages);
    }

    fn note(&mut self, kind: ToastKind, text: String) {
        let at = self.model.now;
        let notes = &mut self.model.work.notes;
        notes.push_back(Note { at, kind, text });
        if notes.len() > NOTES {
            notes.pop_front();
        }
    }

    fn toast(&mut self, kind: ToastKind, text: String, hint: &str) {
        let now = self.model.now;
        self.note(kind, text.clone());
        let work = &mut self.model.work;
        work.last_toast += 1;
        let id = work.last_toast;
        let stays = matches!(kind, ToastKind::Failed | ToastKind::Progress);
        work.toasts.push(Toast {
            id,
            kind,
            text,
            hint: hint.to_owned(),
            group: None,
            at: now,
            until: (!stays).then(|| now.plus_millis(TOAST.as_millis() as i64)),
        });
        if work.toasts.len() > TOASTS {
            work.toasts.remove(0);
        }
        if !stays {
            self.effect(Effect::Arm(Timer::Toast(id), TOAST));
        }
        self.fill(crate::console::model::ListId::Messages);
    }

    /// Says in the message row why a key did nothing.
    pub(super) fn refuse(&mut self, text: impl Into<String>) {
        self.model.work.message = Some(Message {
            refusal: true,
            answer: true,
            text: text.into(),
        });
    }

    /// Says in the message row what a key did that needs no server, whatever banner stands there.
    pub(super) fn tell_first(&mut self, text: impl Into<String>) {
        self.model.work.message = Some(Message {
            refusal: false,
            answer: true,
            text: text.into(),
        });
    }

    /// Says something in the message row.
    pub(super) fn tell(&mut self, text: impl Into<String>) {
        self.model.work.message = Some(Message {
            refusal: false,
            answer: false,
            text: text.into(),
        });
    }

    /// A key was pressed: what waited for one goes.
    pub(super) fn quieten(&mut self) {
        self.model.work.message = None;
        self.model
            .work
            .toasts
            .retain(|toast| toast.until.is_some() || toast.kind == ToastKind::Progress);
    }
}
