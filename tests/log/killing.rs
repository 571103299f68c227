//! Killed again and again under load: what was answered is there, once; what was not is there once after its retry
//! (reliability.md: what was answered 2xx is on disk). Asked to end under load: what was begun is answered (reliability.md:
//! shutdown loses nothing). `JOLLI_KILLS` says how often it is killed, `JOLLI_SEED` repeats what chance decided.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jolli::api::{Call, SourceId};
use jolli::base::SystemRandom;
use jolli::base::random::base62;
use jolli::client::{AccessToken, CallOptions, Client, ClientError, Query, Reply};
use jolli::store::{Look, postgres, sqlite};
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::support::postgres::Database;
use crate::support::server::Server;
use crate::support::{Home, store};

const CLIENTS: usize = 16;

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Killed in the midst of everything, so many times.
    Killed(usize),
    /// Asked to.
    Asked(usize),
}

/// By what a server that is asked to end has ended.
const LONGEST_END: Duration = Duration::from_secs(25);

fn kills() -> End {
    End::Killed(
        std::env::var("JOLLI_KILLS")
            .map_or(25, |text| text.parse().expect("JOLLI_KILLS is a number")),
    )
}

/// What one client has done so far: it creates sources and turns every other one off.
#[derive(Default)]
struct Done {
    /// Requests answered: name, id, whether it was turned off as well.
    sources: Vec<(String, SourceId, bool)>,
    /// The request that was under way when the server died: it is asked again, under its id.
    open: Option<(Call, String)>,
}

/// A random sequence that its seed repeats (`splitmix64`).
struct Dice(u64);

