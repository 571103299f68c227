//! What is no text, or too much of it: a run says how it looks at it, and so does what an agent is shown.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use jolli::api::JobStatus;
use jolli::demo::{Place, ZEROS};
use serde_json::Value;

use super::world::{BACKEND, World};

/// Makes the report the end of the document.
const KEEPS: &str = "f() { cat \"$1\" >> a.md; }; f";

const POINTER: &str =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 123456789\n";

/// Puts a commit on `main`, of files as `git fast-import` reads them; its id.
fn import(world: &World, files: &str) -> String {
    let place = Place::at(world.home());
    let mut git = Command::new("git")
        .args(["fast-import", "--quiet", "--done"])
        .env("GIT_DIR", place.git().join(format!("{BACKEND}.git")))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let stream = format!(
        "commit refs/heads/main\ncommitter Ana <ana@acme.example> 1795000000 +0000\ndata 3\nOdd\nfrom refs/heads/main^0\n{files}done\n"
    );
    let mut stdin = git.stdin.take().unwrap();
    stdin.write_all(stream.as_bytes()).unwrap();
    drop(stdin);
    assert!(git.wait().unwrap().success());
    world.repository.head("main").unwrap().unwrap()
}

fn file(path: &str, text: &str) -> String {
    format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len())
}

/// Pushes a commit of these files behind a first one: what the run said, and what the agent was shown.
async fn run(patterns: &[&str], files: &str, config: &str) -> (Vec<String>, Value) {
    let world = World::with_agent(KEEPS).await;
    let rules: Vec<(&str, &str)> = patterns.iter().map(|p| ("backend", *p)).collect();
    let space = world.space("one", &[("a.md", &rules)]).await;
    let first = world.commit("main", "README.md").await;
    world.processed(ZEROS, &first).await;
    let settings = Place::at(world.home()).git_config();
    let text = std::fs::read_to_string(&settings).unwrap() + config;
    std::fs::write(&settings, text).unwrap();

    let before = world.text(&space, "a.md").await.0;
    let head = import(&world, files);
    let id = world.push("main", &first, &head, false).await;
    world.work().await;
    let job = world.job(id).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    let after = world.text(&space, "a.md").await.0;
    let report = serde_json::from_str(after.strip_prefix(&before).unwrap()).unwrap();
    (world.log(id).await, report)
}

fn says(log: &[String], line: &str) {
    assert!(log.iter().any(|l| l == line), "no `{line}` in {log:#?}");
}

#[tokio::test]
async fn submodules_lfs_pointers_and_binary_files_are_looked_at_by_their_paths_and_said() {
    let mut files = file("logo.png", "a\0b") + &file("model.bin", POINTER);
    files += &file(
        ".gitattributes",
        "*.bin filter=lfs diff=lfs merge=lfs -text",
    );
    let _ = writeln!(files, "M 160000 {} vendor/lib", "1".repeat(40));
    // As `git lfs install` leaves it, where the program is gone.
    let config = "[filter \"lfs\"]\n\tprocess = false\n\trequired = true\n";
    let (log, report) = run(&["*.png", "*.bin", "vendor/lib"], &files, config).await;
    says(
        &log,
        "submodules: vendor/lib (each counts as one path; to watch what is inside, add its repository as a source)",
    );
    says(
        &log,
        "LFS pointers: model.bin (what they point to is not fetched)",
    );
    says(
        &log,
        "binary or very large files: logo.png (their paths count; what is in them is shown to nobody)",
    );
    let told: Vec<(&str, &str, &str)> = report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| ["path", "status", "kind"].map(|name| change[name].as_str().unwrap()))
        .map(|[path, status, kind]| (path, status, kind))
        .collect();
    assert_eq!(
        told,
        [
            ("logo.png", "added", "binary"),
            ("model.bin", "added", "lfs"),
            ("vendor/lib", "added", "submodule"),
        ]
    );
}

#[tokio::test]
async fn of_thousands_of_files_an_agent_is_shown_a_part_and_both_are_told() {
    let files: String = (0..2_000)
        .map(|n| file(&format!("src/{n:04}.rs"), "fn f() {}"))
        .collect();
    let (log, report) = run(&["src/**"], &files, "").await;
    says(
        &log,
        "a.md: the agent is not shown what changed in 1800 files: it is too much",
    );
    says(&log, "and 1980 more matches");
    let changes = report["changes"].as_array().unwrap();
    let shown = |change: &&Value| change["diff"] != "" && change["diffOmitted"].is_null();
    assert_eq!(changes.iter().filter(shown).count(), 200);
    assert_eq!(changes.len(), 1_000);
    assert_eq!(changes[200]["diffOmitted"], true);
    assert_eq!(report["filesOmitted"], true);
}
