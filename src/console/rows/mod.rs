//! What rows of the read model say: in the cells of columns, to a filter, in words. The screen, the order of a list and what
//! is taken away from it all read the same values (console.md: Columns).

mod cells;
mod changed;
mod complete;
mod fields;
pub mod words;

pub use cells::{Listed, RowRef, row_at};
pub use changed::words as changed_words;
pub use complete::complete;
pub use fields::Fields;
