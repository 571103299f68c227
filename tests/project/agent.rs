//! `jolli impact agent`: documents that code touches, then those that watch the changed documents (sources.md §6).

use serde_json::{Value, json};

use super::world::World;

/// Adds a line to the one document that it is given, and says where the report is.
const APPEND: &str = "f() { for d in $(find . -name '*.md'); do echo touched >> $d; done; cp \"$1\" \"$REPORTS\"; echo because; }; f";

/// A project whose code changed: A watches the code, B watches A, C watches B, and A watches C. D watches nothing that changed.
fn world() -> World {
    let world = World::alone();
    world.write(&world.docs(), "src/a.ts", "1\n");
    world.document("docs/a.md", "A", &[(None, "src/**"), (None, "docs/c.md")]);
    world.document("docs/b.md", "B", &[(None, "docs/a.md")]);
    world.document("docs/c.md", "C", &[(None, "docs/b.md")]);
    world.document("docs/d.md", "D", &[(None, "lib/**")]);
    world.commit(&world.docs());
    world.write(&world.docs(), "src/a.ts", "2\n");
    world.commit(&world.docs());
    world
}

fn agent(world: &World, agent: &str, args: &[&str]) -> super::world::Said {
    let base = ["impact", "agent", "--yes", "--agent", agent];
    let args: Vec<&str> = base.iter().chain(args).copied().collect();
    let report = world.path("report.json");
    world.jolli_with(&args, &[("REPORTS", report.to_str().unwrap())])
}

fn told(results: &Value) -> Vec<(&str, &str)> {
    let rows = results.as_array().unwrap().iter();
    rows.map(|row| {
        (
            row["jrn"].as_str().unwrap(),
            row["status"].as_str().unwrap(),
        )
    })
    .collect()
}

