//! An agent for tests. It speaks the protocol over its standard input and output and does what a script says: words apart by
//! blanks, some with a value behind `=`. Lines of the prompt that begin with `acp:` add to the script.
//!
//! Without a word it appends a line to each document that the report names, and ends.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use agent_client_protocol::schema::ProtocolVersion;
use agent_client_protocol::v1::{ConnectionTo, Responder, schema};
use agent_client_protocol::{Agent, Client, Error, Lines, UntypedMessage};
use schema::{
    AgentCapabilities, AuthMethod, AuthMethodAgent, CancelNotification, ContentBlock, ContentChunk,
    Diff, EmbeddedResourceResource, Implementation, InitializeRequest, InitializeResponse,
    LoadSessionRequest, LoadSessionResponse, NewSessionRequest, NewSessionResponse, Plan,
    PlanEntry, PlanEntryPriority, PlanEntryStatus, PromptCapabilities, PromptRequest,
    PromptResponse, ReadTextFileRequest, ResumeSessionRequest, ResumeSessionResponse,
    SessionCapabilities, SessionId, SessionNotification, SessionResumeCapabilities, SessionUpdate,
    StopReason, TextContent, ToolCall, ToolCallContent, ToolCallLocation, ToolCallStatus,
    ToolCallUpdate, ToolCallUpdateFields, ToolKind, WriteTextFileRequest,
};
use serde_json::{Value, json};
use tokio::io::AsyncBufReadExt as _;
use tokio::sync::watch;

/// The variable with the script. A test program that is to be the agent asks for it.
pub const SCRIPT: &str = "JOLLI_TEST_ACP";

type Connection = ConnectionTo<Client>;
type Res<T = ()> = Result<T, Error>;

/// What the agent is to do.
#[derive(Clone, Debug, Default)]
struct Script(HashMap<String, String>);

impl Script {
    fn parse(text: &str) -> Self {
        let word = |word: &str| {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            (name.to_owned(), value.to_owned())
        };
        Self(text.split_whitespace().map(word).collect())
    }

    fn has(&self, word: &str) -> bool {
        self.0.contains_key(word)
    }

    fn value(&self, word: &str) -> Option<&str> {
        self.0.get(word).map(String::as_str)
    }

    fn number(&self, word: &str) -> usize {
        self.value(word).and_then(|it| it.parse().ok()).unwrap_or(0)
    }

    /// The parts of a value, which commas separate.
    fn list(&self, word: &str) -> Vec<&str> {
        let parts = self.value(word).unwrap_or_default().split(',');
        parts.filter(|part| !part.is_empty()).collect()
    }
}

/// A session of the agent.
struct Session {
    connection: Connection,
    id: SessionId,
    folder: PathBuf,
    /// The texts of the prompt.
    heard: Vec<String>,
    script: Script,
    cancelled: watch::Receiver<bool>,
}

impl Session {
    fn update(&self, update: SessionUpdate) -> Res {
        let update = SessionNotification::new(self.id.clone(), update);
        self.connection.send_notification(update)
    }

    fn say(&self, text: &str) -> Res {
        self.update(SessionUpdate::AgentMessageChunk(ContentChunk::new(block(
            text,
        ))))
    }

    async fn read(&self, path: &str) -> Res<String> {
        let request = ReadTextFileRequest::new(self.id.clone(), path);
        let answer = self.connection.send_request(request).block_task().await?;
        Ok(answer.content)
    }

    async fn write(&self, path: &str, text: &str) -> Res {
        let request = WriteTextFileRequest::new(self.id.clone(), path, text);
        self.connection
            .send_request(request)
            .block_task()
            .await
            .map(drop)
    }

