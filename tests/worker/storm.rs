//! Every delivery three times, in any order, some lost, some runs failing, two workers: in the end each space was shown each
//! commit once. `JOLLI_SEED` repeats what chance decided.

use std::path::Path;

use jolli::api::{CatchUp, Job, JobId, JobStatus};
use jolli::client::Query;
use jolli::demo::ZEROS;

use super::fleet::Fleet;
use super::ledger::{Audit, History, audit};
use super::world::{World, short};

/// Pushes after the first one, which is processed before the storm.
const PUSHES: usize = 12;
/// With a rewritten history: this push takes back what came after `FORK`.
const FORCED: usize = 6;
const FORK: usize = 3;

/// A random sequence that its seed repeats (`splitmix64`).
pub struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    pub fn seeded() -> Self {
        let seed = std::env::var("JOLLI_SEED").map_or_else(
            |_| u64::from(std::process::id()) << 17,
            |text| text.parse().expect("JOLLI_SEED is a number"),
        );
        println!("JOLLI_SEED={seed}");
        Self { seed, state: seed }
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// A push as it was made; whether anybody hears of it is another matter.
struct Push {
    id: String,
    before: String,
    after: String,
    forced: bool,
}

/// Makes the commits of `main`, all of them before the first delivery. Every fourth push has two.
async fn pushes(fleet: &Fleet, rewrites: bool) -> (History, Vec<Push>) {
    let (mut history, mut pushes) = (History::default(), Vec::<Push>::new());
    let mut parent: Option<String> = None;
    for n in 0..=PUSHES {
        let before = parent.clone().unwrap_or_else(|| ZEROS.to_owned());
        let forced = rewrites && n == FORCED;
        if forced {
            fleet.repository.branch("main", "fork").unwrap();
            parent = Some(pushes[FORK].after.clone());
        }
        for file in 0..=usize::from(n % 4 == 2) {
            let sha = fleet.commit(&format!("src/{n}-{file}.rs")).await;
            history.add(&sha, parent.as_deref());
            parent = Some(sha);
        }
        if rewrites && n == FORK {
            fleet.repository.branch("fork", "main").unwrap();
        }
        pushes.push(Push {
            id: format!("gh-{n}"),
            before,
            after: parent.clone().expect("a push has a commit"),
            forced,
        });
    }
    (history, pushes)
}

/// An agent that counts its calls for each document in `notes`, and fails where a file there says so.
fn agent(notes: &Path) -> String {
    let notes = notes.display();
    format!(
        "f() {{ d=$(ls *.md); n=1; \
         while [ -d {notes} ] && ! mkdir {notes}/$d.$n 2>/dev/null; do n=$((n+1)); done; \
         if [ -e {notes}/fails.$d.$n ]; then echo call $n fails >&2; exit 3; fi; \
         echo edited >> $d; }}; f"
    )
}

/// How a run may end in a storm.
fn is_in_order(job: &Job, rewrites: bool) -> bool {
    match job.status {
        JobStatus::Succeeded | JobStatus::Skipped => true,
        // What was pushed before the history was rewritten, and comes after that, or the other way round.
        JobStatus::Failed => {
            let why = job.error.as_ref().map(|error| error.code.as_str());
            rewrites && why == Some("history-rewritten")
        }
        _ => false,
    }
}

/// Tells the story with or without a rewritten history; the agent fails now and then at the documents `failing`.
async fn storm(rewrites: bool, failing: &[&str]) {
    let mut dice = Dice::seeded();
    let seed = dice.seed;
    let notes = tempfile::tempdir().unwrap();
    let fleet = Fleet::new().await;
    let spaces = [
        fleet.space("one", "one.md").await.id,
        fleet.space("two", "two.md").await.id,
    ];
    let agent = agent(notes.path());
    let workers = [
        fleet.worker("w-1", &agent).await,
        fleet.worker("w-2", &agent).await,
    ];
    let (history, pushes) = pushes(&fleet, rewrites).await;
    let head = pushes.last().expect("there are some").after.clone();
    let first = fleet.push(&pushes[0].id, ZEROS, &pushes[0].after).await;
    assert_eq!(fleet.ended(first).await.status, JobStatus::Succeeded);
    // That was the first call for each document. Before a run fails for good it has had eight.
    for call in [2, 3 + dice.below(3)] {
        for document in failing {
            std::fs::write(notes.path().join(format!("fails.{document}.{call}")), "").unwrap();
        }
    }

    // The last push is lost, and another one. A forced push that nobody hears of is a riddle for a person, and no storm.
    let mut heard: Vec<usize> = (1..PUSHES).collect();
    dice.shuffle(&mut heard);
    let lost = heard.iter().position(|n| !pushes[*n].forced);
    heard.remove(lost.expect("not every push is forced"));
    let mut sent: Vec<usize> = heard.iter().flat_map(|n| [*n; 3]).collect();
    dice.shuffle(&mut sent);
    for n in sent {
        let push = &pushes[n];
        let reply = fleet
            .deliver(&push.id, &push.before, &push.after, push.forced)
            .await
            .unwrap();
        // Some runs begin between deliveries, others find several behind them.
        if let (202, Some(job)) = (reply.status, reply.body["jobs"][0].as_i64())
            && dice.below(3) == 0
        {
            fleet.begun(JobId(job)).await;
        }
    }
    fleet.quiet().await;
    // What was lost is made good by an operator, who need not know what it was.
    fleet
        .client
        .catch_up(fleet.source, &CatchUp::default())
        .await
        .unwrap();
    let jobs = fleet.quiet().await;

    let told = format!("JOLLI_SEED={seed}\n{}", fleet.story().await);
    let astray: Vec<&Job> = jobs
        .iter()
        .filter(|job| !is_in_order(job, rewrites))
        .collect();
    assert!(astray.is_empty(), "{astray:#?}\n{told}");
    let events = fleet.events().await;
    let forced: Vec<&str> = pushes
        .iter()
        .filter(|push| push.forced)
        .map(|push| push.after.as_str())
        .collect();
    let found = audit(&history, &events, &forced, &spaces, &head);
    assert_eq!(found, Audit::default(), "{told}");
    assert_eq!(
        fleet.cursor().await.as_deref(),
        Some(head.as_str()),
        "{told}"
    );
    let deliveries = fleet.client.deliveries(&Query::new()).await.unwrap().items;
    let mut ids: Vec<String> = deliveries.into_iter().map(|it| it.delivery_id).collect();
    let mut wanted: Vec<String> = heard.iter().map(|n| pushes[*n].id.clone()).collect();
    wanted.push(pushes[0].id.clone());
    ids.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(ids, wanted, "each delivery once; {told}");
    // A storm in which nothing fails proves less than it says.
    let failed = events.iter().any(|event| {
        event.event_type == "job.space-finished" && event.payload["status"] == "failed"
    });
    assert!(failed, "no run failed; {told}");
    for worker in workers {
        worker.end().await;
    }
}

/// One of the pushes rewrites the history; runs fail as a whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sent_thrice_shuffled_lost_and_rewritten_every_commit_reaches_every_space_once() {
    storm(true, &["one.md", "two.md"]).await;
}

