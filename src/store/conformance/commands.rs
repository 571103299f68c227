//! Commands: one outcome each, all or nothing, in order.

use std::num::NonZeroU32;
use std::sync::Arc;

use serde_json::json;

use super::everywhere;
use super::rules::*;
use crate::domain::code::Code;
use crate::domain::event::{NewEvent, Payload, Stream};
use crate::domain::id::{OrgId, Sequence, SourceId, SpaceId};
use crate::domain::row::{BindingRow, DocumentRow, Key, SourceRow, Table};
use crate::domain::view::{Decider, Decision, Find, IdKind, Need, Rejection};
use crate::store::{EventFilter, Outcome, Scope, Store, StoreError, StoredOutcome, Submit};

pub const ALL: NonZeroU32 = NonZeroU32::MAX;

#[test]
fn an_accepted_command_answers_with_its_row_and_its_events_are_in_the_log() {
    everywhere(|store| async move {
        let made = accepted(&*store, "c1", make_source("api")).await;
        assert_eq!(made.sequence, Sequence(1));
        assert_eq!(made.reply["name"], "api");
        assert_eq!(made.before, serde_json::Value::Null);
        assert_eq!(made.events[0].event_id, "c1:0");
        let off = accepted(&*store, "c2", enable(SourceId(1), false)).await;
        assert_eq!(off.before["enabled"], true);
        assert_eq!(off.reply["enabled"], false);
        let page = store
            .events(&EventFilter::default(), Sequence(0), ALL)
            .await
            .unwrap();
        assert_eq!(page.events, [made.events, off.events].concat());
        assert_eq!((page.next, page.head), (None, Sequence(2)));
        assert_eq!(*store.head().borrow(), Sequence(2));
    });
}

