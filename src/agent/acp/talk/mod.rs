//! One turn of an agent: it is greeted, gets its task, and is listened to until it is through. Everything that it sends is
//! looked at here, in its order, one after the other.

mod serve;

use std::collections::VecDeque;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use agent_client_protocol::schema::ProtocolVersion;
use agent_client_protocol::v1::schema;
use agent_client_protocol::{Error, UntypedMessage};
use schema::{
    AuthMethod, CancelNotification, ClientCapabilities, ContentBlock, EmbeddedResource,
    EmbeddedResourceResource, FileSystemCapabilities, Implementation, InitializeRequest,
    InitializeResponse, LoadSessionRequest, NewSessionRequest, PromptRequest, ResourceLink,
    ResumeSessionRequest, SessionNotification, SessionUpdate, TextResourceContents,
};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::files::Files;
use super::link::{self, Heard, Link, Request};
use super::tool::{self, Tools, Use};
use super::{End, Host, Task, ToolStatus};
use crate::agent::launch::Tail;
use crate::agent::sandbox::Place;
use crate::agent::{AgentError, printable};

use serve::Allowed;

/// How long it may take to answer what is no task.
const ANSWER: Duration = Duration::from_mins(1);
/// How long its last words may be under way when it is gone already.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Bytes that are told of what it says.
const TOLD: usize = 4 << 20;
/// Oddities that are told.
const NOTES: usize = 20;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// All of it, without the time that a person takes.
    pub deadline: Duration,
    /// To end, when it is interrupted.
    pub grace: Duration,
}

/// What came of it, besides the documents.
#[derive(Debug)]
pub(super) struct Ended {
    pub said: String,
    pub session: String,
    pub resumed: bool,
    pub end: End,
}

/// Why a turn goes no further.
enum Halt {
    Interrupted,
    /// There is no agent any more.
    Gone,
    Failed(AgentError),
}

impl From<AgentError> for Halt {
    fn from(error: AgentError) -> Self {
        Self::Failed(error)
    }
}

/// What has been waited for long enough.
#[derive(Clone, Copy)]
enum Over {
    Deadline,
    Grace,
    Silence,
    Gone,
}

/// A turn.
pub(super) struct Talk<'a> {
    link: Link,
    host: &'a mut dyn Host,
    task: &'a Task<'a>,
    files: Files,
    documents: PathBuf,
    report: PathBuf,
    times: Times,
    /// When its time is over, as far as that is known.
    until: Instant,
    /// It was interrupted: when it has to be through.
    stopping: Option<Instant>,
    /// It ended: when there is nothing more to come.
    gone: Option<Instant>,
    session: Option<String>,
    resumed: bool,
    tools: Tools,
    allowed: Allowed,
    said: Tail,
    told: usize,
    notes: usize,
    /// What it asked for while a question waited.
    later: VecDeque<Request>,
}

impl<'a> Talk<'a> {
    pub(super) fn new(
        link: Link,
        host: &'a mut dyn Host,
        task: &'a Task<'a>,
        place: &Place,
        times: Times,
    ) -> Self {
        Self {
            link,
            host,
            task,
            files: Files::new(task, place),
            documents: place.documents(),
            report: place.report(),
            times,
            until: Instant::now() + times.deadline,
            stopping: None,
            gone: None,
            session: None,
            resumed: false,
            tools: Tools::default(),
            allowed: Allowed::default(),
            said: Tail::default(),
            told: 0,
            notes: 0,
            later: VecDeque::new(),
        }
    }

    /// All of it. Nothing of the agent runs any more when this returns.
    pub(super) async fn run(mut self) -> Result<Ended, AgentError> {
        let end = match self.turn().await {
            Ok(end) => end,
            Err(Halt::Interrupted) => End::Interrupted,
            Err(Halt::Gone) => return Err(self.link.died().await),
            Err(Halt::Failed(error)) => {
                self.link.kill().await;
                return Err(error);
            }
        };
        self.link.close().await;
        Ok(Ended {
            said: self.said.into_text(),
            session: self.session.unwrap_or_default(),
            resumed: self.resumed,
            end,
        })
    }