impl Dice {
    fn seeded() -> Self {
        let seed = std::env::var("JOLLI_SEED").map_or_else(
            |_| u64::from(std::process::id()) << 17,
            |text| text.parse().expect("JOLLI_SEED is a number"),
        );
        println!("JOLLI_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }
}

/// Counts answers, and says when enough came.
struct Load {
    answers: AtomicUsize,
    enough: usize,
    reached: Notify,
}

impl Load {
    fn answered(&self) {
        if self.answers.fetch_add(1, Ordering::SeqCst) + 1 == self.enough {
            self.reached.notify_one();
        }
    }
}

/// Where the servers of a loop keep their log, and how they are let in.
struct Place {
    home: Arc<Home>,
    database: Option<Database>,
    key: String,
    token: String,
}

impl Place {
    fn new(database: Option<Database>) -> Self {
        Self {
            home: Arc::new(Home::new()),
            database,
            key: "ab".repeat(32),
            token: format!("jolli_1_{}", base62(&SystemRandom::new(), 43)),
        }
    }

    fn serve(&self) -> Server {
        Server::start_on(&self.home, self.database.as_ref(), &self.key, &self.token)
    }

    fn client(&self, server: &Server) -> Client {
        Client::remote(server.url(), Some(AccessToken::new(&self.token))).unwrap()
    }

    /// What the rows have that the log has not said, or the other way round.
    async fn drift(&self) -> Vec<String> {
        let look: Box<dyn Look> = if let Some(database) = &self.database {
            Box::new(postgres::Look::open(&database.url()).await.unwrap())
        } else {
            let path = self.home.jolli().join("data/jolli.db");
            Box::new(sqlite::Look::open(&path).unwrap())
        };
        look.verify().await.unwrap().differences
    }
}

#[test]
fn killed_25_times_under_load_nothing_answered_is_lost_and_nothing_happens_twice() {
    run(Place::new(None), kills());
}

#[test]
fn killed_25_times_over_postgresql_nothing_answered_is_lost_and_nothing_happens_twice() {
    if let Some(database) = store::database() {
        run(Place::new(Some(database)), kills());
    }
}

#[test]
fn asked_to_end_under_load_it_answers_what_it_began_and_ends_in_time() {
    run(Place::new(store::asked()), End::Asked(6));
}

fn run(place: Place, end: End) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(rounds(&place, end));
}

async fn rounds(place: &Place, end: End) {
    let (End::Killed(rounds) | End::Asked(rounds)) = end;
    let mut dice = Dice::seeded();
    let mut clients: Vec<Done> = (0..CLIENTS).map(|_| Done::default()).collect();
    let (mut under_way, mut repeated) = (0, 0);
    for _ in 0..rounds {
        let mut server = place.serve();
        let load = Arc::new(Load {
            answers: AtomicUsize::new(0),
            enough: CLIENTS + dice.below(200),
            reached: Notify::new(),
        });
        let again = Arc::new(AtomicUsize::new(0));
        let mut running = JoinSet::new();
        for (number, done) in clients.drain(..).enumerate() {
            let client = place.client(&server);
            running.spawn(work(number, client, done, load.clone(), again.clone()));
        }
        load.reached.notified().await;
        if let End::Asked(_) = end {
            let took = tokio::task::block_in_place(|| server.end());
            assert!(took < LONGEST_END, "{took:?}");
        } else {
            server.kill();
        }
        let mut ended: Vec<(usize, Done)> = running.join_all().await;
        ended.sort_by_key(|(number, _)| *number);
        clients = ended.into_iter().map(|(_, done)| done).collect();
        under_way += clients.iter().filter(|c| c.open.is_some()).count();
        repeated += again.load(Ordering::SeqCst);
    }
    println!(
        "{under_way} requests were under way when the server died; {repeated} of them had been done"
    );
    // A loop that ends only servers at rest proves nothing.
    assert!(under_way >= rounds * 4, "only {under_way} were under way");
    if let End::Asked(_) = end {
        assert_eq!(repeated, 0, "what was done was answered");
    } else {
        assert!(
            repeated > 0,
            "no kill came between the commit and the answer"
        );
    }

    let server = place.serve();
    let client = place.client(&server);
    let load = Arc::new(Load {
        answers: AtomicUsize::new(0),
        enough: usize::MAX,
        reached: Notify::new(),
    });
    for done in &mut clients {
        finish(&client, done, &load, &AtomicUsize::new(0))
            .await
            .unwrap();
    }
    check(&client, &clients).await;
    drop(server);
    assert_eq!(place.drift().await, [""; 0]);
}

/// Sends requests until the server dies; keeps the one that got no answer.
async fn work(
    number: usize,
    client: Client,
    mut done: Done,
    load: Arc<Load>,
    again: Arc<AtomicUsize>,
) -> (usize, Done) {
    loop {
        if finish(&client, &mut done, &load, &again).await.is_err() {
            return (number, done);
        }
        let count = done.sources.len();
        let last = done
            .sources
            .last()
            .filter(|(_, _, off)| !off && count.is_multiple_of(2));
        let (call, key) = if let Some((name, id, _)) = last {
            (
                Call::new("PATCH", format!("/sources/{id}")).with(json!({ "enabled": false })),
                format!("off-{name}"),
            )
        } else {
            let name = format!("s-{number}-{count}");
            let body = json!({ "name": name, "type": "git", "repo": "github.com/acme/api", "branch": "main" });
            (
                Call::new("POST", "/sources").with(body),
                format!("new-{name}"),
            )
        };
        done.open = Some((call, key));
    }
}

/// Sends the open request, and notes its answer.
async fn finish(
    client: &Client,
    done: &mut Done,
    load: &Load,
    again: &AtomicUsize,
) -> Result<(), ClientError> {
    let Some((call, key)) = &done.open else {
        return Ok(());
    };
    let options = CallOptions {
        idempotency_key: Some(key.clone()),
        ..CallOptions::once()
    };
    let reply: Reply = client.call(call, &options).await?;
    if reply.replayed {
        again.fetch_add(1, Ordering::SeqCst);
    }
    let name = reply.body["name"].as_str().unwrap().to_owned();
    let id = SourceId(reply.body["id"].as_i64().unwrap());
    if call.method == "PATCH" {
        done.sources.last_mut().unwrap().2 = true;
    } else {
        done.sources.push((name, id, false));
    }
    done.open = None;
    load.answered();
    Ok(())
}

async fn check(client: &Client, clients: &[Done]) {
    let wanted: BTreeMap<String, (SourceId, bool)> = clients
        .iter()
        .flat_map(|c| &c.sources)
        .map(|(name, id, off)| (name.clone(), (*id, !off)))
        .collect();
    let mut there = BTreeMap::new();
    let mut query = Query::new().limit(500);
    loop {
        let page = client.sources(&query).await.unwrap();
        for source in page.items {
            let twice = there.insert(source.name.clone(), (source.id, source.enabled));
            assert_eq!(twice, None, "{} is there twice", source.name);
        }
        match page.next {
            Some(next) => query = Query::new().limit(500).after(next),
            None => break,
        }
    }
    assert_eq!(there, wanted);

    let events = Mutex::new(BTreeMap::<String, usize>::new());
    let (mut after, mut expected) = (0, 1);
    loop {
        let call = Call::new("GET", format!("/events?after={after}&limit=1000"));
        let page = client
            .call(&call, &CallOptions::default())
            .await
            .unwrap()
            .body;
        for event in page["events"].as_array().unwrap() {
            assert_eq!(
                event["sequence"].as_i64(),
                Some(expected),
                "no gap, no repeat"
            );
            expected += 1;
            if let Some(command) = event["commandId"].as_str() {
                *events
                    .lock()
                    .unwrap()
                    .entry(command.to_owned())
                    .or_default() += 1;
            }
        }
        match page["nextSequence"].as_i64() {
            Some(next) => after = next,
            None => break,
        }
    }
    let events = events.into_inner().unwrap();
    for (name, (_, enabled)) in wanted {
        // A key that a client chose is set apart from the ids of our own commands.
        let times = |key: &str| events.get(&format!("client:{key}-{name}"));
        assert_eq!(times("new"), Some(&1), "{name}");
        if !enabled {
            assert_eq!(times("off"), Some(&1), "{name} off");
        }
    }
}
