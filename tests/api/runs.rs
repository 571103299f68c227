//! A runner's way through a job, and what it may not do.

use jolli::api::{
    Claim, ClaimRequest, Code, CursorAdvance, CursorState, FinishRequest, Heartbeat, JobStatus,
    LeaseEpoch, LogLevel, NewLogLine, PullRequest, PushOp, PushOpKind, PushRequest, PushStatus,
    Role, SpaceReport, SpaceStatus, StepName, StepReport, StepStatus,
};
use jolli::base::Timestamp;
use jolli::client::{CallOptions, Client, Query, Run};
use serde_json::json;

use super::{World, call, code, refused};

const HEAD: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

async fn claim(runner: &Client) -> Option<Claim> {
    let request = ClaimRequest {
        runner: "test".into(),
        wait_seconds: 0,
        ..ClaimRequest::default()
    };
    runner.claim(&request).await.unwrap()
}

fn space_report(status: SpaceStatus) -> SpaceReport {
    SpaceReport {
        status,
        phase: None,
        impacted_docs: Vec::new(),
        updated_docs: Vec::new(),
        error: None,
    }
}

fn advance(claim: &Claim) -> CursorAdvance {
    CursorAdvance {
        value: HEAD.into(),
        expected_version: claim.cursor_version,
        epoch: claim.epoch,
        run_token: claim.run_token.clone(),
        job_id: claim.job.id,
    }
}

fn finished() -> FinishRequest {
    FinishRequest {
        status: JobStatus::Succeeded,
        error: None,
        superseded_by: None,
        retryable: true,
    }
}

/// A world with one queued job, and its runner.
async fn with_a_job() -> (World, Client, Claim, Run) {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    world
        .admin
        .catch_up(source.id, &jolli::api::CatchUp::default())
        .await
        .unwrap();
    let runner = world.server.worker(jolli::api::OrgId(1), "test");
    let claim = claim(&runner).await.expect("a job waits");
    let run = runner.run(claim.job.id, &claim.run_token);
    (world, runner, claim, run)
}

#[tokio::test]
async fn where_jobs_are_switched_off_they_are_queued_and_nobody_gets_one() {
    let world = World::without_jobs().await;
    let (source, _) = world.watched().await;
    let whole = jolli::api::CatchUp::default();
    let queued = world.admin.catch_up(source.id, &whole).await.unwrap();
    let runner = world.server.worker(jolli::api::OrgId(1), "test");
    assert!(claim(&runner).await.is_none());
    let job = world.admin.job(queued.id).await.unwrap();
    assert_eq!(job.status, JobStatus::Queued);
}

#[tokio::test]
async fn a_run_reports_its_steps_pushes_moves_the_cursor_and_ends() {
    let (world, runner, claimed, run) = with_a_job().await;
    assert_eq!(claimed.repo.as_deref(), Some("github.com/acme/backend"));
    assert_eq!(claimed.integration_name.as_deref(), Some("acme on GitHub"));
    assert!(claimed.moves_cursor);
    assert!(claim(&runner).await.is_none(), "one job, one claim");

    let line = NewLogLine {
        at: Timestamp::from_millis(1_795_270_931_000),
        level: LogLevel::Info,
        step: Some(StepName::Lease),
        space_id: Some(claimed.spaces[0].id),
        message: "hello".into(),
    };
    let beat = run.heartbeat(&Heartbeat { log: vec![line] }).await.unwrap();
    assert!(!beat.cancelled);
    let log = world
        .admin
        .job_log(
            claimed.job.id,
            &Query::new().filter("spaceId", claimed.spaces[0].id),
        )
        .await
        .unwrap();
    assert_eq!(
        (log.items[0].seq, log.items[0].message.as_str()),
        (1, "hello")
    );

    let step = StepReport {
        name: StepName::Checkout,
        status: StepStatus::Running,
        detail: None,
        base_sha: None,
        base_reason: None,
        commits_behind: None,
        head_sha: None,
    };
    run.step(&step).await.unwrap();
    let job = world.admin.job(claimed.job.id).await.unwrap();
    assert_eq!(job.steps.last().unwrap().name, StepName::Checkout);

    let slug = &claimed.spaces[0].slug;
    let push = PushRequest {
        client_changeset_id: "c-1".into(),
        target_branch: "main".into(),
        message: None,
        merge_prompt: None,
        ops: vec![PushOp {
            op: PushOpKind::Upsert,
            file_id: "DOC1".into(),
            server_path: "docs/a.md".into(),
            base_version: 0,
            content: Some("---\njrn: DOC1\nattention:\n  - op: file\n    source: backend\n    path: src/**\n---\nText\n".into()),
            content_hash: None,
        }],
    };
    let pushed = run.push(slug, &push).await.unwrap();
    assert_eq!(pushed.results[0].status, PushStatus::Ok);
    let pulled = run.pull(slug, &PullRequest::default()).await.unwrap();
    assert!(
        pulled.changes[0]
            .content
            .as_deref()
            .unwrap()
            .ends_with("Text\n")
    );

    let early = run
        .advance_cursor(claimed.job.source_id, &advance(&claimed))
        .await;
    assert_eq!(code(early), Code::Conflict, "a space is not done yet");
    run.space(claimed.spaces[0].id, &space_report(SpaceStatus::Updated))
        .await
        .unwrap();
    let source = run
        .advance_cursor(claimed.job.source_id, &advance(&claimed))
        .await
        .unwrap();
    assert_eq!(source.cursor.unwrap().value, HEAD);
    assert_eq!(source.cursor_version, claimed.cursor_version + 1);
    let job = run.finish(&finished()).await.unwrap();
    assert_eq!(job.status, JobStatus::Succeeded);

    let source = world.admin.source(claimed.job.source_id).await.unwrap();
    assert_eq!(source.source.state, CursorState::Ok);
    let bound = world
        .admin
        .space_sources(claimed.spaces[0].id, &Query::new())
        .await
        .unwrap();
    let binding = &bound.items[0].binding;
    assert_eq!(
        (binding.documents, binding.last_outcome),
        (1, Some(SpaceStatus::Updated))
    );
    assert_eq!(binding.watches, ["src/**"]);
}

