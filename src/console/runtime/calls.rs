//! What a change would do, and what went wrong with a call in the words of the banner.

use crate::api::{Call, Code, DryRun, Problem};
use crate::client::{CallOptions, Client, ClientError};
use crate::console::clean;
use crate::console::model::Outage;
use crate::console::msg::{Failure, FailureKind};

/// What a change would do, as the server says.
pub async fn dry_run(client: &Client, call: &Call) -> Result<DryRun, ClientError> {
    let options = CallOptions {
        dry_run: true,
        ..CallOptions::default()
    };
    let mut body = client.call(call, &options).await?.body;
    clean::json(&mut body);
    serde_json::from_value(body).map_err(|error| ClientError::Protocol {
        address: client.address().to_owned(),
        reason: error.to_string(),
    })
}

/// Something of this machine that does not work, rather than of the server.
pub fn own_failure(error: impl std::fmt::Display) -> Failure {
    let mut text = error.to_string();
    clean::text(&mut text);
    Failure {
        kind: FailureKind::Refused(Box::new(Problem::new(Code::Invalid, text.clone()))),
        text,
        unsure: false,
    }
}

/// A failure in words for the operator.
pub fn failure(error: &ClientError) -> Failure {
    let (kind, mut text) = match error {
        ClientError::Problem(problem) => {
            let kind = if problem.code == Code::Unauthenticated {
                FailureKind::SignedOut
            } else if problem.status >= 500 {
                FailureKind::Server(problem.status)
            } else {
                FailureKind::Refused(problem.clone())
            };
            (kind, problem.detail.clone())
        }
        ClientError::Refused { .. } => outage(Outage::Refused, tr!("connection refused")),
        ClientError::Dns { .. } => outage(Outage::Dns, tr!("name not found")),
        ClientError::Tls { reason, .. } => outage(Outage::Tls, reason),
        ClientError::Timeout { after, .. } => (
            FailureKind::Outage(Outage::Timeout),
            tr!("no answer within {after} s", after = after.as_secs()),
        ),
        ClientError::Interrupted { .. } => outage(Outage::Broken, tr!("connection broke")),
        ClientError::Busy {
            status: 503,
            detail,
            ..
        } => (FailureKind::Server(503), detail.clone()),
        ClientError::Busy {
            retry_after,
            detail,
            ..
        } => (FailureKind::Busy(*retry_after), detail.clone()),
        ClientError::Resync | ClientError::Protocol { .. } => {
            (FailureKind::Protocol, error.to_string())
        }
    };
    clean::text(&mut text);
    Failure {
        kind,
        text,
        unsure: error.outcome_unknown(),
    }
}

fn outage(outage: Outage, text: &str) -> (FailureKind, String) {
    (FailureKind::Outage(outage), text.to_owned())
}
