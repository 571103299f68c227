//! The console in lines: the real binary with orders in a pipe, and in a terminal that stays as it was.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::Modes;
use crate::support::demo::Demo;
use crate::support::{Home, bin};
use jolli::api::SourceKind;

/// Says the lines to a console on a server of the demo world; what it answered.
fn say(demo: &Demo, url: &str, lines: &[&str]) -> (Output, String) {
    let home = Home::new();
    let mut child = Command::new(bin())
        .args(["console", "--plain", "--server", url])
        .env_clear()
        .envs(home.env())
        .env("JOLLI_KEYRING", "file")
        .env("JOLLI_AUTH_TOKEN", demo.keys().ana)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines.join("\n").as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    (output, said)
}

#[test]
fn orders_in_a_pipe_do_what_keys_do_and_refuse_what_keys_refuse() {
    let demo = Demo::live();
    let home = std::sync::Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let url = server.url().to_owned();
    let api = demo.api();
    assert_eq!(api.source("scratch").kind, SourceKind::Virtual);
    assert!(!api.binding("sdk", "frontend").enabled);

    let (output, said) = say(
        &demo,
        &url,
        &[
            "stuck",
            "link scratch",
            "1",
            "yes",
            "toggle \"SDK Reference\" frontend",
            "why frontend",
        ],
    );
    assert!(output.status.success(), "{said}");
    for sentence in [
        "1. frontend: true, github.com/acme/frontend, stalled.",
        "Preview of scratch, nothing is written yet:",
        "scratch is true",
        "SDK Reference × frontend is on.",
        "D-17 space_failed",
        "Remedy 1: Retry the failed space",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    assert!(!said.contains('\u{1b}'), "no escape sequence");
    assert!(!said.contains(['│', '━', '▌', '┃']), "no drawing");
    assert_eq!(api.source("scratch").kind, SourceKind::True);
    assert!(api.binding("sdk", "frontend").enabled);

    // What cannot be taken back wants the name, and a wrong one changes nothing.
    let cursor = api.cursor("backend");
    assert!(cursor.is_some());
    let (output, said) = say(
        &demo,
        &url,
        &["cursor-clear backend", "yes", "link backend"],
    );
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Type backend to clear"), "{said}");
    assert!(said.contains("Nothing was changed."), "{said}");
    assert!(said.contains("Already true"), "{said}");
    assert_eq!(api.cursor("backend"), cursor);
    let (_, said) = say(&demo, &url, &["cursor-clear backend", "backend"]);
    assert!(said.contains("Cursor of backend cleared"), "{said}");
    assert_eq!(api.cursor("backend"), None);
}

#[test]
fn in_a_terminal_it_prompts_and_tells_changes_and_sets_no_mode() {
    let demo = Demo::live();
    let mut console = demo.console(&["--plain"]).spawn();
    console.wait_text("acme>");
    assert_eq!(console.modes(), Modes::SHELL);
    console.keys("watch").press("Enter");
    console.wait_text("Changes are told as they happen.");
    demo.push("payments");
    console.wait_text("Run #92 of payments: succeeded.");
    console.keys("quit").press("Enter");
    assert!(console.wait_exit().success());
    assert_eq!(console.modes(), Modes::SHELL);
}
