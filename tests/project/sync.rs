//! `jolli sync`: two checkouts of one space, and what neither of them may lose (sources.md §10).

use std::path::Path;

use jolli::engine::sha256_hex;
use serde_json::{Value, json};

use super::world::World;

/// What a run did, without the ids: way, word, path.
fn steps(synced: &Value) -> Vec<(&'static str, String, String)> {
    let of = |way: &'static str, member: &str| {
        let rows = synced[member].as_array().unwrap().clone();
        rows.into_iter().map(move |row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (way, text("what"), text("path"))
        })
    };
    of("down", "pulled").chain(of("up", "pushed")).collect()
}

fn step(way: &'static str, what: &str, path: &str) -> (&'static str, String, String) {
    (way, what.to_owned(), path.to_owned())
}

fn sync(world: &World, folder: &Path, args: &[&str]) -> Value {
    let args: Vec<&str> = ["sync"]
        .iter()
        .chain(args)
        .chain(&["--json"])
        .copied()
        .collect();
    world.jolli_in(folder, &args).json()
}

const LINES: &str = "---\njrn: GUIDE\n---\n# Guide\n\none\n\ntwo\n\nthree\n";

#[test]
fn what_one_checkout_changes_the_other_gets() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    world.write(&here, "docs/guide.md", LINES);
    world.write(&here, "docs/plain.md", "# Plain\r\n");
    world.write(&here, "docs/code.ts", "no document");
    let synced = sync(&world, &here, &["--message", "first"]);
    assert_eq!(
        steps(&synced),
        [
            step("up", "new", "docs/guide.md"),
            step("up", "new", "docs/plain.md")
        ]
    );
    // A document without an id got one, here as there.
    let plain = world.read(&here, "docs/plain.md");
    assert!(
        plain.starts_with("---\r\njrn: ") && plain.ends_with("---\r\n# Plain\r\n"),
        "{plain:?}"
    );
    let synced = sync(&world, &there, &["down"]);
    assert_eq!(
        steps(&synced),
        [
            step("down", "new", "docs/guide.md"),
            step("down", "new", "docs/plain.md")
        ]
    );
    assert_eq!(world.read(&there, "docs/plain.md"), plain);
    assert_eq!(world.read(&there, "docs/guide.md"), LINES);
    assert!(!there.join("docs/code.ts").exists());
    // Nothing more to say, on both sides: one's own push is no news.
    for folder in [&here, &there] {
        assert_eq!(steps(&sync(&world, folder, &[])), []);
        assert_eq!(
            world.jolli_in(folder, &["sync"]).ok(),
            "In step with api-docs.\n"
        );
    }

    // Changed, moved, deleted.
    world.write(&there, "docs/guide.md", &LINES.replace("two", "TWO"));
    std::fs::create_dir(there.join("docs/deep")).unwrap();
    std::fs::rename(
        there.join("docs/plain.md"),
        there.join("docs/deep/plain.md"),
    )
    .unwrap();
    let synced = sync(&world, &there, &["up"]);
    assert_eq!(
        steps(&synced),
        [
            step("up", "moved", "docs/deep/plain.md"),
            step("up", "updated", "docs/guide.md")
        ]
    );
    assert_eq!(synced["pushed"][0]["from"], "docs/plain.md");
    let said = world.jolli(&["sync", "down"]).ok();
    assert_eq!(
        said,
        "down  moved     docs/deep/plain.md (from docs/plain.md)\ndown  updated   docs/guide.md\n"
    );
    assert!(!here.join("docs/plain.md").exists());
    assert_eq!(world.read(&here, "docs/deep/plain.md"), plain);
    assert_eq!(
        world.read(&here, "docs/guide.md"),
        LINES.replace("two", "TWO")
    );
    std::fs::remove_file(here.join("docs/deep/plain.md")).unwrap();
    assert_eq!(
        steps(&sync(&world, &here, &["up"])),
        [step("up", "deleted", "docs/deep/plain.md")]
    );
    assert_eq!(
        steps(&sync(&world, &there, &["down"])),
        [step("down", "deleted", "docs/deep/plain.md")]
    );
    assert!(!there.join("docs/deep/plain.md").exists());
    // It can be had back.
    let trash = there.join(".jolli/sync/trash");
    let day = std::fs::read_dir(trash).unwrap().next().unwrap().unwrap();
    assert_eq!(world.read(&day.path(), "docs/deep/plain.md"), plain);
    // And pushed again, under its own id.
    world.write(&here, "docs/plain.md", &plain);
    assert_eq!(
        steps(&sync(&world, &here, &["up"])),
        [step("up", "new", "docs/plain.md")]
    );
    assert_eq!(
        steps(&sync(&world, &there, &["down"])),
        [step("down", "new", "docs/plain.md")]
    );
    // Git is told to leave all of that alone.
    assert_eq!(
        world.git(&here, &["status", "--porcelain", ".jolli/sync"]),
        ""
    );
}

