//! E2B for tests: its API and one sandbox after the other, whose files and processes are those of a folder of this machine. What it
//! answers has the shape of `tests/vectors/e2b.json`; what it was asked, it keeps.
#![cfg(unix)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, Command};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// The exchanges of the public documents.
pub static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../tests/vectors/e2b.json")).expect("it is JSON")
});

pub const KEY: &str = "e2b_key";
const ID: &str = "i2a4m6q8s0u2w4y6";
const PID: u32 = 1337;

/// How it differs from one that does all as it should.
#[derive(Debug, Default)]
pub struct Manner {
    /// Answers these paths with this exchange, so many times.
    pub refuses: Vec<(&'static str, &'static str, usize)>,
    /// Cuts streams into pieces of so many bytes.
    pub cut: Option<usize>,
    /// Ends the stream of a process without a word, after its first output.
    pub breaks_off: bool,
    /// Answers no request for a sandbox until told.
    pub waits: Option<CancellationToken>,
}

/// A request, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HashMap<String, String>,
    pub body: Value,
}

#[derive(Default)]
struct Inside {
    asked: Vec<Asked>,
    manner: Manner,
    is_alive: bool,
    killed: usize,
    input: Option<Arc<tokio::sync::Mutex<Option<ChildStdin>>>>,
    pid: Option<u32>,
    /// Ends all that runs there.
    end: CancellationToken,
}

struct Shared {
    folder: tempfile::TempDir,
    inside: Mutex<Inside>,
    news: watch::Sender<usize>,
}

impl Shared {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("work")
    }
}

pub struct Double {
    pub url: String,
    shared: Arc<Shared>,
    _server: AbortOnDropHandle<()>,
}

impl Double {
    pub async fn start(manner: Manner) -> Self {
        let shared = Arc::new(Shared {
            folder: tempfile::tempdir().expect("a folder"),
            inside: Mutex::new(Inside {
                manner,
                ..Inside::default()
            }),
            news: watch::Sender::new(0),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let router = axum::Router::new()
            .fallback(serve)
            .with_state(shared.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        Self {
            url,
            shared,
            _server: AbortOnDropHandle::new(server),
        }
    }

    /// The folder that a sandbox is to use.
    pub fn root(&self) -> String {
        self.shared.root().display().to_string()
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.inside().asked.clone()
    }

    /// How often it was asked for this.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let asked = self.asked();
        let same = |it: &&Asked| it.method == method && it.path.starts_with(path);
        asked.iter().filter(same).count()
    }

    /// How many sandboxes were killed; and whether one is there.
    pub fn killed(&self) -> (usize, bool) {
        let inside = self.shared.inside();
        (inside.killed, inside.is_alive)
    }

    /// Waits until something is so. Whatever never comes ends the test by its own time.
    pub async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let mut news = self.shared.news.subscribe();
        while !is_so(self) {
            news.changed().await.expect("it is there");
        }
    }
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20).await.expect("a body");
    let path = head.uri.path().to_owned();
    let query = pairs(head.uri.query().unwrap_or_default());
    let asked = Asked {
        method: head.method.to_string(),
        path: path.clone(),
        query: query.clone(),
        headers: told(&head.headers),
        body: message(&head.headers, &body),
    };
    let (refusal, waits) = {
        let mut inside = shared.inside();
        inside.asked.push(asked.clone());
        let refuses = &mut inside.manner.refuses;
        let refusal = refuses
            .iter_mut()
            .find(|(at, _, times)| *at == path && *times > 0);
        let refusal = refusal.map(|(_, name, times)| {
            *times -= 1;
            *name
        });
        (refusal, inside.manner.waits.clone())
    };
    shared.news.send_modify(|count| *count += 1);
    if let Some(name) = refusal {
        return answer(&VECTORS[name]);
    }
    let response = if path.starts_with("/sandboxes") {
        if asked.headers.get("x-api-key").map(String::as_str) != Some(KEY) {
            return answer(&VECTORS["wrong-key"]);
        }
        if let Some(waits) = waits.filter(|_| path == "/sandboxes") {
            waits.cancelled().await;
        }
        control(&shared, &head.method, &path)
    } else {
        let token = asked.headers.get("x-access-token").map(String::as_str);
        if token != Some("ea_secret") || !shared.inside().is_alive {
            return answer(&VECTORS["gone"]);
        }
        match path.as_str() {
            "/files" => files(&shared, &head, &query["path"], &body),
            _ => procedure(&shared, &path, &asked.body).await,
        }
    };
    shared.news.send_modify(|count| *count += 1);
    response
}

fn answer(exchange: &Value) -> Response {
    let status = exchange["status"].as_u64().expect("a status") as u16;
    let status = StatusCode::from_u16(status).expect("a status");
    match &exchange["body"] {
        Value::Null => status.into_response(),
        body => (status, axum::Json(body.clone())).into_response(),
    }
}

