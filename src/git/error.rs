//! What can go wrong with git, told apart by what to do about it.

use std::path::PathBuf;

use super::sha::Sha;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git cannot be run: {0}")]
    NotInstalled(#[source] std::io::Error),
    #[error("{url} is not an address that can be fetched from")]
    InvalidUrl { url: String },
    #[error("{url} is a local path, which is refused as a remote")]
    FileRemote { url: String },
    #[error("{url} refused access: {detail}")]
    Auth { url: String, detail: String },
    #[error("there is no repository at {url}, or it is hidden from these credentials")]
    NotFound { url: String },
    #[error("{url} cannot be reached: {detail}")]
    Network { url: String, detail: String },
    #[error("{url} redirects{}, and a credential goes to no other address than the one that it was given for", to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default())]
    Redirected { url: String, to: Option<String> },
    #[error("{url} answers that it was asked too often: {detail}")]
    Throttled { url: String, detail: String },
    #[error("commit {sha} cannot be had from {url}: it is on no branch there")]
    UnreachableCommit { sha: Sha, url: String },
    #[error("{name} names no commit of {repository}")]
    UnknownRevision { name: String, repository: PathBuf },
    #[error("{one} and {other} have no common ancestor in {repository}")]
    NoCommonAncestor {
        one: String,
        other: String,
        repository: PathBuf,
    },
    #[error("{path} is not a git repository")]
    NotARepository { path: PathBuf },
    #[error("git {what} took longer than {seconds} s and was stopped")]
    Timeout { what: String, seconds: u64 },
    #[error("git {what} printed more than {limit} bytes and was stopped")]
    OutputTooLarge { what: String, limit: usize },
    #[error("git {what} printed something unexpected: {detail}")]
    Unexpected { what: String, detail: String },
    #[error("git {what} failed: {detail}")]
    Failed { what: String, detail: String },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl GitError {
    /// A stable word for logs, the API and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotInstalled(_) => "git-not-installed",
            Self::InvalidUrl { .. } => "git-invalid-url",
            Self::FileRemote { .. } => "git-file-remote",
            Self::Auth { .. } => "git-auth",
            Self::NotFound { .. } => "git-not-found",
            Self::Network { .. } => "git-network",
            Self::Redirected { .. } => "git-redirected",
            Self::Throttled { .. } => "git-throttled",
            Self::UnreachableCommit { .. } => "git-unreachable-commit",
            Self::UnknownRevision { .. } => "git-unknown-revision",
            Self::NoCommonAncestor { .. } => "git-no-common-ancestor",
            Self::NotARepository { .. } => "git-not-a-repository",
            Self::Timeout { .. } => "git-timeout",
            Self::OutputTooLarge { .. } => "git-output-too-large",
            Self::Unexpected { .. } => "git-unexpected",
            Self::Failed { .. } => "git-failed",
            Self::Io { .. } => "git-io",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotInstalled(_) => "install git 2.30 or later and make sure it is on PATH",
            Self::InvalidUrl { .. } => "use an https:// or ssh address",
            Self::FileRemote { .. } => {
                "set JOLLI_ALLOW_FILE_REMOTES=1 where local repositories are meant, as in demos and tests"
            }
            Self::Auth { .. } => {
                "check the credentials of the integration, and that they may read this repository"
            }
            Self::NotFound { .. } => {
                "check the repository's name, and that the integration has access to it"
            }
            Self::Network { .. } => "check the network, proxy and host; the run is tried again",
            Self::Redirected { .. } => {
                "give the source the new address, if it is the right one, and its integration too"
            }
            Self::Throttled { .. } => {
                "wait: it is tried again; credentials of one's own have a larger share"
            }
            Self::UnreachableCommit { .. } => {
                "the branch was probably force-pushed; re-baseline the source, or wait for its next push"
            }
            Self::UnknownRevision { .. } => {
                "fetch first, or name a commit, tag or branch that exists"
            }
            Self::NoCommonAncestor { .. } => {
                "fetch more history (a shallow clone ends too early), or give another base"
            }
            Self::NotARepository { .. } => "run inside a git repository, or mount one",
            Self::Timeout { .. } => {
                "check the network; a very large repository needs a longer deadline"
            }
            Self::OutputTooLarge { .. } => {
                "choose a nearer base, so that the change set is smaller; of a source by `jolli cursor rebaseline`"
            }
            Self::Unexpected { .. } => "check the version of git; 2.30 or later is needed",
            Self::Failed { .. } => "read git's message above",
            Self::Io { .. } => "check the disk and the permissions of that folder",
        }
    }

    /// Whether trying again later may succeed by itself.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Network { .. } | Self::Throttled { .. } | Self::Timeout { .. } | Self::Io { .. }
        )
    }

    /// Whether nothing helps until somebody changes the integration.
    pub fn needs_access(&self) -> bool {
        matches!(
            self,
            Self::Auth { .. } | Self::NotFound { .. } | Self::Redirected { .. }
        )
    }
}

