//! Sources as a project sees them: those of the server, their mounts, and the virtual ones of this machine, as one list
//! (sources.md §5: list).

use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use serde::Serialize;

use super::catalogue::Known;
use super::mount::state;
use super::{ProjectError, Workspace};
use crate::api::{IntegrationId, SourceId};
use crate::domain::kind::SourceKind;
use crate::domain::text::shell_word;
use crate::git::{Git, GitError};
use crate::impact::strict::MountState;
use crate::local::sources::LocalSource;

/// One row of `jolli source list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedSource {
    /// Its name.
    pub name: String,
    /// `true` or `virtual`.
    pub kind: SourceKind,
    /// `host/owner/repo`.
    pub repo: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// Where it is mounted here.
    pub mount: Option<PathBuf>,
    /// Whether the mount can be used.
    pub status: MountStatus,
    /// What the server says of it.
    pub server: ServerWord,
    /// Its id there.
    pub source_id: Option<SourceId>,
    /// What makes it true.
    pub integration_id: Option<IntegrationId>,
    /// Whether its events count; unknown without the server.
    pub enabled: Option<bool>,
}

/// Whether a mount can be used (sources.md §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MountStatus {
    /// It is the root of a work tree.
    Resolved,
    /// The server knows the source; it is not mounted here.
    NeedsMount,
    /// Nothing is there.
    MissingPath,
    /// It is not the root of a work tree.
    InvalidGitRoot,
    /// It is a clone of another repository than the source says.
    OtherRepository,
}

impl MountStatus {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::NeedsMount => "needs-mount",
            Self::MissingPath => "missing-path",
            Self::InvalidGitRoot => "invalid-git-root",
            Self::OtherRepository => "other-repository",
        }
    }
}

/// What the server says of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerWord {
    /// It is bound to the project's space.
    Bound,
    /// It is there, and not bound to the project's space.
    Unbound,
    /// It is not there.
    LocalOnly,
    /// It is not there any more.
    Gone,
    /// The server was not asked, or did not answer.
    Unknown,
}

/// The list, and what should be known with it.
#[derive(Clone, Debug)]
pub struct Listing {
    /// By name, in byte order.
    pub sources: Vec<ListedSource>,
    /// Why something is missing or wrong.
    pub notes: Vec<String>,
}

/// A row before its mount was looked at.
struct Row {
    listed: ListedSource,
    mount: Option<LocalSource>,
}

/// Lists the sources. A server that cannot be asked is a note, not an error.
pub async fn list(workspace: &Workspace) -> Result<Listing, ProjectError> {
    let opened = workspace.sources_file().open(workspace.now)?;
    let known = Known::of(workspace.client.as_ref(), workspace.space.as_deref()).await;
    let mut notes = Vec::new();
    if let Known::Away(error) = &known {
        notes.push(format!("what the server has is not known: {error}"));
    }
    let mut rows = server_rows(
        &known,
        &opened.config.mounts,
        &opened.config.virtual_sources,
    );
    let catalogue = known.catalogue();
    for (id, mount) in &opened.config.mounts {
        if rows.iter().any(|row| row.listed.source_id == Some(*id)) {
            continue;
        }
        let name = mount.name.clone().unwrap_or_else(|| format!("#{id}"));
        if catalogue.is_some() {
            notes.push(format!(
                "{name} (id {id}) is not on the server any more; jolli source remove {} --local-only",
                shell_word(&name)
            ));
        }
        let server = match catalogue {
            Some(_) => ServerWord::Gone,
            None => ServerWord::Unknown,
        };
        let mut row = local_row(&name, mount, SourceKind::True, server);
        row.listed.source_id = Some(*id);
        rows.push(row);
    }
    for (name, entry) in &opened.config.virtual_sources {
        let hidden = catalogue.is_some_and(|catalogue| {
            let named = catalogue.sources.iter().find(|source| source.name == *name);
            match named.map(|source| source.kind) {
                Some(SourceKind::True) => {
                    notes.push(format!(
                        "{name} is a true source of the server, which hides the local one; jolli source remove {} --local-only",
                        shell_word(name)
                    ));
                    false
                }
                Some(SourceKind::Virtual) => true,
                None => false,
            }
        });
        if hidden {
            continue;
        }
        let server = match &known {
            Known::Away(_) => ServerWord::Unknown,
            Known::NoServer | Known::Catalogue(_) => ServerWord::LocalOnly,
        };
        rows.push(local_row(name, entry, SourceKind::Virtual, server));
    }
    let looked = join_all(rows.iter().map(|row| look(workspace, row))).await;
    for (row, looked) in rows.iter_mut().zip(looked) {
        match looked {
            Ok(status) => row.listed.status = status,
            // That says nothing of the mounts.
            Err(error @ GitError::NotInstalled(_)) => return Err(error.into()),
            Err(error) => {
                row.listed.status = MountStatus::InvalidGitRoot;
                notes.push(format!("{}: {error}; {}", row.listed.name, error.remedy()));
            }
        }
    }
    let mut sources: Vec<ListedSource> = rows.into_iter().map(|row| row.listed).collect();
    sources.sort_by(|a, b| (&a.name, a.kind, a.source_id).cmp(&(&b.name, b.kind, b.source_id)));
    Ok(Listing { sources, notes })
}

