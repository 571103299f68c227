//! What agents do while their run is held. For one space both turns are over, and the space has what they wrote; for the
//! other the second turn waits for a person. The run tells it, command by command, as any worker does.

use serde_json::{Value, json};

use crate::api::JobId;
use crate::base::{Clock as _, sha256_hex};
use crate::demo::error::DemoError;
use crate::demo::stage::Stage;

/// How many events the conversations are.
pub const EVENTS: i64 = 47;

/// A document of a space as it is, and what each turn makes of it: one line becomes another.
struct Text {
    /// The space that has it.
    space: &'static str,
    path: &'static str,
    before: &'static str,
    changes: [(&'static str, &'static str); 2],
}

const GO: Text = Text {
    space: "sdk",
    path: "docs/sdk/go.md",
    before: include_str!("../../../assets/demo/sdk/docs/sdk/go.md"),
    changes: [
        ("c := sdk.New(key)", "c := sdk.New(ctx, key)"),
        (
            "Then call it.",
            "The context carries the deadline of every call. Then call it.",
        ),
    ],
};
const ERRORS: Text = Text {
    space: "api-docs",
    path: "docs/errors.md",
    before: include_str!("../../../assets/demo/api-docs/docs/errors.md"),
    changes: [
        ("An error has a `code`,", "A problem has a `code`,"),
        ("# Errors", "# Problems"),
    ],
};

impl Text {
    /// As it is after so many turns.
    fn after(&self, turns: usize) -> String {
        let changes = self.changes.iter().take(turns);
        changes.fold(self.before.to_owned(), |text, (old, new)| {
            text.replacen(old, new, 1)
        })
    }

    fn file_id(&self) -> String {
        format!("{}:{}", self.space, self.path)
    }

    /// The push of what these turns made of it, one version after the other.
    async fn push(&self, stage: &Stage, message: &str, turns: usize) -> Result<(), DemoError> {
        let ops: Vec<Value> = (1..=turns)
            .map(|turn| {
                json!({
                    "type": "upsert", "fileId": self.file_id(), "serverPath": self.path, "baseVersion": turn,
                    "content": self.after(turn),
                })
            })
            .collect();
        let push = json!({
            "clientChangesetId": format!("thread-{}", self.space), "targetBranch": "main", "message": message, "ops": ops,
        });
        stage
            .say_as_run("/v1/sync/push", Some(self.space), &push)
            .await
    }
}

/// A thread that is told by its run.
struct Telling<'s> {
    stage: &'s Stage,
    thread: String,
    turn: String,
    given: u32,
}

