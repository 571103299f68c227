//! Agents: programs that are shown what changed and edit documents (sources.md §9: providers). They work on copies in a
//! folder of their own, here or in a sandbox of E2B; what they leave in the documents that they were given is taken over, and
//! nothing else.

mod acp;
mod brief;
mod e2b;
mod error;
mod jail;
mod keep;
mod launch;
mod patch;
mod program;
mod sandbox;
mod scratch;
mod why;

pub use acp::{Acp, Diff, Done, End, Host, PlanEntry, Question, Task, Tool, ToolStatus};
pub use brief::{Article, Brief, Change, CommitLine, Compared, Instruction, RULES, SourceLine};
pub use e2b::{E2b, E2bError};
pub use error::{AgentError, printable, visible};
pub use jail::Jail;
pub use keep::keeps_its_frontmatter;
pub use patch::{Patch, patch};
pub use program::{Program, Turn};
pub use sandbox::Sandboxes;
pub use why::Why;

/// A document that an agent may edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// A relative path with `/`: where it lies in the agent's folder.
    pub path: String,
    /// What it says.
    pub text: String,
}
