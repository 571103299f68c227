//! Strict conflicts in a docs project: what a remedy would do, the remedy itself, and the document in the operator's editor.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{TAKEN, leave, ready, wait_line};
use crate::support::demo::Demo;
use crate::support::{Console, Home};

fn virtual_sources(root: &Path) -> Value {
    let text = fs::read_to_string(root.join(".jolli/sources.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["virtualSources"].clone()
}

#[test]
fn a_local_entry_goes_by_its_remedy_and_comes_back() {
    let demo = Demo::live();
    let home = Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let project = tempfile::tempdir().unwrap();
    let root = project.path();
    fs::create_dir_all(root.join(".jolli")).unwrap();
    fs::create_dir_all(root.join("docs")).unwrap();
    let entry = json!({ "mountPath": root, "type": "git" });
    let file = json!({ "version": 1, "mounts": {}, "virtualSources": { "payments": entry } });
    fs::write(root.join(".jolli/sources.json"), file.to_string()).unwrap();
    fs::write(
        root.join("docs/pay.md"),
        "---\njrn: pay\nattention:\n  - op: file\n    source: payments\n    path: \"src/**\"\n---\n# Pay\n",
    )
    .unwrap();
    let seen = root.join("seen");
    let mut console = Console::jolli()
        .args(["console", "--server", server.url()])
        .env("JOLLI_AUTH_TOKEN", demo.keys().bo)
        .env(
            "EDITOR",
            format!("sh -c 'echo \"$@\" > {}' editor", seen.display()),
        )
        .cwd(root)
        .size(120, 36)
        .spawn();
    ready(&console);

    console.press("x");
    // The name of the server's source hides the entry, so that source has no mount here either.
    console.wait_text("2 more in ./.jolli");
    console.press("g").press("g").press("j").press("j").settle();
    console.wait_text("Remove the local entry");
    console.press("1");
    console
        .wait_text("Effect of 1: one entry of sources.json; 4 → 3 findings.")
        .settle();
    assert!(virtual_sources(root).get("payments").is_some());

    console.press("Enter");
    console
        .wait_text("The local entry payments is gone;")
        .wait_text("1 more in ./.jolli");
    assert_eq!(virtual_sources(root), json!({}));

    console.press("u");
    console
        .wait_text("The local entry payments is there again")
        .wait_text("2 more in ./.jolli");
    assert_eq!(virtual_sources(root)["payments"]["mountPath"], json!(root));

    // The document opens at the line of its rule.
    console.press("Esc").settle();
    console.press("x");
    console.wait_text("2 more in ./.jolli");
    console.press("g").press("g").press("j").press("j").settle();
    console.press("Tab");
    wait_line(&console, "ambiguous-source · payments", &["▌docs/pay.md"]);
    console.press("Enter");
    console.wait_text("was edited; looking again.");
    assert_eq!(console.modes(), TAKEN);
    let told = fs::read_to_string(&seen).unwrap();
    let file = fs::canonicalize(root.join("docs/pay.md")).unwrap();
    let words: Vec<&str> = told.split_whitespace().collect();
    assert_eq!(words.len(), 2, "{told}");
    assert!(words[0].starts_with('+'), "{told}");
    assert_eq!(fs::canonicalize(words[1]).unwrap(), file);
    leave(console);
}
