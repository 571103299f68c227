//! Where agents run: on this machine in a folder of their own, or in a sandbox of E2B. Either is a place that holds the documents
//! and the report, starts a process, and says what became of the documents.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::process::Child;

use super::brief::without_work_trees;
use super::e2b::{Cloud, E2b, Exit, Remote};
use super::jail::Jail;
use super::launch::Launch;
use super::scratch::Scratch;
use super::{AgentError, Draft, E2bError, Turn};
use crate::base::ProcessGroup;
use crate::domain::kind::Sandbox;

/// Where an agent can run, and where it does; by default on this machine, with the variables of whoever starts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sandboxes {
    /// How it is started here; and which variables go along wherever it is started.
    pub(super) launch: Launch,
    /// How it gets a sandbox of E2B; none: there is no key.
    e2b: Option<E2b>,
    /// It runs there, and nothing of it here.
    is_away: bool,
    /// Whose sandbox it is, for E2B's lists.
    labels: Vec<(&'static str, String)>,
}

impl Sandboxes {
    /// Gives it no variables but these and the usual ones, a home of its own that goes with the turn, and no core dumps:
    /// where nobody watches it.
    #[must_use]
    pub fn scrubbed(variables: &[String]) -> Self {
        let mut sandboxes = Self::default();
        sandboxes.launch.variables = Some(variables.to_vec());
        sandboxes
    }

    /// Keeps it from everything of this machine that it does not need.
    #[must_use]
    pub fn jailed(mut self, jail: Option<Jail>) -> Self {
        self.launch.jail = jail;
        self
    }

    /// Has it run in sandboxes of E2B: where a space says so, or everywhere else than where a space forbids it.
    #[must_use]
    pub fn in_e2b(mut self, e2b: Option<E2b>, is_usual: bool) -> Self {
        self.e2b = e2b;
        self.is_away = is_usual;
        self
    }

    /// Whether it runs on another machine, where no work tree of the code is.
    pub const fn is_away(&self) -> bool {
        self.is_away
    }

    /// The same, where a space wants it; `labels` name job and space in E2B's lists. What a worker keeps off its machine no
    /// space brings back.
    ///
    /// # Errors
    /// This worker does not have that sandbox.
    pub fn within(
        &self,
        wanted: Option<Sandbox>,
        labels: &[(&'static str, String)],
    ) -> Result<Self, E2bError> {
        let is_away = match wanted {
            None => self.is_away,
            Some(Sandbox::E2b) => true,
            Some(Sandbox::Local) if self.is_away => return Err(E2bError::Elsewhere),
            Some(Sandbox::Local) => false,
        };
        if is_away && self.e2b.is_none() {
            return Err(E2bError::NoKey);
        }
        Ok(Self {
            is_away,
            labels: labels.to_vec(),
            ..self.clone()
        })
    }

    /// The report as an agent reads it there: where no code is, it names no work tree.
    pub(super) fn shown<'r>(&self, report: &'r [u8]) -> Cow<'r, [u8]> {
        if self.is_away {
            Cow::Owned(without_work_trees(report))
        } else {
            Cow::Borrowed(report)
        }
    }

    /// A place with the documents and the report. `folder` is one that stays, where that is this machine; the folders of
    /// `readable` can be read there.
    pub(super) async fn open(
        &self,
        folder: Option<&Path>,
        readable: &[PathBuf],
        report: &[u8],
        drafts: &[Draft],
    ) -> Result<Place, AgentError> {
        if !self.is_away {
            return Ok(Place::Here {
                scratch: Scratch::open(folder, report, drafts)?,
                launch: self.launch.clone().showing(readable),
            });
        }
        let e2b = self.e2b.as_ref().ok_or(E2bError::NoKey)?;
        let variables = self.launch.carried();
        let cloud = Cloud::open(e2b, &self.labels, variables, report, drafts).await?;
        Ok(Place::E2b(cloud))
    }
}

/// A place with documents.
pub(super) enum Place {
    /// A folder of this machine.
    Here { scratch: Scratch, launch: Launch },
    /// A sandbox of E2B.
    E2b(Cloud),
}

impl Place {
    /// Whether its files are files of this machine.
    pub(super) const fn is_here(&self) -> bool {
        matches!(self, Self::Here { .. })
    }

