//! The templates in `assets/ci` say what works: their commands are run here, red and green.

use super::world::World;

/// The lines of a template that run `jolli`, as a shell takes them.
fn commands(template: &str) -> Vec<String> {
    let path = format!("{}/assets/ci/{template}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter_map(|line| {
        let line = line.trim();
        let command = line
            .strip_prefix("run: ")
            .or_else(|| line.strip_prefix("- "))?;
        command.starts_with("jolli ").then(|| command.to_owned())
    });
    lines.collect()
}

#[test]
fn the_templates_turn_red_and_green() {
    for (template, folder, red) in [
        (
            "github-actions.yml",
            "RUNNER_TEMP",
            "::error file=docs/a.md,line=4,title=unresolved-source::",
        ),
        (
            "gitlab-ci.yml",
            "CI_BUILDS_DIR",
            "<failure type=\"unresolved-source\"",
        ),
    ] {
        let world = World::alone();
        world.clone_of("backend", "github.com/acme/backend");
        let builds = world.path("");
        let run = |command: &str| world.shell(command, &[(folder, builds.to_str().unwrap())]);
        let commands = commands(template);
        let [mount, check] = &commands[..] else {
            panic!("{template}: {commands:?}");
        };
        run(mount).ok();
        world.document("docs/a.md", "A", &[(Some("backnd"), "src/**")]);
        world.commit(&world.docs());
        let said = run(check);
        let file = std::fs::read_to_string(world.docs().join("jolli.xml")).unwrap_or_default();
        assert!(
            (said.out.clone() + &file).contains(red),
            "{template}: {} {file}",
            said.out
        );
        said.fails(3);
        world.document("docs/a.md", "A", &[(Some("backend"), "src/**")]);
        world.commit(&world.docs());
        run(check).ok();
    }
}
