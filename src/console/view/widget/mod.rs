//! Pieces that every screen is made of: lines with columns, frames, tables, popups, text fields. They know nothing of the model.

pub mod field;
pub mod frame;
pub mod line;
pub mod place;
pub mod table;
