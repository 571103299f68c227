//! The registry against the ids and the keymap.

use super::*;
use crate::console::keymap::Keymap;

#[test]
fn every_id_has_exactly_one_entry() {
    for id in CommandId::ALL {
        let entries = COMMANDS.iter().filter(|it| it.id == *id).count();
        assert_eq!(entries, 1, "{}", id.as_str());
        assert_eq!(CommandId::parse(id.as_str()), Some(*id));
    }
}

#[test]
fn every_command_has_a_key_or_is_one_of_the_palette() {
    let keymap = Keymap::standard();
    let without: Vec<&str> = COMMANDS
        .iter()
        .filter(|it| keymap.keys_of(it.id).is_empty())
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(
        without,
        [
            "local-remove",
            "queue-resume",
            "filter-fuzzy",
            "tour",
            "read-only",
            "theme",
            "keymap",
            "open-link",
            "info",
            "log",
            "bug-report",
            "sign-out",
            "sign-in"
        ]
    );
}

#[test]
fn danger_and_only_danger_starts_with_an_exclamation_mark() {
    let keymap = Keymap::standard();
    for command in COMMANDS {
        let danger = keymap
            .all_keys_of(command.id)
            .iter()
            .any(|keys| keys.starts_with('!'));
        assert_eq!(
            danger,
            command.class == Class::Destructive,
            "{}",
            command.id.as_str()
        );
    }
}
