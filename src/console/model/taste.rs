//! How the operator likes it: the theme and the characters in use, and the themes that there are.

/// What is chosen, and what can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taste {
    /// The theme in use.
    pub theme: String,
    /// Drawn with ASCII only.
    pub ascii: bool,
    /// The names that `:theme` takes.
    pub themes: Vec<String>,
}

impl Default for Taste {
    fn default() -> Self {
        Self {
            theme: "dark".to_owned(),
            ascii: false,
            themes: Vec::new(),
        }
    }
}
