//! Runs one git command: clean environment, deadline, limit of output, errors told apart.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt as _};
use tokio::process::{ChildStdin, Command};

use super::error::{Complaint, GitError, complaint, shown, without_credentials};
use super::remote::RemoteUrl;
use crate::base::ProcessGroup;

/// Long enough to fetch a large repository.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(10);

/// A change set of half a million paths fits.
const DEFAULT_MAX_OUTPUT: usize = 64 << 20;

/// What is kept of git's messages.
const MAX_STDERR: usize = 64 << 10;

/// The part of the environment that git needs to be the operator's git. Everything else stays behind: `GIT_DIR` of an
/// enclosing hook, tokens meant for others.
const KEPT: [&str; 30] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SystemRoot",
];

/// Before every command: nothing in a repository may run a program, and nothing is tidied up behind our back. Files beyond 16 MiB
/// are compared as binary ones: their lines would take a gigabyte of memory, and are more than anybody reads.
const SETTINGS: [&str; 11] = [
    "core.quotePath=false",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.bigFileThreshold=16m",
    "core.pager=cat",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
];

/// The `git` on PATH. By its whole name it is started without a copy of this process, which has an environment of its own for
/// it; where none is found, the attempt to run it says so.
fn program() -> OsString {
    let name = format!("git{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|file| is_program(file))
        .map_or_else(|| name.clone().into(), PathBuf::into_os_string)
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// How git is run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Git {
    program: OsString,
    file_remotes: bool,
    timeout: Duration,
    max_output: usize,
    credential: Option<Arc<Credential>>,
    global_config: Option<PathBuf>,
}

/// A user name and secret for the host of one address. It travels in the environment, never in an argument.
#[derive(Clone)]
pub struct Credential {
    url: RemoteUrl,
    header: String,
    /// The secret, and what is sent of it: neither is told again, whoever said it.
    untold: [String; 2],
}

impl Credential {
    pub fn new(url: RemoteUrl, user: &str, secret: &str) -> Self {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
        Self {
            url,
            header: format!("Authorization: Basic {pair}"),
            untold: [secret.to_owned(), pair],
        }
    }

    /// A text without the secret: a host may say what it was sent.
    fn blot_out(&self, text: String) -> String {
        let told = self.untold.iter().filter(|secret| !secret.is_empty());
        told.fold(text, |text, secret| text.replace(secret.as_str(), "***"))
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Git {
    /// The `git` on PATH. Local paths are remotes only where `file_remotes` says so.
    pub fn new(file_remotes: bool) -> Self {
        Self {
            program: program(),
            file_remotes,
            timeout: DEFAULT_TIMEOUT,
            max_output: DEFAULT_MAX_OUTPUT,
            credential: None,
            global_config: None,
        }
    }

    /// As [`Self::new`], with `JOLLI_ALLOW_FILE_REMOTES=1` deciding about local paths (sources.md §11).
    pub fn from_env() -> Self {
        Self::new(std::env::var_os("JOLLI_ALLOW_FILE_REMOTES").is_some_and(|v| v == "1"))
    }

    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub fn max_output(mut self, bytes: usize) -> Self {
        self.max_output = bytes;
        self
    }

    pub fn credential(mut self, credential: Option<Credential>) -> Self {
        self.credential = credential.map(Arc::new);
        self
    }

    /// Reads this file instead of the operator's own and the machine's settings: a world of its own, such as the demo's.
    pub fn global_config(mut self, file: impl Into<PathBuf>) -> Self {
        self.global_config = Some(file.into());
        self
    }

    pub(super) fn allows_file_remotes(&self) -> bool {
        self.file_remotes
    }

    /// Runs a command that has to succeed.
    pub(super) async fn run(&self, call: Call<'_>) -> Result<Vec<u8>, GitError> {
        self.run_heard(call).await.map(|(stdout, _)| stdout)
    }

    /// As [`Self::run`], with what git said beside its output.
    pub(super) async fn run_heard(&self, call: Call<'_>) -> Result<(Vec<u8>, String), GitError> {
        match self.run_once(call.clone()).await {
            Err(GitError::Redirected { url, .. }) => self.follow(call, url).await,
            answer => answer,
        }
    }

    async fn run_once(&self, call: Call<'_>) -> Result<(Vec<u8>, String), GitError> {
        let what = call.what();
        let about = call.about.clone();
        let output = self.output(call).await?;
        if output.status.success() {
            return Ok((output.stdout, output.stderr));
        }
        Err(about.error(what, &output.stderr))
    }

    /// Git follows no redirect with a credential, for it would take it along to wherever that leads. A repository that was
    /// renamed is gone after within its host, once, and nowhere else.
    async fn follow(&self, call: Call<'_>, url: String) -> Result<(Vec<u8>, String), GitError> {
        let About::Remote(from) = &call.about else {
            return Err(GitError::Redirected { url, to: None });
        };
        let ask = ["ls-remote", "--", from.as_git_arg(), "HEAD"];
        let mut asked = Call::new(call.about.clone(), ask);
        asked.headers = true;
        let said = self.output(asked).await?.stderr;
        let to = redirection(&said).map(|to| {
            if to.starts_with('/') {
                from.origin().unwrap_or_default() + &to
            } else {
                to
            }
        });
        let own = to
            .as_deref()
            .and_then(|to| RemoteUrl::parse(to, self).ok())
            .filter(|to| to.origin().is_some() && to.origin() == from.origin());
        let Some(own) = own else {
            let to = to.map(|to| without_credentials(&to));
            return Err(GitError::Redirected { url, to });
        };
        let (stdout, said) = self.run_once(call.of(&own)).await?;
        Ok((stdout, format!("warning: redirecting to {own}\n{said}")))
    }

    /// Runs a command whose exit code 1 is an answer: `Some` of its output on 0, `None` on 1.
    pub(super) async fn ask(&self, call: Call<'_>) -> Result<Option<Vec<u8>>, GitError> {
        let what = call.what();
        let about = call.about.clone();
        let output = self.output(call).await?;
        match output.status.code() {
            Some(0) => Ok(Some(output.stdout)),
            Some(1) => Ok(None),
            _ => Err(about.error(what, &output.stderr)),
        }
    }

    async fn output(&self, call: Call<'_>) -> Result<Output, GitError> {
        let mut command = self.command(&call);
        let mut child = command.spawn().map_err(|source| match call.dir {
            Some(dir) if !dir.is_dir() => GitError::NotARepository {
                path: dir.to_owned(),
            },
            _ => GitError::NotInstalled(source),
        })?;
        let mut group = ProcessGroup::of(child.id());
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let stdin = child.stdin.take();
        let limit = self.max_output;
        let finish = async {
            let all = tokio::try_join!(
                read(stdout, limit, true),
                read(stderr, MAX_STDERR, false),
                write(stdin, call.input.as_deref())
            );
            let (stdout, stderr, ()) = all?;
            let status = child.wait().await.map_err(Stopped::Io)?;
            let said = String::from_utf8_lossy(&stderr).into_owned();
            Ok(Output {
                status,
                stdout,
                stderr: match &self.credential {
                    Some(credential) => credential.blot_out(said),
                    None => said,
                },
            })
        };
        let stopped = match tokio::time::timeout(self.timeout, finish).await {
            Ok(Ok(output)) => {
                group.ended();
                return Ok(output);
            }
            Ok(Err(stopped)) => stopped,
            Err(_) => Stopped::Timeout,
        };
        let what = call.what();
        Err(match stopped {
            Stopped::Timeout => GitError::Timeout {
                what,
                seconds: self.timeout.as_secs(),
            },
            Stopped::TooLarge => GitError::OutputTooLarge { what, limit },
            Stopped::Io(source) => GitError::NotInstalled(source),
        })
    }

    fn command(&self, call: &Call<'_>) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(environment());
        // Fixed words in messages, no question that nobody answers.
        command
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GCM_INTERACTIVE", "never")
            .env("SSH_ASKPASS_REQUIRE", "never");
        if let Some(file) = &self.global_config {
            command
                .env("GIT_CONFIG_GLOBAL", file)
                .env("GIT_CONFIG_NOSYSTEM", "1");
        }
        if let Some(dir) = call.dir {
            command.current_dir(dir);
        }
        command.arg("--no-pager");
        for setting in SETTINGS.iter().chain(call.settings) {
            command.args(["-c", *setting]);
        }
        let file = if self.file_remotes { "always" } else { "never" };
        command.args(["-c", &format!("protocol.file.allow={file}")]);
        if call.dir.is_some() && call.bare {
            command.arg("--git-dir=.");
        }
        let credential = self.credential.as_deref();
        if let (Some(credential), About::Remote(url)) = (credential, &call.about)
            && credential.url.origin().is_some()
            && credential.url.origin() == url.origin()
        {
            add_header(&mut command, credential, url);
        }
        if call.headers {
            command
                .env("GIT_TRACE_CURL", "1")
                .env("GIT_TRACE_CURL_NO_DATA", "1");
        }
        command.args(&call.args);
        command
            .stdin(if call.input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own: a deadline stops git's helpers too, and none of them reads our terminal.
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// Settings by environment, after those the operator passes the same way. Whatever the operator's files say of redirects of
/// this host or address: none is followed with the credential.
fn add_header(command: &mut Command, credential: &Credential, url: &RemoteUrl) {
    let origin = credential.url.origin().unwrap_or_default();
    let mut count = operator_settings();
    let mut set = |key: String, value: &str| {
        command
            .env(format!("GIT_CONFIG_KEY_{count}"), key)
            .env(format!("GIT_CONFIG_VALUE_{count}"), value);
        count += 1;
    };
    set(format!("http.{origin}/.extraHeader"), &credential.header);
    set("http.followRedirects".to_owned(), "false");
    set(format!("http.{origin}/.followRedirects"), "false");
    set(
        format!("http.{}.followRedirects", url.as_git_arg()),
        "false",
    );
    command.env("GIT_CONFIG_COUNT", count.to_string());
}

/// Where a host sends us, as git's trace tells its headers: `… <= Recv header: Location: https://host/new.git/info/refs?…`.
fn redirection(trace: &str) -> Option<String> {
    let location = trace.lines().find_map(|line| {
        let (_, header) = line.split_once("<= Recv header: ")?;
        let (name, value) = header.split_once(':')?;
        name.eq_ignore_ascii_case("location").then(|| value.trim())
    })?;
    let address = location.split_once("/info/refs").map(|(repo, _)| repo)?;
    Some(address.to_owned())
}

fn operator_settings() -> usize {
    let count = std::env::var("GIT_CONFIG_COUNT").ok();
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    let settings = operator_settings();
    std::env::vars_os().filter(move |(name, _)| {
        let Some(name) = name.to_str() else {
            return false;
        };
        let numbered = |prefix: &str| {
            let number = name
                .strip_prefix(prefix)
                .and_then(|n| n.parse::<usize>().ok());
            number.is_some_and(|n| n < settings)
        };
        KEPT.contains(&name)
            || name == "GIT_CONFIG_COUNT"
            || numbered("GIT_CONFIG_KEY_")
            || numbered("GIT_CONFIG_VALUE_")
    })
}

enum Stopped {
    Timeout,
    TooLarge,
    Io(std::io::Error),
}

struct Output {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: String,
}

/// Reads to the end. Beyond the limit a strict reader stops, a lenient one drops the rest.
async fn read(
    mut from: impl AsyncRead + Unpin,
    limit: usize,
    strict: bool,
) -> Result<Vec<u8>, Stopped> {
    let mut kept = Vec::new();
    let mut chunk = vec![0; 32 << 10];
    loop {
        let count = from.read(&mut chunk).await.map_err(Stopped::Io)?;
        if count == 0 {
            return Ok(kept);
        }
        let room = limit - kept.len();
        if count > room && strict {
            return Err(Stopped::TooLarge);
        }
        kept.extend_from_slice(&chunk[..count.min(room)]);
    }
}

/// Writes what a command reads, and ends it. One that ends before it has read all says why itself.
async fn write(to: Option<ChildStdin>, input: Option<&[u8]>) -> Result<(), Stopped> {
    let (Some(mut to), Some(input)) = (to, input) else {
        return Ok(());
    };
    match to.write_all(input).await {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Stopped::Io(error)),
        _ => Ok(()),
    }
}

/// One command to run.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    args: Vec<OsString>,
    dir: Option<&'a Path>,
    bare: bool,
    settings: &'static [&'static str],
    about: About,
    /// What it reads; nothing without it.
    input: Option<Vec<u8>>,
    /// Says which headers the remote answers with.
    headers: bool,
}

/// What a failure is about.
#[derive(Clone, Debug)]
pub(super) enum About {
    Remote(RemoteUrl),
    Repository(PathBuf),
    /// A repository, and the name that is being looked up in it.
    Revision(PathBuf, String),
}

impl<'a> Call<'a> {
    pub(super) fn new<I: IntoIterator<Item = S>, S: Into<OsString>>(about: About, args: I) -> Self {
        Self {
            args: args.into_iter().map(Into::into).collect(),
            dir: None,
            bare: false,
            settings: &[],
            about,
            input: None,
            headers: false,
        }
    }

    /// The same of another remote.
    fn of(mut self, remote: &RemoteUrl) -> Self {
        if let About::Remote(was) = &self.about {
            let was = OsString::from(was.as_git_arg());
            for arg in self.args.iter_mut().filter(|arg| **arg == was) {
                *arg = remote.as_git_arg().into();
            }
            self.about = About::Remote(remote.clone());
        }
        self
    }

    pub(super) fn dir(mut self, dir: &'a Path) -> Self {
        self.dir = Some(dir);
        self
    }

    /// The directory is a bare repository itself; none above it is looked for.
    pub(super) fn bare(mut self, bare: bool) -> Self {
        self.bare = bare;
        self
    }

    /// Settings of this command, beside those of every one.
    pub(super) fn settings(mut self, settings: &'static [&'static str]) -> Self {
        self.settings = settings;
        self
    }

    pub(super) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub(super) fn input(mut self, input: Vec<u8>) -> Self {
        self.input = Some(input);
        self
    }

    fn what(&self) -> String {
        self.args
            .first()
            .map_or_else(String::new, |arg| arg.to_string_lossy().into_owned())
    }
}

impl About {
    fn error(self, what: String, stderr: &str) -> GitError {
        let detail = shown(stderr);
        match (complaint(stderr), self) {
            (Complaint::FileTransport, Self::Remote(url)) => GitError::FileRemote {
                url: url.to_string(),
            },
            (Complaint::Auth, Self::Remote(url)) => GitError::Auth {
                url: url.to_string(),
                detail,
            },
            (Complaint::NotFound, Self::Remote(url)) => GitError::NotFound {
                url: url.to_string(),
            },
            (Complaint::Redirected, Self::Remote(url)) => GitError::Redirected {
                url: url.to_string(),
                to: None,
            },
            (Complaint::Throttled, Self::Remote(url)) => GitError::Throttled {
                url: url.to_string(),
                detail,
            },
            (Complaint::Network, Self::Remote(url)) => GitError::Network {
                url: url.to_string(),
                detail,
            },
            (Complaint::NotARepository, Self::Repository(path) | Self::Revision(path, _)) => {
                GitError::NotARepository { path }
            }
            (Complaint::UnknownRevision, Self::Revision(repository, name)) => {
                GitError::UnknownRevision { name, repository }
            }
            _ => GitError::Failed { what, detail },
        }
    }
}
