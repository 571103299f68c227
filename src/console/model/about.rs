//! What this console was started with, and the pages on which it tells of itself.

use super::load::Load;

/// What it was started with, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What the terminal says of itself: `xterm-256color, colours, Unicode`.
    pub terminal: String,
    /// Where the console's own log is written; `None`: nowhere.
    pub log: Option<String>,
    /// Where rows and layout are kept; `None`: nowhere.
    pub state: Option<String>,
    /// Where the last file for a bug report lies.
    pub report: Option<String>,
    /// It talks in lines: what would be copied is said.
    pub in_lines: bool,
}

/// `:info`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InfoView {
    /// Where the token in use is kept.
    pub token: Load<String>,
}

/// `:log`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnLogView {
    /// Its lines, newest first.
    pub lines: Load<Vec<String>>,
}
