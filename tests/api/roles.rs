//! Who may do what: every endpoint of the table × {no token, another server's token, another org's, each role}.

use jolli::api::{Code, Role};
use jolli::client::{AccessToken, CallOptions, Client, ClientError};
use jolli::server::{Access, Endpoint, table};
use serde_json::json;

use super::{World, call};

async fn ask(client: &Client, endpoint: &Endpoint) -> Result<(), ClientError> {
    let path = endpoint
        .path
        .replace("{provider}", "github")
        .replace("{slug}", "none")
        .split('/')
        .map(|part| if part.starts_with('{') { "999" } else { part })
        .collect::<Vec<_>>()
        .join("/");
    let body = if endpoint.mutates() {
        json!({})
    } else {
        json!(null)
    };
    let call = call(endpoint.method.as_str(), &path, body);
    client
        .call(&call, &CallOptions::default())
        .await
        .map(|_| ())
}

fn in_the_api() -> impl Iterator<Item = Endpoint> {
    table().into_iter().filter(|e| !e.path.starts_with("//"))
}

fn code_of(result: Result<(), ClientError>) -> Option<Code> {
    match result {
        Ok(()) => None,
        Err(ClientError::Problem(problem)) => Some(problem.code),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn without_a_token_of_this_server_nothing_opens() {
    let world = World::new().await;
    let nobody = world.server.client(None);
    let elsewhere = World::new().await;
    let stranger = elsewhere.client(Role::Admin).await;
    let token = AccessToken::new("jolli_2_0123456789012345678901234567890123456789abc");
    let forged = world.server.client(Some(token));
    let mut checked = 0;
    for endpoint in in_the_api().filter(|e| e.access != Access::Public) {
        for client in [&nobody, &forged] {
            let got = code_of(ask(client, &endpoint).await);
            assert_eq!(
                got,
                Some(Code::Unauthenticated),
                "{} {}",
                endpoint.method,
                endpoint.path
            );
            checked += 1;
        }
    }
    assert!(checked > 80, "{checked}");
    assert!(stranger.me().await.is_ok());
}

#[tokio::test]
async fn each_role_does_its_own_work_and_no_other() {
    let world = World::new().await;
    for role in Role::ALL {
        let client = world.client(*role).await;
        for endpoint in in_the_api().filter(|e| e.access != Access::Public) {
            let got = code_of(ask(&client, &endpoint).await);
            let allowed = endpoint.access.allows(*role, false);
            assert_eq!(
                got != Some(Code::Forbidden),
                allowed,
                "{role}: {} {} answered {got:?}",
                endpoint.method,
                endpoint.path
            );
        }
    }
}

/// What the design says in words, against the table: a row that changes its access changes this list too.
#[test]
fn the_table_is_what_the_design_says() {
    let lines: Vec<String> = table()
        .iter()
        .map(|e| format!("{:6} {:38} {}", e.method.as_str(), e.path, e.access.words()))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
