//! `jolli source`: the sources of a docs project, on this machine and on its server (sources.md §5).

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::upload::{self, UploadArgs};
use super::workspace::tell_upgrade;
use super::{Global, output};
use crate::api::{IntegrationId, PauseRequest, Source, SourceKind, SourcePage, SourcePatch};
use crate::client::{Client, Query};
use crate::domain::coordinate::RepoCoordinate;
use crate::local::Settings;
use crate::project::{
    self, Add, Added, Link, ListedSource, ProjectError, Removal, RemovalOnServer, Workspace,
};

#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// Adds a source: a virtual one of this machine, or with an integration a true one of the server.
    Add(AddArgs),
    /// Makes a virtual source true: pushes to its repository then run its documents.
    Link(LinkArgs),
    /// Lists the sources of the server and of this machine.
    List(ListArgs),
    /// Shows one source.
    Show(ShowArgs),
    /// Removes a source: its mount, and on the server what nobody else uses.
    Remove(RemoveArgs),
    /// Lets the events of a source count again.
    Enable(NameArgs),
    /// Lets no event of a source queue anything.
    Disable(NameArgs),
    /// Holds back the runs of a source: they are queued, and wait.
    Pause(PauseArgs),
    /// Lets the runs of a source go on.
    Resume(NameArgs),
    /// Uploads a folder to a source that has no repository: the upload is the event.
    Upload(UploadArgs),
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// Its name, which rules use.
    name: String,
    /// The work tree of its repository, or a folder in it.
    #[arg(long, visible_alias = "path", value_name = "PATH")]
    mount: PathBuf,
    /// The repository, as host/owner/repo; without it, what the work tree was cloned from.
    #[arg(long, value_name = "HOST/OWNER/REPO")]
    repo: Option<RepoCoordinate>,
    /// The branch that stands for it.
    #[arg(long)]
    branch: Option<String>,
    /// The integration that makes it a true source of the server.
    #[arg(long, value_name = "ID")]
    integration_id: Option<IntegrationId>,
}

#[derive(Debug, Args)]
pub struct LinkArgs {
    /// Its name.
    name: String,
    /// The integration that will deliver its events; `jolli integration list` shows the ids.
    #[arg(long, value_name = "ID")]
    integration_id: IntegrationId,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Its name.
    name: String,
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// Its name.
    name: String,
    /// Only what this machine knows of it; the server keeps the source.
    #[arg(long)]
    local_only: bool,
    /// Without asking.
    #[arg(long, short)]
    yes: bool,
}

#[derive(Debug, Args)]
pub struct NameArgs {
    /// Its name.
    name: String,
}

#[derive(Debug, Args)]
pub struct PauseArgs {
    /// Its name.
    name: String,
    /// Why, for the record.
    #[arg(long)]
    reason: Option<String>,
}

pub async fn run(global: &Global, command: SourceCommand) -> color_eyre::Result<ExitCode> {
    // Who has no home has no settings.
    if let Ok(home) = global.home() {
        match Settings::read(&home) {
            Ok(settings) if settings.features.source_cli => {}
            Ok(_) => {
                let path = Settings::path(&home);
                let why = format!(
                    "`jolli source` is switched off: {} says source_cli = false",
                    path.display()
                );
                return Ok(output::refused(2, why));
            }
            Err(error) => return Ok(output::refused(2, error)),
        }
    }
    let workspace = match &command {
        SourceCommand::Enable(args) => return toggle(global, &args.name, true).await,
        SourceCommand::Disable(args) => return toggle(global, &args.name, false).await,
        SourceCommand::Pause(args) => return pause(global, args).await,
        SourceCommand::Resume(args) => return resume(global, &args.name).await,
        SourceCommand::Upload(args) => return upload::run(global, args).await,
        SourceCommand::List(_) | SourceCommand::Show(_) => global.workspace_or_here()?,
        _ => global.workspace()?,
    };
    tell_upgrade(&workspace)?;
    match command {
        SourceCommand::Add(args) => {
            let ask = Add {
                name: args.name.trim().to_owned(),
                mount: args.mount,
                repo: args.repo,
                branch: args.branch,
                integration: args.integration_id,
            };
            tell_added(&project::add(&workspace, ask).await?, "added")
        }
        SourceCommand::Link(args) => {
            let ask = Link {
                name: args.name.trim().to_owned(),
                integration: args.integration_id,
            };
            tell_added(&project::link(&workspace, ask).await?, "linked")
        }
        SourceCommand::List(args) => list(&workspace, args.json).await,
        SourceCommand::Show(args) => show(&workspace, &args).await,
        SourceCommand::Remove(args) => remove(&workspace, &args).await,
        SourceCommand::Enable(_)
        | SourceCommand::Disable(_)
        | SourceCommand::Pause(_)
        | SourceCommand::Resume(_)
        | SourceCommand::Upload(_) => unreachable!("done above"),
    }
}