#[tokio::test]
async fn a_cursor_moves_only_from_the_version_that_was_expected_and_only_by_the_run_that_holds_the_lease()
 {
    let (world, runner, claimed, run) = with_a_job().await;
    let source = claimed.job.source_id;
    run.space(claimed.spaces[0].id, &space_report(SpaceStatus::Unchanged))
        .await
        .unwrap();
    let path = format!("/sources/{source}/cursor");
    let without = call(
        "PATCH",
        &path,
        json!({"value": HEAD, "epoch": 1, "runToken": "x", "jobId": claimed.job.id}),
    );
    let options = CallOptions::default();
    assert_eq!(refused(runner.call(&without, &options).await).status, 428);
    let mut wrong = advance(&claimed);
    wrong.expected_version += 1;
    let problem = refused(run.advance_cursor(source, &wrong).await);
    assert_eq!((problem.code, problem.status), (Code::CursorConflict, 412));
    assert_eq!(
        problem.current.unwrap()["cursorVersion"],
        claimed.cursor_version
    );
    let mut old = advance(&claimed);
    old.epoch = LeaseEpoch(old.epoch.0 + 1);
    assert_eq!(
        code(run.advance_cursor(source, &old).await),
        Code::StaleWriter
    );
    let mut stolen = advance(&claimed);
    stolen.run_token = "somebody else's".into();
    assert_eq!(
        code(run.advance_cursor(source, &stolen).await),
        Code::StaleWriter
    );
    for role in [Role::Viewer, Role::Operator, Role::Admin] {
        let other = world
            .client(role)
            .await
            .run(claimed.job.id, &claimed.run_token);
        assert_eq!(
            code(other.advance_cursor(source, &advance(&claimed)).await),
            Code::Forbidden,
            "{role}"
        );
    }
    run.advance_cursor(source, &advance(&claimed))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_runner_asks_what_is_wrong_with_rules_only_while_a_job_is_in_its_hands() {
    let (world, runner, claimed, _) = with_a_job().await;
    let ask = async |client: &Client, token: &str| {
        let options = jolli::client::CallOptions {
            run_token: Some(jolli::client::AccessToken::new(token)),
            ..jolli::client::CallOptions::default()
        };
        let strict = super::call("POST", "/strict", serde_json::json!({}));
        client.call(&strict, &options).await
    };
    assert_eq!(code(ask(&runner, "x").await), Code::StaleWriter);
    assert_eq!(ask(&runner, &claimed.run_token).await.unwrap().status, 200);
    let viewer = world.client(Role::Viewer).await;
    assert_eq!(ask(&viewer, "x").await.unwrap().status, 200);
    // More mounts than any project has are not compared with anything.
    let mount = serde_json::json!({"sourceId": 1, "path": "a", "state": {"status": "resolved"}});
    let body = serde_json::json!({"local": {"mounts": vec![mount; 1_001], "virtualSources": []}});
    let refused = world.call("POST", "/strict", body).await;
    assert_eq!(super::refused(refused).errors[0].pointer, "/local");
}

#[tokio::test]
async fn a_cancelled_run_is_told_so_and_writes_nothing_more() {
    let (world, _, claimed, run) = with_a_job().await;
    world.admin.cancel_job(claimed.job.id).await.unwrap();
    assert!(
        run.heartbeat(&Heartbeat::default())
            .await
            .unwrap()
            .cancelled
    );
    let report = space_report(SpaceStatus::Updated);
    assert_eq!(
        code(run.space(claimed.spaces[0].id, &report).await),
        Code::StaleWriter
    );
    assert_eq!(code(run.finish(&finished()).await), Code::StaleWriter);
    let push = PushRequest {
        client_changeset_id: "late".into(),
        target_branch: "main".into(),
        message: None,
        merge_prompt: None,
        ops: vec![PushOp {
            op: PushOpKind::Upsert,
            file_id: "a".into(),
            server_path: "a.md".into(),
            base_version: 0,
            content: Some("x".into()),
            content_hash: None,
        }],
    };
    assert_eq!(code(run.push("docs", &push).await), Code::StaleWriter);
}

#[tokio::test]
async fn a_run_touches_only_the_spaces_of_its_job() {
    let (world, runner, _, run) = with_a_job().await;
    world.space("Secret Plans").await;
    let pull = PullRequest::default();
    assert_eq!(code(run.pull("secret-plans", &pull).await), Code::Forbidden);
    assert_eq!(
        code(runner.pull("docs", &pull).await),
        Code::Forbidden,
        "without a run token"
    );
    assert_eq!(code(runner.sources(&Query::new()).await), Code::Forbidden);
}

#[tokio::test]
async fn a_waiting_claim_gets_the_job_that_comes() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let runner = world.server.worker(jolli::api::OrgId(1), "test");
    let waiting = tokio::spawn(async move {
        let request = ClaimRequest {
            runner: "patient".into(),
            wait_seconds: 20,
            ..ClaimRequest::default()
        };
        runner.claim(&request).await.unwrap()
    });
    world
        .admin
        .catch_up(source.id, &jolli::api::CatchUp::default())
        .await
        .unwrap();
    let claim = waiting.await.unwrap().expect("the job");
    assert_eq!(claim.job.source_id, source.id);
}

