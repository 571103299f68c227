//! What is on this machine survives what happens to it: a full disk, a kill at any moment. The old file or the new one, never
//! neither (reliability.md: local files survive).

use std::time::Instant;

use serde_json::Value;

use super::world::World;

const KILLS: u32 = 40;

#[test]
fn killed_at_any_moment_the_local_file_is_the_old_one_or_the_new_one() {
    let world = World::alone();
    let code = world.repository("code");
    let mount = code.to_str().unwrap();
    let add = |name: &str| world.jolli(&["source", "add", name, "--mount", mount]).ok();
    let began = Instant::now();
    add("first");
    let whole = began.elapsed();
    let file = world.docs().join(".jolli/sources.json");
    let (mut sure, mut killed) = (vec!["first".to_owned()], 0);
    for n in 0..KILLS {
        let name = format!("n{n}");
        let mut child = world.start(&["source", "add", &name, "--mount", mount]);
        // Each is killed a little later in its life than the one before it.
        let until = Instant::now() + whole * n / (KILLS - 1);
        while Instant::now() < until {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            sure.push(name);
        } else {
            killed += 1;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        for name in &sure {
            assert!(read["virtualSources"][name].is_object(), "{name}: {text}");
        }
    }
    assert!(killed > KILLS / 4, "only {killed} were killed");
    add("last");
}

/// A limit on the length of files is how a disk is full for one program alone.
#[test]
fn on_a_full_disk_the_local_file_and_the_documents_stay_as_they_were() {
    let world = World::served();
    let code = world.repository("code");
    let mount = code.to_str().unwrap();
    world
        .jolli(&["source", "add", "first", "--mount", mount])
        .ok();
    world.write(&world.docs(), "docs/guide.md", "# Guide\n");
    world.jolli(&["sync"]).ok();
    // Somebody else changes the document.
    let other = world.checkout("other");
    world.jolli_in(&other, &["sync"]).ok();
    let text = world.read(&other, "docs/guide.md");
    world.write(&other, "docs/guide.md", &format!("{text}More.\n"));
    world.jolli_in(&other, &["sync"]).ok();

    let files = [".jolli/sources.json", "docs/guide.md"].map(|it| world.docs().join(it));
    let read = || files.each_ref().map(|it| std::fs::read(it).unwrap());
    let before = read();
    let add = format!("jolli source add second --mount {mount}");
    for line in [add.as_str(), "jolli sync"] {
        let full = format!("ulimit -f 0; trap '' XFSZ; exec {line}");
        let said = world.shell(&full, &[]);
        assert_ne!(said.code, 0, "{line}: {said:?}");
        assert!(said.err.contains("File too large"), "{line}: {said:?}");
        assert_eq!(read(), before, "{line}");
    }
    world.shell(&add, &[]).ok();
    world.jolli(&["sync"]).ok();
    let now = read();
    assert!(now[0] != before[0] && now[1].ends_with(b"More.\n"));
}
