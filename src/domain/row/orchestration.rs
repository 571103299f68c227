//! Rows of projects and threads, by the table and column names of seed 003.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::Timestamp;
use crate::domain::event::ChangedFile;
use crate::domain::id::{ActivityId, MessageId, OrgId, ProjectId, RequestId, ThreadId, TurnId};
use crate::domain::kind::{
    ActivityTone, ApprovalDecision, ApprovalStatus, CheckpointStatus, MessageRole, RequestKind,
    RuntimeMode, RuntimeStatus, SessionStatus, TurnStatus,
};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its id.
    pub project_id: ProjectId,
    /// Its title.
    pub title: String,
    /// Where its documents are worked on.
    pub workspace_root: String,
    /// The model of threads that name none.
    pub default_model: Option<String>,
    /// Commands that belong to it.
    #[serde(rename = "scripts_json")]
    pub scripts: Vec<Value>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; the row stays.
    pub deleted_at: Option<Timestamp>,
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its id.
    pub thread_id: ThreadId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its title.
    pub title: String,
    /// Its model.
    pub model: String,
    /// What its agent may do without asking.
    pub runtime_mode: RuntimeMode,
    /// The branch it works on.
    pub branch: Option<String>,
    /// The worktree it works in.
    pub worktree_path: Option<String>,
    /// The turn that is shown as its last.
    pub latest_turn_id: Option<TurnId>,
    /// How many turns were ever asked for: what numbers the next one.
    pub turn_count: i64,
    /// The number of its newest checkpoint; 0: none but the baseline.
    pub checkpoint_turn_count: i64,
    /// The checkpoint that it shall go back to, while that is under way.
    pub revert_turn_count: Option<i64>,
    /// When a person last wrote.
    pub latest_user_message_at: Option<Timestamp>,
    /// Approvals that are not settled.
    pub pending_approval_count: i64,
    /// Questions that are not settled.
    pub pending_user_input_count: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything in it last happened.
    pub updated_at: Timestamp,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
    /// When it was deleted; the row stays.
    pub deleted_at: Option<Timestamp>,
}

/// A message of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Its id.
    pub message_id: MessageId,
    /// Its turn.
    pub turn_id: Option<TurnId>,
    /// Who wrote it.
    pub role: MessageRole,
    /// What it says.
    pub text: String,
    /// What came with it.
    #[serde(rename = "attachments_json")]
    pub attachments: Option<Vec<Value>>,
    /// More of it may come.
    pub is_streaming: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last grew.
    pub updated_at: Timestamp,
}

/// Something that happened in a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Its id.
    pub activity_id: ActivityId,
    /// In which turn.
    pub turn_id: Option<TurnId>,
    /// What it is about.
    pub tone: ActivityTone,
    /// What happened.
    pub kind: String,
    /// In a sentence.
    pub summary: String,
    /// The details.
    #[serde(rename = "payload_json")]
    pub payload: Value,
    /// Its place among others of the same moment.
    pub sequence: Option<i64>,
    /// When.
    pub created_at: Timestamp,
}

/// The session of a thread as everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Where it stands.
    pub status: SessionStatus,
    /// Which provider.
    pub provider_name: Option<String>,
    /// The provider's session: how the server finds it, never a client's key.
    pub provider_session_id: Option<String>,
    /// The provider's own thread id.
    pub provider_thread_id: Option<String>,
    /// What it may do without asking.
    pub runtime_mode: RuntimeMode,
    /// The turn it works on.
    pub active_turn_id: Option<TurnId>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// A person asked for its end, and it has not ended yet.
    pub stop_requested_at: Option<Timestamp>,
    /// When it came to be so.
    pub updated_at: Timestamp,
}

/// A turn. `turn_count` numbers turns, `checkpoint_turn_count` numbers checkpoints: an interrupted turn has no checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Its id.
    pub turn_id: TurnId,
    /// Its number in the thread, from 1.
    pub turn_count: i64,
    /// The number of its checkpoint.
    pub checkpoint_turn_count: Option<i64>,
    /// Where it stands.
    pub status: TurnStatus,
    /// What it answers.
    pub user_message_id: Option<MessageId>,
    /// Its answer.
    pub assistant_message_id: Option<MessageId>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the provider took it; that is told as the time it was asked for.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

/// A checkpoint of a thread's documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// The turn that ended with it.
    pub turn_id: TurnId,
    /// Its number, from 1; the baseline is 0 and has no row.
    pub checkpoint_turn_count: i64,
    /// The git ref that holds it.
    pub checkpoint_ref: String,
    /// Whether it can be gone back to.
    pub status: CheckpointStatus,
    /// What the turn changed.
    #[serde(rename = "files_json")]
    pub files: Vec<ChangedFile>,
    /// The turn's answer.
    pub assistant_message_id: Option<MessageId>,
    /// When it was taken.
    pub completed_at: Timestamp,
}

/// A question that waits for a person, or waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Its id.
    pub request_id: RequestId,
    /// In which turn.
    pub turn_id: Option<TurnId>,
    /// What is asked.
    pub request_kind: RequestKind,
    /// In a sentence.
    pub detail: Option<String>,
    /// Where it stands.
    pub status: ApprovalStatus,
    /// What was answered.
    pub decision: Option<ApprovalDecision>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it was settled.
    pub resolved_at: Option<Timestamp>,
}

/// The diff between two checkpoints: side state. Every range that ends at a new checkpoint is kept with it, so that any
/// range is answered from here alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffBlobRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// The checkpoint before.
    pub from_turn_count: i64,
    /// The checkpoint after.
    pub to_turn_count: i64,
    /// The unified diff, content-addressed and compressed: hex SHA-256.
    pub diff: String,
    /// When the checkpoint was taken.
    pub created_at: Timestamp,
}

/// The session of a thread as its adapter keeps it: side state, opaque to us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRuntimeRow {
    /// Its org.
    pub org_id: OrgId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Which provider.
    pub provider_name: String,
    /// Which adapter owns the opaque columns.
    pub adapter_key: String,
    /// What it may do without asking.
    pub runtime_mode: RuntimeMode,
    /// Where it stands.
    pub status: RuntimeStatus,
    /// When it was last written.
    pub last_seen_at: Timestamp,
    /// How the adapter finds its session again.
    #[serde(rename = "resume_cursor_json")]
    pub resume_cursor: Option<Value>,
    /// What else the adapter remembers.
    #[serde(rename = "runtime_payload_json")]
    pub runtime_payload: Option<Value>,
    /// The run that drives it: hex SHA-256 of its run token.
    pub lease_token: Option<String>,
}
