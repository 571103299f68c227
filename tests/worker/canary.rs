//! Secrets that are nowhere but where they belong: everything that the product is told in confidence goes through what it
//! does, and is looked for in all that it says and keeps (reliability.md: secrets stay secret).

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use jolli::api::{
    IntegrationId, JobStatus, NewCredential, NewIntegration, NewToken, Provider, Role,
};
use jolli::base::SystemRandom;
use jolli::base::random::base62;
use jolli::client::{CallOptions, Client};
use jolli::demo::ZEROS;
use jolli::server::table;
use serde_json::Value;

use super::fleet::{Fleet, KEY, SECRET};
use super::hand::Hand;
use crate::support::{Console, bin, store};

/// How often the processes are looked at: shorter than any of them lives.
const PACE: Duration = Duration::from_millis(1);

/// Texts to look for, with what each is.
#[derive(Clone, Debug, Default)]
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    fn add(&mut self, what: &'static str, text: &str) -> String {
        assert!(text.len() > 12, "{what} could be found by chance");
        self.0.push((what, text.to_owned()));
        // What travels in a header of its own form.
        let pair =
            base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{text}"));
        self.0.push((what, pair));
        text.to_owned()
    }

    fn sung(what: &'static str, all: &mut Self) -> String {
        let text = format!("canary{}", base62(&SystemRandom::new(), 30));
        all.add(what, &text)
    }

    /// Which of them are in there.
    fn of(&self, bytes: &[u8]) -> BTreeSet<&'static str> {
        let said = String::from_utf8_lossy(bytes);
        let found = self.0.iter().filter(|(_, text)| said.contains(text));
        found.map(|(what, _)| *what).collect()
    }

    #[track_caller]
    fn none_in(&self, place: &str, bytes: &[u8]) {
        assert_eq!(self.of(bytes), BTreeSet::new(), "in {place}");
    }

    /// Looks through every file below a folder; how many there are.
    fn none_below(&self, folder: &Path) -> usize {
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap().file_type();
            if kind.is_dir() {
                count += self.none_below(&path);
            } else if kind.is_file() {
                // A file may go while others are looked through.
                let bytes = std::fs::read(&path).unwrap_or_default();
                self.none_in(&path.display().to_string(), &bytes);
                count += 1;
            }
        }
        count
    }
}

/// Looks at the command line of every process of this machine, again and again.
struct Watch {
    stop: Arc<AtomicBool>,
    watching: JoinHandle<(BTreeSet<String>, usize)>,
}

impl Watch {
    fn begin(canaries: Canaries) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stop);
        let watching = std::thread::spawn(move || {
            let (mut found, mut lines) = (BTreeSet::new(), BTreeSet::new());
            while !until.load(Ordering::SeqCst) {
                for entry in std::fs::read_dir("/proc").unwrap().flatten() {
                    let Ok(line) = std::fs::read(entry.path().join("cmdline")) else {
                        continue;
                    };
                    for what in canaries.of(&line) {
                        let line = String::from_utf8_lossy(&line).replace('\0', " ");
                        found.insert(format!("{what}: {line}"));
                    }
                    lines.insert(line);
                }
                std::thread::park_timeout(PACE);
            }
            (found, lines.len())
        });
        Self { stop, watching }
    }

    fn end(self) {
        self.stop.store(true, Ordering::SeqCst);
        let (found, lines) = self.watching.join().unwrap();
        assert_eq!(found, BTreeSet::new());
        assert!(lines > 3, "only {lines} command lines were seen");
    }
}