    async fn turn(&mut self) -> Result<End, Halt> {
        let agent = self.greet().await?;
        let session = self.begin(&agent).await?;
        self.session = Some(session.clone());
        let name = agent.agent_info.as_ref();
        let name = name.map(|info| printable(info.title.as_ref().unwrap_or(&info.name)));
        self.host.began(&session, name.as_deref()).await?;
        if self.task.interrupt.is_cancelled() {
            return Ok(End::Interrupted);
        }
        let prompt = PromptRequest::new(session, self.prompt(&agent));
        // As plain JSON: a reason to stop that is new must not cost the turn.
        let prompt = message("session/prompt", &prompt)?;
        let sent = self.link.connection.send_request(prompt).block_task();
        let answer = self.call("session/prompt", None, sent).await?;
        if self.stopping.is_some() {
            return Ok(End::Interrupted);
        }
        let answer = answer.map_err(|error| failed(&error, &agent.auth_methods))?;
        match answer.get("stopReason").and_then(Value::as_str) {
            Some("end_turn") => Ok(End::Finished),
            Some("max_tokens") => Ok(End::Limit("tokens")),
            Some("max_turn_requests") => Ok(End::Limit("requests")),
            Some("refusal") => Ok(End::Refused),
            Some("cancelled") => Ok(End::Interrupted),
            other => {
                let reason = printable(other.unwrap_or("nothing"));
                let note = format!("the agent ended for a reason that is not known here: {reason}");
                self.host.note(&note).await?;
                Ok(End::Finished)
            }
        }
    }

    async fn greet(&mut self) -> Result<InitializeResponse, Halt> {
        // On another machine it has its own hands on the files, and we have none.
        let files = FileSystemCapabilities::new()
            .read_text_file(self.files.are_here())
            .write_text_file(self.files.are_here());
        let request = InitializeRequest::new(ProtocolVersion::V1)
            .client_capabilities(ClientCapabilities::new().fs(files).terminal(false))
            .client_info(Implementation::new("jolli", env!("CARGO_PKG_VERSION")));
        let sent = self.link.connection.send_request(request).block_task();
        let agent = match self.call("initialize", Some(ANSWER), sent).await? {
            Ok(agent) => agent,
            Err(error) if link::is_gone(&error) => return Err(Halt::Gone),
            Err(error) => return Err(AgentError::Protocol(link::what(&error)).into()),
        };
        if agent.protocol_version != ProtocolVersion::V1 {
            let version = agent.protocol_version;
            let told = format!("it speaks version {version} of it, jolli version 1");
            return Err(AgentError::Protocol(told).into());
        }
        Ok(agent)
    }

    /// The session that was to be taken up again, else a new one.
    async fn begin(&mut self, agent: &InitializeResponse) -> Result<String, Halt> {
        let connection = self.link.connection.clone();
        let can = &agent.agent_capabilities;
        if let Some(session) = self.task.session {
            let why = if can.session_capabilities.resume.is_some() {
                let request = ResumeSessionRequest::new(session.to_owned(), &self.documents);
                let sent = connection.send_request(request).block_task();
                let answer = self.call("session/resume", Some(ANSWER), sent).await?;
                answer.map(drop).err()
            } else if can.load_session {
                // What was said then comes again, and is not heard: there is no session yet.
                let request = LoadSessionRequest::new(session.to_owned(), &self.documents);
                let sent = connection.send_request(request).block_task();
                let answer = self.call("session/load", Some(ANSWER), sent).await?;
                answer.map(drop).err()
            } else {
                Some(Error::method_not_found().data("the agent cannot do that"))
            };
            let Some(why) = why else {
                self.resumed = true;
                return Ok(session.to_owned());
            };
            if link::is_gone(&why) || link::is_login(&why) {
                return Err(failed(&why, &agent.auth_methods));
            }
            let note = format!(
                "the agent's session could not be taken up again, so a new one was begun: {}",
                link::what(&why)
            );
            self.host.note(&note).await?;
        }
        let sent = connection.send_request(NewSessionRequest::new(&self.documents));
        let answer = self.call("session/new", Some(ANSWER), sent.block_task());
        match answer.await? {
            Ok(answer) => Ok(answer.session_id.0.to_string()),
            Err(error) => Err(failed(&error, &agent.auth_methods)),
        }
    }

