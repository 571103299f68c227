//! How agents are started: through the shell, in the folder with their documents, with as much of this machine as they are to
//! have.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use super::AgentError;
use super::jail::Jail;
use super::scratch::Scratch;

/// What is kept of each output; the end is what counts.
pub(super) const KEPT: usize = 64 << 10;

/// Variables that are secrets of jolli's own, or that tie git to another repository.
pub(super) const HIDDEN: [&str; 12] = [
    "JOLLI_AUTH_TOKEN",
    "JOLLI_ADMIN_TOKEN",
    "JOLLI_SECRET_KEY",
    "JOLLI_SECRET_KEY_PREVIOUS",
    "JOLLI_DATABASE",
    "JOLLI_WEBHOOK_SECRET",
    "JOLLI_E2B_API_KEY",
    "E2B_API_KEY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
];

/// Variables that every program gets.
pub(super) const USUAL: [&str; 6] = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

/// Variables that name folders of this machine: elsewhere they lead nowhere.
const OF_THIS_MACHINE: [&str; 3] = ["PATH", "HOME", "TMPDIR"];

/// What an agent gets of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Launch {
    /// The only variables that it gets besides the usual ones; none: all but the secrets.
    pub variables: Option<Vec<String>>,
    /// What it is kept in.
    pub jail: Option<Jail>,
}

impl Launch {
    /// The same, where these folders can be read besides.
    #[must_use]
    pub(super) fn showing(mut self, folders: &[PathBuf]) -> Self {
        self.jail = self.jail.map(|jail| jail.showing(folders));
        self
    }

    /// The variables that an agent gets on another machine: those that are named, where they are text, and no others.
    pub(super) fn carried(&self) -> HashMap<String, String> {
        let named = self.variables.iter().flatten();
        named
            .filter(|name| !HIDDEN.contains(&name.as_str()))
            .filter(|name| !OF_THIS_MACHINE.contains(&name.as_str()))
            .filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)))
            .collect()
    }

    /// A line for the shell as a command, with the path of the report as `$1`. Its outputs can be read, its input is empty.
    pub(super) fn command(&self, line: &str, scratch: &Scratch) -> Result<Command, AgentError> {
        let mut command = match &self.jail {
            None => Command::new("sh"),
            Some(jail) => {
                let writable = [scratch.documents(), scratch.home()?];
                let mut command = Command::new(jail.program());
                command
                    .args(jail.arguments(scratch.root(), &writable))
                    .arg("sh");
                command
            }
        };
        let mut line = line.to_owned();
        if let Some(variables) = &self.variables {
            command.env_clear().env("HOME", scratch.home()?);
            for name in USUAL
                .iter()
                .copied()
                .chain(variables.iter().map(String::as_str))
            {
                if let Some(value) = std::env::var_os(name) {
                    command.env(name, value);
                }
            }
            line.insert_str(0, "ulimit -c 0; ");
        }
        command
            .arg("-c")
            .arg(line)
            .arg("jolli-agent")
            .arg(scratch.report())
            .current_dir(scratch.documents())
            .env("JOLLI_REPORT", scratch.report())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for name in HIDDEN {
            command.env_remove(name);
        }
        // A group of its own: the deadline stops whatever it started, too.
        #[cfg(unix)]
        command.process_group(0);
        Ok(command)
    }
}

/// The end of a text that may be long.
#[derive(Debug, Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        if self.0.len() > 2 * KEPT {
            self.0.drain(..self.0.len() - KEPT);
        }
    }

    pub(super) fn into_text(self) -> String {
        let start = self.0.len().saturating_sub(KEPT);
        String::from_utf8_lossy(&self.0[start..]).into_owned()
    }
}

/// The end of what comes, as text.
pub(super) async fn tail(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Tail::default();
    let Some(mut from) = from else {
        return String::new();
    };
    let mut chunk = vec![0; 16 << 10];
    while let Ok(count) = from.read(&mut chunk).await {
        if count == 0 {
            break;
        }
        kept.push(&chunk[..count]);
    }
    kept.into_text()
}
