//! The thread of a space in a run: what the agent is asked, says and does, as everybody sees it (orchestration.md: writing).
//! Each attempt is a turn of it. The end of a turn that edits is told with the push of its edits, in one write.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::checkpoint::{Changed, ranges};
use super::instruction::Instruction;
use super::report::{Reporter, persist};
use super::sessions::{Home, Sessions};
use super::space::SpaceFault;
use crate::agent::Patch;
use crate::api::orchestration::UserMessage;
use crate::api::{
    ActivityTone, ApprovalDecision, ApprovalStatus, CheckpointStatus, Code, Command,
    DispatchRequest, JobId, KeepSession, LeaseEpoch, MessageId, ProjectId, RequestId, RequestKind,
    RuntimeMode, RuntimeStatus, SessionStatus, Space, ThreadId, TurnId, TurnStatus,
};
use crate::client::ClientError;
use crate::domain::event::{Activity, Session};

/// Text of the agent that is gathered before it is told: so many bytes, or so long.
const SEGMENT: usize = 4 << 10;
const SEGMENT_TIME: Duration = Duration::from_secs(2);
/// How long until an answer is looked for again, and until it is looked whether a person wants the turn to end.
const ASK_AGAIN: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// What is told of a program's output, at its end, in bytes.
const OUTPUT: usize = 4 << 10;

/// Where a thread stands in its run.
pub struct Place<'a> {
    pub job: JobId,
    /// Names this attempt's writes, once.
    pub run: &'a str,
    pub epoch: LeaseEpoch,
    pub space: &'a Space,
    /// Who edits: `command`, `acp`.
    pub provider: &'static str,
    /// What the thread is about, in a few words.
    pub title: String,
    /// What the agent may do without asking, where this is a new thread.
    pub mode: RuntimeMode,
    /// The thread goes on with this, instead of beginning with the run.
    pub instruction: Option<&'a Instruction>,
}

/// The thread, with the turn that is under way.
pub struct SpaceThread<'a> {
    reporter: &'a Reporter,
    id: ThreadId,
    turn: TurnId,
    mode: RuntimeMode,
    provider: &'static str,
    /// What commands of this attempt are called, before their number.
    key: String,
    given: u32,
    job: JobId,
    epoch: LeaseEpoch,
    asked: u32,
    /// Checkpoints that the thread has.
    checkpoints: i64,
    /// What was said and not told yet, and since when.
    waiting: String,
    since: Option<tokio::time::Instant>,
    /// The message that is being said.
    message: Option<MessageId>,
    messages: u32,
    session: Option<String>,
    /// Where the agent finds its session again.
    home: Option<Home>,
}

impl<'a> SpaceThread<'a> {
    /// Opens the thread, or finds it, and begins a turn that answers `request`.
    pub async fn begin(
        reporter: &'a Reporter,
        place: &Place<'_>,
        request: &str,
    ) -> Result<Self, SpaceFault> {
        let id = match place.instruction {
            Some(instruction) => instruction.thread.clone(),
            None => ThreadId::of_run(place.job, place.space.id),
        };
        let waits = place.instruction.and_then(|it| it.turn.clone());
        let key = format!("{}-space-{}", place.run, place.space.id);
        let found = persist(|| reporter.run().thread(&id)).await;
        let found = match found {
            Err(error) if error.code() == Some(Code::NotFound) => None,
            found => found?,
        };
        if found.as_ref().is_some_and(|it| it.deleted_at.is_some()) {
            // No attempt could open it again: its id stays in the log.
            return Err(SpaceFault::Stopped(
                "the thread of this run was deleted; run the event again, or skip the space"
                    .to_owned(),
            ));
        }
        let mut thread = Self {
            reporter,
            turn: (waits.clone()).unwrap_or_else(|| word(&format!("turn-of-{}", place.run))),
            // What it was opened with, or what a person set since.
            mode: (found.as_ref()).map_or(place.mode, |it| it.runtime_mode),
            provider: place.provider,
            key,
            given: 0,
            job: place.job,
            epoch: place.epoch,
            asked: 0,
            checkpoints: found.as_ref().map_or(0, |it| it.checkpoint_turn_count),
            waiting: String::new(),
            since: None,
            message: None,
            messages: 0,
            session: None,
            home: None,
            id,
        };
        if found.is_none() {
            thread.open(place).await?;
        }
        if waits.is_none() {
            thread.start(place.run, request).await?;
        }
        thread.set(SessionStatus::Running, None).await?;
        Ok(thread)
    }

