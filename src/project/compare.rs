//! Strict findings of the server, and what a docs project adds to them: its mounts and virtual sources, against the documents
//! of its space.

use std::collections::HashSet;
use std::path::Path;

use futures_util::future::join_all;
use serde_json::json;

use super::documents::{self, DOCS, views};
use super::mount::state;
use super::{ProjectError, Workspace};
use crate::api::{Code, Finding, FindingCode, Severity, SpaceId};
use crate::client::Client;
use crate::impact::strict::{LocalView, MountState, MountView, VirtualView};
use crate::local::sources::LocalSource;

/// What comparing found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// The mounts and virtual sources of the project.
    pub local: LocalView,
    /// All findings: those of the server first.
    pub findings: Vec<Finding>,
    /// How many of them are only here.
    pub more: usize,
}

/// Compares the project with what the server has: its own documents where it has the usual folder of them, else those that
/// the server has of its space.
pub async fn compare(workspace: &Workspace, client: &Client) -> Result<Compared, ProjectError> {
    compare_as(workspace, client, local_view(workspace).await?).await
}

/// The same as if the local entry of a name were gone.
pub async fn compare_without(
    workspace: &Workspace,
    client: &Client,
    name: &str,
) -> Result<Compared, ProjectError> {
    let config = workspace.sources_file().open(workspace.now)?.config;
    let mount = config.mount_named(name).map(|(id, _)| id);
    let mut local = local_view(workspace).await?;
    // As removing does it: a virtual source goes before a mount of the same name.
    if config.virtual_sources.contains_key(name) {
        local.virtual_sources.retain(|it| it.name != name);
    } else {
        local.mounts.retain(|it| Some(it.source_id) != mount);
    }
    compare_as(workspace, client, local).await
}

async fn compare_as(
    workspace: &Workspace,
    client: &Client,
    local: LocalView,
) -> Result<Compared, ProjectError> {
    let space = match &workspace.space {
        Some(slug) => match client.space_by_slug(slug).await {
            Ok(space) => Some(space.id),
            // Another server than the one that the project is for.
            Err(error) if error.code() == Some(Code::NotFound) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let documents = match documents::read(workspace.project.root(), Path::new(DOCS)) {
        Ok(documents) => Some(views(documents, space)),
        Err(ProjectError::NoDocs(_)) => None,
        Err(error) => return Err(error),
    };
    let request = json!({ "spaceId": space, "documents": documents, "local": local });
    let all = json!({});
    let (everywhere, here) = tokio::try_join!(client.strict(&all), client.strict(&request))?;
    let mut findings = everywhere;
    let known: HashSet<_> = findings.iter().map(key).collect();
    let new: Vec<Finding> = here
        .into_iter()
        .filter(|finding| !known.contains(&key(finding)))
        .collect();
    let more = new.len();
    findings.extend(new);
    Ok(Compared {
        local,
        findings,
        more,
    })
}

/// What makes a finding the same one, whether the server's documents were looked at or those here: counts, places and near
/// names differ with that. What is about no source is told apart by its words.
fn key(finding: &Finding) -> (FindingCode, Severity, Option<SpaceId>, String) {
    let about = finding.source_name.as_ref().unwrap_or(&finding.message);
    (
        finding.code,
        finding.severity,
        finding.space_id,
        about.clone(),
    )
}

/// The local file as strict mode takes it, every mount looked at. The server's names count, so mounts come without theirs.
async fn local_view(workspace: &Workspace) -> Result<LocalView, ProjectError> {
    let config = workspace.sources_file().open(workspace.now)?.config;
    let look = async |entry: &LocalSource| -> Result<MountState, ProjectError> {
        let repo = entry.repo.as_deref();
        Ok(state(&workspace.git, &entry.mount_path, repo).await?.0)
    };
    let mounts = join_all(config.mounts.values().map(look)).await;
    let locals = join_all(config.virtual_sources.values().map(look)).await;
    let path = |entry: &LocalSource| entry.mount_path.display().to_string();
    let mounts = config
        .mounts
        .iter()
        .zip(mounts)
        .map(|((id, entry), state)| {
            Ok(MountView {
                source_id: *id,
                name: None,
                path: path(entry),
                state: state?,
            })
        });
    let locals = config
        .virtual_sources
        .iter()
        .zip(locals)
        .map(|((name, entry), state)| {
            Ok(VirtualView {
                name: name.clone(),
                path: path(entry),
                state: state?,
            })
        });
    Ok(LocalView {
        mounts: mounts.collect::<Result<_, ProjectError>>()?,
        virtual_sources: locals.collect::<Result<_, ProjectError>>()?,
    })
}
