//! `jolli init`: makes a folder a docs project, and says which space its documents belong to.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Args;

use super::workspace::WorkspaceError;
use super::{Global, output};
use crate::api::Space;
use crate::client::{Client, Query};
use crate::local::{Project, SpaceChoice};

#[derive(Debug, Args)]
pub struct Init {
    /// The slug of the space that its documents belong to.
    #[arg(long, env = "JOLLI_SPACE", value_name = "SLUG")]
    space: Option<String>,
}

pub async fn run(global: &Global, args: Init) -> color_eyre::Result<ExitCode> {
    let project = Project::at(&std::env::current_dir()?);
    let mut choice = SpaceChoice::read(&project)?;
    // A server that is named for this command is the project's from now on.
    let named = global.server().map(str::to_owned);
    let server = named
        .or(choice.server.clone())
        .or(global.usual_server().map(str::to_owned));
    let space = args.space.filter(|slug| !slug.is_empty());
    let slug = match (&server, space.or(choice.space.clone())) {
        (_, None) if server.is_none() => {
            return Ok(output::refused(
                2,
                "which space do the documents belong to? Give --space SLUG, or --server URL to see those there are",
            ));
        }
        (Some(server), slug) => {
            // A token from the environment is for the server that was named with it.
            let token = match global.usual_server() {
                Some(usual) if usual == server => global.token(server)?,
                _ => global.kept_token(server)?,
            };
            let client = Client::remote(server, token)?;
            let found = match slug {
                Some(slug) => checked(&client, slug).await.map(Ok),
                None => chosen(&client).await,
            };
            match found? {
                Ok(slug) => slug,
                Err(why) => return Ok(output::refused(2, why)),
            }
        }
        (None, slug) => slug.unwrap_or_default(),
    };
    choice.space = Some(slug.clone());
    choice.server = server;
    choice.write(&project)?;
    output::line(format_args!("Initialized with space: {slug}"))?;
    Ok(ExitCode::SUCCESS)
}

/// `jolli auth space`: another space for the docs project here.
pub async fn choose_space(global: &Global) -> color_eyre::Result<ExitCode> {
    let project = Project::here()?.ok_or(WorkspaceError::NoProject)?;
    let client = global.project_client()?;
    let slug = match chosen(&client).await? {
        Ok(slug) => slug,
        Err(why) => return Ok(output::refused(2, why)),
    };
    let mut choice = SpaceChoice::read(&project)?;
    choice.space = Some(slug.clone());
    // A slug is one of its server.
    choice.server = Some(client.address().to_owned());
    choice.write(&project)?;
    output::line(format_args!("Space set to: {slug}"))?;
    Ok(ExitCode::SUCCESS)
}

/// The space that was asked for, as the server has it.
async fn checked(client: &Client, slug: String) -> color_eyre::Result<String> {
    match client.space_by_slug(&slug).await {
        Ok(space) => Ok(space.slug),
        // It may be made later, or the way there may be closed for now; the choice stands.
        Err(error) if error.is_offline() => {
            output::note(format_args!("note: the space was not checked: {error}"));
            Ok(slug)
        }
        Err(error) => Err(error.into()),
    }
}

/// The only space that there is, or the one that somebody picks; else why there is none.
async fn chosen(client: &Client) -> color_eyre::Result<Result<String, String>> {
    let spaces = client.spaces(&Query::new()).await?.items;
    Ok(match &spaces[..] {
        [only] => Ok(only.slug.clone()),
        [] => Err("the server has no space yet; `jolli space create NAME` makes one".to_owned()),
        several if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() => {
            pick(several, &mut std::io::stdin().lock())?
                .ok_or_else(|| "no space was chosen".to_owned())
        }
        several => {
            let slugs: Vec<&str> = several.iter().map(|space| space.slug.as_str()).collect();
            Err(format!(
                "which space do the documents belong to? Give `jolli init --space` one of: {}",
                slugs.join(", ")
            ))
        }
    })
}

/// Asks by number; nothing is the first.
fn pick(spaces: &[Space], answers: &mut impl std::io::BufRead) -> std::io::Result<Option<String>> {
    for (n, space) in spaces.iter().enumerate() {
        output::note(format_args!("  {}  {} ({})", n + 1, space.name, space.slug));
    }
    loop {
        let mut terminal = anstream::stderr();
        write!(terminal, "Which space? [1] ")?;
        terminal.flush()?;
        let mut answer = String::new();
        if answers.read_line(&mut answer)? == 0 {
            return Ok(None);
        }
        let answer = answer.trim();
        let number = if answer.is_empty() {
            Ok(1)
        } else {
            answer.parse::<usize>()
        };
        let by_number = number.ok().and_then(|n| spaces.get(n.checked_sub(1)?));
        match by_number.or_else(|| spaces.iter().find(|space| space.slug == answer)) {
            Some(space) => return Ok(Some(space.slug.clone())),
            None => output::note(format_args!("one of the numbers 1 to {}", spaces.len())),
        }
    }
}
