//! What is said while a change is under way and once it is over; remedies that change something; drafts.

use serde_json::json;

use super::super::testing::*;
use super::{said, toast};
use crate::api::{SourceId, SpaceId};
use crate::console::effect::Ask;
use crate::console::model::{Model, Popup, RowKey};
use crate::console::msg::{Feed, Msg};

#[test]
fn still_saving_goes_with_the_change_that_it_was_about() {
    let mut model = world();
    let sent = asked(&press(&mut model, "O"));
    press(&mut model, "O");
    assert_eq!(said(&model), "Still saving.");
    accept(
        &mut model,
        sent[0].0,
        source(1, "backend", "ok"),
        json!(null),
    );
    assert_eq!(said(&model), "");
}

#[test]
fn names_keep_their_case_when_a_change_is_taken_back() {
    let mut model = world();
    let sent = asked(&press(&mut model, "O"));
    let undo = json!({ "label": "on", "calls": [{ "method": "PATCH", "path": "/sources/1" }] });
    accept(
        &mut model,
        sent[0].0,
        source(1, "backend", "ok"),
        undo.clone(),
    );
    let sent = asked(&press(&mut model, "u"));
    accept(&mut model, sent[0].0, source(1, "backend", "ok"), undo);
    assert_eq!(toast(&model), "backend is on, as before @1843.");
}

#[test]
fn the_footer_offers_no_undo_of_what_was_destructive() {
    let mut model = world_as("admin");
    let effect = asked(&press(&mut model, "j ! c"));
    foresee(&mut model, effect[0].0);
    take(&mut model, Msg::Timer(crate::console::msg::Timer::Guard));
    type_text(&mut model, "frontend");
    let sent = asked(&press(&mut model, "Enter"));
    accept(
        &mut model,
        sent[0].0,
        source(2, "frontend", "unknown"),
        json!(null),
    );
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.trim_end().ends_with("nothing to undo"), "{shown}");
}

/// On the strict conflicts, at a finding about a binding that is off, with another binding marked in pane 2.
fn at_disabled_binding() -> Model {
    let mut snapshot = snapshot();
    snapshot.conflicts = serde_json::from_value(json!([{
        "code": "disabled-source", "severity": "error", "message": "The binding is off.",
        "spaceId": 2, "sourceName": "frontend", "sourceId": 2, "sourceKind": "true",
        "places": [], "nearNames": [],
        "remedies": [{ "label": "Enable the binding", "command": "jolli space enable x y", "action": "binding-toggle" }],
    }]))
    .unwrap();
    let mut model = world();
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot.into()))),
    );
    press(&mut model, "2 v");
    let marks = &model.ui.list(crate::console::model::ListId::Bindings).marks;
    assert_eq!(marks.len(), 1);
    press(&mut model, "1 x");
    model
}

#[test]
fn the_remedy_enables_the_binding_of_the_finding_and_no_marked_one() {
    let mut model = at_disabled_binding();
    let effect = asked(&press(&mut model, "1"));
    assert_eq!(effect.len(), 1, "{}", said(&model));
    assert!(matches!(effect[0].1, Ask::Effect(_)), "nothing is sent yet");
    foresee(&mut model, effect[0].0);
    let sent = asked(&press(&mut model, "Enter"));
    let Ask::Change { call, .. } = &sent[0].1 else {
        panic!("a change is sent");
    };
    assert_eq!(call.path, "/spaces/2/sources/2");
    assert_eq!(call.body, json!({ "enabled": true }));
    let undo =
        json!({ "label": "off", "calls": [{ "method": "PATCH", "path": "/spaces/2/sources/2" }] });
    accept(&mut model, sent[0].0, binding(2, 2, true), undo);
    assert!(toast(&model).starts_with("SDK Reference × frontend is on."));
    let row = RowKey::Binding(SpaceId(2), SourceId(2));
    assert_eq!(model.work.undo.last().unwrap().row, row);
    assert!(
        asked(&press(&mut model, "1")).is_empty(),
        "it is on: not turned off again"
    );
}

fn typed(model: &Model, field: usize) -> &str {
    match model.ui.popups.last() {
        Some(Popup::Form(form)) => form.fields[field].field.text(),
        other => panic!("a form is open, not {other:?}"),
    }
}

