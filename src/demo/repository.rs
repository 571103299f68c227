//! The demo's repositories: bare, real, and the same to the byte whenever the story is told at the same time. Commits are
//! streamed into `git fast-import`, one process for any number of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::error::DemoError;
use super::place::Place;
use crate::base::Timestamp;
use crate::domain::coordinate::RepoCoordinate;

/// A commit to be made: what is said, and what is written.
#[derive(Clone, Debug)]
pub struct Commit {
    message: String,
    at: Timestamp,
    files: Vec<(String, String)>,
}

impl Commit {
    /// A commit made at `at`.
    pub fn new(at: Timestamp, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at,
            files: Vec::new(),
        }
    }

    /// Writes a file.
    pub fn write(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    /// What is said.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What is written.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str())
    }

    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// On which commit new ones are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onto {
    /// The branch's head.
    Head,
    /// Nothing: history is rewritten.
    Nothing,
}

/// A bare repository of the demo.
#[derive(Clone, Debug)]
pub struct Repository {
    path: PathBuf,
    away: PathBuf,
}

/// Stands for "no commit" in webhooks.
pub const ZEROS: &str = "0000000000000000000000000000000000000000";

const AUTHOR: &str = "Ana <ana@acme.example>";

impl Repository {
    /// The repository of a coordinate, made if it is not there.
    pub fn open(place: &Place, repo: &str) -> Result<Self, DemoError> {
        let coordinate = RepoCoordinate::parse(repo).map_err(DemoError::part("repository"))?;
        let name = format!("{coordinate}.git");
        let repository = Self {
            path: place.git().join(&name),
            away: place.away().join(name),
        };
        if !repository.path.exists() && !repository.away.exists() {
            repository.make().map_err(DemoError::io(&repository.path))?;
        }
        Ok(repository)
    }

    /// What `git init --bare` makes, without the process.
    fn make(&self) -> std::io::Result<()> {
        for dir in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            fs::create_dir_all(self.path.join(dir))?;
        }
        fs::write(
            self.path.join("config"),
            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[uploadpack]\n\tallowAnySHA1InWant = true\n",
        )?;
        fs::write(self.path.join("HEAD"), "ref: refs/heads/main\n")
    }

    /// The head of a branch; `None` while it has none.
    pub fn head(&self, branch: &str) -> Result<Option<String>, DemoError> {
        let file = self.path.join("refs/heads").join(branch);
        match fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DemoError::io(file)(error)),
        }
    }

    /// Puts commits on a branch and answers its new head.
    pub async fn commit(
        &self,
        branch: &str,
        onto: Onto,
        commits: &[Commit],
    ) -> Result<String, DemoError> {
        let old = self.head(branch)?;
        let stream = stream(
            branch,
            old.as_deref().filter(|_| onto == Onto::Head),
            commits,
        );
        fast_import(&self.path, stream, None).await?;
        self.head(branch)?.ok_or_else(|| DemoError::Git {
            what: "fast-import".to_owned(),
            detail: format!("made no branch {branch} in {}", self.path.display()),
        })
    }

    /// Puts commits on a branch and answers the id of each.
    pub async fn commit_each(
        &self,
        branch: &str,
        commits: &[Commit],
    ) -> Result<Vec<String>, DemoError> {
        let stream = stream(branch, self.head(branch)?.as_deref(), commits);
        let marks = self.path.join("demo-marks");
        fast_import(&self.path, stream, Some(&marks)).await?;
        let text = fs::read_to_string(&marks).map_err(DemoError::io(&marks))?;
        fs::remove_file(&marks).map_err(DemoError::io(&marks))?;
        // Lines read `:<mark> <id>`, in no promised order.
        let mut ids: Vec<(usize, String)> = text
            .lines()
            .filter_map(|line| line.strip_prefix(':')?.split_once(' '))
            .filter_map(|(mark, id)| Some((mark.parse().ok()?, id.to_owned())))
            .collect();
        ids.sort_unstable();
        Ok(ids.into_iter().map(|(_, id)| id).collect())
    }

    /// Starts a branch at another's head.
    pub fn branch(&self, name: &str, from: &str) -> Result<(), DemoError> {
        let head = self.head(from)?.ok_or_else(|| DemoError::Git {
            what: "branch".to_owned(),
            detail: format!("{} has no branch {from}", self.path.display()),
        })?;
        let file = self.path.join("refs/heads").join(name);
        file.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&file, format!("{head}\n")))
            .map_err(DemoError::io(file))
    }

    /// Takes the repository away: whoever wants to clone it finds nothing.
    pub fn take_away(&self) -> Result<(), DemoError> {
        rename(&self.path, &self.away)
    }

    /// Puts it back.
    pub fn put_back(&self) -> Result<(), DemoError> {
        rename(&self.away, &self.path)
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), DemoError> {
    to.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::rename(from, to))
        .map_err(DemoError::io(from))
}