    /// Asks whether a tool may be used, and says what came of it: the kind of the answer, or none where it was cancelled.
    async fn may(&self, tool: &str) -> Res<Option<String>> {
        let kinds = match self.script.list("offer").as_slice() {
            [] => vec!["allow_once", "allow_always", "reject_once", "reject_always"],
            kinds => kinds.to_vec(),
        };
        let option =
            |kind: &&str| json!({"optionId": format!("id-{kind}"), "name": kind, "kind": kind});
        let options: Vec<Value> = kinds.iter().map(option).collect();
        let params =
            json!({"sessionId": self.id, "toolCall": {"toolCallId": tool}, "options": options});
        let request = UntypedMessage::new("session/request_permission", params)?;
        let answer = self.connection.send_request(request).block_task();
        if self.script.has("withdraw") {
            // Nobody waits for the answer any more, which the other side is told.
            let _ = tokio::time::timeout(std::time::Duration::ZERO, answer).await;
            return Ok(Some("withdrawn".to_owned()));
        }
        let answer = answer.await?;
        let chosen = answer.pointer("/outcome/optionId").and_then(Value::as_str);
        Ok(chosen.map(|id| id.trim_start_matches("id-").to_owned()))
    }

    async fn edit(&self, number: usize, document: &str) -> Res<Option<StopReason>> {
        let path = self.folder.join(document).display().to_string();
        let old = if self.script.has("direct") {
            std::fs::read_to_string(&path).map_err(Error::into_internal_error)?
        } else {
            self.read(&path).await?
        };
        let line = self.script.value("line").unwrap_or("Edited.");
        let new = format!("{old}{line}\n");
        let id = format!("edit-{number}");
        if !self.script.has("silent") {
            self.update(SessionUpdate::ToolCall(
                ToolCall::new(id.clone(), format!("Edit {document}"))
                    .kind(ToolKind::Edit)
                    .status(ToolCallStatus::Pending)
                    .locations(vec![ToolCallLocation::new(&path)])
                    .content(vec![ToolCallContent::Diff(
                        Diff::new(&path, &new).old_text(old.clone()),
                    )]),
            ))?;
        }
        let mut is_allowed = true;
        if self.script.has("ask") {
            let answer = self.may(&id).await?;
            self.say(&format!(
                "answer {} ",
                answer.as_deref().unwrap_or("cancelled")
            ))?;
            let Some(answer) = answer else {
                return Ok(Some(StopReason::Cancelled));
            };
            is_allowed = answer.starts_with("allow");
        }
        let mut status = ToolCallStatus::Failed;
        if is_allowed && self.script.has("direct") {
            std::fs::write(&path, new).map_err(Error::into_internal_error)?;
            status = ToolCallStatus::Completed;
        } else if is_allowed {
            match self.write(&path, &new).await {
                Ok(()) => status = ToolCallStatus::Completed,
                Err(error) => self.say(&format!("not written: {} ", text_of(&error)))?,
            }
        }
        if !self.script.has("silent") {
            let fields = ToolCallUpdateFields::new().status(status);
            let fields = fields.content(vec![ToolCallContent::from(block("done"))]);
            let update = ToolCallUpdate::new(id, fields);
            self.update(SessionUpdate::ToolCallUpdate(update))?;
        }
        Ok(None)
    }