    fn prompt(&self, agent: &InitializeResponse) -> Vec<ContentBlock> {
        let uri = file_uri(&self.report);
        let json = "application/json".to_owned();
        let report = if agent
            .agent_capabilities
            .prompt_capabilities
            .embedded_context
        {
            let text = String::from_utf8_lossy(self.task.report);
            let text = TextResourceContents::new(text, uri).mime_type(json);
            let text = EmbeddedResourceResource::TextResourceContents(text);
            ContentBlock::Resource(EmbeddedResource::new(text))
        } else {
            let size = self.task.report.len() as i64;
            let link = ResourceLink::new("report.json", uri);
            ContentBlock::ResourceLink(link.mime_type(json).size(size))
        };
        let before = self.task.before.filter(|_| !self.resumed);
        let before = before.map(ContentBlock::from);
        before
            .into_iter()
            .chain([self.task.prompt.into(), report])
            .collect()
    }

    /// Waits for an answer, and looks at all that comes before it.
    async fn call<T>(
        &mut self,
        request: &'static str,
        patience: Option<Duration>,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<Result<T, Error>, Halt> {
        let silence = patience.map(|patience| Instant::now() + patience);
        let mut answer = pin!(answer);
        loop {
            let (at, over) = self.over(silence);
            // Whoever talks all the time is stopped all the same.
            if at <= Instant::now() {
                return Err(self.overdue(over, request));
            }
            if let Some(request) = self.later.pop_front() {
                self.serve(request).await?;
                continue;
            }
            tokio::select! {
                biased;
                () = self.task.interrupt.cancelled(), if self.stopping.is_none() => self.cancel()?,
                _ = self.link.child.wait(), if self.gone.is_none() => {
                    self.gone = Some(Instant::now() + LAST_WORDS);
                }
                Some(heard) = self.link.heard.recv() => self.hear(heard).await?,
                Some(request) = self.link.requests.recv() => self.serve(request).await?,
                answer = &mut answer => {
                    // What it said before came before.
                    for _ in 0..self.link.heard.len() {
                        if let Ok(heard) = self.link.heard.try_recv() {
                            self.hear(heard).await?;
                        }
                    }
                    return match answer {
                        Err(error) if link::is_gone(&error) => Err(self.overdue(Over::Gone, request)),
                        answer => Ok(answer),
                    };
                }
                () = tokio::time::sleep_until(at) => return Err(self.overdue(over, request)),
            }
        }
    }

    fn over(&self, silence: Option<Instant>) -> (Instant, Over) {
        let mut over = match self.stopping {
            Some(at) => (at, Over::Grace),
            None => (self.until, Over::Deadline),
        };
        for (at, why) in [(silence, Over::Silence), (self.gone, Over::Gone)] {
            if let Some(at) = at.filter(|at| *at < over.0) {
                over = (at, why);
            }
        }
        over
    }

    fn overdue(&self, over: Over, request: &'static str) -> Halt {
        if self.stopping.is_some() {
            return Halt::Interrupted;
        }
        match over {
            Over::Grace => Halt::Interrupted,
            Over::Gone => Halt::Gone,
            Over::Deadline => Halt::Failed(AgentError::Deadline {
                seconds: self.times.deadline.as_secs(),
            }),
            Over::Silence => Halt::Failed(AgentError::Silent {
                request,
                seconds: ANSWER.as_secs(),
            }),
        }
    }

    /// Has it stop what it does; where it does nothing yet, it is stopped.
    fn cancel(&mut self) -> Result<(), Halt> {
        let Some(session) = &self.session else {
            return Err(Halt::Interrupted);
        };
        if self.stopping.is_none() {
            self.stopping = Some(Instant::now() + self.times.grace);
            let cancel = CancelNotification::new(session.clone());
            // It may be gone, which is as good.
            let _ = self.link.connection.send_notification(cancel);
        }
        Ok(())
    }

    async fn hear(&mut self, heard: Heard) -> Result<(), Halt> {
        let notification = match heard {
            Heard::Notification(notification) => notification,
            Heard::Noise(line) => {
                let line = printable(&line);
                return self
                    .odd(&format!("the agent printed what is no message: {line}"))
                    .await;
            }
            Heard::TooLong => {
                let told = format!("it printed a line of more than {} MiB", link::LINE >> 20);
                return Err(AgentError::Protocol(told).into());
            }
        };
        let (method, params) = notification.parse();
        if method != "session/update" {
            // Those with an underscore are its own business.
            if method.starts_with('_') {
                return Ok(());
            }
            let method = printable(&method);
            return self
                .odd(&format!("the agent told what is not known here: {method}"))
                .await;
        }
        let kind = params
            .pointer("/update/sessionUpdate")
            .and_then(Value::as_str);
        let kind = printable(kind.unwrap_or("an update of no kind"));
        match serde_json::from_value::<SessionNotification>(params) {
            Ok(told) if self.session.as_deref() == Some(&*told.session_id.0) => {
                self.update(told.update).await
            }
            Ok(_) => Ok(()),
            Err(_) => {
                self.odd(&format!("the agent told what is not known here: {kind}"))
                    .await
            }
        }
    }

    async fn update(&mut self, update: SessionUpdate) -> Result<(), Halt> {
        match update {
            SessionUpdate::AgentMessageChunk(chunk) => self.say(tool::text(&chunk.content)).await,
            SessionUpdate::ToolCall(call) => {
                let one = self.tools.call(call, &self.files);
                self.tell(&one).await
            }
            SessionUpdate::ToolCallUpdate(update) => {
                let one = self.tools.update(update, &self.files);
                self.tell(&one).await
            }
            SessionUpdate::Plan(plan) => Ok(self.host.plan(&tool::plan(plan)).await?),
            SessionUpdate::Notice(notice) => {
                let more = notice.description.unwrap_or_default();
                let text = printable(&format!("{} {more}", notice.title));
                self.odd(&format!("the agent notes: {text}")).await
            }
            // Thoughts, figures, settings: not for the thread.
            _ => Ok(()),
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), Halt> {
        self.said.push(text.as_bytes());
        let room = TOLD.saturating_sub(self.told);
        let shown = tool::cut(text, room);
        self.told += shown.len();
        if !shown.is_empty() {
            self.host.said(shown).await?;
        }
        if room > 0 && shown.len() < text.len() {
            self.told = TOLD;
            let note = format!(
                "the agent says more than {} MiB; no more is kept",
                TOLD >> 20
            );
            self.host.note(&note).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, one: &Use) -> Result<(), Halt> {
        if matches!(one.tool.status, ToolStatus::Completed | ToolStatus::Failed) {
            self.allowed.forget(&one.tool.id);
        }
        Ok(self.host.tool(&one.tool).await?)
    }

    /// Tells of something odd, unless there is too much of it.
    async fn odd(&mut self, text: &str) -> Result<(), Halt> {
        self.notes += 1;
        if self.notes < NOTES {
            self.host.note(text).await?;
        } else if self.notes == NOTES {
            let more = "the agent does more that is odd; it is not told";
            self.host.note(more).await?;
        }
        Ok(())
    }
}

fn message(method: &str, params: &impl Serialize) -> Result<UntypedMessage, Halt> {
    let message = UntypedMessage::new(method, params);
    message.map_err(|error| AgentError::Protocol(link::what(&error)).into())
}

/// Why a request was of no use.
fn failed(error: &Error, methods: &[AuthMethod]) -> Halt {
    if link::is_gone(error) {
        return Halt::Gone;
    }
    if !link::is_login(error) {
        return Halt::Failed(AgentError::Refused(link::what(error)));
    }
    let names: Vec<String> = methods
        .iter()
        .map(|method| printable(method.name()))
        .collect();
    let methods = match names.as_slice() {
        [] => "it names no way".to_owned(),
        names => printable(&names.join(", ")),
    };
    Halt::Failed(AgentError::Login { methods })
}

fn file_uri(path: &Path) -> String {
    let hex = |half: u8| char::from(b"0123456789ABCDEF"[usize::from(half)]);
    let mut uri = "file://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.extend(['%', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    uri
}
