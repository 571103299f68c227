//! Scenarios of the core, and properties that hold whatever comes.

use proptest::prelude::*;
use serde_json::json;

use super::testing::*;
use crate::api::{Code, Problem, RowChange, RowsFrame, Sequence, Snapshot};
use crate::console::command::COMMANDS;
use crate::console::effect::{Ask, Effect};
use crate::console::model::{Connection, ListId, Model, Outage, Page, Popup, Replica, RowKey};
use crate::console::msg::{Failure, FailureKind, Feed, Msg, Timer};
use crate::console::possible::enabled;

mod admin;
mod bulk;
mod columns;
mod conversing;
mod editing;
mod event_log;
mod every_command;
mod export;
mod failing;
mod finding;
mod firm;
mod first_run;
mod freezing;
mod jumping;
mod linking;
mod local;
mod nothing;
mod older;
mod past;
mod profiles;
mod pulse;
mod saving;
mod sideways;
mod taste;
mod threads;
mod tour;
mod xray;

fn names(model: &Model) -> Vec<String> {
    model
        .ui
        .list(ListId::Sources)
        .rows
        .iter()
        .filter_map(|row| model.replica.sources.at(*row))
        .map(|source| source.name)
        .collect()
}

fn toast(model: &Model) -> &str {
    model.work.toasts.last().map_or("", |it| it.text.as_str())
}

fn said(model: &Model) -> &str {
    model
        .work
        .message
        .as_ref()
        .map_or("", |it| it.text.as_str())
}

fn refusal(code: Code, detail: &str) -> Failure {
    Failure {
        kind: FailureKind::Refused(Box::new(Problem::new(code, detail))),
        text: detail.to_owned(),
        unsure: false,
    }
}

#[test]
fn filtering_by_stuck_selects_the_first_that_matches_and_esc_takes_it_back() {
    let mut model = world();
    press(&mut model, "/");
    assert_eq!(model.ui.typing_what(), Some("filter"));
    type_text(&mut model, "state:stuck");
    assert_eq!(names(&model), ["frontend", "search"]);
    assert_eq!(
        model.selected(ListId::Sources),
        Some(RowKey::Source(crate::api::SourceId(2)))
    );
    press(&mut model, "Enter");
    assert!(!model.ui.is_typing());
    press(&mut model, "Esc");
    assert_eq!(names(&model).len(), 6);
}

#[test]
fn a_row_that_no_longer_matches_stays_until_the_next_move() {
    let mut model = world();
    press(&mut model, "/");
    type_text(&mut model, "state:stuck");
    press(&mut model, "Enter");
    let mut healed = source(2, "frontend", "ok");
    healed["version"] = json!(10);
    let frame = RowsFrame {
        sequence: Sequence(1843),
        head: Sequence(1843),
        changes: vec![RowChange::Put {
            row: crate::api::Row::Source(Box::new(serde_json::from_value(healed).unwrap())),
        }],
    };
    take(&mut model, Msg::Feed(Feed::Frame(Box::new(frame))));
    assert_eq!(names(&model), ["frontend", "search"]);
    assert!(model.ui.list(ListId::Sources).ghost);
    press(&mut model, "j");
    assert_eq!(names(&model), ["search"]);
}