/// Scenarios 41 and 42.
#[test]
fn the_same_id_ten_times_at_once_has_one_effect_and_ten_equal_answers() {
    everywhere(|store| async move {
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let store = store.clone();
            tries.spawn(async move { store.execute(command("c1", make_source("api"))).await });
        }
        let mut first = 0;
        for outcome in tries.join_all().await {
            match outcome.unwrap() {
                Outcome::Accepted(accepted) => {
                    first += 1;
                    assert_eq!(accepted.reply["id"], 1);
                }
                Outcome::Replayed {
                    stored: StoredOutcome::Accepted { sequence, reply },
                } => {
                    assert_eq!(sequence, Sequence(1));
                    assert_eq!(reply["id"], 1);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(first, 1);
        assert_eq!(*store.head().borrow(), Sequence(1));
    });
}

/// Scenario 43.
#[test]
fn what_was_accepted_is_told_again_however_the_state_has_changed_since() {
    everywhere(|store| async move {
        let store = &*store;
        let made = accepted(store, "c1", make_source("api")).await;
        accepted(store, "c2", rename(SourceId(1), "web")).await;
        accepted(store, "c3", delete_source(SourceId(1))).await;
        for _ in 0..2 {
            let again = store
                .execute(command("c1", make_source("api")))
                .await
                .unwrap();
            let Outcome::Replayed {
                stored: StoredOutcome::Accepted { sequence, reply },
            } = again
            else {
                panic!("{again:?}")
            };
            assert_eq!((sequence, reply), (made.sequence, made.reply.clone()));
        }
        assert_eq!(*store.head().borrow(), Sequence(3));
    });
}

/// Scenarios 44 and 45.
#[test]
fn a_refusal_is_kept_and_given_again_even_when_it_would_be_accepted_now() {
    everywhere(|store| async move {
        let before = rejected(&*store, "c1", enable(SourceId(1), false)).await;
        assert_eq!(before.code, Code::NotFound);
        accepted(&*store, "c2", make_source("api")).await;
        let again = store
            .execute(command("c1", enable(SourceId(1), false)))
            .await
            .unwrap();
        let Outcome::Replayed {
            stored: StoredOutcome::Rejected(stored),
        } = again
        else {
            panic!("{again:?}")
        };
        assert_eq!(stored, before);
        accepted(&*store, "c3", enable(SourceId(1), false)).await;
    });
}

#[test]
fn a_kept_refusal_still_says_the_field_and_the_resource() {
    everywhere(|store| async move {
        let refuse = || {
            rule("refuse", |_| {
                Err(Rejection::new(Code::Conflict, "No.")
                    .at("/name")
                    .showing(json!({ "name": "api" }))
                    .into())
            })
        };
        let first = rejected(&*store, "c1", refuse()).await;
        let again = store.execute(command("c1", refuse())).await.unwrap();
        assert!(
            matches!(&again, Outcome::Replayed { stored: StoredOutcome::Rejected(r) } if *r == first),
            "{again:?}"
        );
    });
}

#[test]
fn a_refusal_that_may_pass_is_not_kept() {
    everywhere(|store| async move {
        let refuse = rule("r", |_| {
            Err(Rejection::new(Code::Precondition, "Old.").into())
        });
        rejected(&*store, "c1", refuse.clone()).await;
        rejected(&*store, "c1", refuse).await;
        let mut once = command("c1", make_source("api"));
        once.request_hash = "another".into();
        assert!(matches!(
            store.execute(once).await,
            Ok(Outcome::Accepted(_))
        ));
    });
}

/// Scenario 46.
#[test]
fn an_id_with_another_request_is_refused_and_does_nothing() {
    everywhere(|store| async move {
        accepted(&*store, "c1", make_source("api")).await;
        let other = store
            .execute(command("c1", make_space("docs")))
            .await
            .unwrap();
        assert!(matches!(other, Outcome::IdReused), "{other:?}");
        // Ids are each org's own.
        let mut elsewhere = command("c1", make_space("docs"));
        elsewhere.org = OrgId(2);
        let elsewhere = store.execute(elsewhere).await.unwrap();
        assert!(matches!(elsewhere, Outcome::Accepted(_)), "{elsewhere:?}");
        assert_eq!(*store.head().borrow(), Sequence(2));
    });
}

#[test]
fn a_command_that_keeps_no_receipt_runs_each_time() {
    everywhere(|store| async move {
        accepted(&*store, "c1", make_source("api")).await;
        for on in [false, true] {
            let mut toggle = command("", enable(SourceId(1), on));
            toggle.command_id = format!("random {on}");
            toggle.keep_receipt = false;
            let outcome = store.execute(toggle).await.unwrap();
            assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
        }
        assert_eq!(*store.head().borrow(), Sequence(3));
    });
}

/// Scenario 57: what is as it should be is no fault; rules that must change something say so themselves.
#[test]
fn nothing_to_change_is_accepted_without_an_event() {
    everywhere(|store| async move {
        accepted(&*store, "c1", make_source("api")).await;
        let same = accepted(&*store, "c2", enable(SourceId(1), true)).await;
        assert_eq!((same.sequence, same.events.len()), (Sequence(1), 0));
        assert_eq!(same.reply["name"], "api");
    });
}

/// Holds the writer inside a command until `gate` opens, so that what comes meanwhile is one batch.
fn held(gate: std::sync::mpsc::Receiver<()>) -> Rule {
    let gate = std::sync::Mutex::new(gate);
    rule("held", move |_| {
        gate.lock().unwrap().recv().ok();
        Ok(Decision::default())
    })
}

/// Submits all of them while the writer is held; answers what came of each.
async fn together(
    store: &Arc<dyn Store>,
    commands: Vec<Submit>,
) -> Vec<Result<Outcome, StoreError>> {
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let holding = store.clone();
    let hold = tokio::spawn(async move { holding.execute(command("hold", held(gate))).await });
    let mut waiting = Vec::new();
    for submit in commands {
        let store = store.clone();
        waiting.push(tokio::spawn(async move { store.execute(submit).await }));
        tokio::task::yield_now().await;
    }
    // Not sent but dropped: a batch that fails runs its commands again.
    drop(open);
    hold.await.unwrap().unwrap();
    let mut outcomes = Vec::new();
    for task in waiting {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// Scenarios 47 and 48.
#[test]
fn one_that_breaks_a_constraint_fails_alone_and_the_constraint_is_named() {
    everywhere(|store| async move {
        accepted(&*store, "taken", make_source("taken")).await;
        let mut commands: Vec<Submit> = (0..20)
            .map(|i| command(&format!("c{i}"), make_source(&format!("s{i}"))))
            .collect();
        commands.insert(7, command("bad", make_source_blindly("taken")));
        let outcomes = together(&store, commands).await;
        for (index, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Err(StoreError::Internal(why)) if index == 7 => {
                    assert!(why.contains("sources.name"), "{why}");
                }
                Ok(Outcome::Accepted(_)) if index != 7 => {}
                other => panic!("{index}: {other:?}"),
            }
        }
        assert_eq!(*store.head().borrow(), Sequence(21));
        // It left no receipt: the same id runs again once the name is free.
        accepted(&*store, "free", rename(SourceId(1), "free")).await;
        accepted(&*store, "bad", make_source_blindly("taken")).await;
    });
}

#[test]
fn later_commands_of_a_batch_see_the_earlier() {
    everywhere(|store| async move {
        let commands = (0..10)
            .map(|i| command(&format!("c{i}"), make_source("same")))
            .collect();
        let outcomes = together(&store, commands).await;
        let accepted = outcomes
            .iter()
            .filter(|o| matches!(o, Ok(Outcome::Accepted(_))))
            .count();
        let refused = outcomes
            .iter()
            .filter(|o| matches!(o, Ok(Outcome::Rejected(r)) if r.code == Code::Conflict))
            .count();
        assert_eq!((accepted, refused), (1, 9));
    });
}

#[test]
fn a_rule_that_panics_or_never_ends_takes_nobody_with_it() {
    everywhere(|store| async move {
        fails(
            &*store,
            "c1",
            rule("panics", |_| panic!("as a test")),
            "panicked",
        )
        .await;
        let greedy = rule("greedy", |view| {
            for n in 0.. {
                view.next_id(IdKind::Job, n)?;
            }
            unreachable!()
        });
        fails(&*store, "c2", greedy, "64 rounds").await;
        accepted(&*store, "c3", make_source("api")).await;
    });
}

/// Scenario 49.
#[test]
fn an_event_that_does_not_fit_is_a_fault_and_leaves_no_trace() {
    everywhere(|store| async move {
        let misfit = rule("misfit", |view| {
            let id = SourceId(view.next_id(IdKind::Source, 0)?);
            let created = make_source("half").decide(view)?.events.remove(0);
            let other = NewEvent::new(Stream::Source(id), Payload::JobSucceeded {});
            Ok(Decision {
                events: vec![created, other],
                ..Decision::default()
            })
        });
        fails(&*store, "c1", misfit, "does not fit").await;
        let made = accepted(&*store, "c2", make_source("half")).await;
        assert_eq!((made.sequence, &made.reply["id"]), (Sequence(1), &json!(1)));
    });
}

#[test]
fn a_dry_run_says_what_would_be_and_leaves_no_trace() {
    everywhere(|store| async move {
        let mut dry = command("c1", make_source("api"));
        dry.dry_run = true;
        let Ok(Outcome::Accepted(would)) = store.execute(dry).await else {
            panic!("refused")
        };
        assert_eq!(
            (&would.reply["id"], would.sequence),
            (&json!(1), Sequence(1))
        );
        let head = *store.head().borrow();
        assert_eq!(head, Sequence(0));
        let (view, at) = store
            .read(Scope::Org(ORG), vec![Need::Row(Key::Sources(SourceId(1)))])
            .await
            .unwrap();
        assert_eq!(at, Sequence(0));
        assert!(
            view.row::<SourceRow>(Key::Sources(SourceId(1)))
                .unwrap()
                .is_none()
        );
        // Neither the command id nor the row's id is used up.
        let made = accepted(&*store, "c1", make_source("api")).await;
        assert_eq!(made.reply, would.reply);
    });
}

#[test]
fn ids_are_used_once_and_those_handed_out_in_vain_are_not_lost() {
    everywhere(|store| async move {
        accepted(&*store, "c1", make_source("a")).await;
        rejected(&*store, "c2", make_source("a")).await;
        let b = accepted(&*store, "c3", make_source("b")).await;
        assert_eq!(b.reply["id"], 2);
        accepted(&*store, "c4", delete_source(SourceId(2))).await;
        let c = accepted(&*store, "c5", make_source("c")).await;
        assert_eq!(c.reply["id"], 3);
    });
}

/// Scenarios 26 and 32.
#[test]
fn positions_have_no_gap_streams_count_from_0_and_recorded_time_never_goes_back() {
    everywhere(|store| async move {
        for (i, seconds) in [100, 40, 60, 200, 0].into_iter().enumerate() {
            let mut submit = if i == 0 {
                command("c0", make_source("api"))
            } else {
                command(&format!("c{i}"), enable(SourceId(1), i % 2 == 0))
            };
            submit.now = at(seconds);
            assert!(matches!(
                store.execute(submit).await,
                Ok(Outcome::Accepted(_))
            ));
        }
        let page = store
            .events(&EventFilter::default(), Sequence(0), ALL)
            .await
            .unwrap();
        let places: Vec<(i64, i64)> = page
            .events
            .iter()
            .map(|e| (e.sequence.0, e.stream_version))
            .collect();
        assert_eq!(places, [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]);
        let recorded: Vec<_> = page.events.iter().map(|e| e.recorded_at).collect();
        assert_eq!(recorded, [at(100), at(100), at(100), at(200), at(200)]);
        let occurred: Vec<_> = page.events.iter().map(|e| e.occurred_at).collect();
        assert_eq!(occurred, [at(100), at(40), at(60), at(200), at(0)]);
    });
}

/// Scenario 26.
#[test]
fn streams_that_are_written_in_turn_count_each_from_0() {
    everywhere(|store| async move {
        accepted(&*store, "a", make_source("a")).await;
        accepted(&*store, "b", make_source("b")).await;
        accepted(&*store, "a off", enable(SourceId(1), false)).await;
        accepted(&*store, "b off", enable(SourceId(2), false)).await;
        accepted(&*store, "a on", enable(SourceId(1), true)).await;
        let page = store
            .events(&EventFilter::default(), Sequence(0), ALL)
            .await
            .unwrap();
        let places = |id: i64| -> Vec<(i64, i64)> {
            page.events
                .iter()
                .filter(|e| e.stream == Stream::Source(SourceId(id)))
                .map(|e| (e.sequence.0, e.stream_version))
                .collect()
        };
        assert_eq!(places(1), [(1, 0), (3, 1), (5, 2)]);
        assert_eq!(places(2), [(2, 0), (4, 1)]);
    });
}

/// Scenario 28.
#[test]
fn an_event_id_is_not_taken_twice() {
    everywhere(|store| async move {
        accepted(&*store, "c1", make_source("api")).await;
        // Without a receipt nothing but the log knows the id.
        let mut again = command("c1", make_source("web"));
        again.keep_receipt = false;
        match store.execute(again).await {
            Err(StoreError::Internal(why)) => assert!(why.contains("event_id"), "{why}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(*store.head().borrow(), Sequence(1));
        let next = accepted(&*store, "c2", make_source("web")).await;
        assert_eq!((next.sequence, &next.reply["id"]), (Sequence(2), &json!(2)));
    });
}

#[test]
fn deleting_a_space_takes_what_is_bound_and_written_there_along() {
    everywhere(|store| async move {
        accepted(&*store, "c1", make_source("api")).await;
        accepted(&*store, "c2", make_space("docs")).await;
        accepted(&*store, "c3", make_space("docs-2")).await;
        for space in [1, 2] {
            let space = SpaceId(space);
            accepted(&*store, &format!("b{space}"), bind(space, SourceId(1))).await;
            accepted(
                &*store,
                &format!("p{space}"),
                push(space, &["a.md", "b.md"]),
            )
            .await;
        }
        let gone = accepted(&*store, "d", delete_space(SpaceId(1))).await;
        assert_eq!(gone.reply, serde_json::Value::Null);
        assert_eq!(gone.before["slug"], "docs");
        let bindings = Find::all(Table::SpaceSources);
        let documents = Find::all(Table::Documents);
        let (view, _) = store
            .read(
                Scope::Org(ORG),
                vec![Need::Find(bindings.clone()), Need::Find(documents.clone())],
            )
            .await
            .unwrap();
        let bound = view.find::<BindingRow>(bindings).unwrap();
        assert_eq!(bound.iter().map(|b| b.space_id.0).collect::<Vec<_>>(), [2]);
        let written = view.find::<DocumentRow>(documents).unwrap();
        assert!(written.iter().all(|d| d.space_id == SpaceId(2)) && written.len() == 2);
    });
}

#[test]
fn a_name_given_up_and_taken_in_one_command_does_not_collide() {
    everywhere(|store| async move {
        accepted(&*store, "c1", make_source("api")).await;
        let replace = rule("replace", |view| {
            let mut events = delete_source(SourceId(1)).decide(view)?.events;
            let made = make_source_blindly("api").decide(view)?;
            events.extend(made.events);
            Ok(Decision {
                events,
                reply: made.reply,
                ..Decision::default()
            })
        });
        let made = accepted(&*store, "c2", replace).await;
        assert_eq!(made.reply["id"], 2);
    });
}
