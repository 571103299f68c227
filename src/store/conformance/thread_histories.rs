//! Random lives of a thread: every store does what the model in memory does, and every row is what the log says.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use super::everywhere;
use super::rules::ORG;
use super::threads::{claimed, given};
use crate::base::Timestamp;
use crate::domain::orchestration::testing::*;
use crate::domain::row::{
    ActivityRow, ApprovalRow, CheckpointRow, DiffBlobRow, Key, MessageRow, ProjectRow, Record, Row,
    SessionRow, ThreadRow, TurnRow,
};
use crate::domain::view::{Find, Need, View};
use crate::store::memory::Memory;
use crate::store::{Outcome, Scope, Store};

#[derive(Clone, Copy, Debug)]
enum Act {
    Project,
    Thread,
    Delete,
    Archive(bool),
    Rename(u8),
    Start(u8),
    Interrupt,
    Session(&'static str, bool),
    Say(u8),
    Finish(u8),
    Ask(u8, bool),
    Answer(u8, bool),
    Acknowledge(u8, bool),
    Fail(u8, bool),
    Checkpoint,
    Revert(u8),
    Reverted,
    Stop,
}

fn act() -> impl Strategy<Value = Act> {
    let few = || 0u8..4;
    let status = prop::sample::select(vec![
        "idle",
        "starting",
        "running",
        "running",
        "ready",
        "ready",
        "interrupted",
        "stopped",
        "error",
    ]);
    prop_oneof![
        1 => Just(Act::Project),
        3 => Just(Act::Thread),
        1 => (0u8..8).prop_map(|n| if n == 0 { Act::Delete } else { Act::Rename(n) }),
        1 => any::<bool>().prop_map(Act::Archive),
        8 => (0u8..60).prop_map(Act::Start),
        1 => Just(Act::Interrupt),
        14 => (status, any::<bool>()).prop_map(|(s, theirs)| Act::Session(s, theirs)),
        5 => few().prop_map(Act::Say),
        2 => few().prop_map(Act::Finish),
        4 => (few(), any::<bool>()).prop_map(|(n, input)| Act::Ask(n, input)),
        3 => (few(), any::<bool>()).prop_map(|(n, input)| Act::Answer(n, input)),
        2 => (few(), any::<bool>()).prop_map(|(n, input)| Act::Acknowledge(n, input)),
        2 => (few(), any::<bool>()).prop_map(|(n, stale)| Act::Fail(n, stale)),
        8 => Just(Act::Checkpoint),
        2 => few().prop_map(Act::Revert),
        3 => Just(Act::Reverted),
        1 => Just(Act::Stop),
    ]
}

/// What an act needs to know to be a command that may well be accepted.
struct Now {
    thread: Option<ThreadRow>,
    /// The newest turn.
    turn: Option<TurnRow>,
    at: Timestamp,
    step: usize,
}

impl Now {
    fn turn_id(&self) -> Option<&str> {
        self.turn.as_ref().map(|t| t.turn_id.as_str())
    }

