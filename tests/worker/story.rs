//! A push makes an agent edit documents in two spaces, it asks, a person answers; then the person writes in one of the threads,
//! it is done, and taken back. Whoever is killed, and whenever, it comes out the same (orchestration.md: runs,
//! orchestration.md: checkpoints).

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use jolli::api::orchestration::{Approval, Thread, TurnDiffRequest, UserMessage};
use jolli::api::{
    ApprovalDecision, ApprovalStatus, CheckpointStatus, Command, Job, JobId, JobKind, JobStatus,
    RequestId, RuntimeMode, SessionStatus, SnapshotRequest, Space, SpacePatch, ThreadId,
    TurnStatus,
};
use jolli::base::Timestamp;
use jolli::client::Client;
use jolli::demo::ZEROS;
use rustix::process::Signal;

use super::acp;
use super::fleet::Fleet;
use super::hand::Hand;
use crate::log::{done, jolli};
use crate::support::store;
use crate::support::way::{Held, Way};

const DOCUMENTS: [&str; 2] = ["one.md", "two.md"];
/// The job of the push, and that of the instruction.
const PUSH: JobId = JobId(1);
const INSTRUCTION: JobId = JobId(2);
/// So many stories are told at once: most of the time of one goes by while a lease ends.
const AT_ONCE: usize = 12;
const CLAIM: &str = "POST /api/jobs/claim";
const DISPATCH: &str = "POST /api/orchestration/dispatchCommand";

/// Where a story is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The run is claimed, and the worker has not heard it.
    Claimed,
    /// The agent has its session, and the worker goes on with it.
    Began,
    /// A question waits.
    Asked,
    /// It is answered, and the agent may not have heard it.
    Answered,
    /// The first space is pushed, and the worker has not heard it.
    Pushed,
    /// So is the cursor moved,
    Moved,
    /// and the run finished.
    Finished,
    /// The instruction is written: its writer has not heard it, or the worker that it claimed its job.
    Written,
    AskedAgain,
    AnsweredAgain,
    PushedAgain,
    /// The thread is to go back, and the server is not there.
    GoesBack,
    /// It went back, and whoever asked has not heard it.
    Back,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Worker,
    Server,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kill {
    at: Stage,
    who: Who,
}

/// Those that take longest first.
fn kills() -> Vec<Kill> {
    let all = [
        Stage::Claimed,
        Stage::Began,
        Stage::Asked,
        Stage::Answered,
        Stage::Pushed,
        Stage::Moved,
        Stage::Finished,
        Stage::Written,
        Stage::AskedAgain,
        Stage::AnsweredAgain,
        Stage::PushedAgain,
        Stage::GoesBack,
        Stage::Back,
    ];
    [Who::Worker, Who::Server]
        .into_iter()
        .flat_map(|who| all.map(|at| Kill { at, who }))
        // A worker has no part in it.
        .filter(|kill| kill.who == Who::Server || kill.at != Stage::GoesBack)
        .collect()
}

/// A document, and how many lines it got and lost.
type Lines = (String, i64, i64);

/// A thread, as far as it is the same whoever died. An attempt that died leaves a turn that failed with its messages, activities
/// and stale questions; so numbers of turns, ids and times may differ, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    session: Option<SessionStatus>,
    /// The checkpoint of each turn that was completed.
    completed: Vec<Option<i64>>,
    checkpoints: Vec<(i64, CheckpointStatus, Vec<Lines>)>,
    diffs: BTreeMap<(i64, i64), String>,
}

/// What everybody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    /// What the documents say, and in which version.
    texts: Vec<(String, i64)>,
    threads: Vec<Told>,
    jobs: Vec<(JobKind, JobStatus)>,
}

/// What a story waits for.
enum Seen {
    /// The answer that is held.
    Held,
    Asked(Vec<(ThreadId, RequestId)>),
    Ended(Job),
}

struct Story {
    fleet: Fleet,
    way: Way,
    worker: Hand,
    spaces: Vec<Space>,
    kill: Option<Kill>,
    held: RefCell<Option<Held>>,
    database: Option<String>,
}

impl Story {
    async fn begin(kill: Option<Kill>) -> Self {
        let database = store::asked().map(Arc::new);
        let url = database.as_ref().map(|database| database.url());
        let fleet = Fleet::over(database).await;
        let way = Way::to(fleet.url());
        let mut spaces = Vec::new();
        for path in DOCUMENTS {
            let space = fleet.space(path.trim_end_matches(".md"), path).await;
            let careful = SpacePatch {
                runtime_mode: Some(RuntimeMode::ApprovalRequired),
                ..SpacePatch::default()
            };
            fleet.client.update_space(space.id, &careful).await.unwrap();
            spaces.push(space);
        }
        let token = fleet.token("w-1").await;
        let agent = acp::command("homely ask");
        let agent = ["--agent-acp", agent.as_str()];
        Self {
            worker: Hand::with(way.url(), &token, &fleet.place, "w-1", agent),
            fleet,
            way,
            spaces,
            kill,
            held: RefCell::new(None),
            database: url,
        }
    }

