//! Commands with a word behind them: which theme, which keys, which view.

use super::Turn;
use crate::console::command::CommandId as C;
use crate::console::effect::Effect;
use crate::console::keymap::Preset;
use crate::console::possible::{argument, enabled};
use crate::console::query::closest;

impl Turn<'_> {
    /// Runs a command with its argument, or says why not.
    pub(super) fn command_with(&mut self, command: C, argument: &str) {
        if let Err(reason) = enabled(self.model, command) {
            self.refuse(reason);
            return;
        }
        if argument.is_empty() {
            self.command(command);
            return;
        }
        match command {
            C::Theme => self.choose_theme(argument),
            C::Keymap => self.choose_keymap(argument),
            C::OpenLink => self.open_link(argument.to_owned()),
            C::GoProfiles => self.switch_profile(argument),
            C::Info => self.open_info_at(argument),
            C::BugReport => self.bug_report(argument),
            C::ScreenDump => self.dump_named(argument),
            C::Export => self.export_named(argument),
            _ => self.refuse(tr!(
                "`{command}` takes nothing behind it.",
                command = command.as_str()
            )),
        }
    }

    /// The palette, begun with the command's word: what can follow is listed.
    pub(super) fn ask_argument(&mut self, command: C) {
        let word = argument::word(command).unwrap_or(command.as_str());
        self.open_palette_with(&format!("{word} "));
    }

    fn choose_theme(&mut self, name: &str) {
        let taste = &self.model.taste;
        if !taste.themes.iter().any(|it| it == name) {
            let known: Vec<&str> = taste.themes.iter().map(String::as_str).collect();
            let near = closest(name, &known).map_or_else(
                || tr!("There are {known}.", known = known.join(", ")),
                |near| tr!("Near: {near}.", near),
            );
            self.refuse(tr!("No theme is called \"{name}\". {near}", name, near));
            return;
        }
        let (theme, ascii) = match name {
            "ascii" => (taste.theme.clone(), true),
            "unicode" => (taste.theme.clone(), false),
            name => (name.to_owned(), taste.ascii),
        };
        self.effect(Effect::Theme { theme, ascii });
    }

    /// The theme is in use.
    pub(super) fn themed(&mut self, theme: String, ascii: bool) {
        let taste = &mut self.model.taste;
        let said = match (taste.ascii == ascii, ascii) {
            (true, _) => tr!(
                "Theme {theme}. `theme = \"{theme}\"` below [console] in config.toml keeps it.",
                theme
            ),
            (false, true) => tr!("Drawn with ASCII only.").to_owned(),
            (false, false) => tr!("Drawn with all characters.").to_owned(),
        };
        (taste.theme, taste.ascii) = (theme, ascii);
        self.info(said);
    }

    fn choose_keymap(&mut self, name: &str) {
        match name.parse::<Preset>() {
            Ok(preset) => {
                let keymap = self.model.keymap.with_preset(preset);
                let own = if keymap.is_changed() {
                    tr!(", with your keymap.toml over them")
                } else {
                    ""
                };
                self.model.keymap = keymap;
                self.info(tr!("Keys of {name}{own}. `keymap = \"{name}\"` below [console] in config.toml keeps them.", name, own));
            }
            Err(error) => {
                let known = Preset::ALL.map(Preset::as_str);
                let near = closest(name, &known)
                    .map_or_else(String::new, |it| tr!(" Near: {near}.", near = it));
                let mut said = error.to_string();
                said.replace_range(..1, "N");
                self.refuse(format!("{said}.{near}"));
            }
        }
    }
}
