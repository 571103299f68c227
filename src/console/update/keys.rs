//! From keys to text and commands. In a text field every key is text; no command runs there (screens.md §3: text fields).

use std::time::Duration;

use super::Turn;
use crate::console::command::CommandId;
use crate::console::effect::Effect;
use crate::console::keymap::{Context, Found, Key, KeyCode, written};
use crate::console::model::{Connection, ListId, Page, TextField, ToastKind};
use crate::console::msg::Timer;
use crate::console::possible::enabled;
use crate::console::rows::complete;

/// How long an unfinished chord waits before its continuations are shown.
const WHICH_KEY: Duration = Duration::from_millis(300);
/// Pasted text beyond this is cut off.
const LONGEST_PASTE: usize = 1 << 20;

impl Turn<'_> {
    pub(super) fn key(&mut self, key: Key) {
        if self.guarded() {
            self.refuse(tr!("Keys typed before the question appeared were dropped."));
            return;
        }
        self.quieten();
        if self.jump_key(key) {
            return;
        }
        if self.model.ui.filtering.is_some() && self.model.ui.popups.is_empty() {
            self.filter_key(key);
        } else if self.model.ui.popups.is_empty() || !self.popup_key(key) {
            self.chord_key(key);
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        if self.guarded() {
            return;
        }
        let end = text
            .char_indices()
            .map(|(at, _)| at)
            .find(|at| *at >= LONGEST_PASTE)
            .unwrap_or(text.len());
        let text = text[..end].trim_end_matches(['\r', '\n']);
        if self.model.ui.filtering.is_none() && self.writing_pasted(text) {
            return;
        }
        if let Some((list, field)) = &mut self.model.ui.filtering {
            field.insert(text);
            let (list, text) = (*list, field.text().to_owned());
            self.filter_typed(list, &text);
        } else if let Some(field) = self
            .model
            .ui
            .popups
            .last_mut()
            .and_then(|it| it.field_mut())
        {
            field.insert(text);
            self.popup_typed();
        } else {
            self.refuse(tr!("Pasted text goes into a field. / opens the filter."));
        }
    }

    fn chord_key(&mut self, key: Key) {
        let pending = !self.model.ui.chord.is_empty();
        if pending && key.code == KeyCode::Esc {
            self.end_chord();
            return;
        }
        self.model.ui.chord.push(key);
        let stack = Context::stack(self.model);
        match self.model.keymap.find(&stack, &self.model.ui.chord) {
            Found::Command(command) => {
                self.end_chord();
                // `q` is Esc for pages, and on the main screen only says how to quit.
                if command == CommandId::Back && key.text() == Some('q') && self.nothing_to_leave()
                {
                    self.tell(tr!("Q quits."));
                    return;
                }
                self.command(command);
            }
            Found::Group => {
                if !pending {
                    self.model.flow.chord_waits = true;
                    self.effect(Effect::Arm(Timer::WhichKey, WHICH_KEY));
                }
            }
            Found::Nothing => {
                let keys = written(&self.model.ui.chord);
                self.end_chord();
                if pending {
                    self.refuse(tr!("{keys} is no command here. ? shows all keys.", keys));
                } else {
                    self.tell(tr!("{keys} does nothing here; ? shows the keys.", keys));
                }
            }
        }
    }

    fn end_chord(&mut self) {
        self.model.ui.chord.clear();
        self.model.ui.which_key = false;
        if std::mem::take(&mut self.model.flow.chord_waits) {
            self.effect(Effect::Disarm(Timer::WhichKey));
        }
    }

    /// Runs a command, or says why not.
    pub(super) fn command(&mut self, command: CommandId) {
        match enabled(self.model, command) {
            Ok(()) => {
                self.run(command);
                self.tour_saw(command);
            }
            Err(reason) => self.refuse(reason),
        }
    }

    fn nothing_to_leave(&self) -> bool {
        let main = matches!(self.model.ui.page(), Page::Main);
        main && self.model.ui.popups.is_empty() && self.model.past.is_none()
    }

    /// Opens the filter of the focused list; in a log, its search.
    pub(super) fn open_filter(&mut self, start: &str) {
        let list = self.model.ui.focus();
        let text = match self.model.ui.page() {
            Page::Run(view) => view.search.clone(),
            _ if !is_filtered_by_query(list) => {
                self.refuse(tr!("This list has no filter."));
                return;
            }
            _ => self.model.ui.list(list).filter.text.clone(),
        };
        // What was typed last time gives way to what is typed now, or is edited.
        let field = if start.is_empty() {
            TextField::selected(text)
        } else {
            TextField::new(start)
        };
        self.model.ui.history_place = None;
        self.model.ui.completing = None;
        self.model.ui.filtering = Some((list, field));
    }

    fn filter_key(&mut self, key: Key) {
        let key = self.plain_of(key);
        let Some((list, mut field)) = self.model.ui.filtering.take() else {
            return;
        };
        match key {
            Key {
                code: KeyCode::Esc, ..
            } => {
                self.filter_typed(list, "");
                return;
            }
            _ if key == Key::ctrl('c') => {
                self.filter_typed(list, "");
                return;
            }
            Key {
                code: KeyCode::Enter,
                ..
            } => {
                let text = field.text().trim().to_owned();
                self.filter_typed(list, &text);
                self.narrow_events();
                if !text.is_empty() {
                    let history = &mut self.model.ui.filter_history;
                    history.retain(|it| *it != text);
                    history.push(text);
                }
                if let Page::Run(_) = self.model.ui.page() {
                    self.run(CommandId::MatchNext);
                }
                return;
            }
            Key {
                code: KeyCode::Tab | KeyCode::BackTab,
                ..
            } => {
                self.complete_filter(list, &mut field, key.code == KeyCode::Tab);
                let text = field.text().to_owned();
                self.model.ui.filtering = Some((list, field));
                self.filter_typed(list, &text);
                return;
            }
            Key {
                code: KeyCode::Up | KeyCode::Down,
                ..
            } => {
                let history = &self.model.ui.filter_history;
                let at = self.model.ui.history_place.unwrap_or(history.len());
                let next = if key.code == KeyCode::Up {
                    at.saturating_sub(1)
                } else {
                    (at + 1).min(history.len())
                };
                let text = history.get(next).cloned().unwrap_or_default();
                if !history.is_empty() {
                    field.set(text);
                    self.model.ui.history_place = Some(next);
                }
            }
            key => {
                if key.text().is_none() {
                    field.unselect();
                }
                edit(&mut field, key);
            }
        }
        let text = field.text().to_owned();
        self.model.ui.completing = None;
        self.model.ui.filtering = Some((list, field));
        self.filter_typed(list, &text);
    }

    /// `Tab`: the word being typed goes on; again: the next way it may.
    fn complete_filter(&mut self, list: ListId, field: &mut TextField, forward: bool) {
        if matches!(self.model.ui.page(), Page::Run(_)) || !field.at_end() {
            return;
        }
        let (start, place) = match self.model.ui.completing.take() {
            Some((start, place)) => (start, Some(place)),
            None => (field.text().to_owned(), None),
        };
        let found = complete(&self.model.replica, list, &start);
        let count = found.choices.len();
        if count == 0 {
            self.tell(tr!("No way to go on from here."));
            return;
        }
        let next = match (place, forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(place), true) => (place + 1) % count,
            (Some(place), false) => (place + count - 1) % count,
        };
        field.set(format!("{}{}", &start[..found.from], found.choices[next]));
        // One choice is taken: what follows is completed anew.
        self.model.ui.completing = (count > 1).then_some((start, next));
    }

    pub(super) fn filter_typed(&mut self, list: ListId, text: &str) {
        if let Page::Run(view) = self.model.ui.page_mut() {
            text.clone_into(&mut view.search);
            return;
        }
        self.set_filter(list, text);
    }

    pub(super) fn timer(&mut self, timer: Timer, dirty: bool) {
        match timer {
            Timer::Minute => {}
            Timer::Second => {
                let counts = self.model.connection.next_try().is_some();
                self.model.flow.counting = counts;
                if counts {
                    self.effect(Effect::Arm(Timer::Second, Duration::from_secs(1)));
                }
                if let Connection::Busy { until } = self.model.connection
                    && until <= self.model.now
                    // Without the feed, the feed tells when it is back.
                    && self.model.data_as_of.is_none()
                {
                    self.live();
                }
            }
            Timer::WhichKey => self.model.ui.which_key = !self.model.ui.chord.is_empty(),
            Timer::Guard => self.end_guard(),
            Timer::Toast(id) => self
                .model
                .work
                .toasts
                .retain(|toast| toast.id != id || toast.kind == ToastKind::Progress),
            Timer::Flash => self.model.work.flashes.clear(),
            Timer::Log => {
                if !self.held() {
                    self.more_log();
                }
            }
            Timer::Live => {
                if !self.live_timer() {
                    self.model.dirty = dirty;
                }
            }
            Timer::Again(request) => self.again(request),
            Timer::FormHint => {
                if !self.ask_form_hint() {
                    self.model.dirty = dirty;
                }
            }
        }
    }
}

