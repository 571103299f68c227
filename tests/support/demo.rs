//! Demo worlds for tests. Building one takes a while, so it is built once for each kind and built binary, by whichever
//! test comes first, and every test plays in a copy of its own: a world may be moved.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use jolli::api::{
    Binding, Event, Integration, IntegrationStatus, Job, JobStatus, Me, Provider, Sequence, Source,
    Token,
};
use jolli::base::Timestamp;
use jolli::client::{AccessToken, Client, ClientError, Query};
use jolli::demo::{self, Config, Keys, Place};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::pty::Launch;
use super::server::Server;
use super::{Console, DEADLINE, Home, bin};

/// Which story is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It ended when the world was built, and time goes on.
    Live,
    /// It stands at the moment that the screens show.
    Still,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Still => "still",
        }
    }
}

/// A world built so long ago tells of another day.
const STALE: Duration = Duration::from_hours(6);

/// A demo world that nobody else uses.
#[derive(Debug)]
pub struct Demo {
    kind: Kind,
    _dir: TempDir,
    place: Place,
}

impl Demo {
    /// A world where time goes on; nobody works in it until it is opened.
    pub fn live() -> Self {
        Self::copy(Kind::Live)
    }

    /// The world of the pictures.
    pub fn still() -> Self {
        Self::copy(Kind::Still)
    }

    fn copy(kind: Kind) -> Self {
        let dir = TempDir::with_prefix("jolli-demo-").unwrap();
        let world = dir.path().join("world");
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let lock = File::create(shared.join(format!("demo-{}.lock", kind.as_str()))).unwrap();
        lock.lock().unwrap();
        let copied = Command::new("cp")
            .arg("-a")
            .arg(template(shared, kind))
            .arg(&world)
            .status();
        assert!(copied.unwrap().success());
        Self {
            kind,
            place: Place::at(world),
            _dir: dir,
        }
    }

    /// The console on this world.
    pub fn console(&self, more: &[&str]) -> Launch {
        let args = self.args(more);
        Console::jolli().args(args).size(120, 36)
    }

    /// This world's server in a process of its own, without a console.
    pub fn serve(&self, home: &Arc<Home>, listen: &str) -> Server {
        Server::run(home, self.args(&["--headless", "--listen", listen]))
    }

    /// What `jolli` is called with on this world.
    pub fn args(&self, more: &[&str]) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec!["demo".into(), "--dir".into(), self.dir().into()];
        if self.kind == Kind::Still {
            args.push("--still".into());
        }
        args.extend(more.iter().map(Into::into));
        args
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        self.place.root()
    }

    /// Tokens and secrets.
    pub fn keys(&self) -> Keys {
        self.place.keys().unwrap().unwrap()
    }

    /// `jolli demo push`, as a developer beside the console would.
    pub fn push(&self, source: &str) -> Output {
        let home = Home::new();
        let output = Command::new(bin())
            .args(["demo", "push", source, "--dir"])
            .arg(self.dir())
            .env_clear()
            .envs(home.env())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        output
    }

    /// `jolli demo fault`: what goes wrong from now on; answers what it says.
    pub fn fault(&self, words: &str) -> String {
        let home = Home::new();
        let output = Command::new(bin())
            .args(["demo", "fault"])
            .args(words.split(' '))
            .arg("--dir")
            .arg(self.dir())
            .env_clear()
            .envs(home.env())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Where the world's server is reached; it must run.
    pub fn url(&self) -> String {
        self.place
            .running()
            .unwrap()
            .expect("no server runs")
            .address
    }

    /// The API of the world's server, as admin; the server must run.
    pub fn api(&self) -> Api {
        Api::new(&self.address(), &self.keys().ana)
    }

    /// Where the world's server listens; it must run.
    pub fn address(&self) -> String {
        let running = self.place.running().unwrap().expect("no server runs");
        running.address
    }
}

