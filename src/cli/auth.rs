//! `jolli auth`: keeps a server's token for this user, and forgets it; chooses the space of the docs project here.

use std::io::Read as _;
use std::process::ExitCode;

use clap::Subcommand;

use super::connect::ConnectError;
use super::{Global, init, output};
use crate::client::{AccessToken, Client};

#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// Reads a token from standard input, checks it with the server, and keeps it.
    Login,
    /// Forgets the token of the server.
    Logout,
    /// Says who you are to the server, and where the token is kept.
    Status,
    /// Chooses the space of the docs project here, among those that the server has.
    Space,
}

pub async fn run(global: &Global, command: AuthCommand) -> color_eyre::Result<ExitCode> {
    let server = || global.usual_server().ok_or(ConnectError::NoServer);
    match command {
        AuthCommand::Space => init::choose_space(global).await,
        AuthCommand::Login => login(global, server()?).await,
        AuthCommand::Logout => {
            let server = server()?;
            let had = global.credentials()?.forget(&global.account(server))?;
            output::line(if had {
                "signed out"
            } else {
                "there was no token"
            })?;
            Ok(ExitCode::SUCCESS)
        }
        AuthCommand::Status => {
            let server = server()?;
            let me = global.client()?.me().await?;
            output::line(format_args!(
                "{} in {} at {server}, {}",
                me.name, me.org.slug, me.role
            ))?;
            match global.credentials()?.get(&global.account(server))? {
                Some((_, kept)) => output::note(format_args!("kept in: {kept}")),
                None => output::note("the token comes from JOLLI_AUTH_TOKEN"),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn login(global: &Global, server: &str) -> color_eyre::Result<ExitCode> {
    let prompt = format!("Token for {server} (one line):");
    let Some(text) = secret_from_input(&prompt)? else {
        return Ok(output::refused(2, "no token was given on standard input"));
    };
    let text = text.as_str();
    let me = Client::remote(server, Some(AccessToken::new(text)))?
        .me()
        .await?;
    let profile = global.profile_of(server);
    let org = profile.and_then(|(_, profile)| profile.org.as_deref());
    if let Some(org) = org.filter(|org| *org != me.org.slug) {
        return Ok(output::failed(format_args!(
            "the token is for the org {}, and the profile says {org}; it was not kept",
            me.org.slug
        )));
    }
    let kept = global.credentials()?.set(&global.account(server), text)?;
    output::line(format_args!(
        "signed in to {} as {} ({})",
        me.org.slug, me.name, me.role
    ))?;
    output::note(format_args!("kept in: {kept}"));
    Ok(ExitCode::SUCCESS)
}

/// What stands on standard input, without the line's end; `None`: nothing.
pub fn secret_from_input(prompt: &str) -> std::io::Result<Option<String>> {
    output::note(prompt);
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(16 << 10)
        .read_to_string(&mut text)?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
