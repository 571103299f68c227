//! P7: claims, and whole jobs that find nothing to do. P8: from a webhook to the job that a waiting worker has, idle. P14: from a worker's end to another
//! one at its job. Through the server's own router, as its in-process workers speak to it; peers beside it where they are built.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use jolli::api::{
    BaseReason, Claim, ClaimRequest, CursorAdvance, FinishRequest, IntegrationId, JobStatus,
    NewBinding, NewSource, NewSpace, OrgId, Provider, Role, SourceType, SpaceId, SpaceReport,
    SpaceStatus, StepName, StepReport, StepStatus,
};
use jolli::client::Client;
use jolli::demo::{PushEvent, Webhook};
use jolli::domain::job::LEASE_SECONDS;
use jolli::server::Server;
use jolli::store::Store;
use jolli::store::sqlite::Sqlite;

use super::postgres;
use super::report::{fdatasync, latency, line};
use super::world::{integration, server};

const WORKERS: usize = 8;
/// Jobs of each measurement; every one of a source of its own, so that no lease stands in the way of another.
const JOBS: usize = 400;
const ROUNDS: usize = 100;
const TAKEOVERS: usize = 3;

pub async fn measure(disk: &Path) {
    let store = Arc::new(Sqlite::open(&disk.join("p7.db")).expect("a new database"));
    all("SQLite", store, disk).await;
    let what = "P7 and P8, PostgreSQL";
    if let Some(store) = postgres::database(what, "p7").await {
        all("PostgreSQL", Arc::new(store), disk).await;
        println!("{:<62} {}", "", postgres::place().await);
    }
    peers(disk);
}

async fn all(database: &str, store: Arc<dyn Store>, disk: &Path) {
    let world = World::new(server(store).await).await;
    world.push(0..JOBS).await;
    let began = Instant::now();
    let claimed = world.workers(|_, _| async {}).await;
    assert_eq!(claimed.len(), JOBS);
    line(
        &format!("P7 claims/s, {database}, {WORKERS} workers"),
        JOBS as f64 / began.elapsed().as_secs_f64(),
        None,
    );
    let worker = world.server.worker(OrgId(1), "worker-0");
    // Side by side, so that the last lease lasts until its turn.
    futures_util::stream::iter(&claimed)
        .for_each_concurrent(WORKERS, |claim| finish(&worker, claim))
        .await;

    world.push(JOBS..2 * JOBS).await;
    let began = Instant::now();
    let done = world
        .workers(|client, claim| async move { finish(&client, &claim).await })
        .await;
    assert_eq!(done.len(), JOBS);
    line(
        &format!("P7 whole jobs/s, {database}, {WORKERS} workers, 10 events each"),
        JOBS as f64 / began.elapsed().as_secs_f64(),
        None,
    );

    let mut waits = world.starts(2 * JOBS..2 * JOBS + ROUNDS).await;
    latency(
        &format!("P8 webhook → claimed, idle, {database}"),
        &mut waits,
    );
    println!(
        "{:<62} {:>9.2} ms median fdatasync",
        "",
        fdatasync(disk).as_secs_f64() * 1e3
    );
    let mut takeovers = world.takeovers(2 * JOBS + ROUNDS).await;
    takeovers.sort_unstable();
    println!(
        "{:<62} {:>9.2} s at most of {TAKEOVERS}, the lease's {LEASE_SECONDS} s in it",
        format!("P14 from the last sign of a worker to another one, {database}"),
        takeovers[TAKEOVERS - 1].as_secs_f64()
    );
    world.server.stop().await;
}

struct World {
    server: Server,
    admin: Client,
    integration: IntegrationId,
    secret: String,
    space: SpaceId,
}

impl World {
    async fn new(server: Server) -> Self {
        let admin = server.client(Some(server.mint(OrgId(1), "bench", Role::Admin)));
        let made = integration(&admin).await;
        let space = NewSpace {
            name: "Docs".to_owned(),
            slug: None,
            description: None,
        };
        let space = admin.create_space(&space).await.expect("a space").id;
        Self {
            server,
            admin,
            integration: made.integration.id,
            secret: made.webhook_secret,
            space,
        }
    }

    /// A source for each number, with one push that waits.
    async fn push(&self, numbers: std::ops::Range<usize>) {
        for n in numbers {
            self.source(n).await;
            self.deliver(n).await;
        }
    }

    async fn source(&self, n: usize) {
        let source = NewSource {
            name: format!("r{n}"),
            source_type: SourceType::Git,
            repo: Some(format!("github.com/acme/r{n}")),
            branch: Some("main".to_owned()),
            integration_id: Some(self.integration),
            enabled: true,
        };
        let source = self.admin.create_source(&source).await.expect("a source");
        let binding = NewBinding {
            source_id: source.id,
            jrn_pattern: None,
            enabled: None,
        };
        self.admin
            .bind(self.space, &binding)
            .await
            .expect("a binding");
    }

