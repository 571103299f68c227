//! Projects and threads on the wire: commands in, the read model and diffs out (orchestration.md: dispatch,
//! orchestration.md: reading).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use crate::domain::orchestration::{Command, RangeDiff, UserMessage};

use super::mutation::present;
use crate::base::Timestamp;
use crate::domain::event::ChangedFile;
use crate::domain::id::{ActivityId, MessageId, ProjectId, RequestId, Sequence, ThreadId, TurnId};
use crate::domain::kind::{
    ActivityTone, ApprovalDecision, ApprovalStatus, CheckpointStatus, MessageRole, RequestKind,
    RuntimeMode, RuntimeStatus, SessionStatus, TurnStatus,
};

/// A command. Beside `type` and `commandId` stand the fields of its type, such as `threadId`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DispatchRequest {
    /// `project.create`, `thread.turn.start`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the command, made by whoever gives it: one outcome per id, as with `Idempotency-Key`.
    pub command_id: String,
    /// The fields of its type.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

impl DispatchRequest {
    /// `command` under this id.
    pub fn new(command_id: &str, command: &Command) -> Self {
        let mut parts = serde_json::to_value(command).expect("commands are plain data");
        let kind = parts["type"].as_str().unwrap_or_default().to_owned();
        let fields = match parts["command"].take() {
            Value::Object(fields) => fields.into_iter().collect(),
            _ => BTreeMap::new(),
        };
        Self {
            kind,
            command_id: command_id.to_owned(),
            fields,
        }
    }
}

/// What an accepted command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dispatched {
    /// The position of its last event: from there on its effect is visible.
    pub sequence: Sequence,
}

/// Which part of the read model is asked for; empty: all threads in full, a page of them at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SnapshotRequest {
    /// Without bodies, and without what is deleted or put away.
    pub shell: bool,
    /// Without bodies: what was put away, and only that.
    pub archived: bool,
    /// This thread alone, in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<ThreadId>,
    /// Threads after this one: the `nextThread` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<ThreadId>,
    /// At most so many threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Projects and threads as of one position of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadModel {
    /// The position: everything up to it is in here, and nothing after it. Follow the log from it.
    pub snapshot_sequence: Sequence,
    /// When the newest of it changed.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// Projects, oldest first.
    pub projects: Vec<Project>,
    /// Threads, oldest first.
    pub threads: Vec<Thread>,
    /// Ask for the next page after this one; `null`: these are all.
    pub next_thread: Option<ThreadId>,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its title.
    pub title: String,
    /// Where its documents are worked on.
    pub workspace_root: String,
    /// The model of threads that name none.
    pub default_model: Option<String>,
    /// Commands that belong to it.
    pub scripts: Vec<Value>,
    /// When it was created.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// When it was deleted.
    #[schema(value_type = Option<String>)]
    pub deleted_at: Option<Timestamp>,
}

/// A thread. What has no bodies leaves `messages`, `activities`, `turns`, `checkpoints` and `approvals` out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
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
    pub latest_turn: Option<Turn>,
    /// How many turns were ever asked for.
    pub turn_count: i64,
    /// The number of its newest checkpoint; 0: none but the baseline.
    pub checkpoint_turn_count: i64,
    /// The checkpoint that it shall go back to, while that is under way.
    pub revert_turn_count: Option<i64>,
    /// When a person last wrote.
    #[schema(value_type = Option<String>)]
    pub latest_user_message_at: Option<Timestamp>,
    /// Whether an approval waits for a person.
    pub has_pending_approvals: bool,
    /// Whether a question waits for a person.
    pub has_pending_user_input: bool,
    /// When it was created.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When anything in it last happened.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// When it was put away.
    #[schema(value_type = Option<String>)]
    pub archived_at: Option<Timestamp>,
    /// When it was deleted.
    #[schema(value_type = Option<String>)]
    pub deleted_at: Option<Timestamp>,
    /// Its session.
    pub session: Option<ThreadSession>,
    /// What was said, oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Message>>,
    /// What happened: what has no place of its own first, then by place, time and id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activities: Option<Vec<ThreadActivity>>,
    /// Its turns, by number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<Vec<Turn>>,
    /// Its checkpoints, by number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoints: Option<Vec<Checkpoint>>,
    /// What a person was asked, oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Vec<Approval>>,
}

