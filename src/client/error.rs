//! What can go wrong between a client and a server, told apart as far as an operator can act on it.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use crate::api::{Code, Problem};

/// Why there is no result.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    /// The server understood and said no.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// Nothing accepts connections there. The request was not sent.
    #[error(
        "no server answers at {address}; start one with `jolli serve`, or choose another with JOLLI_URL"
    )]
    Refused {
        /// Where.
        address: String,
    },
    /// The host has no address. The request was not sent.
    #[error(
        "the host of {address} is not known to the name service; check the spelling and the network"
    )]
    Dns {
        /// Where.
        address: String,
    },
    /// There is no connection that can be trusted. The request was not sent.
    #[error(
        "no trusted connection to {address}: {reason}; check its certificate, and the clock of this machine"
    )]
    Tls {
        /// Where.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No answer in time.
    #[error("{address} did not answer within {} s", .after.as_secs())]
    Timeout {
        /// Where.
        address: String,
        /// How long it was waited for.
        after: Duration,
        /// Whether the request was sent, so that its effect may have happened.
        sent: bool,
    },
    /// The connection broke after the request was sent: what became of it is not known.
    #[error(
        "the connection to {address} broke before its answer came; what became of the request is not known"
    )]
    Interrupted {
        /// Where.
        address: String,
    },
    /// The server asks to come back later.
    #[error("{detail} Try again in {} s.", .retry_after.as_secs().max(1))]
    Busy {
        /// 429: too much was asked; 503: it cannot serve now.
        status: u16,
        /// In how long.
        retry_after: Duration,
        /// What it said.
        detail: String,
    },
    /// The feed cannot go on from there: load the snapshot again.
    #[error("the feed cannot go on from the position asked for; load the snapshot again")]
    Resync,
    /// What came is not what this API says.
    #[error("{address} does not answer as a jolli server of this version does: {reason}")]
    Protocol {
        /// Where.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl ClientError {
    /// The server's code, where the server said no.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            _ => None,
        }
    }

    /// Whether the server could not be reached at all, or not to the end.
    pub const fn is_offline(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::Dns { .. }
                | Self::Tls { .. }
                | Self::Timeout { .. }
                | Self::Interrupted { .. }
        )
    }

    /// Whether the request may have taken effect although no answer came.
    pub const fn outcome_unknown(&self) -> bool {
        matches!(
            self,
            Self::Interrupted { .. } | Self::Timeout { sent: true, .. }
        )
    }

    /// Whether the same request may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.retryable,
            Self::Busy { .. } => true,
            other => other.is_offline(),
        }
    }

    /// Tells what a failed exchange over the network was about, from its chain of causes.
    pub(super) fn from_reqwest(address: &str, error: &reqwest::Error, patience: Duration) -> Self {
        let address = address.to_owned();
        if error.is_timeout() {
            return Self::Timeout {
                address,
                after: patience,
                sent: !error.is_connect(),
            };
        }
        if error.is_builder() {
            return Self::Protocol {
                address,
                reason: error.to_string(),
            };
        }
        if !error.is_connect() {
            return Self::Interrupted { address };
        }
        match connect_cause(error) {
            ConnectCause::Tls(reason) => Self::Tls { address, reason },
            ConnectCause::Dns => Self::Dns { address },
            ConnectCause::Other => Self::Refused { address },
        }
    }
}

enum ConnectCause {
    Tls(String),
    Dns,
    Other,
}

fn connect_cause(error: &reqwest::Error) -> ConnectCause {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(cause) = next {
        if let Some(tls) = tls_in(cause) {
            return ConnectCause::Tls(tls.to_string());
        }
        // The connector wraps what the resolver said without a type of its own.
        if cause.to_string().contains("dns error") {
            return ConnectCause::Dns;
        }
        next = cause.source();
    }
    ConnectCause::Other
}

/// What TLS said, however often it is wrapped: an error of `io` names as its source what is behind the one it holds.
fn tls_in<'e>(cause: &'e (dyn StdError + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    tls_in(cause.downcast_ref::<io::Error>()?.get_ref()?)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::client::Client;

    #[tokio::test]
    async fn a_server_that_speaks_no_tls_is_told_from_one_that_is_not_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            }
        });
        let client = Client::remote(&url, None).unwrap();
        let error = client.me().await.unwrap_err();
        assert!(matches!(error, ClientError::Tls { .. }), "{error:?}");
        serving.abort();
        assert!(serving.await.unwrap_err().is_cancelled());
        let error = client.me().await.unwrap_err();
        assert!(matches!(error, ClientError::Refused { .. }), "{error:?}");
    }
}
