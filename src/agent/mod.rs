//! Agents: programs that are shown what changed and edit documents (sources.md §9: providers). They work on copies in a
//! folder of their own; what they leave in the documents that they were given is taken over, and nothing else.

mod error;
mod program;
mod scratch;

pub use error::AgentError;
pub use program::{Program, Turn};

/// A document that an agent may edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// A relative path with `/`: where it lies in the agent's folder.
    pub path: String,
    /// What it says.
    pub text: String,
}