    async fn start(&mut self, run: &str, request: &str) -> Result<(), ClientError> {
        let created_at = self.reporter.now();
        self.give(Command::TurnStart {
            thread_id: self.id.clone(),
            message: UserMessage {
                message_id: word(&format!("request-of-{run}")),
                text: request.to_owned(),
                attachments: Vec::new(),
            },
            turn_id: Some(self.turn.clone()),
            model: None,
            effort: None,
            runtime_mode: None,
            created_at,
        })
        .await
    }

    /// What the agent may do without asking.
    pub fn mode(&self) -> RuntimeMode {
        self.mode
    }

    /// The project of the space may be there already: every run of it has the same.
    async fn open(&mut self, place: &Place<'_>) -> Result<(), ClientError> {
        let project_id = ProjectId::of_space(place.space.id);
        let created_at = self.reporter.now();
        let made = self
            .give(Command::ProjectCreate {
                project_id: project_id.clone(),
                title: place.space.name.clone(),
                workspace_root: format!("spaces/{}", place.space.id),
                default_model: None,
                created_at,
            })
            .await;
        match made {
            Err(error) if error.code() != Some(Code::Conflict) => return Err(error),
            _ => {}
        }
        self.give(Command::ThreadCreate {
            thread_id: self.id.clone(),
            project_id,
            title: place.title.clone(),
            model: place.provider.to_owned(),
            branch: None,
            worktree_path: None,
            runtime_mode: Some(self.mode),
            created_at,
        })
        .await
    }

    fn next_id(&mut self) -> String {
        self.given += 1;
        format!("{}-{}", self.key, self.given)
    }

    async fn give(&mut self, command: Command) -> Result<(), ClientError> {
        let id = self.next_id();
        persist(|| self.reporter.run().dispatch(&id, &command)).await?;
        Ok(())
    }

    fn session(&self, status: SessionStatus, error: Option<&str>) -> Command {
        let at = self.reporter.now();
        Command::SessionSet {
            thread_id: self.id.clone(),
            session: Session {
                thread_id: self.id.clone(),
                status,
                provider_name: Some(self.provider.to_owned()),
                provider_session_id: self.session.clone(),
                provider_thread_id: None,
                runtime_mode: self.mode,
                active_turn_id: (status == SessionStatus::Running).then(|| self.turn.clone()),
                last_error: error.map(str::to_owned),
                updated_at: at,
            },
            created_at: at,
        }
    }

    async fn set(&mut self, status: SessionStatus, error: Option<&str>) -> Result<(), ClientError> {
        let command = self.session(status, error);
        self.give(command).await
    }

    /// Where its agent keeps what it remembers, on this machine.
    pub async fn home(&mut self, sessions: &Sessions) -> Result<Home, SpaceFault> {
        let kept = persist(|| self.reporter.run().session(&self.id)).await?;
        let kept = kept.filter(|kept| kept.provider_name == self.provider);
        let home = sessions.open(kept).await;
        let home = home.map_err(|error| SpaceFault::Space(error.to_string()))?;
        self.home = Some(home.clone());
        Ok(home)
    }

    async fn keep(&self, status: RuntimeStatus) -> Result<(), ClientError> {
        let (Some(home), Some(session)) = (&self.home, &self.session) else {
            return Ok(());
        };
        let kept = KeepSession {
            thread_id: self.id.clone(),
            provider_name: self.provider.to_owned(),
            adapter_key: None,
            runtime_mode: Some(self.mode),
            status: Some(status),
            resume_cursor: Some(Some(home.cursor(session))),
            runtime_payload: Some(Some(json!({ "activeTurnId": self.turn }))),
        };
        persist(|| self.reporter.run().keep_session(&kept)).await
    }

    /// The agent is gone, and its session rests.
    pub async fn rests(&self) -> Result<(), ClientError> {
        self.keep(RuntimeStatus::Stopped).await
    }

    /// The agent's own session is this one.
    pub async fn in_session(&mut self, session: &str) -> Result<(), ClientError> {
        self.session = Some(
            session
                .replace('\0', "\u{FFFD}")
                .chars()
                .take(255)
                .collect(),
        );
        self.keep(RuntimeStatus::Running).await?;
        self.set(SessionStatus::Running, None).await
    }

