//! The pulse: what it asks, what it says of what is not known, and where its numbers lead.

use serde_json::json;

use super::super::testing::*;
use crate::api::{RowsFrame, Sequence};
use crate::console::effect::{Ask, Effect};
use crate::console::model::pulse::{PulseData, PulseTarget, PulseView, PulseWindow};
use crate::console::model::{ListId, Model, Page};
use crate::console::msg::{Answer, Feed, Msg, Timer};

fn view(model: &Model) -> &PulseView {
    match model.ui.page() {
        Page::Pulse(view) => view,
        other => panic!("the pulse is open, not {other:?}"),
    }
}

fn counted(failed: u64, received: u64) -> PulseData {
    PulseData {
        pulse: serde_json::from_value(json!({
            "since": "2026-11-20T14:02:12.000Z", "until": "2026-11-21T14:02:12.000Z", "sliceSeconds": 3600,
            "deliveries": [{ "status": "queued", "counts": [0, received] }, { "status": "ignored", "counts": [1, 0] }],
            "runs": [{ "status": "failed", "counts": [0, failed] }],
            "failures": [{ "sourceId": 2, "runs": failed, "spaces": [{ "spaceId": 3, "runs": failed }] }],
            "approvals": { "count": 1, "oldest": "2026-11-21T13:58:11.000Z" },
        }))
        .unwrap(),
        queues: serde_json::from_value(json!([{ "kind": "cli-impact", "waiting": 2, "running": 1, "paused": null }]))
            .unwrap(),
        runners: Vec::new(),
    }
}

fn count(model: &Model, section: &str, label: &str) -> Option<u64> {
    let lines = &view(model).lines;
    let line = lines
        .iter()
        .find(|it| it.section == section && it.label == label);
    line.unwrap_or_else(|| panic!("no line {section} {label}: {lines:#?}"))
        .count
}

fn choose(model: &mut Model, section: &str, label: &str) {
    let lines = &view(model).lines;
    let place = lines
        .iter()
        .position(|it| it.section == section && it.label == label)
        .unwrap();
    press(model, "g g");
    for _ in 0..place {
        press(model, "j");
    }
}

#[test]
fn what_is_not_known_yet_is_no_zero() {
    let mut model = world();
    let sent = asked(&press(&mut model, "g h"));
    assert_eq!(sent[0].1, Ask::Pulse(PulseWindow::Day));
    assert_eq!(count(&model, "webhooks", "received"), None);
    assert_eq!(count(&model, "runs", "failed"), None);
    take(
        &mut model,
        Msg::Reply(sent[0].0, Ok(Answer::Pulse(Box::new(counted(2, 7))))),
    );
    assert_eq!(count(&model, "webhooks", "received"), Some(8));
    assert_eq!(count(&model, "runs", "failed"), Some(2));
    assert_eq!(count(&model, "failures", "frontend"), Some(2));
    assert_eq!(count(&model, "now", "approvals wait"), Some(1));
    assert_eq!(count(&model, "now", "runs wait"), Some(2));
}

#[test]
fn another_window_is_asked_for_and_the_late_answer_of_the_first_is_dropped() {
    let mut model = world();
    let first = asked(&press(&mut model, "g h"));
    let longer = asked(&press(&mut model, "]"));
    assert_eq!(longer[0].1, Ask::Pulse(PulseWindow::Week));
    take(
        &mut model,
        Msg::Reply(first[0].0, Ok(Answer::Pulse(Box::new(counted(1, 1))))),
    );
    assert_eq!(count(&model, "runs", "failed"), None);
    assert!(
        asked(&press(&mut model, "]")).is_empty(),
        "a week is the longest"
    );
    assert_eq!(
        asked(&press(&mut model, "["))[0].1,
        Ask::Pulse(PulseWindow::Day)
    );
}

#[test]
fn it_is_asked_again_when_something_happened_and_not_more_than_once_in_the_pause() {
    let mut model = world();
    let sent = asked(&press(&mut model, "g h"));
    take(
        &mut model,
        Msg::Reply(sent[0].0, Ok(Answer::Pulse(Box::new(counted(0, 0))))),
    );
    let mut asks = 0;
    for sequence in 1843..1943 {
        let frame = RowsFrame {
            sequence: Sequence(sequence),
            head: Sequence(sequence),
            changes: Vec::new(),
        };
        asks += asked(&take(&mut model, Msg::Feed(Feed::Frame(Box::new(frame))))).len();
    }
    assert_eq!(asks, 0, "the pause goes on");
    let effects = take(&mut model, Msg::Timer(Timer::Live));
    assert_eq!(asked(&effects).len(), 1);
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Arm(Timer::Live, _)))
    );
}

#[test]
fn every_number_opens_the_list_behind_it() {
    for (section, label, list, filter) in [
        (
            "webhooks",
            "ignored",
            ListId::Deliveries,
            "state:ignored age<24h",
        ),
        ("runs", "failed", ListId::Runs, "state:failed age<24h"),
        (
            "failures",
            "frontend",
            ListId::Runs,
            "source:\"frontend\" state:failed age<24h",
        ),
        ("lag", "a day or more", ListId::Sources, "lag>=1d"),
    ] {
        let mut model = world();
        let sent = asked(&press(&mut model, "g h"));
        take(
            &mut model,
            Msg::Reply(sent[0].0, Ok(Answer::Pulse(Box::new(counted(2, 7))))),
        );
        choose(&mut model, section, label);
        press(&mut model, "Enter");
        assert_eq!(model.ui.focus(), list, "{section} {label}");
        assert_eq!(model.ui.list(list).filter.text, filter);
    }
    let mut model = world();
    press(&mut model, "g h");
    choose(&mut model, "now", "approvals wait");
    assert!(matches!(
        asked(&press(&mut model, "Enter"))[..],
        [(_, Ask::Questions)]
    ));
    let mut model = world();
    press(&mut model, "g h");
    choose(&mut model, "now", "runners");
    press(&mut model, "Enter");
    assert!(matches!(
        view(&model)
            .lines
            .iter()
            .find(|it| it.label == "runners")
            .unwrap()
            .target,
        PulseTarget::Nowhere(_)
    ));
    assert!(model.work.message.as_ref().unwrap().refusal);
}