impl Telling<'_> {
    /// Gives a command, after so many seconds.
    async fn give(&mut self, seconds: i64, kind: &str, mut body: Value) -> Result<(), DemoError> {
        self.given += 1;
        // No two of them at one moment: what was said is in the order of its times.
        let clock = &self.stage.clock;
        clock.freeze(clock.now().plus_millis(20));
        let at = self.stage.wait(seconds);
        body["type"] = kind.into();
        body["commandId"] = format!("demo-{}-{}", self.thread, self.given).into();
        // A project's and a thread's commands alike say when.
        body["createdAt"] = json!(at);
        let path = "/orchestration/dispatchCommand";
        self.stage.say_as_run(path, None, &body).await
    }

    /// Gives a command of the thread.
    async fn of_thread(
        &mut self,
        seconds: i64,
        kind: &str,
        mut body: Value,
    ) -> Result<(), DemoError> {
        body["threadId"] = self.thread.as_str().into();
        self.give(seconds, kind, body).await
    }

    /// The session works on the present turn, or on none.
    async fn session(&mut self, status: &str) -> Result<(), DemoError> {
        let turn = (status == "running").then(|| self.turn.clone());
        let session = json!({
            "threadId": self.thread, "status": status, "providerName": "acme-writer", "providerSessionId": null,
            "providerThreadId": null, "runtimeMode": "approval-required", "activeTurnId": turn, "lastError": null,
            "updatedAt": self.stage.wait(0),
        });
        self.of_thread(0, "thread.session.set", json!({ "session": session }))
            .await
    }

    /// A turn begins with what is asked of the agent.
    async fn begin(&mut self, number: u32, text: &str) -> Result<(), DemoError> {
        self.turn = format!("{}-attempt-{number}", self.thread);
        let message =
            json!({ "messageId": format!("request-{number}"), "text": text, "attachments": [] });
        let body = json!({ "message": message, "turnId": self.turn });
        self.of_thread(0, "thread.turn.start", body).await?;
        self.session("running").await
    }

    async fn says(&mut self, id: &str, text: &str) -> Result<(), DemoError> {
        let turn = self.turn.clone();
        let body = json!({ "messageId": id, "delta": text, "turnId": turn });
        self.of_thread(0, "thread.message.assistant.delta", body)
            .await?;
        let body = json!({ "messageId": id, "turnId": turn });
        self.of_thread(0, "thread.message.assistant.complete", body)
            .await
    }

    async fn does(
        &mut self,
        tone: &str,
        kind: &str,
        summary: &str,
        payload: Value,
    ) -> Result<(), DemoError> {
        let activity = json!({
            "id": format!("of-{}", self.given + 1), "tone": tone, "kind": kind, "summary": summary, "payload": payload,
            "turnId": self.turn, "sequence": self.given + 1, "createdAt": self.stage.wait(0),
        });
        self.of_thread(0, "thread.activity.append", json!({ "activity": activity }))
            .await
    }

    /// A tool is begun and done.
    async fn tool(
        &mut self,
        id: &str,
        what: &str,
        path: &str,
        more: Value,
    ) -> Result<(), DemoError> {
        let title = format!("{what} {path}");
        let mut payload = json!({ "toolId": id, "title": title, "kind": what, "paths": [path] });
        self.does("tool", "tool.started", &title, payload.clone())
            .await?;
        for (name, value) in more.as_object().into_iter().flatten() {
            payload[name.as_str()] = value.clone();
        }
        self.does("tool", "tool.completed", &title, payload).await
    }

    async fn plans(&mut self, entries: &[(&str, &str)]) -> Result<(), DemoError> {
        let entries: Vec<Value> = entries
            .iter()
            .map(|(status, content)| json!({ "content": content, "status": status, "priority": "medium" }))
            .collect();
        let payload = json!({ "entries": entries });
        self.does("info", "turn.plan.updated", "the plan", payload)
            .await
    }

    /// A tool writes what this turn makes of the document.
    async fn edits(&mut self, text: &Text, turn: usize) -> Result<(), DemoError> {
        let (old, new) = (text.after(turn - 1), text.after(turn));
        let edit = json!({ "diff": [{ "path": text.path, "old": old, "new": new }] });
        let tool = format!("edit-{turn}");
        self.tool(&tool, "edit", text.path, edit).await
    }

    /// The turn is over, and its checkpoint taken, with the diffs of every range that ends there.
    async fn checkpoint(&mut self, text: &Text, turn: usize) -> Result<(), DemoError> {
        let at = self.stage.wait(1);
        let new = text.after(turn);
        let diffs: Vec<Value> = (0..turn)
            .map(|from| json!({ "fromTurnCount": from, "diff": patch(text.path, &text.after(from), &new) }))
            .collect();
        let body = json!({
            "turnId": self.turn, "checkpointTurnCount": turn,
            "checkpointRef": format!("refs/jolli/checkpoints/{}/turn/{turn}", self.thread), "status": "ready",
            "files": [{
                "path": text.path, "kind": "modified", "additions": 1, "deletions": 1, "fileId": text.file_id(),
                "before": sha256_hex(text.after(turn - 1).as_bytes()), "after": sha256_hex(new.as_bytes()),
            }],
            "assistantMessageId": null, "diffs": diffs, "completedAt": at,
        });
        self.of_thread(0, "thread.turn.diff.complete", body).await?;
        self.session("ready").await
    }
}

/// What git says of two texts of a file that have as many lines.
fn patch(path: &str, before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    let hunks = diff.unified_diff().context_radius(3).to_string();
    format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n{hunks}")
}

/// Both agents of the run that is held.
pub async fn work(stage: &Stage, job: JobId) -> Result<(), DemoError> {
    let before = stage.sequence().await?;
    errors(stage, job).await?;
    go(stage, job).await?;
    let told = stage.sequence().await? - before;
    if told == EVENTS {
        Ok(())
    } else {
        Err(stage.astray(format!(
            "the agents' threads should be {EVENTS} events and are {told}"
        )))
    }
}

