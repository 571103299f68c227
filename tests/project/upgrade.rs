//! A project with a configuration of the older shape goes on working, and loses nothing (seeds 000 and 001).

use serde_json::json;

use super::world::World;

fn legacy(world: &World, text: &str) {
    std::fs::write(world.docs().join(".jolli/sources.json"), text).unwrap();
}

fn backups(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.docs().join(".jolli")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let kept = paths.filter(|path| path.to_string_lossy().contains(".legacy-"));
    kept.map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn migration_parser_local_config() {
    let world = World::alone();
    let backend = world.repository("backend");
    let path = backend.display();
    let text = format!(
        r#"{{ "version": "x", "sources": {{
            "backend": {{"type": "git", "path": "{path}", "note": 1}},
            "web":     {{"type": "git", "path": "../backend", "sourceId": 7}},
            "broken":  {{"type": "svn", "path": "/x"}} }} }}"#
    );
    legacy(&world, &text);
    let said = world.jolli(&["source", "list", "--json"]);
    for told in [
        "was of an older shape",
        "jolli source link backend --integration-id ID",
        "web is mounted as source 7",
        "entry \"broken\" is not of type git",
    ] {
        assert!(said.err.contains(told), "{told}: {}", said.err);
    }
    said.ok();
    assert_eq!(backups(&world), [text]);
    assert_eq!(
        world.sources_file(),
        json!({
            "version": 1,
            "mounts": {"7": {"name": "web", "mountPath": world.docs().join("../backend"), "type": "git"}},
            "virtualSources": {"backend": {"mountPath": backend, "type": "git", "note": 1}},
            "unrecognized": {"broken": {"type": "svn", "path": "/x"}},
        })
    );
    // Told once.
    let again = world.jolli(&["source", "list"]);
    assert_eq!(again.err, "");
    assert_eq!(backups(&world).len(), 1);
}

#[test]
fn a_broken_file_stops_the_command_and_stays_as_it_was() {
    let world = World::alone();
    legacy(&world, "{\n  \"sources\": oops\n}");
    let said = world.jolli(&["source", "list"]).fails(1);
    assert!(said.contains("sources.json:2:14"), "{said}");
    let text = std::fs::read_to_string(world.docs().join(".jolli/sources.json")).unwrap();
    assert_eq!(text, "{\n  \"sources\": oops\n}");
}

/// Done when: a repository with a legacy configuration upgrades, links, runs strict in CI red, then green.
#[test]
fn a_project_with_an_older_configuration_upgrades_links_and_turns_green() {
    let world = World::served();
    let backend = world.clone_of("backend", "github.com/acme/backend");
    let path = backend.display();
    legacy(
        &world,
        &format!(r#"{{"sources": {{"backend": {{"type": "git", "path": "{path}"}}}}}}"#),
    );
    world.document(
        "docs/auth.md",
        "AUTH",
        &[(Some("backend"), "src/**"), (Some("bakcend"), "x")],
    );
    world.commit(&world.docs());
    let red = world.jolli(&["impact", "--strict", "--base", "HEAD", "--format", "github"]);
    assert!(
        red.out
            .contains("::error file=docs/auth.md,line=7,title=unresolved-source::"),
        "{}",
        red.out
    );
    assert!(red.err.contains("was of an older shape"), "{}", red.err);
    red.fails(3);
    world
        .jolli(&["source", "link", "backend", "--integration-id", "1"])
        .ok();
    world.document("docs/auth.md", "AUTH", &[(Some("backend"), "src/**")]);
    let green = world.jolli(&["impact", "--strict", "--base", "HEAD", "--format", "github"]);
    assert_eq!(green.ok(), "");
}
