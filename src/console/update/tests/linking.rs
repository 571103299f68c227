//! The link wizard: what it offers, whom it leaves out, what it says afterwards.

use serde_json::json;

use super::super::testing::*;
use crate::console::model::{LinkWizard, Model, Outcome, Popup};
use crate::console::msg::{Feed, Msg};

fn wizard(model: &Model) -> &LinkWizard {
    match model.ui.popups.last() {
        Some(Popup::Link(wizard)) => wizard,
        other => panic!("the wizard is open, not {other:?}"),
    }
}

fn drawn(model: &Model) -> String {
    crate::console::view::tests::text(model, 120, 36)
}

#[test]
fn sources_that_are_true_already_are_left_out_and_never_sent() {
    let mut model = world();
    // backend, frontend, payments and search are true.
    press(&mut model, "* l");
    let left_out = |model: &Model| {
        let items = wizard(model).items.iter();
        items
            .filter(|it| matches!(it.result, Outcome::LeftOut(_)))
            .count()
    };
    assert_eq!((wizard(&model).items.len(), left_out(&model)), (6, 4));
    let shown = drawn(&model);
    assert!(shown.contains("Link 2 sources · 1 of 3"), "{shown}");
    assert_eq!(
        shown.matches("already true: left out").count(),
        4,
        "{shown}"
    );
    let previews = asked(&press(&mut model, "Enter"));
    assert_eq!(previews.len(), 2);
    for (request, _) in previews {
        foresee(&mut model, request);
    }
    assert_eq!(asked(&press(&mut model, "Enter")).len(), 2);
    assert_eq!(left_out(&model), 4);
}

#[test]
fn links_that_are_taken_back_are_told_as_undone() {
    let mut model = world();
    press(&mut model, "/");
    type_text(&mut model, "scratch");
    press(&mut model, "Enter l");
    let preview = asked(&press(&mut model, "Enter"));
    foresee(&mut model, preview[0].0);
    let sent = asked(&press(&mut model, "Enter"));
    let undo =
        json!({ "label": "unlink", "calls": [{ "method": "POST", "path": "/sources/5/unlink" }] });
    accept(
        &mut model,
        sent[0].0,
        source(5, "scratch", "ok"),
        undo.clone(),
    );
    assert!(matches!(
        wizard(&model).items[0].result,
        Outcome::Done(1843, _)
    ));
    let sent = asked(&press(&mut model, "u"));
    accept(
        &mut model,
        sent[0].0,
        source(5, "scratch", "not-tracked"),
        undo,
    );
    assert_eq!(wizard(&model).items[0].result, Outcome::Undone(1843));
    assert_eq!(super::toast(&model), "scratch is virtual, as before @1843.");
    assert!(drawn(&model).contains("3 of 3 · undone"));
}

#[test]
fn a_closer_integration_that_cannot_be_chosen_stands_second() {
    let mut snapshot = snapshot();
    let exact = &mut snapshot.integrations[1];
    exact.repo = Some("github.com/acme/scratch".into());
    for id in 20..32 {
        let mut far = snapshot.integrations[0].clone();
        far.id = crate::api::IntegrationId(id);
        far.account = Some("gitlab.com/other".into());
        snapshot.integrations.push(far);
    }
    let mut model = world();
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot.into()))),
    );
    press(&mut model, "/");
    type_text(&mut model, "scratch");
    press(&mut model, "Enter l");
    let offered: Vec<_> = wizard(&model).choices[..3]
        .iter()
        .map(|it| (it.integration.0, it.verdict))
        .collect();
    assert_eq!(offered, [(12, "best"), (17, "removed"), (20, "no match")]);
    let shown = drawn(&model);
    assert!(shown.contains("6 more below"), "{shown}");
}

#[test]
fn what_the_server_refuses_to_preview_is_counted_and_never_sent() {
    use crate::api::{Code, Problem};
    use crate::console::msg::{Failure, FailureKind};
    let mut model = world();
    press(&mut model, "* l");
    let previews = asked(&press(&mut model, "Enter"));
    assert_eq!(previews.len(), 2);
    foresee(&mut model, previews[0].0);
    let refused = Failure {
        kind: FailureKind::Refused(Box::new(Problem::new(
            Code::Conflict,
            "proto-api already has this repo and branch.".to_owned(),
        ))),
        text: "proto-api already has this repo and branch.".to_owned(),
        unsure: false,
    };
    take(&mut model, Msg::Reply(previews[1].0, Err(refused)));
    let shown = drawn(&model);
    assert!(
        shown.contains("1 of 2 will be refused and is not sent:"),
        "{shown}"
    );
    let sent = asked(&press(&mut model, "Enter"));
    assert_eq!(sent.len(), 1);
    let failed = wizard(&model).items.iter();
    let failed = failed.filter(|it| matches!(it.result, Outcome::Failed(_)));
    assert_eq!(failed.count(), 1);
}
