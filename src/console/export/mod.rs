//! Taking a list away: the rows and columns of the screen as CSV, JSON or Markdown (console.md: Take away). Pure.

mod sheet;
mod write;

pub use sheet::{exportable, of_page, pages};

use crate::console::model::export::{Format, Sheet, What};
use crate::console::rows::row_at;

impl What {
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