#[test]
fn both_sides_changes_are_merged_and_the_merge_is_pushed() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    world.write(&here, "docs/guide.md", LINES);
    sync(&world, &here, &[]);
    sync(&world, &there, &[]);
    world.write(&here, "docs/guide.md", &LINES.replace("one", "ONE"));
    sync(&world, &here, &["up"]);
    world.write(&there, "docs/guide.md", &LINES.replace("three", "THREE"));
    // Up alone does not write over what it has not seen.
    let refused = world.jolli_in(&there, &["sync", "up"]).fails(1);
    assert!(
        refused.contains("docs/guide.md was not pushed") && refused.contains("jolli sync"),
        "{refused}"
    );
    let both = LINES.replace("one", "ONE").replace("three", "THREE");
    assert_eq!(
        steps(&sync(&world, &there, &[])),
        [
            step("down", "merged", "docs/guide.md"),
            step("up", "updated", "docs/guide.md")
        ]
    );
    assert_eq!(world.read(&there, "docs/guide.md"), both);
    sync(&world, &here, &["down"]);
    assert_eq!(world.read(&here, "docs/guide.md"), both);
}

#[test]
fn a_conflict_waits_for_a_person_and_is_never_pushed() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    world.write(&here, "docs/guide.md", LINES);
    sync(&world, &here, &[]);
    sync(&world, &there, &[]);
    world.write(
        &here,
        "docs/guide.md",
        &LINES.replace("two", "ours").replace("one", "ONE"),
    );
    sync(&world, &here, &[]);
    world.write(&there, "docs/guide.md", &LINES.replace("two", "theirs"));
    let said = world.jolli_in(&there, &["sync"]);
    assert!(
        said.out.contains("down  conflict  docs/guide.md"),
        "{}",
        said.out
    );
    let told = said.fails(1);
    assert!(told.contains("decide between the markers"), "{told}");
    let text = world.read(&there, "docs/guide.md");
    assert_eq!(
        text,
        LINES.replace("one", "ONE").replace(
            "two\n",
            "<<<<<<< LOCAL\ntheirs\n=======\nours\n>>>>>>> SERVER\n"
        )
    );
    // Not now, and not by force.
    for args in [&["sync"][..], &["sync", "up", "--force"]] {
        let told = world.jolli_in(&there, args).fails(1);
        assert!(told.contains("has conflict markers (line 8)"), "{told}");
    }
    sync(&world, &here, &["down"]);
    assert!(world.read(&here, "docs/guide.md").contains("ours"));
    // Another change there does not put markers into markers.
    world.write(&here, "docs/guide.md", &LINES.replace("two", "once more"));
    sync(&world, &here, &[]);
    world.jolli_in(&there, &["sync", "down"]).fails(1);
    assert_eq!(world.read(&there, "docs/guide.md"), text);
    // Decided: the newer change is merged with the decision.
    world.write(
        &there,
        "docs/guide.md",
        &LINES.replace("one", "ONE").replace("two", "ours"),
    );
    sync(&world, &there, &[]);
    sync(&world, &here, &[]);
    let decided = world.read(&here, "docs/guide.md");
    assert_eq!(world.read(&there, "docs/guide.md"), decided);
    assert!(
        decided.contains("once more") && !decided.contains("<<<<<<<"),
        "{decided}"
    );
}

