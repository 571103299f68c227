//! What is measured: an engine with sources, a server.

use std::sync::Arc;

use jolli::api::{IntegrationCreated, NewIntegration, OrgId, Provider, SourceType};
use jolli::base::{SystemClock, SystemRandom};
use jolli::client::Client;
use jolli::domain::event::Actor;
use jolli::domain::id::SourceId;
use jolli::domain::source::CreateSource;
use jolli::engine::{self, Command, Engine};
use jolli::server::{Config, Server, seal::MasterKey};
use jolli::store::{Outcome, Store};

/// The engine of an org without anything.
pub async fn engine(store: Arc<dyn Store>) -> Engine {
    let engine = Engine::new(store, Arc::new(SystemClock), Arc::new(SystemRandom::new()));
    engine::bootstrap(&engine, "bench", None)
        .await
        .expect("an org");
    engine
}

/// A new source of the `n`-th repository.
pub async fn source(engine: &Engine, n: usize) -> SourceId {
    let create = CreateSource {
        name: format!("source-{n}"),
        source_type: SourceType::Git,
        repo: Some(format!("github.com/acme/r{n}")),
        branch: Some("main".to_owned()),
        integration_id: None,
        enabled: true,
    };
    let outcome = engine
        .dispatch(OrgId(1), Command::by(Actor::system()), create)
        .await
        .expect("a store");
    let Outcome::Accepted(done) = outcome else {
        panic!("a source")
    };
    SourceId(done.reply["id"].as_i64().expect("an id"))
}

/// A server that listens on this machine.
pub async fn server(store: Arc<dyn Store>) -> Server {
    let key = MasterKey::parse(&"ab".repeat(32)).expect("a key");
    Server::start(Config {
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        ..Config::new(store, key, "bench")
    })
    .await
    .expect("a server")
}

/// An integration that covers every repository of `acme`, with its secret.
pub async fn integration(admin: &Client) -> IntegrationCreated {
    admin
        .create_integration(&NewIntegration {
            provider: Provider::GitHub,
            name: "bench".to_owned(),
            repo: None,
            account: Some("github.com/acme".to_owned()),
            secret: None,
        })
        .await
        .expect("an integration")
}