fn server_rows(
    known: &Known,
    mounts: &std::collections::BTreeMap<SourceId, LocalSource>,
    locals: &std::collections::BTreeMap<String, LocalSource>,
) -> Vec<Row> {
    let Some(catalogue) = known.catalogue() else {
        return Vec::new();
    };
    let row = |source: &crate::api::Source| {
        let mount = mounts.get(&source.id).or_else(|| {
            (source.kind == SourceKind::Virtual)
                .then(|| locals.get(&source.name))
                .flatten()
        });
        let bound = catalogue
            .bindings
            .iter()
            .any(|binding| binding.source_id == source.id);
        Row {
            listed: ListedSource {
                name: source.name.clone(),
                kind: source.kind,
                repo: source.repo.clone(),
                branch: source.branch.clone(),
                mount: mount.map(|mount| mount.mount_path.clone()),
                status: MountStatus::NeedsMount,
                server: match (&catalogue.space, bound) {
                    (None, _) => ServerWord::Unknown,
                    (Some(_), true) => ServerWord::Bound,
                    (Some(_), false) => ServerWord::Unbound,
                },
                source_id: Some(source.id),
                integration_id: source.integration_id,
                enabled: Some(source.enabled),
            },
            mount: mount.cloned(),
        }
    };
    catalogue.sources.iter().map(row).collect()
}

fn local_row(name: &str, entry: &LocalSource, kind: SourceKind, server: ServerWord) -> Row {
    Row {
        listed: ListedSource {
            name: name.to_owned(),
            kind,
            repo: entry.repo.clone(),
            branch: entry.branch.clone(),
            mount: Some(entry.mount_path.clone()),
            status: MountStatus::NeedsMount,
            server,
            source_id: None,
            integration_id: None,
            enabled: None,
        },
        mount: Some(entry.clone()),
    }
}

async fn look(workspace: &Workspace, row: &Row) -> Result<MountStatus, GitError> {
    let Some(mount) = &row.mount else {
        return Ok(MountStatus::NeedsMount);
    };
    let repo = row.listed.repo.as_deref();
    status(&workspace.git, &mount.mount_path, repo).await
}

/// Whether a mount can be used for this repository.
pub(super) async fn status(
    git: &Git,
    path: &Path,
    repo: Option<&str>,
) -> Result<MountStatus, GitError> {
    Ok(match state(git, path, repo).await?.0 {
        MountState::Resolved => MountStatus::Resolved,
        MountState::MissingPath => MountStatus::MissingPath,
        MountState::InvalidGitRoot => MountStatus::InvalidGitRoot,
        MountState::OtherRepository { .. } => MountStatus::OtherRepository,
    })
}
