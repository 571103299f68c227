//! Forms: what is checked as it is typed, what others change meanwhile, what comes from the operator's editor.

use std::path::PathBuf;

use serde_json::json;

use super::super::testing::*;
use crate::api::{Problem, RowsFrame, Sequence};
use crate::console::effect::{Ask, Effect};
use crate::console::model::{Form, FormStep, Model, Popup};
use crate::console::msg::{EditFailure, Edited, Failure, FailureKind, Feed, Msg};

fn form(model: &Model) -> &Form {
    match model.ui.popups.last() {
        Some(Popup::Form(form)) => form,
        other => panic!("a form is open, not {other:?}"),
    }
}

fn problem(model: &Model, field: usize) -> &str {
    form(model).fields[field].problem.as_deref().unwrap_or("")
}

/// Somebody else changes source 1; the feed tells it.
fn changed_by_others(model: &mut Model, version: i64, change: &[(&str, serde_json::Value)]) {
    let mut row = source(1, "backend", "ok");
    row["version"] = json!(version);
    for (name, value) in change {
        row[*name] = value.clone();
    }
    let frame: RowsFrame = serde_json::from_value(json!({
        "sequence": 1842 + version, "head": 1842 + version,
        "changes": [{ "op": "put", "kind": "source", "row": row }],
    }))
    .unwrap();
    take(model, Msg::Feed(Feed::Frame(Box::new(frame))));
}

fn edited(model: &mut Model, text: &str) -> Vec<Effect> {
    let path = PathBuf::from("/tmp/jolli-x.toml");
    let text = text.to_owned();
    take(model, Msg::Edited(Ok(Edited { text, path })))
}

#[test]
fn every_field_says_what_is_wrong_while_it_is_typed() {
    let mut model = world();
    press(&mut model, "i Ctrl-u");
    assert_eq!(problem(&model, 0), "A source needs a name.");
    type_text(&mut model, "frontend");
    assert_eq!(
        problem(&model, 0),
        "frontend is taken: a name is unique in the org."
    );
    type_text(&mut model, "-2");
    assert_eq!(problem(&model, 0), "");
    press(&mut model, "Tab Ctrl-u");
    assert_eq!(problem(&model, 1), "", "without a repo it is fine");
    type_text(&mut model, "github");
    assert!(problem(&model, 1).contains("Expected host/owner/repo"));
    press(&mut model, "Tab Tab Ctrl-u");
    type_text(&mut model, "nobody");
    assert_eq!(
        problem(&model, 3),
        "No integration is called \"nobody\"; → completes, gi lists them."
    );
    assert!(asked(&press(&mut model, "Ctrl-s")).is_empty());
    assert_eq!(form(&model).focus, 1, "the first fault has the focus");
}

#[test]
fn an_integration_is_completed_and_sent_by_its_number() {
    let mut model = world();
    press(&mut model, "j j j j i Tab Tab Tab");
    type_text(&mut model, "acme");
    press(&mut model, "Right");
    assert_eq!(form(&model).fields[3].field.text(), "12 acme-github");
    let effect = asked(&press(&mut model, "Ctrl-s"));
    let Ask::Effect(call) = &effect[0].1 else {
        panic!("its effect is asked");
    };
    assert_eq!(call.body, json!({ "integrationId": 12 }));
    assert_eq!(call.if_match.as_deref(), Some("\"9\""));
}

#[test]
fn what_resets_a_cursor_asks_for_the_name() {
    let mut model = world();
    press(&mut model, "i Tab Tab");
    type_text(&mut model, "-2");
    let effect = asked(&press(&mut model, "Ctrl-s"));
    foresee(&mut model, effect[0].0);
    press(&mut model, "Enter");
    let Some(Popup::Danger(danger)) = model.ui.popups.last() else {
        panic!("the name is asked for");
    };
    assert_eq!(danger.title, "edit of backend: its cursor is lost");
    assert_eq!(danger.name, "backend");
    // A name alone loses nothing.
    let mut model = world();
    press(&mut model, "i");
    type_text(&mut model, "-2");
    let effect = asked(&press(&mut model, "Ctrl-s"));
    foresee(&mut model, effect[0].0);
    let sent = asked(&press(&mut model, "Enter"));
    assert!(matches!(sent[0].1, Ask::Change { .. }));
}