    /// Where the agent is started, as it knows it.
    pub(super) fn documents(&self) -> PathBuf {
        match self {
            Self::Here { scratch, .. } => scratch.documents(),
            Self::E2b(cloud) => cloud.documents(),
        }
    }

    /// Where the report is, as the agent knows it.
    pub(super) fn report(&self) -> PathBuf {
        match self {
            Self::Here { scratch, .. } => scratch.report(),
            Self::E2b(cloud) => cloud.report(),
        }
    }

    /// Starts a line of the shell, with the path of the report as `$1`; its input is empty, unless one is wanted.
    pub(super) async fn start(&self, line: &str, has_input: bool) -> Result<Process, AgentError> {
        match self {
            Self::Here { scratch, launch } => {
                let mut command = launch.command(line, scratch)?;
                if has_input {
                    command.stdin(Stdio::piped());
                }
                let child = command.spawn().map_err(AgentError::Start)?;
                Ok(Process::here(child))
            }
            Self::E2b(cloud) => {
                let started = cloud.start(line, has_input).await?;
                Ok(Process {
                    stdin: started.stdin.map(|it| Box::new(it) as _),
                    stdout: Some(Box::new(started.stdout)),
                    stderr: Some(Box::new(started.stderr)),
                    running: Running::E2b(started.remote),
                })
            }
        }
    }

    /// What came of a turn: the drafts that say something else now, and what is not taken over.
    pub(super) async fn turn(
        &self,
        drafts: &[Draft],
        reasoning: String,
    ) -> Result<Turn, AgentError> {
        match self {
            Self::Here { scratch, .. } => scratch.turn(drafts, reasoning),
            Self::E2b(cloud) => cloud.turn(drafts, reasoning).await,
        }
    }

    /// Leaves nothing of it. A place that is dropped instead goes as well, a sandbox a little later.
    pub(super) async fn end(self) {
        match self {
            Self::Here { .. } => {}
            Self::E2b(cloud) => cloud.end().await,
        }
    }
}

/// A process of an agent. Dropped, it is stopped.
pub(super) struct Process {
    pub stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    pub stdout: Option<Box<dyn AsyncRead + Send + Unpin>>,
    pub stderr: Option<Box<dyn AsyncRead + Send + Unpin>>,
    running: Running,
}

enum Running {
    Here {
        /// Before the process: whatever it started is stopped with it.
        group: Option<ProcessGroup>,
        id: Option<u32>,
        child: Child,
    },
    E2b(Remote),
}

impl Process {
    fn here(mut child: Child) -> Self {
        let id = child.id();
        Self {
            stdin: child.stdin.take().map(|it| Box::new(it) as _),
            stdout: child.stdout.take().map(|it| Box::new(it) as _),
            stderr: child.stderr.take().map(|it| Box::new(it) as _),
            running: Running::Here {
                group: Some(ProcessGroup::of(id)),
                id,
                child,
            },
        }
    }

    /// Waits for its end; may be dropped and asked for again.
    pub(super) async fn wait(&mut self) -> Result<Exit, AgentError> {
        match &mut self.running {
            Running::Here { child, .. } => {
                let status = child.wait().await.map_err(AgentError::Start)?;
                Ok(Exit {
                    is_success: status.success(),
                    status: status.to_string(),
                })
            }
            Running::E2b(remote) => Ok(remote.wait().await?),
        }
    }

    /// Asks it to end.
    pub(super) async fn tell_to_end(&mut self) {
        match &self.running {
            Running::Here { id, .. } => tell_to_end(*id),
            Running::E2b(remote) => remote.tell_to_end().await,
        }
    }

    /// Stops it, with all that it started; in a sandbox of E2B that goes on until the sandbox is killed.
    pub(super) async fn stop(&mut self) {
        match &mut self.running {
            Running::Here { group, .. } => drop(group.take()),
            Running::E2b(remote) => remote.stop().await,
        }
    }
}

#[cfg(unix)]
fn tell_to_end(id: Option<u32>) {
    let group = id.and_then(|id| rustix::process::Pid::from_raw(id as i32));
    if let Some(group) = group {
        // It may have ended meanwhile.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
    }
}

#[cfg(not(unix))]
const fn tell_to_end(_: Option<u32>) {}
