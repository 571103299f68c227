//! Removing a source: here, and on the server where nobody else uses it (sources.md §5: the behaviour matrix).

use std::path::PathBuf;

use futures_util::future::try_join_all;
use serde_json::Value;

use super::catalogue::source_named;
use super::steps::Steps;
use super::{ProjectError, Workspace};
use crate::api::{SourceId, Space, SpaceId};
use crate::client::{Client, ClientError, Query};
use crate::local::sources::LocalSources;

/// What removing a source would do. Nothing is done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The name.
    pub name: String,
    /// Where it is mounted, which is forgotten; the work tree itself stays.
    pub mount: Option<PathBuf>,
    /// What happens on the server.
    pub server: OnServer,
    local: Local,
}

/// What happens on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnServer {
    /// Nothing.
    Nothing,
    /// The space stops watching the source, which others use.
    Unbind {
        /// The source.
        source: SourceId,
        /// The space.
        space: SpaceId,
        /// Its name.
        space_name: String,
        /// Who else uses it, by name.
        others: Vec<String>,
    },
    /// The source is deleted.
    Delete {
        /// Which.
        source: SourceId,
        /// The space that watches it, by name.
        space_name: Option<String>,
    },
}

/// What goes from the local file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Local {
    Nothing,
    Mount(SourceId),
    Virtual,
}

/// Says what removing would do.
pub async fn plan_removal(
    workspace: &Workspace,
    name: &str,
    local_only: bool,
) -> Result<Removal, ProjectError> {
    let config = workspace.sources_file().open(workspace.now)?.config;
    let local = match &workspace.client {
        Some(client) if !local_only => match source_named(client, name).await {
            // What only this machine knows is removed without the server.
            Err(error) if error.is_offline() && config.virtual_sources.contains_key(name) => {
                local_part(&config, name)
            }
            Err(error) => return Err(error.into()),
            Ok(Some(source)) if source.integration_id.is_some() => {
                let server = on_server(workspace, client, name, source.id).await?;
                let mount = config.mounts.get(&source.id);
                return Ok(Removal {
                    name: name.to_owned(),
                    mount: mount.map(|mount| mount.mount_path.clone()),
                    server,
                    local: match mount {
                        Some(_) => Local::Mount(source.id),
                        None => Local::Nothing,
                    },
                });
            }
            Ok(there) => {
                let local = local_part(&config, name);
                if local == Local::Nothing && there.is_some() {
                    return Err(ProjectError::OnServerOnly(name.to_owned()));
                }
                local
            }
        },
        Some(client) => match local_part(&config, name) {
            // The server may call it otherwise by now than the mount remembers.
            Local::Nothing => match source_named(client, name).await {
                Ok(Some(source)) if config.mounts.contains_key(&source.id) => {
                    Local::Mount(source.id)
                }
                _ => Local::Nothing,
            },
            found => found,
        },
        None => local_part(&config, name),
    };
    let mount = match &local {
        Local::Nothing => return Err(ProjectError::Unknown(name.to_owned())),
        // Without a server to ask, only the flag says that the server's part is to stay.
        Local::Mount(_) if !local_only && workspace.client.is_none() => {
            return Err(ProjectError::NoServer);
        }
        Local::Mount(id) => config.mounts.get(id),
        Local::Virtual => config.virtual_sources.get(name),
    };
    Ok(Removal {
        name: name.to_owned(),
        mount: mount.map(|entry| entry.mount_path.clone()),
        server: OnServer::Nothing,
        local,
    })
}

/// Does it.
pub async fn remove(workspace: &Workspace, removal: Removal) -> Result<Removal, ProjectError> {
    let mut edit = workspace.sources_file().edit(workspace.now)?;
    edit.check_writable()?;
    let changed = match removal.local {
        Local::Nothing => false,
        Local::Mount(id) => edit.config.mounts.remove(&id).is_some(),
        Local::Virtual => edit.config.virtual_sources.remove(&removal.name).is_some(),
    };
    let Some(call) = removal.server.call() else {
        if changed {
            edit.save()?;
        }
        return Ok(removal);
    };
    let client = workspace.client()?;
    if let OnServer::Delete { source, .. } = &removal.server {
        let other = |space: &Space| Some(space.slug.as_str()) != workspace.space.as_deref();
        if users(client, *source).await?.iter().any(other) {
            // Somebody began to use it while the question waited for its answer.
            return Err(ProjectError::UsedMeanwhile(removal.name));
        }
    }
    let mut steps = Steps::new(client);
    let (what, path) = call;
    if let Err(error) = steps.take::<Value>(what, "DELETE", path, Value::Null).await {
        return Err(steps.fail(error).await);
    }
    if changed && let Err(error) = edit.save() {
        return Err(steps.fail(error).await);
    }
    Ok(removal)
}

impl OnServer {
    /// What it is called, and the path that is deleted.
    fn call(&self) -> Option<(String, String)> {
        match self {
            Self::Nothing => None,
            Self::Unbind {
                source,
                space,
                space_name,
                ..
            } => Some((
                format!("{space_name} without the source"),
                format!("/spaces/{space}/sources/{source}"),
            )),
            Self::Delete { source, .. } => Some((
                format!("nothing of source {source}, which is deleted"),
                format!("/sources/{source}"),
            )),
        }
    }
}

fn local_part(config: &LocalSources, name: &str) -> Local {
    if config.virtual_sources.contains_key(name) {
        Local::Virtual
    } else if let Some((id, _)) = config.mount_named(name) {
        Local::Mount(id)
    } else {
        // A mount whose name is not remembered is known by its id.
        let id = name.strip_prefix('#').unwrap_or(name).parse();
        match id.ok().filter(|id| config.mounts.contains_key(id)) {
            Some(id) => Local::Mount(id),
            None => Local::Nothing,
        }
    }
}

async fn on_server(
    workspace: &Workspace,
    client: &Client,
    name: &str,
    source: SourceId,
) -> Result<OnServer, ProjectError> {
    let slug = workspace.space()?;
    let mut users = users(client, source).await?;
    let own = users.iter().position(|space| space.slug == slug);
    let own = own.map(|at| users.remove(at));
    if users.is_empty() {
        return Ok(OnServer::Delete {
            source,
            space_name: own.map(|space| space.name),
        });
    }
    let others = users.into_iter().map(|space| space.name).collect();
    match own {
        Some(space) => Ok(OnServer::Unbind {
            source,
            space: space.id,
            space_name: space.name,
            others,
        }),
        None => Err(ProjectError::NotBoundHere {
            name: name.to_owned(),
            space: slug.to_owned(),
            others,
        }),
    }
}

/// The spaces that are bound to a source.
async fn users(client: &Client, source: SourceId) -> Result<Vec<Space>, ClientError> {
    let spaces = client.spaces(&Query::new()).await?.items;
    let bound = spaces.into_iter().map(|space| async move {
        let query = Query::new().filter("sourceId", source);
        let bound = client.space_sources(space.id, &query).await?;
        Ok::<_, ClientError>((!bound.items.is_empty()).then_some(space))
    });
    Ok(try_join_all(bound).await?.into_iter().flatten().collect())
}
