//! Why an agent's turn came to nothing.

use std::io;
use std::path::PathBuf;

use super::E2bError;
use crate::domain::text::is_bidi_control;
use crate::git::GitError;

/// The turn came to nothing: no document was changed.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no shell to run it with.
    #[error("the agent cannot be started: {0}")]
    Start(io::Error),
    /// The agent's folder.
    #[error("the agent's folder {path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It did not end in time.
    #[error(
        "the agent did not end within {seconds} s and was stopped; give it longer with --timeout (of a worker: --agent-timeout)"
    )]
    Deadline {
        /// How long it had.
        seconds: u64,
    },
    /// It ended badly.
    #[error("the agent failed with {status}{}", last_line(.said))]
    Failed {
        /// How it ended.
        status: String,
        /// The end of what it wrote to standard error.
        said: String,
    },
    /// It speaks otherwise than it should.
    #[error("the agent does not speak the Agent Client Protocol as jolli does: {0}")]
    Protocol(String),
    /// It does not speak at all.
    #[error(
        "the agent did not answer `{request}` within {seconds} s; is it started the way that makes it speak the Agent Client Protocol?"
    )]
    Silent {
        /// What it was asked.
        request: &'static str,
        /// How long it had.
        seconds: u64,
    },
    /// It answered that it could not.
    #[error("the agent answered with an error: {0}")]
    Refused(String),
    /// It knows nobody.
    #[error(
        "the agent asks for a login ({methods}); log in with it as the user that runs it, or give it a key in a variable (a worker's agent has neither that home nor that variable unless --agent-env names it: --agent-env HOME)"
    )]
    Login {
        /// The ways that it names.
        methods: String,
    },
    /// Whoever listens to it cannot.
    #[error("what the agent does cannot be taken down: {0}")]
    Host(Box<dyn std::error::Error + Send + Sync>),
    /// What changed cannot be shown.
    #[error("the change cannot be shown to the agent: {source}; {}", .source.remedy())]
    Change {
        /// Why.
        #[from]
        source: GitError,
    },
    /// There is no sandbox for it, or that did not do its part.
    #[error(transparent)]
    Sandbox(#[from] E2bError),
    /// A document lies outside of the project.
    #[error("{0} does not lie in the project, so no agent can be given a copy of it")]
    Outside(String),
    /// A document is gone.
    #[error("the agent removed {0}; removing documents is not its part")]
    Removed(String),
    /// A document is something else.
    #[error("the agent made {0} something that is no plain file of UTF-8 text")]
    NotText(String),
}

fn last_line(said: &str) -> String {
    match said.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => format!(": {}", printable(line)),
        None => String::new(),
    }
}

/// Characters of a line that are kept.
const LINE: usize = 500;

/// A line that a program printed, as logs and reports may hold it: without control characters, and not longer than anybody
/// reads.
pub fn printable(line: &str) -> String {
    let mut chars = line.trim().chars().map(clean);
    let mut kept: String = chars.by_ref().take(LINE).collect();
    if chars.next().is_some() {
        kept.push('…');
    }
    kept
}

/// A line that somebody decides by: all of it, and where it begins. A terminal obeys nothing in it.
pub fn visible(line: &str) -> String {
    line.replace('\t', "    ").chars().map(clean).collect()
}

/// Marks that reorder what is around them make a text read as another one, as control characters do.
fn clean(c: char) -> char {
    if c.is_control() || is_bidi_control(c) {
        '\u{FFFD}'
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_prints_becomes_one_short_line() {
        assert_eq!(printable(" a\0b\u{1b}[1m \r"), "a\u{FFFD}b\u{FFFD}[1m");
        assert_eq!(printable(&"x".repeat(LINE)), "x".repeat(LINE));
        let long = printable(&"ä".repeat(100_000));
        assert_eq!(long.chars().count(), LINE + 1);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn a_line_that_is_decided_by_is_whole_and_obeyed_by_no_terminal() {
        let long = "x".repeat(10_000);
        assert_eq!(visible(&long), long);
        assert_eq!(
            visible("  a\tb\u{1b}]0;t\u{7}\u{202e}c\r"),
            "  a    b\u{FFFD}]0;t\u{FFFD}\u{FFFD}c\u{FFFD}"
        );
    }
}
