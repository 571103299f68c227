//! Sources that only this machine knows: listed beside the server's, linked as `jolli source link` does it, and taken back.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{filter, leave, ready, wait_line, wait_selected};
use crate::support::demo::Demo;
use crate::support::{Console, Home};

fn file(root: &Path) -> Value {
    let text = fs::read_to_string(root.join(".jolli/sources.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn git(root: &Path, args: &[&str]) {
    let done = Command::new("git").arg("-C").arg(root).args(args).output();
    assert!(done.unwrap().status.success(), "{args:?}");
}

#[test]
fn a_source_of_this_machine_is_listed_linked_and_taken_back() {
    let demo = Demo::live();
    let home = Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let project = tempfile::tempdir().unwrap();
    let root = project.path();
    let work = root.join("recipes");
    fs::create_dir_all(&work).unwrap();
    git(&work, &["init", "-q", "-b", "main"]);
    git(
        &work,
        &["remote", "add", "origin", "git@github.com:acme/recipes.git"],
    );
    fs::create_dir_all(root.join(".jolli")).unwrap();
    let entry =
        json!({ "mountPath": work, "type": "git", "repo": "github.com/acme/recipes", "kept": 1 });
    let virtuals = json!({ "recipes": entry, "payments": entry });
    let text = json!({ "version": 1, "mounts": {}, "virtualSources": virtuals }).to_string();
    fs::write(root.join(".jolli/sources.json"), text).unwrap();
    let space = json!({ "space": "api-docs" }).to_string();
    fs::write(root.join(".jolli/space.json"), space).unwrap();
    let mut console = Console::jolli()
        .args(["console", "--server", server.url()])
        .env("JOLLI_AUTH_TOKEN", demo.keys().ana)
        .cwd(root)
        .size(120, 36)
        .spawn();
    ready(&console);

    // The server's payments hides the one of that name here; it is still one of 48.
    filter(&mut console, "kind:local");
    wait_selected(&console, "recipes");
    wait_line(
        &console,
        "1 Sources",
        &["recipes", "local", "github.com/acme/recipes"],
    );
    console
        .wait_text("1 of 49")
        .wait_text("48 sources")
        .wait_text("Only on this machine: resolved")
        .settle();
    console.press("w");
    console.wait_text("Only in ./.jolli/sources.json: l links it");

    console.press("l");
    wait_line(&console, "Link recipes", &["▌", "12 acme-github", "best"]);
    console.press("Enter");
    console
        .wait_text("preview, nothing is written yet")
        .wait_text("→ github.com/acme/recipes")
        .settle();
    let api = super::super::support::demo::Api::new(server.url(), &demo.keys().ana);
    let there = || api.sources().into_iter().find(|it| it.name == "recipes");
    assert!(there().is_none(), "only looked at");

    console.press("Enter");
    console.wait_text("3 of 3 · done");
    let linked = there().expect("it is on the server");
    assert_eq!(linked.integration_id.map(|id| id.0), Some(12));
    assert_eq!(linked.repo.as_deref(), Some("github.com/acme/recipes"));
    let written = file(root);
    assert!(written["virtualSources"].get("recipes").is_none());
    let mount = &written["mounts"][linked.id.to_string()];
    assert_eq!(mount["kept"], 1, "{written}");
    assert!(api.binding("api-docs", "recipes").enabled);

    console.press("Esc").settle();
    console.wait_text("None of 49 match");
    console.press("u");
    console.wait_text("1 of 49");
    assert!(there().is_none());
    assert_eq!(file(root)["virtualSources"]["recipes"]["kept"], 1);
    leave(console);
}

/// A docs project with one source that only this machine knows, and a console on it.
fn project_with_recipes(root: &Path, url: &str, token: &str) -> Console {
    let work = root.join("recipes");
    fs::create_dir_all(&work).unwrap();
    git(&work, &["init", "-q", "-b", "main"]);
    let remote = ["remote", "add", "origin", "git@github.com:acme/recipes.git"];
    git(&work, &remote);
    fs::create_dir_all(root.join(".jolli")).unwrap();
    let entry = json!({ "mountPath": work, "type": "git", "repo": "github.com/acme/recipes" });
    let text = json!({ "version": 1, "mounts": {}, "virtualSources": { "recipes": entry } });
    fs::write(root.join(".jolli/sources.json"), text.to_string()).unwrap();
    let space = json!({ "space": "api-docs" }).to_string();
    fs::write(root.join(".jolli/space.json"), space).unwrap();
    Console::jolli()
        .args(["console", "--server", url])
        .env("JOLLI_AUTH_TOKEN", token)
        .cwd(root)
        .size(120, 36)
        .spawn()
}

#[test]
fn a_source_that_somebody_else_made_of_that_name_is_not_taken_back() {
    let demo = Demo::live();
    let home = Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let project = tempfile::tempdir().unwrap();
    let token = demo.keys().ana;
    let mut console = project_with_recipes(project.path(), server.url(), &token);
    ready(&console);
    filter(&mut console, "recipes");
    wait_selected(&console, "recipes");
    console.press("l");
    wait_line(&console, "Link recipes", &["▌", "12 acme-github", "best"]);
    console.press("Enter");
    console
        .wait_text("preview, nothing is written yet")
        .settle();
    console.press("Enter");
    console.wait_text("3 of 3 · done").settle();
    console.press("Esc").settle();
    // Meanwhile somebody deletes it and makes another one of its name.
    let api = super::super::support::demo::Api::new(server.url(), &token);
    let first = api.source("recipes").id;
    api.change("DELETE", &format!("/sources/{first}"), Value::Null);
    let other = json!({ "name": "recipes", "repo": "github.com/acme/other", "branch": "main", "integrationId": 12 });
    api.change("POST", "/sources", other);
    let second = api.source("recipes").id;
    assert_ne!(first, second);
    let before = file(project.path());
    console.press("u");
    console
        .wait_text("Not undone: link recipes.")
        .wait_text("so it stays.")
        .settle();
    assert_eq!(api.source("recipes").id, second);
    assert_eq!(file(project.path()), before);
    leave(console);
}

/// The name was free when the preview was shown, and is somebody's when the link is asked for.
#[test]
fn a_link_that_finds_a_source_of_that_name_takes_it_and_offers_no_undo() {
    let demo = Demo::live();
    let home = Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let project = tempfile::tempdir().unwrap();
    let token = demo.keys().ana;
    let mut console = project_with_recipes(project.path(), server.url(), &token);
    ready(&console);
    filter(&mut console, "recipes");
    wait_selected(&console, "recipes");
    console.press("l");
    wait_line(&console, "Link recipes", &["▌", "12 acme-github", "best"]);
    console.press("Enter");
    console
        .wait_text("preview, nothing is written yet")
        .settle();
    let api = super::super::support::demo::Api::new(server.url(), &token);
    let made = json!({ "name": "recipes", "repo": "github.com/acme/recipes", "integrationId": 12 });
    api.change("POST", "/sources", made);
    let theirs = api.source("recipes").id;
    console.press("Enter");
    console.wait_text("3 of 3 · done").settle();
    console.press("Esc").settle();
    console.press("u");
    console.wait_text("Nothing to undo.").settle();
    // It stays whoever made it, and what was the local entry is its mount.
    assert_eq!(api.source("recipes").id, theirs);
    let file = file(project.path());
    assert_eq!(file["virtualSources"], json!({}));
    assert!(file["mounts"][theirs.to_string()].is_object(), "{file}");
    leave(console);
}
