//! Which keys a list's filter knows, and what each takes.

use crate::console::ids::ListId;

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
