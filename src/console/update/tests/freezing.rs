//! What is shown stands still, and nothing of what happens meanwhile is lost or hidden.

use super::super::testing::*;
use super::said;
use crate::api::{Row, RowChange, RowsFrame, Sequence, Source};
use crate::console::command::CommandId as C;
use crate::console::model::{ListId, Model, Outage};
use crate::console::msg::{Failure, FailureKind, Feed, Msg};
use crate::console::possible::enabled;

/// The world at a later position, without `payments`.
fn later(sequence: i64) -> Msg {
    let mut rows = snapshot();
    rows.snapshot_sequence.0 = sequence;
    rows.sources.retain(|it| it.name != "payments");
    Msg::Feed(Feed::Snapshot(Box::new(rows.into())))
}

/// One source is another.
fn row_changed(sequence: i64, id: i64, name: &str, state: &str) -> Msg {
    let row: Source = serde_json::from_value(source(id, name, state)).unwrap();
    Msg::Feed(Feed::Frame(Box::new(RowsFrame {
        sequence: Sequence(sequence),
        head: Sequence(sequence),
        changes: vec![RowChange::Put {
            row: Row::Source(Box::new(row)),
        }],
    })))
}

fn failure() -> Failure {
    Failure {
        kind: FailureKind::Outage(Outage::Refused),
        text: "refused".to_owned(),
        unsure: false,
    }
}

fn offline(model: &mut Model) {
    take(
        model,
        Msg::Feed(Feed::Down {
            failure: failure(),
            retry_in: std::time::Duration::from_secs(1),
            attempt: 1,
        }),
    );
}

fn shown(model: &Model) -> usize {
    model.ui.list(ListId::Sources).len()
}

fn waiting(model: &Model) -> String {
    model.frozen.as_ref().expect("frozen").words()
}

#[test]
fn rows_wait_and_all_come_at_once() {
    let mut model = world();
    press(&mut model, "Z");
    assert_eq!(waiting(&model), "nothing changed since");
    take(&mut model, later(1856));
    assert_eq!(shown(&model), 6);
    assert_eq!(model.replica.sources.len(), 6);
    assert_eq!(waiting(&model), "14 changes wait");
    // What is looked for is looked for among what is shown.
    press(&mut model, "/");
    type_text(&mut model, "payments");
    press(&mut model, "Enter");
    assert_eq!(shown(&model), 1);
    press(&mut model, "Esc Z");
    assert!(model.frozen.is_none());
    assert_eq!(shown(&model), 5);
    assert_eq!(said(&model), "Live again: 14 changes came meanwhile.");
    // From here on it is followed as ever.
    let frame = row_changed(1857, 2, "frontend", "ok");
    take(&mut model, frame);
    assert_eq!(model.replica.sequence.0, 1857);
}

#[test]
fn a_frame_waits_too_and_asks_nothing_for_the_page() {
    let mut model = world();
    let opened = asked(&press(&mut model, "g s"));
    // The page has what it asked for; a change asks again.
    take(&mut model, Msg::Reply(opened[0].0, Err(failure())));
    let moved = asked(&take(&mut model, row_changed(1843, 1, "backend", "ok")));
    take(&mut model, Msg::Reply(moved[0].0, Err(failure())));
    press(&mut model, "Z");
    let asked_now = asked(&take(
        &mut model,
        row_changed(1844, 1, "backend", "stalled"),
    ));
    assert_eq!(asked_now, []);
    assert_eq!(waiting(&model), "1 change waits");
    let asked_then = asked(&press(&mut model, "Z"));
    assert_eq!(asked_then.len(), 1, "the page is asked for again");
}

#[test]
fn nothing_is_sent_from_what_may_be_old() {
    let mut model = world();
    press(&mut model, "Z");
    take(&mut model, later(1856));
    let sent = asked(&press(&mut model, "O"));
    assert_eq!(sent, []);
    assert_eq!(
        said(&model),
        "Frozen, 14 changes wait: nothing is sent from what may be old. Z goes on."
    );
    press(&mut model, "Z");
    assert_eq!(asked(&press(&mut model, "O")).len(), 1);
    // And what is under way is seen through first.
    press(&mut model, "Z");
    assert!(model.frozen.is_none());
    assert_eq!(said(&model), "Still saving.");
}

#[test]
fn an_outage_is_told_all_the_same_and_memory_is_that_of_two_worlds() {
    let mut model = world();
    press(&mut model, "Z");
    for sequence in 1900..2100 {
        take(&mut model, later(sequence));
    }
    assert_eq!(waiting(&model), "257 changes wait");
    let frozen = model.frozen.as_ref().expect("frozen");
    assert_eq!(frozen.now.sources.len(), 5);
    offline(&mut model);
    assert!(!model.connection.is_live());
    assert!(enabled(&model, C::Freeze).is_ok());
    press(&mut model, "Z");
    assert_eq!(shown(&model), 5);
}

#[test]
fn the_past_stands_still_by_itself() {
    let mut model = world();
    press(&mut model, "Z");
    take(&mut model, later(1856));
    press(&mut model, "t");
    assert!(model.frozen.is_none() && model.past.is_some());
    press(&mut model, "Z");
    assert_eq!(
        said(&model),
        "The past stands still by itself. Esc returns to now."
    );
    press(&mut model, "Esc");
    assert_eq!(shown(&model), 5);
}
