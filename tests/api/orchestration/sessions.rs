//! What an adapter keeps of its session, over HTTP (orchestration.md: sessions).

use jolli::api::{Code, Command, KeepSession, RuntimeMode, RuntimeStatus, SessionStatus};
use serde_json::{Value, json};

use super::super::{call, code};
use super::{Running, running, session};

fn keep(it: &Running, provider: &str) -> KeepSession {
    KeepSession {
        thread_id: it.thread.clone(),
        provider_name: provider.to_owned(),
        adapter_key: None,
        runtime_mode: None,
        status: None,
        resume_cursor: None,
        runtime_payload: None,
    }
}

/// Scenario 115. Scenario 117. Absent is not null: what is not said stays, what is null goes.
#[tokio::test]
async fn what_is_absent_stays_and_what_is_null_goes() {
    let it = running().await;
    assert_eq!(it.run.session(&it.thread).await.unwrap(), None);
    let begins = KeepSession {
        status: Some(RuntimeStatus::Starting),
        resume_cursor: Some(Some(json!({ "sessionId": "s1" }))),
        runtime_payload: Some(Some(json!({ "cwd": "/w", "model": "m" }))),
        ..keep(&it, "acp")
    };
    it.run.keep_session(&begins).await.unwrap();
    let works = KeepSession {
        status: Some(RuntimeStatus::Running),
        runtime_payload: Some(Some(json!({ "activeTurnId": it.turn }))),
        ..keep(&it, "acp")
    };
    it.run.keep_session(&works).await.unwrap();
    let kept = it.run.session(&it.thread).await.unwrap().unwrap();
    assert_eq!(
        (kept.status, kept.runtime_mode, kept.adapter_key.as_str()),
        (RuntimeStatus::Running, RuntimeMode::FullAccess, "acp")
    );
    assert_eq!(kept.resume_cursor, Some(json!({ "sessionId": "s1" })));
    assert_eq!(
        kept.runtime_payload,
        Some(json!({ "cwd": "/w", "model": "m", "activeTurnId": it.turn }))
    );

    let forgets = KeepSession {
        resume_cursor: Some(None),
        ..keep(&it, "acp")
    };
    it.run.keep_session(&forgets).await.unwrap();
    let kept = it.run.session(&it.thread).await.unwrap().unwrap();
    assert_eq!(kept.resume_cursor, None);
    assert!(kept.runtime_payload.is_some());
    it.run.keep_session(&keep(&it, "other")).await.unwrap();
    let kept = it.run.session(&it.thread).await.unwrap().unwrap();
    assert_eq!(
        (kept.adapter_key.as_str(), kept.runtime_payload),
        ("other", None)
    );
}

/// It may hold what lets an agent be taken up again: nobody but the run of the thread gets it, not even who may read the thread.
#[tokio::test]
async fn only_the_run_of_a_thread_has_its_session() {
    let it = running().await;
    it.run.keep_session(&keep(&it, "acp")).await.unwrap();
    let body = |name: &str| -> (String, Value) {
        let mut body = json!({ "threadId": it.thread });
        if name == "keepSession" {
            body["providerName"] = json!("acp");
        }
        (format!("/orchestration/{name}"), body)
    };
    for name in ["getSession", "keepSession"] {
        let (path, body) = body(name);
        let by_admin = it.world.call("POST", &path, body).await;
        assert_eq!(code(by_admin), Code::Forbidden, "{name}");
    }
    let options = |token: &str| jolli::client::CallOptions {
        run_token: Some(jolli::client::AccessToken::new(token)),
        ..jolli::client::CallOptions::default()
    };
    let (path, asked) = body("getSession");
    let call = call("POST", &path, asked);
    let made_up = it.runner.call(&call, &options("made up")).await;
    assert_eq!(code(made_up), Code::StaleWriter);
    it.world.admin.cancel_job(it.claim.job.id).await.unwrap();
    assert_eq!(
        code(it.run.session(&it.thread).await),
        Code::StaleWriter,
        "a run that is over"
    );
    assert_eq!(
        code(it.run.keep_session(&keep(&it, "acp")).await),
        Code::StaleWriter
    );
}

/// Scenario 133. Scenario 134. Scenario 135. Ours: the session is what its run says, and what ended stays ended.
#[tokio::test]
async fn a_session_is_what_its_run_says_and_keeps_its_turn() {
    let it = running().await;
    let set = async |id: &str, status, turn, error: Option<&str>| {
        let mut command = session(&it.thread, status, turn);
        if let Command::SessionSet { session, .. } = &mut command {
            session.last_error = error.map(str::to_owned);
        }
        it.run.dispatch(id, &command).await.unwrap();
        let now = it.world.one(it.thread.as_str()).await;
        let session = now.session.unwrap();
        let state = now.turns.unwrap()[0].state;
        (
            session.status,
            session.last_error,
            session.active_turn_id,
            state.as_str(),
        )
    };
    let turn = Some(&it.turn);
    // The provider says once more that it has begun.
    let again = set("again", SessionStatus::Running, turn, None).await;
    assert_eq!(again.2, Some(it.turn.clone()));
    assert_eq!(again.3, "running");
    let broke = set("broke", SessionStatus::Error, None, Some("no more credit")).await;
    assert_eq!(
        broke,
        (
            SessionStatus::Error,
            Some("no more credit".to_owned()),
            None,
            "error"
        )
    );
    let ready = set("ready", SessionStatus::Ready, None, None).await;
    assert_eq!(ready, (SessionStatus::Ready, None, None, "error"));
}
