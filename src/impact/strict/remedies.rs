//! The exact commands that end a finding. One place, so that a renamed command is renamed once.

use crate::domain::finding::Remedy;

fn remedy(label: &str, command: String, action: Option<&str>) -> Remedy {
    Remedy {
        label: label.to_owned(),
        command,
        action: action.map(str::to_owned),
    }
}

pub(super) fn rename_in_rules(near: &str) -> Remedy {
    remedy(
        &format!("Name {near} in the rules"),
        format!("source: {near}"),
        None,
    )
}

pub(super) fn add(name: &str) -> Remedy {
    let command = format!(
        "jolli source add {} --mount /path/to/repository",
        word(name)
    );
    remedy("Add a source of that name", command, None)
}

pub(super) fn mount(name: &str) -> Remedy {
    let command = format!(
        "jolli source add {} --mount /path/to/repository",
        word(name)
    );
    remedy("Mount the repository", command, None)
}

pub(super) fn remove_local(name: &str) -> Remedy {
    let command = format!("jolli source remove {} --local-only", word(name));
    remedy("Remove the local entry", command, None)
}

pub(super) fn remove(name: &str) -> Remedy {
    remedy(
        "Remove one of them",
        format!("jolli source remove {}", word(name)),
        None,
    )
}

pub(super) fn enable_source(name: &str) -> Remedy {
    let command = format!("jolli source enable {}", word(name));
    remedy("Enable the source", command, Some("source-toggle"))
}

pub(super) fn enable_binding(space: &str, name: &str) -> Remedy {
    let command = format!("jolli space enable {} {}", word(space), word(name));
    remedy("Enable the binding", command, Some("binding-toggle"))
}

pub(super) fn bind(space: &str, name: &str) -> Remedy {
    let command = format!("jolli space bind {} {}", word(space), word(name));
    remedy("Bind the source to the space", command, Some("bind"))
}

pub(super) fn edit(text: &str, place: &str) -> Remedy {
    remedy(text, format!("$EDITOR {}", word(place)), None)
}

/// What to do where no command does it.
pub(super) fn advice(text: &str) -> Remedy {
    remedy("What helps", text.to_owned(), None)
}

/// A word of a command line, quoted where the shell would take it apart.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
