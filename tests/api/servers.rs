//! Several servers, each a process, on one PostgreSQL database.

use std::process::Command;
use std::sync::Arc;

use jolli::api::{Code, NewIntegration, Provider};
use jolli::base::SystemRandom;
use jolli::base::random::base62;
use jolli::client::{AccessToken, Client};

use super::webhooks::{A, B, push, send_to};
use super::{code, new_source};
use crate::support::server::Server;
use crate::support::{Home, bin, store};

const SECRET: &str = "a-secret-of-before-0123456789abcdef";

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

/// Webhooks go on being verified by the secrets of before, and the key of before opens nothing any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_master_key_takes_the_place_of_the_one_before() {
    let database = store::database();
    let home = Arc::new(Home::new());
    let (old, new, token) = ("ab".repeat(32), "cd".repeat(32), token());
    let start = |key: &str, previous: Option<&str>| {
        let further = previous.map(|key| ("JOLLI_SECRET_KEY_PREVIOUS", key.to_owned()));
        Server::start_with(&home, database.as_ref(), key, &token, further)
    };
    let client =
        |server: &Server| Client::remote(server.url(), Some(AccessToken::new(&token))).unwrap();
    let server = start(&old, None);
    client(&server)
        .create_integration(&NewIntegration {
            provider: Provider::GitHub,
            name: "acme".into(),
            repo: None,
            account: Some("github.com/acme".into()),
            secret: Some(SECRET.into()),
        })
        .await
        .unwrap();
    drop(server);
    for keys in [(&*new, Some(&*old)), (&*new, None)] {
        let server = start(keys.0, keys.1);
        let body = push("acme/backend", "refs/heads/main", A, B);
        let anybody = Client::remote(server.url(), None).unwrap();
        let id = format!("with-{}", keys.1.is_some());
        let answer = send_to(&anybody, &id, &body, SECRET).await;
        assert!(answer.is_ok(), "{answer:?} {}", server.log());
        let refused = send_to(&anybody, "forged", &body, "another").await;
        assert_eq!(code(refused), Code::Unauthenticated);
    }
    let output = Command::new(bin())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env_clear()
        .envs(home.env())
        .env("JOLLI_SECRET_KEY", &old)
        .envs(database.as_ref().map(|it| ("JOLLI_DATABASE", it.url())))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("JOLLI_SECRET_KEY_PREVIOUS"), "{said}");
}