/// The thread of a space, in the project of that space.
async fn open<'s>(
    stage: &'s Stage,
    job: JobId,
    slug: &str,
    name: &str,
    title: &str,
) -> Result<Telling<'s>, DemoError> {
    let space = stage.space(slug)?;
    let mut telling = Telling {
        stage,
        thread: format!("job-{job}-space-{space}"),
        turn: String::new(),
        given: 0,
    };
    let project = format!("space-{space}");
    let body = json!({
        "projectId": project, "title": name, "workspaceRoot": format!("spaces/{space}"), "defaultModel": null,
    });
    telling.give(0, "project.create", body).await?;
    let body = json!({
        "projectId": project, "title": title, "model": "acme-writer", "branch": null, "worktreePath": null,
        "runtimeMode": "approval-required",
    });
    telling.of_thread(0, "thread.create", body).await?;
    Ok(telling)
}

/// API Docs: it is done, and the space has it.
async fn errors(stage: &Stage, job: JobId) -> Result<(), DemoError> {
    let mut telling = open(
        stage,
        job,
        "api-docs",
        "API Docs",
        "backend: errors become problems",
    )
    .await?;
    let asks = "1 document impacted: docs/errors.md, by api/errors.rs. Make it true again.";
    telling.begin(1, asks).await?;
    telling.edits(&ERRORS, 1).await?;
    let says = "The type is called Problem by now. The page says so.";
    telling.says("answer-1", says).await?;
    telling.checkpoint(&ERRORS, 1).await?;
    telling.begin(2, "The heading too, then.").await?;
    telling.edits(&ERRORS, 2).await?;
    telling
        .says("answer-2", "Done: the heading is Problems.")
        .await?;
    telling.checkpoint(&ERRORS, 2).await?;
    ERRORS.push(stage, "Errors are problems", 2).await
}

/// SDK Reference: its second turn waits for a person.
async fn go(stage: &Stage, job: JobId) -> Result<(), DemoError> {
    let title = "backend: take a context in the Go client";
    let mut telling = open(stage, job, "sdk", "SDK Reference", title).await?;
    let asks = "1 document impacted: docs/sdk/go.md, by sdk/go/client.go. Make it true again.";
    telling.begin(1, asks).await?;
    let plan = ["Read what changed in the client", "Correct docs/sdk/go.md"];
    telling
        .plans(&[("in_progress", plan[0]), ("pending", plan[1])])
        .await?;
    let output = "package sdk\n\nfunc New(ctx context.Context, key string) *Client { return &Client{ctx, key} }\n";
    let output = json!({ "output": output });
    telling
        .tool("read-1", "read", "sdk/go/client.go", output)
        .await?;
    telling.edits(&GO, 1).await?;
    telling
        .plans(&[("completed", plan[0]), ("completed", plan[1])])
        .await?;
    let says = "Client.New gained a context. The example passes it now.\n\nNothing else on the page names it.";
    telling.says("answer-1", says).await?;
    telling.checkpoint(&GO, 1).await?;
    GO.push(stage, "The client takes a context", 1).await?;
    let asks = "Say what the context is for, in one sentence.";
    telling.begin(2, asks).await?;
    let says = "First I look at what the package says of it.";
    telling.says("answer-2", says).await?;
    telling.edits(&GO, 2).await?;
    let command = "go doc ./sdk/go Client.New";
    let asks = json!({
        "requestId": "7", "requestKind": "command", "detail": command,
        "tool": { "title": command, "kind": "execute", "paths": ["sdk/go"] },
    });
    telling
        .does("approval", "approval.requested", command, asks)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_turn_changes_one_line_of_its_document() {
        for text in [GO, ERRORS] {
            for turn in 1..=2 {
                let diff = patch(text.path, &text.after(turn - 1), &text.after(turn));
                let (old, new) = text.changes[turn - 1];
                assert!(
                    diff.lines()
                        .any(|line| line.starts_with('-') && line.contains(old)),
                    "{diff}"
                );
                assert!(
                    diff.lines()
                        .any(|line| line.starts_with('+') && line.contains(new)),
                    "{diff}"
                );
                assert_eq!(
                    diff.matches("\n-").count(),
                    2,
                    "its header and one line: {diff}"
                );
            }
        }
    }
}
