//! Who works: worker processes that can be stopped, and runs that a test carries out by hand.

use std::fs::File;
use std::process::Stdio;

use jolli::api::{
    Claim, ClaimRequest, CursorAdvance, FinishRequest, JobStatus, SpaceReport, SpaceStatus,
};
use jolli::client::Client;
use jolli::demo::Place;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::support::{DEADLINE, Home, bin};

/// The end of a log, for the message of a test that failed.
pub fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// A worker's process; dropping it kills it, stopped or not.
pub struct Hand {
    child: Child,
    command: Command,
    home: Home,
}

impl Hand {
    /// Starts `jolli worker`, which finds the repositories of `place` under their real addresses.
    pub fn start(url: &str, token: &str, place: &Place, name: &str, agent: &str) -> Self {
        Self::with(url, token, place, name, ["--agent", agent])
    }

    /// The same, with an agent that is named so.
    pub fn with(url: &str, token: &str, place: &Place, name: &str, agent: [&str; 2]) -> Self {
        Self::told(url, token, place, name, agent, &[])
    }

    /// The same, with further variables.
    pub fn told(
        url: &str,
        token: &str,
        place: &Place,
        name: &str,
        agent: [&str; 2],
        variables: &[(&str, &str)],
    ) -> Self {
        let home = Home::new();
        let said = File::create(home.path().join("worker.log")).unwrap();
        let mut command = Command::new(bin());
        command
            .args(["worker", "--name", name, "--server", url])
            .args(agent)
            .env_clear()
            .envs(home.env())
            .env("JOLLI_AUTH_TOKEN", token)
            .env("JOLLI_ALLOW_FILE_REMOTES", "1")
            // Its agents wait at gates that lie outside.
            .env("JOLLI_AGENT_SANDBOX", "none")
            .env("GIT_CONFIG_GLOBAL", place.git_config())
            // What it leaves behind when it is killed goes with its home.
            .env("TMPDIR", home.path())
            .envs(variables.iter().copied())
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .kill_on_drop(true);
        Self {
            child: command.spawn().unwrap(),
            command,
            home,
        }
    }

    /// Where it keeps everything, and what it logged.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let id = self.child.id().expect("it has not ended");
        let pid = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits until it has ended, and starts it anew in its home.
    pub async fn again(&mut self) {
        let ended = tokio::time::timeout(DEADLINE, self.child.wait()).await;
        ended.expect("a worker that is killed ends").unwrap();
        self.child = self.command.spawn().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(mut self) {
        self.signal(Signal::TERM);
        let ended = tokio::time::timeout(DEADLINE, self.child.wait()).await;
        let status = ended.expect("a worker that is asked to ends").unwrap();
        assert!(status.success(), "{status}");
    }
}

/// A test that fails says what its workers logged last.
impl Drop for Hand {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = std::fs::read_to_string(self.home.path().join("worker.log"));
            let said = said.unwrap_or_else(|error| format!("cannot be read: {error}"));
            let last = last_lines(&said);
            eprintln!("worker {:?}:\n{last}", self.child.id());
        }
    }
}

/// Claims a job as a runner does, waiting for one.
pub async fn claimed(runner: &Client) -> Claim {
    let request = ClaimRequest {
        runner: "by hand".to_owned(),
        wait_seconds: 30,
        ..ClaimRequest::default()
    };
    let waiting = async {
        loop {
            if let Some(claim) = runner.claim(&request).await.unwrap() {
                return claim;
            }
        }
    };
    let claim = tokio::time::timeout(DEADLINE, waiting).await;
    claim.expect("a job that may run")
}

/// Moves the cursor to `value` from where it stood when the job was claimed.
pub fn advance(claim: &Claim, value: &str) -> CursorAdvance {
    CursorAdvance {
        value: value.to_owned(),
        expected_version: claim.cursor_version,
        epoch: claim.epoch,
        run_token: claim.run_token.clone(),
        job_id: claim.job.id,
    }
}

/// A space had nothing to change.
pub fn unchanged() -> SpaceReport {
    SpaceReport {
        status: SpaceStatus::Unchanged,
        phase: None,
        impacted_docs: Vec::new(),
        updated_docs: Vec::new(),
        error: None,
    }
}

/// Everything is done.
pub fn succeeded() -> FinishRequest {
    FinishRequest {
        status: JobStatus::Succeeded,
        error: None,
        superseded_by: None,
        retryable: true,
    }
}