/// A turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// Its id.
    pub turn_id: TurnId,
    /// Its number in the thread, from 1.
    pub turn_count: i64,
    /// The number of its checkpoint.
    pub checkpoint_turn_count: Option<i64>,
    /// Where it stands.
    pub state: TurnStatus,
    /// What it answers.
    pub user_message_id: Option<MessageId>,
    /// Its answer.
    pub assistant_message_id: Option<MessageId>,
    /// When it was asked for.
    #[schema(value_type = String)]
    pub requested_at: Timestamp,
    /// When the provider took it.
    #[schema(value_type = Option<String>)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>)]
    pub completed_at: Option<Timestamp>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who wrote it.
    pub role: MessageRole,
    /// What it says.
    pub text: String,
    /// What came with it: `{type, id, name, mimeType, sizeBytes, blob}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Value>>,
    /// Its turn.
    pub turn_id: Option<TurnId>,
    /// More of it may come.
    pub streaming: bool,
    /// When it began.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it last grew.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

/// Something that happened in a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThreadActivity {
    /// Its id.
    pub id: ActivityId,
    /// What it is about.
    pub tone: ActivityTone,
    /// What happened, such as `tool.started`.
    pub kind: String,
    /// In a sentence.
    pub summary: String,
    /// The details.
    pub payload: Value,
    /// In which turn.
    pub turn_id: Option<TurnId>,
    /// Its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// When.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}

/// A checkpoint. Its diff is asked for by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    /// The turn that ended with it.
    pub turn_id: TurnId,
    /// Its number, from 1.
    pub checkpoint_turn_count: i64,
    /// The git ref that holds it.
    pub checkpoint_ref: String,
    /// Whether it can be gone back to.
    pub status: CheckpointStatus,
    /// What the turn changed.
    pub files: Vec<ChangedFile>,
    /// The turn's answer.
    pub assistant_message_id: Option<MessageId>,
    /// When it was taken.
    #[schema(value_type = String)]
    pub completed_at: Timestamp,
}

/// A question to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
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
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it was settled.
    #[schema(value_type = Option<String>)]
    pub resolved_at: Option<Timestamp>,
}

/// The session of a thread. The provider's own ids stay inside the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThreadSession {
    /// Whose.
    pub thread_id: ThreadId,
    /// Where it stands.
    pub status: SessionStatus,
    /// Which provider.
    pub provider_name: Option<String>,
    /// What it may do without asking.
    pub runtime_mode: RuntimeMode,
    /// The turn it works on.
    pub active_turn_id: Option<TurnId>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// A person asked for its end, and it has not ended yet.
    #[schema(value_type = Option<String>)]
    pub stop_requested_at: Option<Timestamp>,
    /// When it came to be so.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

/// Of which activity what came of it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActivityOutputRequest {
    /// The thread.
    pub thread_id: ThreadId,
    /// The activity.
    pub activity_id: ActivityId,
}

/// What came of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityOutput {
    /// The thread.
    pub thread_id: ThreadId,
    /// The activity.
    pub activity_id: ActivityId,
    /// All of it.
    pub output: String,
}

/// Which diff of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TurnDiffRequest {
    /// The thread.
    pub thread_id: ThreadId,
    /// The checkpoint before; 0 is the baseline.
    pub from_turn_count: i64,
    /// The checkpoint after.
    pub to_turn_count: i64,
}

/// All that a thread changed up to a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FullThreadDiffRequest {
    /// The thread.
    pub thread_id: ThreadId,
    /// The checkpoint.
    pub to_turn_count: i64,
}

