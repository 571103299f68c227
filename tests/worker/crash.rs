//! A server and its workers killed again and again while webhooks come and agents edit: what was taken in is there, once, and
//! every commit reaches every space (reliability.md: what was answered 2xx is on disk; sources.md §9: contiguous ranges).
//! `JOLLI_SEED` repeats what chance decided, `JOLLI_KILLS` says how often something is killed.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use jolli::api::{
    Event, Job, JobStatus, SessionStatus, SnapshotRequest, Space, SpaceStatus, TurnStatus,
};
use jolli::client::Query;
use jolli::demo::ZEROS;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::sync::Semaphore;

use super::fleet::Fleet;
use super::hand::Hand;
use super::ledger::{Audit, History, audit};
use super::storm::Dice;
use super::zombie::fifo;
use crate::log::{done, jolli};
use crate::support::way::Way;
use crate::support::{DEADLINE, store};

const DOCUMENTS: [&str; 2] = ["one.md", "two.md"];
const WORKERS: [&str; 2] = ["w-1", "w-2"];
/// Of each round. One of them is lost, one is sent twice.
const PUSHES: usize = 6;
/// How many deliveries are on their way at once.
const SENDERS: usize = 3;
/// What a worker asks when it starts. One that finds no server then gives up.
const FIRST_QUESTION: &str = "GET /api/me";

