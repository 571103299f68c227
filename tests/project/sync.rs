//! `jolli sync`: two checkouts of one space, and what neither of them may lose (sources.md §10).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jolli::base::sha256_hex;
use serde_json::{Value, json};

use super::world::{Said, World};
use crate::support::way::Way;

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

/// The same in the docs project, by way of `way`.
fn sync_by(world: &World, way: &Way, args: &[&str]) -> Said {
    let args: Vec<&str> = ["sync"].iter().chain(args).copied().collect();
    world.jolli_with(&args, &[("JOLLI_URL", way.url())])
}

/// The ids of the documents that a checkout knows of.
fn known(world: &World, folder: &Path) -> Vec<String> {
    let state = world.read(folder, ".jolli/sync/state.json");
    let state: Value = serde_json::from_str(&state).unwrap();
    let documents = state["documents"].as_object().unwrap();
    documents.keys().cloned().collect()
}

/// What lies below a folder: folders, files with their bytes, links with where they lead.
fn disk(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap().file_type();
        let bytes = if kind.is_dir() {
            found.extend(disk(&path));
            Vec::new()
        } else if kind.is_symlink() {
            let target = std::fs::read_link(&path).unwrap();
            target.into_os_string().into_encoded_bytes()
        } else {
            std::fs::read(&path).unwrap()
        };
        found.insert(path, bytes);
    }
    found
}

/// Lets the `nth` reading of a document from now on wait until `edit` is done; every reading finds its text. What it answers
/// tells whether there was such a reading.
#[cfg(unix)]
fn at_reading(
    world: &World,
    path: &str,
    nth: usize,
    edit: impl Fn() + Send + 'static,
) -> std::sync::mpsc::Receiver<()> {
    use std::io::Write as _;
    let file = world.docs().join(path);
    let text = std::fs::read(&file).unwrap();
    // A pipe for each reading, and behind the last one the document itself: who reads a pipe waits for who writes it.
    let pipe = |n: usize| world.path(&format!("pipe-{n}"));
    let pipes: Vec<PathBuf> = (0..nth).map(pipe).collect();
    let mut mkfifo = std::process::Command::new("mkfifo");
    assert!(mkfifo.args(&pipes).status().unwrap().success());
    let kept = world.path("kept");
    std::fs::rename(&file, &kept).unwrap();
    std::fs::rename(&pipes[0], &file).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let behind = pipes[1..].iter().chain([&kept]);
        for (n, next) in (1..).zip(behind) {
            // Opens once somebody reads, who keeps this pipe; whoever reads after that finds the next one.
            let mut pipe = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
            std::fs::rename(next, &file).unwrap();
            if n == nth {
                edit();
                tell.send(()).unwrap();
            }
            pipe.write_all(&text).unwrap();
        }
    });
    told
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

/// A checkout that has seen two pushes of a space, whose server then has an older copy of its database: the first push alone.
/// The world, the one of the older copy, and the way to the server.
fn set_back() -> (World, World, Way) {
    let (world, older) = (World::served(), World::served());
    let (here, way) = (world.docs(), Way::to(world.url()));
    for world in [&world, &older] {
        world.write(&world.docs(), "docs/guide.md", LINES);
    }
    sync(&older, &older.docs(), &[]);
    sync_by(&world, &way, &[]).ok();
    world.write(&here, "docs/guide.md", &LINES.replace("two", "TWO"));
    world.write(&here, "docs/later.md", "---\njrn: LATER\n---\nlater\n");
    sync_by(&world, &way, &[]).ok();
    way.lead_to(older.url());
    (world, older, way)
}

/// Moves away what the refusal says, for the documents to be compared from the beginning.
fn compare_anew(world: &World, way: &Way) {
    let told = sync_by(world, way, &[]).fails(1);
    let (_, path) = told.split_once("Move ").unwrap();
    let (path, _) = path.split_once(" away").unwrap();
    std::fs::rename(world.docs().join(path), world.path("away")).unwrap();
}

#[test]
fn a_space_that_was_set_back_stops_the_run_before_anything_is_changed() {
    let (world, older, way) = set_back();
    // Something that would be given an id, and be pushed.
    world.write(&world.docs(), "docs/new.md", "# New\n");
    let before = disk(&world.docs());
    let runs: [&[&str]; 3] = [&[], &["down"], &["--force"]];
    for args in runs {
        let told = sync_by(&world, &way, args).fails(1);
        assert!(
            told.contains("the space is behind what was seen of it here")
                && told.contains("No document was changed. Move .jolli/sync"),
            "{told}"
        );
        assert_eq!(disk(&world.docs()), before, "{args:?}");
    }
    assert_eq!(steps(&sync(&older, &older.docs(), &[])), []);
}

