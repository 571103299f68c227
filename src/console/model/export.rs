//! What is taken away, and the small popups in which that is chosen: those of `yx` and `S`.

use std::path::PathBuf;

use super::field::TextField;
use super::replica::Replica;
use crate::base::Timestamp;
use crate::console::columns::{Col, Value};
use crate::console::ids::ListId;
use crate::console::shot::Kind;

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RFC 4180, for spreadsheets.
    #[default]
    Csv,
    /// Whole rows, as the API tells them.
    Json,
    /// A table for an issue or a chat.
    Md,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 3] = [Self::Csv, Self::Json, Self::Md];

    /// Its name, and the end of a file's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Md => "md",
        }
    }
}

/// A table of anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The headings.
    pub columns: Vec<String>,
    /// The cells of each row.
    pub rows: Vec<Vec<Value>>,
    /// Each row whole.
    pub whole: Vec<serde_json::Value>,
}

/// What is taken away.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Rows of a table of the replica: their cells are worked out where they are written.
    Rows {
        /// Which list.
        list: ListId,
        /// The rows that the slots are of; cloning them is cheap.
        replica: Replica,
        /// The rows, in order.
        slots: Vec<u32>,
        /// The columns, in order.
        columns: Vec<Col>,
        /// Lengths of what goes on are counted to here.
        now: Timestamp,
    },
    /// A table that is there already.
    Sheet(Sheet),
}

impl What {
    /// How many rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Rows { slots, .. } => slots.len(),
            Self::Sheet(sheet) => sheet.rows.len(),
        }
    }

    /// The headings.
    pub fn columns(&self) -> Vec<String> {
        match self {
            Self::Rows { columns, .. } => columns.iter().map(|it| it.word().to_owned()).collect(),
            Self::Sheet(sheet) => sheet.columns.clone(),
        }
    }
}

/// An order to take something away.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// What.
    pub what: What,
    /// How it is written.
    pub format: Format,
    /// To this file; `None`: onto the clipboard.
    pub file: Option<PathBuf>,
}

/// What was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exported {
    /// A file was written.
    Written {
        /// Where.
        file: PathBuf,
        /// How many rows are in it.
        rows: usize,
        /// How long it is.
        bytes: usize,
    },
    /// Text for the clipboard.
    Text {
        /// The text.
        text: String,
        /// How many rows are in it.
        rows: usize,
    },
}

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
