//! The process of an agent, and the connection with it. Nothing here waits for a person, and nothing grows with what an agent
//! sends: what it says in passing goes through a channel with so much room, and where that is full, nobody reads on.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agent_client_protocol::v1::{ConnectionTo, Responder, schema};
use agent_client_protocol::{Agent, Client, Lines, UntypedMessage};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::agent::AgentError;
use crate::agent::launch::tail;
use crate::agent::sandbox::Process;

/// The longest line that is read: documents come whole, and pictures as text.
pub(super) const LINE: usize = 64 << 20;
/// Lines that wait to be looked at.
const WAITING: usize = 256;
/// What these lines may hold together, in KiB; the longest line fits.
const ROOM: u32 = (LINE >> 10) as u32;
/// Bytes of what is no message: enough to see what it is.
const NOISE: usize = 4 << 10;
/// Requests of an agent that have no answer yet.
const REQUESTS: usize = 16;
/// How long each step of an end may take: its input is closed, it is told, it is stopped.
const STEP: Duration = Duration::from_secs(2);

/// A request of the agent, in its order with what it says.
pub(super) struct Request {
    pub method: String,
    pub params: Value,
    pub responder: Responder<Value>,
}

/// What an agent says without wanting an answer.
pub(super) enum Heard {
    /// A notification, as it came.
    Notification(Notification),
    /// Something that is none.
    Noise(String),
    /// More in one line than is read. Nothing comes after it.
    TooLong,
}

/// A notification.
pub(super) struct Notification {
    line: String,
    /// What it takes of the room.
    _room: Option<OwnedSemaphorePermit>,
}

impl Notification {
    /// Its method and what comes with it.
    pub(super) fn parse(self) -> (String, Value) {
        #[derive(Deserialize)]
        struct Parts {
            method: String,
            #[serde(default)]
            params: Value,
        }
        match serde_json::from_str(&self.line) {
            Ok(Parts { method, params }) => (method, params),
            // It was looked at before; a number that no type holds may still be in it.
            Err(_) => (String::new(), Value::Null),
        }
    }
}

/// An agent that runs.
pub(super) struct Link {
    pub connection: ConnectionTo<Agent>,
    pub child: Process,
    pub heard: mpsc::Receiver<Heard>,
    pub requests: mpsc::UnboundedReceiver<Request>,
    stop: CancellationToken,
    driver: AbortOnDropHandle<()>,
    _listener: AbortOnDropHandle<()>,
    complaints: AbortOnDropHandle<String>,
}

impl Link {
    /// Speaks with one that was started.
    pub(super) async fn open(mut child: Process) -> Result<Self, AgentError> {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(AgentError::Start(io::ErrorKind::BrokenPipe.into()));
        };
        let complaints = AbortOnDropHandle::new(tokio::spawn(tail(child.stderr.take())));
        let gate = Arc::new(Gate::new());
        let (heard_to, heard) = mpsc::channel(WAITING);
        let (lines_to, lines) = mpsc::channel(1);
        let listener = tokio::spawn(listen(stdout, gate.clone(), heard_to, lines_to));
        let lines = futures_util::stream::unfold(lines, |mut lines| async {
            Some((Ok(lines.recv().await?), lines))
        });
        let transport = Lines::new(writer(stdin, gate), lines);

        // As many as may be open; the gate sees to it.
        let (requests_to, requests) = mpsc::unbounded_channel();
        let (connection_to, connection) = oneshot::channel();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let driver = tokio::spawn(async move {
            let ended = Client
                .v1()
                .name("jolli")
                .on_receive_request(
                    // Whatever waits in here keeps the connection from everything else.
                    async move |message: UntypedMessage,
                                responder: Responder<Value>,
                                _: ConnectionTo<Agent>| {
                        let (method, params) = message.into_parts();
                        // Without a receiver nobody answers any more, and the connection says so.
                        let _ = requests_to.send(Request {
                            method,
                            params,
                            responder,
                        });
                        Ok(())
                    },
                    agent_client_protocol::on_receive_request!(),
                )
                .connect_with(transport, async move |connection: ConnectionTo<Agent>| {
                    let _ = connection_to.send(connection);
                    stopped.cancelled().await;
                    Ok(())
                })
                .await;
            if let Err(error) = ended {
                tracing::debug!(error = error.message, "the connection with an agent broke");
            }
        });
        let driver = AbortOnDropHandle::new(driver);
        let connection = connection
            .await
            .map_err(|_| AgentError::Start(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self {
            connection,
            child,
            heard,
            requests,
            stop,
            driver,
            _listener: AbortOnDropHandle::new(listener),
            complaints,
        })
    }

    /// Ends it: its input is closed, then it is told to end, then it is stopped, with all that it started.
    pub(super) async fn close(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(STEP, &mut self.driver).await.is_err() {
            self.driver.abort();
        }
        if tokio::time::timeout(STEP, self.child.wait()).await.is_err() {
            // Where that takes long, the wait behind it is over the sooner.
            let _ = tokio::time::timeout(STEP, self.child.tell_to_end()).await;
            let _ = tokio::time::timeout(STEP, self.child.wait()).await;
        }
        self.kill().await;
    }

