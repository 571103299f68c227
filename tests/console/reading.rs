//! Reading in peace: rows that are jumped to by letters, a feed that is held, a file for a bug report.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;

use super::{leave, ready, wait_line, wait_selected};
use crate::support::Console;
use crate::support::demo::Demo;
use crate::support::view::View;

/// The two letters that stand at the row with this text.
fn letters(view: &View<'_>, pane: &str, text: &str) -> Option<String> {
    let lines = view.pane(pane)?;
    let line = lines.iter().find(|it| it.contains(text))?;
    let letters: String = line.chars().take(2).collect();
    let all = letters.chars().all(|it| it.is_ascii_lowercase());
    all.then_some(letters)
}

#[test]
fn letters_at_rows_lead_to_them_on_panes_and_pages() {
    let demo = Demo::still();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.press("J").wait_text("letters of a row").settle();
    let at = console.wait("letters at payments", |view| {
        letters(&view, "1 Sources", "payments")
    });
    console.keys(&at);
    wait_selected(&console, "payments");
    // The panes that follow the selection followed.
    console.wait_text("2 Space bindings · payments").settle();
    console.press("J").wait_text("letters of a row").settle();
    console.press("Esc").wait_gone("letters of a row").settle();
    wait_selected(&console, "payments");
    // `Q` would end the console: while letters stand there it is one of them.
    console.press("J").wait_text("letters of a row").settle();
    console.press("Q");
    console.wait_text("J shows the letters again").settle();
    console
        .press("g")
        .press("d")
        .wait_text("Deliveries")
        .settle();
    console.press("J").wait_text("letters of a row").settle();
    let third = console.wait("the third delivery", |view| {
        let lines = view.pane("Deliveries")?;
        let row = lines.iter().find(|it| it.starts_with("ad"))?;
        Some(row.chars().skip(2).collect::<String>())
    });
    console.keys("ad");
    let words = third.split_whitespace().take(3).collect::<Vec<_>>();
    console.wait_for("the third delivery to be selected", |view| {
        view.selected()
            .is_some_and(|row| words.iter().all(|word| row.contains(word)))
    });
    console.press("Esc").settle();
    leave(console);
}

#[test]
fn what_is_read_stands_still_until_it_goes_on() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    console.press("Z").wait_text("frozen").settle();
    demo.push("payments");
    api.until("the run to end", |api| {
        api.job(92).status.is_terminal().then_some(())
    });
    console.wait_text("changes wait").settle();
    let shown = console.view(|view| view.pane("4 Recent runs").unwrap_or_default());
    assert!(!shown.iter().any(|it| it.contains("#92")), "{shown:?}");
    // Nothing is sent from what may be old, and that is told.
    let before = api.source("backend").version;
    console.press("O");
    console
        .wait_text("nothing is sent from what may be old")
        .settle();
    assert_eq!(api.source("backend").version, before);
    console
        .press("Z")
        .wait_text("changes came meanwhile")
        .settle();
    wait_line(&console, "4 Recent runs", &["#92", "payments"]);
    console.wait_text("● live").settle();
    leave(console);
}

#[test]
fn a_bug_report_is_one_file_without_names() {
    let demo = Demo::still();
    let folder = tempfile::tempdir().unwrap();
    let mut console = demo.console(&[]).cwd(folder.path()).spawn();
    ready(&console);
    console.keys(":bug-report").press("Enter");
    console.wait_text("Bug report written to").settle();
    console.keys(":bug-report copy-path").press("Enter");
    console.wait_text("Copied: /").settle();
    let files = |folder: &Path| -> Vec<_> {
        let files = std::fs::read_dir(folder).unwrap();
        files.map(|it| it.unwrap().path()).collect()
    };
    // It lies with what else is kept, not where one happened to stand.
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    let files = files(&demo.dir().join("console/reports"));
    assert_eq!(files.len(), 1, "{files:?}");
    let report = std::fs::read_to_string(&files[0]).unwrap();
    let told: Vec<&str> = report
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .collect();
    for source in demo.api().sources() {
        let name = source.name;
        assert!(!told.contains(&name.as_str()), "{name} is in\n{report}");
    }
    assert!(!report.contains(&demo.keys().ana), "{report}");
    let version = format!("jolli {}", env!("CARGO_PKG_VERSION"));
    assert!(report.contains(&version), "{report}");
    for words in ["1 Sources (", "stalled", "not-tracked", "w why stuck"] {
        assert!(report.contains(words), "{words} is not in\n{report}");
    }
    leave(console);
}

#[test]
fn the_first_frame_waits_for_no_server() {
    // Whoever connects is never answered.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let console = Console::jolli()
        .args(["console", "--server", &url])
        .env("JOLLI_AUTH_TOKEN", "jolli_1_x")
        .size(120, 36)
        .spawn();
    console
        .wait_text("1 Sources")
        .wait_text("connecting")
        .settle();
    // It did ask: the frame was there without an answer.
    drop(silent.accept().unwrap());
    leave(console);
}

#[test]
fn four_panes_follow_what_is_selected_and_one_that_is_let_go_stays() {
    let demo = Demo::still();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    for name in ["frontend", "payments"] {
        console.press("j");
        wait_selected(&console, name);
        console
            .wait_text(&format!("2 Space bindings · {name}"))
            .wait_text(&format!("3 Cursors · {name}"))
            .settle();
    }
    // Runs are those of all until they are told to follow as well.
    console.wait_text("4 Recent runs (all)");
    console.press("4").press(".");
    console.wait_text("4 Recent runs · payments").settle();
    // And bindings are those of all once they are told not to.
    console.press("2").press(".");
    console.wait_text("2 Space bindings (all)").settle();
    console.press("1").press("k");
    console
        .wait_text("3 Cursors · frontend")
        .wait_text("4 Recent runs · frontend")
        .wait_text("2 Space bindings (all)")
        .settle();
    leave(console);
}

#[test]
fn a_copied_request_runs_in_a_shell_with_the_token_of_its_environment() {
    let demo = Demo::still();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.press("y").press("r");
    let copied = console.wait("the clipboard", |view| view.beside.clipboard.clone());
    let line = String::from_utf8(BASE64_STANDARD.decode(copied).unwrap()).unwrap();
    let token = demo.keys().ana;
    assert!(!line.contains(&token), "{line}");
    let run = |token: &str| {
        let mut shell = Command::new("sh");
        let done = shell.args(["-c", &line]).env("JOLLI_TOKEN", token).output();
        serde_json::from_slice::<Value>(&done.unwrap().stdout).unwrap()
    };
    let told = run(&token);
    assert_eq!(told["name"], "backend", "{line}: {told}");
    assert_eq!(run("jolli_1_x")["status"], 401);
    leave(console);
}
