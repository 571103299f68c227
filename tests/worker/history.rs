//! Events out of order, lost, repeated, and rewritten histories: every commit reaches every space exactly once.

use jolli::api::{BaseReason, CatchUp, CursorState, JobStatus, SpaceStatus, StepName};
use jolli::demo::ZEROS;

use super::world::{World, detail, error, short, spaces, steps};

const WATCH: &[(&str, &[(&str, &str)])] = &[("a.md", &[("backend", "**")])];

#[tokio::test]
async fn seed_000_a_superseded_event_is_skipped_and_its_commits_are_handed_over() {
    let world = World::new().await;
    world.space("docs", WATCH).await;
    let first = world.commit("main", "a").await;
    world.processed(ZEROS, &first).await;
    let second = world.commit("main", "b").await;
    let third = world.commit("main", "c").await;
    let old = world.push("main", &first, &second, false).await;
    let new = world.push("main", &second, &third, false).await;
    world.work().await;
    let job = world.job(old).await;
    assert_eq!(
        (job.status, job.superseded_by),
        (JobStatus::Skipped, Some(new))
    );
    assert_eq!(
        detail(&job, StepName::Stale),
        format!("superseded by #{new}")
    );
    world.work().await;
    let job = world.job(new).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    // From where the skipped one would have started.
    assert_eq!(job.base_sha, Some(first));
    assert_eq!(job.base_reason, Some(BaseReason::Cursor));
    assert_eq!(world.cursor().await, Some(third));
}

#[tokio::test]
async fn a_catch_up_goes_from_the_cursor_to_the_real_head_and_then_finds_nothing_new() {
    let world = World::new().await;
    world.space("docs", WATCH).await;
    let first = world.commit("main", "a").await;
    world.processed(ZEROS, &first).await;
    let head = world.commit("main", "b").await;
    for (impacted, end) in [
        (
            1,
            format!("advance succeeded {} → {}", short(&first), short(&head)),
        ),
        (0, format!("advance skipped already at {}", short(&head))),
    ] {
        let queued = world
            .client
            .catch_up(world.source, &CatchUp::default())
            .await
            .unwrap();
        world.work().await;
        let job = world.job(queued.id).await;
        assert_eq!(job.status, JobStatus::Succeeded);
        assert_eq!(spaces(&job), [(SpaceStatus::Unchanged, impacted)]);
        assert_eq!(steps(&job).last(), Some(&end));
    }
    assert_eq!(world.cursor().await, Some(head));
}

#[tokio::test]
async fn an_event_that_comes_after_its_commits_were_caught_up_with_does_nothing() {
    let world = World::new().await;
    world.space("docs", WATCH).await;
    let first = world.commit("main", "a").await;
    world.processed(ZEROS, &first).await;
    let second = world.commit("main", "b").await;
    let third = world.commit("main", "c").await;
    let catch_up = world
        .client
        .catch_up(world.source, &CatchUp::default())
        .await
        .unwrap();
    world.work().await;
    let late = world.push("main", &first, &second, false).await;
    world.work().await;
    let job = world.job(late).await;
    assert_eq!(
        (job.status, job.superseded_by),
        (JobStatus::Skipped, Some(catch_up.id))
    );
    // What the late one told of is no head that somebody has to work on.
    let page = world.page().await.source;
    assert_eq!(page.cursor.map(|cursor| cursor.value), Some(third.clone()));
    assert_eq!(page.head.map(|head| head.sha), Some(third));
    assert_eq!((page.pending_since, page.state), (None, CursorState::Ok));
}

#[tokio::test]
async fn a_push_that_comes_after_its_successor_leaves_nothing_to_wait_for() {
    let world = World::new().await;
    world.space("docs", WATCH).await;
    let first = world.commit("main", "a").await;
    world.processed(ZEROS, &first).await;
    let second = world.commit("main", "b").await;
    let third = world.commit("main", "c").await;
    let newer = world.push("main", &second, &third, false).await;
    let older = world.push("main", &first, &second, false).await;
    while world.worker.run_once().await.unwrap() {}
    assert_eq!(world.job(newer).await.status, JobStatus::Succeeded);
    assert!(world.job(older).await.status.is_terminal());
    let page = world.page().await.source;
    assert_eq!(page.cursor.map(|cursor| cursor.value), Some(third.clone()));
    assert_eq!(page.head.map(|head| head.sha), Some(third));
    assert_eq!((page.pending_since, page.state), (None, CursorState::Ok));
}

#[tokio::test]
async fn an_event_run_again_shows_what_it_changed_and_leaves_the_cursor() {
    let world = World::new().await;
    world.space("docs", WATCH).await;
    let first = world.commit("main", "a").await;
    world.processed(ZEROS, &first).await;
    let second = world.commit("main", "b").await;
    let id = world.push("main", &first, &second, false).await;
    world.work().await;
    let again = world
        .client
        .rerun_job(id, &jolli::api::Rerun::default())
        .await
        .unwrap();
    world.work().await;
    let job = world.job(again.id).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert_eq!(spaces(&job), [(SpaceStatus::Unchanged, 1)]);
    assert_eq!(job.base_sha, Some(first));
    assert_eq!(
        detail(&job, StepName::Advance),
        format!("stays at {}: an event run again", short(&second))
    );
}

#[tokio::test]
async fn a_rewritten_history_fails_at_once_unless_a_forced_push_said_so() {
    let world = World::new().await;
    world.space("docs", WATCH).await;
    let first = world.commit("main", "a").await;
    world.processed(ZEROS, &first).await;
    let other = world.rewrite("b").await;
    let silent = world.push("main", &first, &other, false).await;
    world.work().await;
    let job = world.job(silent).await;
    assert_eq!((job.status, job.attempt), (JobStatus::Failed, 1));
    let (code, message) = error(&job);
    assert_eq!(code, "history-rewritten");
    assert!(message.contains(&format!("cursor {} is not part", short(&first))));
    assert_eq!(world.cursor().await, Some(first.clone()));

    let last = world.rewrite("c").await;
    let forced = world.push("main", &other, &last, true).await;
    world.work().await;
    let job = world.job(forced).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    // Unrelated histories have no merge base.
    assert_eq!(
        (job.base_sha, job.base_reason),
        (None, Some(BaseReason::FullScan))
    );
    let log = world.log(forced).await;
    assert!(
        log.iter()
            .any(|line| line.contains("a forced push rewrote")),
        "{log:#?}"
    );
    assert_eq!(world.cursor().await, Some(last));
}
