//! Remotes that move, lose branches and come back while no webhook tells of it: the server looks for itself.

use std::time::Duration;

use futures_util::StreamExt as _;
use jolli::api::{
    BaseReason, DiagnosisFinding, Job, JobKind, JobStatus, SourceId, SourcePage, SourcePatch,
    SpaceStatus,
};
use jolli::base::Timestamp;
use jolli::client::Query;
use jolli::demo::{Commit, Onto, Place, Repository};

use super::world::{BACKEND, World, spaces};
use crate::support::DEADLINE;

/// About how often a remote is looked at; a tenth of it until what is not certain is looked at once more.
const OFTEN: Duration = Duration::from_secs(1);
/// What is waited for is looked at whenever something changes, and this often besides: a look that finds nothing new is no
/// event.
const PACE: Duration = Duration::from_millis(200);

const FRONTEND: &str = "github.com/acme/frontend";

/// Waits until the server's state answers the question.
async fn until<T>(world: &World, what: &str, answer: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            let now = world.client.snapshot(None).await.unwrap();
            let mut changes = world.client.follow_rows(now.snapshot_sequence);
            loop {
                if let Some(found) = answer().await {
                    return found;
                }
                match tokio::time::timeout(PACE, changes.next()).await {
                    Ok(Some(Ok(_))) | Err(_) => {}
                    Ok(_) => break,
                }
            }
        }
    };
    let found = tokio::time::timeout(DEADLINE, looking).await;
    found.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

async fn page(world: &World, source: SourceId) -> SourcePage {
    world.client.source(source).await.unwrap()
}

async fn head(world: &World, source: SourceId) -> Option<String> {
    page(world, source).await.source.head.map(|head| head.sha)
}

/// Waits until a source is known to be at this head.
async fn seen(world: &World, source: SourceId, sha: &str) {
    until(world, &format!("a look that finds {sha}"), async || {
        let found = head(world, source).await?;
        (found == sha).then_some(())
    })
    .await;
}

/// Waits until a source was looked at once more.
async fn looked_at_again(world: &World) {
    let before = page(world, world.source).await.looked_at;
    until(world, "another look", async || {
        let now = page(world, world.source).await.looked_at;
        (now > before).then_some(())
    })
    .await;
}

async fn finding(world: &World, code: &str) -> Option<DiagnosisFinding> {
    let diagnosis = world.client.diagnosis(world.source).await.unwrap();
    diagnosis.findings.into_iter().find(|it| it.code == code)
}

async fn jobs(world: &World) -> Vec<Job> {
    world.client.jobs(&Query::default()).await.unwrap().items
}

/// The catch-up that a look queued.
async fn caught_up(world: &World) -> Job {
    let job = until(world, "a catch-up", async || jobs(world).await.pop()).await;
    assert_eq!(job.kind, JobKind::CatchUp);
    job
}

async fn enable(world: &World, enabled: bool) {
    let patch = SourcePatch {
        enabled: Some(enabled),
        ..SourcePatch::default()
    };
    let changed = world.client.update_source(world.source, &patch).await;
    assert_eq!(changed.unwrap().enabled, enabled);
}

async fn commit(repository: &Repository, file: &str) -> String {
    let at = Timestamp::from_millis(1_795_000_000_000);
    let commit = Commit::new(at, format!("Change {file}")).write(file, file);
    repository
        .commit("main", Onto::Head, &[commit])
        .await
        .unwrap()
}

#[tokio::test]
async fn the_head_at_which_a_source_is_linked_is_where_it_starts_and_nothing_runs() {
    let world = World::looking(OFTEN).await;
    world.space("docs", &[("a.md", &[("backend", "**")])]).await;
    let begin = world.repository.head("main").unwrap().unwrap();
    seen(&world, world.source, &begin).await;
    for _ in 0..2 {
        looked_at_again(&world).await;
    }
    let page = page(&world, world.source).await.source;
    assert_eq!((page.cursor, page.pending_since), (None, None));
    assert_eq!(jobs(&world).await, []);
    let diagnosis = world.client.diagnosis(world.source).await.unwrap();
    assert_eq!(diagnosis.findings, []);
    assert_eq!(diagnosis.not_evaluated, [""; 0]);
}

