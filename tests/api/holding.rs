//! What operators hold back and start again, and who there is to run it.

use jolli::api::{
    CatchUp, Claim, ClaimRequest, Code, CursorState, Heartbeat, JobKind, JobStatus, OrgId,
    PauseRequest, Queue, Rebaseline, RebaselineMode, Runner,
};
use jolli::client::{CallOptions, Client, Reply};
use serde_json::{Value, json};

use super::{World, call, code, refused};

/// Asks for a job of these kinds, or of those that every runner takes.
async fn taken(runner: &Client, kinds: Option<&[JobKind]>) -> Option<Claim> {
    let request = ClaimRequest {
        runner: "test".into(),
        version: Some("1.2.0".into()),
        kinds: kinds.map(<[JobKind]>::to_vec),
        provider: Some("none".into()),
        ..ClaimRequest::default()
    };
    runner.claim(&request).await.unwrap()
}

/// How a runner that asks for a job is answered.
async fn status_of_a_claim(runner: &Client) -> u16 {
    let claim = call("POST", "/jobs/claim", json!({ "runner": "test" }));
    let answer = runner.call(&claim, &CallOptions::default()).await;
    answer.unwrap().status
}

async fn take_back(world: &World, reply: &Reply) {
    let undo = reply.undo.as_ref().expect("it can be taken back");
    for call in &undo.calls {
        let options = CallOptions::default();
        world.admin.call(call, &options).await.unwrap();
    }
}

async fn queue(world: &World, kind: JobKind) -> Queue {
    let queues = world.admin.queues().await.unwrap();
    queues.into_iter().find(|q| q.kind == kind).unwrap()
}

async fn runner_called(world: &World, name: &str) -> Runner {
    let runners = world.admin.runners().await.unwrap();
    runners.into_iter().find(|r| r.name == name).unwrap()
}

fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

#[tokio::test]
async fn jobs_of_a_paused_source_are_queued_and_wait_until_it_is_resumed() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let runner = world.server.worker(OrgId(1), "test");
    let pause = format!("/sources/{}/pause", source.id);
    let why = because("the branch is broken");
    let paused = world.call("POST", &pause, why.clone()).await.unwrap();
    assert_eq!(paused.body["paused"]["reason"], "the branch is broken");
    assert!(paused.body["paused"]["by"].is_string(), "{paused:?}");
    assert_eq!(paused.etag, Some(format!("\"{}\"", source.version + 1)));

    let whole = CatchUp::default();
    let queued = world.admin.catch_up(source.id, &whole).await.unwrap();
    assert_eq!(status_of_a_claim(&runner).await, 204);
    let problem = refused(world.call("POST", &pause, why).await);
    assert_eq!((problem.code, problem.status), (Code::Conflict, 409));
    let diagnosis = world.admin.diagnosis(source.id).await.unwrap();
    let mut found = diagnosis.findings.iter();
    assert!(found.any(|it| it.code == "D-11"), "{diagnosis:#?}");

    take_back(&world, &paused).await;
    let page = world.admin.source(source.id).await.unwrap();
    assert_eq!(page.source.paused, None);
    let claim = taken(&runner, None).await.expect("nothing holds it back");
    assert_eq!(claim.job.id, queued.id);
    let resumed = world.admin.resume_source(source.id).await;
    assert_eq!(code(resumed), Code::Conflict, "it is not paused");
}

#[tokio::test]
async fn a_run_goes_on_while_its_source_and_its_queue_are_paused() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let runner = world.server.worker(OrgId(1), "test");
    let whole = CatchUp::default();
    world.admin.catch_up(source.id, &whole).await.unwrap();
    let claim = taken(&runner, None).await.unwrap();
    let without = PauseRequest::default();
    world.admin.pause_source(source.id, &without).await.unwrap();
    let paused = world.admin.pause_queue(JobKind::CatchUp, &without).await;
    assert_eq!(paused.unwrap().running, 1);
    let run = runner.run(claim.job.id, &claim.run_token);
    let beat = run.heartbeat(&Heartbeat::default()).await.unwrap();
    assert!(!beat.cancelled);
}

#[tokio::test]
async fn resuming_a_source_can_be_taken_back_with_its_reason() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let path = format!("/sources/{}", source.id);
    let why = because("the branch is broken");
    let pause = format!("{path}/pause");
    world.call("POST", &pause, why).await.unwrap();
    let resume = format!("{path}/resume");
    let resumed = world.call("POST", &resume, Value::Null).await.unwrap();
    assert_eq!(resumed.body["paused"], Value::Null);
    take_back(&world, &resumed).await;
    let page = world.admin.source(source.id).await.unwrap();
    let reason = page.source.paused.unwrap().reason;
    assert_eq!(reason.as_deref(), Some("the branch is broken"));
    assert_eq!(page.source.version, source.version + 3);
    assert_eq!(page.source.state, CursorState::Unknown);
}

