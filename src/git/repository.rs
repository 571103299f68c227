//! Questions to a repository on this disk, bare or with a work tree.

use std::path::{Path, PathBuf};

use super::change::{self, Change};
use super::command::{About, Call, Git};
use super::error::GitError;
use super::sha::Sha;

/// A repository on this disk.
#[derive(Clone, Debug)]
pub struct Repository {
    git: Git,
    dir: PathBuf,
    bare: bool,
}

/// One commit, as a person is told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub sha: Sha,
    pub author: String,
    pub subject: String,
}

/// Two commits, and where their histories part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    pub head: Sha,
    /// The best common ancestor; `None` for unrelated histories.
    pub base: Option<Sha>,
}

/// The directory, where it is plainly the root of a work tree: nothing in its settings may say otherwise. A process of git that is
/// not started is a sixth of a comparison.
fn evident_root(dir: &Path) -> Option<PathBuf> {
    let git_dir = dir.join(".git");
    let settings = std::fs::read_to_string(git_dir.join("config")).ok()?;
    let settings = settings.to_ascii_lowercase().replace("bare = false", "");
    let elsewhere = ["worktree", "include", "bare"]
        .iter()
        .any(|word| settings.contains(word));
    let head = std::fs::read_to_string(git_dir.join("HEAD")).ok()?;
    let stands = head.starts_with("ref: refs/") || Sha::parse(head.trim_end()).is_ok();
    let there = |name: &str| git_dir.join(name).is_dir();
    let plain = !elsewhere && stands && there("objects") && there("refs");
    plain.then(|| dir.canonicalize().ok()).flatten()
}

impl Repository {
    /// The repository that a directory lies in; its root.
    pub async fn discover(git: &Git, dir: &Path) -> Result<Self, GitError> {
        if let Some(dir) = evident_root(dir) {
            return Ok(Self {
                git: git.clone(),
                dir,
                bare: false,
            });
        }
        let about = About::Repository(dir.to_owned());
        let call = Call::new(about, ["rev-parse", "--show-toplevel"]).dir(dir);
        let output = git.run(call).await?;
        Ok(Self {
            git: git.clone(),
            dir: PathBuf::from(line(&output)),
            bare: false,
        })
    }

    pub(super) fn bare(git: Git, dir: PathBuf) -> Self {
        let bare = true;
        Self { git, dir, bare }
    }

