//! Reads `.po` files of GNU gettext, each message with its line: a translator is told where something is wrong, and the rest
//! of the file counts.

use super::plural::Plural;

/// A line that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// A sentence without its point.
    pub text: String,
}

/// A message with its translation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Where its `msgid` stands.
    pub line: usize,
    /// What tells it from another of the same English; empty: nothing.
    pub context: String,
    /// The English.
    pub id: String,
    /// The English for many.
    pub many: Option<String>,
    /// What it is called in the other language; one for each form of a number.
    pub says: Vec<String>,
    /// A tool guessed it, and nobody looked.
    pub fuzzy: bool,
}

impl Message {
    /// Whether somebody translated it, in every form that it has.
    pub fn is_translated(&self) -> bool {
        !self.fuzzy && !self.says.is_empty() && self.says.iter().all(|it| !it.is_empty())
    }
}

/// A file of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Po {
    /// Which form a number takes.
    pub plural: Plural,
    /// Its messages, without its header.
    pub messages: Vec<Message>,
}

/// What the next string continues.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    None,
    Context,
    Id,
    Many,
    Says(usize),
}

/// Reads all that can be read, and says what cannot.
pub fn parse(text: &str) -> (Po, Vec<Fault>) {
    let mut reading = Reading {
        po: Po::default(),
        faults: Vec::new(),
        message: Message::default(),
        field: Field::None,
        spoilt: false,
        header: false,
    };
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        reading.line(index + 1, line.trim());
    }
    reading.end();
    let numbered = reading.po.messages.iter().find(|it| it.many.is_some());
    if let (false, Some(first)) = (reading.header, numbered) {
        reading.faults.push(Fault {
            line: first.line,
            text: "numbers take the forms of English: the header has no Plural-Forms".to_owned(),
        });
    }
    (reading.po, reading.faults)
}

struct Reading {
    po: Po,
    faults: Vec<Fault>,
    message: Message,
    field: Field,
    /// Something of the message cannot be read, so that it is left out.
    spoilt: bool,
    /// The header tells how numbers go.
    header: bool,
}

impl Reading {
    fn fault(&mut self, line: usize, text: impl Into<String>) {
        let text = text.into();
        self.faults.push(Fault { line, text });
    }

    fn line(&mut self, number: usize, line: &str) {
        if line.is_empty() || line.starts_with("#~") {
            return;
        }
        if let Some(comment) = line.strip_prefix('#') {
            // What is said of a message stands before it.
            if matches!(self.field, Field::Says(_)) {
                self.end();
            }
            let flags = comment.strip_prefix(',').unwrap_or_default();
            self.message.fuzzy |= flags.split(',').any(|it| it.trim() == "fuzzy");
            return;
        }
        let quote = line.find('"').unwrap_or(line.len());
        let (word, quoted) = line.split_at(quote);
        let word = word.trim_end();
        if !word.is_empty() && !self.begin(number, word) {
            return;
        }
        match unquote(quoted) {
            Ok(text) => self.add(number, &text),
            Err(reason) => {
                self.spoilt = true;
                self.fault(number, reason);
            }
        }
    }

    /// A keyword: what the strings after it are.
    fn begin(&mut self, number: usize, word: &str) -> bool {
        let form = |word: &str| {
            let number = word.strip_prefix("msgstr[")?.strip_suffix(']')?;
            number.parse().ok().filter(|it| *it < 9)
        };
        self.field = match word {
            "msgctxt" | "msgid" => {
                if matches!(self.field, Field::Says(_)) {
                    self.end();
                }
                if word == "msgid" {
                    self.message.line = number;
                    Field::Id
                } else {
                    Field::Context
                }
            }
            "msgid_plural" => {
                self.message.many = Some(String::new());
                Field::Many
            }
            "msgstr" => Field::Says(0),
            _ => {
                let Some(form) = form(word) else {
                    self.spoilt = true;
                    self.fault(number, format!("{word:?} is no word of a .po file"));
                    return false;
                };
                Field::Says(form)
            }
        };
        true
    }

    fn add(&mut self, number: usize, text: &str) {
        let message = &mut self.message;
        match self.field {
            Field::None => {
                self.fault(number, "a text stands before any msgid");
            }
            Field::Context => message.context.push_str(text),
            Field::Id => message.id.push_str(text),
            Field::Many => message.many.get_or_insert_default().push_str(text),
            Field::Says(form) => {
                if message.says.len() <= form {
                    message.says.resize(form + 1, String::new());
                }
                message.says[form].push_str(text);
            }
        }
    }

    fn end(&mut self) {
        let message = std::mem::take(&mut self.message);
        let field = std::mem::replace(&mut self.field, Field::None);
        let spoilt = std::mem::take(&mut self.spoilt);
        if field == Field::None || spoilt {
            return;
        }
        if message.says.is_empty() {
            self.fault(message.line.max(1), "a msgid has no msgstr");
        } else if message.id.is_empty() && message.context.is_empty() {
            self.head(message.line, &message.says[0]);
        } else {
            self.po.messages.push(message);
        }
    }

    fn head(&mut self, line: usize, head: &str) {
        for part in head.lines() {
            match part.split_once(':') {
                Some(("Plural-Forms", rule)) => match Plural::parse(rule) {
                    Ok(plural) => {
                        self.po.plural = plural;
                        self.header = true;
                    }
                    // A template leaves it to the translator.
                    Err(_) if rule.contains("INTEGER") => self.header = true,
                    Err(reason) => {
                        let text = format!(
                            "Plural-Forms cannot be used: {reason}; numbers take the forms of English"
                        );
                        self.header = true;
                        self.fault(line, text);
                    }
                },
                Some(("Content-Type", kind)) => {
                    let charset = kind.split("charset=").nth(1).unwrap_or("UTF-8").trim();
                    if !charset.eq_ignore_ascii_case("UTF-8") && charset != "CHARSET" {
                        self.fault(line, format!("it is read as UTF-8, and says {charset}"));
                    }
                }
                _ => {}
            }
        }
    }
}

/// The text between the quotes.
fn unquote(quoted: &str) -> Result<String, String> {
    let inner = quoted
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .ok_or("a text stands between two \"")?;
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Err("a \" within a text is written \\\"".to_owned()),
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(it @ ('"' | '\\')) => text.push(it),
                Some(other) => return Err(format!("\\{other} means nothing here")),
                None => {
                    return Err(
                        "a \" at the end is missing: the last one is written \\\"".to_owned()
                    );
                }
            },
            _ => text.push(character),
        }
    }
    Ok(text)
}
