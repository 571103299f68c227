//! Where a text matches, for the eye.

use std::ops::Range;

use super::{Query, Test};

/// The parts of a name that the query found, as ranges of its characters, in order and apart.
pub fn hits(query: &Query, name: &str) -> Vec<Range<usize>> {
    let letters: Vec<char> = name
        .chars()
        .map(|c| c.to_lowercase().next().unwrap_or(c))
        .collect();
    let mut hit = vec![false; letters.len()];
    for term in query.terms.iter().filter(|term| !term.negated) {
        match &term.test {
            Test::Word(word) => mark(&letters, word, &mut hit),
            Test::Field(field, values) if field == "name" => {
                for value in values {
                    mark(&letters, value, &mut hit);
                }
            }
            Test::Fuzzy(wanted) => {
                let mut found = Vec::new();
                let mut from = 0;
                for letter in wanted.chars() {
                    let Some(at) = letters[from..].iter().position(|c| *c == letter) else {
                        found.clear();
                        break;
                    };
                    found.push(from + at);
                    from += at + 1;
                }
                for at in found {
                    hit[at] = true;
                }
            }
            Test::Field(..) | Test::Compare(..) | Test::Sequence(_) => {}
        }
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (at, _) in hit.iter().enumerate().filter(|(_, hit)| **hit) {
        match ranges.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => ranges.push(at..at + 1),
        }
    }
    ranges
}

fn mark(letters: &[char], word: &str, hit: &mut [bool]) {
    let word: Vec<char> = word.chars().collect();
    if word.is_empty() || word.len() > letters.len() {
        return;
    }
    for at in 0..=letters.len() - word.len() {
        if letters[at..at + word.len()] == word[..] {
            hit[at..at + word.len()].fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_marked_where_it_stands() {
        let of = |query: &str, name: &str| hits(&Query::parse(query), name);
        assert_eq!(of("end", "Frontend-End"), [5..8, 9..12]);
        assert_eq!(of("~fne", "frontend"), [0..1, 3..4, 5..6]);
        assert!(of("~zz", "frontend").is_empty());
        assert!(of("!end state:end", "frontend").is_empty());
        assert_eq!(of("name:x,front", "frontend").first(), Some(&(0..5)));
    }
}
