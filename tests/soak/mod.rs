//! A server and a console at work for long, for `JOLLI_SOAK_SECONDS` (12): changes by the thousand, webhooks that prove
//! nothing, followers that come and go, and a person who looks around. In the end both are as large as they were when they
//! had warmed up, and the console shows what a new one shows.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt as _;
use jolli::api::{
    Call, IntegrationId, NewIntegration, NewSource, NewToken, Provider, Role, SourceId, SourceType,
};
use jolli::base::SystemRandom;
use jolli::base::random::base62;
use jolli::client::{AccessToken, CallOptions, Client};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::support::server::Server;
use crate::support::{Console, Home, store};

const SOURCES: usize = 200;
/// Who changes something all the time.
const WRITERS: usize = 3;
/// How far apart the changes of each are.
const PACE: Duration = Duration::from_millis(10);
/// A follower goes after so many frames, and another one comes.
const FRAMES: usize = 50;

/// How large a process is.
#[derive(Clone, Copy, Debug)]
struct Figures {
    /// Its own memory and its share of what it shares, in KiB.
    memory: u64,
    files: usize,
    threads: usize,
}

impl Figures {
    fn of(pid: u32) -> Self {
        let place = PathBuf::from(format!("/proc/{pid}"));
        let maps = std::fs::read_to_string(place.join("smaps_rollup")).unwrap();
        let line = maps.lines().find_map(|line| line.strip_prefix("Pss:"));
        let memory = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        let count = |name: &str| std::fs::read_dir(place.join(name)).unwrap().count();
        Self {
            memory: memory.expect("the kernel tells its memory"),
            files: count("fd"),
            threads: count("task"),
        }
    }

    /// It may have become this much larger since it had warmed up: caches fill up to their bounds, threads come as they are
    /// needed. What grows with every change is beyond that soon.
    #[track_caller]
    fn is_still(self, warm: Self, who: &str) {
        println!("{who}: {warm:?}, in the end {self:?}");
        let memory = warm.memory + warm.memory / 4 + (32 << 10);
        assert!(self.memory <= memory, "{who}: {self:?}, warm {warm:?}");
        assert!(
            self.files <= warm.files + 16,
            "{who}: {self:?}, warm {warm:?}"
        );
        assert!(
            self.threads <= warm.threads + 16,
            "{who}: {self:?}, warm {warm:?}"
        );
    }
}

/// What goes on until it is told to stop.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    changes: AtomicUsize,
    refused: AtomicUsize,
    frames: AtomicUsize,
}

impl Load {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    /// Turns sources off and on.
    async fn write(self: Arc<Self>, client: Client, mut own: Vec<SourceId>) {
        let mut pace = tokio::time::interval(PACE);
        let mut enabled = false;
        while self.goes_on() {
            pace.tick().await;
            let id = own[0];
            own.rotate_left(1);
            let body = json!({ "enabled": enabled });
            let call = Call::new("PATCH", format!("/sources/{id}")).with(body);
            client.call(&call, &CallOptions::once()).await.unwrap();
            let round = self.changes.fetch_add(1, Ordering::SeqCst);
            if round.is_multiple_of(own.len()) {
                enabled = !enabled;
            }
        }
    }

