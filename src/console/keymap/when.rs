//! Conditions of bindings: `read-only && !offline`. Atoms, `!`, `&&`, `||` and parentheses; `&&` binds tighter than `||`.

use std::fmt;

use super::{Atom, Facts};
use crate::console::query::closest;

/// When a binding counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// This is so.
    Is(Atom),
    /// This is not so.
    Not(Box<Condition>),
    /// Both are.
    And(Box<Condition>, Box<Condition>),
    /// One is.
    Or(Box<Condition>, Box<Condition>),
}

/// The text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// A word that stands for nothing.
    #[error("`{word}` is no condition{}; `jolli console keys` lists them", near_words(*.near))]
    Unknown {
        /// As written.
        word: String,
        /// What may have been meant.
        near: Option<&'static str>,
    },
    /// Something is missing or too much.
    #[error("a condition is words with !, &&, || and parentheses: {wanted} is missing {place}")]
    Syntax {
        /// What.
        wanted: &'static str,
        /// Where.
        place: String,
    },
    /// Parentheses within parentheses without end.
    #[error("the condition is too long or nested too deep")]
    Deep,
}

fn near_words(near: Option<&str>) -> String {
    near.map(|it| format!(" (near: {it})")).unwrap_or_default()
}

/// Nobody writes more by hand; a file that does must not end the program.
const DEEPEST: usize = 32;
const LONGEST: usize = 1000;

impl Condition {
    /// Whether it holds.
    pub fn holds(&self, facts: Facts) -> bool {
        match self {
            Self::Is(atom) => facts.has(*atom),
            Self::Not(of) => !of.holds(facts),
            Self::And(one, other) => one.holds(facts) && other.holds(facts),
            Self::Or(one, other) => one.holds(facts) || other.holds(facts),
        }
    }

    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        if text.len() > LONGEST {
            return Err(ConditionError::Deep);
        }
        let mut reader = Reader { rest: text };
        let condition = reader.any(0)?;
        if reader.peek().is_empty() {
            Ok(condition)
        } else {
            Err(reader.missing("&& or ||"))
        }
    }

    fn fmt_in(&self, f: &mut fmt::Formatter<'_>, tight: bool) -> fmt::Result {
        match self {
            Self::Is(atom) => f.write_str(atom.as_str()),
            Self::Not(of) => {
                f.write_str("!")?;
                match **of {
                    Self::Is(_) | Self::Not(_) => of.fmt_in(f, true),
                    _ => write!(f, "({of})"),
                }
            }
            Self::And(one, other) => {
                one.fmt_in(f, true)?;
                f.write_str(" && ")?;
                other.fmt_in(f, true)
            }
            Self::Or(one, other) if !tight => {
                one.fmt_in(f, false)?;
                f.write_str(" || ")?;
                other.fmt_in(f, false)
            }
            Self::Or(..) => write!(f, "({self})"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_in(f, false)
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn peek(&mut self) -> &'t str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn takes(&mut self, sign: &str) -> bool {
        match self.peek().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn missing(&mut self, wanted: &'static str) -> ConditionError {
        let rest = self.peek();
        let place = if rest.is_empty() {
            "at the end".to_owned()
        } else {
            format!("before `{rest}`")
        };
        ConditionError::Syntax { wanted, place }
    }

    fn any(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let mut all = self.every(depth)?;
        while self.takes("||") {
            all = Condition::Or(Box::new(all), Box::new(self.every(depth)?));
        }
        Ok(all)
    }

    fn every(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let mut all = self.one(depth)?;
        while self.takes("&&") {
            all = Condition::And(Box::new(all), Box::new(self.one(depth)?));
        }
        Ok(all)
    }

    fn one(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        if depth > DEEPEST {
            return Err(ConditionError::Deep);
        }
        if self.takes("!") {
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes("(") {
            let inner = self.any(depth + 1)?;
            return if self.takes(")") {
                Ok(inner)
            } else {
                Err(self.missing("`)`"))
            };
        }
        let rest = self.peek();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '-')
            .unwrap_or(rest.len());
        let word = &rest[..end];
        if word.is_empty() {
            return Err(self.missing("a word"));
        }
        self.rest = &rest[end..];
        Atom::parse(word)
            .map(Condition::Is)
            .ok_or_else(|| ConditionError::Unknown {
                near: closest(word, &Atom::ALL.map(Atom::as_str)),
                word: word.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(atoms: &[Atom]) -> Facts {
        atoms.iter().copied().collect()
    }

    #[test]
    fn a_condition_is_read_written_and_evaluated_the_same_way() {
        for (text, so, not) in [
            ("read-only", vec![Atom::ReadOnly], vec![]),
            (
                "read-only && !offline",
                vec![Atom::ReadOnly],
                vec![Atom::ReadOnly, Atom::Offline],
            ),
            (
                "marked || filtered && wide",
                vec![Atom::Marked],
                vec![Atom::Filtered],
            ),
            (
                "(marked || filtered) && wide",
                vec![Atom::Filtered, Atom::Wide],
                vec![Atom::Marked],
            ),
            ("!(marked || wide)", vec![], vec![Atom::Wide]),
            ("!!admin", vec![Atom::Admin], vec![Atom::Viewer]),
        ] {
            let condition = Condition::parse(text).unwrap();
            assert_eq!(condition.to_string(), text);
            assert!(condition.holds(facts(&so)), "{text}");
            assert!(!condition.holds(facts(&not)), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_says_where_it_goes_wrong() {
        for (text, said) in [
            ("", "a word is missing at the end"),
            ("marked &&", "a word is missing at the end"),
            ("(marked", "`)` is missing at the end"),
            ("marked wide", "&& or || is missing before `wide`"),
            ("ofline", "(near: offline)"),
            ("&& x", "a word is missing before `&& x`"),
        ] {
            let error = Condition::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
        for many in [50, 100_000] {
            let deep = format!("{}marked", "!".repeat(many));
            assert_eq!(Condition::parse(&deep), Err(ConditionError::Deep));
        }
    }
}
