//! How fresh the data is, and why it is not when it is not (screens.md §4.8: banners).

use crate::api::Sequence;
use crate::base::Timestamp;

/// Why the server does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outage {
    /// Nothing listens there.
    Refused,
    /// The name is not found.
    Dns,
    /// The certificate is not trusted.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection broke, or something else on the way.
    Broken,
    /// The embedded server did not start.
    NoStart,
}

/// The link to the data.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Connection {
    /// The first answer is awaited.
    #[default]
    Connecting,
    /// The embedded server is being started.
    Starting,
    /// Every change arrives as it happens.
    Live,
    /// The feed is behind.
    CatchingUp {
        /// Where the feed is.
        seen: Sequence,
        /// Where the log is.
        head: Sequence,
    },
    /// The server does not answer.
    Offline {
        /// Why.
        outage: Outage,
        /// In words: `connection refused`.
        text: String,
        /// Since when.
        since: Timestamp,
        /// When it is tried again.
        next_try: Timestamp,
        /// How many times it was tried.
        attempt: u32,
    },
    /// The embedded server does not start: another one has its data.
    Taken {
        /// Who: `JOLLI_HOME is in use by process 4121 (jolli serve)`.
        text: String,
        /// Where that one is, to be connected to.
        address: String,
        /// When it is tried again.
        next_try: Timestamp,
    },
    /// The token is refused, or there is none.
    SignedOut {
        /// What the server says of the token.
        text: String,
        /// There was one to be refused.
        sent: bool,
    },
    /// The server asked to wait (429).
    Busy {
        /// Until when.
        until: Timestamp,
    },
    /// The server answers and fails (5xx).
    ServerFailed {
        /// The status.
        status: u16,
        /// What it says.
        text: String,
        /// When it is tried again.
        next_try: Timestamp,
        /// How many times it was tried.
        attempt: u32,
    },
}

impl Connection {
    /// Whether the lists show what is.
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// Whether a request can be sent at all.
    pub const fn is_reachable(&self) -> bool {
        matches!(
            self,
            Self::Live | Self::CatchingUp { .. } | Self::Busy { .. }
        )
    }

    /// When the next attempt is made, while one is waited for.
    pub const fn next_try(&self) -> Option<Timestamp> {
        match self {
            Self::Offline { next_try, .. }
            | Self::Taken { next_try, .. }
            | Self::ServerFailed { next_try, .. } => Some(*next_try),
            Self::Busy { until } => Some(*until),
            _ => None,
        }
    }
}
