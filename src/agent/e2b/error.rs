//! Why a sandbox of E2B is not to be had, or did not do what it was asked.

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum E2bError {
    /// The worker has no key.
    #[error(
        "the space wants its agents in E2B, and this worker has no key for that; start it with JOLLI_E2B_API_KEY (https://e2b.dev/dashboard has keys), or have the space say otherwise: PATCH /spaces/ID {{\"sandbox\":null}}"
    )]
    NoKey,
    /// The worker runs no agents itself.
    #[error(
        "the space wants its agents on the worker's machine, and this worker runs them in E2B alone (--agent-sandbox e2b); start one with --agent-sandbox auto, or have the space say otherwise: PATCH /spaces/ID {{\"sandbox\":null}}"
    )]
    Elsewhere,
    /// The key is wrong.
    #[error(
        "E2B does not take the key of this worker: {said}; give it a valid one in JOLLI_E2B_API_KEY (https://e2b.dev/dashboard has keys)"
    )]
    Key {
        /// In E2B's words.
        said: String,
    },
    /// Too many at once, or too often.
    #[error(
        "E2B gives no more at the moment: {said}; have fewer jobs at once (--jobs), end sandboxes that nobody needs, or raise the limit of the account"
    )]
    Limit {
        /// In E2B's words.
        said: String,
    },
    /// There is no such template, or it is no such template.
    #[error(
        "E2B makes no sandbox from the template `{template}`: {said}; name one that is there with --e2b-template"
    )]
    Template {
        /// Which.
        template: String,
        /// In E2B's words.
        said: String,
    },
    /// An address is none.
    #[error("`{0}` is no address that E2B could be at; write --e2b-url as https://host[:port]")]
    Address(String),
    /// Nobody answers, or not in time.
    #[error("E2B cannot be reached to {what}: {why}; the next attempt tries again")]
    Unreachable {
        /// What was wanted.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// Something else that it does not do.
    #[error("E2B refuses to {what} (status {status}): {said}")]
    Refused {
        /// What was wanted.
        what: &'static str,
        /// The status of the answer.
        status: u16,
        /// In E2B's words.
        said: String,
    },
    /// The sandbox is no more.
    #[error(
        "the sandbox of the agent ended in the midst of its turn: {0}; E2B ends sandboxes that reach the account's longest time, and those that somebody kills"
    )]
    Gone(String),
    /// It answers otherwise than the API says.
    #[error("E2B answers otherwise than its API says when asked to {what}: {why}")]
    Odd {
        /// What was wanted.
        what: &'static str,
        /// What is odd.
        why: String,
    },
    /// More than is read.
    #[error(
        "what comes back from the sandbox is too much ({what}): more than {} MiB",
        .limit >> 20
    )]
    TooMuch {
        /// What.
        what: String,
        /// The most that is read.
        limit: usize,
    },
}

impl E2bError {
    /// Whether the same request may do better in a moment.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Limit { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
            _ => false,
        }
    }
}
