//! One alternative of a glob: matched exactly here, and translated for `globset`, which finds the candidates.

use super::parse::parts;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    Char(char),
    /// Any run of characters within a segment.
    Star,
    /// One character of a segment.
    One,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Any number of whole segments.
    AnyDirectories,
    Segment(Vec<Atom>),
}

/// A glob without braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::impact) struct Alternative {
    parts: Vec<Part>,
}

impl Alternative {
    pub(super) fn new(atoms: &[Atom], below: bool) -> Self {
        Self {
            parts: parts(atoms, below),
        }
    }

    /// The directory under which every match lies; empty for the root.
    pub(super) fn directory(&self) -> String {
        let (_, directories) = self.parts.split_last().expect("a glob has a segment");
        let literals = directories.iter().map_while(|part| match part {
            Part::AnyDirectories => None,
            Part::Segment(atoms) => literal(atoms),
        });
        literals.collect::<Vec<_>>().join("/")
    }

    /// A text for `globset` that admits at least what this matches.
    ///
    /// globset reads bytes: its `?` and classes are one byte, so they fail on anything but ASCII, and its negated
    /// classes admit `/`. They are widened here and decided by [`Self::matches`].
    pub(super) fn candidates(&self) -> String {
        let mut text = String::new();
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                text.push('/');
            }
            let Part::Segment(atoms) = part else {
                text.push_str("**");
                continue;
            };
            for atom in atoms {
                match atom {
                    Atom::Star if text.ends_with('*') => {}
                    Atom::Star => text.push('*'),
                    Atom::One | Atom::Class { .. } => text.push_str("?*"),
                    Atom::Char(c) => {
                        if "*?[]{}!\\,".contains(*c) {
                            text.push('\\');
                        }
                        text.push(*c);
                    }
                }
            }
        }
        text
    }

    /// Whether `candidates` says it all.
    pub(super) fn is_decided_by_candidates(&self) -> bool {
        self.parts.iter().all(|part| match part {
            Part::AnyDirectories => true,
            // globset takes the nothing after `**/` for anything.
            Part::Segment(atoms) => {
                !atoms.is_empty()
                    && atoms
                        .iter()
                        .all(|atom| matches!(atom, Atom::Char(_) | Atom::Star))
            }
        })
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        let segments: Vec<&str> = path.split('/').collect();
        wildcard(
            &self.parts,
            &segments,
            |part| *part == Part::AnyDirectories,
            |part, segment| match part {
                Part::AnyDirectories => false,
                Part::Segment(atoms) => segment_matches(atoms, segment),
            },
        )
    }
}

fn literal(atoms: &[Atom]) -> Option<String> {
    atoms
        .iter()
        .map(|atom| match atom {
            Atom::Char(c) => Some(*c),
            _ => None,
        })
        .collect()
}

fn segment_matches(atoms: &[Atom], segment: &str) -> bool {
    let chars: Vec<char> = segment.chars().collect();
    wildcard(
        atoms,
        &chars,
        |atom| *atom == Atom::Star,
        |atom, c| match atom {
            Atom::Char(wanted) => wanted == c,
            Atom::One => true,
            Atom::Star => false,
            Atom::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (low..=high).contains(&c)) != *negated
            }
        },
    )
}

/// Matches items against a pattern in which some elements stand for any number of items. On a mismatch only the most
/// recent of those takes one item more, which bounds the work by pattern × items.
fn wildcard<P, T>(
    pattern: &[P],
    items: &[T],
    is_any: impl Fn(&P) -> bool,
    admits: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut p, mut i) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while i < items.len() {
        match pattern.get(p) {
            Some(any) if is_any(any) => {
                retry = Some((p, i));
                p += 1;
            }
            Some(one) if admits(one, &items[i]) => {
                p += 1;
                i += 1;
            }
            _ => match &mut retry {
                Some((any, taken)) => {
                    *taken += 1;
                    p = *any + 1;
                    i = *taken;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(is_any)
}
