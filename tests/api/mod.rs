//! The API through its own client, in process: shapes, refusals, receipts, roles, webhooks, runs, the feed; and several
//! servers on one database.

mod answers;
mod credentials;
mod crud;
mod feed;
mod holding;
mod lists;
mod metrics;
mod older_client;
mod orchestration;
mod orgs;
mod pulse;
mod receipts;
mod roles;
mod rules;
mod runs;
mod servers;
mod strictness;
mod undoing;
mod webhooks;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use jolli::api::{
    Call, Code, IntegrationCreated, NewBinding, NewIntegration, NewSource, NewSpace, NewToken,
    Problem, Provider, Role, Source, SourceId, SourceType, Space, SpaceId,
};
use jolli::base::random::base62;
use jolli::base::{Clock as _, SetClock, SystemClock, SystemRandom};
use jolli::client::{AccessToken, CallOptions, Client, ClientError, Reply};
use jolli::git::Git;
use jolli::server::seal::MasterKey;
use jolli::server::{Config, Server};
use jolli::store::Store;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support;
use crate::support::postgres::Database;

pub const SECRET: &str = "It's a Secret to Everybody";

/// A server in this process with an empty org, and its admin.
pub struct World {
    pub server: Server,
    pub admin: Client,
    /// What the server keeps everything in.
    pub store: Arc<dyn Store>,
    /// What the server goes by; it runs until a test sets it.
    pub clock: Arc<SetClock>,
    /// Holds the database and the git settings while the server lives.
    _home: tempfile::TempDir,
    _database: Option<Database>,
}

impl World {
    pub async fn new() -> Self {
        Self::start(true).await
    }

    /// As before jobs are switched on.
    pub async fn without_jobs() -> Self {
        Self::start(false).await
    }

    async fn start(jobs: bool) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (store, database) = support::store::open(home.path()).await.unwrap();
        let token = format!("jolli_1_{}", base62(&SystemRandom::new(), 43));
        // No test reaches the network: every remote is a path that does not exist.
        let settings = home.path().join("gitconfig");
        let nowhere = format!("file://{}/none/", home.path().display());
        std::fs::write(
            &settings,
            format!("[url \"{nowhere}\"]\n\tinsteadOf = https://\n"),
        )
        .unwrap();
        let clock = Arc::new(SetClock::frozen(SystemClock.now()));
        clock.run_from(SystemClock.now());
        let key = MasterKey::generate(&SystemRandom::new());
        let server = Server::start(Config {
            git: Git::new(true).global_config(settings),
            clock: clock.clone(),
            public_url: Some("https://jolli.example".into()),
            admin_token: Some(token.clone()),
            jobs,
            ..Config::new(Arc::clone(&store), key, "default")
        })
        .await
        .unwrap();
        let admin = server.client(Some(AccessToken::new(&token)));
        Self {
            server,
            admin,
            store,
            clock,
            _home: home,
            _database: database,
        }
    }

    /// A client with a new token of this role.
    pub async fn client(&self, role: Role) -> Client {
        let new = NewToken {
            name: format!("a {role}"),
            role,
            expires_in: None,
        };
        let created = self.admin.create_token(&new).await.unwrap();
        self.server.client(Some(AccessToken::new(&created.token)))
    }

    pub async fn integration(&self) -> IntegrationCreated {
        let new = NewIntegration {
            provider: Provider::GitHub,
            name: "acme on GitHub".into(),
            repo: None,
            account: Some("github.com/acme".into()),
            secret: Some(SECRET.into()),
        };
        self.admin.create_integration(&new).await.unwrap()
    }

    pub async fn source(&self, name: &str) -> Source {
        self.admin.create_source(&new_source(name)).await.unwrap()
    }

    pub async fn space(&self, name: &str) -> Space {
        let new = NewSpace {
            name: name.into(),
            slug: None,
            description: None,
        };
        self.admin.create_space(&new).await.unwrap()
    }

    pub async fn bind(&self, space: SpaceId, source: SourceId) {
        self.admin.bind(space, &binding(source)).await.unwrap();
    }

    /// A true source `backend` bound to the space `Docs`.
    pub async fn watched(&self) -> (Source, Space) {
        let integration = self.integration().await;
        let source = self.source("backend").await;
        let space = self.space("Docs").await;
        let source = self
            .admin
            .link_source(source.id, integration.integration.id)
            .await
            .unwrap();
        self.bind(space.id, source.id).await;
        (source, space)
    }

    pub async fn call(&self, method: &str, path: &str, body: Value) -> Result<Reply, ClientError> {
        self.admin
            .call(&call(method, path, body), &CallOptions::default())
            .await
    }
}

/// Asks as any program could, and gives all that comes back.
pub async fn ask(
    server: &Server,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).unwrap();
    let (head, body) = server.router().oneshot(request).await.unwrap().into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (head.status, head.headers, text)
}

pub fn call(method: &str, path: &str, body: Value) -> Call {
    Call {
        method: method.into(),
        path: path.into(),
        body,
        if_match: None,
    }
}

pub fn new_source(name: &str) -> NewSource {
    NewSource {
        name: name.into(),
        source_type: SourceType::Git,
        repo: Some(format!("https://github.com/acme/{name}.git")),
        branch: Some("main".into()),
        integration_id: None,
        enabled: true,
    }
}

pub const fn binding(source_id: SourceId) -> NewBinding {
    NewBinding {
        source_id,
        jrn_pattern: None,
        enabled: None,
    }
}

/// The problem of a refused call.
pub fn refused<T: std::fmt::Debug>(result: Result<T, ClientError>) -> Problem {
    match result.unwrap_err() {
        ClientError::Problem(problem) => *problem,
        other => panic!("not refused by the server: {other}"),
    }
}

pub fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> Code {
    refused(result).code
}

#[tokio::test]
async fn the_document_names_every_endpoint_and_the_first_admin_is_who_he_is() {
    let world = World::new().await;
    let me = world.admin.me().await.unwrap();
    assert_eq!((me.role, me.org.slug.as_str()), (Role::Admin, "default"));
    let document = world
        .call("GET", "/openapi.json", Value::Null)
        .await
        .unwrap()
        .body;
    let paths = document["paths"].as_object().unwrap();
    for endpoint in jolli::server::table() {
        if !endpoint.path.starts_with("//") {
            let method = endpoint.method.as_str().to_lowercase();
            assert!(
                paths[endpoint.path][&method].is_object(),
                "{} {}",
                endpoint.method,
                endpoint.path
            );
        }
    }
    // Every schema that is referred to is there.
    let text = document.to_string();
    for name in text
        .split("#/components/schemas/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_does_not_exist_is_a_problem_too() {
    let world = World::new().await;
    assert_eq!(
        code(world.call("GET", "/nothing", json!(null)).await),
        Code::NotFound
    );
    let problem = refused(world.call("DELETE", "/sources", json!(null)).await);
    assert_eq!(problem.status, 405);
    assert_eq!(problem.error, problem.detail);
    let reply = world.call("GET", "/v1/sources", json!(null)).await.unwrap();
    assert_eq!(reply.body, json!([]));
}
