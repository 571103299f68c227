//! The closed sets of the domain: every word that a column, a wire field and the screen may hold, spelled once.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every member, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it, as stored, sent and shown.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|w| w.as_str() == text).ok_or_else(|| UnknownWord {
                    word: text.to_owned(),
                    known: [$($word),+].join(", "),
                })
            }
        }
    )+};
}

/// A word outside its closed set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not known; use one of: {known}")]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// What there is.
    pub known: String,
}

words! {
    /// What a source is read from (seed 004).
    SourceType { Git = "git", File = "file" }

    /// Virtual while no integration is set, true once linked (seed 004: lifecycle).
    SourceKind { True = "true", Virtual = "virtual" }

    /// Where an integration's events and clones come from.
    Provider {
        GitHub = "github", GitLab = "gitlab", Gitea = "gitea", Bitbucket = "bitbucket", Generic = "generic",
        StaticFile = "static_file",
    }

    /// Health of an integration.
    IntegrationStatus {
        Active = "active", NeedsAccess = "needs-access", Suspended = "suspended", Error = "error", Removed = "removed",
    }

    /// What became of a received webhook.
    DeliveryStatus {
        Queued = "queued", Ignored = "ignored", Duplicate = "duplicate", Rejected = "rejected", Quarantined = "quarantined",
    }

    /// What a job does.
    JobKind { CliImpact = "cli-impact", CatchUp = "catch-up", AgentTurn = "agent-turn" }

    /// Where a job stands (sources.md §9).
    JobStatus {
        Queued = "queued", Running = "running", Retrying = "retrying", Suspended = "suspended",
        Succeeded = "succeeded", Failed = "failed", Skipped = "skipped", Cancelled = "cancelled",
    }

    /// The steps of a run, in order (sources.md §9).
    StepName {
        Lease = "lease", Stale = "stale", Resolve = "resolve", Checkout = "checkout", Spaces = "spaces", Advance = "advance",
    }

    /// Where a step stands.
    StepStatus { Running = "running", Succeeded = "succeeded", Failed = "failed", Skipped = "skipped" }

    /// Where one space of a job stands.
    SpaceStatus {
        Queued = "queued", Running = "running", Updated = "updated", Unchanged = "unchanged", Failed = "failed",
        Skipped = "skipped",
    }

    /// The state of a cursor (sources.md §9: diagnosis).
    CursorState {
        Ok = "ok", Lagging = "lagging", Stalled = "stalled", Stopped = "stopped", Rewind = "rewind", Disabled = "disabled",
        NotTracked = "not-tracked", Unknown = "unknown",
    }

    /// What a token may do (design.md §5: roles).
    Role { Viewer = "viewer", Operator = "operator", Admin = "admin", Runner = "runner" }

    /// Who acted.
    ActorKind { User = "user", Runner = "runner", Webhook = "webhook", System = "system", Provider = "provider" }

    /// What an agent may do without asking (seed 003).
    RuntimeMode { ApprovalRequired = "approval-required", FullAccess = "full-access" }

    /// Where the agents of a space run (sources.md §9: providers).
    Sandbox { Local = "local", E2b = "e2b" }

    /// Who wrote a message.
    MessageRole { User = "user", Assistant = "assistant", System = "system" }

    /// What an activity is about.
    ActivityTone { Info = "info", Tool = "tool", Approval = "approval", Error = "error" }

    /// The session of a thread as everybody sees it.
    SessionStatus {
        Idle = "idle", Starting = "starting", Running = "running", Ready = "ready", Interrupted = "interrupted",
        Stopped = "stopped", Error = "error",
    }

    /// The session of a thread as its adapter keeps it, in `provider_session_runtime`.
    RuntimeStatus { Starting = "starting", Running = "running", Stopped = "stopped", Error = "error" }

    /// Where a turn stands; `pending` until the provider took it.
    TurnStatus {
        Pending = "pending", Running = "running", Completed = "completed", Interrupted = "interrupted", Error = "error",
    }

    /// Whether a checkpoint can be gone back to.
    CheckpointStatus { Ready = "ready", Missing = "missing", Error = "error" }

    /// What a person is asked.
    RequestKind { Command = "command", FileRead = "file-read", FileChange = "file-change", UserInput = "user-input" }

    /// Where a question stands: only the provider's acknowledgement resolves it; a session that ends makes it stale.
    ApprovalStatus { Pending = "pending", Responding = "responding", Resolved = "resolved", Stale = "stale" }

    /// What a person answered.
    ApprovalDecision {
        Accept = "accept", AcceptForSession = "acceptForSession", Decline = "decline", Cancel = "cancel",
    }

    /// How much a log line matters.
    LogLevel { Debug = "debug", Info = "info", Warn = "warn", Error = "error" }

    /// How bad a diagnosis finding is: `E` will not recover alone, `W` degraded, `I` by design.
    Severity { Error = "error", Warning = "warning", Info = "info" }

    /// Why a change set starts where it does (sources.md §6).
    BaseReason {
        EventBefore = "event-before", Cursor = "cursor", Baseline = "baseline", MergeBase = "merge-base",
        FullScan = "full-scan", Given = "given",
    }

    /// What looking at a remote found wrong with it (sources.md §8: lost webhooks).
    TroubleKind {
        BranchGone = "branch-gone", Moved = "moved", NoAccess = "no-access", Unreachable = "unreachable",
        Throttled = "throttled",
    }

    /// Where a re-baselining run starts (sources.md §8: re-baseline).
    RebaselineMode { MergeBase = "merge-base", Head = "head", FullScan = "full-scan" }
}

impl JobStatus {
    /// Nothing follows: the job will not run again unless an operator retries it.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Skipped | Self::Cancelled
        )
    }
}

impl CursorState {
    /// The operator's word `stuck`: stalled, stopped or rewind.
    pub const fn is_stuck(self) -> bool {
        matches!(self, Self::Stalled | Self::Stopped | Self::Rewind)
    }
}

impl Role {
    /// Whether a token of this role may do what needs `needed`. Runners stand apart: they do runner's work and nothing else.
    pub const fn allows(self, needed: Role) -> bool {
        match needed {
            Role::Runner => matches!(self, Role::Runner),
            Role::Viewer => matches!(self, Role::Viewer | Role::Operator | Role::Admin),
            Role::Operator => matches!(self, Role::Operator | Role::Admin),
            Role::Admin => matches!(self, Role::Admin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_unknown_ones_name_the_known() {
        for status in JobStatus::ALL {
            assert_eq!(status.as_str().parse::<JobStatus>().unwrap(), *status);
        }
        let error = "enabled".parse::<Role>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`enabled` is not known; use one of: viewer, operator, admin, runner"
        );
    }

    #[test]
    fn runners_and_people_do_not_do_each_others_work() {
        assert!(Role::Admin.allows(Role::Operator));
        assert!(!Role::Admin.allows(Role::Runner));
        assert!(!Role::Runner.allows(Role::Viewer));
        assert!(!Role::Viewer.allows(Role::Operator));
    }
}
