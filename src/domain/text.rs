//! Names and other short texts that people give: checked once, where they come in.

use std::borrow::Cow;

use super::view::{Stop, invalid};

/// The longest name, in characters.
pub const NAME_MAX: usize = 255;

/// `text` without surrounding blanks; refused when empty, too long, or holding control characters.
pub fn name(pointer: &str, text: &str) -> Result<String, Stop> {
    let trimmed = text.trim();
    let what = pointer.trim_start_matches('/');
    if trimmed.is_empty() {
        return Err(invalid(
            pointer,
            format!("{what} is required and must not be blank"),
        ));
    }
    if trimmed.chars().count() > NAME_MAX {
        return Err(invalid(
            pointer,
            format!("{what} is longer than {NAME_MAX} characters; shorten it"),
        ));
    }
    if trimmed
        .chars()
        .any(|c| c.is_control() || is_bidi_control(c))
    {
        return Err(invalid(
            pointer,
            format!("{what} holds control characters; leave them out"),
        ));
    }
    Ok(trimmed.to_owned())
}

/// Marks that reorder what is shown around them.
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
}

/// Text that a terminal shows and does not obey: control characters and what reorders its surroundings stand as their
/// numbers (reliability.md: Bad input never panics). Lines and tabs stay.
pub fn inert(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || is_bidi_control(c);
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if obeyed(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A word of a command line, quoted where the shell would take it apart.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A slug made from `name`: lower case, other characters become single hyphens.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A slug as given: lower-case letters, digits, single hyphens between them.
pub fn slug(pointer: &str, text: &str) -> Result<String, Stop> {
    if !text.is_empty() && text.len() <= 100 && slug_of(text) == text {
        Ok(text.to_owned())
    } else {
        Err(invalid(
            pointer,
            format!(
                "`{text}` is no slug; use lower-case letters, digits and hyphens, such as api-docs"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_made_and_checked_by_one_rule() {
        assert_eq!(slug_of("  API Docs (v2)! "), "api-docs-v2");
        assert!(slug("/slug", "api-docs").is_ok());
        for bad in ["", "API", "a--b", "-a", "a-", "a b"] {
            assert!(slug("/slug", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_of_a_command_line_stay_whole() {
        assert_eq!(shell_word("team/lib.v2"), "team/lib.v2");
        assert_eq!(shell_word("a b's"), "'a b'\\''s'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn names_are_trimmed_and_control_characters_refused() {
        assert_eq!(name("/name", "  backend ").unwrap(), "backend");
        for bad in ["", "  ", "a\u{1b}b", "a\u{202e}b"] {
            assert!(name("/name", bad).is_err(), "{bad:?}");
        }
    }
}
