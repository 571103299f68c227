//! Commands for tests, written as on the wire. Where nothing else is said they are of the thread of run #1 in space 1.

use serde_json::{Value, json};

use super::{Command, Dispatch, Origin};
use crate::base::Timestamp;
use crate::domain::id::{JobId, LeaseEpoch, ThreadId};
use crate::domain::job::RunFence;

/// The project of space 1.
pub const PROJECT: &str = "space-1";
/// The thread of run #1 in space 1.
pub const THREAD: &str = "job-1-space-1";

/// Commands whose time is the server's to say.
const TIMELESS: [&str; 6] = [
    "project.meta.update",
    "project.delete",
    "thread.delete",
    "thread.archive",
    "thread.unarchive",
    "thread.meta.update",
];

/// A moment of the tests.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_270_931_000).plus_seconds(seconds)
}

/// The thread's id.
pub fn thread_id() -> ThreadId {
    THREAD.parse().unwrap()
}

/// The first claim of run #1.
pub fn fence() -> RunFence {
    RunFence {
        job_id: JobId(1),
        epoch: LeaseEpoch(1),
        run_token_hash: "token 1".to_owned(),
    }
}

/// A command, with the thread and the time where it needs them and does not say them.
pub fn command(now: Timestamp, kind: &str, mut fields: Value) -> Command {
    if kind.starts_with("thread.") && fields.get("threadId").is_none() {
        fields["threadId"] = THREAD.into();
    }
    if !TIMELESS.contains(&kind) && fields.get("createdAt").is_none() {
        fields["createdAt"] = json!(now);
    }
    let command: Command =
        serde_json::from_value(json!({ "type": kind, "command": fields })).unwrap();
    assert_eq!(command.kind(), kind);
    command
}

/// Given by whom it is for.
pub fn by_its_giver(command: Command) -> Dispatch {
    match command.origin() {
        // While it runs the thread is its own to go on with.
        Origin::Client if matches!(&command, Command::TurnStart { thread_id: id, .. } if *id == thread_id()) => {
            Dispatch::by_run(command, fence())
        }
        Origin::Client => Dispatch::by_client(command),
        Origin::Run => Dispatch::by_run(command, fence()),
    }
}

/// `project.create`.
pub fn project(id: &str, root: &str) -> Value {
    json!({ "projectId": id, "title": id, "workspaceRoot": root, "defaultModel": null })
}

/// `thread.create`.
pub fn thread(id: &str, project: &str) -> Value {
    json!({
        "threadId": id, "projectId": project, "title": "Work", "model": "m1", "branch": "main", "worktreePath": null,
    })
}

/// `thread.turn.start`.
pub fn start(message: &str) -> Value {
    json!({ "message": { "messageId": message, "text": "Please." } })
}

/// The session of `thread.session.set`.
pub fn session(now: Timestamp, status: &str, turn: Option<&str>) -> Value {
    json!({
        "threadId": THREAD, "status": status, "providerName": "codex", "providerSessionId": "ps", "providerThreadId": null,
        "runtimeMode": "full-access", "activeTurnId": turn, "lastError": null, "updatedAt": now,
    })
}

/// The activity of `thread.activity.append`.
pub fn activity(now: Timestamp, id: &str, kind: &str, turn: Option<&str>, payload: Value) -> Value {
    json!({
        "id": id, "tone": "info", "kind": kind, "summary": "So it is.", "payload": payload, "turnId": turn,
        "createdAt": now,
    })
}

/// `thread.turn.diff.complete`, with every range that ends there.
pub fn checkpoint(now: Timestamp, turn: &str, number: i64) -> Value {
    let diffs: Vec<Value> = (0..number)
        .map(|from| json!({ "fromTurnCount": from, "blob": format!("{:064x}", from + 100 * number) }))
        .collect();
    json!({
        "turnId": turn, "checkpointTurnCount": number, "checkpointRef": format!("refs/{number}"), "status": "ready",
        "files": [{ "path": "a.md", "kind": "modified", "additions": 1, "deletions": 0 }],
        "assistantMessageId": null, "diffs": diffs, "completedAt": now,
    })
}
