//! Threads go on after their runs: an operator writes in one, and a job does it; one goes back, and its documents with it.

use jolli::api::orchestration::{Thread, TurnDiffRequest, UserMessage};
use jolli::api::{
    Command, GetCheckpoint, JobId, JobKind, JobStatus, RuntimeMode, SnapshotRequest, Space,
    SpaceStatus, StepName, ThreadId, TurnStatus,
};
use jolli::base::{Clock as _, SystemClock};
use jolli::client::ClientError;
use jolli::demo::ZEROS;

use super::acp;
use super::world::{World, detail, error};

pub const WATCH: &[(&str, &[(&str, &str)])] = &[
    ("docs/a.md", &[("backend", "src/**")]),
    ("docs/b.md", &[("backend", "other")]),
];

/// A program that appends what it is told, else `first`.
pub const APPENDS: &str = r#"f() { for d in docs/*.md; do sed -n 's/^    "text": "\(.*\)",$/\1/p' "$1" | grep . >> $d || echo first >> $d; done; }; f"#;

pub async fn thread(world: &World, id: &ThreadId) -> Thread {
    let request = SnapshotRequest {
        thread_id: Some(id.clone()),
        ..SnapshotRequest::default()
    };
    let model = world.client.read_model(&request).await.unwrap();
    model.threads.into_iter().next().unwrap()
}