#[test]
fn a_form_opens_with_the_draft_that_esc_left() {
    let mut model = world();
    press(&mut model, "i");
    type_text(&mut model, "-new");
    press(&mut model, "Esc j i");
    assert_eq!(typed(&model, 0), "frontend", "the draft is of another row");
    press(&mut model, "Esc k i");
    assert_eq!(typed(&model, 0), "backend-new");
}

#[test]
fn what_is_sent_leaves_no_draft() {
    let mut model = world();
    press(&mut model, "i");
    type_text(&mut model, "-new");
    press(&mut model, "Esc i");
    let effect = asked(&press(&mut model, "Ctrl-s"));
    foresee(&mut model, effect[0].0);
    let sent = asked(&press(&mut model, "Enter"));
    // Closed before the answer comes: the draft goes with it all the same.
    press(&mut model, "Esc");
    accept(
        &mut model,
        sent[0].0,
        source(1, "backend-new", "ok"),
        json!(null),
    );
    press(&mut model, "i");
    assert_eq!(typed(&model, 0), "backend-new");
    press(&mut model, "Esc");
    assert!(model.flow.drafts.is_empty());
}

#[test]
fn a_server_that_was_named_keeps_its_host_though_it_says_that_it_is_embedded() {
    let mut model = empty();
    model.session.server = "127.0.0.1:8080".into();
    model.session.url = "http://127.0.0.1:8080".into();
    assert!(me("operator").embedded);
    take(&mut model, Msg::Feed(Feed::Me(Box::new(me("operator")))));
    assert_eq!(model.session.server, "127.0.0.1:8080");
    assert_eq!(world().session.server, "embedded");
}

/// In a docs project, at a local entry that shadows a source of the server.
fn at_local_entry() -> Model {
    let mut snapshot = snapshot();
    snapshot.conflicts = serde_json::from_value(json!([{
        "code": "ambiguous-source", "severity": "error", "message": "Two of one name.",
        "spaceId": null, "sourceName": "frontend", "sourceId": 2, "sourceKind": "true",
        "places": [{ "docPath": "docs/a.md", "line": 4, "pattern": "src/**" }], "nearNames": [],
        "remedies": [
            { "label": "Remove the local entry", "command": "jolli source remove frontend --local-only", "action": null },
            { "label": "Edit the rule", "command": "$EDITOR docs/a.md:4", "action": null },
        ],
    }]))
    .unwrap();
    let mut model = world();
    model.session.in_project = true;
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot.into()))),
    );
    press(&mut model, "x");
    model
}

#[test]
fn a_local_entry_is_removed_after_its_effect_and_put_back() {
    let mut model = at_local_entry();
    let effect = asked(&press(&mut model, "1"));
    let Ask::Effect(call) = &effect[0].1 else {
        panic!("its effect is asked first");
    };
    assert!(crate::console::local::is_local(call), "{call:?}");
    assert!(asked(&press(&mut model, "Enter")).is_empty(), "not unseen");
    foresee(&mut model, effect[0].0);
    let sent = asked(&press(&mut model, "Enter"));
    let undo = json!({ "label": "again", "calls": [
        { "method": "POST", "path": crate::console::local::RESTORE, "body": {} },
    ] });
    accept(&mut model, sent[0].0, json!(null), undo);
    assert!(toast(&model).starts_with("The local entry frontend is gone;"));
    let back = asked(&press(&mut model, "u"));
    let Some((_, Ask::Change { call, .. })) = back.first() else {
        panic!("it is put back");
    };
    assert_eq!(call.path, crate::console::local::RESTORE);
}

#[test]
fn the_document_of_a_finding_opens_in_the_editor_at_its_line() {
    use crate::console::effect::Effect;
    let opens = |effects: &[Effect]| {
        let found =
            |it: &Effect| matches!(it, Effect::EditFile { path, line: 4 } if path == "docs/a.md");
        effects.iter().any(found)
    };
    let mut model = at_local_entry();
    assert!(opens(&press(&mut model, "2 Enter")), "by its remedy");
    let mut model = at_local_entry();
    assert!(opens(&press(&mut model, "Tab Enter")), "by its place");
    model.session.in_project = false;
    assert!(!opens(&press(&mut model, "Enter")));
    assert!(said(&model).starts_with("The document is on the server."));
}