/// What is killed, and when.
#[derive(Clone, Copy, Debug)]
enum Kill {
    /// The server, while it takes in deliveries.
    Intake,
    /// The server, when an agent says this.
    Server(&'static str),
    /// The worker whose agent says this.
    Worker(&'static str),
}

/// Chance says in which order.
const KILLS: [Kill; 6] = [
    Kill::Intake,
    Kill::Server("begins"),
    Kill::Server("begins"),
    Kill::Server("ends"),
    Kill::Worker("begins"),
    Kill::Worker("ends"),
];

/// What agents do: they say it into a pipe, and have a file in `open` while they are at it.
struct Turns {
    dir: TempDir,
    open: PathBuf,
    said: Lines<BufReader<pipe::Receiver>>,
    seen: BTreeSet<OsString>,
}

impl Turns {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        std::fs::create_dir(&open).unwrap();
        let said = pipe::OpenOptions::new()
            .read_write(true)
            .open_receiver(fifo(dir.path(), "said"))
            .unwrap();
        Self {
            said: BufReader::new(said).lines(),
            seen: BTreeSet::new(),
            open,
            dir,
        }
    }

    /// An agent that adds a line for each changed file, whatever the document says already, and takes a moment for it. It
    /// opens the pipe in a way that waits for nobody, for it may outlive the worker that started it.
    fn agent(&self, worker: &str) -> String {
        let (open, said) = (self.open.display(), self.dir.path().join("said"));
        let said = said.display();
        format!(
            "f() {{ turn=$(mktemp {open}/XXXXXX); echo {worker} begins 1<> {said}; sleep 0.2; \
             for d in *.md; do grep -o '\"path\": \"src/[^\"]*\"' \"$1\" | cut -d '\"' -f 4 >> $d; done; \
             rm $turn; echo {worker} ends 1<> {said}; }}; f"
        )
    }

    /// Passes over what was said so far.
    fn forget(&mut self) {
        while let Some(Ok(Some(_))) = self.said.next_line().now_or_never() {}
    }

    /// Waits until agents have said a word so many times; whose agent said it last.
    async fn say(&mut self, word: &str, mut times: usize) -> Option<usize> {
        loop {
            let line = tokio::time::timeout(DEADLINE, self.said.next_line()).await;
            let line = line.ok()?.unwrap().expect("the pipe stays open");
            let (worker, said) = line.split_once(' ').expect("a name and a word");
            times -= usize::from(said == word);
            if times == 0 {
                return WORKERS.iter().position(|name| *name == worker);
            }
        }
    }

    /// Whether a turn is open that was not open when this was asked last.
    fn one_is_open(&mut self) -> bool {
        let files = std::fs::read_dir(&self.open).unwrap();
        let open: BTreeSet<OsString> = files.map(|file| file.unwrap().file_name()).collect();
        let new = !open.is_subset(&self.seen);
        self.seen = open;
        new
    }
}

#[derive(Clone, Debug)]
struct Push {
    id: String,
    before: String,
    after: String,
}

/// Sends deliveries one after the other until the server is gone: those that were answered, those that were not, and whether
/// the first of these was under way.
async fn send(
    fleet: &Fleet,
    mut left: VecDeque<Push>,
    answers: &Semaphore,
) -> (Vec<String>, VecDeque<Push>, bool) {
    let mut answered = Vec::new();
    while let Some(push) = left.pop_front() {
        let Push { id, before, after } = &push;
        match fleet.deliver(id, before, after, false).await {
            Ok(reply) => {
                let taken = reply.status == 202 || reply.body["reason"] == "duplicate";
                assert!(taken, "{} {}", reply.status, reply.body);
                answered.push(push.id);
                answers.add_permits(1);
            }
            Err(error) => {
                assert!(error.is_offline(), "{id}: {error}");
                left.push_front(push);
                return (answered, left, error.outcome_unknown());
            }
        }
    }
    (answered, left, false)
}

struct Crashes {
    fleet: Fleet,
    /// Where workers find the server, wherever it listens after a kill.
    way: Way,
    workers: Vec<Hand>,
    spaces: Vec<Space>,
    turns: Turns,
    dice: Dice,
    history: History,
    files: Vec<String>,
    head: String,
    /// Deliveries that are to be sent, or to be sent again.
    unsent: VecDeque<Push>,
    answered: BTreeSet<String>,
    /// How many of them were under way at a kill.
    open: usize,
    /// Kills that hit a turn of an agent; and those after which it had no worker.
    hits: usize,
    orphans: usize,
}

impl Crashes {
    /// Two spaces, two workers, and a first push that is processed.
    async fn begin(fleet: Fleet) -> Self {
        let (way, turns) = (Way::to(fleet.url()), Turns::new());
        let (mut spaces, mut workers) = (Vec::new(), Vec::new());
        for path in DOCUMENTS {
            spaces.push(fleet.space(path.trim_end_matches(".md"), path).await);
        }
        for name in WORKERS {
            let (token, agent) = (fleet.token(name).await, turns.agent(name));
            let asked = way.hold(FIRST_QUESTION);
            workers.push(Hand::start(way.url(), &token, &fleet.place, name, &agent));
            asked.wait();
        }
        let mut history = History::default();
        let head = fleet.commit("src/0.rs").await;
        history.add(&head, None);
        let first = fleet.push("gh-0", ZEROS, &head).await;
        assert_eq!(fleet.ended(first).await.status, JobStatus::Succeeded);
        Self {
            fleet,
            way,
            workers,
            spaces,
            turns,
            dice: Dice::seeded(),
            history,
            files: vec!["src/0.rs".to_owned()],
            head,
            unsent: VecDeque::new(),
            answered: BTreeSet::from(["gh-0".to_owned()]),
            open: 0,
            hits: 0,
            orphans: 0,
        }
    }

    /// Commits. The last delivery is never the lost one: there is a run for every round.
    async fn commit(&mut self) {
        let (lost, twice) = (self.dice.below(PUSHES - 1), self.dice.below(PUSHES));
        for n in 0..PUSHES {
            let id = format!("gh-{}", self.files.len());
            let file = format!("src/{}.rs", self.files.len());
            let after = self.fleet.commit(&file).await;
            self.files.push(file);
            self.history.add(&after, Some(&self.head));
            let before = std::mem::replace(&mut self.head, after.clone());
            let times = usize::from(n != lost) * (1 + usize::from(n == twice));
            let push = Push { id, before, after };
            self.unsent.extend(std::iter::repeat_n(push, times));
        }
    }

