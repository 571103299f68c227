//! `Near: state:stuck`: what may have been meant when nothing matches.

use super::{Query, Test};

/// Closed sets that a value can come from, by field.
const VALUES: &[(&str, &[&str])] = &[
    (
        "state",
        &[
            "ok",
            "lagging",
            "stalled",
            "stopped",
            "rewind",
            "disabled",
            "not-tracked",
            "unknown",
            "stuck",
        ],
    ),
    ("kind", &["true", "virtual"]),
    ("enabled", &["true", "false"]),
    (
        "status",
        &[
            "queued",
            "running",
            "retrying",
            "succeeded",
            "failed",
            "skipped",
            "cancelled",
            "ignored",
            "duplicate",
            "rejected",
            "active",
            "needs-access",
            "suspended",
            "error",
        ],
    ),
];

/// Fields that some list knows.
const FIELDS: &[&str] = &[
    "name",
    "kind",
    "repo",
    "branch",
    "state",
    "space",
    "integration",
    "status",
    "enabled",
    "ref",
    "event",
    "actor",
    "type",
    "source",
    "behind",
    "lag",
    "reason",
];

/// The nearest text that is likelier to match: one condition corrected, the rest as typed.
pub fn near(text: &str) -> Option<String> {
    let query = Query::parse(text);
    query.terms.iter().find_map(|term| {
        let Test::Field(name, value) = &term.test else {
            return None;
        };
        let typed = format!("{name}:{value}");
        let better = if let Some((_, values)) = VALUES.iter().find(|(field, _)| field == name) {
            let value_near = closest(value, values)?;
            format!("{name}:{value_near}")
        } else if FIELDS.contains(&name.as_str()) {
            return None;
        } else {
            format!("{}:{value}", closest(name, FIELDS)?)
        };
        let at = text.to_lowercase().find(&typed)?;
        let mut corrected = text.to_owned();
        corrected
            .get(at..at + typed.len())
            .is_some()
            .then(|| corrected.replace_range(at..at + typed.len(), &better))?;
        Some(corrected)
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
        assert_eq!(near("state:stuk").as_deref(), Some("state:stuck"));
        assert_eq!(
            near("front sate:stuck").as_deref(),
            Some("front state:stuck")
        );
        assert_eq!(near("state:stuck"), None);
        assert_eq!(near("state:zzzzzz"), None);
    }
}
