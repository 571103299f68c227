//! `jolli init`: makes a folder a docs project, and says which space its documents belong to.

use std::process::ExitCode;

use clap::Args;

use super::{Global, output};
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
    let server = global.server().map(str::to_owned).or(choice.server.clone());
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
            let token = match global.server() {
                Some(_) => global.token(server)?,
                None => global.kept_token(server)?,
            };
            let client = Client::remote(server, token)?;
            match chosen(&client, slug).await? {
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

/// The space that is asked for, checked with the server; or the only one that there is.
async fn chosen(
    client: &Client,
    slug: Option<String>,
) -> color_eyre::Result<Result<String, String>> {
    if let Some(slug) = slug {
        return Ok(match client.space_by_slug(&slug).await {
            Ok(space) => Ok(space.slug),
            // It may be made later, or the way there may be closed for now; the choice stands.
            Err(error) if error.is_offline() => {
                output::note(format_args!("note: the space was not checked: {error}"));
                Ok(slug)
            }
            Err(error) => return Err(error.into()),
        });
    }
    let spaces = client.spaces(&Query::new()).await?.items;
    Ok(match &spaces[..] {
        [only] => Ok(only.slug.clone()),
        [] => Err("the server has no space yet; `jolli space create NAME` makes one".to_owned()),
        several => {
            let slugs: Vec<&str> = several.iter().map(|space| space.slug.as_str()).collect();
            Err(format!(
                "which space do the documents belong to? Give --space with one of: {}",
                slugs.join(", ")
            ))
        }
    })
}