#[test]
fn a_change_by_others_is_shown_beside_mine_and_each_field_is_decided() {
    let mut model = world();
    press(&mut model, "i");
    type_text(&mut model, "-mine");
    press(&mut model, "Tab Tab");
    changed_by_others(
        &mut model,
        10,
        &[("name", json!("theirs")), ("branch", json!("next"))],
    );
    let now = form(&model);
    assert_eq!(now.step, FormStep::Edit, "nothing moves under the hands");
    assert_eq!(now.fields[0].field.text(), "backend-mine");
    assert_eq!(now.fields[0].theirs.as_deref(), Some("theirs"));
    assert_eq!(now.fields[2].field.text(), "next", "untouched: it follows");
    assert_eq!(now.contested(), [0]);

    assert!(asked(&press(&mut model, "Ctrl-s")).is_empty());
    assert_eq!(form(&model).step, FormStep::Merge(0));
    let effect = asked(&press(&mut model, "3"));
    let Ask::Effect(call) = &effect[0].1 else {
        panic!("what is left is shown with its effect");
    };
    assert_eq!(call.body, json!({ "name": "backend-mine" }));
    assert_eq!(call.if_match.as_deref(), Some("\"10\""));

    // And theirs: then there is nothing left to send.
    changed_by_others(&mut model, 11, &[("name", json!("again"))]);
    assert_eq!(form(&model).step, FormStep::Merge(0));
    assert!(asked(&press(&mut model, "2")).is_empty());
    assert_eq!(form(&model).fields[0].field.text(), "again");
    assert!(!form(&model).is_changed());
}

#[test]
fn a_draft_that_was_closed_meets_what_others_did_meanwhile() {
    let mut model = world();
    press(&mut model, "i");
    type_text(&mut model, "-mine");
    press(&mut model, "Esc");
    changed_by_others(&mut model, 10, &[("name", json!("theirs"))]);
    press(&mut model, "i");
    let field = &form(&model).fields[0];
    assert_eq!(
        (
            field.base.as_str(),
            field.theirs.as_deref(),
            field.field.text()
        ),
        ("backend", Some("theirs"), "backend-mine")
    );
    press(&mut model, "Ctrl-s");
    press(&mut model, "1");
    assert_eq!(form(&model).fields[0].field.text(), "backend");
    let FormStep::Review(call, _) = &form(&model).step else {
        panic!("base against theirs is a change");
    };
    assert_eq!(call.body, json!({ "name": "backend" }));
}

#[test]
fn a_refused_version_keeps_the_text_until_theirs_is_there() {
    let mut model = world();
    press(&mut model, "i");
    type_text(&mut model, "-mine");
    let effect = asked(&press(&mut model, "Ctrl-s"));
    foresee(&mut model, effect[0].0);
    let sent = asked(&press(&mut model, "Enter"));
    let stale = Failure {
        kind: FailureKind::Refused(Box::new(Problem::new(
            crate::api::Code::Precondition,
            "version 9 is not the present one".to_owned(),
        ))),
        text: "version 9 is not the present one".into(),
        unsure: false,
    };
    take(&mut model, Msg::Reply(sent[0].0, Err(stale)));
    assert!(form(&model).waits_for_theirs);
    assert_eq!(form(&model).fields[0].field.text(), "backend-mine");
    changed_by_others(&mut model, 10, &[("name", json!("theirs"))]);
    assert!(!form(&model).waits_for_theirs);
    assert_eq!(form(&model).contested(), [0]);
    assert_eq!(model.replica.sequence, Sequence(1852));
}

