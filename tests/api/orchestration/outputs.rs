//! What came of a tool: its beginning in the activity, all of it beside.

use jolli::api::{ActivityOutputRequest, ActivityTone, Code, Command};
use jolli::client::CallOptions;
use jolli::domain::event::Activity;
use serde_json::{Value, json};

use super::super::{call, code};
use super::{Running, at, running};

fn append(it: &Running, id: &str, payload: Value) -> Command {
    Command::ActivityAppend {
        thread_id: it.thread.clone(),
        activity: Activity {
            id: id.parse().unwrap(),
            tone: ActivityTone::Tool,
            kind: "tool.completed".into(),
            summary: "Run the tests".into(),
            payload,
            turn_id: Some(it.turn.clone()),
            sequence: None,
            created_at: at(10),
        },
        created_at: at(10),
    }
}

fn of(it: &Running, id: &str) -> ActivityOutputRequest {
    ActivityOutputRequest {
        thread_id: it.thread.clone(),
        activity_id: id.parse().unwrap(),
    }
}

#[tokio::test]
async fn a_long_output_is_read_whole_and_its_activity_holds_the_beginning() {
    let it = running().await;
    let long = "ä line of output\n".repeat(1_000);
    for (id, payload) in [
        ("long", json!({"output": long})),
        ("short", json!({"output": "ok"})),
        ("none", json!({"title": "Look"})),
    ] {
        let command = append(&it, id, payload);
        it.run.dispatch(id, &command).await.unwrap();
        // A broken connection sends it again.
        it.run.dispatch(id, &command).await.unwrap();
    }
    let admin = &it.world.admin;
    let whole = admin.activity_output(&of(&it, "long")).await.unwrap();
    assert_eq!((whole.activity_id.as_str(), &whole.output), ("long", &long));
    let short = admin.activity_output(&of(&it, "short")).await.unwrap();
    assert_eq!(short.output, "ok");
    let activities = it.world.one(&it.thread.to_string()).await.activities;
    let activities = activities.unwrap();
    let payload = |id: &str| {
        let mut of = activities.iter().filter(|it| it.id.as_str() == id);
        of.next().unwrap().payload.clone()
    };
    let beginning = payload("long")["output"].as_str().unwrap().to_owned();
    assert!(long.starts_with(&beginning));
    assert!(
        (4_000..=4_096).contains(&beginning.len()),
        "{}",
        beginning.len()
    );
    assert_eq!(payload("long")["outputBytes"], long.len());
    assert_eq!(payload("short"), json!({"output": "ok"}));

    for missing in ["none", "unheard-of"] {
        let answer = admin.activity_output(&of(&it, missing)).await;
        assert_eq!(code(answer), Code::NotFound, "{missing}");
    }
    let mut elsewhere = of(&it, "long");
    elsewhere.thread_id = "t9".parse().unwrap();
    assert_eq!(
        code(admin.activity_output(&elsewhere).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_run_reads_its_own_and_nobody_names_the_bytes_of_another() {
    let it = running().await;
    let long = "x".repeat(5_000);
    let command = append(&it, "long", json!({"output": long}));
    it.run.dispatch("long", &command).await.unwrap();
    let options = CallOptions {
        run_token: Some(jolli::client::AccessToken::new(&it.claim.run_token)),
        ..CallOptions::default()
    };
    let read = async |thread: &str| {
        let body = json!({"threadId": thread, "activityId": "long"});
        let ask = call("POST", "/orchestration/getActivityOutput", body);
        it.runner.call(&ask, &options).await
    };
    assert!(read(it.thread.as_str()).await.is_ok());
    assert_eq!(code(read("t1").await), Code::Forbidden);
    for payload in [
        json!({"outputBlob": "ab".repeat(32)}),
        json!({"output": "x".repeat((64 << 10) + 1)}),
    ] {
        let command = append(&it, "other", payload);
        assert_eq!(
            code(it.run.dispatch("other", &command).await),
            Code::Invalid
        );
    }
}
