//! Turns in sandboxes of `double.rs`, which runs what it is told to on this machine.
#![cfg(unix)]

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::double::{Asked, Double, KEY, Manner, VECTORS};
use super::*;
use crate::agent::acp::{Done, Host, PlanEntry, Question, Task, Tool};
use crate::agent::{Acp, AgentError, Draft, End, Program, Sandboxes, Turn};
use crate::domain::kind::{ApprovalDecision, RuntimeMode, Sandbox};

const LABELS: [(&str, &str); 2] = [("jolliJob", "7"), ("jolliSpace", "docs")];
/// What a test may take before it failed.
const PATIENCE: Duration = Duration::from_mins(1);

fn draft(path: &str, text: &str) -> Draft {
    Draft {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

fn drafts() -> [Draft; 2] {
    [draft("docs/a.md", "one\n"), draft("b.md", "two\n")]
}

fn labels() -> [(&'static str, String); 2] {
    LABELS.map(|(name, value)| (name, value.to_owned()))
}

fn e2b(double: &Double) -> E2b {
    E2b::new(KEY)
        .template("agents")
        .api(&double.url)
        .sandboxes(&double.url)
        .root(&double.root())
}

fn program(double: &Double, line: &str, deadline: Duration) -> Program {
    let there = Sandboxes::scrubbed(&[]).in_e2b(Some(e2b(double)), false);
    let there = there.within(Some(Sandbox::E2b), &labels()).unwrap();
    Program::new(line, deadline).placed(there)
}

async fn turn(double: &Double, line: &str) -> Result<Turn, AgentError> {
    let program = program(double, line, PATIENCE);
    program.turn(b"{\"n\":7}", &drafts()).await
}

/// One in a sandbox that does all as it should, and is gone afterwards.
async fn plain(line: &str) -> Result<Turn, AgentError> {
    let double = Double::start(Manner::default()).await;
    let done = turn(&double, line).await;
    assert_eq!(double.killed(), (1, false));
    done
}

async fn with(manner: Manner) -> (AgentError, Double) {
    let double = Double::start(manner).await;
    let error = turn(&double, "true #").await.unwrap_err();
    (error, double)
}

fn refusing(path: &'static str, how: &'static str, times: usize) -> Manner {
    Manner {
        refuses: vec![(path, how, times)],
        ..Manner::default()
    }
}

/// Until the last sandbox is gone.
async fn killed(double: &Double) {
    let is_gone = |double: &Double| double.killed() == (1, false);
    tokio::time::timeout(PATIENCE, double.until(is_gone))
        .await
        .expect("it is killed");
}

/// The request of the documents, as it is to be asked of this double.
fn documented(name: &str, root: &str) -> Asked {
    let text = VECTORS[name]["request"].to_string();
    let request: Value = serde_json::from_str(&text.replace("{root}", root)).unwrap();
    Asked {
        method: request["method"].as_str().unwrap().to_owned(),
        path: request["path"].as_str().unwrap().to_owned(),
        query: std::collections::HashMap::new(),
        headers: serde_json::from_value(request["headers"].clone()).unwrap(),
        body: request["body"].clone(),
    }
}

const LINE: &str = "f() { echo because; cat \"$1\" >> docs/a.md; echo x > docs/new.md; }; f";

#[tokio::test]
async fn what_it_leaves_in_its_documents_comes_back_and_nothing_else() {
    let turn = plain(LINE).await.unwrap();
    assert_eq!(turn.edits, [draft("docs/a.md", "one\n{\"n\":7}")]);
    assert_eq!(turn.reasoning, "because\n");
    assert_eq!(turn.left_out, ["docs/new.md"]);
}

#[tokio::test]
async fn it_is_asked_as_the_public_documents_say() {
    let double = Double::start(Manner::default()).await;
    turn(&double, LINE).await.unwrap();
    let asked = double.asked();
    for name in ["create", "start", "list", "kill"] {
        let expected = documented(name, &double.root());
        let found = asked.iter().filter(|it| it.path == expected.path);
        let [found] = found.collect::<Vec<_>>()[..] else {
            panic!("{name} once in {asked:#?}");
        };
        let mut found = found.clone();
        let named = |header: &String| expected.headers.contains_key(header);
        found.headers.retain(|header, _| named(header));
        assert_eq!(found, expected, "{name}");
    }
    let ways: Vec<&str> = asked.iter().map(|it| it.method.as_str()).collect();
    assert_eq!(
        ways,
        [
            "POST", "POST", "POST", "POST", "POST", "POST", "GET", "GET", "DELETE"
        ],
        "made, three files, started, listed, two files, killed"
    );
    for file in asked.iter().filter(|it| it.path == "/files") {
        assert_eq!(file.query["username"], "user");
        assert_eq!(file.headers["x-access-token"], "ea_secret");
        assert!(!file.headers.contains_key("x-api-key"), "it stays here");
    }
}

#[tokio::test]
async fn only_variables_that_are_named_go_along_and_secrets_never() {
    let double = Double::start(Manner::default()).await;
    let line = "env > b.md #";
    let named = ["CARGO_MANIFEST_DIR", "HOME", "E2B_API_KEY", "NOT_SET"].map(str::to_owned);
    let there = Sandboxes::scrubbed(&named).in_e2b(Some(e2b(&double)), true);
    let program = Program::new(line, PATIENCE).placed(there);
    program.turn(b"{}", &drafts()).await.unwrap();
    let asked = double.asked();
    let start = asked.iter().find(|it| it.path.ends_with("/Start")).unwrap();
    let sent = start.body["process"]["envs"].as_object().unwrap();
    let mut sent: Vec<&str> = sent.keys().map(String::as_str).collect();
    sent.sort_unstable();
    assert_eq!(sent, ["CARGO_MANIFEST_DIR", "JOLLI_REPORT"]);
}

#[tokio::test]
async fn the_report_names_no_folder_of_this_machine() {
    let double = Double::start(Manner::default()).await;
    let program = program(&double, "f() { cat \"$1\"; }; f", PATIENCE);
    let report = br#"{"sources":[{"name":"backend","workTree":"/srv/jolli/run-1"}]}"#;
    let turn = program.turn(report, &drafts()).await.unwrap();
    let read: Value = serde_json::from_str(&turn.reasoning).unwrap();
    let expected = json!({"sources": [{"name": "backend", "workTree": null}]});
    assert_eq!(read, expected);
}

#[tokio::test]
async fn streams_in_pieces_are_one_stream() {
    for cut in [1, 4, 1_000] {
        let double = Double::start(Manner {
            cut: Some(cut),
            ..Manner::default()
        })
        .await;
        let turn = turn(&double, "echo one; echo two; echo three >&2 #").await;
        assert_eq!(turn.unwrap().reasoning, "one\ntwo\n", "in pieces of {cut}");
    }
}

#[tokio::test]
async fn of_much_that_it_prints_the_end_is_kept() {
    let line = "head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero >&2; echo end #";
    let turn = plain(line).await.unwrap();
    assert_eq!(turn.reasoning.len(), 64 << 10);
    assert!(turn.reasoning.ends_with("xend\n"));
}

#[tokio::test]
async fn a_failure_says_its_last_word_and_changes_nothing() {
    let error = plain("f() { echo lost > b.md; echo no key >&2; exit 3; }; f").await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("exit status 3: no key"), "{error}");
}

#[tokio::test]
async fn documents_stay_documents() {
    let removed = plain("rm b.md #").await.unwrap_err();
    assert!(matches!(removed, AgentError::Removed(path) if path == "b.md"));
    let all = plain("rm -r ../documents #").await.unwrap_err();
    assert!(matches!(all, AgentError::Removed(_)));
    let linked = plain("ln -sf docs/a.md b.md #").await.unwrap_err();
    assert!(matches!(linked, AgentError::NotText(path) if path == "b.md"));
    let binary = plain("printf '\\377' > b.md #").await.unwrap_err();
    assert!(matches!(binary, AgentError::NotText(_)));
    let large = plain("head -c 17000000 /dev/zero > b.md #").await;
    let large = large.unwrap_err().to_string();
    assert!(
        large.contains("b.md") && large.contains("16 MiB"),
        "{large}"
    );
    let double = Double::start(Manner::default()).await;
    let program = program(&double, "true #", PATIENCE);
    let outside = program.turn(b"{}", &[draft("../a.md", "")]).await;
    assert!(matches!(outside.unwrap_err(), AgentError::Outside(_)));
    assert_eq!(double.asked(), [], "no sandbox for that");
}

#[tokio::test]
async fn at_its_deadline_it_is_stopped_and_its_sandbox_killed() {
    let double = Double::start(Manner::default()).await;
    let program = program(&double, "sleep 600 #", Duration::from_millis(300));
    let error = program.turn(b"{}", &drafts()).await.unwrap_err();
    assert!(matches!(error, AgentError::Deadline { .. }), "{error}");
    assert_eq!(double.killed(), (1, false));
    let asked = double.asked();
    let [.., signal, kill] = &asked[..] else {
        panic!("{asked:#?}");
    };
    assert_eq!(signal.body["signal"], "SIGNAL_SIGKILL");
    assert_eq!(kill.method, "DELETE");
}

#[tokio::test]
async fn a_turn_that_is_dropped_leaves_no_sandbox() {
    let double = Arc::new(Double::start(Manner::default()).await);
    let program = program(&double, "sleep 600 #", PATIENCE);
    let turn = tokio::spawn(async move { program.turn(b"{}", &drafts()).await });
    double
        .until(|double| double.count("POST", "/process.Process/Start") == 1)
        .await;
    turn.abort();
    assert!(turn.await.unwrap_err().is_cancelled());
    killed(&double).await;
}

#[tokio::test]
async fn a_turn_that_is_dropped_before_its_sandbox_is_there_leaves_none() {
    let made = CancellationToken::new();
    let double = Double::start(Manner {
        waits: Some(made.clone()),
        ..Manner::default()
    })
    .await;
    let program = program(&double, "true #", PATIENCE);
    let turn = tokio::spawn(async move { program.turn(b"{}", &drafts()).await });
    double
        .until(|double| double.count("POST", "/sandboxes") == 1)
        .await;
    turn.abort();
    assert!(turn.await.unwrap_err().is_cancelled());
    assert_eq!(double.killed(), (0, false), "there is none yet");
    made.cancel();
    killed(&double).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_put_there_ends_the_sandbox() {
    let (error, double) = with(refusing("/files", "no-room", usize::MAX)).await;
    let error = error.to_string();
    assert!(error.contains("not enough disk space"), "{error}");
    assert_eq!(double.killed(), (1, false));
    assert_eq!(double.count("POST", "/process.Process"), 0);
}

#[tokio::test]
async fn what_can_be_asked_twice_is_and_a_sandbox_is_not() {
    let double = Double::start(Manner {
        refuses: vec![
            ("/files", "no-capacity", 1),
            ("/filesystem.Filesystem/ListDir", "gone", 1),
            ("/sandboxes/i2a4m6q8s0u2w4y6", "no-capacity", 1),
        ],
        ..Manner::default()
    })
    .await;
    assert_eq!(turn(&double, LINE).await.unwrap().edits.len(), 1);
    assert_eq!(double.killed(), (1, false));
    let (error, double) = with(refusing("/sandboxes", "no-capacity", 1)).await;
    assert!(error.to_string().contains("no capacity"), "{error}");
    assert_eq!(double.asked().len(), 1);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let cases = [
        ("wrong-key", "JOLLI_E2B_API_KEY"),
        ("limit", "maximum number of concurrent E2B sandboxes (20)"),
        ("no-template", "--e2b-template"),
    ];
    for (how, what) in cases {
        let (error, double) = with(refusing("/sandboxes", how, 1)).await;
        let error = error.to_string();
        assert!(error.contains(what), "{how}: {error}");
        assert!(!error.contains(KEY), "{error}");
        assert_eq!(double.asked().len(), 1, "{how}: nothing was made");
    }
    let double = Double::start(Manner::default()).await;
    let wrong = Program::new("true #", PATIENCE);
    let wrong =
        wrong.placed(Sandboxes::default().in_e2b(Some(e2b_with(&double, "e2b_wrong")), true));
    let error = wrong.turn(b"{}", &drafts()).await.unwrap_err();
    assert!(matches!(error, AgentError::Sandbox(E2bError::Key { .. })));
}

fn e2b_with(double: &Double, key: &str) -> E2b {
    E2b::new(key).api(&double.url).sandboxes(&double.url)
}

#[tokio::test]
async fn a_sandbox_that_ends_in_the_midst_ends_the_turn() {
    let (error, double) = with(Manner {
        breaks_off: true,
        ..Manner::default()
    })
    .await;
    assert!(
        matches!(error, AgentError::Sandbox(E2bError::Gone(_))),
        "{error}"
    );
    assert_eq!(double.killed(), (1, false));
    let (error, _) = with(refusing("/process.Process/Start", "gone", 1)).await;
    assert!(
        matches!(error, AgentError::Sandbox(E2bError::Gone(_))),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_there_is_told_so() {
    let double = Double::start(Manner::default()).await;
    let there = e2b(&double);
    drop(double);
    let program =
        Program::new("true #", PATIENCE).placed(Sandboxes::default().in_e2b(Some(there), true));
    let error = program.turn(b"{}", &drafts()).await.unwrap_err();
    let is_it = matches!(error, AgentError::Sandbox(E2bError::Unreachable { .. }));
    assert!(is_it, "{error}");
}

#[tokio::test]
async fn a_space_gets_the_sandbox_that_it_wants_or_is_told_why_not() {
    let here = Sandboxes::default();
    let none = here.within(Some(Sandbox::E2b), &[]).unwrap_err();
    assert!(matches!(none, E2bError::NoKey));
    assert!(!here.within(None, &[]).unwrap().is_away());
    assert!(!here.within(Some(Sandbox::Local), &[]).unwrap().is_away());
    let both = here.clone().in_e2b(Some(E2b::new(KEY)), false);
    assert!(!both.within(None, &[]).unwrap().is_away());
    assert!(!both.within(Some(Sandbox::Local), &[]).unwrap().is_away());
    assert!(both.within(Some(Sandbox::E2b), &[]).unwrap().is_away());
    let away = here.in_e2b(Some(E2b::new(KEY)), true);
    assert!(away.within(None, &[]).unwrap().is_away());
    let brought_back = away.within(Some(Sandbox::Local), &[]).unwrap_err();
    assert!(matches!(brought_back, E2bError::Elsewhere));
    assert!(!format!("{away:?}").contains(KEY));
}

/// Listens, and answers when it is time to.
struct Listener {
    double: Arc<Double>,
    said: String,
    asked: usize,
    interrupt: CancellationToken,
    interrupts: bool,
}

#[async_trait::async_trait]
impl Host for Listener {
    async fn began(&mut self, _: &str, _: Option<&str>) -> Result<(), AgentError> {
        Ok(())
    }
    async fn said(&mut self, text: &str) -> Result<(), AgentError> {
        self.said.push_str(text);
        Ok(())
    }
    async fn tool(&mut self, _: &Tool) -> Result<(), AgentError> {
        Ok(())
    }
    async fn plan(&mut self, _: &[PlanEntry]) -> Result<(), AgentError> {
        Ok(())
    }
    async fn note(&mut self, _: &str) -> Result<(), AgentError> {
        Ok(())
    }
    async fn ask(&mut self, _: &Question) -> Result<ApprovalDecision, AgentError> {
        self.asked += 1;
        if self.interrupts {
            self.interrupt.cancel();
            std::future::pending::<()>().await;
        }
        // A person takes so long that the sandbox has to be kept.
        let path = "/sandboxes/i2a4m6q8s0u2w4y6/timeout";
        let before = self.double.count("POST", path);
        let is_kept = |double: &Double| double.count("POST", path) > before;
        self.double.until(is_kept).await;
        Ok(ApprovalDecision::Accept)
    }
}

async fn talk(
    script: &str,
    mode: RuntimeMode,
    interrupts: bool,
) -> (Result<Done, AgentError>, Listener) {
    let double = Arc::new(Double::start(Manner::default()).await);
    let command = format!(
        "JOLLI_TEST_ACP='{script}' exec '{}' --exact agent::acp::tests::double --nocapture --test-threads=1",
        std::env::current_exe().unwrap().display()
    );
    let there = e2b(&double).refresh(Duration::from_millis(50));
    let agent = Acp::new(&command, PATIENCE).placed(Sandboxes::default().in_e2b(Some(there), true));
    let interrupt = CancellationToken::new();
    let mut listener = Listener {
        double: double.clone(),
        said: String::new(),
        asked: 0,
        interrupt: interrupt.clone(),
        interrupts,
    };
    let drafts = drafts();
    let task = Task {
        prompt: "Keep it true.",
        report: br#"{"article":{"path":"docs/a.md"}}"#,
        drafts: &drafts,
        readable: &[],
        mode,
        session: None,
        before: None,
        folder: None,
        interrupt: &interrupt,
    };
    let done = agent.turn(&task, &mut listener).await;
    assert_eq!(double.killed(), (1, false));
    (done, listener)
}

#[tokio::test]
async fn an_agent_of_the_protocol_has_its_conversation_there() {
    let mode = RuntimeMode::FullAccess;
    let (done, listener) = talk("say=3 ask direct stray=new.md", mode, false).await;
    let done = done.unwrap();
    assert_eq!(done.end, End::Finished);
    assert_eq!(done.turn.edits, [draft("docs/a.md", "one\nEdited.\n")]);
    assert_eq!(done.turn.left_out, ["new.md"]);
    assert_eq!(listener.asked, 0);
    assert!(listener.said.contains("answer allow"), "{}", listener.said);
}

#[tokio::test]
async fn the_sandbox_is_kept_while_a_person_is_asked() {
    let mode = RuntimeMode::ApprovalRequired;
    let (done, listener) = talk("ask direct", mode, false).await;
    assert_eq!(done.unwrap().turn.edits.len(), 1);
    assert_eq!(listener.asked, 1);
    let kept = listener.double.asked().into_iter();
    let mut kept = kept.filter(|it| it.path.ends_with("/timeout"));
    let mut one = kept.next().unwrap();
    let expected = documented("timeout", "");
    one.headers
        .retain(|name, _| expected.headers.contains_key(name));
    assert_eq!(one, expected);
}

#[tokio::test]
async fn nobody_reads_or_writes_files_of_this_machine_for_an_agent_over_there() {
    // These are there, and on this machine; `direct` is the way that is left.
    let mode = RuntimeMode::FullAccess;
    let script = "direct reach=/etc/hostname put=b.md";
    let (done, listener) = talk(script, mode, false).await;
    assert_eq!(
        done.unwrap().turn.edits,
        [draft("docs/a.md", "one\nEdited.\n")]
    );
    for method in ["fs/read_text_file", "fs/write_text_file"] {
        let refused = format!("-32601 \"{method}\"");
        assert!(listener.said.contains(&refused), "{}", listener.said);
    }
    let asked = listener.double.asked();
    let inputs = asked
        .iter()
        .filter_map(|it| it.body["input"]["stdin"].as_str());
    let first = STANDARD.decode(inputs.clone().next().unwrap()).unwrap();
    let first: Value = serde_json::from_slice(&first).unwrap();
    assert_eq!(first["method"], "initialize");
    let offered = &first["params"]["clientCapabilities"]["fs"];
    for what in ["readTextFile", "writeTextFile"] {
        assert_ne!(offered[what], true, "{offered}");
    }
}

#[tokio::test]
async fn interrupted_it_ends_with_its_sandbox() {
    let mode = RuntimeMode::ApprovalRequired;
    let (done, listener) = talk("ask direct", mode, true).await;
    assert_eq!(done.unwrap().end, End::Interrupted);
    assert_eq!(listener.asked, 1);
}

#[tokio::test]
async fn an_agent_that_breaks_down_there_says_how() {
    let (done, _) = talk("crash", RuntimeMode::FullAccess, false).await;
    let error = done.unwrap_err();
    assert!(matches!(error, AgentError::Failed { .. }), "{error}");
}
