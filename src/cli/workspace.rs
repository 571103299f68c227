//! The docs project that a command runs in, and what is configured for it.

use super::connect::ConnectError;
use super::{Global, output};
use crate::base::{Clock as _, SystemClock};
use crate::client::Client;
use crate::domain::text::shell_word;
use crate::git::Git;
use crate::local::sources::SourcesFileError;
use crate::local::{Project, SpaceChoice, SpaceFileError};
use crate::project::Workspace;

/// There is no project to run in.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// None above this folder.
    #[error(
        "there is no .jolli folder here or above; run `jolli init --space SLUG` in the root of the docs project first"
    )]
    NoProject,
    /// This folder cannot be known.
    #[error("the current folder cannot be read: {0}")]
    Here(#[from] std::io::Error),
    /// `.jolli/space.json`.
    #[error(transparent)]
    Space(#[from] SpaceFileError),
    /// The server.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

impl Global {
    /// The project that this folder lies in, which there has to be.
    pub fn workspace(&self) -> Result<Workspace, WorkspaceError> {
        let project = Project::here()?.ok_or(WorkspaceError::NoProject)?;
        self.workspace_of(project)
    }

    /// The project that this folder lies in, or else this folder as one. The user's own `.jolli` makes none.
    pub fn workspace_or_here(&self) -> Result<Workspace, WorkspaceError> {
        if let Some(project) = Project::here()? {
            return self.workspace_of(project);
        }
        let here = Project::at(&std::env::current_dir()?);
        if here.file("").is_dir() {
            return Err(WorkspaceError::NoProject);
        }
        self.workspace_of(here)
    }

    /// The server of the project that this folder lies in, or the one that was named.
    pub fn project_client(&self) -> Result<Client, WorkspaceError> {
        if let Some(project) = Project::here()?
            && let Some(client) = self.workspace_of(project)?.client
        {
            return Ok(client);
        }
        Ok(self.client()?)
    }

    fn workspace_of(&self, project: Project) -> Result<Workspace, WorkspaceError> {
        let choice = SpaceChoice::read(&project)?;
        let kept = choice.server.as_deref();
        let kept = kept.map(|server| server.trim_end_matches('/'));
        let found = match (self.server(), kept) {
            (Some(server), _) => Some((server, self.token(server)?)),
            // An address that came with a checkout gets the token that was kept for it, and never one from the environment.
            (None, Some(server)) => Some((server, self.kept_token(server)?)),
            (None, None) => match self.usual_server() {
                Some(server) => Some((server, self.token(server)?)),
                None => None,
            },
        };
        let of_profile = found
            .as_ref()
            .and_then(|(server, _)| self.profile_of(server)?.1.space.clone());
        let client = found.map(|(server, token)| Client::remote(server, token));
        let client = client.transpose().map_err(ConnectError::from)?;
        let variable = std::env::var("JOLLI_SPACE").ok();
        Ok(Workspace {
            project,
            git: Git::from_env(),
            now: SystemClock.now(),
            client,
            space: of_profile
                .clone()
                .filter(|_| self.profile_is_given)
                .or(variable.filter(|slug| !slug.is_empty()))
                .or_else(|| of_profile.clone().filter(|_| self.profile.is_some()))
                .or(choice.space)
                .or(of_profile),
        })
    }
}

/// Upgrades a `.jolli/sources.json` of the older shape before anything else is done, and tells, once, what became of it and
/// what could be done next (sources.md §4: migration).
pub fn tell_upgrade(workspace: &Workspace) -> Result<(), SourcesFileError> {
    let root = workspace.project.root();
    let opened = workspace.sources_file().open(workspace.now)?;
    let Some(upgrade) = opened.upgrade else {
        return Ok(());
    };
    let count = upgrade.virtual_sources.len() + upgrade.mounts.len();
    let entries = if count == 1 { "entry" } else { "entries" };
    let shape = if upgrade.merged {
        "held an older shape beside the newer one; they were merged, the newer one winning"
    } else {
        "was of an older shape"
    };
    match &upgrade.backup {
        Some(backup) => {
            let backup = backup.strip_prefix(root).unwrap_or(backup).display();
            output::note(format_args!(
                "note: .jolli/sources.json {shape}; it is upgraded ({count} {entries}), and kept as it was in {backup}"
            ));
        }
        None => output::note(format_args!(
            "note: .jolli/sources.json {shape}; it cannot be written here, so it is upgraded for this run only ({count} {entries})"
        )),
    }
    for (id, name) in &upgrade.mounts {
        output::note(format_args!(
            "  {name} is mounted as source {id} of the server"
        ));
    }
    for left in &upgrade.left {
        output::note(format_args!("  not carried over: {left}"));
    }
    if !upgrade.virtual_sources.is_empty() {
        output::note(
            "  These are virtual sources of this machine. To let pushes run their documents, make them true (`jolli integration list` shows the ids):",
        );
        for name in &upgrade.virtual_sources {
            let name = shell_word(name);
            output::note(format_args!(
                "    jolli source link {name} --integration-id ID"
            ));
        }
    }
    Ok(())
}