    async fn turn(mut self, documents: Vec<String>) -> Res<StopReason> {
        let script = self.script.clone();
        if script.has("pid") {
            self.say(&format!("pid {} ", std::process::id()))?;
        }
        if script.has("variables") {
            let mut names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
            names.sort_unstable();
            self.say(&format!("variables {} ", names.join(",")))?;
        }
        if script.has("echo") {
            self.say(&format!("heard: {}", self.heard.join("\n")))?;
        }
        for number in 0..script.number("say") {
            self.say(&format!("word {number} "))?;
        }
        if script.has("plan") {
            self.update(SessionUpdate::Plan(Plan::new(vec![
                PlanEntry::new("look", PlanEntryPriority::High, PlanEntryStatus::Completed),
                PlanEntry::new("edit", PlanEntryPriority::Low, PlanEntryStatus::InProgress),
            ])))?;
        }
        if script.has("escape") {
            self.say("\u{1b}[2J\u{1b}]0;owned\u{7}said\n")?;
            let title = "\u{1b}[2J\u{202e}titled";
            self.update(SessionUpdate::ToolCall(ToolCall::new("escape", title)))?;
        }
        if script.has("output") {
            let text = "0123456789abcde\n".repeat(script.number("output") << 6);
            let call = ToolCall::new("output", "Run the tests").kind(ToolKind::Execute);
            let call = call.content(vec![ToolCallContent::from(block(&text))]);
            self.update(SessionUpdate::ToolCall(
                call.status(ToolCallStatus::Completed),
            ))?;
        }
        for _ in 0..script.number("flood") {
            self.say(".")?;
        }
        if script.has("big") {
            self.say(&"x".repeat(script.number("big") << 20))?;
        }
        for number in 0..script.number("noise") {
            print_line(&format!("noise {number}"));
        }
        if let Some(command) = script.value("run") {
            let input = json!({"command": [command, "-x"]});
            let call = ToolCall::new("run", "Run a program").kind(ToolKind::Execute);
            self.update(SessionUpdate::ToolCall(call.raw_input(input)))?;
            self.may("run").await?;
        }
        if script.has("garbage") {
            garbage(&self.id);
        }
        if script.has("long") {
            print_line(&"x".repeat(65 << 20));
        }
        if script.has("crash") {
            self.say("bye ")?;
            // So that the word is out before the end.
            self.read("/nowhere").await.map(drop).unwrap_or_default();
            eprintln!("out of cheese\n");
            std::process::exit(3);
        }
        for path in script.list("reach") {
            let read = self
                .read(path)
                .await
                .map_or_else(|error| text_of(&error), |text| format!("<{text}>"));
            self.say(&format!("read {path}: {read} "))?;
        }
        for path in script.list("put") {
            let written = self
                .write(path, "x")
                .await
                .map_or_else(|error| text_of(&error), |()| "written".to_owned());
            self.say(&format!("write {path}: {written} "))?;
        }
        if let Some(method) = script.value("request") {
            let request = UntypedMessage::new(method, json!({"sessionId": self.id}))?;
            let answer = self.connection.send_request(request).block_task().await;
            let answer = answer.map_or_else(|error| text_of(&error), |value| value.to_string());
            self.say(&format!("{method}: {answer} "))?;
        }
        for (number, document) in documents.iter().enumerate() {
            if let Some(stop) = self.edit(number, document).await? {
                return Ok(stop);
            }
        }
        if let Some(path) = script.value("stray") {
            std::fs::write(self.folder.join(path), "x").map_err(Error::into_internal_error)?;
        }
        if script.has("remove") {
            for document in &documents {
                std::fs::remove_file(self.folder.join(document))
                    .map_err(Error::into_internal_error)?;
            }
        }
        if script.has("hang") || script.has("deaf") {
            self.say("hanging ")?;
            let _ = self.cancelled.wait_for(|cancelled| *cancelled).await;
            self.say("cancelled ")?;
            if script.has("deaf") {
                std::future::pending::<()>().await;
            }
            return Ok(StopReason::Cancelled);
        }
        Ok(match script.value("end") {
            Some("refusal") => StopReason::Refusal,
            Some("tokens") => StopReason::MaxTokens,
            Some("requests") => StopReason::MaxTurnRequests,
            Some("login") => return Err(Error::auth_required()),
            Some("error") => return Err(Error::internal_error().data("no more credit")),
            _ => StopReason::EndTurn,
        })
    }
}

fn block(text: &str) -> ContentBlock {
    ContentBlock::Text(TextContent::new(text))
}

fn text_of(error: &Error) -> String {
    let data = error.data.as_ref().map(ToString::to_string);
    format!("{} {}", i32::from(error.code), data.unwrap_or_default())
}

/// All of it at once: others print as well.
fn print_line(line: &str) {
    let mut out = io::stdout().lock();
    let printed = out.write_all(format!("{line}\n").as_bytes());
    if printed.and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}

/// What no agent should print, and some do.
fn garbage(session: &SessionId) {
    for line in [
        "npm WARN deprecated".to_owned(),
        String::new(),
        "[]".to_owned(),
        "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}".to_owned(),
        "{\"jsonrpc\":\"2.0\",\"method\":\"mood\",\"params\":{}}".to_owned(),
        "{\"jsonrpc\":\"2.0\",\"method\":\"_own/mood\",\"params\":{}}".to_owned(),
        json!({"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": session, "update": {"sessionUpdate": "mood", "mood": 7}}}).to_string(),
    ] {
        print_line(&line);
    }
    let mut out = io::stdout().lock();
    let _ = out.write_all(b"\xff\xfe\n").and_then(|()| out.flush());
}