fn fine(body: &Value) -> Response {
    answer(&json!({ "status": 200, "body": body }))
}

fn control(shared: &Shared, method: &Method, path: &str) -> Response {
    let mut inside = shared.inside();
    if path == "/sandboxes" {
        inside.is_alive = true;
        inside.end = CancellationToken::new();
        return answer(&VECTORS["create"]["response"]);
    }
    if !inside.is_alive || !path.starts_with(&format!("/sandboxes/{ID}")) {
        return answer(
            &json!({ "status": 404, "body": { "code": 404, "message": "no such sandbox" } }),
        );
    }
    if method == Method::DELETE {
        inside.is_alive = false;
        inside.killed += 1;
        inside.end.cancel();
        let _ = std::fs::remove_dir_all(shared.root());
        return answer(&VECTORS["kill"]["response"]);
    }
    answer(&VECTORS["timeout"]["response"])
}

fn files(shared: &Shared, head: &axum::http::request::Parts, path: &str, body: &Bytes) -> Response {
    let file = Path::new(path);
    assert!(file.starts_with(shared.folder.path()), "{path} of nobody's");
    if head.method == Method::GET {
        return match std::fs::read(file) {
            Ok(bytes) => bytes.into_response(),
            Err(_) => answer(&VECTORS["no-file"]),
        };
    }
    let kind = head.headers[header::CONTENT_TYPE].to_str().expect("text");
    let between = kind
        .split_once("boundary=")
        .expect("parts of several kinds")
        .1;
    let at = |needle: &[u8]| body.windows(needle.len()).position(|it| it == needle);
    let begin = at(b"\r\n\r\n").expect("a head") + 4;
    let end = at(format!("\r\n--{between}--").as_bytes()).expect("an end");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(file, &body[begin..end]).expect("written");
    fine(&VECTORS["upload"]["response"]["body"])
}

async fn procedure(shared: &Arc<Shared>, path: &str, message: &Value) -> Response {
    match path {
        "/process.Process/Start" => start(shared, message),
        "/process.Process/SendInput" => {
            let text = message["input"]["stdin"].as_str().expect("bytes");
            let bytes = STANDARD.decode(text).expect("base64");
            let input = shared.inside().input.clone();
            let Some(input) = input else {
                return answer(&VECTORS["no-process"]);
            };
            let mut input = input.lock().await;
            let written = match input.as_mut() {
                Some(input) => input.write_all(&bytes).await.is_ok(),
                None => false,
            };
            if written {
                fine(&json!({}))
            } else {
                answer(&VECTORS["no-process"])
            }
        }
        "/process.Process/CloseStdin" => {
            let input = shared.inside().input.clone();
            if let Some(input) = input {
                input.lock().await.take();
            }
            fine(&json!({}))
        }
        "/process.Process/SendSignal" => {
            let pid = shared.inside().pid;
            let pid = pid.and_then(|pid| rustix::process::Pid::from_raw(pid as i32));
            let signal = match message["signal"].as_str() {
                Some("SIGNAL_SIGKILL") => rustix::process::Signal::KILL,
                Some("SIGNAL_SIGTERM") => rustix::process::Signal::TERM,
                other => panic!("the signal {other:?}"),
            };
            match pid.map(|pid| rustix::process::kill_process(pid, signal)) {
                Some(Ok(())) => fine(&json!({})),
                _ => answer(&VECTORS["no-process"]),
            }
        }
        "/filesystem.Filesystem/ListDir" => {
            let folder = Path::new(message["path"].as_str().expect("a path"));
            if !folder.is_dir() {
                return answer(&VECTORS["no-folder"]);
            }
            let mut entries = Vec::new();
            walk(folder, &mut entries);
            fine(&json!({ "entries": entries }))
        }
        "/filesystem.Filesystem/MakeDir" => {
            std::fs::create_dir_all(message["path"].as_str().expect("a path")).expect("made");
            fine(&json!({}))
        }
        other => panic!("nobody serves {other}"),
    }
}

fn walk(folder: &Path, entries: &mut Vec<Value>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let meta = path.symlink_metadata().expect("it is there");
        let mut entry = VECTORS["list"]["entry"].clone();
        entry["name"] = json!(path.file_name().expect("a name").to_string_lossy());
        entry["path"] = json!(path.display().to_string());
        entry["size"] = json!(meta.len().to_string());
        if meta.is_symlink() {
            entry["type"] = json!("FILE_TYPE_SYMLINK");
            let to = std::fs::read_link(&path).expect("a link");
            entry["symlinkTarget"] = json!(to.display().to_string());
        } else if meta.is_dir() {
            entry["type"] = json!("FILE_TYPE_DIRECTORY");
            walk(&path, entries);
        }
        entries.push(entry);
    }
}

