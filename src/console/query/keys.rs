//! Which keys a list's filter knows, and how what is being typed may go on.

use crate::console::model::{ListId, Replica};

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of a row that is here.
    Names(Named),
    /// Any text.
    Text,
    /// A number or a length of time, compared.
    Number,
}

/// Rows whose names complete a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Sources.
    Sources,
    /// Spaces.
    Spaces,
    /// Integrations.
    Integrations,
    /// Repositories of sources.
    Repos,
    /// Branches of sources.
    Branches,
}

const STATES: Takes = Takes::Words(&[
    "ok",
    "lagging",
    "stalled",
    "stopped",
    "rewind",
    "disabled",
    "not-tracked",
    "unknown",
    "stuck",
]);
const KINDS: Takes = Takes::Words(&["true", "virtual"]);
const ON: Takes = Takes::Words(&["yes", "no"]);
const RUN: Takes = Takes::Words(&[
    "queued",
    "running",
    "retrying",
    "succeeded",
    "failed",
    "skipped",
    "cancelled",
]);
const DELIVERY: Takes =
    Takes::Words(&["queued", "ignored", "duplicate", "rejected", "quarantined"]);
const ACCESS: Takes = Takes::Words(&["active", "needs-access", "suspended", "error", "removed"]);
const PROVIDERS: Takes = Takes::Words(&["github", "gitlab", "bitbucket", "gitea", "azure"]);
const SPACES: Takes = Takes::Names(Named::Spaces);
const SOURCES: Takes = Takes::Names(Named::Sources);
const INTEGRATIONS: Takes = Takes::Names(Named::Integrations);
const BRANCHES: Takes = Takes::Names(Named::Branches);

/// The keys of a list, the usual ones first.
#[rustfmt::skip] // tables
pub const fn keys(list: ListId) -> &'static [(&'static str, Takes)] {
    use Takes::{Number, Text};
    match list {
        ListId::Sources | ListId::Cursors => &[
            ("state", STATES), ("kind", KINDS), ("repo", Takes::Names(Named::Repos)), ("space", SPACES),
            ("branch", BRANCHES), ("integration", INTEGRATIONS), ("behind", Number), ("lag", Number), ("age", Number),
            ("name", SOURCES), ("finding", Text), ("enabled", ON), ("spaces", Number), ("by", Text), ("head", Text),
            ("cursor", Text), ("version", Number), ("type", Takes::Words(&["git"])), ("mount", Text), ("id", Text),
        ],
        ListId::Xray => &[
            ("state", STATES), ("kind", KINDS), ("space", SPACES), ("doc", Text), ("name", SOURCES), ("repo", Takes::Names(Named::Repos)),
            ("branch", BRANCHES), ("integration", INTEGRATIONS), ("behind", Number), ("lag", Number), ("finding", Text),
            ("enabled", ON), ("spaces", Number),
        ],
        ListId::Bindings => &[
            ("space", SPACES), ("source", SOURCES), ("status", Takes::Words(&["updated", "unchanged", "failed", "skipped", "never"])),
            ("enabled", ON), ("pattern", Text), ("docs", Number), ("age", Number),
        ],
        ListId::Runs => &[
            ("status", RUN), ("source", SOURCES), ("space", SPACES), ("branch", BRANCHES), ("head", Text), ("error", Text),
            ("runner", Text), ("kind", Text), ("age", Number), ("attempt", Number), ("id", Text),
        ],
        ListId::Deliveries => &[
            ("status", DELIVERY), ("ref", BRANCHES), ("event", Takes::Words(&["push", "ping"])), ("reason", Text),
            ("provider", PROVIDERS), ("integration", INTEGRATIONS), ("head", Text), ("age", Number), ("id", Text),
        ],
        ListId::Integrations => &[
            ("status", ACCESS), ("provider", PROVIDERS), ("repo", Text), ("name", INTEGRATIONS), ("sources", Number),
            ("age", Number), ("id", Text),
        ],
        ListId::Tokens => &[
            ("role", Takes::Words(&["viewer", "operator", "runner", "admin"])), ("state", Takes::Words(&["active", "ended"])),
            ("name", Text), ("used", Number), ("age", Number), ("id", Text),
        ],
        ListId::Events => &[
            ("actor", Text), ("type", Text), ("kind", Takes::Words(&["source", "space", "job", "delivery", "integration"])),
            ("stream", Text), ("age", Number),
        ],
        ListId::Conflicts => &[
            ("name", SOURCES), ("code", Text), ("severity", Takes::Words(&["error", "warning"])), ("space", SPACES),
            ("docs", Number),
        ],
        _ => &[],
    }
}

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
