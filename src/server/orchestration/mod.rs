//! Projects and threads over HTTP: reading a command out of a body, and the read model out of the rows.

mod incoming;
pub mod revert;
mod snapshot;
mod upload;
mod wire;

pub use incoming::{Incoming, LARGEST_COMMAND};
pub use snapshot::{Part, read, unknown};
