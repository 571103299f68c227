//! Projects and threads through the store: whole lives, and one outcome for each command.

use std::sync::Arc;

use serde_json::{Value, json};

use super::commands::ALL;
use super::everywhere;
use super::rules::{self, ORG, accepted, fails, make_source, make_space, rule};
use crate::domain::code::Code;
use crate::domain::event::{Event, NewEvent, Payload, Stream};
use crate::domain::id::{JobId, Sequence, SourceId, SpaceId};
use crate::domain::orchestration::KeepSession;
use crate::domain::orchestration::testing::*;
use crate::domain::row::{CheckpointRow, DiffBlobRow, Key, SessionRuntimeRow, Table, ThreadRow};
use crate::domain::view::{Decider, Decision, Find, Need};
use crate::store::{Accepted, EventFilter, Outcome, Scope, Store, StoredOutcome, Submit};

/// How many events stand before those of a test.
const BEFORE: i64 = 4;

/// A command with its id; its hash is what it says.
pub fn given(id: &str, kind: &'static str, fields: Value) -> Submit {
    let hash = format!("{kind} {fields}");
    let dispatch = by_its_giver(command(at(0), kind, fields));
    let mut submit = rules::command(id, rule(kind, move |view| dispatch.decide(view)));
    submit.request_hash = hash;
    submit
}

pub async fn accept(store: &dyn Store, id: &str, kind: &'static str, fields: Value) -> Accepted {
    match store.execute(given(id, kind, fields)).await {
        Ok(Outcome::Accepted(accepted)) => accepted,
        other => panic!("{id} {kind} was not accepted: {other:?}"),
    }
}

/// A source, a space, and run #1 that works on it: what every run command asks for.
pub async fn claimed(store: &dyn Store) {
    accepted(store, "source", make_source("api")).await;
    accepted(store, "space", make_space("docs")).await;
    let queued = rules::queue(SourceId(1), "head", &[SpaceId(1)]);
    accepted(store, "queue", queued).await;
    accepted(store, "claim", rules::claim(JobId(1), SourceId(1), at(60))).await;
}

/// With the project and the thread.
pub async fn with_thread(store: &dyn Store) {
    claimed(store).await;
    accept(
        store,
        "project",
        "project.create",
        project(PROJECT, "/docs"),
    )
    .await;
    accept(store, "thread", "thread.create", thread(THREAD, PROJECT)).await;
}

async fn events(store: &dyn Store, after: i64) -> Vec<Event> {
    let filter = EventFilter::default();
    store
        .events(&filter, Sequence(after), ALL)
        .await
        .unwrap()
        .events
}

async fn row<R: crate::domain::row::Record + Clone>(store: &dyn Store, key: Key) -> Option<R> {
    let (view, _) = store
        .read(Scope::Org(ORG), vec![Need::Row(key.clone())])
        .await
        .unwrap();
    view.row::<R>(key).unwrap().cloned()
}

async fn clean(store: &dyn Store) {
    assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
}

