//! Commands that take a word in the palette: `:theme light`, `:open sources?filter=state:stuck`. What can stand there is
//! completed.

use crate::console::command::CommandId as C;
use crate::console::info::facts;
use crate::console::keymap::Preset;
use crate::console::model::Model;
use crate::console::model::export::Format;
use crate::console::shot::Kind;

/// The words that begin such a command; the first is the one that is written.
const WORDS: &[(&str, C)] = &[
    ("theme", C::Theme),
    ("keymap", C::Keymap),
    ("open", C::OpenLink),
    ("profile", C::GoProfiles),
    ("info", C::Info),
    ("bug-report", C::BugReport),
    ("screen-dump", C::ScreenDump),
    ("export", C::Export),
];

/// Views that a link can name; those that end in `/` go on with a name.
const VIEWS: &[&str] = &[
    "sources",
    "bindings",
    "cursors",
    "runs",
    "approvals",
    "pulse",
    "xray",
    "xray/",
    "conflicts",
    "deliveries",
    "integrations",
    "integration/",
    "tokens",
    "events",
    "source/",
    "why/",
    "run/",
    "thread/",
    "past/",
    "sources?filter=",
];

/// Names completed at once; the more that is typed the fewer there are.
const COMPLETED: usize = 50;

/// The word that begins a command with an argument.
pub fn word(id: C) -> Option<&'static str> {
    let found = WORDS.iter().find(|(_, it)| *it == id);
    found.map(|(word, _)| *word)
}

/// A command and its argument, as typed: `theme li`. `@1790` and `#91` are views by themselves.
pub fn parse(text: &str) -> Option<(C, String)> {
    let text = text.trim_start().trim_start_matches(':');
    if let Some(sequence) = text.strip_prefix('@') {
        return is_number(sequence).then(|| (C::OpenLink, format!("events/@{}", sequence.trim())));
    }
    if let Some(job) = text.strip_prefix('#') {
        return is_number(job).then(|| (C::OpenLink, format!("run/{}", job.trim())));
    }
    let (first, rest) = text.split_once(char::is_whitespace)?;
    let takes = |id: C| word(id).is_some();
    let known = WORDS.iter().find(|(word, _)| *word == first);
    let id = known
        .map(|(_, id)| *id)
        .or_else(|| C::parse(first).filter(|id| takes(*id)))?;
    Some((id, rest.trim().to_owned()))
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

/// What can stand behind the command, as far as it is typed; what is typed itself goes first where anything can.
pub fn choices(model: &Model, id: C, typed: &str) -> Vec<String> {
    let known: Vec<String> = match id {
        C::Theme => model.taste.themes.clone(),
        C::Keymap => Preset::ALL.map(|it| it.as_str().to_owned()).to_vec(),
        C::Info => {
            let facts = facts(model).into_iter();
            facts.map(|(what, _)| what.to_owned()).collect()
        }
        C::BugReport => ["with-names", "copy-path"].map(str::to_owned).to_vec(),
        C::ScreenDump => Kind::ALL.map(|it| it.as_str().to_owned()).to_vec(),
        // Behind the format a file can be named.
        C::Export if typed.contains(char::is_whitespace) => return vec![typed.to_owned()],
        C::Export => Format::ALL.map(|it| it.as_str().to_owned()).to_vec(),
        C::OpenLink => return links(model, typed),
        // Which there are is in a file, which is read when one is gone to.
        C::GoProfiles => return vec![typed.to_owned()],
        _ => return Vec::new(),
    };
    let mut found: Vec<String> = known
        .into_iter()
        .filter(|it| it.contains(&typed.to_lowercase()))
        .collect();
    found.sort_by_key(|it| !it.starts_with(typed));
    if found.is_empty() {
        // Refused with what there is, when it is run.
        found.push(typed.to_owned());
    }
    found
}

fn links(model: &Model, typed: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !typed.is_empty() {
        found.push(typed.to_owned());
    }
    for view in ["source/", "why/", "xray/"] {
        if let Some(name) = typed.strip_prefix(view) {
            let sources = model.replica.sources.iter();
            let names = sources
                .map(|(_, source)| source.name)
                .filter(|it| it.starts_with(name) && *it != name);
            found.extend(names.take(COMPLETED).map(|it| format!("{view}{it}")));
        }
    }
    let views = VIEWS
        .iter()
        .filter(|it| it.starts_with(typed) && **it != typed);
    found.extend(views.map(|it| (*it).to_owned()));
    found
}
