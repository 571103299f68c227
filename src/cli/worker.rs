//! `jolli worker`: runs jobs for a server, on this machine or any other, with a runner token and nothing else.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::Global;
use super::provider::ProviderArgs;
use super::serve::{hostname, own_folders};
use crate::worker::{Worker, WorkerConfig};

/// How long a worker that begins waits before it asks again for a server that is away.
const ASK_AGAIN: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// How this worker calls itself in runs and leases; the machine's name when absent.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// How many jobs it runs at once.
    #[arg(long, default_value_t = 1, value_name = "N")]
    jobs: u16,
    #[command(flatten)]
    provider: ProviderArgs,
}

pub async fn run(global: &Global, args: WorkerArgs) -> color_eyre::Result<ExitCode> {
    if let Err(error) = super::logging::begin() {
        return Ok(super::output::refused(2, error));
    }
    let provider = match args.provider.provider(&own_folders(&global.home()?, None)) {
        Ok(provider) => provider,
        Err(error) => return Ok(super::output::refused(2, error)),
    };
    let client = global.client()?;
    // Fails at once on a wrong token, instead of in the first poll. A server that is away may come, as after both machines
    // were started anew.
    let mut told = false;
    while let Err(error) = client.me().await {
        if !error.is_offline() {
            return Err(error.into());
        }
        if !told {
            tracing::warn!(%error, "the server does not answer; waiting for it");
            told = true;
        }
        tokio::select! {
            ended = super::signal::interrupted() => {
                ended?;
                return Ok(ExitCode::SUCCESS);
            }
            () = tokio::time::sleep(ASK_AGAIN) => {}
        }
    }
    let config = WorkerConfig {
        concurrency: usize::from(args.jobs),
        provider,
        ..WorkerConfig::new(
            args.name.unwrap_or_else(hostname),
            global.home()?.data()?.join("worker"),
        )
    };
    let worker = Worker::new(client, config);
    let stop = CancellationToken::new();
    let until = stop.clone();
    let mut run = tokio::spawn(async move { worker.run(until).await });
    tokio::select! {
        ended = super::signal::interrupted() => ended?,
        ended = &mut run => {
            ended??;
            return Ok(ExitCode::SUCCESS);
        }
    }
    stop.cancel();
    run.await??;
    Ok(ExitCode::SUCCESS)
}