/// A run that edited, and its thread.
pub async fn worked(world: &World) -> (Space, JobId, ThreadId) {
    let space = world.space("docs", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let run = world.job(job).await;
    assert_eq!(run.spaces[0].status, SpaceStatus::Updated, "{run:?}");
    let id = run.spaces[0].thread_id.as_ref().unwrap().parse().unwrap();
    (space, job, id)
}

pub async fn write(
    world: &World,
    thread: &ThreadId,
    id: &str,
    text: &str,
) -> Result<(), ClientError> {
    let command = Command::TurnStart {
        thread_id: thread.clone(),
        message: UserMessage {
            message_id: id.parse().unwrap(),
            text: text.to_owned(),
            attachments: Vec::new(),
        },
        turn_id: None,
        model: None,
        effort: None,
        runtime_mode: None,
        created_at: SystemClock.now(),
    };
    world.client.dispatch(id, &command).await.map(drop)
}

pub async fn go_back(
    world: &World,
    thread: &ThreadId,
    to: i64,
    id: &str,
) -> Result<(), ClientError> {
    let command = Command::CheckpointRevert {
        thread_id: thread.clone(),
        turn_count: to,
        created_at: SystemClock.now(),
    };
    world.client.dispatch(id, &command).await.map(drop)
}

/// The newest job.
pub async fn newest(world: &World) -> jolli::api::Job {
    let jobs = world
        .client
        .jobs(&jolli::client::Query::new())
        .await
        .unwrap();
    jobs.items.into_iter().max_by_key(|job| job.id).unwrap()
}

async fn diff(world: &World, thread: &ThreadId, from: i64, to: i64) -> String {
    let request = TurnDiffRequest {
        thread_id: thread.clone(),
        from_turn_count: from,
        to_turn_count: to,
    };
    world.client.turn_diff(&request).await.unwrap().diff
}

pub fn refused(done: Result<(), ClientError>) -> String {
    done.expect_err("it is refused").to_string()
}

/// Scenario 144. Ours: a checkpoint holds the texts of its documents, and its ref is a name.
#[tokio::test]
async fn what_is_written_in_a_thread_is_done_and_every_range_can_be_read() {
    let world = World::with_agent(APPENDS).await;
    let (space, run, id) = worked(&world).await;
    let cursor = world.cursor().await;
    let (first, _) = world.text(&space, "docs/a.md").await;
    assert!(first.ends_with("first\n"), "{first}");

    write(&world, &id, "m1", "second").await.unwrap();
    let queued = newest(&world).await;
    assert_eq!(
        (queued.kind, queued.status),
        (JobKind::AgentTurn, JobStatus::Queued)
    );
    assert_eq!(queued.agent_turn.as_ref().unwrap().thread_id, id);
    assert_eq!(queued.spaces[0].thread_id.as_deref(), Some(id.as_str()));
    assert_eq!(queued.head_sha, world.job(run).await.head_sha);
    let waits = thread(&world, &id).await.turns.unwrap();
    assert_eq!(waits[1].state, TurnStatus::Pending);
    world.work().await;

    let job = world.job(queued.id).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    assert_eq!(job.spaces[0].status, SpaceStatus::Updated);
    assert!(
        detail(&job, StepName::Advance).contains("instruction"),
        "{job:?}"
    );
    assert_eq!(world.cursor().await, cursor);
    let (second, version) = world.text(&space, "docs/a.md").await;
    assert_eq!(
        (second.as_str(), version),
        (format!("{first}second\n").as_str(), 3)
    );
    assert_eq!(
        world.text(&space, "docs/b.md").await.1,
        1,
        "it is none of the thread's"
    );

    let thread = thread(&world, &id).await;
    let turns = thread.turns.unwrap();
    let states: Vec<_> = turns
        .iter()
        .map(|it| (it.state, it.checkpoint_turn_count))
        .collect();
    assert_eq!(
        states,
        [
            (TurnStatus::Completed, Some(1)),
            (TurnStatus::Completed, Some(2))
        ]
    );
    let own = diff(&world, &id, 1, 2).await;
    assert!(own.contains("+second") && !own.contains("+first"), "{own}");
    let whole = diff(&world, &id, 0, 2).await;
    assert!(whole.contains("+first\n+second"), "{whole}");
    for (n, text) in [(1, &first), (2, &second)] {
        let request = GetCheckpoint {
            thread_id: id.clone(),
            turn_count: n,
        };
        let held = world.client.checkpoint(&request).await.unwrap().documents;
        assert_eq!(held.len(), 1);
        assert_eq!(&held[0].text, text);
    }
}

/// Scenario 148. Scenario 149. Ours: one write, and the provider begins anew instead of being told to go back.
#[tokio::test]
async fn a_thread_goes_back_with_its_documents_and_with_what_others_changed_since() {
    let world = World::with_agent(APPENDS).await;
    let (space, _, id) = worked(&world).await;
    let (first, _) = world.text(&space, "docs/a.md").await;
    write(&world, &id, "m1", "second").await.unwrap();
    world.work().await;
    // Somebody else, elsewhere in the document and in another one.
    let (second, version) = world.text(&space, "docs/a.md").await;
    let theirs = |text: &str| text.replace("attention:\n", "title: Theirs\nattention:\n");
    world
        .write(&space, "docs/a.md", version, &theirs(&second))
        .await;
    world.write(&space, "docs/b.md", 1, "theirs\n").await;

    go_back(&world, &id, 1, "back-1").await.unwrap();
    let (text, version) = world.text(&space, "docs/a.md").await;
    assert_eq!((text, version), (theirs(&first), 5));
    assert_eq!(world.text(&space, "docs/b.md").await.0, "theirs\n");
    let now = thread(&world, &id).await;
    assert_eq!(
        (now.checkpoint_turn_count, now.revert_turn_count),
        (1, None)
    );
    assert_eq!(now.turns.unwrap().len(), 1);
    let told = now.activities.unwrap();
    let told = told
        .iter()
        .find(|it| it.kind == "checkpoint.reverted")
        .unwrap();
    assert_eq!(told.payload["documents"][0]["how"], "merged");
    let gone = TurnDiffRequest {
        thread_id: id.clone(),
        from_turn_count: 1,
        to_turn_count: 2,
    };
    assert!(world.client.turn_diff(&gone).await.is_err());
    // It goes on from there, under new numbers of checkpoints, and back to its very beginning.
    write(&world, &id, "m2", "third").await.unwrap();
    world.work().await;
    let (text, _) = world.text(&space, "docs/a.md").await;
    assert_eq!(text, theirs(&first) + "third\n");
    assert!(diff(&world, &id, 1, 2).await.contains("+third"));
    go_back(&world, &id, 0, "back-0").await.unwrap();
    let (text, _) = world.text(&space, "docs/a.md").await;
    assert_eq!(text, theirs(first.strip_suffix("first\n").unwrap()));
    let now = thread(&world, &id).await;
    assert_eq!(
        (now.checkpoint_turn_count, now.turns.unwrap().len()),
        (0, 0)
    );
}

#[tokio::test]
async fn where_others_changed_the_same_lines_nothing_goes_back() {
    let world = World::with_agent(APPENDS).await;
    let (space, _, id) = worked(&world).await;
    let (first, version) = world.text(&space, "docs/a.md").await;
    let theirs = first.replace("first\n", "theirs\n");
    world.write(&space, "docs/a.md", version, &theirs).await;
    let why = refused(go_back(&world, &id, 0, "back").await);
    assert!(why.contains("docs/a.md"), "{why}");
    assert_eq!(world.text(&space, "docs/a.md").await.0, theirs);
    let now = thread(&world, &id).await;
    assert_eq!(
        (now.checkpoint_turn_count, now.revert_turn_count),
        (1, None)
    );

    // What was deleted since stays deleted.
    let gone = World::with_agent(APPENDS).await;
    let (space, _, id) = worked(&gone).await;
    let delete = jolli::api::PushRequest {
        client_changeset_id: "delete".to_owned(),
        target_branch: "main".to_owned(),
        message: None,
        merge_prompt: None,
        ops: vec![jolli::api::PushOp {
            op: jolli::api::PushOpKind::Delete,
            file_id: "docs/a.md".to_owned(),
            server_path: "docs/a.md".to_owned(),
            base_version: 2,
            content: None,
            content_hash: None,
        }],
    };
    gone.client.push(&space.slug, &delete).await.unwrap();
    go_back(&gone, &id, 0, "back").await.unwrap();
    let told = thread(&gone, &id).await.activities.unwrap();
    let told = told
        .iter()
        .find(|it| it.kind == "checkpoint.reverted")
        .unwrap();
    assert_eq!(told.payload["documents"][0]["how"], "gone");
}

#[tokio::test]
async fn nothing_is_written_where_nobody_could_do_it() {
    let world = World::with_agent("f() { exit 3; }; f").await;
    let space = world.space("docs", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let id: ThreadId = format!("job-{job}-space-{}", space.id).parse().unwrap();
    let why = refused(write(&world, &id, "m1", "on").await);
    assert!(why.contains("still retrying"), "{why}");
    assert_eq!(newest(&world).await.id, job);
    world.client.cancel_job(job).await.unwrap();
    write(&world, &id, "m2", "on").await.unwrap();
    let why = refused(write(&world, &id, "m3", "and on").await);
    assert!(why.contains("under way"), "{why}");

    // A job that is cancelled takes the turn that waited for it along.
    let waiting = newest(&world).await.id;
    world.client.cancel_job(waiting).await.unwrap();
    let turns = thread(&world, &id).await.turns.unwrap();
    assert_eq!(turns.last().unwrap().state, TurnStatus::Error);
    world.client.unlink_source(world.source).await.unwrap();
    let why = refused(write(&world, &id, "m4", "on").await);
    assert!(why.contains("virtual"), "{why}");
}

#[tokio::test]
async fn an_attempt_that_fails_is_a_turn_and_the_next_one_has_the_same_words() {
    let world = World::with_agent(
        "f() { grep -q '\"instruction\"' \"$1\" && exit 3; echo first >> docs/a.md; }; f",
    )
    .await;
    let (_, _, id) = worked(&world).await;
    write(&world, &id, "m1", "please").await.unwrap();
    world.work().await;
    let job = newest(&world).await;
    assert_eq!(job.status, JobStatus::Retrying);
    world.client.retry_job(job.id).await.unwrap();
    world.work().await;
    let job = world.job(job.id).await;
    assert_eq!(job.status, JobStatus::Retrying, "{job:?}");
    let now = thread(&world, &id).await;
    let states: Vec<_> = now.turns.unwrap().iter().map(|it| it.state).collect();
    assert_eq!(
        states,
        [TurnStatus::Completed, TurnStatus::Error, TurnStatus::Error]
    );
    let asked = now.messages.unwrap();
    let asked = asked.iter().filter(|it| it.text == "please");
    assert_eq!(asked.count(), 2);
}

#[tokio::test]
async fn an_instruction_that_is_taken_back_before_anybody_began_is_not_done() {
    let world = World::with_agent(APPENDS).await;
    let (space, _, id) = worked(&world).await;
    write(&world, &id, "m1", "second").await.unwrap();
    let interrupt = Command::TurnInterrupt {
        thread_id: id.clone(),
        turn_id: None,
        created_at: SystemClock.now(),
    };
    world.client.dispatch("stop", &interrupt).await.unwrap();
    world.work().await;
    let job = newest(&world).await;
    assert_eq!(job.status, JobStatus::Skipped, "{job:?}");
    assert!(error(&job).1.contains("taken back"), "{job:?}");
    assert_eq!(world.text(&space, "docs/a.md").await.1, 2);
    // The thread is free for the next one.
    write(&world, &id, "m2", "second").await.unwrap();
}

/// Scenario 122. Scenario 131. Ours: whoever has no session of it is told what was said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_finds_its_session_again_and_another_machine_is_told_what_was_said() {
    let world = acp::world("homely echo say=2").await;
    let (space, _, id) = worked(&world).await;
    write(&world, &id, "m1", "acp: line=Again.\nMind the rest.")
        .await
        .unwrap();
    world.work().await;
    let (text, _) = world.text(&space, "docs/a.md").await;
    assert!(text.ends_with("Edited.\nAgain.\n"), "{text}");
    let heard = acp::said(&thread(&world, &id).await);
    let second = heard.rsplit("heard: ").next().unwrap();
    assert!(second.contains("Mind the rest."), "{second}");
    assert!(!heard.contains("You take over"), "it remembers: {heard}");

    // The machine is gone, and what the agent remembered with it.
    std::fs::remove_dir_all(world.home().join("work/agents")).unwrap();
    write(&world, &id, "m2", "And once more.").await.unwrap();
    world.work().await;
    let messages = thread(&world, &id).await.messages.unwrap();
    let third = &messages.last().unwrap().text;
    assert!(
        third.contains("You take over") && third.contains("Mind the rest."),
        "{third}"
    );
    assert!(third.contains("And once more."), "{third}");
}

/// Scenario 128. Scenario 129. Ours: a mode counts from the next turn, and nothing is started anew for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_agent_may_do_is_set_for_the_turns_to_come() {
    let world = acp::world("ask").await;
    let (space, run, id) = worked(&world).await;
    let careful = Command::RuntimeModeSet {
        thread_id: id.clone(),
        runtime_mode: RuntimeMode::ApprovalRequired,
        created_at: SystemClock.now(),
    };
    world.client.dispatch("careful", &careful).await.unwrap();
    // Two, so that the questions of both are told apart.
    for message in ["m1", "m2"] {
        write(&world, &id, message, "Again.").await.unwrap();
        let answering = acp::answers(&world, run, &space, jolli::api::ApprovalDecision::Accept, 1);
        Box::pin(acp::together(world.work(), answering)).await;
    }
    let now = thread(&world, &id).await;
    assert_eq!(now.approvals.unwrap().len(), 2);
    assert_eq!(now.checkpoint_turn_count, 3);
    // After a revert nothing is remembered.
    go_back(&world, &id, 1, "back").await.unwrap();
    let session = thread(&world, &id).await.session.unwrap();
    assert_eq!(session.status, jolli::api::SessionStatus::Idle);
}