#[tokio::test]
async fn a_commit_that_no_webhook_told_of_is_found_and_only_it_is_shown() {
    let world = World::looking(OFTEN).await;
    world
        .space(
            "docs",
            &[
                ("begin.md", &[("backend", "begin")]),
                ("late.md", &[("backend", "late")]),
            ],
        )
        .await;
    let begin = world.repository.head("main").unwrap().unwrap();
    seen(&world, world.source, &begin).await;
    let late = world.commit("main", "late").await;
    let queued = caught_up(&world).await;
    assert!(finding(&world, "D-06").await.is_some());
    assert!(
        page(&world, world.source)
            .await
            .source
            .pending_since
            .is_some()
    );

    world.work().await;
    let job = world.job(queued.id).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    assert_eq!(job.base_sha, Some(begin));
    assert_eq!(job.base_reason, Some(BaseReason::Baseline));
    assert_eq!(spaces(&job), [(SpaceStatus::Unchanged, 1)]);
    assert_eq!(job.spaces[0].impacted_docs[0].path, "late.md");
    assert_eq!(world.cursor().await.as_ref(), Some(&late));
    assert_eq!(page(&world, world.source).await.source.pending_since, None);
    let found = finding(&world, "D-06").await.expect("nobody mended it yet");
    assert!(found.evidence[0].text.contains(BACKEND), "{found:?}");

    // Somebody mends the webhook.
    let next = world.commit("main", "next").await;
    world.push("main", &late, &next, false).await;
    while world.worker.run_once().await.unwrap() {}
    assert_eq!(world.cursor().await, Some(next));
    assert_eq!(finding(&world, "D-06").await, None);
}

#[tokio::test]
async fn a_branch_that_is_deleted_is_missed_until_it_is_there_again() {
    let world = World::looking(OFTEN).await;
    let begin = world.repository.head("main").unwrap().unwrap();
    seen(&world, world.source, &begin).await;
    world.repository.branch("kept", "main").unwrap();
    let repository = Place::at(world.home()).git().join(format!("{BACKEND}.git"));
    std::fs::remove_file(repository.join("refs/heads/main")).unwrap();
    let found = until(&world, "D-21", async || finding(&world, "D-21").await).await;
    let said = &found.evidence[0].text;
    assert!(said.contains("main is none of them"), "{found:?}");
    assert_eq!(head(&world, world.source).await, Some(begin));

    world.repository.branch("main", "kept").unwrap();
    until(&world, "the end of D-21", async || {
        finding(&world, "D-21").await.is_none().then_some(())
    })
    .await;
    assert_eq!(jobs(&world).await, []);
}

#[tokio::test]
async fn a_repository_that_cannot_be_had_is_said_to_be_so() {
    let world = World::looking(OFTEN).await;
    let begin = world.repository.head("main").unwrap().unwrap();
    seen(&world, world.source, &begin).await;
    world.repository.take_away().unwrap();
    until(&world, "D-03 or D-23", async || {
        let refused = finding(&world, "D-03").await;
        refused.or(finding(&world, "D-23").await)
    })
    .await;
    world.repository.put_back().unwrap();
    until(&world, "the end of it", async || {
        let refused = finding(&world, "D-03").await;
        let gone = refused.or(finding(&world, "D-23").await);
        gone.is_none().then_some(())
    })
    .await;
    assert_eq!(head(&world, world.source).await, Some(begin));
}

#[tokio::test]
async fn nothing_looks_at_a_source_that_is_off_until_it_is_on_again() {
    let world = World::looking(OFTEN).await;
    world.space("docs", &[("a.md", &[("backend", "**")])]).await;
    let begin = world.repository.head("main").unwrap().unwrap();
    seen(&world, world.source, &begin).await;
    enable(&world, false).await;
    let looked_at = page(&world, world.source).await.looked_at;

    // Beside a source that is looked at meanwhile, again and again.
    let other = world.repository(FRONTEND);
    let first = commit(&other, "begin").await;
    let integration = Some(world.integration);
    let front = world
        .source("frontend", FRONTEND, Some("main"), integration)
        .await;
    seen(&world, front, &first).await;
    let late = world.commit("main", "late").await;
    for file in ["a", "b"] {
        let sha = commit(&other, file).await;
        seen(&world, front, &sha).await;
    }
    assert!(page(&world, world.source).await.looked_at <= looked_at);
    assert_eq!(head(&world, world.source).await, Some(begin));
    assert_eq!(jobs(&world).await, []);

    enable(&world, true).await;
    let queued = caught_up(&world).await;
    assert_eq!(queued.source_id, world.source);
    assert_eq!(head(&world, world.source).await, Some(late));
}
