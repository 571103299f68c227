//! Events of projects and threads (seed 003). Names and fields are those of the orchestration contract
//! (orchestration.md: writing); an absent optional field stays, `null` clears.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::present;
use crate::base::Timestamp;
use crate::domain::id::{ActivityId, MessageId, ProjectId, RequestId, ThreadId, TurnId};
use crate::domain::kind::{
    ActivityTone, ApprovalDecision, CheckpointStatus, MessageRole, RuntimeMode, SessionStatus,
};

/// What happened to a project or a thread. Facts are in the past tense; a `…-requested` is an intent that a run fulfils.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all_fields = "camelCase")]
pub enum Orchestration {
    /// The project exists.
    #[serde(rename = "project.created")]
    ProjectCreated {
        project_id: ProjectId,
        title: String,
        workspace_root: String,
        default_model: Option<String>,
        scripts: Vec<Value>,
        created_at: Timestamp,
        updated_at: Timestamp,
    },
    /// Its configuration changed.
    #[serde(rename = "project.meta-updated")]
    ProjectMetaUpdated {
        project_id: ProjectId,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        workspace_root: Option<String>,
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        default_model: Option<Option<String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        scripts: Option<Vec<Value>>,
        updated_at: Timestamp,
    },
    /// It is gone; its row stays as a tombstone.
    #[serde(rename = "project.deleted")]
    ProjectDeleted {
        project_id: ProjectId,
        deleted_at: Timestamp,
    },

    /// The thread exists.
    #[serde(rename = "thread.created")]
    ThreadCreated {
        thread_id: ThreadId,
        project_id: ProjectId,
        title: String,
        model: String,
        branch: Option<String>,
        worktree_path: Option<String>,
        runtime_mode: RuntimeMode,
        created_at: Timestamp,
        updated_at: Timestamp,
    },
    /// It is gone; its row stays as a tombstone.
    #[serde(rename = "thread.deleted")]
    ThreadDeleted {
        thread_id: ThreadId,
        deleted_at: Timestamp,
    },
    /// Its configuration changed.
    #[serde(rename = "thread.meta-updated")]
    ThreadMetaUpdated {
        thread_id: ThreadId,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
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
        updated_at: Timestamp,
    },
    /// It was put away.
    #[serde(rename = "thread.archived")]
    ThreadArchived {
        thread_id: ThreadId,
        archived_at: Timestamp,
        updated_at: Timestamp,
    },
    /// It was taken out again.
    #[serde(rename = "thread.unarchived")]
    ThreadUnarchived {
        thread_id: ThreadId,
        updated_at: Timestamp,
    },
    /// What its agent may do without asking changed.
    #[serde(rename = "thread.runtime-mode-set")]
    RuntimeModeSet {
        thread_id: ThreadId,
        runtime_mode: RuntimeMode,
        updated_at: Timestamp,
    },
    /// A message, or a segment of one: `streaming` appends; not streaming with a text replaces; not streaming without one
    /// closes it as it is. `attachments` absent: as they were; empty: none.
    #[serde(rename = "thread.message-sent")]
    MessageSent {
        thread_id: ThreadId,
        message_id: MessageId,
        role: MessageRole,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attachments: Option<Vec<Value>>,
        turn_id: Option<TurnId>,
        streaming: bool,
        created_at: Timestamp,
        updated_at: Timestamp,
    },
    /// A turn shall begin. Its id is ours, and its message carries it, so that a revert knows what belonged to it.
    #[serde(rename = "thread.turn-start-requested")]
    TurnStartRequested {
        thread_id: ThreadId,
        turn_id: TurnId,
        message_id: MessageId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effort: Option<String>,
        runtime_mode: RuntimeMode,
        created_at: Timestamp,
    },
    /// The turn shall stop.
    #[serde(rename = "thread.turn-interrupt-requested")]
    TurnInterruptRequested {
        thread_id: ThreadId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn_id: Option<TurnId>,
        created_at: Timestamp,
    },
    /// A person answered; the provider has not heard it yet.
    #[serde(rename = "thread.approval-response-requested")]
    ApprovalResponseRequested {
        thread_id: ThreadId,
        request_id: RequestId,
        decision: ApprovalDecision,
        created_at: Timestamp,
    },
    /// A person gave what was asked for; the provider has not heard it yet.
    #[serde(rename = "thread.user-input-response-requested")]
    UserInputResponseRequested {
        thread_id: ThreadId,
        request_id: RequestId,
        answers: Value,
        created_at: Timestamp,
    },
    /// The documents shall go back to a checkpoint.
    #[serde(rename = "thread.checkpoint-revert-requested")]
    CheckpointRevertRequested {
        thread_id: ThreadId,
        turn_count: i64,
        created_at: Timestamp,
    },
    /// They went back: what came after that checkpoint is gone.
    #[serde(rename = "thread.reverted")]
    Reverted {
        thread_id: ThreadId,
        turn_count: i64,
    },
    /// The session shall end.
    #[serde(rename = "thread.session-stop-requested")]
    SessionStopRequested {
        thread_id: ThreadId,
        created_at: Timestamp,
    },
    /// The session as it now is.
    #[serde(rename = "thread.session-set")]
    SessionSet {
        thread_id: ThreadId,
        session: Session,
    },
    /// A turn is done with, and its checkpoint taken.
    #[serde(rename = "thread.turn-diff-completed")]
    TurnDiffCompleted {
        thread_id: ThreadId,
        turn_id: TurnId,
        checkpoint_turn_count: i64,
        checkpoint_ref: String,
        status: CheckpointStatus,
        files: Vec<ChangedFile>,
        assistant_message_id: Option<MessageId>,
        completed_at: Timestamp,
    },
    /// Something that happened in it.
    #[serde(rename = "thread.activity-appended")]
    ActivityAppended {
        thread_id: ThreadId,
        activity: Activity,
    },
}

