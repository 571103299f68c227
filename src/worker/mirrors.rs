//! Where a worker keeps its copies of repositories, and the directories of its runs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::fault::{Fault, sentence};
use super::plan::commit;
use super::sessions::Sessions;
use crate::api::{KnownSource, RepoCredential, SourceId};
use crate::client::Run;
use crate::domain::coordinate::RepoCoordinate;
use crate::git::{Credential, Git, GitError, Mirror, RemoteHeads, RemoteUrl, Sha};

/// After this long a run's directory belongs to a worker that was killed.
const LEFT_BEHIND: Duration = Duration::from_hours(24);

/// The folder of a worker: `mirrors/`, `runs/` and `agents/`.
#[derive(Clone, Debug)]
pub struct Mirrors {
    git: Git,
    dir: PathBuf,
    /// What the server gave for the repositories of a run.
    credentials: Vec<RepoCredential>,
}

impl Mirrors {
    pub fn new(git: Git, dir: PathBuf) -> Self {
        Self {
            git,
            dir,
            credentials: Vec::new(),
        }
    }

    /// The same folders, for a run that was given these.
    #[must_use]
    pub fn with(&self, credentials: Vec<RepoCredential>) -> Self {
        Self {
            credentials,
            ..self.clone()
        }
    }

    /// The mirror of a repository, and what its remote has now.
    pub async fn open(
        &self,
        coordinate: &RepoCoordinate,
    ) -> Result<(Mirror, RemoteHeads), GitError> {
        let url = RemoteUrl::parse(&coordinate.clone_url(), &self.git)?;
        let repo = coordinate.to_string();
        let given = self.credentials.iter().find(|given| given.repo == repo);
        let git = self.git.clone().credential(
            given.map(|given| Credential::new(url.clone(), &given.user, &given.secret)),
        );
        let heads = git.ls_remote(&url).await?;
        // Colons of a port are no part of a file's name everywhere.
        let name = format!("{}.git", coordinate.matching_key().replace(':', "+"));
        let mirror = Mirror::ensure(&git, &url, &self.dir.join("mirrors").join(name)).await?;
        Ok((mirror, heads))
    }

    /// What was uploaded to a source, as far as `head`, as a repository without a remote.
    pub async fn files(&self, run: &Run, source: SourceId, head: &Sha) -> Result<Mirror, Fault> {
        let dir = self.dir.join("mirrors/files").join(format!("{source}.git"));
        let mirror = Mirror::of_files(&self.git, &dir).await?;
        let repository = mirror.repository();
        if repository.object_exists(head).await? {
            return Ok(mirror);
        }
        let mut missing = Vec::new();
        for upload in run.uploads(source).await?.into_iter().rev() {
            let version = commit(&upload.version)?;
            if repository.object_exists(&version).await? {
                break;
            }
            missing.push(version);
        }
        for version in missing.into_iter().rev() {
            let stream = run.import(source, version.as_str()).await?;
            mirror.import(stream.into()).await?;
            if !repository.object_exists(&version).await? {
                return Err(Fault::passing(
                    "upload-differs",
                    format!("what was uploaded as {version} did not arrive as it was"),
                ));
            }
        }
        Ok(mirror)
    }

    /// Where agents keep their sessions.
    pub(super) fn sessions(&self) -> Sessions {
        Sessions::new(self.dir.join("agents"))
    }

    /// A directory for one run; it does not exist yet.
    pub fn run_dir(&self, name: &str) -> PathBuf {
        let unique = uuid::Uuid::new_v4().simple().to_string();
        self.runs().join(format!("{name}-{}", &unique[..8]))
    }

    fn runs(&self) -> PathBuf {
        self.dir.join("runs")
    }

    /// Makes the folders, and removes what killed workers left behind.
    pub async fn prepare(&self) -> Result<(), std::io::Error> {
        tokio::fs::create_dir_all(self.runs()).await?;
        let mut runs = tokio::fs::read_dir(self.runs()).await?;
        while let Some(run) = runs.next_entry().await? {
            let changed = run.metadata().await.and_then(|data| data.modified());
            // Another worker may be removing it at this moment.
            let Ok(changed) = changed else { continue };
            if SystemTime::now()
                .duration_since(changed)
                .is_ok_and(|age| age > LEFT_BEHIND)
            {
                remove(&run.path()).await;
            }
        }
        Ok(())
    }
}

/// Removes the directory of a run, if it ever came to be.
pub async fn remove(dir: &Path) {
    match tokio::fs::remove_dir_all(dir).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(dir = %dir.display(), %error, "the directory of a run was not removed");
        }
        _ => {}
    }
}

/// The head of a branch of a remote; `None` stands for its default branch.
pub fn head_of<'a>(heads: &'a RemoteHeads, branch: Option<&str>) -> Option<&'a Sha> {
    heads.heads.get(branch.or(heads.default_branch.as_deref())?)
}

/// Other sources that rules name, cloned once for a run. No event, job or cursor of theirs results (seed 002).
#[derive(Debug)]
pub struct Mounts<'a> {
    mirrors: &'a Mirrors,
    known: &'a [KnownSource],
    mounted: HashMap<String, Result<Sha, String>>,
}

impl<'a> Mounts<'a> {
    pub fn new(mirrors: &'a Mirrors, known: &'a [KnownSource]) -> Self {
        Self {
            mirrors,
            known,
            mounted: HashMap::new(),
        }
    }

    /// The commit at which a source is there; `None`: the org has none of that name with a repository. The error is the
    /// sentence of what is wrong with it.
    pub async fn mount(&mut self, name: &str) -> Option<Result<Sha, String>> {
        if let Some(before) = self.mounted.get(name) {
            return Some(before.clone());
        }
        let source = self.known.iter().find(|source| source.name == name)?;
        let mounted = clone(self.mirrors, source).await;
        self.mounted.insert(name.to_owned(), mounted.clone());
        Some(mounted)
    }
}

async fn clone(mirrors: &Mirrors, source: &KnownSource) -> Result<Sha, String> {
    let coordinate = RepoCoordinate::parse(&source.repo).map_err(|error| error.to_string())?;
    let (mirror, heads) = mirrors
        .open(&coordinate)
        .await
        .map_err(|error| sentence(&error))?;
    let head = head_of(&heads, source.branch.as_deref()).ok_or_else(|| {
        let branch = source.branch.as_deref().unwrap_or("the default branch");
        format!("{} has no {branch}", source.repo)
    })?;
    mirror.fetch(head).await.map_err(|error| sentence(&error))?;
    Ok(head.clone())
}