/// What changed between two checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TurnDiff {
    /// The thread.
    pub thread_id: ThreadId,
    /// The checkpoint before.
    pub from_turn_count: i64,
    /// The checkpoint after.
    pub to_turn_count: i64,
    /// The unified diff, whole.
    pub diff: String,
}

/// Which part of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayRequest {
    /// Only what came after this position.
    pub from_sequence_exclusive: i64,
    /// At most so many; 500 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What comparing the rows with the log found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogCheck {
    /// Events folded.
    pub events: u64,
    /// Rows compared.
    pub rows: u64,
    /// Each row that differs from the log, is missing or should not be there: table, key, what. Empty: they agree.
    pub differences: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_command_stands_flat_beside_its_id_and_what_is_left_out_stays_left_out() {
        let command = Command::ProjectMetaUpdate {
            project_id: "p1".parse().unwrap(),
            title: Some("Docs".into()),
            workspace_root: None,
            default_model: None,
            scripts: None,
        };
        let request = DispatchRequest::new("c1", &command);
        assert_eq!(
            serde_json::to_value(&request).unwrap(),
            json!({"type": "project.meta.update", "commandId": "c1", "projectId": "p1", "title": "Docs",
                "workspaceRoot": null, "scripts": null})
        );
        let clearing = Command::ProjectMetaUpdate {
            project_id: "p1".parse().unwrap(),
            title: None,
            workspace_root: None,
            default_model: Some(None),
            scripts: None,
        };
        let request = serde_json::to_value(DispatchRequest::new("c2", &clearing)).unwrap();
        assert_eq!(request["defaultModel"], Value::Null);
        assert!(request.as_object().unwrap().contains_key("defaultModel"));
    }
}

/// `POST /orchestration/getCheckpoint`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetCheckpoint {
    /// Of which thread.
    pub thread_id: ThreadId,
    /// The checkpoint; 0 is the state before the first turn.
    pub turn_count: i64,
}

/// The documents that a thread changed, as they were at one of its checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldDocuments {
    /// Of which thread.
    pub thread_id: ThreadId,
    /// The checkpoint.
    pub turn_count: i64,
    /// By their ids: those that any turn of the thread changed, and no others.
    pub documents: Vec<HeldDocument>,
}

/// A document as of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldDocument {
    /// Its id.
    pub file_id: String,
    /// Where it stood.
    pub path: String,
    /// What it said.
    pub text: String,
}

/// `POST /orchestration/getSession`, by the run that drives the thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetSession {
    /// Of which thread.
    pub thread_id: ThreadId,
}

/// What the provider of a thread needs to find its session again. It is the adapter's own, and opaque here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptSession {
    /// Whose.
    pub thread_id: ThreadId,
    /// Which provider.
    pub provider_name: String,
    /// Which adapter wrote it.
    pub adapter_key: String,
    /// What it may do without asking.
    pub runtime_mode: RuntimeMode,
    /// Where it stands.
    pub status: RuntimeStatus,
    /// When it was written.
    #[schema(value_type = String)]
    pub last_seen_at: Timestamp,
    /// How the adapter finds its session again.
    pub resume_cursor: Option<Value>,
    /// What else it remembers.
    pub runtime_payload: Option<Value>,
}

/// `POST /orchestration/keepSession`, by the run that drives the thread. What is absent stays; `null` forgets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeepSession {
    /// Whose.
    pub thread_id: ThreadId,
    /// Which provider. Another than before begins without what the one before remembered.
    pub provider_name: String,
    /// Which adapter writes it; the provider's name at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter_key: Option<String>,
    /// What it may do without asking; the thread's mode at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_mode: Option<RuntimeMode>,
    /// Where it stands; `starting` at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<RuntimeStatus>,
    /// How the adapter finds its session again.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub resume_cursor: Option<Option<Value>>,
    /// What else it remembers; an object is merged key by key into an object.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub runtime_payload: Option<Option<Value>>,
}