    async fn deliver(&self, n: usize) {
        let (before, after) = (format!("{:040x}", 2 * n + 1), format!("{:040x}", 2 * n + 2));
        let event = PushEvent {
            repo: &format!("github.com/acme/r{n}"),
            branch: "main",
            before: &before,
            after: &after,
            forced: false,
            commits: &[],
            pusher: "bench",
        };
        let webhook = Webhook::push(Provider::GitHub, &self.secret, &format!("d{n}"), &event);
        let reply = webhook.send(&self.admin, self.integration).await;
        assert_eq!(reply.expect("an answer").status, 202);
    }

    /// Lets all workers claim until nothing is left, and do something with each job; what was claimed.
    async fn workers<F: Future<Output = ()> + Send>(
        &self,
        work: impl Fn(Client, Claim) -> F + Clone + Send + Sync + 'static,
    ) -> Vec<Claim> {
        let tasks: Vec<_> = (0..WORKERS)
            .map(|n| {
                let client = self.server.worker(OrgId(1), &format!("worker-{n}"));
                let work = work.clone();
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    while let Some(claim) = claim(&client, n, 0).await {
                        work(client.clone(), claim.clone()).await;
                        done.push(claim);
                    }
                    done
                })
            })
            .collect();
        let mut done = Vec::new();
        for task in tasks {
            done.extend(task.await.expect("a worker"));
        }
        done
    }

    /// How long it takes until another worker has the job of one that is never heard of again.
    async fn takeovers(&self, first: usize) -> Vec<Duration> {
        let mut waits = Vec::new();
        for n in first..first + TAKEOVERS {
            self.source(n).await;
            self.deliver(n).await;
            let dead = self.server.worker(OrgId(1), "worker-0");
            let lost = claim(&dead, 0, 0).await.expect("a job");
            let began = Instant::now();
            let other = self.server.worker(OrgId(1), "worker-1");
            let taken = claim(&other, 1, 30).await.expect("the same job");
            waits.push(began.elapsed());
            assert_eq!(taken.job.id, lost.job.id);
            finish(&other, &taken).await;
        }
        waits
    }

    /// How long each of these pushes takes from the request to a worker that waits for work.
    async fn starts(&self, numbers: std::ops::Range<usize>) -> Vec<Duration> {
        let mut waits = Vec::new();
        for n in numbers {
            self.source(n).await;
            let client = self.server.worker(OrgId(1), "worker-0");
            let worker = client.clone();
            let waiting = tokio::spawn(async move {
                let claim = claim(&worker, 0, 30).await.expect("a job");
                (claim, Instant::now())
            });
            // The claim has to be waiting; nothing tells that it is.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let began = Instant::now();
            self.deliver(n).await;
            let (claim, started) = waiting.await.expect("a worker");
            waits.push(started - began);
            finish(&client, &claim).await;
        }
        waits
    }
}

async fn claim(client: &Client, n: usize, wait_seconds: u32) -> Option<Claim> {
    let request = ClaimRequest {
        runner: format!("worker-{n}"),
        wait_seconds,
        ..ClaimRequest::default()
    };
    client.claim(&request).await.expect("an answer")
}

/// What a run tells when no document is concerned.
async fn finish(client: &Client, claim: &Claim) {
    let run = client.run(claim.job.id, &claim.run_token);
    let head = claim.job.head_sha.clone().expect("a push has a head");
    for name in StepName::ALL {
        let report = StepReport {
            name: *name,
            status: StepStatus::Succeeded,
            detail: None,
            base_sha: None,
            base_reason: (*name == StepName::Checkout).then_some(BaseReason::EventBefore),
            commits_behind: None,
            head_sha: None,
        };
        run.step(&report).await.expect("a step");
        if *name == StepName::Spaces {
            for space in &claim.spaces {
                let report = SpaceReport {
                    status: SpaceStatus::Unchanged,
                    phase: None,
                    impacted_docs: Vec::new(),
                    updated_docs: Vec::new(),
                    error: None,
                };
                run.space(space.id, &report).await.expect("a space");
            }
            let advance = CursorAdvance {
                value: head.clone(),
                expected_version: claim.cursor_version,
                epoch: claim.epoch,
                run_token: claim.run_token.clone(),
                job_id: claim.job.id,
            };
            run.advance_cursor(claim.job.source_id, &advance)
                .await
                .expect("a cursor");
        }
    }
    let end = FinishRequest {
        status: JobStatus::Succeeded,
        error: None,
        superseded_by: None,
        retryable: true,
    };
    run.finish(&end).await.expect("an end");
}

/// The queues of others, in the same run: a crate of its own, for what it brings along.
fn peers(disk: &Path) {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let program = crate_dir.join("target/release/peers");
    if !program.is_file() {
        println!(
            "P7 peers: not measured; `cargo build --release --manifest-path benches/peers/Cargo.toml` builds them"
        );
        return;
    }
    let dir = disk.join("peers");
    std::fs::create_dir_all(&dir).expect("a directory");
    let mut command = Command::new(program);
    command.arg("--dir").arg(&dir);
    if let Ok(url) = std::env::var("JOLLI_TEST_POSTGRES") {
        command.args(["--postgres", &url, "sqlite", "postgres"]);
    } else {
        command.arg("sqlite");
    }
    let status = command.status().expect("the peers start");
    assert!(status.success(), "the peers: {status}");
}
