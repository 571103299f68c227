//! What may happen to projects and threads (seed 003): the commands, and the rules of each in a room of its own.

mod asked;
mod checkpoint;
mod command;
mod dispatch;
mod follow_up;
mod message;
mod project;
mod question;
mod revert;
mod runtime;
mod session;
mod thread;
mod turn;

pub use checkpoint::{Held, documents_at};
pub use command::{Command, Origin, RangeDiff, UserMessage};
pub use dispatch::Dispatch;
pub use follow_up::instructed;
pub use revert::{RefusedRevert, Returned, RevertThread};
pub use runtime::KeepSession;
pub use session::{Settled, settle};

#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