/// Scenario 38, 59, 148.
#[test]
fn a_threads_whole_life_is_what_the_log_says_at_every_step() {
    everywhere(|store| async move {
        let store = &*store;
        with_thread(store).await;
        for number in 1..=3 {
            let turn = format!("{THREAD}-turn-{number}");
            let ask = json!({ "requestId": format!("r{number}"), "requestKind": "command" });
            let answer = json!({ "requestId": format!("r{number}"), "decision": "accept" });
            let message = format!("a{number}");
            let steps = [
                ("thread.turn.start", start(&format!("u{number}"))),
                (
                    "thread.session.set",
                    json!({ "session": session(at(1), "running", Some(&turn)) }),
                ),
                (
                    "thread.message.assistant.delta",
                    json!({ "messageId": message, "delta": "Do", "turnId": turn }),
                ),
                (
                    "thread.message.assistant.delta",
                    json!({ "messageId": message, "delta": "ne", "turnId": turn }),
                ),
                (
                    "thread.message.assistant.complete",
                    json!({ "messageId": message, "turnId": turn }),
                ),
                (
                    "thread.activity.append",
                    json!({ "activity": activity(at(2), &format!("q{number}"), "approval.requested", Some(&turn), ask.clone()) }),
                ),
                ("thread.approval.respond", answer),
                (
                    "thread.activity.append",
                    json!({ "activity": activity(at(3), &format!("k{number}"), "approval.resolved", Some(&turn), ask) }),
                ),
                (
                    "thread.session.set",
                    json!({ "session": session(at(4), "ready", None) }),
                ),
                (
                    "thread.turn.diff.complete",
                    checkpoint(at(5), &turn, number),
                ),
            ];
            for (step, (kind, fields)) in steps.into_iter().enumerate() {
                accept(store, &format!("turn {number} step {step}"), kind, fields).await;
            }
            clean(store).await;
        }
        let keep = rule("keep", |view| {
            KeepSession {
                thread_id: thread_id(),
                provider_name: "codex".to_owned(),
                adapter_key: None,
                runtime_mode: None,
                status: None,
                resume_cursor: Some(Some(json!({ "at": [1, null] }))),
                runtime_payload: None,
                run: fence(),
            }
            .decide(view)
        });
        accepted(store, "keep", keep).await;
        let kept: SessionRuntimeRow = row(store, Key::ProviderSessionRuntime(thread_id()))
            .await
            .unwrap();
        assert_eq!(kept.resume_cursor, Some(json!({ "at": [1, null] })));
        let blobs = async || {
            let find = Find::all(Table::CheckpointDiffBlobs).is("thread_id", THREAD);
            let (view, _) = store
                .read(Scope::Org(ORG), vec![Need::Find(find.clone())])
                .await
                .unwrap();
            let rows: Vec<&DiffBlobRow> = view.find(find).unwrap();
            rows.iter()
                .map(|b| (b.from_turn_count, b.to_turn_count))
                .collect::<Vec<_>>()
        };
        assert_eq!(blobs().await.len(), 6);
        accept(
            store,
            "revert",
            "thread.checkpoint.revert",
            json!({ "turnCount": 1 }),
        )
        .await;
        accept(
            store,
            "reverted",
            "thread.revert.complete",
            json!({ "turnCount": 1 }),
        )
        .await;
        assert_eq!(blobs().await, [(0, 1)]);
        clean(store).await;
        for gone in [2, 3] {
            let key = Key::ProjectionCheckpoints(thread_id(), gone);
            assert_eq!(row::<CheckpointRow>(store, key).await, None);
        }
        accept(store, "archive", "thread.archive", json!({})).await;
        accept(store, "unarchive", "thread.unarchive", json!({})).await;
        // The project of a space goes after it.
        accepted(store, "space gone", rules::delete_space(SpaceId(1))).await;
        let deleted = accept(
            store,
            "delete",
            "project.delete",
            json!({ "projectId": PROJECT, "force": true }),
        )
        .await;
        let types: Vec<String> = deleted
            .events
            .iter()
            .map(|e| e.payload.to_parts().0)
            .collect();
        assert_eq!(types, ["thread.deleted", "project.deleted"]);
        let thread: ThreadRow = row(store, Key::ProjectionThreads(thread_id()))
            .await
            .unwrap();
        assert_eq!((thread.turn_count, thread.checkpoint_turn_count), (3, 1));
        assert!(thread.deleted_at.is_some());
        clean(store).await;
    });
}

