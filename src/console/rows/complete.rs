//! How a filter that is being typed may go on: a key of its list, or a value, also the names of rows that are here.

use crate::console::ids::ListId;
use crate::console::model::Replica;
use crate::console::query::{Named, Takes, keys};

/// How what is being typed may go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where in the text the word begins that goes on, in bytes.
    pub from: usize,
    /// What may stand there, best first.
    pub choices: Vec<String>,
}

/// Choices at most.
const CHOICES: usize = 20;

/// How the last word of a filter may go on: a key of the list, or a value of its key.
pub fn complete(replica: &Replica, list: ListId, text: &str) -> Completion {
    let mut quoted = false;
    let mut from = 0;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => from = at + 1,
            _ => {}
        }
    }
    if text[from..].starts_with('!') {
        from += 1;
    }
    let word = &text[from..];
    let Some((key, values)) = word.split_once(':') else {
        let typed = word.to_lowercase();
        let matching = keys(list).iter().filter(|(key, _)| key.starts_with(&typed));
        let choices = matching.map(|(key, takes)| match takes {
            Takes::Number => format!("{key}>"),
            _ => format!("{key}:"),
        });
        return Completion {
            from,
            choices: choices.collect(),
        };
    };
    let Some((_, takes)) = keys(list).iter().find(|(known, _)| *known == key) else {
        return Completion::default();
    };
    // Of several values the last goes on.
    let last = values.rfind(',').map_or(0, |at| at + 1);
    let from = from + key.len() + 1 + last;
    let typed = values[last..].trim_start_matches('"').to_lowercase();
    let mut choices: Vec<String> = match takes {
        Takes::Words(words) => words.iter().map(|it| (*it).to_owned()).collect(),
        Takes::Names(named) => names(replica, *named),
        Takes::Text | Takes::Number => Vec::new(),
    };
    choices.retain(|it| it.to_lowercase().starts_with(&typed));
    choices.truncate(CHOICES);
    for choice in &mut choices {
        if choice.contains([' ', ',']) {
            *choice = format!("\"{choice}\"");
        }
    }
    Completion { from, choices }
}

fn names(replica: &Replica, named: Named) -> Vec<String> {
    let sources = || replica.sources.iter().map(|(_, it)| it);
    let mut names: Vec<String> = match named {
        Named::Sources => sources().map(|it| it.name.to_owned()).collect(),
        Named::Spaces => replica
            .spaces
            .iter()
            .map(|(_, it)| it.name.clone())
            .collect(),
        Named::Integrations => replica
            .integrations
            .iter()
            .map(|(_, it)| it.name.clone())
            .collect(),
        Named::Repos => sources()
            .filter_map(|it| it.repo.map(str::to_owned))
            .collect(),
        Named::Branches => sources()
            .filter_map(|it| it.branch.map(str::to_owned))
            .collect(),
    };
    names.sort_unstable();
    names.dedup();
    names
}
