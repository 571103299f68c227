//! Which catalogue is in use, and what it says.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::OnceLock;

use super::catalogue::{Catalogue, places};
use super::digits;
use super::languages::TEMPLATE;
use super::po;

/// Chosen once, before the first frame: what is said already is not said again in another language.
static CHOSEN: OnceLock<&'static Catalogue> = OnceLock::new();

#[cfg(test)]
thread_local! {
    /// Tests share a process; each speaks on its own thread.
    static HERE: std::cell::Cell<Option<&'static Catalogue>> = const { std::cell::Cell::new(None) };
}

/// From now on the console talks by this catalogue. The first one counts.
pub fn speak(catalogue: Catalogue) {
    // It lives as long as the program: texts from it are borrowed everywhere.
    let _ = CHOSEN.set(Box::leak(Box::new(catalogue)));
}

/// Runs it with this catalogue on this thread.
#[cfg(test)]
pub(in crate::console) fn speaking<T>(catalogue: &'static Catalogue, run: impl FnOnce() -> T) -> T {
    let before = HERE.replace(Some(catalogue));
    let answer = run();
    HERE.set(before);
    answer
}

fn current() -> Option<&'static Catalogue> {
    #[cfg(test)]
    if let Some(here) = HERE.get() {
        return Some(here);
    }
    CHOSEN.get().copied()
}

/// A translated text with its places still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled(&'static str);

impl Filled {
    /// Fills the places in, in whatever order they stand.
    pub fn fill(self, with: &[(&str, &dyn Display)]) -> String {
        fill(self.0, with)
    }
}

/// The words, in small letters, of all that the console can say, without what is filled in.
pub fn vocabulary() -> HashSet<String> {
    let (english, _) = po::parse(TEMPLATE);
    let mut texts: Vec<&str> = current().into_iter().flat_map(Catalogue::says).collect();
    for message in &english.messages {
        texts.push(&message.id);
        texts.extend(message.many.as_deref());
    }
    let mut words = HashSet::new();
    for text in texts {
        let mut text = text.to_lowercase();
        for place in places(&text.clone()) {
            text = text.replace(&format!("{{{place}}}"), " ");
        }
        let parts = text.split(|c: char| !c.is_alphanumeric());
        words.extend(parts.filter(|it| !it.is_empty()).map(str::to_owned));
    }
    words
}

/// The translation of a text with places; `None`: English it is.
pub fn found(text: &str) -> Option<Filled> {
    current()?.find("", text).map(Filled)
}

/// The text in the language of now.
pub fn tr(text: &str) -> &str {
    current().and_then(|it| it.find("", text)).unwrap_or(text)
}

/// The same of a text that has a context.
pub fn tr_in<'text>(context: &str, text: &'text str) -> &'text str {
    current()
        .and_then(|it| it.find(context, text))
        .unwrap_or(text)
}

/// What can be counted.
pub trait Count {
    /// As the plural rule takes it.
    fn number(self) -> i64;
}

macro_rules! counts {
    ($($kind:ty),+) => {
        $(impl Count for $kind {
            fn number(self) -> i64 {
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        })+
    };
}

counts!(usize, u64, u32);

impl Count for i64 {
    fn number(self) -> i64 {
        self
    }
}

/// The text for a number of things.
pub fn number(count: impl Count, one: &str, many: &str, with: &[(&str, &dyn Display)]) -> String {
    let count = count.number();
    let text = match current().and_then(|it| it.find_number(one, count.unsigned_abs())) {
        Some(text) => text,
        None if count == 1 => one,
        None => many,
    };
    let shown = digits::grouped(count);
    let mut all: Vec<(&str, &dyn Display)> = vec![("count", &shown)];
    all.extend_from_slice(with);
    fill(text, &all)
}

/// The text with `{name}` filled in; `{{` and `}}` are braces, as `format!` has it.
fn fill(text: &str, with: &[(&str, &dyn Display)]) -> String {
    use std::fmt::Write as _;

    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(further) = rest.strip_prefix(brace) {
            filled.push_str(brace);
            rest = further;
            continue;
        }
        let place = rest.split_once('}').filter(|_| brace == "{");
        match place.and_then(|(name, further)| {
            let (_, value) = with.iter().find(|(known, _)| *known == name)?;
            Some((value, further))
        }) {
            Some((value, further)) => {
                // A value that cannot be written is left out; none here can fail.
                let _ = write!(filled, "{value}");
                rest = further;
            }
            None => filled.push_str(brace),
        }
    }
    filled.push_str(rest);
    filled
}
