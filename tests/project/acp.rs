//! `jolli impact agent --agent-acp`: an agent that tells what it does, and asks the person at the terminal (sources.md §6).

use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};

use super::world::World;
use crate::support::{Console, DEADLINE};

/// A project whose code changed: A and E watch the code, B watches A.
fn world() -> World {
    let world = World::alone();
    world.write(&world.docs(), "src/a.ts", "1\n");
    world.document("docs/a.md", "A", &[(None, "src/**")]);
    world.document("docs/b.md", "B", &[(None, "docs/a.md")]);
    world.document("docs/e.md", "E", &[(None, "src/**")]);
    world.commit(&world.docs());
    world.write(&world.docs(), "src/a.ts", "2\n");
    world.commit(&world.docs());
    world
}

/// This program, as the agent that does what the script says.
fn double(script: &str) -> String {
    let program = std::env::current_exe().unwrap();
    format!(
        "JOLLI_TEST_ACP='{script}' exec '{}' --exact worker::acp::agent --nocapture --test-threads=1",
        program.display()
    )
}

fn args<'a>(agent: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let base = ["impact", "agent", "--base", "HEAD~1", "--agent-acp", agent];
    base.iter().chain(more).copied().collect()
}

const UNATTENDED: &[&str] = &["--yes", "--agent-mode", "full-access"];