#[tokio::test]
async fn a_pause_says_what_it_does_not_understand_and_honours_versions() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let path = format!("/sources/{}/pause", source.id);
    for path in [path.as_str(), "/queues/catch-up/pause"] {
        let problem = refused(world.call("POST", path, json!({ "why": "x" })).await);
        assert_eq!(problem.code, Code::Invalid, "{path}");
        assert_eq!(problem.errors[0].pointer, "/why", "{path}");
    }
    let mut stale = call("POST", &path, Value::Null);
    stale.if_match = Some("\"77\"".into());
    let answer = world.admin.call(&stale, &CallOptions::default()).await;
    assert_eq!(code(answer), Code::Precondition);
    let local = world.source("local-only").await;
    let path = format!("/sources/{}/pause", local.id);
    let answer = world.call("POST", &path, Value::Null).await;
    assert_eq!(code(answer), Code::Conflict, "nothing of it runs anyway");
}

#[tokio::test]
async fn a_paused_queue_holds_its_kind_back_until_it_is_resumed() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let runner = world.server.worker(OrgId(1), "test");
    let whole = CatchUp::default();
    let queued = world.admin.catch_up(source.id, &whole).await.unwrap();
    let pause = "/queues/catch-up/pause";
    let paused = world.call("POST", pause, because("too much")).await;
    let paused = paused.unwrap();
    assert_eq!(paused.body["kind"], "catch-up");
    assert_eq!(paused.body["waiting"], 1);
    assert_eq!(paused.body["paused"]["reason"], "too much");
    assert_eq!(status_of_a_claim(&runner).await, 204);
    let problem = refused(world.call("POST", pause, Value::Null).await);
    assert_eq!((problem.code, problem.status), (Code::Conflict, 409));

    take_back(&world, &paused).await;
    assert_eq!(queue(&world, JobKind::CatchUp).await.paused, None);
    let resumed = world.admin.resume_queue(JobKind::CatchUp).await;
    assert_eq!(code(resumed), Code::Conflict, "it is not paused");
    // Another kind that is held back is another matter.
    let without = PauseRequest::default();
    let other = world.admin.pause_queue(JobKind::CliImpact, &without).await;
    assert!(other.unwrap().paused.is_some());
    let claim = taken(&runner, None).await.expect("nothing holds it back");
    assert_eq!(claim.job.id, queued.id);
    for path in ["/queues/nothing/pause", "/queues/nothing/resume"] {
        let answer = world.call("POST", path, Value::Null).await;
        assert_eq!(code(answer), Code::NotFound, "{path}");
    }
}

#[tokio::test]
async fn resuming_a_queue_can_be_taken_back_with_its_reason() {
    let world = World::new().await;
    let kind = JobKind::AgentTurn;
    let pause = "/queues/agent-turn/pause";
    let why = because("too much");
    world.call("POST", pause, why).await.unwrap();
    let resume = "/queues/agent-turn/resume";
    let resumed = world.call("POST", resume, Value::Null).await.unwrap();
    assert_eq!(resumed.body["paused"], Value::Null);
    take_back(&world, &resumed).await;
    let reason = queue(&world, kind).await.paused.unwrap().reason;
    assert_eq!(reason.as_deref(), Some("too much"));
}

#[tokio::test]
async fn queues_tell_how_much_waits_and_runs_of_every_kind() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let runner = world.server.worker(OrgId(1), "test");
    let kinds: Vec<JobKind> = world
        .admin
        .queues()
        .await
        .unwrap()
        .iter()
        .map(|q| q.kind)
        .collect();
    assert_eq!(kinds, JobKind::ALL);
    let counts = async |kind| {
        let queue = queue(&world, kind).await;
        (queue.waiting, queue.running)
    };
    assert_eq!(counts(JobKind::CatchUp).await, (0, 0));
    let whole = CatchUp::default();
    let queued = world.admin.catch_up(source.id, &whole).await.unwrap();
    assert_eq!(counts(JobKind::CatchUp).await, (1, 0));
    taken(&runner, None).await.unwrap();
    assert_eq!(counts(JobKind::CatchUp).await, (0, 1));
    assert_eq!(counts(JobKind::CliImpact).await, (0, 0));
    world.admin.cancel_job(queued.id).await.unwrap();
    assert_eq!(counts(JobKind::CatchUp).await, (0, 0));
}

#[tokio::test]
async fn a_dry_run_of_holding_back_or_starting_again_writes_nothing() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let head = world.admin.snapshot(None).await.unwrap().snapshot_sequence;
    let dry = CallOptions {
        dry_run: true,
        ..CallOptions::default()
    };
    let path = format!("/sources/{}", source.id);
    let pause = call("POST", &format!("{path}/pause"), because("x"));
    let told = world.admin.call(&pause, &dry).await.unwrap().body;
    assert_eq!(told["before"]["paused"], Value::Null);
    assert_eq!(told["after"]["paused"]["reason"], "x");
    let back = &told["undo"]["calls"][0]["path"];
    assert_eq!(*back, format!("{path}/resume"));

    let pause = call("POST", "/queues/catch-up/pause", because("x"));
    let told = world.admin.call(&pause, &dry).await.unwrap().body;
    let back = &told["undo"]["calls"][0]["path"];
    assert_eq!(*back, "/queues/catch-up/resume");
    let said = told["consequences"].to_string();
    assert!(said.contains("what is queued waits"), "{said}");

    let again = json!({ "mode": "head" });
    let again = call("POST", &format!("{path}/rebaseline"), again);
    let told = world.admin.call(&again, &dry).await.unwrap().body;
    assert_eq!(told["before"], Value::Null);
    assert_eq!(told["after"]["kind"], "catch-up");

    assert_eq!(queue(&world, JobKind::CatchUp).await.paused, None);
    assert_eq!(queue(&world, JobKind::CatchUp).await.waiting, 0);
    let now = world.admin.snapshot(None).await.unwrap();
    assert_eq!(now.snapshot_sequence, head);
}

