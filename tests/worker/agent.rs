//! A program edits the documents: what it may do, what becomes of it, and that the cursor waits for it.

use jolli::api::{JobStatus, SpaceStatus};
use jolli::demo::ZEROS;
use serde_json::Value;

use super::world::{World, short, spaces};
use crate::support::{DEADLINE, Home, bin};

/// Adds a line to each document that it is given.
const ADDS: &str = "f() { for d in $(find . -name '*.md'); do echo edited >> \"$d\"; done; }; f";

#[tokio::test]
async fn two_documents_of_two_spaces_are_edited_and_then_the_cursor_moves() {
    let world = World::with_agent(ADDS).await;
    let rules: &[(&str, &str)] = &[("backend", "src/**")];
    let one = world
        .space(
            "one",
            &[("docs/a.md", rules), ("docs/b.md", &[("backend", "x")])],
        )
        .await;
    let two = world.space("two", &[("c.md", rules)]).await;
    let before = world.text(&one, "docs/a.md").await.0;
    let head = world.commit("main", "src/a.rs").await;
    let id = world.push("main", ZEROS, &head, false).await;
    world.work().await;

    let job = world.job(id).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert_eq!(
        spaces(&job),
        [(SpaceStatus::Updated, 1), (SpaceStatus::Updated, 1)]
    );
    assert_eq!(job.spaces[0].updated_docs[0].path, "docs/a.md");
    assert_eq!(
        world.text(&one, "docs/a.md").await,
        (format!("{before}edited\n"), 2)
    );
    assert_eq!(world.text(&two, "c.md").await.1, 2);
    assert_eq!(
        world.text(&one, "docs/b.md").await.1,
        1,
        "not touched by the change"
    );
    assert_eq!(world.cursor().await, Some(head));
    let log = world.log(id).await;
    for line in ["docs/a.md: edited", "pushed 1 document, version 2"] {
        assert!(log.iter().any(|l| l == line), "no `{line}` in {log:#?}");
    }
}

#[tokio::test]
async fn the_report_shows_the_patch_the_commit_and_why() {
    // The report becomes the end of the document.
    let world = World::with_agent("f() { cat \"$1\" >> a.md; echo seen; }; f").await;
    let rules: &[(&str, &str)] = &[("backend", "src/**")];
    let space = world.space("one", &[("a.md", rules)]).await;
    let first = world.commit("main", "README.md").await;
    world.processed(ZEROS, &first).await;
    let text = world.text(&space, "a.md").await.0;
    let second = world.commit("main", "src/a.rs").await;
    let id = world.push("main", &first, &second, false).await;
    world.work().await;

    let after = world.text(&space, "a.md").await.0;
    let report: Value = serde_json::from_str(after.strip_prefix(&text).unwrap()).unwrap();
    assert_eq!(report["article"]["path"], "a.md");
    assert_eq!(report["article"]["jrn"], "a_md");
    assert_eq!(report["changes"][0]["path"], "src/a.rs");
    assert_eq!(report["changes"][0]["status"], "added");
    let diff = report["changes"][0]["diff"].as_str().unwrap();
    assert!(diff.contains("+src/a.rs"), "{diff}");
    assert_eq!(report["commits"][0]["message"], "Change src/a.rs");
    assert_eq!(report["evidence"][0]["pattern"], "src/**");
    assert_eq!(report["evidence"][0]["sourceKind"], "true");
    assert_eq!(report["sources"][0]["base"], first.as_str());
    assert_eq!(report["sources"][0]["head"], second.as_str());
    assert!(world.log(id).await.contains(&"agent: seen".to_owned()));
}

