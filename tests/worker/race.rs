//! Many who move one cursor at once: each version of it is given once, to one of them (reliability.md: no cursor goes back).
//! There is no command that moves a cursor, so these are clients with connections of their own, speaking for one run.

use std::time::Duration;

use jolli::api::{Claim, Code, CursorAdvance, Event, Heartbeat, LeaseEpoch, SourceId};
use jolli::client::{Client, ClientError};
use jolli::demo::ZEROS;
use tokio::task::JoinSet;

use super::fleet::Fleet;
use super::hand::{advance, claimed, succeeded, unchanged};

const CLIENTS: usize = 8;
/// Of each client.
const ATTEMPTS: usize = 150;

/// Somebody who moves the cursor again and again.
struct Mover {
    client: Client,
    /// Reads where the cursor stands: a run may not.
    viewer: Client,
    source: SourceId,
    claim: Claim,
    number: usize,
}

impl Mover {
    /// What it asks for: a value that nobody else gives, from the version that it knows.
    fn wish(&self, attempt: usize, version: i64) -> CursorAdvance {
        let value = format!("{:040x}", (self.number + 1) * 1_000_000 + attempt);
        CursorAdvance {
            expected_version: version,
            ..advance(&self.claim, &value)
        }
    }

    /// The versions that it won.
    async fn races(self) -> Vec<i64> {
        let run = self.client.run(self.claim.job.id, &self.claim.run_token);
        let mut known = self.claim.cursor_version;
        let mut won = Vec::new();
        for attempt in 0..ATTEMPTS {
            let wish = self.wish(attempt, known);
            match run.advance_cursor(self.source, &wish).await {
                Ok(source) => {
                    assert_eq!(source.cursor_version, known + 1);
                    assert_eq!(source.cursor.unwrap().value, wish.value);
                    known = source.cursor_version;
                    won.push(known);
                }
                Err(ClientError::Problem(problem)) if problem.code == Code::CursorConflict => {
                    let current = problem.current.expect("a conflict shows the cursor");
                    let version = current["cursorVersion"].as_i64().unwrap();
                    assert!(version > known, "{version} after {known}");
                    known = version;
                }
                Err(error) => panic!("attempt {attempt} of {}: {error}", self.number),
            }
            if attempt.is_multiple_of(10) {
                let seen = self.viewer.source(self.source).await.unwrap().source;
                assert!(
                    seen.cursor_version >= known,
                    "{} read after {known}",
                    seen.cursor_version
                );
                known = seen.cursor_version;
            }
        }
        won
    }

    /// A run whose lease is over knows every version, and is refused all the same.
    async fn comes_late(self) -> Vec<i64> {
        let run = self.client.run(self.claim.job.id, &self.claim.run_token);
        for attempt in 0..ATTEMPTS / 5 {
            let seen = self.viewer.source(self.source).await.unwrap().source;
            let wish = self.wish(attempt, seen.cursor_version);
            let answer = run.advance_cursor(self.source, &wish).await;
            let error = answer.expect_err("an old run moves nothing");
            assert_eq!(error.code(), Some(Code::StaleWriter), "{error}");
        }
        Vec::new()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_that_move_one_cursor_one_wins_each_version() {
    let fleet = Fleet::new().await;
    let space = fleet.space("docs", "a.md").await;
    let token = fleet.token("w-1").await;
    let runner = fleet.connect(&token);
    let (first, second) = ("ab".repeat(20), "cd".repeat(20));
    // A run that was stopped, and the one that holds the lease now.
    let id = fleet.push("gh-1", ZEROS, &first).await;
    let old = claimed(&runner).await;
    assert_eq!(old.job.id, id);
    fleet.client.cancel_job(id).await.unwrap();
    fleet.push("gh-2", &first, &second).await;
    let held = claimed(&runner).await;
    assert_eq!(held.epoch, LeaseEpoch(old.epoch.0 + 1));
    let run = runner.run(held.job.id, &held.run_token);
    run.space(space.id, &unchanged()).await.unwrap();

    let beats = runner.run(held.job.id, &held.run_token);
    let beating = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(3));
        while beats.heartbeat(&Heartbeat::default()).await.is_ok() {
            ticks.tick().await;
        }
    });
    let mover = |number: usize, claim: &Claim| Mover {
        client: fleet.connect(&token),
        viewer: fleet.client.clone(),
        source: fleet.source,
        claim: claim.clone(),
        number,
    };
    let mut racing = JoinSet::new();
    for number in 0..CLIENTS {
        racing.spawn(mover(number, &held).races());
    }
    for number in CLIENTS..CLIENTS + 2 {
        racing.spawn(mover(number, &old).comes_late());
    }
    let mut won: Vec<i64> = racing.join_all().await.into_iter().flatten().collect();
    beating.abort();

    won.sort_unstable();
    let from = held.cursor_version;
    let to = from + i64::try_from(won.len()).unwrap();
    let versions: Vec<i64> = (from + 1..=to).collect();
    assert_eq!(won, versions, "each version once, and none left out");
    // They all began at the same version.
    let lost = CLIENTS * ATTEMPTS - won.len();
    assert!(lost >= CLIENTS - 1, "only {lost} attempts lost");
    let page = fleet.client.source(fleet.source).await.unwrap().source;
    assert_eq!(page.cursor_version, to);
    let last = moves(&fleet.events().await, won.len());
    assert_eq!(page.cursor.unwrap().value, last);
    run.finish(&succeeded()).await.unwrap();
}

/// Each move in the log starts where the one before it ended, and there are `count`; where the last one ended.
fn moves(events: &[Event], count: usize) -> String {
    let moves: Vec<&Event> = events
        .iter()
        .filter(|event| event.event_type == "source.cursor-advanced")
        .collect();
    assert_eq!(moves.len(), count);
    for pair in moves.windows(2) {
        assert_eq!(pair[1].payload["from"], pair[0].payload["to"]);
    }
    let last = moves.last().expect("the cursor moved");
    last.payload["to"].as_str().unwrap().to_owned()
}