#[test]
fn a_deletion_never_beats_a_change() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    for name in ["a", "b", "c"] {
        let text = format!("---\njrn: {name}\n---\n{name}\n");
        world.write(&here, &format!("docs/{name}.md"), &text);
    }
    sync(&world, &here, &[]);
    sync(&world, &there, &[]);
    // Deleted there and changed here; changed there and deleted here.
    std::fs::remove_file(there.join("docs/a.md")).unwrap();
    world.write(&there, "docs/b.md", "---\njrn: b\n---\nnew\n");
    sync(&world, &there, &[]);
    world.write(&here, "docs/a.md", "---\njrn: a\n---\nnew\n");
    std::fs::remove_file(here.join("docs/b.md")).unwrap();
    assert_eq!(
        steps(&sync(&world, &here, &[])),
        [
            step("down", "kept", "docs/a.md"),
            step("down", "restored", "docs/b.md"),
            step("up", "new", "docs/a.md"),
        ]
    );
    sync(&world, &there, &[]);
    for name in ["a", "b"] {
        let path = format!("docs/{name}.md");
        let text = world.read(&here, &path);
        assert!(text.ends_with("new\n"), "{text}");
        assert_eq!(world.read(&there, &path), text);
    }
    // The same from the beginning of the space, where it tells of live documents only.
    let state = here.join(".jolli/sync/state.json");
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    kept["cursor"] = json!(0);
    std::fs::write(&state, kept.to_string()).unwrap();
    std::fs::remove_file(there.join("docs/c.md")).unwrap();
    sync(&world, &there, &[]);
    assert_eq!(
        steps(&sync(&world, &here, &[])),
        [step("down", "deleted", "docs/c.md")]
    );
    // All gone at once: nobody means that, unless they say so.
    std::fs::rename(there.join("docs"), there.join("elsewhere")).unwrap();
    let told = world.jolli_in(&there, &["sync"]).fails(1);
    assert!(
        told.contains("2 of the 2 documents") && told.contains("--force"),
        "{told}"
    );
    assert_eq!(steps(&sync(&world, &there, &["--force"])).len(), 2);
    assert_eq!(steps(&sync(&world, &here, &["down"])).len(), 2);
}

#[test]
fn a_push_without_an_answer_is_sent_again_and_takes_effect_once() {
    let mut world = World::served();
    let here = world.docs();
    world.write(&here, "docs/guide.md", LINES);
    let first = sync(&world, &here, &["--changeset", "mine"]);
    assert_eq!(first["changesets"], json!([{"id": "mine", "again": false}]));
    // As if the answer had been lost on the way.
    let hash = format!("sha256:{}", sha256_hex(LINES.as_bytes()));
    let op = json!({
        "type": "upsert", "fileId": "GUIDE", "serverPath": "docs/guide.md", "baseVersion": 0, "content": LINES,
        "contentHash": hash,
    });
    let request = json!({"clientChangesetId": "mine", "targetBranch": "main", "ops": [op]});
    let pending = json!({"createdAt": "2026-01-01T00:00:00.000Z", "request": request});
    world.write(&here, ".jolli/sync/pending.json", &pending.to_string());
    world.write(&here, "docs/guide.md", &LINES.replace("one", "ONE"));
    let said = world.jolli(&["sync", "up"]).ok();
    assert!(said.contains("Changeset ID: mine (replay)"), "{said}");
    assert!(!here.join(".jolli/sync/pending.json").exists());
    let there = world.checkout("there");
    sync(&world, &there, &[]);
    assert_eq!(
        world.read(&there, "docs/guide.md"),
        LINES.replace("one", "ONE")
    );
    // The id names one push for ever.
    world.write(&here, "docs/guide.md", &LINES.replace("one", "1"));
    let told = world.jolli(&["sync", "up", "--changeset", "mine"]).fails(1);
    assert!(told.contains("CLIENT_CHANGESET_ID_REUSED"), "{told}");
    assert!(!here.join(".jolli/sync/pending.json").exists());

    world.lose_server();
    let told = world.jolli(&["sync", "up"]).fails(1);
    assert!(
        told.contains("no server answers") && told.contains("pending.json"),
        "{told}"
    );
    assert!(here.join(".jolli/sync/pending.json").exists());
    assert_eq!(
        world.read(&here, "docs/guide.md"),
        LINES.replace("one", "1")
    );
    world.jolli(&["sync", "down"]).fails(1);
}