    /// Stops it at once, with all that it started.
    pub(super) async fn kill(mut self) {
        let _ = tokio::time::timeout(STEP, self.child.stop()).await;
        // So that nothing is left of it when its documents are read.
        let _ = tokio::time::timeout(STEP, self.child.wait()).await;
    }

    /// It ended without being asked to: how, and what it said last.
    pub(super) async fn died(mut self) -> AgentError {
        let status = tokio::time::timeout(STEP, self.child.wait()).await;
        let _ = tokio::time::timeout(STEP, self.child.stop()).await;
        let said = tokio::time::timeout(STEP, self.complaints).await;
        let said = said.ok().and_then(Result::ok).unwrap_or_default();
        let status = match status {
            Ok(Ok(exit)) => exit.status,
            Ok(Err(error)) => return error,
            Err(_) => "its output closed in the midst of the turn".to_owned(),
        };
        AgentError::Failed { status, said }
    }
}

/// Keeps what is under way between an agent and the connection from growing without end.
#[derive(Debug)]
struct Gate {
    room: Arc<Semaphore>,
    /// One for each request of the agent that may come before others are answered.
    requests: Semaphore,
    /// What it was asked and did not answer yet.
    asked: Mutex<HashSet<String>>,
}

/// What kind of message a line is.
#[derive(Deserialize)]
struct Head {
    jsonrpc: Option<String>,
    id: Option<Value>,
    method: Option<String>,
}

enum Kind {
    Request,
    Notification,
    /// About a request: the connection's own business.
    Cancel,
    Answer(Value),
    Noise,
}

impl Kind {
    fn of(line: &str) -> Self {
        let Ok(head) = serde_json::from_str::<Head>(line) else {
            return Self::Noise;
        };
        match (head.jsonrpc.as_deref(), head.method.as_deref(), head.id) {
            (Some("2.0"), Some("$/cancel_request"), None) => Self::Cancel,
            (Some("2.0"), Some(_), None) => Self::Notification,
            (Some("2.0"), Some(_), Some(Value::String(_) | Value::Number(_))) => Self::Request,
            (Some("2.0"), None, Some(id)) => Self::Answer(id),
            _ => Self::Noise,
        }
    }
}

impl Gate {
    fn new() -> Self {
        Self {
            room: Arc::new(Semaphore::new(ROOM as usize)),
            requests: Semaphore::new(REQUESTS),
            asked: Mutex::default(),
        }
    }