    /// The root of the work tree, or the bare repository.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn git(&self) -> &Git {
        &self.git
    }

    pub(super) fn call<const N: usize>(&self, args: [&str; N]) -> Call<'_> {
        self.at(Call::new(About::Repository(self.dir.clone()), args))
    }

    pub(super) fn at<'a>(&'a self, call: Call<'a>) -> Call<'a> {
        call.dir(&self.dir).bare(self.bare)
    }

    fn revision<const N: usize>(&self, name: &str, args: [&str; N]) -> Call<'_> {
        let about = About::Revision(self.dir.clone(), name.to_owned());
        self.at(Call::new(about, args))
    }

    /// The commit that a name stands for: a branch, a tag, `HEAD~3`, a SHA.
    pub async fn resolve(&self, name: &str) -> Result<Sha, GitError> {
        self.try_resolve(name)
            .await?
            .ok_or_else(|| GitError::UnknownRevision {
                name: name.to_owned(),
                repository: self.dir.clone(),
            })
    }

    /// As [`Self::resolve`], `None` where the name stands for nothing.
    pub async fn try_resolve(&self, name: &str) -> Result<Option<Sha>, GitError> {
        let commit = format!("{name}^{{commit}}");
        let args = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let output = self.git.ask(self.revision(name, args)).await?;
        output.map(|output| sha("rev-parse", &output)).transpose()
    }

    /// Where the history of `head` parts from that of `other`, both of them names; `None` where either stands for nothing. One
    /// process of git, which is most of what such a question costs.
    pub async fn fork(&self, other: &str, head: &str) -> Result<Option<Fork>, GitError> {
        // What is no single name must not become one beside the other.
        if [other, head]
            .iter()
            .any(|name| name.starts_with('-') || name.contains(".."))
        {
            return Ok(None);
        }
        let both = format!("{other}^{{commit}}...{head}^{{commit}}");
        let output = match self
            .git
            .run(self.revision(&both, ["rev-parse", &both]))
            .await
        {
            Ok(output) => line(&output),
            Err(GitError::UnknownRevision { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        // `head`, `other`, and `^ancestor` for each common one, the best first.
        let parse =
            |text: &str| Sha::parse(text).map_err(|_| unexpected("rev-parse", output.as_bytes()));
        let mut lines = output.lines();
        let head = parse(lines.next().unwrap_or_default())?;
        parse(lines.next().unwrap_or_default())?;
        let base = lines
            .next()
            .map(|line| parse(line.trim_start_matches('^')))
            .transpose()?;
        Ok(Some(Fork { head, base }))
    }

    /// Whether a commit is here.
    pub async fn object_exists(&self, commit: &Sha) -> Result<bool, GitError> {
        let object = format!("{commit}^{{commit}}");
        match self
            .git
            .ask(self.revision(commit.as_str(), ["cat-file", "-e", &object]))
            .await
        {
            Ok(answer) => Ok(answer.is_some()),
            // An absent object is exit 128, as is a broken repository; only the message differs.
            Err(GitError::UnknownRevision { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What changed from one tree to another, without rename detection.
    pub async fn changed_files(&self, base: &Sha, head: &Sha) -> Result<Vec<Change>, GitError> {
        let name = format!("{}..{}", base.short(), head.short());
        let args = [
            "diff-tree",
            "-r",
            "-z",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=none",
            base.as_str(),
            head.as_str(),
        ];
        change::parse(&self.git.run(self.revision(&name, args)).await?)
    }

    /// What differs between HEAD and the work tree, staged or not; untracked files are not looked at.
    pub async fn uncommitted_files(&self) -> Result<Vec<Change>, GitError> {
        let args = [
            "diff",
            "-z",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=none",
            "HEAD",
            "--",
        ];
        change::parse(&self.git.run(self.revision("HEAD", args)).await?)
    }

    /// Every path of a commit, for a full scan.
    pub async fn files(&self, commit: &Sha) -> Result<Vec<String>, GitError> {
        let args = [
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            "--full-tree",
            commit.as_str(),
        ];
        let output = self.git.run(self.revision(commit.as_str(), args)).await?;
        let text = String::from_utf8_lossy(&output);
        Ok(text.split_terminator('\0').map(str::to_owned).collect())
    }

    /// The best common ancestor; `None` for unrelated histories.
    pub async fn merge_base(&self, one: &Sha, other: &Sha) -> Result<Option<Sha>, GitError> {
        let name = format!("{}...{}", one.short(), other.short());
        let call = self.revision(&name, ["merge-base", one.as_str(), other.as_str()]);
        let output = self.git.ask(call).await?;
        output.map(|output| sha("merge-base", &output)).transpose()
    }

    /// Whether every commit of `old` is in `new`; a commit is its own ancestor.
    pub async fn is_ancestor(&self, old: &Sha, new: &Sha) -> Result<bool, GitError> {
        let name = format!("{}..{}", old.short(), new.short());
        let args = ["merge-base", "--is-ancestor", old.as_str(), new.as_str()];
        Ok(self.git.ask(self.revision(&name, args)).await?.is_some())
    }

    /// How many commits `head` has that `base` has not.
    pub async fn rev_list_count(&self, base: &Sha, head: &Sha) -> Result<u64, GitError> {
        let range = format!("{base}..{head}");
        let output = self
            .git
            .run(self.revision(&range, ["rev-list", "--count", &range, "--"]))
            .await?;
        line(&output)
            .parse()
            .map_err(|_| unexpected("rev-list", &output))
    }

    /// The newest commits that `head` has and `base` has not, at most so many: those that touch these paths, or all where none is
    /// named.
    pub async fn commits(
        &self,
        base: &Sha,
        head: &Sha,
        most: usize,
        paths: &[&str],
    ) -> Result<Vec<Commit>, GitError> {
        let range = format!("{base}..{head}");
        let most = format!("--max-count={most}");
        let args = [
            "log",
            "-z",
            &most,
            "--no-show-signature",
            "--format=%H%x1f%an%x1f%s",
            &range,
            "--",
        ];
        let call = limited(self.revision(&range, args), paths);
        let output = self.git.run(call).await?;
        let text = String::from_utf8_lossy(&output);
        text.split_terminator('\0').map(commit).collect()
    }

    /// The commits that `head` has and `base` has not (without one: all), newest first, each with its patch. A merge has the
    /// patch against its first parent.
    pub async fn patches(
        &self,
        base: Option<&Sha>,
        head: &Sha,
        context: u32,
    ) -> Result<Vec<(Commit, String)>, GitError> {
        let range = match base {
            Some(base) => format!("{base}..{head}"),
            None => head.to_string(),
        };
        let context = format!("-U{context}");
        let args = [
            "log",
            "--patch",
            "--diff-merges=first-parent",
            &context,
            "--no-show-signature",
            // A text diff has no NUL: git takes what has one for binary.
            "--format=%x00%H%x1f%an%x1f%s%x00",
        ];
        let mut call = self.revision(&range, args);
        for arg in PATCH.iter().chain(&[range.as_str(), "--"]) {
            call = call.arg(*arg);
        }
        let output = self.git.run(call).await?;
        let text = String::from_utf8_lossy(&output);
        let mut fields = text.split('\0').skip(1);
        let mut commits = Vec::new();
        while let (Some(record), Some(patch)) = (fields.next(), fields.next()) {
            commits.push((commit(record)?, patch.to_owned()));
        }
        Ok(commits)
    }

    /// The patch between two commits, as text for people and agents: of these paths, or of all where none is named.
    pub async fn patch(
        &self,
        base: &Sha,
        head: &Sha,
        context: u32,
        paths: &[&str],
    ) -> Result<String, GitError> {
        let name = format!("{}..{}", base.short(), head.short());
        let args = ["diff-tree", "-r", "-p"];
        let call = self.diff(&name, args, context, &[base.as_str(), head.as_str()], paths);
        let output = self.git.run(call).await?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    /// The patch between HEAD and the work tree: of these paths, or of all where none is named.
    pub async fn uncommitted_patch(
        &self,
        context: u32,
        paths: &[&str],
    ) -> Result<String, GitError> {
        let call = self.diff("HEAD", ["diff"], context, &["HEAD"], paths);
        let output = self.git.run(call).await?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    fn diff<const N: usize>(
        &self,
        name: &str,
        command: [&str; N],
        context: u32,
        revisions: &[&str],
        paths: &[&str],
    ) -> Call<'_> {
        let mut call = self.revision(name, command).arg(format!("-U{context}"));
        for arg in PATCH.iter().chain(revisions).chain(&["--"]) {
            call = call.arg(*arg);
        }
        limited(call, paths)
    }

    /// The branch that is checked out; `None` where HEAD is detached.
    pub async fn current_branch(&self) -> Result<Option<String>, GitError> {
        let call = self.call(["symbolic-ref", "--quiet", "--short", "HEAD"]);
        Ok(self.git.ask(call).await?.map(|output| line(&output)))
    }

    /// The ref to compare with when nothing else is said: `origin/HEAD`, else `main`, else `master`.
    pub async fn default_branch(&self) -> Result<Option<String>, GitError> {
        let call = self.call([
            "symbolic-ref",
            "--quiet",
            "--short",
            "refs/remotes/origin/HEAD",
        ]);
        // It outlives the branch that it names, when that is renamed upstream.
        if let Some(output) = self.git.ask(call).await? {
            let named = line(&output);
            if self.try_resolve(&named).await?.is_some() {
                return Ok(Some(named));
            }
        }
        for name in [
            "refs/remotes/origin/main",
            "refs/remotes/origin/master",
            "refs/heads/main",
            "refs/heads/master",
        ] {
            if self.try_resolve(name).await?.is_some() {
                let short = name
                    .trim_start_matches("refs/remotes/")
                    .trim_start_matches("refs/heads/");
                return Ok(Some(short.to_owned()));
            }
        }
        Ok(None)
    }

    /// The address of a remote as it is written in the configuration, before `insteadOf`.
    pub async fn remote_url(&self, remote: &str) -> Result<Option<String>, GitError> {
        let key = format!("remote.{remote}.url");
        let output = self.git.ask(self.call(["config", "--get", &key])).await?;
        Ok(output.map(|output| line(&output)))
    }
}

/// How every patch is written, whatever the operator's own settings are.
const PATCH: [&str; 8] = [
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-color",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--submodule=short",
    "--ignore-submodules=none",
];

/// A call whose last argument is `--`, for these paths alone. They are names, not patterns; but a name that is no UTF-8 is known
/// with replacement characters, which stand for anything.
fn limited<'a>(call: Call<'a>, paths: &[&str]) -> Call<'a> {
    let one = |path: &&str| {
        if !path.contains('\u{FFFD}') {
            return format!(":(top,literal){path}");
        }
        let plain = path.replace(['\\', '*', '?', '['], "?");
        format!(":(top,glob){}", plain.replace('\u{FFFD}', "*"))
    };
    paths.iter().map(one).fold(call, Call::arg)
}

/// A commit as `%H%x1f%an%x1f%s` prints it.
fn commit(record: &str) -> Result<Commit, GitError> {
    let mut fields = record.splitn(3, '\u{1f}');
    let (Some(sha), Some(author), Some(subject)) = (fields.next(), fields.next(), fields.next())
    else {
        return Err(unexpected("log", record.as_bytes()));
    };
    Ok(Commit {
        sha: Sha::parse(sha).map_err(|_| unexpected("log", record.as_bytes()))?,
        author: author.to_owned(),
        subject: subject.to_owned(),
    })
}

pub(super) fn line(output: &[u8]) -> String {
    String::from_utf8_lossy(output)
        .trim_end_matches(['\n', '\r'])
        .to_owned()
}

fn sha(what: &str, output: &[u8]) -> Result<Sha, GitError> {
    Sha::parse(line(output).lines().next().unwrap_or_default())
        .map_err(|_| unexpected(what, output))
}

fn unexpected(what: &str, output: &[u8]) -> GitError {
    GitError::Unexpected {
        what: what.to_owned(),
        detail: String::from_utf8_lossy(output).chars().take(200).collect(),
    }
}