#[tokio::test]
async fn a_push_tells_conflict_and_bad_hash_apart_and_is_applied_once() {
    let world = World::new().await;
    world.space("Docs").await;
    let op = |base_version, hash: Option<&str>| PushOp {
        op: PushOpKind::Upsert,
        file_id: "a".into(),
        server_path: "a.md".into(),
        base_version,
        content: Some("x".into()),
        content_hash: hash.map(str::to_owned),
    };
    let request = |id: &str, ops| PushRequest {
        client_changeset_id: id.into(),
        target_branch: "main".into(),
        message: None,
        merge_prompt: None,
        ops,
    };
    let first = request("c-1", vec![op(0, None)]);
    let done = world.admin.push("docs", &first).await.unwrap();
    assert_eq!(done.results[0].new_version, Some(1));
    assert_eq!(world.admin.push("docs", &first).await.unwrap(), done);
    let reused = request("c-1", vec![op(5, None)]);
    let problem = refused(world.admin.push("docs", &reused).await);
    assert!(
        problem.detail.contains("CLIENT_CHANGESET_ID_REUSED"),
        "{}",
        problem.detail
    );
    let mixed = request(
        "c-2",
        vec![
            op(0, None),
            op(1, Some("sha256:00")),
            op(1, Some("other:1")),
        ],
    );
    let results = world.admin.push("docs", &mixed).await.unwrap().results;
    let statuses: Vec<PushStatus> = results.iter().map(|r| r.status).collect();
    assert_eq!(
        statuses,
        [PushStatus::Conflict, PushStatus::BadHash, PushStatus::Ok]
    );
    assert_eq!(results[0].server_version, Some(1));
    let escaping = request(
        "c-3",
        vec![PushOp {
            server_path: "../a.md".into(),
            ..op(0, None)
        }],
    );
    assert_eq!(
        refused(world.admin.push("docs", &escaping).await).errors[0].pointer,
        "/ops/0/serverPath"
    );
    assert_eq!(code(world.admin.push("none", &first).await), Code::NotFound);
}

/// Runs the one job that waits to its end, with nothing to do in its spaces.
pub async fn finish_one(world: &World, runner: &Client, head: &str) {
    let claimed = claim(runner).await.expect("a job waits");
    let run = runner.run(claimed.job.id, &claimed.run_token);
    for space in &claimed.spaces {
        run.space(space.id, &space_report(SpaceStatus::Unchanged))
            .await
            .unwrap();
    }
    let advance = CursorAdvance {
        value: head.into(),
        ..advance(&claimed)
    };
    run.advance_cursor(claimed.job.source_id, &advance)
        .await
        .unwrap();
    run.finish(&finished()).await.unwrap();
    let source = world.admin.source(claimed.job.source_id).await.unwrap();
    assert_eq!(source.source.cursor.unwrap().value, head);
}
