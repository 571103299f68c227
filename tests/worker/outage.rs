//! The database goes away, for a moment and for longer, while webhooks come and a worker runs: who asks is told so, what was
//! taken in is there once, and everything goes on without a restart. PostgreSQL only: a file does not go away.

use std::collections::BTreeSet;
use std::sync::Arc;

use jolli::api::{JobId, JobStatus};
use jolli::client::{ClientError, Query};
use jolli::demo::ZEROS;
use jolli::store::{Look, postgres};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::fleet::{ADDS, Fleet};
use super::ledger::{History, audit};
use crate::support::postgres::Database;
use crate::support::{DEADLINE, store};

/// Pushes on either side of the long outage.
const PUSHES: usize = 6;

/// What was refused so far, and the jobs that were queued.
#[derive(Default)]
struct Answers {
    refused: usize,
    jobs: BTreeSet<JobId>,
}

/// The status of an answer to a probe.
async fn probe(url: &str) -> u16 {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).expect("a status line");
    status.parse().unwrap()
}

/// Ends every session in a thread of its own, while others go on.
async fn kill(database: &Arc<Database>) -> usize {
    let database = Arc::clone(database);
    let killing = tokio::task::spawn_blocking(move || database.kill_sessions());
    killing.await.unwrap()
}

/// Sends a delivery until it is taken in, as a provider does that is told to come back.
async fn taken(fleet: &Fleet, id: &str, before: &str, after: &str, answers: &mut Answers) {
    let sending = async {
        loop {
            match fleet.deliver(id, before, after, false).await {
                Ok(reply) => {
                    // The refusal before it may have been one that did not know.
                    let queued = reply.status == 202 || reply.body["reason"] == "duplicate";
                    assert!(queued, "{} {}", reply.status, reply.body);
                    let jobs = reply.body["jobs"].as_array().expect("the jobs");
                    let jobs = jobs.iter().filter_map(serde_json::Value::as_i64);
                    answers.jobs.extend(jobs.map(JobId));
                    return;
                }
                Err(ClientError::Busy { detail, .. }) => {
                    assert!(!detail.is_empty());
                    answers.refused += 1;
                }
                // Neither a fault of the server nor silence.
                Err(error) => panic!("{id}: {error}"),
            }
        }
    };
    let sent = tokio::time::timeout(DEADLINE, sending).await;
    sent.unwrap_or_else(|_| panic!("{id} is not taken in"));
}

/// Sends the push of `n` while every session is ended, and ends them all again when its run has begun; how many there were.
async fn through(
    fleet: &Fleet,
    database: &Arc<Database>,
    heads: &[String],
    n: usize,
    answers: &mut Answers,
) -> usize {
    let id = format!("gh-{n}");
    let sending = taken(fleet, &id, &heads[n - 1], &heads[n], answers);
    let ((), sessions) = tokio::join!(sending, kill(database));
    let newest = *answers.jobs.last().expect("a job was queued");
    fleet.begun(newest).await;
    sessions + kill(database).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_and_runs_outlive_a_database_that_goes_away_again_and_again() {
    let Some(database) = store::database() else {
        return;
    };
    let database = Arc::new(database);
    let fleet = Fleet::over(Some(Arc::clone(&database))).await;
    let space = fleet.space("docs", "a.md").await;
    let worker = fleet.worker("w-1", ADDS).await;
    let (mut history, mut heads) = (History::default(), Vec::<String>::new());
    for n in 0..=2 * PUSHES {
        let head = fleet.commit(&format!("src/{n}.rs")).await;
        history.add(&head, heads.last().map(String::as_str));
        heads.push(head);
    }
    let first = fleet.push("gh-0", ZEROS, &heads[0]).await;
    assert_eq!(fleet.ended(first).await.status, JobStatus::Succeeded);
    assert_eq!(probe(fleet.url()).await, 200);

    let mut answers = Answers::default();
    let mut killed = 0;
    for n in 1..=PUSHES {
        killed += through(&fleet, &database, &heads, n, &mut answers).await;
    }
    assert!(killed >= PUSHES, "only {killed} sessions were ended");

    // For longer: no session is left, and none may begin.
    database.admit(false);
    while kill(&database).await > 0 {}
    assert_eq!(probe(fleet.url()).await, 503);
    let (before, after) = (&heads[PUSHES], &heads[PUSHES + 1]);
    let id = format!("gh-{}", PUSHES + 1);
    let refused = fleet.deliver(&id, before, after, false).await;
    assert!(
        matches!(refused, Err(ClientError::Busy { .. })),
        "{refused:?}"
    );
    let refused = fleet.client.source(fleet.source).await;
    assert!(
        matches!(refused, Err(ClientError::Busy { .. })),
        "{refused:?}"
    );
    database.admit(true);

    for n in PUSHES + 1..=2 * PUSHES {
        killed += through(&fleet, &database, &heads, n, &mut answers).await;
    }
    println!(
        "{killed} sessions were ended, {} deliveries were refused",
        answers.refused
    );
    let jobs = fleet.quiet().await;
    assert_eq!(probe(fleet.url()).await, 200);
    let told = fleet.story().await;
    let head = &heads[2 * PUSHES];
    assert_eq!(fleet.cursor().await.as_ref(), Some(head), "{told}");
    for job in &jobs {
        let well = matches!(job.status, JobStatus::Succeeded | JobStatus::Skipped);
        assert!(well, "{job:#?}\n{told}");
    }
    // Every delivery that was taken in is there, with its job, once; and nothing else is.
    answers.jobs.insert(first);
    let there: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let queued: Vec<JobId> = answers.jobs.into_iter().collect();
    assert_eq!(there, queued, "{told}");
    let query = Query::new().sort("receivedAt");
    let deliveries = fleet.client.deliveries(&query).await.unwrap().items;
    let ids: Vec<&str> = deliveries
        .iter()
        .map(|it| it.delivery_id.as_str())
        .collect();
    let sent: Vec<String> = (0..=2 * PUSHES).map(|n| format!("gh-{n}")).collect();
    assert_eq!(ids, sent);
    let found = audit(&history, &fleet.events().await, &[], &[space.id], head);
    assert_eq!(found.never, [""; 0], "{told}");
    assert_eq!(found.torn, [""; 0], "{told}");
    worker.end().await;
    let look: Box<dyn Look> = Box::new(postgres::Look::open(&database.url()).await.unwrap());
    assert_eq!(look.verify().await.unwrap().differences, [""; 0]);
}