#[test]
fn a_space_that_was_set_back_gets_what_it_lost_once_everything_is_compared_anew() {
    let (world, older, way) = set_back();
    compare_anew(&world, &way);
    let said = sync_by(&world, &way, &[]);
    assert!(
        said.out.contains("up    new       docs/later.md"),
        "{}\n{}",
        said.out,
        said.err
    );
    let synced = sync(&older, &older.docs(), &["down"]);
    assert!(
        steps(&synced).contains(&step("down", "new", "docs/later.md")),
        "{synced}"
    );
}

#[test]
fn what_is_newer_here_than_in_a_space_that_was_set_back_is_not_lost() {
    let (world, _older, way) = set_back();
    compare_anew(&world, &way);
    // Whether somebody is asked or not: the only copy of the newer text is the one here.
    let said = sync_by(&world, &way, &[]);
    let text = world.read(&world.docs(), "docs/guide.md");
    assert!(text.contains("TWO"), "{text}\n{}", said.out);
}

#[test]
fn a_space_without_any_document_is_not_taken_for_one_that_deleted_them_all() {
    let (world, anew) = (World::served(), World::served());
    let (here, there) = (world.docs(), world.checkout("there"));
    let way = Way::to(world.url());
    // Who only pushes, and behind somebody else, has taken over nothing of the space: its next look is from the beginning.
    world.write(&there, "docs/theirs.md", "---\njrn: THEIRS\n---\n");
    sync(&world, &there, &[]);
    for name in ["a", "b"] {
        let text = format!("---\njrn: {name}\n---\n");
        world.write(&here, &format!("docs/{name}.md"), &text);
    }
    sync_by(&world, &way, &["up"]).ok();
    way.lead_to(anew.url());
    let before = disk(&here);
    let told = sync_by(&world, &way, &[]).fails(1);
    assert!(told.contains("it was made anew"), "{told}");
    assert_eq!(disk(&here), before);
}