/// Lists that a filter can narrow.
pub(super) const fn is_filtered_by_query(list: ListId) -> bool {
    matches!(
        list,
        ListId::Sources
            | ListId::Cursors
            | ListId::Bindings
            | ListId::Runs
            | ListId::Deliveries
            | ListId::Integrations
            | ListId::Tokens
            | ListId::Own
            | ListId::Events
            | ListId::Conflicts
            | ListId::Xray
    )
}

/// What a key does to the text of a field; whether it did anything.
pub(super) fn edit(field: &mut TextField, key: Key) -> bool {
    match key {
        Key {
            code: KeyCode::Backspace,
            alt: true,
            ..
        } => field.delete_word(),
        Key {
            code: KeyCode::Backspace,
            ..
        } => field.backspace(),
        Key {
            code: KeyCode::Delete,
            ..
        } => field.delete(),
        Key {
            code: KeyCode::Left,
            ..
        } => field.left(),
        Key {
            code: KeyCode::Right,
            ..
        } => field.right(),
        Key {
            code: KeyCode::Home,
            ..
        } => field.home(),
        Key {
            code: KeyCode::End, ..
        } => field.end(),
        Key {
            code: KeyCode::Char(c),
            ctrl: true,
            alt: false,
        } => match c {
            'a' => field.home(),
            'e' => field.end(),
            'w' => field.delete_word(),
            'u' => field.delete_to_start(),
            'k' => field.delete_to_end(),
            'h' => field.backspace(),
            _ => return false,
        },
        key => match key.text() {
            Some(c) => field.insert(c.encode_utf8(&mut [0; 4])),
            None => return false,
        },
    }
    true
}