async fn send(
    client: &Client,
    id: IntegrationId,
    provider: Provider,
    headers: &[(&str, &str)],
) -> u16 {
    let body = Bytes::from_static(br#"{"object_kind":"push"}"#);
    let sent = client
        .with_token(None)
        .post_webhook(provider, Some(id), headers, body)
        .await;
    sent.map_or_else(
        |error| error.code().map_or(0, jolli::api::Code::status),
        |it| it.status,
    )
}

/// Everything that the API tells an admin, with ids from 1 to 4.
async fn all_answers(client: &Client) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let reads = table()
        .into_iter()
        .filter(|it| !it.mutates() && !it.path.starts_with("//"));
    for endpoint in reads {
        for id in 1..=4 {
            let mut path = endpoint.path.replace("{slug}", "docs");
            while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
                path.replace_range(from..=to, &id.to_string());
            }
            let call = jolli::api::Call::new("GET", &path);
            let answer = match client.call(&call, &CallOptions::default()).await {
                Ok(reply) => format!("{reply:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            told.push((path, answer));
        }
    }
    told
}

fn jolli(fleet: &Fleet, args: &[&str], input: Option<&str>) -> String {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let home = fleet.server.home();
    let mut child = Command::new(bin())
        .args(args)
        .env_clear()
        .envs(home.env())
        .env("JOLLI_URL", fleet.url())
        .env("JOLLI_AUTH_TOKEN", &fleet.token)
        .env("JOLLI_LOG", "trace")
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(input.unwrap_or_default().as_bytes())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{args:?}: {told}");
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_in_confidence_is_nowhere_in_what_is_said_or_kept() {
    let mut all = Canaries::default();
    let fleet = Fleet::telling(store::asked().map(Arc::new), Some("trace")).await;
    let client = &fleet.client;
    all.0.push(("the master key", KEY.to_owned()));
    all.0.push(("a webhook secret", SECRET.to_owned()));
    all.add("the first token", &fleet.token);
    let credential = Canaries::sung("a clone credential", &mut all);
    let shared = Canaries::sung("a webhook secret that is sent itself", &mut all);
    let sent_by_mistake = Canaries::sung("what a sender proves itself with", &mut all);
    let of_agents = Canaries::sung("a variable that no agent is to have", &mut all);
    let runner = all.add("a runner's token", &fleet.token("w-1").await);
    let new = NewToken {
        name: "bo".to_owned(),
        role: Role::Operator,
        expires_in: None,
    };
    all.add(
        "an operator's token",
        &client.create_token(&new).await.unwrap().token,
    );
    let gitlab = NewIntegration {
        provider: Provider::GitLab,
        name: "on gitlab".to_owned(),
        repo: None,
        account: Some("gitlab.com/acme".to_owned()),
        secret: Some(shared.clone()),
    };
    let gitlab = client
        .create_integration(&gitlab)
        .await
        .unwrap()
        .integration
        .id;
    let rotated = client.rotate_secret(gitlab).await.unwrap();
    all.add("a rotated webhook secret", &rotated.webhook_secret);
    let watch = Watch::begin(all.clone());

    // By the API, and by the command line, which is told on its input.
    let given = NewCredential {
        user: None,
        secret: credential.clone(),
    };
    client
        .set_credential(fleet.integration, &given)
        .await
        .unwrap();
    let id = fleet.integration.to_string();
    let told = jolli(
        &fleet,
        &["integration", "set-credential", &id],
        Some(&credential),
    );
    all.none_in("`set-credential`", told.as_bytes());

    // Webhooks that prove themselves by sending the secret, that carry what they should not, and that prove nothing.
    let good = [
        ("x-gitlab-event", "Push Hook"),
        ("x-gitlab-token", shared.as_str()),
    ];
    assert_eq!(send(client, gitlab, Provider::GitLab, &good).await, 200);
    let bearer = format!("Bearer {sent_by_mistake}");
    let too_much = [
        good[0],
        good[1],
        ("authorization", &bearer),
        ("cookie", &bearer),
    ];
    assert_eq!(send(client, gitlab, Provider::GitLab, &too_much).await, 200);
    let wrong = [good[0], ("x-gitlab-token", sent_by_mistake.as_str())];
    assert_eq!(send(client, gitlab, Provider::GitLab, &wrong).await, 401);

    // A run whose agent shows all that it has, and one that fails with it on its lips.
    fleet.space("docs", "a.md").await;
    let agent = "f() { env; cat /proc/$PPID/cmdline; echo edited >> a.md; }; f";
    let variables = [
        ("JOLLI_LOG", "trace"),
        ("AWS_SECRET_ACCESS_KEY", of_agents.as_str()),
        ("JOLLI_SECRET_KEY", KEY),
    ];
    let agent = ["--agent", agent];
    let worker = Hand::told(fleet.url(), &runner, &fleet.place, "w-1", agent, &variables);
    let head = fleet.commit("src/a.rs").await;
    let job = fleet.push("gh-1", ZEROS, &head).await;
    let job = fleet.ended(job).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{job:#?}");

    // What a person sees.
    let mut console = Console::jolli()
        .args(["console", "--server", fleet.url()])
        .env("JOLLI_AUTH_TOKEN", &fleet.token)
        .env("JOLLI_KEYRING", "file")
        .env("JOLLI_LOG", "trace")
        .size(160, 50)
        .spawn();
    console.wait_text("● live").settle();
    for keys in ["gi", "gt", "gd", "gb", "4"] {
        console.keys(keys).settle();
        let screen = console.screen().join("\n");
        all.none_in(&format!("the screen after {keys}"), screen.as_bytes());
        console.press("Enter").settle();
        let screen = console.screen().join("\n");
        all.none_in(&format!("the screen after {keys} Enter"), screen.as_bytes());
        console.press("Esc").settle();
    }
    let home = Arc::clone(console.home());
    console.press("Q").wait_exit();

    for args in [
        &["integration", "list", "--json"][..],
        &["queue", "list"],
        &["space", "list", "--json"],
    ] {
        let told = jolli(&fleet, args, None);
        all.none_in(&args.join(" "), told.as_bytes());
    }
    let answers = all_answers(client).await;
    assert!(answers.iter().any(|(_, it)| it.contains("on gitlab")));
    for (path, answer) in answers {
        all.none_in(&path, answer.as_bytes());
    }
    let events: Value = serde_json::to_value(fleet.events().await).unwrap();
    assert!(events.to_string().contains("integration.credential-set"));
    watch.end();

    // All that is on the disk: the logs at their loudest, the database, mirrors, what agents left.
    let log = fleet.server.log();
    assert!(log.contains("TRACE"), "{log}");
    assert!(all.none_below(fleet.server.home().path()) > 3);
    assert!(all.none_below(worker.home().path()) > 3);
    all.none_below(home.path());
    worker.end().await;
}
