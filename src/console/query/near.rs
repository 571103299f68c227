//! `Near: state:stuck`: what may have been meant when nothing matches.

use super::keys::{Takes, keys};
use super::{Query, Test};
use crate::console::ids::ListId;

/// The nearest text that is likelier to match: one condition corrected, the rest as typed.
pub fn near(list: ListId, text: &str) -> Option<String> {
    let query = Query::parse(text);
    let known = keys(list);
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    query.terms.iter().find_map(|term| {
        let Test::Field(name, values) = &term.test else {
            return None;
        };
        values.iter().find_map(|value| {
            let (typed, better) = match known.iter().find(|(key, _)| key == name) {
                Some((_, Takes::Words(words))) => {
                    (value.clone(), closest(value, words)?.to_owned())
                }
                Some(_) => return None,
                // Rows answer to more names than are offered: `state` of a run is its status.
                None => (format!("{name}:"), format!("{}:", closest(name, &names)?)),
            };
            let from = text.to_lowercase().find(&format!("{name}:"))?;
            let at = from + text.to_lowercase().get(from..)?.find(&typed)?;
            let mut corrected = text.to_owned();
            corrected
                .get(at..at + typed.len())
                .is_some()
                .then(|| corrected.replace_range(at..at + typed.len(), &better))?;
            Some(corrected)
        })
    })
}

/// What is wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No row of the list answers to this key.
    Unknown(String),
    /// This key is compared with a number, and what stands there is none.
    NoNumber(String),
}

/// Names that rows answer to beside those that are offered.
const OTHER_NAMES: [&str; 13] = [
    "primary",
    "name",
    "state",
    "documents",
    "run",
    "branch",
    "kind",
    "by",
    "source",
    "space",
    "finding",
    "job",
    "integration",
];

/// What is wrong with a filter's first wrong condition; `None`: each can be met.
pub fn fault(list: ListId, text: &str) -> Option<Fault> {
    let known = keys(list);
    if known.is_empty() {
        return None;
    }
    let takes = |name: &str| {
        let found = known.iter().find(|(key, _)| *key == name);
        found.map(|(_, takes)| *takes)
    };
    let unknown = |name: &String| {
        (takes(name).is_none() && !OTHER_NAMES.contains(&name.as_str()))
            .then(|| Fault::Unknown(name.clone()))
    };
    Query::parse(text)
        .terms
        .iter()
        .find_map(|term| match &term.test {
            Test::Field(name, _) if takes(name) == Some(Takes::Number) => {
                Some(Fault::NoNumber(name.clone()))
            }
            Test::Field(name, _) | Test::Compare(name, ..) => unknown(name),
            // A comparison with no number is a word.
            Test::Word(word) => {
                let name = &word[..word.find(['<', '>', '='])?];
                (takes(name) == Some(Takes::Number)).then(|| Fault::NoNumber(name.to_owned()))
            }
            _ => None,
        })
}

/// The word among these that was probably meant; `None`: it is one of them, or none is near.
pub fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if known.contains(&word) {
        return None;
    }
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_value_or_field_is_named() {
        let near = |text: &str| super::near(ListId::Sources, text);
        assert_eq!(near("state:stuk").as_deref(), Some("state:stuck"));
        let several = near("kind:true state:ok,stuk");
        assert_eq!(several.as_deref(), Some("kind:true state:ok,stuck"));
        assert_eq!(
            near("front sate:stuck").as_deref(),
            Some("front state:stuck")
        );
        assert_eq!(near("state:stuck"), None);
        assert_eq!(near("state:zzzzzz"), None);
    }

    #[test]
    fn a_condition_that_nothing_can_meet_is_told() {
        let fault = |text: &str| super::fault(ListId::Sources, text);
        let unknown = |key: &str| Some(super::Fault::Unknown(key.to_owned()));
        let number = |key: &str| Some(super::Fault::NoNumber(key.to_owned()));
        assert_eq!(fault("foo:bar"), unknown("foo"));
        assert_eq!(fault("front foo>3"), unknown("foo"));
        assert_eq!(fault("behind>abc"), number("behind"));
        assert_eq!(fault("behind:abc"), number("behind"));
        for fine in [
            "behind>10",
            "lag>3h",
            "state:zzz",
            "a>b",
            "host:8443/x",
            "zzz",
        ] {
            assert_eq!(fault(fine), None, "{fine}");
        }
    }
}