    /// The agent says something; it is told by and by.
    pub async fn said(&mut self, text: &str) -> Result<(), ClientError> {
        if self.waiting.is_empty() {
            self.since = Some(tokio::time::Instant::now());
        }
        self.waiting.push_str(text);
        let long = self.since.is_some_and(|at| at.elapsed() >= SEGMENT_TIME);
        if self.waiting.len() >= SEGMENT || long {
            self.tell().await?;
        }
        Ok(())
    }

    async fn tell(&mut self) -> Result<(), ClientError> {
        if self.waiting.is_empty() || (self.message.is_none() && self.waiting.trim().is_empty()) {
            self.waiting.clear();
            return Ok(());
        }
        if self.message.is_none() {
            self.messages += 1;
            let name = format!("answer-{}-of-{}", self.messages, self.turn.as_str());
            self.message = Some(word(&name));
        }
        let Some(message_id) = self.message.clone() else {
            return Ok(());
        };
        // Logs and screens hold no such characters; neither does the database.
        let delta = std::mem::take(&mut self.waiting).replace('\0', "\u{FFFD}");
        self.give(Command::AssistantDelta {
            thread_id: self.id.clone(),
            message_id,
            delta,
            turn_id: Some(self.turn.clone()),
            created_at: self.reporter.now(),
        })
        .await
    }

    /// What was said so far is a message of its own; what follows is another one.
    pub async fn pause(&mut self) -> Result<(), ClientError> {
        self.tell().await?;
        if let Some(message_id) = self.message.take() {
            self.give(Command::AssistantComplete {
                thread_id: self.id.clone(),
                message_id,
                turn_id: Some(self.turn.clone()),
                created_at: self.reporter.now(),
            })
            .await?;
        }
        Ok(())
    }

    /// Something happened besides words.
    pub async fn did(
        &mut self,
        tone: ActivityTone,
        kind: &str,
        summary: &str,
        payload: Value,
    ) -> Result<(), ClientError> {
        self.pause().await?;
        let at = self.reporter.now();
        let id = self.next_id();
        self.give(Command::ActivityAppend {
            thread_id: self.id.clone(),
            activity: Activity {
                id: word(&format!("of-{id}")),
                tone,
                kind: kind.to_owned(),
                summary: summary.replace('\0', "\u{FFFD}"),
                payload,
                turn_id: Some(self.turn.clone()),
                sequence: Some(i64::from(self.given)),
                created_at: at,
            },
            created_at: at,
        })
        .await
    }

    /// Asks a person, and waits for the answer; nobody answers in time: the turn is over. `what` goes to the screens besides.
    pub async fn ask(
        &mut self,
        kind: RequestKind,
        detail: &str,
        mut what: Value,
        patience: Duration,
    ) -> Result<ApprovalDecision, ClientError> {
        // Short, for people read it: which job, which claim of it, and which question. A thread that goes on is asked by several
        // jobs, whose claims are all counted from one.
        self.asked += 1;
        let request: RequestId = word(&format!("{}-{}-{}", self.job, self.epoch.0, self.asked));
        what["requestId"] = json!(request);
        what["requestKind"] = json!(kind);
        what["detail"] = json!(detail);
        self.did(ActivityTone::Approval, "approval.requested", detail, what)
            .await?;
        let answer = tokio::time::timeout(patience, self.answer(&request)).await;
        let (decision, late) = match answer {
            Ok(decision) => (decision?, false),
            Err(_) => (ApprovalDecision::Cancel, true),
        };
        if late {
            // The question is stale from here on: an answer would reach nobody.
            let told = json!({
                "requestId": request, "detail": format!("Stale pending approval request: {request}"),
            });
            let summary = "nobody answered in time";
            self.did(
                ActivityTone::Error,
                "provider.approval.respond.failed",
                summary,
                told,
            )
            .await?;
        } else {
            let told = json!({ "requestId": request, "decision": decision });
            let summary = format!("answered: {decision}");
            self.did(ActivityTone::Approval, "approval.resolved", &summary, told)
                .await?;
        }
        Ok(decision)
    }