fn tell_added(added: &Added, done: &str) -> color_eyre::Result<ExitCode> {
    let name = &added.name;
    match &added.server {
        Some(server) => {
            let how = match (server.created, server.linked) {
                (true, _) => "created and linked",
                (false, true) => "linked",
                (false, false) => "there already",
            };
            let binding = if server.bound {
                "bound to"
            } else {
                "bound already to"
            };
            output::line(format_args!(
                "{done} {name}: a true source (id {}), {how}, {binding} {}",
                server.id, server.space
            ))?;
        }
        None if added
            .local
            .as_ref()
            .is_some_and(|local| local.name.is_some()) =>
        {
            output::line(format_args!("moved the mount of {name}"))?;
        }
        None => output::line(format_args!(
            "{done} {name}: a virtual source of this machine"
        ))?,
    }
    if let Some(local) = &added.local {
        output::line(format_args!("  mount   {}", local.mount_path.display()))?;
        let repo = local.repo.as_deref().unwrap_or("(none)");
        output::line(format_args!("  repo    {repo}"))?;
        if let Some(branch) = &local.branch {
            output::line(format_args!("  branch  {branch}"))?;
        }
        if let Some(before) = added.replaced.as_ref().filter(|b| **b != local.mount_path) {
            output::note(format_args!("note: it was mounted at {}", before.display()));
        }
    }
    tell(&added.notes);
    Ok(ExitCode::SUCCESS)
}

fn tell(notes: &[String]) {
    for note in notes {
        output::note(format_args!("note: {note}"));
    }
}

async fn list(workspace: &Workspace, json: bool) -> color_eyre::Result<ExitCode> {
    let listing = project::list(workspace).await?;
    if json {
        output::json(&listing.sources)?;
    } else if listing.sources.is_empty() {
        output::line("No sources yet; `jolli source add NAME --mount PATH` adds one.")?;
    } else {
        let rows: Vec<[String; 5]> = listing.sources.iter().map(row).collect();
        output::table(["NAME", "KIND", "REPO", "MOUNT", "STATUS"], &rows)?;
    }
    tell(&listing.notes);
    Ok(ExitCode::SUCCESS)
}

fn row(source: &ListedSource) -> [String; 5] {
    let mount = source
        .mount
        .as_ref()
        .map_or_else(|| "(not mounted)".to_owned(), |m| m.display().to_string());
    [
        source.name.clone(),
        source.kind.to_string(),
        source.repo.clone().unwrap_or_else(|| "(none)".to_owned()),
        mount,
        source.status.as_str().to_owned(),
    ]
}

/// What `show --json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[serde(flatten)]
    listed: &'a ListedSource,
    /// As the server has it.
    on_server: Option<SourcePage>,
}

async fn show(workspace: &Workspace, args: &ShowArgs) -> color_eyre::Result<ExitCode> {
    let listing = project::list(workspace).await?;
    let Some(listed) = listing
        .sources
        .iter()
        .find(|source| source.name == args.name)
    else {
        tell(&listing.notes);
        return Err(ProjectError::Unknown(args.name.clone()).into());
    };
    let known = listed.enabled.and(listed.source_id);
    let on_server = match (&workspace.client, known) {
        (Some(client), Some(id)) => Some(client.source(id).await?),
        _ => None,
    };
    if args.json {
        output::json(&Shown { listed, on_server })?;
    } else {
        for (key, value) in facts(listed, on_server.as_ref()) {
            output::line(format_args!("{key:<12}{value}"))?;
        }
    }
    tell(&listing.notes);
    Ok(ExitCode::SUCCESS)
}

