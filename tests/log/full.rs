//! A disk that is full, and a database that somebody else holds: who writes is told so and loses nothing, who reads goes on,
//! and nothing needs a restart. SQLite only: where PostgreSQL keeps its files is its own affair.

use std::sync::Arc;

use jolli::api::Call;
use jolli::base::SystemRandom;
use jolli::base::random::base62;
use jolli::client::{AccessToken, CallOptions, Client, ClientError, Query, Reply};
use jolli::store::{Look, sqlite};
use rusqlite::Connection;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::json;

use crate::support::Home;
use crate::support::server::Server;

struct Place {
    home: Arc<Home>,
    server: Server,
    client: Client,
}

impl Place {
    /// A server whose files may be bounded, with twenty sources.
    async fn new() -> Self {
        let home = Arc::new(Home::new());
        let token = format!("jolli_1_{}", base62(&SystemRandom::new(), 43));
        let server = Server::start_bounded(&home, &"ab".repeat(32), &token);
        let client = Client::remote(server.url(), Some(AccessToken::new(&token))).unwrap();
        let place = Self {
            home,
            server,
            client,
        };
        for n in 0..20 {
            place.create(&format!("s-{n}")).await.unwrap();
        }
        place
    }

    /// Creates a source; the same name is the same request.
    async fn create(&self, name: &str) -> Result<Reply, ClientError> {
        let body =
            json!({ "name": name, "type": "git", "repo": "github.com/acme/api", "branch": "main" });
        let options = CallOptions {
            idempotency_key: Some(format!("new-{name}")),
            ..CallOptions::default()
        };
        let call = Call::new("POST", "/sources").with(body);
        self.client.call(&call, &options).await
    }

    async fn sources(&self) -> usize {
        let all = Query::new().limit(500);
        self.client.sources(&all).await.unwrap().items.len()
    }

    /// Whether a load balancer would send it anything.
    async fn is_ready(&self) -> bool {
        let ready = format!("{}/readyz", self.server.url());
        reqwest::get(ready).await.unwrap().status().is_success()
    }

    /// How long its files may become from now on.
    fn bound(&self, bytes: Option<u64>) {
        let own = getrlimit(Resource::Fsize);
        let pid = Pid::from_raw(i32::try_from(self.server.pid()).unwrap());
        let limit = Rlimit {
            current: bytes.or(own.current),
            maximum: own.maximum,
        };
        prlimit(pid, Resource::Fsize, limit).unwrap();
    }

    /// Goes on as if nothing had been, with one source more; and the rows are what the log says.
    async fn goes_on(mut self) {
        let reply = self.create("in-vain").await.unwrap();
        assert!(!reply.replayed, "nothing of it was written before");
        assert!(self.is_ready().await);
        assert_eq!(self.sources().await, 21);
        self.server.kill();
        let path = self.home.jolli().join("data/jolli.db");
        let look = sqlite::Look::open(&path).unwrap();
        assert_eq!(look.verify().await.unwrap().differences, [""; 0]);
    }
}

/// It was refused in a way that says what it means and what to do: nothing was written, or, where that was found at the
/// commit, the same again tells.
fn refused(answer: Result<Reply, ClientError>) {
    let error = answer.unwrap_err();
    let ClientError::Busy { status, detail, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*status, 503);
    let says = [
        "nothing was written",
        "Ask again with the same Idempotency-Key",
    ];
    assert!(says.iter().any(|it| detail.contains(it)), "{detail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_writes_are_refused_and_go_on_when_there_is_room() {
    let place = Place::new().await;
    let log = place.home.jolli().join("data/jolli.db-wal");
    let length = std::fs::metadata(log).unwrap().len();
    place.bound(Some(length));
    for _ in 0..3 {
        refused(place.create("in-vain").await);
    }
    assert_eq!(place.sources().await, 20, "who reads goes on");
    assert!(!place.is_ready().await);
    place.bound(None);
    place.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_somebody_holds_the_database_writes_are_refused_and_go_on_afterwards() {
    let place = Place::new().await;
    let other = Connection::open(place.home.jolli().join("data/jolli.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    refused(place.create("in-vain").await);
    assert_eq!(place.sources().await, 20, "who reads goes on");
    assert!(!place.is_ready().await);
    other.execute_batch("ROLLBACK").unwrap();
    place.goes_on().await;
}