/// One space fails while the other one succeeds: what the other one has seen it is not shown again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_space_that_fails_in_a_storm_costs_no_other_space_anything() {
    storm(false, &["one.md"]).await;
}

/// What a storm meets by chance: the ordinary push behind a forced one has come before the forced one is looked at.
#[tokio::test]
async fn a_forced_push_is_done_although_the_next_push_waits_behind_it() {
    let world = World::new().await;
    world.space("docs", &[("a.md", &[("backend", "**")])]).await;
    let first = world.commit("main", "a").await;
    world.processed(ZEROS, &first).await;
    let other = world.rewrite("b").await;
    let last = world.commit("main", "c").await;
    let forced = world.push("main", &first, &other, true).await;
    let behind = world.push("main", &other, &last, false).await;
    world.work().await;
    world.work().await;
    let job = world.job(forced).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    let job = world.job(behind).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    let cursor = world.cursor().await;
    assert_eq!(cursor.as_deref(), Some(last.as_str()), "{}", short(&last));
}

/// The first pushes of a source, the last of them first: while there is no cursor, nothing may count as done before it is.
#[tokio::test]
async fn pushes_in_the_wrong_order_leave_nothing_out_while_there_is_no_cursor() {
    let world = World::new().await;
    let documents: [(&str, &[(&str, &str)]); 3] = [
        ("a.md", &[("backend", "a")]),
        ("b.md", &[("backend", "b")]),
        ("c.md", &[("backend", "c")]),
    ];
    world.space("docs", &documents).await;
    let a = world.commit("main", "a").await;
    let b = world.commit("main", "b").await;
    let c = world.commit("main", "c").await;
    let mut jobs = Vec::new();
    for (before, after) in [(b.as_str(), &c), (a.as_str(), &b), (ZEROS, &a)] {
        jobs.push(world.push("main", before, after, false).await);
    }
    while world.worker.run_once().await.unwrap() {}
    let mut shown = Vec::new();
    for id in jobs {
        let job = world.job(id).await;
        assert!(job.status.is_terminal(), "#{id} is {}", job.status);
        let impacted = job.spaces.into_iter().flat_map(|space| space.impacted_docs);
        shown.extend(impacted.map(|document| document.path));
    }
    shown.sort_unstable();
    assert_eq!(shown, ["a.md", "b.md", "c.md"]);
    assert_eq!(world.cursor().await, Some(c));
}