    fn activity(&self, kind: &str, payload: Value) -> (&'static str, Value) {
        let id = format!("e{}", self.step);
        let fields = activity(self.at, &id, kind, self.turn_id(), payload);
        ("thread.activity.append", json!({ "activity": fields }))
    }
}

/// A question's id says what it asks for, so that answers mostly fit.
fn question(n: u8, input: bool) -> String {
    format!("{}{n}", if input { "input" } else { "approval" })
}

fn command_of(act: Act, now: &Now) -> (&'static str, Value) {
    let thread = now.thread.as_ref();
    match act {
        Act::Project => ("project.create", project(PROJECT, "/docs")),
        Act::Thread => ("thread.create", thread_fields()),
        Act::Delete => ("thread.delete", json!({})),
        Act::Archive(true) => ("thread.archive", json!({})),
        Act::Archive(false) => ("thread.unarchive", json!({})),
        Act::Rename(n) => (
            "thread.meta.update",
            json!({ "title": format!("T{n}"), "branch": null }),
        ),
        Act::Start(n) => ("thread.turn.start", start(&format!("u{n}"))),
        Act::Interrupt => ("thread.turn.interrupt", json!({})),
        Act::Session(status, theirs) => {
            let own = now.turn_id().filter(|_| status == "running");
            let fresh = format!("theirs-{}", now.step);
            let turn = if theirs && status == "running" && now.step.is_multiple_of(5) {
                Some(fresh.as_str())
            } else {
                own
            };
            (
                "thread.session.set",
                json!({ "session": session(now.at, status, turn) }),
            )
        }
        Act::Say(n) => (
            "thread.message.assistant.delta",
            json!({ "messageId": format!("a{n}"), "delta": format!("{n}."), "turnId": now.turn_id() }),
        ),
        Act::Finish(n) => (
            "thread.message.assistant.complete",
            json!({ "messageId": format!("a{n}") }),
        ),
        Act::Ask(n, input) => {
            let kind = if input {
                "user-input.requested"
            } else {
                "approval.requested"
            };
            let id = question(n, input);
            now.activity(
                kind,
                json!({ "requestId": id, "requestKind": "command", "detail": "?" }),
            )
        }
        Act::Answer(n, true) => (
            "thread.user-input.respond",
            json!({ "requestId": question(n, true), "answers": { "q": n } }),
        ),
        Act::Answer(n, false) => (
            "thread.approval.respond",
            json!({ "requestId": question(n, false), "decision": "acceptForSession" }),
        ),
        Act::Acknowledge(n, input) => {
            let kind = if input {
                "user-input.resolved"
            } else {
                "approval.resolved"
            };
            now.activity(
                kind,
                json!({ "requestId": question(n, input), "decision": "decline" }),
            )
        }
        Act::Fail(n, stale) => now.activity(
            "provider.approval.respond.failed",
            json!({
                "requestId": question(n, false),
                "detail": if stale { "Unknown pending approval request" } else { "timed out" },
            }),
        ),
        Act::Checkpoint => {
            let number = thread.map_or(1, |t| t.checkpoint_turn_count + 1);
            (
                "thread.turn.diff.complete",
                checkpoint(now.at, now.turn_id().unwrap_or("none"), number),
            )
        }
        Act::Revert(n) => {
            let current = thread.map_or(0, |t| t.checkpoint_turn_count);
            (
                "thread.checkpoint.revert",
                json!({ "turnCount": (current - 1 - i64::from(n)).max(0) }),
            )
        }
        Act::Reverted => {
            let to = thread.and_then(|t| t.revert_turn_count).unwrap_or(0);
            ("thread.revert.complete", json!({ "turnCount": to }))
        }
        Act::Stop => ("thread.session.stop", json!({})),
    }
}

fn thread_fields() -> Value {
    thread(THREAD, PROJECT)
}

fn of<R: Record + Clone>(view: &View) -> Vec<Row> {
    let rows: Vec<&R> = view.find(Find::all(R::TABLE)).unwrap();
    rows.into_iter().cloned().map(Into::into).collect()
}

/// Every row of projects and threads, those beside the log too.
async fn everything(store: &dyn Store) -> Vec<Row> {
    let tables = [
        ProjectRow::TABLE,
        ThreadRow::TABLE,
        MessageRow::TABLE,
        ActivityRow::TABLE,
        SessionRow::TABLE,
        TurnRow::TABLE,
        CheckpointRow::TABLE,
        ApprovalRow::TABLE,
        DiffBlobRow::TABLE,
    ];
    let needs = tables.iter().map(|t| Need::Find(Find::all(*t))).collect();
    let (view, _) = store.read(Scope::Org(ORG), needs).await.unwrap();
    [
        of::<ProjectRow>(&view),
        of::<ThreadRow>(&view),
        of::<MessageRow>(&view),
        of::<ActivityRow>(&view),
        of::<SessionRow>(&view),
        of::<TurnRow>(&view),
        of::<CheckpointRow>(&view),
        of::<ApprovalRow>(&view),
        of::<DiffBlobRow>(&view),
    ]
    .concat()
}

async fn now(store: &dyn Store, step: usize, at: Timestamp) -> Now {
    let key = Key::ProjectionThreads(thread_id());
    let turns = Find::all(TurnRow::TABLE)
        .is("thread_id", THREAD)
        .newest("turn_count")
        .limit(1);
    let needs = vec![Need::Row(key.clone()), Need::Find(turns.clone())];
    let (view, _) = store.read(Scope::Org(ORG), needs).await.unwrap();
    Now {
        thread: view.row::<ThreadRow>(key).unwrap().cloned(),
        turn: view
            .find::<TurnRow>(turns)
            .unwrap()
            .first()
            .map(|t| (*t).clone()),
        at,
        step,
    }
}

/// Counters are kept with each event; this counts anew.
async fn counters_are_right(store: &dyn Store) {
    let rows = everything(store).await;
    let Some(thread) = rows.iter().find_map(ThreadRow::of) else {
        return;
    };
    let open = |input: bool| {
        let of_sort = |a: &&ApprovalRow| {
            a.resolved_at.is_none() && (a.request_kind.as_str() == "user-input") == input
        };
        rows.iter()
            .filter_map(ApprovalRow::of)
            .filter(of_sort)
            .count() as i64
    };
    assert_eq!(thread.pending_approval_count, open(false));
    assert_eq!(thread.pending_user_input_count, open(true));
    let last = rows
        .iter()
        .filter_map(CheckpointRow::of)
        .map(|c| c.checkpoint_turn_count)
        .max();
    assert_eq!(thread.checkpoint_turn_count, last.unwrap_or(0));
    let turns = || rows.iter().filter_map(TurnRow::of);
    assert!(turns().all(|t| t.turn_count <= thread.turn_count));
    let of_no_turn = rows.iter().filter_map(MessageRow::of).filter(|m| {
        m.turn_id
            .as_ref()
            .is_some_and(|id| !turns().any(|t| t.turn_id == *id))
    });
    assert_eq!(of_no_turn.count(), 0, "a message outlived its turn");
    let latest = rows
        .iter()
        .filter_map(MessageRow::of)
        .filter(|m| m.role.as_str() == "user")
        .map(|m| m.created_at)
        .max();
    assert_eq!(thread.latest_user_message_at, latest);
    let ranges = rows.iter().filter_map(DiffBlobRow::of);
    assert!(
        ranges
            .clone()
            .all(|r| r.to_turn_count <= thread.checkpoint_turn_count)
    );
    let n = thread.checkpoint_turn_count;
    assert_eq!(
        ranges.count() as i64,
        n * (n + 1) / 2,
        "any range is answered"
    );
}

async fn live(store: &dyn Store, acts: &[(Act, i64)]) {
    let model = Memory::new();
    for any in [&model as &dyn Store, store] {
        claimed(any).await;
        for (id, (kind, fields)) in [
            ("project", ("project.create", project(PROJECT, "/docs"))),
            ("thread", ("thread.create", thread_fields())),
        ] {
            any.execute(given(id, kind, fields)).await.unwrap();
        }
    }
    for (step, (act, seconds)) in acts.iter().enumerate() {
        let now = now(&model, step, at(*seconds)).await;
        let (kind, fields) = command_of(*act, &now);
        let mut said = Vec::new();
        for any in [&model as &dyn Store, store] {
            let mut submit = given(&format!("c{step}"), kind, fields.clone());
            submit.now = now.at;
            let outcome = any.execute(submit).await.unwrap();
            assert!(!matches!(
                outcome,
                Outcome::Replayed { .. } | Outcome::IdReused
            ));
            said.push(format!("{outcome:?}"));
        }
        assert_eq!(said[0], said[1], "{act:?}");
    }
    assert_eq!(everything(&model).await, everything(store).await);
    counters_are_right(store).await;
    for any in [&model as &dyn Store, store] {
        assert_eq!(any.verify().await.unwrap().differences, [""; 0]);
    }
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    /// Scenario 89.
    #[test]
    fn every_store_leads_a_thread_alike_and_its_rows_are_what_the_log_says(
        acts in prop::collection::vec((act(), 0i64..100), 1..80)
    ) {
        let acts = Arc::new(acts);
        everywhere(|store| {
            let acts = acts.clone();
            async move { live(&*store, &acts).await }
        });
    }
}

/// The random lives are worth something only if they come far.
#[test]
fn a_life_may_come_to_checkpoints_and_back() {
    let turn = [
        Act::Start(0),
        Act::Session("running", false),
        Act::Say(1),
        Act::Ask(1, false),
        Act::Session("ready", false),
        Act::Checkpoint,
    ];
    let mut acts: Vec<(Act, i64)> = Vec::new();
    for number in 0..3u8 {
        acts.extend(turn.iter().map(|act| match act {
            Act::Start(_) => (Act::Start(number), 1),
            Act::Say(_) => (Act::Say(number), 1),
            Act::Ask(..) => (Act::Ask(number, false), 1),
            other => (*other, 1),
        }));
    }
    acts.extend([(Act::Revert(1), 2), (Act::Reverted, 2)]);
    everywhere(|store| {
        let acts = acts.clone();
        async move {
            live(&*store, &acts).await;
            let thread = now(&*store, 0, at(0)).await.thread.unwrap();
            assert_eq!((thread.turn_count, thread.checkpoint_turn_count), (3, 1));
        }
    });
}
