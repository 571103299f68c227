//! What an agent tells while it works, in the thread of its space; and what it asks, to whoever watches that.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::report::Reporter;
use super::thread::SpaceThread;
use crate::agent::{AgentError, printable};
use crate::agent::{Diff, Host, PlanEntry, Question, Tool, ToolStatus};
use crate::api::{ActivityTone, ApprovalDecision, LogLevel, SpaceId};
use crate::client::ClientError;

/// How often it is told that a tool got further: many say so for every line of their output.
const EVERY: Duration = Duration::from_secs(2);
/// Of what came of a tool while it goes on, in bytes; and once it is through, which the server keeps beside the thread.
const OUTPUT: usize = 4 << 10;
const WHOLE: usize = 64 << 10;
/// Of the texts before and after of what a tool changes, in bytes.
const CHANGED: usize = 16 << 10;

/// The thread, as an agent is heard in it.
pub(super) struct InThread<'a, 't> {
    pub(super) thread: &'a mut SpaceThread<'t>,
    pub(super) reporter: &'a Reporter,
    pub(super) space: SpaceId,
    /// How long a question waits for its answer.
    pub(super) patience: Duration,
    updated: Option<Instant>,
}

impl<'a, 't> InThread<'a, 't> {
    pub(super) fn new(
        thread: &'a mut SpaceThread<'t>,
        reporter: &'a Reporter,
        space: SpaceId,
        patience: Duration,
    ) -> Self {
        Self {
            thread,
            reporter,
            space,
            patience,
            updated: None,
        }
    }
}

fn told<T>(done: Result<T, ClientError>) -> Result<T, AgentError> {
    done.map_err(|error| AgentError::Host(Box::new(error)))
}

/// The first bytes of a text, at a character's end.
fn first(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn clean(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

fn shown(tool: &Tool, output: usize) -> Value {
    // First what is no character of a thread: what stands for it may be longer.
    let told = clean(&tool.output);
    let mut room = CHANGED;
    let mut diffs = Vec::new();
    let mut left_out = tool.diffs.iter().any(|diff| diff.cut);
    for Diff { path, old, new, .. } in &tool.diffs {
        let length = new.len() + old.as_ref().map_or(0, String::len);
        if length > room {
            left_out = true;
            continue;
        }
        room -= length;
        diffs.push(
            json!({ "path": clean(path), "old": old.as_deref().map(clean), "new": clean(new) }),
        );
    }
    json!({
        "toolId": clean(&tool.id), "title": clean(&tool.title), "kind": tool.kind,
        "paths": tool.paths.iter().map(|path| clean(path)).collect::<Vec<_>>(),
        "output": first(&told, output), "outputCut": told.len() > output,
        "diff": diffs, "diffCut": left_out, "failed": tool.status == ToolStatus::Failed,
    })
}

#[async_trait::async_trait]
impl Host for InThread<'_, '_> {
    async fn began(&mut self, session: &str, agent: Option<&str>) -> Result<(), AgentError> {
        let name = agent.map_or_else(|| "the agent".to_owned(), printable);
        self.reporter.log(
            LogLevel::Info,
            Some(self.space),
            format!("{name} begins (session {})", printable(session)),
        );
        told(self.thread.in_session(session).await)
    }

    async fn said(&mut self, text: &str) -> Result<(), AgentError> {
        told(self.thread.said(text).await)
    }

    async fn tool(&mut self, tool: &Tool) -> Result<(), AgentError> {
        let kind = match tool.status {
            ToolStatus::Started => "tool.started",
            ToolStatus::Updated if self.updated.is_some_and(|at| at.elapsed() < EVERY) => {
                return Ok(());
            }
            ToolStatus::Updated => {
                self.updated = Some(Instant::now());
                "tool.updated"
            }
            ToolStatus::Completed | ToolStatus::Failed => "tool.completed",
        };
        let tone = match tool.status {
            ToolStatus::Failed => ActivityTone::Error,
            _ => ActivityTone::Tool,
        };
        let output = match tool.status {
            ToolStatus::Started | ToolStatus::Updated => OUTPUT,
            ToolStatus::Completed | ToolStatus::Failed => WHOLE,
        };
        let summary = printable(&tool.title);
        let what = shown(tool, output);
        told(self.thread.did(tone, kind, &summary, what).await)
    }

    async fn plan(&mut self, entries: &[PlanEntry]) -> Result<(), AgentError> {
        let steps: Vec<Value> = entries
            .iter()
            .map(|step| {
                json!({ "content": clean(&step.content), "priority": step.priority, "status": step.status })
            })
            .collect();
        let done = entries.iter().filter(|step| step.status == "completed");
        let summary = format!("{} of {} steps done", done.count(), entries.len());
        let what = json!({ "entries": steps });
        let kind = "turn.plan.updated";
        told(
            self.thread
                .did(ActivityTone::Info, kind, &summary, what)
                .await,
        )
    }

    async fn note(&mut self, text: &str) -> Result<(), AgentError> {
        let text = printable(text);
        self.reporter
            .log(LogLevel::Warn, Some(self.space), format!("agent: {text}"));
        let kind = "runtime.warning";
        told(
            self.thread
                .did(ActivityTone::Info, kind, &text, json!({}))
                .await,
        )
    }

    async fn ask(&mut self, question: &Question) -> Result<ApprovalDecision, AgentError> {
        let line = question.detail.lines().next().unwrap_or_default();
        self.reporter.log(
            LogLevel::Warn,
            Some(self.space),
            format!("agent asks: {}", printable(line)),
        );
        let tool = question.tool.as_ref().map(|tool| shown(tool, OUTPUT));
        let what = json!({
            "diff": tool.as_ref().map(|tool| tool["diff"].clone()), "tool": tool, "offers": question.offers,
        });
        let detail = clean(&question.detail);
        let asked = self.thread.ask(question.kind, &detail, what, self.patience);
        let decision = told(asked.await)?;
        self.reporter.log(
            LogLevel::Info,
            Some(self.space),
            format!("answered: {decision}"),
        );
        Ok(decision)
    }
}