#[cfg(unix)]
#[test]
fn no_document_of_the_space_is_written_through_a_link_out_of_the_project() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    let outside = world.path("outside");
    world.write(&outside, "folder/kept.md", "outside\n");
    world.write(&outside, "file.md", "outside\n");
    std::fs::create_dir(here.join("docs")).unwrap();
    // To a folder and a file, and to what is not there yet.
    let links = [
        ("folder", "docs/folder/a.md"),
        ("file.md", "docs/file.md"),
        ("nowhere", "docs/nowhere/deep/a.md"),
        ("nothing.md", "docs/nothing.md"),
    ];
    for (link, path) in links {
        let at = here.join("docs").join(link);
        std::os::unix::fs::symlink(outside.join(link), at).unwrap();
        let text = format!("---\njrn: {link}\n---\ninside\n");
        world.write(&there, path, &text);
    }
    world.write(&there, "docs/good.md", "---\njrn: GOOD\n---\n");
    sync(&world, &there, &[]);
    let before = disk(&outside);
    let said = world.jolli(&["sync"]);
    assert_eq!(disk(&outside), before);
    for (link, _) in links {
        assert!(here.join("docs").join(link).is_symlink(), "{link}");
    }
    // The rest goes on, and each of them is said.
    assert_eq!(said.out, "down  new       docs/good.md\n");
    let told = said.fails(1);
    for (_, path) in links {
        assert!(told.contains(&format!("{path} ")), "{path}: {told}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_project_in_the_place_of_a_document_is_neither_followed_nor_a_deletion() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    let outside = world.path("outside");
    let links = [("file.md", "file.md"), ("folder", "folder/a.md")];
    let text = |id: &str, says: &str| format!("---\njrn: {id}\n---\n{says}\n");
    for (link, path) in links {
        world.write(&here, &format!("docs/{path}"), &text(link, "inside"));
        // Known by the same id, so that nothing but the way there keeps it out.
        world.write(&outside, path, &text(link, "secret"));
    }
    sync(&world, &here, &[]);
    sync(&world, &there, &[]);
    for (link, _) in links {
        let at = here.join("docs").join(link);
        std::fs::rename(&at, world.path(&format!("kept-{link}"))).unwrap();
        std::os::unix::fs::symlink(outside.join(link), at).unwrap();
    }
    let before = disk(&outside);
    let is_told = |args: &[&str]| {
        let told = world.jolli(args).fails(1);
        for (_, path) in links {
            assert!(told.contains(&format!("docs/{path} ")), "{path}: {told}");
        }
        assert!(told.contains("leaves the project"), "{told}");
    };
    is_told(&["sync"]);
    is_told(&["sync", "up", "--force"]);
    assert_eq!(steps(&sync(&world, &there, &[])), []);
    // Nor does what the space changes or deletes get there.
    world.write(&there, "docs/file.md", &text("file.md", "newer"));
    std::fs::remove_file(there.join("docs/folder/a.md")).unwrap();
    sync(&world, &there, &[]);
    is_told(&["sync"]);
    assert_eq!(disk(&outside), before);
}

/// A project whose `docs` has a document, a link to one outside, and a link to a folder of them outside; and where outside is.
#[cfg(unix)]
fn linked_out() -> (World, PathBuf) {
    let world = World::served();
    let outside = world.path("outside");
    world.write(&outside, "file.md", "# Outside\n");
    world.write(&outside, "folder/a.md", "---\njrn: OUT\n---\n");
    world.write(&world.docs(), "docs/good.md", "---\njrn: GOOD\n---\n");
    for link in ["file.md", "folder"] {
        let at = world.docs().join("docs").join(link);
        std::os::unix::fs::symlink(outside.join(link), at).unwrap();
    }
    (world, outside)
}

#[cfg(unix)]
#[test]
fn what_links_in_docs_lead_to_outside_of_the_project_is_not_pushed() {
    let (world, outside) = linked_out();
    let before = disk(&outside);
    let said = world.jolli(&["sync", "--json"]);
    let synced: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(steps(&synced), [step("up", "new", "docs/good.md")]);
    // None was given an id either.
    assert_eq!(disk(&outside), before);
}

#[cfg(unix)]
#[test]
fn a_link_in_docs_that_leads_out_of_the_project_is_said() {
    let (world, _) = linked_out();
    let told = world.jolli(&["sync"]).fails(1);
    for path in ["docs/file.md", "docs/folder"] {
        assert!(told.contains(path), "{path}: {told}");
    }
}

#[cfg(unix)]
#[test]
fn a_docs_folder_that_is_itself_a_link_out_of_the_project_is_said_and_not_pushed() {
    let world = World::served();
    let outside = world.path("outside");
    world.write(&outside, "a.md", "---\njrn: OUT\n---\n");
    std::os::unix::fs::symlink(&outside, world.docs().join("docs")).unwrap();
    let said = world.jolli(&["sync"]);
    let there = world.checkout("there");
    assert_eq!(steps(&sync(&world, &there, &[])), []);
    let told = said.fails(1);
    assert!(told.contains("leaves the project"), "{told}");
}

#[cfg(unix)]
#[test]
fn what_is_edited_while_a_change_comes_down_stays() {
    // Behind the reading of all documents, and behind the look whether this one still is as it was read.
    for nth in [1, 2] {
        let world = World::served();
        let (here, there) = (world.docs(), world.checkout("there"));
        let text = |id: &str| LINES.replace("GUIDE", id);
        for id in ["A", "Z"] {
            world.write(&here, &format!("docs/{id}.md"), &text(id));
        }
        sync(&world, &here, &[]);
        sync(&world, &there, &[]);
        for id in ["A", "Z"] {
            let newer = text(id).replace("one", "ONE");
            world.write(&there, &format!("docs/{id}.md"), &newer);
        }
        sync(&world, &there, &[]);
        let mine = text("A").replace("three", "THREE");
        let edit = {
            let (file, mine) = (here.join("docs/A.md"), mine.clone());
            move || std::fs::write(&file, &mine).unwrap()
        };
        let edited = at_reading(&world, "docs/Z.md", nth, edit);
        let said = world.jolli(&["sync", "down"]);
        edited.try_recv().unwrap();
        assert_eq!(world.read(&here, "docs/A.md"), mine);
        assert_eq!(said.out, "down  updated   docs/Z.md\n");
        let told = said.fails(1);
        assert!(
            told.contains("docs/A.md was changed while it was brought in step"),
            "{told}"
        );
        // The next run has both.
        assert_eq!(
            steps(&sync(&world, &here, &[])),
            [
                step("down", "merged", "docs/A.md"),
                step("up", "updated", "docs/A.md")
            ]
        );
        assert_eq!(
            world.read(&here, "docs/A.md"),
            mine.replace("one", "ONE"),
            "{nth}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_is_edited_while_a_document_is_given_its_id_stays() {
    let world = World::served();
    let here = world.docs();
    for id in ["a", "z"] {
        let text = format!("---\njrn: {id}\n---\n{id}\n");
        world.write(&here, &format!("docs/{id}.md"), &text);
    }
    sync(&world, &here, &[]);
    // One has lost the line of its id, and one never had it.
    let files = ["docs/a.md", "docs/new.md"];
    for file in files {
        world.write(&here, file, "# Text\n");
    }
    let edit = {
        let files = files.map(|file| here.join(file));
        move || {
            for file in &files {
                std::fs::write(file, "# Text\n\nedited\n").unwrap();
            }
        }
    };
    let edited = at_reading(&world, "docs/z.md", 1, edit);
    world.jolli(&["sync", "up"]);
    edited.try_recv().unwrap();
    for file in files {
        let text = world.read(&here, file);
        assert!(text.ends_with("\nedited\n"), "{file}: {text}");
    }
}

#[test]
fn what_is_edited_while_a_push_is_under_way_goes_with_the_next_one() {
    let world = World::served();
    let here = world.docs();
    let way = Way::to(world.url());
    world.write(&here, "docs/guide.md", LINES);
    let held = way.hold("POST /api/v1/sync/push");
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| sync_by(&world, &way, &[]));
        held.wait();
        world.write(&here, "docs/guide.md", &LINES.replace("two", "TWO"));
        drop(held);
        pushing.join().unwrap().ok();
    });
    let said = sync_by(&world, &way, &[]).ok();
    assert!(
        said.starts_with("up    updated   docs/guide.md\n"),
        "{said}"
    );
    let there = world.checkout("there");
    sync(&world, &there, &[]);
    assert_eq!(
        world.read(&there, "docs/guide.md"),
        LINES.replace("two", "TWO")
    );
}

