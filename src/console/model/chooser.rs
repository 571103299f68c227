//! The columns of a list while they are being chosen.

use super::list::Sort;
use crate::console::columns::Col;
use crate::console::ids::ListId;

/// The chooser of a list's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnPicker {
    /// Whose columns.
    pub list: ListId,
    /// Every column, whether it is shown: the shown ones first, in their order. The first one always is.
    pub rows: Vec<(Col, bool)>,
    /// By which the list would be sorted.
    pub sort: Sort,
    /// Whether the list can be sorted at all: the log has the order in which things happened.
    pub sorts: bool,
}

impl ColumnPicker {
    /// Of a list that shows these.
    pub fn new(list: ListId, shown: &[Col], all: &[Col], sort: Sort) -> Self {
        let mut rows: Vec<(Col, bool)> = shown.iter().map(|col| (*col, true)).collect();
        rows.extend(
            all.iter()
                .filter(|col| !shown.contains(col))
                .map(|col| (*col, false)),
        );
        Self {
            list,
            rows,
            sort,
            sorts: list != ListId::Events,
        }
    }

    /// The columns that would be shown.
    pub fn shown(&self) -> Vec<Col> {
        let shown = self.rows.iter().filter(|(_, shown)| *shown);
        shown.map(|(col, _)| *col).collect()
    }
}