    /// Sends what nobody signed.
    async fn knock(self: Arc<Self>, client: Client) {
        let signature = format!("sha256={}", "0".repeat(64));
        let headers = [
            ("x-github-event", "push"),
            ("x-hub-signature-256", signature.as_str()),
        ];
        let mut pace = tokio::time::interval(PACE);
        while self.goes_on() {
            pace.tick().await;
            let body = Bytes::from(vec![b' '; 64 << 10]);
            let id = Some(IntegrationId(1));
            let sent = client.post_webhook(Provider::GitHub, id, &headers, body);
            sent.await.unwrap_err();
            self.refused.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Takes a snapshot and follows for a while, over and over.
    async fn follow(self: Arc<Self>, client: Client) {
        while self.goes_on() {
            let now = client.snapshot(None).await.unwrap();
            let mut frames = client.follow_rows(now.snapshot_sequence);
            for _ in 0..FRAMES {
                // Nothing changes any more once the load stops.
                match tokio::time::timeout(Duration::from_secs(1), frames.next()).await {
                    Ok(frame) => drop(frame.expect("the feed goes on").unwrap()),
                    Err(_) if !self.goes_on() => return,
                    Err(_) => {}
                }
                self.frames.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// A person who looks at everything, and changes the window now and then.
fn look_around(console: &mut Console) {
    for key in ["j", "j", "k", "Tab", "Tab", "1", "?", "Esc"] {
        console.press(key).settle();
    }
    for keys in ["gd", "gi", "gh", "x"] {
        console.keys(keys).settle();
        console.press("Esc").settle();
    }
    console.press("/").wait_text("typing: filter").settle();
    console.keys("s-1").press("Enter").settle();
    console.resize(90, 30).settle();
    console.resize(120, 40).settle();
    console.press("Esc").settle();
}

/// The sources that a console shows of those whose names begin so.
fn shown(console: &Console) -> Option<Vec<String>> {
    console.view(|view| view.pane("1 Sources"))
}

fn filter(console: &mut Console) {
    console.press("1").settle();
    console.press("/").wait_text("typing: filter").settle();
    console.keys("s-15").press("Enter").settle();
}

fn console(server: &Server, token: &str) -> Console {
    let console = Console::jolli()
        .args(["console", "--server", server.url()])
        .env("JOLLI_AUTH_TOKEN", token)
        .env("JOLLI_KEYRING", "file")
        .size(120, 40)
        .spawn();
    console.wait_text("● live").settle();
    console
}

#[test]
fn a_server_and_a_console_at_work_for_long_stay_as_they_are() {
    let seconds = std::env::var("JOLLI_SOAK_SECONDS").map_or(12, |text| {
        text.parse().expect("JOLLI_SOAK_SECONDS is a number")
    });
    let whole = Duration::from_secs(seconds);
    let home = Arc::new(Home::new());
    let database = store::asked();
    let token = format!("jolli_1_{}", base62(&SystemRandom::new(), 43));
    let server = Server::start_on(&home, database.as_ref(), &"ab".repeat(32), &token);
    let runtime = Runtime::new().unwrap();
    let connect =
        |token: &str| Client::remote(server.url(), Some(AccessToken::new(token))).unwrap();
    let admin = connect(&token);
    let (ids, operator) = runtime.block_on(async {
        let mut ids = Vec::new();
        for n in 0..SOURCES {
            let new = NewSource {
                name: format!("s-{n}"),
                source_type: SourceType::Git,
                repo: Some("github.com/acme/api".to_owned()),
                branch: Some("main".to_owned()),
                integration_id: None,
                enabled: true,
            };
            ids.push(admin.create_source(&new).await.unwrap().id);
        }
        let integration = NewIntegration {
            provider: Provider::GitHub,
            name: "acme".to_owned(),
            repo: None,
            account: Some("github.com/acme".to_owned()),
            secret: None,
        };
        admin.create_integration(&integration).await.unwrap();
        let new = NewToken {
            name: "bo".to_owned(),
            role: Role::Operator,
            expires_in: None,
        };
        (ids, admin.create_token(&new).await.unwrap().token)
    });

    let load = Arc::new(Load::default());
    let mut running = JoinSet::new();
    let handle = runtime.handle();
    for own in ids.chunks(SOURCES.div_ceil(WRITERS)) {
        let client = connect(&token);
        running.spawn_on(Arc::clone(&load).write(client, own.to_vec()), handle);
    }
    running.spawn_on(Arc::clone(&load).knock(connect(&token)), handle);
    running.spawn_on(Arc::clone(&load).follow(connect(&operator)), handle);

    let mut old = console(&server, &operator);
    let began = Instant::now();
    let mut warm = None;
    let mut rounds = 0;
    while began.elapsed() < whole || warm.is_none() {
        look_around(&mut old);
        rounds += 1;
        if warm.is_none() && began.elapsed() >= whole / 3 {
            let pid = old.pid().unsigned_abs();
            warm = Some((Figures::of(server.pid()), Figures::of(pid)));
        }
    }
    let (warm_server, warm_console) = warm.expect("the loop ends with them");
    let (now_server, now_console) = (
        Figures::of(server.pid()),
        Figures::of(old.pid().unsigned_abs()),
    );
    load.stop.store(true, Ordering::SeqCst);
    runtime.block_on(running.join_all());
    let count = |it: &AtomicUsize| it.load(Ordering::SeqCst);
    let (changes, refused, frames) = (
        count(&load.changes),
        count(&load.refused),
        count(&load.frames),
    );
    println!("{changes} changes, {refused} refused webhooks, {frames} frames, {rounds} rounds");
    now_server.is_still(warm_server, "the server");
    now_console.is_still(warm_console, "the console");
    for (what, count) in [
        ("changes", changes),
        ("webhooks", refused),
        ("frames", frames),
    ] {
        assert!(count as u64 > 5 * seconds, "only {count} {what}");
    }

    // What it shows after all that is what one shows that has just begun.
    let mut new = console(&server, &operator);
    filter(&mut old);
    filter(&mut new);
    let wanted = shown(&new).expect("the list is there");
    assert!(
        wanted.iter().any(|line| line.contains("s-150")),
        "{wanted:?}"
    );
    old.wait_for("what a new console shows", |view| {
        view.pane("1 Sources") == Some(wanted.clone())
    });
    let now = runtime.block_on(admin.snapshot(None)).unwrap();
    assert_eq!(now.sources.len(), SOURCES);
    for mut console in [old, new] {
        console.press("Q");
        assert!(console.wait_exit().success());
    }
}
