//! Deep links: a view as text, that opens it again: `sources?filter=state:stuck&sort=-lag`.

use std::fmt::Write as _;

use crate::client::query::{decode, pairs};

/// A link, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeepLink {
    /// The view: `sources`, `run`.
    pub view: String,
    /// What it is of: `91`; empty for a list.
    pub of: String,
    /// How it is arranged.
    pub pairs: Vec<(String, String)>,
}

impl DeepLink {
    /// A link to a view.
    pub fn to(view: &str, of: impl Into<String>) -> Self {
        Self {
            view: view.to_owned(),
            of: of.into(),
            pairs: Vec::new(),
        }
    }

    /// Adds how it is arranged; what is empty is as usual, and left out.
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.pairs.push((key.to_owned(), value));
        }
        self
    }

    /// What one of these says.
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }

    /// Takes a link apart; `None`: its escapes are broken.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let (view, of) = path.split_once('/').unwrap_or((path, ""));
        Some(Self {
            view: decode(view)?,
            of: decode(of)?,
            pairs: pairs(query)?,
        })
    }

    /// The link.
    pub fn text(&self) -> String {
        let mut text = self.view.clone();
        if !self.of.is_empty() {
            text.push('/');
            escape(&mut text, &self.of);
        }
        for (place, (key, value)) in self.pairs.iter().enumerate() {
            text.push(if place == 0 { '?' } else { '&' });
            text.push_str(key);
            text.push('=');
            escape(&mut text, value);
        }
        text
    }
}

/// Escapes what would end a part of a link, or a word of a shell; the rest stays legible.
fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/@,!<>=*()[]".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        let link = DeepLink::to("source", "a/b?c&d \u{e9}'")
            .with("filter", "space:\"A & B\" ~x+y #1 100%")
            .with("sort", "")
            .with("columns", "name,repo");
        let text = link.text();
        assert!(!text.contains([' ', '"', '\'', '#', '+']), "{text}");
        assert_eq!(DeepLink::parse(&text), Some(link));
        let legible = DeepLink::to("sources", "").with("filter", "state:stuck behind>10");
        assert_eq!(legible.text(), "sources?filter=state:stuck%20behind>10");
        assert_eq!(DeepLink::parse("sources?filter=%zz"), None);
    }
}