    async fn answer(&self, request: &RequestId) -> Result<ApprovalDecision, ClientError> {
        loop {
            let thread = persist(|| self.reporter.run().thread(&self.id)).await?;
            let approvals = thread
                .and_then(|thread| thread.approvals)
                .unwrap_or_default();
            let asked = approvals.into_iter().find(|it| it.request_id == *request);
            match asked.map(|it| (it.status, it.decision)) {
                Some((ApprovalStatus::Pending, _)) => {}
                Some((ApprovalStatus::Responding | ApprovalStatus::Resolved, Some(decision))) => {
                    return Ok(decision);
                }
                // The thread was deleted, or its session was ended by somebody else.
                _ => return Ok(ApprovalDecision::Cancel),
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    /// Cancels `interrupt` once a person wants the turn, or the session, to end.
    pub fn watch(&self, interrupt: CancellationToken) -> AbortOnDropHandle<()> {
        let (run, id, turn) = (
            self.reporter.run().clone(),
            self.id.clone(),
            self.turn.clone(),
        );
        AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_AGAIN).await;
                // A server that is away is told of by whoever writes.
                let Ok(Some(thread)) = run.thread(&id).await else {
                    continue;
                };
                let mut turns = thread.turns.into_iter().flatten();
                let over =
                    turns.any(|it| it.turn_id == turn && it.state == TurnStatus::Interrupted);
                let stops = thread
                    .session
                    .is_some_and(|it| it.stop_requested_at.is_some());
                if over || stops {
                    interrupt.cancel();
                    return;
                }
            }
        }))
    }

    /// A program looks at one document.
    pub async fn looks_at(&mut self, path: &str) -> Result<(), ClientError> {
        let what = json!({ "toolId": path, "title": path, "kind": "edit", "paths": [path] });
        self.did(ActivityTone::Tool, "tool.started", path, what)
            .await
    }

    /// It is done with it: what it printed is what it has to say, and what it changed.
    pub async fn looked_at(
        &mut self,
        path: &str,
        printed: &str,
        changed: Option<&Patch>,
    ) -> Result<(), ClientError> {
        let mut start = printed.len().saturating_sub(OUTPUT);
        while !printed.is_char_boundary(start) {
            start += 1;
        }
        let summary = match changed {
            Some(patch) => format!("{path}: +{} -{}", patch.additions, patch.deletions),
            None => format!("{path}: left as it is"),
        };
        if !printed.trim().is_empty() {
            self.said(&printed[start..]).await?;
        }
        let what = json!({ "toolId": path, "title": path, "kind": "edit", "paths": [path] });
        self.did(ActivityTone::Tool, "tool.completed", &summary, what)
            .await
    }

    /// The turn ends without anything to push.
    pub async fn end(
        mut self,
        status: SessionStatus,
        error: Option<&str>,
    ) -> Result<(), ClientError> {
        self.pause().await?;
        self.set(status, error).await
    }

    /// What ends the turn together with the push of its edits: the checkpoint of what it changed, and the session at rest.
    pub async fn checkpoint(
        &mut self,
        changed: &[Changed],
    ) -> Result<Vec<DispatchRequest>, ClientError> {
        self.pause().await?;
        let run = self.reporter.run();
        let diffs = ranges(run, &self.id, self.checkpoints, changed).await?;
        let number = self.checkpoints + 1;
        let at = self.reporter.now();
        let name = URL_SAFE_NO_PAD.encode(self.id.as_str());
        let command = Command::TurnDiffComplete {
            thread_id: self.id.clone(),
            turn_id: self.turn.clone(),
            checkpoint_turn_count: number,
            checkpoint_ref: format!("refs/jolli/checkpoints/{name}/turn/{number}"),
            status: CheckpointStatus::Ready,
            files: changed.iter().map(Changed::file).collect(),
            assistant_message_id: None,
            diffs: Vec::new(),
            completed_at: at,
            created_at: at,
        };
        let mut checkpoint = DispatchRequest::new(&self.next_id(), &command);
        let diffs: Vec<Value> = (diffs.into_iter().enumerate())
            .map(|(from, diff)| json!({ "fromTurnCount": from, "diff": diff }))
            .collect();
        checkpoint.fields.insert("diffs".to_owned(), json!(diffs));
        let rest = self.session(SessionStatus::Ready, None);
        Ok(vec![
            checkpoint,
            DispatchRequest::new(&self.next_id(), &rest),
        ])
    }
}

/// An id of words and numbers, which is always one.
fn word<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("short words and numbers are an id")
}
