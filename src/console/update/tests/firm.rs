//! What is not seen is not changed, what cannot be undone bars nothing, and every key says something.

use serde_json::json;

use super::super::testing::*;
use super::{names, refusal, said, toast};
use crate::api::Code;
use crate::console::effect::{Ask, Effect};
use crate::console::model::{Danger, ListId, Model, Page, Popup, ReqId};
use crate::console::msg::{Failure, FailureKind, Msg, Timer};

/// Turns the selected source off; answers the request.
fn switched(model: &mut Model) -> ReqId {
    asked(&press(model, "O"))[0].0
}

/// The same, accepted.
fn off(model: &mut Model, id: i64, name: &str) {
    let request = switched(model);
    let mut row = source(id, name, "ok");
    row["enabled"] = json!(false);
    let path = format!("/sources/{id}");
    let back = json!({ "label": "on", "calls": [{ "method": "PATCH", "path": path, "body": { "enabled": true } }] });
    accept(model, request, row, back);
}

fn paths(effects: &[Effect]) -> Vec<String> {
    let sent = asked(effects).into_iter();
    sent.filter_map(|(_, ask)| match ask {
        Ask::Change { call, .. } => Some(call.path),
        _ => None,
    })
    .collect()
}

fn filter(model: &mut Model, text: &str) {
    press(model, "/");
    type_text(model, text);
    press(model, "Enter");
}

#[test]
fn marked_rows_that_the_filter_hides_are_not_changed() {
    let mut model = world();
    press(&mut model, "v v");
    filter(&mut model, "scratch");
    assert_eq!(names(&model), ["scratch"]);
    assert!(paths(&press(&mut model, "O")).is_empty());
    assert_eq!(
        said(&model),
        "2 marked rows are hidden by the filter: Esc clears it, * marks what is shown."
    );
    assert!(asked(&press(&mut model, "! u")).is_empty());
    assert!(model.ui.popups.is_empty());

    // Those that are shown are taken, and the others told.
    assert_eq!(paths(&press(&mut model, "* O")), ["/sources/5"]);
    assert_eq!(
        toast(&model),
        "2 marked rows that are not shown were left alone."
    );
}

#[test]
fn one_marked_row_is_what_is_asked_about_wherever_the_cursor_is() {
    let mut model = world();
    press(&mut model, "j v ! u");
    let Some(Popup::Danger(danger)) = model.ui.popup() else {
        panic!("it asks: {}", said(&model));
    };
    assert_eq!(danger.name, "frontend");
}

#[test]
fn an_undo_that_is_refused_for_good_bars_no_earlier_one() {
    let mut model = world();
    off(&mut model, 1, "backend");
    press(&mut model, "j");
    off(&mut model, 2, "frontend");
    let request = asked(&press(&mut model, "u"))[0].0;
    let changed = refusal(
        Code::Precondition,
        "Version 1 was expected, and it is at 20.",
    );
    take(&mut model, Msg::Reply(request, Err(changed)));
    let told = toast(&model);
    assert!(
        told.contains("Version 1 was expected, and it is at 20."),
        "{told}"
    );
    assert!(told.contains(" u now undoes: "), "{told}");
    assert_eq!(paths(&press(&mut model, "u")), ["/sources/1"]);
}

#[test]
fn an_undo_that_the_server_cannot_take_now_can_be_tried_again() {
    let mut model = world();
    off(&mut model, 1, "backend");
    let request = asked(&press(&mut model, "u"))[0].0;
    let broken = Failure {
        kind: FailureKind::Server(500),
        text: "It cannot be done now.".into(),
        unsure: false,
    };
    take(&mut model, Msg::Reply(request, Err(broken)));
    assert_eq!(paths(&press(&mut model, "u")), ["/sources/1"]);
}

#[test]
fn a_change_whose_answer_was_asked_for_again_is_taken_back_through_the_log() {
    let mut model = world();
    off(&mut model, 1, "backend");
    press(&mut model, "j");
    let request = switched(&mut model);
    let lost = Failure {
        kind: FailureKind::Outage(crate::console::model::Outage::Broken),
        text: "The answer was lost.".into(),
        unsure: true,
    };
    take(&mut model, Msg::Reply(request, Err(lost)));
    let again = asked(&take(&mut model, Msg::Timer(Timer::Again(request))))[0].0;
    accept(&mut model, again, source(2, "frontend", "ok"), json!(null));
    assert_eq!(paths(&press(&mut model, "u")), ["/events/1843/undo"]);
}

