//! What durability costs: commands through the engine (P6) and signed webhooks through the server (P4), each with a
//! baseline from the same run. Prints the machine, the commit and the disk's own speed beside the figures.
//!
//! Run with `cargo bench --bench durable`. Takes about a minute.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jolli::api::{
    Code, IntegrationId, NewBinding, NewIntegration, NewSource, NewSpace, OrgId, Provider,
    SourceType,
};
use jolli::base::{SystemClock, SystemRandom};
use jolli::client::Client;
use jolli::demo::{PushEvent, Webhook};
use jolli::domain::event::Actor;
use jolli::domain::id::SourceId;
use jolli::domain::source::{CreateSource, SourceChanges, UpdateSource};
use jolli::engine::{self, Command, Engine};
use jolli::git::Git;
use jolli::server::{Config, Server, seal::MasterKey};
use jolli::store::sqlite::Sqlite;
use jolli::store::{Outcome, Store};

/// How long each figure is measured.
const MEASURE: Duration = Duration::from_secs(5);
const CLIENTS: usize = 64;

fn main() {
    // `cargo test --benches` and `cargo bench -- --list` only want to know that it builds.
    if std::env::args().any(|a| a == "--test" || a == "--list") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let disk = tempdir("target");
    println!(
        "machine   {}, {} cores",
        cpu(),
        std::thread::available_parallelism().map_or(0, usize::from)
    );
    println!("commit    {}", commit());
    println!(
        "fdatasync {:.2} ms median of 200 (4 KiB)",
        fdatasync(&disk).as_secs_f64() * 1e3
    );
    runtime.block_on(async {
        commands(&disk).await;
        webhooks(&disk).await;
    });
}

/// P6: command → event + row + receipt, durable.
async fn commands(disk: &Path) {
    let durable = throughput(&disk.join("p6.db"), CLIENTS).await;
    let alone = throughput(&disk.join("p6-one.db"), 1).await;
    line("P6 commands/s, SQLite, durable, 64 clients", durable, None);
    line(
        "P6 the same, one client (no batches)",
        alone,
        Some(("of 64 clients", alone / durable)),
    );
    // The same code on a file system in memory: what the disk's sync costs.
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        let dir = memory.join(format!("jolli-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory in memory");
        let unsynced = throughput(&dir.join("p6.db"), CLIENTS).await;
        line(
            "P6 the same without a disk to sync",
            unsynced,
            Some(("durable / this", durable / unsynced)),
        );
        std::fs::remove_dir_all(&dir).expect("the directory goes");
    } else {
        println!("P6 without a disk: not measured, there is no /dev/shm");
    }
}

