//! An agent that speaks the Agent Client Protocol: it has one conversation for a space, tells what it does, and asks.

use std::time::Duration;

use jolli::agent::{Acp, Sandboxes};
use jolli::api::orchestration::Thread;
use jolli::api::{
    ActivityOutputRequest, ApprovalDecision, ApprovalStatus, Command, JobId, JobStatus,
    RuntimeMode, SessionStatus, SnapshotRequest, Space, SpacePatch, SpaceStatus, TurnStatus,
};
use jolli::base::{Clock as _, SystemClock};
use jolli::demo::ZEROS;
use jolli::worker::{Conversing, Provider};
use rustix::process::{Pid, Signal, kill_process};

use super::world::World;
use crate::support;

#[path = "../../src/agent/acp/double.rs"]
mod double;

/// Not a test: the agent of the others, which start this program with a script.
#[test]
fn agent() {
    if let Ok(script) = std::env::var(double::SCRIPT) {
        double::run(&script);
    }
}

/// The line for the shell that starts the agent with this script.
pub fn command(script: &str) -> String {
    let program = std::env::current_exe().unwrap();
    format!(
        "{}='{script}' exec '{}' --exact worker::acp::agent --nocapture --test-threads=1",
        double::SCRIPT,
        program.display()
    )
}

pub async fn world(script: &str) -> World {
    patient(script, support::DEADLINE).await
}

/// The same, where a question waits so long for its answer.
pub async fn patient(script: &str, patience: Duration) -> World {
    World::with(Provider::Acp(Conversing {
        agent: Acp::new(&command(script), support::DEADLINE).placed(Sandboxes::scrubbed(&[])),
        patience,
    }))
    .await
}

const WATCH: &[(&str, &[(&str, &str)])] = &[
    ("docs/a.md", &[("backend", "src/**")]),
    ("docs/b.md", &[("backend", "src/**")]),
    ("docs/c.md", &[("backend", "other")]),
];

/// A run, and what happens beside it: whatever never comes ends the test.
pub async fn together(run: impl Future<Output = ()>, beside: impl Future<Output = ()>) {
    let both = async { tokio::join!(run, beside) };
    tokio::time::timeout(support::DEADLINE, both)
        .await
        .expect("both end");
}

pub async fn asks_first(world: &World, space: &Space) {
    let patch = SpacePatch {
        runtime_mode: Some(RuntimeMode::ApprovalRequired),
        ..SpacePatch::default()
    };
    world.client.update_space(space.id, &patch).await.unwrap();
}

pub async fn thread_of(world: &World, job: JobId, space: &Space) -> Option<Thread> {
    let request = SnapshotRequest {
        thread_id: Some(format!("job-{job}-space-{}", space.id).parse().unwrap()),
        ..SnapshotRequest::default()
    };
    let model = world.client.read_model(&request).await.ok()?;
    model.threads.into_iter().next()
}

/// Answers each question of a run until it has asked `times`.
pub async fn answers(
    world: &World,
    job: JobId,
    space: &Space,
    answer: ApprovalDecision,
    times: usize,
) {
    let mut answered = 0;
    while answered < times {
        let thread = thread_of(world, job, space).await;
        let asked = thread.as_ref().and_then(|it| it.approvals.as_ref());
        let waiting = asked
            .into_iter()
            .flatten()
            .find(|it| it.status == ApprovalStatus::Pending);
        let Some(waiting) = waiting else {
            tokio::task::yield_now().await;
            continue;
        };
        let command = Command::ApprovalRespond {
            thread_id: thread.as_ref().unwrap().id.clone(),
            request_id: waiting.request_id.clone(),
            decision: answer,
            created_at: SystemClock.now(),
        };
        let id = format!("answer-{}", waiting.request_id);
        world.client.dispatch(&id, &command).await.unwrap();
        answered += 1;
    }
}

pub fn kinds(thread: &Thread) -> Vec<&str> {
    let activities = thread.activities.iter().flatten();
    activities.map(|it| it.kind.as_str()).collect()
}

pub fn said(thread: &Thread) -> String {
    let messages = thread.messages.iter().flatten();
    messages.map(|it| it.text.as_str()).collect()
}

/// Scenario 126. Scenario 132.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_conversation_edits_the_documents_of_a_space_and_is_told_as_it_goes() {
    let world = world("plan say=3").await;
    let space = world.space("docs", WATCH).await;
    let before = world.text(&space, "docs/a.md").await.0;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let run = world.job(job).await;
    assert_eq!(run.status, JobStatus::Succeeded, "{:?}", run.error);
    assert_eq!(run.spaces[0].status, SpaceStatus::Updated);
    let after = world.text(&space, "docs/a.md").await;
    assert_eq!(after, (format!("{before}Edited.\n"), 2));
    assert_eq!(world.text(&space, "docs/b.md").await.1, 2);
    assert_eq!(world.text(&space, "docs/c.md").await.1, 1);

    let thread = thread_of(&world, job, &space).await.unwrap();
    let session = thread.session.as_ref().unwrap();
    assert_eq!(
        (session.status, session.provider_name.as_deref()),
        (SessionStatus::Ready, Some("acp"))
    );
    assert!(
        said(&thread).contains("word 0 word 1 word 2 "),
        "{}",
        said(&thread)
    );
    let kinds = kinds(&thread);
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "turn.plan.updated")
            .count(),
        1
    );
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "tool.started").count(),
        2
    );
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "tool.completed")
            .count(),
        2
    );
    // Full access: nobody was asked.
    assert!(!kinds.contains(&"approval.requested"));
    assert_eq!(thread.checkpoints.unwrap()[0].files.len(), 2);
}

