//! Names of what the server calls by words, as numbers: a row's key can hold no more.

use std::collections::BTreeMap;

use crate::api::{RequestId, ThreadId};

/// Names of things that the server calls by words, as numbers that a row's key can hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, u32>);

impl Names {
    /// The number of a name; the same name always has the same.
    pub fn of(&mut self, name: &str) -> u32 {
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        let next = self.0.len() as u32;
        self.0.insert(name.to_owned(), next);
        next
    }

    /// The number of a name that was seen before.
    pub fn known(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }

    /// The name of a number.
    pub fn name(&self, number: u32) -> Option<&str> {
        self.0
            .iter()
            .find(|(_, it)| **it == number)
            .map(|(name, _)| name.as_str())
    }
}

/// What a question is called among [`Names`].
pub fn question_name(thread: &ThreadId, request: &RequestId) -> String {
    format!("{thread}\n{request}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number() {
        let mut names = Names::default();
        assert_eq!((names.of("a"), names.of("b"), names.of("a")), (0, 1, 0));
        assert_eq!(names.name(1), Some("b"));
        assert_eq!(names.known("c"), None);
    }
}
