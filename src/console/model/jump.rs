//! Jumping by letters: which two letters stand at which row.

use crate::console::ids::{ListId, RowKey};

/// The letters, the home row first: where two of nine are enough no finger leaves it.
const LETTERS: &[u8] = b"asdfghjklqwertyuiopzxcvbnm";
/// So many of them are used where they are enough.
const HOME: usize = 9;
/// Lists of at most so many rows have letters at every row.
pub const WHOLE: usize = HOME * HOME;

/// Letters at the rows of a list, until two of them were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The list.
    pub list: ListId,
    /// Its rows when it began, in the order of their letters: a row keeps its letters wherever it goes meanwhile.
    pub rows: Vec<RowKey>,
    /// The first letter, once it was typed.
    pub first: Option<char>,
}

impl Jump {
    /// How many letters are in use.
    fn base(&self) -> usize {
        let enough = (HOME..LETTERS.len()).find(|n| n * n >= self.rows.len());
        enough.unwrap_or(LETTERS.len())
    }

    /// The two letters of a row; `None`: it has none, or they do not begin with what was typed.
    pub fn letters(&self, row: RowKey) -> Option<[char; 2]> {
        let place = self.rows.iter().position(|it| *it == row)?;
        let base = self.base();
        let letter = |n: usize| LETTERS.get(n).map(|it| char::from(*it));
        let letters = [letter(place / base)?, letter(place % base)?];
        (self.first.is_none() || self.first == Some(letters[0])).then_some(letters)
    }

    /// The row of these letters.
    pub fn row(&self, first: char, second: char) -> Option<RowKey> {
        let at = |c: char| LETTERS.iter().position(|it| char::from(*it) == c);
        let base = self.base();
        let second = at(second).filter(|n| *n < base)?;
        self.rows.get(at(first)? * base + second).copied()
    }

    /// Whether the letters of any row begin with this one.
    pub fn begins(&self, first: char) -> bool {
        self.row(first, 'a').is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jump(rows: u32) -> Jump {
        Jump {
            list: ListId::Own,
            rows: (0..rows).map(RowKey::Place).collect(),
            first: None,
        }
    }

    #[test]
    fn every_row_has_letters_of_its_own_that_lead_back_to_it() {
        for count in [1, 9, 10, 81, 82, 200, 676] {
            let jump = jump(count);
            let mut seen = std::collections::BTreeSet::new();
            for row in &jump.rows {
                let [first, second] = jump.letters(*row).expect("within 26 times 26");
                assert!(seen.insert((first, second)), "{first}{second} of {count}");
                assert!(jump.begins(first));
                assert_eq!(jump.row(first, second), Some(*row), "{count}");
            }
        }
        assert_eq!(jump(81).letters(RowKey::Place(80)), Some(['l', 'l']));
        assert_eq!(jump(81).letters(RowKey::Place(9)), Some(['s', 'a']));
        assert_eq!(jump(9).row('s', 'a'), None);
    }

    #[test]
    fn once_the_first_is_typed_only_its_rows_keep_their_letters() {
        let mut jump = jump(20);
        jump.first = Some('s');
        assert_eq!(jump.letters(RowKey::Place(0)), None);
        assert_eq!(jump.letters(RowKey::Place(10)), Some(['s', 's']));
    }
}
