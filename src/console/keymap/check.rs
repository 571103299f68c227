//! No key means two things: not within a context, not in one above it, and no chord begins with a bound key.

use super::{BoundKey, Context, Keymap, written};
use crate::console::command::CommandId;

/// Two bindings of one key that count at the same time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{keys} is `{}` in [{}] and `{}` in [{}]", .one.1.as_str(), .one.0.as_str(), .other.1.as_str(), .other.0.as_str())]
pub struct Clash {
    /// The key.
    pub keys: String,
    /// Where it is what.
    pub one: (Context, CommandId),
    /// And where what else.
    pub other: (Context, CommandId),
}

/// Every clash of a keymap. The same command under the same key is none.
pub fn clashes(keymap: &Keymap) -> Vec<Clash> {
    let mut found = Vec::new();
    for (n, one) in keymap.bound.iter().enumerate() {
        for other in &keymap.bound[n + 1..] {
            if one.command != other.command && meet(one, other) && overlap(one, other) {
                found.push(Clash {
                    keys: written(&one.keys),
                    one: (one.context, one.command),
                    other: (other.context, other.command),
                });
            }
        }
    }
    found
}

fn meet(one: &BoundKey, other: &BoundKey) -> bool {
    one.context == other.context
        || one.context.above().contains(&other.context)
        || other.context.above().contains(&one.context)
}

fn overlap(one: &BoundKey, other: &BoundKey) -> bool {
    one.keys.starts_with(&other.keys) || other.keys.starts_with(&one.keys)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn the_built_in_keymap_has_no_clash() {
        let found: Vec<String> = clashes(&Keymap::standard())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_key_bound_twice_is_reported_with_both_places() {
        let keymap = parse("[everywhere]\nhelp = \"x\"\n[sources]\nlink = \"x\"").unwrap();
        assert_eq!(
            clashes(&keymap)[0].to_string(),
            "x is `help` in [everywhere] and `link` in [sources]"
        );
    }
}
