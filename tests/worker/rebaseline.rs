//! History that was rewritten while nobody said so: an operator says where to start again.

use jolli::api::{
    BaseReason, CursorState, Job, JobId, JobStatus, Rebaseline, RebaselineMode, SpaceStatus,
};
use jolli::client::CallOptions;
use jolli::demo::ZEROS;

use super::world::{World, error};

/// One document for each file.
const WATCH: &[(&str, &[(&str, &str)])] = &[
    ("base.md", &[("backend", "base")]),
    ("new.md", &[("backend", "new")]),
    ("old.md", &[("backend", "old")]),
];

/// `main` was at `old` and is at `new` now; both come from `base`. The cursor is at `old`.
struct Rewritten {
    world: World,
    base: String,
    old: String,
    new: String,
}

impl Rewritten {
    async fn new() -> Self {
        let world = World::new().await;
        world.space("docs", WATCH).await;
        world.space("empty", &[]).await;
        let base = world.commit("main", "base").await;
        world.processed(ZEROS, &base).await;
        world.repository.branch("fork", "main").unwrap();
        let old = world.commit("main", "old").await;
        world.processed(&base, &old).await;
        let new = world.commit("fork", "new").await;
        world.repository.branch("main", "fork").unwrap();
        let silent = world.push("main", &old, &new, false).await;
        world.work().await;
        let job = world.job(silent).await;
        assert_eq!(job.status, JobStatus::Failed);
        assert_eq!(error(&job).0, "history-rewritten");
        assert_eq!(world.cursor().await.as_deref(), Some(old.as_str()));
        Self {
            world,
            base,
            old,
            new,
        }
    }

    /// Starts again as the diagnosis offers it.
    async fn again(&self, mode: RebaselineMode) -> Job {
        let world = &self.world;
        let diagnosis = world.client.diagnosis(world.source).await.unwrap();
        assert_eq!(diagnosis.state, CursorState::Rewind);
        let found = &diagnosis.findings[0];
        assert_eq!(found.code, "D-20", "{diagnosis:#?}");
        let offered = found.next_action.iter().chain(&found.other_actions);
        let mut calls = offered.filter_map(|action| action.call.as_ref());
        let call = calls.find(|call| call.body["mode"] == mode.as_str());
        let options = CallOptions::default();
        let queued = world.client.call(call.unwrap(), &options).await.unwrap();
        let id = JobId(queued.body["id"].as_i64().unwrap());
        world.work().await;
        let job = world.job(id).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
        self.is_well_again(id).await;
        job
    }

    async fn is_well_again(&self, id: JobId) {
        let world = &self.world;
        assert_eq!(world.cursor().await.as_deref(), Some(self.new.as_str()));
        let diagnosis = world.client.diagnosis(world.source).await.unwrap();
        assert_eq!(diagnosis.state, CursorState::Ok, "{diagnosis:#?}");
        let log = world.log(id).await;
        let told =
            |line: &String| line.starts_with("re-baselined") && line.contains(&self.old[..7]);
        assert!(log.iter().any(told), "{log:#?}");
        assert!(!world.worker.run_once().await.unwrap());
    }
}

/// The documents that a space was shown.
fn shown(job: &Job, space: usize) -> Vec<&str> {
    let documents = job.spaces[space].impacted_docs.iter();
    let mut paths: Vec<&str> = documents.map(|document| document.path.as_str()).collect();
    paths.sort_unstable();
    paths
}

#[tokio::test]
async fn where_the_histories_part_what_came_since_is_shown() {
    let story = Rewritten::new().await;
    let job = story.again(RebaselineMode::MergeBase).await;
    assert_eq!(job.base_reason, Some(BaseReason::MergeBase));
    assert_eq!(job.base_sha.as_ref(), Some(&story.base));
    assert_eq!(shown(&job, 0), ["new.md"]);
}

#[tokio::test]
async fn at_the_head_nothing_is_shown_and_the_cursor_moves_there() {
    let story = Rewritten::new().await;
    let job = story.again(RebaselineMode::Head).await;
    assert_eq!(job.base_reason, Some(BaseReason::Given));
    for space in &job.spaces {
        assert_eq!(space.status, SpaceStatus::Unchanged);
        assert_eq!(space.impacted_docs, []);
    }
    assert_eq!(job.spaces.len(), 2);
}

#[tokio::test]
async fn over_everything_every_file_that_there_is_counts_as_changed() {
    let story = Rewritten::new().await;
    let job = story.again(RebaselineMode::FullScan).await;
    assert_eq!(job.base_reason, Some(BaseReason::FullScan));
    assert_eq!(job.base_sha, None);
    assert_eq!(shown(&job, 0), ["base.md", "new.md"]);
}

#[tokio::test]
async fn where_the_histories_have_nothing_in_common_everything_is_shown() {
    let world = World::new().await;
    world.space("docs", WATCH).await;
    let first = world.commit("main", "base").await;
    world.processed(ZEROS, &first).await;
    let other = world.rewrite("new").await;
    let request = Rebaseline {
        mode: RebaselineMode::MergeBase,
        reason: None,
    };
    let queued = world.client.rebaseline(world.source, &request).await;
    world.work().await;
    let job = world.job(queued.unwrap().id).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    assert_eq!(job.base_reason, Some(BaseReason::FullScan));
    assert_eq!(world.cursor().await, Some(other));
}
