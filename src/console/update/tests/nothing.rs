//! What is said where there is nothing to open, or nothing that this person may read.

use serde_json::json;

use super::super::testing::*;
use super::said;
use crate::console::model::{Model, Page};
use crate::console::msg::{Answer, Feed, Msg};

/// A delivery on its page, as the server tells it to whoever may not read bodies, or once it keeps none.
fn delivery_without_body(role: &str) -> Model {
    let row = json!({
        "id": 7, "integrationId": 12, "provider": "github", "event": "push", "deliveryId": "d-7",
        "status": "ignored", "reason": "ignored:other-branch", "ref": "refs/heads/x", "before": null,
        "after": null, "jobIds": [], "duplicateOf": null, "receivedAt": "2026-11-21T13:59:00.000Z",
    });
    let mut rows = snapshot();
    rows.deliveries = vec![serde_json::from_value(row.clone()).unwrap()];
    let mut model = world_as(role);
    take(&mut model, Msg::Feed(Feed::Snapshot(Box::new(rows.into()))));
    let sent = asked(&press(&mut model, "g d Enter"));
    let mut page = row;
    page["headers"] = json!({});
    page["body"] = json!(null);
    let page = Answer::Delivery(Box::new(serde_json::from_value(page).unwrap()));
    take(&mut model, Msg::Reply(sent[0].0, Ok(page)));
    model
}

fn last_line(model: &Model) -> &str {
    match model.ui.page() {
        Page::Delivery(view) => view.lines.last().map_or("", String::as_str),
        page => panic!("the delivery is in front: {page:?}"),
    }
}

#[test]
fn a_body_that_a_viewer_may_not_read_is_not_said_to_be_gone() {
    let model = delivery_without_body("viewer");
    assert_eq!(last_line(&model), "Body hidden: needs operator.");
    let model = delivery_without_body("operator");
    assert_eq!(last_line(&model), "Body no longer kept.");
}

#[test]
fn a_space_without_a_thread_says_why_nothing_opens() {
    let mut model = world();
    press(&mut model, "4 Enter Tab Enter");
    assert_eq!(said(&model), "This run has no thread: provider is none.");
}

#[test]
fn a_viewer_who_presses_a_key_that_changes_something_is_told_who_may() {
    for (keys, needs) in [
        ("2 Space", "operator"),
        ("3 ! c", "admin"),
        ("g i r k", "operator"),
    ] {
        let mut model = world_as("viewer");
        assert!(asked(&press(&mut model, keys)).is_empty());
        assert_eq!(said(&model), format!("Needs {needs}; you are viewer."));
    }
}
