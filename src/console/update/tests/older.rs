//! Runs and deliveries older than a snapshot brings, and outputs longer than a thread tells.

use super::super::testing::{asked, empty, job, me, press, snapshot, take, type_text};
use super::threads::{open_with, shown};
use crate::api::{Delivery, Job, JobId, Row, RowChange, RowsFrame, Sequence, SourceId, Thread};
use crate::console::effect::{Ask, Effect, Older};
use crate::console::model::{ListId, Model, ReqId, RowKey};
use crate::console::msg::{Answer, Failure, FailureKind, Feed, Msg};

fn run(id: i64, source: i64) -> Job {
    serde_json::from_value(job(id, source, "succeeded", &[])).unwrap()
}

fn delivery(id: i64) -> Delivery {
    serde_json::from_value(serde_json::json!({
        "id": id, "integrationId": 12, "provider": "github", "event": "push", "deliveryId": format!("d-{id:06}"),
        "status": "ignored", "reason": "ignored:other-branch", "ref": format!("refs/heads/b{id}"), "before": null,
        "after": null, "jobIds": [], "duplicateOf": null, "receivedAt": "2026-11-21T13:59:00.000Z",
    }))
    .unwrap()
}

/// The newest 200 of a thousand runs and deliveries; runs of `frontend` are every hundredth.
fn long() -> Model {
    let mut model = empty();
    take(&mut model, Msg::Feed(Feed::Me(Box::new(me("operator")))));
    let mut rows = snapshot();
    rows.jobs = (801..=1000)
        .map(|id| run(id, if id % 100 == 0 { 2 } else { 1 }))
        .collect();
    rows.deliveries = (801..=1000).map(delivery).collect();
    take(&mut model, Msg::Feed(Feed::Snapshot(Box::new(rows.into()))));
    model
}

#[test]
fn a_list_of_which_there_is_more_never_says_a_number_as_if_it_were_all() {
    let mut model = long();
    press(&mut model, "g d");
    let title = |model: &Model| {
        let shown = crate::console::view::tests::text(model, 120, 36);
        shown.lines().nth(1).unwrap_or_default().to_owned()
    };
    assert!(
        title(&model).contains(" Deliveries (the newest 200) "),
        "{}",
        title(&model)
    );
}

fn wanted(effects: &[Effect]) -> Vec<(ReqId, Older)> {
    asked(effects)
        .into_iter()
        .filter_map(|(request, ask)| match ask {
            Ask::Older(older) => Some((request, older)),
            _ => None,
        })
        .collect()
}