async fn throughput(path: &Path, clients: usize) -> f64 {
    let store = Arc::new(Sqlite::open(path).expect("a new database"));
    let engine = Engine::new(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::new(SystemClock),
        Arc::new(SystemRandom::new()),
    );
    engine::bootstrap(&engine, "bench", None)
        .await
        .expect("an org");
    let mut sources = Vec::new();
    for n in 0..clients {
        let create = CreateSource {
            name: format!("source-{n}"),
            source_type: SourceType::Git,
            repo: Some(format!("github.com/acme/r{n}")),
            branch: Some("main".to_owned()),
            integration_id: None,
            enabled: true,
        };
        let outcome = engine
            .dispatch(OrgId(1), Command::by(Actor::system()), create)
            .await
            .expect("a store");
        let Outcome::Accepted(done) = outcome else {
            panic!("a source")
        };
        sources.push(SourceId(done.reply["id"].as_i64().expect("an id")));
    }
    let done = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let tasks: Vec<_> = sources
        .into_iter()
        .map(|id| {
            let (engine, done) = (engine.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut enabled = true;
                let mut n = 0u64;
                while began.elapsed() < MEASURE {
                    enabled = !enabled;
                    n += 1;
                    let changes = SourceChanges {
                        enabled: Some(enabled),
                        ..SourceChanges::default()
                    };
                    let command =
                        Command::by(Actor::system()).with_id(format!("{id}-{n}"), "bench");
                    let update = UpdateSource {
                        id,
                        expected: None,
                        changes,
                    };
                    let outcome = engine
                        .dispatch(OrgId(1), command, update)
                        .await
                        .expect("a store");
                    assert!(matches!(outcome, Outcome::Accepted(_)));
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a client");
    }
    let rate = done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    store.close().await;
    rate
}

/// P4: signed 8 KiB webhook → durable 202, 64 connections, client and server on the same cores.
async fn webhooks(disk: &Path) {
    let store = Arc::new(Sqlite::open(&disk.join("p4.db")).expect("a new database"));
    let server = Server::start(Config {
        store,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom::new()),
        master_key: MasterKey::parse(&"ab".repeat(32)).expect("a key"),
        git: Git::new(false),
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        public_url: None,
        embedded: false,
        org: "bench".to_owned(),
        admin_token: None,
    })
    .await
    .expect("a server");
    let admin = Client::remote(server.url(), server.first_token().cloned()).expect("a client");
    let integration = admin
        .create_integration(&NewIntegration {
            provider: Provider::GitHub,
            name: "bench".to_owned(),
            repo: None,
            account: Some("github.com/acme".to_owned()),
            secret: None,
        })
        .await
        .expect("an integration");
    let id = integration.integration.id;
    let space = admin
        .create_space(&NewSpace {
            name: "Docs".to_owned(),
            slug: None,
            description: None,
        })
        .await
        .expect("a space");
    let mut repos = Vec::new();
    for n in 0..CLIENTS {
        let repo = format!("github.com/acme/r{n}");
        let source = admin
            .create_source(&NewSource {
                name: format!("r{n}"),
                source_type: SourceType::Git,
                repo: Some(repo.clone()),
                branch: Some("main".to_owned()),
                integration_id: Some(id),
                enabled: true,
            })
            .await
            .expect("a source");
        admin
            .bind(
                space.id,
                &NewBinding {
                    source_id: source.id,
                    jrn_pattern: None,
                    enabled: None,
                },
            )
            .await
            .expect("a binding");
        repos.push(repo);
    }
    let (stored, mut waits) = storm(&server, id, &integration.webhook_secret, &repos, true).await;
    let (refused, _) = storm(
        &server,
        id,
        "not the secret of this integration",
        &repos,
        false,
    )
    .await;
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    line(
        "P4 webhooks/s, signed 8 KiB → durable 202, 64 connections",
        stored,
        None,
    );
    println!(
        "{:<62} {:>9.1} ms p50, {:.1} ms p99",
        "P4 latency",
        at(0.5),
        at(0.99)
    );
    line(
        "P5 wrong signatures/s, same bodies",
        refused,
        Some(("stored / refused", stored / refused)),
    );
    server.stop().await;
}

async fn storm(
    server: &Server,
    id: IntegrationId,
    secret: &str,
    repos: &[String],
    good: bool,
) -> (f64, Vec<Duration>) {
    let began = Instant::now();
    let tasks: Vec<_> = repos
        .iter()
        .map(|repo| {
            let client = Client::remote(server.url(), None).expect("a client");
            let (repo, secret) = (repo.clone(), secret.to_owned());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                let mut before = "0".repeat(40);
                // Padding as a real push has it: 8 KiB in all.
                let pusher = "x".repeat(7_400);
                for n in 1u64.. {
                    if began.elapsed() >= MEASURE {
                        break;
                    }
                    let after = format!("{n:040x}");
                    let event = PushEvent {
                        repo: &repo,
                        branch: "main",
                        before: &before,
                        after: &after,
                        forced: false,
                        commits: &[],
                        pusher: &pusher,
                    };
                    let delivery = format!("{repo}-{good}-{n}");
                    let webhook = Webhook::push(Provider::GitHub, &secret, &delivery, &event);
                    let asked = Instant::now();
                    match webhook.send(&client, id).await {
                        Ok(reply) => {
                            assert!(good && reply.status == 202, "answered {}", reply.status);
                        }
                        Err(error) => assert!(
                            !good && error.code() == Some(Code::Unauthenticated),
                            "{error}"
                        ),
                    }
                    waits.push(asked.elapsed());
                    before = after;
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.expect("a client"));
    }
    (waits.len() as f64 / began.elapsed().as_secs_f64(), waits)
}

fn line(what: &str, rate: f64, ratio: Option<(&str, f64)>) {
    let ratio = ratio
        .map(|(of, r)| format!("   {r:.2} {of}"))
        .unwrap_or_default();
    println!("{what:<62} {rate:>9.0}{ratio}");
}

fn tempdir(below: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(below)
        .join(format!("bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    dir
}

fn fdatasync(dir: &Path) -> Duration {
    let mut file = std::fs::File::create(dir.join("sync")).expect("a file");
    let block = [7u8; 4096];
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            file.seek(SeekFrom::Start(0)).expect("seek");
            file.write_all(&block).expect("write");
            let began = Instant::now();
            file.sync_data().expect("sync");
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn cpu() -> String {
    std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            text.lines().find_map(|l| {
                l.strip_prefix("model name")
                    .map(|l| l.trim_start_matches([' ', '\t', ':']).to_owned())
            })
        })
        .unwrap_or_else(|| "unknown processor".to_owned())
}

fn commit() -> String {
    std::process::Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output()
        .ok()
        .and_then(|o| String::from_utf8(o.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |s| s.trim().to_owned())
}
