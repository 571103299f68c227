//! Sessions of agents between the turns of a thread, and what ends them (orchestration.md: sessions).

use std::time::Duration;

use jolli::api::{
    ApprovalDecision, ApprovalStatus, Code, Command, JobStatus, KeepSession, MessageRole,
    RuntimeStatus, SessionStatus, TurnStatus,
};
use jolli::base::{Clock as _, SystemClock};
use jolli::demo::ZEROS;
use serde_json::json;

use super::acp;
use super::fleet::Fleet;
use super::follow_up::{WATCH, go_back, newest, refused, thread, worked, write};
use super::hand::claimed;
use super::world::World;

/// Scenario 118. Scenario 119.
#[tokio::test]
async fn what_an_adapter_keeps_outlives_the_server() {
    let mut fleet = Fleet::new().await;
    let space = fleet.space("docs", "a.md").await;
    let token = fleet.token("w-1").await;
    let head = fleet.commit("src/a.rs").await;
    let job = fleet.push("gh-1", ZEROS, &head).await;
    let claim = claimed(&fleet.connect(&token)).await;
    let run = fleet.connect(&token).run(job, &claim.run_token);
    let thread_id = format!("job-{job}-space-{}", space.id).parse().unwrap();
    let at = SystemClock.now();
    let opened = [
        Command::ProjectCreate {
            project_id: format!("space-{}", space.id).parse().unwrap(),
            title: "Docs".to_owned(),
            workspace_root: "docs".to_owned(),
            default_model: None,
            created_at: at,
        },
        Command::ThreadCreate {
            thread_id,
            project_id: format!("space-{}", space.id).parse().unwrap(),
            title: "Thread".to_owned(),
            model: "acp".to_owned(),
            branch: None,
            worktree_path: None,
            runtime_mode: None,
            created_at: at,
        },
    ];
    for (n, command) in opened.iter().enumerate() {
        run.dispatch(&format!("open-{n}"), command).await.unwrap();
    }
    let thread_id = format!("job-{job}-space-{}", space.id).parse().unwrap();
    let keep = KeepSession {
        thread_id,
        provider_name: "acp".to_owned(),
        adapter_key: None,
        runtime_mode: None,
        status: Some(RuntimeStatus::Running),
        resume_cursor: Some(Some(json!({ "sessionId": "s1" }))),
        runtime_payload: Some(Some(json!({ "activeTurnId": "t1" }))),
    };
    run.keep_session(&keep).await.unwrap();
    let before = run.session(&keep.thread_id).await.unwrap().unwrap();
    fleet.restart();
    let run = fleet.connect(&token).run(job, &claim.run_token);
    let after = run.session(&keep.thread_id).await.unwrap().unwrap();
    assert_eq!(after, before);
    assert_eq!(after.resume_cursor, Some(json!({ "sessionId": "s1" })));
    assert_eq!(after.status, RuntimeStatus::Running);
}

/// Scenario 120. Scenario 121. Scenario 122. Ours: a provider is not told to go back, it begins anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_rests_with_its_way_back_until_the_thread_goes_back() {
    let world = acp::world("homely").await;
    let (_, run, id) = worked(&world).await;
    let turns = thread(&world, &id).await.turns.unwrap();
    write(&world, &id, "m1", "Again.").await.unwrap();
    let claim = claimed(&world.runner).await;
    let own = world.runner.run(claim.job.id, &claim.run_token);
    let kept = own.session(&id).await.unwrap().unwrap();
    assert_eq!(
        (kept.status, kept.provider_name.as_str()),
        (RuntimeStatus::Stopped, "acp")
    );
    let cursor = kept.resume_cursor.unwrap();
    assert!(cursor["sessionId"].is_string(), "{cursor}");
    assert_eq!(
        kept.runtime_payload.unwrap()["activeTurnId"],
        turns[0].turn_id.as_str()
    );
    // It is of this thread, and of no other.
    let other = format!("job-{run}-space-999").parse().unwrap();
    let why = own.session(&other).await.unwrap_err();
    assert_eq!(why.code(), Some(Code::Forbidden));

    world.client.cancel_job(claim.job.id).await.unwrap();
    go_back(&world, &id, 0, "back").await.unwrap();
    write(&world, &id, "m2", "Once more.").await.unwrap();
    let claim = claimed(&world.runner).await;
    let own = world.runner.run(claim.job.id, &claim.run_token);
    assert_eq!(own.session(&id).await.unwrap(), None);
    let session = thread(&world, &id).await.session.unwrap();
    assert_eq!(session.status, SessionStatus::Idle);
}