fn facts(listed: &ListedSource, page: Option<&SourcePage>) -> Vec<(&'static str, String)> {
    let none = || "(none)".to_owned();
    let mut facts = vec![
        ("name", listed.name.clone()),
        ("kind", listed.kind.to_string()),
        ("repo", listed.repo.clone().unwrap_or_else(none)),
        (
            "branch",
            listed
                .branch
                .clone()
                .unwrap_or_else(|| "(default)".to_owned()),
        ),
        (
            "mount",
            listed
                .mount
                .as_ref()
                .map_or_else(none, |m| m.display().to_string()),
        ),
        ("status", listed.status.as_str().to_owned()),
    ];
    if let Some(id) = listed.source_id {
        facts.push(("id", id.to_string()));
    }
    if let Some(page) = page {
        let source = &page.source;
        let integration = source.integration_id.map_or_else(none, |id| id.to_string());
        facts.push(("integration", integration));
        facts.push((
            "enabled",
            match (source.enabled, &source.paused) {
                (false, _) => "no".to_owned(),
                (true, None) => "yes".to_owned(),
                (true, Some(pause)) => {
                    format!("yes, paused since {} by {}", pause.since, pause.by)
                }
            },
        ));
        let cursor = source.cursor.as_ref();
        let cursor = cursor.map_or_else(none, |c| format!("{} ({})", c.value, c.updated_at));
        facts.push(("cursor", cursor));
        facts.push(("state", source.state.to_string()));
    }
    facts
}

async fn remove(workspace: &Workspace, args: &RemoveArgs) -> color_eyre::Result<ExitCode> {
    let removal = project::plan_removal(workspace, &args.name, args.local_only).await?;
    if let Some(question) = question(&removal)
        && !args.yes
    {
        if !std::io::stdin().is_terminal() {
            return Ok(output::refused(
                2,
                format_args!(
                    "{question} Give --yes to do it, or --local-only to keep the server's part."
                ),
            ));
        }
        output::note(format_args!("{question} Go on? [y/N]"));
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(output::failed("nothing was removed"));
        }
    }
    let removed = project::remove(workspace, removal).await?;
    for text in told(&removed) {
        output::line(text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is asked before the server is changed.
fn question(removal: &Removal) -> Option<String> {
    match &removal.server {
        RemovalOnServer::Nothing => None,
        RemovalOnServer::Unbind {
            space_name, others, ..
        } => Some(format!(
            "{} is unbound from {space_name}; it stays, because {} use it.",
            removal.name,
            others.join(", ")
        )),
        RemovalOnServer::Delete { .. } => Some(format!(
            "{} is deleted on the server, with its bindings, its cursor and what it has queued.",
            removal.name
        )),
    }
}

fn told(removal: &Removal) -> Vec<String> {
    let name = &removal.name;
    let mut lines = Vec::new();
    match &removal.server {
        RemovalOnServer::Nothing => {}
        RemovalOnServer::Unbind {
            space_name, others, ..
        } => lines.push(format!(
            "unbound {name} from {space_name}; still used by {}",
            others.join(", ")
        )),
        RemovalOnServer::Delete { source, .. } => {
            lines.push(format!("deleted {name} (id {source}) on the server"));
        }
    }
    match &removal.mount {
        Some(mount) => lines.push(format!(
            "forgot the mount of {name}; {} itself is as it was",
            mount.display()
        )),
        None => lines.push(format!("{name} was not mounted here")),
    }
    lines
}

/// A source of the server, by its name.
async fn named(client: &Client, name: &str) -> color_eyre::Result<Source> {
    let found = client.sources(&Query::new().filter("name", name)).await?;
    let source = found.items.into_iter().next();
    Ok(source.ok_or_else(|| ProjectError::Unknown(name.to_owned()))?)
}

async fn pause(global: &Global, args: &PauseArgs) -> color_eyre::Result<ExitCode> {
    let client = global.project_client()?;
    let source = named(&client, &args.name).await?;
    let request = PauseRequest {
        reason: args.reason.clone(),
    };
    client.pause_source(source.id, &request).await?;
    output::line(format_args!("{} is paused: its runs wait", args.name))?;
    Ok(ExitCode::SUCCESS)
}

async fn resume(global: &Global, name: &str) -> color_eyre::Result<ExitCode> {
    let client = global.project_client()?;
    let source = named(&client, name).await?;
    client.resume_source(source.id).await?;
    output::line(format_args!("{name} goes on"))?;
    Ok(ExitCode::SUCCESS)
}

async fn toggle(global: &Global, name: &str, enabled: bool) -> color_eyre::Result<ExitCode> {
    let client = global.project_client()?;
    let source = named(&client, name).await?;
    let patch = SourcePatch {
        enabled: Some(enabled),
        ..SourcePatch::default()
    };
    client.update_source(source.id, &patch).await?;
    let word = if enabled { "enabled" } else { "disabled" };
    output::line(format_args!("{name} is {word}"))?;
    if enabled && source.kind == SourceKind::Virtual {
        output::note("note: it is virtual, so no push runs its documents until it is linked");
    }
    Ok(ExitCode::SUCCESS)
}
