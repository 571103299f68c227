//! Jobs that meet in a thread: attempts, instructions, reverts and answers that were lost (orchestration.md: runs).

use jolli::api::orchestration::{TurnDiffRequest, UserMessage};
use jolli::api::{
    ApprovalDecision, Command, FinishRequest, JobError, JobStatus, PushOp, PushOpKind, PushRequest,
    PushStatus, RuntimeMode, SpacePatch, SpaceStatus, ThreadId,
};
use jolli::base::{Clock as _, SystemClock};
use jolli::demo::ZEROS;

use super::follow_up::{APPENDS, WATCH, go_back, newest, refused, thread, worked, write};
use super::world::{World, error};
use super::{acp, hand};

/// A command that is sent once more gets its answer, whatever came after it: here something that could not go back.
#[tokio::test]
async fn a_revert_whose_answer_was_lost_is_answered_and_done_once() {
    let world = World::with_agent(APPENDS).await;
    let (space, _, id) = worked(&world).await;
    let (first, _) = world.text(&space, "docs/a.md").await;
    let back = Command::CheckpointRevert {
        thread_id: id.clone(),
        turn_count: 0,
        created_at: SystemClock.now(),
    };
    let done = world.client.dispatch("back", &back).await.unwrap();
    let (begin, version) = world.text(&space, "docs/a.md").await;
    assert_eq!(
        (begin.as_str(), version),
        (first.trim_end_matches("first\n"), 3)
    );
    write(&world, &id, "m1", "second").await.unwrap();
    world.work().await;
    let (second, version) = world.text(&space, "docs/a.md").await;
    let theirs = second.replace("second\n", "theirs\n");
    world.write(&space, "docs/a.md", version, &theirs).await;

    let again = world.client.dispatch("back", &back).await.unwrap();
    assert_eq!(again.sequence, done.sequence);
    assert_eq!(world.text(&space, "docs/a.md").await, (theirs, version + 1));
    assert_eq!(thread(&world, &id).await.checkpoint_turn_count, 1);
    // What cannot be is refused once and for all, too.
    let late = Command::CheckpointRevert {
        thread_id: id.clone(),
        turn_count: 0,
        created_at: SystemClock.now(),
    };
    for words in ["docs/a.md", "previously rejected"] {
        let why = refused(world.client.dispatch("late", &late).await.map(drop));
        assert!(why.contains(words), "{why}");
    }
}

/// Between two attempts of an instruction no turn is under way, and the next one is on its way all the same.
#[tokio::test]
async fn what_is_to_be_tried_again_has_its_place_until_the_thread_goes_back() {
    let world = World::with_agent(
        "f() { grep -q '\"instruction\"' \"$1\" && exit 3; echo first >> docs/a.md; }; f",
    )
    .await;
    let (space, _, id) = worked(&world).await;
    write(&world, &id, "m1", "please").await.unwrap();
    world.work().await;
    let job = newest(&world).await;
    assert_eq!(job.status, JobStatus::Retrying);
    let why = refused(write(&world, &id, "m2", "and this").await);
    assert!(why.contains("still retrying"), "{why}");

    // Whoever has claimed it knows the thread as it was.
    world.client.retry_job(job.id).await.unwrap();
    let claim = hand::claimed(&world.runner).await;
    assert_eq!(claim.job.id, job.id);
    let why = refused(write(&world, &id, "m3", "and this").await);
    assert!(why.contains("still running"), "{why}");
    let why = refused(go_back(&world, &id, 0, "early").await);
    assert!(why.contains("about to go on"), "{why}");
    let run = world.runner.run(job.id, &claim.run_token);
    let back = FinishRequest {
        status: JobStatus::Retrying,
        ..hand::succeeded()
    };
    run.finish(&back).await.unwrap();

    go_back(&world, &id, 0, "back").await.unwrap();
    assert_eq!(world.text(&space, "docs/a.md").await.1, 3);
    world.client.retry_job(job.id).await.ok();
    world.work().await;
    let job = world.job(job.id).await;
    assert_eq!(job.status, JobStatus::Skipped, "{job:?}");
    assert!(error(&job).1.contains("went back"), "{job:?}");
    write(&world, &id, "m4", "something else").await.unwrap();
}