fn one(effects: &[Effect]) -> (ReqId, Older) {
    let mut all = wanted(effects);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn going_on_past_the_end_brings_older_deliveries_and_keeps_the_place() {
    let mut model = long();
    let effects = press(&mut model, "g d");
    assert!(
        wanted(&effects).is_empty(),
        "asked before anybody went there"
    );
    let (request, older) = one(&press(&mut model, "G"));
    assert!(older.deliveries && older.after.is_none() && older.limit == 400);
    assert!(wanted(&press(&mut model, "j j")).is_empty(), "asked twice");
    let selected = model.selected(ListId::Deliveries);
    let page: Vec<Delivery> = (601..=1000).rev().map(delivery).collect();
    let came = Answer::OlderDeliveries(page, Some("next".into()));
    take(&mut model, Msg::Reply(request, Ok(came)));
    let list = model.ui.list(ListId::Deliveries);
    assert_eq!(list.len(), 400);
    assert_eq!(list.selected, selected);
    // New ones push none of them out.
    let frame = RowsFrame {
        sequence: Sequence(1843),
        head: Sequence(1843),
        changes: vec![RowChange::Put {
            row: Row::Delivery(delivery(1001)),
        }],
    };
    take(&mut model, Msg::Feed(Feed::Frame(Box::new(frame))));
    assert_eq!(model.ui.list(ListId::Deliveries).len(), 401);
    let (_, older) = one(&press(&mut model, "G"));
    assert_eq!((older.after.as_deref(), older.limit), (Some("next"), 200));
}

#[test]
fn a_filter_looks_further_back_and_says_how_far() {
    let mut model = long();
    press(&mut model, "g d /");
    let mut effects = type_text(&mut model, "ref:b7");
    let mut looked = 0;
    let mut floor = 1000;
    while let Some((request, older)) = wanted(&effects).pop() {
        looked += 1;
        assert!(looked < 20, "it never ends");
        floor -= i64::from(older.limit).min(50);
        let page = (floor..floor + 50).rev().map(delivery).collect();
        let came = Answer::OlderDeliveries(page, Some(format!("n{looked}")));
        effects = take(&mut model, Msg::Reply(request, Ok(came)));
        if !model.ui.list(ListId::Deliveries).is_empty() && looked > 6 {
            break;
        }
    }
    let list = model.ui.list(ListId::Deliveries);
    assert!(!list.is_empty(), "nothing found after {looked} pages");
    assert!(list.total > 200);
    // One that nothing matches stops after ten pages and says so.
    press(&mut model, "Ctrl-u");
    let mut effects = type_text(&mut model, "z");
    let mut looked = 0;
    while let Some((request, _)) = wanted(&effects).pop() {
        looked += 1;
        floor -= 2;
        let page = vec![delivery(floor + 1), delivery(floor)];
        let came = Answer::OlderDeliveries(page, Some(format!("m{looked}")));
        effects = take(&mut model, Msg::Reply(request, Ok(came)));
    }
    assert_eq!(looked, 10);
    let said = crate::console::view::tests::text(&model, 120, 36);
    assert!(said.contains("End looks further back."), "{said}");
    press(&mut model, "Enter");
    assert_eq!(wanted(&press(&mut model, "End")).len(), 1);
}

#[test]
fn runs_of_one_source_leave_no_holes_among_all() {
    let mut model = long();
    press(&mut model, "j");
    assert_eq!(
        model.selected(ListId::Sources),
        Some(RowKey::Source(SourceId(2)))
    );
    let (request, older) = one(&press(&mut model, "g r"));
    assert_eq!((older.deliveries, older.source), (false, Some(SourceId(2))));
    let page: Vec<Job> = [1000, 900, 800, 700, 100].map(|id| run(id, 2)).into();
    take(
        &mut model,
        Msg::Reply(request, Ok(Answer::OlderRuns(page, None))),
    );
    let ids = |model: &Model| -> Vec<i64> {
        let list = model.ui.list(ListId::Runs);
        let jobs = list
            .rows
            .iter()
            .filter_map(|slot| model.replica.jobs.at(*slot));
        jobs.map(|job| job.id.0).collect()
    };
    assert_eq!(ids(&model), [1000, 900, 800, 700, 100]);
    // All of this source are here; of the others only what was.
    assert!(wanted(&press(&mut model, "G")).is_empty());
    press(&mut model, ".");
    assert_eq!(ids(&model).last(), Some(&801));
    assert_eq!(ids(&model).len(), 200);
    // A later snapshot begins anew.
    let mut rows = snapshot();
    rows.jobs = (802..=1001).map(|id| run(id, 1)).collect();
    take(&mut model, Msg::Feed(Feed::Snapshot(Box::new(rows.into()))));
    assert!(model.replica.jobs.get(JobId(100)).is_none());
    assert_eq!(ids(&model).len(), 200);
}

#[test]
fn a_page_that_does_not_come_is_told_and_asked_for_again() {
    let mut model = long();
    press(&mut model, "g d");
    let (request, _) = one(&press(&mut model, "G"));
    let failure = Failure {
        kind: FailureKind::Server(503),
        text: "database is starting".into(),
        unsure: false,
    };
    take(&mut model, Msg::Reply(request, Err(failure)));
    let said = model.work.message.as_ref().map(|it| it.text.clone());
    assert_eq!(
        said.as_deref(),
        Some("Older ones are not loaded: database is starting. End tries again.")
    );
    assert_eq!(wanted(&press(&mut model, "End")).len(), 1);
}

/// A thread whose second turn ran a tool with this payload.
fn with_tool(payload: serde_json::Value) -> Thread {
    let mut thread = super::threads::thread_with(&[]);
    let tool = serde_json::from_value(serde_json::json!({
        "id": "a-9", "tone": "tool", "kind": "tool.completed", "summary": "go test",
        "payload": payload, "turnId": "t2", "createdAt": "2026-11-21T14:01:59.000Z",
    }))
    .unwrap();
    thread.activities.get_or_insert_default().push(tool);
    thread
}

#[test]
fn an_output_unfolds_in_steps_and_all_of_it_is_fetched() {
    let payload = serde_json::json!({ "toolId": "x", "title": "go test", "output": "first\nsecond", "outputBytes": 90_000 });
    let mut model = open_with(with_tool(payload));
    let at = shown(&model).iter().position(|it| it.contains("go test"));
    let down = vec!["j"; at.expect("the tool is shown")].join(" ");
    press(&mut model, &format!("g g {down} Enter"));
    assert!(shown(&model).contains(&"… of 88 KiB in all".to_owned()));
    let (request, ask) = asked(&press(&mut model, "Enter")).remove(0);
    let Ask::Output(_, activity) = ask else {
        panic!("{ask:?}");
    };
    assert_eq!(activity.as_str(), "a-9");
    let whole: Vec<String> = (0..3000).map(|n| format!("line {n}")).collect();
    take(
        &mut model,
        Msg::Reply(request, Ok(Answer::Output(whole.join("\n")))),
    );
    assert!(shown(&model).contains(&"line 2999".to_owned()));
    press(&mut model, "G");
    press(&mut model, &format!("g g {down} Enter"));
    assert!(!shown(&model).contains(&"line 0".to_owned()), "it folds");
    assert!(asked(&press(&mut model, "Enter")).is_empty());
}