#[tokio::test]
async fn a_worker_without_an_agent_leaves_instructions_to_others() {
    let world = World::with_agent(APPENDS).await;
    let (_, _, id) = worked(&world).await;
    write(&world, &id, "m1", "second").await.unwrap();
    let config = jolli::worker::WorkerConfig::new("w-2", world.home().join("w-2"));
    let without = jolli::worker::Worker::new(world.runner.clone(), config);
    assert!(!without.run_once().await.unwrap());
    assert_eq!(newest(&world).await.status, JobStatus::Queued);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_runs_an_event_again_says_what_its_agents_may_do() {
    let world = acp::world("ask line=Again.").await;
    let (space, run, _) = worked(&world).await;
    let careful = jolli::api::Rerun {
        runtime_mode: Some(RuntimeMode::ApprovalRequired),
    };
    let again = world.client.rerun_job(run, &careful).await.unwrap();
    assert_eq!(again.runtime_mode, careful.runtime_mode);
    let answering = acp::answers(
        &world,
        again.id,
        &space,
        jolli::api::ApprovalDecision::Accept,
        1,
    );
    Box::pin(acp::together(world.work(), answering)).await;
    let id = world.job(again.id).await.spaces[0].thread_id.clone();
    let now = thread(&world, &id.unwrap().parse().unwrap()).await;
    assert_eq!(now.runtime_mode, RuntimeMode::ApprovalRequired);
    // The space itself is as it was, and so is the next catch-up unless it says otherwise.
    let reply = world.client.space(space.id).await.unwrap();
    assert_eq!(reply.runtime_mode, RuntimeMode::FullAccess);
}