#[test]
fn a_document_that_both_sides_deleted_is_forgotten_and_its_place_is_free() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    // The first one, the same one made anew, and another one in its place.
    for id in ["A", "A", "B"] {
        let text = format!("---\njrn: {id}\n---\n{id}\n");
        world.write(&there, "docs/a.md", &text);
        sync(&world, &there, &[]);
        assert_eq!(
            steps(&sync(&world, &here, &["down"])),
            [step("down", "new", "docs/a.md")]
        );
        assert_eq!(world.read(&here, "docs/a.md"), text);
        assert_eq!(known(&world, &here), [id]);
        for folder in [&here, &there] {
            std::fs::remove_file(folder.join("docs/a.md")).unwrap();
        }
        sync(&world, &there, &[]);
        // Nothing is left to be done, here or there.
        assert_eq!(steps(&sync(&world, &here, &[])), []);
        assert_eq!(known(&world, &here), [""; 0]);
    }
}

#[test]
fn a_document_that_was_kept_and_then_deleted_here_too_is_forgotten() {
    let world = World::served();
    let (here, there) = (world.docs(), world.checkout("there"));
    let text = "---\njrn: A\n---\n";
    world.write(&here, "docs/a.md", text);
    sync(&world, &here, &[]);
    sync(&world, &there, &[]);
    std::fs::remove_file(there.join("docs/a.md")).unwrap();
    sync(&world, &there, &[]);
    world.write(&here, "docs/a.md", &format!("{text}mine\n"));
    assert_eq!(
        steps(&sync(&world, &here, &["down"])),
        [step("down", "kept", "docs/a.md")]
    );
    std::fs::remove_file(here.join("docs/a.md")).unwrap();
    // The space has deleted it already: there is nothing to push.
    assert_eq!(steps(&sync(&world, &here, &[])), []);
    assert_eq!(known(&world, &here), [""; 0]);
    world.write(&there, "docs/a.md", &format!("{text}theirs\n"));
    sync(&world, &there, &[]);
    assert_eq!(
        steps(&sync(&world, &here, &["down"])),
        [step("down", "new", "docs/a.md")]
    );
    assert_eq!(world.read(&here, "docs/a.md"), format!("{text}theirs\n"));
}