#[tokio::test]
async fn a_runner_that_asks_for_work_is_there_as_it_says_of_itself() {
    let world = World::new().await;
    let runner = world.server.worker(OrgId(1), "test");
    assert_eq!(world.admin.runners().await.unwrap(), []);
    assert!(taken(&runner, Some(&[JobKind::CatchUp])).await.is_none());
    let there = runner_called(&world, "test").await;
    assert!(there.alive);
    assert_eq!(
        (there.version.as_str(), there.provider.as_str()),
        ("1.2.0", "none")
    );
    assert_eq!(there.kinds, [JobKind::CatchUp]);
    assert!(there.first_seen_at <= there.seen_at);

    // What it says of itself counts at once.
    taken(&runner, None).await;
    let again = runner_called(&world, "test").await;
    assert_eq!(again.kinds, JobKind::ALL);
    assert_eq!(again.first_seen_at, there.first_seen_at);

    // An older one says only how it is called.
    let claim = call("POST", "/jobs/claim", json!({ "runner": "older" }));
    let options = CallOptions::default();
    runner.call(&claim, &options).await.unwrap();
    let older = runner_called(&world, "older").await;
    assert!(older.alive);
    assert_eq!(older.version, "unknown");
    assert_eq!(older.kinds, JobKind::ALL);
    assert_eq!(world.admin.runners().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_runner_gets_only_the_kinds_that_it_takes() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let runner = world.server.worker(OrgId(1), "test");
    let whole = CatchUp::default();
    world.admin.catch_up(source.id, &whole).await.unwrap();
    let others = [JobKind::CliImpact, JobKind::AgentTurn];
    assert!(taken(&runner, Some(&others)).await.is_none());
    assert!(taken(&runner, Some(&[])).await.is_none());
    let claim = taken(&runner, Some(&[JobKind::CatchUp])).await;
    assert_eq!(claim.unwrap().job.kind, JobKind::CatchUp);

    let unknown = json!({ "runner": "test", "kinds": ["nothing"] });
    let unknown = call("POST", "/jobs/claim", unknown);
    let problem = refused(runner.call(&unknown, &CallOptions::default()).await);
    assert_eq!(problem.code, Code::Invalid);
    let pointer = &problem.errors[0].pointer;
    assert!(pointer.starts_with("/kinds"), "{problem:?}");
}

#[tokio::test]
async fn a_run_starts_again_where_it_is_told() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let runner = world.server.worker(OrgId(1), "test");
    let apart = Rebaseline {
        mode: RebaselineMode::MergeBase,
        reason: None,
    };
    let refused = world.admin.rebaseline(source.id, &apart).await;
    assert_eq!(
        code(refused),
        Code::Conflict,
        "nothing parts from no cursor"
    );
    for mode in [RebaselineMode::Head, RebaselineMode::FullScan] {
        let again = Rebaseline {
            mode,
            reason: Some("history was rewritten".into()),
        };
        let job = world.admin.rebaseline(source.id, &again).await.unwrap();
        let stands = (job.kind, job.status);
        assert_eq!(stands, (JobKind::CatchUp, JobStatus::Queued));
        let twice = world.admin.rebaseline(source.id, &again).await;
        assert_eq!(code(twice), Code::Conflict, "one waits already");
        let claim = taken(&runner, None).await.unwrap();
        let got = (claim.job.id, claim.rebaseline);
        assert_eq!(got, (job.id, Some(mode)));
        world.admin.cancel_job(job.id).await.unwrap();
    }
    let whole = CatchUp::default();
    world.admin.catch_up(source.id, &whole).await.unwrap();
    let claim = taken(&runner, None).await.unwrap();
    assert_eq!(claim.rebaseline, None);
}

#[tokio::test]
async fn where_a_run_starts_again_has_to_be_said_in_a_known_word() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let path = format!("/sources/{}/rebaseline", source.id);
    for body in [json!({ "mode": "half" }), json!({ "reason": "x" })] {
        let problem = refused(world.call("POST", &path, body.clone()).await);
        assert_eq!((problem.code, problem.status), (Code::Invalid, 400));
        assert_eq!(problem.errors[0].pointer, "/mode", "{body}");
    }
    let problem = refused(world.call("POST", &path, json!({ "mode": "half" })).await);
    assert!(problem.detail.contains("merge-base"), "{problem:?}");
    assert_eq!(queue(&world, JobKind::CatchUp).await.waiting, 0);
}
