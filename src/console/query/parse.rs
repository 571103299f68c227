//! Text to [`Query`]. Every text is a query: what is no condition is a word.

use super::{Comparison, Query, Term, Test};

impl Query {
    /// Reads a filter.
    pub fn parse(text: &str) -> Self {
        Self {
            terms: split(text).iter().filter_map(term).collect(),
        }
    }
}

/// A word, and which of its characters stood between quotes: those are text, whatever they mean elsewhere.
type Word = Vec<(char, bool)>;

/// Words, with `"quoted parts"` kept together.
fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push((c, quoted)),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn plain(word: &[(char, bool)]) -> String {
    word.iter().map(|(c, _)| *c).collect()
}

fn term(word: &Word) -> Option<Term> {
    let (negated, rest) = match word.split_first() {
        Some((('!', false), [])) => return None,
        Some((('!', false), rest)) => (true, rest),
        _ => (false, word.as_slice()),
    };
    Some(Term {
        negated,
        test: test(rest)?,
    })
}

fn test(word: &[(char, bool)]) -> Option<Test> {
    let text = plain(word);
    if word.first().is_some_and(|(_, quoted)| *quoted) {
        return Some(Test::Word(text.to_lowercase()));
    }
    if let Some(letters) = text.strip_prefix('~') {
        return (!letters.is_empty()).then(|| Test::Fuzzy(letters.to_lowercase()));
    }
    if let Some(sequence) = text.strip_prefix('@').and_then(|n| n.parse().ok()) {
        return Some(Test::Sequence(sequence));
    }
    if let Some(at) = text.find(['<', '>', '='])
        && at > 0
        && is_name(&text[..at])
        && let Some(found) = comparison(&text, at)
    {
        return Some(found);
    }
    if let Some(at) = word.iter().position(|it| *it == (':', false)) {
        let (key, value) = (plain(&word[..at]), &word[at + 1..]);
        if is_name(&key)
            // `host:8443/owner` is a word; `repo:` with nothing after it still filters nothing.
            && !value.first().is_some_and(|(c, _)| c.is_ascii_digit() && !NUMERIC.contains(&key.as_str()))
        {
            let values: Vec<String> = value
                .split(|it| *it == (',', false))
                .map(|it| plain(it).to_lowercase())
                .filter(|it| !it.is_empty())
                .collect();
            if values.is_empty() {
                return None;
            }
            return Some(Test::Field(key.to_lowercase(), values));
        }
    }
    Some(Test::Word(text.to_lowercase()))
}

/// Fields whose values may start with a digit.
const NUMERIC: &[&str] = &[
    "id",
    "integration",
    "job",
    "head",
    "cursor",
    "ref",
    "repo",
    "branch",
    "space",
    "run",
    "source",
];

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
}

fn comparison(word: &str, at: usize) -> Option<Test> {
    let rest = &word[at..];
    let (how, value) = [
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Equal),
    ]
    .into_iter()
    .find_map(|(sign, how)| Some((how, rest.strip_prefix(sign)?)))?;
    Some(Test::Compare(
        word[..at].to_lowercase(),
        how,
        number(value)?,
    ))
}

/// `10`, `3h`, `5m`: durations in seconds.
fn number(text: &str) -> Option<f64> {
    if let Ok(plain) = text.parse::<f64>() {
        return plain.is_finite().then_some(plain);
    }
    let unit = match text.chars().next_back()? {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3_600.0,
        'd' => 86_400.0,
        'w' => 604_800.0,
        'y' => 31_557_600.0,
        _ => return None,
    };
    let count: f64 = text[..text.len() - 1].parse().ok()?;
    count.is_finite().then_some(count * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests(text: &str) -> Vec<Test> {
        Query::parse(text)
            .terms
            .into_iter()
            .map(|t| t.test)
            .collect()
    }

    #[test]
    fn every_form_is_understood() {
        assert_eq!(
            tests("Front state:Stuck behind>10 lag>=3h ~bknd @1790 repo:github.com/acme"),
            vec![
                Test::Word("front".into()),
                Test::Field("state".into(), vec!["stuck".into()]),
                Test::Compare("behind".into(), Comparison::Greater, 10.0),
                Test::Compare("lag".into(), Comparison::AtLeast, 10_800.0),
                Test::Fuzzy("bknd".into()),
                Test::Sequence(1790),
                Test::Field("repo".into(), vec!["github.com/acme".into()]),
            ]
        );
    }

    #[test]
    fn not_turns_a_condition_round_and_quotes_keep_words_together() {
        let query = Query::parse("!kind:virtual space:\"API Docs\"");
        assert!(query.terms[0].negated);
        assert_eq!(
            query.terms[1].test,
            Test::Field("space".into(), vec!["api docs".into()])
        );
    }

    #[test]
    fn several_values_are_any_of_them_and_quotes_are_text() {
        let field = |name: &str, values: &[&str]| {
            let values = values.iter().map(|it| (*it).to_owned()).collect();
            vec![Test::Field(name.into(), values)]
        };
        assert_eq!(
            tests("state:Stuck,lagging"),
            field("state", &["stuck", "lagging"])
        );
        assert_eq!(tests("state:stuck,"), field("state", &["stuck"]));
        assert_eq!(tests("space:\"A, B\",c"), field("space", &["a, b", "c"]));
        assert_eq!(
            tests("\"kind:virtual\""),
            [Test::Word("kind:virtual".into())]
        );
        assert_eq!(
            tests("\"!x\" \"~y z\""),
            [Test::Word("!x".into()), Test::Word("~y z".into())]
        );
    }

    #[test]
    fn unfinished_conditions_filter_nothing() {
        for text in ["", "  ", "!", "~", "state:", "\"\""] {
            assert!(Query::parse(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn an_address_with_a_port_is_a_word() {
        assert_eq!(
            tests("corp:8443/old/mono"),
            vec![Test::Word("corp:8443/old/mono".into())]
        );
    }
}