    /// The whole of it: what came of the instruction, and what is left once it is taken back.
    async fn told(mut self, like: Option<(Kill, &[Outcome; 2])>) -> [Outcome; 2] {
        let head = self.fleet.commit("src/a.rs").await;
        self.hold(&[
            (Stage::Claimed, CLAIM.to_owned()),
            (
                Stage::Began,
                "POST /api/orchestration/keepSession".to_owned(),
            ),
            (Stage::Pushed, self.push_of(PUSH)),
            (
                Stage::Moved,
                format!("PATCH /api/sources/{}/cursor", self.fleet.source),
            ),
            (Stage::Finished, format!("POST /api/jobs/{PUSH}/finish")),
        ]);
        assert_eq!(self.fleet.push("gh-1", ZEROS, &head).await, PUSH);
        self.through(PUSH, Stage::Asked, Stage::Answered).await;
        assert_eq!(self.fleet.cursor().await, Some(head));

        self.write().await;
        self.through(INSTRUCTION, Stage::AskedAgain, Stage::AnsweredAgain)
            .await;
        let before = self.outcome().await;
        self.go_back().await;
        let after = self.outcome().await;
        assert_eq!(self.kill, None, "nobody was killed");
        let told = [before, after];
        if let Some((kill, plain)) = like {
            assert_eq!(&told, plain, "{kill:?}\n{}", self.fleet.story().await);
        }

        let mut verify = vec!["events", "verify"];
        verify
            .extend((self.database.iter()).flat_map(|database| ["--database", database.as_str()]));
        done(&jolli(self.fleet.server.home(), &verify));
        self.worker.end().await;
        told
    }

    fn thread(&self, space: usize) -> ThreadId {
        let id = format!("job-{PUSH}-space-{}", self.spaces[space].id);
        id.parse().unwrap()
    }

    fn push_of(&self, job: JobId) -> String {
        format!("POST /api/jobs/{job}/spaces/{}/push", self.spaces[0].id)
    }

    /// Holds the answer at which this story is interrupted, where it is one of these.
    fn hold(&self, answers: &[(Stage, String)]) {
        let stage = self.kill.map(|kill| kill.at);
        if let Some((_, what)) = answers.iter().find(|(at, _)| Some(*at) == stage) {
            *self.held.borrow_mut() = Some(self.way.hold(what));
        }
    }

    /// Kills who is to be killed, and starts it anew. What the server answered last is lost with it.
    async fn strike(&mut self) {
        let held = self.held.take();
        match self.kill.take().expect("somebody is to be killed").who {
            Who::Worker => {
                self.worker.signal(Signal::KILL);
                drop(held);
                self.worker.again().await;
            }
            Who::Server => {
                self.fleet.server.kill();
                if let Some(held) = held {
                    held.lose();
                }
                self.fleet.restart();
                self.way.lead_to(self.fleet.url());
            }
        }
    }

    fn is_at(&self, stage: Stage) -> bool {
        self.kill.is_some_and(|kill| kill.at == stage)
    }

    /// Answers what a job asks until it has ended.
    async fn through(&mut self, job: JobId, asks: Stage, answered: Stage) {
        let dies = self.kill.is_some_and(|kill| kill.who == Who::Worker);
        let idle = [Stage::Finished, Stage::GoesBack, Stage::Back];
        let dies = dies && !idle.into_iter().any(|stage| self.is_at(stage));
        let ended = loop {
            match self.next(job).await {
                Seen::Held => self.strike().await,
                Seen::Asked(_) if self.is_at(asks) => self.strike().await,
                Seen::Asked(questions) => {
                    for (thread, request) in questions {
                        self.answer(&thread, &request).await;
                        if self.is_at(answered) {
                            self.strike().await;
                            break;
                        }
                    }
                }
                Seen::Ended(job) => break job,
            }
        };
        let told = self.fleet.story().await;
        assert_eq!(ended.status, JobStatus::Succeeded, "{told}");
        if dies && self.kill.is_none() {
            // It was at work when it died.
            assert!(ended.attempt >= 2, "{told}");
        }
        // Who died is the only reason for another attempt.
        let events = self.fleet.events().await;
        for again in (events.iter()).filter(|it| it.event_type == "job.retry-scheduled") {
            assert_eq!(again.payload["error"]["code"], "lease-lost", "{told}");
        }
    }

