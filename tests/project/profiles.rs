//! What goes for every command: which server it speaks to (sources.md §5: profiles), and colours.

use super::world::{TOKEN, World};

#[test]
fn a_profile_names_the_server_and_the_space_where_nothing_else_does() {
    let mut world = World::served();
    let url = world.url().to_owned();
    world.forget_server();
    // Only the profile leads there.
    let project = world.path("project");
    std::fs::create_dir_all(project.join(".jolli")).unwrap();
    let no_server = world.jolli_in(&project, &["space", "list"]).fails(1);
    assert!(no_server.contains("jolli profile"), "{no_server}");
    let add = [
        "profile", "add", "acme", "--server", &url, "--org", "default", "--space", "api-docs",
    ];
    world.jolli(&add).ok();
    world
        .jolli(&["profile", "add", "away", "--server", "http://127.0.0.1:9"])
        .ok();
    let env = [("JOLLI_AUTH_TOKEN", TOKEN)];
    let list = ["--profile", "acme", "space", "list"];
    assert!(world.jolli_with(&list, &env).ok().contains("api-docs"));
    assert_eq!(
        world.jolli(&["profile", "use", "acme"]).ok(),
        "acme is in use\n"
    );
    assert!(
        world
            .jolli_with(&["space", "list"], &env)
            .ok()
            .contains("api-docs")
    );
    let listed = world.jolli(&["profile", "list", "--json"]).json();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["inUse"]),
        (&"acme".into(), &true.into())
    );
    // The space of the profile, in a project that names none.
    world.write(&project, "docs/a.md", "---\njrn: A\n---\n");
    let said = world.jolli_in_with(&project, &["sync"], &env).ok();
    assert!(said.contains("up    new       docs/a.md"), "{said}");

    // What is said for one command counts more than what is in use; an address more than a name.
    let refused = world
        .jolli_with(&["--profile", "away", "space", "list"], &env)
        .fails(1);
    assert!(refused.contains("127.0.0.1:9"), "{refused}");
    let variables = [env[0], ("JOLLI_PROFILE", "away")];
    world.jolli_with(&["space", "list"], &variables).fails(1);
    let args = ["--server", &url, "space", "list"];
    world.jolli_with(&args, &variables).ok();
    let unknown = world
        .jolli(&["--profile", "acne", "space", "list"])
        .fails(2);
    assert!(unknown.contains("there are: acme, away"), "{unknown}");

    // Forgotten.
    world.jolli(&["profile", "remove", "acme"]).ok();
    let gone = world
        .jolli_in_with(&project, &["space", "list"], &env)
        .fails(1);
    assert!(gone.contains("no server is named"), "{gone}");
}

#[test]
fn colours_are_for_terminals_unless_somebody_wants_them() {
    let world = World::alone();
    world.document("docs/a.md", "A", &[(Some("nowhere"), "src/**")]);
    let plain = world.jolli(&["impact", "--strict"]).fails(3);
    assert!(
        plain.starts_with("error: ") && !plain.contains('\u{1b}'),
        "{plain:?}"
    );
    let coloured = world
        .jolli(&["impact", "--strict", "--color", "always"])
        .fails(3);
    assert!(
        coloured.starts_with("\u{1b}[1;31merror\u{1b}[0m: "),
        "{coloured:?}"
    );
}
