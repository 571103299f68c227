//! Parts that are switched off until their time has come (seed 000: Rollout).

use std::sync::Arc;

use super::world::{TOKEN, World};
use crate::support::Home;
use crate::support::server::Server;

#[test]
fn source_cli_switched_off_refuses_and_changes_nothing() {
    let world = World::alone();
    let web = world.clone_of("web", "github.com/acme/web");
    let web = web.to_str().unwrap();
    world.config("[features]\nsource_cli = false\n");
    let add = ["source", "add", "web", "--mount", web];
    let refused = world.jolli(&add).fails(2);
    assert!(
        refused.contains("switched off") && refused.contains("config.toml"),
        "{refused}"
    );
    assert!(!world.docs().join(".jolli/sources.json").exists());
    world.config("[features]\nsource_cli = \"perhaps\"\n");
    let wrong = world.jolli(&add).fails(2);
    assert!(
        wrong.contains("line 2") && wrong.contains("boolean"),
        "{wrong}"
    );
    world.config("[features]\nserver_jobs = false\n");
    world.jolli(&add).ok();
    assert!(world.docs().join(".jolli/sources.json").exists());
}

#[test]
fn server_jobs_switched_off_is_told_when_the_server_starts() {
    for (text, is_off) in [("server_jobs = false", true), ("server_jobs = true", false)] {
        let home = Arc::new(Home::new());
        home.config(&format!("[features]\n{text}\n"));
        let server = Server::start_on(&home, None, &"ab".repeat(32), TOKEN);
        let log = server.log();
        assert_eq!(log.contains("server_jobs is off"), is_off, "{log}");
    }
}