/// The session of a thread as everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Session {
    /// Whose.
    pub thread_id: ThreadId,
    /// Where it stands.
    pub status: SessionStatus,
    /// Which provider.
    pub provider_name: Option<String>,
    /// The provider's session: routing inside the server, never a client's key.
    pub provider_session_id: Option<String>,
    /// The provider's own thread id.
    pub provider_thread_id: Option<String>,
    /// What it may do without asking.
    pub runtime_mode: RuntimeMode,
    /// The turn it works on.
    pub active_turn_id: Option<TurnId>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it came to be so.
    pub updated_at: Timestamp,
}

/// A file that a turn changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedFile {
    /// Where it stands afterwards.
    pub path: String,
    /// `added`, `modified`, `deleted`, `renamed`.
    pub kind: String,
    /// Lines added.
    pub additions: i64,
    /// Lines removed.
    pub deletions: i64,
    /// The document of the space that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<String>,
    /// Hex SHA-256 of its text when the turn began: a blob, so that any machine can go back to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Hex SHA-256 of its text at the checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Something that happened in a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// What it is about.
    pub tone: ActivityTone,
    /// What happened, from an open vocabulary: `tool.started`, `approval.requested`.
    pub kind: String,
    /// In a sentence.
    pub summary: String,
    /// The details.
    #[serde(default)]
    pub payload: Value,
    /// In which turn.
    pub turn_id: Option<TurnId>,
    /// Its place among others of the same moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// When.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{PAYLOAD_VERSION, Payload};
    use crate::domain::orchestration::testing::at;
    use serde_json::json;

    /// Every event with all of its fields, as the contract lists them.
    fn catalogue() -> Vec<(&'static str, Value)> {
        vec![
            (
                "project.created",
                json!({ "projectId": "p", "title": "P", "workspaceRoot": "/w", "defaultModel": null, "scripts": [],
                    "createdAt": at(0), "updatedAt": at(0) }),
            ),
            (
                "project.meta-updated",
                json!({ "projectId": "p", "title": "P", "workspaceRoot": "/w", "defaultModel": null,
                    "scripts": [{ "id": "test" }], "updatedAt": at(0) }),
            ),
            (
                "project.deleted",
                json!({ "projectId": "project-1", "deletedAt": at(0) }),
            ),
            (
                "thread.created",
                json!({ "threadId": "t", "projectId": "p", "title": "T", "model": "m", "branch": null,
                    "worktreePath": null, "runtimeMode": "full-access", "createdAt": at(0), "updatedAt": at(0) }),
            ),
            (
                "thread.deleted",
                json!({ "threadId": "thread-1", "deletedAt": at(0) }),
            ),
            (
                "thread.meta-updated",
                json!({ "threadId": "t", "title": "T", "model": "m", "branch": null, "worktreePath": null,
                    "updatedAt": at(0) }),
            ),
            (
                "thread.archived",
                json!({ "threadId": "t", "archivedAt": at(0), "updatedAt": at(0) }),
            ),
            (
                "thread.unarchived",
                json!({ "threadId": "thread-1", "updatedAt": at(0) }),
            ),
            (
                "thread.runtime-mode-set",
                json!({ "threadId": "t", "runtimeMode": "approval-required", "updatedAt": at(0) }),
            ),
            (
                "thread.message-sent",
                json!({ "threadId": "t", "messageId": "m", "role": "user", "text": "Please.",
                    "attachments": [{ "id": "a" }], "turnId": "u", "streaming": false, "createdAt": at(0),
                    "updatedAt": at(0) }),
            ),
            (
                "thread.turn-start-requested",
                json!({ "threadId": "t", "turnId": "u", "messageId": "m", "model": "m", "effort": "high",
                    "runtimeMode": "full-access", "createdAt": at(0) }),
            ),
            (
                "thread.turn-interrupt-requested",
                json!({ "threadId": "t", "turnId": "u", "createdAt": at(0) }),
            ),
            (
                "thread.approval-response-requested",
                json!({ "threadId": "t", "requestId": "r", "decision": "acceptForSession", "createdAt": at(0) }),
            ),
            (
                "thread.user-input-response-requested",
                json!({ "threadId": "t", "requestId": "r", "answers": { "q": "yes" }, "createdAt": at(0) }),
            ),
            (
                "thread.checkpoint-revert-requested",
                json!({ "threadId": "t", "turnCount": 1, "createdAt": at(0) }),
            ),
            (
                "thread.reverted",
                json!({ "threadId": "thread-1", "turnCount": 1 }),
            ),
            (
                "thread.session-stop-requested",
                json!({ "threadId": "t", "createdAt": at(0) }),
            ),
            (
                "thread.session-set",
                json!({ "threadId": "t", "session": { "threadId": "t", "status": "ready", "providerName": "codex",
                    "providerSessionId": "s", "providerThreadId": "theirs", "runtimeMode": "full-access",
                    "activeTurnId": null, "lastError": null, "updatedAt": at(0) } }),
            ),
            (
                "thread.turn-diff-completed",
                json!({ "threadId": "t", "turnId": "u", "checkpointTurnCount": 1, "checkpointRef": "refs/1",
                    "status": "ready", "files": [{ "path": "a", "kind": "added", "additions": 1, "deletions": 0 }],
                    "assistantMessageId": null, "completedAt": at(0) }),
            ),
            (
                "thread.activity-appended",
                json!({ "threadId": "t", "activity": { "id": "a", "tone": "tool", "kind": "tool.started",
                    "summary": "So it is.", "payload": { "b": 1 }, "turnId": null, "sequence": 1,
                    "createdAt": at(0) } }),
            ),
        ]
    }

    #[test]
    fn every_event_has_the_name_and_the_fields_of_the_catalogue() {
        for (event_type, payload) in catalogue() {
            let read = Payload::from_parts(event_type, PAYLOAD_VERSION, payload.clone()).unwrap();
            assert_eq!(read.to_parts(), (event_type.to_owned(), payload));
        }
    }

    #[test]
    fn ids_of_a_provider_stand_in_the_shape_of_its_session_and_nowhere_else() {
        for (event_type, payload) in catalogue() {
            let fields = payload.as_object().unwrap();
            assert!(
                fields.keys().all(|field| !field.starts_with("provider")),
                "{event_type}"
            );
            // The first field is the stream's own id, which is ours.
            let own = event_type.split_once('.').unwrap().0;
            assert!(fields[&format!("{own}Id")].is_string(), "{event_type}");
        }
    }
}
