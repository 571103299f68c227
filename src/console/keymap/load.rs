//! A keymap file: a section for each context, keys to command ids.

use std::collections::BTreeMap;

use super::{BoundKey, Context, Key, KeyError, Keymap};
use crate::console::command::CommandId;

/// What is wrong with a keymap file.
#[derive(Debug, thiserror::Error)]
pub enum KeymapError {
    /// It is no TOML.
    #[error("the keymap cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An unknown section.
    #[error("`[{section}]` is no context; use one of: {known}")]
    Section {
        /// As written.
        section: String,
        /// What there is.
        known: String,
    },
    /// An unknown command.
    #[error(
        "`{command}` (key {key} in [{section}]) is no command; `jolli console --commands` lists them"
    )]
    Command {
        /// As written.
        command: String,
        /// Its key.
        key: String,
        /// Its section.
        section: String,
    },
    /// An unknown key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Reads a keymap. Several keys of a chord are separated by blanks: `"! u" = "unlink"`.
pub fn parse(text: &str) -> Result<Keymap, KeymapError> {
    let sections: BTreeMap<String, BTreeMap<String, toml::Value>> = toml::from_str(text)?;
    let mut bound = Vec::new();
    for context in Context::ALL {
        let Some(keys) = sections.get(context.as_str()) else {
            continue;
        };
        for (command, chords) in keys {
            let id = CommandId::parse(command).ok_or_else(|| KeymapError::Command {
                command: command.clone(),
                key: chords.to_string(),
                section: context.as_str().to_owned(),
            })?;
            let chords: Vec<&str> = match chords {
                toml::Value::String(one) => vec![one],
                toml::Value::Array(many) => many.iter().filter_map(toml::Value::as_str).collect(),
                other => {
                    return Err(KeyError(other.to_string()).into());
                }
            };
            for chord in chords {
                let keys = chord
                    .split(' ')
                    .map(str::parse)
                    .collect::<Result<Vec<Key>, _>>()?;
                bound.push(BoundKey {
                    context,
                    keys,
                    command: id,
                });
            }
        }
    }
    if let Some(section) = sections
        .keys()
        .find(|name| Context::ALL.iter().all(|it| it.as_str() != *name))
    {
        return Err(KeymapError::Section {
            section: section.clone(),
            known: Context::ALL.map(Context::as_str).join(", "),
        });
    }
    Ok(Keymap { bound })
}
