//! Which work tree a source's name in a rule stands for (sources.md §3: resolving): a source of the server, by its mount;
//! else a virtual source of this machine; else nothing.

use std::path::PathBuf;

use super::catalogue::{Catalogue, Known};
use crate::domain::id::SourceId;
use crate::domain::kind::SourceKind;
use crate::git::{Git, GitError, Repository};
use crate::impact::report::EvidenceKind;
use crate::impact::strict::{
    BindingView, LocalView, MountState, MountView, SourceView, SpaceView, VirtualView,
};
use crate::local::sources::LocalSources;

use super::mount::state;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) kind: EvidenceKind,
    pub(super) id: Option<SourceId>,
    pub(super) repo: Option<String>,
    pub(super) branch: Option<String>,
    /// Where it is mounted; `None`: nowhere here.
    pub(super) mount: Option<PathBuf>,
}

/// What a name stands for; `None`: nothing.
pub(super) fn resolve(name: &str, known: &Known, config: &LocalSources) -> Option<Named> {
    let local = config.virtual_sources.get(name);
    let from_server = known
        .catalogue()
        .and_then(|catalogue| catalogue.sources.iter().find(|source| source.name == name));
    if let Some(source) = from_server {
        let is_virtual = source.kind == SourceKind::Virtual;
        let mount = config.mounts.get(&source.id);
        let mount = mount.or(local.filter(|_| is_virtual));
        return Some(Named {
            name: name.to_owned(),
            kind: match source.kind {
                SourceKind::True => EvidenceKind::True,
                SourceKind::Virtual => EvidenceKind::Virtual,
            },
            id: Some(source.id),
            // What the server does not say of a virtual source, this machine may.
            repo: source.repo.clone().or(mount.and_then(|m| m.repo.clone())),
            branch: source
                .branch
                .clone()
                .or(mount.filter(|_| is_virtual).and_then(|m| m.branch.clone())),
            mount: mount.map(|mount| mount.mount_path.clone()),
        });
    }
    // While the server is away, the mount remembers its name for the source.
    let remembered = match known {
        Known::Catalogue(_) => None,
        Known::NoServer | Known::Away(_) => config.mount_named(name),
    };
    let (kind, id, entry) = match (remembered, local) {
        (Some((id, mount)), _) => (EvidenceKind::True, Some(id), mount),
        (None, Some(local)) => (EvidenceKind::Virtual, None, local),
        (None, None) => return None,
    };
    Some(Named {
        name: name.to_owned(),
        kind,
        id,
        repo: entry.repo.clone(),
        branch: entry.branch.clone(),
        mount: Some(entry.mount_path.clone()),
    })
}

/// A source whose mount was looked at.
pub(super) struct Looked {
    pub(super) named: Named,
    /// The repository there, where it can be used.
    pub(super) repository: Option<Repository>,
    pub(super) state: Result<MountState, GitError>,
}

/// Looks at the mount of a source; `None`: it has none.
pub(super) async fn look(git: &Git, named: Named) -> Option<Looked> {
    let path = named.mount.clone()?;
    let (state, repository) = match state(git, &path, named.repo.as_deref()).await {
        Ok((state, repository)) => (Ok(state), repository),
        Err(error) => (Err(error), None),
    };
    Some(Looked {
        named,
        repository,
        state,
    })
}

/// The local file as strict mode takes it. Only mounts that rules name were looked at; nothing is said of the others.
pub(super) fn local_view(config: &LocalSources, known: &Known, looked: &[Looked]) -> LocalView {
    // What git failed with is a finding of its own; of what no rule names, nothing is said.
    let state_of = |found: Option<&Looked>| match found.map(|looked| &looked.state) {
        Some(Ok(state)) => state.clone(),
        Some(Err(_)) | None => MountState::Resolved,
    };
    let mounts = config.mounts.iter().map(|(id, mount)| MountView {
        source_id: *id,
        // Once the server has spoken, only its names count.
        name: mount.name.clone().filter(|_| known.catalogue().is_none()),
        path: mount.mount_path.display().to_string(),
        state: state_of(looked.iter().find(|looked| looked.named.id == Some(*id))),
    });
    let locals = config
        .virtual_sources
        .iter()
        .map(|(name, entry)| VirtualView {
            name: name.clone(),
            path: entry.mount_path.display().to_string(),
            state: state_of(looked.iter().find(|looked| {
                let named = &looked.named;
                named.name == *name && named.mount.as_ref() == Some(&entry.mount_path)
            })),
        });
    LocalView {
        mounts: mounts.collect(),
        virtual_sources: locals.collect(),
    }
}

/// The server's part as strict mode takes it.
pub(super) fn server_view(
    catalogue: &Catalogue,
) -> (Vec<SourceView>, Vec<SpaceView>, Vec<BindingView>) {
    let sources = catalogue.sources.iter().map(|source| SourceView {
        id: source.id,
        name: source.name.clone(),
        kind: source.kind,
        repo: source.repo.clone(),
        branch: source.branch.clone(),
        integration_id: source.integration_id,
        enabled: source.enabled,
    });
    let spaces = catalogue.space.iter().map(|space| SpaceView {
        id: space.id,
        name: space.name.clone(),
        slug: space.slug.clone(),
    });
    let bindings = catalogue.bindings.iter().map(|binding| BindingView {
        space_id: binding.space_id,
        source_id: binding.source_id,
        enabled: binding.enabled,
    });
    (sources.collect(), spaces.collect(), bindings.collect())
}
