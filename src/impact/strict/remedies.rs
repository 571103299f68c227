//! The exact commands that end a finding. One place, so that a renamed command is renamed once.

use crate::domain::finding::Remedy;
use crate::domain::id::IntegrationId;
use crate::domain::text::shell_word;

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
        shell_word(name)
    );
    remedy("Add a source of that name", command, None)
}

/// A true source is mounted by its integration, so that no local one of its name is made.
pub(super) fn mount(name: &str, integration: Option<IntegrationId>) -> Remedy {
    let by = integration.map_or_else(String::new, |id| format!(" --integration-id {id}"));
    let command = format!(
        "jolli source add {} --mount /path/to/repository{by}",
        shell_word(name)
    );
    remedy("Mount the repository", command, None)
}

pub(super) fn remove_local(name: &str) -> Remedy {
    let command = format!("jolli source remove {} --local-only", shell_word(name));
    remedy("Remove the local entry", command, None)
}

pub(super) fn remove(name: &str) -> Remedy {
    remedy(
        "Remove one of them",
        format!("jolli source remove {}", shell_word(name)),
        None,
    )
}

pub(super) fn enable_source(name: &str) -> Remedy {
    let command = format!("jolli source enable {}", shell_word(name));
    remedy("Enable the source", command, Some("source-toggle"))
}

pub(super) fn enable_binding(space: &str, name: &str) -> Remedy {
    let command = format!(
        "jolli space enable {} {}",
        shell_word(space),
        shell_word(name)
    );
    remedy("Enable the binding", command, Some("binding-toggle"))
}

pub(super) fn bind(space: &str, name: &str) -> Remedy {
    let command = format!(
        "jolli space bind {} {}",
        shell_word(space),
        shell_word(name)
    );
    remedy("Bind the source to the space", command, Some("bind"))
}

pub(super) fn edit(text: &str, place: &str) -> Remedy {
    remedy(text, format!("$EDITOR {}", shell_word(place)), None)
}

/// What to do where no command does it.
pub(super) fn advice(text: &str) -> Remedy {
    remedy("What helps", text.to_owned(), None)
}
