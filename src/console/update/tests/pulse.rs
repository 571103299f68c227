//! The pulse: what it asks, what it says of what is not known, and where its numbers lead.

use serde_json::json;

use super::super::testing::*;
use crate::api::{JobId, RowsFrame, Sequence};
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

/// The small world with so many runs of the last hour, of sources 1 and 2 in turn.
fn with_runs(count: i64) -> Model {
    let mut world = snapshot();
    let rows = (1..=count).map(|id| {
        let mut run = job(id, 1 + id % 2, "succeeded", &[(1, "updated")]);
        run["createdAt"] = json!(now().plus_seconds(id - 3_000));
        run["finishedAt"] = json!(now().plus_seconds(id - 2_900));
        serde_json::from_value(run).unwrap()
    });
    world.jobs = rows.collect();
    let mut model = world_of(world);
    press(&mut model, "g h");
    press(&mut model, "Tab");
    model
}

fn world_of(snapshot: crate::api::Snapshot) -> Model {
    let mut model = world();
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot.into()))),
    );
    model
}

fn run_in_front(model: &Model) -> JobId {
    match model.ui.page() {
        Page::Run(view) => view.job,
        other => panic!("a run is open, not {other:?}"),
    }
}

#[test]
fn the_timeline_is_a_list_of_the_page_whose_rows_open_runs() {
    let mut model = with_runs(3);
    assert_eq!(model.ui.focus(), ListId::Timeline);
    press(&mut model, "j");
    assert_eq!(model.charted_run(), Some(JobId(2)));
    // What is copied is the run, and what concerns its source takes that source.
    assert_eq!(model.current_source().unwrap().id.0, 1);
    press(&mut model, "Enter");
    assert_eq!(run_in_front(&model), JobId(2));
    press(&mut model, "Esc");
    assert_eq!(model.charted_run(), Some(JobId(2)), "it is found again");
}

#[test]
fn on_the_line_of_a_source_the_runs_before_are_chosen_one_by_one() {
    let mut model = with_runs(20);
    assert_eq!(view(&model).timeline.lanes.len(), 2);
    press(&mut model, "Right");
    assert_eq!(
        model.work.message.as_ref().unwrap().text,
        "It is the newest run of this line."
    );
    press(&mut model, "Left Left");
    assert_eq!(model.charted_run(), Some(JobId(16)));
    press(&mut model, "j");
    assert_eq!(model.charted_run(), Some(JobId(19)), "another line");
    press(&mut model, "k Left Enter");
    assert_eq!(run_in_front(&model), JobId(18));
}

#[test]
fn a_run_that_begins_meanwhile_moves_nothing_under_the_hands() {
    let mut model = with_runs(3);
    press(&mut model, "j");
    let mut rows = snapshot();
    rows.jobs = (1..=4)
        .map(|id| serde_json::from_value(job(id, 1, "running", &[])).unwrap())
        .collect();
    take(&mut model, Msg::Feed(Feed::Snapshot(Box::new(rows.into()))));
    assert_eq!(view(&model).timeline.lanes.len(), 4);
    assert_eq!(model.charted_run(), Some(JobId(2)));
}

#[test]
fn another_window_has_other_runs() {
    let mut world = snapshot();
    let mut old: crate::api::Job = serde_json::from_value(job(7, 1, "succeeded", &[])).unwrap();
    old.created_at = now().plus_seconds(-3 * 86_400);
    old.finished_at = Some(old.created_at.plus_seconds(60));
    world.jobs = vec![old];
    let mut model = world_of(world);
    press(&mut model, "g h");
    assert_eq!(view(&model).timeline.runs, 0);
    press(&mut model, "]");
    assert_eq!(view(&model).timeline.runs, 1);
}
