//! From text to alternatives: classes first, then braces, which expand; what is not well formed stays literal.

use super::pattern::{Alternative, Atom, Part};
use super::{MAX_ALTERNATIVES, MAX_EXPANDED, RulePathError};

/// Deeper than anybody nests braces; protects the stack.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug)]
enum Token {
    Atom(Atom),
    Open,
    Comma,
    Close,
}

/// The alternatives of a normalised glob; with `below`, everything under each of them.
pub(super) fn alternatives(normal: &str, below: bool) -> Result<Vec<Alternative>, RulePathError> {
    let mut tokens = tokens(normal)?;
    settle_braces(&mut tokens)?;
    let mut room = MAX_EXPANDED;
    let expanded = expand(&mut tokens.into_iter().peekable(), &mut room)?;
    Ok(expanded
        .into_iter()
        .map(|atoms| Alternative::new(&atoms, below))
        .collect())
}

fn tokens(normal: &str) -> Result<Vec<Token>, RulePathError> {
    let chars: Vec<char> = normal.chars().collect();
    let mut tokens = Vec::with_capacity(chars.len());
    let mut at = 0;
    while at < chars.len() {
        let token = match chars[at] {
            '*' => Token::Atom(Atom::Star),
            '?' => Token::Atom(Atom::One),
            '{' => Token::Open,
            ',' => Token::Comma,
            '}' => Token::Close,
            '[' => {
                let (class, end) = class(&chars, at)?;
                at = end;
                Token::Atom(class)
            }
            c => Token::Atom(Atom::Char(c)),
        };
        tokens.push(token);
        at += 1;
    }
    Ok(tokens)
}

/// The class that opens at `start`, and where its `]` is. A `]` right after the opening is a member.
fn class(chars: &[char], start: usize) -> Result<(Atom, usize), RulePathError> {
    let error = |problem| RulePathError::Class {
        column: start + 1,
        problem,
    };
    let negated = matches!(chars.get(start + 1), Some('!' | '^'));
    let first = start + 1 + usize::from(negated);
    let end = (first + 1..chars.len())
        .find(|&i| chars[i] == ']')
        .ok_or_else(|| error("is not closed"))?;
    let members = &chars[first..end];
    if members.contains(&'/') {
        return Err(error("contains a `/`, which it can never match"));
    }
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < members.len() {
        let low = members[at];
        if members.get(at + 1) == Some(&'-') && at + 2 < members.len() {
            let high = members[at + 2];
            if high < low {
                return Err(error("has a range that ends before it begins"));
            }
            ranges.push((low, high));
            at += 3;
        } else {
            ranges.push((low, low));
            at += 1;
        }
    }
    Ok((Atom::Class { negated, ranges }, end))
}

/// Makes literal every brace without a partner, every `{}`, and every comma outside of braces.
fn settle_braces(tokens: &mut [Token]) -> Result<(), RulePathError> {
    let mut open: Vec<usize> = Vec::new();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open => open.push(at),
            Token::Close => {
                let start = open.pop();
                pairs.extend(
                    start
                        .filter(|start| start + 1 < at)
                        .map(|start| (start, at)),
                );
            }
            Token::Comma | Token::Atom(_) => {}
        }
    }
    let mut depth = vec![0_usize; tokens.len() + 1];
    let mut paired = vec![false; tokens.len()];
    for (start, end) in pairs {
        paired[start] = true;
        paired[end] = true;
        depth[start] += 1;
    }
    let mut inside = 0;
    for (at, token) in tokens.iter_mut().enumerate() {
        let literal = match token {
            Token::Open if paired[at] => {
                inside += depth[at];
                if inside > MAX_DEPTH {
                    return Err(RulePathError::TooManyAlternatives);
                }
                continue;
            }
            Token::Close if paired[at] => {
                inside -= 1;
                continue;
            }
            Token::Comma if inside > 0 => continue,
            Token::Open => '{',
            Token::Close => '}',
            Token::Comma => ',',
            Token::Atom(_) => continue,
        };
        *token = Token::Atom(Atom::Char(literal));
    }
    Ok(())
}

/// Expands up to the end, or up to the `}` or `,` that ends this alternative (left for the caller). What it writes is taken
/// from `room`.
fn expand(
    tokens: &mut std::iter::Peekable<std::vec::IntoIter<Token>>,
    room: &mut usize,
) -> Result<Vec<Vec<Atom>>, RulePathError> {
    let mut so_far: Vec<Vec<Atom>> = vec![Vec::new()];
    while let Some(token) = tokens.next_if(|t| !matches!(t, Token::Close | Token::Comma)) {
        match token {
            Token::Atom(atom) => {
                take(room, so_far.len())?;
                for atoms in &mut so_far {
                    atoms.push(atom.clone());
                }
            }
            Token::Open => {
                let mut choices = expand(tokens, room)?;
                while let Some(Token::Comma) = tokens.next() {
                    choices.extend(expand(tokens, room)?);
                }
                if so_far.len() * choices.len() > MAX_ALTERNATIVES {
                    return Err(RulePathError::TooManyAlternatives);
                }
                let atoms = |of: &[Vec<Atom>]| of.iter().map(Vec::len).sum::<usize>();
                take(
                    room,
                    atoms(&so_far) * choices.len() + so_far.len() * atoms(&choices),
                )?;
                so_far = so_far
                    .iter()
                    .flat_map(|before| {
                        choices
                            .iter()
                            .map(move |choice| [&before[..], choice].concat())
                    })
                    .collect();
            }
            Token::Comma | Token::Close => {}
        }
    }
    Ok(so_far)
}

/// Takes so many atoms from the room that is left.
fn take(room: &mut usize, atoms: usize) -> Result<(), RulePathError> {
    *room = room
        .checked_sub(atoms)
        .ok_or(RulePathError::TooManyAlternatives)?;
    Ok(())
}

/// Splits atoms at slashes; a segment of two or more stars alone is any number of directories.
pub(super) fn parts(atoms: &[Atom], below: bool) -> Vec<Part> {
    let mut parts: Vec<Part> = atoms
        .split(|atom| *atom == Atom::Char('/'))
        .map(|segment| {
            let stars = segment.iter().all(|atom| *atom == Atom::Star);
            if stars && segment.len() > 1 {
                return Part::AnyDirectories;
            }
            let mut segment = segment.to_vec();
            segment.dedup_by(|a, b| *a == Atom::Star && *b == Atom::Star);
            Part::Segment(segment)
        })
        .collect();
    if below {
        parts.push(Part::AnyDirectories);
    }
    parts.dedup_by(|a, b| *a == Part::AnyDirectories && *b == Part::AnyDirectories);
    // `src/**` is what is below `src`, never `src` itself.
    if parts.last() == Some(&Part::AnyDirectories) {
        parts.push(Part::Segment(vec![Atom::Star]));
    }
    parts
}
