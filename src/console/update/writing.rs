//! Writing to an agent: several lines, sent with `Ctrl-s`. What was not taken is never lost (screens.md §3: drafts are kept).

use super::Turn;
use super::change::refusal_text;
use super::order::order;
use crate::api::orchestration::UserMessage;
use crate::api::{ApprovalStatus, Call, Command};
use crate::console::command::CommandId as C;
use crate::console::format;
use crate::console::keymap::{Key, KeyCode};
use crate::console::model::names::question_name;
use crate::console::model::writing::{Edit, parts_of};
use crate::console::model::{Page, Part, Pending, Popup, RowKey, Writing};
use crate::console::msg::Failure;
use crate::console::possible::conversing::{asks_for_words, can_begin};
use crate::console::possible::enabled_to_send;

impl Turn<'_> {
    /// `i`: the answer to what the agent asks for, else the next instruction of the thread.
    pub(super) fn open_writing(&mut self) {
        let Page::Thread(view) = self.model.ui.page() else {
            return;
        };
        let about = if let Some((_, space)) = view.about {
            self.model.replica.space_name(space)
        } else {
            let title = view.thread.value.as_ref().map(|it| it.title.clone());
            format::visible(&title.unwrap_or_default()).into_owned()
        };
        let mut writing = Writing {
            thread: view.thread_id.clone(),
            answers: None,
            title: tr!("Instruction · {about}", about),
            parts: vec![Part::default()],
            focus: 0,
            problem: None,
            sent: None,
        };
        if asks_for_words(view)
            && let Some(approval) = view.approval()
        {
            writing.answers = Some(approval.request_id.clone());
            writing.title = tr!("Answer · {about}", about);
            writing.parts = parts_of(view.asked(approval), approval.detail.as_deref());
        }
        let drafts = &mut self.model.flow.writings;
        if let Some(place) = drafts.iter().position(|it| it.is_like(&writing)) {
            let draft = drafts.remove(place);
            // It may have been sent, and not been answered yet.
            let (sent, problem) = (draft.sent, draft.problem);
            for (part, old) in writing.parts.iter_mut().zip(draft.parts) {
                part.text = old.text;
            }
            (writing.sent, writing.problem) = (sent, problem);
            self.tell(if writing.sent.is_some() {
                tr!("It is being sent; there is no answer yet.")
            } else {
                tr!("Your draft is back. Nothing of it is sent yet.")
            });
        }
        self.model.ui.popups.push(Popup::Writing(Box::new(writing)));
    }

    fn writing(&mut self) -> Option<&mut Writing> {
        match self.model.ui.popups.last_mut() {
            Some(Popup::Writing(writing)) => Some(writing),
            _ => None,
        }
    }

    /// A key while it is in front: every one is text or editing.
    pub(super) fn writing_key(&mut self, key: Key) {
        if key.code == KeyCode::Esc || key == Key::ctrl('c') {
            self.close_popup();
            return;
        }
        if key == Key::ctrl('s') {
            self.send_writing();
            return;
        }
        if key == Key::ctrl('o') {
            self.hand_to_editor();
            return;
        }
        let Some(writing) = self.writing() else {
            return;
        };
        if let KeyCode::Tab | KeyCode::BackTab = key.code {
            let count = writing.parts.len().max(1);
            let step = if key.code == KeyCode::Tab {
                1
            } else {
                count - 1
            };
            writing.focus = (writing.focus + step) % count;
            return;
        }
        // What is sent is what was seen: it changes no more until there is an answer.
        if writing.sent.is_some() {
            self.refuse(tr!("It is being sent; the answer comes first. Esc closes."));
            return;
        }
        writing.problem = None;
        let Some(part) = writing.part_mut() else {
            return;
        };
        match (edit_of(key), key.text()) {
            (Some(edit), _) => part.text.edit(edit),
            (None, Some(c)) => part.text.insert(c.encode_utf8(&mut [0; 4])),
            (None, None) => {}
        }
    }

    /// Text from the clipboard; whether there was a place for it.
    pub(super) fn writing_pasted(&mut self, text: &str) -> bool {
        let Some(writing) = self.writing() else {
            return false;
        };
        if writing.sent.is_none()
            && let Some(part) = writing.part_mut()
        {
            part.text.insert(text);
            writing.problem = None;
        }
        true
    }

    /// It was closed: what is typed is there when it is opened again.
    pub(super) fn keep_writing(&mut self, writing: Writing) {
        let drafts = &mut self.model.flow.writings;
        drafts.retain(|it| !it.is_like(&writing));
        if !writing.is_blank() {
            let sent = writing.sent.is_some();
            drafts.push(writing);
            if !sent {
                let key = self.model.keymap.keys_of(C::Instruct);
                self.tell(tr!("The draft is kept: {key} opens it again.", key));
            }
        }
    }

    fn send_writing(&mut self) {
        let Some(writing) = self.writing() else {
            return;
        };
        if writing.sent.is_some() {
            self.refuse(tr!("It is being sent; the answer comes first. Esc closes."));
            return;
        }
        if let Some((place, words)) = writing.fault() {
            writing.focus = place;
            writing.problem = Some(words);
            return;
        }
        let writing = writing.clone();
        let may = match &writing.answers {
            None => enabled_to_send(self.model, C::Instruct).and_then(|()| can_begin(self.model)),
            Some(_) => enabled_to_send(self.model, C::Instruct),
        };
        if let Err(reason) = may {
            if let Some(writing) = self.writing() {
                writing.problem = Some(tr!("Not sent. {reason} Your text is kept.", reason));
            }
            return;
        }
        let (thread_id, created_at) = (writing.thread.clone(), self.model.now);
        let (row, command) = if let Some(request) = &writing.answers {
            let name = question_name(&thread_id, request);
            let row = RowKey::Approval(self.model.work.names.of(&name));
            let command = Command::UserInputRespond {
                thread_id,
                request_id: request.clone(),
                answers: writing.answers(),
                created_at,
            };
            (row, command)
        } else {
            let row = self.row_of_thread(&thread_id);
            let message_id = format!("message-{}", self.next_key());
            let text = writing.parts.first().map(|it| it.text.text());
            let message = UserMessage {
                message_id: message_id
                    .parse()
                    .expect("a word, a session's key and a number"),
                text: text.unwrap_or_default(),
                attachments: Vec::new(),
            };
            let command = Command::TurnStart {
                thread_id,
                message,
                turn_id: None,
                model: None,
                effort: None,
                runtime_mode: None,
                created_at,
            };
            (row, command)
        };
        let call = super::order::named(order(&command), &self.next_key());
        if let Some(writing) = self.writing() {
            writing.problem = None;
            writing.sent = Some(call.clone());
        }
        let group = self.group();
        self.change(C::Instruct, row, call, group);
    }

    /// The answer to what was sent; it may have been closed meanwhile.
    pub(super) fn writing_answered(&mut self, sent: &Call, failure: Option<&Failure>) {
        if let Some(failure) = failure {
            let words = tr!(
                "Not sent. {reason} Your text is kept.",
                reason = refusal_text(failure)
            );
            self.writing_not_sent(sent, &words);
            return;
        }
        let was_sent = |it: &Writing| it.sent.as_ref() == Some(sent);
        self.model.flow.writings.retain(|it| !was_sent(it));
        self.model
            .ui
            .popups
            .retain(|it| !matches!(it, Popup::Writing(writing) if was_sent(writing)));
    }

    /// It was not taken: the text waits to be sent again.
    pub(super) fn writing_not_sent(&mut self, sent: &Call, words: &str) {
        let open = self.model.ui.popups.iter_mut().filter_map(|it| match it {
            Popup::Writing(writing) => Some(writing.as_mut()),
            _ => None,
        });
        let kept = self.model.flow.writings.iter_mut();
        for writing in open.chain(kept) {
            if writing.sent.as_ref() == Some(sent) {
                writing.sent = None;
                writing.problem = Some(words.to_owned());
            }
        }
    }

    /// The server took it.
    pub(super) fn written(&mut self, pending: &Pending) {
        if let RowKey::Approval(number) = pending.row {
            self.mark_answered(number, ApprovalStatus::Responding, None);
            self.thread_changed();
        }
        self.done(pending.done.clone(), "");
        self.ask_thread_anew();
    }
}