#[tokio::test]
async fn an_agent_that_fails_changes_nothing_and_the_retry_does_only_its_space() {
    // Fails at the document `b.md` until somebody says otherwise.
    let flag = tempfile::tempdir().unwrap();
    let mended = flag.path().join("mended");
    let line = format!(
        "f() {{ [ ! -e b.md ] || [ -e {} ] || {{ echo no key >&2; exit 3; }}; {ADDS}; }}; f",
        mended.display()
    );
    let world = World::with_agent(&line).await;
    let rules: &[(&str, &str)] = &[("backend", "src/**")];
    let good = world.space("good", &[("a.md", rules)]).await;
    let bad = world
        .space("bad", &[("a.md", rules), ("b.md", rules)])
        .await;
    let head = world.commit("main", "src/a.rs").await;
    let id = world.push("main", ZEROS, &head, false).await;
    world.work().await;

    let job = world.job(id).await;
    assert_eq!(job.spaces[1].status, SpaceStatus::Failed);
    assert_eq!(job.spaces[1].phase.as_deref(), Some("agent"));
    let error = job.spaces[1].error.as_deref().unwrap();
    assert!(
        error.starts_with("b.md: ") && error.contains("no key"),
        "{error}"
    );
    assert_eq!(world.text(&good, "a.md").await.1, 2);
    assert_eq!(
        world.text(&bad, "a.md").await.1,
        1,
        "all of a space or nothing"
    );
    assert_eq!(world.cursor().await, None);

    std::fs::write(&mended, "").unwrap();
    world.client.retry_job(id).await.unwrap();
    world.work().await;
    assert_eq!(world.job(id).await.status, JobStatus::Succeeded);
    assert_eq!(world.text(&good, "a.md").await.1, 2, "done before");
    assert_eq!(world.text(&bad, "b.md").await.1, 2);
    assert_eq!(world.cursor().await, Some(head));
}

#[tokio::test]
async fn an_edit_that_takes_a_rule_away_is_not_pushed() {
    let world = World::with_agent("f() { echo gone > a.md; }; f").await;
    let space = world
        .space("one", &[("a.md", &[("backend", "src/**")])])
        .await;
    let head = world.commit("main", "src/a.rs").await;
    let id = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let job = world.job(id).await;
    let error = job.spaces[0].error.as_deref().unwrap();
    assert!(error.contains("`jrn`"), "{error}");
    assert_eq!(world.text(&space, "a.md").await.1, 1);
    assert_eq!(world.cursor().await, None);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changes_meanwhile_is_kept_and_edited_anew() {
    use std::process::Command;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::unix::pipe;

    let dir = tempfile::tempdir().unwrap();
    let fifo = |name: &str| {
        let path = dir.path().join(name);
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        path
    };
    let (begun, go) = (fifo("begun"), fifo("go"));
    let once = dir.path().join("once");
    // In its first turn it says that it has begun, and waits.
    let mut begins = pipe::OpenOptions::new()
        .read_write(true)
        .open_receiver(&begun)
        .unwrap();
    let mut goes_on = pipe::OpenOptions::new()
        .read_write(true)
        .open_sender(&go)
        .unwrap();
    let line = format!(
        "f() {{ if mkdir {} 2>/dev/null; then echo > {}; read _ < {}; fi; {ADDS}; }}; f",
        once.display(),
        begun.display(),
        go.display()
    );
    let world = World::with_agent(&line).await;
    let space = world
        .space("one", &[("a.md", &[("backend", "src/**")])])
        .await;
    let head = world.commit("main", "src/a.rs").await;
    let id = world.push("main", ZEROS, &head, false).await;
    let worker = world.worker.clone();
    let run = tokio::spawn(async move { worker.run_once().await });
    tokio::time::timeout(DEADLINE, begins.read_u8())
        .await
        .expect("the agent begins")
        .unwrap();
    let text = world.text(&space, "a.md").await.0;
    world
        .write(&space, "a.md", 1, &format!("{text}by hand\n"))
        .await;
    goes_on.write_all(b"go\n").await.unwrap();
    assert!(run.await.unwrap().unwrap());

    let job = world.job(id).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert_eq!(spaces(&job), [(SpaceStatus::Updated, 1)]);
    assert_eq!(job.spaces[0].updated_docs.len(), 1);
    assert_eq!(
        world.text(&space, "a.md").await,
        (format!("{text}by hand\nedited\n"), 3)
    );
    assert_eq!(
        world.cursor().await.as_deref(),
        Some(head.as_str()),
        "{}",
        short(&head)
    );
    let log = world.log(id).await;
    assert!(
        log.contains(&"a.md was changed meanwhile; once more".to_owned()),
        "{log:#?}"
    );
}

/// It would start without its sandbox otherwise.
#[test]
fn a_path_that_cannot_be_shown_to_an_agent_stops_the_worker_before_it_starts() {
    let home = Home::new();
    for path in ["relative", "/nonexistent/folder"] {
        let ended = std::process::Command::new(bin())
            .args([
                "worker",
                "--server",
                "http://127.0.0.1:9",
                "--agent",
                "true",
            ])
            .args(["--agent-read", path])
            .env_clear()
            .envs(home.env())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains("cannot be shown to the agent"), "{said}");
    }
}
