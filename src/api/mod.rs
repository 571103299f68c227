//! Wire types and error codes: what both ends of the HTTP API say (design.md §5, sources.md §7). JSON is camelCase; what is
//! not known is `null`; times are RFC 3339 UTC with milliseconds.

pub mod change;
pub mod delivery;
pub mod diagnosis;
pub mod error;
pub mod event;
mod files;
pub mod integration;
pub mod job;
pub mod mutation;
pub mod orchestration;
pub mod org;
pub mod pulse;
pub mod queue;
pub mod snapshot;
pub mod source;
pub mod space;
pub mod sync;

pub use crate::domain::finding::{Finding, FindingCode, Place, Remedy};
pub use crate::domain::id::*;
pub use crate::domain::kind::*;
pub use change::{Row, RowChange, RowsFrame};
pub use delivery::{
    Delivery, DeliveryPage, Preview, PreviewRequest, PreviewSource, PreviewSpace, Received,
};
pub use diagnosis::{Action, Condition, Diagnosis, DiagnosisFinding, Evidence, EvidenceLink};
pub use error::{Code, FieldError, Problem};
pub use event::{Event, EventActor, EventPage};
pub use files::{FileChange, FilesUpload, FilesUploaded, Upload};
pub use integration::{
    CloneCredential, Integration, IntegrationCreated, IntegrationPatch, NewCredential,
    NewIntegration, RepoCredential, RotatedSecret,
};
pub use job::{
    AgentTurn, BaseCandidate, Claim, ClaimRequest, DocRef, FinishRequest, Heartbeat,
    HeartbeatReply, Job, JobError, JobSpace, KnownSource, LogLine, NewLogLine, Rerun, SpacePush,
    SpaceReport, Step, StepReport,
};
pub use mutation::{Call, Consequence, DryRun, SECRET_ALREADY_SHOWN, Undo};
pub use orchestration::{
    ActivityOutput, ActivityOutputRequest, Command, DispatchRequest, Dispatched,
    FullThreadDiffRequest, GetCheckpoint, GetSession, HeldDocument, HeldDocuments, KeepSession,
    KeptSession, LogCheck, ReadModel, ReplayRequest, SnapshotRequest, Thread, TurnDiff,
    TurnDiffRequest,
};
pub use org::{Me, NewToken, Token, TokenCreated};
pub use pulse::{
    ApprovalsWaiting, DeliveryCounts, Pulse, RunCounts, SourceFailures, SpaceFailures,
};
pub use queue::{Queue, Runner};
pub use snapshot::{Org, Snapshot};
pub use source::{
    CatchUp, Cursor, CursorAdvance, CursorMove, Head, LinkRequest, NewSource, Pause, PauseRequest,
    PrimaryFinding, Rebaseline, Source, SourcePage, SourcePatch, SpaceSource,
};
pub use space::{
    Binding, BindingPatch, NewBinding, NewSpace, Space, SpacePatch, WatchingDocument, WatchingRule,
};
pub use sync::{
    PullChange, PullReply, PullRequest, PushOp, PushOpKind, PushReply, PushRequest, PushResult,
    PushStatus,
};
