//! `jolli impact`: which documents a change touches, and what the command says where that cannot be known.

use serde_json::{Value, json};

use super::world::World;

const BACKEND: &str = "github.com/acme/backend";

/// The documents and what touches each, short: `docs/a.md: true backend src/a.ts by src/** (glob)`.
fn touched(documents: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for document in documents.as_array().unwrap() {
        for found in document["matches"].as_array().unwrap() {
            let text = |key: &str| found[key].as_str().unwrap_or("-").to_owned();
            lines.push(format!(
                "{}: {} {} {} by {} ({})",
                document["docPath"].as_str().unwrap(),
                text("sourceKind"),
                text("source"),
                text("changedFile"),
                text("pattern"),
                text("matchType"),
            ));
        }
    }
    lines
}

#[test]
fn mixed_true_and_virtual_impact_run() {
    let world = World::served();
    let backend = world.clone_of("backend", BACKEND);
    let scratch = world.repository("scratch");
    let (mount, virtual_mount) = (backend.to_str().unwrap(), scratch.to_str().unwrap());
    world
        .jolli(&[
            "source",
            "add",
            "backend",
            "--mount",
            mount,
            "--integration-id",
            "1",
        ])
        .ok();
    world
        .jolli(&["source", "add", "scratch", "--mount", virtual_mount])
        .ok();
    world.document(
        "docs/auth.md",
        "AUTH",
        &[
            (Some("backend"), "src/auth/**/*.ts"),
            (Some("scratch"), "notes.txt"),
        ],
    );
    world.document(
        "docs/api.md",
        "API",
        &[(None, "docs/*.md"), (Some("backend"), "src/été.ts")],
    );
    world.document("docs/none.md", "NONE", &[(Some("backend"), "other/**")]);
    world.commit(&world.docs());
    for (root, name) in [
        (&backend, "work"),
        (&scratch, "work"),
        (&world.docs(), "work"),
    ] {
        world.git(root, &["checkout", "-q", "-b", name]);
    }
    world.write(&backend, "src/auth/deep/login.ts", "1");
    world.write(&backend, "src/été.ts", "1");
    world.git(&backend, &["mv", "README.md", "src/auth/renamed.ts"]);
    world.commit(&backend);
    world.write(&scratch, "notes.txt", "1");
    world.commit(&scratch);
    world.write(&world.docs(), "docs/plain.md", "# No rules\n");
    world.commit(&world.docs());

    let said = world.jolli(&["impact", "--json"]);
    assert_eq!(said.err, "");
    let documents = said.json();
    assert_eq!(
        touched(&documents),
        [
            "docs/api.md: local <local> docs/plain.md by docs/*.md (glob)",
            "docs/api.md: true backend src/été.ts by src/été.ts (exact)",
            "docs/auth.md: virtual scratch notes.txt by notes.txt (exact)",
            "docs/auth.md: true backend src/auth/deep/login.ts by src/auth/**/*.ts (glob)",
            "docs/auth.md: true backend src/auth/renamed.ts by src/auth/**/*.ts (glob)",
        ]
    );
    assert_eq!(documents[0]["docId"], "API");
    let true_match = &documents[1]["matches"][1];
    assert_eq!(
        (&true_match["sourceName"], &true_match["sourceId"]),
        (&json!("backend"), &json!(1))
    );
    // The same bytes every time, and the same with the subcommand's name.
    let bytes = world.jolli(&["impact", "search", "--json"]).ok();
    assert_eq!(bytes, world.jolli(&["impact", "--json"]).ok());

    let report = world
        .jolli(&["impact", "--format", "report", "--base", "main", "--strict"])
        .json();
    assert_eq!(report["documents"], documents);
    let sources: Vec<_> = report["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (&s["name"], &s["kind"], &s["baseReason"]))
        .collect();
    let given = json!("given");
    assert_eq!(
        sources,
        [
            (&json!("<local>"), &json!("local"), &given),
            (&json!("backend"), &json!("true"), &given),
            (&json!("scratch"), &json!("virtual"), &given),
        ]
    );
    assert_eq!(report["findings"], json!([]));

    let only =
        |name: &str| touched(&world.jolli(&["impact", "--json", "--source", name]).json()).len();
    assert_eq!((only("backend"), only("scratch"), only("local")), (3, 1, 1));
    let text = world.jolli(&["impact", "--source", "scratch"]).ok();
    assert_eq!(
        text,
        "Impacted docs (1)\n- docs/auth.md (AUTH)\n  - [scratch] notes.txt matched notes.txt (exact)\n"
    );
}

/// A source of the server by its mount, then a virtual one of this machine, then nothing (sources.md §3: resolving).
#[test]
fn attention_resolution_precedence() {
    let mut world = World::served();
    let (one, other) = (
        world.clone_of("one", BACKEND),
        world.clone_of("other", BACKEND),
    );
    for (root, file) in [(&one, "from-server"), (&other, "from-here")] {
        world.git(root, &["checkout", "-q", "-b", "work"]);
        world.write(root, file, "1");
        world.commit(root);
    }
    world.document("docs/a.md", "A", &[(Some("backend"), "from-*")]);
    world.commit(&world.docs());
    let files = |world: &World| {
        let said = world.jolli(&["impact", "--json"]);
        let found = touched(&said.json());
        found
            .iter()
            .map(|line| {
                line.split(' ')
                    .skip(1)
                    .step_by(2)
                    .take(2)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect::<Vec<_>>()
    };
    // 3: nothing.
    let said = world.jolli(&["impact"]);
    assert!(
        said.err.contains("unresolved-source") && said.err.contains("warning"),
        "{}",
        said.err
    );
    assert_eq!(said.ok(), "No impacted docs found.\n");
    // 2: a virtual source of this machine.
    world
        .jolli(&[
            "source",
            "add",
            "backend",
            "--mount",
            other.to_str().unwrap(),
        ])
        .ok();
    assert_eq!(files(&world), ["virtual from-here"]);
    // 1: a true source of the server; an entry of this machine that has its name is not used.
    let mount = one.to_str().unwrap();
    let elsewhere = world.path("elsewhere");
    std::fs::rename(world.docs().join(".jolli/sources.json"), &elsewhere).unwrap();
    world
        .jolli(&[
            "source",
            "add",
            "backend",
            "--mount",
            mount,
            "--integration-id",
            "1",
        ])
        .ok();
    let mut both = world.sources_file();
    let here: Value = serde_json::from_slice(&std::fs::read(&elsewhere).unwrap()).unwrap();
    both["virtualSources"] = here["virtualSources"].clone();
    world.write(&world.docs(), ".jolli/sources.json", &both.to_string());
    assert_eq!(files(&world), ["true from-server"]);
    let strict = world.jolli(&["impact", "--strict"]);
    assert!(strict.err.contains("ambiguous-source"), "{}", strict.err);
    strict.fails(3);
    // Away: the mount remembers the name.
    world.lose_server();
    assert_eq!(files(&world), ["true from-server"]);
}

#[test]
fn a_git_failure_of_any_source_is_an_error_of_the_run() {
    let world = World::alone();
    let (one, two) = (world.repository("one"), world.repository("two"));
    for (name, root) in [("one", &one), ("two", &two)] {
        world
            .jolli(&["source", "add", name, "--mount", root.to_str().unwrap()])
            .ok();
    }
    world.document(
        "docs/a.md",
        "A",
        &[(Some("one"), "README.md"), (Some("two"), "README.md")],
    );
    world.commit(&world.docs());
    let base = world.git(&one, &["rev-parse", "HEAD"]);
    world.write(&one, "README.md", "changed");
    world.commit(&one);
    let said = world.jolli(&["impact", "--json", "--base", &base]);
    assert!(
        said.err.contains("git-failure") && said.err.contains("two"),
        "{}",
        said.err
    );
    assert_eq!(touched(&serde_json::from_str(&said.out).unwrap()).len(), 1);
    said.fails(1);
    let only = world.jolli(&["impact", "--json", "--base", &base, "--source", "one"]);
    assert_eq!(touched(&only.json()).len(), 1);
    let wrong = world
        .jolli(&["impact", "--base", "no-such-branch", "--source", "one"])
        .fails(1);
    assert!(
        wrong.contains("no-such-branch (or origin/no-such-branch)"),
        "{wrong}"
    );
}

#[test]
fn what_is_not_committed_and_what_two_commits_differ_in() {
    let world = World::alone();
    world.document("docs/a.md", "A", &[(None, "src/*")]);
    let docs = world.docs();
    world.write(&docs, "src/a", "1");
    let first = world.commit(&docs);
    world.write(&docs, "src/b", "1");
    let second = world.commit(&docs);
    world.write(&docs, "src/c", "1");
    world.commit(&docs);
    let files = |args: &[&str]| {
        let args: Vec<&str> = ["impact", "--json"].iter().chain(args).copied().collect();
        let found = world.jolli(&args).json();
        touched(&found)
            .iter()
            .map(|line| line.split(' ').nth(3).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(files(&["--base", &first, "--head", &second]), ["src/b"]);
    assert_eq!(files(&["--base", "HEAD~1"]), ["src/c"]);
    // On its own branch nothing has changed.
    assert_eq!(files(&[]), [""; 0]);
    world.write(&docs, "src/a", "2");
    world.write(&docs, "src/untracked", "2");
    std::fs::remove_file(docs.join("src/c")).unwrap();
    assert_eq!(files(&["--uncommitted"]), ["src/a", "src/c"]);
    world
        .jolli(&["impact", "--uncommitted", "--base", "HEAD"])
        .fails(2);
}

#[test]
fn explain_shows_rule_document_and_line() {
    let world = World::alone();
    world.document(
        "docs/a.md",
        "A",
        &[(None, "src/**/*.ts"), (Some("web"), "src/a.ts")],
    );
    world.document("docs/b.md", "B", &[(None, "lib/*")]);
    let text = world.jolli(&["impact", "--explain", "src/a.ts"]).ok();
    assert_eq!(
        text,
        "src/a.ts is watched by\n- docs/a.md:4 (A)  [<local>] src/**/*.ts (glob)\n- docs/a.md:6 (A)  [web] src/a.ts (exact)\n"
    );
    let local = world
        .jolli(&[
            "impact",
            "--explain",
            "src/a.ts",
            "--source",
            "local",
            "--json",
        ])
        .json();
    assert_eq!(local.as_array().unwrap().len(), 1);
    assert_eq!(local[0]["line"], 4);
    assert_eq!(
        world.jolli(&["impact", "--explain", "x"]).ok(),
        "No rule watches x.\n"
    );
}

#[test]
fn a_docs_folder_that_is_not_there_is_said() {
    let world = World::alone();
    let said = world.jolli(&["impact"]).fails(1);
    assert!(said.contains("--docs"), "{said}");
    world.document("handbook/a.md", "A", &[]);
    assert_eq!(
        world.jolli(&["impact", "--docs", "handbook"]).ok(),
        "No impacted docs found.\n"
    );
    let said = world
        .jolli(&["impact", "--docs", "handbook", "--source", "x"])
        .fails(1);
    assert!(
        said.contains("no attention rule names the source x"),
        "{said}"
    );
}

#[test]
fn extract_shows_commits_and_hunks_with_their_definitions() {
    let world = World::alone();
    let docs = world.docs();
    world.write(&docs, "a.rs", "fn first() {\n    1\n}\n");
    world.commit(&docs);
    world.git(&docs, &["checkout", "-q", "-b", "work"]);
    world.write(&docs, "a.rs", "fn first() {\n    2\n}\n");
    let sha = world.commit(&docs);
    let found = world.jolli(&["impact", "extract", "--json"]).json();
    assert_eq!(
        (&found["branch"], found["commits"].as_array().unwrap().len()),
        (&json!("work"), 1)
    );
    assert_eq!(
        found["commits"][0],
        json!({
            "sha": sha, "message": "change", "author": "Test", "summary": "",
            "hunks": [{
                "file": "a.rs", "status": "modified", "context": "first",
                "diff": " fn first() {\n-    1\n+    2\n }", "queryText": "",
            }],
        })
    );
    let text = world.jolli(&["impact", "extract"]).ok();
    assert!(
        text.contains("Summary: 1 commit(s), 1 file(s), 1 hunk(s)"),
        "{text}"
    );
    assert!(text.contains("  modified a.rs (first)"), "{text}");
    world.write(&docs, "a.rs", "");
    let open = world.jolli(&["impact", "extract", "-u", "--json"]).json();
    assert_eq!(open["commits"][0]["sha"], "(uncommitted)");
    world
        .jolli(&["impact", "extract", "--base", "nowhere"])
        .fails(1);
}
