//! The columns that a list can show: what they are called, what they take of a row, how they order rows. Pure; the screen,
//! the order of a list and what is taken away from it all read the same values (console.md: Columns).

mod catalogue;
mod row;
mod value;
pub mod words;

pub use catalogue::{Col, LISTS, catalogue, list_of, usual, word};
pub use row::{Listed, RowRef, row_at};
pub use value::Value;