    /// Pushes, kills while that is worked on, and starts anew what was killed.
    async fn round(&mut self, kill: Kill) {
        self.commit().await;
        self.turns.forget();
        let times = 1 + self.dice.below(2);
        let mut chains = vec![VecDeque::new(); SENDERS];
        for (n, push) in self.unsent.drain(..).enumerate() {
            chains[n % SENDERS].push_back(push);
        }
        let answers = Semaphore::new(0);
        let (fleet, workers, turns) = (&self.fleet, &self.workers, &mut self.turns);
        let sending = join_all(chains.into_iter().map(|chain| send(fleet, chain, &answers)));
        let killing = async {
            let reached = match kill {
                Kill::Intake => {
                    let some = answers.acquire_many(u32::try_from(times).unwrap());
                    let some = tokio::time::timeout(DEADLINE, some).await;
                    some.is_ok().then_some(0)
                }
                Kill::Server(word) | Kill::Worker(word) => turns.say(word, times).await,
            };
            let Some(worker) = reached else {
                panic!("waited in vain for {kill:?}\n{}", fleet.story().await);
            };
            if let Kill::Worker(_) = kill {
                workers[worker].signal(Signal::KILL);
            } else {
                let id = i32::try_from(fleet.server.pid()).unwrap();
                kill_process(Pid::from_raw(id).unwrap(), Signal::KILL).unwrap();
            }
            // One that is open now was open then: nobody claims without a server, or what a worker held that has just died.
            (worker, turns.one_is_open())
        };
        let (sent, (worker, hit)) = tokio::join!(sending, killing);
        for (answered, left, open) in sent {
            self.answered.extend(answered);
            self.unsent.extend(left);
            self.open += usize::from(open);
        }
        self.hits += usize::from(hit);
        if let Kill::Worker(_) = kill {
            if hit {
                // The agent goes on alone, and nobody reads what it writes.
                self.orphans += 1;
                let ended = self.turns.say("ends", 1).await;
                ended.expect("an agent that was left alone ends");
            }
            let asked = self.way.hold(FIRST_QUESTION);
            self.workers[worker].again().await;
            asked.wait();
        } else {
            self.fleet.restart();
            self.way.lead_to(self.fleet.url());
        }
    }

    /// Sends what is left, waits until everything is done, and compares it with what was pushed.
    async fn finish(&mut self) {
        let unsent = std::mem::take(&mut self.unsent);
        let (answered, left, _) = send(&self.fleet, unsent, &Semaphore::new(0)).await;
        assert!(left.is_empty(), "{left:?}");
        self.answered.extend(answered);
        let jobs = self.fleet.quiet().await;
        let told = self.fleet.story().await;
        for job in &jobs {
            let well = matches!(job.status, JobStatus::Succeeded | JobStatus::Skipped);
            assert!(well, "{job:#?}\n{told}");
        }
        let client = &self.fleet.client;
        let deliveries = client.deliveries(&Query::new()).await.unwrap().items;
        let mut ids: Vec<String> = deliveries.into_iter().map(|it| it.delivery_id).collect();
        ids.sort_unstable();
        let answered: Vec<String> = self.answered.iter().cloned().collect();
        assert_eq!(ids, answered, "each delivery once; {told}");

        let events = self.fleet.events().await;
        let spaces: Vec<_> = self.spaces.iter().map(|space| space.id).collect();
        let found = audit(&self.history, &events, &[], &spaces, &self.head);
        assert_eq!(found, Audit::default(), "{told}");
        let of = |kind: &'static str| events.iter().filter(move |event| event.event_type == kind);
        for moved in of("source.cursor-advanced") {
            let to = moved.payload["to"].as_str().expect("it moves to a commit");
            let from = moved.payload["from"].as_str();
            let onward = from.is_none_or(|from| from != to && self.history.line(to).contains(from));
            assert!(onward, "{:?}\n{told}", moved.payload);
        }
        let moves = i64::try_from(of("source.cursor-advanced").count()).unwrap();
        let source = client.source(self.fleet.source).await.unwrap().source;
        assert_eq!(source.cursor_version, moves, "{told}");
        assert_eq!(source.cursor.unwrap().value, self.head, "{told}");
        let lost = of("job.retry-scheduled")
            .filter(|event| event.payload["error"]["code"] == "lease-lost")
            .count();
        assert!(lost >= self.orphans, "{lost} leases were lost\n{told}");
        for (space, path) in self.spaces.iter().zip(DOCUMENTS) {
            self.check_document(space, path, &events).await;
        }
        self.check_threads(&jobs).await;
    }

