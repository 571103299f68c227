//! Diffs between checkpoints, from what was stored with them.

use jolli::api::{
    CheckpointStatus, Code, Command, FullThreadDiffRequest, SessionStatus, TurnDiffRequest, TurnId,
};
use jolli::domain::event::ChangedFile;
use serde_json::{Value, json};

use super::super::{World, call, refused};
use super::{Running, at, running, session, turn};

fn between(it: &Running, from: i64, to: i64) -> TurnDiffRequest {
    TurnDiffRequest {
        thread_id: it.thread.clone(),
        from_turn_count: from,
        to_turn_count: to,
    }
}

/// What a run sends: the text of every range that ends at the checkpoint.
fn checkpoint(it: &Running, turn: &TurnId, number: i64, texts: &[&str]) -> Value {
    let diffs: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(from, text)| json!({"fromTurnCount": from, "diff": text}))
        .collect();
    json!({"type": "thread.turn.diff.complete", "commandId": format!("checkpoint-{number}"), "threadId": it.thread,
        "turnId": turn, "checkpointTurnCount": number, "checkpointRef": format!("refs/jolli/checkpoints/x/turn/{number}"),
        "status": "ready", "files": [{"path": "a.md", "kind": "modified", "additions": 1, "deletions": 1}],
        "assistantMessageId": null, "diffs": diffs, "completedAt": at(10 * number), "createdAt": at(10 * number)})
}

async fn record(it: &Running, body: Value) {
    let options = jolli::client::CallOptions {
        run_token: Some(jolli::client::AccessToken::new(&it.claim.run_token)),
        ..jolli::client::CallOptions::default()
    };
    it.runner
        .call(
            &call("POST", "/orchestration/dispatchCommand", body),
            &options,
        )
        .await
        .unwrap();
}

/// Ends the turn, and begins the next one.
async fn next_turn(it: &Running, message: &str) -> TurnId {
    let ready = session(&it.thread, SessionStatus::Ready, None);
    it.run
        .dispatch(&format!("ready {message}"), &ready)
        .await
        .unwrap();
    it.run
        .dispatch(
            &format!("turn {message}"),
            &turn(it.thread.as_str(), message),
        )
        .await
        .unwrap();
    let id: TurnId = format!("turn of {message}").parse().unwrap();
    let on = session(&it.thread, SessionStatus::Running, Some(&id));
    it.run
        .dispatch(&format!("on {message}"), &on)
        .await
        .unwrap();
    id
}

async fn diff(it: &Running, from: i64, to: i64) -> String {
    it.world
        .admin
        .turn_diff(&between(it, from, to))
        .await
        .unwrap()
        .diff
}

/// Scenario 107. Scenario 105.
#[tokio::test]
async fn every_range_is_answered_whole_from_what_the_checkpoints_brought() {
    let it = running().await;
    // Larger than any limit that an answer might be cut at.
    let large = format!("--- a/a.md\n+++ b/a.md\n{}", "+ä line\n".repeat(150_000));
    record(&it, checkpoint(&it, &it.turn, 1, &[&large])).await;
    let second = next_turn(&it, "m2").await;
    record(
        &it,
        checkpoint(&it, &second, 2, &["from 0 to 2", "from 1 to 2"]),
    )
    .await;
    assert_eq!(diff(&it, 0, 1).await, large);
    assert_eq!(diff(&it, 1, 2).await, "from 1 to 2");
    let whole = FullThreadDiffRequest {
        thread_id: it.thread.clone(),
        to_turn_count: 2,
    };
    let whole = it.world.admin.full_thread_diff(&whole).await.unwrap();
    assert_eq!(
        (whole.from_turn_count, whole.diff.as_str()),
        (0, "from 0 to 2")
    );
    for same in 0..=2 {
        assert_eq!(diff(&it, same, same).await, "");
    }
    // As a person: reading all of that may have taken longer than the run's lease.
    let thread = it.world.one(&it.thread.to_string()).await;
    let checkpoints = thread.checkpoints.unwrap();
    assert_eq!(checkpoints.len(), 2);
    assert_eq!(checkpoints[1].turn_id, second);
}

