//! The ordinary way, and what is left over when a space fails.

use jolli::api::{BaseReason, JobStatus, NewBinding, SpaceStatus, StepName};
use jolli::demo::ZEROS;

use super::world::{World, detail, error, short, spaces, steps};

#[tokio::test]
async fn a_signed_push_shows_every_space_its_documents_and_moves_the_cursor() {
    let world = World::new().await;
    world
        .space(
            "api",
            &[
                ("docs/auth.md", &[("backend", "src/auth/**")]),
                ("docs/other.md", &[("backend", "src/other.rs")]),
                ("docs/own.md", &[("elsewhere", "src/auth/**")]),
            ],
        )
        .await;
    world.space("internal", &[]).await;
    let first = world.commit("main", "src/a.rs").await;
    world.processed(ZEROS, &first).await;
    let second = world.commit("main", "src/auth/token.rs").await;
    let id = world.push("main", &first, &second, false).await;
    world.work().await;

    let job = world.job(id).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert_eq!(
        steps(&job),
        [
            "lease succeeded epoch 2".to_owned(),
            "stale succeeded newest of chain".to_owned(),
            "resolve succeeded acme-github".to_owned(),
            format!("checkout succeeded {}", short(&second)),
            "spaces succeeded 2/2".to_owned(),
            format!("advance succeeded {} → {}", short(&first), short(&second)),
        ]
    );
    assert_eq!(job.base_sha.as_deref(), Some(first.as_str()));
    assert_eq!(job.base_reason, Some(BaseReason::EventBefore));
    assert_eq!(
        spaces(&job),
        [(SpaceStatus::Unchanged, 1), (SpaceStatus::Unchanged, 0)]
    );
    assert_eq!(job.spaces[0].impacted_docs[0].path, "docs/auth.md");
    assert_eq!(job.spaces[0].updated_docs, []);
    assert_eq!(world.cursor().await, Some(second));
    let log = world.log(id).await;
    for line in [
        "pulled 3 documents, version 1",
        "impact: docs/auth.md by src/auth/token.rs (glob src/auth/**)",
        "docs/auth.md marked for review: src/auth/** → src/auth/token.rs",
    ] {
        assert!(log.iter().any(|l| l == line), "no `{line}` in {log:#?}");
    }
    assert!(!world.worker.run_once().await.unwrap());
    // Nothing of the run stays behind but the mirror.
    let runs = std::fs::read_dir(world.home().join("work/runs")).unwrap();
    assert_eq!(runs.count(), 0);
}

