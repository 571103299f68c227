//! What can be done now, and what cannot and why: where the operator is, what a command is about, whether it can run,
//! what it would send. Reads the model and changes nothing.

mod administering;
mod answering;
pub mod argument;
pub mod conversing;
mod enabled;
mod here;
pub mod plan;
mod rows;
mod search;
pub mod target;
mod travelling;
mod web;

pub use enabled::{edited_outside, enabled, enabled_to_send, sha, undo_entry, undo_event};
pub use here::stand;
pub use rows::{can_link, still_saving};
pub use search::search;
pub use web::web;

#[cfg(test)]
mod tests;
