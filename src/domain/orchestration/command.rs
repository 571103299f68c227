//! The commands, by the names and fields of the orchestration contract (orchestration.md: writing).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::Timestamp;
use crate::domain::event::{Activity, ChangedFile, Session, Stream, present};
use crate::domain::id::{MessageId, ProjectId, RequestId, ThreadId, TurnId};
use crate::domain::kind::{ApprovalDecision, CheckpointStatus, RuntimeMode};

/// Who gives a command: two closed sets, so that a client cannot speak as the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person, through any client.
    Client,
    /// The run that drives the thread.
    Run,
}

/// What is wanted of a project or a thread. An absent optional field stays as it is; `null` clears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    content = "command",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Command {
    #[serde(rename = "project.create")]
    ProjectCreate {
        project_id: ProjectId,
        title: String,
        workspace_root: String,
        default_model: Option<String>,
        created_at: Timestamp,
    },
    #[serde(rename = "project.meta.update")]
    ProjectMetaUpdate {
        project_id: ProjectId,
        title: Option<String>,
        workspace_root: Option<String>,
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        default_model: Option<Option<String>>,
        scripts: Option<Vec<Value>>,
    },
    #[serde(rename = "project.delete")]
    ProjectDelete {
        project_id: ProjectId,
        /// Its live threads go with it.
        #[serde(default)]
        force: bool,
    },
    #[serde(rename = "thread.create")]
    ThreadCreate {
        thread_id: ThreadId,
        project_id: ProjectId,
        title: String,
        model: String,
        branch: Option<String>,
        worktree_path: Option<String>,
        /// `full-access` when absent.
        runtime_mode: Option<RuntimeMode>,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.delete")]
    ThreadDelete { thread_id: ThreadId },
    #[serde(rename = "thread.archive")]
    ThreadArchive { thread_id: ThreadId },
    #[serde(rename = "thread.unarchive")]
    ThreadUnarchive { thread_id: ThreadId },
    #[serde(rename = "thread.meta.update")]
    ThreadMetaUpdate {
        thread_id: ThreadId,
        title: Option<String>,
        model: Option<String>,
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        branch: Option<Option<String>>,
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        worktree_path: Option<Option<String>>,
        /// The branch is changed only from this one.
        expected_branch: Option<String>,
    },
    #[serde(rename = "thread.runtime-mode.set")]
    RuntimeModeSet {
        thread_id: ThreadId,
        runtime_mode: RuntimeMode,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.turn.start")]
    TurnStart {
        thread_id: ThreadId,
        message: UserMessage,
        /// Ours; made from the thread's id and the turn's number when absent.
        turn_id: Option<TurnId>,
        model: Option<String>,
        effort: Option<String>,
        /// What the client takes the thread's mode to be; the thread's own wins.
        runtime_mode: Option<RuntimeMode>,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.turn.interrupt")]
    TurnInterrupt {
        thread_id: ThreadId,
        turn_id: Option<TurnId>,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.approval.respond")]
    ApprovalRespond {
        thread_id: ThreadId,
        request_id: RequestId,
        decision: ApprovalDecision,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.user-input.respond")]
    UserInputRespond {
        thread_id: ThreadId,
        request_id: RequestId,
        /// Question id → answer.
        answers: Value,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.checkpoint.revert")]
    CheckpointRevert {
        thread_id: ThreadId,
        turn_count: i64,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.session.stop")]
    SessionStop {
        thread_id: ThreadId,
        created_at: Timestamp,
    },

    #[serde(rename = "thread.session.set")]
    SessionSet {
        thread_id: ThreadId,
        session: Session,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.message.assistant.delta")]
    AssistantDelta {
        thread_id: ThreadId,
        message_id: MessageId,
        /// A segment: deltas are coalesced before they come here.
        delta: String,
        turn_id: Option<TurnId>,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.message.assistant.complete")]
    AssistantComplete {
        thread_id: ThreadId,
        message_id: MessageId,
        turn_id: Option<TurnId>,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.turn.diff.complete")]
    TurnDiffComplete {
        thread_id: ThreadId,
        turn_id: TurnId,
        checkpoint_turn_count: i64,
        checkpoint_ref: String,
        status: CheckpointStatus,
        files: Vec<ChangedFile>,
        assistant_message_id: Option<MessageId>,
        /// Every range that ends at this checkpoint; the blobs are there already.
        #[serde(default)]
        diffs: Vec<RangeDiff>,
        completed_at: Timestamp,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.activity.append")]
    ActivityAppend {
        thread_id: ThreadId,
        activity: Activity,
        created_at: Timestamp,
    },
    #[serde(rename = "thread.revert.complete")]
    RevertComplete {
        thread_id: ThreadId,
        turn_count: i64,
        created_at: Timestamp,
    },
}

impl Command {
    /// Its name in the contract.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ProjectCreate { .. } => "project.create",
            Self::ProjectMetaUpdate { .. } => "project.meta.update",
            Self::ProjectDelete { .. } => "project.delete",
            Self::ThreadCreate { .. } => "thread.create",
            Self::ThreadDelete { .. } => "thread.delete",
            Self::ThreadArchive { .. } => "thread.archive",
            Self::ThreadUnarchive { .. } => "thread.unarchive",
            Self::ThreadMetaUpdate { .. } => "thread.meta.update",
            Self::RuntimeModeSet { .. } => "thread.runtime-mode.set",
            Self::TurnStart { .. } => "thread.turn.start",
            Self::TurnInterrupt { .. } => "thread.turn.interrupt",
            Self::ApprovalRespond { .. } => "thread.approval.respond",
            Self::UserInputRespond { .. } => "thread.user-input.respond",
            Self::CheckpointRevert { .. } => "thread.checkpoint.revert",
            Self::SessionStop { .. } => "thread.session.stop",
            Self::SessionSet { .. } => "thread.session.set",
            Self::AssistantDelta { .. } => "thread.message.assistant.delta",
            Self::AssistantComplete { .. } => "thread.message.assistant.complete",
            Self::TurnDiffComplete { .. } => "thread.turn.diff.complete",
            Self::ActivityAppend { .. } => "thread.activity.append",
            Self::RevertComplete { .. } => "thread.revert.complete",
        }
    }

    /// Who may give it.
    pub const fn origin(&self) -> Origin {
        match self {
            Self::ProjectCreate { .. }
            | Self::ProjectMetaUpdate { .. }
            | Self::ProjectDelete { .. }
            | Self::ThreadCreate { .. }
            | Self::ThreadDelete { .. }
            | Self::ThreadArchive { .. }
            | Self::ThreadUnarchive { .. }
            | Self::ThreadMetaUpdate { .. }
            | Self::RuntimeModeSet { .. }
            | Self::TurnStart { .. }
            | Self::TurnInterrupt { .. }
            | Self::ApprovalRespond { .. }
            | Self::UserInputRespond { .. }
            | Self::CheckpointRevert { .. }
            | Self::SessionStop { .. } => Origin::Client,
            Self::SessionSet { .. }
            | Self::AssistantDelta { .. }
            | Self::AssistantComplete { .. }
            | Self::TurnDiffComplete { .. }
            | Self::ActivityAppend { .. }
            | Self::RevertComplete { .. } => Origin::Run,
        }
    }

    /// Whose it is.
    pub fn stream(&self) -> Stream {
        match self {
            Self::ProjectCreate { project_id, .. }
            | Self::ProjectMetaUpdate { project_id, .. }
            | Self::ProjectDelete { project_id, .. } => Stream::Project(project_id.clone()),
            Self::ThreadCreate { thread_id, .. }
            | Self::ThreadDelete { thread_id }
            | Self::ThreadArchive { thread_id }
            | Self::ThreadUnarchive { thread_id }
            | Self::ThreadMetaUpdate { thread_id, .. }
            | Self::RuntimeModeSet { thread_id, .. }
            | Self::TurnStart { thread_id, .. }
            | Self::TurnInterrupt { thread_id, .. }
            | Self::ApprovalRespond { thread_id, .. }
            | Self::UserInputRespond { thread_id, .. }
            | Self::CheckpointRevert { thread_id, .. }
            | Self::SessionStop { thread_id, .. }
            | Self::SessionSet { thread_id, .. }
            | Self::AssistantDelta { thread_id, .. }
            | Self::AssistantComplete { thread_id, .. }
            | Self::TurnDiffComplete { thread_id, .. }
            | Self::ActivityAppend { thread_id, .. }
            | Self::RevertComplete { thread_id, .. } => Stream::Thread(thread_id.clone()),
        }
    }
}

/// What a person writes to start a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserMessage {
    /// Its id, made by the client.
    pub message_id: MessageId,
    /// What it says.
    pub text: String,
    /// What comes with it: `{type, id, name, mimeType, sizeBytes}` and the hash of its bytes.
    #[serde(default)]
    pub attachments: Vec<Value>,
}

/// The diff of one range, content-addressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RangeDiff {
    /// The checkpoint before.
    pub from_turn_count: i64,
    /// Hex SHA-256 of the unified diff.
    pub blob: String,
}
