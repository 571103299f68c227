//! `jolli space`: spaces, and which sources they watch.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::agent::Mode;
use super::{Global, output};
use crate::api::{
    BindingPatch, NewBinding, NewSpace, RuntimeMode, Sandbox, Source, Space, SpacePatch,
};
use crate::client::{Client, Query};
use crate::project::ProjectError;

#[derive(Debug, Subcommand)]
pub enum SpaceCommand {
    /// Lists the spaces of the org.
    List(ListArgs),
    /// Makes a space.
    Create(CreateArgs),
    /// Changes a space: its name, and what agents may do there and where they run.
    Set(SetArgs),
    /// Lists the sources that a space watches.
    Sources(SourcesArgs),
    /// Lets a space watch a source.
    Bind(BindArgs),
    /// Ends that.
    Unbind(PairArgs),
    /// Lets the events of a source reach a space again.
    Enable(PairArgs),
    /// Lets no event of a source reach a space.
    Disable(PairArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its name.
    name: String,
    /// Its slug; without it, made from the name.
    #[arg(long)]
    slug: Option<String>,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// The slug of the space.
    space: String,
    /// Another name; the slug stays.
    #[arg(long)]
    name: Option<String>,
    /// What agents may do there without asking, from their next turn on.
    #[arg(long, value_enum, value_name = "MODE")]
    agent_mode: Option<Mode>,
    /// Where agents of the space run, from their next turn on.
    #[arg(long, value_enum, value_name = "WHERE")]
    agent_sandbox: Option<Where>,
}

/// Where agents run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Where {
    /// Where their worker has them.
    Worker,
    /// On the machine of their worker.
    Local,
    /// In sandboxes of E2B.
    E2b,
}

#[derive(Debug, Args)]
pub struct SourcesArgs {
    /// The slug of the space.
    space: String,
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct BindArgs {
    #[command(flatten)]
    pair: PairArgs,
    /// Only events whose JRN matches; `jolli jrn match` tries a pattern.
    #[arg(long, value_name = "PATTERN")]
    jrn_pattern: Option<String>,
}

#[derive(Debug, Args)]
pub struct PairArgs {
    /// The slug of the space.
    space: String,
    /// The name of the source.
    source: String,
}

impl PairArgs {
    async fn find(&self, client: &Client) -> Result<(Space, Source), ProjectError> {
        let name = Query::new().filter("name", &self.source);
        let (space, sources) =
            tokio::try_join!(client.space_by_slug(&self.space), client.sources(&name))?;
        let source = sources.items.into_iter().next();
        let unknown = || ProjectError::Unknown(self.source.clone());
        Ok((space, source.ok_or_else(unknown)?))
    }
}

pub async fn run(global: &Global, command: SpaceCommand) -> color_eyre::Result<ExitCode> {
    let client = &global.project_client()?;
    match command {
        SpaceCommand::List(args) => list(client, args.json).await,
        SpaceCommand::Create(args) => {
            let new = NewSpace {
                name: args.name,
                slug: args.slug,
                description: None,
            };
            let space = client.create_space(&new).await?;
            output::line(format_args!(
                "made {} ({}, id {})",
                space.name, space.slug, space.id
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        SpaceCommand::Set(args) => set(client, args).await,
        SpaceCommand::Sources(args) => sources(client, &args).await,
        SpaceCommand::Bind(args) => {
            let (space, source) = args.pair.find(client).await?;
            let new = NewBinding {
                source_id: source.id,
                jrn_pattern: args.jrn_pattern.map(Some),
                enabled: None,
            };
            let binding = client.bind(space.id, &new).await?;
            let state = if binding.enabled { "" } else { ", off" };
            output::line(format_args!(
                "{} is bound to {}{state}",
                source.name, space.slug
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        SpaceCommand::Unbind(pair) => {
            let (space, source) = pair.find(client).await?;
            client.unbind(space.id, source.id).await?;
            output::line(format_args!(
                "{} is unbound from {}",
                source.name, space.slug
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        SpaceCommand::Enable(pair) => toggle(client, &pair, true).await,
        SpaceCommand::Disable(pair) => toggle(client, &pair, false).await,
    }
}

async fn list(client: &Client, json: bool) -> color_eyre::Result<ExitCode> {
    let spaces = client.spaces(&Query::new().sort("name")).await?.items;
    if json {
        output::json(&spaces)?;
    } else if spaces.is_empty() {
        output::line("No spaces yet; `jolli space create NAME` makes one.")?;
    } else {
        let rows: Vec<[String; 3]> = spaces
            .iter()
            .map(|s| [s.slug.clone(), s.name.clone(), s.documents.to_string()])
            .collect();
        output::table(["SLUG", "NAME", "DOCUMENTS"], &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn set(client: &Client, args: SetArgs) -> color_eyre::Result<ExitCode> {
    if args.name.is_none() && args.agent_mode.is_none() && args.agent_sandbox.is_none() {
        return Ok(output::refused(
            2,
            "say what to change: --name, --agent-mode or --agent-sandbox",
        ));
    }
    let space = client.space_by_slug(&args.space).await?;
    let patch = SpacePatch {
        name: args.name,
        runtime_mode: args.agent_mode.map(RuntimeMode::from),
        sandbox: args.agent_sandbox.map(|place| match place {
            Where::Worker => None,
            Where::Local => Some(Sandbox::Local),
            Where::E2b => Some(Sandbox::E2b),
        }),
        ..SpacePatch::default()
    };
    let space = client.update_space(space.id, &patch).await?;
    let place = match space.sandbox {
        None => "where their worker has them".to_owned(),
        Some(Sandbox::Local) => "on their worker's machine".to_owned(),
        Some(Sandbox::E2b) => "in E2B".to_owned(),
    };
    output::line(format_args!(
        "{} ({}): agents are {}, and run {place}",
        space.name, space.slug, space.runtime_mode
    ))?;
    Ok(ExitCode::SUCCESS)
}

async fn sources(client: &Client, args: &SourcesArgs) -> color_eyre::Result<ExitCode> {
    let space = client.space_by_slug(&args.space).await?;
    let bound = client.space_sources(space.id, &Query::new()).await?.items;
    if args.json {
        output::json(&bound)?;
    } else if bound.is_empty() {
        output::line(format_args!("{} watches no source.", space.name))?;
    } else {
        let rows: Vec<[String; 5]> = bound
            .iter()
            .map(|bound| {
                let none = || "(none)".to_owned();
                [
                    bound.source.name.clone(),
                    bound.source.kind.to_string(),
                    if bound.binding.enabled { "on" } else { "off" }.to_owned(),
                    bound.source.repo.clone().unwrap_or_else(none),
                    bound.binding.jrn_pattern.clone().unwrap_or_else(none),
                ]
            })
            .collect();
        output::table(["NAME", "KIND", "BINDING", "REPO", "PATTERN"], &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn toggle(client: &Client, pair: &PairArgs, enabled: bool) -> color_eyre::Result<ExitCode> {
    let (space, source) = pair.find(client).await?;
    let patch = BindingPatch {
        enabled: Some(enabled),
        ..BindingPatch::default()
    };
    client.update_binding(space.id, source.id, &patch).await?;
    let word = if enabled { "on" } else { "off" };
    output::line(format_args!(
        "the binding of {} to {} is {word}",
        source.name, space.slug
    ))?;
    Ok(ExitCode::SUCCESS)
}
