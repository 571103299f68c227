//! `jolli source`: who becomes what, and what stays as it was when a step fails (sources.md §5).

use serde_json::{Value, json};

use super::world::World;
use crate::support::way::Way;

const BACKEND: &str = "github.com/acme/backend";

#[test]
fn source_add_list_remove_behavior_matrix() {
    let world = World::served();
    let backend = world.clone_of("backend", BACKEND);
    let scratch = world.repository("scratch");
    let (backend, scratch) = (backend.to_str().unwrap(), scratch.to_str().unwrap());

    // Mount only: a local virtual source; the server knows nothing of it.
    let said = world.jolli(&["source", "add", "scratch", "--mount", scratch]);
    assert!(said.ok().contains("a virtual source of this machine"));
    // Mount and repo: the same, with coordinates.
    let repo = "https://github.com/Acme/lib.git";
    let args = [
        "source", "add", "team/lib", "--path", scratch, "--repo", repo, "--branch", "main",
    ];
    world.jolli(&args).ok();
    assert_eq!(
        world.sources_file()["virtualSources"],
        json!({
            "scratch": {"mountPath": scratch, "type": "git"},
            "team/lib": {"mountPath": scratch, "type": "git", "repo": "github.com/Acme/lib", "branch": "main"},
        })
    );
    assert_eq!(world.bound("api-docs"), [""; 0]);

    // Mount and integration: created on the server, bound to the space, mounted by id. A folder inside will do.
    world.write(backend.as_ref(), "src/a.ts", "");
    let inside = format!("{backend}/src");
    let args = [
        "source",
        "add",
        "backend",
        "--mount",
        &inside,
        "--integration-id",
        "1",
    ];
    assert!(
        world
            .jolli(&args)
            .ok()
            .contains("created and linked, bound to api-docs")
    );
    assert_eq!(
        world.sources_file()["mounts"],
        json!({"1": {"name": "backend", "mountPath": backend, "type": "git", "repo": BACKEND}})
    );
    assert_eq!(world.bound("api-docs"), ["backend"]);
    // Again: reused by name.
    let again = world.jolli(&args).ok();
    assert!(
        again.contains("there already, bound already to api-docs"),
        "{again}"
    );

    assert_eq!(
        world.listed(),
        json!({
            "backend": ["true", "resolved", "bound"],
            "scratch": ["virtual", "resolved", "local-only"],
            "team/lib": ["virtual", "resolved", "local-only"],
        })
    );
    let table = world.jolli(&["source", "list"]).ok();
    let header: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["NAME", "KIND", "REPO", "MOUNT", "STATUS"]);
    let shown = world.jolli(&["source", "show", "backend", "--json"]).json();
    assert_eq!(shown["onServer"]["integrationId"], 1);

    // A virtual source goes from this machine only, unasked.
    world.jolli(&["source", "remove", "scratch"]).ok();
    // A true one that another space watches is unbound here, and the others are told.
    world.jolli(&["space", "create", "SDK"]).ok();
    let set = [
        "space",
        "set",
        "sdk",
        "--agent-mode",
        "approval-required",
        "--agent-sandbox",
        "e2b",
    ];
    let told = world.jolli(&set).ok();
    assert!(
        told.contains("SDK (sdk): agents are approval-required, and run in E2B"),
        "{told}"
    );
    let told = world
        .jolli(&["space", "set", "sdk", "--agent-sandbox", "worker"])
        .ok();
    assert!(
        told.contains("approval-required, and run where their worker"),
        "{told}"
    );
    let nothing = world.jolli(&["space", "set", "sdk"]).fails(2);
    assert!(nothing.contains("--agent-mode"), "{nothing}");
    world.jolli(&["space", "bind", "sdk", "backend"]).ok();
    let asked = world.jolli(&["source", "remove", "backend"]).fails(2);
    assert!(asked.contains("--yes"), "{asked}");
    assert_eq!(world.bound("api-docs"), ["backend"]);
    let said = world.jolli(&["source", "remove", "backend", "--yes"]).ok();
    assert!(said.contains("still used by SDK"), "{said}");
    assert_eq!(world.bound("api-docs"), [""; 0]);
    assert_eq!(world.sources_file()["mounts"], json!({}));
    let refused = world
        .jolli(&["source", "remove", "backend", "--yes"])
        .fails(1);
    assert!(refused.contains("used by SDK"), "{refused}");
    // One that only this space watches is deleted.
    world.jolli(&["space", "unbind", "sdk", "backend"]).ok();
    world.jolli(&args).ok();
    let local = world
        .jolli(&["source", "remove", "backend", "--local-only"])
        .ok();
    assert!(local.contains("forgot the mount"), "{local}");
    assert_eq!(
        world.listed()["backend"],
        json!(["true", "needs-mount", "bound"])
    );
    world.jolli(&["source", "remove", "backend", "--yes"]).ok();
    assert_eq!(
        world.listed(),
        json!({"team/lib": ["virtual", "resolved", "local-only"]})
    );
}