#[tokio::test]
async fn a_failing_space_keeps_the_cursor_and_a_retry_does_only_that_space() {
    let world = World::new().await;
    world
        .source("billing", "github.com/acme/billing", None, None)
        .await;
    let both: &[(&str, &str)] = &[("backend", "src/**"), ("billing", "api/**")];
    world
        .space("good", &[("a.md", &[("backend", "src/**")])])
        .await;
    world.space("bad", &[("b.md", both)]).await;
    world
        .space("last", &[("c.md", &[("backend", "src/**")])])
        .await;
    let head = world.commit("main", "src/a.rs").await;
    let id = world.push("main", ZEROS, &head, false).await;
    world.work().await;

    let job = world.job(id).await;
    assert_eq!(job.status, JobStatus::Retrying);
    assert_eq!(
        spaces(&job),
        [
            (SpaceStatus::Unchanged, 1),
            (SpaceStatus::Failed, 1),
            (SpaceStatus::Unchanged, 1)
        ]
    );
    let why = job.spaces[1].error.clone().unwrap();
    assert!(why.starts_with("b.md needs source billing"), "{why}");
    assert_eq!(job.spaces[1].phase.as_deref(), Some("impact"));
    assert_eq!(error(&job).0, "space-failed");
    assert_eq!(detail(&job, StepName::Spaces), "2/3, 1 failed");
    assert_eq!(world.cursor().await, None);

    // The virtual source appears; it is cloned, and nothing else comes of it (seed 002).
    let billing = world.repository("github.com/acme/billing");
    let commit = jolli::demo::Commit::new(job.created_at, "Begin").write("api/x", "x");
    billing
        .commit("main", jolli::demo::Onto::Head, &[commit])
        .await
        .unwrap();
    let before = (job.spaces[0].finished_at, job.spaces[2].finished_at);
    world.client.retry_job(id).await.unwrap();
    world.work().await;
    let job = world.job(id).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert_eq!(
        (job.spaces[0].finished_at, job.spaces[2].finished_at),
        before
    );
    assert_eq!(job.spaces[1].status, SpaceStatus::Unchanged);
    assert_eq!(world.cursor().await, Some(head));
    assert_eq!(
        world
            .client
            .jobs(&jolli::client::Query::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

#[tokio::test]
async fn a_space_whose_binding_was_turned_off_meanwhile_is_left_out() {
    let world = World::new().await;
    world.space("on", &[]).await;
    let off = world.space("off", &[]).await;
    let head = world.commit("main", "a").await;
    let id = world.push("main", ZEROS, &head, false).await;
    let binding = NewBinding {
        source_id: world.source,
        jrn_pattern: None,
        enabled: Some(false),
    };
    world.client.bind(off.id, &binding).await.unwrap();
    world.work().await;
    let job = world.job(id).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert_eq!(job.spaces[1].status, SpaceStatus::Skipped);
    assert_eq!(world.cursor().await, Some(head));
}

#[tokio::test]
async fn another_branch_is_processed_from_its_merge_base_and_moves_no_cursor() {
    let world = World::new().await;
    let any = world
        .source("any", super::world::BACKEND, None, Some(world.integration))
        .await;
    let space = world
        .space(
            "docs",
            &[
                ("a.md", &[("any", "new.rs")]),
                ("b.md", &[("any", "old.rs")]),
            ],
        )
        .await;
    world.bind(&space, any).await;
    world.client.unbind(space.id, world.source).await.unwrap();
    let main = world.commit("main", "old.rs").await;
    world.repository.branch("feature", "main").unwrap();
    let head = world.commit("feature", "new.rs").await;
    let id = world.push("feature", ZEROS, &head, false).await;
    world.work().await;
    let job = world.job(id).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert_eq!(job.base_reason, Some(BaseReason::MergeBase));
    assert_eq!(job.base_sha, Some(main));
    assert_eq!(job.spaces[0].impacted_docs[0].path, "a.md");
    assert_eq!(
        detail(&job, StepName::Advance),
        "stays at none: another branch"
    );
    assert_eq!(world.client.source(any).await.unwrap().source.cursor, None);
}

/// One event is one job, however many spaces it reaches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_spaces_of_one_source_are_one_run() {
    const SPACES: usize = 1_000;
    let world = World::new().await;
    for n in 0..SPACES {
        // One in a hundred has a document that watches what changes.
        let documents: &[(&str, &[(&str, &str)])] = match n % 100 {
            0 => &[("docs/a.md", &[("backend", "a")])],
            _ => &[],
        };
        world.space(&format!("s{n}"), documents).await;
    }
    let head = world.commit("main", "a").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let job = world.job(job).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    assert_eq!(job.affected_space_ids.len(), SPACES);
    assert_eq!(detail(&job, StepName::Spaces), "1000/1000");
    let shown = spaces(&job);
    assert!(
        shown
            .iter()
            .all(|(status, _)| *status == SpaceStatus::Unchanged)
    );
    let impacted = shown
        .iter()
        .filter(|(_, documents)| *documents == 1)
        .count();
    assert_eq!((shown.len(), impacted), (SPACES, SPACES / 100));
    assert_eq!(world.cursor().await, Some(head));
    assert!(!world.worker.run_once().await.unwrap(), "one job for all");
}