fn audit(world: &World) -> Vec<Value> {
    let text = world.read(&world.docs(), ".jolli/impact-audit.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The lines of one kind: a field of each.
fn noted(world: &World, step: &str, field: &str) -> Vec<Value> {
    let lines = audit(world).into_iter();
    lines
        .filter(|line| line["step"] == step)
        .map(|line| line[field].clone())
        .collect()
}

fn results(done: &Value) -> Vec<(&str, &str)> {
    let rows = done["results"].as_array().unwrap().iter();
    rows.map(|row| {
        (
            row["jrn"].as_str().unwrap(),
            row["status"].as_str().unwrap(),
        )
    })
    .collect()
}

fn edited(world: &World, name: &str) -> usize {
    let text = world.read(&world.docs(), &format!("docs/{name}.md"));
    text.matches("Edited.\n").count()
}

/// Answers which document is next, once that is the last thing on the screen: what is typed before the question is there
/// answers the one before it, which may be void.
fn answer(terminal: &mut Console, asked: &str, key: &str) {
    terminal.wait_for(&format!("the question after {asked:?}"), |view| {
        let rows = view.rows();
        let last = rows.iter().rfind(|row| !row.trim().is_empty());
        view.shows(asked) && last.is_some_and(|row| row.trim_end().ends_with("[q]uit?"))
    });
    terminal.press(key).press("Enter");
}

/// Answers the question with this number, once it is the last thing on the screen.
fn allow(terminal: &mut Console, number: usize, key: &str) {
    terminal.wait_for(&format!("question {number}"), |view| {
        let rows = view.rows();
        let is_question = |row: &&String| row.contains("[c]ancel?");
        let last = rows.iter().rfind(|row| !row.trim().is_empty());
        rows.iter().filter(is_question).count() == number
            && last.is_some_and(|row| row.trim_end().ends_with("[c]ancel?"))
    });
    terminal.press(key).press("Enter");
}

/// The number behind `pid` on the screen.
fn pid_on(terminal: &Console) -> Pid {
    terminal.wait("the agent's pid", |view| {
        let rows = view.rows();
        let said = rows.iter().find_map(|row| row.split_once("pid "))?.1;
        Pid::from_raw(said.split_whitespace().next()?.parse().ok()?)
    })
}

/// Waits until there is no such process; a dead one that nobody has collected yet is none.
fn gone(pid: Pid) {
    let began = Instant::now();
    let lives = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        test_kill_process(pid).is_ok() && !stat.is_ok_and(|stat| stat.contains(") Z "))
    };
    while lives() {
        assert!(began.elapsed() < DEADLINE, "{pid:?} lives");
        std::thread::yield_now();
    }
}

#[test]
fn documents_follow_the_code_and_each_other_in_conversations_of_their_own() {
    let world = world();
    let agent = double("plan say=2");
    let said = world.jolli(&args(&agent, &[UNATTENDED, &["--json"]].concat()));
    for told in [
        "  The double begins (session double-",
        "  | with the report word 0 word 1",
        "  plan: 1 of 2 steps done; now: edit",
        "  [edit] Edit docs/b.md",
    ] {
        assert!(said.err.contains(told), "{told}: {}", said.err);
    }
    // Nothing else than the result goes to standard output.
    let done = said.json();
    assert_eq!(
        results(&done),
        [("A", "updated"), ("E", "updated"), ("B", "updated")]
    );
    assert_eq!(
        done["results"][0]["reasoning"],
        "with the report word 0 word 1"
    );
    assert_eq!(["a", "b", "e"].map(|name| edited(&world, name)), [1, 1, 1]);
    let lines = audit(&world);
    let steps: Vec<&str> = lines
        .iter()
        .map(|line| line["step"].as_str().unwrap())
        // What a test program prints before it is an agent.
        .filter(|step| *step != "note")
        .collect();
    let turn = ["session", "tool", "tool", "document"];
    let expected = [&["start"], &turn[..], &turn, &turn, &["end"]].concat();
    assert_eq!(steps, expected);
    let begun = lines.iter().find(|line| line["step"] == "session");
    let begun = begun.unwrap();
    assert_eq!(
        (&begun["agent"], &begun["mode"], &begun["path"]),
        (
            &json!("The double"),
            &json!("full-access"),
            &json!("docs/a.md")
        )
    );
    assert_eq!(
        noted(&world, "tool", "state")[..2],
        [json!("started"), json!("completed")]
    );
    // A session for each: nothing of a document is shown before somebody let it be looked at.
    let sessions = noted(&world, "session", "session");
    assert!(sessions[0] != sessions[1] && sessions[1] != sessions[2]);
    // Later runs find what was changed between these lines.
    let again = [
        &[
            "impact",
            "agent",
            "--propagate-only",
            "--json",
            "--agent-acp",
            &agent,
        ],
        UNATTENDED,
    ];
    let again = world.jolli(&again.concat()).json();
    assert_eq!(results(&again), [("B", "updated")]);
}

#[test]
fn where_nobody_is_asked_the_agent_acts_only_if_somebody_said_so() {
    let world = world();
    let agent = double("ask");
    let refused = world.jolli(&args(&agent, &["--yes"])).fails(2);
    assert!(refused.contains("--agent-mode full-access"), "{refused}");
    let refused = world.jolli(&args(&agent, &[])).fails(2);
    assert!(refused.contains("no terminal"), "{refused}");
    assert!(!world.docs().join(".jolli/impact-audit.jsonl").exists());
    // Nobody needs to say anything of what will not be done.
    let would = world.jolli(&args(&agent, &["--yes", "--dry-run"])).ok();
    assert!(would.starts_with("would look at  docs/a.md"), "{would}");

    let attended = ["--yes", "--agent-mode", "approval-required", "--limit", "1"];
    let said = world.jolli(&args(&agent, &attended));
    assert!(
        said.err.contains("declined: nobody is asked"),
        "{}",
        said.err
    );
    assert_eq!(said.ok(), "unchanged  docs/a.md (A)\n");
    assert_eq!(noted(&world, "answered", "decision"), ["decline"]);
    assert_eq!(edited(&world, "a"), 0);
    // A mode is one of an agent that asks.
    let program = [
        "impact",
        "agent",
        "--agent",
        "true",
        "--agent-mode",
        "full-access",
    ];
    let refused = world.jolli(&program).fails(2);
    assert!(refused.contains("--agent-mode"), "{refused}");
}

#[test]
fn what_it_may_do_is_the_persons_to_say() {
    let world = world();
    let agent = double("ask edit=docs/a.md");
    let mut terminal = world.terminal(&args(&agent, &["--limit", "1"]));
    // Nothing is looked at before this one is answered.
    terminal
        .wait_text("docs/a.md (A)")
        .wait_text("matched src/**");
    assert!(noted(&world, "session", "path").is_empty());
    answer(&mut terminal, "[q]uit?", "u");
    terminal
        .wait_text("the agent asks (file-change): Edit docs/a.md")
        .wait_text("+Edited.");
    // It stands there before anybody answers.
    assert_eq!(noted(&world, "asked", "requestKind"), ["file-change"]);
    let diff = noted(&world, "asked", "diff")[0]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(diff.starts_with("--- a/docs/a.md\n"), "{diff}");
    assert!(noted(&world, "answered", "decision").is_empty());
    terminal.wait_text("[a]llow once, allow for the [s]ession, [d]ecline, [c]ancel?");
    allow(&mut terminal, 1, "x");
    terminal.wait_text("one of the letters in brackets");
    allow(&mut terminal, 2, "a");
    // Allowed once: the next is asked about.
    terminal.wait_text("answer allow_once");
    allow(&mut terminal, 3, "d");
    terminal.wait_text("[edit] Edit docs/a.md: failed");
    terminal.wait_text("updated    docs/a.md (A)");
    assert_eq!(edited(&world, "a"), 1);
    // The next level, in a session of its own.
    answer(&mut terminal, "docs/b.md (B)", "u");
    allow(&mut terminal, 4, "c");
    terminal.wait_text("skipped    docs/b.md (B)");
    assert!(terminal.wait_exit().success());
    assert_eq!(
        noted(&world, "answered", "decision"),
        ["accept", "decline", "cancel"]
    );
    assert_eq!(edited(&world, "b"), 0);
}

#[test]
fn what_is_allowed_for_the_session_is_asked_once_and_never_of_the_next_document() {
    let world = world();
    let agent = double("ask offer=allow_once,reject_once edit=docs/a.md,docs/a.md");
    let more = ["--no-propagate", "--json"];
    let mut terminal = world.terminal(&args(&agent, &more));
    answer(&mut terminal, "[q]uit?", "u");
    allow(&mut terminal, 1, "s");
    answer(&mut terminal, "docs/e.md (E)", "u");
    // Another conversation: it asks again.
    allow(&mut terminal, 2, "c");
    terminal.wait_text("\"status\": \"skipped\"");
    assert!(terminal.wait_exit().success());
    assert_eq!(
        noted(&world, "answered", "decision"),
        ["acceptForSession", "cancel"]
    );
    assert_eq!(edited(&world, "a"), 3);
}

#[test]
fn a_document_that_changes_while_a_question_waits_stays_as_it_is_then() {
    let world = world();
    let agent = double("");
    let more = ["--limit", "1", "--no-propagate"];
    let mut terminal = world.terminal(&args(&agent, &more));
    answer(&mut terminal, "[q]uit?", "u");
    terminal.wait_text("Write docs/a.md");
    let theirs = world.read(&world.docs(), "docs/a.md") + "Theirs.\n";
    world.write(&world.docs(), "docs/a.md", &theirs);
    allow(&mut terminal, 1, "a");
    terminal.wait_text("it was changed meanwhile");
    assert_eq!(terminal.wait_exit().exit_code(), 1);
    assert_eq!(world.read(&world.docs(), "docs/a.md"), theirs);
}

#[test]
fn whoever_interrupts_a_run_ends_the_agent_and_all_that_it_started() {
    for (script, mode, reached) in [
        ("hang", "full-access", ("tool", "completed")),
        (
            "ask stubborn",
            "approval-required",
            ("asked", "Edit docs/a.md"),
        ),
    ] {
        let world = world();
        let note = world.path("started");
        let agent = format!(
            "sleep 600 & echo $! > {}; {}",
            note.display(),
            double(script)
        );
        let mut terminal = world.terminal(&args(&agent, &["--agent-mode", mode]));
        answer(&mut terminal, "[q]uit?", "u");
        terminal.wait_text("[edit] Edit docs/a.md");
        let began = Instant::now();
        let field = if reached.0 == "tool" {
            "state"
        } else {
            "detail"
        };
        while !noted(&world, reached.0, field)
            .iter()
            .any(|it| it == reached.1)
        {
            assert!(began.elapsed() < DEADLINE, "{script}");
            std::thread::yield_now();
        }
        let agent = noted(&world, "session", "session")[0]
            .as_str()
            .unwrap()
            .to_owned();
        let agent: i32 = agent.trim_start_matches("double-").parse().unwrap();
        let started: i32 = std::fs::read_to_string(&note)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        terminal.press("C-c");
        terminal.wait_text("jolli: interrupted; no agent runs any more");
        assert_eq!(terminal.wait_exit().exit_code(), 130, "{script}");
        gone(Pid::from_raw(agent).unwrap());
        gone(Pid::from_raw(started).unwrap());
        let lines = audit(&world);
        assert_eq!(lines.last().unwrap()["step"], "interrupted");
        assert_eq!(edited(&world, "a"), 0);
    }
}

#[test]
fn an_agent_that_dies_takes_its_question_with_it_and_no_answer_to_the_next() {
    let world = world();
    let agent = double("pid ask");
    let mut terminal = world.terminal(&args(&agent, &["--no-propagate"]));
    answer(&mut terminal, "[q]uit?", "u");
    terminal.wait_text("[c]ancel?");
    kill_process(pid_on(&terminal), Signal::KILL).unwrap();
    terminal.wait_text("error      docs/a.md (A)");
    assert_eq!(noted(&world, "answered", "decision"), ["void"]);
    answer(&mut terminal, "docs/e.md (E)", "s");
    terminal.wait_text("skipped    docs/e.md (E)");
    assert_eq!(terminal.wait_exit().exit_code(), 1);
}

#[test]
fn an_agent_that_breaks_changes_nothing() {
    let world = world();
    let before = world.read(&world.docs(), "docs/a.md");
    for (agent, word, timeout) in [
        (double("crash"), "out of cheese", "60"),
        (double("login"), "asks for a login", "60"),
        (double("end=refusal"), "refuses", "60"),
        (double("end=tokens"), "limit: tokens", "60"),
        (double("end=error"), "no more credit", "60"),
        (double("remove"), "removed", "60"),
        (double("mute"), "did not end within 2 s", "2"),
        ("exit 3".to_owned(), "exit status: 3", "60"),
    ] {
        let more = ["--limit", "1", "--json", "--timeout", timeout];
        let said = world.jolli(&args(&agent, &[UNATTENDED, &more].concat()));
        let done: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(results(&done), [("A", "error")], "{agent}");
        let error = done["results"][0]["error"].as_str().unwrap();
        assert!(error.contains(word), "{error}");
        said.fails(1);
        assert_eq!(world.read(&world.docs(), "docs/a.md"), before);
    }
    // What is only odd is told, and what it writes besides is not taken over.
    let more = ["--limit", "1", "--no-propagate"];
    let agent = double("garbage stray=other.md");
    let said = world.jolli(&args(&agent, &[UNATTENDED, &more].concat()));
    assert!(
        said.err
            .contains("note: the agent printed what is no message: npm WARN"),
        "{}",
        said.err
    );
    assert!(said.err.contains("also wrote other.md"), "{}", said.err);
    assert_eq!(said.ok(), "updated    docs/a.md (A)\n");
    assert!(!world.docs().join("other.md").exists());
}

#[test]
fn what_an_agent_says_moves_nothing_on_the_terminal() {
    let world = world();
    let agent = double("escape ask line=\u{1b}[2Jlined");
    let more = ["--limit", "1", "--no-propagate"];
    let mut terminal = world.terminal(&args(&agent, &more));
    answer(&mut terminal, "[q]uit?", "u");
    terminal.wait_text("[c]ancel?");
    // What came first stands there still, and what was to be obeyed is read. (This screen shows no replacement characters.)
    for seen in [
        "docs/a.md (A)",
        "[2J]0;ownedsaid",
        "[other] [2Jtitled",
        "+[2Jlined",
    ] {
        terminal.wait_text(seen);
    }
    terminal.view(|view| assert_ne!(view.beside.title, "owned"));
    allow(&mut terminal, 1, "d");
    assert!(terminal.wait_exit().success());
}
