//! What is being taken away: the small popup of `yx`, and that of `S`.

use crate::console::export::{Format, What};
use crate::console::shot::Kind;

use super::field::TextField;

/// The popup of `yx`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportForm {
    /// What the table is called: `sources`.
    pub name: String,
    /// The rows and columns.
    pub what: What,
    /// They are the marked ones.
    pub marked: bool,
    /// What is not among them, and how to get it.
    pub note: Option<String>,
    /// How they are written.
    pub format: Format,
    /// To a file, rather than onto the clipboard.
    pub to_file: bool,
    /// Which file.
    pub file: TextField,
    /// Which line has the keys: format, where, file.
    pub focus: usize,
    /// Why it was not written.
    pub problem: Option<String>,
    /// Being written.
    pub sending: bool,
}

impl ExportForm {
    /// How many lines can have the keys.
    pub const fn lines(&self) -> usize {
        if self.to_file { 3 } else { 2 }
    }
}

/// The popup of `S`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DumpPicker;

impl DumpPicker {
    /// What can be chosen.
    pub const KINDS: [Kind; 4] = Kind::ALL;
}

/// What was chosen last, for the next time and the next start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TakeAway {
    /// How rows are written.
    pub format: Format,
    /// To a file.
    pub to_file: bool,
    /// What a screen is written as.
    pub picture: Kind,
}
