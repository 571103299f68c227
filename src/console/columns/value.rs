//! What stands in a cell, before it is formatted.

use std::cmp::Ordering;
use std::time::Duration;

use crate::base::Timestamp;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// There is none, or it is unknown.
    Nothing,
    /// Words.
    Text(String),
    /// A path or an address: cut in its middle.
    Path(String),
    /// A commit.
    Sha(String),
    /// A number of things.
    Count(i64),
    /// A number that names something, with the sign that the screen writes before it: `#91`, `@1842`.
    Number(char, i64),
    /// A moment.
    Time(Timestamp),
    /// A length of time.
    Length(Duration),
}

impl Value {
    /// Words, or nothing.
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Nothing, |it| Self::Text(it.to_owned()))
    }

    /// A path, or nothing.
    pub fn path(text: Option<&str>) -> Self {
        text.map_or(Self::Nothing, |it| Self::Path(it.to_owned()))
    }

    /// A commit, or nothing.
    pub fn sha(text: Option<&str>) -> Self {
        text.map_or(Self::Nothing, |it| Self::Sha(it.to_owned()))
    }

    /// A moment, or nothing.
    pub fn time(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Nothing, Self::Time)
    }

    /// `yes` or `no`.
    pub fn yes(is: bool) -> Self {
        Self::Text(if is { "yes" } else { "no" }.to_owned())
    }

    /// Exact and bare, as a file takes it: numbers without signs and groups, moments in full, seconds, nothing as nothing.
    pub fn plain(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) | Self::Path(text) | Self::Sha(text) => text.clone(),
            Self::Count(count) | Self::Number(_, count) => count.to_string(),
            Self::Time(at) => at.to_string(),
            Self::Length(length) => format!("{:.1}", length.as_secs_f64()),
        }
    }

    /// Whether it is a number, which is no formula whatever it begins with.
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Number(..) | Self::Length(_))
    }

    /// The order of a column: words by name, numbers largest first, moments newest first. What is unknown comes last,
    /// also the other way round.
    pub fn order(&self, other: &Self, reversed: bool) -> Ordering {
        let known = |value: &Self| *value == Self::Nothing;
        if known(self) || known(other) {
            return known(self).cmp(&known(other));
        }
        let order = match (self, other) {
            (
                Self::Text(a) | Self::Path(a) | Self::Sha(a),
                Self::Text(b) | Self::Path(b) | Self::Sha(b),
            ) => a.cmp(b),
            (Self::Count(a) | Self::Number(_, a), Self::Count(b) | Self::Number(_, b)) => b.cmp(a),
            (Self::Time(a), Self::Time(b)) => b.cmp(a),
            (Self::Length(a), Self::Length(b)) => b.cmp(a),
            _ => Ordering::Equal,
        };
        if reversed { order.reverse() } else { order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_last_both_ways() {
        let sorted = |reversed| {
            let mut values = [
                Value::Count(2),
                Value::Nothing,
                Value::Count(70),
                Value::Count(9),
            ];
            values.sort_by(|a, b| a.order(b, reversed));
            values.map(|it| it.plain())
        };
        assert_eq!(sorted(false), ["70", "9", "2", ""]);
        assert_eq!(sorted(true), ["2", "9", "70", ""]);
    }
}