/// What a key does to several lines of text; `None`: it may be text.
fn edit_of(key: Key) -> Option<Edit> {
    Some(match (key.code, key.ctrl, key.alt) {
        (KeyCode::Enter, ..) => Edit::Line,
        (KeyCode::Backspace, _, true) => Edit::DeleteWord,
        (KeyCode::Backspace, ..) => Edit::Backspace,
        (KeyCode::Delete, ..) => Edit::Delete,
        (KeyCode::Left, ..) => Edit::Left,
        (KeyCode::Right, ..) => Edit::Right,
        (KeyCode::Up, ..) => Edit::Up,
        (KeyCode::Down, ..) => Edit::Down,
        (KeyCode::Home, true, _) | (KeyCode::PageUp, ..) => Edit::Top,
        (KeyCode::End, true, _) | (KeyCode::PageDown, ..) => Edit::Bottom,
        (KeyCode::Home, ..) => Edit::Home,
        (KeyCode::End, ..) => Edit::End,
        (KeyCode::Char(c), true, false) => match c {
            'a' => Edit::Home,
            'e' => Edit::End,
            'w' => Edit::DeleteWord,
            'u' => Edit::DeleteToStart,
            'k' => Edit::DeleteToEnd,
            'h' => Edit::Backspace,
            'j' => Edit::Line,
            _ => return None,
        },
        _ => return None,
    })
}
