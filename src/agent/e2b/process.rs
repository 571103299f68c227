//! A process in a sandbox, as a process of this machine is used: streams to read and to write, an end to wait for, signals.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::{oneshot, watch};
use tokio_util::task::AbortOnDropHandle;

use super::E2bError;
use super::connect::{Frame, Frames, Status};
use super::http::{ANSWER, Envd, KEEPALIVE, SHORT, Tries, send, unreachable, whole};

const START: &str = "start the agent in the sandbox";
/// What waits to be read of each output, and to be sent of the input.
const PIPE: usize = 64 << 10;
/// How long a stream may say nothing at all: three times as long as it says that it is there.
const SILENCE: Duration = Duration::from_secs(3 * KEEPALIVE);

/// A process that runs, or did.
#[derive(Debug)]
pub(in crate::agent) struct Remote {
    envd: Handle,
    pid: u32,
    ended: watch::Receiver<Option<Result<Exit, E2bError>>>,
    _outputs: AbortOnDropHandle<()>,
    _input: Option<AbortOnDropHandle<()>>,
}

/// What is served in the sandbox; nothing to look at.
struct Handle(Envd);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Envd")
    }
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agent) struct Exit {
    /// It says that all went well.
    pub is_success: bool,
    /// How it ended, in words.
    pub status: String,
}

/// A process with the other ends of its streams.
pub(in crate::agent) struct Started {
    pub remote: Remote,
    pub stdin: Option<DuplexStream>,
    pub stdout: DuplexStream,
    pub stderr: DuplexStream,
}

/// What a sandbox tells of a process.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    event: Event,
}

#[derive(Default, Deserialize)]
struct Event {
    start: Option<Begun>,
    data: Option<Data>,
    end: Option<Ended>,
}

#[derive(Deserialize)]
struct Begun {
    pid: u32,
}

#[derive(Deserialize)]
struct Data {
    stdout: Option<String>,
    stderr: Option<String>,
}

/// What is not there is zero, or nothing: JSON of such messages leaves that out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    #[serde(default)]
    exit_code: i32,
    #[serde(default)]
    exited: bool,
    #[serde(default)]
    status: String,
    error: Option<String>,
}

impl From<Ended> for Exit {
    fn from(ended: Ended) -> Self {
        let said = [Some(ended.status), ended.error];
        let said = said.into_iter().flatten().find(|text| !text.is_empty());
        Self {
            is_success: ended.exited && ended.exit_code == 0,
            status: said.unwrap_or_else(|| format!("exit status {}", ended.exit_code)),
        }
    }
}

impl Remote {
    /// Starts one, and returns when it runs.
    pub(super) async fn start(
        envd: Envd,
        message: &Value,
        has_input: bool,
    ) -> Result<Started, E2bError> {
        let request = envd.stream("/process.Process/Start", message).send();
        let response = match tokio::time::timeout(ANSWER, request).await {
            Ok(response) => response.map_err(|error| unreachable(START, &error))?,
            Err(_) => return Err(late()),
        };
        if !response.status().is_success() {
            let answer = whole(response, START, SHORT).await?;
            return Err(Envd::refused(START, &answer));
        }
        let (stdout_to, stdout) = tokio::io::duplex(PIPE);
        let (stderr_to, stderr) = tokio::io::duplex(PIPE);
        let (begun_to, begun) = oneshot::channel();
        let (ended_to, mut ended) = watch::channel(None);
        let listening = Listening {
            begun: Some(begun_to),
            stdout: stdout_to,
            stderr: stderr_to,
        };
        let told = ended_to.clone();
        let outputs = tokio::spawn(async move {
            let end = listening.listen(response).await;
            tell(&told, end);
        });
        let outputs = AbortOnDropHandle::new(outputs);
        let pid = match tokio::time::timeout(ANSWER, begun).await {
            Ok(Ok(pid)) => pid,
            Ok(Err(_)) => return Err(not_begun(&mut ended).await),
            Err(_) => return Err(late()),
        };
        let (stdin, input) = if has_input {
            let (stdin, stdin_from) = tokio::io::duplex(PIPE);
            let task = tokio::spawn(feed(envd.clone(), pid, stdin_from, ended_to));
            (Some(stdin), Some(AbortOnDropHandle::new(task)))
        } else {
            (None, None)
        };
        Ok(Started {
            remote: Self {
                envd: Handle(envd),
                pid,
                ended,
                _outputs: outputs,
                _input: input,
            },
            stdin,
            stdout,
            stderr,
        })
    }

    /// Waits for its end. All that it wrote has been passed on by then. May be dropped and asked for again.
    pub(in crate::agent) async fn wait(&mut self) -> Result<Exit, E2bError> {
        match self.ended.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone().unwrap_or_else(|| Err(lost())),
            Err(_) => Err(lost()),
        }
    }

    /// Asks it to end.
    pub(in crate::agent) async fn tell_to_end(&self) {
        self.signal("SIGNAL_SIGTERM").await;
    }

    /// Stops it. What it started may go on, until the sandbox is killed.
    pub(in crate::agent) async fn stop(&self) {
        self.signal("SIGNAL_SIGKILL").await;
    }

    async fn signal(&self, signal: &str) {
        if self.ended.borrow().is_some() {
            return;
        }
        let message = json!({ "process": { "pid": self.pid }, "signal": signal });
        let request = self.envd.0.call("/process.Process/SendSignal", &message);
        let what = "signal the agent in the sandbox";
        match send(request, what, SHORT, Tries::Once).await {
            Ok(answer) if answer.status.is_success() => {}
            // It may have ended meanwhile; and if not, the sandbox ends with the turn.
            Ok(answer) => tracing::debug!(said = answer.said(), "no signal to an agent"),
            Err(error) => tracing::debug!(%error, "no signal to an agent"),
        }
    }
}

