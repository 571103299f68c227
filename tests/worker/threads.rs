//! What an agent is asked, does and changes stands in the thread of its space.

use jolli::api::orchestration::{FullThreadDiffRequest, Thread, TurnDiffRequest};
use jolli::api::{
    JobId, JobStatus, SessionStatus, SnapshotRequest, SpaceStatus, ThreadId, TurnStatus,
};
use jolli::demo::ZEROS;

use super::world::World;

async fn thread(world: &World, id: &ThreadId) -> Thread {
    let request = SnapshotRequest {
        thread_id: Some(id.clone()),
        ..SnapshotRequest::default()
    };
    let model = world.client.read_model(&request).await.unwrap();
    model.threads.into_iter().next().unwrap()
}

/// The thread of the only space of a run.
async fn thread_of(world: &World, job: JobId) -> Thread {
    let job = world.job(job).await;
    let id = job.spaces[0].thread_id.as_ref().expect("it has a thread");
    thread(world, &id.parse().unwrap()).await
}

fn kinds(thread: &Thread) -> Vec<&str> {
    let activities = thread.activities.iter().flatten();
    activities.map(|it| it.kind.as_str()).collect()
}

#[tokio::test]
async fn a_turn_has_its_request_its_steps_and_the_diff_that_a_pull_delivers() {
    let world = World::with_agent("f() { echo because; echo more >> docs/a.md; }; f").await;
    let watch: &[(&str, &[(&str, &str)])] = &[
        ("docs/a.md", &[("backend", "a")]),
        ("docs/b.md", &[("backend", "b")]),
    ];
    let space = world.space("docs", watch).await;
    let (before, _) = world.text(&space, "docs/a.md").await;
    let head = world.commit("main", "a").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let run = world.job(job).await;
    assert_eq!(run.status, JobStatus::Succeeded);
    assert_eq!(run.spaces[0].status, SpaceStatus::Updated);

    let thread = thread_of(&world, job).await;
    assert_eq!(thread.id.as_str(), format!("job-{job}-space-{}", space.id));
    assert_eq!(thread.project_id.as_str(), format!("space-{}", space.id));
    let session = thread.session.as_ref().unwrap();
    assert_eq!(
        (session.status, session.provider_name.as_deref()),
        (SessionStatus::Ready, Some("command"))
    );
    let turns = thread.turns.as_ref().unwrap();
    assert_eq!(turns.len(), 1);
    assert_eq!(
        (turns[0].state, turns[0].checkpoint_turn_count),
        (TurnStatus::Completed, Some(1))
    );
    let messages = thread.messages.as_ref().unwrap();
    assert!(messages[0].text.contains("docs/a.md"), "{messages:?}");
    assert!(!messages[0].text.contains("docs/b.md"), "{messages:?}");
    assert_eq!(kinds(&thread), ["tool.started", "tool.completed"]);
    assert_eq!(
        (messages[1].text.as_str(), messages[1].streaming),
        ("because\n", false)
    );
    let checkpoint = &thread.checkpoints.as_ref().unwrap()[0];
    assert_eq!(checkpoint.files[0].path, "docs/a.md");
    assert_eq!(
        (checkpoint.files[0].additions, checkpoint.files[0].deletions),
        (1, 0)
    );

    // The diff of the turn makes of what was there what is there now.
    let turn = TurnDiffRequest {
        thread_id: thread.id.clone(),
        from_turn_count: 0,
        to_turn_count: 1,
    };
    let diff = world.client.turn_diff(&turn).await.unwrap().diff;
    let whole = FullThreadDiffRequest {
        thread_id: thread.id.clone(),
        to_turn_count: 1,
    };
    assert_eq!(
        world.client.full_thread_diff(&whole).await.unwrap().diff,
        diff
    );
    let (after, _) = world.text(&space, "docs/a.md").await;
    assert_eq!(applied(&before, &diff), after);
}

/// `git apply`, on one document.
fn applied(before: &str, diff: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("docs")).unwrap();
    std::fs::write(dir.path().join("docs/a.md"), before).unwrap();
    std::fs::write(dir.path().join("patch"), diff).unwrap();
    let done = std::process::Command::new("git")
        .args(["apply", "patch"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}\n{diff}");
    std::fs::read_to_string(dir.path().join("docs/a.md")).unwrap()
}

/// Scenario 142. Scenario 151. Ours: what failed left nothing, so it has no checkpoint.
#[tokio::test]
async fn a_turn_that_fails_says_why_and_the_next_attempt_is_another_turn() {
    let world = World::with_agent("f() { test -e \"$0\" ; exit 3; }; f").await;
    world
        .space("docs", &[("docs/a.md", &[("backend", "a")])])
        .await;
    let head = world.commit("main", "a").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let first = thread_of(&world, job).await;
    let session = first.session.unwrap();
    assert_eq!(session.status, SessionStatus::Error);
    assert!(session.last_error.unwrap().contains("exit status: 3"));
    assert_eq!(first.turns.unwrap()[0].state, TurnStatus::Error);

    world.client.retry_job(job).await.unwrap();
    world.work().await;
    let second = thread_of(&world, job).await;
    let states: Vec<_> = second
        .turns
        .unwrap()
        .iter()
        .map(|turn| turn.state)
        .collect();
    assert_eq!(states, [TurnStatus::Error, TurnStatus::Error]);
    assert_eq!(second.checkpoint_turn_count, 0);
}

#[tokio::test]
async fn a_turn_that_edits_nothing_is_a_turn_all_the_same() {
    let world = World::with_agent("f() { echo never; }; f").await;
    let space = world
        .space("docs", &[("docs/a.md", &[("backend", "a")])])
        .await;
    let head = world.commit("main", "a").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    // The project of a space goes with the space alone.
    let delete = jolli::api::Command::ProjectDelete {
        project_id: format!("space-{}", space.id).parse().unwrap(),
        force: true,
    };
    let refused = world.client.dispatch("delete", &delete).await.unwrap_err();
    assert!(
        refused.to_string().contains("Delete the space"),
        "{refused}"
    );
    // It left the document as it is.
    let thread = thread_of(&world, job).await;
    assert_eq!(thread.turns.unwrap()[0].state, TurnStatus::Completed);
    assert_eq!(thread.session.unwrap().status, SessionStatus::Ready);
    assert_eq!(
        world.job(job).await.spaces[0].status,
        SpaceStatus::Unchanged
    );
    assert_eq!(world.text(&space, "docs/a.md").await.1, 1);
}
