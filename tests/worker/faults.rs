//! Repositories that cannot be had, runs that lost their lease.

use jolli::api::{
    ClaimRequest, Code, CursorAdvance, Heartbeat, JobStatus, SpaceReport, SpaceStatus, StepName,
    StepReport, StepStatus,
};
use jolli::client::ClientError;
use jolli::demo::ZEROS;

use super::world::{World, error, steps};

#[tokio::test]
async fn a_repository_that_is_gone_fails_the_run_at_once_and_says_what_to_do() {
    let world = World::new().await;
    world.space("docs", &[]).await;
    let head = world.commit("main", "a").await;
    let id = world.push("main", ZEROS, &head, false).await;
    world.repository.take_away().unwrap();
    world.work().await;
    let job = world.job(id).await;
    assert_eq!((job.status, job.attempt), (JobStatus::Failed, 1));
    let (code, message) = error(&job);
    assert_eq!(code, "git-not-found");
    assert!(message.contains("check the repository's name"), "{message}");
    assert_eq!(steps(&job).last().unwrap(), "resolve failed git-not-found");

    world.repository.put_back().unwrap();
    world.client.retry_job(id).await.unwrap();
    world.work().await;
    assert_eq!(world.cursor().await, Some(head));
}

#[tokio::test]
async fn a_run_that_lost_its_lease_is_refused_everything() {
    let world = World::new().await;
    let space = world.space("docs", &[]).await;
    let head = world.commit("main", "a").await;
    let id = world.push("main", ZEROS, &head, false).await;
    let request = ClaimRequest {
        runner: "old".to_owned(),
        wait_seconds: 0,
        ..ClaimRequest::default()
    };
    let claim = world.runner.claim(&request).await.unwrap().unwrap();
    let run = world.runner.run(id, &claim.run_token);
    let step = StepReport {
        name: StepName::Lease,
        status: StepStatus::Running,
        detail: None,
        base_sha: None,
        base_reason: None,
        commits_behind: None,
        head_sha: None,
    };
    run.step(&step).await.unwrap();
    world.client.cancel_job(id).await.unwrap();

    let beat = run.heartbeat(&Heartbeat::default()).await;
    match beat {
        Ok(reply) => assert!(reply.cancelled),
        Err(error) => assert_eq!(error.code(), Some(Code::StaleWriter)),
    }
    let report = SpaceReport {
        status: SpaceStatus::Unchanged,
        phase: None,
        impacted_docs: Vec::new(),
        updated_docs: Vec::new(),
        error: None,
    };
    let advance = CursorAdvance {
        value: head,
        expected_version: claim.cursor_version,
        epoch: claim.epoch,
        run_token: claim.run_token.clone(),
        job_id: id,
    };
    let refused: [Option<ClientError>; 3] = [
        run.step(&step).await.err(),
        run.space(space.id, &report).await.err(),
        run.advance_cursor(world.source, &advance).await.err(),
    ];
    for error in refused {
        assert_eq!(error.unwrap().code(), Some(Code::StaleWriter));
    }
    assert_eq!(world.job(id).await.status, JobStatus::Cancelled);
    assert_eq!(world.cursor().await, None);
}