/// The documents that a prompt is about, and whether the report came with it as a whole.
fn documents_of(prompt: &[ContentBlock]) -> (Vec<String>, bool) {
    let mut documents = Vec::new();
    for block in prompt {
        let report = match block {
            ContentBlock::Resource(resource) => match &resource.resource {
                EmbeddedResourceResource::TextResourceContents(text) => {
                    Some((text.text.clone(), true))
                }
                _ => None,
            },
            ContentBlock::ResourceLink(link) => {
                let path = link.uri.trim_start_matches("file://");
                std::fs::read_to_string(path).ok().map(|text| (text, false))
            }
            _ => None,
        };
        let Some((report, is_whole)) = report else {
            continue;
        };
        let report: Value = serde_json::from_str(&report).unwrap_or_default();
        let article = report.pointer("/article/path").and_then(Value::as_str);
        let listed = report.get("documents").and_then(Value::as_array);
        let listed = listed.into_iter().flatten();
        let listed = listed.filter_map(|it| it.as_str().or_else(|| it["path"].as_str()));
        let named = article
            .into_iter()
            .chain(listed)
            .filter(|path| !path.is_empty());
        documents.extend(named.map(str::to_owned));
        return (documents, is_whole);
    }
    (documents, false)
}

/// Where an agent remembers a session that is `homely`.
fn memory(session: &SessionId) -> PathBuf {
    let home = std::env::var_os("HOME").unwrap_or_default();
    PathBuf::from(home).join(&*session.0)
}

/// The sessions of the process.
#[derive(Default)]
struct Sessions {
    folders: HashMap<SessionId, PathBuf>,
    cancels: HashMap<SessionId, watch::Sender<bool>>,
}

/// Is the agent, until nobody speaks to it any more.
pub fn run(script: &str) -> ! {
    // A test program has printed the begin of a line.
    print_line("");
    let script = Script::parse(script);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let served = runtime.map(|runtime| runtime.block_on(serve(script)));
    std::process::exit(i32::from(!matches!(served, Ok(Ok(())))));
}

