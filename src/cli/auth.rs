//! `jolli auth`: keeps a server's token for this user, and forgets it.

use std::io::Read as _;
use std::process::ExitCode;

use clap::Subcommand;

use super::{Global, output};
use crate::client::{AccessToken, Client};

#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// Reads a token from standard input, checks it with the server, and keeps it.
    Login,
    /// Forgets the token of the server.
    Logout,
    /// Says who you are to the server, and where the token is kept.
    Status,
}

pub async fn run(global: &Global, command: AuthCommand) -> color_eyre::Result<ExitCode> {
    let server = global
        .server()
        .ok_or(super::connect::ConnectError::NoServer)?;
    let credentials = global.credentials()?;
    match command {
        AuthCommand::Login => {
            output::note(format_args!("Token for {server} (one line):"));
            let mut text = String::new();
            std::io::stdin()
                .lock()
                .take(4096)
                .read_to_string(&mut text)?;
            let text = text.trim();
            if text.is_empty() {
                return Ok(output::refused(2, "no token was given on standard input"));
            }
            let me = Client::remote(server, Some(AccessToken::new(text)))?
                .me()
                .await?;
            let kept = credentials.set(server, text)?;
            output::line(format_args!(
                "signed in to {} as {} ({})",
                me.org.slug, me.name, me.role
            ))?;
            output::note(format_args!("kept in: {kept}"));
        }
        AuthCommand::Logout => {
            let had = credentials.forget(server)?;
            output::line(if had {
                "signed out"
            } else {
                "there was no token"
            })?;
        }
        AuthCommand::Status => {
            let me = global.client()?.me().await?;
            output::line(format_args!(
                "{} in {} at {server}, {}",
                me.name, me.org.slug, me.role
            ))?;
            match credentials.get(server)? {
                Some((_, kept)) => output::note(format_args!("kept in: {kept}")),
                None => output::note("the token comes from JOLLI_AUTH_TOKEN"),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
