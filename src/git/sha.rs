//! The full name of a git object.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 40 or 64 lower-case hexadecimal digits. Abbreviations never get here, so nothing can be read as an option or a ref.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha(String);

/// The text is not the full name of a git object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a commit: a commit is named by 40 or 64 hexadecimal digits")]
pub struct ShaError(String);

impl Sha {
    pub fn parse(text: &str) -> Result<Self, ShaError> {
        let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
        if hex && matches!(text.len(), 40 | 64) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(ShaError(
                text.chars().take(80).flat_map(char::escape_debug).collect(),
            ))
        }
    }

    /// All zeros: what a push says where there is no commit (a branch created or deleted).
    pub fn is_null(&self) -> bool {
        self.0.bytes().all(|b| b == b'0')
    }

    /// The tree of no files, which every repository of such names knows.
    pub fn empty_tree(&self) -> Self {
        let name = match self.0.len() {
            64 => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
            _ => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        };
        Self(name.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first ten digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Sha {
    type Err = ShaError;

    fn from_str(text: &str) -> Result<Self, ShaError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Sha {
    type Error = ShaError;

    fn try_from(text: String) -> Result<Self, ShaError> {
        Self::parse(&text)
    }
}

impl From<Sha> for String {
    fn from(sha: Sha) -> Self {
        sha.0
    }
}