#[test]
fn a_toggle_is_pending_then_confirmed_then_taken_back() {
    let mut model = world();
    press(&mut model, "j 2 j");
    let row = RowKey::Binding(crate::api::SpaceId(2), crate::api::SourceId(2));
    assert_eq!(model.selected(ListId::Bindings), Some(row));
    let sent = asked(&press(&mut model, "Space"));
    let (request, Ask::Change { call, key }) = &sent[0] else {
        panic!("a change is sent: {sent:?}");
    };
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("PATCH", "/spaces/2/sources/2")
    );
    assert_eq!(call.body, json!({ "enabled": true }));
    assert!(!key.is_empty());
    assert_eq!(model.work.pending_for(row).unwrap().words, "saving on");
    assert_eq!(
        said(&model),
        "Saving: binding SDK Reference × frontend on. Not yet confirmed."
    );
    press(&mut model, "Space");
    assert_eq!(said(&model), "Still saving.");

    let undo = json!({ "label": "off", "calls": [
        { "method": "PATCH", "path": "/spaces/2/sources/2", "body": { "enabled": false } }
    ]});
    accept(&mut model, *request, binding(2, 2, true), undo.clone());
    assert!(model.work.pending.is_empty());
    assert!(model.current_binding().unwrap().enabled);
    assert_eq!(
        toast(&model),
        "SDK Reference × frontend is on. Events reach it from now on."
    );

    let sent = asked(&press(&mut model, "u"));
    let (request, Ask::Change { call, .. }) = &sent[0] else {
        panic!("the compensation is sent");
    };
    assert_eq!(call.body, json!({ "enabled": false }));
    accept(&mut model, *request, binding(2, 2, false), undo);
    assert_eq!(
        toast(&model),
        "SDK Reference × frontend is off, as before @1843."
    );
    assert!(model.work.undo.is_empty());
    assert_eq!(model.work.redo.len(), 1);
}

#[test]
fn a_refused_change_is_rolled_back_with_the_reason() {
    let mut model = world();
    press(&mut model, "j");
    let sent = asked(&press(&mut model, "O"));
    take(
        &mut model,
        Msg::Reply(
            sent[0].0,
            Err(refusal(Code::Conflict, "It is being deleted.")),
        ),
    );
    assert!(model.work.pending.is_empty());
    assert!(model.current_source().unwrap().enabled);
    assert_eq!(toast(&model), "Not changed: It is being deleted.");
}

#[test]
fn a_lost_answer_is_asked_for_again_with_the_same_key() {
    let mut model = world();
    let sent = asked(&press(&mut model, "O"));
    let (request, Ask::Change { key, .. }) = sent[0].clone() else {
        panic!("a change is sent");
    };
    let lost = Failure {
        kind: FailureKind::Outage(Outage::Broken),
        text: "connection broke".into(),
        unsure: true,
    };
    let effects = take(&mut model, Msg::Reply(request, Err(lost)));
    assert!(matches!(effects[..], [Effect::Arm(Timer::Again(it), _)] if it == request));
    assert!(said(&model).starts_with("Unsure: \"backend off\" was sent"));
    let again = asked(&take(&mut model, Msg::Timer(Timer::Again(request))));
    assert!(matches!(&again[0].1, Ask::Change { key: it, .. } if *it == key));
}

#[test]
fn writes_are_refused_with_their_reason() {
    let mut model = world_as("viewer");
    press(&mut model, "O");
    assert_eq!(said(&model), "Needs operator; you are viewer.");
    let mut model = world();
    press(&mut model, "! c");
    assert_eq!(said(&model), "Needs admin; you are operator.");
    let down = Feed::Down {
        failure: Failure {
            kind: FailureKind::Outage(Outage::Refused),
            text: "connection refused".into(),
            unsure: false,
        },
        retry_in: std::time::Duration::from_secs(1),
        attempt: 1,
    };
    take(&mut model, Msg::Feed(down));
    press(&mut model, "O");
    assert_eq!(said(&model), "Offline: nothing is sent. R tries again.");
    assert_eq!(model.data_as_of, Some(now()));
    assert_eq!(names(&model).len(), 6, "data stays");
}

