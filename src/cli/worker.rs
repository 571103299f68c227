//! `jolli worker`: runs jobs for a server, on this machine or any other, with a runner token and nothing else.

use std::process::ExitCode;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::Global;
use super::provider::ProviderArgs;
use super::serve::{hostname, own_folders};
use crate::worker::{Worker, WorkerConfig};

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
    // Fails at once on a wrong address or token, instead of in the first poll.
    client.me().await?;
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
