//! Letters at rows: what they lead to, and how one leaves without going anywhere.

use super::super::testing::*;
use super::said;
use crate::console::model::{ListId, Model, Page, RowKey};
use crate::console::msg::{Feed, Msg};

fn letters(model: &Model, row: RowKey) -> String {
    let jump = model.ui.jump.as_ref().expect("letters stand there");
    jump.letters(row).expect("one of its rows").iter().collect()
}

fn id(n: i64) -> RowKey {
    RowKey::Source(crate::api::SourceId(n))
}

#[test]
fn two_letters_lead_to_their_row() {
    let mut model = world();
    press(&mut model, "J");
    assert_eq!(letters(&model, id(4)), "af");
    press(&mut model, "a");
    assert!(model.ui.jump.is_some());
    press(&mut model, "f");
    assert!(model.ui.jump.is_none());
    assert_eq!(model.selected(ListId::Sources), Some(id(4)));
    assert_eq!(model.pinned_source().map(|it| it.0), Some(4));
    // Capitals are the same letters.
    press(&mut model, "J A A");
    assert_eq!(model.selected(ListId::Sources), Some(id(1)));
}

#[test]
fn letters_are_no_commands_and_esc_leaves_everything_as_it_was() {
    let mut model = world();
    press(&mut model, "j J");
    let sent = press(&mut model, "Esc");
    assert!(sent.is_empty(), "{sent:?}");
    assert!(model.ui.jump.is_none());
    assert_eq!(model.selected(ListId::Sources), Some(id(2)));
    // `O` would turn the source off.
    let sent = press(&mut model, "J O");
    assert_eq!(asked(&sent), []);
    assert_eq!(
        said(&model),
        "No row begins with o. J shows the letters again."
    );
    press(&mut model, "J a l");
    assert_eq!(said(&model), "No row has al. J shows the letters again.");
    assert_eq!(model.selected(ListId::Sources), Some(id(2)));
    // After it keys are commands again.
    press(&mut model, "k");
    assert_eq!(model.selected(ListId::Sources), Some(id(1)));
}

#[test]
fn a_row_keeps_its_letters_wherever_it_goes_meanwhile() {
    let mut model = world();
    press(&mut model, "J a");
    let mut rows = snapshot();
    rows.sources.remove(1);
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(rows.clone().into()))),
    );
    press(&mut model, "f");
    assert_eq!(model.selected(ListId::Sources), Some(id(4)));
    press(&mut model, "J a");
    rows.sources.retain(|it| it.id.0 != 5);
    take(&mut model, Msg::Feed(Feed::Snapshot(Box::new(rows.into()))));
    press(&mut model, "f");
    assert_eq!(said(&model), "That row is gone.");
}

#[test]
fn what_comes_in_front_meanwhile_gets_the_keys() {
    let mut model = world();
    press(&mut model, "J");
    take(
        &mut model,
        Msg::Command(crate::console::command::CommandId::GoDeliveries),
    );
    assert!(matches!(model.ui.page(), Page::Deliveries(_)));
    press(&mut model, "q");
    assert!(matches!(model.ui.page(), Page::Main));
}

#[test]
fn pages_have_letters_too() {
    let mut model = world();
    press(&mut model, "g i J a s");
    let at = model.selected(ListId::Integrations);
    assert_eq!(at, Some(RowKey::Integration(crate::api::IntegrationId(17))));
}

#[test]
fn runs_that_come_while_one_is_read_are_seen_on_the_way_back() {
    use crate::api::{Row, RowChange, RowsFrame, Sequence};
    use crate::console::msg::{Feed, Msg};
    let mut model = super::super::testing::world();
    let arrives = |model: &mut crate::console::model::Model, id: i64, source: i64| {
        let row = super::super::testing::job(id, source, "queued", &[(1, "queued")]);
        let row: crate::api::Job = serde_json::from_value(row).unwrap();
        let frame = RowsFrame {
            sequence: Sequence(10_000 + id),
            head: Sequence(10_000 + id),
            changes: vec![RowChange::Put {
                row: Row::Job(Box::new(row)),
            }],
        };
        super::super::testing::take(model, Msg::Feed(Feed::Frame(Box::new(frame))));
    };
    // All runs, not those of the selected source.
    super::super::testing::press(&mut model, "4");
    model.ui.unpinned[2] = true;
    for (id, source) in [(92, 1), (93, 2), (94, 3)] {
        arrives(&mut model, id, source);
    }
    let shown = |model: &crate::console::model::Model| {
        let list = model.ui.list(crate::console::model::ListId::Runs);
        (list.rows.len(), list.position, list.offset)
    };
    super::super::testing::press(&mut model, "g g j j j");
    assert_eq!(shown(&model), (5, 3, 0));
    super::super::testing::press(&mut model, "Enter");
    arrives(&mut model, 95, 1);
    super::super::testing::press(&mut model, "Esc");
    assert_eq!(shown(&model), (6, 4, 0));
}