/// Scenario 152.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_may_do_is_a_persons_to_say() {
    let world = world("ask").await;
    let space = world.space("docs", WATCH).await;
    asks_first(&world, &space).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    let answering = answers(&world, job, &space, ApprovalDecision::Accept, 2);
    Box::pin(together(world.work(), answering)).await;
    let run = world.job(job).await;
    assert_eq!(
        run.spaces[0].status,
        SpaceStatus::Updated,
        "{:?}",
        run.error
    );
    let thread = thread_of(&world, job, &space).await.unwrap();
    for approval in thread.approvals.as_ref().unwrap() {
        assert_eq!(
            (approval.status, approval.decision),
            (ApprovalStatus::Resolved, Some(ApprovalDecision::Accept))
        );
    }
    let asked = thread.activities.as_ref().unwrap();
    let asked = asked
        .iter()
        .find(|it| it.kind == "approval.requested")
        .unwrap();
    assert_eq!(asked.payload["requestKind"], "file-change");
    assert_eq!(asked.payload["diff"][0]["path"], "docs/a.md");
    let log = world.log(job).await;
    assert!(
        log.iter().any(|line| line.starts_with("agent asks: ")),
        "{log:#?}"
    );

    // Declined, it leaves the documents as they are, and that is no failure.
    let next = world.commit("main", "src/b.rs").await;
    let job = world.push("main", &head, &next, false).await;
    let answering = answers(&world, job, &space, ApprovalDecision::Decline, 2);
    Box::pin(together(world.work(), answering)).await;
    let run = world.job(job).await;
    assert_eq!(
        run.spaces[0].status,
        SpaceStatus::Unchanged,
        "{:?}",
        run.error
    );
    assert_eq!(world.text(&space, "docs/a.md").await.1, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cancels_a_question_ends_the_run_for_good() {
    let world = world("ask").await;
    let space = world.space("docs", WATCH).await;
    asks_first(&world, &space).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    let answering = answers(&world, job, &space, ApprovalDecision::Cancel, 1);
    Box::pin(together(world.work(), answering)).await;
    let run = world.job(job).await;
    assert_eq!(run.status, JobStatus::Failed, "not tried again by itself");
    let thread = thread_of(&world, job, &space).await.unwrap();
    assert_eq!(thread.session.unwrap().status, SessionStatus::Interrupted);
    assert_eq!(thread.turns.unwrap()[0].state, TurnStatus::Interrupted);
    assert_eq!(world.cursor().await, None);
}

/// Scenario 127: an interrupt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_stops_a_turn_that_goes_on_and_on() {
    let world = world("hang").await;
    let space = world.space("docs", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    let stopping = async {
        loop {
            let thread = thread_of(&world, job, &space).await;
            let running = thread.filter(|it| {
                let status = it.session.as_ref().map(|session| session.status);
                status == Some(SessionStatus::Running)
            });
            if let Some(thread) = running {
                let command = Command::TurnInterrupt {
                    thread_id: thread.id,
                    turn_id: None,
                    created_at: SystemClock.now(),
                };
                world.client.dispatch("stop", &command).await.unwrap();
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    Box::pin(together(world.work(), stopping)).await;
    assert_eq!(world.job(job).await.status, JobStatus::Failed);
    let thread = thread_of(&world, job, &space).await.unwrap();
    assert_eq!(thread.turns.unwrap()[0].state, TurnStatus::Interrupted);
    assert_eq!(world.text(&space, "docs/a.md").await.1, 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_dies_with_a_question_open_leaves_it_stale() {
    let world = world("pid ask").await;
    let space = world.space("docs", WATCH).await;
    asks_first(&world, &space).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    let dying = async {
        loop {
            let thread = thread_of(&world, job, &space).await;
            if let Some(thread) = thread.filter(|it| it.has_pending_approvals) {
                let said = said(&thread);
                let (_, pid) = said.split_once("pid ").unwrap();
                let pid = pid.split_whitespace().next().unwrap();
                let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
                kill_process(pid, Signal::KILL).unwrap();
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    Box::pin(together(world.work(), dying)).await;
    let run = world.job(job).await;
    assert_eq!(run.status, JobStatus::Retrying);
    let thread = thread_of(&world, job, &space).await.unwrap();
    assert_eq!(thread.turns.as_ref().unwrap()[0].state, TurnStatus::Error);
    for approval in thread.approvals.iter().flatten() {
        assert_eq!(approval.status, ApprovalStatus::Stale);
    }
    assert!(!thread.has_pending_approvals);
}

/// Scenario 137. Scenario 158.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_words_are_a_few_events() {
    let world = world("flood=3000").await;
    let space = world.space("docs", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let thread = thread_of(&world, job, &space).await.unwrap();
    assert!(said(&thread).matches('.').count() >= 3_000);
    let page = world
        .client
        .events(jolli::api::Sequence(0), 5_000)
        .await
        .unwrap();
    let told = page
        .events
        .iter()
        .filter(|event| event.event_type == "thread.message-sent")
        .count();
    assert!(told < 30, "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_of_a_tool_can_be_read_whole() {
    let world = world("output=20").await;
    let space = world.space("docs", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let thread = thread_of(&world, job, &space).await.unwrap();
    let mut activities = thread.activities.iter().flatten();
    let ran = activities
        .find(|it| it.summary == "Run the tests")
        .expect("the tool is told");
    assert_eq!(ran.payload["outputBytes"], 20 << 10);
    assert_eq!(ran.payload["output"].as_str().unwrap().len(), 4 << 10);
    assert_eq!(ran.payload["outputCut"], false);
    let request = ActivityOutputRequest {
        thread_id: thread.id.clone(),
        activity_id: ran.id.clone(),
    };
    let whole = world.client.activity_output(&request).await.unwrap();
    assert_eq!(whole.output, "0123456789abcde\n".repeat(20 << 6));
}