#[test]
fn the_editor_gets_the_form_and_what_comes_back_is_shown_before_it_is_sent() {
    let mut model = world();
    let effects = press(&mut model, "E");
    let Some(Effect::Edit { text, suffix }) = effects.last() else {
        panic!("the editor is asked for, not {effects:?}");
    };
    assert_eq!(*suffix, ".toml");
    assert!(text.contains("name = \"backend\"\n"), "{text}");
    let text = text.replace("\"backend\"", "\"back\"");
    let effects = edited(&mut model, &text);
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::ForgetEdited(_))),
        "the file goes"
    );
    assert!(matches!(form(&model).step, FormStep::Review(..)));
}

#[test]
fn what_is_no_toml_stays_in_its_file_and_opens_again() {
    let mut model = world();
    press(&mut model, "E");
    let effects = edited(&mut model, "name = back\n");
    assert!(
        !effects
            .iter()
            .any(|it| matches!(it, Effect::ForgetEdited(_))),
        "the file stays"
    );
    let said = form(&model).problem.clone().unwrap();
    assert!(said.starts_with("Not TOML in line 1"), "{said}");
    assert!(said.ends_with("kept in /tmp/jolli-x.toml."), "{said}");
    let effects = press(&mut model, "Ctrl-o");
    let Some(Effect::Edit { text, .. }) = effects.last() else {
        panic!("the editor opens again");
    };
    assert_eq!(text, "name = back\n");
}

#[test]
fn an_editor_that_fails_changes_nothing_and_says_where_the_text_is() {
    let mut model = world();
    press(&mut model, "E");
    let failure = EditFailure {
        text: "EDITOR is \"nosuch\", and it did not start.".into(),
        path: Some(PathBuf::from("/tmp/jolli-x.toml")),
    };
    take(&mut model, Msg::Edited(Err(failure)));
    assert!(!form(&model).is_changed());
    let said = super::toast(&model);
    assert!(said.contains("kept in /tmp/jolli-x.toml"), "{said}");
}

#[test]
fn a_space_is_made_from_the_picker_and_bound_to() {
    let mut model = world();
    press(&mut model, "b");
    type_text(&mut model, "Guides");
    press(&mut model, "Enter");
    assert_eq!(form(&model).fields[0].field.text(), "Guides");
    let effect = asked(&press(&mut model, "Ctrl-s"));
    foresee(&mut model, effect[0].0);
    let sent = asked(&press(&mut model, "Enter"));
    let space = json!({
        "id": 9, "name": "Guides", "slug": "guides", "description": null,
        "createdAt": "2026-08-02T09:14:00.000Z", "updatedAt": "2026-08-02T09:14:00.000Z",
        "version": 1, "documents": 0,
    });
    let bound = asked(&accept(&mut model, sent[0].0, space, json!(null)));
    let Ask::Change { call, .. } = &bound[0].1 else {
        panic!("the source is bound to it");
    };
    assert_eq!(call.path, "/spaces/9/sources");
    assert_eq!(call.body, json!({ "sourceId": 1 }));
    assert!(model.ui.popups.is_empty());
}

#[test]
fn what_agents_may_in_a_space_is_edited_by_words() {
    let mut model = world();
    press(&mut model, "j 2 I Tab Tab Ctrl-u");
    type_text(&mut model, "ap");
    assert_eq!(
        problem(&model, 2),
        "One of full-access, approval-required; → completes it."
    );
    press(&mut model, "Right Tab Ctrl-u");
    type_text(&mut model, "e2b");
    let effect = asked(&press(&mut model, "Ctrl-s"));
    let Ask::Effect(call) = &effect[0].1 else {
        panic!("its effect is asked");
    };
    assert_eq!(call.path, "/spaces/1");
    assert_eq!(
        call.body,
        json!({ "runtimeMode": "approval-required", "sandbox": "e2b" })
    );
}
