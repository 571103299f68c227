//! One command on many rows: a few at a time, what came of each, those that failed once more.

use serde_json::json;

use super::super::testing::*;
use super::toast;
use crate::api::{Code, Problem};
use crate::console::effect::Ask;
use crate::console::model::{Bulk, Model, Outcome, Popup, ReqId};
use crate::console::msg::{Failure, FailureKind, Msg, Timer};

fn bulk(model: &Model) -> &Bulk {
    model.work.bulks.last().expect("a bulk command was given")
}

fn refuse(model: &mut Model, request: ReqId, text: &str) -> Vec<crate::console::effect::Effect> {
    let failure = Failure {
        kind: FailureKind::Refused(Box::new(Problem::new(Code::Conflict, text.to_owned()))),
        text: text.into(),
        unsure: false,
    };
    take(model, Msg::Reply(request, Err(failure)))
}

fn off(model: &mut Model, request: ReqId, id: i64, name: &str) -> Vec<(ReqId, Ask)> {
    let undo = json!({ "label": "on", "calls": [{ "method": "PATCH", "path": format!("/sources/{id}"), "body": { "enabled": true } }] });
    let mut row = source(id, name, "ok");
    row["enabled"] = json!(false);
    asked(&accept(model, request, row, undo))
}

fn path(ask: &Ask) -> &str {
    match ask {
        Ask::Change { call, .. } | Ask::Effect(call) => &call.path,
        other => panic!("a call, not {other:?}"),
    }
}

#[test]
fn many_go_a_few_at_a_time_and_the_failed_ones_once_more() {
    let mut model = world();
    let sent = asked(&press(&mut model, "* O"));
    assert_eq!(bulk(&model).title, "Turn off 6 sources");
    assert_eq!(sent.len(), 4, "a few at a time");
    assert!(matches!(model.ui.popups.last(), Some(Popup::Bulk(_))));

    let more = off(&mut model, sent[0].0, 1, "backend");
    assert_eq!(more.len(), 1, "one is answered, one more goes");
    let last = asked(&refuse(&mut model, sent[1].0, "the org is frozen"));
    off(&mut model, sent[2].0, 3, "payments");
    off(&mut model, sent[3].0, 4, "search");
    off(&mut model, more[0].0, 5, "scratch");
    off(&mut model, last[0].0, 6, "proto");
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(
        shown.contains("Turn off 6 sources · done: 5 off, 1 failed"),
        "{shown}"
    );
    assert!(shown.contains("the org is frozen."), "{shown}");
    assert!(shown.contains("rr retries the failed one   u undoes the 5 off"));
    assert!(model.work.toasts.is_empty(), "the table says it");

    let again = asked(&press(&mut model, "r r"));
    assert_eq!(again.len(), 1, "only the failed one");
    assert_eq!(path(&again[0].1), "/sources/2");
    off(&mut model, again[0].0, 2, "frontend");
    assert_eq!(bulk(&model).tally().done, 6);

    // All of them are taken back together, and the table follows.
    let mut undoing = asked(&press(&mut model, "u"));
    for _ in 0..6 {
        let (request, ask) = undoing.remove(0);
        let id: i64 = path(&ask).trim_start_matches("/sources/").parse().unwrap();
        undoing = asked(&accept(
            &mut model,
            request,
            source(id, &format!("s{id}"), "ok"),
            json!(null),
        ));
    }
    assert_eq!(bulk(&model).tally().undone, 6);
}

#[test]
fn what_is_so_already_is_left_out_and_never_sent() {
    let mut model = world();
    // API Docs × backend and × frontend are on, SDK Reference × frontend is off.
    let sent = asked(&press(&mut model, "2 . * Space"));
    assert_eq!(bulk(&model).title, "Turn off 3 bindings");
    assert_eq!(sent.len(), 2);
    let left_out = Outcome::LeftOut("Off already.".into());
    assert_eq!(
        (bulk(&model).items.iter())
            .filter(|it| it.outcome == left_out)
            .count(),
        1
    );
}

#[test]
fn it_goes_on_when_its_table_is_closed_and_says_how_far_it_is() {
    let mut model = world();
    let sent = asked(&press(&mut model, "v v O"));
    press(&mut model, "Esc");
    assert_eq!(toast(&model), "Turn off 2 sources: 0 done, 2 to go");
    off(&mut model, sent[0].0, 1, "backend");
    assert_eq!(toast(&model), "Turn off 2 sources: 1 done, 1 to go");
    refuse(&mut model, sent[1].0, "the org is frozen");
    assert_eq!(
        toast(&model),
        "Turn off 2 sources, done: 1 off, 1 failed. gb shows each."
    );
    press(&mut model, "g b");
    assert!(matches!(model.ui.popups.last(), Some(Popup::Bulk(_))));
}

#[test]
fn what_destroys_many_asks_for_how_many_they_are() {
    let mut model = world();
    let effects = asked(&press(&mut model, "v v v ! u"));
    assert_eq!(effects.len(), 3, "what it would do to each is asked");
    take(&mut model, Msg::Timer(Timer::Guard));
    type_text(&mut model, "3");
    assert!(asked(&press(&mut model, "Enter")).is_empty());
    type_text(&mut model, " sources");
    assert!(
        asked(&press(&mut model, "Enter")).is_empty(),
        "its effects are not known yet"
    );
    for (request, _) in effects {
        foresee(&mut model, request);
    }
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("DANGER · unlink 3 sources"), "{shown}");
    let sent = asked(&press(&mut model, "Enter"));
    let paths: Vec<&str> = sent.iter().map(|(_, ask)| path(ask)).collect();
    assert_eq!(
        paths,
        [
            "/sources/1/unlink",
            "/sources/2/unlink",
            "/sources/3/unlink"
        ]
    );
    assert_eq!(bulk(&model).title, "Unlink 3 sources");
}
