//! `jolli webhook send`: a signed push as a provider would send it, for trying an integration.

use std::io::Read as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Global, output};
use crate::api::{IntegrationId, Provider};
use crate::client::Client;
use crate::demo::{PushEvent, Webhook};

#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Sends a push to an integration's webhook, signed as GitHub signs it.
    ///
    /// The secret is read from JOLLI_WEBHOOK_SECRET, or from standard input.
    Send(Send),
}

#[derive(Debug, Args)]
pub struct Send {
    /// The integration.
    #[arg(long, value_name = "ID")]
    integration: i64,
    /// The repository that was pushed to, as host/owner/repo.
    #[arg(long)]
    repo: crate::domain::coordinate::RepoCoordinate,
    /// The branch that was pushed to.
    #[arg(long, default_value = "main")]
    branch: String,
    /// The commit before; zeros when the branch was created.
    #[arg(long, default_value = "0000000000000000000000000000000000000000")]
    before: String,
    /// The commit after.
    #[arg(long)]
    after: String,
    /// History was rewritten.
    #[arg(long)]
    forced: bool,
    /// The delivery id; a new one when absent. The same id again is the same delivery.
    #[arg(long)]
    delivery: Option<String>,
}

pub async fn run(global: &Global, command: WebhookCommand) -> color_eyre::Result<ExitCode> {
    let WebhookCommand::Send(send) = command;
    let server = global
        .usual_server()
        .ok_or(super::connect::ConnectError::NoServer)?;
    let client = Client::remote(server, None)?;
    let secret = if let Ok(secret) = std::env::var("JOLLI_WEBHOOK_SECRET") {
        secret
    } else {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text.trim().to_owned()
    };
    if secret.is_empty() {
        return Ok(output::refused(
            2,
            "no secret was given; set JOLLI_WEBHOOK_SECRET or pipe it in",
        ));
    }
    let delivery = send
        .delivery
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let repo = send.repo.to_string();
    let event = PushEvent {
        repo: &repo,
        branch: &send.branch,
        before: &send.before,
        after: &send.after,
        forced: send.forced,
        commits: &[],
        pusher: "jolli webhook send",
    };
    let webhook = Webhook::push(Provider::GitHub, &secret, &delivery, &event);
    let answer = webhook
        .send(&client, IntegrationId(send.integration))
        .await?;
    output::json(&answer.body)?;
    Ok(ExitCode::SUCCESS)
}