    async fn next(&self, job: JobId) -> Seen {
        let what = format!("what becomes of #{job} ({:?})", self.kill);
        let is_held = || (self.held.borrow().as_ref()).is_some_and(Held::is_there);
        self.fleet
            .until(&what, async |client| {
                if is_held() {
                    return Some(Seen::Held);
                }
                let asked = questions(client).await?;
                if !asked.is_empty() {
                    return Some(Seen::Asked(asked));
                }
                let job = client.job(job).await.ok()?;
                // The answer to its last word may be the one that is held.
                let over = job.status.is_terminal() && !self.is_at(Stage::Finished);
                over.then_some(Seen::Ended(job))
            })
            .await
    }

    async fn answer(&self, thread: &ThreadId, request: &RequestId) {
        let command = Command::ApprovalRespond {
            thread_id: thread.clone(),
            request_id: request.clone(),
            decision: ApprovalDecision::Accept,
            created_at: at(),
        };
        let id = format!("answer-{thread}-{request}");
        let answered = self.fleet.client.dispatch(&id, &command).await;
        // Whoever asked may have died, which makes it stale.
        if let Err(error) = answered {
            assert!(error.to_string().contains("is stale"), "{error}");
        }
    }

    /// A person writes in the thread of the first space.
    async fn write(&mut self) {
        let command = Command::TurnStart {
            thread_id: self.thread(0),
            message: UserMessage {
                message_id: "m1".parse().unwrap(),
                text: "acp: line=Again.\nOnce more, please.".to_owned(),
                attachments: Vec::new(),
            },
            turn_id: None,
            model: None,
            effort: None,
            runtime_mode: None,
            created_at: at(),
        };
        self.hold(&[
            (Stage::PushedAgain, self.push_of(INSTRUCTION)),
            (Stage::Written, CLAIM.to_owned()),
        ]);
        if self.kill.is_some_and(|kill| kill.who == Who::Server) && self.is_at(Stage::Written) {
            self.lost("write", &command).await;
        }
        self.fleet.client.dispatch("write", &command).await.unwrap();
    }

    /// Gives a command, and kills when it is done and nobody has heard that.
    async fn lost(&mut self, id: &str, command: &Command) {
        *self.held.borrow_mut() = Some(self.way.hold(DISPATCH));
        let client = self.fleet.by(self.way.url());
        let (id, command) = (id.to_owned(), command.clone());
        let given = tokio::spawn(async move { client.dispatch(&id, &command).await });
        self.held.borrow().as_ref().unwrap().wait();
        self.strike().await;
        given.await.unwrap().expect_err("the answer was lost");
    }

    /// A person takes the instruction back.
    async fn go_back(&mut self) {
        let command = Command::CheckpointRevert {
            thread_id: self.thread(0),
            turn_count: 1,
            created_at: at(),
        };
        let before = self.outcome().await;
        match self.kill {
            Some(Kill {
                at,
                who: Who::Server,
            }) => {
                if at == Stage::Back {
                    self.lost("back", &command).await;
                    // All of it is there at once, or nothing.
                    let version = self.outcome().await.texts[0].1;
                    assert_eq!(version, before.texts[0].1 + 1);
                } else {
                    self.fleet.server.kill();
                    let away = self.fleet.client.dispatch("back", &command).await;
                    assert!(away.unwrap_err().is_offline());
                    self.strike().await;
                    assert_eq!(self.outcome().await, before);
                }
            }
            Some(_) => self.strike().await,
            None => {}
        }
        let given = self.fleet.client.dispatch("back", &command).await;
        given.unwrap_or_else(|error| panic!("{error}"));
    }

    /// What everybody sees, once everything is at rest.
    async fn outcome(&self) -> Outcome {
        let jobs = self.fleet.quiet().await;
        let told = self.fleet.story().await;
        let mut texts = Vec::new();
        let mut threads = Vec::new();
        for (space, path) in self.spaces.iter().zip(DOCUMENTS) {
            texts.push(self.fleet.text(space, path).await);
        }
        for space in 0..self.spaces.len() {
            let thread = self.read(&self.thread(space)).await;
            for approval in thread.approvals.iter().flatten() {
                let settled = [ApprovalStatus::Resolved, ApprovalStatus::Stale];
                assert!(settled.contains(&approval.status), "{approval:?}\n{told}");
            }
            assert!(!thread.has_pending_approvals, "{told}");
            let turns = thread.turns.unwrap_or_default();
            for turn in &turns {
                let over = [TurnStatus::Completed, TurnStatus::Error];
                assert!(over.contains(&turn.state), "{turn:?}\n{told}");
            }
            let completed = turns.iter().filter(|it| it.state == TurnStatus::Completed);
            let mut diffs = BTreeMap::new();
            for to in 1..=thread.checkpoint_turn_count {
                for from in 0..to {
                    let request = TurnDiffRequest {
                        thread_id: thread.id.clone(),
                        from_turn_count: from,
                        to_turn_count: to,
                    };
                    let diff = self.fleet.client.turn_diff(&request).await.unwrap();
                    diffs.insert((from, to), diff.diff);
                }
            }
            let checkpoints = thread.checkpoints.into_iter().flatten();
            threads.push(Told {
                session: thread.session.map(|session| session.status),
                completed: completed.map(|it| it.checkpoint_turn_count).collect(),
                checkpoints: checkpoints
                    .map(|it| {
                        let files = it.files.into_iter();
                        let files = files.map(|it| (it.path, it.additions, it.deletions));
                        (it.checkpoint_turn_count, it.status, files.collect())
                    })
                    .collect(),
                diffs,
            });
        }
        Outcome {
            texts,
            threads,
            jobs: jobs.iter().map(|job| (job.kind, job.status)).collect(),
        }
    }

