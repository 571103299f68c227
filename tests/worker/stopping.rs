//! What becomes of work under way when the worker stops, or the job is taken from it.

use std::time::Duration;

use jolli::api::{CatchUp, JobId, JobStatus, NewIntegration, Provider};
use jolli::git::Git;
use jolli::worker::{Worker, WorkerConfig};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::world::{World, error};

/// A run whose git waits for a host that never answers.
struct Stuck {
    world: World,
    job: JobId,
    stop: CancellationToken,
    worker: JoinHandle<()>,
    host: TcpListener,
}

impl Stuck {
    async fn new() -> Self {
        let world = World::new().await;
        let host = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = world.home().join("slow.gitconfig");
        let address = host.local_addr().unwrap();
        std::fs::write(
            &config,
            format!("[url \"http://{address}/\"]\n\tinsteadOf = https://slow.example/\n"),
        )
        .unwrap();
        let integration = world
            .client
            .create_integration(&NewIntegration {
                provider: Provider::Generic,
                name: "slow".to_owned(),
                repo: None,
                account: Some("slow.example/acme".to_owned()),
                secret: None,
            })
            .await
            .unwrap();
        let id = Some(integration.integration.id);
        let source = world
            .source("slow", "slow.example/acme/mono", Some("main"), id)
            .await;
        let space = world.space("docs", &[]).await;
        world.bind(&space, source).await;
        let queued = world.client.catch_up(source, &CatchUp::default()).await;
        let mut own = WorkerConfig::new("w-2", world.home().join("work"));
        own.git = Git::new(false).global_config(config);
        let worker = Worker::new(world.runner.clone(), own);
        let stop = CancellationToken::new();
        let until = stop.clone();
        Self {
            job: queued.unwrap().id,
            worker: tokio::spawn(async move { worker.run(until).await.unwrap() }),
            world,
            stop,
            host,
        }
    }
}

#[tokio::test]
async fn a_stopping_worker_hands_its_job_back() {
    let stuck = Stuck::new().await;
    let _git = stuck.host.accept().await.unwrap();
    stuck.stop.cancel();
    stuck.worker.await.unwrap();
    let job = stuck.world.job(stuck.job).await;
    assert_eq!(job.status, JobStatus::Retrying);
    assert_eq!(error(&job).0, "handed-back");
}

#[tokio::test]
async fn a_cancelled_job_stops_its_run_and_the_worker_goes_on() {
    let stuck = Stuck::new().await;
    let (mut git, _) = stuck.host.accept().await.unwrap();
    stuck.world.client.cancel_job(stuck.job).await.unwrap();
    // The worker learns of it with its next heartbeat, and ends git, which hangs up.
    let gone = async {
        let mut bytes = [0; 1024];
        while git.read(&mut bytes).await.is_ok_and(|n| n > 0) {}
    };
    tokio::time::timeout(Duration::from_secs(90), gone)
        .await
        .unwrap();
    assert_eq!(
        stuck.world.job(stuck.job).await.status,
        JobStatus::Cancelled
    );
    assert!(!stuck.worker.is_finished());
    stuck.stop.cancel();
    stuck.worker.await.unwrap();
}