/// Tells how it ended, unless that was told before.
fn tell(ended: &watch::Sender<Option<Result<Exit, E2bError>>>, end: Result<Exit, E2bError>) {
    ended.send_if_modified(|told| {
        let is_news = told.is_none();
        told.get_or_insert(end);
        is_news
    });
}

fn late() -> E2bError {
    E2bError::Unreachable {
        what: START,
        why: "there was no answer in time".to_owned(),
    }
}

fn lost() -> E2bError {
    E2bError::Gone("nobody follows the agent any more".to_owned())
}

fn odd(why: impl Into<String>) -> E2bError {
    E2bError::Odd {
        what: START,
        why: why.into(),
    }
}

/// Why it did not begin.
async fn not_begun(ended: &mut watch::Receiver<Option<Result<Exit, E2bError>>>) -> E2bError {
    match ended.wait_for(Option::is_some).await {
        Ok(ended) => match ended.as_ref() {
            Some(Err(error)) => error.clone(),
            _ => odd("it ended before it began"),
        },
        Err(_) => lost(),
    }
}

/// Whoever reads what a process writes.
struct Listening {
    begun: Option<oneshot::Sender<u32>>,
    stdout: DuplexStream,
    stderr: DuplexStream,
}

impl Listening {
    /// Reads all of it, and how it ended.
    async fn listen(mut self, mut response: Response) -> Result<Exit, E2bError> {
        let mut frames = Frames::default();
        let mut exit = None;
        loop {
            while let Some(frame) = frames.next().map_err(odd)? {
                match frame {
                    Frame::Message(message) => {
                        exit = exit.or(self.hear(message).await?);
                    }
                    Frame::End(None) => return exit.ok_or_else(|| odd("no end of the process")),
                    Frame::End(Some(status)) => return exit.ok_or_else(|| failed(status)),
                }
            }
            // Its end is known; how the stream ends is no matter.
            if let Some(exit) = exit {
                return Ok(exit);
            }
            let piece = tokio::time::timeout(SILENCE, response.chunk()).await;
            let piece = match piece {
                Ok(Ok(piece)) => piece,
                Ok(Err(error)) => {
                    let error = unreachable("follow the agent in the sandbox", &error);
                    return Err(E2bError::Gone(error.to_string()));
                }
                Err(_) => {
                    let seconds = SILENCE.as_secs();
                    let why = format!("nothing came from it for {seconds} s");
                    return Err(E2bError::Gone(why));
                }
            };
            match piece {
                Some(piece) => frames.push(&piece),
                None if frames.is_torn() => return Err(odd("the stream stops in a message")),
                None => {
                    let why = "its stream closed without an end of the process";
                    return Err(E2bError::Gone(why.to_owned()));
                }
            }
        }
    }

    /// Passes on what a message says; the end, if it is that.
    async fn hear(&mut self, message: Value) -> Result<Option<Exit>, E2bError> {
        let message: Message =
            serde_json::from_value(message).map_err(|error| odd(error.to_string()))?;
        let Event { start, data, end } = message.event;
        if let Some(start) = start
            && let Some(begun) = self.begun.take()
        {
            // Whoever started it may have gone.
            let _ = begun.send(start.pid);
        }
        if let Some(data) = data {
            pass_on(data.stdout, &mut self.stdout).await?;
            pass_on(data.stderr, &mut self.stderr).await?;
        }
        Ok(end.map(Exit::from))
    }
}

async fn pass_on(bytes: Option<String>, to: &mut DuplexStream) -> Result<(), E2bError> {
    let Some(bytes) = bytes else { return Ok(()) };
    let bytes = STANDARD
        .decode(bytes)
        .map_err(|error| odd(error.to_string()))?;
    // Where nobody reads it, it is nothing to anybody; its end still is.
    let _ = to.write_all(&bytes).await;
    Ok(())
}

fn failed(status: Status) -> E2bError {
    E2bError::Gone(crate::agent::printable(&format!(
        "{}: {}",
        status.code, status.message
    )))
}

/// Sends what is written to its input, in order, and closes that when no more comes.
async fn feed(
    envd: Envd,
    pid: u32,
    mut from: DuplexStream,
    ended: watch::Sender<Option<Result<Exit, E2bError>>>,
) {
    const WHAT: &str = "write to the agent in the sandbox";
    let mut piece = vec![0; PIPE];
    loop {
        let count = match from.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        let text = STANDARD.encode(&piece[..count]);
        let message = json!({ "process": { "pid": pid }, "input": { "stdin": text } });
        let request = envd.call("/process.Process/SendInput", &message);
        let error = match send(request, WHAT, SHORT, Tries::Once).await {
            Ok(answer) if answer.status.is_success() => continue,
            // It is gone, or closed its input; its end says why.
            Ok(answer) if matches!(answer.code().as_deref(), Some("not_found" | "internal")) => {
                return;
            }
            Ok(answer) => Envd::refused(WHAT, &answer),
            Err(error) => error,
        };
        // Whether it heard that is not known, so nothing can come behind it.
        tell(&ended, Err(error));
        return;
    }
    let message = json!({ "process": { "pid": pid } });
    let request = envd.call("/process.Process/CloseStdin", &message);
    let what = "close the input of the agent in the sandbox";
    match send(request, what, SHORT, Tries::Once).await {
        Ok(answer) if answer.status.is_success() => {}
        // Older sandboxes cannot; it is told to end then.
        Ok(answer) => tracing::debug!(said = answer.said(), "an input stays open"),
        Err(error) => tracing::debug!(%error, "an input stays open"),
    }
}