#[test]
fn a_source_that_somebody_began_to_use_since_the_look_is_not_deleted() {
    let world = World::served();
    let backend = world.clone_of("backend", BACKEND);
    let mount = backend.to_str().unwrap();
    let add = [
        "source",
        "add",
        "backend",
        "--mount",
        mount,
        "--integration-id",
        "1",
    ];
    world.jolli(&add).ok();
    world.jolli(&["space", "create", "SDK"]).ok();
    let before = world.sources_file();
    let spaces = world.jolli(&["space", "list", "--json"]).json();
    let mut spaces = spaces.as_array().unwrap().iter();
    let sdk = spaces.find(|space| space["slug"] == "sdk").unwrap();
    let way = Way::to(world.url());
    // What the look is told of this space is no longer so when it hears it.
    let held = way.hold(&format!("GET /api/spaces/{}/sources?sourceId=1", sdk["id"]));
    let remove = ["source", "remove", "backend", "--yes"];
    let said = std::thread::scope(|scope| {
        let removing = scope.spawn(|| world.jolli_with(&remove, &[("JOLLI_URL", way.url())]));
        held.wait();
        world.jolli(&["space", "bind", "sdk", "backend"]).ok();
        drop(held);
        removing.join().unwrap()
    });
    let told = said.fails(1);
    assert!(
        told.contains("backend is used by another space by now; run the command again"),
        "{told}"
    );
    assert_eq!(world.bound("api-docs"), ["backend"]);
    assert_eq!(world.bound("sdk"), ["backend"]);
    assert_eq!(world.sources_file(), before);
    // Again, it is seen what removing it means.
    let said = world.jolli(&remove).ok();
    assert!(said.contains("still used by SDK"), "{said}");
    assert_eq!(world.bound("sdk"), ["backend"]);
}

#[test]
fn linking_makes_a_local_source_true_and_moves_its_entry() {
    let world = World::served();
    let backend = world.clone_of("backend", BACKEND);
    let mount = backend.to_str().unwrap();
    let args = [
        "source", "add", "backend", "--mount", mount, "--branch", "main",
    ];
    let said = world.jolli(&args);
    assert!(
        said.err
            .contains("jolli source link backend --integration-id 1"),
        "{}",
        said.err
    );
    said.ok();
    let said = world
        .jolli(&["source", "link", "backend", "--integration-id", "1"])
        .ok();
    assert!(
        said.contains("created and linked, bound to api-docs"),
        "{said}"
    );
    assert_eq!(
        world.sources_file(),
        json!({
            "version": 1,
            "mounts": {"1": {"name": "backend", "mountPath": mount, "type": "git", "repo": BACKEND, "branch": "main"}},
            "virtualSources": {},
        })
    );
    // Again: nothing is left to do, and nothing breaks.
    world
        .jolli(&["source", "link", "backend", "--integration-id", "1"])
        .ok();
    assert_eq!(
        world.listed(),
        json!({"backend": ["true", "resolved", "bound"]})
    );
    let unknown = ["source", "link", "nothing", "--integration-id", "1"];
    assert!(
        world
            .jolli(&unknown)
            .fails(1)
            .contains("no source is named nothing")
    );
}

#[test]
fn what_cannot_be_is_refused_with_the_remedy_and_changes_nothing() {
    let world = World::served();
    let backend = world.clone_of("backend", BACKEND);
    let mount = backend.to_str().unwrap();
    let plain = world.path("plain");
    std::fs::create_dir(&plain).unwrap();
    let plain = plain.to_str().unwrap();
    let add = [
        "source",
        "add",
        "backend",
        "--mount",
        mount,
        "--integration-id",
        "1",
    ];
    world.jolli(&add).ok();
    let before = world.sources_file();
    let refused: [(&[&str], i32, &str); 9] = [
        (
            &["add", "backend", "--mount", mount],
            1,
            "--integration-id 1",
        ),
        (
            &["add", "local", "--mount", mount],
            1,
            "choose another name",
        ),
        (&["add", "a b", "--mount", mount], 1, "' ' is not allowed"),
        (
            &["add", "x", "--mount", plain],
            1,
            "not inside a git repository",
        ),
        (&["add", "x", "--mount", "/nowhere"], 1, "does not exist"),
        (
            &["add", "x", "--mount", mount, "--repo", "owner/repo"],
            2,
            "Expected host/owner/repo",
        ),
        (
            &[
                "add",
                "x",
                "--mount",
                mount,
                "--repo",
                "github.com/acme/web",
            ],
            1,
            "is a clone of github.com/acme/backend",
        ),
        (
            &["add", "x", "--mount", mount, "--integration-id", "9"],
            1,
            "Integration 9 not found",
        ),
        (&["remove", "x"], 1, "no source is named x"),
    ];
    for (args, code, said) in refused {
        let args: Vec<&str> = ["source"].iter().chain(args).copied().collect();
        let told = world.jolli(&args).fails(code);
        assert!(told.contains(said), "{args:?}: {told}");
        assert_eq!(world.sources_file(), before, "{args:?}");
    }
    assert_eq!(world.listed().as_object().unwrap().len(), 1);
    let outside = world
        .jolli_with(&add, &[("JOLLI_SPACE", "nowhere")])
        .fails(1);
    assert!(outside.contains("nowhere"), "{outside}");
}