#[test]
fn what_comes_without_a_way_back_bars_no_earlier_undo() {
    let mut model = world();
    off(&mut model, 1, "backend");
    press(&mut model, "j");
    let request = switched(&mut model);
    accept(
        &mut model,
        request,
        source(2, "frontend", "ok"),
        json!(null),
    );
    assert_eq!(paths(&press(&mut model, "u")), ["/sources/1"]);
}

#[test]
fn the_toast_of_a_change_goes_when_it_is_taken_back() {
    let mut model = world();
    off(&mut model, 1, "backend");
    assert_eq!(model.work.toasts.len(), 1);
    press(&mut model, "u");
    assert!(model.work.toasts.is_empty(), "{:?}", model.work.toasts);
}

fn danger(model: &Model) -> &Danger {
    match model.ui.popup() {
        Some(Popup::Danger(danger)) => danger,
        other => panic!("it asks: {other:?}"),
    }
}

#[test]
fn what_is_asked_about_says_truly_whether_it_can_be_undone() {
    let mut model = world();
    press(&mut model, "j");
    let asks = asked(&press(&mut model, "! b"));
    assert_eq!(
        danger(&model).undo_words(),
        "u undoes it while its run waits."
    );
    let effect = json!({
        "before": null, "after": null, "consequences": [],
        "undo": { "label": "x", "calls": [] }, "undoNote": "while it waits",
    });
    let effect = serde_json::from_value(effect).unwrap();
    let answer = crate::console::msg::Answer::Effect(Box::new(effect));
    take(&mut model, Msg::Reply(asks[0].0, Ok(answer)));
    assert_eq!(danger(&model).undo_words(), "u undoes it while it waits.");
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(!shown.contains("cannot be undone"), "{shown}");

    take(&mut model, Msg::Timer(Timer::Guard));
    press(&mut model, "Esc");
    press(&mut model, "! u");
    assert_eq!(danger(&model).undo_words(), "This cannot be undone.");
}

#[test]
fn a_filter_that_is_opened_again_gives_way_to_what_is_typed() {
    let mut model = world();
    filter(&mut model, "front");
    filter(&mut model, "back");
    assert_eq!(names(&model), ["backend"]);

    // Any other key edits what was there.
    press(&mut model, "/ Backspace Backspace End");
    type_text(&mut model, "ck");
    assert_eq!(model.ui.list(ListId::Sources).filter.text, "back");
    press(&mut model, "Enter / Enter");
    assert_eq!(model.ui.list(ListId::Sources).filter.text, "back");
}

#[test]
fn the_conflicts_open_from_every_pane_and_no_key_is_silent() {
    for pane in ["1", "2", "3", "4"] {
        let mut model = world();
        press(&mut model, &format!("{pane} x"));
        assert!(matches!(model.ui.page(), Page::Conflicts(_)), "pane {pane}");
    }
    let mut model = world();
    press(&mut model, "4 0");
    assert_eq!(said(&model), "0 does nothing here; ? shows the keys.");
    press(&mut model, "0");
    assert!(model.work.toasts.is_empty());
}

#[test]
fn read_only_says_who_said_so() {
    let mut model = world();
    press(&mut model, ":");
    type_text(&mut model, "read-only");
    press(&mut model, "Enter O");
    assert_eq!(
        said(&model),
        "Read-only: :read-only was said in this session."
    );
}

#[test]
fn a_page_that_is_asked_for_is_not_below_a_table() {
    let mut model = world();
    press(&mut model, "* O g l");
    assert!(matches!(model.ui.page(), Page::Messages | Page::OwnLog(_)));
    assert!(model.ui.popups.is_empty());
    press(&mut model, "Esc g b");
    assert!(matches!(model.ui.popup(), Some(Popup::Bulk(_))));
}

#[test]
fn what_is_copied_is_told_under_a_banner_too() {
    let mut model = world();
    press(&mut model, "j 2 y i");
    assert!(model.work.message.as_ref().unwrap().answer);
    assert!(
        said(&model).starts_with("Copied: space "),
        "{}",
        said(&model)
    );
}