    /// Whatever died: no turn is under way for ever, and what was pushed stands in a thread with its diff.
    async fn check_threads(&self, jobs: &[Job]) {
        let mut threads = Vec::new();
        let mut page = SnapshotRequest::default();
        loop {
            let model = self.fleet.client.read_model(&page).await.unwrap();
            threads.extend(model.threads);
            page.after = model.next_thread;
            if page.after.is_none() {
                break;
            }
        }
        for thread in &threads {
            let session = thread.session.as_ref().map(|session| session.status);
            let at_rest = matches!(session, Some(SessionStatus::Ready | SessionStatus::Error));
            assert!(at_rest, "{} is {session:?}", thread.id);
        }
        let spaces = jobs.iter().flat_map(|job| &job.spaces);
        for space in spaces.filter(|space| space.status == SpaceStatus::Updated) {
            let id = space.thread_id.as_deref();
            let thread = threads.iter().find(|thread| Some(thread.id.as_str()) == id);
            let thread = thread.unwrap_or_else(|| panic!("{space:?} has no thread"));
            assert_eq!(thread.checkpoint_turn_count, 1, "{}", thread.id);
            let last = thread.turns.as_ref().and_then(|turns| turns.last());
            let last = last.map(|turn| (turn.state, turn.checkpoint_turn_count));
            assert_eq!(
                last,
                Some((TurnStatus::Completed, Some(1))),
                "{}",
                thread.id
            );
        }
    }

    /// The document has what was pushed, once, as whoever pulls it sees it: a space is done with the push of its edits
    /// (sources.md §9: step 4).
    async fn check_document(&self, space: &Space, path: &str, events: &[Event]) {
        let by_run = |event: &&Event| {
            let id = event.payload["changesetId"].as_str().unwrap_or_default();
            event.event_type == "space.docs-pushed"
                && event.stream_id == space.id.to_string()
                && id.starts_with("run-")
        };
        let reported = |event: &&Event| {
            event.event_type == "job.space-finished"
                && event.payload["spaceId"] == space.id.0
                && event.payload["status"] == "updated"
        };
        let pushes = events.iter().filter(by_run).count();
        let reports = events.iter().filter(reported).count();
        assert_eq!(pushes, reports, "{path}");
        let (text, version) = self.fleet.text(space, path).await;
        assert_eq!(version, i64::try_from(1 + pushes).unwrap(), "{text}");
        for file in &self.files {
            let times = text.lines().filter(|line| line == file).count();
            assert_eq!(times, 1, "{file} in {path}:\n{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_midst_of_everything_a_server_and_its_workers_lose_and_repeat_nothing() {
    let kills: usize = std::env::var("JOLLI_KILLS")
        .map_or(12, |text| text.parse().expect("JOLLI_KILLS is a number"));
    let database = store::asked().map(Arc::new);
    let mut crashes = Crashes::begin(Fleet::over(database.clone()).await).await;
    let mut deck: Vec<Kill> = KILLS.iter().copied().cycle().take(kills).collect();
    crashes.dice.shuffle(&mut deck);
    for (n, kill) in deck.into_iter().enumerate() {
        crashes.round(kill).await;
        if n % 4 == 3 {
            // A job whose runs die eight times is given up, which is another story.
            crashes.fleet.quiet().await;
        }
    }
    crashes.finish().await;

    let Crashes { open, hits, .. } = crashes;
    println!("{hits} of {kills} kills hit a turn, {open} deliveries were under way");
    // A loop that kills only who is at rest proves nothing.
    assert!(hits >= kills / 4, "only {hits} hit a turn");
    assert!(open >= kills / 12, "only {open} were under way");
    for worker in crashes.workers {
        worker.end().await;
    }
    let url = database.as_ref().map(|database| database.url());
    let mut verify = vec!["events", "verify"];
    verify.extend(url.iter().flat_map(|url| ["--database", url.as_str()]));
    done(&jolli(crashes.fleet.server.home(), &verify));
}
