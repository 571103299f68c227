//! Taking a list away: the rows and columns of the screen as CSV, JSON or Markdown (console.md: Take away). Pure.

mod sheet;
mod write;

use std::path::PathBuf;

use crate::base::Timestamp;
use crate::console::columns::{Col, Value, row_at};
use crate::console::model::{ListId, Replica};

pub use sheet::{of_page, pages};

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

    fn sheet(&self) -> Sheet {
        match self {
            Self::Sheet(sheet) => sheet.clone(),
            Self::Rows {
                list,
                replica,
                slots,
                columns,
                now,
            } => {
                let rows = slots
                    .iter()
                    .filter_map(|slot| row_at(replica, *list, *slot));
                let mut sheet = Sheet {
                    columns: self.columns(),
                    ..Sheet::default()
                };
                for row in rows {
                    let cells = columns.iter().map(|col| row.value(replica, *col, *now));
                    sheet.rows.push(cells.collect());
                    sheet.whole.push(row.json());
                }
                sheet
            }
        }
    }

    /// All of it as text.
    pub fn text(&self, format: Format) -> String {
        let sheet = self.sheet();
        match format {
            Format::Csv => write::csv(&sheet),
            Format::Json => write::json(&sheet),
            Format::Md => write::md(&sheet),
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