    async fn read(&self, id: &ThreadId) -> Thread {
        let request = SnapshotRequest {
            thread_id: Some(id.clone()),
            ..SnapshotRequest::default()
        };
        let model = self.fleet.client.read_model(&request).await.unwrap();
        model.threads.into_iter().next().unwrap()
    }
}

/// What waits for a person, in all threads; none: the server does not answer.
async fn questions(client: &Client) -> Option<Vec<(ThreadId, RequestId)>> {
    let mut asked = Vec::new();
    let mut page = SnapshotRequest::default();
    loop {
        let model = client.read_model(&page).await.ok()?;
        for thread in model.threads {
            let approvals = thread.approvals.into_iter().flatten();
            let pending = approvals.filter(|it: &Approval| it.status == ApprovalStatus::Pending);
            asked.extend(pending.map(|it| (thread.id.clone(), it.request_id)));
        }
        page.after = model.next_thread;
        if page.after.is_none() {
            return Some(asked);
        }
    }
}

/// The same at each try, so that a command that is given once more is the same command.
fn at() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000)
}

/// Tells one, on threads of its own: it waits for processes.
fn tell(like: Option<(Kill, &[Outcome; 2])>) -> [Outcome; 2] {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let story = Story::begin(like.map(|(kill, _)| kill)).await;
        Box::pin(story.told(like)).await
    })
}

/// Scenario 118. Scenario 119. Scenario 123. Scenario 155. Scenario 156. Scenario 157. Ours: nothing is mended at a start, since
/// what dies is a lease, and going back is one write.
#[test]
fn killed_at_any_point_of_it_a_story_ends_as_it_would_have() {
    let plain = tell(None);
    check(&plain);
    let left = Mutex::new(VecDeque::from(kills()));
    let next = || left.lock().unwrap().pop_front();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(kill) = next() {
                    tell(Some((kill, &plain)));
                }
            });
        }
    });
}

/// What a story that nobody interrupts comes to.
fn check([before, after]: &[Outcome; 2]) {
    let jobs = [
        (JobKind::CliImpact, JobStatus::Succeeded),
        (JobKind::AgentTurn, JobStatus::Succeeded),
    ];
    let versions =
        |outcome: &Outcome| -> Vec<i64> { outcome.texts.iter().map(|text| text.1).collect() };
    let ends = |outcome: &Outcome, n: usize, lines: &str| outcome.texts[n].0.ends_with(lines);
    for outcome in [before, after] {
        assert_eq!(outcome.jobs, jobs);
        assert_eq!(outcome.threads[1], before.threads[1]);
        assert!(ends(outcome, 1, "# Text\nEdited.\n"), "{outcome:?}");
    }
    assert_eq!(
        (versions(before), versions(after)),
        (vec![3, 2], vec![4, 2])
    );
    assert!(ends(before, 0, "# Text\nEdited.\nAgain.\n"), "{before:?}");
    assert!(ends(after, 0, "# Text\nEdited.\n"), "{after:?}");
    let (first, second) = (&before.threads[0], &after.threads[0]);
    assert_eq!(first.completed, [Some(1), Some(2)]);
    assert_eq!(first.session, Some(SessionStatus::Ready));
    assert_eq!(first.diffs.len(), 3);
    assert!(first.diffs[&(1, 2)].contains("+Again."), "{first:?}");
    assert_eq!(second.completed, [Some(1)]);
    assert_eq!(second.session, Some(SessionStatus::Idle));
    assert_eq!(second.checkpoints, first.checkpoints[..1]);
    assert_eq!(second.diffs.len(), 1);
    assert_eq!(before.threads[1].completed, [Some(1)]);
}