#[test]
fn a_checkout_that_forgot_everything_finds_itself_again() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    for name in ["a", "b"] {
        let text = format!("---\njrn: {name}\n---\none\n\ntwo\n\nthree\n");
        world.write(&here, &format!("docs/{name}.md"), &text);
    }
    sync(&world, &here, &[]);
    sync(&world, &there, &[]);
    std::fs::rename(there.join("docs/a.md"), there.join("docs/moved.md")).unwrap();
    sync(&world, &there, &[]);
    std::fs::remove_file(here.join(".jolli/sync/state.json")).unwrap();
    let b = world.read(&here, "docs/b.md").replace("three", "THREE");
    world.write(&here, "docs/b.md", &b);
    // Known by their ids: nothing comes twice, and the change goes up.
    assert_eq!(
        steps(&sync(&world, &here, &[])),
        [
            step("down", "moved", "docs/moved.md"),
            step("up", "updated", "docs/b.md")
        ]
    );
    assert!(!here.join("docs/a.md").exists());
    // Without what merges start from, a difference is shown, not guessed.
    std::fs::remove_dir_all(here.join(".jolli/sync")).unwrap();
    world.write(&here, "docs/b.md", &b.replace("one", "1"));
    world.jolli(&["sync"]).fails(1);
    assert!(
        world
            .read(&here, "docs/b.md")
            .contains("<<<<<<< LOCAL\n1\n=======\none\n>>>>>>> SERVER")
    );
}

#[test]
fn what_cannot_be_pushed_or_pulled_is_said_and_the_rest_goes_on() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    world.write(&here, "docs/a.md", "---\njrn: A\n---\n");
    world.write(&here, "docs/copy.md", "---\njrn: A\n---\ncopy\n");
    world.write(&here, "docs/good.md", "---\njrn: GOOD\n---\n");
    std::fs::write(here.join("docs/raw.md"), [0xff, 0xfe]).unwrap();
    let said = world.jolli(&["sync"]);
    assert!(said.out.contains("docs/good.md"), "{}", said.out);
    let told = said.fails(1);
    assert!(
        told.contains("docs/copy.md has the id A, which docs/a.md has too"),
        "{told}"
    );
    assert!(told.contains("docs/raw.md is not UTF-8"), "{told}");
    // Another document in its place stays, and the one that cannot come comes later.
    world.write(&there, "docs/good.md", "---\njrn: MINE\n---\nmine\n");
    let told = world.jolli_in(&there, &["sync", "down"]).fails(1);
    assert!(
        told.contains("docs/good.md is where the space's document GOOD belongs"),
        "{told}"
    );
    assert!(there.join("docs/a.md").exists());
    std::fs::rename(there.join("docs/good.md"), there.join("docs/mine.md")).unwrap();
    assert_eq!(
        steps(&sync(&world, &there, &[])),
        [
            step("down", "new", "docs/good.md"),
            step("up", "new", "docs/mine.md")
        ]
    );
    // The documents of one space are not pushed to another.
    world.jolli(&["space", "create", "SDK"]).ok();
    world.jolli_in(&there, &["init", "--space", "sdk"]).ok();
    let told = world.jolli_in(&there, &["sync"]).fails(1);
    assert!(told.contains("in step with the space api-docs"), "{told}");
    let told = world.jolli(&["sync", "down", "--force"]).fails(2);
    assert!(told.contains("--force is for a push"), "{told}");
}