/// Runs it, and tells of it in a stream.
fn start(shared: &Arc<Shared>, message: &Value) -> Response {
    let process = &message["process"];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let has_input = message["stdin"] == json!(true);
    let mut command = Command::new(text(&process["cmd"]));
    command
        .args(process["args"].as_array().into_iter().flatten().map(text))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", shared.folder.path())
        .envs(
            process["envs"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name, text(value))),
        )
        .current_dir(text(&process["cwd"]))
        .stdin(if has_input {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().expect("a shell");
    let (manner, end) = {
        let mut inside = shared.inside();
        inside.pid = child.id();
        let input = child.stdin.take();
        inside.input = Some(Arc::new(tokio::sync::Mutex::new(input)));
        let cut = inside.manner.cut;
        ((cut, inside.manner.breaks_off), inside.end.clone())
    };
    let (cut, breaks_off) = manner;
    let (to, pieces) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    tokio::spawn(async move {
        let stream = Stream {
            to: tokio::sync::Mutex::new(to),
            cut,
        };
        let group = child.id();
        let running = async {
            let mut began = VECTORS["start"]["began"].clone();
            began["event"]["start"]["pid"] = json!(PID);
            stream.send(0, &VECTORS["start"]["quiet"]).await;
            stream.send(0, &began).await;
            let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
            if breaks_off {
                stream.send(0, &VECTORS["start"]["wrote"]).await;
                return;
            }
            tokio::join!(
                stream.tell("stdout", stdout.expect("an output")),
                stream.tell("stderr", stderr.expect("an output"))
            );
            let status = child.wait().await.expect("an end");
            let mut ended = VECTORS["start"]["ended"].clone();
            if !status.success() {
                ended = VECTORS["start"]["failed"].clone();
                let said = match status.code() {
                    Some(code) => format!("exit status {code}"),
                    None => "signal: killed".to_owned(),
                };
                let end = &mut ended["event"]["end"];
                end["exitCode"] = json!(status.code().unwrap_or(-1));
                end["exited"] = json!(status.code().is_some());
                end["status"] = json!(said);
                end["error"] = json!(said);
            }
            stream.send(0, &ended).await;
            stream.send(2, &VECTORS["start"]["last"]).await;
        };
        tokio::select! {
            () = running => {}
            () = end.cancelled() => {}
        }
        // Nothing of a sandbox outlives it.
        if let Some(group) = group.and_then(|id| rustix::process::Pid::from_raw(id as i32)) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    });
    let pieces = futures_util::stream::unfold(pieces, |mut pieces| async {
        Some((pieces.recv().await?, pieces))
    });
    let kind = [(header::CONTENT_TYPE, "application/connect+json")];
    (kind, Body::from_stream(pieces)).into_response()
}

struct Stream {
    to: tokio::sync::Mutex<mpsc::Sender<Result<Bytes, std::io::Error>>>,
    cut: Option<usize>,
}

impl Stream {
    async fn send(&self, flags: u8, message: &Value) {
        let text = message.to_string();
        let mut bytes = vec![flags];
        bytes.extend((text.len() as u32).to_be_bytes());
        bytes.extend(text.as_bytes());
        let to = self.to.lock().await;
        for piece in bytes.chunks(self.cut.unwrap_or(bytes.len())) {
            // Whoever listened may have gone.
            let _ = to.send(Ok(Bytes::copy_from_slice(piece))).await;
        }
    }

    async fn tell(&self, name: &str, mut from: impl AsyncRead + Unpin) {
        let mut chunk = vec![0; 32 << 10];
        while let Ok(count @ 1..) = from.read(&mut chunk).await {
            let bytes = STANDARD.encode(&chunk[..count]);
            let mut message = VECTORS["start"]["wrote"].clone();
            message["event"]["data"] = json!({ name: bytes });
            self.send(0, &message).await;
        }
    }
}

fn told(headers: &HeaderMap) -> HashMap<String, String> {
    let headers = headers.iter();
    headers
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), value.into_owned())
        })
        .collect()
}

/// The message of a request, without its envelope; nothing where it is no JSON.
fn message(headers: &HeaderMap, body: &Bytes) -> Value {
    let kind = headers.get(header::CONTENT_TYPE);
    match kind.and_then(|kind| kind.to_str().ok()) {
        Some("application/json") => serde_json::from_slice(body).expect("it is JSON"),
        Some("application/connect+json") => {
            let length = u32::from_be_bytes(body[1..5].try_into().expect("four")) as usize;
            assert_eq!((body[0], length), (0, body.len() - 5), "one plain envelope");
            serde_json::from_slice(&body[5..]).expect("it is JSON")
        }
        _ => Value::Null,
    }
}

fn pairs(query: &str) -> HashMap<String, String> {
    let url = format!("http://localhost/?{query}");
    let url = reqwest::Url::parse(&url).expect("a query");
    url.query_pairs().into_owned().collect()
}
