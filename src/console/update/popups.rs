//! Keys of popups, and the popups that find commands or take a token.

use super::Turn;
use super::keys::edit;
use crate::console::command::CommandId;
use crate::console::effect::Ask;
use crate::console::keymap::{Context, Found, Key, KeyCode};
use crate::console::model::{
    CommandList, CommandRow, Connection, FormStep, LinkStep, ListId, Pending, Popup, SignIn,
    TextField,
};
use crate::console::msg::Failure;
use crate::console::possible::{argument, search};
use crate::console::update::Waiting;

impl Turn<'_> {
    /// A key while a popup is in front; whether it was one of the popup's.
    pub(super) fn popup_key(&mut self, key: Key) -> bool {
        let key = self.plain_of(key);
        if let Some(Popup::Writing(_)) = self.model.ui.popup() {
            self.writing_key(key);
            return true;
        }
        if let Some(Popup::Secret(_)) = self.model.ui.popup() {
            self.secret_key(key);
            return true;
        }
        let typing = self.model.ui.popup().is_some_and(|it| it.field().is_some());
        if key.code == KeyCode::Esc && self.views_key(key) {
            return true;
        }
        // In a field Ctrl-c means Esc; it never ends the console from there.
        if key.code == KeyCode::Esc || (typing && key == Key::ctrl('c')) {
            self.close_popup();
            return true;
        }
        if key.code != KeyCode::Enter && self.merge_key(key)
            || self.export_key(key)
            || self.views_key(key)
        {
            return true;
        }
        match key.code {
            KeyCode::Enter => {
                self.popup_entered();
                return true;
            }
            KeyCode::Up | KeyCode::Down if self.command_history(key.code == KeyCode::Up) => {
                return true;
            }
            KeyCode::Up | KeyCode::Down => {
                if matches!(self.model.ui.popup(), Some(Popup::Form(_))) {
                    self.form_field(key.code == KeyCode::Down);
                } else if key.code == KeyCode::Up {
                    self.walk(CommandId::MoveUp);
                } else {
                    self.walk(CommandId::MoveDown);
                }
                return true;
            }
            KeyCode::Tab | KeyCode::BackTab => {
                if matches!(self.model.ui.popup(), Some(Popup::Form(form)) if form.step == FormStep::Edit)
                {
                    self.form_field(key.code == KeyCode::Tab);
                }
                return true;
            }
            _ => {}
        }
        if let Some(Popup::Columns(_)) = self.model.ui.popup() {
            self.columns_key(key);
            return true;
        }
        if matches!(self.model.ui.popup(), Some(Popup::Form(_))) {
            if key == Key::ctrl('s') {
                self.review_form();
                return true;
            }
            if key == Key::ctrl('o') {
                self.hand_to_editor();
                return true;
            }
        }
        if !typing {
            let further = match key.code {
                KeyCode::PageUp => Some(CommandId::PageUp),
                KeyCode::PageDown => Some(CommandId::PageDown),
                KeyCode::Home => Some(CommandId::GoTop),
                KeyCode::End => Some(CommandId::GoBottom),
                _ => None,
            };
            if let Some(further) = further {
                self.walk(further);
                return true;
            }
            return match (self.model.ui.popup(), key.code) {
                (Some(Popup::Link(wizard)), KeyCode::Backspace)
                    if wizard.step == LinkStep::Preview =>
                {
                    self.link_step_back();
                    true
                }
                (Some(Popup::Form(_)), KeyCode::Backspace) => {
                    self.form_back();
                    true
                }
                // The table of results is a list with commands of its own.
                (Some(Popup::Link(wizard)), _) => wizard.step != LinkStep::Result,
                // So are that of many rows and the list of profiles.
                (Some(Popup::Bulk(_) | Popup::Profiles(_)), _) => false,
                _ => true,
            };
        }
        // `→` at the end completes what is selected.
        if key.code == KeyCode::Right
            && let Some(Popup::Palette(list)) = self.model.ui.popups.last_mut()
            && list.field.at_end()
        {
            let place = self.model.ui.lists[&ListId::Popup].position;
            if let Some(row) = list.rows.get(place) {
                list.field
                    .set(match (&row.argument, argument::word(row.id)) {
                        (Some(argument), Some(word)) => format!("{word} {argument}"),
                        (None, Some(word)) => format!("{word} "),
                        _ => row.id.entry().title().to_owned(),
                    });
                self.popup_typed();
            }
            return true;
        }
        if key.code == KeyCode::Right && self.complete_field() {
            self.popup_typed();
            return true;
        }
        if let Some(field) = self
            .model
            .ui
            .popups
            .last_mut()
            .and_then(|it| it.field_mut())
        {
            let before = field.text().to_owned();
            edit(field, key);
            if field.text() != before {
                self.model.ui.history_place = None;
                self.popup_typed();
            }
        }
        true
    }

    /// The text of the popup's field changed.
    pub(super) fn popup_typed(&mut self) {
        match self.model.ui.popup() {
            Some(Popup::Palette(list) | Popup::Help(list)) => {
                let text = list.field.text().to_owned();
                // What can run is asked of the page below, not of the palette itself.
                let rows = self.below_popup(|model| search(model, &text));
                if let Some(Popup::Palette(list) | Popup::Help(list)) =
                    self.model.ui.popups.last_mut()
                {
                    list.rows = rows;
                }
                self.restart(ListId::Popup);
            }
            Some(Popup::Link(_)) => self.link_typed(),
            Some(Popup::Bind(_)) => self.bind_typed(),
            Some(Popup::Form(_)) => self.form_typed(),
            Some(Popup::Danger(_)) => {
                if let Some(Popup::Danger(danger)) = self.model.ui.popups.last_mut() {
                    danger.problem = None;
                }
            }
            Some(Popup::GoTo(_)) => {
                if let Some(Popup::GoTo(go)) = self.model.ui.popups.last_mut() {
                    go.problem = None;
                }
            }
            Some(Popup::Export(_)) => {
                if let Some(Popup::Export(form)) = self.model.ui.popups.last_mut() {
                    form.problem = None;
                }
            }
            Some(
                Popup::SignIn(_)
                | Popup::Writing(_)
                | Popup::Mode(_)
                | Popup::Columns(_)
                | Popup::Dump(_)
                | Popup::Bulk(_)
                | Popup::Views(_)
                | Popup::Secret(_)
                | Popup::Profiles(_)
                | Popup::SignOut(_),
            )
            | None => {}
        }
    }

    fn below_popup<T>(&mut self, look: impl FnOnce(&crate::console::model::Model) -> T) -> T {
        let popup = self.model.ui.popups.pop();
        let seen = look(self.model);
        self.model.ui.popups.extend(popup);
        seen
    }

    fn popup_entered(&mut self) {
        match self.model.ui.popup() {
            Some(Popup::Palette(list) | Popup::Help(list)) => {
                let place = self.model.ui.list(ListId::Popup).position;
                let Some(row) = list.rows.get(place).cloned() else {
                    return;
                };
                self.model.ui.popups.pop();
                self.remember_command(&row);
                // `source/` waits for a name.
                match row.argument {
                    Some(begun) if begun.ends_with(['/', '=']) => {
                        let word = argument::word(row.id).unwrap_or_default();
                        self.open_palette_with(&format!("{word} {begun}"));
                    }
                    Some(argument) => self.command_with(row.id, &argument),
                    None => self.command(row.id),
                }
            }
            Some(Popup::Link(_)) => self.link_entered(),
            Some(Popup::Bind(_)) => self.bind_entered(),
            Some(Popup::Form(_)) => self.form_entered(),
            Some(Popup::Danger(_)) => self.danger_entered(),
            Some(Popup::SignIn(_)) => self.sign_in_entered(),
            Some(Popup::Mode(_)) => self.mode_entered(),
            Some(Popup::Columns(_)) => self.columns_entered(),
            Some(Popup::Export(_)) => self.export_entered(),
            Some(Popup::Dump(_)) => self.dump_entered(),
            Some(Popup::Views(_)) => self.views_entered(),
            Some(Popup::GoTo(_)) => self.go_to_entered(),
            Some(Popup::Bulk(_)) => self.bulk_entered(),
            Some(Popup::Profiles(_)) => self.profile_entered(),
            Some(Popup::SignOut(_)) => self.sign_out_entered(),
            Some(Popup::Writing(_) | Popup::Secret(_)) | None => {}
        }
    }

    /// `Esc`: closes the popup in front; whether there was one.
    pub(super) fn close_popup(&mut self) -> bool {
        let Some(popup) = self.model.ui.popups.pop() else {
            return false;
        };
        match popup {
            Popup::SignIn(_) => {
                self.drop_parked();
                self.tell(tr!(
                    "Signed out: looking works, changes wait. :sign-in takes a token."
                ));
            }
            Popup::Danger(danger) => {
                self.forget(|it| matches!(it, Waiting::DangerEffect | Waiting::DangerRow(_)));
                if !danger.sending {
                    self.tell(tr!("Nothing was changed."));
                }
            }
            Popup::Form(form) => {
                self.forget(|it| it == Waiting::FormEffect);
                self.keep_draft(*form);
            }
            Popup::Link(_) => self.forget(|it| matches!(it, Waiting::LinkPreview(_))),
            Popup::Writing(writing) => self.keep_writing(*writing),
            Popup::Bulk(group) => self.bulk_closed(group),
            Popup::Export(_) => self.forget(|it| it == Waiting::Export),
            Popup::Profiles(_) => self.forget(|it| it == Waiting::Profiles),
            Popup::SignOut(_) => self.forget(|it| it == Waiting::SignOut),
            Popup::Palette(_)
            | Popup::Help(_)
            | Popup::Bind(_)
            | Popup::Mode(_)
            | Popup::Columns(_)
            | Popup::Dump(_)
            | Popup::Views(_)
            | Popup::GoTo(_)
            | Popup::Secret(_) => {}
        }
        self.restart(ListId::Popup);
        true
    }

    fn command_list(&self) -> CommandList {
        CommandList {
            field: TextField::default(),
            rows: search(self.model, ""),
        }
    }

    pub(super) fn open_palette(&mut self) {
        self.open_palette_with("");
    }

    /// The palette with something typed already.
    pub(super) fn open_palette_with(&mut self, text: &str) {
        let list = CommandList {
            field: TextField::new(text),
            rows: search(self.model, text),
        };
        self.model.ui.history_place = None;
        self.model.ui.popups.push(Popup::Palette(list));
        self.restart(ListId::Popup);
    }

    /// A key that the keymap has for moving or leaving, as the plain key of it: `Ctrl-n` of emacs works in popups too. What
    /// edits a field stays what it is.
    pub(super) fn plain_of(&self, key: Key) -> Key {
        if key.text().is_some() || !(key.ctrl || key.alt) {
            return key;
        }
        let here = [Context::List, Context::Everywhere];
        let code = match self.model.keymap.find(&here, &[key]) {
            Found::Command(CommandId::Back) => KeyCode::Esc,
            _ if matches!(self.model.ui.popup(), Some(Popup::Writing(_))) => return key,
            Found::Command(CommandId::MoveDown) => KeyCode::Down,
            Found::Command(CommandId::MoveUp) => KeyCode::Up,
            _ => return key,
        };
        Key::plain(code)
    }

    /// `↑` above the first row of the palette: what was run before; whether it was that.
    fn command_history(&mut self, up: bool) -> bool {
        let ui = &mut self.model.ui;
        let at_top = ui.list(ListId::Popup).position == 0;
        let (Some(Popup::Palette(list)), true) = (ui.popups.last_mut(), at_top) else {
            return false;
        };
        let history = &ui.command_history;
        let fresh = ui.history_place.is_none();
        // Only an empty field goes back in time: in a list of what matches, the keys are the list's.
        if history.is_empty() || (fresh && (!up || !list.field.text().is_empty())) {
            return false;
        }
        let at = ui.history_place.unwrap_or(history.len());
        let next = if up {
            at.saturating_sub(1)
        } else {
            (at + 1).min(history.len())
        };
        list.field
            .set(history.get(next).cloned().unwrap_or_default());
        ui.history_place = Some(next);
        self.popup_typed();
        true
    }

    fn remember_command(&mut self, row: &CommandRow) {
        let text = match (&row.argument, argument::word(row.id)) {
            (Some(argument), Some(word)) => format!("{word} {argument}"),
            _ => row.id.as_str().to_owned(),
        };
        self.model.ui.history_place = None;
        let history = &mut self.model.ui.command_history;
        history.retain(|it| *it != text);
        history.push(text);
    }

    pub(super) fn open_help(&mut self) {
        let list = self.command_list();
        self.model.ui.popups.push(Popup::Help(list));
        self.restart(ListId::Popup);
    }

    /// Asks for a token; `waiting` runs after it.
    pub(super) fn open_sign_in(&mut self, waiting: Option<String>) {
        if let Some(Popup::SignIn(open)) = self
            .model
            .ui
            .popups
            .iter_mut()
            .find(|it| matches!(it, Popup::SignIn(_)))
        {
            open.waiting = open.waiting.take().or(waiting);
            return;
        }
        let reason = match &self.model.connection {
            // The server's own sentence tells a token that is missing from one that ended.
            Connection::SignedOut { text, sent: true } => text.clone(),
            Connection::SignedOut { sent: false, .. } => tr!(
                "No token yet for {server}. An admin makes one there: gt, then +.",
                server = self.model.session.server
            ),
            _ => tr!("Another token takes the place of the one in use.").to_owned(),
        };
        self.model.ui.popups.push(Popup::SignIn(SignIn {
            reason,
            waiting,
            token: TextField::secret(),
            problem: None,
            trying: false,
        }));
    }

    fn sign_in_entered(&mut self) {
        let Some(Popup::SignIn(sign_in)) = self.model.ui.popups.last_mut() else {
            return;
        };
        let token = sign_in.token.text().trim().to_owned();
        if sign_in.trying {
            return;
        }
        if token.is_empty() {
            sign_in.problem = Some(tr!("Paste or type the token.").into());
            return;
        }
        sign_in.trying = true;
        sign_in.problem = None;
        self.ask(Waiting::SignIn, Ask::SignIn(token));
    }

    pub(super) fn signed_in(&mut self, result: Result<crate::api::Me, Failure>) {
        match result {
            Ok(me) => {
                self.model
                    .ui
                    .popups
                    .retain(|it| !matches!(it, Popup::SignIn(_)));
                let name = me.name.clone();
                self.take_me(me);
                self.done(tr!("Signed in as {name}.", name), "");
                self.effect(crate::console::effect::Effect::Reconnect);
                self.resume_parked();
                self.refresh_page();
            }
            Err(failure) => {
                if let Some(Popup::SignIn(sign_in)) = self.model.ui.popups.last_mut() {
                    sign_in.trying = false;
                    sign_in.problem = Some(super::change::refusal_text(&failure));
                }
            }
        }
    }

    /// The answer to a change, for the popup that sent it.
    pub(super) fn popup_answered(&mut self, pending: &Pending, failure: Option<&Failure>) {
        self.danger_answered(&pending.call, failure);
        self.form_answered(&pending.call, failure);
        self.writing_answered(&pending.call, failure);
    }
}
