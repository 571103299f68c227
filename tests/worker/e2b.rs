//! Spaces that want their agents in sandboxes of E2B, and workers that have those or not.

use std::time::Duration;

use jolli::agent::{E2b, Program, Sandboxes};
use jolli::api::{JobStatus, Sandbox, Space, SpacePatch, SpaceStatus};
use jolli::demo::ZEROS;
use jolli::worker::Provider;

use super::world::World;

#[path = "../../src/agent/e2b/double.rs"]
mod double;

use double::{Double, KEY, Manner};

const WATCH: &[(&str, &[(&str, &str)])] = &[("docs/a.md", &[("backend", "src/**")])];
const LINE: &str = "f() { echo edited >> docs/a.md; }; f";

fn program(double: Option<&Double>) -> Provider {
    let e2b = double.map(|double| {
        let e2b = E2b::new(KEY).api(&double.url).sandboxes(&double.url);
        e2b.root(&double.root())
    });
    let there = Sandboxes::scrubbed(&[]).in_e2b(e2b, false);
    Provider::Command(Program::new(LINE, Duration::from_mins(1)).placed(there))
}

async fn wants_e2b(world: &World, space: &Space) {
    let patch = SpacePatch {
        sandbox: Some(Some(Sandbox::E2b)),
        ..SpacePatch::default()
    };
    let space = world.client.update_space(space.id, &patch).await.unwrap();
    assert_eq!(space.sandbox, Some(Sandbox::E2b));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_space_that_wants_it_has_its_agent_there_and_another_has_it_here() {
    let double = Double::start(Manner::default()).await;
    let world = World::with(program(Some(&double))).await;
    let there = world.space("there", WATCH).await;
    let here = world.space("here", WATCH).await;
    wants_e2b(&world, &there).await;
    let before = world.text(&there, "docs/a.md").await.0;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let run = world.job(job).await;
    assert_eq!(run.status, JobStatus::Succeeded, "{:?}", run.error);
    for space in [&there, &here] {
        let after = world.text(space, "docs/a.md").await;
        assert_eq!(after, (format!("{before}edited\n"), 2), "{}", space.slug);
    }
    assert_eq!(double.count("POST", "/sandboxes"), 1);
    double.until(|double| double.killed() == (1, false)).await;
    let made = &double.asked()[0];
    assert_eq!(made.body["metadata"]["jolliSpace"], "there");
    assert_eq!(made.body["metadata"]["jolliJob"], job.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_without_a_key_says_so_and_the_run_is_tried_again() {
    let world = World::with(program(None)).await;
    let space = world.space("there", WATCH).await;
    wants_e2b(&world, &space).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let run = world.job(job).await;
    assert_eq!(run.status, JobStatus::Retrying, "{:?}", run.error);
    assert_eq!(run.spaces[0].status, SpaceStatus::Failed);
    let why = run.spaces[0].error.as_deref().unwrap_or_default();
    assert!(why.contains("JOLLI_E2B_API_KEY"), "{why}");
    assert_eq!(world.text(&space, "docs/a.md").await.1, 1);

    let back = SpacePatch {
        sandbox: Some(None),
        ..SpacePatch::default()
    };
    let space = world.client.update_space(space.id, &back).await.unwrap();
    assert_eq!(space.sandbox, None, "as the worker has it");
}
