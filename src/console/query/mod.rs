//! The language of `/`: words, `key:value`, comparisons, `!not`, fuzzy `~` (console.md: Browse). Pure.

mod hits;
mod keys;
mod matching;
mod near;
mod parse;

pub use hits::hits;
pub use keys::{Named, Takes, keys};
pub use matching::{Candidate, Fuzzy, Matcher};
pub use near::{Fault, closest, fault, near};

/// A filter as understood. Empty: everything matches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// All of them must hold.
    pub terms: Vec<Term>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// `!`: it must not hold.
    pub negated: bool,
    /// What is asked.
    pub test: Test,
}

/// What a condition asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The lower-case word occurs in the row's text.
    Word(String),
    /// The named field contains one of the lower-case values.
    Field(String, Vec<String>),
    /// The named field compares so with the number; durations are in seconds.
    Compare(String, Comparison, f64),
    /// The letters occur in order.
    Fuzzy(String),
    /// `@1790`: this position of the log.
    Sequence(i64),
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    Greater,
    /// `>=`.
    AtLeast,
    /// `=`.
    Equal,
}

impl Query {
    /// Whether everything matches.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}
