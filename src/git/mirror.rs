//! A cached bare copy of a remote, which runs fetch into by SHA and check out from (sources.md §9: checkout).
//!
//! Any number of runs may use one mirror at once: each fetched commit has a ref of its own and each checkout its own
//! work tree. Nothing is ever collected as garbage while a run may need it.

use std::path::{Path, PathBuf};

use super::command::{About, Call, Git};
use super::error::GitError;
use super::remote::RemoteUrl;
use super::repository::Repository;
use super::sha::Sha;

#[derive(Clone, Debug)]
pub struct Mirror {
    /// `None`: what is here came without a repository.
    url: Option<RemoteUrl>,
    repository: Repository,
}

/// LFS pointers stay what they are, whatever the operator has installed: `git lfs` would ask the remote that a mirror does not
/// have, and fail the checkout.
const POINTERS: [&str; 3] = [
    "filter.lfs.process=",
    "filter.lfs.smudge=",
    "filter.lfs.required=false",
];

/// A work tree of exactly one commit. Lives until it is removed.
#[derive(Debug)]
pub struct Checkout {
    repository: Repository,
    path: PathBuf,
}

impl Mirror {
    /// Opens the mirror in a directory, creating it where there is none.
    pub async fn ensure(git: &Git, url: &RemoteUrl, dir: &Path) -> Result<Self, GitError> {
        Self::open(git, Some(url.clone()), dir).await
    }

    pub(super) async fn open(
        git: &Git,
        url: Option<RemoteUrl>,
        dir: &Path,
    ) -> Result<Self, GitError> {
        if !dir.join("HEAD").is_file() {
            create(git, dir).await?;
        }
        Ok(Self {
            url,
            repository: Repository::bare(git.clone(), dir.to_owned()),
        })
    }

    /// The mirror itself, for questions about what was fetched.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Where it comes from, for people.
    pub fn origin(&self) -> String {
        self.url
            .as_ref()
            .map_or_else(|| "what was uploaded".to_owned(), ToString::to_string)
    }

    /// Makes sure that a commit is here: already, else fetched by its SHA, else with all branches.
    pub async fn fetch(&self, commit: &Sha) -> Result<(), GitError> {
        if self.repository.object_exists(commit).await? {
            return Ok(());
        }
        let unreachable = || GitError::UnreachableCommit {
            sha: commit.clone(),
            url: self.origin(),
        };
        if self.url.is_none() {
            return Err(unreachable());
        }
        let refspec = format!("+{commit}:refs/jolli/{commit}");
        match self.fetch_refspec(&refspec, &[]).await {
            // Servers may refuse to hand out what no branch points to, or want it asked for by branch.
            Err(GitError::Failed { .. }) => self.fetch_heads().await?,
            other => return other,
        }
        if self.repository.object_exists(commit).await? {
            return Ok(());
        }
        Err(unreachable())
    }

    /// As [`Self::fetch`], for a commit that a force push may have taken away: whether it could be had.
    pub async fn try_fetch(&self, commit: &Sha) -> Result<bool, GitError> {
        match self.fetch(commit).await {
            Ok(()) => Ok(true),
            Err(GitError::UnreachableCommit { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Fetches all branches, and forgets those that are gone.
    pub async fn fetch_heads(&self) -> Result<(), GitError> {
        self.fetch_refspec("+refs/heads/*:refs/remotes/origin/*", &["--prune"])
            .await
    }

    async fn fetch_refspec(&self, refspec: &str, options: &[&str]) -> Result<(), GitError> {
        let fixed = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
        ];
        let Some(url) = &self.url else {
            return Ok(());
        };
        let what = ["--end-of-options", url.as_git_arg(), refspec];
        let args = fixed.iter().chain(options).chain(&what);
        let call = Call::new(About::Remote(url.clone()), args);
        let call = self.repository.at(call);
        self.repository.git().run(call).await.map(drop)
    }

    /// Checks out exactly one commit into a directory that does not exist yet: submodules are empty folders, LFS files pointers.
    pub async fn checkout(&self, commit: &Sha, path: &Path) -> Result<Checkout, GitError> {
        let call = self
            .repository
            .call(["worktree", "add", "--quiet", "--detach", "--force", "--"])
            .settings(&POINTERS)
            .arg(path)
            .arg(commit.as_str());
        self.repository.git().run(call).await?;
        Ok(Checkout {
            repository: self.repository.clone(),
            path: path.to_owned(),
        })
    }

    /// Forgets work trees whose directories are gone: what a killed run leaves behind.
    pub async fn prune(&self) -> Result<(), GitError> {
        let call = self.repository.call(["worktree", "prune"]);
        self.repository.git().run(call).await.map(drop)
    }
}

impl Checkout {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the work tree, whatever was changed in it.
    pub async fn remove(self) -> Result<(), GitError> {
        let call = self
            .repository
            .call(["worktree", "remove", "--force", "--"])
            .arg(&self.path);
        self.repository.git().run(call).await.map(drop)
    }
}

/// Initialises beside and renames into place, so that a mirror is there whole or not at all.
async fn create(git: &Git, dir: &Path) -> Result<(), GitError> {
    let io = |source| GitError::Io {
        path: dir.to_owned(),
        source,
    };
    let parent = dir.parent().unwrap_or(Path::new("."));
    tokio::fs::create_dir_all(parent).await.map_err(io)?;
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent.join(format!(".{name}.{}", uuid::Uuid::new_v4().simple()));
    let call = Call::new(
        About::Repository(dir.to_owned()),
        ["init", "--quiet", "--bare", "--template=", "--"],
    );
    git.run(call.arg(&beside)).await?;
    match tokio::fs::rename(&beside, dir).await {
        Ok(()) => Ok(()),
        // Another run was faster: its mirror serves as well.
        Err(_) if dir.join("HEAD").is_file() => {
            tokio::fs::remove_dir_all(&beside).await.map_err(io)
        }
        Err(error) => Err(io(error)),
    }
}
