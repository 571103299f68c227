//! A keymap file: a section for each context, command ids to keys (console.md: Keymap). What cannot be used is told with its
//! line, and the rest counts.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Condition, Context, Key};
use crate::console::command::CommandId;
use crate::console::query::closest;

/// One file over another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// What it says, in the order of its lines.
    pub entries: Vec<Entry>,
}

/// The keys of one command in one context; no key at all unbinds it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub context: Context,
    /// What.
    pub command: CommandId,
    /// Its keys, the one that is shown first.
    pub chords: Vec<Chord>,
    /// The line that says so.
    pub line: usize,
}

/// One way to type a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chord {
    /// `"..."`: the keys that it has already.
    Kept,
    /// These, one after the other.
    Keys {
        /// The keys.
        keys: Vec<Key>,
        /// Only while this holds.
        when: Option<Condition>,
    },
}

/// A line that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {text}")]
pub struct Fault {
    /// Which.
    pub line: usize,
    /// Why, and what could stand there.
    pub text: String,
}

/// The keys that `"..."` stands for.
const KEPT: &str = "...";

/// Reads a keymap file. Several keys of a chord are separated by blanks: `unlink = "! u"`.
pub fn parse(text: &str) -> (Layer, Vec<Fault>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        text,
        layer: Layer::default(),
        faults: Vec::new(),
    };
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(at, error.message().to_owned());
    }
    for (name, value) in table.get_ref() {
        reader.section(name, value);
    }
    let Reader {
        mut layer,
        mut faults,
        ..
    } = reader;
    layer.entries.sort_by_key(|entry| entry.line);
    faults.sort_by_key(|fault| fault.line);
    faults.dedup();
    (layer, faults)
}

struct Reader<'t> {
    text: &'t str,
    layer: Layer,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    fn fault(&mut self, at: usize, text: String) {
        let line = self.line(at);
        self.faults.push(Fault { line, text });
    }

    fn section(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let at = name.span().start;
        let word: &str = name.get_ref();
        let Some(context) = Context::ALL.into_iter().find(|it| it.as_str() == word) else {
            let known = Context::ALL.map(Context::as_str);
            let near = closest(word, &known).map_or_else(
                || format!("there are {}", known.join(", ")),
                |near| format!("near: [{near}]"),
            );
            self.fault(at, format!("`{word}` is no context; {near}"));
            return;
        };
        let Some(entries) = value.get_ref().as_table() else {
            self.fault(
                at,
                format!("write [{word}], and below it `command = \"key\"`"),
            );
            return;
        };
        for (name, value) in entries {
            let at = name.span().start;
            let word: &str = name.get_ref();
            let Some(command) = CommandId::parse(word) else {
                let known: Vec<&str> = CommandId::ALL.iter().map(|it| it.as_str()).collect();
                let near = closest(word, &known).map_or_else(
                    || "`jolli console keys` lists them".to_owned(),
                    |near| format!("near: {near}"),
                );
                self.fault(at, format!("`{word}` is no command; {near}"));
                continue;
            };
            let Some(chords) = self.chords(value) else {
                continue;
            };
            let line = self.line(at);
            self.layer.entries.push(Entry {
                context,
                command,
                chords,
                line,
            });
        }
    }

    /// One chord or a list of them. An entry of which nothing can be used leaves things as they are.
    fn chords(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Vec<Chord>> {
        let Some(list) = value.get_ref().as_array() else {
            return self.chord(value).map(|chord| vec![chord]);
        };
        let chords: Vec<Chord> = list.iter().filter_map(|one| self.chord(one)).collect();
        (list.is_empty() || !chords.is_empty()).then_some(chords)
    }

    fn chord(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Chord> {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(text) if text == KEPT => Some(Chord::Kept),
            DeValue::String(text) => Some(Chord::Keys {
                keys: self.keys(text, at)?,
                when: None,
            }),
            DeValue::Table(table) => self.conditional(table, at),
            _ => {
                self.fault(
                    at,
                    "write a key such as \"x\", a list of keys, [] for none, or { keys = \"x\", when = \"marked\" }"
                        .to_owned(),
                );
                None
            }
        }
    }

    fn conditional(&mut self, table: &DeTable<'_>, at: usize) -> Option<Chord> {
        let (mut keys, mut when) = (None, None);
        for (name, value) in table {
            let at = value.span().start;
            let Some(text) = value.get_ref().as_str() else {
                self.fault(at, format!("`{}` is a text", name.get_ref()));
                return None;
            };
            match &**name.get_ref() {
                "keys" => keys = Some(self.keys(text, at)?),
                "when" => match Condition::parse(text) {
                    Ok(condition) => when = Some(condition),
                    Err(error) => {
                        self.fault(at, error.to_string());
                        return None;
                    }
                },
                other => {
                    let said = format!("`{other}` is not known here; there are keys and when");
                    self.fault(name.span().start, said);
                    return None;
                }
            }
        }
        let Some(keys) = keys else {
            self.fault(
                at,
                "`keys` is missing: { keys = \"x\", when = \"marked\" }".to_owned(),
            );
            return None;
        };
        Some(Chord::Keys { keys, when })
    }

    fn keys(&mut self, text: &str, at: usize) -> Option<Vec<Key>> {
        let mut keys: Vec<Key> = Vec::new();
        for word in text.split_whitespace() {
            match word.parse::<Key>() {
                Ok(key) => match key.never_arrives() {
                    None => keys.push(key),
                    Some(instead) => {
                        let said = format!("`{word}` never arrives: terminals send {instead}");
                        self.fault(at, said);
                        return None;
                    }
                },
                Err(error) => {
                    self.fault(at, error.to_string());
                    return None;
                }
            }
        }
        if keys.is_empty() {
            self.fault(at, "a key is missing; [] unbinds".to_owned());
            return None;
        }
        Some(keys)
    }
}
