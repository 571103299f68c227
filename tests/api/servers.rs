//! Several servers, each a process, on one PostgreSQL database.

use std::process::Command;
use std::sync::Arc;

use jolli::base::SystemRandom;
use jolli::base::random::base62;
use jolli::client::{AccessToken, Client};

use super::new_source;
use crate::support::server::Server;
use crate::support::{Home, bin, store};

fn token() -> String {
    format!("jolli_1_{}", base62(&SystemRandom::new(), 43))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_start_together_make_one_org_and_show_each_other_s_changes() {
    let Some(database) = store::database() else {
        return;
    };
    let (key, token) = ("ab".repeat(32), token());
    let homes = [(); 2].map(|()| Arc::new(Home::new()));
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let starts: Vec<_> = homes
            .iter()
            .map(|home| scope.spawn(|| Server::start_on(home, Some(&database), &key, &token)))
            .collect();
        starts.into_iter().map(|s| s.join().unwrap()).collect()
    });
    assert_eq!(
        database.texts("SELECT command_id FROM orchestration_command_receipts"),
        ["bootstrap:v1"]
    );
    let client =
        |server: &Server| Client::remote(server.url(), Some(AccessToken::new(&token))).unwrap();
    let made = client(&servers[0])
        .create_source(&new_source("api"))
        .await
        .unwrap();
    let seen = client(&servers[1]).source(made.id).await.unwrap();
    assert_eq!(seen.source.name, "api");
}

#[test]
fn a_server_without_the_key_of_the_database_does_not_start() {
    let Some(database) = store::database() else {
        return;
    };
    let home = Arc::new(Home::new());
    drop(Server::start_on(
        &home,
        Some(&database),
        &"ab".repeat(32),
        &token(),
    ));
    let refused = |key: Option<String>| {
        let output = Command::new(bin())
            .args(["serve", "--listen", "127.0.0.1:0", "--database"])
            .arg(database.url())
            .env_clear()
            .envs(home.env())
            .envs(key.map(|key| ("JOLLI_SECRET_KEY", key)))
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = refused(None);
    assert!(said.contains("set JOLLI_SECRET_KEY"), "{said}");
    let said = refused(Some("cd".repeat(32)));
    assert!(said.contains("sealed with the master key"), "{said}");
}