#[test]
fn danger_needs_the_whole_name_and_drops_keys_typed_ahead() {
    let mut model = world_as("admin");
    let asked_effect = asked(&press(&mut model, "j ! c"));
    foresee(&mut model, asked_effect[0].0);
    assert!(matches!(model.ui.popup(), Some(Popup::Danger(_))));
    type_text(&mut model, "x");
    assert_eq!(
        said(&model),
        "Keys typed before the question appeared were dropped."
    );
    take(&mut model, Msg::Timer(Timer::Guard));
    type_text(&mut model, "fron");
    assert!(asked(&press(&mut model, "Enter")).is_empty());
    let Some(Popup::Danger(danger)) = model.ui.popup() else {
        panic!("the popup stays");
    };
    assert_eq!(danger.problem.as_deref(), Some("Type frontend in full."));
    type_text(&mut model, "tend");
    let sent = asked(&press(&mut model, "Enter"));
    let (request, Ask::Change { call, .. }) = &sent[0] else {
        panic!("it is sent");
    };
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("DELETE", "/sources/2/cursor")
    );
    let mut body = source(2, "frontend", "unknown");
    body["generation"] = json!(4);
    body["cursor"] = json!(null);
    accept(&mut model, *request, body, json!(null));
    assert_eq!(toast(&model), "Cursor of frontend cleared, generation 4.");
    assert!(model.ui.popups.is_empty());
    press(&mut model, "u");
    assert_eq!(said(&model), "Not undone: it was destructive.");
}

#[test]
fn several_sources_are_linked_and_undone_together() {
    let mut model = world();
    press(&mut model, "/");
    type_text(&mut model, "kind:virtual");
    press(&mut model, "Enter *");
    assert_eq!(model.ui.list(ListId::Sources).marks.len(), 2);
    press(&mut model, "l");
    let previews = asked(&press(&mut model, "Enter"));
    assert_eq!(previews.len(), 2);
    assert!(
        previews
            .iter()
            .all(|(_, ask)| matches!(ask, Ask::Effect(_))),
        "nothing is written yet"
    );
    assert!(
        asked(&press(&mut model, "Enter")).is_empty(),
        "not before they are shown"
    );
    for (request, _) in previews {
        foresee(&mut model, request);
    }
    let sent = asked(&press(&mut model, "Enter"));
    assert_eq!(sent.len(), 2);
    let undo =
        json!({ "label": "unlink", "calls": [{ "method": "POST", "path": "/sources/5/unlink" }] });
    let mut linked = source(5, "scratch", "ok");
    linked["cursor"] = json!(null);
    accept(&mut model, sent[0].0, linked.clone(), undo.clone());
    linked["id"] = json!(6);
    linked["name"] = json!("proto");
    accept(&mut model, sent[1].0, linked, undo.clone());
    press(&mut model, "Esc");
    let first = asked(&press(&mut model, "u"));
    assert_eq!(first.len(), 1);
    let second = asked(&accept(
        &mut model,
        first[0].0,
        source(6, "proto", "not-tracked"),
        undo.clone(),
    ));
    accept(
        &mut model,
        second[0].0,
        source(5, "scratch", "not-tracked"),
        undo,
    );
    assert_eq!(toast(&model), "2 links undone.");
}

#[test]
fn a_refused_token_opens_sign_in_and_what_waited_goes_out_after_it() {
    let mut model = world();
    let sent = asked(&press(&mut model, "O"));
    let (request, Ask::Change { key, .. }) = sent[0].clone() else {
        panic!("a change is sent");
    };
    let refused = Failure {
        kind: FailureKind::SignedOut,
        text: "expired 2h ago".into(),
        unsure: false,
    };
    take(&mut model, Msg::Reply(request, Err(refused)));
    let Some(Popup::SignIn(sign_in)) = model.ui.popup() else {
        panic!("sign-in opens in place");
    };
    assert_eq!(sign_in.waiting.as_deref(), Some("backend off"));
    take(&mut model, Msg::Paste("jolli_1_secret\n".into()));
    let tried = asked(&press(&mut model, "Enter"));
    assert_eq!(tried[0].1, Ask::SignIn("jolli_1_secret".into()));
    let effects = take(
        &mut model,
        Msg::Reply(
            tried[0].0,
            Ok(crate::console::msg::Answer::SignedIn(Box::new(me(
                "operator",
            )))),
        ),
    );
    let resumed = asked(&effects);
    assert!(matches!(&resumed[0].1, Ask::Change { key: it, .. } if *it == key));
}

