//! `jolli integration`: the accounts and repositories whose webhooks the server takes.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::auth::secret_from_input;
use super::{Global, output};
use crate::api::{IntegrationId, IntegrationStatus, NewCredential, NewIntegration, Provider};
use crate::client::{Client, Query};

#[derive(Debug, Subcommand)]
pub enum IntegrationCommand {
    /// Lists integrations; their ids link sources.
    List(ListArgs),
    /// Makes one, and prints its webhook secret this once.
    Create(CreateArgs),
    /// Makes a new webhook secret, and prints it this once; the previous one stays valid for a while.
    RotateSecret(IdArgs),
    /// Sets what its repositories are cloned with: an access token, read from standard input.
    SetCredential(CredentialArgs),
    /// Forgets it; git's own settings on each machine count again.
    RemoveCredential(IdArgs),
    /// Looks now whether it has access.
    Check(IdArgs),
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
    /// Whose webhooks: github, gitlab, gitea, bitbucket, generic; static_file for sources that files are uploaded to.
    #[arg(long, default_value = "github")]
    provider: Provider,
    /// The one repository that it is for, as host/owner/repo.
    #[arg(long, value_name = "HOST/OWNER/REPO")]
    repo: Option<String>,
    /// The account that it is for, as host/owner.
    #[arg(long, value_name = "HOST/OWNER", conflicts_with = "repo")]
    account: Option<String>,
}

#[derive(Debug, Args)]
pub struct CredentialArgs {
    /// Its id.
    id: IntegrationId,
    /// The user name that goes with the token; without it the one that the provider takes with tokens.
    #[arg(long)]
    user: Option<String>,
}

#[derive(Debug, Args)]
pub struct IdArgs {
    /// Its id.
    id: IntegrationId,
}

pub async fn run(global: &Global, command: IntegrationCommand) -> color_eyre::Result<ExitCode> {
    let client = &global.project_client()?;
    match command {
        IntegrationCommand::List(args) => list(client, args.json).await,
        IntegrationCommand::Create(args) => {
            let new = NewIntegration {
                provider: args.provider,
                name: args.name,
                repo: args.repo,
                account: args.account,
                secret: None,
            };
            let made = client.create_integration(&new).await?;
            let integration = &made.integration;
            output::line(format_args!(
                "made {} (id {})",
                integration.name, integration.id
            ))?;
            output::line(format_args!(
                "  webhook address  {}",
                integration.webhook_url
            ))?;
            output::line(format_args!("  webhook secret   {}", made.webhook_secret))?;
            output::note("note: the secret is shown this once; give both to the provider");
            Ok(ExitCode::SUCCESS)
        }
        IntegrationCommand::SetCredential(args) => {
            let prompt = format!(
                "Access token for the repositories of integration {} (one line):",
                args.id
            );
            let Some(secret) = secret_from_input(&prompt)? else {
                return Ok(output::refused(2, "no token was given on standard input"));
            };
            let new = NewCredential {
                user: args.user,
                secret,
            };
            let set = client.set_credential(args.id, &new).await?;
            if let Some(it) = &set.credential {
                output::line(format_args!(
                    "{} clones as {}, secret {}…",
                    set.name, it.user, it.fingerprint
                ))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        IntegrationCommand::RemoveCredential(args) => {
            let left = client.remove_credential(args.id).await?;
            output::line(format_args!(
                "{} clones as git's own settings say",
                left.name
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        IntegrationCommand::Check(args) => {
            let found = client.check_integration(args.id).await?;
            let detail = found.status_detail.as_deref();
            output::line(format_args!(
                "{}: {}{}",
                found.name,
                found.status,
                detail.map_or_else(String::new, |it| format!(", {it}"))
            ))?;
            Ok(if found.status == IntegrationStatus::Active {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        IntegrationCommand::RotateSecret(args) => {
            let rotated = client.rotate_secret(args.id).await?;
            output::line(&rotated.webhook_secret)?;
            output::note(format_args!(
                "note: the previous secret stays valid until {}",
                rotated.previous_valid_until
            ));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn list(client: &Client, json: bool) -> color_eyre::Result<ExitCode> {
    let integrations = client.integrations(&Query::new()).await?.items;
    if json {
        output::json(&integrations)?;
    } else if integrations.is_empty() {
        output::line(
            "No integrations yet; `jolli integration create NAME --account HOST/OWNER` makes one.",
        )?;
    } else {
        let rows: Vec<[String; 6]> = integrations
            .iter()
            .map(|i| {
                let covers = i.repo.as_deref().or(i.account.as_deref());
                [
                    i.id.to_string(),
                    i.provider.to_string(),
                    i.name.clone(),
                    covers.unwrap_or_default().to_owned(),
                    i.status.to_string(),
                    i.source_ids.len().to_string(),
                ]
            })
            .collect();
        output::table(
            ["ID", "PROVIDER", "NAME", "COVERS", "STATUS", "SOURCES"],
            &rows,
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
