//! A sandbox of E2B that lives as long as a turn: made, given documents and report, asked for the documents, killed.
//!
//! It is killed whatever comes of the turn. When the turn is dropped halfway, a task of the runtime does it; and should that not get
//! to it either, as when the whole worker is gone, E2B ends the sandbox itself when its lease is over: it is short, and renewed only
//! while the turn lasts.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::http::{self, Api, Envd, SHORT, Tries, send};
use super::process::{Remote, Started};
use super::{E2b, E2bError, LEASE};
use crate::agent::{AgentError, Draft, Turn};
use crate::domain::document::check_document_path;

/// The largest document that comes back.
const LARGEST: usize = 16 << 20;
/// Bytes of the list of what lies among the documents: some 50,000 files.
const LISTED: usize = 16 << 20;
/// How deep that list goes; no path is deeper.
const DEPTH: u32 = 4_096;
/// Files that are under way at once.
const AT_ONCE: usize = 8;

/// A sandbox with documents in it.
pub(in crate::agent) struct Cloud {
    alive: Alive,
    envd: Envd,
    root: String,
    /// What everything that runs there sees.
    variables: HashMap<String, String>,
}

/// What E2B says of a sandbox that it made.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    #[serde(rename = "sandboxID")]
    id: String,
    envd_access_token: Option<String>,
    domain: Option<String>,
}

/// A file or a folder of a sandbox.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    path: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    symlink_target: Option<String>,
}

impl Entry {
    fn is_plain(&self) -> bool {
        self.kind == "FILE_TYPE_FILE" && self.symlink_target.is_none()
    }
}