#[test]
fn a_late_answer_for_a_page_that_was_left_changes_nothing() {
    let mut model = world();
    let sent = asked(&press(&mut model, "j w"));
    assert!(matches!(sent[0].1, Ask::Diagnosis(_)));
    let effects = press(&mut model, "Esc");
    assert!(matches!(effects[0], Effect::Cancel(it) if it == sent[0].0));
    model.dirty = false;
    take(
        &mut model,
        Msg::Reply(sent[0].0, Err(refusal(Code::NotFound, "gone"))),
    );
    assert!(!model.dirty, "not even a redraw");
    assert!(matches!(model.ui.page(), Page::Main));
}

#[test]
fn typed_text_is_never_a_command_and_pasted_text_is_never_keys() {
    let mut model = world();
    press(&mut model, "/");
    let effects = type_text(&mut model, "Q!d u");
    assert!(
        effects
            .iter()
            .all(|it| !matches!(it, Effect::Quit | Effect::Ask(..)))
    );
    press(&mut model, "Ctrl-c");
    assert!(!model.quit);
    take(&mut model, Msg::Paste("Q".into()));
    assert!(!model.quit);
}

#[test]
fn q_on_the_main_screen_only_says_how_to_quit() {
    let mut model = world();
    press(&mut model, "q");
    assert_eq!(said(&model), "Q quits.");
    assert!(matches!(press(&mut model, "Q").last(), Some(Effect::Quit)));
}

#[test]
fn a_chord_waits_and_then_shows_what_may_follow() {
    let mut model = world();
    let effects = press(&mut model, "g");
    assert!(matches!(effects[0], Effect::Arm(Timer::WhichKey, _)));
    take(&mut model, Msg::Timer(Timer::WhichKey));
    assert!(model.ui.which_key);
    press(&mut model, "d");
    assert!(matches!(model.ui.page(), Page::Deliveries(_)));
}

#[test]
fn the_server_coming_back_keeps_selection_and_marks() {
    let mut model = world();
    press(&mut model, "j v j");
    let selected = model.selected(ListId::Sources);
    let marks = model.ui.list(ListId::Sources).marks.clone();
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot().into()))),
    );
    assert_eq!(model.selected(ListId::Sources), selected);
    assert_eq!(model.ui.list(ListId::Sources).marks, marks);
    assert_eq!(model.connection, Connection::Live);
}

fn rows() -> impl Strategy<Value = Vec<RowChange>> {
    let source_row = (
        1..9_i64,
        "[a-z]{1,6}",
        prop::sample::select(vec!["ok", "stalled", "stopped", "lagging"]),
    )
        .prop_map(|(id, name, state)| RowChange::Put {
            row: crate::api::Row::Source(Box::new(
                serde_json::from_value(source(id, &name, state)).unwrap(),
            )),
        });
    let binding_row =
        (1..4_i64, 1..9_i64, any::<bool>()).prop_map(|(space, source, on)| RowChange::Put {
            row: crate::api::Row::Binding(
                serde_json::from_value(binding(space, source, on)).unwrap(),
            ),
        });
    let job_row = (1..300_i64, 1..9_i64).prop_map(|(id, source)| RowChange::Put {
        row: crate::api::Row::Job(Box::new(
            serde_json::from_value(job(id, source, "queued", &[])).unwrap(),
        )),
    });
    let gone = prop_oneof![
        (1..9_i64).prop_map(|id| RowChange::Gone {
            kind: "source".into(),
            id: id.to_string()
        }),
        (1..4_i64, 1..9_i64).prop_map(|(space, source)| RowChange::Gone {
            kind: "binding".into(),
            id: format!("{space}/{source}"),
        }),
    ];
    prop::collection::vec(prop_oneof![source_row, binding_row, job_row, gone], 0..12)
}