/// The directory of a world of this kind, built where there is none. The caller holds the lock.
fn template(shared: &Path, kind: Kind) -> PathBuf {
    let built = fs::metadata(bin()).unwrap();
    let stamp = built
        .modified()
        .unwrap()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let prefix = format!("demo-{}-", kind.as_str());
    let world = shared.join(format!("{prefix}{stamp:x}"));
    let age = fs::metadata(&world).and_then(|it| it.modified()).ok();
    let fresh =
        age.is_some_and(|at| kind == Kind::Still || at.elapsed().is_ok_and(|age| age < STALE));
    if fresh {
        return world;
    }
    for entry in fs::read_dir(shared).unwrap() {
        let entry = entry.unwrap();
        let ours = entry.file_name().to_string_lossy().starts_with(&prefix);
        if ours {
            fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    // Under its name only when it is whole: a test may be killed while it builds.
    let half = shared.join(format!("{prefix}half"));
    let config = match kind {
        Kind::Live => Config::live(&half, None),
        Kind::Still => Config::still(&half),
    };
    Runtime::new()
        .unwrap()
        .block_on(async { demo::build(config).await?.stop().await })
        .unwrap_or_else(|error| panic!("the demo world is not built: {error}"));
    fs::rename(&half, &world).unwrap();
    world
}

/// The HTTP API, asked from a test that is no task.
pub struct Api {
    runtime: Runtime,
    client: Client,
}

impl Api {
    /// Of this server, with this token.
    pub fn new(url: &str, token: &str) -> Self {
        let client = Client::remote(url, Some(AccessToken::new(token))).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self { runtime, client }
    }

    fn ask<T>(&self, question: impl Future<Output = Result<T, ClientError>>) -> T {
        self.runtime
            .block_on(question)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn snapshot(&self) -> jolli::api::Snapshot {
        self.ask(self.client.snapshot(None))
    }

    /// How far the log has come.
    pub fn sequence(&self) -> Sequence {
        self.snapshot().snapshot_sequence
    }

    /// All sources.
    pub fn sources(&self) -> Vec<Source> {
        self.snapshot().sources
    }

    /// A source by name.
    pub fn source(&self, name: &str) -> Source {
        let sources = self.snapshot().sources;
        let found = sources.into_iter().find(|source| source.name == name);
        found.unwrap_or_else(|| panic!("no source {name}"))
    }

    /// What a source's cursor holds.
    pub fn cursor(&self, source: &str) -> Option<String> {
        self.source(source).cursor.map(|cursor| cursor.value)
    }

    /// The binding of a source to the space of this slug.
    pub fn binding(&self, space: &str, source: &str) -> Binding {
        let now = self.snapshot();
        let space = now.spaces.iter().find(|it| it.slug == space).unwrap().id;
        let source = now.sources.iter().find(|it| it.name == source).unwrap().id;
        let mut bindings = now.bindings.into_iter();
        bindings
            .find(|it| it.space_id == space && it.source_id == source)
            .expect("no such binding")
    }

    /// Changes something beside the console, as somebody else would.
    pub fn change(&self, method: &str, path: &str, body: serde_json::Value) -> serde_json::Value {
        let call = jolli::api::Call {
            method: method.to_owned(),
            path: path.to_owned(),
            body,
            if_match: None,
        };
        let options = jolli::client::CallOptions::default();
        self.ask(self.client.call(&call, &options)).body
    }

    /// A run by its number.
    pub fn job(&self, id: i64) -> Job {
        self.ask(self.client.job(jolli::api::JobId(id)))
    }

    /// The window of the pulse that ends now.
    pub fn pulse_window(&self, window: &str) -> (Timestamp, Timestamp) {
        let pulse = self.ask(self.client.pulse(window, 4));
        (pulse.since, pulse.until)
    }

    /// How many runs ended so in this time, by their rows.
    pub fn jobs_ended(&self, status: JobStatus, since: Timestamp, until: Timestamp) -> usize {
        let jobs = self.ask(self.client.jobs(&Query::new())).items;
        let within = |at: Timestamp| at >= since && at < until;
        jobs.iter()
            .filter(|job| job.status == status && job.finished_at.is_some_and(within))
            .count()
    }

    /// The runs of a source, the newest first.
    pub fn runs_of(&self, source: &str) -> Vec<i64> {
        let id = self.source(source).id;
        let jobs = self.ask(self.client.jobs(&Query::new())).items;
        let of_it = jobs.iter().filter(|job| job.source_id == id);
        let mut runs: Vec<i64> = of_it.map(|job| job.id.0).collect();
        runs.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
        runs
    }

    /// Who the token is.
    pub fn me(&self) -> Me {
        self.ask(self.client.me())
    }

    /// Every token that was not revoked.
    pub fn tokens(&self) -> Vec<Token> {
        self.ask(self.client.tokens(&Query::new())).items
    }

    /// An integration by name, where there is one.
    pub fn integration(&self, name: &str) -> Option<Integration> {
        let all = self.snapshot().integrations;
        all.into_iter().find(|it| it.name == name)
    }

    /// What happened after this position.
    pub fn events_after(&self, sequence: Sequence) -> Vec<Event> {
        self.ask(self.client.events(sequence, 500)).events
    }

    /// What people did after this position: a live world goes on by itself meanwhile.
    pub fn deeds_after(&self, sequence: Sequence) -> Vec<String> {
        let all = self.events_after(sequence).into_iter();
        all.filter(|it| it.actor.kind.as_str() == "user")
            .map(|it| it.event_type)
            .collect()
    }

    /// All deliveries, newest first.
    pub fn deliveries(&self) -> Vec<jolli::api::Delivery> {
        let query = jolli::client::Query::new();
        self.ask(self.client.deliveries(&query)).items
    }

    /// So many pings of a provider, signed.
    pub fn ping(&self, keys: &Keys, count: usize) {
        let mut integrations = self.snapshot().integrations.into_iter();
        let github = integrations
            .find(|it| it.provider == Provider::GitHub && it.status == IntegrationStatus::Active)
            .expect("the world has one of GitHub");
        let secret = &keys.webhook_secrets[&github.id];
        let body: &'static [u8] = br#"{"zen":"Speak like a human."}"#;
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        let proof = ring::hmac::sign(&key, body);
        let signature = format!("sha256={}", hex::encode(proof.as_ref()));
        let client = self.client.with_token(None);
        for n in 0..count {
            let id = format!("ping-{n:04}");
            let headers = [
                ("x-github-event", "ping"),
                ("x-github-delivery", id.as_str()),
                ("x-hub-signature-256", signature.as_str()),
                ("content-type", "application/json"),
            ];
            let sent = client.post_webhook(
                Provider::GitHub,
                Some(github.id),
                &headers,
                bytes::Bytes::from_static(body),
            );
            self.ask(sent);
        }
    }

    /// Waits until the server's state answers the question; looks again whenever something changes.
    pub fn until<T>(&self, what: &str, answer: impl Fn(&Self) -> Option<T>) -> T {
        let mut changes = self.client.follow_rows(self.sequence());
        loop {
            if let Some(found) = answer(self) {
                return found;
            }
            let news = async { tokio::time::timeout(DEADLINE, changes.next()).await };
            match self.runtime.block_on(news) {
                Ok(Some(Ok(_))) => {}
                Ok(ended) => panic!("waited for {what}: the feed ended ({ended:?})"),
                Err(elapsed) => panic!("waited for {what}: {elapsed}"),
            }
        }
    }
}