/// Scenario 6.
#[test]
fn the_second_event_of_a_turns_start_is_caused_by_the_first() {
    everywhere(|store| async move {
        with_thread(&*store).await;
        let mut fields = start("u1");
        fields["createdAt"] = json!(at(-30));
        accept(&*store, "c", "thread.turn.start", fields).await;
        let events = events(&*store, BEFORE + 2).await;
        let ids: Vec<_> = events
            .iter()
            .map(|e| {
                (
                    e.event_id.as_str(),
                    e.causation_event_id.as_deref(),
                    e.correlation_id.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            ids,
            [("c:0", None, Some("c")), ("c:1", Some("c:0"), Some("c"))]
        );
        // Domain time is the command's, the server's its own.
        assert!(
            events
                .iter()
                .all(|e| e.occurred_at == at(-30) && e.recorded_at == at(0))
        );
        let versions: Vec<i64> = events.iter().map(|e| e.stream_version).collect();
        assert_eq!(versions, [1, 2]);
    });
}

/// Scenario 41, 43, 48.
#[test]
fn a_repeated_turn_start_is_answered_and_not_done_again() {
    everywhere(|store| async move {
        with_thread(&*store).await;
        let first = accept(&*store, "c", "thread.turn.start", start("u1")).await;
        for _ in 0..2 {
            let again = store
                .execute(given("c", "thread.turn.start", start("u1")))
                .await;
            let Ok(Outcome::Replayed {
                stored: StoredOutcome::Accepted { sequence, .. },
            }) = again
            else {
                panic!("{again:?}")
            };
            assert_eq!(sequence, first.sequence);
        }
        assert_eq!(events(&*store, BEFORE + 2).await, first.events);
    });
}

/// Scenario 44, 45.
#[test]
fn a_refusal_stays_with_its_id_even_when_it_would_be_accepted_now() {
    everywhere(|store| async move {
        claimed(&*store).await;
        let archive = |id: &str| given(id, "thread.archive", json!({}));
        let Ok(Outcome::Rejected(first)) = store.execute(archive("c")).await else {
            panic!("accepted")
        };
        assert_eq!(first.code, Code::NotFound);
        accept(
            &*store,
            "project",
            "project.create",
            project(PROJECT, "/docs"),
        )
        .await;
        accept(&*store, "thread", "thread.create", thread(THREAD, PROJECT)).await;
        let again = store.execute(archive("c")).await;
        assert!(
            matches!(&again, Ok(Outcome::Replayed { stored: StoredOutcome::Rejected(r) }) if *r == first),
            "{again:?}"
        );
        assert!(matches!(
            store.execute(archive("new")).await,
            Ok(Outcome::Accepted(_))
        ));
    });
}

/// Scenario 46.
#[test]
fn an_id_is_of_one_thread_and_one_payload() {
    everywhere(|store| async move {
        with_thread(&*store).await;
        accept(&*store, "t2", "thread.create", thread("t2", PROJECT)).await;
        accept(&*store, "c", "thread.meta.update", json!({ "title": "A" })).await;
        for fields in [
            json!({ "title": "A", "threadId": "t2" }),
            json!({ "title": "B" }),
        ] {
            let other = store
                .execute(given("c", "thread.meta.update", fields))
                .await;
            assert!(matches!(other, Ok(Outcome::IdReused)), "{other:?}");
        }
    });
}

/// Scenario 47, 49.
#[test]
fn a_start_whose_second_event_fails_leaves_nothing_and_may_be_repeated() {
    everywhere(|store| async move {
        with_thread(&*store).await;
        let half = rule("thread.turn.start", |view| {
            let mut decision =
                by_its_giver(command(at(0), "thread.turn.start", start("u1"))).decide(view)?;
            decision.events[1] =
                NewEvent::new(Stream::Thread(thread_id()), Payload::JobSucceeded {});
            Ok(decision)
        });
        fails(&*store, "c", half, "does not fit").await;
        assert_eq!(events(&*store, BEFORE + 2).await, []);
        let started = accept(&*store, "c", "thread.turn.start", start("u1")).await;
        assert_eq!(
            (started.sequence, started.events.len()),
            (Sequence(BEFORE + 4), 2)
        );
    });
}

/// Scenario 57.
#[test]
fn a_command_without_events_is_refused_and_the_refusal_kept() {
    everywhere(|store| async move {
        with_thread(&*store).await;
        let nothing = || given("c", "thread.meta.update", json!({}));
        let Ok(Outcome::Rejected(why)) = store.execute(nothing()).await else {
            panic!("accepted")
        };
        assert!(why.message.ends_with("Command produced no events."));
        let again = store.execute(nothing()).await;
        assert!(
            matches!(&again, Ok(Outcome::Replayed { stored: StoredOutcome::Rejected(r) }) if *r == why),
            "{again:?}"
        );
    });
}

/// Scenario 42.
#[test]
fn the_same_start_ten_times_at_once_is_one_turn() {
    everywhere(|store: Arc<dyn Store>| async move {
        with_thread(&*store).await;
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let store = store.clone();
            tries.spawn(async move {
                store
                    .execute(given("c", "thread.turn.start", start("u1")))
                    .await
            });
        }
        for outcome in tries.join_all().await {
            let sequence = match outcome.unwrap() {
                Outcome::Accepted(accepted) => accepted.sequence,
                Outcome::Replayed {
                    stored: StoredOutcome::Accepted { sequence, .. },
                } => sequence,
                other => panic!("{other:?}"),
            };
            assert_eq!(sequence, Sequence(BEFORE + 4));
        }
        assert_eq!(events(&*store, BEFORE + 2).await.len(), 2);
    });
}

#[test]
fn a_thread_of_another_org_is_another_thread() {
    everywhere(|store| async move {
        with_thread(&*store).await;
        let mut elsewhere = given("c", "thread.archive", json!({}));
        elsewhere.org = crate::domain::id::OrgId(2);
        let outcome = store.execute(elsewhere).await;
        assert!(
            matches!(&outcome, Ok(Outcome::Rejected(r)) if r.code == Code::NotFound),
            "{outcome:?}"
        );
        // The same ids may be used there.
        let mut elsewhere = given("p", "project.create", project(PROJECT, "/docs"));
        elsewhere.org = crate::domain::id::OrgId(2);
        assert!(matches!(
            store.execute(elsewhere).await,
            Ok(Outcome::Accepted(_))
        ));
        clean(&*store).await;
    });
}

#[test]
fn a_decision_may_take_away_what_stands_beside_the_log() {
    everywhere(|store| async move {
        with_thread(&*store).await;
        let blob = DiffBlobRow {
            org_id: ORG,
            thread_id: thread_id(),
            from_turn_count: 0,
            to_turn_count: 1,
            diff: "a".repeat(64),
            created_at: at(0),
        };
        let key = Key::CheckpointDiffBlobs(thread_id(), 0, 1);
        let (put, gone) = (blob.clone(), key.clone());
        let put = rule("put", move |_| {
            Ok(Decision {
                side: vec![put.clone().into()],
                ..Decision::default()
            })
        });
        accepted(&*store, "put", put).await;
        assert_eq!(row(&*store, key.clone()).await, Some(blob));
        let gone = rule("gone", move |_| {
            Ok(Decision {
                side_gone: vec![gone.clone()],
                ..Decision::default()
            })
        });
        accepted(&*store, "gone", gone).await;
        assert_eq!(row::<DiffBlobRow>(&*store, key).await, None);
    });
}
