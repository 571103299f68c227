//! What may happen to projects and threads (seed 003): the commands, and the rules of each in a room of its own.

mod asked;
mod checkpoint;
mod command;
mod dispatch;
mod message;
mod project;
mod question;
mod runtime;
mod session;
mod thread;
mod turn;

pub use command::{Command, Origin, RangeDiff, UserMessage};
pub use dispatch::{Dispatch, project_of_space, thread_of_run};
pub use runtime::KeepSession;
pub use session::settle;

#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