/// What git said, by its own words (messages are asked for in English).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    FileTransport,
    Auth,
    NotFound,
    Unreachable,
    Throttled,
    Redirected,
    Network,
    UnknownRevision,
    NotARepository,
    Other,
}

const COMPLAINTS: [(Complaint, &[&str]); 9] = [
    (Complaint::FileTransport, &["transport 'file' not allowed"]),
    (
        Complaint::Unreachable,
        &[
            "not our ref",
            "unadvertised object",
            "couldn't find remote ref",
        ],
    ),
    (
        // Some hosts say it with 403, so it comes before what refuses access.
        Complaint::Throttled,
        &[
            "returned error: 429",
            "Too Many Requests",
            "rate limit",
            "Rate limit",
        ],
    ),
    (
        Complaint::Redirected,
        &[
            "returned error: 301",
            "returned error: 302",
            "returned error: 303",
            "returned error: 307",
            "returned error: 308",
        ],
    ),
    (
        Complaint::Auth,
        &[
            "terminal prompts disabled",
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "Permission denied",
            "Host key verification failed",
            "returned error: 401",
            "returned error: 403",
            "Access denied",
        ],
    ),
    (
        Complaint::NotFound,
        &[
            "Repository not found",
            "does not appear to be a git repository",
            "returned error: 404",
            "returned error: 410",
            "' not found",
            "project you were looking for could not be found",
        ],
    ),
    (
        Complaint::Network,
        &[
            "unable to access",
            "Could not resolve",
            "Connection refused",
            "Connection timed out",
            "Connection reset",
            "early EOF",
            "RPC failed",
            "hung up unexpectedly",
            "Could not read from remote repository",
        ],
    ),
    (
        Complaint::NotARepository,
        &["not a git repository", "must be run in a work tree"],
    ),
    (
        Complaint::UnknownRevision,
        &[
            "unknown revision",
            "bad object",
            "bad revision",
            "Not a valid object name",
            "Not a valid commit name",
            "Needed a single revision",
            "ambiguous argument",
            "no upstream configured",
            "unable to read tree",
        ],
    ),
];

pub(super) fn complaint(stderr: &str) -> Complaint {
    COMPLAINTS
        .iter()
        .find(|(_, words)| words.iter().any(|words| stderr.contains(words)))
        .map_or(Complaint::Other, |(complaint, _)| *complaint)
}

/// The lines of git's message worth showing: what is fatal, else the last; without credentials.
pub(super) fn shown(stderr: &str) -> String {
    let lines: Vec<&str> = stderr
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let telling = |line: &&&str| {
        ["fatal:", "error:", "ERROR:", "remote: "]
            .iter()
            .any(|p| line.starts_with(p))
    };
    let mut chosen: Vec<&str> = lines.iter().filter(telling).take(3).copied().collect();
    if chosen.is_empty() {
        chosen.extend(lines.last());
    }
    let text: String = chosen.join("; ").chars().take(400).collect();
    without_credentials(&text)
}

/// Takes `user:password@` out of every address in a text.
pub(super) fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"')
            .unwrap_or(after.len());
        let host = after[..end].rfind('@').map_or(0, |at| at + 1);
        rest = &after[host..];
    }
    clean + rest
}
