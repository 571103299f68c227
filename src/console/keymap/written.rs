//! The keymap in use as a text: as a file, which a user's own can begin with and which is the reference of contexts and
//! conditions, and as the README's table.

use std::fmt::Write as _;

use super::{Atom, BoundKey, Context, Keymap};
use crate::console::command::COMMANDS;

const HEAD: &str = "\
# Keys of jolli's console. Lines that you keep in keymap.toml, in the folder of jolli's configuration, take the place of the
# built-in ones; leave out what stays as it is. `jolli console check` reads the file and says what it changes.
#   command = \"x\"                                  x instead of the keys that it had in that context
#   command = [\"...\", \"g x\"]                       the keys that it had, and a chord: g, then x
#   command = []                                   no key; the palette (:) still runs it
#   command = { keys = \"x\", when = \"marked\" }      only while the condition holds: words, !, &&, || and parentheses
# Keys: a character, or Enter Esc Tab Shift-Tab Backspace Delete Insert Up Down Left Right Home End PgUp PgDn Space F1..F12,
# with Ctrl- and Alt- before them. A context counts within those that lie in it, and the nearest goes first:
# everywhere > list > main > sources, bindings, cursors, runs; a page > its parts.
";

/// All of it.
pub fn file(keymap: &Keymap) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("# Conditions:\n");
    for atom in Atom::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "#   {:<12} {}", atom.as_str(), atom.about());
    }
    for context in Context::ALL {
        let _ = writeln!(text, "\n[{}]", context.as_str());
        for command in COMMANDS {
            let keys: Vec<String> = keymap
                .bound
                .iter()
                .filter(|it| it.context == context && it.command == command.id)
                .map(chord)
                .collect();
            if keys.is_empty() {
                continue;
            }
            let keys = match &keys[..] {
                [one] => one.clone(),
                many => format!("[{}]", many.join(", ")),
            };
            let line = format!("{} = {keys}", command.id.as_str());
            let _ = writeln!(text, "{line:<34} # {}", command.help);
        }
    }
    text
}

fn chord(bound: &BoundKey) -> String {
    let keys: Vec<String> = bound.keys.iter().map(|key| key.spelled()).collect();
    let keys = quoted(&keys.join(" "));
    match &bound.when {
        None => keys,
        Some(when) => format!("{{ keys = {keys}, when = {} }}", quoted(&when.to_string())),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The README's table of commands: id, key, class, role, what it does.
pub fn table(keymap: &Keymap) -> String {
    let mut text =
        String::from("| command | key | class | role | what it does |\n|---|---|---|---|---|\n");
    for command in COMMANDS {
        let keys: Vec<String> = keymap
            .all_keys_of(command.id)
            .iter()
            .map(|keys| format!("`{}`", keys.replace('|', "\\|")))
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            command.id.as_str(),
            keys.join(" "),
            command.class.as_str(),
            command.role,
            command.help
        );
    }
    text
}
