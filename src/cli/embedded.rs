//! The embedded server of this machine: found while it runs, started when it does not (engine.md: embedded).

use std::io::BufRead as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::client::{AccessToken, Client, ClientError};
use crate::local::{Home, HomeError, write_private};

/// What the embedded server tells the consoles of its user: `run/server.json`, readable by that user alone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// New at every start.
    pub boot_id: String,
    /// Where it listens.
    pub address: String,
    /// A token of this start; gone with the process.
    pub token: String,
}

/// There is no embedded server to speak to.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The file cannot be written or read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be spoken to.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It does not start.
    #[error("The embedded server did not start: {0}")]
    Start(String),
    /// It does not start because another server has the data of this machine, and that one answers.
    #[error("The embedded server did not start: JOLLI_HOME is in use by process {} (jolli serve) at {}", .0.pid, .0.address)]
    InUse(Served),
}

/// What `jolli serve` on the data of this machine tells whoever would start a second one: `run/served.json`. No token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    /// Its process.
    pub pid: u32,
    /// Where it listens.
    pub address: String,
}

impl Served {
    fn path(home: &Home) -> Result<PathBuf, HomeError> {
        Ok(home.run()?.join("served.json"))
    }

    /// Says it.
    pub fn announce(&self, home: &Home) -> Result<(), EmbeddedError> {
        let path = Self::path(home)?;
        let text = serde_json::to_vec_pretty(self).expect("plain data");
        write_private(&path, &text).map_err(|source| EmbeddedError::File { path, source })
    }

    /// Takes it back, if it is still this process's.
    pub fn retire(&self, home: &Home) -> Result<(), EmbeddedError> {
        let path = Self::path(home)?;
        if Self::read(home)?.as_ref() == Some(self) {
            std::fs::remove_file(&path).map_err(|source| EmbeddedError::File { path, source })?;
        }
        Ok(())
    }

    fn read(home: &Home) -> Result<Option<Self>, EmbeddedError> {
        let path = Self::path(home)?;
        match std::fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(EmbeddedError::File { path, source }),
        }
    }

    /// The one that answers there now: a process that was killed took nothing back.
    async fn find(home: &Home) -> Result<Option<Self>, EmbeddedError> {
        let Some(served) = Self::read(home)? else {
            return Ok(None);
        };
        // Without a token a server says no; that is an answer.
        let answers = match Client::remote(&served.address, None)?.me().await {
            Ok(_) => true,
            Err(ClientError::Problem(problem)) => problem.status == 401,
            Err(_) => false,
        };
        Ok(answers.then_some(served))
    }
}

fn path(home: &Home) -> Result<PathBuf, HomeError> {
    Ok(home.run()?.join("server.json"))
}

/// Says that this process is the embedded server.
pub fn announce(home: &Home, running: &Running) -> Result<(), EmbeddedError> {
    let path = path(home)?;
    let text = serde_json::to_vec_pretty(running).expect("plain data");
    write_private(&path, &text).map_err(|source| EmbeddedError::File { path, source })
}

/// Takes the announcement back, if it is still this process's.
pub fn retire(home: &Home, boot_id: &str) -> Result<(), EmbeddedError> {
    let path = path(home)?;
    if read(home)?.is_some_and(|running| running.boot_id == boot_id) {
        std::fs::remove_file(&path).map_err(|source| EmbeddedError::File { path, source })?;
    }
    Ok(())
}

fn read(home: &Home) -> Result<Option<Running>, EmbeddedError> {
    let path = path(home)?;
    match std::fs::read(&path) {
        // What cannot be read was left behind by another version: as good as none.
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EmbeddedError::File { path, source }),
    }
}

/// The embedded server that runs, if one answers.
pub async fn find(home: &Home) -> Result<Option<(Client, Running)>, EmbeddedError> {
    let Some(running) = read(home)? else {
        return Ok(None);
    };
    let client = Client::remote(&running.address, Some(AccessToken::new(&running.token)))?;
    match client.me().await {
        Ok(_) => Ok(Some((client, running))),
        // Whatever answers there now is not the server that wrote the file.
        Err(_) => Ok(None),
    }
}

/// Starts that may be lost to another console that starts one at the same time.
const TRIES: usize = 3;

/// A client of the embedded server; starts it when none answers.
pub async fn connect(home: &Home) -> Result<(Client, Running), EmbeddedError> {
    let mut last = String::new();
    for _ in 0..TRIES {
        if let Some(found) = find(home).await? {
            return Ok(found);
        }
        let home = home.clone();
        last = tokio::task::spawn_blocking(move || start(&home))
            .await
            .map_err(|e| EmbeddedError::Start(e.to_string()))??;
    }
    match find(home).await? {
        Some(found) => Ok(found),
        None => match Served::find(home).await? {
            Some(served) => Err(EmbeddedError::InUse(served)),
            None => Err(EmbeddedError::Start(last)),
        },
    }
}

/// Starts a server that outlives this process; waits until it listens, or says why it ended.
fn start(home: &Home) -> Result<String, EmbeddedError> {
    let failed = |error: std::io::Error| EmbeddedError::Start(error.to_string());
    let log_path = home.state()?.join("server.log");
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log_path)
        .map_err(|source| EmbeddedError::File {
            path: log_path.clone(),
            source,
        })?;
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command
        .args(["serve", "--embedded", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(failed)?;
    let mut first = String::new();
    if let Some(stdout) = child.stdout.take() {
        std::io::BufReader::new(stdout)
            .read_line(&mut first)
            .map_err(failed)?;
    }
    if first.starts_with("listening on ") {
        return Ok(first);
    }
    let status = child.wait().map_err(failed)?;
    let said = std::fs::read_to_string(&log_path).unwrap_or_default();
    let line = said.lines().next_back().unwrap_or("it said nothing");
    Ok(format!("it ended with {status}: {line}"))
}