    /// A line goes to the agent.
    fn goes(&self, line: &str) {
        match serde_json::from_str::<Head>(line) {
            Ok(Head {
                method: Some(_),
                id: Some(id),
                ..
            }) => {
                self.asked().insert(id.to_string());
            }
            Ok(Head { method: None, .. }) => self.requests.add_permits(1),
            _ => {}
        }
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what an agent writes, line by line, for as long as it writes: whoever writes must not be stopped by a pipe that
/// nobody reads.
async fn listen(
    from: impl AsyncRead + Unpin,
    gate: Arc<Gate>,
    heard: mpsc::Sender<Heard>,
    lines: mpsc::Sender<String>,
) {
    let mut from = BufReader::new(from);
    while let Some(line) = next(&mut from).await {
        let Some(line) = line else {
            let _ = heard.send(Heard::TooLong).await;
            break;
        };
        let is_taken = match Kind::of(&line) {
            Kind::Noise => heard.send(noise(&line)).await.is_ok(),
            Kind::Notification => {
                let size = (line.len() >> 10) as u32 + 1;
                let room = gate.room.clone().acquire_many_owned(size.min(ROOM)).await;
                let notification = Notification {
                    line,
                    _room: room.ok(),
                };
                heard.send(Heard::Notification(notification)).await.is_ok()
            }
            Kind::Request => {
                // Given back with the answer.
                if let Ok(permit) = gate.requests.acquire().await {
                    permit.forget();
                }
                lines.send(line).await.is_ok()
            }
            Kind::Answer(id) => {
                let is_asked = gate.asked().remove(&id.to_string());
                if is_asked {
                    lines.send(line).await.is_ok()
                } else {
                    heard.send(noise(&line)).await.is_ok()
                }
            }
            Kind::Cancel if gate.requests.available_permits() < REQUESTS => {
                lines.send(line).await.is_ok()
            }
            Kind::Cancel => true,
        };
        if !is_taken {
            break;
        }
    }
    drop((heard, lines));
    let _ = tokio::io::copy_buf(&mut from, &mut tokio::io::sink()).await;
}

fn noise(line: &str) -> Heard {
    Heard::Noise(line[..line.floor_char_boundary(NOISE)].to_owned())
}

/// The next line that is not blank; none: it is too long.
async fn next(from: &mut BufReader<impl AsyncRead + Unpin>) -> Option<Option<String>> {
    loop {
        let mut line = Vec::new();
        let read = from
            .take(LINE as u64 + 1)
            .read_until(b'\n', &mut line)
            .await;
        match read {
            Err(_) | Ok(0) => return None,
            Ok(_) if line.len() > LINE => return Some(None),
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(line.trim_ascii());
        if !line.is_empty() {
            return Some(Some(line.into_owned()));
        }
    }
}

fn writer(
    to: impl AsyncWrite + Unpin + Send + 'static,
    gate: Arc<Gate>,
) -> impl futures_util::Sink<String, Error = io::Error> + Send + 'static {
    futures_util::sink::unfold((to, gate), |(mut to, gate), mut line: String| async move {
        line.push('\n');
        // Before the answer can come.
        gate.goes(&line);
        to.write_all(line.as_bytes()).await?;
        to.flush().await?;
        Ok((to, gate))
    })
}

/// What an error of the protocol says, in one line.
pub(super) fn what(error: &agent_client_protocol::Error) -> String {
    let told = match &error.data {
        Some(Value::String(text)) => Some(text.as_str()),
        Some(Value::Object(fields)) => ["message", "details", "reason"]
            .iter()
            .find_map(|name| fields.get(*name)?.as_str()),
        _ => None,
    };
    let line = match told {
        Some(told) => format!("{}: {told}", error.message),
        None => error.message.clone(),
    };
    crate::agent::printable(&line)
}

/// Whether nobody answered: the agent is gone.
pub(super) fn is_gone(error: &agent_client_protocol::Error) -> bool {
    agent_client_protocol::is_incoming_transport_closed(error)
        || agent_client_protocol::is_connection_terminated(error)
}

/// Whether the agent wants to know who asks.
pub(super) fn is_login(error: &agent_client_protocol::Error) -> bool {
    error.code == schema::ErrorCode::AuthRequired
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of it when everybody has done what they can; none: it waits for something that does not come. All of it
    /// happens in this thread and in memory.
    async fn settled<T>(act: impl Future<Output = T>) -> Option<T> {
        let others = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            done = act => Some(done),
            () = others => None,
        }
    }

    #[tokio::test]
    async fn nobody_reads_on_where_nobody_listens() {
        let (mut agent, ours) = tokio::io::duplex(1 << 10);
        let (heard_to, mut heard) = mpsc::channel(WAITING);
        let (lines_to, mut lines) = mpsc::channel(1);
        let gate = Arc::new(Gate::new());
        let _listener =
            AbortOnDropHandle::new(tokio::spawn(listen(ours, gate.clone(), heard_to, lines_to)));
        let note = b"{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":{}}\n";
        let mut written = 0;
        while settled(agent.write_all(note)).await.is_some() {
            written += 1;
        }
        assert!((WAITING..2 * WAITING).contains(&written), "{written}");
        for _ in 0..WAITING {
            assert!(matches!(heard.recv().await, Some(Heard::Notification(_))));
        }
        // The line that was cut off in the midst, and the rest.
        agent.write_all(b"\n").await.unwrap();
        while settled(heard.recv()).await.is_some() {}

        // Requests wait for the answers to others.
        let request =
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"fs/read_text_file\",\"params\":{}}\n";
        for _ in 0..=REQUESTS {
            agent.write_all(request.as_bytes()).await.unwrap();
        }
        for _ in 0..REQUESTS {
            lines.recv().await.unwrap();
        }
        assert_eq!(settled(lines.recv()).await, None);
        gate.goes("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}");
        assert!(settled(lines.recv()).await.is_some());
    }

    #[tokio::test]
    async fn lines_are_known_by_what_is_in_them() {
        let gate = Arc::new(Gate::new());
        gate.goes("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"initialize\"}");
        let (heard_to, mut heard) = mpsc::channel(WAITING);
        let (lines_to, mut lines) = mpsc::channel(WAITING);
        let text = b"npm WARN\n\n[]\n{\"id\":1}\n{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}\n\
            {\"jsonrpc\":\"2.0\",\"id\":\"b\",\"result\":1}\n\xff\xfe\n\
            {\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":1}\n{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":2}\n\
            {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"x\"}\n{\"jsonrpc";
        listen(&text[..], gate, heard_to, lines_to).await;
        assert_eq!(
            lines.recv().await.unwrap(),
            "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":1}"
        );
        assert_eq!(lines.recv().await, None);
        let mut noise = 0;
        while let Some(heard) = heard.recv().await {
            match heard {
                Heard::Noise(_) => noise += 1,
                Heard::Notification(it) => assert_eq!(it.parse(), ("x".to_owned(), Value::Null)),
                Heard::TooLong => panic!("short lines"),
            }
        }
        assert_eq!(noise, 9);
    }

    #[tokio::test]
    async fn a_line_without_end_is_not_kept() {
        let (heard_to, mut heard) = mpsc::channel(WAITING);
        let (lines_to, _lines) = mpsc::channel(1);
        let endless = tokio::io::repeat(b'x').take(LINE as u64 + 7);
        listen(endless, Arc::new(Gate::new()), heard_to, lines_to).await;
        assert!(matches!(heard.recv().await, Some(Heard::TooLong)));
        assert!(heard.recv().await.is_none());
    }
}
