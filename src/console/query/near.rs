//! `Near: state:stuck`: what may have been meant when nothing matches.

use super::keys::{Takes, keys};
use super::{Query, Test};
use crate::console::model::ListId;

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
}