/// Scenario 101. Scenario 102. Scenario 103.
#[tokio::test]
async fn a_range_that_there_is_not_is_refused_in_words() {
    let it = running().await;
    let admin = &it.world.admin;
    let mut unknown = between(&it, 0, 1);
    unknown.thread_id = "t9".parse().unwrap();
    let missing = refused(admin.turn_diff(&unknown).await);
    assert_eq!(
        (missing.code, missing.detail.as_str()),
        (Code::NotFound, "Thread 't9' not found.")
    );
    let whole = FullThreadDiffRequest {
        thread_id: "t9".parse().unwrap(),
        to_turn_count: 1,
    };
    let missing = refused(admin.full_thread_diff(&whole).await);
    assert_eq!(missing.detail, "Thread 't9' not found.");
    let backwards = refused(admin.turn_diff(&between(&it, 2, 1)).await);
    assert_eq!(
        (backwards.code, backwards.detail.as_str()),
        (
            Code::Invalid,
            "fromTurnCount must be less than or equal to toTurnCount"
        )
    );
    let early = refused(admin.turn_diff(&between(&it, 0, 1)).await);
    assert_eq!(
        early.detail,
        "Turn diff range exceeds current turn count: requested 1, current 0."
    );
    assert!(early.retryable && early.code == Code::Conflict);
    let negative = refused(admin.turn_diff(&between(&it, -1, 0)).await);
    assert_eq!(negative.errors[0].pointer, "/fromTurnCount");
    let body = json!({"threadId": it.thread, "fromTurnCount": 0, "toTurnCount": 0, "ignoreWhitespace": true});
    let unheard = refused(
        it.world
            .call("POST", "/orchestration/getTurnDiff", body)
            .await,
    );
    assert_eq!(unheard.errors[0].pointer, "/ignoreWhitespace");
}

/// Scenario 55.
#[tokio::test]
async fn a_checkpoint_without_changes_and_one_that_failed_are_told_apart() {
    let it = running().await;
    let complete = |turn: &TurnId, number: i64, status, diffs| Command::TurnDiffComplete {
        thread_id: it.thread.clone(),
        turn_id: turn.clone(),
        checkpoint_turn_count: number,
        checkpoint_ref: format!("refs/jolli/checkpoints/x/turn/{number}"),
        status,
        files: Vec::<ChangedFile>::new(),
        assistant_message_id: None,
        diffs,
        completed_at: at(10),
        created_at: at(10),
    };
    let mut empty = checkpoint(&it, &it.turn, 1, &[""]);
    empty["files"] = json!([]);
    record(&it, empty).await;
    assert_eq!(diff(&it, 0, 1).await, "");
    let checkpoints = it.world.one(it.thread.as_str()).await.checkpoints.unwrap();
    assert!(checkpoints[0].files.is_empty() && checkpoints[0].assistant_message_id.is_none());

    let second = next_turn(&it, "m2").await;
    let failed = complete(&second, 2, CheckpointStatus::Error, Vec::new());
    it.run.dispatch("failed", &failed).await.unwrap();
    let none = refused(it.world.admin.turn_diff(&between(&it, 1, 2)).await);
    assert_eq!(none.code, Code::NotFound);
    assert!(
        none.detail.contains("its checkpoint is error"),
        "{}",
        none.detail
    );
}

/// Scenario 110.
#[tokio::test]
async fn what_a_revert_took_back_has_no_diff_any_more() {
    let it = running().await;
    record(&it, checkpoint(&it, &it.turn, 1, &["from 0 to 1"])).await;
    let ready = session(&it.thread, SessionStatus::Ready, None);
    it.run.dispatch("ready", &ready).await.unwrap();
    assert_eq!(diff(&it, 0, 1).await, "from 0 to 1");
    let revert = Command::CheckpointRevert {
        thread_id: it.thread.clone(),
        turn_count: 0,
        created_at: at(20),
    };
    it.world.admin.dispatch("revert", &revert).await.unwrap();
    assert_eq!(
        it.world.one(it.thread.as_str()).await.revert_turn_count,
        Some(0)
    );
    let done = Command::RevertComplete {
        thread_id: it.thread.clone(),
        turn_count: 0,
        created_at: at(21),
    };
    it.run.dispatch("reverted", &done).await.unwrap();
    let gone = refused(it.world.admin.turn_diff(&between(&it, 0, 1)).await);
    assert_eq!(
        gone.detail,
        "Turn diff range exceeds current turn count: requested 1, current 0."
    );
    let thread = it.world.one(it.thread.as_str()).await;
    assert_eq!(thread.checkpoints, Some(Vec::new()));
}