impl Cloud {
    /// Makes one, and puts documents and report there; `labels` say in E2B's lists whose it is.
    pub(in crate::agent) async fn open(
        e2b: &E2b,
        labels: &[(&'static str, String)],
        variables: HashMap<String, String>,
        report: &[u8],
        drafts: &[Draft],
    ) -> Result<Self, AgentError> {
        for draft in drafts {
            check_document_path(&draft.path)
                .map_err(|_| AgentError::Outside(draft.path.clone()))?;
        }
        let (alive, envd) = make(e2b, labels).await?;
        let cloud = Self {
            alive,
            envd,
            root: e2b.root.clone(),
            variables,
        };
        match cloud.fill(report, drafts).await {
            Ok(()) => Ok(cloud),
            Err(error) => {
                cloud.end().await;
                Err(error.into())
            }
        }
    }

    async fn fill(&self, report: &[u8], drafts: &[Draft]) -> Result<(), E2bError> {
        let files = drafts
            .iter()
            .map(|draft| (self.path_of(&draft.path), draft.text.as_bytes()));
        let files: Vec<_> = files.chain([(self.report_path(), report)]).collect();
        if drafts.is_empty() {
            self.make_folder().await?;
        }
        let puts: Vec<_> = files
            .iter()
            .map(|(path, bytes)| self.put(path, bytes))
            .collect();
        stream::iter(puts)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Starts a line of the shell among the documents, with the path of the report as `$1`; with an input, where one is wanted.
    pub(in crate::agent) async fn start(
        &self,
        line: &str,
        has_input: bool,
    ) -> Result<Started, E2bError> {
        let mut variables = self.variables.clone();
        variables.insert("JOLLI_REPORT".to_owned(), self.report_path());
        let message = json!({
            "process": {
                "cmd": "/bin/sh",
                "args": ["-c", line, "jolli-agent", self.report_path()],
                "envs": variables,
                "cwd": self.documents_path(),
            },
            "stdin": has_input,
        });
        Remote::start(self.envd.clone(), &message, has_input).await
    }

    /// What came of a turn: the drafts that say something else now, and what is not taken over.
    pub(in crate::agent) async fn turn(
        &self,
        drafts: &[Draft],
        reasoning: String,
    ) -> Result<Turn, AgentError> {
        let entries = self.list().await?;
        for draft in drafts {
            let path = self.path_of(&draft.path);
            match entries.iter().find(|entry| entry.path == path) {
                Some(entry) if entry.is_plain() => {}
                Some(_) => return Err(AgentError::NotText(draft.path.clone())),
                None => return Err(AgentError::Removed(draft.path.clone())),
            }
        }
        let texts: Vec<_> = drafts.iter().map(|draft| self.text(draft)).collect();
        let texts: Vec<String> = stream::iter(texts).buffered(AT_ONCE).try_collect().await?;
        let edits = drafts
            .iter()
            .zip(texts)
            .filter(|(draft, text)| draft.text != *text)
            .map(|(draft, text)| Draft {
                path: draft.path.clone(),
                text,
            });
        let folder = format!("{}/", self.documents_path());
        let mut left_out: Vec<String> = entries
            .iter()
            .filter(|entry| entry.kind != "FILE_TYPE_DIRECTORY" || entry.symlink_target.is_some())
            .filter_map(|entry| entry.path.strip_prefix(&folder))
            .filter(|path| !drafts.iter().any(|draft| draft.path == *path))
            .map(str::to_owned)
            .collect();
        left_out.sort_unstable();
        Ok(Turn {
            edits: edits.collect(),
            reasoning,
            left_out,
        })
    }

    /// Kills it.
    pub(in crate::agent) async fn end(self) {
        self.alive.kill().await;
    }

    /// Where the agent is started.
    pub(in crate::agent) fn documents(&self) -> PathBuf {
        self.documents_path().into()
    }

    pub(in crate::agent) fn report(&self) -> PathBuf {
        self.report_path().into()
    }

    fn documents_path(&self) -> String {
        format!("{}/documents", self.root)
    }

    fn report_path(&self) -> String {
        format!("{}/report.json", self.root)
    }

    fn path_of(&self, document: &str) -> String {
        format!("{}/{document}", self.documents_path())
    }

    /// Writes a file, and the folders that it lies in.
    async fn put(&self, path: &str, bytes: &[u8]) -> Result<(), E2bError> {
        const WHAT: &str = "put a file into the sandbox";
        let between = Uuid::new_v4().simple();
        let mut body = format!(
            "--{between}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"document\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend(format!("\r\n--{between}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={between}");
        let request = self.envd.file(Method::POST, path);
        let request = request.header("Content-Type", kind).body(body);
        let answer = send(request, WHAT, SHORT, Tries::Some).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(Envd::refused(WHAT, &answer))
    }

    /// What a document says now.
    async fn text(&self, draft: &Draft) -> Result<String, AgentError> {
        const WHAT: &str = "fetch a document from the sandbox";
        let path = self.path_of(&draft.path);
        let request = self.envd.file(Method::GET, &path);
        let answer = match send(request, WHAT, LARGEST, Tries::Some).await {
            Ok(answer) => answer,
            Err(E2bError::TooMuch { limit, .. }) => {
                let what = draft.path.clone();
                return Err(E2bError::TooMuch { what, limit }.into());
            }
            Err(error) => return Err(error.into()),
        };
        match answer.status {
            StatusCode::OK => {
                String::from_utf8(answer.body).map_err(|_| AgentError::NotText(draft.path.clone()))
            }
            // Something may still run there.
            StatusCode::NOT_FOUND => Err(AgentError::Removed(draft.path.clone())),
            _ => Err(Envd::refused(WHAT, &answer).into()),
        }
    }

    /// All that lies among the documents. No link is followed.
    async fn list(&self) -> Result<Vec<Entry>, E2bError> {
        const WHAT: &str = "list the documents in the sandbox";
        #[derive(Deserialize)]
        struct Listed {
            #[serde(default)]
            entries: Vec<Entry>,
        }
        let message = json!({ "path": self.documents_path(), "depth": DEPTH });
        let request = self.envd.call("/filesystem.Filesystem/ListDir", &message);
        let answer = send(request, WHAT, LISTED, Tries::Some).await?;
        if answer.status.is_success() {
            return Ok(answer.json::<Listed>(WHAT)?.entries);
        }
        if answer.code().as_deref() == Some("not_found") {
            return Ok(Vec::new());
        }
        Err(Envd::refused(WHAT, &answer))
    }

    async fn make_folder(&self) -> Result<(), E2bError> {
        const WHAT: &str = "make a folder in the sandbox";
        let message = json!({ "path": self.documents_path() });
        let request = self.envd.call("/filesystem.Filesystem/MakeDir", &message);
        let answer = send(request, WHAT, SHORT, Tries::Some).await?;
        if answer.status.is_success() || answer.code().as_deref() == Some("already_exists") {
            return Ok(());
        }
        Err(Envd::refused(WHAT, &answer))
    }
}

async fn make(e2b: &E2b, labels: &[(&'static str, String)]) -> Result<(Alive, Envd), E2bError> {
    const WHAT: &str = "make a sandbox";
    let http = http::client()?;
    let api = Api::new(http.clone(), e2b)?;
    let metadata: HashMap<&str, &str> = labels.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let message = json!({
        "templateID": e2b.template,
        "timeout": LEASE.as_secs(),
        "autoPause": false,
        "secure": true,
        "metadata": metadata,
    });
    let e2b = e2b.clone();
    // Not to be stopped halfway: of a sandbox whose id nobody heard, nobody could say that it is to go.
    let making = tokio::spawn(async move {
        let request = api.request(Method::POST, "/sandboxes");
        let request = json_body(request, &message);
        let answer = send(request, WHAT, SHORT, Tries::Once).await?;
        if !answer.status.is_success() {
            let said = answer.said();
            let is_about_it = said.to_lowercase().contains("template");
            return Err(match answer.status.as_u16() {
                404 => E2bError::Template {
                    template: e2b.template,
                    said,
                },
                400 | 403 if is_about_it => E2bError::Template {
                    template: e2b.template,
                    said,
                },
                _ => Api::refused(WHAT, &answer),
            });
        }
        let made: Made = answer.json(WHAT)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if made.id.is_empty() || !made.id.chars().all(is_plain) {
            return Err(E2bError::Odd {
                what: WHAT,
                why: "the id of the sandbox is no plain word".to_owned(),
            });
        }
        let alive = Alive::new(api, made.id.clone(), e2b.refresh);
        let domain = made.domain.filter(|domain| !domain.is_empty());
        let envd = Envd::new(
            http,
            &e2b,
            &made.id,
            domain.as_deref(),
            made.envd_access_token,
        )?;
        Ok((alive, envd))
    });
    making.await.unwrap_or_else(|error| {
        Err(E2bError::Odd {
            what: WHAT,
            why: error.to_string(),
        })
    })
}

fn json_body(request: reqwest::RequestBuilder, message: &Value) -> reqwest::RequestBuilder {
    request
        .header("Content-Type", "application/json")
        .body(message.to_string())
}

/// A sandbox that is there: kept so, and killed when nobody has it any more.
struct Alive {
    api: Api,
    id: String,
    is_killed: bool,
    keeper: AbortOnDropHandle<()>,
}

impl Alive {
    fn new(api: Api, id: String, every: Duration) -> Self {
        let keeper = tokio::spawn(keep(api.clone(), id.clone(), every));
        Self {
            api,
            id,
            is_killed: false,
            keeper: AbortOnDropHandle::new(keeper),
        }
    }

    async fn kill(mut self) {
        self.keeper.abort();
        kill(&self.api, &self.id).await;
        self.is_killed = true;
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if self.is_killed {
            return;
        }
        // Without a runtime the process is at its end; the lease is short.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (api, id) = (self.api.clone(), std::mem::take(&mut self.id));
            runtime.spawn(async move { kill(&api, &id).await });
        }
    }
}

/// Has it go on for one more lease, over and over.
async fn keep(api: Api, id: String, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let request = api.request(Method::POST, &format!("/sandboxes/{id}/timeout"));
        let request = json_body(request, &json!({ "timeout": LEASE.as_secs() }));
        // Where it is gone, whoever waits for what runs there hears it.
        match send(request, "keep the sandbox", SHORT, Tries::Some).await {
            Ok(answer) if answer.status.is_success() => {}
            Ok(answer) => {
                tracing::warn!(status = %answer.status, said = answer.said(), "E2B does not prolong a sandbox");
            }
            Err(error) => tracing::warn!(%error, "a sandbox of E2B could not be prolonged"),
        }
    }
}

async fn kill(api: &Api, id: &str) {
    let request = api.request(Method::DELETE, &format!("/sandboxes/{id}"));
    let why = match send(request, "kill the sandbox", SHORT, Tries::Some).await {
        Ok(answer) if answer.status.is_success() || answer.status == StatusCode::NOT_FOUND => {
            return;
        }
        Ok(answer) => Api::refused("kill the sandbox", &answer),
        Err(error) => error,
    };
    let seconds = LEASE.as_secs();
    tracing::warn!(sandbox = id, error = %why, "a sandbox of E2B could not be killed; it ends by itself within {seconds} s");
}