/// What a fresh snapshot would hold after these changes, worked out plainly.
fn fresh(mut snapshot: Snapshot, frames: &[Vec<RowChange>], head: i64) -> Snapshot {
    use crate::api::Row;
    for change in frames.iter().flatten() {
        match change {
            RowChange::Put {
                row: Row::Source(it),
            } => {
                snapshot.sources.retain(|old| old.id != it.id);
                snapshot.sources.push((**it).clone());
            }
            RowChange::Put {
                row: Row::Binding(it),
            } => {
                snapshot
                    .bindings
                    .retain(|old| (old.space_id, old.source_id) != (it.space_id, it.source_id));
                snapshot.bindings.push(it.clone());
            }
            RowChange::Put { row: Row::Job(it) } => {
                snapshot.jobs.retain(|old| old.id != it.id);
                snapshot.jobs.push((**it).clone());
            }
            RowChange::Gone { kind, id } if kind == "source" => {
                snapshot.sources.retain(|old| old.id.to_string() != *id);
            }
            RowChange::Gone { id, .. } => {
                snapshot
                    .bindings
                    .retain(|old| format!("{}/{}", old.space_id, old.source_id) != *id);
            }
            RowChange::Put { .. } => {}
        }
    }
    snapshot.snapshot_sequence = Sequence(head);
    snapshot
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn following_the_feed_equals_a_fresh_snapshot(frames in prop::collection::vec(rows(), 0..8)) {
        let mut followed = Replica::from(snapshot());
        let head = 1842 + frames.len() as i64;
        for (n, changes) in frames.iter().enumerate() {
            followed.apply(RowsFrame {
                sequence: Sequence(1843 + n as i64),
                head: Sequence(head),
                changes: changes.clone(),
            });
        }
        let loaded = Replica::from(fresh(snapshot(), &frames, head));
        prop_assert_eq!(followed, loaded);
    }

    #[test]
    fn selection_and_marks_survive_whatever_rows_come(frames in prop::collection::vec(rows(), 1..8), sort in "[nskalr]") {
        let mut model = world();
        press(&mut model, "j v j j v");
        press(&mut model, &format!("s {sort}"));
        let marks = model.ui.list(ListId::Sources).marks.clone();
        let head = 1842 + frames.len() as i64;
        for (n, changes) in frames.iter().enumerate() {
            let before = model.selected(ListId::Sources);
            take(&mut model, Msg::Feed(Feed::Frame(Box::new(RowsFrame {
                sequence: Sequence(1843 + n as i64),
                head: Sequence(head),
                changes: changes.clone(),
            }))));
            let list = model.ui.list(ListId::Sources);
            if let Some(RowKey::Source(id)) = before
                && model.replica.sources.get(id).is_some()
            {
                prop_assert_eq!(model.selected(ListId::Sources), before);
            }
            prop_assert!(list.is_empty() || list.position < list.len());
            prop_assert_eq!(&list.marks, &marks);
            prop_assert!(list.offset <= list.position);
        }
    }

    #[test]
    fn no_keys_in_any_order_break_it(keys in prop::collection::vec(
        prop::sample::select(vec![
            "j", "k", "G", "g", "v", "V", "*", "/", "s", "n", "Enter", "Esc", "Tab", "1", "2", "3", "4", ".", "z",
            "l", "w", "x", "b", "B", "i", "+", "O", "Space", "!", "c", "d", "u", "U", "r", "e", ":", "?", "y", "p",
            "Backspace", "Up", "Down", "Left", "Right", "Ctrl-s", "Ctrl-u", "]", "[", "a", "A", "|", "W",
        ]), 0..60)) {
        let mut model = world_as("admin");
        for key in keys {
            press(&mut model, key);
            take(&mut model, Msg::Timer(Timer::Guard));
        }
        prop_assert!(!model.ui.pages.is_empty());
    }
}