async fn serve(script: Script) -> Res {
    if script.has("mute") {
        std::future::pending::<()>().await;
    }
    let sessions = Arc::new(Mutex::new(Sessions::default()));
    let at = |sessions: &Arc<Mutex<Sessions>>| sessions.clone();
    let (first, loaded, resumed, prompted, cancelled) = (
        at(&sessions),
        at(&sessions),
        at(&sessions),
        at(&sessions),
        at(&sessions),
    );
    let (s1, s2, s3, s4, s5) = (
        script.clone(),
        script.clone(),
        script.clone(),
        script.clone(),
        script.clone(),
    );

    let is_stubborn = script.has("stubborn");
    let input = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    let input = futures_util::stream::unfold(input, move |mut input| async move {
        match input.next_line().await {
            Ok(Some(line)) => Some((Ok(line), input)),
            _ if is_stubborn => std::future::pending().await,
            _ => std::process::exit(0),
        }
    });
    let output = futures_util::sink::unfold((), |(), line: String| async move {
        print_line(&line);
        Ok::<_, io::Error>(())
    });

    Agent
        .v1()
        .name("double")
        .on_receive_request(
            async move |_: InitializeRequest,
                        responder: Responder<InitializeResponse>,
                        _: Connection| {
                // What a connection of this kind would not say by itself.
                if let Some(version) = s1.value("version") {
                    let version = json!({"protocolVersion": version.parse::<u16>().ok()});
                    let answer = json!({"jsonrpc": "2.0", "id": responder.id(), "result": version});
                    print_line(&answer.to_string());
                }
                let mut sessions = SessionCapabilities::new();
                if s1.has("resume") {
                    sessions = sessions.resume(SessionResumeCapabilities::new());
                }
                let can = AgentCapabilities::new()
                    .load_session(!s1.has("forgetful"))
                    .prompt_capabilities(
                        PromptCapabilities::new().embedded_context(!s1.has("bare")),
                    )
                    .session_capabilities(sessions);
                let login = AuthMethodAgent::new("login", "Log in at example.org");
                let answer = InitializeResponse::new(ProtocolVersion::V1)
                    .agent_capabilities(can)
                    .auth_methods(vec![AuthMethod::Agent(login)])
                    .agent_info(Implementation::new("double", "1").title("The double".to_owned()));
                responder.respond(answer)
            },
            agent_client_protocol::on_receive_request!(),
        )
        .on_receive_request(
            async move |new: NewSessionRequest,
                        responder: Responder<NewSessionResponse>,
                        _: Connection| {
                if s2.has("login") {
                    return responder.respond_with_error(Error::auth_required());
                }
                let id = SessionId::new(format!("double-{}", std::process::id()));
                if s2.has("homely") {
                    std::fs::write(memory(&id), "").map_err(Error::into_internal_error)?;
                }
                lock(&first).folders.insert(id.clone(), new.cwd);
                responder.respond(NewSessionResponse::new(id))
            },
            agent_client_protocol::on_receive_request!(),
        )
        .on_receive_request(
            async move |load: LoadSessionRequest,
                        responder: Responder<LoadSessionResponse>,
                        connection: Connection| {
                if s3.has("lost") || s3.has("homely") && !memory(&load.session_id).exists() {
                    let unknown = schema::Error::session_not_found(load.session_id);
                    return responder.respond_with_error(unknown.into());
                }
                let id = load.session_id;
                lock(&loaded).folders.insert(id.clone(), load.cwd);
                // What was said in it before.
                for text in ["earlier ", "words "] {
                    let chunk = SessionUpdate::AgentMessageChunk(ContentChunk::new(block(text)));
                    connection.send_notification(SessionNotification::new(id.clone(), chunk))?;
                }
                responder.respond(LoadSessionResponse::new())
            },
            agent_client_protocol::on_receive_request!(),
        )
        .on_receive_request(
            async move |resume: ResumeSessionRequest,
                        responder: Responder<ResumeSessionResponse>,
                        _: Connection| {
                lock(&resumed).folders.insert(resume.session_id, resume.cwd);
                responder.respond(ResumeSessionResponse::new())
            },
            agent_client_protocol::on_receive_request!(),
        )
        .on_receive_request(
            async move |prompt: PromptRequest,
                        responder: Responder<PromptResponse>,
                        connection: Connection| {
                let (cancel, cancelled) = watch::channel(false);
                let folder = {
                    let mut sessions = lock(&prompted);
                    sessions.cancels.insert(prompt.session_id.clone(), cancel);
                    sessions.folders.get(&prompt.session_id).cloned()
                };
                let mut script = s4.clone();
                let mut heard = Vec::new();
                for block in &prompt.prompt {
                    let ContentBlock::Text(text) = block else {
                        continue;
                    };
                    let lines = text
                        .text
                        .lines()
                        .filter_map(|line| line.strip_prefix("acp:"));
                    lines.for_each(|line| script.0.extend(Script::parse(line).0));
                    heard.push(text.text.clone());
                }
                let (mut documents, is_whole) = documents_of(&prompt.prompt);
                documents.extend(script.list("edit").into_iter().map(str::to_owned));
                let session = Session {
                    connection: connection.clone(),
                    id: prompt.session_id,
                    folder: folder.unwrap_or_default(),
                    heard,
                    script,
                    cancelled,
                };
                session.say(if is_whole {
                    "with the report "
                } else {
                    "without the report "
                })?;
                // Nothing else is heard while a handler waits.
                connection.spawn(async move {
                    let is_weird = session.script.value("end") == Some("weird");
                    let ended = session.turn(documents).await;
                    if is_weird {
                        let answer = json!({"jsonrpc": "2.0", "id": responder.id(), "result": {"stopReason": "bored"}});
                        print_line(&answer.to_string());
                    }
                    responder.respond_with_result(ended.map(PromptResponse::new))
                })
            },
            agent_client_protocol::on_receive_request!(),
        )
        .on_receive_notification(
            async move |cancel: CancelNotification, _: Connection| {
                if let Some(cancel) = lock(&cancelled).cancels.get(&cancel.session_id) {
                    let _ = cancel.send(true);
                }
                if s5.has("dies") {
                    std::process::exit(4);
                }
                Ok(())
            },
            agent_client_protocol::on_receive_notification!(),
        )
        .connect_to(Lines::new(output, input))
        .await
}

fn lock(sessions: &Mutex<Sessions>) -> std::sync::MutexGuard<'_, Sessions> {
    sessions
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