#[cfg(unix)]
#[test]
fn a_local_file_that_cannot_be_written_keeps_the_server_as_it_was() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::served();
    let backend = world.clone_of("backend", BACKEND);
    let mount = backend.to_str().unwrap();
    // A folder in the file's place cannot be replaced by anybody, the superuser included.
    let folder = world.docs().join(".jolli");
    std::fs::create_dir(folder.join("sources.json")).unwrap();
    let add = [
        "source",
        "add",
        "backend",
        "--mount",
        mount,
        "--integration-id",
        "1",
    ];
    world.jolli(&add).fails(1);
    assert_eq!(world.bound("api-docs"), [""; 0]);
    std::fs::remove_dir(folder.join("sources.json")).unwrap();
    assert_eq!(world.listed(), json!({}));
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o700, 0o700);
}

#[test]
fn without_its_server_the_list_says_what_this_machine_knows() {
    let mut world = World::served();
    let backend = world.clone_of("backend", BACKEND);
    let scratch = world.repository("scratch");
    let (backend, scratch) = (backend.to_str().unwrap(), scratch.to_str().unwrap());
    world
        .jolli(&[
            "source",
            "add",
            "backend",
            "--mount",
            backend,
            "--integration-id",
            "1",
        ])
        .ok();
    world
        .jolli(&["source", "add", "scratch", "--mount", scratch])
        .ok();
    world.lose_server();
    let said = world.jolli(&["source", "list"]);
    assert!(
        said.err.contains("what the server has is not known"),
        "{}",
        said.err
    );
    said.ok();
    assert_eq!(
        world.listed(),
        json!({
            "backend": ["true", "resolved", "unknown"],
            "scratch": ["virtual", "resolved", "unknown"],
        })
    );
    // What needs the server fails and changes nothing; what does not goes on.
    let before = world.sources_file();
    let refused = world
        .jolli(&["source", "remove", "backend", "--yes"])
        .fails(1);
    assert!(refused.contains("no server answers"), "{refused}");
    world
        .jolli(&["source", "link", "scratch", "--integration-id", "1"])
        .fails(1);
    assert_eq!(world.sources_file(), before);
    world
        .jolli(&["source", "remove", "backend", "--local-only"])
        .ok();
    let said = world.jolli(&["source", "add", "web", "--mount", scratch]);
    assert!(said.err.contains("is not known"), "{}", said.err);
    said.ok();
    assert_eq!(world.sources_file()["mounts"], json!({}));
}

#[test]
fn the_state_of_a_mount_is_what_is_on_the_disk() {
    let world = World::alone();
    let scratch = world.clone_of("scratch", BACKEND);
    world
        .jolli(&[
            "source",
            "add",
            "scratch",
            "--mount",
            scratch.to_str().unwrap(),
        ])
        .ok();
    let status = || world.listed()["scratch"][1].clone();
    assert_eq!(status(), "resolved");
    world.git(
        &scratch,
        &["remote", "set-url", "origin", "git@github.com:acme/web.git"],
    );
    assert_eq!(status(), "other-repository");
    std::fs::rename(scratch.join(".git"), world.path("kept")).unwrap();
    assert_eq!(status(), "invalid-git-root");
    let moved = world.path("moved");
    std::fs::rename(&scratch, &moved).unwrap();
    assert_eq!(status(), "missing-path");
    // By way of a link it is the same work tree.
    std::fs::rename(world.path("kept"), moved.join(".git")).unwrap();
    world.git(
        &moved,
        &[
            "remote",
            "set-url",
            "origin",
            "https://GitHub.com/Acme/Backend",
        ],
    );
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&moved, &scratch).unwrap();
        assert_eq!(status(), "resolved");
    }
}

#[test]
fn outside_of_a_project_the_first_step_is_said() {
    let world = World::alone();
    std::fs::remove_dir_all(world.docs().join(".jolli")).unwrap();
    let mount = world.docs();
    let said = world
        .jolli(&["source", "add", "x", "--mount", mount.to_str().unwrap()])
        .fails(1);
    assert!(said.contains("jolli init"), "{said}");
    world.jolli(&["init", "--space", "api-docs"]).ok();
    let choice = std::fs::read_to_string(world.docs().join(".jolli/space.json")).unwrap();
    let choice: Value = serde_json::from_str(&choice).unwrap();
    assert_eq!(choice, json!({"space": "api-docs"}));
    world
        .jolli(&["source", "add", "x", "--mount", mount.to_str().unwrap()])
        .ok();
}
