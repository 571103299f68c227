//! What a change is called before, while and after: message row, toast, footer.

pub(super) mod admin;
mod change;
mod names;
mod shape;
mod thread;

pub(super) use change::words;
pub(super) use names::row_name;
pub(super) use shape::Words;
