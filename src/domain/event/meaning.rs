//! What an activity means besides itself. The vocabulary of kinds is open; these few of them change other rows
//! (orchestration.md: questions).

use super::orchestration::Activity;
use crate::domain::id::RequestId;
use crate::domain::kind::{ApprovalDecision, RequestKind};

/// What else follows from an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A question is asked, and waits for a person.
    Asks {
        /// Its id.
        request_id: RequestId,
        /// What is asked.
        kind: RequestKind,
        /// In a sentence.
        detail: Option<String>,
    },
    /// The provider has heard the answer, or needs none any more.
    Resolves {
        /// Which question.
        request_id: RequestId,
        /// It asked for input, not for an approval.
        user_input: bool,
        /// What the provider took it to be.
        decision: Option<ApprovalDecision>,
    },
    /// The provider did not get the answer.
    AnswerFailed {
        /// Which question.
        request_id: RequestId,
        /// It asked for input, not for an approval.
        user_input: bool,
        /// Nobody waits for it any more; otherwise it may be answered again.
        stale: bool,
    },
    /// The turn that was asked for did not begin.
    StartFailed,
    /// The documents did not go back.
    RevertFailed,
    /// Nothing.
    Nothing,
}

impl Activity {
    /// What else follows from it, or what its details lack.
    pub fn meaning(&self) -> Result<Meaning, String> {
        let user_input = self.kind.contains("user-input");
        Ok(match self.kind.as_str() {
            "approval.requested" => Meaning::Asks {
                request_id: self.request_id()?,
                kind: self.request_kind()?,
                detail: self.detail().map(str::to_owned),
            },
            "user-input.requested" => Meaning::Asks {
                request_id: self.request_id()?,
                kind: RequestKind::UserInput,
                detail: self.detail().map(str::to_owned),
            },
            "approval.resolved" | "user-input.resolved" => Meaning::Resolves {
                request_id: self.request_id()?,
                user_input,
                decision: self.payload["decision"]
                    .as_str()
                    .and_then(|word| word.parse().ok()),
            },
            "provider.approval.respond.failed" | "provider.user-input.respond.failed" => {
                Meaning::AnswerFailed {
                    request_id: self.request_id()?,
                    user_input,
                    stale: self.detail().is_some_and(says_stale),
                }
            }
            "provider.turn.start.failed" => Meaning::StartFailed,
            "checkpoint.revert.failed" => Meaning::RevertFailed,
            _ => Meaning::Nothing,
        })
    }

    fn detail(&self) -> Option<&str> {
        self.payload["detail"].as_str()
    }

    fn request_id(&self) -> Result<RequestId, String> {
        let given = self.payload["requestId"].as_str().ok_or_else(|| {
            format!(
                "`{}` needs payload.requestId: which question it is about",
                self.kind
            )
        })?;
        given.parse().map_err(|e| format!("payload.requestId: {e}"))
    }

    fn request_kind(&self) -> Result<RequestKind, String> {
        self.payload["requestKind"]
            .as_str()
            .and_then(|word| word.parse().ok())
            .filter(|kind| *kind != RequestKind::UserInput)
            .ok_or_else(|| {
                "`approval.requested` needs payload.requestKind: command, file-read or file-change"
                    .to_owned()
            })
    }
}

/// Providers say it in their own words: `Stale pending approval request: 7`, `Unknown pending permission request 7`.
fn says_stale(detail: &str) -> bool {
    let detail = detail.to_lowercase();
    detail.contains("stale pending") || detail.contains("unknown pending")
}