/// A run that failed may be tried again, and so may what was written in its thread; both at once would end each other's turns.
#[tokio::test]
async fn a_run_is_not_tried_again_while_an_instruction_waits_in_its_thread() {
    let world = World::with_agent("f() { exit 3; }; f").await;
    let space = world.space("docs", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    let claim = hand::claimed(&world.runner).await;
    let run = world.runner.run(job, &claim.run_token);
    let given_up = FinishRequest {
        status: JobStatus::Failed,
        error: Some(JobError {
            code: "space-failed".to_owned(),
            message: "given up".to_owned(),
        }),
        retryable: false,
        ..hand::succeeded()
    };
    let id: ThreadId = format!("job-{job}-space-{}", space.id).parse().unwrap();
    let at = SystemClock.now();
    let project = format!("space-{}", space.id);
    let opened = [
        Command::ProjectCreate {
            project_id: project.parse().unwrap(),
            title: "Docs".to_owned(),
            workspace_root: project.clone(),
            default_model: None,
            created_at: at,
        },
        Command::ThreadCreate {
            thread_id: id.clone(),
            project_id: project.parse().unwrap(),
            title: "Thread".to_owned(),
            model: "command".to_owned(),
            branch: None,
            worktree_path: None,
            runtime_mode: None,
            created_at: at,
        },
    ];
    for (n, command) in opened.iter().enumerate() {
        run.dispatch(&format!("open-{n}"), command).await.unwrap();
    }
    run.finish(&given_up).await.unwrap();
    write(&world, &id, "m1", "Like this.").await.unwrap();
    let waits = newest(&world).await.id;
    let why = world.client.retry_job(job).await.unwrap_err().to_string();
    assert!(why.contains(&format!("Run #{waits} is queued")), "{why}");
    world.client.cancel_job(waits).await.unwrap();
    world.client.retry_job(job).await.unwrap();
}

/// Its id stays in the log, so no attempt could open it again.
#[tokio::test]
async fn a_run_whose_thread_was_deleted_says_so_at_once_and_its_event_runs_again() {
    let world = World::with_agent("f() { test -e docs/fixed.md || exit 3; }; f").await;
    let space = world.space("docs", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    assert_eq!(world.job(job).await.status, JobStatus::Retrying);
    let id: ThreadId = format!("job-{job}-space-{}", space.id).parse().unwrap();
    let delete = Command::ThreadDelete { thread_id: id };
    world.client.dispatch("delete", &delete).await.unwrap();
    world.client.retry_job(job).await.unwrap();
    world.work().await;
    let run = world.job(job).await;
    assert_eq!(run.status, JobStatus::Failed, "{run:?}");
    assert!(error(&run).1.contains("was deleted"), "{run:?}");
    let again = world
        .client
        .rerun_job(job, &jolli::api::Rerun::default())
        .await
        .unwrap();
    world.work().await;
    let thread_of_it = world.job(again.id).await.spaces[0].thread_id.clone();
    assert_eq!(
        thread_of_it,
        Some(format!("job-{}-space-{}", again.id, space.id))
    );
}

/// What would not reach the agent is not taken.
#[tokio::test]
async fn an_instruction_is_words() {
    let world = World::with_agent(APPENDS).await;
    let (_, run, id) = worked(&world).await;
    let picture = serde_json::json!({ "type": "image", "name": "a.png", "mimeType": "image/png",
        "dataUrl": "data:image/png;base64,iVBORw0KGgo=" });
    let command = Command::TurnStart {
        thread_id: id.clone(),
        message: UserMessage {
            message_id: "m1".parse().unwrap(),
            text: String::new(),
            attachments: vec![picture],
        },
        turn_id: None,
        model: None,
        effort: None,
        runtime_mode: None,
        created_at: SystemClock.now(),
    };
    let why = refused(world.client.dispatch("m1", &command).await.map(drop));
    assert!(why.contains("words alone"), "{why}");
    assert_eq!(newest(&world).await.id, run);
    assert_eq!(thread(&world, &id).await.turns.unwrap().len(), 1);
}

/// The claims of each job are counted from one; what they ask has names of its own all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_was_asked_in_its_run_is_asked_again() {
    let world = acp::world("ask").await;
    let space = world.space("docs", WATCH).await;
    let careful = SpacePatch {
        runtime_mode: Some(RuntimeMode::ApprovalRequired),
        ..SpacePatch::default()
    };
    world.client.update_space(space.id, &careful).await.unwrap();
    let head = world.commit("main", "src/a.rs").await;
    let run = world.push("main", ZEROS, &head, false).await;
    let answering = |decision| acp::answers(&world, run, &space, decision, 1);
    let accept = ApprovalDecision::Accept;
    Box::pin(acp::together(world.work(), answering(accept))).await;
    let id: ThreadId = format!("job-{run}-space-{}", space.id).parse().unwrap();
    write(&world, &id, "m1", "Again.").await.unwrap();
    // An answer of before is none to what is asked now.
    let decline = ApprovalDecision::Decline;
    Box::pin(acp::together(world.work(), answering(decline))).await;
    let job = newest(&world).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    assert_eq!(job.spaces[0].status, SpaceStatus::Unchanged);
    let asked = thread(&world, &id).await.approvals.unwrap();
    let decisions: Vec<_> = asked.iter().map(|it| it.decision).collect();
    assert_eq!(decisions, [Some(accept), Some(decline)]);
}

/// Its turns changed a document, not a path.
#[tokio::test]
async fn a_document_that_was_moved_goes_back_where_it_stands_now() {
    let world = World::with_agent("f() { for d in docs/*.md; do echo more >> $d; done; }; f").await;
    let (space, _, id) = worked(&world).await;
    let (text, version) = world.text(&space, "docs/a.md").await;
    for (file_id, path, base_version, content) in [
        ("docs/a.md", "docs/moved.md", version, text.as_str()),
        // Somebody else takes its place.
        ("another", "docs/a.md", 0, "# Another\n"),
    ] {
        let op = PushOp {
            op: PushOpKind::Upsert,
            file_id: file_id.to_owned(),
            server_path: path.to_owned(),
            base_version,
            content: Some(content.to_owned()),
            content_hash: None,
        };
        let push = PushRequest {
            client_changeset_id: format!("move-{file_id}"),
            target_branch: "main".to_owned(),
            message: None,
            merge_prompt: None,
            ops: vec![op],
        };
        let reply = world.client.push(&space.slug, &push).await.unwrap();
        assert_eq!(reply.results[0].status, PushStatus::Ok, "{reply:?}");
    }
    write(&world, &id, "m1", "Again.").await.unwrap();
    world.work().await;
    let (again, _) = world.text(&space, "docs/moved.md").await;
    assert_eq!(again, format!("{text}more\n"));
    let request = TurnDiffRequest {
        thread_id: id.clone(),
        from_turn_count: 0,
        to_turn_count: 2,
    };
    let whole = world.client.turn_diff(&request).await.unwrap().diff;
    assert!(whole.contains("docs/moved.md"), "{whole}");
    assert!(
        whole.contains("+more\n+more") && !whole.contains("Another"),
        "{whole}"
    );

    go_back(&world, &id, 0, "back").await.unwrap();
    let (begin, _) = world.text(&space, "docs/moved.md").await;
    assert_eq!(format!("{begin}more\n"), text);
    let other = world.text(&space, "docs/a.md").await;
    assert_eq!(other, ("# Another\n".to_owned(), 1));
}
