//! What goes for every command: which server it speaks to (sources.md §5: profiles), and colours.

use serde_json::{Value, json};

use super::world::{TOKEN, World};
use crate::support::way::Way;

/// What the project says, arguments, variables, and the space that counts then.
type Case<'a> = (&'a Value, &'a [&'a str], &'a [(&'a str, &'a str)], &'a str);

/// The tokens that came by, of each request one.
fn tokens(way: &Way) -> Vec<Option<String>> {
    let token = |value: &str| value.trim_start_matches("Bearer ").to_owned();
    let passed = way.passed();
    let tokens = passed.iter().map(|p| p.header("authorization").map(token));
    tokens.collect()
}

/// Makes a profile.
fn add_profile(world: &World, name: &str, server: &str, space: &[&str]) {
    let add = ["profile", "add", name, "--server", server];
    let args: Vec<&str> = add.iter().chain(space).copied().collect();
    world.jolli(&args).ok();
}

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
fn the_space_is_of_the_profile_that_was_named_then_of_the_project_then_of_the_profile_in_use() {
    let mut world = World::served();
    let url = world.url().to_owned();
    for space in ["named", "variable", "used"] {
        world.jolli(&["space", "create", space]).ok();
    }
    world.forget_server();
    // A server that only the project names is given no token but a kept one.
    let kept = [("JOLLI_KEYRING", "file"), ("TOKEN", TOKEN)];
    let login = format!("echo $TOKEN | jolli --server {url} auth login");
    world.shell(&login, &kept).ok();
    add_profile(&world, "named", &url, &["--space", "named"]);
    add_profile(&world, "bare", &url, &[]);
    add_profile(&world, "used", &url, &["--space", "used"]);
    add_profile(&world, "away", "http://127.0.0.1:9", &["--space", "away"]);
    world.jolli(&["profile", "use", "used"]).ok();

    let both = json!({"space": "api-docs", "server": url});
    let (space, server, nothing) = (
        json!({"space": "api-docs"}),
        json!({"server": url}),
        json!({}),
    );
    let (by_name, variable) = (("JOLLI_PROFILE", "named"), ("JOLLI_SPACE", "variable"));
    let cases: [Case; 12] = [
        // The project more than the profile in use.
        (&both, &[], &[], "api-docs"),
        (&space, &[], &[], "api-docs"),
        (&server, &[], &[], "used"),
        (&nothing, &[], &[], "used"),
        // What is named for this command more than the project.
        (&both, &[], &[variable], "variable"),
        (&both, &[], &[by_name], "named"),
        (&both, &["--profile", "named"], &[], "named"),
        // A flag more than a variable, and of two variables the one that names nothing but the space.
        (&both, &["--profile", "named"], &[variable], "named"),
        (&both, &[], &[by_name, variable], "variable"),
        // A profile that says nothing of a space.
        (&both, &["--profile", "bare"], &[], "api-docs"),
        (&both, &["--profile", "bare"], &[variable], "variable"),
        // An address more than a profile: the space of that one is on another server.
        (
            &both,
            &["--profile", "away", "--server", &url],
            &[],
            "api-docs",
        ),
    ];
    let sync = ["sync", "down", "--json"];
    for (project, args, env, counts) in cases {
        world.write(&world.docs(), ".jolli/space.json", &project.to_string());
        let args: Vec<&str> = args.iter().chain(&sync).copied().collect();
        let synced = world.jolli_with(&args, env).json();
        assert_eq!(synced["space"], counts, "{project} {args:?} {env:?}");
        // Documents of one space are not brought in step with another.
        std::fs::remove_dir_all(world.docs().join(".jolli/sync")).unwrap();
    }
    // Nor is the space of the profile in use one of the project's server, when that is another one.
    world.jolli(&["profile", "use", "away"]).ok();
    world.write(&world.docs(), ".jolli/space.json", &server.to_string());
    let told = world.jolli(&sync).fails(1);
    assert!(told.contains("no space is chosen"), "{told}");
}

#[test]
fn the_token_of_the_environment_is_not_sent_to_a_profile_in_the_place_of_its_server() {
    let mut world = World::served();
    let (usual, other) = (Way::to(world.url()), Way::to(world.url()));
    world.forget_server();
    add_profile(&world, "usual", usual.url(), &["--space", "api-docs"]);
    add_profile(&world, "other", other.url(), &["--space", "api-docs"]);
    let env = [
        ("JOLLI_URL", usual.url()),
        ("JOLLI_AUTH_TOKEN", TOKEN),
        ("JOLLI_KEYRING", "file"),
    ];
    let commands: [&[&str]; 3] = [&["space", "list"], &["sync"], &["auth", "status"]];
    for command in commands {
        let args: Vec<&str> = ["--profile", "other"]
            .iter()
            .chain(command)
            .copied()
            .collect();
        let before = tokens(&other).len();
        world.jolli_with(&args, &env).fails(1);
        assert_eq!(tokens(&other)[before..], [None], "{command:?}");
    }
    assert!(tokens(&usual).is_empty());

    // A token that was kept for it is.
    let login = "echo $KEPT | jolli --profile other auth login";
    let kept = [("JOLLI_KEYRING", "file"), ("KEPT", TOKEN)];
    world.shell(login, &kept).ok();
    let wrong = [env[0], ("JOLLI_AUTH_TOKEN", "jolli_9_wrong"), env[2]];
    let before = tokens(&other).len();
    let list = ["--profile", "other", "space", "list"];
    world.jolli_with(&list, &wrong).ok();
    assert_eq!(tokens(&other)[before..], [Some(TOKEN.to_owned())]);
}

#[test]
fn the_token_of_the_environment_is_sent_to_the_server_of_the_environment() {
    let mut world = World::served();
    let (usual, other) = (Way::to(world.url()), Way::to(world.url()));
    world.forget_server();
    add_profile(&world, "usual", usual.url(), &[]);
    add_profile(&world, "other", other.url(), &[]);
    let env = [("JOLLI_URL", usual.url()), ("JOLLI_AUTH_TOKEN", TOKEN)];
    let list = ["space", "list"];
    world.jolli_with(&list, &env).ok();
    // Of two variables the address counts.
    let named = [env[0], env[1], ("JOLLI_PROFILE", "other")];
    world.jolli_with(&list, &named).ok();
    // A profile of the same server takes nothing's place.
    let same = ["--profile", "usual", "space", "list"];
    world.jolli_with(&same, &env).ok();
    let sent = Some(TOKEN.to_owned());
    assert_eq!(tokens(&usual), [sent.clone(), sent.clone(), sent]);
    assert!(tokens(&other).is_empty());
}

#[test]
fn a_server_that_only_the_project_names_is_not_sent_the_token_of_the_environment() {
    let mut world = World::served();
    let way = Way::to(world.url());
    world.forget_server();
    let choice = json!({"space": "api-docs", "server": way.url()});
    world.write(&world.docs(), ".jolli/space.json", &choice.to_string());
    let env = [("JOLLI_AUTH_TOKEN", TOKEN), ("JOLLI_KEYRING", "file")];
    world.jolli_with(&["sync"], &env).fails(1);
    world.jolli_with(&["space", "list"], &env).fails(1);
    assert_eq!(tokens(&way), [None, None]);
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
