//! No key means two things: not within a context, not in one above it, and no chord begins with a bound key. For the keymaps
//! that come with the console that is a test; what a user's file makes of it is told, line by line.

use std::fmt;

use super::{BoundKey, Context, Keymap, written};
use crate::console::command::{Class, CommandId};

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
    one.context == other.context || lies_in(one, other) || lies_in(other, one)
}

/// Whether `inner` counts within the context of `outer`, and goes before it.
fn lies_in(inner: &BoundKey, outer: &BoundKey) -> bool {
    inner.context.above().contains(&outer.context)
}

fn overlap(one: &BoundKey, other: &BoundKey) -> bool {
    one.keys.starts_with(&other.keys) || other.keys.starts_with(&one.keys)
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Something that was written does nothing: said at the start too.
    Dead,
    /// It works, and has a consequence that may not be meant.
    Note,
}

/// What a user's keymap does to keys that meant something already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line of the file.
    pub line: usize,
    /// Whether something is dead.
    pub weight: Weight,
    /// What it is.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// What is worth knowing of the user's file over its preset, by line.
pub fn findings(keymap: &Keymap) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in &keymap.bound {
        let Some(line) = one.line else { continue };
        let mut say = |weight, text| found.push(Finding { line, weight, text });
        let keys = written(&one.keys);
        let here = one.context.as_str();
        let command = one.command.as_str();
        let others = || {
            let another = |it: &&BoundKey| it.command != one.command || it.keys != one.keys;
            keymap.bound.iter().filter(another)
        };
        for other in others().filter(|it| it.keys == one.keys && it.command != one.command) {
            let (there, that) = (other.context.as_str(), other.command.as_str());
            if other.context == one.context {
                match other.line {
                    Some(second) if one.when == other.when && line < second => say(
                        Weight::Dead,
                        format!(
                            "{keys} is `{command}` here and `{that}` in line {second}, both in [{here}]; the first counts"
                        ),
                    ),
                    _ => {}
                }
            } else if lies_in(one, other) {
                say(
                    Weight::Note,
                    format!(
                        "{keys} is `{command}` in [{here}]; there it hides `{that}` of [{there}]"
                    ),
                );
            } else if lies_in(other, one) && other.line.is_none() {
                say(
                    Weight::Note,
                    format!("{keys} is not `{command}` in [{there}]: there it is `{that}`"),
                );
            }
        }
        killed(keymap, one, &mut say);
        let shorter = others().find(|it| {
            it.keys.len() < one.keys.len()
                && one.keys.starts_with(&it.keys)
                && (it.context == one.context || one.context.above().contains(&it.context))
                && it.line.is_none()
                && it.when.is_none()
        });
        if let Some(other) = shorter {
            let (first, that, there) = (written(&other.keys), other.command, other.context);
            say(
                Weight::Dead,
                format!(
                    "{keys} cannot be typed: {first} is `{}` in [{}] and runs at once; `{} = []` there frees it",
                    that.as_str(),
                    there.as_str(),
                    that.as_str()
                ),
            );
        }
        let class = one.command.entry().class;
        if (class == Class::Destructive) != keys.starts_with('!') {
            let text = if class == Class::Destructive {
                format!(
                    "`{command}` cannot be taken back; its keys begin with ! so that nobody types them by chance. It still asks for the name"
                )
            } else {
                format!(
                    "keys that begin with ! are those of what cannot be taken back; `{command}` can"
                )
            };
            say(Weight::Note, text);
        }
    }
    found.sort_by(|a, b| (a.line, a.weight, &a.text).cmp(&(b.line, b.weight, &b.text)));
    found.dedup();
    found
}

/// Chords that cannot be typed any more, because their first keys alone are a command now.
fn killed(keymap: &Keymap, one: &BoundKey, say: &mut impl FnMut(Weight, String)) {
    let mut dead: Vec<String> = keymap
        .bound
        .iter()
        .filter(|it| it.keys.len() > one.keys.len() && it.keys.starts_with(&one.keys))
        .filter(|it| meet(it, one))
        .map(|it| written(&it.keys))
        .collect();
    dead.sort();
    dead.dedup();
    if dead.is_empty() {
        return;
    }
    let more = dead.len().saturating_sub(3);
    dead.truncate(3);
    let names = match more {
        0 => dead.join(", "),
        more => format!("{} and {more} more", dead.join(", ")),
    };
    let text = format!(
        "{} runs `{}` at once, so {names} cannot be typed in [{}]",
        written(&one.keys),
        one.command.as_str(),
        one.context.as_str()
    );
    say(Weight::Dead, text);
}