/// The commits in the form that fast-import reads.
fn stream(branch: &str, parent: Option<&str>, commits: &[Commit]) -> String {
    let mut out = String::new();
    for (n, commit) in commits.iter().enumerate() {
        let seconds = commit.at.as_millis().div_euclid(1000);
        let message = &commit.message;
        // A fresh branch name starts without a parent; a known one would continue, which `reset` prevents.
        if n == 0 && parent.is_none() {
            let _ = writeln!(out, "reset refs/heads/{branch}");
        }
        let _ = write!(
            out,
            "commit refs/heads/{branch}\nmark :{}\nauthor {AUTHOR} {seconds} +0000\ncommitter {AUTHOR} {seconds} +0000\ndata {}\n{message}\n",
            n + 1,
            message.len()
        );
        if n == 0
            && let Some(parent) = parent
        {
            let _ = writeln!(out, "from {parent}");
        }
        for (path, text) in &commit.files {
            let _ = write!(out, "M 100644 inline {path}\ndata {}\n{text}\n", text.len());
        }
        out.push('\n');
    }
    out.push_str("done\n");
    out
}

async fn fast_import(
    repository: &Path,
    stream: String,
    marks: Option<&Path>,
) -> Result<(), DemoError> {
    let failed = |detail: String| DemoError::Git {
        what: "fast-import".to_owned(),
        detail,
    };
    let mut command = Command::new("git");
    command.args(["fast-import", "--quiet", "--done", "--force"]);
    if let Some(marks) = marks {
        let mut option = std::ffi::OsString::from("--export-marks=");
        option.push(marks);
        command.arg(option);
    }
    let mut child = command
        .env("GIT_DIR", repository)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let write = async move {
        stdin.write_all(stream.as_bytes()).await?;
        stdin.shutdown().await
    };
    // Both at once: a git that complains early must not find nobody reading.
    let (written, output) = tokio::join!(write, child.wait_with_output());
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    written.map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commits(at: i64) -> Vec<Commit> {
        let at = Timestamp::from_millis(at * 1000);
        vec![
            Commit::new(at, "Begin").write("README.md", "# x\n"),
            Commit::new(at.plus_seconds(60), "Go on\n\nWith a ü.").write("src/ü.rs", "fn a() {}\n"),
        ]
    }

    #[tokio::test]
    async fn the_same_commits_at_the_same_time_have_the_same_ids() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut heads = Vec::new();
        for dir in [&one, &two] {
            let place = Place::at(dir.path());
            let repository = Repository::open(&place, "github.com/acme/x").unwrap();
            assert_eq!(repository.head("main").unwrap(), None);
            let head = repository
                .commit("main", Onto::Head, &commits(1_700_000_000))
                .await
                .unwrap();
            heads.push(head);
        }
        assert_eq!(heads[0], heads[1]);
        assert_eq!(heads[0].len(), 40);
    }

    #[tokio::test]
    async fn commits_go_on_from_the_head_or_rewrite_it() {
        let dir = tempfile::tempdir().unwrap();
        let repository =
            Repository::open(&Place::at(dir.path()), "git.corp:8443/old/mono").unwrap();
        let first = repository
            .commit("main", Onto::Head, &commits(1))
            .await
            .unwrap();
        let second = repository
            .commit("main", Onto::Head, &commits(900))
            .await
            .unwrap();
        let third = repository
            .commit("main", Onto::Nothing, &commits(2000))
            .await
            .unwrap();
        let is_ancestor = |old: &str, new: &str| {
            std::process::Command::new("git")
                .arg("--git-dir")
                .arg(&repository.path)
                .args(["merge-base", "--is-ancestor", old, new])
                .status()
                .unwrap()
                .success()
        };
        assert!(is_ancestor(&first, &second));
        let each = repository
            .commit_each("main", &commits(1000))
            .await
            .unwrap();
        assert_eq!(each.len(), 2);
        assert!(is_ancestor(&third, &each[0]) && is_ancestor(&each[0], &each[1]));
        assert_eq!(repository.head("main").unwrap().as_ref(), each.last());
        assert!(!is_ancestor(&second, &third));
    }

    #[tokio::test]
    async fn what_was_taken_away_is_not_found_until_it_is_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path());
        let repository = Repository::open(&place, "github.com/acme/x").unwrap();
        let head = repository
            .commit("main", Onto::Head, &commits(1))
            .await
            .unwrap();
        repository.take_away().unwrap();
        assert!(!place.git().join("github.com/acme/x.git").exists());
        Repository::open(&place, "github.com/acme/x").unwrap();
        repository.put_back().unwrap();
        assert_eq!(repository.head("main").unwrap(), Some(head));
    }
}