#[tokio::test]
async fn a_diff_named_by_its_hash_must_be_there() {
    let it = running().await;
    let mut body = checkpoint(&it, &it.turn, 1, &[]);
    body["diffs"] = json!([{"fromTurnCount": 0, "blob": "0".repeat(64)}]);
    let options = jolli::client::CallOptions {
        run_token: Some(jolli::client::AccessToken::new(&it.claim.run_token)),
        ..jolli::client::CallOptions::default()
    };
    let give = call("POST", "/orchestration/dispatchCommand", body);
    let problem = refused(it.runner.call(&give, &options).await);
    assert_eq!(problem.errors[0].pointer, "/diffs/0/blob");
}

/// Whoever may name any text of the org by its hash can read it.
#[tokio::test]
async fn a_diff_named_by_its_hash_is_one_of_the_thread() {
    let it = running().await;
    let said = crate::api::webhooks::push(
        "acme/backend",
        "refs/heads/main",
        crate::api::webhooks::A,
        crate::api::webhooks::B,
    );
    crate::api::webhooks::send(&it.world, "d-1", &said)
        .await
        .unwrap();
    let options = jolli::client::CallOptions {
        run_token: Some(jolli::client::AccessToken::new(&it.claim.run_token)),
        ..jolli::client::CallOptions::default()
    };
    let named = |body: &mut Value, bytes: &[u8]| {
        let hash = jolli::base::sha256_hex(bytes);
        body["diffs"] = json!([{"fromTurnCount": 0, "blob": hash}]);
    };
    let mut body = checkpoint(&it, &it.turn, 1, &[]);
    named(&mut body, &said);
    let give = call("POST", "/orchestration/dispatchCommand", body);
    let problem = refused(it.runner.call(&give, &options).await);
    assert_eq!(problem.errors[0].pointer, "/diffs/0/blob");
    let mut body = checkpoint(&it, &it.turn, 1, &["--- a\n"]);
    body["files"][0]["fileId"] = json!("a");
    body["files"][0]["before"] = json!("ab".repeat(32));
    body["files"][0]["after"] = json!(jolli::base::sha256_hex(&said));
    let give = call("POST", "/orchestration/dispatchCommand", body);
    let problem = refused(it.runner.call(&give, &options).await);
    assert_eq!(problem.errors[0].pointer, "/files");
    // One that the thread has already may be named.
    record(&it, checkpoint(&it, &it.turn, 1, &["--- a\n"])).await;
    let second = next_turn(&it, "m2").await;
    let mut body = checkpoint(&it, &second, 2, &[]);
    body["diffs"] = json!([
        {"fromTurnCount": 0, "blob": jolli::base::sha256_hex(b"--- a\n")},
        {"fromTurnCount": 1, "diff": "--- b\n"},
    ]);
    record(&it, body).await;
    assert_eq!(diff(&it, 0, 2).await, "--- a\n");
}

#[tokio::test]
async fn a_deleted_thread_still_answers() {
    let world = World::with_a_thread().await;
    let delete = Command::ThreadDelete {
        thread_id: "t1".parse().unwrap(),
    };
    world.give("gone", &[delete]).await;
    let request = TurnDiffRequest {
        thread_id: "t1".parse().unwrap(),
        from_turn_count: 0,
        to_turn_count: 0,
    };
    assert_eq!(world.admin.turn_diff(&request).await.unwrap().diff, "");
}

#[tokio::test]
async fn a_thread_shows_its_checkpoints_with_their_files() {
    let it = running().await;
    record(&it, checkpoint(&it, &it.turn, 1, &["from 0 to 1"])).await;
    let thread = it.world.one(it.thread.as_str()).await;
    assert_eq!(
        serde_json::to_value(thread.checkpoints).unwrap(),
        json!([{"turnId": it.turn, "checkpointTurnCount": 1, "checkpointRef": "refs/jolli/checkpoints/x/turn/1",
            "status": "ready", "files": [{"path": "a.md", "kind": "modified", "additions": 1, "deletions": 1}],
            "assistantMessageId": null, "completedAt": at(10)}])
    );
}
