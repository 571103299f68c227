//! What is passed on without names: those of the org's things are covered, and so is every word that is not the console's own.
//! What the console itself says stays, so that whoever reads it can follow (console.md: Bug reports).

use std::collections::HashSet;

use crate::api::{
    ActorKind, CursorState, DeliveryStatus, IntegrationStatus, JobStatus, LogLevel, Role,
    SourceKind, SpaceStatus, StepName,
};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::language::vocabulary;
use crate::console::model::Model;
use crate::console::view::glyph;

/// Of numbers so many digits stay; longer ones are ids of somebody's.
const DIGITS: usize = 8;

/// What is covered, and what is not.
pub struct Veil {
    /// Names of one word.
    names: HashSet<String>,
    /// Names with blanks or points in them, longest first.
    phrases: Vec<String>,
    /// The console's own words, in small letters.
    own: HashSet<String>,
}

impl Veil {
    /// Over what a console holds.
    pub fn of(model: &Model) -> Self {
        let mut veil = Self {
            names: HashSet::new(),
            phrases: Vec::new(),
            own: own_words(),
        };
        let (session, rows) = (&model.session, &model.replica);
        for name in [&session.profile, &session.server] {
            // What it calls itself where nobody gave it a name.
            if name != "embedded" {
                veil.cover(name);
            }
        }
        veil.cover(&session.org);
        let (_, address) = session.url.split_once("://").unwrap_or_default();
        veil.cover(address.trim_end_matches('/'));
        if let Some(me) = &session.me {
            veil.cover(&me.name);
        }
        for (_, source) in rows.sources.iter() {
            veil.cover(source.name);
            source.repo.iter().for_each(|it| veil.cover_path(it));
        }
        for (_, space) in rows.spaces.iter() {
            veil.cover(&space.name);
            veil.cover(&space.slug);
        }
        for (_, it) in rows.integrations.iter() {
            veil.cover(&it.name);
            it.repo.iter().for_each(|it| veil.cover_path(it));
            it.account.iter().for_each(|it| veil.cover_path(it));
        }
        veil.phrases.sort_by_key(|it| std::cmp::Reverse(it.len()));
        veil.phrases.dedup();
        veil
    }

    /// Covers a name.
    fn cover(&mut self, name: &str) {
        if name.chars().count() < 2 {
            return;
        }
        if name.chars().all(in_word) {
            self.names.insert(name.to_owned());
        } else {
            self.phrases.push(name.to_owned());
        }
    }

    /// Covers each part of `host/owner/repo`.
    fn cover_path(&mut self, path: &str) {
        path.split('/').for_each(|part| self.cover(part));
    }

    /// The text with each letter of what is covered as `x` and each digit as `0`, as wide as before.
    pub fn over(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for phrase in &self.phrases {
            if text.contains(phrase) {
                text = text.replace(phrase, &covered(phrase));
            }
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let word = in_word(first);
            let end = rest.find(|c| in_word(c) != word).unwrap_or(rest.len());
            let (part, further) = rest.split_at(end);
            rest = further;
            if !word {
                out.push_str(&framed(part));
            } else if self.names.contains(part) {
                out.push_str(&covered(part));
            } else {
                for piece in part.split_inclusive(['-', '_']) {
                    let bare = piece.trim_end_matches(['-', '_']);
                    if self.is_own(bare) {
                        out.push_str(piece);
                    } else {
                        out.push_str(&covered(piece));
                    }
                }
            }
        }
        out
    }

    /// Whether a word says nothing of the org's: the console has it, or it is a number or a length of time.
    fn is_own(&self, word: &str) -> bool {
        let counts = |c: char| c.is_ascii_digit() || "smhdwyktz".contains(c.to_ascii_lowercase());
        let number = word.starts_with(|c: char| c.is_ascii_digit())
            && word.len() <= DIGITS
            && word.chars().all(counts);
        number || self.own.contains(&word.to_lowercase())
    }
}

/// What belongs to one word, as names are written.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// Letters as `x`, digits as `0`, each as wide as before; what parts them stays.
fn covered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let letter = match c {
            c if c.is_numeric() => '0',
            c if c.is_ascii() && !c.is_alphabetic() => c,
            _ => 'x',
        };
        let width = format::width(c.encode_utf8(&mut [0; 4]));
        out.extend(std::iter::repeat_n(letter, width));
    }
    out
}

/// What stands between words: what frames and parts them stays, anything else may be of a name.
fn framed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() || glyph::ascii_twin(c).is_some() {
            out.push(c);
        } else {
            out.push_str(&covered(c.encode_utf8(&mut [0; 4])));
        }
    }
    out
}

/// The words of all texts of the console, of its commands, and of what states and kinds are called everywhere.
fn own_words() -> HashSet<String> {
    let mut words = vocabulary();
    let mut add = |text: &str| {
        let parts = text.split(|c: char| !c.is_alphanumeric());
        words.extend(parts.map(str::to_lowercase));
    };
    macro_rules! all {
        ($($kind:ident),+) => {$(
            for it in $kind::ALL {
                add(it.as_str());
            }
        )+};
    }
    all!(
        CommandId,
        CursorState,
        JobStatus,
        SpaceStatus,
        StepName,
        SourceKind,
        DeliveryStatus,
        IntegrationStatus,
        ActorKind,
        LogLevel,
        Role
    );
    // Keys, and what row 1 is begun with.
    add("jolli Enter Esc Tab Ctrl Shift Space Backspace Home End PgUp PgDn embedded trace job org");
    words
}