fn audit(world: &World) -> Vec<Value> {
    let text = world.read(&world.docs(), ".jolli/impact-audit.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn documents_follow_the_code_and_then_each_other_once() {
    let world = world();
    let done = agent(&world, APPEND, &["--base", "HEAD~1", "--json"]).json();
    assert_eq!(told(&done["phase1Results"]), [("A", "updated")]);
    assert_eq!(
        told(&done["phase2Results"]),
        [("B", "updated"), ("C", "updated")]
    );
    assert_eq!(told(&done["results"]).len(), 3);
    let propagation = &done["propagationResult"];
    assert_eq!(
        propagation["articlesUpdated"],
        json!(["docs/b.md", "docs/c.md"])
    );
    assert_eq!(propagation["cyclesDetected"], json!(["A"]));
    assert_eq!(propagation["depth"], 2);
    assert_eq!(propagation["maxDepthReached"], false);
    for name in ["a", "b", "c"] {
        let text = world.read(&world.docs(), &format!("docs/{name}.md"));
        assert_eq!(text.matches("touched").count(), 1, "{text}");
    }
    assert!(!world.read(&world.docs(), "docs/d.md").contains("touched"));
    let first = &done["phase1Results"][0];
    assert_eq!(
        first["evidence"],
        json!([{"changedFile": "src/a.ts", "pattern": "src/**", "matchType": "glob", "source": "<local>", "sourceKind": "local"}])
    );
    assert!(first["patch"].as_str().unwrap().contains("\n+touched\n"));
    assert_eq!(first["reasoning"], "because");
    // The last one was shown the patch of what it watches.
    let report: Value = serde_json::from_str(&world.read(&world.path(""), "report.json")).unwrap();
    assert_eq!(report["article"], json!({"path": "docs/c.md", "jrn": "C"}));
    assert_eq!(report["changes"][0]["path"], "docs/b.md");
    assert!(
        report["changes"][0]["diff"]
            .as_str()
            .unwrap()
            .contains("+touched")
    );

    let lines = audit(&world);
    let steps: Vec<&str> = lines
        .iter()
        .map(|line| line["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["start", "document", "document", "document", "end"]);
    assert!(
        lines
            .iter()
            .all(|line| line["id"] == done["auditRecordId"] && line["version"] == 1)
    );
    assert_eq!(lines[0]["changedFiles"], json!(["src/a.ts"]));
    assert_eq!(
        (&lines[3]["phase"], &lines[3]["level"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(lines[4]["updated"], 3);

    // From what the last run changed, again.
    let again = agent(
        &world,
        APPEND,
        &["--propagate-only", "--max-depth", "1", "--json"],
    )
    .json();
    assert_eq!(told(&again["results"]), [("B", "updated")]);
    assert_eq!(again["propagationResult"]["maxDepthReached"], true);
}

#[test]
fn the_code_is_shown_with_its_commits() {
    let world = world();
    let backend = world.repository("backend");
    world.write(&backend, "src/x.ts", "one\n");
    let base = world.commit(&backend);
    world.write(&backend, "src/x.ts", "two\n");
    let head = world.commit(&backend);
    let mount = backend.to_str().unwrap();
    world
        .jolli(&["source", "add", "backend", "--mount", mount])
        .ok();
    world.document("docs/e.md", "E", &[(Some("backend"), "src/*.ts")]);
    let args = ["--source", "backend", "--base", &base, "--no-propagate"];
    let said = agent(&world, APPEND, &args).ok();
    assert_eq!(said, "updated    docs/e.md (E)\n");
    let report: Value = serde_json::from_str(&world.read(&world.path(""), "report.json")).unwrap();
    assert_eq!(
        report["changes"],
        json!([{"source": "backend", "path": "src/x.ts", "status": "modified", "diff": "@@ -1,1 +1,1 @@\n-one\n+two\n"}])
    );
    assert_eq!(
        report["commits"],
        json!([{"source": "backend", "sha": head, "message": "change"}])
    );
    assert_eq!(report["sources"][0]["workTree"], mount);
}

#[test]
fn looking_changes_nothing() {
    let world = world();
    let said = agent(&world, APPEND, &["--base", "HEAD~1", "--dry-run"]).ok();
    assert_eq!(
        said,
        "would look at  docs/a.md (A)\nwould look at  docs/b.md (B), watches docs/a.md\nwould look at  docs/c.md (C), watches docs/b.md\n"
    );
    assert!(!world.docs().join(".jolli/impact-audit.jsonl").exists());
    assert_eq!(
        world.git(&world.docs(), &["status", "--porcelain", "docs"]),
        ""
    );
    // Somebody has to be asked, or to say that nobody need be.
    let told = world
        .jolli(&["impact", "agent", "--agent", APPEND])
        .fails(2);
    assert!(told.contains("--yes"), "{told}");
    // Nobody edits.
    let said = world.jolli(&["impact", "agent", "--yes", "--base", "HEAD~1"]);
    assert!(said.err.contains("no agent is configured"), "{}", said.err);
    assert_eq!(said.ok(), "unchanged  docs/a.md (A)\n");
    // Nothing is edited by an answer that is not whole, and no project that does not hold together.
    world.document("docs/e.md", "E", &[(Some("nowhere"), "src/**")]);
    let args = ["--base", "HEAD~1", "--strict"];
    agent(&world, APPEND, &args).fails(3);
    assert!(!world.read(&world.docs(), "docs/a.md").contains("touched"));
}

#[test]
fn an_agent_that_fails_or_goes_too_far_changes_nothing() {
    let world = world();
    let before = world.read(&world.docs(), "docs/a.md");
    for (command, word, timeout) in [
        (
            "f() { echo x >> docs/a.md; echo no key >&2; exit 9; }; f",
            "no key",
            "60",
        ),
        ("sed -i s/A/Z/ docs/a.md #", "`jrn`", "60"),
        ("rm docs/a.md #", "removed", "60"),
        ("sleep 600 #", "did not end within 1 s", "1"),
    ] {
        let args = ["--base", "HEAD~1", "--timeout", timeout, "--json"];
        let said = agent(&world, command, &args);
        let done: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(told(&done["results"]), [("A", "error")], "{command}");
        let error = done["results"][0]["error"].as_str().unwrap();
        assert!(error.contains(word), "{error}");
        said.fails(1);
        assert_eq!(world.read(&world.docs(), "docs/a.md"), before);
    }
    let said = agent(&world, "touch other.md #", &["--base", "HEAD~1"]);
    assert!(said.err.contains("also wrote other.md"), "{}", said.err);
    said.ok();
    assert!(!world.docs().join("other.md").exists());
}