/// Scenario 127: the end of a session.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_ends_the_session_ends_its_turn() {
    let world = acp::world("hang").await;
    let space = world.space("docs", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    let stopping = async {
        loop {
            let running = acp::thread_of(&world, job, &space).await.filter(|it| {
                let status = it.session.as_ref().map(|session| session.status);
                status == Some(SessionStatus::Running)
            });
            if let Some(thread) = running {
                let command = Command::SessionStop {
                    thread_id: thread.id,
                    created_at: SystemClock.now(),
                };
                world.client.dispatch("stop", &command).await.unwrap();
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    Box::pin(acp::together(world.work(), stopping)).await;
    assert_eq!(world.job(job).await.status, JobStatus::Failed);
    let thread = acp::thread_of(&world, job, &space).await.unwrap();
    let session = thread.session.unwrap();
    assert_eq!(session.status, SessionStatus::Interrupted);
    assert_eq!(session.active_turn_id, None);
    assert_eq!(session.provider_name.as_deref(), Some("acp"));
    assert_eq!(thread.turns.unwrap()[0].state, TurnStatus::Interrupted);
}

/// Scenario 130.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_nobody_answers_in_time_is_stale_and_never_resolved() {
    let world = acp::patient("ask", Duration::from_millis(1)).await;
    let space = world.space("docs", WATCH).await;
    acp::asks_first(&world, &space).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    let thread = acp::thread_of(&world, job, &space).await.unwrap();
    let asked = &thread.approvals.as_ref().unwrap()[0];
    assert_eq!(
        (asked.status, asked.decision),
        (ApprovalStatus::Stale, None)
    );
    let mut told = thread.activities.iter().flatten();
    let failed = told.find(|it| it.kind == "provider.approval.respond.failed");
    let detail = &failed.expect("it is told").payload["detail"];
    assert_eq!(
        *detail,
        format!("Stale pending approval request: {}", asked.request_id)
    );
    assert!(!acp::kinds(&thread).contains(&"approval.resolved"));
    let late = Command::ApprovalRespond {
        thread_id: thread.id.clone(),
        request_id: asked.request_id.clone(),
        decision: ApprovalDecision::Accept,
        created_at: SystemClock.now(),
    };
    let why = refused(world.client.dispatch("late", &late).await.map(drop));
    assert!(why.contains("is stale"), "{why}");
}

/// Scenario 136. Scenario 138. Scenario 140.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_before_a_question_stands_there_when_it_is_asked() {
    let world = acp::world("ask say=3").await;
    let space = world.space("docs", WATCH).await;
    acp::asks_first(&world, &space).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    let answering = async {
        let thread = loop {
            let thread = acp::thread_of(&world, job, &space).await;
            match thread.filter(|it| it.has_pending_approvals) {
                Some(thread) => break thread,
                None => tokio::task::yield_now().await,
            }
        };
        let said: Vec<_> = (thread.messages.iter().flatten())
            .filter(|it| it.role == MessageRole::Assistant)
            .map(|it| (it.text.as_str(), it.streaming))
            .collect();
        assert_eq!(
            said,
            [("with the report word 0 word 1 word 2 ", false)],
            "{thread:?}"
        );
        acp::answers(&world, job, &space, ApprovalDecision::Accept, 1).await;
    };
    Box::pin(acp::together(world.work(), answering)).await;
    let thread = acp::thread_of(&world, job, &space).await.unwrap();
    let said: Vec<_> = (thread.messages.iter().flatten())
        .filter(|it| it.role == MessageRole::Assistant)
        .map(|it| it.text.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "with the report word 0 word 1 word 2 ",
            "answer allow_once "
        ]
    );
}

/// Scenario 153. Scenario 154.
#[tokio::test]
async fn threads_go_on_side_by_side_and_each_by_one_worker() {
    let world = World::with_agent("f() { for d in docs/*.md; do echo more >> $d; done; }; f").await;
    let first = world.space("first", WATCH).await;
    let second = world.space("second", WATCH).await;
    let head = world.commit("main", "src/a.rs").await;
    let job = world.push("main", ZEROS, &head, false).await;
    world.work().await;
    assert_eq!(world.job(job).await.status, JobStatus::Succeeded);
    let mut written = Vec::new();
    for (space, message) in [(&first, "m1"), (&second, "m2")] {
        let id = format!("job-{job}-space-{}", space.id).parse().unwrap();
        write(&world, &id, message, "Again.").await.unwrap();
        written.push(newest(&world).await.id);
        let why = refused(write(&world, &id, &format!("{message}-b"), "And again.").await);
        assert!(why.contains("under way"), "{why}");
    }
    let claims = [claimed(&world.runner).await, claimed(&world.runner).await];
    assert_eq!(claims.map(|claim| claim.job.id).as_slice(), written);
    // Nothing is left for another one.
    assert!(!world.worker.run_once().await.unwrap());
}

/// Scenario 150. Ours: no session is needed to go back, and no space is a reason not to.
#[tokio::test]
async fn a_thread_without_a_session_goes_back_and_one_without_its_space_does_not() {
    let agent = "f() { echo more >> docs/a.md; }; f";
    let world = World::with_agent(agent).await;
    let (space, _, id) = worked(&world).await;
    go_back(&world, &id, 0, "back").await.unwrap();
    assert_eq!(world.text(&space, "docs/a.md").await.1, 3);

    let world = World::with_agent(agent).await;
    let (space, _, id) = worked(&world).await;
    world.client.delete_space(space.id).await.unwrap();
    let why = refused(go_back(&world, &id, 0, "back").await);
    assert!(
        why.contains("was deleted") || why.contains("is deleted"),
        "{why}"
    );
    let why = refused(write(&world, &id, "m1", "Again.").await);
    assert!(
        why.contains("was deleted") || why.contains("is deleted"),
        "{why}"
    );
    assert_eq!(thread(&world, &id).await.checkpoint_turn_count, 1);
}
