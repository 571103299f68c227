//! Names of sources that only this machine knows.

/// As on the server, in bytes: every character of such a name is one.
const LONGEST: usize = 255;

/// A name that no local source can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is empty.
    #[error("a source needs a name, such as backend")]
    Empty,
    /// It means something else.
    #[error("`{0}` stands for the project's own repository; choose another name")]
    Reserved(String),
    /// It is too long.
    #[error("a source's name has at most {LONGEST} characters; this one has {0}")]
    TooLong(usize),
    /// It has a character that is not allowed.
    #[error(
        "`{name}` cannot be a source's name: {character:?} is not allowed. Use letters, digits, `.`, `_`, `/` and `-`"
    )]
    Character {
        /// As given, made visible.
        name: String,
        /// The first that is not allowed.
        character: char,
    },
}

/// Checks the name of a local virtual source (sources.md §4): letters, digits and `._/-`, at most 255, `local` reserved.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.eq_ignore_ascii_case("local") || name.eq_ignore_ascii_case("<local>") {
        return Err(NameError::Reserved(name.to_owned()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    if let Some(character) = name.chars().find(|c| !allowed(*c)) {
        return Err(NameError::Character {
            name: name.chars().take(80).flat_map(char::escape_debug).collect(),
            character,
        });
    }
    if name.len() > LONGEST {
        return Err(NameError::TooLong(name.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_local_sources_are_checked() {
        let longest = "a".repeat(255);
        for name in ["backend", "owner/repo", "a.b_c-d", "__proto__", &longest] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        let longer = "a".repeat(256);
        for name in ["", " ", "a b", "Local", "<local>", "é", "a\n", &longer] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }
}
