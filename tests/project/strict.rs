//! Strict mode as CI runs it: every way to fail, with its code, place and remedy.

use serde_json::Value;

use super::world::World;

/// Codes and severities that strict mode finds, and how it ends.
fn found(world: &World) -> (Vec<(String, String)>, i32) {
    let said = world.jolli(&["impact", "--strict", "--format", "report", "--base", "HEAD"]);
    let report: Value = serde_json::from_str(&said.out).unwrap_or(Value::Null);
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let codes = findings
        .iter()
        .map(|f| (text(&f["code"]), text(&f["severity"])));
    (codes.collect(), said.code)
}

fn error(code: &str) -> (String, String) {
    (code.to_owned(), "error".to_owned())
}

#[test]
fn strict_mode_failure_paths() {
    let world = World::alone();
    let scratch = world.clone_of("scratch", "github.com/acme/scratch");
    world
        .jolli(&[
            "source",
            "add",
            "scratch",
            "--mount",
            scratch.to_str().unwrap(),
        ])
        .ok();
    let document = |rules: &[(Option<&str>, &str)]| world.document("docs/a.md", "A", rules);

    document(&[(Some("scratch"), "src/**")]);
    world.commit(&world.docs());
    assert_eq!(found(&world), (vec![], 0));

    document(&[(Some("srcatch"), "src/**")]);
    assert_eq!(found(&world), (vec![error("unresolved-source")], 3));
    let said = world
        .jolli(&["impact", "--strict", "--base", "HEAD"])
        .fails(3);
    for told in [
        "docs/a.md:4",
        "source: scratch",
        "jolli source add srcatch --mount",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    // Without --strict it is a warning, and the run goes on.
    let lenient = world.jolli(&["impact", "--base", "HEAD"]);
    assert!(
        lenient.err.contains("warning: No source is named srcatch"),
        "{}",
        lenient.err
    );
    lenient.ok();

    document(&[(Some("scratch"), "src/**"), (None, "../outside")]);
    assert_eq!(found(&world), (vec![error("invalid-rule")], 3));

    document(&[(Some("scratch"), "src/**")]);
    world.document("docs/b.md", "A", &[(Some("scratch"), "x")]);
    assert_eq!(found(&world), (vec![error("duplicate-doc-id")], 3));
    std::fs::remove_file(world.docs().join("docs/b.md")).unwrap();

    world.git(
        &scratch,
        &[
            "remote",
            "set-url",
            "origin",
            "https://github.com/acme/other",
        ],
    );
    assert_eq!(found(&world), (vec![error("invalid-mount")], 3));
    std::fs::rename(&scratch, world.path("gone")).unwrap();
    assert_eq!(found(&world), (vec![error("invalid-mount")], 3));
}

#[test]
fn strict_mode_with_a_server_sees_bindings_and_needs_the_server() {
    let mut world = World::served();
    let backend = world.clone_of("backend", "github.com/acme/backend");
    let mount = backend.to_str().unwrap();
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
    world.document("docs/a.md", "A", &[(Some("backend"), "src/**")]);
    world.commit(&world.docs());
    assert_eq!(found(&world), (vec![], 0));
    let warning = |code: &str| (code.to_owned(), "warning".to_owned());
    world
        .jolli(&["space", "disable", "api-docs", "backend"])
        .ok();
    assert_eq!(found(&world), (vec![warning("disabled-source")], 0));
    world
        .jolli(&["space", "enable", "api-docs", "backend"])
        .ok();
    world.jolli(&["source", "disable", "backend"]).ok();
    assert_eq!(found(&world), (vec![warning("disabled-source")], 0));
    world.jolli(&["source", "enable", "backend"]).ok();
    world
        .jolli(&["space", "unbind", "api-docs", "backend"])
        .ok();
    assert_eq!(found(&world), (vec![warning("unbound-source")], 0));
    // Known to the server, and not mounted here.
    world
        .jolli(&["source", "remove", "backend", "--local-only"])
        .ok();
    let (codes, code) = found(&world);
    assert!(codes.contains(&error("invalid-mount")), "{codes:?}");
    assert_eq!(code, 3);
    world.lose_server();
    let said = world.jolli(&["impact", "--strict", "--base", "HEAD"]);
    assert_eq!(said.out, "");
    assert!(said.err.contains("no server answers"), "{}", said.err);
    said.fails(1);
    // Without any server configured only `.jolli` counts.
    world.write(
        &world.docs(),
        ".jolli/space.json",
        "{\"space\": \"api-docs\"}",
    );
    let mount = ["source", "add", "backend", "--mount", mount];
    world.jolli_with(&mount, &[("JOLLI_URL", "")]).ok();
    let args = ["impact", "--strict", "--base", "HEAD"];
    world.jolli_with(&args, &[("JOLLI_URL", "")]).ok();
}

#[test]
fn other_formats_carry_the_findings_and_keep_standard_error_free() {
    let world = World::alone();
    world.document("docs/a.md", "A", &[(Some("nothing"), "src/**")]);
    world.commit(&world.docs());
    for (format, mark) in [
        (
            "github",
            "::error file=docs/a.md,line=4,title=unresolved-source::",
        ),
        ("sarif", "\"ruleId\": \"unresolved-source\""),
        ("junit", "<failure type=\"unresolved-source\""),
        ("report", "\"code\": \"unresolved-source\""),
    ] {
        let said = world.jolli(&["impact", "--strict", "--format", format]);
        assert!(said.out.contains(mark), "{format}: {}", said.out);
        assert_eq!(said.err.lines().count(), 1, "{format}: {}", said.err);
        said.fails(3);
    }
    let json = world.jolli(&["impact", "--strict", "--json"]);
    assert_eq!(json.out, "[]\n");
    assert!(json.err.contains("unresolved-source"), "{}", json.err);
    json.fails(3);
}
