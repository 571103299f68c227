//! The texts of one language, found by their English.

use std::collections::{BTreeSet, HashMap};

use super::plural::Plural;
use super::po::{self, Fault, Message};

/// Context and English; the texts live as long as the program, because what is drawn borrows them.
type Key = (&'static str, &'static str);

/// The texts of one language.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    texts: HashMap<Key, &'static [&'static str]>,
    plural: Plural,
}

/// How much of the console a file translates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Messages of the console.
    pub all: usize,
    /// Those that have a translation.
    pub translated: usize,
}

impl Catalogue {
    /// Of a `.po` file. What cannot be used is told, and its English stays.
    pub fn parse(text: &str) -> (Self, Vec<Fault>) {
        let (po, mut faults) = po::parse(text);
        let mut catalogue = Self {
            texts: HashMap::with_capacity(po.messages.len()),
            plural: po.plural,
        };
        for message in &po.messages {
            if !message.is_translated() {
                continue;
            }
            if let Some(text) = misfit(message, catalogue.plural.forms) {
                let line = message.line;
                faults.push(Fault { line, text });
                continue;
            }
            let says: Vec<&'static str> = message.says.iter().map(|it| kept(it)).collect();
            let key = (kept(&message.context), kept(&message.id));
            catalogue.texts.insert(key, says.leak());
        }
        faults.sort_by_key(|it| it.line);
        (catalogue, faults)
    }

    /// How much of the template it translates, and which of its messages the console does not know (any more).
    pub fn compare(text: &str, template: &str) -> (Coverage, Vec<Fault>) {
        let (own, _) = po::parse(text);
        let (known, _) = po::parse(template);
        let ids: BTreeSet<(&str, &str)> = known.messages.iter().map(key).collect();
        let mut coverage = Coverage {
            all: ids.len(),
            translated: 0,
        };
        let mut unknown = Vec::new();
        for message in own.messages.iter().filter(|it| it.is_translated()) {
            if ids.contains(&key(message)) {
                coverage.translated += usize::from(misfit(message, own.plural.forms).is_none());
            } else {
                unknown.push(Fault {
                    line: message.line,
                    text: format!("the console has no text {:?}", message.id),
                });
            }
        }
        (coverage, unknown)
    }

    /// The text of one thing, or of anything that is not counted.
    pub fn find(&self, context: &str, text: &str) -> Option<&'static str> {
        self.texts.get(&(context, text))?.first().copied()
    }

    /// The text for that many.
    pub fn find_number(&self, one: &str, count: u64) -> Option<&'static str> {
        let forms = self.texts.get(&("", one))?;
        forms.get(self.plural.form(count)).copied()
    }

    /// Everything that it says.
    pub fn says(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.texts.values().flat_map(|it| it.iter().copied())
    }

    /// How many texts it has.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

fn key(message: &Message) -> (&str, &str) {
    (&message.context, &message.id)
}

fn kept(text: &str) -> &'static str {
    text.to_owned().leak()
}

/// The names that stand in braces.
pub(super) fn places(text: &str) -> BTreeSet<&str> {
    let escaped = |at: usize| text[at + 1..].starts_with('{') || text[..at].ends_with('{');
    text.match_indices('{')
        .filter(|(at, _)| !escaped(*at))
        .filter_map(|(at, _)| Some(text[at + 1..].split_once('}')?.0))
        .filter(|name| {
            let word = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
            !name.is_empty() && name.chars().all(word)
        })
        .collect()
}

/// Why the translation cannot stand for the English: it has other places, or too few forms.
fn misfit(message: &Message, forms: usize) -> Option<String> {
    let one = places(&message.id);
    let many = message.many.as_deref().map(places);
    if many.is_some() && message.says.len() != forms {
        let has = message.says.len();
        return Some(format!("it has {has} forms; Plural-Forms says {forms}"));
    }
    // One may do without its number: "the only source".
    let need: BTreeSet<&str> = match &many {
        Some(many) => one
            .intersection(many)
            .copied()
            .filter(|it| *it != "count")
            .collect(),
        None => one.clone(),
    };
    let may: BTreeSet<&str> = one.union(many.as_ref().unwrap_or(&one)).copied().collect();
    for says in &message.says {
        let has = places(says);
        if let Some(name) = need.difference(&has).next() {
            return Some(format!(
                "the translation lacks {{{name}}}; the English stays"
            ));
        }
        if let Some(name) = has.difference(&may).next() {
            return Some(format!(
                "the translation has {{{name}}}, which its English has not; the English stays"
            ));
        }
    }
    None
}
