//! The columns that a list can show: what they are called, which each list has, and what can stand in a cell. What stands
//! there in a row is worked out in `rows` (console.md: Columns).

mod catalogue;
mod value;

pub use catalogue::{Col, LISTS, catalogue, list_of, usual, word};
pub use value::Value;
