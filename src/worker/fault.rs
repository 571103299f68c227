//! Why a run does not reach its end, told apart by what follows.

use crate::api::{Code, FinishRequest, JobError, JobId, JobStatus};
use crate::client::ClientError;
use crate::git::GitError;

/// What ends a run before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It failed, and the job says why.
    Failed {
        /// Stable code.
        code: String,
        /// One sentence and its remedy.
        message: String,
        /// Whether another attempt may help by itself.
        retryable: bool,
    },
    /// It is not needed.
    Skipped {
        /// The run that made it unnecessary, where one is known.
        superseded_by: Option<JobId>,
        /// Why.
        reason: String,
    },
    /// The lease is lost: nothing more may be written.
    Fenced(String),
}

impl Fault {
    /// A failure that may be over by the next attempt.
    pub fn passing(code: &str, message: impl Into<String>) -> Self {
        Self::Failed {
            code: code.to_owned(),
            message: message.into(),
            retryable: true,
        }
    }

    /// A failure that stays until somebody does something about it.
    pub fn lasting(code: &str, message: impl Into<String>) -> Self {
        Self::Failed {
            code: code.to_owned(),
            message: message.into(),
            retryable: false,
        }
    }

    /// How the run's step shows it.
    pub fn detail(&self) -> String {
        match self {
            Self::Failed { code, .. } => code.clone(),
            Self::Skipped {
                superseded_by: Some(job),
                ..
            } => format!("superseded by #{job}"),
            Self::Skipped { reason, .. } | Self::Fenced(reason) => reason.clone(),
        }
    }

    /// What the server is told; `None`: it must not be told anything any more.
    pub fn finish(self) -> Option<FinishRequest> {
        match self {
            Self::Failed {
                code,
                message,
                retryable,
            } => Some(FinishRequest {
                status: JobStatus::Failed,
                error: Some(JobError { code, message }),
                superseded_by: None,
                retryable,
            }),
            Self::Skipped {
                superseded_by,
                reason,
            } => Some(FinishRequest {
                status: JobStatus::Skipped,
                error: Some(JobError {
                    code: "superseded".to_owned(),
                    message: reason,
                }),
                superseded_by,
                retryable: false,
            }),
            Self::Fenced(_) => None,
        }
    }
}

impl From<GitError> for Fault {
    fn from(error: GitError) -> Self {
        Self::Failed {
            code: error.code().to_owned(),
            message: sentence(&error),
            // Credentials do not mend themselves (sources.md §9: retry policy); what git's user has to
            // change does not either.
            retryable: !(error.needs_access()
                || matches!(
                    error,
                    GitError::InvalidUrl { .. }
                        | GitError::FileRemote { .. }
                        | GitError::OutputTooLarge { .. }
                )),
        }
    }
}

/// A git error with its remedy, as one line.
pub fn sentence(error: &GitError) -> String {
    format!("{error}; {}", error.remedy())
}

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Self {
        match error.code() {
            Some(Code::StaleWriter | Code::Unauthenticated | Code::Forbidden) => {
                Self::Fenced(error.to_string())
            }
            Some(code) => Self::passing(code.as_str(), error.to_string()),
            // Nobody is there to be told: the lease ends by itself, and the job goes on elsewhere.
            None if error.is_offline() => Self::Fenced(error.to_string()),
            None => Self::passing("server-answer", error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retries(error: GitError) -> bool {
        match Fault::from(error) {
            Fault::Failed {
                retryable, message, ..
            } => {
                assert!(message.contains("; "), "no remedy in {message}");
                retryable
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn credentials_are_not_tried_again_and_networks_are() {
        let url = || "https://github.com/acme/backend.git".to_owned();
        let detail = || "403".to_owned();
        assert!(!retries(GitError::Auth {
            url: url(),
            detail: detail()
        }));
        assert!(!retries(GitError::NotFound { url: url() }));
        assert!(!retries(GitError::FileRemote { url: url() }));
        assert!(!retries(GitError::OutputTooLarge {
            what: "diff-tree".to_owned(),
            limit: 1
        }));
        assert!(retries(GitError::Network {
            url: url(),
            detail: detail()
        }));
    }

    #[test]
    fn a_fenced_run_tells_nothing() {
        assert_eq!(Fault::Fenced("epoch 7 was given".into()).finish(), None);
    }
}
