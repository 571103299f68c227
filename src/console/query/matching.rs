//! Whether a row matches.

use std::borrow::Cow;

use super::{Comparison, Query, Test};

/// A row as the filter sees it.
pub trait Candidate {
    /// The named field; `None`: rows of this kind have no such field, so nothing matches.
    fn field(&self, name: &str) -> Option<Cow<'_, str>>;
    /// The named field as a number; durations in seconds.
    fn number(&self, name: &str) -> Option<f64>;
    /// Hands over each text that words are looked for in, until one answers true.
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool;
    /// Its position in the log.
    fn sequence(&self) -> Option<i64> {
        None
    }
}

/// A query, ready to be asked many times.
#[derive(Debug)]
pub struct Matcher<'q> {
    query: &'q Query,
    buffer: String,
}

impl<'q> Matcher<'q> {
    /// A matcher of this query.
    pub fn new(query: &'q Query) -> Self {
        Self {
            query,
            buffer: String::new(),
        }
    }

    /// Whether the row matches every condition.
    pub fn matches(&mut self, row: &dyn Candidate) -> bool {
        let buffer = &mut self.buffer;
        self.query
            .terms
            .iter()
            .all(|term| holds(&term.test, row, buffer) != term.negated)
    }
}

fn holds(test: &Test, row: &dyn Candidate, buffer: &mut String) -> bool {
    match test {
        Test::Word(word) => row.any_text(&mut |text| contains(text, word, buffer)),
        // A word of a closed set is meant whole, so that `kind:true` finds no `untrue`; while it is being typed its
        // beginning is enough.
        Test::Field(name, values) => row.field(name).is_some_and(|text| {
            values.iter().any(|value| {
                if exact(name) {
                    text.split(' ').any(|word| word.starts_with(value.as_str()))
                } else {
                    contains(&text, value, buffer)
                }
            })
        }),
        Test::Compare(name, how, value) => row.number(name).is_some_and(|number| match how {
            Comparison::Less => number < *value,
            Comparison::AtMost => number <= *value,
            Comparison::Greater => number > *value,
            Comparison::AtLeast => number >= *value,
            Comparison::Equal => (number - value).abs() < f64::EPSILON,
        }),
        Test::Fuzzy(letters) => row.any_text(&mut |text| in_order(text, letters)),
        Test::Sequence(sequence) => row.sequence() == Some(*sequence),
    }
}

/// Fields whose values are words of a closed set.
pub(super) fn exact(name: &str) -> bool {
    matches!(
        name,
        "kind" | "state" | "enabled" | "status" | "level" | "severity" | "provider" | "type"
    )
}

/// Whether `text` contains `needle`, which is lower-case.
fn contains(text: &str, needle: &str, buffer: &mut String) -> bool {
    if text
        .bytes()
        .all(|b| b.is_ascii() && !b.is_ascii_uppercase())
    {
        return text.contains(needle);
    }
    buffer.clear();
    buffer.extend(text.chars().flat_map(char::to_lowercase));
    buffer.contains(needle)
}

fn in_order(text: &str, letters: &str) -> bool {
    let mut rest = text.chars().flat_map(char::to_lowercase);
    letters.chars().all(|letter| rest.any(|c| c == letter))
}

/// The `~letters` of a query, for ordering what matches by how well.
#[derive(Debug)]
pub struct Fuzzy<'q>(&'q str);

impl<'q> Fuzzy<'q> {
    /// The first of a query, if it has one.
    pub fn of(query: &'q Query) -> Option<Self> {
        query.terms.iter().find_map(|term| match &term.test {
            Test::Fuzzy(letters) if !term.negated => Some(Self(letters.as_str())),
            _ => None,
        })
    }

    /// The places of the texts, best first; those that match elsewhere than in this text come last, in their order.
    pub fn order<S: AsRef<str>>(&self, texts: &[S]) -> Vec<usize> {
        let mut matcher = frizbee::Matcher::new(self.0, &frizbee::Config::default());
        let mut seen = vec![false; texts.len()];
        let mut order = Vec::with_capacity(texts.len());
        for found in matcher.match_list(texts) {
            let place = found.index as usize;
            seen[place] = true;
            order.push(place);
        }
        order.extend((0..texts.len()).filter(|place| !seen[*place]));
        order
    }
}
